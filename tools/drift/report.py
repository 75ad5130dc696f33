"""Shows findings: text for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from tools.drift.applying import Applied
from tools.drift.findings import KINDS, Finding

MAX_LINE = 400  # characters
MAX_SUGGESTION = 60  # lines; JSON has all of them


def clean(text: str) -> str:
    """`text` without control characters, which a file could use to write over the terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


Reasons = Sequence[tuple[str, str]]
"""Pairs of a file or an address, and a sentence about it."""


def text_of(findings: list[Finding], problems: Reasons, notes: Reasons, read: int, guides: Reasons = ()) -> str:
    """The report as plain text."""
    return "\n".join(_lines(findings, problems, notes, read, guides)) + "\n"


def text_of_applied(applied: Applied) -> str:
    """What was written into the spec, and what a person must decide."""
    settled, questions = applied.settled, applied.questions
    lines = [f"\n{_count(len(settled), 'change')} written into openapi.yaml; review them with git diff"]
    lines += [f"  {clean(', '.join(finding.operations))}: {_short(finding.text)}" for finding in settled]
    if questions:
        lines += ["", f"{_count(len(questions), 'question')} to decide"]
    for number, (finding, why) in enumerate(questions, 1):
        line = f" (openapi.yaml:{finding.line})" if finding.line else ""
        lines.append(f"  {number}. {clean(', '.join(finding.operations))}: {_short(finding.text)}{line}")
        lines.append(f"     Not written, because {_short(why)}.")
    return "\n".join(lines) + "\n"


def _lines(findings: list[Finding], problems: Reasons, notes: Reasons, read: int, guides: Reasons) -> Iterator[str]:
    for kind, group in groupby(findings, key=lambda finding: finding.kind):
        yield KINDS[kind]
        for finding in group:
            yield f"  {clean(', '.join(finding.operations))}: {_short(finding.text)}"
            if finding.pointer:
                line = f":{finding.line}" if finding.line else ""
                yield f"      openapi.yaml{line}  {_short(finding.pointer)}"
            yield f"      from {_short(finding.origin)}"
            lines = finding.suggestion.split("\n") if finding.suggestion else []
            yield from (f"      | {_short(line)}" for line in lines[:MAX_SUGGESTION])
            if len(lines) > MAX_SUGGESTION:
                yield f"      | … {_count(len(lines) - MAX_SUGGESTION, 'line')} more, see --json"
        yield ""
    if problems:
        yield "Not read"
        yield from (f"  {_short(file)}: {_short(why)}" for file, why in problems)
        yield ""
    if notes:
        yield "Read in part"
        yield from (f"  {_short(file)}: {_short(why)}" for file, why in notes)
        yield ""
    if guides:
        yield "Guides"
        yield from (f"  {_short(file)}: {_short(why)}" for file, why in guides)
        yield ""
    drift = sum(finding.is_drift for finding in findings)
    parts = [_count(read, "document") + " compared", _count(drift, "difference") if drift else "no drift"]
    if not read:
        parts = ["nothing could be compared"]
    elif len(findings) > drift:
        parts.append(_count(len(findings) - drift, "note"))
    if problems:
        parts.append(f"{len(problems)} not read")
    yield ", ".join(parts)


def _public(finding: Finding) -> dict[str, Any]:
    members = asdict(finding)
    del members["edits"], members["cite"]
    return {**members, "note": not finding.is_drift}


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _short(text: str) -> str:
    text = clean(text)
    return text if len(text) <= MAX_LINE else text[: MAX_LINE - 1] + "…"


def json_of(
    findings: list[Finding], problems: Reasons, notes: Reasons, guides: Reasons = (), applied: Applied | None = None
) -> str:
    """The report as JSON: findings, unusable files, files that were read only in part, guides, and what was applied."""
    return json.dumps(
        {
            "drift": any(finding.is_drift for finding in findings),
            "findings": [_public(finding) for finding in findings],
            "unusable": [{"file": file, "reason": why} for file, why in problems],
            "partial": [{"file": file, "reason": why} for file, why in notes],
            "guides": [{"file": file, "reason": why} for file, why in guides],
            **(
                {
                    "written": [_public(finding) for finding in applied.settled],
                    "questions": [{**_public(finding), "reason": why} for finding, why in applied.questions],
                }
                if applied
                else {}
            ),
        },
        indent=2,
    )
