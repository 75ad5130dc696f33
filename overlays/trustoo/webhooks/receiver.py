"""Receives deliveries. Routes and verifies a request, recognises repeated deliveries and calls the handler. No I/O."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import logging
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints
from urllib.parse import quote

from trustoo_api.models.webhook_create_request import WebhookCreateRequest

from .._sansio import run, run_async
from ..errors import ArgumentError, ConfigurationError, WebhookError
from .claims import AsyncRenewals, HeldClaim, Renewals
from .replay import SCHEDULE, AsyncReplayStore, MemoryReplayStore, ReplayStore, check_positive
from .verification import Delivery, LookUp, RequestHeaders, WebhookVerifier, is_async_function

__all__ = ["Handler", "Receiver", "Refusal", "WebhookResponse"]

logger = logging.getLogger("trustoo.webhooks")

LEASE = SCHEDULE[1] / 3
"""Seconds for which a claim is valid without a renewal. It ends before attempt two if the process dies at once."""
KEPT = 24 * 3600.0
"""Seconds for which a processed delivery is remembered. The last attempt comes after 135 minutes."""
MAX_KEY_LENGTH = 255
STATUSES = {"unreadable": 400, "unavailable": 503}
"""The status for a `WebhookError` with this reason. Other reasons: 401."""

Handler = Callable[[Delivery], Any]
"""A function that takes a delivery. The function's result is ignored.

If the function raises an error, the response asks Trustoo to retry the delivery.
"""


@dataclass(frozen=True, slots=True)
class StoreCall:
    """An effect: call a method of the store. The result is the method's result."""

    method: str
    claim: HeldClaim
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Handle:
    """An effect: call the handler, and renew the claim meanwhile."""

    handler: Handler
    delivery: Delivery
    claim: HeldClaim


@dataclass(frozen=True, slots=True)
class WebhookResponse:
    """The HTTP response to a delivery.

    Attributes:
        status: the HTTP status. Only 200 confirms the delivery.
        headers: the headers.
        body: the exact bytes of the body.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request whose response is not 200. A refusal contains no value of a delivery.

    Attributes:
        status: the HTTP status of the response.
        reason: "not_found" (no topic has this path), "method_not_allowed", "too_large", a `reason` of a `WebhookError`,
            "busy" (the same delivery is being handled), "store_failed", "handler_failed".
        topic: the topic of the path; None if no topic has this path.
    """

    status: int
    reason: str
    topic: str | None


RECEIVED = WebhookResponse(200, {"Content-Type": "application/json"}, b'{"code":0,"message":"success"}')
"""The documented response that confirms a delivery. Only HTTP 200 confirms a delivery."""


class Receiver:
    """Receives deliveries. Each topic has its own path, because no header and no known member states the topic.

    Subscribe to each topic with a URL that ends with `receiver.path(topic)`. A subscription made with shop tokens
    (HMAC) belongs to the shop. A subscription made with an access token (bearer) belongs to the platform. The shop and
    the platform can each list, change and delete only their own subscriptions. If both subscribe, each event is
    delivered twice, possibly with different signatures.

    Each delivery is handled at least once, and once if no process dies or is paused while its handler runs. If the same
    delivery arrives while its handler runs, the response is 503. A delivery is handled again if the handler fails, the
    process dies or is paused for longer than `lease`, or a coroutine function is cancelled.

    Each request whose response is not 200 is logged at WARNING or ERROR by the logger "trustoo.webhooks".

    Args:
        verifier: verifies the deliveries.
        handlers: for each topic, such as "review/created", a function or coroutine function that takes a `Delivery`.
        store: remembers processed deliveries. Default: a `MemoryReplayStore`, which processes do not share.
        prefix: the prefix of all paths. By default the path of `review/created` is `/webhooks/review-created`.
        paths: a mapping of topics to paths that replace the default paths.
        limit: the maximum size of a body in bytes. Default: 1 MiB.
        lease: seconds for which a claim in the store is valid. The claim of a running handler is renewed three times in
            this time. Default: 60.
        kept: seconds for which the store remembers processed deliveries. Default: a day.
        threads: the maximum number of threads that run handlers in `receive_async`, and of threads that call the store.
            Default: 16. Coroutine functions need no thread.
        on_refused: a function that takes a `Refusal`, for metrics. Its errors are logged.
        unknown_topics: whether to accept topics that the OpenAPI spec does not list.

    Raises:
        ConfigurationError: if the verifier is not a `WebhookVerifier`, a handler is missing, a topic is unknown, two
            topics have the same path, a path does not begin with `/`, the store lacks a method or has both functions
            and coroutine functions, or a number is not greater than 0.

    Example:
        >>> from trustoo.webhooks import Receiver
        >>> receiver = Receiver(verifier, {"review/created": lambda delivery: print(delivery.topic)})
        >>> receiver.receive("POST", "/webhooks/review-created", delivery.headers, delivery.body).status
        review/created
        200
    """

    def __init__(
        self,
        verifier: WebhookVerifier,
        handlers: Mapping[str, Handler],
        *,
        store: ReplayStore | AsyncReplayStore | None = None,
        prefix: str = "/webhooks",
        paths: Mapping[str, str] | None = None,
        limit: int = 1 << 20,
        lease: float = LEASE,
        kept: float = KEPT,
        threads: int = 16,
        on_refused: Callable[[Refusal], object] | None = None,
        unknown_topics: bool = False,
    ) -> None:
        check_positive(limit=limit, lease=lease, kept=kept, threads=threads)
        if type(verifier) is not WebhookVerifier:  # the method `verify` of another class would not be called
            raise ConfigurationError(
                f"verifier must be a WebhookVerifier, not {type(verifier).__name__}. For a rule of your own, use "
                "WebhookVerifier(rule=..., secrets_for=...)."
            )
        self._verifier, self._handlers = verifier, dict(handlers)
        self.limit, self._lease, self._kept = limit, lease, kept
        self._store: Any = MemoryReplayStore() if store is None else store
        self._store_is_async = _check_store(self._store)
        renewals: Any = AsyncRenewals if self._store_is_async else Renewals
        self._renewals: AsyncRenewals | Renewals = renewals(self._store, lease)
        # Handlers that occupy all of their threads must not delay the store, and neither must delay the application.
        self._handler_threads = ThreadPoolExecutor(threads, "trustoo-webhooks-handler")
        self._store_threads = ThreadPoolExecutor(threads, "trustoo-webhooks-store")
        self._tasks: set[asyncio.Task[WebhookResponse]] = set()
        if on_refused is not None and (not callable(on_refused) or is_async_function(on_refused)):
            raise ConfigurationError("on_refused must be a function, and not a coroutine function.")
        self._on_refused = on_refused
        other_paths = dict(paths or {})
        self._paths = {
            topic: other_paths.pop(topic, f"{prefix.rstrip('/')}/{_slug(topic)}") for topic in self._handlers
        }
        topics = {path: topic for topic, path in self._paths.items()}
        self._topics = dict(sorted(topics.items(), key=lambda item: len(item[0]), reverse=True))  # the longest first
        if not self._handlers or other_paths:
            raise ConfigurationError(f"There is no handler for {', '.join(other_paths) or 'any topic'}.")
        known = _known_topics()
        if not unknown_topics and (wrong := [topic for topic in self._handlers if topic not in known]):
            raise ConfigurationError(
                f"There is no topic {wrong[0]!r}. The topics are {', '.join(known)}. If Trustoo has the topic, but "
                "this version of trustoo does not know it, use unknown_topics=True."
            )
        if wrong := [topic for topic, handler in self._handlers.items() if not callable(handler)]:
            raise ConfigurationError(f"The handler of {wrong[0]!r} must be a function.")
        if len(self._topics) != len(self._paths):
            raise ConfigurationError(
                "Two topics have the same path. A delivery does not state its topic, so each topic needs its own path."
            )
        if wrong := [path for path in self._topics if not path.startswith("/")]:
            raise ConfigurationError(f"The path {wrong[0]!r} must begin with a slash.")

    @property
    def is_async(self) -> bool:
        """Whether a handler, the store or the verifier has a coroutine function, which `receive` cannot call."""
        return self._store_is_async or self._verifier.is_async or any(map(is_async_function, self._handlers.values()))

    def path(self, topic: str) -> str:
        """Return the path for deliveries of the topic.

        Args:
            topic: the topic, such as "review/created".

        Raises:
            ArgumentError: if the topic has no handler.

        Example:
            >>> receiver.path("review/created")
            '/webhooks/review-created'
        """
        if topic not in self._paths:
            raise ArgumentError(f"There is no handler for {topic!r}. There are handlers for {', '.join(self._paths)}.")
        return self._paths[topic]

    def topic_at(self, path: str) -> str | None:
        """Return the topic for the path of a URL; None if there is no topic or more than one.

        The receiver may be mounted, behind a proxy, or both, so that `path` may begin with other segments than the path
        of the topic, or lack its first segments. A path belongs to a topic if one of the two paths ends with the other.

        Example:
            >>> receiver.topic_at("/shop/webhooks/review-created")
            'review/created'
        """
        whole = [topic for own, topic in self._topics.items() if path.endswith(own)]
        if whole or not path.startswith("/") or path == "/":
            return whole[0] if whole else None
        rest = [topic for own, topic in self._topics.items() if own.endswith(path)]
        return rest[0] if len(rest) == 1 else None

    def refusal(self, method: str, path: str, length: int = 0) -> WebhookResponse | None:
        """Return the response to a request that can be refused before its body is read; None for other requests.

        Args:
            method: the HTTP method.
            path: the path of the URL, without the query. See `topic_at`.
            length: the length of the body in bytes, from the Content-Length header. Default: 0, which is unknown.

        Example:
            >>> refused = receiver.refusal("GET", "/webhooks/review-created")
            >>> refused.status
            405
            >>> receiver.refusal("POST", "/webhooks/review-created") is None
            True
        """
        topic = self.topic_at(path)
        if topic is None:
            paths = ", ".join(self._topics)
            return self._refuse(404, "not_found", None, f"No topic has the path {path!r:.200}. The paths are {paths}.")
        if method != "POST":
            refused = self._refuse(405, "method_not_allowed", topic, f"The method is {method!r:.20}, not POST.")
            return replace(refused, headers={"Allow": "POST"})
        if length > self.limit:
            return self._refuse(413, "too_large", topic, f"The body has more than {self.limit} bytes (limit=).")
        return None

    def receive(self, method: str, path: str, headers: RequestHeaders, body: bytes) -> WebhookResponse:
        """Handle a request in this thread.

        Args:
            method: the HTTP method.
            path: the path of the URL, without the query. See `topic_at`.
            headers: the headers of the request.
            body: the exact bytes of the request.

        Returns:
            The response. Its status is 200 if the delivery is processed, also if it was processed before.

        Raises:
            ConfigurationError: if `is_async`. Use `receive_async`.

        Example:
            >>> response = receiver.receive("POST", "/webhooks/review-created", delivery.headers, delivery.body)
            >>> response.status
            200
        """
        if self.is_async:
            raise ConfigurationError(
                "A handler, a method of the store or secrets_for is a coroutine function. Use receive_async or an ASGI "
                "app."
            )
        return run(
            self._execute(method, path, headers, body),
            {
                LookUp: LookUp.run,
                StoreCall: lambda effect: _call(self._store_call(effect)),
                Handle: self._handle,
            },
        )

    async def receive_async(self, method: str, path: str, headers: RequestHeaders, body: bytes) -> WebhookResponse:
        """Handle a request. Coroutine functions are awaited. Other functions run in a thread.

        If the request is cancelled, a coroutine function is cancelled too. A handler that runs in a thread finishes,
        and its delivery is remembered.

        Args:
            method: the HTTP method.
            path: the path of the URL, without the query. See `topic_at`.
            headers: the headers of the request.
            body: the exact bytes of the request.

        Returns:
            The response. Its status is 200 if the delivery is processed, also if it was processed before.

        Example:
            >>> response = await receiver.receive_async(
            ...     "POST", "/webhooks/review-created", delivery.headers, delivery.body
            ... )
            >>> response.status
            200
        """
        work = run_async(
            self._execute(method, path, headers, body),
            {
                LookUp: lambda effect: effect.run_async(partial(self._call_async, self._store_threads)),
                StoreCall: self._store_call_async,
                Handle: self._handle_async,
            },
        )
        if is_async_function(self._handlers.get(self.topic_at(path) or "")):
            return await work
        task = asyncio.create_task(work)
        self._tasks.add(task)  # the event loop itself does not keep tasks
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    def _execute(
        self, method: str, path: str, headers: RequestHeaders, body: bytes
    ) -> Generator[Any, Any, WebhookResponse]:
        if refused := self.refusal(method, path, len(body) if isinstance(body, bytes | bytearray) else 0):
            return refused
        topic = str(self.topic_at(path))
        try:
            delivery = replace((yield from self._verifier.execute(body, headers)), topic=topic)
        except WebhookError as error:
            return self._refuse(STATUSES.get(error.reason, 401), error.reason, topic, str(error))
        claim = HeldClaim(_keys(delivery), delivery.request_id)
        try:
            answer = yield StoreCall("claim", claim, self._lease)
        except Exception:  # the caller's store may raise any error, and Trustoo needs a response
            return self._refuse(500, "store_failed", topic, "The replay store failed.", logger.exception)
        except BaseException:
            yield from self._forget(claim)
            raise
        match answer if isinstance(answer, str) else None:
            case "new":
                return (yield from self._process(delivery, claim))
            case "done":
                logger.info("Delivery %s (%s) was processed before.", delivery.request_id, topic)
                return RECEIVED
            case "busy":
                return self._refuse(503, "busy", topic, f"Delivery {delivery.request_id} is being handled.")
        yield from self._forget(claim)
        problem = f"The replay store answered {answer!r:.50} to claim, and not 'new', 'busy' or 'done' as text."
        return self._refuse(500, "store_failed", topic, problem, logger.error)

    def _process(self, delivery: Delivery, claim: HeldClaim) -> Generator[Any, Any, WebhookResponse]:
        topic = str(delivery.topic)
        try:
            yield Handle(self._handlers[topic], delivery, claim)
        except BaseException as error:
            yield from self._forget(claim)
            if not isinstance(error, Exception):
                raise
            problem = f"The handler of {topic} failed for delivery {delivery.request_id}."
            return self._refuse(500, "handler_failed", topic, problem, logger.exception)
        # From here on the delivery is processed, so a retry would be worse than an error of the store.
        try:
            settled = yield StoreCall("settle", claim, self._kept)
        except Exception:  # whatever the store raises
            logger.exception("The replay store failed. Delivery %s may be processed again.", delivery.request_id)
            return RECEIVED
        if not isinstance(settled, int):
            logger.error("The replay store answered %.50r to settle, and not True or False.", settled)
        elif not settled:
            logger.warning("Delivery %s was processed twice, because its claim was lost.", delivery.request_id)
        return RECEIVED

    def _forget(self, claim: HeldClaim) -> Generator[Any, Any, None]:
        try:
            yield StoreCall("forget", claim)
        except Exception:  # whatever the store raises, the refusal is sent
            logger.exception(
                "The replay store failed. Delivery %s can be handled again when its claim ends.", claim.request_id
            )

    def _refuse(
        self,
        status: int,
        reason: str,
        topic: str | None,
        problem: str,
        log: Callable[..., object] = logger.warning,
    ) -> WebhookResponse:
        """Log and count a refusal, and return its response."""
        log("A request%s was refused as %s: %s", f" to {self._paths[topic]}" if topic else "", reason, problem)
        if self._on_refused is not None:
            try:
                self._on_refused(Refusal(status, reason, topic))
            except Exception:  # whatever the caller's function raises, the refusal is sent
                logger.exception("The function on_refused failed.")
        return WebhookResponse(status)

    def _handle(self, effect: Handle) -> None:
        with cast(Renewals, self._renewals).renewing(effect.claim):
            _call(effect.handler, effect.delivery)

    async def _handle_async(self, effect: Handle) -> None:
        call = partial(self._call_async, self._handler_threads, effect.handler, effect.delivery)
        if isinstance(self._renewals, AsyncRenewals):
            async with self._renewals.renewing(effect.claim):
                await call()
        else:
            with self._renewals.renewing(effect.claim):
                await call()

    def _store_call(self, effect: StoreCall) -> Callable[[], Any]:
        seconds = {} if effect.seconds is None else {"seconds": effect.seconds}
        return partial(getattr(self._store, effect.method), *effect.claim.keys, owner=effect.claim.owner, **seconds)

    async def _store_call_async(self, effect: StoreCall) -> Any:
        """Call the store. If the task is cancelled, finish the call first, so that a processed delivery is settled."""
        call = asyncio.ensure_future(self._call_async(self._store_threads, self._store_call(effect)))
        try:
            return await asyncio.shield(call)
        except asyncio.CancelledError:
            clock = asyncio.get_running_loop().time
            end = clock() + self._lease
            while not call.done() and clock() < end:
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([call], timeout=end - clock())
            call.cancel()
            raise

    async def _call_async(self, threads: ThreadPoolExecutor, function: Callable[..., Any], *arguments: object) -> Any:
        """Return the awaited result of a function. A function that may block runs in one of the threads.

        A thread cannot be stopped. If the task is cancelled, a call that has begun is awaited first. Then the
        cancellation is raised, but not for a handler: its delivery is processed and must be remembered.
        """
        if is_async_function(function):
            return await function(*arguments)
        future = threads.submit(copy_context().run, _without_stop_iteration, function, *arguments)
        waiting, cancelled = asyncio.wrap_future(future), None
        while not waiting.done():
            try:
                await asyncio.wait([waiting])
            except asyncio.CancelledError as error:
                cancelled = error
                future.cancel()
        if cancelled is not None and (future.cancelled() or threads is self._store_threads):
            raise cancelled
        result = waiting.result()
        return await result if inspect.isawaitable(result) else result


def _known_topics() -> tuple[str, ...]:
    """Return the topics in the OpenAPI spec."""
    kinds = get_args(get_type_hints(WebhookCreateRequest)["topic"])
    return tuple(topic for kind in kinds if get_origin(kind) is Literal for topic in get_args(kind))


def _check_store(store: object) -> bool:
    """Return whether the methods of a store are coroutine functions. Raises ConfigurationError for a mixture."""
    methods = {name: getattr(store, name, None) for name in ("claim", "settle", "forget")}
    if missing := [name for name, method in methods.items() if not callable(method)]:
        raise ConfigurationError(f"The store {type(store).__name__} has no method {missing[0]}. See ReplayStore.")
    are_async = {name: is_async_function(method) for name, method in methods.items()}
    if len(set(are_async.values())) > 1:
        named = ", ".join(name for name in are_async if are_async[name])
        raise ConfigurationError(
            f"The methods of the store {type(store).__name__} must all be functions (ReplayStore) or all be coroutine "
            f"functions (AsyncReplayStore). Only {named} of claim, settle and forget are coroutine functions."
        )
    return are_async["claim"]


def _keys(delivery: Delivery) -> tuple[str, ...]:
    """Return the keys of a delivery in a replay store.

    The signature does not cover the request id and the public token. The second key recognises the same bytes with
    another id or another public token as a repetition.
    """
    about = (str(delivery.topic), delivery.public_token, delivery.request_id)
    keys = (f"id {' '.join(quote(part) for part in about)}", f"signed {delivery.topic} {delivery.signature}")
    return tuple(
        key if len(key) <= MAX_KEY_LENGTH and key.isascii() else f"sha256 {hashlib.sha256(key.encode()).hexdigest()}"
        for key in keys
    )


def _slug(topic: str) -> str:
    return "-".join(topic.replace("_", "-").split("/"))


def _without_stop_iteration(function: Callable[..., Any], *arguments: object) -> Any:
    try:
        return function(*arguments)
    except StopIteration as error:  # a future cannot carry StopIteration, so the request would hang
        raise RuntimeError("StopIteration was raised") from error


def _call(function: Callable[..., Any], *arguments: object) -> object:
    result = _without_stop_iteration(function, *arguments)
    if inspect.iscoroutine(result):
        result.close()
        raise ConfigurationError(
            "A handler or a method of the store returned a coroutine. Use receive_async or an ASGI app."
        )
    return result
