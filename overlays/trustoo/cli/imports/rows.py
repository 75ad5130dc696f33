"""Rows of a file as arguments of `reviews.create`. All rows are read, converted and checked before anything is sent.

A column is an argument of `reviews.create`, or `argument.member` if the argument is an object. Columns, types and
lengths come from the generated package.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, get_args, get_origin
from unicodedata import category

import msgspec
from trustoo_api.api.reviews import ReviewsResource, reviews_create
from trustoo_api.decoding import members
from trustoo_api.models import CreateReviewMediaLists
from trustoo_api.types import Model

from ...errors import ArgumentError, ConfigurationError, UploadError
from ...upload import check_image
from ..exporting import ExportFormat
from ..files import oserror_context
from ..filters import known_values, parameters
from .columns import advice, member_of

__all__ = ["Problem", "Row", "Rows", "read"]

WORDS = {"true": True, "yes": True, "false": False, "no": False}
WEB_ADDRESS = re.compile(r"https?://[^\s/]", re.IGNORECASE)
ADDRESS = re.compile(r"(?:https?|file|data):", re.IGNORECASE)
Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem with one value. `column` is "" if the problem concerns the complete line."""

    line: int
    column: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One review to create. `line` is the number of its line, counted from 1."""

    line: int
    arguments: dict[str, Any]
    photos: tuple[Path, ...] = ()


@dataclass
class Rows:
    """The valid rows of a file, and the problems with the other rows.

    Attributes:
        left_out: the number of values in each column that is left out.
    """

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


class _CellError(Exception):
    """The value is invalid in its column."""


def read(
    file: Path,
    format: ExportFormat,
    photos: str = "photos",
    ignore_unknown: bool = False,
    advance: Callable[[], object] = lambda: None,
) -> Rows:
    """Read and check a complete file.

    Args:
        file: the file.
        format: the file's format.
        photos: the column with paths of photos, relative to the file's directory. The paths are separated by `|`, or
            are a JSON list.
        ignore_unknown: leave out columns that a new review does not have. A column that seems to hold a part of a
            review under another name is a problem nevertheless. Default: False.
        advance: a function that is called after each line. Default: no function.

    Raises:
        ConfigurationError: if the file cannot be read, or is not UTF-8 text.
    """
    with oserror_context(file):
        content = file.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigurationError(f"{file} is not UTF-8 text (line {line}); save the file as UTF-8.") from error
    found = Rows()
    reader = _Reader(file.parent, photos, found.left_out if ignore_unknown else None)
    lines = _csv(text, found) if format is ExportFormat.csv else _json_lines(text, found)
    for line, raw in lines:
        row, problems = reader.row(line, raw)
        found.problems += problems
        if row is not None:
            found.rows.append(row)
        advance()
    found.problems += reader.lost_columns()
    if not found.rows and not found.problems:
        found.problems.append(Problem(1, "", "the file has no rows"))
    return found


def _csv(text: str, found: Rows) -> Iterator[tuple[int, Raw]]:
    csv.field_size_limit(1 << 30)
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        names = [name.strip() for name in next(lines, [])]
        if twice := sorted({name for name in names if name and names.count(name) > 1}):
            found.problems.append(Problem(1, twice[0], "the column occurs more than once"))
            return
        begin = lines.line_num + 1
        for cells in lines:
            line, begin = begin, lines.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(names):
                found.problems.append(Problem(line, "", f"{len(cells)} cells for {len(names)} columns"))
                continue
            numbered = enumerate(zip(names, cells, strict=True), 1)
            yield line, {name or f"column {n}": cell for n, (name, cell) in numbered if name or cell.strip()}
    except csv.Error as error:
        found.problems.append(Problem(lines.line_num, "", f"this is not valid CSV: {error}"))


def _json_lines(text: str, found: Rows) -> Iterator[tuple[int, Raw]]:
    for line, content in enumerate(text.split("\n"), 1):
        if not content.strip():
            continue
        try:
            value = json.loads(content)
        except (ValueError, RecursionError) as error:
            found.problems.append(Problem(line, "", f"this is not valid JSON: {error}"))
            continue
        if isinstance(value, dict):
            yield line, value
        else:
            found.problems.append(Problem(line, "", "this is not a JSON object"))


class _Reader:
    """Converts the values of lines to rows."""

    def __init__(self, folder: Path, photos: str, left_out: Counter[str] | None) -> None:
        self._folder, self._photos, self._left_out = folder, photos, left_out
        self._lost: dict[str, list[int]] = {}
        self._types = parameters(ReviewsResource.create)
        self._required = _required(self._types)
        if photos in self._types:
            raise ArgumentError(f"{photos} is a member of a review; use another column for --photos.")

    def row(self, line: int, raw: Raw) -> tuple[Row | None, list[Problem]]:
        arguments: dict[str, Any] = {}
        problems: list[Problem] = []
        photos: tuple[Path, ...] = ()
        for column, value in raw.items():
            if _is_blank(value):
                if self._left_out is not None and column != self._photos and not self._is_known(column):
                    self._left_out[column] += 0
                continue
            try:
                if column == self._photos:
                    photos = self._photo_paths(value)
                elif self._is_known(column):
                    self._set(arguments, column, value)
                elif self._left_out is None:
                    raise _CellError(f"a new review has no such member; {self._advice(column)}")
                else:
                    self._left_out[column] += 1
                    if (member := member_of(column, self._photos)) is not None and not self._has(raw, member):
                        self._lost.setdefault(column, []).append(line)
            except _CellError as error:
                problems.append(Problem(line, column, str(error)))
        invalid_columns = {problem.column for problem in problems}
        problems += [
            Problem(line, name, "is missing") for name in self._required if name not in {*arguments, *invalid_columns}
        ]
        if photos and "media" in arguments:
            problems.append(Problem(line, self._photos, "give photos or media, not both"))
        sent, refusals = self._sent(arguments)
        problems += [Problem(line, name, text) for name, text in refusals.items()]
        if (text := _media_problem(sent.get("media"))) is not None:
            problems.append(Problem(line, "media", text))
        return (None if problems else Row(line, sent, photos)), problems

    def lost_columns(self) -> Iterator[Problem]:
        """The problem of each column that was left out, although it holds a part of a review that no column has."""
        for column, lines in self._lost.items():
            number = f"{len(lines)} value{'s' * (len(lines) > 1)}"
            yield Problem(lines[0], column, f"is left out, and {number} would be lost; {self._advice(column)}")

    def _advice(self, column: str) -> str:
        member = member_of(column, self._photos)
        return f"its members are {', '.join(self._types)}" if member is None else advice(member)

    def _has(self, raw: Raw, member: str) -> bool:
        return any(not _is_blank(raw.get(name)) for name in (member, "media" if member == self._photos else member))

    def _is_known(self, column: str) -> bool:
        name, _, member = column.partition(".")
        return name in self._types and (not member or member in _object_members(self._types[name]))

    def _set(self, arguments: dict[str, Any], column: str, value: Any) -> None:
        name, _, member = column.partition(".")
        if not member:
            if name in arguments:
                raise _CellError(f"give {name} or its members, not both")
            found = _converted(self._types[name], value)
            arguments[name] = [_item(self._types[name], item) for item in found] if isinstance(found, list) else found
            return
        members = arguments.setdefault(name, {})
        if not isinstance(members, dict):
            raise _CellError(f"give {name} or its members, not both")
        members[member] = _converted(_object_members(self._types[name])[member], value)

    def _photo_paths(self, value: Any) -> tuple[Path, ...]:
        names = value if isinstance(value, list) else str(value).split("|")
        names = [text for name in names if (text := str(name).strip())]
        if addresses := [name for name in names if ADDRESS.match(name)]:
            raise _CellError(
                f"{_cut(addresses[0])} is an address and not a file. Download the photo, or give the address as media: "
                '[{"url": "https://..."}]'
            )
        found = tuple(self._folder / name for name in names)
        for path in found:
            try:
                check_image(path)
            except UploadError as error:
                raise _CellError(str(error)) from None
        return found

    def _sent(self, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """The arguments as they are sent, and the problem of each argument that the client refuses, by its name."""

        def sent(names: Iterable[str]) -> dict[str, Any]:
            body = reviews_create.build(**self._required | {name: arguments[name] for name in names}).body or {}
            msgspec.json.encode(body)
            return {name: body[name] for name in names}

        with suppress(ArgumentError, UnicodeEncodeError):
            return sent(arguments), {}
        problems = {}
        for name in arguments:
            try:
                sent([name])
            except ArgumentError as error:
                problems[name] = str(error).removeprefix(f"{name} ")
            except UnicodeEncodeError as error:
                before = error.object[max(error.start - 20, 0) : error.start]
                problems[name] = f"has half a character, such as a cut emoji, after {before!r}; correct the text"
        return {}, problems


def _media_problem(media: Any) -> str | None:
    """Why the shop could not show what is attached, or None. The API has two forms: a list of objects, and lists."""
    if isinstance(media, dict):
        known = [wire for _, wire in members(CreateReviewMediaLists)]
        if media and not media.keys() & set(known):
            return f"has none of the members {', '.join(known)}"
        lists = {name: value if isinstance(value, list) else [value] for name in known if (value := media.get(name))}
        addresses = {f".{name}[{place}]": url for name, urls in lists.items() for place, url in enumerate(urls)}
    else:
        addresses = {f"[{place}].url": item.get("url") for place, item in enumerate(media or ())}
    for place, url in addresses.items():
        if not url:
            return f"media{place} is missing"
        if not WEB_ADDRESS.match(url):
            return f"media{place} is {_cut(repr(url))}, which is not an address; files go to the column photos"
    return None


def _is_blank(value: Any) -> bool:
    """Whether nothing can be seen of a value."""
    return value is None or (isinstance(value, str) and all(c.isspace() or category(c) in ("Cc", "Cf") for c in value))


def _required(types: Mapping[str, Any]) -> dict[str, Any]:
    """The required arguments of `reviews.create`, each with an allowed value."""
    optional = {name for name, type_ in types.items() if type(None) in get_args(type_)}
    return {name: next(iter(known_values(type_)), "x") for name, type_ in types.items() if name not in optional}


def _object_members(type_: Any) -> dict[str, Any]:
    """The members of an argument that is an object, and the members' types, from the model of the argument."""
    for part in get_args(type_):
        if isinstance(part, type) and issubclass(part, Model):
            types = {known.encode_name: known.type for known in msgspec.structs.fields(part)}
            return {wire: types[wire] for _, wire in members(part)}
    return {}


def _item(type_: Any, item: Any) -> Any:
    """An item of a list. Exported reviews have text for some members that are numbers in new reviews."""
    kinds = next((get_args(part)[0] for part in get_args(type_) if get_origin(part) is Iterable), None)
    if not isinstance(item, dict) or kinds is None:
        return item
    numbers = {
        name for name, kind in _object_members(kinds).items() if int in get_args(kind) and str not in get_args(kind)
    }
    return {
        name: int(value) if name in numbers and isinstance(value, str) and value.isdecimal() else value
        for name, value in item.items()
    }


def _converted(type_: Any, value: Any) -> Any:
    """The value of a cell, or of a JSON member, as an argument of this type. Raises _CellError."""
    kinds = _kinds(type_)
    if str not in kinds:
        return _read(value, kinds, known_values(type_))
    if isinstance(value, str):
        return value
    if int in kinds and type(value) is int:
        return value
    raise _CellError(f"must be text{' or a whole number' * (int in kinds)}, not {_cut(json.dumps(value))}")


def _kinds(type_: Any) -> set[type]:
    """The plain types that an argument can have. `dict` stands for objects and lists."""
    found: set[type] = set()
    for part in (type_,) if get_origin(type_) is Literal else get_args(type_) or (type_,):
        if get_origin(part) is Literal:
            found |= {type(value) for value in get_args(part)}
        elif part in (str, int, bool, datetime):
            found.add(part)
        elif part not in (type(None), date):
            found.add(dict)
    return found


def _read(value: Any, kinds: set[type], allowed: tuple[Any, ...]) -> Any:
    """A number, a boolean, an object or a list from the text of a cell."""
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
        remedy = "write a JSON object or list" if dict in kinds else "write 1 or 0, true or false, yes or no"
        if kinds == {int}:
            remedy = f"the API takes {', '.join(map(repr, allowed))}" if allowed else "write a whole number"
        raise _CellError(f"is {_cut(repr(value))}; {remedy}")
    return given


def _cut(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
