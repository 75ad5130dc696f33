"""The fake service, without I/O. It checks requests, responds to them, and keeps them."""

from __future__ import annotations

import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import replace
from email.utils import formatdate
from threading import Lock
from typing import Any, Literal
from urllib.parse import parse_qsl

import httpx
from trustoo_api.operations import CODES, OPERATIONS
from trustoo_api.types import Operation

from .. import AsyncTrustoo, Trustoo
from ..errors import ArgumentError, ConfigurationError
from ..oauth import AsyncPlatform, Platform
from .authorization import PLATFORM_OPERATIONS, FakePlatform
from .checks import (
    INVALID_ARGUMENT,
    UNAUTHENTICATED,
    KnownCredentials,
    RefusedError,
    Scopes,
    input_error,
    missing_scope,
    unauthenticated,
)
from .connections import AsgiApp, FakeResponse, FakeTransport, Received
from .deliveries import Deliveries, SignedDelivery
from .faults import Fault, FaultQueue, Throttle
from .handlers import HANDLERS
from .spec import SAMPLES, at
from .state import Contents, Lag, page_of
from .storage import FakeStorage

__all__ = ["FakeTrustoo"]


class FakeTrustoo:
    """An offline replacement for the service, driven by the OpenAPI spec. Thread-safe.

    The fake service refuses unknown paths, wrong credentials, and missing or invalid values. It carries out other
    requests on the items that it keeps. Operations that keep nothing return the spec's sample. `respond` and
    `respond_once` set your own responses, and `fail` adds faults.

    Args:
        public_token, private_token, access_token, merchant_session: the credentials that the fake service accepts.
        clock: returns the Unix time in seconds, for responses and the age of signatures. Default: this machine's clock.
        error_status: the HTTP status of responses with a `code` other than 0. Default: 200, which is known from public
            client code only; no such response could be observed.
        scopes: the scopes of `access_token`. Default: None, which allows every operation.
        state: "samples" (default) begins with the items of the spec's samples, and "empty" begins without items. "off"
            keeps nothing, so that each operation returns its sample for every request.

    Attributes:
        tokens: the accepted credentials, by the names above.
        received: the requests that arrived completely, in order (`Received`).
        processed: the number of times that each operation was carried out, even if the response did not arrive.
        clock_skew: seconds by which the fake service's clock is ahead of `clock`. Default: 0.
        reviews, webhooks, exclusions, unsubscriptions, orders, customer_events: the items that the fake service keeps,
            each as a `Store`. Responses that you set do not change the items.
        scopes: the scopes of `access_token`, as above. You can set this attribute at any time.
        throttle: a rate limit. Default: None, which is no limit.
        transport: a transport to pass as `transport=` to your `httpx.Client` or `httpx.AsyncClient`.
        asgi: an ASGI app for servers.
        storage: the object storage for the fake service's upload credentials. `storage.uploads` has the images.
        platform: the platform that `add_platform` added; None if no platform was added.

    Raises:
        ConfigurationError: if `state` is unknown, or `scopes` is one string.

    Example:
        >>> from trustoo.testing import FakeTrustoo
        >>> fake = FakeTrustoo()
        >>> with fake.client() as shop:
        ...     review = shop.reviews.create(rating=5, author="Zoë Example")
        >>> fake.reviews.get(review.id)["author"]
        'Zoë Example'
        >>> fake.processed["reviews.create"]
        1
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
            raise ConfigurationError(f'state must be "samples", "empty" or "off", not {state!r}.')
        if isinstance(scopes, str):
            raise ConfigurationError(f"scopes must be a list of strings, such as [{scopes!r}], not one string.")
        self.tokens = KnownCredentials(public_token, private_token, access_token, merchant_session)
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
        self._response_count = 0
        self._faults = FaultQueue()
        self._queues: dict[str, deque[tuple[FakeResponse, bool]]] = defaultdict(deque)
        self._responses: dict[str, object] = {}
        self.respond("media.image_upload_credentials", lambda received: self.storage.credentials())
        self._handlers = {} if state == "off" else HANDLERS
        self._contents = Contents(self.now, samples=state == "samples")
        self.reviews, self.webhooks = self._contents.reviews, self._contents.webhooks
        self.exclusions, self.unsubscriptions = self._contents.exclusions, self._contents.unsubscriptions
        self.orders, self.customer_events = self._contents.orders, self._contents.customer_events

    @property
    def lag(self) -> Lag:
        """The delay until lists and ratings show items that clients create from now on. Default: `Lag()`, no delay."""
        return self._contents.lag

    @lag.setter
    def lag(self, lag: Lag) -> None:
        self._contents.lag = lag

    # --- responses ---

    def respond(self, operation: str, data: object) -> None:
        """Set the `data` of all further responses of an operation.

        Args:
            operation: the operationId, such as "reviews.list".
            data: the envelope's `data`, which can contain models; or a function that takes a `Received` and returns the
                `data`.

        Raises:
            ArgumentError: if the operation is unknown.

        Example:
            >>> fake.respond("reviews.rating", {"rating_value": "4.7", "review_count": 320})
            >>> shop.reviews.rating(product_id="8100000000019").rating_value
            4.7
        """
        self._responses[_known(operation)] = data

    def pages(self, operation: str, items: Iterable[object]) -> None:
        """Set the items of a paged operation. From now on, the operation returns pages of these items.

        Args:
            operation: the operationId, such as "reviews.list".
            items: the items of all pages, as mappings or models.

        Raises:
            ArgumentError: if the operation is unknown or not paged.

        Example:
            >>> fake.pages("reviews.list", [{"id": number} for number in range(3)])
            >>> [review.id for review in shop.reviews.iterate(page_size=2)]
            ['0', '1', '2']
        """
        listed = list(items)
        if not SAMPLES[_known(operation)].is_paged:
            raise ArgumentError(f"{operation} is not paged; use respond().")
        self.respond(operation, lambda received: page_of(listed, received))

    def respond_once(self, operation: str, response: FakeResponse, *, processed: bool = True) -> None:
        """Send this response to the operation's next request that passes the checks. Several responses are queued.

        Args:
            operation: the operationId, such as "reviews.list".
            response: the exact response.
            processed: whether the request counts in `processed`. The request does not change the kept items.

        Raises:
            ArgumentError: if the operation is unknown.

        Example:
            >>> from trustoo import RejectedError
            >>> from trustoo.testing import FakeResponse
            >>> fake.respond_once("reviews.list", FakeResponse.of_json({"code": 8, "message": "EXAMPLE"}))
            >>> try:
            ...     shop.reviews.list()
            ... except RejectedError as error:
            ...     print(error.code)
            8
        """
        with self._lock:
            self._queues[_known(operation)].append((response, processed))

    def fail(self, fault: Fault, *, times: int = 1, operation: str | None = None) -> None:
        """Apply a fault to the next `times` requests. Several faults are queued.

        Args:
            fault: the fault, see the class methods of `Fault`.
            times: the number of requests that fail. Default: 1.
            operation: the operationId of the requests that fail. Default: None, which means all requests.

        Raises:
            ArgumentError: if `times` is less than 1, or the operation is unknown.

        Example:
            >>> from trustoo import OutcomeUnknownError
            >>> from trustoo.testing import Fault
            >>> fake.fail(Fault.reset(), operation="reviews.create")
            >>> try:
            ...     shop.reviews.create(rating=5, author="Zoë Example")
            ... except OutcomeUnknownError as error:
            ...     print(error.operation)
            reviews.create
        """
        if times < 1:
            raise ArgumentError(f"times must be 1 or more, not {times!r}.")
        self._faults.add(fault, times, None if operation is None else _known(operation))

    def sample(self, operation: str) -> Any:
        """Return a copy of the `data` in the spec's sample response of an operation; None if the sample has no data.

        Args:
            operation: the operationId, such as "reviews.list".

        Raises:
            ArgumentError: if the operation is unknown.

        Example:
            >>> fake.sample("reviews.get")["rating"]
            5
        """
        return deepcopy(SAMPLES[_known(operation)].response.get("data"))

    def now(self) -> float:
        """Return the Unix time in seconds on the fake service's clock.

        Example:
            >>> from trustoo.testing import FakeTrustoo
            >>> FakeTrustoo(clock=lambda: 1781682923.0).now()
            1781682923.0
        """
        return self._clock() + self.clock_skew

    def deliveries(self) -> Deliveries:
        """Return a source of webhook deliveries about this shop, signed with the shop's private token.

        Example:
            >>> delivery = fake.deliveries().make({"list": [{"id": 123}]})
            >>> verifier.verify(delivery.body, delivery.headers).items[0].id
            '123'
        """
        return Deliveries(self.tokens.private_token, public_token=self.tokens.public_token, clock=self.now)

    def deliver(
        self, topic: str, *deliveries: SignedDelivery, client: httpx.Client | None = None
    ) -> list[httpx.Response]:
        """POST deliveries to each URL that is subscribed to a topic. Changes of reviews send nothing by themselves.

        Args:
            topic: the topic, such as "review/created".
            deliveries: the deliveries, from `deliveries()`. Default: one delivery of the sample.
            client: the client that sends the deliveries. Default: as in `Deliveries.send`.

        Returns:
            The responses, in the order of the subscriptions; empty if nothing is subscribed to the topic.

        Raises:
            httpx.HTTPError: if a delivery gets no response.

        Example:
            >>> with fake.storage.serve() as address:  # your own server
            ...     webhook = shop.webhooks.create(topic="review/updated", url=address)
            ...     responses = fake.deliver("review/updated")
            >>> responses[0].status_code
            400
        """
        urls = [webhook["url"] for webhook in self.webhooks if webhook.get("topic") == topic]
        source = self.deliveries()
        return [response for url in urls for response in source.send(url, *deliveries, client=client)]

    def add_platform(
        self, client_id: str = "EXAMPLE-client-id", client_secret: str = "EXAMPLE-client-secret", **settings: Any
    ) -> FakePlatform:
        """Add a platform. It issues, refreshes and revokes access tokens, which the fake service accepts from now on.

        Another call replaces the platform.

        Args:
            client_id, client_secret: the platform's credentials.
            settings: additional attributes of `FakePlatform`.

        Returns:
            The platform, which is also the attribute `platform`.

        Example:
            >>> fake_platform = fake.add_platform(lifetime=60)
            >>> token = fake.platform_client().exchange(fake_platform.code())
            >>> token.is_renewable
            True
        """
        self.platform = FakePlatform(client_id, client_secret, self.now, **settings)
        return self.platform

    # --- clients ---

    def client(self, **settings: Any) -> Trustoo:
        """Return a client of this service, with the shop tokens and the merchant session in `tokens`.

        `settings`: additional arguments of `Trustoo`, but not `transport`, `http_client` and `proxy`. Credentials among
        these arguments replace the shop tokens.

        Example:
            >>> with fake.client(timeout=5) as shop:
            ...     print(shop.reviews.get(id="1001").rating)
            5
        """
        api = httpx.Client(transport=self.transport)
        return Trustoo(http_client=api, **self.storage.client_settings(httpx.Client) | self._settings(settings))

    def async_client(self, **settings: Any) -> AsyncTrustoo:
        """Return an `AsyncTrustoo` of this service. `settings`: as in `client`.

        Example:
            >>> async with fake.async_client(timeout=5) as shop:
            ...     print((await shop.reviews.get(id="1001")).rating)
            5
        """
        api = httpx.AsyncClient(transport=self.transport)
        storage = self.storage.client_settings(httpx.AsyncClient)
        return AsyncTrustoo(http_client=api, **storage | self._settings(settings))

    def platform_client(self, **settings: Any) -> Platform:
        """Return a `trustoo.oauth.Platform` of this service, with the id and secret of `platform`.

        `settings`: additional arguments of `Platform`, such as `store`.

        Example:
            >>> with fake.platform_client() as platform:
            ...     token = platform.exchange(fake.platform.code(), shop="kettles.myshopify.com")
            ...     print(platform.shop("kettles.myshopify.com").reviews.get(id="1001").rating)
            5
        """
        known = self.platform or self.add_platform()
        return Platform(known.client_id, known.client_secret, **self._platform_settings(settings, httpx.Client))

    def async_platform_client(self, **settings: Any) -> AsyncPlatform:
        """Return a `trustoo.oauth.AsyncPlatform` of this service. `settings`: as in `platform_client`.

        Example:
            >>> async with fake.async_platform_client() as platform:
            ...     token = await platform.exchange(fake.platform.code(), shop="kettles.myshopify.com")
            ...     print((await platform.shop("kettles.myshopify.com").reviews.get(id="1001")).rating)
            5
        """
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
        """Respond to one request.

        Args:
            method: the HTTP method, such as "GET".
            target: path and query, percent-encoded as in the request line.
            headers: the headers.
            body: the exact bytes of the body.

        Returns:
            The response.

        Raises:
            httpx.TransportError: if a fault without a response applies to the request.

        Example:
            >>> response = fake.handle("GET", "/api/v1/openapi/get_reviews", {}, b"")  # without credentials
            >>> b'"code":16' in response.body
            True
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
        response = None
        if fault is None or fault.processed:
            response = self._process(operation, received) if operation else _no_operation(allowed)
        if fault is not None:
            response = self._apply(fault, response)
        assert response is not None
        return replace(response, headers={"Date": formatdate(self.now(), usegmt=True)} | dict(response.headers))

    def _apply(self, fault: Fault, real: FakeResponse | None) -> FakeResponse:
        if fault.breaks_off_after is not None and real is not None:
            return replace(real, breaks_off_after=min(fault.breaks_off_after, max(len(real.body) - 1, 0)))
        if fault.error is not None:
            raise fault.error(f"FakeTrustoo: {fault.name}")
        if fault.response_code is not None:
            return self._failure(fault.response_code, CODES.get(fault.response_code, "unknown code"))
        assert fault.response is not None
        return fault.response

    def _process(self, operation: Operation, received: Received) -> FakeResponse:
        if self.throttle is not None and (wait := self.throttle.retry_after(self.now())) is not None:
            return self._throttled(self.throttle, wait)
        sample = SAMPLES[operation.id]
        is_issued = self.platform.accepts if self.platform else lambda token: False
        if problem := unauthenticated(operation, received, self.tokens, self.now(), is_issued):
            return self._failure(UNAUTHENTICATED, problem)
        if problem := missing_scope(operation, sample, received, self._granted(received)):
            return self._failure(UNAUTHENTICATED, problem)
        if problem := input_error(sample, received):
            return self._failure(INVALID_ARGUMENT, problem)
        with self._lock:
            queue = self._queues[operation.id]
            queued, processed = queue.popleft() if queue else (None, True)
        try:
            response = queued or self._envelope(200, 0, "success", self._data_of(operation.id, received))
        except RefusedError as refused:
            return self._failure(refused.code, refused.message)
        with self._lock:
            self.processed[operation.id] += processed
        return response

    def _throttled(self, throttle: Throttle, wait: int) -> FakeResponse:
        if throttle.code is not None:
            return self._failure(throttle.code, "too many requests")
        return FakeResponse(429, {"Content-Type": "text/plain", "Retry-After": str(wait)}, b"too many requests")

    def _granted(self, received: Received) -> Scopes:
        """The scopes of a request's bearer token; None if the token allows every operation, or if there is no token."""
        if received.bearer == self.tokens.access_token:
            return self.scopes
        return self.platform.scopes(received.bearer) if self.platform and received.bearer else None

    def _data_of(self, operation: str, received: Received) -> Mapping[str, object]:
        """The response's `data`, if there is any: from the platform, the test or the contents, in this order."""
        if self.platform is not None and operation in PLATFORM_OPERATIONS:
            return _if_any(self.platform.respond(received))
        if operation in self._responses:
            given = self._responses[operation]
            return {"data": given(received) if callable(given) else given}
        if operation in self._handlers:
            with self._contents.lock:
                return _if_any(self._handlers[operation](self._contents, received))
        sample = SAMPLES[operation]
        data: Any = sample.response.get("data")
        return _if_any(page_of(data["list"], received) if sample.is_paged else data)

    def _failure(self, code: int, message: str) -> FakeResponse:
        return self._envelope(self.error_status if code else 200, code, message, {})

    def _envelope(self, status: int, code: int, message: str, data: Mapping[str, object]) -> FakeResponse:
        with self._lock:
            self._response_count += 1
            request_id = f"{self._response_count:032x}"
        head = {"code": code, "message": message, "time": int(self.now()), "request_id": request_id}
        return FakeResponse.of_json({**head, **data}, status)


def _known(operation: str) -> str:
    if operation not in OPERATIONS:
        raise ArgumentError(f"The operation {operation!r} is unknown. Known operations: {', '.join(OPERATIONS)}.")
    return operation


def _if_any(data: object) -> Mapping[str, object]:
    return {} if data is None else {"data": data}


def _no_operation(allowed: Mapping[str, Operation]) -> FakeResponse:
    headers = {"Content-Type": "text/html"}
    if allowed:
        return FakeResponse(405, headers | {"Allow": ", ".join(sorted(allowed))}, b"<h1>405 Method Not Allowed</h1>")
    return FakeResponse(404, headers, b"<h1>404 Not Found</h1>")
