"""Statements of openapi.yaml have the grades of their sources. The expected grades were read in the sources."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.spec import LOADER, load

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT: dict[str, Any] = yaml.load((ROOT / "openapi.yaml").read_bytes(), LOADER)
SPEC = load(ROOT / "openapi.yaml")
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]


def operation(identifier: str) -> dict[str, Any]:
    return next(
        node for item in DOCUMENT["paths"].values() for node in item.values() if node.get("operationId") == identifier
    )


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    target: Any = DOCUMENT
    for part in node["$ref"].removeprefix("#/").split("/"):
        target = target[part]
    return {**target, **{key: value for key, value in node.items() if key != "$ref"}}


def parameter(identifier: str, name: str) -> dict[str, Any]:
    return next(one for one in map(resolved, operation(identifier)["parameters"]) if one["name"] == name)


# ---------------------------------------------------------------- types of which one side was seen
@pytest.mark.parametrize(
    ("schema", "member", "string", "integer"),
    [
        ("OAuthTokenRequest", "shop_id", "inferred", "example"),
        ("ShopAuthorization", "shop_id", "example", "inferred"),
        ("Webhook", "id", "documented", "inferred"),
        ("WebhookUpdateRequest", "id", "field", "documented"),
        ("WebhookDeleteRequest", "id", "field", "inferred"),
        ("WebhookDeliveryItem", "id", "inferred", "example"),
        ("CreateReviewRequest", "product_id", "example", "documented"),
        ("DeleteReviewRequest", "id", "inferred", "field"),
        ("CreatedReview", "id", "field", "field"),
        ("Review", "id", "field", "inferred"),
        ("Review", "product_id", "field", "inferred"),
        ("ReviewMedia", "type", "field", "inferred"),
        ("IncludeCustomerRequest", "customer_id", "inferred", "inferred"),
        ("CustomerExclusion", "customer_id", "example", "inferred"),
        ("ExcludeCustomerRequest", "customer_id", "inferred", "inferred"),
    ],
)
def test_only_the_side_of_a_union_that_was_seen_has_the_grade_of_the_member(
    schema: str, member: str, string: str, integer: str
) -> None:
    about = SCHEMAS[schema]["properties"][member]
    outer = about.get("x-evidence", SCHEMAS[schema]["x-evidence"])
    grades = {variant["type"]: variant.get("x-evidence", outer) for variant in map(resolved, about["anyOf"])}
    assert grades == {"string": string, "integer": integer}


def test_every_union_of_text_and_number_is_graded_above() -> None:
    unions = sum(
        {"string", "integer"} == {resolved(variant).get("type") for variant in about.get("anyOf", ())}
        for schema in SCHEMAS.values()
        for about in schema.get("properties", {}).values()
    )
    assert unions == 15


# ---------------------------------------------------------------- names are known better than forms and meanings
@pytest.mark.parametrize("name", ["product_ids", "ratings", "sources"])
def test_the_name_of_an_array_is_known_and_its_form_is_a_guess(name: str) -> None:
    about = parameter("reviews.list", name)
    assert (about["x-evidence"], about["x-style-evidence"]) == ("field", "inferred")
    assert (about["style"], about["explode"]) == ("form", True)
    assert any("style" in line and "inferred" in line for line in DOCUMENT["x-unknown"])


@pytest.mark.parametrize(
    ("member", "grade"),
    [
        *[(name, "documented") for name in ("product_id", "order_id", "author_country", "commented_at", "is_top")],
        *[(name, "inferred") for name in ("author_email", "tag", "is_verified", "is_featured", "is_published")],
        *[(name, "inferred") for name in ("rating", "author", "title", "content", "source", "reply")],
    ],
)
def test_what_a_member_is_for_is_documented_only_where_a_page_says_it(member: str, grade: str) -> None:
    schema = SCHEMAS["CreateReviewRequest"]
    assert schema["x-evidence"] == "documented"
    assert schema["properties"][member].get("x-description-evidence", schema["x-description-evidence"]) == grade


def test_one_scope_was_seen_as_a_value_of_the_parameter() -> None:
    schema = SCHEMAS["Scope"]
    grades = {
        value: variant.get("x-evidence", schema["x-evidence"])
        for variant in schema["anyOf"]
        for value in variant.get("enum", ())
    }
    assert grades == {
        "read_reviews": "example",
        "write_reviews": "inferred",
        "read_customer_events": "inferred",
        "write_customers": "inferred",
    }


def test_the_source_that_came_later_is_known_from_an_example() -> None:
    grades = {
        value: variant.get("x-evidence", SCHEMAS["ReviewSource"]["x-evidence"])
        for variant in SCHEMAS["ReviewSource"]["anyOf"]
        for value in variant.get("enum", ())
    }
    assert {value for value, grade in grades.items() if grade == "example"} == {"ChatWILL"}
    assert len(grades) == 11


# ---------------------------------------------------------------- operations
def test_a_scope_of_the_platforms_configuration_is_no_scope_of_a_token() -> None:
    flows = DOCUMENT["components"]["securitySchemes"]["oauth2"]["flows"]
    assert all("read_shop_install_status" not in flow["scopes"] for flow in flows.values())
    assert operation("platform.installation_status")["x-scopes-platform"] == ["read_shop_install_status"]


def test_the_scopes_by_topic_are_documented_for_create_and_concluded_for_update() -> None:
    by_topic = operation("webhooks.create")["x-scopes-by-topic"]
    assert operation("webhooks.update")["x-scopes-by-topic-inferred"] == by_topic
    assert "x-scopes-by-topic" not in operation("webhooks.update")
    assert set(by_topic) == set(
        SPEC.properties(SPEC.resolve({"$ref": "#/components/schemas/Webhook"}))["topic"]["x-known-values"]
    )


@pytest.mark.parametrize("name", ["start_sent_at", "end_sent_at", "start_time", "end_time"])
def test_the_time_filters_do_not_say_whether_they_include_their_time(name: str) -> None:
    text = parameter("orders.list", name)["description"]
    assert "at or after" not in text
    assert "at or before" not in text
    assert "not documented" in text


def test_the_outcome_of_an_authorisation_is_known_no_better_than_the_response_it_is_in() -> None:
    assert SCHEMAS["AuthorizationCode"]["x-evidence"] == SCHEMAS["OAuthAuthorizeResponse"]["x-evidence"] == "example"


def test_what_the_readable_part_of_a_page_does_not_show_is_inferred() -> None:
    assert "inferred" in operation("platform.disconnect")["description"]
    assert "unknown" in SCHEMAS["RevokeTokenRequest"]["properties"]["token"]["description"]


def test_a_time_with_z_in_a_request_is_inferred() -> None:
    assert "that the form with `Z` is accepted too is inferred" in " ".join(DOCUMENT["info"]["description"].split())
    for schema, member in (("CreateReviewRequest", "commented_at"), ("CreateReviewReply", "reply_at")):
        assert "`Z` is accepted is inferred" in SCHEMAS[schema]["properties"][member]["description"]


# ---------------------------------------------------------------- documented facts have a place
@pytest.mark.parametrize(
    ("text", "words"),
    [
        (operation("tokens.private")["description"], ["resets", "ends at once"]),
        (operation("webhooks.create")["description"], ["platform_id", "belongs only to the shop"]),
        (operation("oauth.token")["description"], ["skip_shop_oauth=1"]),
        (operation("media.image_upload_credentials")["description"], ["x-upload-form"]),
        (DOCUMENT["info"]["description"], ["HMAC-SHA256", "15 minutes", "(field)", "old one at once"]),
        (DOCUMENT["components"]["securitySchemes"]["sign"]["description"], ["reset", "x-signed-text"]),
    ],
)
def test_a_documented_fact_stands_where_a_reader_looks_for_it(text: str, words: list[str]) -> None:
    for word in words:
        assert word in " ".join(text.split())


def test_the_signed_text_is_graded_apart_from_the_algorithm() -> None:
    sign = DOCUMENT["components"]["securitySchemes"]["sign"]
    assert (sign["x-evidence"], sign["x-signed-text"]["x-evidence"]) == ("documented", "field")


def test_the_upload_form_states_what_is_documented_and_what_is_not() -> None:
    form = DOCUMENT["x-upload-form"]
    assert (form["method"], form["address"], form["content-type"]) == ("POST", "host", "multipart/form-data")
    grades = {name: field.get("x-evidence", form["x-evidence"]) for name, field in form["fields"].items()}
    assert grades == {
        "key": "documented",
        "OSSAccessKeyId": "inferred",
        "policy": "documented",
        "Signature": "inferred",
        "callback": "documented",
        "file": "inferred",
    }


def test_who_is_to_be_invited_again_is_given_exactly_once() -> None:
    assert SPEC.body_one_of(operation("customers.include")) == ["customer_id", "email"]
