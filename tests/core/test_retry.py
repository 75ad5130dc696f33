"""What is tried again, after how long, and what a caller is told in the end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, formatdate
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trustoo import (
    NO_RETRIES,
    APIError,
    ArgumentError,
    ConfigurationError,
    ConnectError,
    HTTPStatusError,
    InternalError,
    NetworkError,
    NotFoundError,
    OutcomeUnknownError,
    PaginationError,
    RequestTimeoutError,
    ResponseDecodeError,
    ResponseTooLargeError,
    RetryPolicy,
    TransportError,
    TrustooError,
    UploadError,
    canonical_string,
    signature,
)
from trustoo._pipeline import Pipeline
from trustoo._sansio import Sleep, sleep, without_waiting
from trustoo.retry import Outcome, mark_as_callers, outcome_of, retry_after
from trustoo.transport import HTTPResponse
from trustoo_api.api.reviews import reviews_create, reviews_list

from tests.support import (
    NOW,
    PLATFORM,
    PRIVATE,
    Played,
    Recorder,
    async_shop,
    envelope,
    http_response,
    play,
    sent_body,
    session,
    shop,
    steady,
)

LIST = reviews_list.build(keyword="Zoë", page=1)
CREATE = reviews_create.build(rating=5, author="Zoë")
FINE = http_response(envelope({"page": {}, "list": []}))
MADE = http_response(envelope({"id": "9"}))
NEVER_SENT = NetworkError("refused", maybe_sent=False)
LOST = RequestTimeoutError("late", maybe_sent=True)
BROKEN = NetworkError("reset", maybe_sent=True)
NOT_CONNECTED = RequestTimeoutError("connect", maybe_sent=False)
GATEWAY = http_response("<html>bad gateway</html>", 502)


class Longest(RetryPolicy):
    """A policy whose pauses are as long as they can be."""

    def pause(
        self, attempt: int, elapsed: float, requested: float | None, rand: Callable[[], float] | None = None
    ) -> float | None:
        return RetryPolicy.pause(self, attempt, elapsed, requested, rand or (lambda: 1.0))


def code(number: int, status: int = 200, **headers: str) -> HTTPResponse:
    return http_response(
        {"code": number, "message": "no"}, status, {name.replace("_", "-"): v for name, v in headers.items()}
    )


def read(outcomes: Sequence[HTTPResponse | TransportError], policy: RetryPolicy | None = None) -> Played:
    return play(session(retry=policy or Longest()), LIST, reviews_list.DECODER, outcomes)


def write(outcomes: Sequence[HTTPResponse | TransportError], policy: RetryPolicy | None = None) -> Played:
    return play(session(retry=policy or Longest()), CREATE, reviews_create.DECODER, outcomes)


# --- the pause


@pytest.mark.parametrize(
    ("attempt", "bound"), [(1, 0.5), (2, 1.0), (3, 2.0), (4, 4.0), (5, 8.0), (6, 8.0), (50, 8.0), (100_000, 8.0)]
)
def test_the_bound_of_a_pause_doubles_up_to_the_cap_and_the_pause_is_anything_below(attempt: int, bound: float) -> None:
    policy = RetryPolicy(attempts=1_000_000)
    for share in (0.0, 0.25, 1.0):
        assert policy.pause(attempt, 0, None, lambda share=share: share) == share * bound  # type: ignore[misc]


def test_pauses_differ_from_call_to_call() -> None:
    assert len({RetryPolicy().pause(1, 0, None) for _ in range(20)}) > 1


@pytest.mark.parametrize("attempts", [1, 2, 3, 7])
def test_nothing_follows_the_last_attempt(attempts: int) -> None:
    policy = RetryPolicy(attempts=attempts)
    decided = [policy.pause(attempt, 0, None) is not None for attempt in range(1, attempts + 3)]
    assert decided == [attempt < attempts for attempt in range(1, attempts + 3)]


def test_no_retries_means_one_attempt_whatever_the_answer_asks() -> None:
    assert NO_RETRIES.attempts == 1
    assert NO_RETRIES.pause(1, 0, None) is None
    assert NO_RETRIES.pause(1, 0, 0.0) is None


@pytest.mark.parametrize(
    ("elapsed", "expected"), [(0.0, 1.0), (8.9, 1.0), (9.0, 1.0), (9.001, None), (10.0, None), (500.0, None)]
)
def test_no_attempt_begins_later_than_the_budget_allows(elapsed: float, expected: float | None) -> None:
    assert RetryPolicy(base=1.0, budget=10.0).pause(1, elapsed, None, lambda: 1.0) == expected
    assert RetryPolicy(base=1.0, budget=10.0).pause(1, elapsed, 1.0, lambda: 0.0) == expected


@pytest.mark.parametrize(
    ("requested", "expected"), [(0.0, 0.0), (0.5, 0.5), (29.0, 29.0), (30.0, 30.0), (30.1, None), (1e9, None)]
)
def test_what_the_answer_asks_for_is_waited_exactly_and_refused_beyond_its_cap(
    requested: float, expected: float | None
) -> None:
    policy = RetryPolicy(retry_after_cap=30.0, budget=1000.0)
    for share in (0.0, 1.0):
        assert policy.pause(1, 0, requested, lambda share=share: share) == expected  # type: ignore[misc]


def test_a_pause_that_the_answer_asks_for_is_bound_by_the_budget_too() -> None:
    assert RetryPolicy(retry_after_cap=100.0, budget=20.0).pause(1, 0, 21.0) is None


@given(
    st.integers(1, 10**6),
    st.floats(0, 1e9),
    st.none() | st.floats(0, 1e12),
    st.floats(0, 1),
    st.builds(
        RetryPolicy,
        attempts=st.integers(1, 10**6),
        base=st.floats(0, 1e6),
        cap=st.floats(0, 1e6),
        retry_after_cap=st.floats(0, 1e6),
        budget=st.floats(0, 1e6),
    ),
)
@steady
def test_no_policy_ever_waits_longer_than_it_says(
    attempt: int, elapsed: float, requested: float | None, share: float, policy: RetryPolicy
) -> None:
    pause = policy.pause(attempt, elapsed, requested, lambda: share)
    if pause is not None:
        assert attempt < policy.attempts
        assert 0 <= pause <= (policy.cap if requested is None else policy.retry_after_cap)
        assert elapsed + pause <= policy.budget


@pytest.mark.parametrize(
    "wrong",
    [
        {"attempts": 0},
        {"attempts": -1},
        {"base": -0.1},
        {"cap": -1},
        {"retry_after_cap": -1},
        {"budget": -1},
        {"base": float("nan")},
        {"budget": float("nan")},
        {"attempts": 2.5},
        {"cap": "8"},
        {"base": None},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="attempts must be"):
        RetryPolicy(**wrong)


def test_the_defaults_are_those_that_are_documented() -> None:
    policy = RetryPolicy()
    values = (policy.attempts, policy.base, policy.cap, policy.retry_after_cap, policy.budget)
    assert values == (3, 0.5, 8.0, 60.0, 60.0)


# --- which failures


def api(number: int, status: int = 200) -> APIError:
    return APIError.of_code(number)(
        code=number, message="", operation="x.y", status=status, request_id=None, excerpt=""
    )


def http(status: int) -> HTTPStatusError:
    return HTTPStatusError("", operation="x.y", status=status, request_id=None, excerpt="")


def undecodable(status: int, code: int | None = None) -> ResponseDecodeError:
    return ResponseDecodeError("", code=code, operation="x.y", status=status, request_id=None, excerpt="")


REPEATED_READS: list[tuple[TrustooError, bool]] = [
    *(
        (api(number, 200), number in (4, 13, 14))
        for number in (-1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 2000)
    ),
    *((api(number, 400), number in (4, 13, 14)) for number in (1, 3, 4, 8, 13, 14, 16)),
    *((api(3, status), repeated) for status, repeated in ((400, False), (429, True), (499, False), (500, True))),
    *((http(status), False) for status in (100, 301, 302, 400, 401, 403, 404, 408, 428, 430, 499)),
    *((http(status), True) for status in (429, *range(500, 600))),
    *((undecodable(status), False) for status in (200, 204, 299)),
    (NEVER_SENT, True),
    (LOST, True),
    (BROKEN, True),
    (NOT_CONNECTED, True),
    (ConfigurationError("x"), False),
    (ArgumentError("x"), False),
    (PaginationError("x"), False),
    (UploadError("x", status=503), True),
    (UploadError("x", status=429), True),
    (UploadError("x", status=403, code="AccessDenied"), False),
    (UploadError("x"), False),
    (ResponseTooLargeError("x", maybe_sent=True), False),
    (OutcomeUnknownError("x", operation="x.y"), False),
    (TrustooError("x"), False),
]


def name_of(value: object) -> str:
    if isinstance(value, TrustooError):
        noted = [getattr(value, name) for name in ("code", "status", "maybe_sent") if hasattr(value, name)]
        return "-".join(map(str, (type(value).__name__, *noted)))
    return str(value)


@pytest.mark.parametrize(("error", "repeated"), REPEATED_READS, ids=name_of)
def test_a_read_is_repeated_after_passing_faults_only(error: TrustooError, repeated: bool) -> None:
    assert outcome_of(error, is_write=False).may_repeat is repeated


@pytest.mark.parametrize("error", [error for error, _ in REPEATED_READS], ids=name_of)
def test_the_outcome_of_a_read_is_never_open(error: TrustooError) -> None:
    assert not outcome_of(error, is_write=False).is_open


NO, OPEN, AGAIN = Outcome(False, False), Outcome(True, False), Outcome(False, True)
GAVE_UP = (100, 408, 499, *range(500, 600), 999)
WRITES: list[tuple[TrustooError, Outcome]] = [
    *((api(number, status), OPEN) for number in (1, 4, 13, 14) for status in (200, 301, 400, 404, 408, 429, 500, 504)),
    *((api(number, status), NO) for number in (3, 5, 6, 7, 8, 16) for status in (200, 301, 400, 404, 408, 499, 500)),
    *((api(number, 429), AGAIN) for number in (-1, 2, 3, 5, 6, 7, 8, 16, 2000)),
    *((api(number, status), NO) for number in (-1, 2, 9, 12, 15, 2000) for status in (200, 201, 302, 400, 404, 410)),
    *((api(number, status), OPEN) for number in (-1, 2, 9, 12, 15, 2000) for status in GAVE_UP),
    *((http(status), OPEN) for status in GAVE_UP),
    *((http(status), NO) for status in range(300, 500) if status not in (408, 429, 499)),
    (http(429), AGAIN),
    *((undecodable(status), OPEN) for status in (200, 201, 204, 299)),
    *((undecodable(status, code=0), NO) for status in (200, 201, 204, 299)),
    (NEVER_SENT, AGAIN),
    (NOT_CONNECTED, AGAIN),
    (LOST, OPEN),
    (BROKEN, OPEN),
    (ResponseTooLargeError("x", maybe_sent=True), OPEN),
    (ConfigurationError("x"), NO),
    (ArgumentError("x"), NO),
    (PaginationError("x"), NO),
    (TrustooError("x"), NO),
]


@pytest.mark.parametrize(("error", "expected"), WRITES, ids=name_of)
def test_the_outcome_of_a_write_is_what_the_table_says(error: TrustooError, expected: Outcome) -> None:
    assert outcome_of(error, is_write=True) == expected


STATUSES = (100, 200, 201, 204, 301, 302, 400, 401, 403, 404, 408, 409, 422, 425, 429, 451, 499, 500, 502, 503, 999)


@pytest.mark.parametrize("status", STATUSES)
def test_a_code_that_is_known_means_the_same_with_each_status_and_the_status_decides_without_one(status: int) -> None:
    for number in (1, 3, 4, 5, 6, 7, 8, 13, 14, 16):
        assert outcome_of(api(number, status), is_write=True).is_open is (number in (1, 4, 13, 14)), number
    for number in (-1, 2, 9, 10, 11, 12, 15, 17, 504, 2000):
        as_without = NO if 200 <= status < 300 else outcome_of(http(status), is_write=True)
        assert outcome_of(api(number, status), is_write=True) == as_without, number
    for number in (-1, *range(1, 18), 504, 2000):
        error = api(number, status)
        assert outcome_of(error, is_write=True).may_repeat is (status == 429 and number not in (1, 4, 13, 14)), number
        expected = Outcome(False, status == 429 or status >= 500 or number in (4, 13, 14))
        assert outcome_of(error, is_write=False) == expected, number
        unread = outcome_of(undecodable(status, number), is_write=True)
        assert unread == Outcome(outcome_of(error, is_write=True).is_open, False), number


def test_an_exception_of_the_callers_code_leaves_a_write_open_unless_it_came_before_the_request() -> None:
    for error in (ValueError("x"), NetworkError("of another call", maybe_sent=False), api(5)):
        mark_as_callers(error, maybe_sent=True)
        assert (outcome_of(error, is_write=True), outcome_of(error, is_write=False)) == (OPEN, NO)
        mark_as_callers(error, maybe_sent=False)
        assert (outcome_of(error, is_write=True), outcome_of(error, is_write=False)) == (NO, NO)
    assert (outcome_of(ValueError(), is_write=True), outcome_of(ValueError(), is_write=False)) == (OPEN, NO)


@pytest.mark.parametrize("is_write", [True, False])
@pytest.mark.parametrize("status", [200, 429, 500, 503])
def test_an_answer_that_cannot_be_read_is_never_repeated(is_write: bool, status: int) -> None:
    assert not outcome_of(undecodable(status), is_write=is_write).may_repeat


# --- Retry-After


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 120 ", 120.0),
        ("000000005", 5.0),
        ("9" * 400, 999_999_999.0),
        (formatdate(NOW + 30.1, usegmt=True), 30.1),
        (formatdate(NOW, usegmt=True), 0.0),
        (formatdate(NOW - 1000, usegmt=True), 0.0),
        ("Mon, 01 Jan 1990 00:00:00 GMT", 0.0),
        ("Mon, 20 Nov 2023 07:36:31 -0000", 20.0),
        ("Mon, 20 Nov 2023 09:36:31 +0200", 20.0),
        ("Monday, 20-Nov-23 07:36:31 GMT", 20.0),
    ],
)
def test_seconds_and_dates_are_understood(text: str, seconds: float) -> None:
    requested = retry_after(httpx.Headers({"Retry-After": text}), NOW)
    assert requested is not None
    assert requested == pytest.approx(seconds, abs=1.0)
    assert requested >= 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "-5",
        "+5",
        "1.5",
        "1e3",
        "soon",
        "NaN",
        "inf",
        "٣",
        "²",
        "5 seconds",
        "5, 7",
        "Mon, 99 Foo 2023 07:37:11 GMT",
        "Mon, 20 Nov 2023 99:99:99 GMT",
        "Mon, 20 Nov 99999999999999999999 07:36:11 GMT",
        "Mon, 99999999999999999999 Nov 2023 07:36:11 GMT",
        "Mon, 20 Nov 2023 07:36:11 +99999999999999999999",
        "," * 50,
        "\x00",
    ],
)
def test_nonsense_asks_for_nothing(text: str) -> None:
    assert retry_after({"retry-after": text}, NOW) is None


def test_a_missing_header_asks_for_nothing() -> None:
    assert retry_after({}, NOW) is None


@pytest.mark.parametrize(("now", "seconds"), [(1e20, 0.0), (-1e20, 1e20)])
def test_a_clock_beyond_all_dates_breaks_nothing(now: float, seconds: float) -> None:
    assert retry_after({"retry-after": "Mon, 20 Nov 2023 07:36:11 GMT"}, now) == pytest.approx(seconds)


@given(st.text(st.characters(max_codepoint=0x2FF)) | st.from_regex(r"[A-Z][a-z]{2}, \d+ [A-Z][a-z]{2} \d+ [\d:]+ ?\S*"))
@steady
def test_no_text_in_the_header_fails_a_call(text: str) -> None:
    requested = retry_after({"retry-after": text}, NOW)
    assert requested is None or requested >= 0


# --- the flow: reads


@pytest.mark.parametrize(
    ("outcomes", "pauses"),
    [
        ([FINE], []),
        ([NEVER_SENT, FINE], [0.5]),
        ([LOST, FINE], [0.5]),
        ([BROKEN, NOT_CONNECTED, FINE], [0.5, 1.0]),
        ([code(4), code(13), FINE], [0.5, 1.0]),
        ([code(14), GATEWAY, FINE], [0.5, 1.0]),
        ([http_response("", 429), FINE], [0.5]),
        ([code(8, 429), FINE], [0.5]),
        ([http_response("", 503, {"Retry-After": "5"}), FINE], [5.0]),
        ([code(14, Retry_After="0"), FINE], []),
        ([code(13, Retry_After="7"), http_response("", 599), FINE], [7.0, 1.0]),
        ([http_response("", 503, {"Retry-After": "soon"}), FINE], [0.5]),
    ],
)
def test_a_read_goes_on_until_it_succeeds(outcomes: list[HTTPResponse | TransportError], pauses: list[float]) -> None:
    played = read(outcomes)
    assert played.error is None
    assert played.result is not None
    assert (len(played.http_requests), played.pauses) == (len(outcomes), pauses)


@pytest.mark.parametrize(
    ("outcomes", "attempts", "kind"),
    [
        ([code(13)] * 3, 3, InternalError),
        ([GATEWAY] * 3, 3, HTTPStatusError),
        ([LOST, code(4), BROKEN], 3, NetworkError),
        ([code(13), code(5)], 2, NotFoundError),
        ([code(13), http_response("<html>")], 2, ResponseDecodeError),
        ([code(8)], 1, APIError),
        ([code(1)], 1, APIError),
        ([http_response("", 404)], 1, HTTPStatusError),
        ([http_response("<html>")], 1, ResponseDecodeError),
        ([http_response("", 503, {"Retry-After": "61"})], 1, HTTPStatusError),
        ([http_response("", 429, {"Retry-After": "9" * 30})], 1, HTTPStatusError),
        ([code(14), code(14, Retry_After="3600")], 2, APIError),
    ],
)
def test_a_read_ends_with_its_last_error(
    outcomes: list[HTTPResponse | TransportError], attempts: int, kind: type[TrustooError]
) -> None:
    played = read(outcomes)
    assert isinstance(played.error, kind)
    assert len(played.http_requests) == attempts


def test_the_error_of_the_last_attempt_says_which_it_was() -> None:
    assert getattr(read([LOST, code(13), GATEWAY]).error, "__notes__", []) == ["This was attempt 3, the last one."]
    assert getattr(read([code(5)]).error, "__notes__", []) == []


def test_the_last_of_the_attempts_that_could_not_connect_says_what_to_check() -> None:
    refused = ConnectError("refused", maybe_sent=False)
    advice = "Nothing was sent. Check the network, the proxy and base_url."
    assert getattr(read([refused] * 3).error, "__notes__", []) == [advice, "This was attempt 3, the last one."]


def test_an_error_knows_how_long_the_answer_asked_to_wait() -> None:
    error = read([http_response("", 503, {"Retry-After": "61"})]).error
    assert isinstance(error, HTTPStatusError)
    assert error.retry_after == 61.0


def test_a_date_in_retry_after_is_measured_from_this_machines_clock() -> None:
    played = read(
        [
            http_response(
                "", 503, {"Retry-After": format_datetime(datetime.fromtimestamp(NOW + 10, UTC), usegmt=True)}
            ),
            FINE,
        ]
    )
    assert played.pauses == [pytest.approx(10, abs=1)]


def test_the_budget_ends_the_attempts_whatever_their_number() -> None:
    played = read([code(13)] * 99, Longest(attempts=99, base=1.0, cap=1.0, budget=3.5))
    assert (len(played.http_requests), played.pauses) == (4, [1.0, 1.0, 1.0])


def test_time_spent_in_attempts_counts_towards_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(0, 10_000, 10))
    monkeypatch.setattr("trustoo.retry.time.monotonic", lambda: float(next(ticks)))
    assert len(read([LOST] * 99, Longest(attempts=99, base=1.0, cap=1.0, budget=35.0)).http_requests) == 4


@given(
    st.lists(
        st.sampled_from(
            [NEVER_SENT, LOST, BROKEN, GATEWAY, code(4), code(8), code(13), code(16), FINE, http_response("x")]
        ),
        min_size=12,
        max_size=12,
    ),
    st.integers(1, 10),
    st.booleans(),
)
@steady
def test_no_sequence_of_outcomes_makes_more_attempts_than_the_policy_allows(
    outcomes: list[HTTPResponse | TransportError], attempts: int, is_write: bool
) -> None:
    played = (write if is_write else read)(outcomes, Longest(attempts=attempts, base=0.0))
    assert len(played.http_requests) <= attempts
    seen = outcomes[: len(played.http_requests)]
    # A write that succeeded has a result, although FINE has the data of a read.
    assert (played.result is not None) is (seen[-1] is FINE)
    if is_write:
        assert all(outcome is NEVER_SENT for outcome in seen[:-1])


# --- every attempt is signed anew


@pytest.mark.parametrize("operation", ["read", "write"])
def test_every_attempt_is_signed_anew(operation: str) -> None:
    seconds = iter((NOW, NOW + 40, NOW + 80, NOW + 120))
    client = session(clock=lambda: next(seconds), retry=Longest())
    request, answer = (LIST, reviews_list.DECODER) if operation == "read" else (CREATE, reviews_create.DECODER)
    played = play(client, request, answer, [NEVER_SENT, NOT_CONNECTED, MADE if operation == "write" else FINE])
    assert played.error is None
    assert [int(sent.headers["Timestamp"]) for sent in played.http_requests] == [
        int(NOW) + late for late in (0, 40, 80)
    ]
    assert len({sent.headers["Sign"] for sent in played.http_requests}) == 3
    assert len({(sent.method, sent.url, sent.content) for sent in played.http_requests}) == 1
    for sent in played.http_requests:
        message = canonical_string(request.query, sent.headers["Timestamp"], sent_body(sent))
        assert sent.headers["Sign"] == signature(PRIVATE, message)


def test_attempts_with_an_access_token_are_alike() -> None:
    played = play(session(PLATFORM, retry=Longest()), LIST, reviews_list.DECODER, [LOST, FINE])
    assert played.http_requests[0].headers == played.http_requests[1].headers


# --- the flow: writes


@pytest.mark.parametrize("fault", [NEVER_SENT, NOT_CONNECTED])
def test_a_write_that_was_never_sent_is_repeated(fault: TransportError) -> None:
    played = write([fault, fault, MADE])
    assert (played.error, len(played.http_requests), played.pauses) == (None, 3, [0.5, 1.0])


def test_a_write_that_is_never_sent_fails_as_what_it_met() -> None:
    played = write([NEVER_SENT, NEVER_SENT, NOT_CONNECTED])
    assert (played.error, len(played.http_requests)) == (NOT_CONNECTED, 3)
    assert "This was attempt 3, the last one." in getattr(played.error, "__notes__", [])


@pytest.mark.parametrize("before", [[], [NEVER_SENT], [NEVER_SENT, NOT_CONNECTED]])
@pytest.mark.parametrize("fault", [LOST, BROKEN])
def test_a_write_whose_answer_is_lost_is_not_repeated_and_its_outcome_is_unknown(
    before: list[TransportError], fault: TransportError
) -> None:
    played = write([*before, fault, MADE, MADE])
    assert isinstance(played.error, OutcomeUnknownError)
    assert (played.error.operation, played.error.__cause__) == ("reviews.create", fault)
    assert (len(played.http_requests), len(played.pauses)) == (len(before) + 1, len(before))


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 599])
@pytest.mark.parametrize("content", [b"", "<html>", "[]", {}, {"code": 0}, {"code": 0, "data": {"id": "1"}}])
def test_a_gateways_answer_to_a_write_leaves_its_outcome_unknown(status: int, content: object) -> None:
    played = write([http_response(content, status, {"Retry-After": "1"}), MADE])
    assert isinstance(played.error, OutcomeUnknownError)
    assert isinstance(played.error.__cause__, HTTPStatusError)
    assert (played.error.__cause__.status, len(played.http_requests), played.pauses) == (status, 1, [])
    assert "Check the data before" in str(played.error)


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 409, 413, 422])
def test_a_refusal_of_a_write_is_raised_as_it_is(status: int) -> None:
    played = write([http_response("<html>", status, {"Retry-After": "1"}), MADE])
    assert type(played.error) is HTTPStatusError
    assert (played.error.status, len(played.http_requests)) == (status, 1)


@pytest.mark.parametrize("refusal", [http_response("", 429, {"Retry-After": "7"}), code(8, 429, Retry_After="7")])
def test_a_write_that_was_refused_for_its_rate_is_sent_again_after_the_pause(refusal: HTTPResponse) -> None:
    played = write([refusal, refusal, MADE])
    assert (played.error, len(played.http_requests), played.pauses) == (None, 3, [7.0, 7.0])


def test_a_write_that_would_have_to_wait_too_long_is_raised_as_refused() -> None:
    played = write([http_response("", 429, {"Retry-After": "61"}), MADE])
    assert (type(played.error), len(played.http_requests)) == (HTTPStatusError, 1)


@pytest.mark.parametrize("status", [200, 400, 408, 500, 503])
@pytest.mark.parametrize("number", [3, 5, 6, 8, 16])
def test_a_code_that_states_a_refusal_is_raised_as_it_is(number: int, status: int) -> None:
    played = write([code(number, status, Retry_After="1"), MADE])
    assert isinstance(played.error, APIError)
    assert (played.error.code, played.error.status, len(played.http_requests)) == (number, status, 1)
    assert played.error.__cause__ is None


@pytest.mark.parametrize(
    "answer", [code(13), code(4, 504), code(14, 429), code(1, 400), code(504, 504), http_response("<html>")]
)
def test_an_open_outcome_has_the_answer_that_left_it_open(answer: HTTPResponse) -> None:
    error = write([answer, MADE]).error
    assert isinstance(error, OutcomeUnknownError)
    assert error.response is error.__cause__
    assert error.response is not None
    assert (error.operation, error.response.status, error.response.content) == (
        "reviews.create",
        answer.status,
        answer.content,
    )


def test_an_open_outcome_without_an_answer_has_none() -> None:
    error = write([LOST]).error
    assert isinstance(error, OutcomeUnknownError)
    assert error.response is None


# --- through the clients


def answers(*given: httpx.Response | Exception) -> Recorder:
    left = iter(given)

    def answer(request: httpx.Request) -> httpx.Response:
        outcome = next(left)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return Recorder(answer)


def fine() -> httpx.Response:
    return httpx.Response(200, content=envelope({"page": {}, "list": []}))


def failing() -> list[httpx.Response | Exception]:
    return [httpx.ConnectError("no"), httpx.Response(503), fine()]


def test_both_clients_repeat_a_read_alike() -> None:
    async def later(recorder: Recorder) -> None:
        async with async_shop(recorder) as client:
            await client.reviews.list()

    one, other = answers(*failing()), answers(*failing())
    with without_waiting():
        with shop(one) as client:
            client.reviews.list()
        asyncio.run(later(other))
    assert len(one.requests) == len(other.requests) == 3


def test_a_call_can_be_made_without_retries() -> None:
    recorder = answers(*failing()[1:], *failing())
    with without_waiting(), shop(recorder) as client:
        with pytest.raises(HTTPStatusError):
            client.with_options(retry=NO_RETRIES).reviews.list()
        assert len(recorder.requests) == 1
        client.reviews.list()
    assert len(recorder.requests) == 2


def test_the_clients_wait_as_long_as_the_flow_says(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    def outcomes() -> list[httpx.Response | Exception]:
        return [httpx.Response(503, headers={"Retry-After": "7"}), fine()]

    async def later() -> None:
        async with async_shop(answers(*outcomes())) as client:
            await client.reviews.list()

    monkeypatch.setattr("trustoo._sansio.time.sleep", waited.append)
    with shop(answers(*outcomes())) as client:
        client.reviews.list()
    monkeypatch.setattr(asyncio, "sleep", sleep)
    asyncio.run(later())
    assert waited == [7.0, 7.0]


def test_without_waiting_nothing_sleeps_and_afterwards_waiting_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    with without_waiting():
        with without_waiting():
            sleep(Sleep(1))
        sleep(Sleep(2))
    sleep(Sleep(3))
    with pytest.raises(LookupError), without_waiting():
        raise LookupError
    sleep(Sleep(4))
    assert waited == [3, 4]


def test_a_session_keeps_no_memory_of_failures_from_call_to_call() -> None:
    client: Pipeline = session(retry=Longest())
    for _ in range(3):
        assert play(client, LIST, reviews_list.DECODER, [LOST, LOST, FINE]).pauses == [0.5, 1.0]
