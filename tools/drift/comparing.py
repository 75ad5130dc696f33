"""Lists the differences between the vendor's operations and ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from tools.drift.calls import Call, calls, schemes_of
from tools.drift.compare_operation import Facing, needs
from tools.drift.findings import Edit, Finding, block
from tools.drift.matching import Match, match
from tools.drift.reading import Published
from tools.drift.schemas import Confirmed, brief
from tools.drift.shapes import Node, TooLargeError
from tools.drift.sources import Sources, plain
from tools.drift.upgrade_evidence import Marks
from tools.evidence import operations, pointer

Problems = list[tuple[str, str]]


CONFIRMATIONS = {"documented", "credentials-documented", "page-read"}
"""Kinds of findings that raise a grade."""


class Comparer:
    """Compares published documents with one openapi.yaml."""

    def __init__(self, document: Node) -> None:
        self._document = document
        self.ours = calls(Published("openapi.yaml", "export", {"webhooks": {}, **document}))
        self._sources = Sources(document.get("x-sources", {}))
        self._marks = Marks(document, self._sources.table)

    def compare(self, documents: Iterable[Published], *, complete: bool = False) -> tuple[list[Finding], Problems]:
        """All findings, in no particular order, and the documents that are too large, as (file, why).
        `complete` means that the documents together describe the whole API."""
        findings: list[Finding] = []
        problems: Problems = []
        seen: list[Call] = []
        origins = []
        for document in documents:
            try:
                matches = match(calls(document), self.ours, self._sources)
                new = [finding for pair in matches for finding in self._pair(pair)]
                if self._is_ours_unmarked(document):
                    new = [finding for finding in new if finding.kind not in CONFIRMATIONS]
                new += self._flows(document)
            except TooLargeError as problem:
                problems.append((document.origin, str(problem)))
                continue
            except RecursionError:
                problems.append((document.origin, "has schemas that refer to each other too deeply"))
                continue
            found = [pair.ours for pair in matches if pair.ours]
            findings += new
            seen += found
            origins.append(document.origin)
            if document.form == "export" and not complete and 2 * len(found) >= len(self.ours):
                findings += self._gone(found, document.origin, webhooks=bool(document.document["webhooks"]))
        if complete and origins:
            findings += self._gone(seen, ", ".join(origins[:3]), webhooks=False)
        return findings, problems

    def _is_ours_unmarked(self, document: Published) -> bool:
        """Whether a document is openapi.yaml without its marks. It has our operationIds, and it confirms nothing."""
        every = [node for root in ("paths", "webhooks") for *_, node in operations(document.document, root)]
        stated = {str(node.get("operationId")) for node in every}
        ours = {call.identifier for call in self.ours}
        return bool(stated & ours) and not any("x-evidence" in node for node in every)

    def _flows(self, document: Published) -> Iterator[Finding]:
        """Addresses and scopes of the OAuth2 flows."""
        schemes = schemes_of(self._document).items()
        name, ours = next(((name, scheme["flows"]) for name, scheme in schemes if "flows" in scheme), ("", {}))
        for scheme in schemes_of(document.document).values():
            flows = scheme.get("flows")
            theirs = {k: v for k, v in flows.items() if isinstance(v, dict)} if isinstance(flows, dict) else {}
            for kind in dict.fromkeys((*theirs, *(ours if theirs else ()))):
                place = pointer("components", "securitySchemes", name, "flows", kind)
                report = partial(Finding, operations=(name,), origin=document.origin, pointer=place)
                if kind not in ours or kind not in theirs:
                    text = f"OAuth2 flow {kind} is {'new' if kind in theirs else 'not published'}"
                    yield report("flow-changed", text=text)
                    continue
                for key in ("authorizationUrl", "tokenUrl", "refreshUrl"):
                    old, new = ours[kind].get(key), theirs[kind].get(key)
                    if new and new != old:
                        text = f"{key} of the flow {kind} is {new}, ours {old or 'none'}"
                        # Secrets are sent to these addresses, so a person decides about another host.
                        same = _origin(str(new)) == _origin(str(old))
                        edits = (Edit(place, key, str(new)),) if same else ()
                        yield report("address-changed", text=text, suggestion=block({key: new}), edits=edits)
                scopes = theirs[kind].get("scopes")
                new = set(scopes if isinstance(scopes, dict) else ()) - set(ours[kind].get("scopes", ()))
                for scope in sorted(new):
                    yield report("flow-changed", text=f"scope {scope} of the flow {kind} is new")

    def _gone(self, found: list[Call], origin: str, *, webhooks: bool) -> Iterator[Finding]:
        for call in self.ours:
            if call in found or (call.root == "webhooks" and not webhooks):
                continue
            pages = [str(self._sources.table.get(name, {}).get("page", "")) for name in call.mark.source]
            where = f"{call.method.upper()} {call.path}"
            if pages and all("/doc-" in page for page in pages):
                text = f"{where} is not published as an operation; ours was read in a guide"
                yield Finding("not-published", (call.identifier,), text, origin, call.pointer)
            else:
                text = f"{where} is not published any more, ours is {call.mark.grade}"
                yield Finding("operation-gone", (call.identifier,), text, origin, call.pointer)

    def _pair(self, pair: Match) -> Iterator[Finding]:
        theirs, ours = pair.theirs, pair.ours
        source = self._sources.of(theirs)
        cite = source or self._new_source(theirs)
        if ours is None:
            yield _new_operation(theirs, cite)
            return
        about = Facing(ours, theirs, cite)
        confirmed: list[Confirmed] = []
        findings = [
            *about.address(pair.why),
            *about.state(),
            *about.access(),
            *about.parameters(confirmed),
            *about.bodies(confirmed),
        ]
        marks = [
            about.finding("documented", mark.text, mark.pointer, mark.suggestion(cite), mark.edits())
            for mark in self._marks.better(ours, theirs, confirmed)
        ]
        yield from _without_repeats(findings)
        yield from marks
        yield from self._page(about, source, cited=bool(marks or findings))

    def _new_source(self, theirs: Call) -> str:
        return plain(theirs.title or theirs.path.rpartition("/")[2]).replace(" ", "-") or "new-page"

    def _page(self, about: Facing, source: str | None, *, cited: bool) -> Iterator[Finding]:
        theirs = about.theirs
        address = f"https://apidoc.trustoo.io/{theirs.page}" if theirs.page else None
        if not address and theirs.origin.startswith(("http://", "https://")):
            address = theirs.origin.removesuffix(".md")
        fresh = theirs.form != "export" or cited
        if source is None:
            if fresh:
                about_it = {"title": theirs.title, "modified": theirs.modified or "unknown", "read": "complete"}
                text = f"page {theirs.title or theirs.path!r} is not in x-sources"
                entry = {"page": address or "ADDRESS", **about_it}
                edits = (Edit("#/x-sources", about.cite, entry),) if address else ()
                yield about.finding("page-read", text, "#/x-sources", block({about.cite: entry}), edits)
            return
        entry = self._sources.table[source]
        place, known = f"#/x-sources/{source}", str(entry.get("modified", "unknown"))
        changes: dict[str, Any] = {"page": address} if address and theirs.page not in entry["page"] else {}
        if theirs.modified and not known.startswith(theirs.modified):
            changes["modified"] = theirs.modified
        if changes.get("modified") and re.match(r"\d", known) and known < str(theirs.modified):
            text = f"page {source} was modified on {theirs.modified}, ours was read in its version of {known}"
            yield about.finding("page-newer", text, place, block(changes), _edits(place, changes))
        elif changes.get("modified") and re.match(r"\d", known):
            text = f"the input is a version of page {source} of {theirs.modified}, older than ours of {known}"
            yield about.finding("page-older", text, place)
        elif entry.get("read") == "none" and fresh:
            text = f"page {source} was never read and is readable here"
            changes["read"] = "complete"
            yield about.finding("page-read", text, place, block(changes), _edits(place, changes))
        elif changes.get("modified"):
            text = f"page {source} has a date now, {theirs.modified}"
            yield about.finding("page-newer", text, place, block(changes), _edits(place, changes))


def _origin(address: str) -> tuple[str, ...]:
    """Scheme and host of an address."""
    return tuple(address.lower().split("/")[:3])


def _edits(place: str, changes: dict[str, Any]) -> tuple[Edit, ...]:
    return tuple(Edit(place, key, value) for key, value in changes.items())


def _without_repeats(findings: list[Finding]) -> Iterator[Finding]:
    """The findings, without findings about examples that repeat findings about the schema."""
    said = {
        (f.pointer, f.text.partition(" is ")[0].removeprefix("example of "))
        for f in findings
        if not f.kind.startswith("example")
    }
    for finding in findings:
        repeats = (finding.pointer, finding.text.partition(" is ")[0].removeprefix("example of ")) in said
        if not (finding.kind.startswith("example") and repeats):
            yield finding


def _new_operation(theirs: Call, cite: str) -> Finding:
    head = f"{theirs.method.upper()} {theirs.path}"
    text = f"{head} is new" + (f": {theirs.title}" if theirs.title else "")
    about: dict[str, Any] = {"operationId": "TAG.NAME", "tags": ["TAG"], "summary": theirs.title or "TEXT"}
    about |= {"description": "TEXT", "x-evidence": "documented", "x-source": [cite]}
    if theirs.credentials is not None:
        accepted = needs(theirs.credentials) or []
        for need in accepted:
            if "oauth2" in need:
                need["oauth2"] = sorted(theirs.scopes or ())
        about["security"] = accepted
    if theirs.parameters:
        about["parameters"] = [
            {"name": p.name, "in": p.place, "required": p.required, "description": "TEXT", "schema": brief(p.shape),
             "x-evidence": "documented", "x-source": [cite]}
            for p in theirs.parameters.values()
        ]  # fmt: skip
    if theirs.body:
        about["requestBody"] = {"content": {"application/json": {"schema": brief(theirs.body.shape)}}}
    return Finding(
        "operation-new", (head,), text, theirs.origin, "#/paths", block({theirs.path: {theirs.method: about}})
    )
