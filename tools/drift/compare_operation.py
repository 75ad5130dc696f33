"""Compares a published operation with ours: address, credentials, parameters, body and responses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from tools.drift.calls import BEARER, HMAC, OAUTH, SERIALIZATION, SESSION, Body, Call, Parameter
from tools.drift.findings import Edit, Finding, block
from tools.drift.schemas import Comparison, Confirmed, brief

NEEDS: dict[str, dict[str, list[str]]] = {
    HMAC: {"publicToken": [], "sign": [], "timestamp": []},
    OAUTH: {"oauth2": []},
    BEARER: {"oauth2": []},
    SESSION: {"merchantSession": []},
}


def needs(kinds: Iterable[str]) -> list[dict[str, list[str]]] | None:
    """`security` for accepted kinds of credentials. None if we have no scheme for one of them."""
    found = [NEEDS.get(kind) for kind in sorted(kinds)]
    return None if None in found else [dict(need) for need in found if need is not None]


class Facing:
    """Our operation and theirs."""

    def __init__(self, ours: Call, theirs: Call, cite: str) -> None:
        self.ours, self.theirs, self.cite = ours, theirs, cite

    def finding(
        self, kind: str, text: str, place: str = "", suggestion: str = "", edits: tuple[Edit, ...] = ()
    ) -> Finding:
        """A finding about the two."""
        names, origin = (self.ours.identifier,), self.theirs.origin
        return Finding(kind, names, text, origin, place, suggestion, edits=edits, cite=self.cite)

    def address(self, why: str) -> Iterator[Finding]:
        """Method and path."""
        ours, theirs = self.ours, self.theirs
        if not why:
            return
        marks = {"x-evidence": "documented", "x-source": [self.cite]}
        changes = {theirs.path: {theirs.method: marks}}
        old, new = f"{ours.method.upper()} {ours.path}", f"{theirs.method.upper()} {theirs.path}"
        if ours.mark.grade in ("inferred", "field"):
            text = f"path is now documented: {new}; ours was {ours.mark.grade}: {old} (same {why})"
            yield self.finding("path-documented", text, ours.pointer, block(changes))
        elif ours.path != theirs.path:
            yield self.finding("path-changed", f"path is {new}, ours {old} (same {why})", ours.pointer, block(changes))
        elif ours.method != theirs.method:
            yield self.finding(
                "method-changed", f"method is {new}, ours {old} (same {why})", ours.pointer, block(changes)
            )

    def state(self) -> Iterator[Finding]:
        """Whether the operation is deprecated, its servers, and what is not compared."""
        old, new = (bool(call.node.get("deprecated")) for call in (self.ours, self.theirs))
        if old != new and (new or self.theirs.form != "page"):
            text = f"the operation is {'' if new else 'not '}deprecated, ours is{' not' if new else ''}"
            edits = (Edit(self.ours.pointer, "deprecated", new or None),)
            yield self.finding("deprecated", text, self.ours.pointer, block({"deprecated": new}), edits)
        if hosts := [host for host in self.theirs.hosts if host not in self.ours.hosts]:
            text = f"servers are {', '.join(self.theirs.hosts)}, ours {', '.join(self.ours.hosts) or 'none'}"
            yield self.finding("server-changed", text, "#/servers", block([{"url": host} for host in hosts]))
        if unread := self.theirs.unread - self.ours.unread:
            text = f"the page states {', '.join(sorted(unread))}, which is not compared"
            yield self.finding("not-compared", text, self.ours.pointer)

    def access(self) -> Iterator[Finding]:
        """Credentials and scopes."""
        ours, theirs = self.ours, self.theirs
        grade = ours.security_grade
        place = f"{ours.pointer}/security"
        if theirs.credentials is not None and ours.credentials is not None:
            accepted = theirs.credentials
            if BEARER in accepted:  # the header alone does not tell whose token it is
                accepted = (accepted - {BEARER}) | ((ours.credentials & {OAUTH, SESSION}) or {OAUTH})
            if accepted != ours.credentials:
                said = f"credentials are {_list(theirs.credentials)}, ours {_list(ours.credentials)} ({grade})"
                yield self.finding("credentials-changed", said, place, _security(accepted))
            elif grade in ("inferred", "field") and theirs.security_grade == "documented":
                said = f"credentials are documented: {_list(theirs.credentials)}; ours was {grade}"
                if "x-security-evidence" in ours.node:
                    suggestion = block({"x-security-evidence": "documented"})
                    edits = (Edit(ours.pointer, "x-security-evidence", "documented"),)
                    where = f"{ours.pointer}/x-security-evidence"
                    yield self.finding("credentials-documented", said, where, suggestion, edits)
        mine = (ours.scopes or frozenset()) - ours.scopes_inferred
        if theirs.scopes is None or theirs.scopes == mine:
            return
        new, lost = theirs.scopes - mine, mine - theirs.scopes
        suggestion = block({"oauth2": sorted(theirs.scopes)})
        if new and not lost and (new <= ours.scopes_inferred or not ours.scopes_inferred | mine):
            if (
                new <= theirs.scopes_inferred
                or ours.node.get("x-scopes-platform")
                or ours.node.get("x-scopes-by-topic")
            ):
                return
            remedy = "remove x-scopes-inferred" if ours.scopes_inferred else "ours knew none"
            text = f"scopes are documented: {_list(new)}; {remedy}"
            added = [Edit(f"{place}/{self._oauth2()}/oauth2", "-", scope) for scope in sorted(new)]
            if ours.scopes_inferred and ours.scopes_inferred <= new:
                added.append(Edit(ours.pointer, "x-scopes-inferred"))
            yield self.finding("scopes-documented", text, place, suggestion, (*added,))
        else:
            text = f"scopes are {_list(theirs.scopes)}, ours {_list(mine)}"
            if ours.scopes_inferred:
                text += f" and {_list(ours.scopes_inferred)} not granted by a documented scope"
            yield self.finding("scopes-changed", text, place, suggestion)

    def _oauth2(self) -> int:
        """The index of the requirement of OAuth2 in our list."""
        listed = self.ours.node.get("security", [])
        return next((index for index, need in enumerate(listed) if "oauth2" in need), 0)

    def parameters(self, confirmed: list[Confirmed]) -> Iterator[Finding]:
        """Parameters of query, path and header."""
        ours, theirs = _same_path_names(self.ours, self.theirs), self.theirs.parameters
        for key, parameter in theirs.items():
            mine = ours.get(key)
            if mine is None:
                if moved := next((p for p in ours.values() if p.name == parameter.name), None):
                    text = f"parameter {parameter.name} is in {parameter.place}, ours in {moved.place}"
                    yield self.finding("parameter-required", text, moved.pointer, block({"in": parameter.place}))
                    continue
                about: dict[str, Any] = {"name": parameter.name, "in": parameter.place}
                if parameter.required:
                    about["required"] = True
                about |= {"description": "TEXT", "schema": brief(parameter.shape)}
                about |= {"x-evidence": "documented", "x-source": [self.cite]}
                kind = "required" if parameter.required else "optional"
                text = f"parameter {parameter.name} ({parameter.place}, {kind}) is new"
                place = f"{self.ours.pointer}/parameters"
                added = {name: value for name, value in about.items() if name != "description"}
                edits = (Edit(place, "-", added),) if about["schema"] and parameter.place in ("query", "header") else ()
                yield self.finding("parameter-added", text, place, block([about]), edits)
                continue
            confirmed.append(
                Confirmed(f"parameter {parameter.name}", replace(mine.shape, mark=mine.mark), parameter.mark.grade)
            )
            if mine.required != parameter.required:
                words = ("required", "optional")
                text = f"parameter {parameter.name} is {words[not parameter.required]}, ours {words[not mine.required]}"
                edits = (Edit(mine.pointer, "required", parameter.required or None),)
                suggestion = block({"required": parameter.required})
                yield self.finding("parameter-required", text, mine.pointer, suggestion, edits)
            yield from self._serialization(mine, parameter)
            yield from self._comparison(f"parameter {parameter.name}", True, []).shapes(mine.shape, parameter.shape)
        if self.theirs.whole:
            names = {parameter.name for parameter in theirs.values()}
            for mine in ours.values():
                if mine.name not in names:
                    text = f"parameter {mine.name} ({mine.place}) is not published, ours is {mine.mark.grade}"
                    yield self.finding("parameter-gone", text, mine.pointer)

    def _serialization(self, ours: Parameter, theirs: Parameter) -> Iterator[Finding]:
        name = f"parameter {theirs.name}"
        for keyword in SERIALIZATION:
            old, new = _written(keyword, ours), _written(keyword, theirs)
            stated = keyword in theirs.traits or (keyword == "deprecated" and self.theirs.form != "page")
            if stated and old != new:
                kind = "deprecated" if keyword == "deprecated" else "serialization-changed"
                text = f"{name}: {keyword} is {json.dumps(new)}, ours {json.dumps(old)}"
                edits = (Edit(ours.pointer, keyword, new or (None if keyword == "deprecated" else new)),)
                yield self.finding(kind, text, ours.pointer, block({keyword: new}), edits)
        if unread := theirs.unread - ours.unread:
            text = f"{name}: {', '.join(sorted(unread))}, which is not compared"
            yield self.finding("not-compared", text, ours.pointer)

    def bodies(self, confirmed: list[Confirmed]) -> Iterator[Finding]:
        """Request body and responses."""
        ours, theirs = self.ours, self.theirs
        if ours.body and theirs.body:
            yield from self._body("body", True, ours.body, theirs.body, confirmed)
        elif theirs.body:
            text = f"a body is new, with {_list(theirs.body.shape.members)}"
            schema = {"content": {"application/json": {"schema": brief(theirs.body.shape)}}}
            yield self.finding("body-added", text, ours.pointer, block({"requestBody": schema}))
        elif ours.body and theirs.whole:
            yield self.finding("body-gone", f"no body is published, ours is {ours.body.mark.grade}", ours.body.pointer)
        if ours.body and theirs.body and None is not theirs.body.required != ours.body.required:
            old, new = ours.body.required, theirs.body.required
            text = f"the body is {'required' if new else 'optional'}, ours {'required' if old else 'optional'}"
            edits = (Edit(ours.body.pointer, "required", new or None),)
            yield self.finding("body-required", text, ours.body.pointer, block({"required": new}), edits)
        matched = set()
        for status, response in theirs.responses.items():
            key = next((k for k in (status, f"{status[:1]}XX", "default") if k in ours.responses), None)
            if key is None:
                text = f"response {status} is new, with {_list(response.shape.members)}"
                yield self.finding("response-added", text, f"{ours.pointer}/responses")
                continue
            if key != status:
                covering = ours.responses[key].mark.grade
                text = f"response {status} is new, ours has only {key} ({covering}); headers: {_list(response.headers)}"
                yield self.finding("response-added", text, f"{ours.pointer}/responses")
            matched.add(key)
            yield from self._body(f"response {status}", False, ours.responses[key], response, confirmed)
        for status, response in ours.responses.items():
            if theirs.responses and status not in matched and response.mark.grade != "inferred":
                text = f"response {status} is not published, ours is {response.mark.grade}"
                yield self.finding("response-gone", text, response.pointer)

    def _body(
        self, where: str, outgoing: bool, ours: Body, theirs: Body, confirmed: list[Confirmed]
    ) -> Iterator[Finding]:
        comparison = self._comparison(where, outgoing, confirmed)
        if ours.kinds and theirs.kinds and ours.kinds != theirs.kinds:
            text = f"{where}: media types are {_list(theirs.kinds)}, ours {_list(ours.kinds)}"
            yield self.finding("content-changed", text, ours.pointer)
        if new := theirs.headers - ours.headers:
            yield self.finding("header-added", f"{where}: header {_list(new)} is new", ours.pointer)
        if (lost := ours.headers - theirs.headers) and theirs.headers and ours.mark.grade != "inferred":
            yield self.finding("header-gone", f"{where}: header {_list(lost)} is not published", ours.pointer)
        if unread := theirs.unread - ours.unread:
            text = f"{where}: {', '.join(sorted(unread))}, which is not compared"
            yield self.finding("not-compared", text, ours.pointer)
        if not outgoing and (theirs.shape.types or theirs.examples):  # a request body has no mark of its own
            grade = theirs.mark.grade if theirs.shape.types else "example"
            confirmed.append(Confirmed(where, replace(ours.shape, mark=ours.mark), grade))
        yield from comparison.shapes(ours.shape, theirs.shape)
        for value in theirs.examples:
            if outgoing or not _is_failure(value):
                yield from comparison.example(ours.shape, value, theirs.shape)

    def _comparison(self, where: str, outgoing: bool, confirmed: list[Confirmed]) -> Comparison:
        return Comparison(where, outgoing, self.finding, [self.cite], confirmed, exact=self.theirs.form != "page")


def _security(kinds: Iterable[str]) -> str:
    """The suggestion for accepted kinds of credentials. "" if we have no scheme for one of them."""
    listed = needs(kinds)
    return "" if listed is None else block({"security": listed})


def _same_path_names(ours: Call, theirs: Call) -> dict[tuple[str, str], Any]:
    """Our parameters. Path parameters have the names that the published path has at their places."""
    names = dict(zip(re.findall(r"\{([^{}]+)\}", ours.path), re.findall(r"\{([^{}]+)\}", theirs.path), strict=False))
    return {
        (place, names.get(name, name) if place == "path" else name): p for (place, name), p in ours.parameters.items()
    }


def _written(keyword: str, parameter: Parameter) -> Any:
    """How a parameter is written, with the defaults of OpenAPI."""
    style = parameter.traits.get("style", "form" if parameter.place in ("query", "cookie") else "simple")
    usual = {"style": style, "explode": style == "form"}
    return parameter.traits.get(keyword, usual.get(keyword, False))


def _is_failure(value: Any) -> bool:
    """Whether an example is an error envelope, which a successful response does not have."""
    return isinstance(value, dict) and value.get("code") not in (None, 0, "0")


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
