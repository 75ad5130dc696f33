"""Finds, for each published operation, the one of openapi.yaml that it describes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tools.drift.calls import Call
from tools.drift.sources import Sources, own_words, plain, similarity, words

ALIKE = 0.85  # share of common words from which a guessed path is taken to be the published one


@dataclass(frozen=True)
class Match:
    """A published operation, and our operation if one was found."""

    theirs: Call
    ours: Call | None
    why: str = ""
    """Why the two count as the same operation although method or path differ."""


def same_path(path: str) -> str:
    """A path for comparison. The names of its parameters, the host and a final slash do not matter."""
    path = re.sub(r"^https?://[^/]+", "", path)
    return re.sub(r"\{[^{}]*\}", "{}", path).rstrip("/").lower() or "/"


def match(theirs: list[Call], ours: list[Call], sources: Sources) -> list[Match]:
    """Pairs by method and path, or else by page, title, operationId or, if our path is a guess, similar words."""
    by_key = {(call.root, call.method, same_path(call.path)): call for call in ours}
    exact = [by_key.get((call.root, call.method, same_path(call.path))) for call in theirs]
    free = [call for call in ours if call not in exact]
    titles = sources.names_for(ours)
    candidates = []
    for index, call in enumerate(theirs):
        for own in free if exact[index] is None else ():
            score, why = _likeness(call, own, titles[own.identifier], sources)
            if score:
                candidates.append((score + 0.05 * (call.method == own.method), index, own, why))
    found: dict[int, tuple[Call, str]] = {}
    for _, index, own, why in sorted(candidates, key=lambda candidate: -candidate[0]):
        if index not in found and own not in [pair[0] for pair in found.values()]:
            found[index] = (own, why)
    return [Match(call, *found.get(index, (exact[index], ""))) for index, call in enumerate(theirs)]


def _likeness(theirs: Call, ours: Call, titles: set[str], sources: Sources) -> tuple[float, str]:
    """The certainty that the two are one operation, from 0 to 4, with the reason. Equal names pair any two operations.
    Similar words pair only operations of ours without a documented path, because new operations often have similar
    names."""
    if theirs.root != ours.root:
        return 0.0, ""
    cited = " ".join(str(sources.table[name].get("page")) for name in ours.mark.source if name in sources.table)
    if theirs.page and re.search(rf"\b{theirs.page}\b", cited):
        return 4.0, f"page {theirs.page}"
    if theirs.identifier == ours.identifier:
        return 3.5, "operationId"
    title = plain(theirs.title)
    if title and (title in titles or title == plain(ours.title)):
        return 3.0, f"title {theirs.title!r}"
    if same_path(theirs.path) == same_path(ours.path):
        return 2.0, "path"
    if ours.mark.grade in ("inferred", "field"):
        names = [words(ours.identifier), own_words(ours), *(words(name) for name in titles)]
        spoken = words(theirs.title) or own_words(theirs)
        score = max(similarity(spoken, name) for name in names)
        if score >= ALIKE:
            return score, f"similar words ({score:.0%}), so make sure that it is the same"
    return 0.0, ""
