"""Arguments become query text, JSON and path segments in one way, and what cannot be sent is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trustoo import ArgumentError
from trustoo_api.api.reviews import reviews_create, reviews_list
from trustoo_api.models import CreateReviewMedia, CreateReviewReply
from trustoo_api.types import instant, instant_text, json_object, path_segment, query_pairs, to_json

from tests.support import steady

NOON = datetime(2025, 6, 20, 14, 0, 5, tzinfo=timezone(timedelta(hours=2)))


# --- query


def test_a_parameter_that_is_none_is_dropped_and_an_empty_one_is_sent() -> None:
    assert query_pairs({"a": None, "b": "", "c": "x"}, None) == (("b", ""), ("c", "x"))


@pytest.mark.parametrize("values", [["2", "1"], ("2", "1"), iter(["2", "1"]), dict.fromkeys(["2", "1"]).keys()])
def test_several_values_become_repeated_names_in_their_order(values: object) -> None:
    assert query_pairs({"a": values}, None) == (("a", "2"), ("a", "1"))


@pytest.mark.parametrize("values", [[], (), set(), iter([]), [None], [None, "x"]])
def test_a_filter_that_would_select_everything_is_refused(values: object) -> None:
    with pytest.raises(ArgumentError, match=r"^a (is empty|contains None).*`values or None`"):
        query_pairs({"a": values}, None)
    with pytest.raises(ArgumentError, match=r"^extra_query\.a (is empty|contains None).*`values or None`"):
        query_pairs({}, {"a": values})


def test_numbers_flags_and_date_times_become_text() -> None:
    assert query_pairs({"a": 1, "b": True, "c": False, "d": NOON, "e": 1.5}, None) == (
        ("a", "1"),
        ("b", "true"),
        ("c", "false"),
        ("d", "2025-06-20 12:00:05"),
        ("e", "1.5"),
    )


def test_extra_parameters_follow_the_named_ones() -> None:
    request = reviews_list.build(page=1, keyword="k", extra_query={"zone": 2, "none": None})
    assert request.query == (("keyword", "k"), ("page", "1"), ("zone", "2"))


def test_a_naive_date_time_in_a_query_is_refused() -> None:
    with pytest.raises(ArgumentError, match="no time zone"):
        query_pairs({"a": datetime(2025, 1, 1)}, None)


# --- body


def test_a_member_that_is_none_is_dropped_and_an_empty_one_is_sent() -> None:
    assert json_object({"a": None, "b": "", "c": 0, "d": []}, None) == {"b": "", "c": 0, "d": []}


def test_a_parameter_is_given_once() -> None:
    with pytest.raises(
        ArgumentError, match=r"^keyword, page was given as an argument and in extra_query; give it once\.$"
    ):
        reviews_list.build(page=1, keyword="k", extra_query={"page": 2, "keyword": "k", "zone": 3})
    assert reviews_list.build(page=1, extra_query={"page": None, "keyword": "k"}).query == (
        ("page", "1"),
        ("keyword", "k"),
    )


def test_extra_members_are_sent_as_they_are_with_their_nulls() -> None:
    assert json_object({"a": None}, {"a": None, "b": {"c": None}}) == {"a": None, "b": {"c": None}}


def test_a_member_given_twice_is_refused_by_name() -> None:
    with pytest.raises(ArgumentError, match=r"^author, rating was given as an argument and in extra_body"):
        reviews_create.build(rating=5, author="a", extra_body={"rating": 4, "author": "b", "new": 1})


def test_the_callers_objects_are_not_changed_and_not_shared() -> None:
    extra = {"new": {"a": [1]}}
    body = json_object({}, extra)
    body["new"]["a"].append(2)
    assert extra == {"new": {"a": [1]}}


def test_models_mappings_and_uploads_may_be_mixed() -> None:
    class Upload:
        def to_dict(self) -> dict[str, Any]:
            return {"url": "c"}

    request = reviews_create.build(
        rating=5,
        author="a",
        media=[CreateReviewMedia(url="a", type=1), {"url": "b", "new": None}, Upload()],
        reply=CreateReviewReply(content="thanks", reply_at=NOON),
        commented_at=NOON,
    )
    assert request.body == {
        "rating": 5,
        "author": "a",
        "commented_at": "2025-06-20 12:00:05",
        "media": [{"url": "a", "type": 1}, {"url": "b", "new": None}, {"url": "c"}],
        "reply": {"content": "thanks", "reply_at": "2025-06-20 12:00:05"},
    }


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (None, None),
        ("", ""),
        (True, True),
        (2**70, 2**70),
        (1.5, 1.5),
        (NOON, "2025-06-20 12:00:05"),
        ({1: {"a": (1, {2})}}, {"1": {"a": [1, [2]]}}),
        ((item for item in "ab"), ["a", "b"]),
    ],
)
def test_what_json_can_say_is_sent(value: object, sent: object) -> None:
    assert to_json(value) == sent


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), -float("inf"), object(), b"bytes", bytearray(b"b"), 1j, datetime(2025, 1, 1)],
)
@pytest.mark.parametrize("wrap", [lambda v: v, lambda v: [v], lambda v: {"a": {"b": v}}], ids=["bare", "list", "deep"])
def test_what_json_cannot_say_is_refused(value: object, wrap: Callable[[object], object]) -> None:
    with pytest.raises(ArgumentError):
        to_json(wrap(value))
    with pytest.raises(ArgumentError):
        reviews_create.build(rating=5, author="a", extra_body={"x": wrap(value)})


def test_an_object_that_contains_itself_is_refused() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(ArgumentError, match="contains itself"):
        reviews_create.build(rating=5, author="a", extra_body={"x": loop})


# --- path


@pytest.mark.parametrize(
    ("value", "segment"),
    [("a/b", "a%2Fb"), ("a b?c#d", "a%20b%3Fc%23d"), ("%2F", "%252F"), (5, "5"), ("Zoë", "Zo%C3%AB"), ("...", "...")],
)
def test_a_path_segment_is_percent_encoded(value: object, segment: str) -> None:
    assert path_segment("review_id", value) == segment


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_a_segment_that_would_change_the_path_is_refused(value: str) -> None:
    with pytest.raises(ArgumentError, match=r"^review_id is "):
        path_segment("review_id", value)


@steady
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: text not in (".", "..")))
def test_a_segment_never_leaves_its_place_and_says_the_same(text: str) -> None:
    segment = path_segment("review_id", text)
    assert not set(segment) & set("/?#\\ ")
    assert unquote(segment) == text


# --- date-times


@pytest.mark.parametrize(
    "text",
    [
        "2025-06-20T11:06:48Z",
        "2025-06-20 11:06:48",
        "2025-06-20T11:06:48",
        "2025-06-20T13:06:48+02:00",
        "2025-06-20T11:06:48.000Z",
    ],
)
def test_each_style_of_date_is_read_as_utc(text: str) -> None:
    value = instant(text)
    assert value == datetime(2025, 6, 20, 11, 6, 48, tzinfo=UTC)
    assert value.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [None, "", "yesterday", "2025-13-01 00:00:00", "0001-01-01T00:00:00+23:00", "175041760812", "17504176081234", "5"],
)
def test_other_text_is_no_date_and_no_error(text: str | None) -> None:
    assert instant(text) is None


def test_a_date_time_is_written_in_utc_without_fractions() -> None:
    assert instant_text(NOON.replace(microsecond=9)) == "2025-06-20 12:00:05"


def test_a_naive_date_time_is_refused() -> None:
    with pytest.raises(ArgumentError, match="no time zone"):
        instant_text(datetime(2025, 1, 1))


@steady
@given(st.datetimes(min_value=datetime(1900, 1, 2), timezones=st.timezones()))
def test_a_written_date_time_reads_as_the_same_second(value: datetime) -> None:
    assert instant(instant_text(value)) == value.astimezone(UTC).replace(microsecond=0)


@steady
@given(st.text())
def test_any_text_is_a_date_or_none(text: str) -> None:
    value = instant(text)
    assert value is None or value.tzinfo is UTC
