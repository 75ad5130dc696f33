"""The columns of an export. They have the order of the OpenAPI spec, and later members follow behind the others."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from math import isfinite
from typing import Any, Literal, get_args

import msgspec
from trustoo_api.types import Model, instant

from ...errors import ArgumentError

__all__ = ["EXTRA", "Column", "Kind", "Layout", "Record", "cell", "digest", "layout_of", "to_json"]

Record = Mapping[str, Any]
"""A row as it was received: a JSON object."""
Kind = Literal["text", "integer", "number", "boolean", "time", "json"]
"""What a column of a database holds. `time` is in UTC. `json` is text."""
EXTRA = "extra"
"""The column with the members that have no column of their own, as a JSON object."""
KINDS: dict[frozenset[object], Kind] = {
    frozenset([int]): "integer",
    frozenset([float]): "number",
    frozenset([int, float]): "number",
    frozenset([bool]): "boolean",
    frozenset([str]): "text",
    frozenset([str, int]): "text",  # an id
}
LARGEST_INTEGER = 1 << 63


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the name of a member, and what the column holds in databases."""

    name: str
    kind: Kind = "json"


@dataclass(frozen=True)
class Layout:
    """The columns of rows, and what identifies a row.

    Attributes:
        table: the name of the table in databases, such as "reviews".
        columns: the columns, in order. If one of them is named "extra", it has all other members.
        key: the column that identifies a row. None if there is none: then equal rows are the same row.
        left_out: names of members that `extra` does not have either.
        is_chosen: whether these are the columns that somebody wants. Otherwise later versions may have more.
    """

    table: str
    columns: tuple[Column, ...]
    key: str | None = "id"
    left_out: frozenset[str] = frozenset()
    is_chosen: bool = False

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def _known(self) -> frozenset[str]:
        """The names of the columns that are members."""
        return frozenset(self.names) - {EXTRA}

    def only(self, names: Iterable[str], option: str = "--columns") -> Layout:
        """The layout with these columns, in this order. Raises ArgumentError for a name that does not exist."""
        by_name = {column.name: column for column in self.columns}
        wanted = _checked(names, by_name, option)
        return replace(self, columns=tuple(by_name[name] for name in wanted), is_chosen=True)

    def without(self, names: Iterable[str], *others: str, option: str = "--without") -> Layout:
        """The layout without these columns. Raises ArgumentError for a name that does not exist.

        `others`: names that can be given although they are not columns.
        """
        left_out = self.left_out.union(_checked(names, self.names, option, others))
        columns = tuple(column for column in self.columns if column.name not in left_out)
        return replace(self, columns=columns, left_out=left_out)

    def following(self, earlier: Iterable[tuple[str, Kind]]) -> Layout:
        """The layout with the columns of an earlier export first. Columns that it did not have follow behind them.

        `earlier`: names and kinds, as `described` has them.
        """
        kinds = dict(earlier)
        for column in self.columns:
            kinds.setdefault(column.name, column.kind)
        return replace(self, columns=tuple(Column(name, kind) for name, kind in kinds.items()))

    @property
    def described(self) -> list[list[str]]:
        """The names and kinds of the columns, as JSON has them."""
        return [[column.name, column.kind] for column in self.columns]

    def record(self, received: Record) -> dict[str, Any]:
        """The members of a received object that belong to the columns."""
        if EXTRA in self.names:
            return {name: value for name, value in received.items() if name not in self.left_out}
        return {name: value for name, value in received.items() if name in self._known}

    def key_of(self, record: Record) -> str | None:
        """The text that identifies a row. None if the row has no key."""
        if self.key is None:
            return digest(record)
        found = record.get(self.key)
        return None if found is None or found == "" else str(found)

    def values(self, record: Record) -> list[Any]:
        """The value for each column, as it was received. A missing member is None."""
        rest = {name: value for name, value in record.items() if name not in self._known}
        return [(rest or None) if name == EXTRA else record.get(name) for name in self.names]

    def typed_values(self, record: Record) -> list[Any]:
        """The value for each column in the column's type. A value that does not fit is in the column `extra`."""
        rest = {name: value for name, value in record.items() if name not in self._known}
        values: list[Any] = []
        for column in self.columns:
            value = record.get(column.name) if column.name != EXTRA else None
            values.append(None if value is None else CONVERSIONS[column.kind](value))
            if values[-1] is None and value not in (None, ""):
                rest[column.name] = value
        if rest and EXTRA in self.names:
            values[self.names.index(EXTRA)] = _json(rest)
        return values


def layout_of(model: type[Model], table: str, *, first: int | None = None, key: str | None = "id") -> Layout:
    """The layout of the objects of a model: a column for each member of the OpenAPI spec, and `extra`.

    Args:
        model: the model, such as `Review`.
        table: the name of the table in databases.
        first: the number of members that the OpenAPI spec had when these columns were published. `extra` follows them,
            and then the members that the spec got later. Default: None, for no later members.
        key: the member that identifies an object. Default: "id".
    """
    columns = list[Column]()
    for member in msgspec.structs.fields(model):
        if member.name in ("origin_", "index_"):
            continue
        is_time = member.name == f"{member.encode_name}_text" and hasattr(model, member.encode_name)
        types = frozenset(get_args(member.type) or (member.type,)) - {type(None)}
        columns.append(Column(member.encode_name, "time" if is_time else KINDS.get(types, "json")))
    place = len(columns) if first is None else first
    return Layout(table, (*columns[:place], Column(EXTRA), *columns[place:]), key)


def digest(record: Record) -> str:
    """A digest of the content, which does not depend on the order of members."""
    content = json.dumps(record, sort_keys=True, separators=(",", ":")).encode()
    return blake2b(content, digest_size=16).hexdigest()


def cell(value: object) -> str:
    """A value as the text of a cell: nothing for None, and JSON for objects and lists."""
    return value if isinstance(value, str) else "" if value is None else to_json(value)


def to_json(value: object) -> str:
    """A value as JSON text."""
    return json.dumps(value, ensure_ascii=False)


def _checked(names: Iterable[str], known: Collection[str], option: str, others: Collection[str] = ()) -> list[str]:
    wanted = list(dict.fromkeys(filter(None, map(str.strip, names))))
    unknown = [name for name in wanted if name not in known and name not in others]
    if unknown or not wanted:
        said = f"{', '.join(unknown)}: unknown" if unknown else "no column is given"
        raise ArgumentError(f"{option}: {said}; the columns are {', '.join(known)}.")
    return wanted


def _integer(value: object) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,19}", value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return int(value) if isinstance(value, int) and -LARGEST_INTEGER <= value < LARGEST_INTEGER else None


def _number(value: object) -> float | None:
    try:
        found = float(value) if isinstance(value, int | float | str) else None
    except (ValueError, OverflowError):
        return None
    return found if found is not None and isfinite(found) else None


def _boolean(value: object) -> bool | None:
    return bool(value) if value in (True, False) else None


def _time(value: object) -> str | None:
    found = instant(value) if isinstance(value, str) else None
    return None if found is None else found.replace(tzinfo=None).isoformat(" ")


def _json(value: object) -> str:
    """A value as JSON text. If it has an infinite number, which JSON does not have, its text becomes a JSON text."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        return to_json(to_json(value))


CONVERSIONS: dict[Kind, Callable[[Any], Any]] = {
    "text": cell,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "time": _time,
    "json": _json,
}
