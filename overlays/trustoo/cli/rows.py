"""Rows of a file as arguments of `reviews.create`: read, converted and checked before anything is sent.

Which columns there are, what they may hold and how long it may be comes from the generated package: a column is an
argument of `reviews.create`, or `argument.member` where the argument is an object.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec
from trustoo_api.api.reviews import ReviewsResource, reviews_create
from trustoo_api.decoding import members
from trustoo_api.errors import ArgumentError
from trustoo_api.types import Model, instant

from ..errors import ConfigurationError, UploadError
from ..upload.source import read_source
from .exporting import Form
from .files import oserror_context
from .filters import known_values, parameters

__all__ = ["Problem", "Row", "Rows", "read"]

WORDS = {"true": True, "yes": True, "false": False, "no": False}
Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one value. `column` is "" where the whole line is meant."""

    line: int
    column: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One review to create. `line` counts from 1."""

    line: int
    arguments: dict[str, Any]
    photos: tuple[Path, ...] = ()


@dataclass
class Rows:
    """What a file holds."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class _Wrong(Exception):
    """The value cannot be what its column wants."""


def read(file: Path, form: Form, photos: str = "photos", ignore_unknown: bool = False) -> Rows:
    """Read and check a whole file.

    Args:
        photos: column with paths of photos, relative to the file's folder: separated by `|`, or a list in JSON Lines.
        ignore_unknown: leave out columns that a new review does not have.

    Raises:
        ConfigurationError: the file cannot be read as text of its form.
    """
    with oserror_context(file):
        content = file.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigurationError(f"{file} is not UTF-8 text (line {line}); save it as UTF-8.") from error
    found, reader = Rows(), _Reader(file.parent, photos, ignore_unknown)
    lines = _csv(text, found) if form is Form.csv else _json_lines(text, found)
    for line, raw in lines:
        row, problems = reader.row(line, raw)
        found.problems += problems
        if row is not None:
            found.rows.append(row)
    if not found.rows and not found.problems:
        found.problems.append(Problem(1, "", "there are no rows"))
    return found


def _csv(text: str, found: Rows) -> Iterator[tuple[int, Raw]]:
    csv.field_size_limit(1 << 30)
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        names = [name.strip() for name in next(lines, [])]
        if twice := sorted({name for name in names if name and names.count(name) > 1}):
            found.problems.append(Problem(1, twice[0], "the column is there more than once"))
            return
        begin = lines.line_num + 1
        for cells in lines:
            line, begin = begin, lines.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(names):
                found.problems.append(Problem(line, "", f"{len(cells)} cells for {len(names)} columns"))
                continue
            yield line, {name: cell for name, cell in zip(names, cells, strict=True) if name and cell.strip()}
    except csv.Error as error:
        found.problems.append(Problem(lines.line_num, "", f"no CSV: {error}"))


def _json_lines(text: str, found: Rows) -> Iterator[tuple[int, Raw]]:
    for line, content in enumerate(text.split("\n"), 1):
        if not content.strip():
            continue
        try:
            value = json.loads(content)
        except (ValueError, RecursionError) as error:
            found.problems.append(Problem(line, "", f"no JSON: {error}"))
            continue
        if isinstance(value, dict):
            yield line, {name: item for name, item in value.items() if item is not None}
        else:
            found.problems.append(Problem(line, "", "not a JSON object"))


class _Reader:
    """Makes rows of what stands in lines."""

    def __init__(self, folder: Path, photos: str, ignore_unknown: bool) -> None:
        self._folder, self._photos, self._ignore_unknown = folder, photos, ignore_unknown
        self._forms = parameters(ReviewsResource.create)
        self._required = _required(self._forms)
        if photos in self._forms:
            raise ConfigurationError(f"{photos} is a member of a review; name another column for photos.")

    def row(self, line: int, raw: Raw) -> tuple[Row | None, list[Problem]]:
        arguments: dict[str, Any] = {}
        problems: list[Problem] = []
        photos: tuple[Path, ...] = ()
        for column, value in raw.items():
            try:
                if column == self._photos:
                    photos = self._pictures(value)
                elif self._is_known(column):
                    self._take(arguments, column, value)
                elif not self._ignore_unknown:
                    raise _Wrong(f"a new review has no such member; it has {', '.join(self._forms)}")
            except _Wrong as wrong:
                problems.append(Problem(line, column, str(wrong)))
        wrong_columns = {problem.column for problem in problems}
        problems += [
            Problem(line, name, "is missing") for name in self._required if name not in {*arguments, *wrong_columns}
        ]
        if photos and "media" in arguments:
            problems.append(Problem(line, self._photos, "give photos or media, not both"))
        problems += [Problem(line, name, text) for name, text in self._against_limits(arguments)]
        return (None if problems else Row(line, arguments, photos)), problems

    def _is_known(self, column: str) -> bool:
        name, _, member = column.partition(".")
        return name in self._forms and (not member or member in _object_members(self._forms[name]))

    def _take(self, arguments: dict[str, Any], column: str, value: Any) -> None:
        name, _, member = column.partition(".")
        if not member:
            if name in arguments:
                raise _Wrong(f"give {name} or its members, not both")
            found = _converted(self._forms[name], value)
            arguments[name] = [_item(self._forms[name], item) for item in found] if isinstance(found, list) else found
            return
        whole = arguments.setdefault(name, {})
        if not isinstance(whole, dict):
            raise _Wrong(f"give {name} or its members, not both")
        whole[member] = _converted(_object_members(self._forms[name])[member], value)

    def _pictures(self, value: Any) -> tuple[Path, ...]:
        names = value if isinstance(value, list) else str(value).split("|")
        found = tuple(self._folder / str(name).strip() for name in names if str(name).strip())
        for path in found:
            try:
                read_source(path)
            except (UploadError, ValueError) as error:  # a path may hold what no path can
                raise _Wrong(str(error)) from None
        return found

    def _against_limits(self, arguments: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """What the description does not allow, as the client itself says it, value by value."""
        try:
            reviews_create.build(**{**self._required, **arguments})
        except ArgumentError:
            for name, value in arguments.items():
                try:
                    reviews_create.build(**{**self._required, name: value})
                except ArgumentError as error:
                    yield name, str(error).removeprefix(f"{name} ")


def _required(forms: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that creating a review needs, each with a value that is allowed."""
    optional = {name for name, form in forms.items() if type(None) in get_args(form)}
    return {name: next(iter(known_values(form)), "x") for name, form in forms.items() if name not in optional}


def _object_members(form: Any) -> dict[str, Any]:
    """The members of an argument that is an object, with their types: those of the model among its types."""
    for part in get_args(form):
        if isinstance(part, type) and issubclass(part, Model):
            forms = {known.encode_name: known.type for known in msgspec.structs.fields(part)}
            return {wire: forms[wire] for _, wire in members(part)}
    return {}


def _item(form: Any, item: Any) -> Any:
    """An item of a list: an exported review has text where a new one takes a number."""
    kinds = next((get_args(part)[0] for part in get_args(form) if get_origin(part) is Sequence), None)
    if not isinstance(item, dict) or kinds is None:
        return item
    numbers = {
        name for name, kind in _object_members(kinds).items() if int in get_args(kind) and str not in get_args(kind)
    }
    return {
        name: int(value) if name in numbers and isinstance(value, str) and value.isdecimal() else value
        for name, value in item.items()
    }


def _converted(form: Any, value: Any) -> Any:
    """The value of a cell, or of a JSON member, as an argument of this type. Raises _Wrong."""
    kinds = _kinds(form)
    if str not in kinds:
        return _read(value, kinds, known_values(form))
    if isinstance(value, str):
        return _date(value) if datetime in kinds else value
    if int in kinds and type(value) is int:
        return value
    raise _Wrong(f"must be text{' or a whole number' * (int in kinds)}, not {_cut(json.dumps(value))}")


def _kinds(form: Any) -> set[type]:
    """Which plain types an argument may have; `dict` stands for objects and lists."""
    found: set[type] = set()
    for part in (form,) if get_origin(form) is Literal else get_args(form) or (form,):
        if get_origin(part) is Literal:
            found |= {type(value) for value in get_args(part)}
        elif part in (str, int, bool, datetime):
            found.add(part)
        elif part is not type(None):
            found.add(dict)
    return found


def _read(value: Any, kinds: set[type], allowed: tuple[Any, ...]) -> Any:
    """A number, a yes or no, an object or a list, which a cell holds as text."""
    given = value
    if isinstance(value, str):
        given = WORDS.get(value.strip().lower()) if bool in kinds else None
        if given is None:
            try:
                given = json.loads(value)
            except (ValueError, RecursionError):
                given = value
    if isinstance(given, float) and given.is_integer():
        given = int(given)  # spreadsheets write 5.0
    if type(given) not in kinds and not (isinstance(given, list) and dict in kinds):
        wanted = "write a JSON object or list" if dict in kinds else "write 1 or 0, true or false, yes or no"
        if kinds == {int}:
            wanted = f"the API takes {', '.join(map(repr, allowed))}" if allowed else "write a whole number"
        raise _Wrong(f"is {_cut(repr(value))}; {wanted}")
    return given


def _cut(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"


def _date(text: str) -> str | datetime:
    """A date as the API takes it: with a zone it is converted to UTC, without one it is sent as it is written."""
    found = instant(text.strip())
    if found is None:
        raise _Wrong(f"{_cut(repr(text.strip()))} is no date; write 2026-01-31 08:00:00 or 2026-01-31T08:00:00+01:00")
    if datetime.fromisoformat(text.strip()).tzinfo is None:
        return datetime.fromisoformat(text.strip()).strftime("%Y-%m-%d %H:%M:%S")
    return found
