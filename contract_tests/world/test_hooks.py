"""Hooks of the client, and hooks of the caller's own HTTP client: they fail, they are async, calls are cancelled."""

import asyncio
import functools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from trustoo import (
    CallEvent,
    ConfigurationError,
    HTTPStatusError,
    InternalError,
    NetworkError,
    NotFoundError,
    OutcomeUnknownError,
    TrustooError,
)
from trustoo.testing.spec import SAMPLES
from trustoo.transport import Headers, HTTPRequest, HTTPResponse

from contract_tests.support.pictures import PNG
from contract_tests.support.servers import Conversation, response_bytes, served
from contract_tests.support.shop import TOKENS
from contract_tests.world.client import COMBINATIONS, Client, connected, in_memory

HOOKS = ("on_request", "on_response", "on_retry")
MADE = b'{"code":0,"data":{"id":"9"}}'
PAGE = b'{"code":0,"data":{"page":{"total_page":1},"list":[{"id":"9"}]}}'
ClientOf = Callable[..., Client]


def responding(*given: tuple[int, bytes] | Exception) -> Callable[[HTTPRequest], HTTPResponse | Exception]:
    left = list(given)

    def respond(request: HTTPRequest) -> HTTPResponse | Exception:
        outcome = left.pop(0) if len(left) > 1 else left[0]
        return outcome if isinstance(outcome, Exception) else HTTPResponse(outcome[0], Headers([]), outcome[1])

    return respond


def create(shop: Any) -> Any:
    return shop.reviews.create(rating=5, author="EXAMPLE")


def listed(shop: Any) -> Any:
    return shop.reviews.list()


def failing(event: CallEvent) -> None:
    raise ValueError("EXAMPLE-metrics are down")


# --- hooks never change a result


@pytest.mark.parametrize("name", HOOKS)
def test_a_created_review_is_returned_although_a_hook_fails(
    client_of: ClientOf, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_of(responding((429, b""), (200, MADE)), **{name: failing})
    assert client.call(create).id == "9"
    assert f"reviews.create: {name} failed. The call continues." in caplog.text
    assert "EXAMPLE-metrics are down" in caplog.text


@pytest.mark.parametrize("name", HOOKS)
@pytest.mark.parametrize(
    ("call", "outcome", "kind"),
    [
        (create, (500, b"oops"), OutcomeUnknownError),
        (create, (404, b'{"code":5}'), NotFoundError),
        (create, NetworkError("EXAMPLE", maybe_sent=True), OutcomeUnknownError),
        (listed, (500, b'{"code":13}'), InternalError),
        (listed, (502, b"oops"), HTTPStatusError),
    ],
)
@pytest.mark.usefixtures("caplog")
def test_an_error_is_the_same_although_a_hook_fails(
    client_of: ClientOf, name: str, call: Any, outcome: Any, kind: type[TrustooError]
) -> None:
    client = client_of(responding(outcome), **{name: failing})
    with pytest.raises(kind) as caught:
        client.call(call)
    assert type(caught.value) is kind
    assert len(client.requests) == (3 if call is listed else 1)


@pytest.mark.usefixtures("caplog")
def test_an_error_of_this_package_that_a_hook_raises_changes_nothing_either(client_of: ClientOf) -> None:
    def hook(event: CallEvent) -> None:
        raise NetworkError("of another call", maybe_sent=False)

    client = client_of(responding((200, MADE)), **dict.fromkeys(HOOKS, hook))
    assert client.call(create).id == "9"
    assert len(client.requests) == 1


# --- hooks are not awaited


class AsyncCallable:
    async def __call__(self, event: CallEvent) -> None: ...


async def async_hook(event: CallEvent) -> None: ...


async def generating_hook(event: CallEvent) -> Any:
    yield event


@pytest.mark.parametrize("name", HOOKS)
@pytest.mark.parametrize(
    "hook",
    [async_hook, generating_hook, AsyncCallable(), AsyncCallable().__call__, functools.partial(async_hook)],
    ids=["function", "generator", "object", "method", "partial"],
)
def test_a_hook_that_must_be_awaited_is_refused_at_once(client_of: ClientOf, name: str, hook: Any) -> None:
    client = client_of(responding((200, PAGE)))
    with pytest.raises(ConfigurationError, match=f"{name} must be a plain function"):
        type(client.shop)(**TOKENS["hmac"], **{name: hook})
    with pytest.raises(ConfigurationError, match=f"{name} must be a plain function"):
        client.shop.with_options(**{name: hook})


@pytest.mark.parametrize("name", HOOKS)
@pytest.mark.parametrize("hook", [5, "print", [print]])
def test_a_hook_that_cannot_be_called_is_refused_at_once(client_of: ClientOf, name: str, hook: Any) -> None:
    client = client_of(responding((200, PAGE)))
    with pytest.raises(
        ConfigurationError, match=f"{name} must be a function of a CallEvent, not {type(hook).__name__}"
    ):
        type(client.shop)(**TOKENS["hmac"], **{name: hook})


def test_a_hook_that_returns_a_coroutine_is_told_so(client_of: ClientOf, caplog: pytest.LogCaptureFixture) -> None:
    client = client_of(responding((200, PAGE)), on_response=lambda event: async_hook(event))
    assert client.call(listed).list[0].id == "9"
    assert "on_response returned a coroutine, and hooks are not awaited." in caplog.text


def test_a_hook_can_start_a_task(caplog: pytest.LogCaptureFixture) -> None:
    seen, tasks = list[CallEvent](), set[Any]()

    async def report(event: CallEvent) -> None:
        seen.append(event)

    def hook(event: CallEvent) -> Any:
        tasks.add(task := asyncio.create_task(report(event)))
        return task

    async def listed_and_reported(shop: Any) -> None:
        await shop.reviews.list()
        await asyncio.gather(*tasks)

    with in_memory("async", responding((200, PAGE)), on_response=hook) as client:
        client.call(listed_and_reported)
    assert [event.status for event in seen] == [200]
    assert caplog.text == ""


# --- every request has its end


def ended(events: list[CallEvent]) -> list[str | None]:
    return [event.error for event in events]


@pytest.mark.parametrize("transport", [name for style, name in map(str.split, COMBINATIONS) if style == "async"])
@pytest.mark.parametrize("call", [create, listed], ids=["write", "read"])
def test_a_cancelled_call_has_its_end(transport: str, call: Any) -> None:
    begun, events = list[CallEvent](), list[CallEvent]()

    def script(talk: Conversation) -> None:
        talk.hear()
        server.stop.wait(5)

    async def cancelled(shop: Any) -> list[str]:
        task = asyncio.ensure_future(call(shop))
        while not server.heard:
            await asyncio.sleep(0.005)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError as error:
            return getattr(error, "__notes__", [])
        raise AssertionError("the call was not cancelled")

    with served(script) as server:
        hooks = {"on_request": begun.append, "on_response": events.append}
        with connected("async", base_url=server.address, transport=transport, **hooks) as client:
            notes = client.call(cancelled)
            server.stop.set()
    assert (len(begun), ended(events)) == (1, ["CancelledError"])
    assert events[0].seconds is not None
    assert notes == (["reviews.create was being sent. It may have been carried out."] if call is create else [])


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, asyncio.CancelledError, GeneratorExit, ValueError])
def test_a_call_that_is_interrupted_has_its_end(error: type[BaseException]) -> None:
    class Interrupted:
        def send(self, request: HTTPRequest) -> HTTPResponse:
            raise error

        def close(self) -> None: ...

    begun, events = list[CallEvent](), list[CallEvent]()
    hooks = {"on_request": begun.append, "on_response": events.append}
    with connected("sync", transport=Interrupted(), **hooks) as client, pytest.raises(error):
        client.shop.reviews.list()
    assert (len(begun), ended(events)) == (1, [error.__name__])


# --- hooks of the caller's own HTTP client


@contextmanager
def hooked(style: str, respond: Any, **hooks: Any) -> Iterator[tuple[Client, list[httpx.Request]]]:
    """Yield a client over an httpx client with these event hooks, and the requests that it sends."""
    requests = list[httpx.Request]()

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        found = respond(request)
        if isinstance(found, Exception):
            raise found
        return httpx.Response(*found[:1], content=found[1])

    async def handle_async(request: httpx.Request) -> httpx.Response:
        return handle(request)

    def as_async(hook: Any) -> Any:
        async def wrapped(about: Any) -> None:
            hook(about)

        return wrapped

    if style == "sync":
        http: Any = httpx.Client(
            transport=httpx.MockTransport(handle), event_hooks={name: [hook] for name, hook in hooks.items()}
        )
    else:
        http = httpx.AsyncClient(
            transport=httpx.MockTransport(handle_async),
            event_hooks={name: [as_async(hook)] for name, hook in hooks.items()},
        )
    with connected(style, http_client=http) as client:
        yield client, requests
        client.call(lambda shop: http.close() if style == "sync" else http.aclose())


def raise_for_status(response: httpx.Response) -> None:
    response.raise_for_status()


@pytest.mark.parametrize("status", [302, 400, 404, 429, 500, 503])
def test_a_raise_for_status_hook_raises_its_own_error_and_repeats_nothing(style: str, status: int) -> None:
    with (
        hooked(style, lambda request: (status, b""), response=raise_for_status) as (client, requests),
        pytest.raises(httpx.HTTPStatusError) as caught,
    ):
        client.call(listed)
    assert (caught.value.response.status_code, len(requests)) == (status, 1)


@pytest.mark.parametrize(
    ("status", "is_open"),
    [(302, False), (400, False), (404, False), (429, False), (408, True), (499, True), (504, True)],
)
def test_a_raise_for_status_hook_does_not_hide_that_a_write_may_have_been_carried_out(
    style: str, status: int, is_open: bool
) -> None:
    with (
        hooked(style, lambda request: (status, b"<html>"), response=raise_for_status) as (client, requests),
        pytest.raises(OutcomeUnknownError if is_open else httpx.HTTPStatusError) as caught,
    ):
        client.call(create)
    error = caught.value.__cause__ if isinstance(caught.value, OutcomeUnknownError) else caught.value
    assert isinstance(error, httpx.HTTPStatusError)
    assert (error.response.status_code, len(requests)) == (status, 1)


ERRORS = [
    *(ValueError("x"), OSError("x"), RuntimeError("x"), TimeoutError("x"), httpx.ReadError("x")),
    *(httpx.ConnectError("x"), NetworkError("x", maybe_sent=False), HTTPStatusError("x", status=404)),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_request_hook_that_fails_raises_its_own_error_and_nothing_is_sent(style: str, error: Exception) -> None:
    def hook(request: httpx.Request) -> None:
        raise error

    for call in (create, listed):
        with hooked(style, lambda request: (200, MADE), request=hook) as (client, requests):
            with pytest.raises(type(error)) as caught:
                client.call(call)
            assert caught.value is error
            assert requests == []


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_response_hook_that_fails_raises_its_own_error_but_a_write_has_an_unknown_outcome(
    style: str, error: Exception
) -> None:
    def hook(response: httpx.Response) -> None:
        raise error

    with hooked(style, lambda request: (200, MADE), response=hook) as (client, requests):
        with pytest.raises(OutcomeUnknownError) as unknown:
            client.call(create)
        assert unknown.value.__cause__ is error
        with pytest.raises(type(error)) as caught:
            client.call(listed)
        assert caught.value is error
    assert len(requests) == 2


def test_a_hook_whose_own_request_fails_is_not_taken_for_the_call(style: str) -> None:
    def token_server(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/down":
            raise httpx.ConnectError("EXAMPLE", request=request)
        return httpx.Response(404, request=request)

    def ask(path: str) -> None:
        with httpx.Client(transport=httpx.MockTransport(token_server)) as other:
            other.get(f"https://example.test{path}").raise_for_status()

    for path, kind in (("/down", httpx.ConnectError), ("/gone", httpx.HTTPStatusError)):
        with hooked(style, lambda request: (200, MADE), response=lambda about, path=path: ask(path)) as (client, sent):
            with pytest.raises(OutcomeUnknownError) as unknown:
                client.call(create)
            assert isinstance(unknown.value.__cause__, kind)
            with pytest.raises(kind):
                client.call(listed)
            assert len(sent) == 2
        with hooked(style, lambda request: (200, MADE), request=lambda about, path=path: ask(path)) as (client, sent):
            with pytest.raises(kind):
                client.call(create)
            assert sent == []


def test_a_connection_that_breaks_while_a_hook_reads_the_response_is_a_network_error(style: str) -> None:
    def script(talk: Conversation) -> None:
        while talk.hear():
            talk.say(response_bytes(PAGE, "200 OK", "Content-Length: 999"))
            talk.reset()

    async def read_async(response: httpx.Response) -> None:
        await response.aread()

    hooks: dict[str, Any] = {"response": [read_async if style == "async" else httpx.Response.read]}
    http: Any = (httpx.AsyncClient if style == "async" else httpx.Client)(event_hooks=hooks, trust_env=False)
    with served(script) as server, connected(style, base_url=server.address, http_client=http) as client:
        with pytest.raises(NetworkError):
            client.call(listed)
        assert len(server.heard) == 3
        with pytest.raises(OutcomeUnknownError) as caught:
            client.call(create)
        assert isinstance(caught.value.__cause__, NetworkError)
        client.call(lambda shop: http.aclose() if style == "async" else http.close())


@pytest.mark.parametrize("status", [403, 503])
def test_a_raise_for_status_hook_of_the_storage_client_repeats_no_upload(style: str, status: int) -> None:
    sent = list[httpx.Request]()

    def store(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(status)

    async def store_async(request: httpx.Request) -> httpx.Response:
        return store(request)

    async def raise_async(response: httpx.Response) -> None:
        response.raise_for_status()

    storage: Any = (
        httpx.Client(transport=httpx.MockTransport(store), event_hooks={"response": [raise_for_status]})
        if style == "sync"
        else httpx.AsyncClient(transport=httpx.MockTransport(store_async), event_hooks={"response": [raise_async]})
    )
    credentials = json.dumps(SAMPLES["media.image_upload_credentials"].response).encode()
    with in_memory(style, responding((200, credentials)), storage_client=storage) as client:
        with pytest.raises(httpx.HTTPStatusError) as caught:
            client.call(lambda shop: shop.media.upload_image(PNG))
        client.call(lambda shop: storage.close() if style == "sync" else storage.aclose())
    assert (caught.value.response.status_code, len(sent)) == (status, 1)


@pytest.mark.parametrize("error", [RuntimeError("x"), LookupError("x")])
def test_a_transport_of_the_caller_that_fails_leaves_a_write_open(style: str, error: Exception) -> None:
    with hooked(style, lambda request: error) as (client, requests):
        with pytest.raises(OutcomeUnknownError) as caught:
            client.call(create)
        assert caught.value.__cause__ is error
        with pytest.raises(type(error)):
            client.call(listed)
    assert len(requests) == 2


def test_a_closed_http_client_is_a_setting_that_cannot_be_used(style: str) -> None:
    with hooked(style, lambda request: (200, MADE)) as (client, requests):
        http = client.shop._transport._client
        client.call(lambda shop: http.close() if style == "sync" else http.aclose())
        with pytest.raises(ConfigurationError, match="the HTTP client is not available"):
            client.call(create)
    assert requests == []


def test_an_error_of_an_unknown_class_that_a_transport_raises_leaves_a_write_open(client_of: ClientOf) -> None:
    client = client_of(responding(KeyError("EXAMPLE-secret")))
    with pytest.raises(OutcomeUnknownError, match="KeyError in your own code") as caught:
        client.call(create)
    assert "EXAMPLE-secret" not in str(caught.value)
    with pytest.raises(KeyError):
        client.call(listed)
    assert len(client.requests) == 2
