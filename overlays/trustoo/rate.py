"""Rates: the requests that a client sends in a second. A rate limiter reserves a time for each request, and the client
waits until that time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Protocol, runtime_checkable

from .errors import ConfigurationError
from .transport.protocols import LONGEST

__all__ = ["AsyncRateLimiter", "LocalRateLimiter", "RateLimiter", "check_wait", "rate_limiter"]


@runtime_checkable
class RateLimiter(Protocol):
    """Decides when requests may be sent. Give an object with this method as `rate` of a client.

    Clients, processes and machines that share a limit use limiters with the same state, for example in Redis.
    docs/scaling.md has an example. The object must be thread-safe if its clients are used in several threads.
    """

    def reserve(self) -> float:
        """Reserve the next request. Returns the seconds to wait before the request may be sent; 0 for no wait.

        The method must not wait itself. It is called once for each attempt, also for each retry. If the wait is
        cancelled, nothing is sent, and the reservation remains unused. An exception that the method raises reaches the
        caller unchanged, and nothing is sent.

        Example:
            >>> from trustoo.rate import LocalRateLimiter
            >>> LocalRateLimiter(10).reserve()
            0.0
        """
        ...


@runtime_checkable
class AsyncRateLimiter(Protocol):
    """A RateLimiter for AsyncTrustoo whose reservation is awaited, because it needs the network, for example.

    AsyncTrustoo calls `reserve` of an object without this method. `reserve` must then not block.
    """

    async def reserve_async(self) -> float:
        """Reserve the next request, see `RateLimiter.reserve`.

        Returns:
            The seconds to wait before the request may be sent; 0 for no wait.

        Example:
            >>> class Shared:
            ...     def reserve(self):
            ...         return 0.0
            ...     async def reserve_async(self):
            ...         return 0.0
            >>> async with fake.async_client(rate=Shared()) as shop:
            ...     print((await shop.reviews.get(id="1001")).rating)
            5
        """
        ...


class LocalRateLimiter:
    """A limiter for the clients of one process. `rate=10` is short for `rate=LocalRateLimiter(10)`. Thread-safe.

    Requests are spaced evenly: after a request, the next one may be sent 1 / `per_second` seconds later. A pause does
    not allow a burst. A window of one second therefore has at most `per_second` requests, and one more at its edge.

    Args:
        per_second: the requests in a second, such as 10, or 0.5 for one request in two seconds.
        clock: returns seconds that never go back. Default: time.monotonic.

    Raises:
        ConfigurationError: if `per_second` is not a positive number.

    Example:
        >>> from trustoo.rate import LocalRateLimiter
        >>> shop = fake.client(rate=LocalRateLimiter(10))
    """

    def __init__(self, per_second: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        is_number = isinstance(per_second, int | float) and not isinstance(per_second, bool)
        if not is_number or not 1 / LONGEST <= per_second < float("inf"):  # false for NaN
            raise ConfigurationError(f"rate must be a positive number of requests a second, not {per_second!r}.")
        self.per_second = per_second
        self._clock, self._lock, self._next = clock, threading.Lock(), float("-inf")

    def reserve(self) -> float:
        """Reserve the next request. Returns the seconds to wait before the request may be sent.

        Example:
            >>> from trustoo.rate import LocalRateLimiter
            >>> limiter = LocalRateLimiter(10, clock=lambda: 0.0)
            >>> [limiter.reserve() for _ in range(3)]
            [0.0, 0.1, 0.2]
        """
        with self._lock:
            now = self._clock()
            turn = max(now, self._next)
            self._next = turn + 1 / self.per_second
        return turn - now

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.per_second!r})"


def rate_limiter(rate: object) -> RateLimiter | AsyncRateLimiter | None:
    """Return the limiter for the setting `rate` of a client.

    Args:
        rate: the value of the setting.

    Returns:
        The limiter; None for None.

    Raises:
        ConfigurationError: if the value is neither a positive number nor a limiter.

    Example:
        >>> from trustoo.rate import rate_limiter
        >>> rate_limiter(10).reserve()
        0.0
    """
    if iscoroutinefunction(getattr(rate, "reserve", None)):
        raise ConfigurationError("The method reserve of rate must not be a coroutine function. Name it reserve_async.")
    if rate is None or isinstance(rate, RateLimiter | AsyncRateLimiter):
        return rate
    if isinstance(rate, int | float):
        return LocalRateLimiter(rate)
    raise ConfigurationError(
        f"rate must be a number of requests a second, an object with the method reserve, or None, "
        f"not {type(rate).__name__}."
    )


def check_wait(seconds: object) -> float:
    """Return the seconds that a limiter returned, if they are a number of seconds to wait.

    Args:
        seconds: what a limiter returned.

    Raises:
        ConfigurationError: if it is not a number of seconds to wait.

    Example:
        >>> from trustoo.rate import check_wait
        >>> check_wait(0.5)
        0.5
    """
    if not isinstance(seconds, int | float) or not 0 <= seconds <= LONGEST:
        raise ConfigurationError(
            f"The reserve method of rate must return the seconds to wait, from 0 to {LONGEST:.0f}, not {seconds!r}."
        )
    return seconds
