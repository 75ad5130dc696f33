"""The settings of both clients: their names, their checks, and the settings that a call can override."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from types import EllipsisType
from typing import TYPE_CHECKING, Any, TypedDict
from urllib.parse import urlsplit

from trustoo_api.operations import BASE_URL

from ._clock import SkewCorrectedClock
from ._headers import check_headers
from ._version import __version__
from .credentials import AsyncTokenSource, Credentials, TokenSource
from .errors import ConfigurationError
from .hooks import Hook, Hooks, RequestHook, check_hook
from .rate import AsyncRateLimiter, RateLimiter, rate_limiter
from .retry import RetryPolicy
from .transport.protocols import LONGEST, parse_http_url

if TYPE_CHECKING:
    from .upload import StorageRules

__all__ = ["Config", "Overrides", "Settings", "check_base_url", "check_proxy", "check_seconds"]


class Settings(TypedDict, total=False):
    """The arguments that `Trustoo` and `AsyncTrustoo` share, as a TypedDict. `Trustoo` documents them."""

    public_token: str | None
    private_token: str | None
    access_token: str | None
    tokens: TokenSource | AsyncTokenSource | None
    merchant_session: str | None
    base_url: str | None
    timeout: float
    deadline: float | None
    max_response_bytes: int | None
    retry: RetryPolicy
    rate: float | RateLimiter | AsyncRateLimiter | None
    application: str
    headers: Mapping[str, str] | None
    strict: bool
    proxy: str | None
    storage_rules: StorageRules
    on_request: RequestHook | None
    on_response: Hook | None
    on_retry: Hook | None
    clock: Callable[[], float]


class Overrides(TypedDict, total=False):
    """The settings that `with_options` can change. `Trustoo` documents the settings."""

    merchant_session: str | None
    tokens: TokenSource | AsyncTokenSource | None
    timeout: float
    deadline: float | None
    max_response_bytes: int | None
    retry: RetryPolicy
    rate: float | RateLimiter | AsyncRateLimiter | None
    application: str
    headers: Mapping[str, str] | None
    strict: bool
    on_request: RequestHook | None
    on_response: Hook | None
    on_retry: Hook | None


@dataclass(frozen=True, slots=True)
class Config:
    """The checked settings of a client. `Trustoo` documents the settings.

    `deadline` is `...` if it was not given. `attempt_deadline` is then five times the timeout.
    """

    credentials: Credentials
    base_url: str = BASE_URL
    timeout: float = 30.0
    deadline: float | EllipsisType | None = ...
    max_response_bytes: int | None = 64 * 1024 * 1024
    rate: RateLimiter | AsyncRateLimiter | None = field(default=None, repr=False)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    application: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    strict: bool = False
    hooks: Hooks = field(default_factory=Hooks)
    clock: SkewCorrectedClock = field(default_factory=lambda: SkewCorrectedClock(time.time))
    proxy: str | None = field(default=None, repr=False)
    storage_rules: StorageRules | None = None

    def __post_init__(self) -> None:
        check_seconds("timeout", self.timeout)
        if self.deadline is not None and self.deadline is not ...:
            check_seconds("deadline", self.deadline, ", or None for no deadline")
        most = self.max_response_bytes
        if most is not None and (type(most) is not int or most < 1):
            raise ConfigurationError(
                f"max_response_bytes must be a positive whole number, or None for no limit, not {most!r}."
            )
        if not isinstance(self.retry, RetryPolicy):
            raise ConfigurationError(f"retry must be a RetryPolicy, such as NO_RETRIES, not {self.retry!r}.")
        if not isinstance(self.application, str):
            raise ConfigurationError(f"application must be text, not {type(self.application).__name__}.")
        if not (self.application.isascii() and (self.application.isprintable() or not self.application)):
            raise ConfigurationError(f"application must be printable ASCII, not {self.application!r}.")
        if not isinstance(self.strict, bool):
            raise ConfigurationError(f"strict must be True or False, not {self.strict!r}.")

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Config:
        """The configuration for `Settings`. The environment supplies missing settings. Raises ConfigurationError."""
        _check_known(settings, Settings)
        address = settings.get("base_url") or os.environ.get("TRUSTOO_BASE_URL") or BASE_URL
        return cls(
            credentials=Credentials.find(settings),
            base_url=check_base_url(address),
            clock=SkewCorrectedClock(_checked_clock(settings.get("clock", time.time))),
            proxy=check_proxy(settings.get("proxy")),
            storage_rules=settings.get("storage_rules"),
            **_options(settings, Hooks(), {}),
        )

    def with_overrides(self, overrides: Mapping[str, Any]) -> Config:
        """The configuration changed by `Overrides`. Raises ConfigurationError."""
        _check_known(overrides, Overrides)
        changed = {name: overrides[name] for name in ("merchant_session", "tokens") if name in overrides}
        credentials = replace(self.credentials, **changed)
        return replace(self, credentials=credentials, **_options(overrides, self.hooks, self.headers))

    @property
    def attempt_deadline(self) -> float | None:
        """The seconds that an attempt may take. None for no limit."""
        return 5 * self.timeout if self.deadline is ... else self.deadline

    @property
    def user_agent(self) -> str:
        """The User-Agent header: the application's name, if it is set, and the name of this package."""
        return f"{self.application} trustoo/{__version__}".strip()


def _options(given: Mapping[str, Any], hooks: Hooks, headers: Mapping[str, str]) -> dict[str, Any]:
    """The values of `given` that both a client and a call can set. `hooks` and `headers` are the values so far."""
    changed = {name: given[name] for name in Hooks._fields if name in given}
    for name, hook in changed.items():
        check_hook(name, hook)
    names = ("timeout", "deadline", "max_response_bytes", "retry", "application", "strict")
    options = {name: given[name] for name in names if name in given}
    if "rate" in given:
        options["rate"] = rate_limiter(given["rate"])
    added = check_headers(given.get("headers"))
    return {**options, "hooks": hooks._replace(**changed), "headers": {**headers, **added}}


def _check_known(given: Mapping[str, Any], known: Any) -> None:
    if unknown := sorted(set(given) - set(known.__annotations__)):
        similar = dict.fromkeys(one for name in unknown for one in get_close_matches(name, known.__annotations__, n=1))
        hint = f" Did you mean {' and '.join(similar)}?" if similar else ""
        raise ConfigurationError(f"Unknown settings: {', '.join(unknown)}.{hint}")


def check_seconds(name: str, seconds: object, otherwise: str = "") -> None:
    """Raises ConfigurationError if `seconds` is not a positive number that every system can wait for."""
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 < seconds <= LONGEST:
        raise ConfigurationError(
            f"{name} must be a positive number of seconds, at most {LONGEST:.0f}{otherwise}, not {seconds!r}."
        )


def _checked_clock(clock: Callable[[], float]) -> Callable[[], float]:
    if not callable(clock):
        raise ConfigurationError(f"clock must be a function that returns Unix time, not {type(clock).__name__}.")
    return clock


def check_base_url(url: str) -> str:
    """Return the API's address without its trailing slash.

    Args:
        url: the address, as in `Trustoo(base_url=...)`.

    Raises:
        ConfigurationError: if `url` is not an http or https URL with a host, or has a user name, query or fragment.

    Example:
        >>> from trustoo import check_base_url
        >>> check_base_url("https://rapi.trustoo.io/")
        'https://rapi.trustoo.io'
    """
    try:
        parts = parse_http_url(url)
    except ValueError:
        from ._redaction import redact

        raise ConfigurationError(f"base_url must look like https://host, not {redact(str(url))!r}.") from None
    if parts.username is not None or any(character in url for character in "?# "):
        raise ConfigurationError("base_url must have no user name, query, fragment or space.")
    return url.rstrip("/")


def check_proxy(url: str | None, name: str = "proxy") -> str | None:
    """Return `url`. Raises ConfigurationError if `url` is neither None nor the URL of a proxy.

    `name` is the argument or the environment variable that the URL comes from.
    """
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https", "socks5", "socks5h") and bool(parts.hostname) and parts.port != 0
        # A "#", "/" or "?" in a password that is not percent-encoded ends the host.
        usable = usable and parts.path in ("", "/") and not parts.query and not parts.fragment
    except (ValueError, AttributeError, TypeError):
        usable = False
    if not usable:  # the message does not quote the URL, which may contain a password
        raise ConfigurationError(
            f"{name} must look like http://host:port. Other schemes: https, socks5 and socks5h. Percent-encode a "
            "password: # is %23."
        )
    return url
