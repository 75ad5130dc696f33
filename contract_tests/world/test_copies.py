"""Models that are copied, changed, compared, pickled and computed with."""

import copy
import json
import pickle
import sys
import warnings
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from trustoo import UnexpectedShapeWarning
from trustoo.transport import Headers, HTTPResponse
from trustoo_api.models import Rating, Review, ReviewMedia, ReviewPage, ReviewReply

ClientOf = Callable[..., Any]
REVIEW = {
    "id": 7,
    "rating": 5,
    "author": "Zoë",
    "author_email": "zoe@example.test",
    "content": None,
    "media": [{"url": "a", "type": 1, "new": 1}, {"url": "b"}],
    "reply": {"content": "thanks", "by": "shop"},
    "new": {"a": [1]},
}
ODD = {**REVIEW, "rating": "5", "author": ["Zoë"], "media": [None, {"url": 5}], "created_at": "soon", "reply": []}


def listed(client_of: ClientOf, *items: Any) -> Any:
    data = {"page": {"page": 1, "more": True}, "list": items}
    content = json.dumps({"code": 0, "request_id": "0ab1", "data": data}).encode()
    shop = client_of(lambda request: HTTPResponse(200, Headers([("X-Name", "value")]), content))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnexpectedShapeWarning)
        return shop.call(lambda client: client.reviews.with_raw_response.list())


def replaced(model: Any, **changes: Any) -> list[Any]:
    """Copies with changes, by each function that makes such copies."""
    functions: list[Callable[..., Any]] = [msgspec.structs.replace]
    if sys.version_info >= (3, 13):
        functions.append(copy.replace)
    return [function(model, **changes) for function in functions]


ITEMS = pytest.mark.parametrize("item", [REVIEW, ODD], ids=["good", "odd"])


@ITEMS
def test_a_copy_with_changes_is_changed_everywhere(client_of: ClientOf, item: dict[str, Any]) -> None:
    _, review = listed(client_of, item, item).parsed
    for masked in replaced(review, author="***", author_email=None):
        expected = {**item, "author": "***", "author_email": None}
        for one in (masked, copy.copy(masked), copy.deepcopy(masked), pickle.loads(pickle.dumps(masked))):
            assert (one.author, one.author_email, one.id) == ("***", None, "7")
            assert one.to_dict() == dict(one) == expected
            assert (one["author"], one.extra) == ("***", {"new": {"a": [1]}})
            assert one == masked != review
            assert "author" not in one.unreadable
            assert "zoe@" not in repr(one) + json.dumps(one.to_dict())
    assert review.to_dict() == item


@ITEMS
def test_a_changed_list_shows_in_the_page(client_of: ClientOf, item: dict[str, Any]) -> None:
    page = listed(client_of, item, {**item, "id": 8}).parsed
    before = page.to_dict()
    assert page.list.pop().id == "8"
    for one in (page, copy.copy(page), copy.deepcopy(page), pickle.loads(pickle.dumps(page))):
        assert one.to_dict() == {**before, "list": [item]}
        assert [review.id for review in one] == ["7"]
    page.list.append(Review(id="9"))
    assert [review.get("id") for review in page.to_dict()["list"]] == [7, "9"]


def test_a_list_within_a_page_shows_its_change(client_of: ClientOf) -> None:
    page = listed(client_of, REVIEW, REVIEW).parsed
    page.list[1].media.pop(0)
    assert page.to_dict()["list"] == [REVIEW, {**REVIEW, "media": [{"url": "b"}]}]
    assert page.list[1].to_dict() == page.to_dict()["list"][1]
    assert page.list[0] != page.list[1]


def test_changed_parts_show_in_the_whole(client_of: ClientOf) -> None:
    page = listed(client_of, REVIEW).parsed
    (review,) = page.list
    for changed in replaced(review, reply=msgspec.structs.replace(review.reply, content="***"), media=[]):
        assert changed.to_dict() == {**REVIEW, "reply": {"content": "***", "by": "shop"}, "media": []}
        for whole in replaced(page, list=[changed]):
            assert whole.to_dict() == {"page": {"page": 1, "more": True}, "list": [changed.to_dict()]}
            assert whole != page
    added = msgspec.structs.replace(review, title="T", media=[ReviewMedia(url="c"), review.media[0]])
    assert added.to_dict() == {**REVIEW, "title": "T", "media": [{"url": "c"}, REVIEW["media"][0]]}  # type: ignore[index]


def test_parts_of_another_page_are_shown_as_they_were_received_there(client_of: ClientOf) -> None:
    one, other = listed(client_of, REVIEW).parsed, listed(client_of, {"id": 1}, {**REVIEW, "id": 8}).parsed
    mixed = msgspec.structs.replace(one, list=[*one.list, other.list[1]])
    assert [review["id"] for review in mixed.to_dict()["list"]] == [7, 8]
    swapped = msgspec.structs.replace(one, list=[other.list[0]])
    assert swapped.to_dict()["list"] == [{"id": 1}]


def test_a_changed_model_that_was_built_by_hand_is_changed_everywhere() -> None:
    review = Review(id="1", author="Zoë", reply=ReviewReply(content="x"))
    for masked in replaced(review, author="***"):
        assert masked.to_dict() == {"id": "1", "author": "***", "reply": {"content": "x"}}
        assert pickle.loads(pickle.dumps(masked)) == masked != review


@ITEMS
def test_a_raw_response_can_be_pickled_and_copied(client_of: ClientOf, item: dict[str, Any]) -> None:
    raw = listed(client_of, item)
    for again in (pickle.loads(pickle.dumps(raw)), copy.copy(raw), copy.deepcopy(raw)):
        assert again == raw
        assert (again.content, again.request_id, again.unreadable) == (raw.content, "0ab1", raw.unreadable)
        assert again.headers["x-name"] == "value"
        (review,) = again.parsed
        assert (review.to_dict(), review.unreadable) == (item, raw.parsed.list[0].unreadable)


def test_repaired_models_keep_what_models_can_do(client_of: ClientOf) -> None:
    raw = listed(client_of, ODD, REVIEW)
    odd, good = raw.parsed
    assert set(odd.unreadable) == {"author", "media", "created_at"}
    assert set(raw.unreadable) == {"Review.author", "Review.media"}
    assert (odd.rating, odd.author, odd.reply, odd.created_at, odd.created_at_text) == (5, None, None, None, "soon")
    assert [media.url for media in odd.media] == ["5"]
    assert (odd.to_dict(), odd.media[0].to_dict()) == (ODD, {"url": 5})
    assert (odd.has("author"), odd.has("title"), odd.extra) == (True, False, {"new": {"a": [1]}})
    assert good.to_dict() == REVIEW
    assert good.unreadable == ()
    assert "author" not in msgspec.structs.replace(odd, author="Z").unreadable


def test_averages_and_counts_can_be_computed_with(client_of: ClientOf) -> None:
    value: Any
    for value in ("4.8", 4.8):
        content = json.dumps({"code": 0, "data": {"rating_value": value, "review_count": "12"}}).encode()
        shop = client_of(lambda request, content=content: HTTPResponse(200, Headers([]), content))
        rating: Rating = shop.call(lambda client: client.reviews.rating())
        assert rating.rating_value is not None
        assert rating.review_count is not None
        assert rating.rating_value * rating.review_count + 0.0 == pytest.approx(57.6)
        assert (rating.rating_value_text, rating.to_dict()["rating_value"], rating.unreadable) == ("4.8", value, ())
    for value in ("", "n/a", "4,8", "1e999", {}):
        content = json.dumps({"code": 0, "data": {"rating_value": value}}).encode()
        shop = client_of(lambda request, content=content: HTTPResponse(200, Headers([]), content))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UnexpectedShapeWarning)
            rating = shop.call(lambda client: client.reviews.rating())
        assert (rating.rating_value, rating.unreadable) == (None, ("rating_value",))


def test_pages_built_by_hand_have_a_position() -> None:
    page = ReviewPage(list=[Review(id="1")])
    assert page.page.count is None
    assert (page.received, [review.id for review in page]) == (1, ["1"])
