"""From a request to the answer that Trustoo expects, without I/O: route, verify, tell repetitions, handle."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .._sansio import run, run_async
from ..errors import ConfigurationError, WebhookError
from .delivery import Delivery
from .replay import MemoryReplayStore, ReplayStore
from .verification import RequestHeaders, WebhookVerifier

__all__ = ["Handler", "Receiver", "WebhookResponse"]

logger = logging.getLogger("trustoo.webhooks")

Handler = Callable[[Delivery], Any]
"""Takes one delivery. What it returns is ignored; when it raises, Trustoo is asked to try again."""


@dataclass(frozen=True, slots=True)
class Action:
    """An effect: call a function that may block, or await a coroutine function. Gives its result."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]

    def call(self) -> Any:
        """What the function returns; a plain function may return an awaitable, too."""
        try:
            return self.function(*self.arguments)
        except StopIteration as error:  # a thread's future cannot carry it: the request would hang
            raise RuntimeError("StopIteration was raised") from error

    async def call_async(self) -> Any:
        """The same, awaited. A plain function runs in a thread."""
        result = self.call() if _is_async(self.function) else await asyncio.to_thread(self.call)
        return await result if inspect.isawaitable(result) else result


@dataclass(frozen=True, slots=True)
class WebhookResponse:
    """What to answer over HTTP."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


RECEIVED = WebhookResponse(200, {"Content-Type": "application/json"}, b'{"code":0,"message":"success"}')
"""The answer that counts as received (documented); only HTTP 200 does."""


class Receiver:
    """Receives deliveries at one address for each topic, since no header and no known member names the topic.

    Subscribe `receiver.path(topic)` below your host for each topic. A subscription belongs to who made it: one made
    with shop tokens (HMAC) to that shop, one made with an access token (bearer) to the platform; each lists, changes
    and deletes only its own, and a shop that both subscribed is delivered twice, maybe signed differently.

    A delivery is handled once, also when it is repeated while its first handling runs (that repetition is answered
    503, and its next try finds it done). Only a process that dies while handling, a server
    that calls a request off, or a handler that takes longer than the store's lease can cause a second time.

    Args:
        verifier: tells deliveries from forgeries.
        handlers: for each topic, such as "review/created", a function or coroutine function that takes a `Delivery`.
        store: remembers what was processed. The default ends with the process and is not shared between processes.
        prefix: of the addresses: `review/created` is at `/webhooks/review-created`.
        paths: topics that have an address of their own.
        limit: bytes that a body may have.

    Raises:
        ConfigurationError: no handler, two topics at one path, or a path without its slash.
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
        own = dict(paths or {})
        self._paths = {topic: own.pop(topic, f"{prefix.rstrip('/')}/{_slug(topic)}") for topic in self._handlers}
        self._topics = {path: topic for topic, path in self._paths.items()}
        if not self._handlers or own:
            raise ConfigurationError(" ".join(["There is no handler for", ", ".join(own) or "any topic"]) + ".")
        if wrong := [topic for topic, handler in self._handlers.items() if not callable(handler)]:
            raise ConfigurationError(f"The handler of {wrong[0]!r} is no function.")
        if len(self._topics) != len(self._paths):
            raise ConfigurationError("Two topics have the same path; nothing in a delivery would tell them apart.")
        if wrong := [path for path in self._topics if not path.startswith("/")]:
            raise ConfigurationError(f"{wrong[0]!r} does not begin with a slash.")

    @property
    def is_async(self) -> bool:
        """Whether a handler, or the store, is made of coroutine functions: `receive` cannot serve those."""
        return any(map(_is_async, (*self._handlers.values(), self._store.claim)))

    def path(self, topic: str) -> str:
        """Where deliveries of the topic are received. Raises ConfigurationError for a topic without a handler.

        The account that subscribes it decides whose deliveries come (see the class), and so which secret signs them.
        """
        if topic not in self._paths:
            raise ConfigurationError(f"There is no handler for {topic!r}; there is for {', '.join(self._paths)}.")
        return self._paths[topic]

    def has(self, path: str) -> bool:
        """Whether deliveries are received at `path`."""
        return path in self._topics

    def refusal(self, method: str, path: str, length: int = 0) -> WebhookResponse | None:
        """The answer to a request whose body (of `length` bytes) need not be read; None where it must be."""
        if path not in self._topics:
            return WebhookResponse(404)
        if method != "POST":
            return WebhookResponse(405, {"Allow": "POST"})
        return WebhookResponse(413) if length > self.limit else None

    def receive(self, method: str, path: str, headers: RequestHeaders, body: bytes) -> WebhookResponse:
        """The answer to one request, its delivery handled in this thread.

        Args:
            path: without the query.
            body: the exact bytes.

        Raises:
            ConfigurationError: a handler is a coroutine function; use `receive_async`.
        """
        if self.is_async:
            raise ConfigurationError("Coroutine functions among the handlers or in the store: use receive_async.")
        return run(self._execute(method, path, headers, body), {Action: lambda action: _plain(action.call())})

    async def receive_async(self, method: str, path: str, headers: RequestHeaders, body: bytes) -> WebhookResponse:
        """The same for asyncio: coroutine functions are awaited, other functions run in a thread."""

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
        # The request id is not signed, hence the second key: the same bytes under another id are no new delivery.
        keys = (f"id {topic} {delivery.request_id}", f"signed {topic} {delivery.signature}")
        try:
            claim = yield Action(self._store.claim, keys)
        except Exception:  # a store may be the caller's own and raise anything; Trustoo must get an answer
            logger.exception("The replay store failed; Trustoo is asked to try %s again", delivery.request_id)
            return WebhookResponse(500)
        if claim != "new":
            logger.info("Delivery %s (%s) came again: %s", delivery.request_id, topic, claim)
            return RECEIVED if claim == "done" else WebhookResponse(503)
        return (yield from self._handle(delivery, keys))

    def _handle(self, delivery: Delivery, keys: tuple[str, ...]) -> Generator[Action, Any, WebhookResponse]:
        topic = str(delivery.topic)
        try:
            yield Action(self._handlers[topic], (delivery,))
        except BaseException as error:
            try:
                yield Action(self._store.forget, keys)
            except Exception:  # as above; the handler's own failure is still told below
                logger.exception("The replay store failed; %s is free again when its lease ends", delivery.request_id)
            if not isinstance(error, Exception):
                raise
            logger.exception("The handler of %s failed at delivery %s", topic, delivery.request_id)
            return WebhookResponse(500)
        try:
            yield Action(self._store.settle, keys)
        except Exception:  # it was processed: to ask for it again would be worse
            logger.exception("The replay store failed; %s was processed and may be again", delivery.request_id)
        return RECEIVED


def _slug(topic: str) -> str:
    return "-".join(topic.replace("_", "-").split("/"))


def _is_async(function: Any) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)


def _plain(outcome: object) -> object:
    """Refuses what should have been awaited (a plain function may return a coroutine)."""
    if inspect.iscoroutine(outcome):
        outcome.close()
        raise ConfigurationError("A handler returned a coroutine: use receive_async or an ASGI app.")
    return outcome
