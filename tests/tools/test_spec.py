"""openapi.yaml keeps its own rules, and every example in it and on the vendor's pages fits its schema."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker
from trustoo_api.api.reviews import AsyncReviewsResource, ReviewsResource

from tools.generate import facts, operations_module
from tools.mock import document as mock
from tools.spec import LOADER, Spec

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "openapi.yaml").read_text(encoding="utf-8")
SPEC: dict[str, Any] = yaml.load(TEXT, LOADER)
SERVED: dict[str, Any] = yaml.load((ROOT / mock.PLACE).read_text(encoding="utf-8"), LOADER)
"""What Prism serves."""
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


def served(call: str) -> dict[str, Any]:
    """The examples of an operation's 200 in the document that Prism serves, with their values."""
    path, method = next(
        (path, method)
        for path, item in SERVED["paths"].items()
        for method, operation in item.items()
        if operation["operationId"] == call
    )
    content = SERVED["paths"][path][method]["responses"]["200"]["content"]["application/json"]
    components = SERVED["components"]["examples"]
    return {
        name: components[example["$ref"].rsplit("/", 1)[-1]]["value"] if "$ref" in example else example["value"]
        for name, example in content["examples"].items()
    }


@pytest.mark.parametrize("call", CALLS)
def test_the_200_examples_are_successes_and_the_mock_serves_them_before_every_known_code(call: str) -> None:
    own = {name: example["value"] for name, example in answers(OPERATIONS[call])["examples"].items()}
    assert next(iter(own)) == "success"
    assert all(value.get("code", 0) == 0 for value in own.values())
    codes = {f"code-{code}": code for code in CODES}
    found = served(call)
    assert list(found) == [*own, *codes]
    assert {name: found[name] for name in own} == own
    assert {name: found[name]["code"] for name in codes} == codes


@pytest.mark.parametrize("call", CALLS)
def test_an_example_fits_either_the_success_or_the_error_envelope(call: str) -> None:
    *successes, error = answers(OPERATIONS[call])["schema"]["anyOf"]
    assert error == {"$ref": "#/components/schemas/ErrorResponse"}
    for name, value in served(call).items():
        fits_success = any(not errors(schema, value) for schema in successes)
        fits_error = not errors(error, value)
        expected = (False, True) if name.startswith("code-") else (True, False)
        assert (fits_success, fits_error) == expected, name


def test_error_examples_start_with_missing_credentials() -> None:
    named = SERVED["components"]["responses"]["Error"]["content"]["application/json"]["examples"]
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
    assert known == {"read_reviews", "write_reviews", "read_customer_events", "write_customers"}
    for call, operation in OPERATIONS.items():
        used = {scope for need in operation["security"] for scopes in need.values() for scope in scopes}
        used |= set(operation.get("x-scopes-inferred", []))
        for by_topic in ("x-scopes-by-topic", "x-scopes-by-topic-inferred"):
            used |= set(operation.get(by_topic, {}).values())
        assert used <= known, call


# ---------------------------------------------------------------- schemas
def test_the_documented_schema_names_are_there() -> None:
    assert set(DOCUMENTED_NAMES) <= SCHEMAS.keys()


def test_request_and_response_schemas_are_disjoint() -> None:
    requests: set[str] = set()
    responses: set[str] = set()
    for operation in OPERATIONS.values():
        requests |= reached(operation.get("requestBody", {}))
        responses |= reached([resolve(response) for response in operation["responses"].values()])
    values = {name for name, schema in SCHEMAS.items() if "properties" not in schema and "allOf" not in schema}
    assert requests - values
    assert responses - values
    assert not requests & responses - values


@pytest.mark.parametrize("call", CALLS)
def test_a_response_is_the_envelope_with_its_own_data(call: str) -> None:
    tag, method = call.split(".")
    name = f"{tag}_{method}".title().replace("_", "").replace("Oauth", "OAuth") + "Response"
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


def test_an_object_requires_only_members_that_it_has() -> None:
    for name, schema in SCHEMAS.items():
        for part in (schema, *schema.get("allOf", ())):
            if "properties" in part:
                required = set(part.get("required", ()))
                for condition in ("if", "else"):
                    required |= set(part.get(condition, {}).get("required", ()))
                assert required <= part["properties"].keys(), name
            else:
                assert "required" not in part, name


def test_no_member_has_a_name_that_a_class_cannot_carry() -> None:
    for name, schema in SCHEMAS.items():
        for _, node in walk(schema):
            if isinstance(node.get("properties"), dict):
                assert not node["properties"].keys() & RESERVED, name


def test_objects_are_open_and_value_lists_are_not_closed() -> None:
    allowed_enums = ([0], [0, 1], [1, 2, 3, 4, 5])
    open_lists = re.compile(r"(#/components/schemas/\w+)/anyOf/\d+")
    for place, node in walk(SPEC):
        if place != "#/components/schemas/EmptyResponse":
            assert "additionalProperties" not in node, place
        if isinstance(node.get("enum"), list) and node["enum"] not in allowed_enums:
            listed = open_lists.fullmatch(place)
            assert listed is not None, place
            assert {"type": "string"} in SCHEMAS[listed[1].rsplit("/", 1)[-1]]["anyOf"], place
        assert not {"default", "nullable"} & node.keys(), place


def test_codes_are_those_of_the_table() -> None:
    assert [int(code) for code in SPEC["x-codes"]] == [0, *CODES]


# ---------------------------------------------------------------- one place for each statement
def test_a_new_code_is_one_edit() -> None:
    entry = "  '8':"
    line = "  '7': {name: permission_denied, meaning: EXAMPLE meaning., x-evidence: example, x-source: [rating]}\n"
    spec = Spec((TEXT.replace(entry, line + entry)).encode())
    assert spec.codes()[7] == "EXAMPLE meaning."
    assert '7: "EXAMPLE meaning."' in operations_module(spec, facts(spec))
    document = mock.with_error_examples(spec)
    assert document["components"]["examples"]["code-7"]["value"]["code"] == 7
    for item in document["paths"].values():
        for operation in item.values():
            assert "code-7" in operation["responses"]["200"]["content"]["application/json"]["examples"]
    assert "code-7" in document["components"]["responses"]["Error"]["content"]["application/json"]["examples"]


def test_a_new_known_value_is_one_edit() -> None:
    assert TEXT.count("ChatWILL]") == 1
    spec = Spec(TEXT.replace("ChatWILL]", "ChatWILL, EXAMPLE source]").encode())
    schemas = spec.document["components"]["schemas"]
    members = {one["wire"]: one for one in facts(spec)["schemas"]["CreateReviewRequest"]["members"]}
    _, _, reviews = spec.by_id["reviews.list"]
    [sources] = [one for one in reviews["parameters"] if one["name"] == "sources"]
    assert "EXAMPLE source" in members["source"]["type"]
    assert "EXAMPLE source" in schemas["Review"]["properties"]["source"]["x-known-values"]
    assert "EXAMPLE source" in sources["schema"]["items"]["x-known-values"]


def test_no_list_of_values_is_written_twice() -> None:
    seen: dict[str, str] = {}
    for place, node in walk(SPEC):
        if isinstance(node.get("enum"), list) and len(node["enum"]) > 2:
            text = json.dumps(node["enum"])
            assert text not in seen, (place, seen[text])
            seen[text] = place
    assert len(seen) > 5


def test_how_arrays_are_written_is_changed_in_one_place() -> None:
    for text, written in ((TEXT, True), (TEXT.replace("&array-explode true", "&array-explode false"), False)):
        found = [
            (parameter["style"], parameter["explode"], parameter["x-style-evidence"])
            for item in yaml.load(text, LOADER)["paths"].values()
            for operation in item.values()
            for parameter in operation.get("parameters", ())
            if parameter.get("schema", {}).get("type") == "array"
        ]
        assert found == [("form", written, "inferred")] * 3


def test_lines_are_short_enough_to_edit() -> None:
    table = False
    for number, line in enumerate(TEXT.splitlines(), 1):
        if not line.startswith((" ", "#")) and line:
            table = line in ("x-codes:", "x-sources:")
        assert len(line) <= (160 if table else 120), f"openapi.yaml:{number} has {len(line)} characters"


# ---------------------------------------------------------------- descriptions
def test_every_argument_and_member_is_described() -> None:
    for call, operation in OPERATIONS.items():
        for parameter in map(resolve, operation.get("parameters", ())):
            assert parameter.get("description"), f"{call}: {parameter['name']}"
    for name, schema in SCHEMAS.items():
        for part in (schema, *schema.get("allOf", ())):
            for member, about in part.get("properties", {}).items():
                assert about.get("description") or resolve(about).get("description"), f"{name}.{member}"


def test_help_says_what_none_means_and_which_error_refuses_an_argument() -> None:
    for method in (ReviewsResource.create, AsyncReviewsResource.list):
        text = inspect.getdoc(method) or ""
        assert "None leaves an argument out of the request." in text
        assert "ArgumentError: if an argument cannot be sent." in text
        assert "docs/errors.md" in text


def test_no_docstring_of_the_client_lacks_a_description() -> None:
    for path in (ROOT / "generated" / "trustoo_api").rglob("*.py"):
        assert "Not described" not in path.read_text(encoding="utf-8"), path
