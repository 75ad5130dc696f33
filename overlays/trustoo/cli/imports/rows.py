"""Rows of a file as arguments of `reviews.create`. All rows are read, converted and checked before anything is sent.

A mapping tells which column holds which part of a review. Types and lengths come from the generated package.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, tzinfo
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import msgspec
from trustoo_api.api.reviews import reviews_create
from trustoo_api.decoding import members
from trustoo_api.models import CreateReviewMediaLists

from ...errors import ArgumentError, UploadError
from ...upload import check_image
from .dates import YEAR_LAST, DateFormat, convert_date
from .mapping import HANDLE, PHOTOS, PUBLICATION, REPLY_IS_PUBLIC, ReviewMapping, normalised, part_of_review
from .members import CellError, arguments, cut, is_blank, members_of_review, required, undressed
from .survey import Raw, Survey

__all__ = ["HandleTable", "Problem", "Row", "Rows", "Settings", "read"]

WEB_ADDRESS = re.compile(r"https?://[^\s/]", re.IGNORECASE)
ADDRESS = re.compile(r"(?:https?|file|data):", re.IGNORECASE)
BEFORE_ADDRESS = re.compile(r"[|,;\s]+(?=https?://)", re.IGNORECASE)
PRODUCT_PATH = re.compile(r"/products/([^/]+)/?$")
MOST_PHOTOS = 10
"""The limit of `images` in the API of 2025. The newer list of media has no documented limit."""
MOST_EXAMPLES = 5
SHOP = "0"
"""The product of a review of the shop."""
DATE = "commented_at"


class HandleTable(Protocol):
    """The products of a shop: their ids by their handles, such as red-kettle."""

    def id_of(self, handle: str) -> str | None:
        """The id of a product, or None."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem with one value. `column` is "" if the problem concerns the complete line."""

    line: int
    column: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One review to create.

    Attributes:
        line: the number of its line, counted from 1.
        arguments: the arguments of `reviews.create`.
        photos: files to upload.
        addresses: web addresses of photos to download and upload.
    """

    line: int
    arguments: dict[str, Any]
    photos: tuple[Path, ...] = ()
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """How a file is read.

    Attributes:
        folder: the directory to which paths of photos are relative.
        ignore_unknown: leave out columns that a new review does not have. Files of a recognised app are always read so.
            A column that seems to hold a part of a review under another name is a problem nevertheless.
        date_format: the order of dates such as 05/06/2026. Default: the mapping's, or what the column's values show.
        zone: the time zone of date-times without one. Default: they are sent unchanged.
        products: the products' ids by handles.
        link_photos: send web addresses of photos as they are.
    """

    folder: Path = Path()
    ignore_unknown: bool = False
    date_format: DateFormat | None = None
    zone: tzinfo | None = None
    products: HandleTable | None = None
    link_photos: bool = False


@dataclass
class Rows:
    """The valid rows of a file, and the problems with the other rows.

    Attributes:
        survey: what stands in the columns.
        mapping: which column holds what.
        number: the number of rows to create.
        rows: these rows, if they are kept.
        left_out: the number of values in each column that is left out.
        counts: how many rows are not created because they are spam or were rejected ("rejected"), are created
            unpublished ("unpublished"), are about the shop ("shop"), have a reply that is left out because it is not
            public ("private replies"), and have no date ("undated").
    """

    survey: Survey
    mapping: ReviewMapping
    number: int = 0
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)


def read(
    survey: Survey,
    lines: Iterable[tuple[int, Raw]],
    mapping: ReviewMapping,
    settings: Settings,
    *,
    keep: bool = True,
) -> Rows:
    """Convert and check all lines of a file.

    Args:
        survey: what stands in the columns, from an earlier look at the same lines.
        lines: the lines, with their numbers.
        mapping: which column holds what.
        settings: how values are read.
        keep: whether the rows are needed. Default: True.
    """
    reader = _Reader(survey, mapping, settings)
    found = Rows(survey, mapping, counts=reader.counts, problems=list(reader.problems_of_columns()))
    for line, raw in lines:
        row, problems = reader.row(line, raw)
        found.problems += problems
        if row is not None:
            found.number += 1
            if keep:
                found.rows.append(row)
    found.problems += reader.problems_of_file()
    found.problems.sort(key=lambda problem: problem.line)
    found.left_out = reader.left_out
    if not survey.rows and not found.problems:
        found.problems.append(Problem(1, "", "the file has no rows"))
    return found


@dataclass(slots=True)
class _Column:
    """A column of the file. `target` is what it holds, "" if it is left out on purpose, or None if nobody knows it."""

    name: str
    target: str | None
    rank: int
    date_format: DateFormat | None = None
    is_ambiguous: bool = False


class _Reader:
    """Converts lines to rows."""

    def __init__(self, survey: Survey, mapping: ReviewMapping, settings: Settings) -> None:
        self.counts: Counter[str] = Counter()
        self._survey, self._mapping, self._settings = survey, mapping, settings
        self._leaves_out = settings.ignore_unknown or bool(mapping.app)
        self._columns = {name: self._column(rank, name) for rank, name in enumerate(survey.columns)}
        found = {column.target for column in self._columns.values()}
        self._has_publication, self._has_product = PUBLICATION in found, not found.isdisjoint({HANDLE, "product_id"})
        self._yes = {"true", "yes", "1", *map(str.casefold, mapping.yes)}
        self._no = {"false", "no", "0", *map(str.casefold, mapping.no)}
        words = mapping.publication
        self._publication = {
            word.casefold(): meaning
            for meaning in ("published", "unpublished", "left_out")
            for word in getattr(words, meaning)
        }
        self._lost: dict[str, list[int]] = {}
        self._handles: dict[str, list[int]] = {}
        self._unknown_handles: dict[str, list[int]] = {}

    def _column(self, place: int, name: str) -> _Column:
        ranks = list(self._mapping.columns)
        target = self._mapping.member_of(name)
        rank = next((rank for rank, known in enumerate(ranks) if self._same(known, name)), len(ranks) + place)
        dates = self._survey.columns[name].dates
        given = self._settings.date_format or (DateFormat(text) if (text := self._mapping.date_format) else None)
        return _Column(name, target, rank, given or dates.format, given is None and dates.problem is not None)

    @staticmethod
    def _same(one: str, other: str) -> bool:
        return normalised(one) == normalised(other)

    @property
    def left_out(self) -> Counter[str]:
        """The columns that are left out, with the number of their values."""
        return Counter(
            {
                name: self._survey.columns[name].cells
                for name, column in self._columns.items()
                if (column.target == "" and self._survey.columns[name].cells)
                or (column.target is None and self._leaves_out)
            }
        )

    def problems_of_columns(self) -> Iterator[Problem]:
        """The problems of complete columns."""
        known, holders = members_of_review(), dict[str, str]()
        for name, column in self._columns.items():
            surveyed = self._survey.columns[name]
            if column.target is None:
                if surveyed.cells and not self._leaves_out:
                    yield Problem(surveyed.line, name, f"a new review has no such member; {_advice(name)}")
                continue
            if column.is_ambiguous and column.target in known and known[column.target].is_date:
                yield Problem(surveyed.line, name, surveyed.dates.problem or "")
            if column.target in ("", PHOTOS, PUBLICATION) or not surveyed.cells:
                continue
            other = holders.setdefault(column.target, name)
            if other != name and len(self._mapping.columns) <= max(column.rank, self._columns[other].rank):
                text = f"{other} and {name} both hold the review's {column.target}; leave one out: --map {name!r}="
                yield Problem(surveyed.line, name, text)
        if self._mapping.app and not self._has_product and self._survey.rows:
            yield Problem(
                1, "", "no column has the product of the reviews; use --map COLUMN=product_id, or an export with it"
            )

    def problems_of_file(self) -> Iterator[Problem]:
        """The problems that are told once for all rows."""
        for column, lines in self._lost.items():
            number = f"{len(lines)} value{'s' * (len(lines) > 1)}"
            yield Problem(lines[0], column, f"is left out, and {number} would be lost; {_advice(column)}")
        if self._handles:
            text = (
                f"{_products(self._handles)} without an id. Get the ids with `trustoo products pull SHOP`, "
                "and give the file with --products"
            )
            yield Problem(_first_line(self._handles), HANDLE, text)
        if self._unknown_handles:
            text = (
                f"{_products(self._unknown_handles)} that the file of --products does not have. Add them to that file, "
                "or delete the rows of products that you no longer sell"
            )
            yield Problem(_first_line(self._unknown_handles), HANDLE, text)

    def row(self, line: int, raw: Raw) -> tuple[Row | None, list[Problem]]:
        """The row of a line, or its problems, or neither if the review is left out."""
        values: dict[str, tuple[_Column, Any]] = {}
        photos: list[tuple[str, Any]] = []
        publication: list[tuple[str, Any]] = []
        unknown: list[str] = []
        for name, value in raw.items():
            if is_blank(value):
                continue
            column = self._columns[name]
            target = column.target
            if target is None:
                unknown.append(name)
            elif target == PHOTOS:
                photos.append((name, value))
            elif target == PUBLICATION:
                publication.append((name, value))
            elif target and (target not in values or column.rank < values[target][0].rank):
                values[target] = (column, value)
        problems: list[Problem] = []
        found: dict[str, Any] = {}
        if self._has_publication:
            try:
                meaning = self._meaning(publication)
            except _ColumnError as error:
                problems.append(Problem(line, error.column, str(error)))
            else:
                if meaning == "left_out":
                    self.counts["rejected"] += 1
                    return None, []
                found["is_published"] = int(meaning == "published")
        if self._leaves_out:
            self._note_lost(line, unknown, values, photos)
        product, product_problem = self._product(line, values.pop("product_id", None), values.pop(HANDLE, None))
        if product_problem is not None:
            problems.append(product_problem)
        if product is not None:
            found["product_id"] = product
        self._drop_reply(values)
        for target, (column, value) in values.items():
            try:
                self._set(found, target, self._converted(target, column, value))
            except CellError as error:
                problems.append(Problem(line, column.name, str(error)))
        paths, addresses = self._photos(line, photos, problems)
        for name, constant in self._mapping.constants.items():
            if name.partition(".")[0] not in found and name not in found:
                self._set(found, name, constant)
        if addresses and self._settings.link_photos:
            linked = [{"url": url, "thumbnail_url": url, "type": 1, "is_published": 1} for url in addresses]
            found["media"], addresses = linked, ()
        invalid = {self._columns[problem.column].target for problem in problems if problem.column in self._columns}
        problems += [Problem(line, name, "is missing") for name in required() if name not in {*found, *invalid}]
        if (paths or addresses) and "media" in found:
            problems.append(Problem(line, photos[0][0], "give photos or media, not both"))
        sent, refusals = _sent(found)
        problems += [Problem(line, self._name_of(values, name), text) for name, text in refusals.items()]
        if (text := _media_problem(sent.get("media"))) is not None:
            problems.append(Problem(line, "media", text))
        if problems:
            return None, problems
        self._count(sent)
        return Row(line, sent, paths, addresses), []

    def _count(self, sent: Mapping[str, Any]) -> None:
        if not self._mapping.app:
            return
        self.counts["unpublished"] += sent.get("is_published") == 0
        self.counts["undated"] += DATE not in sent
        self.counts["shop"] += sent.get("product_id") == SHOP

    @staticmethod
    def _name_of(values: Mapping[str, tuple[_Column, Any]], argument: str) -> str:
        """The name of the column with an argument."""
        column = values.get(argument, (None, None))[0]
        return column.name if column else argument

    def _meaning(self, cells: list[tuple[str, Any]]) -> str:
        """What the publication columns say together: the strictest word counts, and no word is not published."""
        found = set()
        for name, value in cells:
            word = str(value).strip().casefold()
            if word not in self._publication:
                known = ", ".join(self._publication)
                raise _ColumnError(
                    name,
                    f"is {cut(repr(value))}, and nobody knows whether the review is published; the words are {known}",
                )
            found.add(self._publication[word])
        return next((meaning for meaning in ("left_out", "unpublished") if meaning in found or not found), "published")

    def _note_lost(self, line: int, unknown: Iterable[str], values: Mapping[str, Any], photos: object) -> None:
        for name in unknown:
            part = part_of_review(name)
            if part is None or part in values or (part == PHOTOS and (photos or "media" in values)):
                continue
            if part in (HANDLE, "product_id") and not values.keys().isdisjoint((HANDLE, "product_id")):
                continue
            self._lost.setdefault(name, []).append(line)

    def _product(
        self, line: int, by_id: tuple[_Column, Any] | None, by_handle: tuple[_Column, Any] | None
    ) -> tuple[Any, Problem | None]:
        if by_id is not None:
            column, value = by_id
            if (prefix := self._mapping.id_prefix) and isinstance(value, str):
                value = undressed(value).removeprefix(prefix)
            try:
                return members_of_review()["product_id"].convert(value), None
            except CellError as error:
                return None, Problem(line, column.name, str(error))
        if by_handle is not None:
            handle = handle_of(str(by_handle[1]))
            if self._settings.products is None:
                self._handles.setdefault(handle, []).append(line)
            elif (number := self._settings.products.id_of(handle)) is not None:
                return number, None
            else:
                self._unknown_handles.setdefault(handle, []).append(line)
            return None, None
        if self._mapping.shop_reviews and self._has_product:
            return SHOP, None
        if self._mapping.app and self._has_product:
            return None, Problem(line, HANDLE, "the row has no product; give its handle or its id")
        return None, None

    def _drop_reply(self, values: dict[str, tuple[_Column, Any]]) -> None:
        """Leave out a reply that the merchant did not publish, and the date of a reply without a text."""
        public = values.pop(REPLY_IS_PUBLIC, None)
        is_private = public is not None and str(public[1]).strip().casefold() in self._no
        if is_private and "reply.content" in values:
            self.counts["private replies"] += 1
            values.pop("reply.content")
        if self._mapping.app and "reply.content" not in values:
            values.pop("reply.reply_at", None)

    def _converted(self, target: str, column: _Column, value: Any) -> Any:
        member = members_of_review()[target]
        if member.is_date and isinstance(value, str | date):
            text = undressed(value) if isinstance(value, str) else value
            if column.is_ambiguous and isinstance(text, str) and YEAR_LAST.fullmatch(text):
                return None  # told once for the column
            try:
                return convert_date(text, column.date_format, self._settings.zone)
            except ValueError as error:
                raise CellError(f"is {cut(repr(value))}, which {error}") from None
        if member.is_flag and isinstance(value, str):
            word = value.strip().casefold()
            if word in self._yes or word in self._no:
                return int(word in self._yes)
        if target == "rating" and (scale := self._mapping.rating_scale) != 5:
            with suppress(ValueError):
                value = max(1, int(float(value) * 5 / scale + 0.5))
        if target == "author_country" and isinstance(value, str) and len(value.strip()) == 2:
            value = value.strip().upper()
        return member.convert(value)

    @staticmethod
    def _set(found: dict[str, Any], target: str, value: Any) -> None:
        name, _, inner = target.partition(".")
        if value is None:
            return
        if not inner:
            if name in found and name != "is_published":
                raise CellError(f"give {name} or its members, not both")
            found[name] = value
            return
        members = found.setdefault(name, {})
        if not isinstance(members, dict):
            raise CellError(f"give {name} or its members, not both")
        members[inner] = value

    def _photos(
        self, line: int, cells: Iterable[tuple[str, Any]], problems: list[Problem]
    ) -> tuple[tuple[Path, ...], tuple[str, ...]]:
        """The files and the web addresses of the photos of a row."""
        paths: list[Path] = []
        addresses: list[str] = []
        name = ""
        for name, value in cells:
            try:
                for photo in _photo_names(value, self._mapping.photo_separator):
                    if photo.startswith("//"):  # an address as web pages have it
                        addresses.append(f"https:{photo}")
                    elif WEB_ADDRESS.match(photo):
                        addresses.append(photo)
                    elif ADDRESS.match(photo):
                        raise CellError(f"{cut(photo)} is neither a file nor an address that begins with https://")
                    else:
                        paths.append(self._settings.folder / photo)
                        check_image(paths[-1])
            except (CellError, UploadError) as error:
                problems.append(Problem(line, name, str(error)))
        if (number := len(paths) + len(addresses)) > MOST_PHOTOS:
            problems.append(Problem(line, name, f"has {number} photos; the API takes {MOST_PHOTOS} at most"))
        return tuple(paths), tuple(dict.fromkeys(addresses))


class _ColumnError(CellError):
    """The value of this column is invalid."""

    def __init__(self, column: str, text: str) -> None:
        super().__init__(text)
        self.column = column


def handle_of(text: str) -> str:
    """The handle of a product, from the handle or from the product's address in a shop."""
    text = undressed(text)
    if WEB_ADDRESS.match(text) and (found := PRODUCT_PATH.search(urlsplit(text).path)):
        return unquote(found[1])
    return text


def _photo_names(value: Any, separator: str) -> Iterator[str]:
    for part in map(str, value) if isinstance(value, list) else BEFORE_ADDRESS.split(str(value)):
        # Commas are allowed in addresses, and bars are not.
        for name in part.split("|" if WEB_ADDRESS.match(part.strip()) else separator or "|"):
            if text := name.strip():
                yield text


def _advice(column: str) -> str:
    part = part_of_review(column)
    if part is None:
        return f"its members are {', '.join(arguments())}. Leave the column out with --map {_quoted(column)}="
    return f"if it is the review's {part}, use --map {_quoted(f'{column}={part}')}"


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text else text


def _products(handles: Mapping[str, list[int]]) -> str:
    rows, names = sum(map(len, handles.values())), list(handles)
    more = f" and {len(names) - MOST_EXAMPLES} more" if len(names) > MOST_EXAMPLES else ""
    return f"{rows} row{'s' * (rows > 1)} name products ({', '.join(map(cut, names[:MOST_EXAMPLES]))}{more})"


def _first_line(handles: Mapping[str, list[int]]) -> int:
    return min(lines[0] for lines in handles.values())


def _sent(given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The arguments as they are sent, and the problem of each argument that the client refuses, by its name."""

    def sent(names: Iterable[str]) -> dict[str, Any]:
        body = reviews_create.build(**required() | {name: given[name] for name in names}).body or {}
        msgspec.json.encode(body)
        return {name: body[name] for name in names}

    with suppress(ArgumentError, UnicodeEncodeError):
        return sent(given), {}
    problems = {}
    for name in given:
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
            return f"media{place} is {cut(repr(url))}, which is not an address; files go to the column photos"
    return None
