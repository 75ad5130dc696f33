"""The OpenAPI spec states the facts, and nothing of these kinds beyond the facts. Faults in the spec are found."""

from __future__ import annotations

from copy import copy, deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from contract_tests.facts.comparison import Facts, differences, load
from contract_tests.facts.statements import Node
from contract_tests.support.spec import ROOT
from tools.evidence import GRADES
from tools.spec import LOADER

REMOVED = object()
API = "/api/v1/openapi/"
RETIRED = "https://api.trustoo.io"
SCHEMAS = ("components", "schemas")
CREATE = (*SCHEMAS, "CreateReviewRequest", "properties")
EMAIL_TYPES = (*SCHEMAS, "EmailType", "anyOf", 0, "enum")
OAUTH = ("components", "securitySchemes", "oauth2", "flows", "authorizationCode")


@cache
def _facts() -> Facts:
    return load()


@cache
def _spec() -> Node:
    spec: Node = yaml.load((ROOT / "openapi.yaml").read_bytes(), LOADER)
    return spec


def _get(path: str, method: str = "get") -> tuple[str, ...]:
    return ("paths", API + path, method)


def _post(path: str) -> tuple[str, ...]:
    return _get(path, "post")


def _example(path: str, *inner: str | int) -> tuple[str | int, ...]:
    examples = ("responses", "200", "content", "application/json", "examples", "success", "value")
    return (*_get(path), *examples, *inner)


def _changed(place: tuple[str | int, ...], value: Any) -> Node:
    """The spec with another value at one place. A function gets the old value."""
    spec = dict(_spec())
    node: Any = spec
    for step in place[:-1]:
        node[step] = copy(node[step])
        node = node[step]
    if value is REMOVED:
        del node[place[-1]]
    else:
        old = node.get(place[-1]) if isinstance(node, dict) else node[place[-1]]
        node[place[-1]] = value(old) if callable(value) else value
    return spec


@cache
def _differences_today() -> list[str]:
    return differences(_facts(), _spec())


def _new_differences(spec: Node) -> list[str]:
    return [difference for difference in differences(_facts(), spec) if difference not in _differences_today()]


def test_the_spec_and_the_facts_agree() -> None:
    found = _differences_today()
    assert not found, "\n".join(["Read the source again. Correct openapi.yaml or contract_tests/facts.", *found])


FAULTS: dict[str, tuple[tuple[str | int, ...], Any, str]] = {
    # name: (place, new value, start of the difference)
    "an e-mail type is misspelt": (
        (*EMAIL_TYPES, 14),
        "review_media_reminder",
        "Email Unsubscribe: body email_type: values",
    ),
    "an e-mail type is missing": ((*EMAIL_TYPES, 3), REMOVED, "Email Unsubscribe: body email_type: values"),
    "an e-mail type is added": (
        EMAIL_TYPES,
        lambda old: [*old, "newsletter"],
        "Email Unsubscribe: body email_type: values",
    ),
    "a closed list gets a value": (
        (*CREATE, "rating", "enum"),
        [0, 1, 2, 3, 4, 5],
        "Create Review: body rating: values",
    ),
    "an open list is closed": (
        (*SCHEMAS, "EventType", "anyOf", 1),
        REMOVED,
        "Get Customer Event List: query event_type: further values",
    ),
    "an inferred member lists values": (
        (*SCHEMAS, "PublicToken", "properties", "public_token", "enum"),
        ["a"],
        "Public token of the shop: response data.public_token: no fact",
    ),
    "a topic needs another scope": (
        (*_post("create_shop_webhook"), "x-scopes-by-topic", "review/deleted"),
        "read_reviews",
        "/api/v1/openapi/create_shop_webhook: scopes by topic",
    ),
    "a topic is missing in the text of deliveries": (
        ("webhooks", "delivery", "post", "description"),
        lambda old: old.replace("`review/updated`, ", ""),
        "topics of deliveries",
    ),
    "an operation has another title": ((*_get("get_rating"), "x-title"), "Get Ratings", "Get Rating: title"),
    "an operation without a page has a title": (
        (*_get("get_open_api_information"), "x-title"),
        "Get Open API Information",
        "Public token of the shop: title",
    ),
    "an operation needs another scope": (
        (*_get("get_rating"), "security", 1, "oauth2"),
        ["write_reviews"],
        "Get Rating: scopes",
    ),
    "a scope is added to the flow": ((*OAUTH, "scopes", "read_examples"), "", "OAuth flow authorizationCode: scopes"),
    "the server is a retired host": (("servers", 0, "url"), RETIRED, "servers"),
    "a text names a retired host": (("externalDocs", "url"), RETIRED, RETIRED),
    "the tokenUrl is wrong": ((*OAUTH, "tokenUrl"), "https://rapi.trustoo.io/oauth/token", "OAuth flow"),
    "two stages of an order are exchanged": (
        (*_get("get_orders"), "parameters", 0, "description"),
        "Stage of the review request. 0 all, 1 waiting, 2 scheduled, 3 opened, 4 sent, 5 reviewed, 6 cancelled.",
        "Get Order List: query type: its description",
    ),
    "a flow is missing": ((*OAUTH[:-1], "clientCredentials"), REMOVED, "OAuth flows"),
    "commented_at of a request is a date-time": (
        (*CREATE, "commented_at", "format"),
        "date-time",
        "Create Review: body commented_at: format",
    ),
    "commented_at of a response is a date-time": (
        (*SCHEMAS, "Review", "properties", "commented_at", "format"),
        "date-time",
        "Get Review List: response data.list[].commented_at: format",
    ),
    "an order filter gets a format": (
        (*_get("get_orders"), "parameters", 3, "schema", "format"),
        "instant",
        "Get Order List: query start_time: format",
    ),
    "an example has an impossible date": (
        _example("get_reviews", "data", "list", 0, "commented_at"),
        "2026-02-30 08:30:00",
        "'2026-02-30 08:30:00'",
    ),
    "an example has a date in another form": (
        _example("get_reviews", "data", "list", 0, "commented_at"),
        "2026-05-14T08:30:00Z",
        "Get Review List: response data.list[].commented_at: the example",
    ),
    "a length is off by one": ((*CREATE, "author", "maxLength"), 121, "Create Review: body author: limits"),
    "a count is off by one": (
        (*SCHEMAS, "CreateReviewMediaLists", "properties", "images", "maxItems"),
        9,
        "Create Review: body media.images: limits",
    ),
    "a limit is missing": ((*CREATE, "title", "maxLength"), REMOVED, "Create Review: body title: limits"),
    "a limit without a source": ((*CREATE, "tag", "maxLength"), 50, "Create Review: body tag: limits"),
    "a default of a text is off by one": (
        ("components", "parameters", "PageSize", "description"),
        "Entries per page, 21 if left out.",
        "Get Order List: query page_size: default",
    ),
    "a default of a schema": (
        ("components", "parameters", "Page", "schema", "default"),
        0,
        "Get Order List: query page: default",
    ),
    "a guessed path is documented": (
        (*_post("cancel_platform_authorization"), "x-evidence"),
        "documented",
        "Cancel Platform Authorization: grade of the path",
    ),
    "credentials are documented": (
        (*_post("delete_review"), "x-security-evidence"),
        "documented",
        "Delete Review: grade of the credentials",
    ),
    "an inferred scope is documented": (
        (*_post("email_unsubscribe"), "security", 1, "oauth2"),
        ["write_customers"],
        "Email Unsubscribe: scopes",
    ),
    "an inferred type is documented": (
        (*SCHEMAS, "Webhook", "properties", "id", "anyOf", 1),
        {"type": "integer"},
        "Create Shop Webhook: response data.id: types",
    ),
    "an inferred member is documented": (
        (*SCHEMAS, "CustomerEvent", "x-evidence"),
        "documented",
        "Get Customer Event List: response data.list[].event_type",
    ),
    "the form of errors is documented": (
        (*SCHEMAS, "ErrorResponse", "x-evidence"),
        "documented",
        "OAuth2 Merchant Authorization: error code",
    ),
    "an inferred response is documented": (
        (*_get("get_customer_events"), "responses", "200", "x-evidence"),
        "documented",
        "Get Customer Event List: grade of the response 200",
    ),
    "an object without known members is documented": (
        (*SCHEMAS, "VideoUpload", "x-evidence"),
        "documented",
        "VideoUpload: the spec grades it documented",
    ),
    "the form of arrays is documented": (
        (*_get("get_reviews"), "parameters", 0, "x-style-evidence"),
        "documented",
        "Get Review List: query product_ids: how an array is written",
    ),
    "an inferred meaning is documented": (
        (*SCHEMAS, "Rating", "x-description-evidence"),
        "documented",
        "Get Rating: response data.rating_value: the spec grades",
    ),
    "a field member is documented": (
        (*SCHEMAS, "Review", "x-evidence"),
        "documented",
        "Get Review List: response data.list[].id: grade",
    ),
    "a documented member is inferred": (
        (*SCHEMAS, "UnsubscribeRequest", "x-evidence"),
        "inferred",
        "Email Unsubscribe: body email: grade",
    ),
    "a code is documented under another number": (
        ("x-codes", "7"),
        {"name": "permission_denied", "x-evidence": "documented"},
        "codes",
    ),
    "two codes are exchanged": (("x-codes", "5", "name"), "already_exists", "codes"),
    "a member is required that clients leave out": (
        (*SCHEMAS, "CreateReviewRequest", "required"),
        ["rating", "author", "source"],
        "Create Review: body source",
    ),
    "a required member is optional": (
        (*SCHEMAS, "CreateReviewRequest", "required"),
        ["rating"],
        "Create Review: body author: required",
    ),
    "both of two exclusive members are allowed": (
        (*SCHEMAS, "IncludeCustomerRequest", "then"),
        REMOVED,
        "Delete Customer Exclusion: whether a body",
    ),
    "a member has another type": (
        (*SCHEMAS, "Rating", "properties", "rating_value", "type"),
        "number",
        "Get Rating: response data.rating_value: types",
    ),
    "a documented member has no fact": (
        (*CREATE, "colour"),
        {"type": "string"},
        "Create Review: body colour: the spec grades it documented",
    ),
    "a member is missing": ((*CREATE, "item_type"), REMOVED, "Create Review: body item_type: the facts know it"),
    "an operation is missing": (_get("get_orders"), REMOVED, "operations without a fact"),
    "an operation has no fact": (
        (*_get("get_orders", "delete"),),
        lambda _: deepcopy(_spec()["paths"][API + "get_orders"]["get"]),
        "operations without a fact",
    ),
    "a header has another name": (
        ("components", "securitySchemes", "publicToken", "name"),
        "X-Token",
        "headers of credentials",
    ),
    "the signature lives longer": (
        ("components", "securitySchemes", "timestamp", "description"),
        lambda old: old.replace("15", "16"),
        "timestamp: its description",
    ),
    "the form fields of uploads have another order": (
        ("x-upload-form", "fields"),
        lambda old: dict(sorted(old.items())),
        "fields of the upload form",
    ),
    "a page is cited that nobody read": (("x-sources", "rating", "page"), "https://apidoc.trustoo.io/api-1", "pages"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_spec_is_found(fault: str) -> None:
    place, value, expected = FAULTS[fault]
    found = _new_differences(_changed(place, value))
    assert any(difference.startswith(expected) for difference in found), found


FORGOTTEN = {
    "an operation": ("operations", "Get Rating"),
    "a member": ("members", "Create Review", "body", "tag"),
    "a limit": ("members", "Create Review", "body", "author", "maxLength"),
    "a format": ("members", "Email Unsubscribe", "body", "email", "format"),
    "a form of a date": ("members", "Create Review", "body", "commented_at", "form"),
    "a required member": ("members", "Email Unsubscribe", "body", "email", "required"),
    "a value": ("values", "os_type", "values", "IOS"),
    "a topic": ("values", "topic", "values", "review/updated"),
    "a scope": ("access", "scopes", "write_customers"),
    "a host": ("access", "hosts", "documentation", "https://apidoc.trustoo.io"),
    "an address": ("access", "oauth", "authorizationCode", "refreshUrl"),
    "a code": ("access", "codes", 8),
    "a header": ("access", "headers", "sign"),
    "a field of the upload form": ("access", "upload fields", "policy"),
    "a meaning": ("meanings", 0),
    "a page": ("sources", "api-477412697"),
}


@pytest.mark.parametrize("what", FORGOTTEN)
def test_a_statement_of_the_spec_without_a_fact_is_found(what: str) -> None:
    name, *place = FORGOTTEN[what]
    facts = deepcopy(_facts())
    node: Any = getattr(facts, str(name))
    for step in place[:-1]:
        node = node[step]
    del node[place[-1]]
    assert {*differences(facts, _spec())} - {*_differences_today()}


@pytest.mark.parametrize("name", ["EmailType", "WebhookTopic", "ReviewSource"])
def test_a_list_may_stand_in_its_place_instead_of_behind_a_reference(name: str) -> None:
    spec = deepcopy(_spec())
    schemas = spec["components"]["schemas"]
    for schema in schemas.values():
        for member, node in schema.get("properties", {}).items():
            if str(node.get("$ref")).endswith(f"/{name}"):
                schema["properties"][member] = schemas[name] | {k: v for k, v in node.items() if k != "$ref"}
                schema["properties"][member].setdefault("x-evidence", schema["x-evidence"])
    inlined = [difference for difference in _new_differences(spec) if ": values" in difference]
    assert not inlined


def test_a_difference_of_lists_shows_only_the_entries_that_differ() -> None:
    facts = deepcopy(_facts())
    facts.sources["api-900000002"] = "A page that the spec does not cite"
    (found,) = [one for one in differences(facts, _spec()) if one.startswith("pages: ")]
    assert found.endswith("only the facts state ['api-900000002']")
    assert "nothing" not in found


def test_a_schema_that_contains_itself_is_read_once() -> None:
    parts = {"parts": {"$ref": "#/components/schemas/Order"}}
    spec = _changed((*SCHEMAS, "Order", "properties"), lambda known: {**(known or {}), **parts})
    assert _new_differences(spec) == [
        "Get Order List: response data.list[].parts: the spec grades it documented, and no fact is known"
    ]


def test_every_fact_has_a_grade_and_a_source_that_supports_it() -> None:
    facts = _facts()
    used = set()
    for fact in _sourced([facts.operations, facts.members, facts.meanings, facts.values, facts.access]):
        assert fact["source"] in facts.sources, f"sources.yaml does not list {fact['source']}, the source of {fact}"
        used.add(fact["source"])
        grade = fact.get("grade") or fact["path-grade"]
        assert grade in GRADES, fact
        assert grade not in ("documented", "example") or fact["source"] not in ("clients", "ours"), fact
    assert used == {*facts.sources}, "a source is listed and nothing comes from it"


def _sourced(node: Any) -> list[Node]:
    if isinstance(node, list):
        return [fact for inner in node for fact in _sourced(inner)]
    if not isinstance(node, dict):
        return []
    return ([node] if isinstance(node.get("source"), str) else []) + _sourced(list(node.values()))


def test_the_readme_names_every_file_of_facts() -> None:
    folder = Path(__file__).parent
    text = (folder / "README.md").read_text("utf-8")
    assert all(f"`{path.name}`" in text for path in folder.glob("*.yaml"))
