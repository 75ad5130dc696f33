"""What several test files need: invented credentials, a session driven by hand, HTTP clients that record."""

from __future__ import annotations

import inspect
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
from hypothesis import settings
from trustoo import AsyncTrustoo, TransportError, Trustoo, TrustooError
from trustoo._clock import SkewCorrectedClock
from trustoo._config import Config, check_base_url
from trustoo._pipeline import Pipeline
from trustoo._sansio import Sleep
from trustoo.credentials import Credentials
from trustoo.retry import NO_RETRIES, RetryPolicy
from trustoo.transport import HTTPRequest, HTTPResponse
from trustoo_api.operations import BASE_URL
from trustoo_api.types import Model, OperationRequest, Response, ResponseDecoder, decode

PUBLIC = "RVhBTVBMRS1QVUJMSUMtMQ=="
PRIVATE = "EXAMPLE-private-token"
ACCESS = "EXAMPLE-access-token"
MERCHANT = "EXAMPLE.merchant.session"
SHOP = Credentials(PUBLIC, PRIVATE)
PLATFORM = Credentials(access_token=ACCESS)
EVERYTHING = (
    Credentials(PUBLIC, PRIVATE, merchant_session=MERCHANT),
    Credentials(access_token=ACCESS, merchant_session=MERCHANT),
)
NOW = 1700465771.9
STAMP = "1700465771"

MYPY_CACHE = Path(__file__).parents[1] / ".mypy_cache" / "users"
"""What mypy knows of installed packages when it checks programs of users. It spares most of the work of a later run."""

steady = settings(derandomize=True, database=None, deadline=None, max_examples=100)


def body_of(value: object) -> bytes:
    """`value` as JSON text, or as it is when it is text or bytes already."""
    if isinstance(value, bytes):
        return value
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


def envelope(data: object = None, **more: object) -> bytes:
    """A successful answer."""
    return body_of({"code": 0, "message": "success", "time": 1700465772, "request_id": "0ab1", "data": data, **more})


def http_response(content: object = b"", status: int = 200, headers: Mapping[str, str] | None = None) -> HTTPResponse:
    return HTTPResponse(status, httpx.Headers(headers), body_of(content))


def session(
    credentials: Credentials = SHOP,
    base_url: str = BASE_URL,
    clock: Callable[[], float] = lambda: NOW,
    retry: RetryPolicy = NO_RETRIES,
    strict: bool = False,
) -> Pipeline:
    """A session that makes one attempt unless it is told otherwise."""
    config = Config(credentials, check_base_url(base_url), retry=retry, clock=SkewCorrectedClock(clock), strict=strict)
    return Pipeline(config)


def call(
    request: OperationRequest,
    answer: ResponseDecoder[Any],
    outcome: HTTPResponse | Exception,
    of: Pipeline | None = None,
) -> tuple[HTTPRequest, Response[Any]]:
    """One call of a session: what it would send, and what it makes of `outcome`."""
    effects = (of or session()).execute(request, answer)
    http_request = next(effects)
    assert isinstance(http_request, HTTPRequest)
    try:
        if isinstance(outcome, Exception):
            effects.throw(outcome)
        else:
            effects.send(outcome)
    except StopIteration as done:
        return http_request, done.value
    raise AssertionError("The session wants to send something twice.")


@dataclass
class Played:
    """A call that was driven by hand: what the session did, and what came of it."""

    http_requests: list[HTTPRequest] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    result: Response[Any] | None = None
    error: TrustooError | None = None


def play(
    of: Pipeline,
    request: OperationRequest,
    answer: ResponseDecoder[Any],
    outcomes: Callable[[HTTPRequest], HTTPResponse | TransportError] | Sequence[HTTPResponse | TransportError],
) -> Played:
    """One call of a session. `outcomes` say what each attempt meets, in their order or as a function of the wire."""
    effects, played = of.execute(request, answer), Played()
    try:
        effect = next(effects)
        while True:
            if isinstance(effect, Sleep):
                played.pauses.append(effect.seconds)
                effect = next(effects)
                continue
            assert isinstance(effect, HTTPRequest)
            played.http_requests.append(effect)
            outcome = outcomes(effect) if callable(outcomes) else outcomes[len(played.http_requests) - 1]
            effect = effects.throw(outcome) if isinstance(outcome, TransportError) else effects.send(outcome)
    except StopIteration as done:
        played.result = done.value
    except TrustooError as error:
        played.error = error
    return played


def http_request_of(request: OperationRequest, of: Pipeline | None = None) -> HTTPRequest:
    """What a session would send."""
    http_request = next((of or session()).execute(request, ResponseDecoder()))
    assert isinstance(http_request, HTTPRequest)
    return http_request


def sent_body(http_request: HTTPRequest) -> bytes:
    """The body that a session would send; empty for none."""
    assert http_request.content is None or isinstance(http_request.content, bytes)
    return http_request.content or b""


def module_of(operation: str) -> Any:
    """The generated module of an operationId."""
    return import_module(f"trustoo_api.api.{operation.split('.')[0]}.{operation.replace('.', '_')}")


def arguments_of(function: Callable[..., object]) -> dict[str, Any]:
    """Something for every argument that `function` requires, the consent to unverified writes and an address, which
    some require unless there is an id, included."""
    values: dict[str, Any] = {"rating": 5, "unverified": True, "email": "x@example.com", "url": "https://example.com/x"}
    return {
        name: values.get(name, "x")
        for name, parameter in inspect.signature(function).parameters.items()
        if (parameter.default is parameter.empty and name != "self") or name in ("unverified", "email")
    }


def request_of(operation: str) -> OperationRequest:
    """The smallest request of an operation."""
    module = module_of(operation)
    request: OperationRequest = module.build(**arguments_of(module.build))
    return request


def read(model: type[Model], value: object, strict: bool = False) -> Any:
    """`value` as a decoded model."""
    return decode(body_of(value), model, strict=strict)


class Recorder:
    """Answers every HTTP request alike, or as a function says, and keeps the requests."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response] | bytes = b'{"code": 0}') -> None:
        self.requests: list[httpx.Request] = []
        self._answer = answer

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.SyncByteStream)
        request._content = b"".join(request.stream)  # a stream that was put into the request is not read otherwise
        self.requests.append(request)
        return self._answer(request) if callable(self._answer) else httpx.Response(200, content=self._answer)

    async def later(self, request: httpx.Request) -> httpx.Response:
        """The same for an asyncio client."""
        assert isinstance(request.stream, httpx.AsyncByteStream)
        request._content = b"".join([chunk async for chunk in request.stream])
        self.requests.append(request)
        return self._answer(request) if callable(self._answer) else httpx.Response(200, content=self._answer)


@contextmanager
def shop(recorder: Recorder, **settings: Any) -> Iterator[Trustoo]:
    """A client whose requests end at `recorder`."""
    settings = {"public_token": PUBLIC, "private_token": PRIVATE, "clock": lambda: NOW, **settings}
    with httpx.Client(transport=httpx.MockTransport(recorder)) as http, Trustoo(http_client=http, **settings) as client:
        yield client


@asynccontextmanager
async def async_shop(recorder: Recorder, **settings: Any) -> AsyncIterator[AsyncTrustoo]:
    """The same for asyncio."""
    settings = {"public_token": PUBLIC, "private_token": PRIVATE, "clock": lambda: NOW, **settings}
    async with (
        httpx.AsyncClient(transport=httpx.MockTransport(recorder.later)) as http,
        AsyncTrustoo(http_client=http, **settings) as client,
    ):
        yield client


class Heard:
    """A request as a local server received it."""

    def __init__(self, method: str, path: str, headers: Mapping[str, str], content: bytes) -> None:
        self.method, self.path, self.headers, self.content = method, path, headers, content


@contextmanager
def local_server(
    content: bytes = b'{"code": 0}', status: int = 200, headers: Mapping[str, str] | None = None
) -> Iterator[tuple[str, list[Heard]]]:
    """A server on 127.0.0.1 that answers everything alike: its address, and what it heard."""
    heard: list[Heard] = []

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            received = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            given = {name.lower(): value for name, value in self.headers.items()}
            heard.append(Heard(self.command, self.path, given, received))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _answer

        def log_message(self, format: str, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", heard
        finally:
            server.shutdown()
            thread.join()


class CheckClock:
    """A clock that only the waiting of `check_token_store` and `check_replay_store` moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    async def sleep_async(self, seconds: float) -> None:
        self.now += seconds
