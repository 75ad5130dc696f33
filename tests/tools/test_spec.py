"""openapi.yaml keeps its own rules, and every example in it and on the vendor's pages fits its schema."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker

ROOT = Path(__file__).resolve().parents[2]
SPEC: dict[str, Any] = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
VENDOR: list[dict[str, Any]] = json.loads(
    (ROOT / "contract_tests" / "vectors" / "vendor_examples.json").read_text(encoding="utf-8")
)["examples"]

OPERATIONS: dict[str, dict[str, Any]] = {
    operation["operationId"]: operation for item in SPEC["paths"].values() for operation in item.values()
}
SCHEMAS: dict[str, Any] = SPEC["components"]["schemas"]
CALLS = [
    "oauth.authorize",
    "oauth.authorize_url",
    "oauth.token",
    "oauth.revoke",
    "platform.disconnect",
    "platform.authorization_info",
    "platform.installation_status",
    "platform.cancel",
    "webhooks.create",
    "webhooks.update",
    "webhooks.delete",
    "webhooks.list",
    "reviews.get",
    "reviews.list",
    "reviews.create",
    "reviews.delete",
    "reviews.rating",
    "media.video_upload_url",
    "media.image_upload_credentials",
    "orders.list",
    "customer_events.list",
    "customers.unsubscribe",
    "customers.exclude",
    "customers.include",
    "customers.exclusions",
    "tokens.public",
    "tokens.private",
]
TAGS = [
    "oauth",
    "platform",
    "webhooks",
    "reviews",
    "media",
    "orders",
    "customer_events",
    "customers",
    "tokens",
]
DOCUMENTED_NAMES = [
    "SuccessResponse",
    "ErrorResponse",
    "Pagination",
    "OAuthTokenRequest",
    "Webhook",
    "CreateReviewRequest",
    "Review",
    "Rating",
    "Order",
    "CustomerEvent",
    "CustomerExclusion",
    "ImageUploadCredentials",
]
CODES = [1, 3, 4, 5, 6, 8, 13, 16]
HMAC_HEADERS = {"public-token", "sign", "timestamp"}
# Names that a generated class could not carry.
RESERVED = {
    "d",
    "cls",
    "to_dict",
    "from_dict",
    "field_dict",
    "additional_properties",
    "cast",
    "has",
    "extra",
}
FORMATS = FormatChecker(formats=())
SECRET = re.compile(r'"(?:access_token|refresh_token|client_secret|signature|token)": "([^"]*)"')
INSTANT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?Z| \d\d:\d\d:\d\d)")


@FORMATS.checks("instant")
def is_instant(text: object) -> bool:
    """Our own format, as info.description defines it."""
    return not isinstance(text, str) or INSTANT.fullmatch(text) is not None


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    """The node, or the component that it refers to."""
    while "$ref" in node:
        target: Any = SPEC
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def errors(schema: dict[str, Any], value: Any) -> list[str]:
    """What an independent validator has against a value."""
    validator = Draft202012Validator({**schema, "components": SPEC["components"]}, format_checker=FORMATS)
    return [error.message for error in validator.iter_errors(value)]


def walk(node: Any, place: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of the document with its place, examples left out."""
    if isinstance(node, dict):
        yield place, node
        for key, value in node.items():
            if key not in ("example", "examples", "value"):
                yield from walk(value, f"{place}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from walk(value, f"{place}/{index}")


def examples() -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Every example of the document with its place and schema."""
    for place, node in walk(SPEC):
        if "schema" in node:
            if "example" in node:
                yield place, node["schema"], node["example"]
            for name, example in node.get("examples", {}).items():
                yield f"{place}/{name}", node["schema"], resolve(example)["value"]


def answers(operation: dict[str, Any]) -> dict[str, Any]:
    """The JSON media type of an operation's 200."""
    content: dict[str, Any] = operation["responses"]["200"]["content"]["application/json"]
    return content


def reached(schema: Any) -> set[str]:
    """Names of all component schemas below a schema."""
    found: set[str] = set()
    waiting = [schema]
    while waiting:
        for _, node in walk(waiting.pop()):
            name = node.get("$ref", "").rsplit("/", 1)[-1]
            if name and name not in found:
                found.add(name)
                waiting.append(SCHEMAS[name])
    return found


EXAMPLES = list(examples())
VENDOR_IDS = [f"{entry['operationId']}-{entry['kind']}-{entry['source']}" for entry in VENDOR]


# ---------------------------------------------------------------- examples
@pytest.mark.parametrize(("place", "schema", "value"), EXAMPLES, ids=[place for place, _, _ in EXAMPLES])
def test_every_example_fits_its_schema(place: str, schema: dict[str, Any], value: Any) -> None:
    assert errors(schema, value) == []


def test_the_validator_sees_mistakes() -> None:
    rating = {"$ref": "#/components/schemas/ReviewsRatingResponse"}
    good = {"code": 0, "message": "success", "request_id": "EXAMPLE", "data": {"review_count": 4}}
    assert errors(rating, good) == []
    assert errors(rating, {**good, "data": {"review_count": "4"}})
    assert errors(rating, {**good, "code": 3})
    assert errors({"type": "string", "format": "instant"}, "2026-05-14T08:30:00+02:00")


@pytest.mark.parametrize("call", CALLS)
def test_the_200_examples_are_successes_then_every_known_code(call: str) -> None:
    media = answers(OPERATIONS[call])
    names = list(media["examples"])
    errors_expected = [f"code-{code}" for code in CODES]
    assert names[0] == "success"
    assert names[-len(CODES) :] == errors_expected
    for name in names[: -len(CODES)]:
        assert media["examples"][name]["value"].get("code", 0) == 0
    for name, code in zip(errors_expected, CODES, strict=True):
        assert media["examples"][name] == {"$ref": f"#/components/examples/{name}"}
        assert resolve(media["examples"][name])["value"]["code"] == code


@pytest.mark.parametrize("call", CALLS)
def test_an_example_fits_either_the_success_or_the_error_envelope(call: str) -> None:
    *successes, error = answers(OPERATIONS[call])["schema"]["anyOf"]
    assert error == {"$ref": "#/components/schemas/ErrorResponse"}
    for name, example in answers(OPERATIONS[call])["examples"].items():
        value = resolve(example)["value"]
        fits_success = any(not errors(schema, value) for schema in successes)
        fits_error = not errors(error, value)
        expected = (False, True) if name.startswith("code-") else (True, False)
        assert (fits_success, fits_error) == expected, name


def test_error_examples_start_with_missing_credentials() -> None:
    named = resolve(SPEC["components"]["responses"]["Error"])["content"]["application/json"]["examples"]
    assert list(named) == ["code-16", *(f"code-{code}" for code in CODES if code != 16)]


@pytest.mark.parametrize("entry", VENDOR, ids=VENDOR_IDS)
def test_every_usable_vendor_example_fits(entry: dict[str, Any]) -> None:
    operation = OPERATIONS[entry["operationId"]]
    assert entry["source"] in SPEC["x-sources"]
    if entry["kind"] == "response":
        assert errors(answers(operation)["schema"], entry["value"]) == []
    elif entry.get("in") == "query":
        schemas = {p["name"]: p["schema"] for p in map(resolve, operation["parameters"])}
        required = {p["name"] for p in map(resolve, operation["parameters"]) if p.get("required")}
        assert required <= entry["value"].keys() <= schemas.keys()
        for name, text in entry["value"].items():
            value = int(text) if schemas[name].get("type") == "integer" else text
            assert errors(schemas[name], value) == [], name
    else:
        assert errors(operation["requestBody"]["content"]["application/json"]["schema"], entry["value"]) == []


def test_examples_carry_no_credentials_of_anyone() -> None:
    texts = [json.dumps(value) for _, _, value in EXAMPLES] + [json.dumps(entry) for entry in VENDOR]
    for text in texts:
        assert "LTAI" not in text
        for secret in SECRET.findall(text):
            assert secret.startswith("EXAMPLE-") or secret == "string"


# ---------------------------------------------------------------- operations
def test_all_27_calls_of_the_navigation_are_there_in_the_order_of_their_tags() -> None:
    assert len(CALLS) == 27
    assert [call for call in OPERATIONS if call in CALLS] == CALLS
    assert [tag["name"] for tag in SPEC["tags"]][: len(TAGS)] == TAGS
    assert all(tag["description"] for tag in SPEC["tags"])


@pytest.mark.parametrize("call", CALLS)
def test_an_operation_says_what_it_must(call: str) -> None:
    operation = OPERATIONS[call]
    assert operation["tags"] == [call.split(".")[0]]
    assert {"summary", "description", "security"} <= operation.keys()
    assert operation["responses"]["4XX"] == {"$ref": "#/components/responses/Error"}
    if "requestBody" in operation:
        assert operation["requestBody"]["required"] is True
        assert operation["requestBody"]["content"]["application/json"]["examples"]


def test_credentials_travel_in_the_headers_of_the_documentation() -> None:
    schemes = SPEC["components"]["securitySchemes"]
    assert {name: (one["in"], one["name"]) for name, one in schemes.items() if one["type"] == "apiKey"} == {
        "publicToken": ("header", "Public-Token"),
        "sign": ("header", "Sign"),
        "timestamp": ("header", "Timestamp"),
        "merchantSession": ("header", "Authorization"),
    }


@pytest.mark.parametrize("call", CALLS)
def test_hmac_is_three_headers_together_and_never_a_parameter(call: str) -> None:
    operation = OPERATIONS[call]
    names = {resolve(parameter)["name"].lower() for parameter in operation.get("parameters", [])}
    assert not names & HMAC_HEADERS
    for requirement in operation["security"]:
        hmac = requirement.keys() & {"publicToken", "sign", "timestamp"}
        assert hmac in (set(), {"publicToken", "sign", "timestamp"})
        assert len(requirement) == (3 if hmac else 1)


@pytest.mark.parametrize("call", [call for call in CALLS if OPERATIONS[call]["security"] == []])
def test_an_unsigned_call_takes_the_client_secret_as_a_parameter(call: str) -> None:
    operation = OPERATIONS[call]
    parameters = [resolve(parameter) for parameter in operation.get("parameters", [])]
    required = {parameter["name"] for parameter in parameters if parameter.get("required")}
    if "requestBody" in operation:
        body = resolve(operation["requestBody"]["content"]["application/json"]["schema"])
        required |= set(body["required"])
    secrets = {"client_id", "client_secret"}
    assert required >= secrets if call != "oauth.authorize_url" else not required


def test_only_scopes_with_a_source_are_used() -> None:
    flows = SPEC["components"]["securitySchemes"]["oauth2"]["flows"]
    known = set().union(*(flow["scopes"] for flow in flows.values()))
    assert known == {
        "read_reviews",
        "write_reviews",
        "read_customer_events",
        "write_customers",
        "read_shop_install_status",
    }
    for operation in OPERATIONS.values():
        used = {scope for need in operation["security"] for scopes in need.values() for scope in scopes}
        used |= set(operation.get("x-scopes-inferred", [])) | set(operation.get("x-scopes-platform", []))
        assert used | set(operation.get("x-scopes-by-topic", {}).values()) <= known


# ---------------------------------------------------------------- schemas
def test_the_documented_schema_names_are_there() -> None:
    assert set(DOCUMENTED_NAMES) <= SCHEMAS.keys()


def test_request_and_response_schemas_are_disjoint() -> None:
    requests: set[str] = set()
    responses: set[str] = set()
    for operation in OPERATIONS.values():
        requests |= reached(operation.get("requestBody", {}))
        responses |= reached([resolve(response) for response in operation["responses"].values()])
    assert requests
    assert responses
    assert not requests & responses


@pytest.mark.parametrize("call", CALLS)
def test_a_response_is_the_envelope_with_its_own_data(call: str) -> None:
    tag, method = call.split(".")
    name = f"{tag}_{method}".title().replace("_", "") + "Response"
    first = answers(OPERATIONS[call])["schema"]["anyOf"][0]["$ref"].rsplit("/", 1)[-1]
    assert first in (name, "SuccessResponse")
    if first == name:
        common, own = SCHEMAS[name]["allOf"]
        assert common == {"$ref": "#/components/schemas/SuccessResponse"}
        assert list(own["properties"]) == ["data"]
    assert "data" not in SCHEMAS["SuccessResponse"]["properties"]


def test_every_object_with_members_is_a_named_schema() -> None:
    for place, node in walk({"paths": SPEC["paths"], "components": SPEC["components"]}):
        if isinstance(node.get("properties"), dict) and node.get("type") == "object":
            assert re.fullmatch(r"#/components/schemas/\w+(/allOf/1)?", place), place


def test_no_member_has_a_name_that_a_class_cannot_carry() -> None:
    for name, schema in SCHEMAS.items():
        for _, node in walk(schema):
            if isinstance(node.get("properties"), dict):
                assert not node["properties"].keys() & RESERVED, name


def test_objects_are_open_and_value_lists_are_not_closed() -> None:
    allowed_enums = ([0], [0, 1], [1, 2, 3, 4, 5])
    for place, node in walk(SPEC):
        if place != "#/components/schemas/EmptyResponse":
            assert "additionalProperties" not in node, place
        if isinstance(node.get("enum"), list):
            assert node["enum"] in allowed_enums, place
        assert not {"default", "nullable"} & node.keys(), place


def test_codes_are_those_of_the_table() -> None:
    assert [int(code) for code in SPEC["x-codes"]] == [0, *CODES]
    assert [f"code-{code}" for code in CODES] == list(SPEC["components"]["examples"])
