"""Lists: the options that each list has, and which items they select."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Annotated, Any

import typer
from trustoo_api.decoding import Model, members
from trustoo_api.types import instant

from .. import Trustoo
from ..errors import ArgumentError
from .operations import OperationSpec
from .output import Output, counted
from .rows import ListFormat, print_rows

__all__ = [
    "All",
    "Columns",
    "Concurrency",
    "Format",
    "Limit",
    "ListOptions",
    "Selection",
    "Since",
    "Until",
    "moment",
    "show_list",
]

NEWEST_FIRST = "created-descending"
EXTRA = "extra"
"""The column of a pipe or of CSV with the members that are not in the OpenAPI spec, as JSON."""
OPTIONS = ("page", "page_size", "sort_by")
"""Arguments that select no items."""
DATE = "A date or time, such as 2026-01-31. Without a time zone, it is UTC."
Limit = Annotated[int, typer.Option(min=1, help="The largest number of rows.")]
All = Annotated[bool, typer.Option("--all", help="List everything and ignore --limit.")]
Since = Annotated[str | None, typer.Option(help=f"Leave out what was created before. {DATE}")]
Until = Annotated[str | None, typer.Option(help=f"Leave out what was created after. {DATE}")]
Concurrency = Annotated[int, typer.Option(min=1, max=64, help="The number of pages that are fetched at once.")]
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
    concurrency: int = 1


def show_list(spec: OperationSpec, client: Trustoo, given: Mapping[str, Any], options: ListOptions) -> None:
    """Print the items of a list. Nothing is sent if an option is invalid. Raises TrustooError."""
    if options.as_json and options.format not in (None, ListFormat.jsonl):
        raise ArgumentError("Give --json or --format, not both. --json is --format jsonl.")
    format = ListFormat.jsonl if options.as_json else options.format or ListFormat.table
    selection = Selection(spec, given, options)
    print_rows(selection.items(client), (*selection.known, EXTRA), selection.wanted, format)
    selection.note()


class Selection:
    """The items that the arguments and options of a list select.

    Attributes:
        known: the members of the items that the OpenAPI spec defines.
        wanted: the columns that the user chose; None for all.
        number: the number of items so far.

    Raises:
        ArgumentError: if an argument or option is invalid.
    """

    def __init__(self, spec: OperationSpec, given: Mapping[str, Any], options: ListOptions) -> None:
        self._spec, self._given, self._limit = spec, dict(given), options.limit
        self._more: dict[str, Any] = {"prefetch": options.concurrency}
        self._since, self._until = moment("--since", options.since), moment("--until", options.until)
        self.known = tuple(wire for _, wire in members(spec.item)) if spec.item is not None else ()
        self.wanted = self._columns(options.columns)
        self.number = self._undated = 0
        if self._since is None and self._until is None:
            self._more["limit"] = options.limit
        for name, text in (("start_time", options.since), ("end_time", options.until)):
            if text is not None and name in spec.parameters:
                self._given.setdefault(name, text)
        if self._since is not None and "sort_by" in spec.parameters:
            self._given.setdefault("sort_by", NEWEST_FIRST)
            if self._given["sort_by"] == NEWEST_FIRST:
                self._more["since"] = self._since  # ends the iteration at the first page that is older
        spec.request(self._given)

    def items(self, client: Trustoo) -> Iterator[Model]:
        """The items, fetched page by page. Raises TrustooError."""
        found = self._spec.iterate(client, self._given, **self._more)
        for item in islice(filter(self._is_between, found), self._limit):
            self.number += 1
            yield item

    def note(self) -> None:
        """Say that nothing was found, so that an empty output is not taken for a failure; and what was not compared."""
        noun = self._spec.noun
        if self._undated:
            Output().note(f"--since and --until leave in {counted(self._undated, noun)} without a time of creation.")
        if not self.number:
            filters = {*self._given} - {*OPTIONS} or self._since or self._until
            Output().note(f"No {noun} match the filters." if filters else f"The shop has no {noun}.")

    def _is_between(self, item: Model) -> bool:
        if self._since is None and self._until is None:
            return True
        text = item.to_dict().get("created_at")
        created = instant(text) if isinstance(text, str) else None
        if created is None:
            self._undated += 1
            return True
        return (self._since is None or created >= self._since) and (self._until is None or created <= self._until)

    def _columns(self, text: str | None) -> tuple[str, ...] | None:
        """The columns that the user chose. Any column may exist if the members of an item are inferred or unknown."""
        if text is None:
            return None
        wanted = tuple(name for part in text.split(",") if (name := part.strip()))
        evidence = re.search(r"Evidence: (\w+)", (self._spec.item and self._spec.item.__doc__) or "")
        is_open = not self.known or evidence is None or evidence[1] == "inferred"
        unknown = [] if is_open else [name for name in wanted if name not in (*self.known, EXTRA)]
        if unknown or not wanted:
            said = f"{', '.join(unknown)}: unknown" if unknown else "no column is given"
            raise ArgumentError(f"--columns: {said}; the columns are {', '.join(self.known)}. --json shows everything.")
        return wanted


def moment(option: str, text: str | None) -> datetime | None:
    """The time that an option sets; None without a text. Raises ArgumentError if the text is not a date."""
    found = instant(text)
    if text is not None and found is None:
        raise ArgumentError(f"{option} {text!r} is not a date; write 2026-01-31 or 2026-01-31T08:00:00+01:00.")
    return found
