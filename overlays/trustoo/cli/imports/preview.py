"""What an import understood of its file: what each column holds, what is left out or filled in, how dates are read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..output import Output
from .members import cut, members_of_review
from .rows import Rows, Settings

__all__ = ["as_json", "short", "show_mapping", "show_notes"]

COUNTS = {
    "rejected": "Left out because the file says spam, rejected or deleted: {}.",
    "missing products": "Left out because the file of --products does not have the product: {}.",
    "unpublished": "Created unpublished, as in the file: {}.",
    "shop": "About the shop, because the file names no product: {}.",
    "undated": "Without a date, so that the service decides: {}.",
    "private replies": "Without the reply, because it is not public: {}.",
}


def show_mapping(output: Output, rows: Rows, settings: Settings, kind: str) -> None:
    """Print the mapping as a table, and how dates are read. `kind` is the format of the file."""
    number = f"{rows.survey.rows} row{'s' * (rows.survey.rows != 1)}"
    output.text(f"{rows.mapping.app or 'Names of the API'} ({kind}): {number}")
    output.records(
        (
            {
                "column": column,
                "holds": _holds(rows, column),
                "cells": surveyed.cells,
                "example": cut(" ".join(str(surveyed.example).split())) if surveyed.cells else "",
            }
            for column, surveyed in rows.survey.columns.items()
        ),
        ["column", "holds", "cells", "example"],
    )
    if constants := rows.mapping.constants:
        output.text(f"Filled in where the file has nothing: {', '.join(f'{k}={v}' for k, v in constants.items())}.")
    for sentence in _about_dates(rows, settings):
        output.text(sentence)


def show_notes(output: Output, rows: Rows) -> None:
    """Print what is left out, and which reviews are created otherwise than the others."""
    if left_out := [f"{name} ({n} cell{'s' * (n != 1)})" for name, n in rows.left_out.items()]:
        output.note(f"Left out: {', '.join(left_out)}.")
    for name, text in COUNTS.items():
        if number := rows.counts[name]:
            reviews = f"{number} review{'s' * (number != 1)}"
            output.note(text.format(reviews))


def as_json(rows: Rows, settings: Settings, kind: str) -> dict[str, Any]:
    """The mapping, and all that is told of it, for JSON."""
    return {
        "app": rows.mapping.app or None,
        "kind": kind,
        "columns": {
            column: {
                "holds": rows.mapping.member_of(column) or None,
                "cells": surveyed.cells,
                "example": surveyed.example,
            }
            for column, surveyed in rows.survey.columns.items()
        },
        "left_out": dict(rows.left_out),
        "constants": rows.mapping.constants,
        "dates": list(_about_dates(rows, settings)),
        "counts": {name: rows.counts[name] for name in COUNTS},
    }


def short(rows: Rows) -> str:
    """The mapping in one line."""
    pairs = [f"{column} as {member}" for column in rows.survey.columns if (member := rows.mapping.member_of(column))]
    return f"{rows.mapping.app or 'Columns'}: {', '.join(pairs)}."


def _holds(rows: Rows, column: str) -> str:
    member = rows.mapping.member_of(column)
    return member or ("(left out)" if member == "" or column in rows.left_out else "(unknown)")


def _about_dates(rows: Rows, settings: Settings) -> Iterator[str]:
    known, zoneless = members_of_review(), False
    for name, surveyed in rows.survey.columns.items():
        member, dates = known.get(rows.mapping.member_of(name) or ""), surveyed.dates
        if member is None or not member.is_date:
            continue
        zoneless |= bool(dates.zoneless)
        if dates.day_first or dates.month_first or dates.either:
            given = settings.date_format.value if settings.date_format else rows.mapping.date_format
            if given:
                yield f"{name}: dates are read as {given}, as you gave it."
            elif dates.format is not None:
                line, first = (dates.day_first or dates.month_first)[0], "day" if dates.day_first else "month"
                yield f"{name}: dates are read as {dates.format.value}; line {line} shows that the {first} is first."
        if dates.serials:
            yield f"{name}: numbers are read as days of a spreadsheet (46156 is 2026-05-14): {dates.serials}."
    if zoneless:
        zone = "sent unchanged; if they are not in UTC, use --timezone, such as --timezone Europe/Paris"
        yield f"Times without a time zone are {f'in {settings.zone}' if settings.zone else zone}."
