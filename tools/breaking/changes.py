"""A change and its grade. The two comparisons find changes, and the report shows them."""

from collections.abc import Iterable
from dataclasses import dataclass

GRADES = ("breaking", "additive", "none")
"""From the most important to the least. "none" means a change that no caller notices."""


class UnusableError(Exception):
    """The ref or its files cannot be compared with. The message states the reason and a remedy."""


@dataclass(frozen=True)
class Change:
    """One difference."""

    grade: str
    """One of GRADES."""
    where: str
    """File and line in the working tree. For a removed part, file and line in the ref: "v0.1.0:openapi.yaml:12"."""
    what: str
    """A sentence."""


@dataclass(frozen=True)
class Comparison:
    """All changes of one subject, the most important first."""

    subject: str
    changes: tuple[Change, ...]

    @classmethod
    def of(cls, subject: str, changes: Iterable[Change]) -> "Comparison":
        """The comparison with sorted changes, whatever their order was."""
        return cls(subject, tuple(sorted(set(changes), key=_order)))

    @property
    def verdict(self) -> str:
        """The most important grade. "none" if nothing changed."""
        return verdict(self.changes)


def verdict(changes: Iterable[Change]) -> str:
    """The most important grade of these changes."""
    return min((change.grade for change in changes), key=GRADES.index, default="none")


def _order(change: Change) -> tuple[int, str, int, str]:
    file, _, line = change.where.rpartition(":")
    return GRADES.index(change.grade), file, int(line), change.what
