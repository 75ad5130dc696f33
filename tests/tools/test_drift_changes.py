"""The spec itself has no drift, and of a copy with one change exactly that change is reported."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.conftest import API, SPEC, Node, as_3_0, document, drift_of, lines, said, without_marks
from tools.drift.findings import KINDS, NOTES
from tools.drift.reading import parse
from tools.evidence import carriers
from tools.evidence import operations as operations_of


def test_the_description_itself_has_no_drift() -> None:
    assert drift_of(document()) == []
    assert drift_of(document(), complete=True) == []


def test_equal_meaning_in_the_words_of_openapi_3_0_is_no_drift() -> None:
    older = as_3_0(document()) | {"openapi": "3.0.3"}
    assert "nullable" in json.dumps(older)
    assert '"null"' not in json.dumps(older["components"]["schemas"])
    assert drift_of(older) == []


def test_the_form_of_the_file_makes_no_difference() -> None:
    [read] = parse(json.dumps(document()).encode(), "copy.json")
    assert drift_of(read.document) == []


def test_the_description_without_its_marks_has_no_drift() -> None:
    assert drift_of(without_marks(document())) == []


def test_a_page_with_our_statements_raises_the_grade_of_each_and_says_nothing_else() -> None:
    theirs = without_marks(document())
    for root in ("paths", "webhooks"):
        for *_, node in operations_of(theirs, root):
            node.pop("operationId", None)  # only ours has these names
    findings = drift_of(theirs)
    assert {finding.kind for finding in findings} == {"documented", "credentials-documented", "page-read"}
    raised = {finding.pointer for finding in findings if finding.kind == "documented"}
    weak = {
        place
        for place, node in carriers(document())
        if node["x-evidence"] != "documented" and place.startswith(("#/paths", "#/components/parameters"))
    }
    redirect = "#/paths/~1api~1v1~1openapi~1oauth~1authorize/get/responses/302"  # has no body that could confirm it
    assert weak - raised == {redirect}


def operation(copy: Node, identifier: str) -> Node:
    for item in copy["paths"].values():
        for node in item.values():
            if node["operationId"] == identifier:
                found: Node = node
                return found
    raise KeyError(identifier)


def parameter(copy: Node, identifier: str, name: str) -> Node:
    found: Node = next(p for p in operation(copy, identifier)["parameters"] if p.get("name") == name)
    return found


def members(copy: Node, schema: str) -> Node:
    found: Node = copy["components"]["schemas"][schema]["properties"]
    return found


def change(target: Callable[[Node], Any], **values: Any) -> Callable[[Node], None]:
    """Sets members of what `target` finds; a value of None takes the member away."""

    def apply(copy: Node) -> None:
        node = target(copy)
        for name, value in values.items():
            if value is None:
                del node[name]
            else:
                node[name] = value

    return apply


def rename_path(old: str, new: str) -> Callable[[Node], None]:
    return lambda copy: copy["paths"].update({API + new: copy["paths"].pop(API + old)})


def rename_method(path: str, old: str, new: str) -> Callable[[Node], None]:
    return lambda copy: copy["paths"][API + path].update({new: copy["paths"][API + path].pop(old)})


def drop_parameter(identifier: str, name: str) -> Callable[[Node], None]:
    def apply(copy: Node) -> None:
        node = operation(copy, identifier)
        node["parameters"] = [p for p in node["parameters"] if p.get("name") != name]

    return apply


def add_parameter(identifier: str, **about: Any) -> Callable[[Node], None]:
    return lambda copy: operation(copy, identifier).setdefault("parameters", []).append(about)


def media(copy: Node, identifier: str, status: str = "200") -> Node:
    found: Node = operation(copy, identifier)["responses"][status]["content"]["application/json"]
    return found


def without_examples(node: Any) -> None:
    """Takes all examples of bodies away: one that still had a member would document it."""
    for key, value in list(node.items()) if isinstance(node, dict) else enumerate(node):
        if key == "examples":
            del node[key]
        elif isinstance(value, (dict, list)):
            without_examples(value)


def both(*changes: Callable[[Node], Any]) -> Callable[[Node], None]:
    def apply(copy: Node) -> None:
        for each in changes:
            each(copy)

    return apply


TEXT = {"type": "string"}

# Name: (the change, then each expected finding as kind, text or its beginning, operations).
CHANGES: dict[str, tuple[Callable[[Node], None], list[tuple[str, str, str]]]] = {
    "parameter renamed": (
        change(lambda c: parameter(c, "reviews.list", "keyword"), name="query"),
        [
            ("parameter-gone", "parameter keyword (query) is not published, ours is field", "reviews.list"),
            ("parameter-added", "parameter query (query, optional) is new", "reviews.list"),
        ],
    ),
    "parameter dropped": (
        drop_parameter("orders.list", "end_time"),
        [("parameter-gone", "parameter end_time (query) is not published, ours is documented", "orders.list")],
    ),
    "parameter added": (
        add_parameter("reviews.rating", **{"name": "locale", "in": "query", "required": True, "schema": TEXT}),
        [("parameter-added", "parameter locale (query, required) is new", "reviews.rating")],
    ),
    "parameter of another type": (
        change(lambda c: parameter(c, "reviews.list", "is_store_review"), schema={"type": "boolean"}),
        [("type-changed", "parameter is_store_review: type is boolean, ours integer", "reviews.list")],
    ),
    "items of another type": (
        change(lambda c: parameter(c, "reviews.list", "sources")["schema"], items={"type": "integer"}),
        [("type-changed", "parameter sources: []: type is integer, ours string", "reviews.list")],
    ),
    "parameter required": (
        change(lambda c: parameter(c, "reviews.list", "keyword"), required=True),
        [("parameter-required", "parameter keyword is required, ours optional", "reviews.list")],
    ),
    "parameter optional": (
        change(lambda c: parameter(c, "reviews.get", "id"), required=False),
        [("parameter-required", "parameter id is optional, ours required", "reviews.get")],
    ),
    "parameter in another place": (
        change(lambda c: parameter(c, "reviews.get", "id"), **{"in": "header"}),
        [("parameter-required", "parameter id is in header, ours in query", "reviews.get")],
    ),
    "shared parameter with a limit": (
        change(lambda c: c["components"]["parameters"]["PageSize"]["schema"], maximum=50),
        [("limit-changed", "parameter page_size: maximum is 50, ours none", "orders.list customer_events.list")],
    ),
    "listed value added": (
        change(
            lambda c: parameter(c, "customer_events.list", "os_type"),
            schema={**TEXT, "enum": ["IOS", "ANDROID", "WINDOWS", "LINUX"]},
        ),
        [("values-changed", 'parameter os_type: listed values changed: new "LINUX"', "customer_events.list")],
    ),
    "listed value gone": (
        change(lambda c: members(c, "CreateReviewRequest")["rating"], enum=[1, 2, 3, 4]),
        [("values-changed", "body: rating: listed values changed: gone 5", "reviews.create")],
    ),
    "list of values gone": (
        change(lambda c: members(c, "CreateReviewRequest")["is_top"], enum=None),
        [("values-changed", "body: is_top: any value is allowed, ours lists 2", "reviews.create")],
    ),
    "limit changed": (
        change(lambda c: members(c, "CreateReviewRequest")["author"], maxLength=100),
        [("limit-changed", "body: author: maxLength is 100, ours 120", "reviews.create")],
    ),
    "limit gone": (
        change(lambda c: members(c, "CreateReviewMediaLists")["images"], maxItems=None),
        [("limit-changed", "body: media.images: maxItems is none, ours 10", "reviews.create")],
    ),
    "path changed": (
        rename_path("get_rating", "reviews/summary"),
        [("path-changed", f"path is GET {API}reviews/summary, ours GET {API}get_rating", "reviews.rating")],
    ),
    "guessed path changed": (
        rename_path("get_video_upload_url", "video/credentials"),
        [
            (
                "path-documented",
                f"path is now documented: GET {API}video/credentials; ours was inferred: GET {API}get_video_upload_url",
                "media.video_upload_url",
            )
        ],
    ),
    "method changed": (
        rename_method("email_unsubscribe", "post", "put"),
        [("method-changed", f"method is PUT {API}email_unsubscribe, ours POST", "customers.unsubscribe")],
    ),
    "scope changed": (
        change(lambda c: operation(c, "reviews.list")["security"][1], oauth2=["read_everything"]),
        [("scopes-changed", "scopes are read_everything, ours read_reviews", "reviews.list")],
    ),
    "scope gone": (
        change(lambda c: operation(c, "reviews.create")["security"][1], oauth2=[]),
        [("scopes-changed", "scopes are none, ours write_reviews", "reviews.create")],
    ),
    "inferred scope documented": (
        change(
            lambda c: operation(c, "reviews.delete"),
            security=[{"sign": []}, {"oauth2": ["write_reviews"]}],
            **{"x-scopes-inferred": None},
        ),
        [("scopes-documented", "scopes are documented: write_reviews; remove x-scopes-inferred", "reviews.delete")],
    ),
    "credentials changed": (
        change(lambda c: operation(c, "platform.disconnect"), security=[{"merchantSession": []}]),
        [("credentials-changed", "credentials are merchant session, ours OAuth2 (documented)", "platform.disconnect")],
    ),
    "operation added": (
        lambda copy: copy["paths"].update(
            {API + "get_questions": {"get": {"summary": "Questions", "operationId": "questions.list", "responses": {}}}}
        ),
        [("operation-new", f"GET {API}get_questions is new: Questions", f"GET {API}get_questions")],
    ),
    "operation gone": (
        lambda copy: copy["paths"].pop(API + "get_orders"),
        [("operation-gone", f"GET {API}get_orders is not published any more, ours is documented", "orders.list")],
    ),
    "operation of a guide gone": (
        lambda copy: copy["paths"].pop(API + "get_open_api_information"),
        [("not-published", f"GET {API}get_open_api_information is not published as an operation", "tokens.public")],
    ),
    "webhook gone": (
        lambda copy: copy["webhooks"].update({"delivery": {}, "other": {"post": {"summary": "Something"}}}),
        [
            ("operation-new", "POST other is new: Something", "POST other"),
            ("not-published", "POST delivery is not published as an operation", "POST delivery"),
        ],
    ),
    "member of a response added": (
        change(lambda c: members(c, "Rating"), star6_count={"type": "integer"}),
        [("member-added", "response 200: data.star6_count is new, integer", "reviews.rating")],
    ),
    "documented member of a response gone": (
        change(lambda c: members(c, "Webhook"), url=None),
        [
            ("member-gone", "response 200: data.url is not published", "webhooks.create webhooks.update"),
            ("member-gone", "response 200: data[].url is not published", "webhooks.list"),
        ],
    ),
    "concluded member of a response gone": (
        both(without_examples, change(lambda c: members(c, "Pagination"), count=None)),
        [
            (
                "not-confirmed",
                "response 200: data.page.count is not published, ours was field",
                "reviews.list orders.list customer_events.list customers.exclusions",
            )
        ],
    ),
    "member of a response of another type": (
        change(lambda c: members(c, "Rating")["review_count"], type="string"),
        [
            ("type-changed", "response 200: data.review_count: type is string, ours integer", "reviews.rating"),
        ],
    ),
    "member of a response may be null": (
        change(lambda c: members(c, "Rating")["rating_value"], type=["string", "null"]),
        [("type-changed", "response 200: data.rating_value: type is null or string, ours string", "reviews.rating")],
    ),
    "member of a response is never null": (
        change(lambda c: members(c, "OrderPage")["list"], type="array"),
        [("narrower", "response 200: data.list: type is array, ours array or null", "orders.list")],
    ),
    "member of a response is required": (
        change(lambda c: c["components"]["schemas"]["Rating"], required=["rating_value"]),
        [("narrower", "response 200: data.rating_value is required, ours optional", "reviews.rating")],
    ),
    "member of a response is optional": (
        change(lambda c: c["components"]["schemas"]["OrderPage"], required=["page"]),
        [("member-optional", "response 200: data.list is optional, ours required", "orders.list")],
    ),
    "member of a body required": (
        change(lambda c: c["components"]["schemas"]["CreateReviewRequest"], required=["rating", "author", "source"]),
        [("member-required", "body: source is required, ours optional", "reviews.create")],
    ),
    "member of a body added": (
        change(lambda c: members(c, "UnsubscribeRequest"), reason=TEXT),
        [("member-added", "body: reason is new, string", "customers.unsubscribe")],
    ),
    "member of a list's items added": (
        change(lambda c: members(c, "CreateReviewMedia"), alt_text=TEXT),
        [("member-added", "body: media[].alt_text is new, string", "reviews.create")],
    ),
    "body gone": (
        change(lambda c: operation(c, "webhooks.delete"), requestBody=None),
        [("body-gone", "no body is published, ours is field", "webhooks.delete")],
    ),
    "body added": (
        change(
            lambda c: operation(c, "platform.disconnect"),
            requestBody={"content": {"application/json": {"schema": {"properties": {"reason": TEXT}}}}},
        ),
        [("body-added", "a body is new, with reason", "platform.disconnect")],
    ),
    "response under another status": (
        lambda copy: operation(copy, "orders.list")["responses"].update(
            {"202": operation(copy, "orders.list")["responses"].pop("200")}
        ),
        [
            ("response-added", "response 202 is new, with code, data, message, request_id, time", "orders.list"),
            ("response-gone", "response 200 is not published, ours is documented", "orders.list"),
        ],
    ),
    "example with an unknown member": (
        change(lambda c: media(c, "reviews.rating")["examples"]["none"]["value"]["data"], star6_count=3),
        [("example-member", "example of response 200: data.star6_count is unknown to ours, integer", "reviews.rating")],
    ),
    "example of another type": (
        change(lambda c: media(c, "reviews.rating")["examples"]["none"]["value"]["data"], star5_count="3"),
        [("example-type", "example of response 200: data.star5_count is string, ours integer", "reviews.rating")],
    ),
    "example of a body of another type": (
        change(
            lambda c: operation(c, "reviews.create")["requestBody"]["content"]["application/json"]["examples"][
                "product"
            ]["value"],
            rating=[5],
        ),
        [("example-type", "example of body: rating is array, ours integer", "reviews.create")],
    ),
    "parameter documented": (
        change(lambda c: parameter(c, "reviews.list", "ratings"), **{"x-evidence": "documented"}),
        [
            ("documented", "parameter ratings: documented, ours was field", "reviews.list"),
            ("page-read", "page 'Reviews by filter, page by page' is not in x-sources", "reviews.list"),
        ],
    ),
    "schema documented": (
        change(lambda c: c["components"]["schemas"]["VideoUpload"], **{"x-evidence": "documented"}),
        [
            (
                "documented",
                "data: documented, ours was inferred; reword what begins with Inferred",
                "media.video_upload_url",
            ),
            ("page-read", "page 'Address for uploading a video' is not in x-sources", "media.video_upload_url"),
        ],
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_of_a_changed_copy_exactly_the_change_is_reported(name: str) -> None:
    apply, expected = CHANGES[name]
    copy = document()
    apply(copy)
    # A page that x-sources does not list goes with every finding of an export; it is asserted where it is the point.
    wanted_pages = [kind for kind, _, _ in expected if kind == "page-read"]
    findings = [f for f in drift_of(copy) if f.kind != "page-read" or wanted_pages]
    assert len(findings) == len(expected), said(findings)
    for finding, (kind, text, operations) in zip(findings, expected, strict=True):
        assert finding.kind == kind
        assert finding.text.startswith(text), finding.text
        assert " ".join(finding.operations) == operations
        assert finding.line, "every finding names a line of openapi.yaml"
        assert finding.is_drift == (kind not in NOTES)


def _single_members() -> list[tuple[str, str]]:
    schemas = document()["components"]["schemas"]
    sent = ("WebhookDelivery", "WebhookDeliveryItem", "WebhookDeliveryReply")  # parts of the webhook
    return [
        (schema, member)
        for schema, node in schemas.items()
        for member in node.get("properties", ())
        # An object without members says nothing, and the error envelope is known by its `code`.
        if len(node["properties"]) > 1 and (schema, member) != ("ErrorResponse", "code") and schema not in sent
    ]


@settings(derandomize=True, database=None, deadline=None, max_examples=60)
@given(st.sampled_from(_single_members()))
def test_whatever_member_goes_is_named_with_its_place(dropped: tuple[str, str]) -> None:
    schema, member = dropped
    copy = document()
    without_examples(copy)
    del copy["components"]["schemas"][schema]["properties"][member]
    findings = [finding for finding in drift_of(copy) if finding.kind != "page-read"]
    assert findings
    for finding in findings:
        assert finding.kind in ("member-gone", "not-confirmed")
        assert f"{member} is not published" in finding.text
        assert finding.pointer.startswith("#/components/schemas/")
        assert finding.line == lines()[finding.pointer]


def test_lines_are_those_of_the_file() -> None:
    text = SPEC.read_text(encoding="utf-8").split("\n")
    assert text[lines()["#/components/schemas/Rating/properties/review_count"] - 1].strip().startswith("review_count:")
    assert text[lines()["#/x-sources/rating"] - 1].strip().startswith("rating: {page:")


def test_findings_come_by_importance() -> None:
    copy = document()
    for name in ("parameter added", "scope gone", "member of a response added", "member of a response is required"):
        CHANGES[name][0](copy)
    kinds = [finding.kind for finding in drift_of(copy) if finding.kind != "page-read"]
    assert kinds == ["scopes-changed", "parameter-added", "member-added", "narrower"]
    assert sorted(kinds, key=list(KINDS).index) == kinds
