"""A live run as a table for the terminal and as JSON of shapes for an issue."""

import json
from typing import Any

from trustoo import __version__
from trustoo_api.operations import SPEC_SHA256, SPEC_VERSION

from .run import Outcome, Result

__all__ = ["table", "to_json"]

_COLUMNS = ("call", "HTTP", "code", "signature", "client", "differences")


def table(result: Result) -> str:
    """One line a call, then each difference, and what was not called."""
    rows = [_COLUMNS, *map(_row, result.outcomes)]
    widths = [max(len(row[index]) for row in rows) for index in range(len(_COLUMNS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    for outcome in result.outcomes:
        if outcome.differences:
            lines += ["", f"{outcome.step.name} differs from the spec:"]
            lines += [
                f"  {d.place or 'response'}: {d.kind}{d.detail and f' ({d.detail})'}" for d in outcome.differences
            ]
    if result.answers:
        lines += ["", "The signature:", *(f"  {answer.question}: {answer.learnt}" for answer in result.answers)]
    if result.left_out:
        lines += ["", "Not called:", *(f"  {name}: {why}" for name, why in result.left_out.items())]
    if result.stopped:
        lines += ["", f"Stopped, and nothing more was sent. {result.stopped}"]
    return "\n".join(lines)


def to_json(result: Result, kind: str) -> str:
    """The report: shapes, differences, versions. `kind`: the run's credentials."""
    content: dict[str, Any] = {
        "format": 2,
        "client": __version__,
        "description": {"version": SPEC_VERSION, "sha256": SPEC_SHA256},
        "credentials": kind,
        "stopped": result.stopped,
        "calls": [_call(outcome) for outcome in result.outcomes],
        "signature": [
            {"question": answer.question, "accepted": answer.is_accepted, "learnt": answer.learnt}
            for answer in result.answers
        ],
        "not_called": result.left_out,
    }
    return json.dumps(content, indent=2) + "\n"


def _row(outcome: Outcome) -> tuple[str, ...]:
    status, code = (str(number) if number is not None else "-" for number in (outcome.status, outcome.code))
    count = str(len(outcome.differences)) if outcome.shape is not None else "-"
    return outcome.step.name, status, code, outcome.signature, outcome.error or "value", count


def _call(outcome: Outcome) -> dict[str, Any]:
    return {
        "call": outcome.step.name,
        "operation": outcome.operation,
        "http_status": outcome.status,
        "code": outcome.code,
        "signature": outcome.signature,
        "client": outcome.error or "value",
        "differences": [{"place": d.place, "kind": d.kind, "detail": d.detail} for d in outcome.differences],
        "not_seen": outcome.findings.not_seen,
        "shape": outcome.shape.to_json() if outcome.shape is not None else None,
    }
