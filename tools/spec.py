"""Reads `openapi.yaml` for the tools and tests."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

METHODS = ("get", "put", "post", "delete", "patch")
VALUES = {"string", "integer", "number", "boolean"}
TEXTS_OF_A_COMPONENT = ("description", "x-evidence", "x-source")
LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # many times faster, where PyYAML has it
Node = dict[str, Any]


@dataclass(frozen=True)
class Success:
    """The forms that a successful response may have."""

    has_data: bool
    data_required: bool
    bare: str | None
    """The name of the schema of a response without an envelope, if one is known."""


def sha256_of(text: bytes) -> str:
    """The hash of the spec. It does not depend on the line ends of a checkout."""
    return hashlib.sha256(text.replace(b"\r\n", b"\n")).hexdigest()


class Spec:
    """A parsed spec and the hash of its text.

    `document` is the file with its schemas of plain values, such as lists of known values, in the places that refer to
    them. An open list, `anyOf: [{type: string, enum: [...]}, {type: string}]`, is `x-known-values` there.
    """

    def __init__(self, text: bytes) -> None:
        self.sha256 = sha256_of(text)
        self.document: Node = _values_in_place(yaml.load(text, LOADER))

    def operations(self) -> Iterator[tuple[str, str, Node]]:
        """(path, method, operation) in the file's order."""
        return self.operations_of(self.document)

    @staticmethod
    def operations_of(document: Node) -> Iterator[tuple[str, str, Node]]:
        """(path, method, operation) of a document in its order."""
        for path, item in document["paths"].items():
            for method in METHODS:
                if method in item:
                    yield path, method, item[method]

    def resolve(self, node: Node) -> Node:
        """`node`, or what its `$ref` points to."""
        while "$ref" in node:
            node = self.target(node)
        return node

    def target(self, node: Node) -> Node:
        """What the `$ref` of `node` points to, which may be another `$ref`. Raises KeyError if nothing is there."""
        target: Node = self.document
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        return target

    def parameters(self, operation: Node, *places: str) -> list[Node]:
        """The parameters of an operation, all of them or those in `places`."""
        found = map(self.resolve, operation.get("parameters", ()))
        return [one for one in found if not places or one["in"] in places]

    def success_media(self, operation: Node) -> Node:
        """The schema and the examples of the JSON of a successful response. {} if the response has no content."""
        for status, response in operation["responses"].items():
            if status.startswith("2"):
                found: Node = self.resolve(response).get("content", {}).get("application/json", {})
                return found
        return {}

    def success_schema(self, operation: Node) -> Node:
        """The schema of the JSON of a successful response. {} if the response has no content."""
        found: Node = self.success_media(operation).get("schema", {})
        return found

    def body(self, operation: Node) -> tuple[str, Node]:
        """The media type and the schema of the body that is sent. ("", {}) if none is sent."""
        for media_type, media in self.resolve(operation.get("requestBody", {})).get("content", {}).items():
            return media_type, self.resolve(media["schema"])
        return "", {}

    def properties(self, schema: Node) -> dict[str, Node]:
        """The members of an object schema, including the members of its `allOf` parts."""
        found: dict[str, Node] = {}
        for part in (*schema.get("allOf", ()), schema):
            resolved = self.resolve(part)
            found |= self.properties(resolved) if resolved is not schema else schema.get("properties", {})
        return found

    def required(self, schema: Node) -> set[str]:
        """The names that an object schema requires, including the names in its `allOf` parts."""
        parts = [self.required(self.resolve(part)) for part in schema.get("allOf", ())]
        return set(schema.get("required", ())).union(*parts)

    def success(self, operation: Node) -> Success:
        """The forms that a successful response of `operation` may have."""
        schema = self.success_schema(operation)
        has_data = data_required = False
        bare = None
        for variant in schema.get("anyOf", (schema,)):
            name, resolved = variant.get("$ref", "").rsplit("/", 1)[-1], self.resolve(variant)
            members = self.properties(resolved)
            if not schema:
                pass
            elif "code" not in members or "message" not in members:
                bare = name
            elif "data" in members:
                has_data, data_required = True, "data" in self.required(resolved)
        return Success(has_data, data_required, bare)

    def body_name(self, operation: Node) -> tuple[str, str]:
        """The media type and the name of the schema of the body that is sent. ("", "") if none is sent."""
        for media_type, media in self.resolve(operation.get("requestBody", {})).get("content", {}).items():
            return media_type, media["schema"].get("$ref", "").rpartition("/")[2]
        return "", ""

    def body_members(self, operation: Node) -> dict[str, Node]:
        """The members of the object that is sent. {} if none is sent."""
        return self.properties(self.body(operation)[1])

    def required_members(self, operation: Node) -> set[str]:
        """The members that the object of the body requires."""
        return self.required(self.body(operation)[1])

    def body_one_of(self, operation: Node) -> list[str]:
        """The two members of which exactly one is sent (`if`, `then: {not: ...}` and `else` say so), or []."""
        schema = self.body(operation)[1]
        one, other = (schema.get(branch, {}).get("required", []) for branch in ("if", "else"))
        return [*one, *other] if schema.get("then") == {"not": {"required": other}} else []

    @staticmethod
    def gid(schema: Node) -> str | None:
        """The kind of Shopify object whose number a value is: "Product" for `format: shopify-product-id`."""
        text = schema.get("format") or schema.get("items", {}).get("format") or ""
        return text.split("-")[1].capitalize() if text.startswith("shopify-") else None

    def item_of_pages(self, operation: Node) -> str | None:
        """The name of an item's schema, if the operation's `data` has `page` and `list`. Otherwise None."""
        if "page" not in {parameter["name"] for parameter in self.parameters(operation, "query")}:
            return None
        schema = self.success_schema(operation)
        for variant in schema.get("anyOf", (schema,)):
            data = self.resolve(self.properties(self.resolve(variant)).get("data", {}))
            members = self.properties(data)
            if {"page", "list"} <= members.keys():
                name: str = members["list"]["items"]["$ref"].rsplit("/", 1)[-1]
                return name
        return None

    def redirect_to(self, operation: Node) -> str | None:
        """The member of `data` that a documented redirect's Location fills."""
        for status, response in operation["responses"].items():
            if status.startswith("3"):
                location = self.resolve(self.resolve(response)["headers"]["Location"])
                fills: str = location["x-fills"]
                return fills
        return None

    def request_schemas(self) -> set[str]:
        """The names of the schemas that request bodies consist of."""
        names: set[str] = set()
        for _, _, operation in self.operations():
            if "requestBody" in operation:
                self._collect(self.resolve(operation["requestBody"]), names)
        return names

    def response_schemas(self) -> set[str]:
        """The names of the schemas that responses consist of."""
        names: set[str] = set()
        for _, _, operation in self.operations():
            for response in operation["responses"].values():
                self._collect(self.resolve(response), names)
        return names

    def _collect(self, node: object, names: set[str]) -> None:
        if isinstance(node, dict):
            reference = node.get("$ref", "")
            if isinstance(reference, str) and reference.startswith("#/components/schemas/"):
                name = reference.rsplit("/", 1)[-1]
                if name not in names:
                    names.add(name)
                    self._collect(self.resolve(node), names)
            for key, value in node.items():
                if key not in ("example", "examples"):
                    self._collect(value, names)
        elif isinstance(node, list):
            for value in node:
                self._collect(value, names)

    def secrets(self) -> set[str]:
        """Names of the members and parameters that are marked `format: password`."""
        schemas = self.document["components"]["schemas"].values()
        members = [pair for schema in schemas for pair in self.properties(schema).items()]
        for _, _, operation in self.operations():
            for parameter in self.parameters(operation):
                members.append((parameter["name"], parameter.get("schema", {})))
        return {name for name, about in members if about.get("format") == "password"}

    def codes(self) -> dict[int, str]:
        """Known values of the envelope's `code` with their meaning."""
        return {int(code): about["meaning"] for code, about in self.document["x-codes"].items()}

    @cached_property
    def by_id(self) -> dict[str, tuple[str, str, Node]]:
        """(path, method, operation) by operationId."""
        return {operation["operationId"]: (path, method, operation) for path, method, operation in self.operations()}


def _values_in_place(document: Node) -> Node:
    schemas = document.get("components", {}).get("schemas", {})
    values = {f"#/components/schemas/{name}": schema for name, schema in schemas.items() if is_of_values(schema)}

    def placed(node: Any) -> Any:
        if isinstance(node, list):
            return [placed(item) for item in node]
        if not isinstance(node, dict):
            return node
        if node.get("$ref") in values:
            component = values[node["$ref"]]
            node = {
                **{key: value for key, value in component.items() if key not in TEXTS_OF_A_COMPONENT},
                **{key: value for key, value in node.items() if key != "$ref"},
            }
        return _with_known_values({key: placed(value) for key, value in node.items()})

    document = placed(document)
    for reference in values:
        del document["components"]["schemas"][reference.rsplit("/", 1)[-1]]
    return document


def is_of_values(schema: object) -> bool:
    """Whether a schema is only of texts, numbers or booleans."""
    if not isinstance(schema, dict):
        return False
    variants, kind = schema.get("anyOf"), schema.get("type")
    if isinstance(variants, list) and variants:
        return all(map(is_of_values, variants))
    return isinstance(kind, str) and kind in VALUES


def _with_known_values(schema: Node) -> Node:
    """The schema with an open list as `x-known-values`. Other schemas are returned as they are."""
    variants = schema.get("anyOf")
    if not isinstance(variants, list) or {"type": "string"} not in variants:
        return schema
    lists = [variant.get("enum") for variant in variants if variant != {"type": "string"}]
    if not lists or not all(lists):
        return schema
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {"type": "string", **rest, "x-known-values": [value for values in lists for value in values]}


def load(path: Path) -> Spec:
    """The spec in the file `path`."""
    return Spec(path.read_bytes())
