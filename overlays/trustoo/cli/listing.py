"""Lists: the options that each list has, and the rows as a table, CSV, JSON Lines or JSON."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import islice
from typing import Annotated, Any

import typer
from trustoo_api.decoding import Model, members
from trustoo_api.types import instant

from .. import Trustoo
from ..errors import ArgumentError
from .operations import OperationSpec
from .output import Output

__all__ = [
    "All",
    "Columns",
    "Format",
    "Limit",
    "ListFormat",
    "ListOptions",
    "Since",
    "Until",
    "columns_of",
    "show_list",
]

NEWEST_FIRST = "created-descending"
EXTRA = "extra"
"""The column of a pipe or of CSV with the members that are not in the OpenAPI spec, as JSON."""
OPTIONS = ("page", "page_size", "sort_by")
"""Arguments that select no items."""


class ListFormat(Enum):
    """The formats of lists."""

    table = "table"
    csv = "csv"
    jsonl = "jsonl"
    json = "json"


DATE = "A date or time, such as 2026-01-31. Without a time zone, it is UTC."
Limit = Annotated[int, typer.Option(min=1, help="The largest number of rows.")]
All = Annotated[bool, typer.Option("--all", help="List everything and ignore --limit.")]
Since = Annotated[str | None, typer.Option(help=f"Leave out what was created before. {DATE}")]
Until = Annotated[str | None, typer.Option(help=f"Leave out what was created after. {DATE}")]
Columns = Annotated[str | None, typer.Option(help="Columns to show, separated by commas. Default: all.")]
Format = Annotated[
    ListFormat | None, typer.Option("--format", help="Default: table, which is tab-separated lines in a pipe.")
]


@dataclass(frozen=True, slots=True)
class ListOptions:
    """The options of a list. The words and meanings are those of the command line."""

    limit: int | None = None
    since: str | None = None
    until: str | None = None
    columns: str | None = None
    format: ListFormat | None = None
    as_json: bool = False

    @property
    def chosen(self) -> ListFormat:
        """The format. --json is JSON Lines, as everywhere. Raises ArgumentError if two formats are given."""
        if self.as_json and self.format not in (None, ListFormat.jsonl):
            raise ArgumentError("Give --json or --format, not both. --json is --format jsonl.")
        return ListFormat.jsonl if self.as_json else self.format or ListFormat.table


def show_list(spec: OperationSpec, client: Trustoo, given: Mapping[str, Any], options: ListOptions) -> None:
    """Print the items of a list. Nothing is sent if an option is invalid. Raises TrustooError."""
    rows = _Rows(spec, given, options)
    wanted, format = _wanted(spec, options.columns), options.chosen
    number = _print(rows.of(client), spec, wanted, format)
    if rows.without_time:
        Output().note(
            f"{rows.without_time} of the {spec.noun} have no time of creation that can be read, so --since and --until "
            "leave them in."
        )
    if not number:
        filters = {*given} - {*OPTIONS} | ({"since"} if options.since or options.until else set())
        Output().note(f"No {spec.noun} match the filters." if filters else f"The shop has no {spec.noun}.")


def columns_of(spec: OperationSpec) -> tuple[str, ...]:
    """The members of the items that the OpenAPI spec defines."""
    return tuple(wire for _, wire in members(spec.item)) if spec.item is not None else ()


class _Rows:
    """The items between two times. `without_time` counts the items whose time of creation is unknown."""

    def __init__(self, spec: OperationSpec, given: Mapping[str, Any], options: ListOptions) -> None:
        self._spec, self._given, self._limit, self._more = spec, dict(given), options.limit, dict[str, Any]()
        self._since, self._until = _moment("--since", options.since), _moment("--until", options.until)
        self.without_time = 0
        for name, text in (("start_time", options.since), ("end_time", options.until)):
            if text is not None and name in spec.parameters:
                self._given.setdefault(name, text)
        if self._since is not None and "sort_by" in spec.parameters:
            self._given.setdefault("sort_by", NEWEST_FIRST)
            if self._given["sort_by"] == NEWEST_FIRST:
                self._more["since"] = self._since  # ends the iteration at the first page that is older
        spec.request(self._given)  # an invalid argument fails before anything is printed

    def of(self, client: Trustoo) -> Iterator[Model]:
        found = filter(self._is_wanted, self._spec.iterate(client, self._given, **self._more))
        return islice(found, self._limit)

    def _is_wanted(self, item: Model) -> bool:
        if self._since is None and self._until is None:
            return True
        text = item.to_dict().get("created_at")
        created = instant(text) if isinstance(text, str) else None
        if created is None:
            self.without_time += 1
            return True
        return (self._since is None or created >= self._since) and (self._until is None or created <= self._until)


def _print(rows: Iterable[Model], spec: OperationSpec, wanted: tuple[str, ...] | None, format: ListFormat) -> int:
    known = columns_of(spec)
    output = Output(format is ListFormat.jsonl)
    if format is ListFormat.json:
        found = [row.to_dict() for row in rows]
        output.json(found)
        return len(found)
    if format is ListFormat.jsonl:
        return output.records((row.to_dict() for row in rows), ())
    if format is ListFormat.csv:
        return _print_csv(rows, wanted or (*known, EXTRA))
    if output.is_rich:
        received = [row.to_dict() for row in rows]
        names = wanted or (*known, *dict.fromkeys(name for row in received for name in row if name not in known))
        return output.records(received, names)
    return output.records(map(_with_extra, rows), wanted or (*known, EXTRA))


def _print_csv(rows: Iterable[Model], columns: tuple[str, ...]) -> int:
    lines, number = csv.writer(_StandardOutput()), 0
    lines.writerow(columns)
    for record in map(_with_extra, rows):
        lines.writerow([_cell(record.get(name)) for name in columns])
        number += 1
    return number


class _StandardOutput:
    """Standard output without changed line breaks: text that it is given has those of CSV already."""

    def write(self, text: str) -> None:
        sys.stdout.write(text)


def _with_extra(row: Model) -> dict[str, Any]:
    return {**row.to_dict(), EXTRA: row.extra or None}


def _cell(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)


def _wanted(spec: OperationSpec, text: str | None) -> tuple[str, ...] | None:
    """The columns that the user chose. None means all. Raises ArgumentError for a column that does not exist.

    If the members of an item are inferred or unknown, any column may exist.
    """
    if text is None:
        return None
    wanted = tuple(name for part in text.split(",") if (name := part.strip()))
    known = columns_of(spec)
    evidence = re.search(r"Evidence: (\w+)", (spec.item and spec.item.__doc__) or "")
    is_open = not known or evidence is None or evidence[1] == "inferred"
    unknown = [name for name in wanted if name not in (*known, EXTRA)] if not is_open else []
    if unknown or not wanted:
        said = f"{', '.join(unknown)}: unknown" if unknown else "no column is given"
        raise ArgumentError(f"--columns: {said}; the columns are {', '.join(known)}. --json shows everything.")
    return wanted


def _moment(option: str, text: str | None) -> datetime | None:
    moment = instant(text)
    if text is not None and moment is None:
        raise ArgumentError(f"{option} {text!r} is not a date; write 2026-01-31 or 2026-01-31T08:00:00+01:00.")
    return moment
