"""Receives deliveries. Routes and verifies a request, recognises repeated deliveries and calls the handler. No I/O."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .._sansio import run, run_async
from ..errors import ArgumentError, ConfigurationError, WebhookError
from .replay import MemoryReplayStore, ReplayStore
from .verification import Delivery, RequestHeaders, WebhookVerifier

__all__ = ["Handler", "Receiver", "WebhookResponse"]

logger = logging.getLogger("trustoo.webhooks")

Handler = Callable[[Delivery], Any]
"""A function that takes a delivery. The function's result is ignored.

If the function raises an error, the response asks Trustoo to retry the delivery.
"""


@dataclass(frozen=True, slots=True)
class Action:
    """Call a function that may block, or await a coroutine function. The effect's result is the function's result."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]

    def call(self) -> Any:
        """Return the function's result, which may be an awaitable."""
        try:
            return self.function(*self.arguments)
        except StopIteration as error:  # a future cannot carry StopIteration, so the request would hang
            raise RuntimeError("StopIteration was raised") from error

    async def call_async(self) -> Any:
        """Return the awaited result. A function that is not a coroutine function runs in a thread."""
        result = self.call() if _is_async(self.function) else await asyncio.to_thread(self.call)
        return await result if inspect.isawaitable(result) else result


@dataclass(frozen=True, slots=True)
class WebhookResponse:
    """The HTTP response to a delivery."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


RECEIVED = WebhookResponse(200, {"Content-Type": "application/json"}, b'{"code":0,"message":"success"}')
"""The documented response that confirms a delivery. Only HTTP 200 confirms a delivery."""


class Receiver:
    """Receives deliveries. Each topic has its own path, because no header and no known member states the topic.

    Subscribe to each topic with a URL that consists of your host and `receiver.path(topic)`. A subscription made with
    shop tokens (HMAC) belongs to the shop. A subscription made with an access token (bearer) belongs to the platform.
    The shop and the platform can each list, change and delete only their own subscriptions. If both subscribe, each
    event is delivered twice, possibly with different signatures.

    Each delivery is handled successfully once. If the same delivery arrives while its handler runs, the response is
    503. A delivery is handled again only if the handler fails or takes longer than the lease of the store, the process
    dies while the handler runs, or the server cancels the request.

    Args:
        verifier: verifies the deliveries.
        handlers: for each topic, such as "review/created", a function or coroutine function that takes a `Delivery`.
        store: remembers processed deliveries. Default: a `MemoryReplayStore`, which processes do not share.
        prefix: the prefix of all paths. By default the path of `review/created` is `/webhooks/review-created`.
        paths: a mapping of topics to paths that replace the default paths.
        limit: the maximum size of a body in bytes. Default: 1 MiB.

    Raises:
        ConfigurationError: if a handler is missing, two topics have the same path, or a path does not begin with `/`.
    """

    def __init__(
        self,
        verifier: WebhookVerifier,
        handlers: Mapping[str, Handler],
        *,
        store: ReplayStore | None = None,
        prefix: str = "/webhooks",
        paths: Mapping[str, str] | None = None,
        limit: int = 1 << 20,
    ) -> None:
        self._verifier, self._handlers = verifier, dict(handlers)
        self._store: ReplayStore = MemoryReplayStore() if store is None else store
        self.limit = limit
        other_paths = dict(paths or {})
        self._paths = {
            topic: other_paths.pop(topic, f"{prefix.rstrip('/')}/{_slug(topic)}") for topic in self._handlers
        }
        self._topics = {path: topic for topic, path in self._paths.items()}
        if not self._handlers or other_paths:
            raise ConfigurationError(f"There is no handler for {', '.join(other_paths) or 'any topic'}.")
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
        """Whether a handler or a method of the store is a coroutine function, which `receive` cannot call."""
        return any(map(_is_async, (*self._handlers.values(), self._store.claim)))

    def path(self, topic: str) -> str:
        """Return the path for deliveries of the topic. Raises ArgumentError if the topic has no handler."""
        if topic not in self._paths:
            raise ArgumentError(f"There is no handler for {topic!r}. There are handlers for {', '.join(self._paths)}.")
        return self._paths[topic]

    def has(self, path: str) -> bool:
        """Return whether `path` is the path of a topic."""
        return path in self._topics

    def refusal(self, method: str, path: str, length: int = 0) -> WebhookResponse | None:
        """Return the response to a request that can be refused before its body is read; None for other requests.

        `length` is the length of the body in bytes, from the Content-Length header.
        """
        if path not in self._topics:
            return WebhookResponse(404)
        if method != "POST":
            return WebhookResponse(405, {"Allow": "POST"})
        return WebhookResponse(413) if length > self.limit else None

    def receive(self, method: str, path: str, headers: RequestHeaders, body: bytes) -> WebhookResponse:
        """Handle a request in this thread and return the response.

        Args:
            path: the path of the URL, without the query.
            body: the exact bytes of the request.

        Raises:
            ConfigurationError: if a handler or a method of the store is a coroutine function. Use `receive_async`.
        """
        if self.is_async:
            raise ConfigurationError(
                "A handler or a method of the store is a coroutine function. Use receive_async or an ASGI app."
            )
        return run(self._execute(method, path, headers, body), {Action: lambda action: _not_awaitable(action.call())})

    async def receive_async(self, method: str, path: str, headers: RequestHeaders, body: bytes) -> WebhookResponse:
        """Handle a request and return the response. Coroutine functions are awaited. Other functions run in a thread.

        The arguments are those of `receive`.
        """
        return await run_async(self._execute(method, path, headers, body), {Action: Action.call_async})

    def _execute(
        self, method: str, path: str, headers: RequestHeaders, body: bytes
    ) -> Generator[Action, Any, WebhookResponse]:
        if refused := self.refusal(method, path, len(body)):
            return refused
        topic = self._topics[path]
        try:
            delivery = replace(self._verifier.verify(body, headers), topic=topic)
        except WebhookError as error:
            logger.warning("A request to %s was refused as %s: %s", path, error.reason, error)
            return WebhookResponse(400 if error.reason == "unreadable" else 401)
        # The request id is not signed. The second key recognises the same bytes with another id as a repetition.
        keys = (f"id {topic} {delivery.request_id}", f"signed {topic} {delivery.signature}")
        try:
            claim = yield Action(self._store.claim, keys)
        except Exception:  # the caller's store may raise any error, and Trustoo needs a response
            logger.exception("The replay store failed. Trustoo must retry delivery %s", delivery.request_id)
            return WebhookResponse(500)
        if claim != "new":
            logger.info("Delivery %s (%s) was repeated: %s", delivery.request_id, topic, claim)
            return RECEIVED if claim == "done" else WebhookResponse(503)
        return (yield from self._handle(delivery, keys))

    def _handle(self, delivery: Delivery, keys: tuple[str, ...]) -> Generator[Action, Any, WebhookResponse]:
        topic = str(delivery.topic)
        try:
            yield Action(self._handlers[topic], (delivery,))
        except BaseException as error:
            try:
                yield Action(self._store.forget, keys)
            except Exception:  # as above; the error of the handler is logged below
                logger.exception(
                    "The replay store failed. Delivery %s can be handled again when its lease ends", delivery.request_id
                )
            if not isinstance(error, Exception):
                raise
            logger.exception("The handler of %s failed for delivery %s", topic, delivery.request_id)
            return WebhookResponse(500)
        try:
            yield Action(self._store.settle, keys)
        except Exception:  # the delivery was processed, so a retry would be worse
            logger.exception(
                "The replay store failed. Delivery %s was processed and may be processed again", delivery.request_id
            )
        return RECEIVED


def _slug(topic: str) -> str:
    return "-".join(topic.replace("_", "-").split("/"))


def _is_async(function: Any) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)


def _not_awaitable(result: object) -> object:
    """Return the result. Raises ConfigurationError if the result is a coroutine, which must be awaited."""
    if inspect.iscoroutine(result):
        result.close()
        raise ConfigurationError("A handler returned a coroutine. Use receive_async or an ASGI app.")
    return result
