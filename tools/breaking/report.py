"""Shows the changes as text for a terminal, as Markdown for a CI summary, or as JSON."""

import json
from dataclasses import asdict, dataclass

from .changes import Comparison, verdict
from .tree import VERSION, Version, bumped

Comparisons = tuple[Comparison, ...]


@dataclass(frozen=True)
class Report:
    """The comparison of the working tree with `ref`."""

    ref: str
    comparisons: Comparisons
    base: Version
    """The version that callers have: the last release before `ref`, or else the version of `ref`."""
    version: Version
    """The version of the working tree."""

    @property
    def verdict(self) -> str:
        """The most important grade of all changes."""
        return verdict(change for comparison in self.comparisons for change in comparison.changes)

    @property
    def suggested(self) -> Version:
        """The lowest version for these changes."""
        return bumped(self.base, self.verdict)

    @property
    def is_bumped(self) -> bool:
        """Whether the working tree's version is at least the suggested one."""
        return self.version >= self.suggested

    @property
    def exit_code(self) -> int:
        """1 if there is a break that the version does not announce. Otherwise 0."""
        return 1 if self.verdict == "breaking" and not self.is_bumped else 0

    @property
    def advice(self) -> str:
        """A sentence about the version."""
        have = f"{VERSION} says {_dotted(self.version)}"
        if self.verdict == "none":
            return f"No new version is needed; {have}."
        asks = f"{self.verdict.capitalize()} changes since {_dotted(self.base)} ask for {_dotted(self.suggested)}"
        return f"{asks}; {have}, which is enough." if self.is_bumped else f"{asks} or later; {have}."

    def text(self) -> str:
        """For a terminal."""
        lines = []
        for comparison in self.comparisons:
            lines.append(f"{comparison.subject} since {self.ref}: {comparison.verdict}{_others(comparison)}")
            lines += [f"  {c.grade:9} {c.where}  {c.what}" for c in comparison.changes if c.grade != "none"]
        return "\n".join([*lines, self.advice]) + "\n"

    def markdown(self) -> str:
        """For a CI summary."""
        lines = [f"## Changes for callers since `{self.ref}`: {self.verdict}", "", self.advice]
        for comparison in self.comparisons:
            lines += ["", f"### {comparison.subject}: {comparison.verdict}{_others(comparison)}", ""]
            shown = [c for c in comparison.changes if c.grade != "none"]
            if shown:
                lines += ["| grade | where | what |", "| --- | --- | --- |"]
                lines += [f"| {c.grade} | `{c.where}` | {_cell(c.what)} |" for c in shown]
        return "\n".join(lines) + "\n"

    def json(self) -> str:
        """For programs. All changes, including changes without consequence."""
        content = {
            "since": self.ref,
            "verdict": self.verdict,
            "base_version": _dotted(self.base),
            "version": _dotted(self.version),
            "suggested_version": _dotted(self.suggested),
            "bumped_enough": self.is_bumped,
            "comparisons": [
                {"subject": each.subject, "verdict": each.verdict, "changes": [asdict(c) for c in each.changes]}
                for each in self.comparisons
            ],
        }
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _others(comparison: Comparison) -> str:
    count = sum(change.grade == "none" for change in comparison.changes)
    return f" ({count} changes without consequence for callers)" if count else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _dotted(version: Version) -> str:
    return ".".join(map(str, version))
