"""Finds the statements of openapi.yaml whose grade the published documentation raises."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from tools.drift.calls import Call
from tools.drift.findings import Edit, block
from tools.drift.matching import same_path
from tools.drift.schemas import GRADES, Confirmed
from tools.drift.shapes import Node


@cache
def _marks(grade: str, cite: str, members: tuple[str, ...] | None) -> str:
    marks = {"x-evidence": grade, "x-source": [cite]}
    if members is None:
        return block(marks)
    return block({"properties": dict.fromkeys(members, marks)}) if members else ""


@dataclass(frozen=True)
class Better:
    """A mark to change, with its grade, its possible grade and the statements below it that the page confirms."""

    pointer: str
    was: str
    grade: str
    text: str
    members: tuple[str, ...] | None = None
    """The members to mark separately, if the page does not confirm all members of the mark."""

    def suggestion(self, cite: str) -> str:
        """The marks as YAML."""
        return _marks(self.grade, cite, self.members)

    def edits(self) -> tuple[Edit, ...]:
        """The grades to set. None for a conclusion of ours, because its text has to change too."""
        if self.was == "inferred":
            return ()
        places = [self.pointer] if self.members is None else [f"{self.pointer}/properties/{m}" for m in self.members]
        return tuple(Edit(place, "x-evidence", self.grade) for place in places)


class Marks:
    """The marks of openapi.yaml, with the members that each mark applies to."""

    def __init__(self, document: Node, sources: Node) -> None:
        self._document = document
        self._sources = sources

    def better(self, ours: Call, theirs: Call, confirmed: Iterable[Confirmed]) -> Iterator[Better]:
        """One entry for each mark that the page raises. It lists the members if not all are confirmed."""
        if _rank(theirs.mark.grade) > _rank(ours.mark.grade) and same_path(ours.path) == same_path(theirs.path):
            yield Better(
                ours.pointer,
                ours.mark.grade,
                theirs.mark.grade,
                f"method and path are {theirs.mark.grade}, ours was {ours.mark.grade}",
            )
        groups: dict[tuple[str, str, str], list[Confirmed]] = {}
        every = list(confirmed)
        for statement in every:
            old, new = statement.shape.mark.grade, statement.grade
            if _rank(new) > _rank(old):
                groups.setdefault((statement.shape.mark.pointer, new, old), []).append(statement)
        for (place, new, old), statements in groups.items():
            paths = list(dict.fromkeys(statement.place for statement in statements))
            own = self._members_of(place)
            # A member that refers to another component is graded there, but its being here is confirmed all the same.
            parents = {_split(path)[0] for path in paths if _split(path)[1] in own}
            siblings = {_split(s.place) for s in every if _rank(s.grade) >= _rank(new)}
            names = {name for parent, name in siblings if parent in parents}
            text = f"{', '.join(paths)}: {new}, ours was {old}"
            if old == "inferred":
                text += "; reword what begins with Inferred"
            missing = sorted(own - names)
            if missing:
                text += f"; not confirmed: {', '.join(missing)}"
            named = tuple(sorted(own & {_split(path)[1] for path in paths}))
            yield Better(place, old, new, text, named if missing else None)

    def _members_of(self, place: str) -> set[str]:
        """The names that the mark at `place` grades directly: the object's members without their own marks."""
        node: object = self._document
        for step in place[2:].split("/"):
            step = step.replace("~1", "/").replace("~0", "~")
            if isinstance(node, dict):
                node = node.get(step)
            elif isinstance(node, list) and step.isdigit() and int(step) < len(node):
                node = node[int(step)]
        members = node.get("properties") if isinstance(node, dict) else None
        return (
            {n for n, m in members.items() if isinstance(m, dict) and "x-evidence" not in m}
            if isinstance(members, dict)
            else set()
        )


def _split(place: str) -> tuple[str, str]:
    """The object and the name of a member."""
    parent, _, name = place.rpartition(".")
    return parent, name.removesuffix("[]")


def _rank(grade: str) -> int:
    """The rank of a grade. A higher rank means better evidence. An unknown word has the lowest rank."""
    return GRADES.index(grade) if grade in GRADES else -1
