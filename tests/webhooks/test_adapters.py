"""The adapters, each with its real framework and a real server on 127.0.0.1."""

from __future__ import annotations

import gzip
import logging
import subprocess
import sys
import types
import zlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import django
import flask
import httpx
import pytest
from aiohttp import web
from django.conf import settings as django_settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.test import override_settings
from django.urls import include, re_path
from fastapi import FastAPI, Request
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import Response
from starlette.routing import Mount, Route
from trustoo.errors import ArgumentError, ConfigurationError
from trustoo.testing import SignedDelivery
from trustoo.webhooks import HEADERS, AsgiApp, Delivery, Receiver, Refusal, WsgiApp
from trustoo.webhooks.adapters import aiohttp_handler, django_view, flask_view, starlette_endpoint
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from tests.webhooks.support import CREATED, AsyncStore, deliveries, receiver, serve_aiohttp, serve_asgi, serve_wsgi

Serving = Callable[..., AbstractContextManager[str]]
RESPONSE = b'{"code":0,"message":"success"}'

if not django_settings.configured:
    django_settings.configure(
        SECRET_KEY="EXAMPLE-key",
        ALLOWED_HOSTS=["*"],
        MIDDLEWARE=[
            "tests.webhooks.test_adapters.DjangoReader",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
        ],
        LOGGING_CONFIG=None,
    )
    django.setup(set_prefix=False)

# Each server below has the receiver at <prefix>/webhooks/<topic>, and at <prefix>/own/hook with `topic=`. The header
# X-Read has a middleware read the body before: "keep" as a framework does, "lose" as a stream. uvicorn adds the prefix
# that it was told to the path, because it expects a proxy that takes the prefix away.


class DjangoReader:
    """A middleware of Django."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        if request.headers.get("X-Read") == "keep":
            assert request.body is not None
        if request.headers.get("X-Read") == "lose":
            request.read()
        return self.get_response(request)


@contextmanager
def django_urls(to: Receiver) -> Iterator[None]:
    own = re_path("^own/hook$", django_view(to, "review/created"))
    urls: Any = types.ModuleType("trustoo_example_urls")
    urls.urlpatterns = [re_path("^webhooks/", include([re_path("", django_view(to))])), own]
    sys.modules["trustoo_example_urls"] = urls
    with override_settings(ROOT_URLCONF="trustoo_example_urls"):
        yield


@contextmanager
def django_wsgi(to: Receiver, prefix: str = "") -> Iterator[str]:
    with django_urls(to), serve_wsgi(below(get_wsgi_application(), prefix)) as url:
        yield url + prefix


@contextmanager
def django_asgi(to: Receiver, prefix: str = "") -> Iterator[str]:
    with django_urls(to), serve_asgi(get_asgi_application(), prefix) as url:
        yield url


def below(app: Any, prefix: str) -> Any:
    return DispatcherMiddleware(lambda environ, start: [], {prefix: app}) if prefix else app


@contextmanager
def flask_server(to: Receiver, prefix: str = "", **config: Any) -> Iterator[str]:
    app = flask.Flask(__name__)
    app.config.update(config)
    everything = ["GET", "POST", "PUT"]
    app.add_url_rule("/webhooks/<path:_>", "webhooks", flask_view(to), methods=everything)
    app.add_url_rule("/own/hook", "own", flask_view(to, "review/created"), methods=everything)

    @app.before_request
    def read() -> None:
        if flask.request.headers.get("X-Read") == "keep":
            flask.request.get_data()
        if flask.request.headers.get("X-Read") == "lose":
            flask.request.stream.read()

    with serve_wsgi(below(app, prefix)) as url:
        yield url + prefix


async def starlette_reader(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    if request.headers.get("X-Read") == "keep":
        await request.body()
    if request.headers.get("X-Read") == "lose":
        async for _ in request.stream():
            pass
    return await call_next(request)


@contextmanager
def fastapi_server(to: Receiver, prefix: str = "") -> Iterator[str]:
    app = FastAPI()
    app.middleware("http")(starlette_reader)
    app.add_route("/webhooks/{_:path}", starlette_endpoint(to), methods=["GET", "POST", "PUT"])
    app.add_route("/own/hook", starlette_endpoint(to, "review/created"), methods=["GET", "POST", "PUT"])
    with serve_asgi(app, prefix) as url:
        yield url


@contextmanager
def starlette_server(to: Receiver, prefix: str = "") -> Iterator[str]:
    methods = ["GET", "POST", "PUT"]
    routes = [
        Route("/webhooks/{_:path}", starlette_endpoint(to), methods=methods),
        Route("/own/hook", starlette_endpoint(to, "review/created"), methods=methods),
    ]
    app = Starlette(routes=[Mount(prefix or "/", routes=routes)])
    app.add_middleware(BaseHTTPMiddleware, dispatch=starlette_reader)
    with serve_asgi(app) as url:
        yield url + prefix


@web.middleware
async def aiohttp_reader(request: web.Request, handler: Any) -> Any:
    if request.headers.get("X-Read") == "keep":
        await request.read()
    if request.headers.get("X-Read") == "lose":
        await request.content.read()
    return await handler(request)


@contextmanager
def aiohttp_server(to: Receiver, prefix: str = "") -> Iterator[str]:
    app = web.Application(middlewares=[aiohttp_reader])
    app.router.add_route("*", prefix + "/webhooks/{_:.*}", aiohttp_handler(to))
    app.router.add_route("*", prefix + "/own/hook", aiohttp_handler(to, "review/created"))
    with serve_aiohttp(app) as url:
        yield url + prefix


SYNC: dict[str, Serving] = {"flask": flask_server, "django_wsgi": django_wsgi}
ASYNC: dict[str, Serving] = {
    "django_asgi": django_asgi,
    "fastapi": fastapi_server,
    "starlette": starlette_server,
    "aiohttp": aiohttp_server,
}
SERVERS = SYNC | ASYNC
every_server = pytest.mark.parametrize("serve", SERVERS.values(), ids=SERVERS)


class Seen:
    """A receiver, what its handler got, and what it refused."""

    def __init__(self, **settings: Any) -> None:
        self.deliveries: list[Delivery] = []
        self.refusals: list[Refusal] = []
        handler = settings.pop("handler", self.deliveries.append)
        self.receiver = receiver(handler, on_refused=self.refusals.append, **settings)

    @property
    def reasons(self) -> list[str]:
        return [refusal.reason for refusal in self.refusals]


def post(url: str, made: SignedDelivery, content: Any = None, **headers: str) -> httpx.Response:
    given = {**made.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
    body = made.body if content is None else content
    return httpx.post(url, headers=given, content=body, timeout=20, trust_env=False, verify=False)


@pytest.fixture(autouse=True)
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "trustoo.webhooks")
    return caplog


@every_server
def test_a_delivery_is_received_once(serve: Serving) -> None:
    seen, made = Seen(), deliveries().make()
    with serve(seen.receiver) as url:
        for _ in range(2):
            response = post(url + CREATED, made)
            assert (response.status_code, response.content) == (200, RESPONSE)
            assert response.headers["content-type"] == "application/json"
        assert post(url + CREATED, made.tampered_body()).status_code == 401
        assert post(f"{url}/webhooks/review-deleted", made).status_code == 404
        refused = httpx.put(url + CREATED, content=made.body, trust_env=False, verify=False)
        assert (refused.status_code, refused.headers["allow"], refused.content) == (405, "POST", b"")
    assert [delivery.request_id for delivery in seen.deliveries] == [made.request_id]
    assert seen.reasons == ["bad_signature", "not_found", "method_not_allowed"]


@pytest.mark.parametrize(("app_of", "serve"), [(WsgiApp, serve_wsgi), (AsgiApp, serve_asgi)], ids=["wsgi", "asgi"])
def test_a_response_of_an_app_has_the_headers_of_the_receiver(app_of: Any, serve: Any) -> None:
    seen, made = Seen(), deliveries().make()
    with serve(app_of(seen.receiver)) as url:
        assert post(url + CREATED, made).headers["content-type"] == "application/json"
        refused = httpx.put(url + CREATED, content=made.body, trust_env=False)
        assert (refused.status_code, refused.headers["allow"], refused.headers["content-length"]) == (405, "POST", "0")


@every_server
@pytest.mark.parametrize("prefix", ["/api", "/api/v2"])
def test_below_a_prefix(serve: Serving, prefix: str) -> None:
    """A WSGI server's script name, uvicorn's root path, a mount or a longer route."""
    seen = Seen()
    with serve(seen.receiver, prefix) as url:
        assert post(url + CREATED, deliveries().make()).status_code == 200
        assert post(f"{url}/own/hook", deliveries().make({"list": []}, request_id="EXAMPLE-2")).status_code == 200
    assert len(seen.deliveries) == 2


@every_server
def test_a_route_may_have_one_topic(serve: Serving) -> None:
    seen = Seen()
    with serve(seen.receiver) as url:
        assert post(f"{url}/own/hook", deliveries().make()).status_code == 200
    assert [delivery.topic for delivery in seen.deliveries] == ["review/created"]


@pytest.mark.parametrize("adapter", [flask_view, django_view, starlette_endpoint, aiohttp_handler])
def test_a_topic_without_a_handler_is_refused(adapter: Any) -> None:
    with pytest.raises(ArgumentError, match="no handler for 'review/deleted'"):
        adapter(receiver(print), "review/deleted")


# --- bodies ---


def pieces(body: bytes) -> Iterator[bytes]:
    """A body without a length, which is sent in chunks."""
    for at in range(0, len(body), 7):
        yield body[at : at + 7]


@every_server
def test_a_chunked_body_is_read(serve: Serving) -> None:
    seen, made = Seen(), deliveries().make()
    with serve(seen.receiver) as url:
        assert post(url + CREATED, made, pieces(made.body)).status_code == 200
    assert len(seen.deliveries) == 1


@every_server
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_was_read_before_is_used_if_the_framework_kept_it(serve: Serving, chunked: bool) -> None:
    seen, made = Seen(), deliveries().make()
    content = pieces(made.body) if chunked else made.body
    with serve(seen.receiver) as url:
        assert post(url + CREATED, made, content, X_Read="keep").status_code == 200
    assert len(seen.deliveries) == 1


@every_server
def test_a_body_that_is_lost_is_told(serve: Serving, logged: pytest.LogCaptureFixture) -> None:
    seen = Seen()
    with serve(seen.receiver) as url:
        assert post(url + CREATED, deliveries().make(), X_Read="lose").status_code == 401
    assert "The body is empty: nothing was left to read" in logged.text
    assert seen.reasons == ["bad_signature"]


@every_server
@pytest.mark.parametrize("size", [1000, 1001, 3 << 20])
def test_a_body_over_the_limit_is_refused(serve: Serving, size: int) -> None:
    seen = Seen(limit=1000)
    made = deliveries().make(b'{"list":[]}' + b" " * (size - 11))
    with serve(seen.receiver) as url:
        for content in (made.body, iter([made.body[:500], made.body[500:]])):
            try:
                status = post(url + CREATED, made, content).status_code
            except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
                status = 413  # the server closed the connection before the whole body was sent
            assert status == (200 if size == 1000 else 413)
    assert seen.reasons == ([] if size == 1000 else ["too_large", "too_large"])


@pytest.mark.parametrize("chunked", [False, True])
def test_a_limit_of_flask_is_told(chunked: bool) -> None:
    seen, made = Seen(), deliveries().make()
    with flask_server(seen.receiver, MAX_CONTENT_LENGTH=64) as url:
        assert post(url + CREATED, made, pieces(made.body) if chunked else None).status_code == 413
    assert seen.reasons == ["too_large"]


@pytest.mark.parametrize("serve", [django_wsgi, django_asgi])
def test_a_limit_of_django_is_told(serve: Serving) -> None:
    seen, made = Seen(), deliveries().make()
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=64), serve(seen.receiver) as url:
        assert post(url + CREATED, made).status_code == 413
    assert seen.reasons == ["too_large"]


@every_server
@pytest.mark.parametrize(
    ("encoding", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("gzip", lambda body: b"no gzip")]
)
def test_a_compressed_body_is_told(
    serve: Serving, encoding: str, compress: Callable[[bytes], bytes], logged: pytest.LogCaptureFixture
) -> None:
    seen, made = Seen(), deliveries().make()
    with serve(seen.receiver) as url:
        response = post(url + CREATED, made, compress(made.body), Content_Encoding=encoding)
    assert response.status_code in (200, 400, 401)
    if response.status_code == 200:  # aiohttp decompresses bodies, so that the signature fits
        assert serve is aiohttp_server
        assert len(seen.deliveries) == 1
    else:
        assert len(seen.refusals) == 1
        assert "Content-Encoding" in logged.text


@every_server
def test_headers_that_come_twice_are_told(serve: Serving, logged: pytest.LogCaptureFixture) -> None:
    seen, made = Seen(), deliveries().make()
    with serve(seen.receiver) as url:
        headers = [*made.headers.items(), *(item for item in made.headers.items() if item[0] in HEADERS)]
        response = httpx.post(url + CREATED, headers=headers, content=made.body, trust_env=False, verify=False)
    assert (response.status_code, seen.reasons) == (401, ["missing_header"])
    assert "given more than once" in logged.text


# --- handlers ---


@every_server
def test_a_handler_that_fails_asks_for_another_attempt(serve: Serving) -> None:
    tries: list[Delivery] = []

    def handler(delivery: Delivery) -> None:
        tries.append(delivery)
        if len(tries) < 2:
            raise ValueError("broken on purpose")

    seen, made = Seen(handler=handler), deliveries().make()
    with serve(seen.receiver) as url:
        assert [post(url + CREATED, made).status_code for _ in range(3)] == [500, 200, 200]
    assert (len(tries), seen.reasons) == (2, ["handler_failed"])


@pytest.mark.parametrize("serve", [*ASYNC.values(), django_wsgi], ids=[*ASYNC, "django_wsgi"])
def test_coroutine_functions_are_awaited(serve: Serving) -> None:
    done: list[Delivery] = []

    async def handler(delivery: Delivery) -> None:
        done.append(delivery)

    seen, made = Seen(handler=handler, store=AsyncStore()), deliveries().make()
    with serve(seen.receiver) as url:
        assert [post(url + CREATED, made).status_code for _ in range(2)] == [200, 200]
        assert post(url + CREATED, made.tampered_body()).status_code == 401
        assert post(f"{url}/webhooks/x", made).status_code == 404
    assert (len(done), seen.reasons) == (1, ["bad_signature", "not_found"])


def test_flask_refuses_coroutine_functions() -> None:
    with pytest.raises(ConfigurationError, match="Use AsgiApp"):
        flask_view(receiver(print, store=AsyncStore()))


@pytest.mark.parametrize("app", [WsgiApp, AsgiApp])
@pytest.mark.parametrize("mount", ["/webhooks", "/deep/hooks"])
def test_the_apps_are_mounted_over_a_socket(app: Any, mount: str) -> None:
    seen = Seen()
    if app is WsgiApp:
        serving = serve_wsgi(below(WsgiApp(seen.receiver), f"/api{mount}"))
    else:
        outer = FastAPI()
        outer.mount(mount, AsgiApp(seen.receiver))
        serving = serve_asgi(outer, "/api")
    made = deliveries().make()
    with serving as server:
        url = f"{server}/api{mount}/review-created" if app is WsgiApp else f"{server}{mount}/review-created"
        responses = [post(url, made, content) for content in (None, pieces(made.body))]
        assert [response.status_code for response in responses] == [200, 200]
    assert len(seen.deliveries) == 1


# --- imports ---


def test_no_framework_is_imported_before_it_is_used() -> None:
    program = (
        "import sys, trustoo.webhooks.adapters as a\n"
        "print(sorted({'django', 'flask', 'werkzeug', 'starlette', 'fastapi', 'aiohttp'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"
