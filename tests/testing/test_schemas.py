"""Values are checked as JSON Schema checks them: against a validator that is not ours."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trustoo.testing.spec import SAMPLES, text_validation_error, validation_error

from tests.support import steady

BODIES: dict[str, Any] = {name: sample.body for name, sample in SAMPLES.items() if sample.body is not None}
NAMES = sorted(
    {name for body in BODIES.values() for name in body["properties"]} | {"url", "type", "images", "reply_at"}
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-2, 7)
    | st.sampled_from([1.0, 2.5, 5.0, float("inf"), 10**30])
    | st.text(max_size=3)
    | st.sampled_from(["x" * 120, "x" * 121, "😀" * 300, "x" * 301])
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=12) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6)
)


@steady
@given(st.sampled_from(sorted(BODIES)), st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8) | VALUES)
def test_a_body_fits_as_it_does_for_another_validator(operation: str, body: Any) -> None:
    expected = jsonschema.Draft202012Validator(BODIES[operation]).is_valid(body)
    problem = validation_error(BODIES[operation], body)
    assert (problem is None) == expected, problem


@pytest.mark.parametrize(
    ("operation", "body", "said"),
    [
        ("reviews.create", [], "the body is not of type object"),
        ("reviews.create", {"rating": 5}, "the body has no author"),
        ("reviews.create", {"rating": "5", "author": "x"}, "rating is not of type integer"),
        ("reviews.create", {"rating": True, "author": "x"}, "rating is not of type integer"),
        ("reviews.create", {"rating": 6, "author": "x"}, "rating is not one of 1, 2, 3, 4, 5"),
        ("reviews.create", {"rating": 5.0, "author": "x"}, None),
        ("reviews.create", {"rating": 5, "author": "x" * 121}, "author has more than 120 characters"),
        (
            "reviews.create",
            {"rating": 5, "author": "x", "product_id": []},
            "product_id is not of type string or integer",
        ),
        (
            "reviews.create",
            {"rating": 5, "author": "x", "media": [{}, {"url": 1}]},
            "media[1].url is not of type string",
        ),
        (
            "reviews.create",
            {"rating": 5, "author": "x", "reply": {"content": None}},
            "reply.content is not of type string",
        ),
        (
            "reviews.create",
            {"rating": 5, "author": "x", "media": {"images": [""] * 11}},
            "media.images has more than 10 items",
        ),
        ("customers.include", {}, "the body is empty"),
        (
            "reviews.create",
            {"rating": 5, "author": "x", "media": {"url": "https://x.test/a.jpg"}},
            "media must not have the member url",
        ),
        ("customers.include", {"email": "", "customer_id": 1}, "the body has members that exclude one another"),
        ("customers.include", {"email": ""}, None),
    ],
)
def test_what_does_not_fit_is_named(operation: str, body: Any, said: str | None) -> None:
    assert validation_error(BODIES[operation], body) == said


@pytest.mark.parametrize(("text", "fits"), [("1", True), ("-7", True), ("5.0", True), ("x", False), ("1.5", False)])
def test_numbers_in_the_query_are_whole(text: str, fits: bool) -> None:
    assert (text_validation_error({"type": "integer"}, text, "page") is None) == fits
    assert text_validation_error({"type": "string"}, text, "page") is None
