"""Values are checked as JSON Schema checks them: against a validator that is not ours."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
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
    | st.sampled_from(["12", "gid://shopify/Product/1", "2026-05-14 00:00:00", "14/05/2026", "a@b.example", "a@b"])
    | st.sampled_from(["https://example.com", "example.com"])
)
FORMATS = jsonschema.FormatChecker(formats=())


def is_number(kind: str) -> Callable[[object], bool]:
    def check(value: object) -> bool:
        text = str(value).removeprefix(f"gid://shopify/{kind}/")
        return value == "" or isinstance(value, bool | float) or (text.isascii() and text.isdigit())

    return check


def is_instant(value: object) -> bool:
    if not isinstance(value, str) or value == "":
        return True
    with suppress(ValueError):
        return bool(datetime.strptime(value.replace("T", " ").removesuffix("Z"), "%Y-%m-%d %H:%M:%S"))
    return False


def is_email(value: object) -> bool:
    return not isinstance(value, str) or value == "" or (value.count("@") == 1 and "." in value.split("@")[1])


def is_uri(value: object) -> bool:
    return not isinstance(value, str) or value == "" or value.startswith(("https://", "http://"))


FORMATS.checks("shopify-product-id")(is_number("Product"))
FORMATS.checks("shopify-order-id")(is_number("Order"))
FORMATS.checks("instant")(is_instant)
FORMATS.checks("email")(is_email)
FORMATS.checks("uri")(is_uri)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=12) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6)
)


@steady
@given(st.sampled_from(sorted(BODIES)), st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8) | VALUES)
def test_a_body_fits_as_it_does_for_another_validator(operation: str, body: Any) -> None:
    expected = jsonschema.Draft202012Validator(BODIES[operation], format_checker=FORMATS).is_valid(body)
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
        ("reviews.create", {"rating": 5, "author": ""}, "author is empty"),
        ("webhooks.create", {"topic": "review/created", "url": ""}, "url is empty"),
        ("customers.unsubscribe", {"email": "", "email_type": "all"}, "email is empty"),
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
        ("customers.include", {}, "the body has no email or customer_id"),
        ("customers.include", {"name": "Ada"}, "the body has no email or customer_id"),
        (
            "reviews.create",
            {"rating": 5, "author": "x", "media": {"url": "https://x.test/a.jpg"}},
            "media must not have the member url",
        ),
        ("customers.include", {"email": "", "customer_id": 1}, "the body must not have the member email"),
        ("customers.include", {"email": ""}, None),
        ("customers.include", {"email": "nope"}, "email is not an e-mail address"),
        ("webhooks.create", {"topic": "review/created", "url": "hello"}, "url is not an http or https address"),
        *(
            ("reviews.create", {"rating": 5, "author": "x", name: value}, said)
            for name, value, said in (
                ("product_id", "8100000000019", None),
                ("product_id", 8100000000019, None),
                ("product_id", "gid://shopify/Product/8100000000019", None),
                ("product_id", "", "product_id is empty"),
                *(
                    ("product_id", value, "product_id is not a product's number")
                    for value in (
                        "9.20031E+12",
                        "kettle",
                        "9,200,305,176,832",
                        "'81",
                        '="81"',
                        "81.0",
                        " 81 ",
                        "８１",
                        -1,
                    )
                ),
                ("product_id", "https://kettles.example/products/kettle", "product_id is not a product's number"),
                ("order_id", "", None),
                ("order_id", "#1001", "order_id is not an order's number"),
                ("commented_at", "2026-05-14 00:00:00", None),
                ("commented_at", "2026-05-14T00:00:00Z", None),
                ("commented_at", "14/05/2026", "commented_at is not a date-time"),
                ("commented_at", "2026-05-14", "commented_at is not a date-time"),
                ("commented_at", "2026-02-30 00:00:00", "commented_at is not a date-time"),
                ("reply", {"reply_at": "1715680000"}, "reply.reply_at is not a date-time"),
                ("author_email", "nope", "author_email is not an e-mail address"),
            )
        ),
    ],
)
def test_what_does_not_fit_is_named(operation: str, body: Any, said: str | None) -> None:
    assert validation_error(BODIES[operation], body) == said


@pytest.mark.parametrize(("text", "fits"), [("1", True), ("-7", True), ("5.0", True), ("x", False), ("1.5", False)])
def test_numbers_in_the_query_are_whole(text: str, fits: bool) -> None:
    assert (text_validation_error({"type": "integer"}, text, "page") is None) == fits
    assert text_validation_error({"type": "string"}, text, "page") is None


@pytest.mark.parametrize(("text", "fits"), [("81", True), ("", True), ("kettle", False), ("8.1E+12", False)])
def test_products_in_the_query_are_numbers(text: str, fits: bool) -> None:
    for operation, name in (("reviews.list", "product_ids"), ("reviews.rating", "product_id")):
        assert (text_validation_error(SAMPLES[operation].parameters[name], text, name) is None) == fits
