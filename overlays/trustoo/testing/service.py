"""The fake service itself, without I/O: checks a request, answers it, and remembers both."""

from __future__ import annotations

import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from email.utils import formatdate
from threading import Lock
from typing import Any, Literal
from urllib.parse import parse_qsl

import httpx
from trustoo_api.operations import CODES, OPERATIONS
from trustoo_api.types import Operation

from ..client import AsyncTrustoo, Trustoo
from ..errors import ConfigurationError
from ..oauth import AsyncPlatform, Platform
from .authorization import SERVED, FakePlatform
from .checks import Scopes, Tokens, lacks_scope, unauthenticated, wrong_input
from .connections import AsgiApp, FakeTransport
from .deliveries import Deliveries
from .faults import Fault, FaultLine
from .messages import FakeResponse, Received, Refused
from .spec import SAMPLES, at
from .state import HANDLERS, Contents, Lag
from .state.listing import page_of
from .storage import FakeStorage
from .throttle import Throttle

__all__ = ["FakeTrustoo"]


class FakeTrustoo:
    """An offline stand-in for the service, driven by the API's description.

    It refuses what the service would refuse (unknown paths, credentials that are wrong, required values that are
    missing), carries out the rest on what it keeps, answers with samples where it keeps nothing, or with what you
    set, and fails on demand. Threads may share it.

    Args:
        public_token, private_token, access_token, merchant_session: the credentials that it accepts.
        clock: gives the Unix time in seconds that answers carry and signatures are measured by.
        error_status: the HTTP status of answers whose `code` is not 0. No such answer was ever seen; public clients
            suggest 200.
        scopes: what `access_token` is good for; None for everything.
        state: "samples": it begins with the items of the description's samples; "empty": with none; "off": it keeps
            nothing, and each operation answers with its sample whatever was asked.

    Attributes:
        tokens: the credentials, by the names above.
        received: the requests that arrived complete, in order.
        processed: how often each operation was carried out, whether or not its answer arrived.
        clock_skew: seconds by which its clock is ahead of `clock`.
        reviews, webhooks, exclusions, unsubscriptions, orders, customer_events: what it keeps (`Store`): add to it,
            look at it. `answer` and the like win over it and leave it alone.
        scopes: as above; may be set at any time.
        throttle: refuses requests that are too many; None for no limit.
        transport: for an `httpx.Client` or `httpx.AsyncClient` of your own.
        asgi: for an ASGI server.
        storage: what its upload credentials are for; `storage.uploads` holds the images.
        platform: what `add_platform` added, None before.
    """

    def __init__(
        self,
        *,
        public_token: str = "EXAMPLE-public-token",
        private_token: str = "EXAMPLE-private-token",
        access_token: str = "EXAMPLE-access-token",
        merchant_session: str = "EXAMPLE-merchant-session",
        clock: Callable[[], float] = time.time,
        error_status: int = 200,
        scopes: Iterable[str] | None = None,
        state: Literal["samples", "empty", "off"] = "samples",
    ) -> None:
        if state not in ("samples", "empty", "off"):
            raise ConfigurationError(f'state is "samples", "empty" or "off", not {state!r}.')
        if isinstance(scopes, str):
            raise ConfigurationError(f"scopes are several texts, such as [{scopes!r}], not one.")
        self.tokens = Tokens(public_token, private_token, access_token, merchant_session)
        self.clock_skew: float = 0
        self.error_status = error_status
        self.scopes: Scopes = None if scopes is None else frozenset(scopes)
        self.throttle: Throttle | None = None
        self.received: list[Received] = []
        self.processed: Counter[str] = Counter()
        self.transport = FakeTransport(self.handle)
        self.asgi = AsgiApp(self.handle)
        self.storage = FakeStorage(self.now)
        self.platform: FakePlatform | None = None
        self._clock = clock
        self._lock = Lock()
        self._answers_given = 0
        self._faults = FaultLine()
        self._replies: dict[str, deque[tuple[FakeResponse, bool]]] = defaultdict(deque)
        self._answers: dict[str, object] = {}
        self.respond("media.image_upload_credentials", lambda received: self.storage.credentials())
        self._handlers = {} if state == "off" else HANDLERS
        self._contents = Contents(self.now, samples=state == "samples")
        self.reviews, self.webhooks = self._contents.reviews, self._contents.webhooks
        self.exclusions, self.unsubscriptions = self._contents.exclusions, self._contents.unsubscriptions
        self.orders, self.customer_events = self._contents.orders, self._contents.customer_events

    @property
    def lag(self) -> Lag:
        """How long lists and ratings do without what clients create from now on."""
        return self._contents.lag

    @lag.setter
    def lag(self, lag: Lag) -> None:
        self._contents.lag = lag

    # --- what it answers ---

    def respond(self, operation: str, data: object) -> None:
        """From now on the operation answers with this data, or with what `data(received)` returns. Models are fine."""
        self._answers[_known(operation)] = data

    def pages(self, operation: str, items: Iterable[object]) -> None:
        """From now on the operation, one that answers in pages, answers with pages of these items."""
        kept = list(items)
        if not SAMPLES[_known(operation)].is_paged:
            raise ConfigurationError(f"{operation} does not answer in pages; use answer().")
        self.respond(operation, lambda received: page_of(kept, received))

    def respond_once(self, operation: str, reply: FakeResponse, *, processed: bool = True) -> None:
        """The operation's next request that passes the checks gets this reply; several wait in line.

        `processed`: whether the request counts as carried out.
        """
        with self._lock:
            self._replies[_known(operation)].append((reply, processed))

    def fail(self, fault: Fault, *, times: int = 1, operation: str | None = None) -> None:
        """The next `times` requests, or those of one operation, meet this fault. Faults wait in line."""
        if times < 1:
            raise ConfigurationError(f"times must be 1 or more, not {times!r}.")
        self._faults.add(fault, times, None if operation is None else _known(operation))

    def now(self) -> float:
        """The service's clock."""
        return self._clock() + self.clock_skew

    def deliveries(self) -> Deliveries:
        """Makes and sends webhook deliveries about the service's shop, signed with its private token."""
        return Deliveries(self.tokens.private_token, public_token=self.tokens.public_token, clock=self.now)

    def add_platform(
        self, client_id: str = "EXAMPLE-client-id", client_secret: str = "EXAMPLE-client-secret", **settings: Any
    ) -> FakePlatform:
        """From now on the token endpoint is this platform's: it exchanges, renews and revokes tokens that calls are
        let in with. `settings` as of `FakePlatform`."""
        self.platform = FakePlatform(client_id, client_secret, self.now, **settings)
        return self.platform

    # --- clients ---

    def client(self, **settings: Any) -> Trustoo:
        """A client of this service, with its shop tokens and merchant session. `settings` as of `Trustoo`; shop
        tokens or an access token among them replace the shop tokens."""
        api = httpx.Client(transport=self.transport)
        return Trustoo(http_client=api, **self.storage.client_settings(httpx.Client) | self._settings(settings))

    def platform_client(self, **settings: Any) -> Platform:
        """A `trustoo.oauth.Platform` of this service, with the id and secret of `add_platform`'s. `settings` as of
        `Platform`, `store` among them."""
        known = self.platform or self.add_platform()
        return Platform(known.client_id, known.client_secret, **self._platform_settings(settings, httpx.Client))

    def async_platform_client(self, **settings: Any) -> AsyncPlatform:
        """The same for asyncio."""
        known = self.platform or self.add_platform()
        return AsyncPlatform(
            known.client_id, known.client_secret, **self._platform_settings(settings, httpx.AsyncClient)
        )

    def _platform_settings(self, given: Mapping[str, Any], http: type[Any]) -> dict[str, Any]:
        settings = {
            "redirect_uri": "https://platform.example/callback",
            "base_url": "https://fake.trustoo.invalid",
            "clock": self._clock,
            "http_client": http(transport=self.transport),
            **self.storage.client_settings(http),
        }
        return settings | dict(given)

    def async_client(self, **settings: Any) -> AsyncTrustoo:
        """The same for asyncio."""
        api = httpx.AsyncClient(transport=self.transport)
        storage = self.storage.client_settings(httpx.AsyncClient)
        return AsyncTrustoo(http_client=api, **storage | self._settings(settings))

    def _settings(self, given: Mapping[str, Any]) -> dict[str, Any]:
        settings = {
            "base_url": "https://fake.trustoo.invalid",
            "clock": self._clock,
            "merchant_session": self.tokens.merchant_session,
        }
        if not given.keys() & {"public_token", "private_token", "access_token", "tokens"}:
            settings |= {"public_token": self.tokens.public_token, "private_token": self.tokens.private_token}
        return settings | dict(given)

    # --- requests ---

    def handle(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> FakeResponse:
        """Answer one request.

        Args:
            target: path and query as they stand in the request line, percent-encoded.

        Raises:
            httpx.TransportError: a fault was ordered that leaves no answer.
        """
        path, _, query = target.partition("?")
        allowed = at(path)
        operation = allowed.get(method)
        pairs = tuple(parse_qsl(query, keep_blank_values=True))
        names = httpx.Headers(headers, encoding="utf-8")
        received = Received(operation.id if operation else None, method, path, pairs, names, body)
        fault = self._faults.next(received.operation)
        if fault is None or fault.reached:
            with self._lock:
                self.received.append(received)
        reply = None
        if fault is None or fault.processed:
            reply = self._serve(operation, received) if operation else _no_operation(allowed)
        if fault is not None:
            reply = self._strike(fault, reply)
        assert reply is not None
        return replace(reply, headers={"Date": formatdate(self.now(), usegmt=True)} | dict(reply.headers))

    def _strike(self, fault: Fault, real: FakeResponse | None) -> FakeResponse:
        if fault.breaks_off_after is not None and real is not None:
            return replace(real, breaks_off_after=min(fault.breaks_off_after, max(len(real.body) - 1, 0)))
        if fault.error is not None:
            raise fault.error(f"FakeTrustoo: {fault.name}")
        if fault.response_code is not None:
            return self._failure(fault.response_code, CODES.get(fault.response_code, "unknown code"))
        assert fault.reply is not None
        return fault.reply

    def _serve(self, operation: Operation, received: Received) -> FakeResponse:
        if self.throttle is not None and (wait := self.throttle.retry_after(self.now())) is not None:
            return self._throttled(self.throttle, wait)
        sample = SAMPLES[operation.id]
        issued = self.platform.accepts if self.platform else lambda token: False
        if problem := unauthenticated(operation, received, self.tokens, self.now(), issued):
            return self._failure(16, problem)
        if problem := lacks_scope(operation, sample, received, self._granted(received)):
            return self._failure(16, problem)
        if problem := wrong_input(sample, received):
            return self._failure(3, problem)
        with self._lock:
            queue = self._replies[operation.id]
            queued, processed = queue.popleft() if queue else (None, True)
        try:
            reply = queued or self._envelope(200, 0, "success", self._data_of(operation.id, received))
        except Refused as refused:
            return self._failure(refused.code, refused.message)
        with self._lock:
            self.processed[operation.id] += processed
        return reply

    def _throttled(self, throttle: Throttle, wait: int) -> FakeResponse:
        if throttle.code is not None:
            return self._failure(throttle.code, "too many requests")
        return FakeResponse(429, {"Content-Type": "text/plain", "Retry-After": str(wait)}, b"too many requests")

    def _granted(self, received: Received) -> Scopes:
        """What the bearer token of a request is good for; None for everything, or where there is no such token."""
        if received.bearer == self.tokens.access_token:
            return self.scopes
        return self.platform.scopes(received.bearer) if self.platform and received.bearer else None

    def _data_of(self, operation: str, received: Received) -> Mapping[str, object]:
        """The answer's `data`, if any: what the platform, the test or the state says, in this order."""
        if self.platform is not None and operation in SERVED:
            return _if_any(self.platform.answer(received))
        if operation in self._answers:
            data = self._answers[operation]
            return {"data": data(received) if callable(data) else data}
        if operation in self._handlers:
            with self._contents.lock:
                return _if_any(self._handlers[operation](self._contents, received))
        sample = SAMPLES[operation]
        data = sample.answer.get("data")
        return _if_any(page_of(sample.answer["data"]["list"], received) if sample.is_paged else data)

    def _failure(self, code: int, message: str) -> FakeResponse:
        return self._envelope(self.error_status if code else 200, code, message, {})

    def _envelope(self, status: int, code: int, message: str, data: Mapping[str, object]) -> FakeResponse:
        with self._lock:
            self._answers_given += 1
            request_id = f"{self._answers_given:032x}"
        head = {"code": code, "message": message, "time": int(self.now()), "request_id": request_id}
        return FakeResponse.of_json({**head, **data}, status)


def _known(operation: str) -> str:
    if operation not in OPERATIONS:
        raise ConfigurationError(f"There is no operation {operation!r}; they are {', '.join(OPERATIONS)}.")
    return operation


def _if_any(data: object) -> Mapping[str, object]:
    return {} if data is None else {"data": data}


def _no_operation(allowed: Mapping[str, Operation]) -> FakeResponse:
    headers = {"Content-Type": "text/html"}
    if allowed:
        return FakeResponse(405, headers | {"Allow": ", ".join(sorted(allowed))}, b"<h1>405 Method Not Allowed</h1>")
    return FakeResponse(404, headers, b"<h1>404 Not Found</h1>")
