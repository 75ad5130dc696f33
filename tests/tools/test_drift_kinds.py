"""Whatever an OpenAPI document can change about an operation is found, or said to be out of reach."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.conftest import API, ROOT, Node, document, drift_of, said
from tools.evidence import operations

TEXT = {"type": "string"}
NEW = {"name": "brand_new", "in": "query", "schema": TEXT}
Draw = Callable[[st.SearchStrategy[Any]], Any]


def followed(node: Any, whole: Node) -> Any:
    """A part of the spec without references and marks, so that no grade is raised."""
    if isinstance(node, list):
        return [followed(value, whole) for value in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("$ref"), str):
        target: Any = whole
        for step in node["$ref"][2:].split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        return followed(target, whole)
    return {key: followed(value, whole) for key, value in node.items() if key not in ("x-evidence", "x-source")}


def values_of(schema: Node) -> list[Any]:
    """The known values of a schema, which stand beside its type or in one of its alternatives. [] if there are none."""
    found = [each.get(key) for each in (schema, *schema.get("anyOf", ())) for key in ("x-known-values", "enum")]
    values: list[Any] = next((each for each in found if each), [])
    return values


@cache
def _flat() -> Node:
    whole = document()
    without = {key: value for key, value in whole["components"].items() if key == "securitySchemes"}
    flat: Node = {key: followed(value, whole) for key, value in whole.items() if key != "components"}
    for root in ("paths", "webhooks"):
        for *_, node in operations(flat, root):
            for body in (node.get("requestBody", {}), *node["responses"].values()):
                for media in body.get("content", {}).values():
                    media.pop("examples", None)  # they would repeat each change of a member
    return flat | {"components": without}


def objects(node: Any) -> Iterator[Node]:
    """The objects with members in a schema."""
    if isinstance(node, dict):
        if len(node.get("properties", ())) > 1:
            yield node
        for key, value in node.items():
            if key != "not":
                yield from objects(value)
    elif isinstance(node, list):
        for value in node:
            yield from objects(value)


def media(body: Node) -> Node:
    found: Node = body["content"]["application/json"]
    return found


class Target:
    """An operation of a copy of the spec."""

    def __init__(self, whole: Node, path: str, method: str) -> None:
        self.whole, self.path, self.method = whole, path, method
        self.node: Node = whole["paths"][path][method]
        self.parameters: list[Node] = self.node.setdefault("parameters", [])
        self.body: Node | None = self.node.get("requestBody")
        self.response: Node = self.node["responses"]["200"]

    def own_objects(self, *, sent: bool) -> list[Node]:
        """The objects of the body, or of `data` in the success response."""
        if sent:
            return list(objects(media(self.body)["schema"])) if self.body else []
        success = media(self.response)["schema"].get("anyOf", [{}])[0]
        parts = [success, *success.get("allOf", ())]
        return [each for part in parts for each in objects(part.get("properties", {}).get("data"))]


def of_parameter(change: Callable[[Node], object], where: Callable[[Node], bool] = lambda p: True) -> Any:
    def apply(target: Target, draw: Draw) -> bool:
        fit = [p for p in target.parameters if where(p)]
        if fit:
            change(draw(st.sampled_from(fit)))
        return bool(fit)

    return apply


def of_member(change: Callable[[Node], object], where: Callable[[Node], bool] = lambda m: True, *, sent: bool) -> Any:
    def apply(target: Target, draw: Draw) -> bool:
        fit = [m for each in target.own_objects(sent=sent) for m in each["properties"].values() if where(m)]
        if fit:
            change(draw(st.sampled_from(fit)))
        return bool(fit)

    return apply


def of_object(change: Callable[[Node], object], where: Callable[[Node], bool] = lambda o: True, *, sent: bool) -> Any:
    def apply(target: Target, draw: Draw) -> bool:
        fit = [each for each in target.own_objects(sent=sent) if where(each)]
        if fit:
            change(draw(st.sampled_from(fit)))
        return bool(fit)

    return apply


def of_operation(change: Callable[[Target], object], where: Callable[[Target], bool] = lambda t: True) -> Any:
    def apply(target: Target, draw: Draw) -> bool:
        fits = where(target)
        if fits:
            change(target)
        return fits

    return apply


def of_flow(change: Callable[[Node], object]) -> Any:
    return of_operation(lambda t: change(t.whole["components"]["securitySchemes"]["oauth2"]["flows"]))


def plain(kind: str) -> Callable[[Node], bool]:
    """Whether a schema, or that of a parameter, has only this type."""
    return lambda node: (
        node.get("schema", node).get("type") == kind and not {"enum", "const"} & set(node.get("schema", node))
    )


def optional(owner: Node) -> bool:
    return bool(set(owner["properties"]) - set(owner.get("required", ())))


def require(owner: Node) -> None:
    owner.setdefault("required", []).append(next(m for m in owner["properties"] if m not in owner["required"]))


SENT: dict[str, tuple[str, Any]] = {
    "member added": ("member-added", of_object(lambda o: o["properties"].update(brand_new=TEXT), sent=True)),
    "member gone": ("member-gone not-confirmed", of_object(lambda o: o["properties"].popitem(), sent=True)),
    "member required": ("member-required", of_object(require, optional, sent=True)),
    "member optional": (
        "member-optional",
        of_object(lambda o: o["required"].pop(), lambda o: bool(o.get("required")), sent=True),
    ),
    "member of another type": (
        "type-changed",
        of_member(lambda m: m.update(type="boolean"), plain("string"), sent=True),
    ),
    "member with a format": (
        "format-changed",
        of_member(
            lambda m: m.update(format="uuid"), lambda m: plain("string")(m) and m.get("format") != "password", sent=True
        ),
    ),
    "member with a list of values": (
        "values-changed",
        of_member(
            lambda m: m.update(enum=["a", "b"]), lambda m: plain("string")(m) and "x-known-values" not in m, sent=True
        ),
    ),
    "member with a limit": ("limit-changed", of_member(lambda m: m.update(maxLength=7), plain("string"), sent=True)),
    "member with a pattern": ("limit-changed", of_member(lambda m: m.update(pattern="^x"), plain("string"), sent=True)),
    "member with a default": (
        "default-changed",
        of_member(lambda m: m.update(default="x"), plain("string"), sent=True),
    ),
    "member deprecated": ("deprecated", of_member(lambda m: m.update(deprecated=True), sent=True)),
    "member read-only": ("keyword-changed", of_member(lambda m: m.update(readOnly=True), sent=True)),
    "member in another encoding": (
        "keyword-changed",
        of_member(lambda m: m.update(contentEncoding="base64"), plain("string"), sent=True),
    ),
    "object closed": ("keyword-changed", of_object(lambda o: o.update(additionalProperties=False), sent=True)),
    "object with a number of members": ("limit-changed", of_object(lambda o: o.update(minProperties=3), sent=True)),
    "pattern of names": ("not-compared", of_object(lambda o: o.update(patternProperties={}), sent=True)),
    "discriminator": ("not-compared", of_object(lambda o: o.update(discriminator={}), sent=True)),
    "conditions": (
        "not-compared",
        of_object(lambda o: o.update({"if": {}, "then": {}}), lambda o: "if" not in o, sent=True),
    ),
}

RECEIVED: dict[str, tuple[str, Any]] = {
    "member of answers added": (
        "member-added",
        of_object(lambda o: o["properties"].update(brand_new=TEXT), sent=False),
    ),
    "member of answers gone": ("member-gone not-confirmed", of_object(lambda o: o["properties"].popitem(), sent=False)),
    "member of answers required": (
        "narrower",
        of_object(lambda o: o.update(required=list(o["properties"])), optional, sent=False),
    ),
    "member of answers of another type": (
        "type-changed",
        of_member(lambda m: m.update(type="boolean"), plain("integer"), sent=False),
    ),
    "member of answers may be null": (
        "type-changed",
        of_member(lambda m: m.update(type=["integer", "null"]), plain("integer"), sent=False),
    ),
    "member of answers with a format": (
        "format-changed narrower",
        of_member(
            lambda m: m.update(format="date-time"),
            lambda m: plain("string")(m) and m.get("format") != "password",
            sent=False,
        ),
    ),
    "instant is date-time": (
        "narrower",
        of_member(lambda m: m.update(format="date-time"), lambda m: m.get("format") == "instant", sent=False),
    ),
    "member of answers with a new value": (
        "values-changed",
        of_member(lambda m: values_of(m).append("NEW"), lambda m: bool(values_of(m)), sent=False),
    ),
    "member of answers deprecated": ("deprecated", of_member(lambda m: m.update(deprecated=True), sent=False)),
    "status 429": (
        "response-added",
        of_operation(lambda t: t.node["responses"].update({"429": {"headers": {"Retry-After": {"schema": TEXT}}}})),
    ),
    "status 500": ("response-added", of_operation(lambda t: t.node["responses"].update({"500": {"description": ""}}))),
    "another status of success": (
        "response-added",
        of_operation(lambda t: t.node["responses"].update({"201": t.node["responses"].pop("200")})),
    ),
    "header of answers": (
        "header-added",
        of_operation(lambda t: t.response.update(headers={"X-RateLimit-Limit": {"schema": TEXT}})),
    ),
    "links": ("not-compared", of_operation(lambda t: t.response.update(links={"next": {}}))),
    "another media type of answers": (
        "content-changed",
        of_operation(lambda t: t.response["content"].update({"text/csv": {"schema": TEXT}})),
    ),
}

ASKED: dict[str, tuple[str, Any]] = {
    "parameter added": ("parameter-added", of_operation(lambda t: t.parameters.append(NEW))),
    "required parameter added": (
        "parameter-added",
        of_operation(lambda t: t.parameters.append(NEW | {"required": True})),
    ),
    "header added": ("parameter-added", of_operation(lambda t: t.parameters.append(NEW | {"in": "header"}))),
    "parameter gone": ("parameter-gone", of_operation(lambda t: t.parameters.pop(), lambda t: bool(t.parameters))),
    "parameter renamed": ("parameter-added", of_parameter(lambda p: p.update(name="renamed"))),
    "parameter required": (
        "parameter-required",
        of_parameter(lambda p: p.update(required=True), lambda p: not p.get("required")),
    ),
    "parameter optional": (
        "parameter-required",
        of_parameter(lambda p: p.update(required=False), lambda p: bool(p.get("required"))),
    ),
    "parameter moved": ("parameter-required", of_parameter(lambda p: p.update({"in": "header"}))),
    "parameter of another type": (
        "type-changed",
        of_parameter(lambda p: p["schema"].update(type="boolean"), plain("string")),
    ),
    "parameter may be null": (
        "type-changed",
        of_parameter(lambda p: p["schema"].update(type=["string", "null"]), plain("string")),
    ),
    "parameter with a format": (
        "format-changed",
        of_parameter(
            lambda p: p["schema"].update(format="uuid"),
            lambda p: plain("string")(p) and p["schema"].get("format") != "password",
        ),
    ),
    "parameter with a new value": (
        "values-changed",
        of_parameter(lambda p: values_of(p["schema"]).append("NEW"), lambda p: bool(values_of(p["schema"]))),
    ),
    "parameter with a limit": (
        "limit-changed",
        of_parameter(lambda p: p["schema"].update(maximum=7), plain("integer")),
    ),
    "parameter with a default": (
        "default-changed",
        of_parameter(lambda p: p["schema"].update(default=7), plain("integer")),
    ),
    "items of another type": (
        "type-changed",
        of_parameter(lambda p: p["schema"].update(items={"type": "boolean"}), plain("array")),
    ),
    "parameter deprecated": ("deprecated", of_parameter(lambda p: p.update(deprecated=True))),
    "style": (
        "serialization-changed",
        of_parameter(lambda p: p.update(style="pipeDelimited", explode=False), plain("array")),
    ),
    "explode": ("serialization-changed", of_parameter(lambda p: p.update(explode=False), plain("array"))),
    "reserved characters": ("serialization-changed", of_parameter(lambda p: p.update(allowReserved=True))),
    "empty values": ("serialization-changed", of_parameter(lambda p: p.update(allowEmptyValue=True))),
    "parameter as JSON": (
        "serialization-changed",
        of_parameter(lambda p: p.update(content={"application/json": {"schema": p.pop("schema")}})),
    ),
    "body added": (
        "body-added",
        of_operation(
            lambda t: t.node.update(requestBody={"content": {"application/json": {"schema": TEXT}}}),
            lambda t: not t.body,
        ),
    ),
    "body gone": ("body-gone", of_operation(lambda t: t.node.pop("requestBody"), lambda t: bool(t.body))),
    "body optional": (
        "body-required",
        of_operation(
            lambda t: t.node["requestBody"].pop("required"), lambda t: bool(t.body and t.body.get("required"))
        ),
    ),
    "another media type": (
        "content-changed",
        of_operation(
            lambda t: t.node["requestBody"]["content"].update({"multipart/form-data": media(t.node["requestBody"])}),
            lambda t: bool(t.body),
        ),
    ),
    "encoding of a body": (
        "not-compared",
        of_operation(lambda t: media(t.node["requestBody"]).update(encoding={}), lambda t: bool(t.body)),
    ),
}

WHOLE: dict[str, tuple[str, Any]] = {
    "path": (
        "path-changed path-documented",
        of_operation(lambda t: t.whole["paths"].update({API + "moved": t.whole["paths"].pop(t.path)})),
    ),
    "method": (
        "method-changed path-documented",
        of_operation(lambda t: t.whole["paths"][t.path].update(put=t.whole["paths"][t.path].pop(t.method))),
    ),
    "operation gone": ("operation-gone not-published", of_operation(lambda t: t.whole["paths"].pop(t.path))),
    "operation added": (
        "operation-new",
        of_operation(lambda t: t.whole["paths"].update({"/a": {"get": {"summary": "Colours"}}})),
    ),
    "operation deprecated": ("deprecated", of_operation(lambda t: t.node.update(deprecated=True))),
    "its own server": (
        "server-changed",
        of_operation(lambda t: t.node.update(servers=[{"url": "https://api.example.com"}])),
    ),
    "server": (
        "server-changed",
        of_operation(lambda t: t.whole.update(servers=[{"url": "https://api.example.com"}])),
    ),
    "credentials": (
        "credentials-changed",
        of_operation(
            lambda t: t.node.update(security=[{"merchantSession": []}]),
            lambda t: "merchantSession" not in str(t.node["security"]),
        ),
    ),
    "credentials optional": (
        "credentials-changed",
        of_operation(lambda t: t.node["security"].append({}), lambda t: bool(t.node["security"])),
    ),
    "scope": (
        "scopes-changed scopes-documented",
        of_operation(
            lambda t: next(n for n in t.node["security"] if "oauth2" in n)["oauth2"].append("read_colours"),
            lambda t: "oauth2" in str(t.node["security"]),
        ),
    ),
    "callbacks": ("not-compared", of_operation(lambda t: t.node.update(callbacks={}))),
    "tokenUrl": ("address-changed", of_flow(lambda f: f["clientCredentials"].update(tokenUrl="https://example.com/t"))),
    "authorizationUrl": (
        "address-changed",
        of_flow(lambda f: f["authorizationCode"].update(authorizationUrl="https://example.com/a")),
    ),
    "flow added": ("flow-changed", of_flow(lambda f: f.update(implicit={"scopes": {}}))),
    "flow gone": ("flow-changed", of_flow(lambda f: f.pop("clientCredentials"))),
    "scope of a flow": ("flow-changed", of_flow(lambda f: f["clientCredentials"]["scopes"].update(read_colours=""))),
}

OUT_OF_REACH: dict[str, Any] = {
    "summary, description, title": of_operation(lambda t: t.node.update(summary="Other", description="Other")),
    "tags, operationId, externalDocs": of_operation(lambda t: t.node.update(tags=["other"], externalDocs={})),
    "the order of parameters": of_operation(lambda t: t.parameters.reverse()),
    "the values of examples": of_parameter(lambda p: p.update(example="other")),
    "a format that a page no longer states": of_parameter(lambda p: p["schema"].pop("format", None)),
    "extensions": of_operation(lambda t: t.node.update({"x-apidog-status": "released"})),
}

KINDS = {**SENT, **RECEIVED, **ASKED, **WHOLE}
PLACES = [(path, method) for path, method, node in operations(document()) if "200" in node["responses"]]


def changed(apply: Any, place: tuple[str, str], draw: Draw) -> Node | None:
    """The spec with the change, in a copy of the operation. None if the operation has nothing to change in this way."""
    (path, _), flat = place, _flat()
    whole = copy.deepcopy({key: value for key, value in flat.items() if key != "paths"})
    whole["paths"] = flat["paths"] | {path: copy.deepcopy(flat["paths"][path])}
    return whole if apply(Target(whole, *place), draw) else None


def _first(strategy: Any) -> Any:
    return strategy.elements[0]


@cache
def fits(name: str) -> list[tuple[str, str]]:
    """The operations that have something to change in this way."""

    apply = OUT_OF_REACH.get(name) or KINDS[name][1]
    return [place for place in PLACES if changed(apply, place, _first) is not None]


def test_there_are_kinds_enough() -> None:
    assert len(KINDS) >= 70
    assert drift_of(copy.deepcopy(_flat())) == []


@pytest.mark.parametrize("name", KINDS)
@settings(derandomize=True, database=None, deadline=None, max_examples=2)
@given(data=st.data())
def test_a_change_of_any_operation_is_found(name: str, data: st.DataObject) -> None:
    expected, apply = KINDS[name]
    place = data.draw(st.sampled_from(fits(name)))
    theirs = changed(apply, place, data.draw)
    assert theirs is not None
    findings = drift_of(theirs)
    assert {finding.kind for finding in findings} & set(expected.split()), said(findings)


@pytest.mark.parametrize("name", OUT_OF_REACH)
def test_what_is_out_of_reach_is_said_to_be(name: str) -> None:
    text = " ".join((ROOT / "docs" / "drift.md").read_text(encoding="utf-8").split())
    _, _, listed = text.partition("are out of reach")
    for words in name.split(", "):
        assert words in listed
    for place in fits(name)[:3]:
        theirs = changed(OUT_OF_REACH[name], place, _first)
        assert theirs is not None
        assert [finding for finding in drift_of(theirs) if finding.is_drift] == []
