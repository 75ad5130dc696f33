"""Operations as a document describes them. Ours and the vendor's have the same form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tools.drift.reading import PAGE_ID, Published
from tools.drift.shapes import WORDS, Mark, Node, Shape, Shaper, marked
from tools.evidence import operations, pointer

AUTHENTICATION = re.compile(r"\bAuth(?:entication|orization)\W{0,10}:\W{0,10}(.{1,1000})", re.IGNORECASE)
SCOPES = re.compile(r"\b(?:Required )?Scopes?\W{0,10}:\W{0,10}(.{1,1000})", re.IGNORECASE)
SCOPE = re.compile(r"[a-z]+(?:[_:.][a-z]+)+")
HMAC, OAUTH, BEARER, SESSION = "HMAC", "OAuth2", "bearer token", "merchant session"
# Headers that carry credentials or say what a body is: no parameters, although the doc tool lists them as such.
PLUMBING = {"public-token", "sign", "timestamp", "authorization", "content-type", "accept"}
SERIALIZATION = ("style", "explode", "allowReserved", "allowEmptyValue", "deprecated", "content")
COMPARED = {
    "operation": ("parameters", "requestBody", "responses", "security", "deprecated", "servers", "operationId", "tags"),
    "parameter": ("name", "in", "required", "schema", *SERIALIZATION),
    "body": ("required", "content", "headers"),
    "media": ("schema",),
}
"""The members that are compared, beside words and examples. What else a page states is reported as not compared."""
RUN_LINKS = ("x-run-in-apidog", "x-run-in-apifox")
FOLDERS = ("x-apidog-folder", "x-apifox-folder")


@dataclass(frozen=True)
class Parameter:
    """A parameter in query, path or header."""

    name: str
    place: str
    required: bool
    shape: Shape
    pointer: str
    mark: Mark
    traits: Mapping[str, Any] = field(default_factory=dict)
    """Those of SERIALIZATION that are stated."""
    unread: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Body:
    """A request body or a response in JSON, with its examples."""

    shape: Shape
    pointer: str
    mark: Mark
    required: bool | None = None
    """None if the document leaves out the member everywhere."""
    examples: tuple[Any, ...] = ()
    kinds: frozenset[str] = frozenset()
    """Media types."""
    headers: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class Call:
    """One operation. None means that the document does not state a value."""

    origin: str
    form: str
    root: str
    """paths or webhooks."""
    path: str
    method: str
    title: str
    pointer: str
    mark: Mark
    node: Node
    identifier: str
    """operationId, or method and path."""
    parameters: dict[tuple[str, str], Parameter]
    body: Body | None
    responses: dict[str, Body]
    credentials: frozenset[str] | None
    scopes: frozenset[str] | None
    page: str | None = None
    modified: str | None = None
    whole: bool = True
    folder: str = ""
    security_grade: str = ""
    scopes_inferred: frozenset[str] = field(default=frozenset())
    """The scopes that openapi.yaml infers, including the scopes of the platform and the scopes by topic."""
    hosts: tuple[str, ...] = ()
    """Addresses of servers, without those of the doc tool's mocks."""
    unread: frozenset[str] = frozenset()


def calls(published: Published) -> list[Call]:
    """All operations of a document. Raises shapes.TooLargeError."""
    shaper = Shaper(published.document)
    alone = sum(1 for root in ("paths", "webhooks") for _ in operations(published.document, root)) == 1
    return [
        _call(published, shaper, root, path, method, node, alone)
        for root in ("paths", "webhooks")
        for path, method, node in operations(published.document, root)
    ]


def _call(published: Published, shaper: Shaper, root: str, path: str, method: str, node: Node, alone: bool) -> Call:
    document, place = published.document, pointer(root, path, method)
    servers = list(_servers(document, node))
    base = next((urlsplit(server).path.rstrip("/") for server in servers), "")
    if root == "paths" and base and not path.startswith(base):
        path = base + path
    mark = marked(node, place, Mark("documented", place))
    links = " ".join(str(node.get(key, "")) for key in RUN_LINKS)
    page = PAGE_ID.search(links)
    text = str(node.get("description") or "")
    formal = _requirements(document, node)
    spoken = SCOPES.search(text)
    granted = [scope for need in formal or () for kind, scopes in need if kind == OAUTH for scope in scopes]
    states_scopes = spoken is not None or any(kind == OAUTH for need in formal or () for kind, _ in need)
    concluded: list[Any] = []
    for key in ("x-scopes-inferred", "x-scopes-platform", "x-scopes-by-topic"):
        value = node.get(key)
        concluded += list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return Call(
        published.origin,
        published.form,
        root,
        path,
        method,
        str(node.get("summary") or (published.title if alone else ""))[:200],
        place,
        mark,
        node,
        str(node.get("operationId") or f"{method.upper()} {path}"),
        dict(_parameters(shaper, node, place, mark)),
        _body(shaper, node.get("requestBody"), f"{place}/requestBody", mark, need=_states_need(document)),
        dict(_responses(shaper, node, place, mark)),
        _credentials(text, formal, _headers_of(shaper, node)),
        frozenset(SCOPE.findall(spoken[1]) if spoken else granted) if states_scopes else None,
        page[1] if page else published.page,
        published.modified if alone else None,
        published.whole,
        next((str(node[key]) for key in FOLDERS if node.get(key)), ""),
        str(node.get("x-security-evidence") or mark.grade),
        frozenset(str(scope) for scope in concluded),
        tuple(dict.fromkeys(f"{urlsplit(server).scheme}://{urlsplit(server).netloc}" for server in servers)),
        _unread("operation", node),
    )


def _unread(what: str, node: Node) -> frozenset[str]:
    return frozenset(key for key in node if key not in (*COMPARED[what], *WORDS) and key[:2] != "x-")


def _servers(document: Node, node: Node) -> Iterator[str]:
    """The absolute addresses of the servers of an operation."""
    listed = node.get("servers") or document.get("servers")
    for server in listed if isinstance(listed, list) else ():
        url = str(server.get("url", "")) if isinstance(server, dict) else ""
        said = f"{url} {server.get('description', '')}".lower() if url else ""
        if re.match(r"https?://[\w.-]", url) and "mock" not in said:
            yield url


def _states_need(document: Node) -> bool:
    """Whether the document says of any body that it is required. If not, leaving it out says nothing."""
    bodies = [node.get("requestBody") for root in ("paths", "webhooks") for _, _, node in operations(document, root)]
    components = document.get("components")
    shared = components.get("requestBodies") if isinstance(components, dict) else None
    bodies += list(shared.values()) if isinstance(shared, dict) else []
    return any(isinstance(body, dict) and "required" in body for body in bodies)


def _headers_of(shaper: Shaper, node: Node) -> set[str]:
    """The names of the header parameters in lower case."""
    listed = node.get("parameters")
    found = [shaper.follow(given, "")[0] for given in (listed if isinstance(listed, list) else ())]
    return {str(about.get("name")).lower() for about in found if about.get("in") == "header"}


def _parameters(shaper: Shaper, node: Node, place: str, mark: Mark) -> Iterator[tuple[tuple[str, str], Parameter]]:
    listed = node.get("parameters")
    for index, given in enumerate(listed if isinstance(listed, list) else ()):
        about, where, _ = shaper.follow(given, f"{place}/parameters/{index}")
        name, kind = about.get("name"), about.get("in")
        if not isinstance(name, str) or not isinstance(kind, str):
            continue
        if kind == "cookie" or (kind == "header" and name.lower() in PLUMBING):
            continue
        own = marked(about, where, mark)
        schema, schema_at = about.get("schema"), f"{where}/schema"
        if schema is None:
            schema, schema_at = _json_of(about, where)[:2]
        shape = shaper.shape(schema, schema_at, own)
        yield (
            (kind, name),
            Parameter(
                name, kind, about.get("required") is True, shape, where, own,
                _serialization(about), _unread("parameter", about),
            ),
        )  # fmt: skip


def _serialization(about: Node) -> dict[str, Any]:
    found = {key: about[key] for key in SERIALIZATION if key != "content" and about.get(key) is not None}
    content = about.get("content")
    return {**found, "content": ", ".join(sorted(content))} if isinstance(content, dict) and content else found


def _json_of(about: Node, where: str) -> tuple[Any, str, tuple[Any, ...]]:
    """The schema, its place, and the examples of the JSON content of a body. ({}, place, ()) if there is none."""
    content = about.get("content")
    for kind, media in content.items() if isinstance(content, dict) else ():
        if "json" in kind.lower() and isinstance(media, dict):
            many = media.get("examples")
            found = [about.get("value") for about in many.values() if isinstance(about, dict) and "value" in about] if (
                isinstance(many, dict)
            ) else []  # fmt: skip
            if "example" in media:
                found.append(media["example"])
            return media.get("schema"), f"{where}/content/{pointer(kind)[2:]}/schema", tuple(found)
    return {}, where, ()


def _body(shaper: Shaper, node: Any, place: str, mark: Mark, *, need: bool = False) -> Body | None:
    about, where, _ = shaper.follow(node, place)
    if not about:
        return None
    own = marked(about, where, mark)
    schema, schema_at, examples = _json_of(about, where)
    headers, content = about.get("headers"), about.get("content")
    content = content if isinstance(content, dict) else {}
    return Body(
        shaper.shape(schema, schema_at, own),
        where,
        own,
        about.get("required") is True if need else None,
        examples,
        frozenset(str(kind).partition(";")[0].strip().lower() for kind in content),
        frozenset(str(name).lower() for name in headers) if isinstance(headers, dict) else frozenset(),
        _unread("body", about).union(*(_unread("media", each) for each in content.values() if isinstance(each, dict))),
    )


def _responses(shaper: Shaper, node: Node, place: str, mark: Mark) -> Iterator[tuple[str, Body]]:
    listed = node.get("responses")
    for status, given in listed.items() if isinstance(listed, dict) else ():
        body = _body(shaper, given, f"{place}/responses/{status}", mark)
        if body:
            yield status, body


def _requirements(document: Node, node: Node) -> list[list[tuple[str, list[str]]]] | None:
    """The alternatives of credentials, each a list of (kind, scopes). None if the document does not state any."""
    listed = node.get("security", document.get("security"))
    if not isinstance(listed, list) or ("security" not in node and not listed):
        return None
    known = {_loosely(name): scheme for name, scheme in schemes_of(document).items()}
    found = []
    for need in listed:
        pairs = need.items() if isinstance(need, dict) else ()
        kinds = [
            (_kind(known.get(_loosely(name))), [str(scope) for scope in scopes])
            for name, scopes in pairs
            if isinstance(scopes, list) and not name.startswith("x-")
        ]
        if any(kind == "unknown" for kind, _ in kinds):
            return None
        found.append(kinds)
    return found


def schemes_of(document: Node) -> dict[str, Node]:
    """The security schemes that a document defines."""
    components = document.get("components")
    schemes = components.get("securitySchemes") if isinstance(components, dict) else None
    pairs = schemes.items() if isinstance(schemes, dict) else ()
    return {name: scheme for name, scheme in pairs if isinstance(scheme, dict)}


def _loosely(name: str) -> str:
    """A scheme's name for comparison. The doc tool writes "API Key" and api_key for the same one."""
    return re.sub(r"[\W_]+", "", name).lower()


def _kind(scheme: Any) -> str:
    scheme = scheme if isinstance(scheme, dict) else {}
    kind, header = str(scheme.get("type", "")).lower(), str(scheme.get("name", "")).lower()
    if kind == "oauth2":
        return OAUTH
    if kind in ("http", "bearer"):  # "bearer" is what the doc tool writes, though OpenAPI has no such type
        return "basic" if str(scheme.get("scheme", "")).lower() == "basic" else BEARER
    if kind == "apikey" and scheme.get("in") not in (None, "header"):
        return f"key {header} in {scheme['in']}"
    if kind == "apikey":
        return SESSION if header == "authorization" else HMAC if header in PLUMBING else f"key {header}"
    return "unknown"


def _credentials(
    text: str, formal: list[list[tuple[str, list[str]]]] | None, headers: set[str]
) -> frozenset[str] | None:
    """The accepted kinds. The sentence on the page counts more than the setting of the doc tool. The page may also list
    the headers of the credentials among the parameters."""
    if spoken := AUTHENTICATION.search(text):
        words = spoken[1].lower()
        kinds = {HMAC} if "hmac" in words or "signature" in words else set()
        if "jwt" in words or "session" in words:
            kinds.add(SESSION)
        elif "bearer" in words or "oauth" in words:
            kinds.add(OAUTH if "oauth" in words else BEARER)
        if kinds or re.match(r"(none|no\b|not required|public)", words):
            return frozenset(kinds)
    listed = ({HMAC} if "sign" in headers else set()) | ({BEARER} if "authorization" in headers else set())
    if formal is None and not listed:
        return None
    kinds = {kind for need in formal or () for kind, _ in need}
    if kinds and [] in (formal or ()):
        kinds.add("none at all")
    return frozenset(kinds | (listed - {BEARER} if kinds & {OAUTH, SESSION} else listed))
