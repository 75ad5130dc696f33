"""Whatever `openapi.yaml` bounds in requests is refused before sending just beyond the bound, and sent at it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from trustoo import STORE_REVIEW, ArgumentError
from trustoo_api.api.reviews import reviews_create, reviews_list, reviews_rating
from trustoo_api.models import CreateReviewMediaLists
from trustoo_api.types import OperationRequest

from tests.support import Recorder, arguments_of, async_shop, envelope, http_request_of, module_of, sent_body, shop
from tools.spec import Node, Spec

SPEC = Spec((Path(__file__).resolve().parents[2] / "openapi.yaml").read_bytes())
GID = "gid://shopify/{}/8100000000019"
NUMBER = "8100000000019"


@dataclass(frozen=True)
class Bound:
    """One limit of a member of a request: where it stands, and what is at it and beyond it."""

    operation: str
    steps: tuple[str, ...]
    keyword: str
    at: tuple[Any, ...]
    beyond: tuple[Any, ...]

    def __str__(self) -> str:
        return f"{self.operation}-{'.'.join(self.steps)}-{self.keyword}"

    def request(self, value: Any) -> OperationRequest:
        for step in reversed(self.steps[1:]):
            value = {step: value}
        build = module_of(self.operation).build
        return build(**(arguments_of(build) | {self.steps[0]: value}))  # type: ignore[no-any-return]

    def sent(self, request: OperationRequest) -> Any:
        value: Any = request.body
        if value is None or self.steps[0] not in value:
            return [text for name, text in request.query if name == self.steps[0]]
        for step in self.steps:
            value = value[step]
        return value


def bounds_of(schema: Node, operation: str, steps: tuple[str, ...], depth: int = 0) -> Iterator[Bound]:
    schema = SPEC.resolve(schema)
    if depth > 6:
        return
    for variant in ("anyOf", "oneOf", "allOf"):
        for part in schema.get(variant, ()):
            yield from bounds_of(part, operation, steps, depth + 1)
    if "maxLength" in schema:
        most = schema["maxLength"]
        # Characters, not bytes and not UTF-16 units.
        at = ("x" * most, "é" * most, "王" * most, "😀" * most)
        yield Bound(operation, steps, "maxLength", at, ("x" * (most + 1), "😀" * (most + 1), "x" * (most * 10)))
    if "maxItems" in schema:
        most = schema["maxItems"]
        at_most: tuple[Any, ...] = (["x"] * most, ["x"], [])
        yield Bound(operation, steps, "maxItems", at_most, (["x"] * (most + 1), ["x"] * 999))
    if "enum" in schema:
        allowed = tuple(schema["enum"])
        yield Bound(operation, steps, "enum", allowed, ("nonsense", -1, 6, 99, 1.5))
    for name, member in schema.get("properties", {}).items():
        yield from bounds_of(member, operation, (*steps, name), depth + 1)


def all_bounds() -> Iterator[Bound]:
    for operation, (_, _, about) in SPEC.by_id.items():
        for name, schema in SPEC.body_members(about).items():
            yield from bounds_of(schema, operation, (name,))
        for parameter in map(SPEC.resolve, about.get("parameters", ())):
            yield from bounds_of(parameter.get("schema", {}), operation, (parameter["name"],))


BOUNDS = list(all_bounds())
EVERY = pytest.mark.parametrize("bound", BOUNDS, ids=str)


def test_the_description_has_the_bounds_that_are_known_to_be_documented() -> None:
    found = {str(bound) for bound in BOUNDS}
    assert found >= {
        "reviews.create-author-maxLength",
        "reviews.create-title-maxLength",
        "reviews.create-content-maxLength",
        "reviews.create-item_type-maxLength",
        "reviews.create-rating-enum",
        "reviews.create-is_top-enum",
        "reviews.create-media.images-maxItems",
    }


def test_no_bound_of_the_description_escapes_these_tests() -> None:
    """Keywords that are not understood here would silently not be tested."""
    unknown = {"minItems", "minimum", "maximum", "pattern", "exclusiveMinimum", "exclusiveMaximum"}

    def keywords(node: object) -> Iterator[str]:
        if isinstance(node, dict):
            for key, value in node.items():
                yield key
                yield from keywords(value)
        elif isinstance(node, list):
            for value in node:
                yield from keywords(value)

    schemas = [SPEC.document["components"]["schemas"][name] for name in SPEC.request_schemas()]
    assert not unknown & set(keywords(schemas))


@EVERY
def test_a_value_at_the_bound_is_sent_as_it_is(bound: Bound) -> None:
    for value in bound.at:
        request = bound.request(value)
        http_request_of(request)
        assert bound.sent(request) == value


@EVERY
def test_a_value_beyond_the_bound_is_refused_with_its_name_before_anything_is_sent(bound: Bound) -> None:
    recorder = Recorder()
    tag, method = bound.operation.split(".")
    with shop(recorder) as client:
        for value in bound.beyond:
            inner = value
            for step in reversed(bound.steps[1:]):
                inner = {step: inner}
            function = getattr(getattr(client, tag), method)
            with pytest.raises(ArgumentError, match=rf"^{bound.steps[0]}.*the API takes ") as caught:
                function(**(arguments_of(function) | {bound.steps[0]: inner}))
            assert ".".join(bound.steps) in str(caught.value)
            assert len(str(caught.value)) < 200
    assert recorder.requests == []


def test_the_asyncio_client_refuses_alike() -> None:
    recorder = Recorder()

    async def run() -> None:
        async with async_shop(recorder) as client:
            with pytest.raises(ArgumentError, match="author has 121 characters"):
                await client.reviews.create(rating=5, author="x" * 121)

    asyncio.run(run())
    assert recorder.requests == []


# --- types


def typed_arguments(schema: Node, operation: str, steps: tuple[str, ...], required: bool = False) -> Iterator[Any]:
    """Each value that the spec describes: operation, names of the members, JSON types, and whether it is required."""
    variants = [SPEC.resolve(schema), *map(SPEC.resolve, SPEC.resolve(schema).get("anyOf", ()))]
    types = {variant["type"] for variant in variants if "type" in variant}
    yield pytest.param(operation, steps, types, variants[0], required, id=f"{operation}-{'.'.join(steps)}")
    for variant in variants:
        for name, member in SPEC.properties(variant).items():
            yield from typed_arguments(member, operation, (*steps, name))
        if "items" in variant:
            yield from typed_arguments(variant["items"], operation, (*steps, "[]"))


OF_FORMATS: dict[Any, str] = {
    "instant": "2025-06-20 11:06:48",
    "email": "zoe@example.com",
    "uri": "https://example.com/x",
}
"""A text of each format that is not a number."""


def all_typed_arguments() -> Iterator[Any]:
    for operation, (_, _, about) in SPEC.by_id.items():
        for name, schema in SPEC.body_members(about).items():
            yield from typed_arguments(schema, operation, (name,), name in SPEC.required_members(about))
        for parameter in map(SPEC.resolve, about.get("parameters", ())):
            yield from typed_arguments(
                parameter["schema"], operation, (parameter["name"],), bool(parameter.get("required"))
            )


def built(operation: str, steps: tuple[str, ...], value: Any) -> Any:
    """What a request sends for the value of an argument or of one of its members."""
    _, _, about = SPEC.by_id[operation]
    for step in reversed(steps[1:]):
        value = [value] if step == "[]" else {step: value}
    build = module_of(operation).build
    others = {name: given for name, given in arguments_of(build).items() if name not in SPEC.body_one_of(about)}
    request = build(**(others | {steps[0]: value}))
    sent = request.body if request.body is not None and steps[0] in request.body else None
    if sent is None:
        (text,) = [text for name, text in request.query if name == steps[0]]
        return text
    for step in steps:
        sent = sent[0 if step == "[]" else step]
    return sent


@pytest.mark.parametrize(("operation", "steps", "types", "schema", "required"), [*all_typed_arguments()])
def test_every_value_is_sent_in_a_type_of_the_description_or_refused_by_name(
    operation: str, steps: tuple[str, ...], types: set[str], schema: Node, required: bool
) -> None:
    name = re.escape(".".join(steps).replace(".[]", "[0]"))

    def refused(value: Any, why: str = "") -> None:
        with pytest.raises(ArgumentError, match=rf"^{name}\S* .*{why}"):
            built(operation, steps, value)

    in_query = steps[0] in {p["name"] for p in map(SPEC.resolve, SPEC.by_id[operation][2].get("parameters", ()))}
    for value in (b"5", object(), float("nan"), 5.5, {None: 1}):
        refused(value)
    number: Any = "5" if in_query or types == {"string"} else 5
    if types <= {"string", "integer"}:
        form = schema.get("format")
        if form in OF_FORMATS or schema.get("enum") == [0, 1]:
            refused(5)
        else:
            assert built(operation, steps, 5) == number
            assert built(operation, steps, 5.0) == number
        if types == {"integer"}:
            assert built(operation, steps, True) == ("1" if in_query else 1)
            refused("5", "the API takes ")
        else:
            text = OF_FORMATS.get(form, "5" if "shopify" in (form or "") else "x")
            assert built(operation, steps, text) == text
            if text != "x":
                refused("x")
            refused(True, "the API takes ")
        refused([], "the API takes ")
        refused({}, "the API takes ")
    elif types == {"object"}:
        assert built(operation, steps, {}) == {}
        refused("x", "the API takes an object")
    else:
        refused(True, "the API takes ")
    if required:
        refused(None, "the API requires it")


# --- flags


FLAGS = [bound.steps[0] for bound in BOUNDS if bound.at == (0, 1)]


def test_the_description_has_flags() -> None:
    assert {"is_verified", "is_featured", "is_published", "is_top"} <= set(FLAGS)


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize(("value", "sent"), [(True, 1), (False, 0), (1, 1), (0, 0)])
def test_a_flag_may_be_a_bool_and_is_sent_as_a_number(flag: str, value: Any, sent: int) -> None:
    request = reviews_create.build(**{"rating": 5, "author": "a", flag: value})
    assert request.body is not None
    assert request.body[flag] == sent
    assert type(request.body[flag]) is int
    http_request = http_request_of(request)
    assert f'"{flag}":{sent}'.encode() in sent_body(http_request)


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("value", [2, -1, "1", "true", "", 0.5, {}])
def test_a_flag_is_nothing_else(flag: str, value: Any) -> None:
    with pytest.raises(ArgumentError, match=flag):
        http_request_of(reviews_create.build(**{"rating": 5, "author": "a", flag: value}))


@pytest.mark.parametrize("rating", [0, 6, -1, 4.5, "5", False, {}])
def test_a_rating_is_one_to_five_stars(rating: Any) -> None:
    with pytest.raises(ArgumentError, match=r"rating is .*the API takes 1, 2, 3, 4, 5"):
        reviews_create.build(rating=rating, author="a")


# --- Shopify's ids


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (GID.format("Product"), NUMBER),
        (GID.format("Product") + "?x=y", NUMBER),
        (NUMBER, NUMBER),
        (int(NUMBER), int(NUMBER)),
        ("0", "0"),
        (0, 0),
        (f" {NUMBER}\n", NUMBER),
        (f"\u202a{NUMBER}\u202c\ufeff", NUMBER),
        (f"'{NUMBER}", NUMBER),
        (f'="{NUMBER}"', NUMBER),
        (f"{NUMBER}.0", NUMBER),
        (f"{NUMBER}.00", NUMBER),
        (f"0{NUMBER}", f"0{NUMBER}"),
        (f"'{GID.format('Product')} ", NUMBER),
        (f"https://admin.shopify.com/store/kettles/products/{NUMBER}?ref=x", NUMBER),
        (f"admin.shopify.com/store/kettles/products/{NUMBER}/variants/7", NUMBER),
        (f"https://kettles.myshopify.com/admin/products/{NUMBER}", NUMBER),
        (f"https://kettles.myshopify.com/admin/api/2026-01/products/{NUMBER}.json", NUMBER),
        ("https://kettles.myshopify.com/admin/products/12", "12"),
        (f"https://kettles.example/de/products/{NUMBER}#reviews", NUMBER),
    ],
)
def test_products_are_named_by_number_text_or_gid_everywhere(given: str | int, sent: str | int) -> None:
    created = reviews_create.build(rating=5, author="a", product_id=given)
    assert created.body is not None
    assert created.body["product_id"] == sent
    assert type(created.body["product_id"]) is type(sent)
    assert reviews_rating.build(product_id=given).query == (("product_id", str(sent)),)
    assert reviews_list.build(product_ids=[given, 7]).query == (("product_ids", str(sent)), ("product_ids", "7"))


@pytest.mark.parametrize("several", [tuple, iter, frozenset])
def test_products_may_come_in_any_iterable(several: Any) -> None:
    request = reviews_list.build(product_ids=several([GID.format("Product")]))
    assert request.query == (("product_ids", NUMBER),)


def test_an_order_is_named_by_the_gid_of_an_order() -> None:
    request = reviews_create.build(rating=5, author="a", order_id=GID.format("Order"))
    assert request.body is not None
    assert request.body["order_id"] == NUMBER
    with pytest.raises(ArgumentError, match=r"order_id .*gid://shopify/Order/NUMBER"):
        reviews_create.build(rating=5, author="a", order_id=GID.format("Product"))


@pytest.mark.parametrize(
    "given",
    [
        GID.format("Order"),
        GID.format("ProductVariant"),
        GID.format("product"),
        "gid://shopify/Product/",
        "gid://shopify/Product/12x",
        "gid://shopify/Product/12/3",
        "gid://shopify/Product/-1",
        "gid://shopify/Product/１２",
        "gid://shopify/Product/1 2",
        "gid://other/Product/1",
        "gid:Product/1",
        "gid:",
        "kettle",
        "-1",
        -1,
        -(10**5000),
        "８１００",
        "12 34",
        "12.5",
        "1" * 500 + "x",
        "0" * 20_000 + "x",
        "#1001",
        "N/A",
        "https://kettles.example/products/kettle?variant=8100000000019",
        "https://kettles.example/products/1984",
        "https://kettles.example/8100000000019",
        "https://admin.shopify.com/store/kettles/orders/8100000000019",
        "https://admin.shopify.com/store/kettles/products/",
    ],
    ids=lambda given: repr(given)[:40] if isinstance(given, str) else "number",
)
def test_what_is_not_the_number_of_a_product_is_refused(given: Any) -> None:
    builds: tuple[Callable[[], OperationRequest], ...] = (
        lambda: reviews_create.build(rating=5, author="a", product_id=given),
        lambda: reviews_rating.build(product_id=given),
        lambda: reviews_list.build(product_ids=[1, given]),
    )
    for build in builds:
        with pytest.raises(
            ArgumentError, match=r"give a number or gid://shopify/Product/NUMBER|too many digits"
        ) as told:
            build()
        assert len(str(told.value)) < 400


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            "9.20031E+12",
            "Excel wrote it in scientific notation, and its last digits may be lost. Format the column as Text",
        ),
        ("9,20031e+12", "Excel wrote it in scientific notation"),
        ("9E12", "Excel wrote it in scientific notation"),
        ("9,200,305,176,832", "Format the column as Number with 0 decimals and without separators."),
        ("9 200 305 176 832", "Format the column as Number with 0 decimals and without separators."),
        ("red-kettle", "The product's address in Shopify's admin ends with the number."),
    ],
)
def test_the_error_of_a_product_says_how_to_mend_it(given: str, said: str) -> None:
    with pytest.raises(ArgumentError, match=re.escape(f"product_id is {given!r}; give a number or gid:")) as told:
        reviews_create.build(rating=5, author="a", product_id=given)
    assert said in str(told.value)


def test_an_empty_product_is_no_product_and_an_empty_order_is_sent_as_documented() -> None:
    builds: tuple[Callable[[Any], OperationRequest], ...] = (
        lambda given: reviews_create.build(rating=5, author="a", product_id=given),
        lambda given: reviews_rating.build(product_id=given),
        lambda given: reviews_list.build(product_ids=[given]),
    )
    for build in builds:
        for given in ("", " ", "'", '=""'):
            with pytest.raises(ArgumentError, match=r"^product_id.* is empty; the API takes 1 or more characters"):
                build(given)
    body = reviews_create.build(rating=5, author="a", order_id="").body
    assert body is not None
    assert body["order_id"] == ""


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("2025-06-20 11:06:48", "2025-06-20 11:06:48"),
        ("2025-06-20T11:06:48Z", "2025-06-20T11:06:48Z"),
        ("2025-06-20T11:06:48.250Z", "2025-06-20T11:06:48.250Z"),
        ("2025-06-20", "2025-06-20 00:00:00"),
        ("2025-06-20 11:06", "2025-06-20 11:06:00"),
        ("2025-06-20T11:06:48", "2025-06-20 11:06:48"),
        ("2025-06-20T11:06:48+02:00", "2025-06-20 09:06:48"),
        ("2025-06-20 11:06:48-04:00", "2025-06-20 15:06:48"),
        (" '2025-06-20 ", "2025-06-20 00:00:00"),
        ("", ""),
    ],
)
def test_a_date_as_text_is_sent_in_a_format_of_the_api(given: str, sent: str) -> None:
    reply = {"content": "Thanks", "reply_at": given}
    body = reviews_create.build(rating=5, author="a", commented_at=given, reply=reply).body
    assert body is not None
    assert (body["commented_at"], body["reply"]["reply_at"]) == (sent, sent)


@pytest.mark.parametrize(
    "given",
    [
        *("14/05/2026", "05/14/2026", "14.05.2026 10:30", "5/14/2026 10:30", "2026/05/14", "46156", "20260514", "2026"),
        *("1715680000", "1715120100000", "Thu, 14 May 2026 10:30:00 +0000", "May 14, 2026", "14 May 2026", "yesterday"),
        *("2026-W20-4", "2026134", "0000-00-00 00:00:00", "2026-13-01", "2026-02-30", "2026-05-14 25:00:00", "x" * 999),
        "9999-12-31T23:59:59-01:00",
    ],
)
def test_a_text_that_is_no_date_of_the_api_is_refused(given: str) -> None:
    places: list[dict[str, Any]] = [{"commented_at": given}, {"reply": {"reply_at": given}}]
    for arguments in places:
        with pytest.raises(ArgumentError, match=r"^(commented_at|reply\.reply_at) is ") as told:
            reviews_create.build(rating=5, author="a", **arguments)
        assert len(str(told.value)) < 300


@pytest.mark.parametrize(
    "given", ["nope", "a@", "@b.example", "a@b", "a b@c.example", "a@b@c.example", "a@b..example", "-"]
)
def test_a_text_that_is_no_email_address_is_refused_without_showing_it(given: str) -> None:
    for build in (
        lambda: reviews_create.build(rating=5, author="a", author_email=given),
        lambda: module_of("customers.unsubscribe").build(email=given, email_type="all"),
        lambda: module_of("customers.exclude").build(email=given),
        lambda: module_of("customers.include").build(email=given),
    ):
        with pytest.raises(ArgumentError, match=r"mail is not an e-mail address") as told:
            build()
        assert given not in str(told.value).replace("e-mail", "") or given == "-"


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("Zoë.O'Hara+x@shop.example.com", None),
        (" a@b.example\u200b", "a@b.example"),
        ("ü@bücher.example", None),
        ("", ""),
    ],
)
def test_email_addresses_of_all_kinds_are_sent(given: str, sent: str | None) -> None:
    body = reviews_create.build(rating=5, author="a", author_email=given).body
    assert body is not None
    assert body["author_email"] == (given if sent is None else sent)


@pytest.mark.parametrize(
    "given", ["hello", "example.com/hook", "ftp://example.com", "https://", "https:///x", "http://a b/c"]
)
def test_an_address_for_deliveries_is_an_address(given: str) -> None:
    for operation in ("webhooks.create", "webhooks.update"):
        build = module_of(operation).build
        with pytest.raises(ArgumentError, match=r"^url is not an address that begins with https://"):
            build(**(arguments_of(build) | {"url": given}))
    build = module_of("webhooks.create").build
    assert (
        build(topic="review/created", url=" https://me.example:8443/h?x=1 ").body["url"]
        == "https://me.example:8443/h?x=1"
    )


@pytest.mark.parametrize("empty", ["", " ", "\n", "\u200b"])
def test_a_name_and_an_address_are_not_empty(empty: str) -> None:
    for operation, name in (
        ("reviews.create", "author"),
        ("webhooks.create", "url"),
        ("webhooks.update", "url"),
        ("customers.unsubscribe", "email"),
    ):
        build = module_of(operation).build
        with pytest.raises(ArgumentError, match=f"^{name} is empty; the API takes 1 or more characters"):
            build(**(arguments_of(build) | {name: empty}))
    body = reviews_create.build(rating=5, author="a", title=empty, author_email=empty, commented_at=empty).body
    assert body == {"rating": 5, "author": "a", "title": empty, "author_email": "", "commented_at": ""}


def test_every_id_that_the_description_marks_takes_a_gid() -> None:
    seen = set()
    for operation, (_, _, about) in SPEC.by_id.items():
        members = [(name, schema, "body") for name, schema in SPEC.body_members(about).items()]
        for parameter in map(SPEC.resolve, about.get("parameters", ())):
            members.append((parameter["name"], parameter.get("schema", {}), "query"))
        for name, schema, where in members:
            if (kind := SPEC.gid(schema)) is None:
                continue
            seen.add((operation, name))
            build = module_of(operation).build
            given: Any = GID.format(kind)
            value = [given] if schema.get("type") == "array" else given
            request = build(**(arguments_of(build) | {name: value}))
            sent = dict(request.query)[name] if where == "query" else request.body[name]
            assert sent == NUMBER
            with pytest.raises(ArgumentError, match=name):
                build(**(arguments_of(build) | {name: "gid://shopify/Nothing/1"}))
    assert {("reviews.list", "product_ids"), ("reviews.rating", "product_id"), ("reviews.create", "product_id")} <= seen


def test_a_review_of_the_store_names_the_product_zero() -> None:
    recorder = Recorder(envelope({"id": "1"}))
    with shop(recorder) as client:
        client.reviews.create(rating=5, author="a", product_id=STORE_REVIEW)
    assert b'"product_id":0' in recorder.requests[0].content


def test_text_that_only_mentions_a_gid_is_left_alone() -> None:
    request = reviews_create.build(rating=5, author="gid://shopify/Order/1", content=f"see {GID.format('Product')}")
    assert request.body is not None
    assert request.body["author"] == "gid://shopify/Order/1"


# --- what was given by other means


def test_values_in_extra_are_the_callers_own_business() -> None:
    request = reviews_create.build(rating=5, author="a", extra_body={"new": "x" * 99_999, "is_new": True})
    assert request.body is not None
    assert (len(request.body["new"]), request.body["is_new"]) == (99_999, True)


@pytest.mark.parametrize("count", [10, 11])
def test_a_limit_holds_for_models_as_for_mappings(count: int) -> None:
    for media in (CreateReviewMediaLists(images=["x"] * count), {"images": ("x" for _ in range(count))}):
        if count == 10:
            request = reviews_create.build(rating=5, author="a", media=media)
            assert request.body is not None
            assert request.body["media"]["images"] == ["x"] * 10
        else:
            with pytest.raises(ArgumentError, match=r"media\.images has 11 items; the API takes 10 at most"):
                reviews_create.build(rating=5, author="a", media=media)
