"""Responses that deviate from what the documentation says: odd members, odd pages, odd data, broken text."""

import json
import logging
import pickle
import re
import warnings
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from trustoo import (
    NotFoundError,
    ResponseDecodeError,
    UnexpectedShapeWarning,
)
from trustoo.transport import Headers, HTTPRequest, HTTPResponse
from trustoo_api.models import Pagination

ClientOf = Callable[..., Any]
DOCS = Path(__file__).parents[2] / "docs" / "responses.md"
REVIEW = {"id": "1", "rating": 5, "author": "Zoë", "content": "Good", "is_verified": 1, "new": {"a": [1]}}


def body(data: Any = None, **envelope: Any) -> bytes:
    return json.dumps({"code": 0, "message": "success", "request_id": "0ab1", "data": data, **envelope}).encode()


def reviews(*items: Any, **page: Any) -> bytes:
    return body({"page": {"page": 1, "page_size": 20, "total_page": 1, "count": len(items), **page}, "list": items})


def always(content: bytes, status: int = 200) -> Callable[[HTTPRequest], HTTPResponse]:
    return lambda request: HTTPResponse(status, Headers([("Content-Type", "application/json")]), content)


def quietly(call: Callable[[], Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnexpectedShapeWarning)
        return call()


def table_rows() -> Iterator[tuple[str, str, str]]:
    """The rows of the first table in docs/responses.md: member, received JSON, and what it reads as."""
    member = ""
    for line in DOCS.read_text(encoding="utf-8").split("## Rules for whole responses")[0].splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) != 4 or cells[0] in ("declared type", "---"):
            continue
        member = cells[1].strip("`") or member
        for received in re.findall("`([^`]*)`", cells[2]):
            yield member, received, cells[3].strip("`")


ROWS = [*table_rows()]


def test_the_table_of_the_docs_is_found() -> None:
    assert len(ROWS) == 56


@pytest.mark.parametrize(("member", "received", "reads"), ROWS)
def test_a_member_reads_as_the_table_says_and_leaves_the_others_alone(
    client_of: ClientOf, member: str, received: str, reads: str
) -> None:
    others = {name: value for name, value in REVIEW.items() if name != member}
    odd = json.dumps(others)[:-1].encode() + f', "{member}": {received}}}'.encode()
    content = reviews(REVIEW, "ODD", REVIEW).replace(b'"ODD"', odd)
    shop = client_of(always(content))
    first, review, last = quietly(lambda: shop.call(lambda client: client.reviews.list()).list)
    assert first.to_dict() == last.to_dict() == REVIEW
    value: Any = getattr(review, member)
    if reads == "unreadable":
        assert (value, review.unreadable) == (None, (member,))
    else:
        assert review.unreadable == ()
        shown: Any = value.isoformat() if isinstance(value, datetime) else value
        expected = reads if isinstance(value, datetime) else json.loads(reads)
        assert (shown.to_dict() if isinstance(expected, dict) else shown) == expected
        assert isinstance(expected, dict) or type(shown) is type(expected)
    assert (review.content, review.extra) == ("Good", {"new": {"a": [1]}})
    assert json.dumps(review.to_dict(), ensure_ascii=False) == json.dumps(json.loads(odd), ensure_ascii=False)


def test_one_odd_member_loses_neither_its_page_nor_the_walk(client_of: ClientOf) -> None:
    def respond(request: HTTPRequest) -> HTTPResponse:
        number = int(re.findall(r"[?&]page=(\d+)", request.url)[0])
        items = [{**REVIEW, "id": str(100 * number + place)} for place in range(20)]
        if number == 2:
            items[7]["is_verified"] = {"yes": True}
        return always(reviews(*items, page=number, total_page=3, count=60))(request)

    shop = client_of(respond)
    with pytest.warns(UnexpectedShapeWarning, match=r"reviews.list.*Review.is_verified"):
        found = shop.items(lambda client: client.reviews.iterate(page_size=20))
    assert len({review.id for review in found}) == 60
    assert [review.id for review in found if review.unreadable] == ["207"]


def test_an_element_of_another_kind_is_left_out_named_and_counted(client_of: ClientOf) -> None:
    shop = client_of(always(reviews(REVIEW, None, REVIEW, "x", [])))
    with pytest.warns(UnexpectedShapeWarning, match="ReviewPage.list"):
        page = shop.call(lambda client: client.reviews.list())
    assert (len(page.list), page.received, page.unreadable) == (2, 5, ("list",))
    assert page.to_dict()["list"] == [REVIEW, None, REVIEW, "x", []]
    assert [review.id for review in page] == ["1", "1"]


@pytest.mark.parametrize("data", [[], {}, {"page": None}, {"page": [], "list": {}}, {"list": None}])
def test_an_empty_page_is_empty_in_each_spelling(client_of: ClientOf, data: Any) -> None:
    page = client_of(always(body(data))).call(lambda client: client.reviews.list())
    assert (page.list, page.page, page.received) == ([], Pagination(), 0)
    assert (page.page.count, page.page.total_page, page.page.extra) == (None, None, {})


@pytest.mark.parametrize("position", ["x", 5, [1], True])
def test_a_position_that_cannot_be_read_counts_as_absent(client_of: ClientOf, position: Any) -> None:
    shop = client_of(always(body({"page": position, "list": [REVIEW]})))
    page = quietly(lambda: shop.call(lambda client: client.reviews.list()))
    assert (page.page.count, page.unreadable, page.to_dict()["page"]) == (None, ("page",), position)


def test_a_page_iterates_over_its_items(client_of: ClientOf) -> None:
    page = client_of(always(reviews(REVIEW, {**REVIEW, "id": 2}))).call(lambda client: client.reviews.list())
    assert [review.id for review in page] == ["1", "2"]
    assert page.received == 2
    assert dict(page) == page.to_dict()
    with pytest.raises(TypeError, match="not iterable"):
        iter(page.list[0])


# --- text

TEXT = reviews(REVIEW, {**REVIEW, "author": "MARK"}, REVIEW)
BROKEN = {
    "half an emoji": (rb"cut \ud83d", "cut \ufffd"),
    "the other half": (rb"\ude00 cut", "\ufffd cut"),
    "both halves, swapped": (rb"\ude00\ud83d", "\ufffd\ufffd"),
    "half an emoji before a whole one": (rb"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
    "a byte of CP1252": (b"caf\xe9", "caf\ufffd"),
    "a character that is cut": (b"\xe2\x82", "\ufffd"),
    "many broken bytes": (b"\xe9a" * 30, "\ufffda" * 30),
    "a raw line break": (b"one\ntwo", "one\ntwo"),
    "a raw tab and a raw carriage return": (b"\t\r", "\t\r"),
    "another control character": (b"\x01", "\x01"),
    "an escaped backslash before what looks like half an emoji": (b"\\\\ud83d \xe9", "\\ud83d \ufffd"),
}


@pytest.mark.parametrize("indented", [False, True])
@pytest.mark.parametrize("case", BROKEN)
def test_broken_text_in_one_review_loses_nothing_else(client_of: ClientOf, case: str, indented: bool) -> None:
    sent, read = BROKEN[case]
    content = json.dumps(json.loads(TEXT), indent=2).encode() if indented else TEXT
    shop = client_of(always(content.replace(b"MARK", sent)))
    with pytest.warns(UnexpectedShapeWarning, match="text"):
        page = shop.call(lambda client: client.reviews.list())
    assert [review.author for review in page] == ["Zoë", read, "Zoë"]
    assert [review.to_dict() for review in page] == [REVIEW, {**REVIEW, "author": read}, REVIEW]
    assert pickle.loads(pickle.dumps(page)) == page
    with pytest.raises(ResponseDecodeError):
        shop.call(lambda client: client.with_options(strict=True).reviews.list())


@pytest.mark.parametrize("member", ["rating", "id", "is_verified", "author", "created_at", "new", "reply"])
@pytest.mark.parametrize("number", ["1e400", "-1e400", "1" * 400, "1" * 5000])
def test_a_number_out_of_range_loses_nothing_else(client_of: ClientOf, member: str, number: str) -> None:
    review = json.dumps({**REVIEW, member: "MARK"}).replace('"MARK"', number)
    content = reviews(REVIEW, "ODD", REVIEW).replace(b'"ODD"', review.encode())
    page = quietly(lambda: client_of(always(content)).call(lambda client: client.reviews.list()))
    assert [item.content for item in page] == ["Good"] * 3
    assert page.list[0] == page.list[2]
    assert list(page.list[1].to_dict()) == list(json.loads(review.replace(number, "0")))
    rating = page.list[1].rating
    assert rating is None or abs(rating) != float("inf")


def test_a_byte_order_mark_is_skipped(client_of: ClientOf) -> None:
    shop = client_of(always(b"\xef\xbb\xbf" + reviews(REVIEW)))
    assert shop.call(lambda client: client.reviews.list()).list[0].to_dict() == REVIEW


NO_JSON = [
    *(b"", b" ", b"{", b'{"code":0', b'{"code":0}}', b'{"code":0} x', b"<html>", b"\x1f\x8b\x08\x00", b"null", b"[]"),
    *(
        b'{"code":0,}',
        b"{'code':0}",
        b"{code:0}",
        b'{"code" 0}',
        b'{"code":0,"data":{"list":[,]}}',
        b"\xff\xfe{\x00}\x00",
    ),
]
NO_VALUES = [
    *(b"NaN", b"Infinity", b"-Infinity", b"01", b"-01", b"1.", b".5", b"+1", b"0x1", b"1e", b"1e+", b"--1", b"1_0"),
    *(
        b"tru",
        b"True",
        b"nul",
        b"undefined",
        b"'x'",
        b'"',
        b'"\\x"',
        b'"\\u12"',
        b'"\\ud8"',
        b'"a""b"',
        b"\xff",
        b"1\xff",
    ),
    *(b"[1,]", b"[,1]", b"[1 2]", b"[1", b"1]", b'{"a"}', b'{"a":}', b'{"a":1,}', b"{1:1}", b"{\n", b"// x", b"[\x01]"),
]


@pytest.mark.parametrize(
    "content",
    NO_JSON + [body({"page": {}, "list": [], "x": 0}).replace(b'"x": 0', b'"x": ' + value) for value in NO_VALUES],
)
def test_what_is_not_json_stays_an_error(client_of: ClientOf, content: bytes) -> None:
    with pytest.raises(ResponseDecodeError) as caught:
        client_of(always(content)).call(lambda client: client.reviews.list())
    assert caught.value.content == content


# --- envelope and data


@pytest.mark.parametrize("code", ["0", 0.0])
def test_code_0_is_a_success_in_each_spelling(client_of: ClientOf, code: Any) -> None:
    content = reviews(REVIEW).replace(b'"code": 0', f'"code": {json.dumps(code)}'.encode())
    assert client_of(always(content)).call(lambda client: client.reviews.list()).list[0].id == "1"


@pytest.mark.parametrize("code", ["5", 5.0])
@pytest.mark.parametrize("status", [200, 404])
def test_an_error_code_is_an_error_in_each_spelling(client_of: ClientOf, code: Any, status: int) -> None:
    with pytest.raises(NotFoundError):
        client_of(always(body(code=code), status)).call(lambda client: client.reviews.list())


@pytest.mark.parametrize("code", [None, False, True, "OK", "", 0.5, [], {}])
def test_a_code_that_is_no_number_is_not_a_success(client_of: ClientOf, code: Any) -> None:
    with pytest.raises(ResponseDecodeError):
        client_of(always(body({"page": {}, "list": []}, code=code))).call(lambda client: client.reviews.list())


@pytest.mark.parametrize("data", [None, "x", 5, True, [1], [[]]])
def test_a_read_without_readable_data_is_an_error(client_of: ClientOf, data: Any) -> None:
    for use in (lambda client: client.reviews.list(), lambda client: client.reviews.rating()):
        with pytest.raises(ResponseDecodeError):
            client_of(always(body(data))).call(use)


def created(shop: Any) -> Any:
    return shop.call(lambda client: client.reviews.create(rating=5, author="Zoë"))


@pytest.mark.parametrize("data", ["x", 5, True, [1], [[]]])
def test_a_write_that_succeeded_has_a_result_whatever_its_data_is(client_of: ClientOf, data: Any) -> None:
    with pytest.warns(UnexpectedShapeWarning, match=r"reviews.create.*data"):
        review = created(client_of(always(body(data))))
    assert (review.id, review.unreadable, review.to_dict()) == (None, ("data",), {})


@pytest.mark.parametrize("content", [body(), body([]), body({}), b'{"code": 0}'])
def test_a_write_without_data_that_need_not_have_any_has_an_empty_result(client_of: ClientOf, content: bytes) -> None:
    review = created(client_of(always(content)))
    assert (review.id, review.unreadable, review.to_dict()) == (None, (), {})


def test_a_write_that_must_have_data_names_its_absence(client_of: ClientOf) -> None:
    shop = client_of(always(body()))

    def use(client: Any) -> Any:
        return client.webhooks.create(topic="review/created", url="https://shop.example/hook")

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        webhook = shop.call(use)
    assert (webhook.id, webhook.unreadable) == (None, ("data",))
    assert UnexpectedShapeWarning in [warning.category for warning in caught]
    with pytest.raises(ResponseDecodeError):
        shop.call(lambda client: use(client.with_options(strict=True)))


@pytest.mark.parametrize(
    ("content", "read"), [(b'{"id": 7}', "7"), (b'{"id": 7.0}', "7"), (b'\xef\xbb\xbf{"id": "7"}', "7")]
)
def test_a_new_reviews_bare_id_is_read_in_each_spelling(client_of: ClientOf, content: bytes, read: str) -> None:
    assert created(client_of(always(content))).id == read


# --- warnings


def test_each_member_is_warned_of_once_by_a_client_and_its_options(client_of: ClientOf) -> None:
    shop = client_of(always(reviews({**REVIEW, "author": {}, "rating": []})))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(3):
            shop.call(lambda client: client.reviews.list())
            raw = shop.call(lambda client: client.with_options(timeout=5).reviews.with_raw_response.list())
    (warning,) = caught
    assert str(warning.message).count("Review.") == 2
    assert Path(warning.filename).is_relative_to(Path(__file__).parents[1]), "the warning names a line of the client"
    assert set(raw.unreadable) == {"Review.author", "Review.rating"}


def test_a_warning_that_is_an_error_never_replaces_the_result_of_a_write(
    client_of: ClientOf, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "trustoo"):
        review = created(client_of(always(body({"id": ["x"], "note": 1}))))  # the test run makes warnings errors
    assert (review.id, review.unreadable, review.extra) == (None, ("id",), {"note": 1})
    assert "CreatedReview.id" in caplog.text
    with pytest.raises(UnexpectedShapeWarning, match="author"):
        client_of(always(reviews({"author": {}}))).call(lambda client: client.reviews.list())
