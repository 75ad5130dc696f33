"""Web servers are asked at a polite pace, and never without https after https."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import trustoo.cli.web
from trustoo.cli.web import Web, WebError, _Pace
from trustoo.transport import HTTPRequest, HTTPResponse

from contract_tests.support.clock import set_clock_at_each_reading
from contract_tests.support.interleaving import not_serial
from tests.support import CheckClock


class Scripted:
    """A transport with these responses, in turn."""

    def __init__(self, *responses: HTTPResponse) -> None:
        self.responses, self.sent = [*responses], list[HTTPRequest]()

    def send(self, request: HTTPRequest) -> HTTPResponse:
        self.sent.append(request)
        return self.responses.pop(0)

    def close(self) -> None: ...


def scripted(*responses: HTTPResponse, clock: CheckClock) -> tuple[Web, Scripted]:
    transport = Scripted(*responses)
    limits = {"largest": 1000, "pause": 0.5}
    return Web(transport, accept="*/*", **limits, clock=clock, sleep=clock.sleep), transport  # type: ignore[arg-type]


def test_a_redirect_from_https_to_http_is_refused() -> None:
    reader, transport = scripted(
        HTTPResponse(301, {"location": "http://kettles.example/products.json"}, b""), clock=CheckClock()
    )
    with pytest.raises(WebError, match="redirects to an address without https"):
        reader.get("https://kettles.example/products.json")
    assert len(transport.sent) == 1


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [("20", 20, 20), ("Fri, 31 Dec 1999 23:59:59 GMT", 0.5, 0.5), ("soon", 0.5, 1), ("-5", 0.5, 1), ("", 0.5, 1)],
)
def test_the_pause_that_a_server_asks_for(asked: str, least: float, most: float) -> None:
    clock = CheckClock()
    reader, _ = scripted(HTTPResponse(429, {"retry-after": asked}, b""), HTTPResponse(200, {}, b"x"), clock=clock)
    assert reader.get("https://kettles.example/")[1].content == b"x"
    assert least <= clock.now <= most


def test_a_server_that_asks_for_long_pauses_is_asked_for_two_minutes() -> None:
    clock = CheckClock()
    busy = [HTTPResponse(429, {"retry-after": "50"}, b"") for _ in range(9)]
    reader, transport = scripted(*busy, clock=clock)
    assert reader.get("https://kettles.example/")[1].status == 429
    assert (clock.now, len(transport.sent)) == (100, 3)


@pytest.mark.parametrize("zone", ["GMT", "-0000"])
def test_the_pause_until_a_date_does_not_depend_on_the_zone_of_the_machine(
    zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", lambda: 946684769.0)  # half a minute before the date below
    clock = CheckClock()
    reader, _ = scripted(
        HTTPResponse(503, {"retry-after": f"Fri, 31 Dec 1999 23:59:59 {zone}"}, b""),
        HTTPResponse(200, {}, b""),
        clock=clock,
    )
    reader.get("https://kettles.example/")
    assert clock.now == 30


def test_each_host_has_its_own_pace() -> None:
    clock = CheckClock()
    reader, _ = scripted(*[HTTPResponse(200, {}, b"") for _ in range(4)], clock=clock)
    reader.get("https://a.example/")
    reader.get("https://b.example/")
    assert clock.now == 0
    reader.get("https://a.example/")
    assert clock.now == 0.5


STATUSES = (200, 201, 204, 206, 300, 301, 302, 303, 304, 305, 307, 308, 400, 401, 403, 404, 408, 410, 429, 451)
FAILURES = (500, 501, 502, 503, 504, 520, 599)


@pytest.mark.parametrize("status", [*STATUSES, *FAILURES])
def test_each_status_is_followed_repeated_or_returned(status: int) -> None:
    """HTTP has five statuses that redirect. 429 and those from 500 on pass, so the same address is asked again."""
    clock, home, other = CheckClock(), "https://kettles.example/", "https://kettles.example/other"
    reader, transport = scripted(
        HTTPResponse(status, {"location": "/other"}, b"first"), HTTPResponse(200, {}, b"second"), clock=clock
    )
    where, response = reader.get(home)
    asked = [request.url for request in transport.sent]
    if status in (301, 302, 303, 307, 308):
        assert (asked, where, response.content) == ([home, other], other, b"second")
    elif status == 429 or status in FAILURES:
        assert (asked, where, response.content) == ([home, home], home, b"second")
    else:
        assert (asked, where, response.content) == ([home], home, b"first")
    reader, _ = scripted(*[HTTPResponse(status, {"location": "/other"}, b"the same") for _ in range(30)], clock=clock)
    if status in FAILURES or status == 429:
        assert reader.get(home)[1].status == status


def test_threads_that_ask_one_host_at_once_keep_the_pace() -> None:
    """The server may also ask one of them for a pause."""

    def prepare(words: str) -> tuple[Callable[[], Any], Callable[[], Any], Callable[[], Any]]:
        waited = list[float]()
        pace = _Pace(0.5, lambda: 1000.0, waited.append)
        acts: dict[str, Callable[[], Any]] = {
            "wait": lambda: pace.wait("a"),
            "short": lambda: pace.hold("a", 5),
            "long": lambda: pace.hold("a", 9),
        }
        one, other = (acts[word] for word in words.split())
        return one, other, lambda: (acts["wait"](), sorted(waited))

    for words in ("wait wait", "wait long", "long wait", "short long", "long short"):
        assert not_serial(partial(prepare, words), trustoo.cli.web) == [], words


def test_the_pace_is_kept_although_the_clock_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock_at_each_reading(monkeypatch)
    waited = list[float]()
    transport = Scripted(*[HTTPResponse(200, {}, b"") for _ in range(3)])
    reader = Web(transport, accept="*/*", largest=1000, pause=10, sleep=waited.append)
    for _ in range(3):
        reader.get("https://kettles.example/")
        time.time()  # so that the reader meets the clock now right and now ahead
    assert [round(seconds) for seconds in waited] == [10, 20]
