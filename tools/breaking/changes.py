"""A change and its grade: what the two comparisons find and the report shows."""

from collections.abc import Iterable
from dataclasses import dataclass

GRADES = ("breaking", "additive", "none")
"""From the one that decides to the one that never does; "none" are changes that no caller notices."""


class UnusableError(Exception):
    """The ref, or what it holds, cannot be compared with; the text says why and what to do."""


@dataclass(frozen=True)
class Change:
    """One difference."""

    grade: str
    """One of GRADES."""
    where: str
    """File and line, of the working tree or, for what was removed, of the ref: "v0.1.0:openapi.yaml:12"."""
    what: str
    """A sentence."""


@dataclass(frozen=True)
class Comparison:
    """All changes of one subject, the deciding ones first."""

    subject: str
    changes: tuple[Change, ...]

    @classmethod
    def of(cls, subject: str, changes: Iterable[Change]) -> "Comparison":
        """The comparison in its one order, whatever order the changes come in."""
        return cls(subject, tuple(sorted(set(changes), key=_order)))

    @property
    def verdict(self) -> str:
        """The gravest grade, "none" where nothing changed."""
        return verdict(self.changes)


def verdict(changes: Iterable[Change]) -> str:
    """The gravest grade of these changes."""
    return min((change.grade for change in changes), key=GRADES.index, default="none")


def _order(change: Change) -> tuple[int, str, int, str]:
    file, _, line = change.where.rpartition(":")
    return GRADES.index(change.grade), file, int(line), change.what
