"""Models give what was received: known members typed, unknown ones kept, nothing lost and nothing shared."""

from __future__ import annotations

import copy
import json
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from threading import Event, Thread
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trustoo import ArgumentError
from trustoo_api import models
from trustoo_api.api.reviews import reviews_list
from trustoo_api.decoding import decode
from trustoo_api.errors import ResponseDecodeError
from trustoo_api.models import (
    CreateReviewMedia,
    CreateReviewRequest,
    ImageUploadCredentials,
    OAuthToken,
    Pagination,
    Review,
    ReviewMedia,
    ReviewMediaLists,
    ReviewPage,
    ReviewReply,
    Webhook,
)
from trustoo_api.operations import SECRETS
from trustoo_api.repair import Repair, member_of
from trustoo_api.types import Model, members
from trustoo_api.values import json_copy

from tests.support import body_of, envelope, read, steady

REVIEW: dict[str, Any] = {
    "id": 7,
    "rating": 5,
    "content": "Zoë",
    "commented_at": "2025-06-20 11:06:48",
    "media": [{"url": "u", "type": 1, "width": 3}, {"url": "v", "new": [1, {"a": None}]}],
    "reply": {"content": "thanks", "reply_at": "", "by": "shop"},
    "helpful": 3,
}
ALL = [getattr(models, name) for name in models.__all__]


def page(data: object) -> ReviewPage:
    """A decoded answer of reviews.list."""
    answer = reviews_list.DECODER
    return answer.value(answer.envelope(envelope(data)))


# --- unknown members


def test_unknown_members_survive_at_every_depth() -> None:
    received = {"page": {"page": 1, "cursor": "c"}, "list": [REVIEW, {"later": True}], "more": [1]}
    result = page(received)
    assert result.extra == {"more": [1]}
    assert result.page is not None
    assert result.page.extra == {"cursor": "c"}
    assert [review.extra for review in result.list] == [{"helpful": 3}, {"later": True}]
    media, reply = result.list[0].media, result.list[0].reply
    assert isinstance(media, list)
    assert [item.extra for item in media] == [{"width": 3}, {"new": [1, {"a": None}]}]
    assert reply is not None
    assert reply.extra == {"by": "shop"}
    assert result.to_dict() == received


def test_a_part_outlives_its_whole() -> None:
    review = page({"list": [{"id": 1}, REVIEW]}).list[1]
    assert review.to_dict() == REVIEW


def test_missing_and_null_are_told_apart() -> None:
    review = read(Review, {"title": None})
    assert (review.title, review.content) == (None, None)
    assert (review.has("title"), review.has("content")) == (True, False)
    assert ("title" in review, "content" in review) == (True, False)


def test_a_model_reads_like_a_mapping_of_what_was_received() -> None:
    review = read(Review, REVIEW)
    assert dict(review) == REVIEW
    assert review["id"] == 7
    with pytest.raises(KeyError):
        review["title"]


def test_to_dict_and_extra_are_copies() -> None:
    review = read(Review, REVIEW)
    review.to_dict()["media"][0]["url"] = "changed"
    review.to_dict().clear()
    review.extra["helpful"] = 4
    assert review.to_dict() == REVIEW
    assert page({"list": [REVIEW]}).to_dict() == {"list": [REVIEW]}


def containers(value: Any) -> list[Any]:
    """The object or list itself, and all in it."""
    if not isinstance(value, dict | list):
        return []
    inner = value.values() if isinstance(value, dict) else value
    return [value, *(part for item in inner for part in containers(item))]


NESTED: dict[str, Any] = {"a": [{"b": [[1], {"c": {"d": []}}]}, []], "e": {"f": [{"g": 1}]}}


@pytest.mark.parametrize(
    "hand_out",
    [
        lambda review: review.to_dict(),
        lambda review: review.extra,
        lambda review: review["x"],
        lambda review: review.media[1].to_dict(),
        lambda review: review.reply.extra,
    ],
    ids=["to_dict", "extra", "member", "element", "extra of a member"],
)
@pytest.mark.parametrize("rating", [5, "five"], ids=["declared", "repaired"])
def test_what_a_model_hands_out_is_shared_at_no_depth(hand_out: Callable[[Any], Any], rating: object) -> None:
    media = [{"url": "u"}, {"url": "v", "new": NESTED, "type": "photo"}]
    received = {"x": NESTED, "rating": rating, "media": media, "reply": {"by": NESTED}, "products": [NESTED]}
    review, one = read(Review, received), read(Review, received)
    before, mine = json.dumps(hand_out(one)), hand_out(review)
    other = hand_out(review)
    parts = containers(mine)
    assert not {id(part) for part in parts} & {id(part) for part in containers(other)}
    for part in parts:
        part.clear()
    assert [json.dumps(value) for value in (other, hand_out(review))] == [before] * 2
    assert review.to_dict() == received


def test_a_copy_of_json_leaves_the_original_as_it_was() -> None:
    values: list[Any] = [NESTED, [NESTED, [NESTED]], [], {}, [[]], "x", None]
    for value in values:
        before, parts = json.dumps(value), containers(value)
        copied = json_copy(value)
        assert (json.dumps(copied), json.dumps(value)) == (before, before)
        assert all(one is another for one, another in zip(containers(value), parts, strict=True))
        assert not {id(part) for part in parts} & {id(part) for part in containers(copied)}


def test_a_name_given_twice_is_read_like_json_does() -> None:
    result = read(ReviewPage, b'{"list":[{"a":1}],"x":1,"list":[{"b":1},{"c":2}],"x":2}')
    assert [review.extra for review in result.list] == [{"b": 1}, {"c": 2}]
    assert result.extra == {"x": 2}


@pytest.mark.parametrize("depth", [100, 450, 900])
def test_deeply_nested_unknown_members_are_handed_out(depth: int) -> None:
    review = read(Review, b'{"x":' + b"[" * depth + b"]" * depth + b"}")
    value = review.extra["x"]
    for _ in range(depth - 1):
        value = value[0]
    assert value == []


@pytest.mark.parametrize("depth", [900, 20_000])
def test_what_is_nested_too_deeply_for_pythons_stack_is_a_decode_error(depth: int) -> None:
    def reach(levels: int, read: Callable[[], Any]) -> Any:
        return reach(levels - 1, read) if levels else read()

    try:  # how deep is too deep differs between versions of Python, and is less from deep in the stack
        review = read(Review, b'{"x":' + b"[" * depth + b"]" * depth + b"}")
        value = reach(300, lambda: review.extra["x"])
    except ResponseDecodeError:
        return
    assert value[0][0]


@pytest.mark.parametrize("number", ["1e999", "-1e999", "1" * 25, "1" * 5000, "0.1", "-0.0"])
def test_numbers_of_any_size_survive_in_unknown_members(number: str) -> None:
    value = read(Review, f'{{"x": {number}}}').extra["x"]
    assert str(value) == number or repr(value) == repr(float(number))


@pytest.mark.parametrize("name", ["\uffffo", "\uffffi"])
@pytest.mark.parametrize("value", [None, 0, 7, "x", {}, []])
def test_an_answer_cannot_forge_what_models_note_for_themselves(name: str, value: object) -> None:
    review = read(Review, {name: value, "id": 1})
    assert (review.id, review.extra, list(review.keys())) == ("1", {name: value}, [name, "id"])
    with pytest.raises(ResponseDecodeError):
        read(Review, {"id": 1, name: value}, strict=True)


# --- known members


@pytest.mark.parametrize(("sent", "got"), [(7, "7"), ("7", "7"), (10**18, str(10**18)), (None, None), ("", "")])
def test_ids_are_text_whether_sent_as_text_or_number(sent: object, got: str | None) -> None:
    assert read(Review, {"id": sent}).id == got
    assert read(Review, {"product_id": sent}).product_id == got
    assert read(Webhook, {"id": sent}).id == got


def test_a_list_that_is_null_or_missing_is_empty() -> None:
    cases: list[dict[str, Any]] = [{}, {"list": None}, {"list": []}]
    for data in cases:
        assert read(ReviewPage, data).list == []
        assert read(ReviewPage, data).to_dict() == data


def test_media_is_read_in_all_its_shapes() -> None:
    assert read(Review, {"media": None}).media is None
    listed = read(Review, {"media": [{"url": "u", "type": "1"}, {"type": 2}]}).media
    assert [(item.url, item.type) for item in listed] == [("u", "1"), (None, "2")]
    assert isinstance(listed[0], ReviewMedia)
    lists = read(Review, {"media": {"images": ["a"], "video": "v", "new": 1}}).media
    assert isinstance(lists, ReviewMediaLists)
    assert (lists.images, lists.video, lists.extra) == (["a"], "v", {"new": 1})
    assert read(Review, {"media": {"images": None}}).media.images == []


@pytest.mark.parametrize("text", ["2025-06-20T11:06:48Z", "2025-06-20 11:06:48"])
def test_both_styles_of_date_are_utc_and_their_text_is_kept(text: str) -> None:
    review = read(Review, {"created_at": text})
    assert review.created_at == datetime(2025, 6, 20, 11, 6, 48, tzinfo=UTC)
    assert (review.created_at_text, review.to_dict()) == (text, {"created_at": text})


@pytest.mark.parametrize("text", ["", "soon", None])
def test_a_date_in_no_known_style_is_none_and_its_text_is_kept(text: str | None) -> None:
    review = read(Review, {"created_at": text})
    assert (review.created_at, review.created_at_text) == (None, text)


@pytest.mark.parametrize(
    ("data", "unreadable"),
    [
        ({"rating": "5"}, ()),
        ({"author": 5}, ()),
        ({"is_verified": True}, ()),
        ({"id": 1.5}, ("id",)),
        ({"id": []}, ("id",)),
        ({"commented_at": 5}, ("commented_at",)),
        ({"media": "x"}, ("media",)),
        ({"media": [None]}, ("media",)),
        ({"media": [[]]}, ("media",)),
        ({"reply": []}, ()),
    ],
)
def test_a_known_member_of_another_type_is_read_or_named_and_fails_if_strict(
    data: dict[str, Any], unreadable: tuple[str, ...]
) -> None:
    review = read(Review, data)
    assert (review.unreadable, review.to_dict()) == (unreadable, data)
    with pytest.raises(ResponseDecodeError):
        read(Review, data, strict=True)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("data", [[], None, "x", 5, True])
def test_what_is_no_object_fails_while_decoding(data: object, strict: bool) -> None:
    with pytest.raises(ResponseDecodeError):
        read(Review, json.dumps(data), strict=strict)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("content", [b"", b"{", b"{}{}", b"\xff{}", b'{"author":"\\x"}', b"[" * 100_000])
def test_what_is_no_json_fails_while_decoding(content: bytes, strict: bool) -> None:
    with pytest.raises(ResponseDecodeError):
        read(Review, content, strict=strict)


@pytest.mark.parametrize(
    "content", [b"\xef\xbb\xbf{}", b'{"author":"\xff"}', b'{"author":"\n"}', b'{"author":"\\ud83d"}']
)
def test_broken_text_is_read_and_fails_if_strict(content: bytes) -> None:
    assert read(Review, content).author in (None, "\ufffd", "\n")
    with pytest.raises(ResponseDecodeError):
        read(Review, content, strict=True)


# --- models as Python objects


def test_models_compare_by_what_they_hold() -> None:
    assert read(Review, REVIEW) == read(Review, REVIEW)
    assert read(Review, REVIEW) != read(Review, {**REVIEW, "helpful": 4})
    assert read(Review, {"content": "x"}) == Review(content="x")
    assert read(ReviewReply, {"content": "x"}) != read(Review, {"content": "x"})
    assert Review() != {}


def test_models_are_frozen_and_not_hashable() -> None:
    review = read(Review, REVIEW)
    with pytest.raises(AttributeError):
        review.rating = 1
    with pytest.raises(TypeError):
        hash(review)


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_copies_keep_everything(way: Any) -> None:
    for whole in (page({"list": [REVIEW, REVIEW]}), read(Review, REVIEW), Review(id="1", media=[ReviewMedia(url="u")])):
        again = way(whole)
        assert type(again) is type(whole)
        assert again == whole
        assert again.to_dict() == whole.to_dict()
        assert repr(again) == repr(whole)


@pytest.mark.parametrize("number", ["1e999", "-1e999"])
def test_a_number_too_large_to_hold_survives_pickling(number: str) -> None:
    answer = f'{{"code": 0, "data": {{"list": [{{"id": 1, "odd": {number}, "said": "Infinity"}}]}}}}'.encode()
    [review] = reviews_list.DECODER.value(reviews_list.DECODER.envelope(answer)).list
    assert pickle.loads(pickle.dumps(review)).to_dict() == {"id": 1, "odd": float(number), "said": "Infinity"}


def test_a_model_built_by_hand_holds_its_attributes() -> None:
    review = Review(id="7", rating=4.5, created_at_text="2025-06-20 11:06:48", media=[ReviewMedia(type="1")])
    assert review.to_dict() == {
        "id": "7",
        "rating": 4.5,
        "created_at": "2025-06-20 11:06:48",
        "media": [{"type": "1"}],
    }
    assert review.created_at == datetime(2025, 6, 20, 11, 6, 48, tzinfo=UTC)
    assert (review.extra, review.has("media"), review.has("title")) == ({}, True, False)
    assert ReviewPage(page=Pagination(page=1)).to_dict() == {"page": {"page": 1}, "list": []}


def test_models_built_by_hand_share_no_list() -> None:
    ReviewPage().list.append(Review())
    assert ReviewPage().list == []


# As the pages on each operation show them; of creating a review the table of 2025 and the example of 2026.
SENT: dict[type[Model], dict[str, Any]] = {
    models.CreateReviewRequest: {
        "rating": 5,
        "author": "a",
        "product_id": "1",
        "order_id": "2",
        "author_email": "e",
        "author_phone": "p",
        "author_country": "US",
        "title": "t",
        "content": "c",
        "commented_at": "2025-06-20 11:06:48",
        "item_type": "Red",
        "source": "Shop",
        "tag": "x",
        "is_verified": 1,
        "is_featured": 0,
        "is_published": 1,
        "is_top": 0,
        "media": [{"url": "u"}],
        "reply": {"content": "c"},
    },
    models.CreateReviewMedia: {"url": "u", "thumbnail_url": "t", "type": 1, "is_published": 0},
    models.CreateReviewMediaLists: {"images": ["i"], "thumbnails": ["t"], "video": "v", "video_thumbnail": "w"},
    models.CreateReviewReply: {"content": "c", "reply_at": "2025-06-20 11:06:48"},
    models.DeleteReviewRequest: {"id": "1"},
    models.ExcludeCustomerRequest: {"email": "e", "customer_id": "1"},
    models.IncludeCustomerRequest: {"customer_id": "1", "email": "e"},
    models.UnsubscribeRequest: {"email": "e", "email_type": 1},
    models.OAuthTokenRequest: {
        "client_id": "i",
        "client_secret": "EXAMPLE-secret",
        "grant_type": "authorization_code",
        "code": "c",
        "redirect_uri": "r",
        "refresh_token": "EXAMPLE-token",
        "shop_id": "1",
        "myshopify_domain": "d",
        "scope": "s",
    },
    models.RevokeTokenRequest: {"client_id": "i", "client_secret": "EXAMPLE-secret", "token": "EXAMPLE-token"},
    models.WebhookCreateRequest: {"topic": "review/created", "url": "u"},
    models.WebhookDeleteRequest: {"id": "1"},
    models.WebhookUpdateRequest: {"id": "1", "topic": "review/created", "url": "u"},
}


@pytest.mark.parametrize("model", SENT)
def test_a_request_model_sends_every_known_member(model: type[Model]) -> None:
    assert model(**SENT[model]).to_dict() == SENT[model]
    assert {http_request for _, http_request in members(model)} == set(SENT[model])


REQUIRED = {
    models.CreateReviewRequest: {"rating", "author"},
    models.DeleteReviewRequest: {"id"},
    models.UnsubscribeRequest: {"email", "email_type"},
    models.OAuthTokenRequest: {"client_id", "client_secret"},
    models.RevokeTokenRequest: {"client_id", "client_secret", "token"},
    models.WebhookCreateRequest: {"topic", "url"},
    models.WebhookDeleteRequest: {"id"},
    models.WebhookUpdateRequest: {"id", "topic", "url"},
}


@pytest.mark.parametrize("model", SENT)
def test_a_request_model_requires_what_the_operation_does(model: type[Model]) -> None:
    for name in SENT[model]:
        given = {other: value for other, value in SENT[model].items() if other != name}
        if name in REQUIRED.get(model, set()):
            with pytest.raises(TypeError, match=name):
                model(**given)
        else:
            assert model(**given).to_dict() == given


def test_every_request_model_is_among_them() -> None:
    requests = {name for name in models.__all__ if name.startswith("CreateReview") or name.endswith("Request")}
    assert requests == {model.__name__ for model in SENT}


def test_request_models_take_date_times() -> None:
    at = datetime(2025, 6, 20, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    request = CreateReviewRequest(rating=5, author="a", commented_at=at, media=[CreateReviewMedia(url="u")])
    assert request.to_dict() == {
        "rating": 5,
        "author": "a",
        "commented_at": "2025-06-20 12:00:00",
        "media": [{"url": "u"}],
    }
    with pytest.raises(ArgumentError):
        CreateReviewRequest(rating=5, author="a", commented_at=datetime(2025, 1, 1))


def test_repr_names_what_is_there() -> None:
    assert repr(read(Review, {"id": 7, "title": None, "new": 1})) == "Review(id='7')"
    assert repr(ReviewPage()) == "ReviewPage(page=Pagination())"


def test_repr_masks_secrets() -> None:
    token = read(OAuthToken, {"access_token": "LEAK", "refresh_token": "LEAK"})
    assert repr(token) == "OAuthToken(access_token=***, refresh_token=***)"
    given = dict.fromkeys(("policy", "signature", "callback"), "LEAK")
    assert "LEAK" not in repr(read(ImageUploadCredentials, {**given, "host": "h"}))


@pytest.mark.parametrize("model", ALL, ids=lambda model: model.__name__)
def test_every_secret_member_of_every_model_is_masked(model: type[Model]) -> None:
    assert model.secret_ == {http_request for _, http_request in members(model)} & SECRETS


def test_every_model_is_exported_by_name() -> None:
    assert set(models.__all__) <= set(dir(models))
    assert all(isinstance(model, type) and issubclass(model, Model) for model in ALL)
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        models.Nothing  # noqa: B018


# --- threads


@pytest.fixture
def _restless() -> Any:
    """Threads that change places as often as possible."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def marked(mark: int) -> bytes:
    rows = [{"id": place, "mark": [mark, place], "reply": {"m": mark}, "media": [{"m": place}]} for place in range(20)]
    return body_of({"list": rows, "mark": mark})


@pytest.mark.usefixtures("_restless")
def test_threads_that_decode_at_once_keep_their_own_unknown_members() -> None:
    def decode_many(mark: int) -> bool:
        content = marked(mark)
        return all(read(ReviewPage, content).to_dict() == json.loads(content) for _ in range(40)) and all(
            read(ReviewPage, content).list[place].extra == {"mark": [mark, place]} for place in range(20)
        )

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(decode_many, range(8)))


@pytest.mark.usefixtures("_restless")
def test_models_built_by_hand_in_another_thread_disturb_no_decoding() -> None:
    done = Event()

    def build() -> None:
        while not done.is_set():
            Review(id="1")

    threads = [Thread(target=build) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for mark in range(30):
            result = read(ReviewPage, marked(mark))
            assert [review.extra for review in result.list] == [{"mark": [mark, place]} for place in range(20)]
    finally:
        done.set()
        for thread in threads:
            thread.join()


@pytest.mark.usefixtures("_restless")
def test_threads_may_look_into_one_model_at_once() -> None:
    result = read(ReviewPage, marked(1))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda place: result.list[place].extra["mark"], [*range(20)] * 5))
    assert found == [[1, place] for place in range(20)] * 5


# --- whatever comes

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=6,
)
TEXT = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
IDS = TEXT | st.integers()


def objects(**known: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """JSON objects with some of the `known` members and some others, seldom of another type."""
    names = st.text(st.characters(exclude_categories=["Cs"]), max_size=4).filter(lambda name: name not in known)
    return st.builds(
        lambda first, second: {**second, **first},
        st.fixed_dictionaries({}, optional=known),
        st.dictionaries(names, VALUES, max_size=3),
    )


MEDIA = st.lists(objects(url=TEXT, type=IDS), max_size=3) | objects(images=st.none() | st.lists(st.text("ab")))
REVIEWS = objects(
    id=IDS,
    rating=st.none() | st.integers(0, 5) | st.floats(0, 5),
    author=TEXT,
    created_at=TEXT,
    media=st.none() | MEDIA,
    reply=st.none() | objects(content=TEXT, reply_at=TEXT),
)
PAGES = objects(page=st.none() | objects(page=st.integers(), count=IDS), list=st.none() | st.lists(REVIEWS, max_size=4))


@settings(steady, max_examples=300)
@given(PAGES | VALUES)
def test_any_answer_decodes_with_nothing_lost_or_is_refused(data: object) -> None:
    content = json.dumps(data, ensure_ascii=False).encode()
    try:
        result = reviews_list.DECODER.value(reviews_list.DECODER.envelope(b'{"code":0,"data":' + content + b"}"))
    except ResponseDecodeError:
        return
    received = json.loads(content) or {}  # [] is read as an empty page
    assert result.to_dict() == received
    kept = received.get("list") or []
    kept = [item for item in kept if isinstance(item, dict)] if isinstance(kept, list) else []
    assert [review.to_dict() for review in result.list] == kept
    assert msgspec.json.decode(msgspec.json.encode(result.to_dict())) == received


@settings(steady, max_examples=300)
@given(PAGES)
def test_a_decoded_answer_survives_pickling(data: dict[str, Any]) -> None:
    try:
        result = page(data)
    except ResponseDecodeError:
        return
    assert pickle.loads(pickle.dumps(result)) == result


FIRST_ANSWERS = """
import threading
from trustoo_api.api.reviews import reviews_list

together = threading.Barrier(50)

def first() -> None:
    together.wait()
    reviews_list.DECODER.envelope(b'{"code":0,"data":{"page":{},"list":[{"id":1}]}}')

threads = [threading.Thread(target=first) for _ in range(50)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_threads_may_read_the_first_answer_at_the_same_moment() -> None:
    # Without the lock in decoder_of() about one process in six crashed: msgspec builds decoders unsafely.
    processes = [subprocess.Popen([sys.executable, "-c", FIRST_ANSWERS]) for _ in range(12)]
    assert [process.wait(60) for process in processes] == [0] * 12


def test_a_notebook_shows_a_page_as_a_table() -> None:
    items = [{"id": str(n), "author": "<b>Zoë</b>", "title": None, "later": ["x" * 500]} for n in range(120)]
    page = decode(json.dumps({"page": {}, "list": items}).encode(), ReviewPage)
    html = page._repr_html_()
    assert html.startswith("<table><caption>ReviewPage: 120 items, the first 100 shown</caption>")
    assert re.findall("<th>(.*?)</th>", html) == ["id", "author", "later"]
    assert html.count("<tr>") == 101
    assert "<td>&lt;b&gt;Zoë&lt;/b&gt;</td>" in html
    assert "<b>" not in html
    assert max(map(len, re.findall("<td>(.*?)</td>", html))) < 250


def test_a_repr_is_one_line_that_ends() -> None:
    items = [{"id": str(n), "content": "two\nlines " * 500, "media": [{"url": "u"}] * 50} for n in range(100)]
    page = decode(json.dumps({"page": {}, "list": items}).encode(), ReviewPage)
    assert "\n" not in repr(page) + repr(page.list[0])
    assert len(repr(page)) < 5000
    assert len(repr(page.list[0])) < 1500
    assert repr(page.list[0]).startswith("Review(id='0', content='two")


# --- repairs


def test_one_look_at_a_place_repairs_it_in_all_rows_and_can_be_undone() -> None:
    """A page of a thousand rows that are wrong in the same way costs a few looks, not a thousand."""
    rows: list[Any] = [
        {"id": 1.5, "rating": rating, "commented_at": 7, "reply": {"content": content}}
        for rating, content in [("5", 1), (5, 2), ("six", "three")]
    ]
    received = {"list": rows, "page": {"count": "3"}}
    before = json.dumps(received)
    repair = Repair(received, member_of(ReviewPage))
    for path in (".list[0].rating", ".list[0].id", ".list[2].reply.content", ".page.count"):
        assert repair.at(path, everywhere=True)
        assert not repair.at(path, everywhere=True)
    repaired = repair.value["list"]
    assert [(row["rating"], row["id"], row["reply"]["content"]) for row in repaired] == [
        (5, None, "1"),
        (5, None, "2"),
        (None, None, "three"),
    ]
    assert repair.value["page"] == {"count": 3}
    assert {"Review.id", "Review.rating"} <= repair.names.keys()
    repair.undo()
    assert json.dumps(received) == before
