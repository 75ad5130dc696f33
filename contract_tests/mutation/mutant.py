"""A mutant is one change to one file, with an id that survives edits elsewhere. A fair draw takes a few of many."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

PLACES = ("overlay", "tools", "spec", "templates", "generated")
"""Where mutants are seeded. Those that change a token or an entry are one kind for each place."""
CONDITIONS = ("pair", "sequence", "concurrency", "zone", "transport", "copy", "retry", "status")
"""The kinds of mutants that fail under one condition only; see `conditional_mutants`."""
PAST = "past"
"""The kind of faults that tests once missed; see past_faults.yaml."""
KINDS = (*PLACES, *CONDITIONS, PAST)


@dataclass(frozen=True)
class Edit:
    """Replaces the characters from `start` to before `end` by `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Mutant:
    """One change that the tests should notice.

    Attributes:
        kind: one of `KINDS`.
        file: path from the root of the project, with slashes.
        operator: what was done, such as "rename-field".
        line: number of the changed line, from 1, as the file stands now.
        text: the changed line without its indentation.
        edits: what is changed, apart from each other and in order.
        operation: the operationId it belongs to, None for what concerns all.
        occurrence: how many mutants with the same operator and line text stand before it in the file.
    """

    kind: str
    file: str
    operator: str
    line: int
    text: str
    edits: tuple[Edit, ...]
    operation: str | None = None
    occurrence: int = 0

    @property
    def place(self) -> str:
        """One of `PLACES`, by the file."""
        top = self.file.split("/")[0]
        return {"overlays": "overlay", "openapi.yaml": "spec", "generator-templates": "templates"}.get(top, top)

    @property
    def id(self) -> str:
        """Ten hex digits of file, operator, line text and occurrence: edits elsewhere do not change it."""
        name = "\0".join((self.file, self.operator, self.text, str(self.occurrence)))
        return hashlib.sha256(name.encode()).hexdigest()[:10]

    def apply(self, source: str) -> str:
        """`source` with the mutant in it."""
        for edit in reversed(self.edits):
            source = source[: edit.start] + edit.text + source[edit.end :]
        return source

    def shown(self, source: str) -> str:
        """The change on a few lines: `-` before, `+` after."""
        first, last = self.edits[0].start, self.edits[-1].end
        start = source.rfind("\n", 0, first) + 1
        end = source.find("\n", last)
        end = len(source) if end < 0 else end
        changed = self.apply(source)
        after = changed[start : end + len(changed) - len(source)]
        removed = [f"- {line}" for line in source[start:end].splitlines()]
        return "\n".join([*removed[:6], *[f"+ {line}" for line in after.splitlines()][:6]])


def make(
    kind: str, file: str, source: str, operator: str, edits: Iterable[Edit], operation: str | None, line: int = 0
) -> Mutant:
    """A mutant of `source`, the text of `file`. `line` defaults to that of the first edit."""
    ordered = tuple(sorted(edits, key=lambda edit: edit.start))
    line = line or source.count("\n", 0, ordered[0].start) + 1
    return Mutant(kind, file, operator, line, source.split("\n")[line - 1].strip(), ordered, operation)


def numbered(mutants: Iterable[Mutant]) -> Iterator[Mutant]:
    """The mutants with their occurrences; one that only repeats another's change is left out."""
    counts: dict[tuple[str, str, str], int] = defaultdict(int)
    seen: set[tuple[str, tuple[Edit, ...]]] = set()
    for mutant in mutants:
        if (mutant.file, mutant.edits) in seen:
            continue
        seen.add((mutant.file, mutant.edits))
        key = (mutant.file, mutant.operator, mutant.text)
        yield replace(mutant, occurrence=counts[key])
        counts[key] += 1


def rank(mutant: Mutant, seed: int) -> str:
    """The mutant's place in the draw. It depends on mutant and seed alone, so an edit moves no other mutant."""
    return hashlib.sha256(f"{seed}\0{mutant.id}".encode()).hexdigest()


def draw(
    mutants: Iterable[Mutant],
    count: int,
    seed: int,
    group: Callable[[Mutant], str],
    accept: Callable[[Mutant], bool] = lambda _: True,
) -> list[Mutant]:
    """`count` mutants that `accept` lets pass, as evenly from the groups as these allow, at most one a line."""
    groups: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in sorted(mutants, key=lambda mutant: rank(mutant, seed)):
        groups[group(mutant)].append(mutant)
    waiting = [iter(groups[name]) for name in sorted(groups, key=lambda name: rank(groups[name][0], seed))]
    drawn: list[Mutant] = []
    lines: set[tuple[str, int]] = set()
    while waiting and len(drawn) < count:
        for candidates in list(waiting):
            fits = (mutant for mutant in candidates if (mutant.file, mutant.line) not in lines and accept(mutant))
            if (chosen := next(fits, None)) is None:
                waiting.remove(candidates)
            elif len(drawn) < count:
                lines.add((chosen.file, chosen.line))
                drawn.append(chosen)
    return drawn
