"""Values that come from elsewhere: spreadsheets, templates, data frames, iterators, other libraries' objects.

The tables in docs/values.md state what is sent. The tests read the tables.
"""

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import attrs
import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup
from trustoo import ArgumentError, InvalidArgumentError
from trustoo.testing import FakeTrustoo
from trustoo.transport import Headers, HTTPRequest, HTTPResponse
from trustoo.upload import UploadedImage, UploadOutcome
from trustoo_api.models import CreateReviewMedia, CreateReviewReply

from contract_tests.world.client import Client

PAGE = Path(__file__).parents[2] / "docs" / "values.md"
REFUSED, LEFT_OUT, NEVER = "refused", "left out", "what is always refused"


# --- values of the left columns


class Count(int): ...


class Index:
    """An integer of numpy: not a subclass of int."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value


class Label(Enum):
    FIVE = "5"


class Stars(int, Enum):
    FIVE = 5


@dataclass
class Item:
    content: str
    url: str
    thumbnail_url: str | None = None


@attrs.define
class AttrsItem:
    content: str
    url: str
    thumbnail_url: str | None = None


class PydanticItem(pydantic.BaseModel):
    content: str
    url: str
    thumbnail_url: str | None = None


class Dumped:
    def __init__(self, **members: object) -> None:
        self.members = members

    def model_dump(self) -> dict[str, object]:
        return self.members


class Converted:
    def __init__(self, **members: object) -> None:
        self.members = members

    def to_dict(self) -> dict[str, object]:
        return self.members


class Table:
    """A data frame: its items are the names of its columns."""

    ndim = 2

    def __iter__(self) -> Iterator[str]:
        return iter(["id", "rating"])


VALUES: dict[str, Any] = {
    **{kind.__name__: kind for kind in (Count, Index, Label, Stars, Item, AttrsItem, PydanticItem, Dumped, Converted)},
    **{kind.__name__: kind for kind in (Markup, Decimal, datetime, date, timezone, timedelta, CreateReviewMedia)},
    "MappingProxyType": MappingProxyType,
    "StringIO": io.StringIO,
}


# --- the arguments that the tables are about


class Place(NamedTuple):
    """An argument of a call.

    Attributes:
        name: the argument's name in messages.
        call: makes the call with a value.
        sent: returns the query or the body that sends the JSON; None for the JSON of an argument that is left out.
        is_query: whether the argument is sent in the query.
        required: whether the call requires the argument.
        is_member: whether the value is a member of an object of the caller.
    """

    name: str
    call: Callable[[Any, Any], Any]
    sent: Callable[[Any], bytes | str]
    is_query: bool = False
    required: bool = False
    is_member: bool = False


NOTHING: Any = object()


def compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def in_body(name: str, **how: Any) -> Place:
    """An argument of `reviews.create`."""
    base: dict[str, Any] = {"rating": 5, "author": "a"}
    return Place(
        name,
        lambda shop, value: shop.reviews.create(**base | {name: value}),
        lambda wire: compact(base if wire is NOTHING else base | {name: wire}),
        **how,
    )


def in_query(name: str, method: str = "list", argument: str | None = None, **how: Any) -> Place:
    def text(value: Any) -> str:
        plain = str(value).lower() if isinstance(value, bool) else str(value)
        return f"{name}={quote(plain, safe='')}"

    def sent(wire: Any) -> str:
        if wire is NOTHING:
            return ""
        return "&".join(map(text, wire if isinstance(wire, list) else [wire]))

    def call(shop: Any, value: Any) -> Any:
        return getattr(shop.reviews, method)(**{name: value} if argument is None else {argument: {name: value}})

    return Place(name if argument is None else f"{argument}.{name}", call, sent, is_query=True, **how)


PLACES: dict[str, list[Place]] = {
    "a text": [in_body("title"), in_query("keyword")],
    "a whole number": [in_body("rating", required=True), in_query("page")],
    "an id": [
        Place(
            "id",
            lambda shop, value: shop.reviews.delete(id=value),
            lambda wire: compact({"id": wire}),
            required=True,
        ),
        in_query("id", "get", required=True),
    ],
    "a date-time": [in_body("commented_at")],
    "a list of texts": [
        Place(
            "media.images",
            lambda shop, value: shop.reviews.create(rating=5, author="a", media={"images": value}),
            lambda wire: compact({"rating": 5, "author": "a", "media": {"images": wire}}),
            is_member=True,
        ),
        in_query("sources"),
    ],
    "an object": [in_body("reply")],
    "a list of objects": [in_body("media")],
    "a member of `extra_body` or `extra_query`": [
        Place(
            "extra_body.x",
            lambda shop, value: shop.reviews.create(rating=5, author="a", extra_body={"x": value}),
            lambda wire: compact({"rating": 5, "author": "a", "x": wire}),
            is_member=True,
        ),
        in_query("x", argument="extra_query"),
    ],
}


class Row(NamedTuple):
    """A value as Python, and what each table says about it."""

    python: str
    cells: Mapping[str, str]

    def expected(self, table: str, place: Place) -> Any:
        """The JSON that is sent; NOTHING if the argument is left out, and REFUSED."""
        cell, _, other = self.cells.get(table, REFUSED).partition("; ")
        if place.is_query and other:
            cell = other.partition(" in ")[0]
        if cell == LEFT_OUT:
            return REFUSED if place.required else None if place.is_member else NOTHING
        return REFUSED if cell == REFUSED else json.loads(cell.strip("`"))


def tables() -> Iterator[tuple[str, str, str]]:
    """Each value of the page with its table and its cell."""
    table = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("### "):
            table = line[4].lower() + line[5:]
        elif line.startswith("| `"):
            values, cell = (part.strip() for part in line.strip("|").split(" | "))
            for python in re.findall("`([^`]+)`", values):
                yield table, python, REFUSED if table == NEVER else cell


def rows() -> dict[str, Row]:
    found: dict[str, dict[str, str]] = {}
    for table, python, cell in tables():
        assert table not in found.setdefault(python, {}), f"{python} is twice in the table of {table}"
        found[python][table] = cell
    return {python: Row(python, cells) for python, cells in found.items()}


ROWS = rows()


def respond(request: HTTPRequest) -> HTTPResponse:
    return HTTPResponse(200, Headers([]), b'{"code":0,"data":{"id":"1","page":{},"list":[]}}')


def outcome(client: Client, place: Place, value: Any) -> bytes | str | ArgumentError:
    """What a call sends, or the error of a call that sends nothing."""
    before = len(client.requests)
    try:
        client.call(lambda shop: place.call(shop, value))
    except ArgumentError as error:
        assert len(client.requests) == before, "an error, although the request was sent"
        return error
    (request,) = client.requests[before:]
    assert request.content is None or isinstance(request.content, bytes)
    return urlsplit(request.url).query if place.is_query else request.content or b""


def check(client: Client, place: Place, value: Any, expected: Any) -> None:
    found = outcome(client, place, value)
    if expected is REFUSED:
        assert isinstance(found, ArgumentError), f"{place.name}={value!r} sent {found!r}"
        # Text that is not Unicode is found when the request is encoded, and named by its parameter or member.
        names = {place.name, *(place.name.split(".") if value == "\ud800" else ())}
        assert str(found).startswith(tuple(f"{name}{end}" for name in names for end in " :[.")), found
    else:
        sent = place.sent(expected)
        if isinstance(expected, float) and isinstance(found, bytes) and isinstance(sent, bytes):
            assert json.loads(found) == json.loads(sent)  # JSON has several spellings of 1e16
        else:
            assert found == sent, f"{place.name}={value!r}"


@pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
def test_a_value_is_sent_as_the_tables_say_or_refused_by_name(client_of: Callable[..., Client], row: Row) -> None:
    client = client_of(respond)
    assert row.cells.keys() <= PLACES.keys() or row.cells.keys() == {NEVER}
    for table, places in PLACES.items():
        for place in places:
            check(client, place, eval(row.python, VALUES.copy()), row.expected(table, place))


# --- any value


@dataclass(frozen=True)
class Sample:
    """A value like one of the tables: `cell` computes what a cell beside that value means for this one."""

    value: Any
    python: str
    cell: Callable[[Any], Any] = lambda wire: wire

    def expected(self, table: str, place: Place) -> Any:
        wire = ROWS[self.python].expected(table, place)
        return wire if wire is REFUSED or wire is NOTHING else self.cell(wire)


def as_written(plain: Any) -> Callable[[Any], Any]:
    """The cells of a row about the text "5" or the number 5, for another text or number."""

    def cell(wire: Any) -> Any:
        if isinstance(wire, list):
            return [cell(item) for item in wire]
        return str(plain) if isinstance(wire, str) else plain

    return cell


def made_enum(value: object) -> Any:
    """The member of an enum with this value."""
    make: Any = Enum
    return make("Made", {"A": value}).A


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
WHOLE = st.integers(-(2**53) + 1, 2**53 - 1)
TIMES = st.datetimes(datetime(1000, 1, 2), datetime(9000, 1, 1), timezones=st.timezones())
SAMPLES: st.SearchStrategy[Sample] = st.one_of(
    TEXTS.map(lambda text: Sample(text, '"5"', as_written(text))),
    TEXTS.map(lambda text: Sample(Markup(text), 'Markup("5")', as_written(text))),
    TEXTS.map(lambda text: Sample(made_enum(text), "Label.FIVE", as_written(text))),
    st.integers(-(10**40), 10**40).map(lambda number: Sample(number, "5", as_written(number))),
    st.integers(-(10**40), 10**40).map(lambda number: Sample(Count(number), "Count(5)", as_written(number))),
    st.integers(-(10**40), 10**40).map(lambda number: Sample(Index(number), "Index(5)", as_written(number))),
    st.booleans().map(lambda flag: Sample(flag, "True", lambda wire: flag if wire is True else int(flag))),
    WHOLE.map(
        lambda number: Sample(
            float(number),
            "5.0",
            lambda wire: float(number) if isinstance(wire, float) else as_written(number)(wire),
        )
    ),
    st.floats(allow_nan=False, allow_infinity=False)
    .filter(lambda number: not number.is_integer() or abs(number) >= 2**53)
    .map(lambda number: Sample(number, "5.5", lambda wire: number)),
    st.sampled_from([float("nan"), float("inf"), -float("inf"), Decimal("nan"), Decimal("-inf"), Decimal("snan")]).map(
        lambda number: Sample(number, 'float("nan")')
    ),
    st.integers(-(10**29), 10**29).map(lambda n: Sample(Decimal(n), 'Decimal("5")', as_written(n))),
    TIMES.map(
        lambda when: Sample(
            when,
            "datetime(2025, 6, 20, 14, tzinfo=timezone(timedelta(hours=2)))",
            as_written((when - when.utcoffset()).strftime("%Y-%m-%d %H:%M:%S")),  # type: ignore[operator]
        )
    ),
    st.dates().map(lambda day: Sample(day, "date(2025, 6, 20)", as_written(f"{day} 00:00:00"))),
    st.datetimes().map(lambda when: Sample(when, "datetime(2025, 6, 20)")),
    st.binary(max_size=9).map(lambda content: Sample(content, 'b"5"')),
    TEXTS.map(lambda text: Sample(io.StringIO(text), 'StringIO("5")')),
    st.sampled_from([object(), 5j, object, Item, len, ..., io.BytesIO(b"5"), Path("5"), Table()]).map(
        lambda value: Sample(value, "object()")
    ),
    st.just(Sample(None, "None")),
)
SEVERAL = st.sampled_from([list, tuple, iter, lambda items: (item for item in items)])
ANY_PLACE = [(table, place) for table, places in PLACES.items() for place in places]


STEADY = settings(derandomize=True, database=None, deadline=None, max_examples=250)


def test_whatever_is_given_is_sent_as_the_table_says_or_refused_by_name(client_of: Callable[..., Client]) -> None:
    client = client_of(respond)

    @STEADY
    @given(st.sampled_from(ANY_PLACE), SAMPLES)
    def holds(place: tuple[str, Place], sample: Sample) -> None:
        expected = sample.expected(*place)
        if place[1].name == "rating" and expected not in (1, 2, 3, 4, 5):
            expected = REFUSED
        check(client, place[1], sample.value, expected)

    holds()


def test_whatever_is_in_a_list_is_sent_as_the_table_says_or_refused_by_name(client_of: Callable[..., Client]) -> None:
    client = client_of(respond)

    @STEADY
    @given(st.sampled_from(PLACES["a list of texts"]), st.lists(SAMPLES, max_size=4), SEVERAL)
    def holds(place: Place, samples: list[Sample], several: Callable[[list[Any]], Any]) -> None:
        found = [sample.expected("a list of texts", place) for sample in samples]
        expected = [wire[0] if isinstance(wire, list) else REFUSED for wire in found]
        refused = REFUSED in expected or (place.is_query and not expected)
        check(client, place, several([one.value for one in samples]), REFUSED if refused else expected)

    holds()


@pytest.mark.parametrize(
    "place", [place for _, place in ANY_PLACE if place.name not in ("rating", "page")], ids=lambda place: place.name
)
def test_a_number_that_python_cannot_write_is_refused(client_of: Callable[..., Client], place: Place) -> None:
    found = outcome(client_of(respond), place, 10**5000)
    assert isinstance(found, ArgumentError)


# --- filters and iterators


def pages(request: HTTPRequest) -> HTTPResponse:
    page = int(re.findall(r"page=([0-9]+)", urlsplit(request.url).query)[0])
    item = {"id": str(page)}
    data = {"page": {"page": page, "page_size": 1, "total_page": 3, "count": 3}, "list": [item]}
    return HTTPResponse(200, Headers([]), json.dumps({"code": 0, "data": data}).encode())


@pytest.mark.parametrize(
    ("several", "query"),
    [
        (lambda: {"product_ids": map(str, [7, 8])}, "product_ids=7&product_ids=8&page={}"),
        (lambda: {"product_ids": (id for id in (7, 8))}, "product_ids=7&product_ids=8&page={}"),
        (lambda: {"product_ids": dict.fromkeys([7, 8])}, None),
        (lambda: {"product_ids": dict.fromkeys([7, 8]).keys()}, "product_ids=7&product_ids=8&page={}"),
        (lambda: {"extra_query": {"x": iter("ab")}}, "page={}&x=a&x=b"),
    ],
)
def test_a_filter_from_a_generator_is_sent_with_every_page(
    client_of: Callable[..., Client], several: Callable[[], dict[str, Any]], query: str | None
) -> None:
    client = client_of(pages)
    if query is None:
        with pytest.raises(ArgumentError, match=r"^product_ids is of type dict"):
            client.items(lambda shop: shop.reviews.iterate(**several()))
        return
    assert [review.id for review in client.items(lambda shop: shop.reviews.iterate(**several()))] == ["1", "2", "3"]
    assert [urlsplit(request.url).query for request in client.requests] == [query.format(n) for n in (1, 2, 3)]


def test_a_list_that_changes_during_a_walk_changes_nothing(client_of: Callable[..., Client]) -> None:
    client, ids = client_of(pages), ["7"]
    walk = client.shop.reviews.iterate(product_ids=ids)
    ids.append("8")
    client.items(lambda shop: walk)
    assert {request.url.partition("product_ids=")[2].partition("&")[0] for request in client.requests} == {"7"}
    assert "=8" not in "".join(request.url for request in client.requests)


def test_a_walk_with_a_wrong_argument_fails_when_it_is_made(client_of: Callable[..., Client]) -> None:
    shop = client_of(pages).shop
    with pytest.raises(ArgumentError, match=r"^page_size is of type str; the API takes a whole number"):
        shop.reviews.iterate(page_size="100")
    with pytest.raises(ArgumentError, match=r"^page was given as an argument and in extra_query"):
        shop.reviews.iterate(extra_query={"page": 2})


@pytest.mark.parametrize("nothing", [[], (), set(), [None], iter([]), [None, "1"]])
@pytest.mark.parametrize("where", ["product_ids", "sources", "extra_query"])
def test_a_filter_without_values_is_refused_and_the_message_says_what_to_write(
    client_of: Callable[..., Client], nothing: Any, where: str
) -> None:
    client = client_of(respond)
    given = {where: {"x": nothing} if where == "extra_query" else nothing}
    nothing = [*nothing] if isinstance(nothing, Iterator) else nothing
    with pytest.raises(ArgumentError, match=rf"^{where}.*None \(`values or None`\)"):
        client.call(lambda shop: shop.reviews.list(**given))
    assert client.requests == []
    client.call(lambda shop: shop.reviews.list(product_ids=[] or None))
    assert urlsplit(client.requests[0].url).query == ""


def test_an_error_of_the_callers_own_iterator_is_not_changed(client_of: Callable[..., Client]) -> None:
    def broken() -> Iterator[str]:
        yield "1"
        raise LookupError("no more rows")

    client = client_of(pages)
    with pytest.raises(LookupError, match="no more rows"):
        client.call(lambda shop: shop.reviews.list(product_ids=broken()))
    with pytest.raises(LookupError, match="no more rows"):
        client.shop.reviews.iterate(product_ids=broken())
    assert client.requests == []


def test_an_empty_list_in_a_body_is_sent(client_of: Callable[..., Client]) -> None:
    client = client_of(respond)
    client.call(lambda shop: shop.reviews.create(rating=5, author="a", media=[], extra_body={"x": []}))
    assert client.requests[0].content == b'{"rating":5,"author":"a","media":[],"x":[]}'


# --- objects


PHOTO = UploadedImage("https://img.example/EXAMPLE.jpeg", "EXAMPLE.jpeg", 5, "image/jpeg")


def test_a_single_photo_is_sent_as_a_list_and_the_review_has_it(style: str) -> None:
    fake = FakeTrustoo(state="empty")
    client = Client(fake.client() if style == "sync" else fake.async_client())
    client.call(lambda shop: shop.reviews.create(rating=5, author="a", media=PHOTO))
    client.call(lambda shop: shop.reviews.create(rating=5, author="b", media=CreateReviewMedia(url="u")))
    (first, second) = fake.reviews
    assert (first["media"], second["media"]) == ([PHOTO.to_dict()], [{"url": "u"}])
    client.close()


def test_the_fake_service_refuses_a_photo_outside_a_list(style: str) -> None:
    fake = FakeTrustoo(state="empty")
    client = Client(fake.client() if style == "sync" else fake.async_client())
    with pytest.raises(InvalidArgumentError, match="media must not have the member url"):
        client.call(
            lambda shop: shop.reviews.create(rating=5, author="a", extra_body={"media": {"url": "https://x.test"}})
        )
    assert len(fake.reviews) == 0
    client.close()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"media": UploadOutcome(PHOTO, PHOTO)}, "media is of type UploadOutcome, which has none of the members "),
        (
            {"media": [UploadOutcome(PHOTO, PHOTO)]},
            "media[0] is of type UploadOutcome, which has none of the members url, thumbnail_url, type, is_published. "
            "For a photo, give the result of media.upload_image.",
        ),
        (
            {"media": [b"GIF89a"]},
            "media[0] is of type bytes; the API takes an object (a mapping, a model, a dataclass) with url, "
            "thumbnail_url, type, is_published. For a photo, give the result of media.upload_image.",
        ),
        ({"reply": Dumped(text="thanks")}, "reply is of type Dumped, which has none of the members content, reply_at."),
        ({"reply": "thanks"}, "reply is of type str; the API takes an object"),
        ({"reply": [("content", "thanks")]}, "reply is of type list; the API takes an object"),
        ({"reply": {"content": b"thanks"}}, "reply.content is of type bytes; the API takes text."),
        ({"reply": CreateReviewReply(content=b"thanks")}, "reply: content is of type bytes; the API takes "),  # type: ignore[arg-type]
        (
            {"reply": {"reply_at": datetime(2025, 1, 1)}},
            "reply.reply_at is 2025-01-01 00:00:00, which has no time zone",
        ),
        ({"reply": {None: 1}}, "reply has a key that is None; give text."),
        ({"extra_body": {"x": {1: "a", "1": "b"}}}, "extra_body.x has the key '1' twice."),
        ({"media": "https://x.test/a.jpg"}, "media is of type str; the API takes an object"),
        (
            {"media": ["https://x.test/a.jpg"]},
            "media[0] is of type str; the API takes an object (a mapping, a model, a dataclass) with url, "
            "thumbnail_url, type, is_published. For a photo, give the result of media.upload_image.",
        ),
        (
            {"media": PurePosixPath("a.jpg")},
            "media is of type PurePosixPath; the API takes a list or an object (a mapping, a model, a dataclass). For "
            "a photo, give the result of media.upload_image.",
        ),
        ({"media": [{"url": "u", "type": "1"}]}, "media[0].type is of type str; the API takes a whole number."),
        ({"media": {"images": ["u"] * 11}}, "media.images has 11 items; the API takes 10 at most."),
        ({"extra_body": [("x", 1)]}, "extra_body is of type list; give a mapping"),
        ({"extra_query": [("x", "1")]}, "extra_query is of type list; give a mapping"),
        ({"extra_query": {"x": {"a": 1}}}, "extra_query.x is of type dict, which cannot be sent as text."),
    ],
)
def test_what_is_no_object_of_the_api_is_refused(
    client_of: Callable[..., Client], given: dict[str, Any], said: str
) -> None:
    client = client_of(respond)
    with pytest.raises(ArgumentError, match=f"^{re.escape(said)}"):
        client.call(lambda shop: shop.reviews.create(**{"rating": 5, "author": "a"} | given))
    assert client.requests == []


def test_the_values_inside_of_objects_are_converted_too(client_of: Callable[..., Client]) -> None:
    client = client_of(respond)
    reply = {"content": Markup("thanks"), "reply_at": date(2025, 6, 20), "new": None}
    media = [Item("", "u", None), {"url": Label.FIVE, "type": 1.0, "is_published": True}]
    client.call(lambda shop: shop.reviews.create(rating=Stars.FIVE, author="a", media=iter(media), reply=reply))
    assert client.requests[0].content == compact(
        {
            "rating": 5,
            "author": "a",
            "media": [{"content": "", "url": "u"}, {"url": "5", "type": 1, "is_published": 1}],
            "reply": {"content": "thanks", "reply_at": "2025-06-20 00:00:00", "new": None},
        }
    )


# --- required arguments


@pytest.mark.parametrize(
    ("method", "given", "name"),
    [
        ("create", {"rating": None, "author": "a"}, "rating"),
        ("create", {"rating": 5, "author": None}, "author"),
        ("get", {"id": None}, "id"),
        ("delete", {"id": None}, "id"),
    ],
)
def test_none_for_a_required_argument_is_refused(
    client_of: Callable[..., Client], method: str, given: dict[str, Any], name: str
) -> None:
    client = client_of(respond)
    with pytest.raises(ArgumentError, match=f"^{name} is None, but the API requires it"):
        client.call(lambda shop: getattr(shop.reviews, method)(**given))
    assert client.requests == []


def test_an_id_is_text_or_a_number_wherever_it_is_given(client_of: Callable[..., Client]) -> None:
    client = client_of(respond)
    client.call(lambda shop: shop.reviews.get(id=5))
    client.call(lambda shop: shop.reviews.get(id="5"))
    client.call(lambda shop: shop.reviews.list(ratings=[4, "5"]))
    assert [urlsplit(request.url).query for request in client.requests] == ["id=5", "id=5", "ratings=4&ratings=5"]
