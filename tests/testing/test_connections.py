"""The ways to the fake service: httpx transports, ASGI in process, and what ASGI can do of the faults."""

from __future__ import annotations

import asyncio
import json
import warnings
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import httpx
import pytest
from trustoo import AsyncTrustoo, TrustooError, UnverifiedOperationWarning
from trustoo.testing import FakeTrustoo, Fault
from trustoo_api.operations import OPERATIONS

from tests.support import module_of
from tests.testing.test_service import WITH_KINDS, given_to, settings_of, signed

NOW = 1_700_465_771.9
Event = MutableMapping[str, Any]


def fake_at_now() -> FakeTrustoo:
    return FakeTrustoo(clock=lambda: NOW, state="off")


def scope_of(operation: str, query: bytes = b"") -> Event:
    headers = [(name.lower().encode(), value.encode()) for name, value in signed().items()]
    return {
        "type": "http",
        "method": OPERATIONS[operation].method,
        "path": OPERATIONS[operation].path,
        "query_string": query,
        "headers": headers,
    }


async def ask(fake: FakeTrustoo, scope: Event, events: list[Event]) -> list[Event]:
    """What the app sends; when the events are used up, the client says nothing more."""
    sent: list[Event] = []

    async def receive() -> Event:
        if not events:
            await asyncio.Event().wait()
        return events.pop(0)

    async def send(event: Event) -> None:
        sent.append(event)

    try:
        await fake.asgi(scope, receive, send)
    except httpx.TransportError as error:
        sent.append({"raised": type(error)})
    return sent


@pytest.mark.parametrize(("operation", "kind"), WITH_KINDS)
def test_asgi_answers_as_the_transport_does(operation: str, kind: str) -> None:
    first, second = fake_at_now(), fake_at_now()
    module = module_of(operation)
    request = module.build(**given_to(module.build, operation))

    async def through_asgi() -> Any:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(second.asgi)) as http:
            client = AsyncTrustoo(http_client=http, **second._settings(settings_of(second, kind)))
            return await client.send_async(request, module.DECODER)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnverifiedOperationWarning)
        direct = first.client(**settings_of(first, kind)).send(request, module.DECODER)
        through = asyncio.run(through_asgi())
    assert (direct.status_code, direct.content) == (through.status_code, through.content)
    assert dict(direct.headers) == dict(through.headers)
    assert direct.parsed == through.parsed
    (one,), (other,) = first.received, second.received
    assert (one.path, one.query, one.body) == (other.path, other.query, other.body)
    assert dict(one.headers) == dict(other.headers)
    assert first.processed == second.processed == {operation: 1}


@pytest.mark.parametrize(
    "fault", [Fault.refused(), Fault.reset_while_sending(), Fault.reset(), Fault.truncated()], ids=lambda f: f.name
)
def test_asgi_breaks_off_where_the_transport_raises(fault: Fault) -> None:
    fake = fake_at_now()
    fake.fail(fault)
    start, part, end = asyncio.run(ask(fake, scope_of("reviews.list"), [{"type": "http.request"}]))
    length = int(dict(start["headers"])[b"content-length"])
    assert (start["type"], start["status"], length > len(part["body"]), part["more_body"]) == (
        "http.response.start",
        200,
        True,
        True,
    )
    assert end == {"raised": fault.error}
    assert fake.processed["reviews.list"] == fault.processed


def test_asgi_breaks_off_where_it_was_told() -> None:
    fake = fake_at_now()
    fake.fail(Fault.truncated(after=7))
    start, part, end = asyncio.run(ask(fake, scope_of("reviews.list"), [{"type": "http.request"}]))
    assert (start["status"], part["body"], part["more_body"]) == (200, b'{"code"', True)
    assert int(dict(start["headers"])[b"content-length"]) > 100
    assert end == {"raised": httpx.RemoteProtocolError}


def test_asgi_is_silent_for_a_while() -> None:
    async def seconds(events: list[Event], silence: float) -> tuple[float, list[Event]]:
        fake = fake_at_now()
        fake.asgi.silence = silence
        fake.fail(Fault.timeout(processed=True))
        before = asyncio.get_running_loop().time()
        sent = await ask(fake, scope_of("reviews.list"), events)
        assert fake.processed == {"reviews.list": 1}
        return asyncio.get_running_loop().time() - before, sent

    took, sent = asyncio.run(seconds([{"type": "http.request"}], 0.2))
    assert took >= 0.19
    assert (len(sent), sent[-1]) == (3, {"raised": httpx.ReadTimeout})
    took, sent = asyncio.run(seconds([{"type": "http.request"}, {"type": "http.disconnect"}], 60))
    assert took < 10
    assert sent[-1] == {"raised": httpx.ReadTimeout}


def test_an_error_in_process_is_the_same_through_asgi() -> None:
    fake = fake_at_now()

    async def through_asgi() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(fake.asgi)) as http:
            await http.get("https://fake.trustoo.invalid/api/v1/openapi/get_reviews")

    fake.fail(Fault.refused())
    with pytest.raises(httpx.ConnectError):
        asyncio.run(through_asgi())


def test_asgi_reads_bodies_in_pieces_and_drops_half_requests() -> None:
    fake = fake_at_now()
    body = b'{"author":"a","rating":5}'
    pieces: list[Event] = [{"type": "http.request", "body": body[:4], "more_body": True}]
    assert asyncio.run(ask(fake, scope_of("reviews.create"), [*pieces, {"type": "http.disconnect"}])) == []
    assert not fake.received
    scope = scope_of("reviews.create")
    scope["headers"] = [(name.encode(), value.encode()) for name, value in signed(body=body).items()]
    rest: Event = {"type": "http.request", "body": body[4:]}
    start, answer = asyncio.run(ask(fake, scope, [*pieces, rest]))
    assert (start["status"], json.loads(answer["body"])["code"]) == (200, 0)
    assert fake.received[0].body == body


@pytest.mark.parametrize("raw", [{}, {"raw_path": None}, {"raw_path": b"/api/v1/openapi/get_reviews"}])
def test_asgi_servers_may_leave_the_raw_path_out(raw: Event) -> None:
    fake = fake_at_now()
    scope = {**scope_of("reviews.list", b"keyword=%C3%A9"), **raw}
    asyncio.run(ask(fake, scope, [{"type": "http.request"}]))
    (received,) = fake.received
    assert (received.operation, received.query) == ("reviews.list", (("keyword", "é"),))


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_asgi_is_http_alone(kind: str) -> None:
    with pytest.raises(NotImplementedError, match=f"The fake service does not support ASGI {kind}"):
        asyncio.run(ask(fake_at_now(), {"type": kind}, []))


def test_streamed_bodies_are_read() -> None:
    fake = fake_at_now()
    url = "https://fake.trustoo.invalid/api/v1/openapi/create_review"
    headers = signed(body=b'{"author":"a","rating":5}')
    with httpx.Client(transport=fake.transport) as http:
        assert http.post(url, headers=headers, content=iter([b'{"author":"a",', b'"rating":5}'])).json()["code"] == 0

    async def later() -> Any:
        async def pieces() -> Any:
            yield b'{"author":"a",'
            yield b'"rating":5}'

        async with httpx.AsyncClient(transport=fake.transport) as http:
            return (await http.post(url, headers=headers, content=pieces())).json()

    assert asyncio.run(later())["code"] == 0
    assert fake.processed == {"reviews.create": 2}


def test_async_calls_take_turns() -> None:
    fake = fake_at_now()
    order: list[str] = []

    async def one(client: AsyncTrustoo, name: str) -> None:
        order.append(f"{name} begins")
        await client.reviews.list()
        order.append(f"{name} ends")

    async def both() -> None:
        client = fake.async_client()
        await asyncio.gather(one(client, "a"), one(client, "b"))

    asyncio.run(both())
    assert sorted(order[:2]) == ["a begins", "b begins"]
    assert fake.processed == {"reviews.list": 2}


def test_a_caller_may_call_off_an_async_call() -> None:
    fake = fake_at_now()

    async def called_off() -> None:
        task = asyncio.ensure_future(fake.async_client().reviews.list())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(called_off())
    assert len(fake.received) <= 1


def test_an_exception_of_an_answer_reaches_the_caller() -> None:
    fake = fake_at_now()

    def broken(received: object) -> None:
        raise LookupError("broken on purpose")

    fake.respond("reviews.list", broken)
    for call in (fake.client().reviews.list, lambda: asyncio.run(later(fake.async_client().reviews.list))):
        with pytest.raises((LookupError, TrustooError), match="broken on purpose"):
            call()
    assert not fake.processed


async def later(call: Callable[[], Awaitable[Any]]) -> Any:
    return await call()
