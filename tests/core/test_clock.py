"""A clock that is wrong is healed by the first refusal: once a call, and for all calls that follow."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from threading import Barrier
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trustoo import (
    NO_RETRIES,
    NetworkError,
    RetryPolicy,
    TransportError,
    UnauthenticatedError,
    canonical_string,
    signature,
)
from trustoo._clock import SkewCorrectedClock, server_time
from trustoo._pipeline import Pipeline
from trustoo.credentials import Credentials
from trustoo.transport import HTTPRequest, HTTPResponse
from trustoo_api.api.oauth import oauth_token
from trustoo_api.api.reviews import reviews_create, reviews_list
from trustoo_api.types import OperationRequest, ResponseDecoder

from tests.support import (
    MERCHANT,
    PLATFORM,
    PRIVATE,
    SHOP,
    Played,
    Recorder,
    async_shop,
    envelope,
    http_response,
    play,
    request_of,
    sent_body,
    session,
    shop,
    steady,
)

CLIENT = 1700465771.0
LIFETIME = 900
DAY = 86400
YEARS = 3652 * DAY
LIST = reviews_list.build(keyword="Zoë", page=1)
CREATE = reviews_create.build(rating=5, author="Zoë")
Source = Callable[[float], tuple[object, Mapping[str, str]]]
ABSENT = object()


class Server:
    """Accepts what is signed rightly and at its own time, and tells its time in a refusal as `source` says."""

    def __init__(self, now: float, source: Source, status: int = 200) -> None:
        self.now, self.source, self.status = now, source, status

    def __call__(self, sent: HTTPRequest) -> HTTPResponse:
        return self.answer(sent.url, sent.headers, sent_body(sent) or None)

    def http(self, request: httpx.Request) -> httpx.Response:
        answer = self.answer(str(request.url), request.headers, request.content or None)
        return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.content)

    def answer(self, url: str, headers: Mapping[str, str], content: bytes | None) -> HTTPResponse:
        query = parse_qsl(urlsplit(url).query, keep_blank_values=True)
        stamp = headers["timestamp"] if "timestamp" in headers else headers["Timestamp"]
        sign = headers["sign"] if "sign" in headers else headers["Sign"]
        assert sign == signature(PRIVATE, canonical_string(query, stamp, content))
        if abs(self.now - int(stamp)) <= LIFETIME:
            return http_response(envelope({"id": "9", "page": {}, "list": []}))
        time, noted = self.source(self.now)
        return http_response(
            {"code": 16, "message": "expired"} | ({} if time is ABSENT else {"time": time}), self.status, noted
        )


def date(now: float) -> dict[str, str]:
    return {"Date": formatdate(now, usegmt=True)}


def as_integer(now: float) -> tuple[object, Mapping[str, str]]:
    return int(now), {}


TELLING: dict[str, Source] = {
    "integer": as_integer,
    "text": lambda now: (str(int(now)), {}),
    "float": lambda now: (now + 0.25, {}),
    "Date header": lambda now: (ABSENT, date(now)),
    "Date header without zone": lambda now: (ABSENT, {"Date": formatdate(now)}),
    "null and Date": lambda now: (None, date(now)),
    "nonsense and Date": lambda now: ("soon", date(now)),
    "list and Date": lambda now: ([1], date(now)),
    "bool and Date": lambda now: (True, date(now)),
    "before 2023 and Date": lambda now: (1600000000, date(now)),
    "after 2100 and Date": lambda now: (4200000000, date(now)),
    "milliseconds and Date": lambda now: (int(now * 1000), date(now)),
    "milliseconds as text and Date": lambda now: (str(int(now * 1000)), date(now)),
    "integer beside a wrong Date": lambda now: (int(now), date(now + 5000)),
    "integer beside garbage": lambda now: (int(now), {"Date": "yesterday"}),
}
SILENT: dict[str, Source] = {
    "missing": lambda now: (ABSENT, {}),
    "null": lambda now: (None, {}),
    "empty": lambda now: ("", {"Date": ""}),
    "nonsense": lambda now: ("soon", {"Date": "soon"}),
    "true": lambda now: (True, {}),
    "false": lambda now: (False, {}),
    "zero": lambda now: (0, {}),
    "negative": lambda now: (-int(now), {}),
    "object": lambda now: ({"now": int(now)}, {}),
    "before 2023": lambda now: (1600000000, {}),
    "after 2100": lambda now: (4200000000, {}),
    "milliseconds": lambda now: (int(now * 1000), {}),
    "a number beyond all": lambda now: (10**300, {}),
    "a Date before 2023": lambda now: (ABSENT, {"Date": "Mon, 20 Nov 1995 07:36:11 GMT"}),
    "a Date after 2100": lambda now: (ABSENT, {"Date": "Mon, 20 Nov 2195 07:36:11 GMT"}),
    "a Date beyond all": lambda now: (ABSENT, {"Date": "Mon, 20 Nov 99999999999999999999 07:36:11 GMT"}),
    "ISO date": lambda now: ("2023-11-20T07:36:11Z", {"Date": "2023-11-20T07:36:11Z"}),
}
HEALED = [901, -901, 902, 3600, -3600, DAY, -DAY, YEARS]
WITHIN = [0, 1, -1, 899, -899, 900, -900]


def made(
    server: Callable[[HTTPRequest], HTTPResponse], request: OperationRequest, of: Pipeline | None = None
) -> Played:
    answer: ResponseDecoder[Any] = reviews_list.DECODER if request is LIST else reviews_create.DECODER
    return play(of or session(clock=lambda: CLIENT), request, answer, server)


# --- the table


@pytest.mark.parametrize("request_", [LIST, CREATE], ids=["read", "write"])
@pytest.mark.parametrize("status", [200, 401])
@pytest.mark.parametrize("source", TELLING)
@pytest.mark.parametrize("skew", HEALED)
def test_a_clock_that_is_wrong_is_healed_and_the_call_succeeds(
    skew: float, source: str, status: int, request_: OperationRequest
) -> None:
    played = made(Server(CLIENT + skew, TELLING[source], status), request_)
    assert played.error is None
    assert (len(played.http_requests), played.pauses) == (2, [])
    first, second = played.http_requests
    assert (first.method, first.url, first.content) == (second.method, second.url, second.content)
    assert int(first.headers["Timestamp"]) == CLIENT
    assert abs(int(second.headers["Timestamp"]) - (CLIENT + skew)) <= 1
    assert first.headers["Sign"] != second.headers["Sign"]


@pytest.mark.parametrize("source", SILENT)
@pytest.mark.parametrize("skew", [*HEALED, -YEARS])
def test_a_refusal_that_tells_no_time_is_final(skew: float, source: str) -> None:
    client = session(clock=lambda: CLIENT)
    for request in (LIST, CREATE):
        played = made(Server(CLIENT + skew, SILENT[source]), request, client)
        assert isinstance(played.error, UnauthenticatedError)
        assert len(played.http_requests) == 1
    assert client._config.clock.offset == 0


@pytest.mark.parametrize("source", ["integer", "text", "float", "Date header"])
def test_a_server_that_lives_before_its_api_is_not_believed(source: str) -> None:
    played = made(Server(CLIENT - YEARS, TELLING[source]), LIST)
    assert isinstance(played.error, UnauthenticatedError)
    assert len(played.http_requests) == 1


@pytest.mark.parametrize("skew", WITHIN)
@pytest.mark.parametrize("source", [*TELLING, *SILENT])
def test_a_clock_that_is_right_enough_needs_no_healing(skew: float, source: str) -> None:
    client = session(clock=lambda: CLIENT)
    played = made(Server(CLIENT + skew, (TELLING | SILENT)[source]), LIST, client)
    assert (played.error, len(played.http_requests), client._config.clock.offset) == (None, 1, 0)


@pytest.mark.parametrize("skew", WITHIN)
def test_a_refusal_within_the_lifetime_has_another_reason_and_is_final(skew: float) -> None:
    client = session(clock=lambda: CLIENT)
    played = made(
        lambda sent: http_response({"code": 16, "time": int(CLIENT + skew)}, 200, date(CLIENT + DAY)),
        LIST,
        client,
    )
    assert isinstance(played.error, UnauthenticatedError)
    assert (len(played.http_requests), client._config.clock.offset) == (1, 0)


@pytest.mark.parametrize("start", [0.0, 86400.0, 1600000000.0, 4.2e9, 1e12])
def test_a_machine_that_lost_its_time_is_healed_however_far_it_is_off(start: float) -> None:
    for source in TELLING.values():
        played = made(Server(CLIENT, source), CREATE, session(clock=lambda: start))
        assert (played.error, len(played.http_requests)) == (None, 2)


# --- once a call


def test_a_second_refusal_is_final() -> None:
    def refuse(sent: HTTPRequest) -> HTTPResponse:
        return http_response({"code": 16, "time": int(sent.headers["Timestamp"]) + DAY})

    for policy in (NO_RETRIES, RetryPolicy(attempts=5)):
        client = session(clock=lambda: CLIENT, retry=policy)
        for request in (LIST, CREATE):
            played = made(refuse, request, client)
            assert isinstance(played.error, UnauthenticatedError)
            assert (len(played.http_requests), played.pauses) == (2, [])
            assert getattr(played.error, "__notes__", []) == ["This was attempt 2, the last one."]


def test_healing_takes_nothing_from_the_attempts_of_the_policy() -> None:
    outcomes: list[HTTPResponse | TransportError] = [
        NetworkError("no", maybe_sent=False),
        http_response({"code": 16, "time": int(CLIENT) + DAY}),
        http_response({"code": 13}),
        http_response(envelope({"page": {}, "list": []})),
    ]
    client = session(clock=lambda: CLIENT, retry=RetryPolicy(attempts=3))
    played = play(client, LIST, reviews_list.DECODER, outcomes)
    assert (played.error, len(played.http_requests), len(played.pauses)) == (None, 4, 2)


def test_other_codes_teach_nothing() -> None:
    for number in (0, 1, 3, 7, 8, 13, 2000):
        client = session(clock=lambda: CLIENT)
        content = envelope({"page": {}, "list": []}, code=number, time=int(CLIENT) + DAY)
        played = made(lambda sent, content=content: http_response(content), LIST, client)  # type: ignore[misc]
        assert (len(played.http_requests), client._config.clock.offset) == (1, 0)


@pytest.mark.parametrize(
    ("credentials", "request_"),
    [
        (PLATFORM, LIST),
        (PLATFORM, CREATE),
        (Credentials(merchant_session=MERCHANT), request_of("tokens.public")),
        (SHOP, oauth_token.build(client_id="a", client_secret="b", grant_type="c", code="d")),
    ],
    ids=["bearer read", "bearer write", "merchant session", "none"],
)
def test_only_signed_calls_heal_the_clock(credentials: Credentials, request_: OperationRequest) -> None:
    client = session(credentials, clock=lambda: CLIENT)
    refusal = http_response({"code": 16, "time": int(CLIENT) + DAY}, 401, date(CLIENT + DAY))
    played = play(client, request_, reviews_list.DECODER, lambda sent: refusal)
    assert isinstance(played.error, UnauthenticatedError)
    assert (len(played.http_requests), client._config.clock.offset) == (1, 0)


# --- for all calls that follow


def test_what_was_learnt_serves_later_calls() -> None:
    ticks = iter(range(int(CLIENT), int(CLIENT) + 1000, 10))
    client = session(clock=lambda: float(next(ticks)))
    server = Server(CLIENT + DAY, as_integer)
    assert len(made(server, CREATE, client).http_requests) == 2
    for request in (LIST, CREATE, LIST):
        server.now += 10
        assert len(made(server, request, client).http_requests) == 1


def test_a_clock_that_is_set_right_later_is_healed_back() -> None:
    times = [CLIENT]
    client = session(clock=lambda: times[0])
    server = Server(CLIENT + DAY, as_integer)
    assert len(made(server, LIST, client).http_requests) == 2
    times[0] = CLIENT + DAY
    assert len(made(server, LIST, client).http_requests) == 2
    assert client._config.clock.offset == 0
    assert len(made(server, LIST, client).http_requests) == 1


def test_derived_clients_share_what_was_learnt_both_ways() -> None:
    for learner, user in ((0, 1), (1, 0), (1, 2)):
        recorder = Recorder(Server(CLIENT + DAY, as_integer).http)
        with shop(recorder, clock=lambda: CLIENT, retry=NO_RETRIES) as client:
            clients = (client, client.with_options(timeout=5), client.with_options(application="x").with_options())
            clients[learner].reviews.list()
            clients[user].reviews.create(rating=5, author="a")
        assert len(recorder.requests) == 3


def test_the_asyncio_client_heals_alike() -> None:
    recorder = Recorder(Server(CLIENT - DAY, as_integer).http)

    async def run() -> None:
        async with async_shop(recorder, clock=lambda: CLIENT) as client:
            await client.reviews.create(rating=5, author="Zoë")
            await client.with_options(timeout=5).reviews.list()

    asyncio.run(run())
    assert len(recorder.requests) == 3
    assert recorder.requests[0].content == recorder.requests[1].content


@pytest.mark.parametrize("skew", [DAY, -DAY])
def test_threads_that_share_a_client_all_succeed_with_one_more_request_each_at_most(skew: float) -> None:
    threads, together = 8, Barrier(8)
    recorder = Recorder(Server(CLIENT + skew, as_integer).http)

    def work(client: Any, number: int) -> None:
        together.wait(timeout=30)
        for _ in range(5):
            if number % 2:
                client.reviews.create(rating=5, author=str(number))
            else:
                client.reviews.list(keyword=str(number))

    with shop(recorder, clock=lambda: CLIENT, retry=NO_RETRIES) as client, ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(work, client, number) for number in range(threads)]:
            done.result()
    assert 5 * threads < len(recorder.requests) <= 6 * threads


# --- the parts


def test_a_clock_shows_this_machines_time_until_it_learns() -> None:
    clock = SkewCorrectedClock(lambda: CLIENT)
    assert clock() == CLIENT
    assert clock.sync(CLIENT, CLIENT + 901)
    assert clock() == CLIENT + 901


def test_the_time_between_signing_and_answering_is_no_skew() -> None:
    now = iter((CLIENT + 20,))
    clock = SkewCorrectedClock(lambda: next(now))
    assert clock.sync(CLIENT, CLIENT + DAY)
    assert clock.offset == DAY - 20


@pytest.mark.parametrize("server", [None, 1672531199.0, 4102444801.0, CLIENT + 900, CLIENT - 900, float("nan")])
def test_a_time_that_is_nonsense_or_near_teaches_nothing(server: float | None) -> None:
    clock = SkewCorrectedClock(lambda: CLIENT)
    assert not clock.sync(CLIENT, server)
    assert clock.offset == 0


@pytest.mark.parametrize("server", [1672531200.0, 4102444800.0])
def test_the_years_from_2023_to_2100_are_believed(server: float) -> None:
    assert SkewCorrectedClock(lambda: CLIENT).sync(CLIENT, server)
    assert server_time(int(server), {}) == server_time(str(int(server)), {}) == server


@given(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.lists(st.integers(), max_size=2),
    st.text(max_size=40),
)
@steady
def test_no_envelope_and_no_header_breaks_the_clock(time: object, header: str) -> None:
    noted = server_time(time, {"date": header})
    assert noted is None or isinstance(noted, float)
    SkewCorrectedClock(lambda: CLIENT).sync(CLIENT, noted)
