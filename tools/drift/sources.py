"""Finds the page in the table `x-sources` for a published operation, and the operation for a page."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tools.drift.calls import Call
from tools.drift.shapes import Node

FILLERS = {
    "get", "the", "a", "an", "of", "for", "to", "and", "or", "this", "who", "are", "whether", "by", "as", "api", "v1",
    "openapi", "list",
}  # fmt: skip
OLDER = re.compile(r",\s*(older|oldest)\b.*", re.IGNORECASE)


def words(*texts: str) -> frozenset[str]:
    """The significant words of names, titles or paths, cut to five letters so that exclusion matches exclude."""
    return frozenset(
        word[:5] for text in texts for word in re.findall(r"[a-z0-9]+", text.lower()) if word not in FILLERS
    ) - {""}


def plain(title: str) -> str:
    """A title for comparison."""
    return " ".join(re.findall(r"[a-z0-9]+", OLDER.sub("", title).lower()))


def similarity(one: frozenset[str], other: frozenset[str]) -> float:
    """Twice the shared words over all words, from 0 to 1."""
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0


@dataclass(frozen=True)
class Sources:
    """The table `x-sources`."""

    table: Node

    def of(self, call: Call) -> str | None:
        """The id of the entry for the page of `call`. If several have its title, the newest."""
        if call.page:
            for name, about in self.table.items():
                if re.search(rf"\b{call.page}\b", str(about.get("page", ""))):
                    return str(name)
        same = [name for name, about in self.table.items() if call.title and plain(about["title"]) == plain(call.title)]
        newest = [name for name in same if not OLDER.search(self.table[name]["title"])]
        return next(iter([*newest, *same]), None)

    def names_for(self, ours: list[Call]) -> dict[str, set[str]]:
        """The titles of the pages of each of our operations, by identifier. Unread pages are included."""
        cited: dict[str, list[str]] = {}
        for call in ours:
            for name in call.mark.source:
                cited.setdefault(name, []).append(call.identifier)
        titles: dict[str, set[str]] = {call.identifier: set() for call in ours}
        for name, about in self.table.items():
            title = plain(about["title"])
            if len(cited.get(name, ())) == 1:  # a page that several cite is none of an operation's own
                titles[cited[name][0]].add(title)
            elif about.get("read") == "none" and ours:
                best = max(ours, key=lambda call: similarity(words(title), own_words(call)))
                if similarity(words(title), own_words(best)) >= 0.6:
                    titles[best.identifier].add(title)
        return titles


def own_words(call: Call) -> frozenset[str]:
    """The words of the last step of an operation's path."""
    steps = [step for step in call.path.split("/") if step and not step.startswith("{")]
    return words(steps[-1] if steps else "")
