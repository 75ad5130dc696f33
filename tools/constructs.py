"""Looks for parts of `openapi.yaml` that the generated client would not send or read as the spec says.

`check` returns one sentence for each of them, with the line. `python -m tools.constructs` prints them.
docs/changing-api.md has the table of all constructs. Each object of the spec may only have the keys that are listed
here, so that an unknown key is refused and never ignored.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from tools.forms import Forms, argument_names, attribute_name, known_values
from tools.generator import class_name, python_name
from tools.openapi_shape import SPEC
from tools.patterns import python_pattern
from tools.spec import LOADER, METHODS, Node, Spec

FILE = "openapi.yaml"
Place = tuple[str, ...]

OPERATION = {
    *("operationId", "tags", "summary", "description", "externalDocs", "deprecated"),
    *("security", "parameters", "requestBody", "responses"),
}
PARAMETER = {
    *("name", "in", "required", "description", "deprecated", "schema", "example", "examples", "style", "explode"),
}
TYPES = ("string", "integer", "number", "boolean", "array", "object", "null")
ANNOTATIONS = {"title", "description", "example", "examples", "default", "deprecated", "externalDocs", "discriminator"}
SHAPES = {"type", "properties", "required", "items", "additionalProperties", "anyOf", "oneOf", "allOf", "enum", "const"}
LIMITS = {
    *("format", "pattern", "minLength", "maxLength", "minItems", "maxItems"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
}
ONLY_IN_RESPONSES = {"multipleOf", "uniqueItems", "minProperties", "maxProperties", "not", "readOnly"}
"""What a response may state. The client reads responses tolerantly and does not check it."""
REQUEST_FORMATS = {
    *("instant", "date-time", "date", "email", "uri", "password", "decimal", "uuid", "binary"),
    *("shopify-product-id", "shopify-order-id", "int32", "int64", "float", "double"),
}
STYLES = {
    "path": ("simple",),
    "header": ("simple",),
    "cookie": ("form",),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
}
CREDENTIALS = ({"publicToken", "sign", "timestamp"}, {"oauth2"}, {"merchantSession"}, set[str]())
MEDIA_TYPES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
OWN_HEADERS = {
    *("accept", "authorization", "user-agent", "public-token", "sign", "timestamp", "host", "connection", "cookie"),
    *("te", "trailer", "transfer-encoding", "upgrade", "expect", "keep-alive", "accept-encoding"),
}
"""The headers that the client or its HTTP library writes, also those that begin with content-."""
OWN_CLASSES = {
    *("Any", "AsyncClient", "ClassVar", "Client", "Constraint", "Container", "FileLike", "FilePart", "Id", "INT"),
    *("Iterable", "JSON", "Listing", "ListOrNull", "Literal", "Mapping", "Model", "ObjectLike", "OperationRequest"),
    *(
        "OrEmpty",
        "PaginationRequest",
        "Required",
        "Response",
        "ResponseDecoder",
        "SyncClient",
        "TypeAlias",
        "TypedDict",
        "Unpack",
    ),
    *("Method", "PaginatedMethod", "RawResource", "AsyncRawResource", "SyncResource", "AsyncResource"),
}
"""The classes that generated modules import."""
OWN_TAGS = {
    *("close", "aclose", "with_options", "on_request", "on_response", "on_retry", "send", "send_async", "paginate"),
    *("signed", "upload", "config", "credentials"),
}
"""The attributes that clients have besides the resources."""
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def check(text: str) -> list[str]:
    """A line for each problem: `openapi.yaml:LINE: PLACE: SENTENCE`. [] if everything can be generated."""
    try:
        root = yaml.compose(text, LOADER)
        document = yaml.load(text, LOADER)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return [f"{FILE}:{line}: The file is not YAML: {error.problem}."]
    if root is None or not isinstance(document, dict):
        return [f"{FILE}:1: The file holds no OpenAPI spec."]
    checker = _Checker(document, root)
    for step in (checker.keys, checker.shape, checker.references, checker.everything, checker.examples):
        try:
            step()
        except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
            if not checker.problems:
                checker.say(
                    checker.place, f"This part is not built as OpenAPI 3.1 says ({type(error).__name__}: {error})."
                )
        if checker.problems:  # later steps rely on earlier ones
            break
    return [f"{FILE}:{line}: {sentence}" for line, sentence in sorted(set(checker.problems))]


class _Checker:
    def __init__(self, document: Node, root: yaml.Node) -> None:
        self.problems: list[tuple[int, str]] = []
        self.place: Place = ()
        self._document, self._root, self._spec = document, root, Spec(b"{}")
        self._spec.document = document
        self._forms = Forms(self._spec)
        self._lines: dict[Place, int] = {(): 1}
        self._multipart = set[str]()
        """The names of the schemas of multipart bodies."""

    def say(self, place: Place, sentence: str) -> None:
        known = place
        while known not in self._lines:
            known = known[:-1]
        name = ".".join(place)
        self.problems.append((self._lines[known], f"{name}: {sentence}" if name else sentence))

    # --- the file

    def keys(self) -> None:
        """Number the lines, and find keys that occur twice."""
        self._number(self._root, ())

    def _number(self, node: yaml.Node, place: Place) -> None:
        if isinstance(node, yaml.MappingNode):
            seen: dict[str, int] = {}
            for key, value in node.value:
                name, line = str(key.value), key.start_mark.line + 1
                self._lines[(*place, name)] = line
                if name in seen and name != "<<":
                    self.say(
                        (*place, name), f"This key stands here and in line {seen[name]}. YAML keeps only one of them."
                    )
                seen[name] = line
                self._number(value, (*place, name))
        elif isinstance(node, yaml.SequenceNode):
            for number, value in enumerate(node.value):
                self._lines[(*place, str(number))] = value.start_mark.line + 1
                self._number(value, (*place, str(number)))

    def shape(self) -> None:
        """Find parts that are not built as OpenAPI says."""
        for error in Draft202012Validator(SPEC).iter_errors(self._document):
            place = tuple(map(str, error.absolute_path))
            self.say(place, f"This is not built as OpenAPI says: {_shortened(error.message)}.")
        for code in self._document.get("x-codes", ()):
            if not str(code).isdecimal():
                self.say(("x-codes", str(code)), f"The code {code!r} is not a number.")

    def references(self) -> None:
        """Find references that lead nowhere."""
        for place, node in _objects(self._document, ()):
            if "$ref" not in node or (place and place[-1] == "properties"):
                continue
            reference = node["$ref"]
            if not isinstance(reference, str) or not reference.startswith("#/"):
                self.say(place, f"$ref is {reference!r}; a reference begins with #/, because the spec is one file.")
                continue
            try:
                target = self._spec.target(node)
            except (KeyError, TypeError):
                self.say(place, f"$ref is {reference!r}, and nothing stands there.")
                continue
            if target is node or (isinstance(target, dict) and target.get("$ref") == reference):
                self.say(place, f"$ref is {reference!r}, which refers to itself.")
            beside = [key for key in node if key not in ("$ref", "summary", "description") and not key.startswith("x-")]
            if beside:
                self.say(place, f"{', '.join(beside)} beside $ref would be ignored; put it into the component.")

    # --- everything but examples

    def everything(self) -> None:
        document = self._document
        self._server()
        operations = [(path, method) for path, method, _ in self._spec.operations()]
        for path, item in document["paths"].items():
            self.place = ("paths", path)
            for key in item:
                if key not in (*METHODS, "summary", "description") and not key.startswith("x-"):
                    self.say((*self.place, key), f"{key} of a path is not supported; {_instead(key)}.")
        ids = Counter[str]()
        for path, method in operations:
            operation = document["paths"][path][method]
            self.place = ("paths", path, method)
            ids[str(operation.get("operationId"))] += 1
            if ids[str(operation.get("operationId"))] > 1:
                first = next(
                    self._lines["paths", other, way, "operationId"]
                    for other, way in operations
                    if document["paths"][other][way].get("operationId") == operation.get("operationId")
                )
                text = f"{operation.get('operationId')} is also the operationId in line {first}; give each its own."
                self.say((*self.place, "operationId"), text)
            self._operation(path, method, operation, self.place)
        self._schemas()
        if not self.problems:
            self._names()

    def _server(self) -> None:
        servers = self._document.get("servers") or []
        if len(servers) != 1 or "variables" in servers[0] or "{" in str(servers[0].get("url")):
            self.say(("servers",), "The spec must have exactly one server, whose url has no variables.")
        if not str(self._document.get("openapi")).startswith("3.1"):
            self.say(("openapi",), "The spec must be OpenAPI 3.1.")

    def _keys(self, node: Mapping[str, Any], allowed: Iterable[str], place: Place) -> None:
        for key in node:
            if key not in allowed and not str(key).startswith("x-"):
                self.say((*place, str(key)), f"{key} is not supported; {_instead(str(key))}.")

    def _operation(self, path: str, method: str, operation: Node, place: Place) -> None:
        self._keys(operation, OPERATION, place)
        for key in ("operationId", "tags", "summary", "security", "responses", "x-evidence", "x-source"):
            if key not in operation:
                hint = " Write [] if it is sent without credentials." if key == "security" else ""
                self.say(place, f"{key} is missing.{hint}")
        identifier = str(operation.get("operationId", ""))
        if not re.fullmatch(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*", identifier):
            self.say(
                (*place, "operationId"), f"operationId is {identifier!r}; its form is tag.method, such as reviews.list."
            )
        tags = operation.get("tags")
        known = [tag["name"] for tag in self._document.get("tags", ())]
        if tags != [identifier.partition(".")[0]] or tags[0] not in known:
            self.say(
                (*place, "tags"),
                f"tags is {tags}; it must be the part of the operationId before the dot, and stand in the root's tags.",
            )
        for number, requirement in enumerate(operation.get("security", ())):
            if set(requirement) not in CREDENTIALS:
                self.say(
                    (*place, "security", str(number)),
                    f"The security requirement {sorted(requirement)} is none that the client knows: "
                    "publicToken, sign and timestamp together, oauth2, merchantSession, or {}.",
                )
        self._parameters(path, operation, place)
        if "requestBody" in operation:
            self._body(method, operation, (*place, "requestBody"))
        self._responses(operation, place)

    def _at(self, node: Node, place: Place) -> tuple[Node, Place]:
        """What a node refers to, and where that stands."""
        while "$ref" in node:
            place = tuple(step.replace("~1", "/").replace("~0", "~") for step in node["$ref"][2:].split("/"))
            node = self._spec.target(node)
        return node, place

    def _parameters(self, path: str, operation: Node, place: Place) -> None:
        seen = set[tuple[str, str]]()
        for number, given in enumerate(operation.get("parameters", ())):
            parameter, here = self._at(given, (*place, "parameters", str(number)))
            self._keys(parameter, PARAMETER, here)
            missing = [key for key in ("name", "in", "schema") if key not in parameter]
            if missing:
                self.say(here, f"The parameter has no {' and no '.join(missing)}.")
                continue
            name, where = parameter["name"], parameter["in"]
            if where not in STYLES:
                self.say((*here, "in"), f"in is {where!r}; a parameter is in {', '.join(STYLES)}.")
                continue
            if (same := (where, name.lower() if where == "header" else name)) in seen:
                self.say(here, f"The {where} parameter {name} occurs twice.")
            seen.add(same)
            self._parameter(parameter, here)
        in_path = [name for where, name in seen if where == "path"]
        if sorted(re.findall(r"\{([^{}]*)\}", path)) != sorted(in_path):
            self.say(place, f"The path has the variables of {path!r}, but the path parameters are {sorted(in_path)}.")

    def _parameter(self, parameter: Node, here: Place) -> None:
        name, where, schema = parameter["name"], parameter["in"], parameter["schema"]
        style = parameter.get("style", STYLES[where][0])
        self._schema(schema, (*here, "schema"), in_request=True)
        if style not in STYLES[where]:
            self.say(
                (*here, "style"),
                f"style {style} of a {where} parameter is not supported; use {' or '.join(STYLES[where])}.",
            )
            return
        kinds = self._kinds(schema)
        if where == "path" and parameter.get("required") is not True:
            self.say(here, f"The path parameter {name} must have required: true.")
        if where == "path" and not re.fullmatch("[a-zA-Z_-][a-zA-Z0-9_-]*", name):
            self.say(
                (*here, "name"),
                f"{name!r} cannot be the name of a path parameter; it consists of letters, digits, _ and -.",
            )
        if where == "query" and name == "timestamp":
            self.say(here, "A query parameter cannot have the name timestamp, because the signature uses it.")
        if where in ("header", "cookie") and not TOKEN.fullmatch(name):
            self.say((*here, "name"), f"{name!r} cannot be the name of a {where}.")
        if where == "header" and (name.lower() in OWN_HEADERS or name.lower().startswith(("content-", "proxy-"))):
            self.say(
                (*here, "name"), f"The client or its HTTP library writes the header {name}; leave the parameter out."
            )
        if style == "deepObject":
            members = self._spec.properties(self._spec.resolve(schema))
            nested = [member for member, about in members.items() if {*self._kinds(about)} & {"array", "object", ""}]
            if kinds != ["object"] or nested or parameter.get("explode", True) is not True:
                self.say(here, "A deepObject parameter is an object with plain members, and explode is not false.")
        elif "object" in kinds or "" in kinds:
            self.say(
                (*here, "schema"), f"A {where} parameter must have a plain type; use style: deepObject for an object."
            )
        elif "array" in kinds:
            items = self._kinds(self._spec.resolve(schema).get("items", {}))
            if where not in ("query", "header") or kinds != ["array"] or {*items} & {"array", "object", ""}:
                self.say(
                    (*here, "schema"),
                    "A list must be in the query or in a header, be no variant, and have plain items.",
                )
            if style in ("spaceDelimited", "pipeDelimited") and parameter.get("explode"):
                self.say((*here, "explode"), f"explode: true is not defined for style {style}.")

    def _kinds(self, schema: Node) -> list[str]:
        """The JSON types that a value may have, without null. "" for any."""
        return [kind for one in self._forms.variants(schema) if (kind := self._forms.kind(one)) != "null"]

    def _body(self, method: str, operation: Node, place: Place) -> None:
        body, place = self._at(operation["requestBody"], place)
        self._keys(body, ("description", "required", "content"), place)
        content = body.get("content", {})
        if method == "get":
            self.say(place, "A GET has no body; use query parameters.")
        if body.get("required") is not True:
            self.say(place, "The body must have required: true, because the client always sends it.")
        if len(content) != 1 or next(iter(content)) not in MEDIA_TYPES:
            self.say(
                (*place, "content"),
                f"A body has one media type, out of {', '.join(MEDIA_TYPES)}; here are {list(content)}.",
            )
            return
        [(media_type, media)] = content.items()
        here = (*place, "content", media_type)
        self._keys(media, ("schema", "example", "examples"), here)
        schema, there = self._at(media.get("schema", {}), (*here, "schema"))
        if not self._forms.is_object(schema) or "anyOf" in schema or "oneOf" in schema:
            self.say(there, "A body must be one object, because its members become arguments.")
            return
        if "$ref" not in media["schema"]:
            self.say(there, "The object of a body must stand in components.schemas, and be referred to with $ref.")
        if {"not", "if", "then", "else"} & schema.keys() and (
            set(self._spec.body_one_of(operation)) != self._spec.properties(schema).keys()
        ):
            self.say(
                there, "Of if, then, else and not, a body may only say that exactly one of its two members is sent."
            )
        for name, about in self._spec.properties(schema).items():
            is_form = media_type != "application/json"
            kinds = self._kinds(about)
            items = self._kinds(self._spec.resolve(about).get("items", {})) if kinds == ["array"] else []
            if is_form and (
                {*kinds, *items} & {"object", ""} or "array" in items or ("array" in kinds and len(kinds) > 1)
            ):
                self.say(
                    (*there, "properties", name), "A member of a form must be a plain value or a list of plain values."
                )

    def _responses(self, operation: Node, place: Place) -> None:
        place = (*place, "responses")
        for status in operation["responses"]:
            if not isinstance(status, str) or not re.fullmatch("[1-5](?:[0-9]{2}|XX)|default", status):
                self.say((*place, str(status)), f"The status {status!r} must be text, such as '200', 4XX or default.")
                return
        successes = [status for status in operation["responses"] if status.startswith("2")]
        if len(successes) != 1 or successes[0] == "2XX":
            self.say(
                place,
                f"There must be exactly one response with a status such as '200'; here are {successes or 'none'}.",
            )
            return
        for status, given in operation["responses"].items():
            response, here = self._at(given, (*place, status))
            if status.startswith("3") and "x-fills" not in self._redirect(response):
                self.say(here, "A redirect must have a header Location with x-fills, the member of data that it fills.")
        self._success(operation, successes[0], place)

    def _redirect(self, response: Node) -> Node:
        location: Node = response.get("headers", {}).get("Location", {})
        return self._spec.resolve(location)

    def _success(self, operation: Node, status: str, place: Place) -> None:
        response, here = self._at(operation["responses"][status], (*place, status))
        content = response.get("content", {})
        if status == "204" and content:
            self.say((*here, "content"), "A response with status 204 has no content.")
        if list(content) not in ([], ["application/json"]):
            self.say(
                (*here, "content"), f"A success must be application/json or have no content; here are {list(content)}."
            )
            return
        if not content:
            return
        there = (*here, "content", "application/json", "schema")
        schema = content["application/json"].get("schema")
        if not isinstance(schema, dict):
            self.say(there, "The schema of the response is missing.")
            return
        resolved = self._spec.resolve(schema)
        bare = with_data = 0
        variants: list[Node] = resolved.get("anyOf") or resolved.get("oneOf") or [schema]
        for variant in variants:
            about = self._spec.resolve(variant)
            members = self._spec.properties(about) if self._forms.is_object(about) else {}
            is_envelope = {"code", "message"} <= members.keys()
            bare += not is_envelope
            with_data += is_envelope and "data" in members
            if "$ref" not in variant or not self._forms.is_object(about):
                self.say(there, "A response must be objects of components.schemas, referred to with $ref.")
                return
        if "oneOf" in resolved or bare > 1 or with_data > 1:
            self.say(
                there,
                "A response is anyOf: at most one envelope with data, and at most one object without an envelope.",
            )
            return
        self._paging(operation, there)

    def _paging(self, operation: Node, there: Place) -> None:
        try:
            self._spec.item_of_pages(operation)
        except (KeyError, TypeError):
            self.say(there, "The items of a paged list must be objects of components.schemas, referred to with $ref.")

    # --- schemas

    def _schemas(self) -> None:
        requests = self._spec.request_schemas()
        bodies = [self._spec.body_name(one) for _, _, one in self._spec.operations()]
        self._multipart = {body for kind, body in bodies if kind == MEDIA_TYPES[2]}
        self._multipart -= {body for kind, body in bodies if kind != MEDIA_TYPES[2]}
        responses = self._spec.response_schemas()
        for name, schema in self._document["components"]["schemas"].items():
            self.place = ("components", "schemas", name)
            if name in requests and name in responses and self._forms.is_object(schema):
                self.say(self.place, "This object is used in requests and in responses; make two schemas of it.")
            for mark in ("x-evidence", "x-source"):
                if mark not in schema:
                    self.say(self.place, f"{mark} is missing.")
            self._schema(schema, self.place, in_request=name in requests, is_component=True)
        self._circles(requests)

    def _schema(self, schema: Any, place: Place, *, in_request: bool, is_component: bool = False) -> None:
        if not isinstance(schema, dict):
            self.say(place, f"The schema is {schema!r}; write {{}} if any value fits.")
            return
        if "$ref" in schema:
            return
        allowed = SHAPES | LIMITS | ANNOTATIONS
        allowed |= {"not", "if", "then", "else"} if is_component else ONLY_IN_RESPONSES if not in_request else set()
        allowed |= ONLY_IN_RESPONSES if not in_request else set()
        self._keys(schema, allowed, place)
        self._type(schema, place)
        has_members = self._forms.is_object(schema) and (schema.get("properties") or "allOf" in schema)
        if has_members and not is_component and place[-1] != "schema":  # a deepObject parameter has no class
            self.say(place, "An object with members must stand in components.schemas, and be referred to with $ref.")
        if "allOf" in schema:
            self._all_of(schema, place)
        for word in ("anyOf", "oneOf"):
            if word in schema:
                self._variants(schema, word, place, in_request=in_request)
        for name, member in schema.get("properties", {}).items():
            self._schema(member, (*place, "properties", name), in_request=in_request)
        unknown = sorted(set(schema.get("required", ())) - self._spec.properties(schema).keys())
        if unknown:
            self.say((*place, "required"), f"{', '.join(unknown)} is required, but is no member.")
        if "items" in schema:
            self._schema(schema["items"], (*place, "items"), in_request=in_request)
        if not isinstance(others := schema.get("additionalProperties", True), bool):
            self._schema(others, (*place, "additionalProperties"), in_request=in_request)
        if in_request:
            self._limits(schema, place)

    def _type(self, schema: Node, place: Place) -> None:
        types = schema.get("type", [])
        for name in [types] if isinstance(types, str) else types:
            if name not in TYPES:
                self.say((*place, "type"), f"type is {name!r}; a type is {', '.join(TYPES)}.")
        if "array" in types and "items" not in schema:
            self.say(place, "The list has no items; write items: {} if anything may be in it.")
        for word in ("enum", "const"):
            values = schema.get("enum", [None]) if word == "enum" else [schema.get("const")]
            if word not in schema:
                continue
            kinds = {type(value) for value in values}
            if len(kinds) != 1 or not kinds <= {str, int, float, bool} or (kinds == {bool} and word == "enum"):
                self.say((*place, word), f"The values of {word} must all be text, or all be numbers.")
            elif "type" in schema and not Draft202012Validator({"type": types}).is_valid(values[0]):
                self.say((*place, word), f"The value {values[0]!r} of {word} does not fit the type.")

    def _all_of(self, schema: Node, place: Place) -> None:
        seen = Counter[str]()
        for part in (*schema["allOf"], {key: value for key, value in schema.items() if key != "allOf"}):
            about = self._spec.resolve(part)
            seen.update(self._spec.properties(about).keys())
            if "additionalProperties" in about or "anyOf" in about or "oneOf" in about:
                self.say(place, "A part of allOf may only have members.")
            if "$ref" not in part:
                for name, member in about.get("properties", {}).items():
                    self._schema(member, (*place, "allOf", "properties", name), in_request=False)
        twice = sorted(name for name, number in seen.items() if number > 1)
        if twice:
            self.say(place, f"{', '.join(twice)} stands in several parts of allOf; state each member once.")

    def _variants(self, schema: Node, word: str, place: Place, *, in_request: bool) -> None:
        beside = sorted(key for key in schema if key in SHAPES - {word})
        if beside:
            self.say(place, f"{', '.join(beside)} beside {word} would be ignored; put it into the variants.")
            return
        for number, variant in enumerate(schema[word]):
            self._schema(variant, (*place, word, str(number)), in_request=in_request)
        if not in_request or known_values(self._spec, schema) is not None:
            return
        variants = [self._spec.resolve(one) for one in self._forms.variants(schema)]
        kinds = ["number" if kind == "integer" else kind for kind in self._kinds(schema) if kind != "object"]
        listed = ["enum" in one or "const" in one for one in variants if one.get("type") != "null"]
        if len(set(kinds)) < len(kinds) or (any(listed) and not all(listed)):
            self.say(
                (*place, word), "The variants of a request must have different types, and all list values or none."
            )

    def _limits(self, schema: Node, place: Place) -> None:
        if (text := schema.get("format")) is not None and text not in REQUEST_FORMATS:
            self.say((*place, "format"), f"The client does not know how to send format {text!r}.")
        is_member = (
            len(place) in (5, 6) and place[:2] == ("components", "schemas") and place[-1] != "additionalProperties"
        )
        if text == "binary" and not (is_member and place[2] in self._multipart):
            self.say((*place, "format"), "format: binary is a file, which only a multipart/form-data body can hold.")
        if "pattern" in schema:
            try:
                python_pattern(schema["pattern"])
            except ValueError as error:
                self.say((*place, "pattern"), f"The pattern cannot be checked: {error}.")

    def _circles(self, requests: set[str]) -> None:
        """Find schemas that contain each other."""
        schemas = self._document["components"]["schemas"]
        inner = {name: set(_references(schema)) & schemas.keys() for name, schema in schemas.items()}
        for name in schemas:
            reached, waiting = set[str](), [*inner[name]]
            while waiting:
                if (other := waiting.pop()) not in reached:
                    reached.add(other)
                    waiting += inner[other]
            if name not in reached:
                continue
            place = ("components", "schemas", name)
            others = sorted(other for other in reached if other != name and name in self._reached(other, inner))
            if others:
                self.say(
                    place,
                    f"The schema and {', '.join(others)} contain each other; only a schema that contains itself works.",
                )
            elif name in requests:
                self.say(place, "A request cannot contain itself, because its members are checked.")

    @staticmethod
    def _reached(name: str, inner: Mapping[str, set[str]]) -> set[str]:
        reached, waiting = set[str](), [*inner[name]]
        while waiting:
            if (other := waiting.pop()) not in reached:
                reached.add(other)
                waiting += inner[other]
        return reached

    # --- names

    def _names(self) -> None:
        self._class_names()
        modules, methods = dict[str, Place](), dict[tuple[str, str], str]()
        paged = self._spec.item_of_pages
        for path, method, operation in self._spec.operations():
            place = ("paths", path, method, "operationId")
            identifier = operation["operationId"]
            if (module := identifier.replace(".", "_")) in modules:
                self.say(place, f"{identifier} gets the module of {'.'.join(modules[module])}; rename one of them.")
            modules[module] = (identifier,)
            tag, _, name = identifier.partition(".")
            if tag in OWN_TAGS or python_name(tag) != tag:
                self.say(place, f"A tag cannot have the name {tag}, because clients use it.")
            names = [name, *([("iterate" if name == "list" else f"iterate_{name}")] if paged(operation) else [])]
            for one in names:
                if (tag, one) in methods:
                    self.say(place, f"{identifier} gets the method {one} of {methods[tag, one]}; rename one of them.")
                methods[tag, one] = identifier
            places = {
                where: [one["name"] for one in self._spec.parameters(operation, where)]
                for where in ("path", "query", "header", "cookie")
            }
            places = {"path": places.pop("path"), "body": list(self._spec.body_members(operation)), **places}
            arguments = argument_names(places, paged=paged(operation) is not None)
            twice = [one for one, number in Counter(arguments.values()).items() if number > 1]
            if twice:
                self.say(place, f"Two arguments get the name {', '.join(twice)}; the client cannot tell them apart.")

    def _class_names(self) -> None:
        taken = dict[str, str]()
        typed_dicts = {
            class_name(f"{one['operationId'].replace('.', '_')}") + "Arguments" for _, _, one in self._spec.operations()
        }
        for name, schema in self._document["components"]["schemas"].items():
            place = ("components", "schemas", name)
            for own in (class_name(name), python_name(name)):
                if own in taken:
                    self.say(place, f"The schema gets the name {own}, as {taken[own]} does; rename one of them.")
                taken[own] = name
            if class_name(name) in OWN_CLASSES | typed_dicts or python_name(name) in ("builtins", "msgspec"):
                self.say(
                    place, f"A schema cannot have the name {name}, because generated code uses it; rename the schema."
                )
            attributes = Counter[str]()
            for wire, about in self._spec.properties(schema).items() if self._forms.is_object(schema) else ():
                attributes[attribute_name(wire)] += 1
                if self._spec.resolve(about).get("format") in ("instant", "date-time", "decimal"):
                    attributes[f"{attribute_name(wire)}_text"] += 1
            twice = [one for one, number in attributes.items() if number > 1]
            if twice:
                self.say(place, f"Two members get the name {', '.join(twice)} in Python.")

    # --- examples

    def examples(self) -> None:
        """Find examples that do not fit their schemas."""
        for place, node in _objects(self._document, ()):
            given: list[tuple[Place, Any]] = []
            if isinstance(node.get("schema"), dict):
                schema = node["schema"]
                given += [((*place, "example"), node["example"])] if "example" in node else []
                for name, about in node.get("examples", {}).items():
                    example, there = self._at(about, (*place, "examples", name))
                    given += [((*there, "value"), example["value"])] if "value" in example else []
            elif "example" in node and "type" in node and place[-1:] != ("properties",):
                schema, given = node, [((*place, "example"), node["example"])]
            for there, value in given:
                for error in self._validator(schema).iter_errors(value):
                    at = (*there, *map(str, error.absolute_path))
                    self.say(at, f"The example does not fit its schema: {_shortened(error.message)}.")

    def _validator(self, schema: Node) -> Draft202012Validator:
        return Draft202012Validator({**schema, "components": self._document["components"]})


def _objects(node: Any, place: Place) -> Iterator[tuple[Place, Node]]:
    """Every object of the spec with its place. Values of examples are left out."""
    if isinstance(node, dict):
        yield place, node
        for key, value in node.items():
            if key in ("example", "value", "default", "enum", "const") and place[-1:] != ("properties",):
                continue
            if key == "examples" and not isinstance(value, dict):
                continue
            yield from _objects(value, (*place, str(key)))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _objects(value, (*place, str(number)))


def _references(schema: Node) -> Iterator[str]:
    for _, node in _objects(schema, ()):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"].rpartition("/")[2]


def _shortened(message: str) -> str:
    return message if len(message) <= 200 else f"{message[:100]} … {message[-90:]}"


def _instead(key: str) -> str:
    """The remedy for a key that is not supported."""
    return {
        "parameters": "write the parameters at each operation",
        "servers": "the spec has one server at the root",
        "head": "the client sends GET, PUT, POST, DELETE and PATCH",
        "options": "the client sends GET, PUT, POST, DELETE and PATCH",
        "trace": "the client sends GET, PUT, POST, DELETE and PATCH",
        "content": "describe the parameter with schema",
        "allowReserved": "every reserved character is percent-encoded",
        "nullable": "write type: [string, 'null']",
    }.get(key, "the client would ignore it")


def main() -> int:
    """Run as a program. Prints the problems of openapi.yaml."""
    problems = check(Path(FILE).read_text(encoding="utf-8"))
    print(*problems, sep="\n", end="\n" if problems else "", file=sys.stderr)
    return bool(problems)


if __name__ == "__main__":
    raise SystemExit(main())
