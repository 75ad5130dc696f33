"""Rows of a file as arguments of `reviews.create`. All rows are read, converted and checked before anything is sent.

A mapping tells which column holds which part of a review. Types and lengths come from the generated package.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, tzinfo
from pathlib import Path
from typing import Any

from ...errors import UploadError
from ...upload import check_image
from .checks import WEB_ADDRESS, check_media, sent
from .dates import YEAR_LAST, DateFormat, convert_date
from .mapping import HANDLE, PHOTOS, PUBLICATION, REPLY_IS_PUBLIC, ReviewMapping, normalised, part_of_review
from .members import CellError, arguments, cut, is_blank, members_of_review, required, undressed
from .problems import Problem, Problems
from .products import Products, handle_of
from .survey import Raw, Survey

__all__ = ["Row", "Rows", "Settings", "read"]

ADDRESS = re.compile(r"(?:https?|file|data):", re.IGNORECASE)
BEFORE_ADDRESS = re.compile(r"[|,;\s]+(?=https?://)", re.IGNORECASE)
MOST_PHOTOS = 10
"""The limit of `images` in the API of 2025. The newer list of media has no documented limit."""
MOST_EXAMPLES = 5
SHOP = "0"
"""The product of a review of the shop."""
PRODUCT, DATE = "product_id", "commented_at"


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
        skip_missing_products: leave out reviews whose product `products` does not have, and count them.
        link_photos: send web addresses of photos as they are.
    """

    folder: Path = Path()
    ignore_unknown: bool = False
    date_format: DateFormat | None = None
    zone: tzinfo | None = None
    products: Products | None = None
    skip_missing_products: bool = False
    link_photos: bool = False


@dataclass
class Rows:
    """The valid rows of a file.

    Attributes:
        survey: what stands in the columns.
        mapping: which column holds what.
        rows: the rows to create.
        left_out: the number of values in each column that is left out.
        counts: the number of rows that are left out because they are spam or were rejected ("rejected") or because
            their product is missing ("missing products"), and of rows that are created unpublished ("unpublished"), are
            about the shop ("shop"), have no date ("undated"), and whose reply is left out because it is not public
            ("private replies").
    """

    survey: Survey
    mapping: ReviewMapping
    rows: list[Row] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)


def read(
    survey: Survey,
    lines: Iterable[tuple[int, Raw]],
    mapping: ReviewMapping,
    settings: Settings,
    problems: Problems,
    advance: Callable[[], object] = lambda: None,
) -> Rows:
    """Convert and check all lines of a file.

    Args:
        survey: what stands in the columns, from an earlier look at the same lines.
        lines: the lines, with their numbers.
        mapping: which column holds what.
        settings: how values are read.
        problems: takes the problems.
        advance: a function that is called after each line. Default: no function.
    """
    reader = _Reader(survey, mapping, settings)
    found = Rows(survey, mapping, left_out=reader.left_out, counts=reader.counts)
    problems.take([*reader.problems_of_columns()])
    for line, raw in lines:
        row, of_row = reader.row(line, raw)
        if of_row:
            problems.take(of_row)
        elif row is not None:
            found.rows.append(row)
        advance()
    problems.take([*reader.problems_of_file()])
    return found


@dataclass(slots=True)
class _Column:
    """A column of the file.

    Attributes:
        target: what it holds, "" if it is left out on purpose, or None if nobody knows it.
        rank: of several columns with one target, the lowest rank counts.
        date_format: the order of its dates.
        is_ambiguous: whether the order of its dates is not known.
    """

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
        ranks = {normalised(name): rank for rank, name in reversed([*enumerate(mapping.columns)])}
        self._columns = {
            name: self._column(name, ranks.get(normalised(name), len(ranks) + place))
            for place, name in enumerate(survey.columns)
        }
        found = {*mapping.constants, *(column.target for column in self._columns.values())}
        self._has_publication, self._has_product = PUBLICATION in found, not found.isdisjoint({HANDLE, PRODUCT})
        self._yes = {"true", "yes", "1", *map(str.casefold, mapping.yes)}
        self._no = {"false", "no", "0", *map(str.casefold, mapping.no)}
        self._publication = mapping.publication.meanings()
        self._lost: dict[str, list[int]] = {}
        self._handles: dict[str, list[int]] = {}

    def _column(self, name: str, rank: int) -> _Column:
        dates = self._survey.columns[name].dates
        given = self._settings.date_format or (DateFormat(text) if (text := self._mapping.date_format) else None)
        is_ambiguous = given is None and dates.problem is not None
        return _Column(name, self._mapping.member_of(name), rank, given or dates.format, is_ambiguous)

    @property
    def left_out(self) -> Counter[str]:
        """The columns that are left out, with the number of their values."""
        cells = {name: surveyed.cells for name, surveyed in self._survey.columns.items()}
        return Counter(
            {
                name: cells[name]
                for name, column in self._columns.items()
                if (column.target == "" and cells[name]) or (column.target is None and self._leaves_out)
            }
        )

    # Problems that are told once

    def problems_of_columns(self) -> Iterator[Problem]:
        """The problems of complete columns."""
        known, holders = members_of_review(), dict[str, _Column]()
        for name, column in self._columns.items():
            target, surveyed = column.target, self._survey.columns[name]
            if not surveyed.cells:
                continue
            if target is None:
                if not self._leaves_out:
                    value = f"{surveyed.cells} cell{'s' * (surveyed.cells > 1)}"
                    yield Problem(surveyed.line, name, f"a new review has no such member; {_advice(name)}", value)
                continue
            if column.is_ambiguous and target in known and known[target].is_date:
                yield Problem(surveyed.line, name, surveyed.dates.problem or "")
            if target in ("", PHOTOS, PUBLICATION):
                continue
            other = holders.setdefault(target, column)
            if other is not column and max(column.rank, other.rank) >= len(self._mapping.columns):
                is_same = normalised(name) == normalised(other.name)
                remedy = "rename one of them in the file" if is_same else f"leave one out: --map {_quoted(name)}="
                text = f"the column {other.name} has the review's {target} too; {remedy}"
                yield Problem(surveyed.line, name, text)
        if self._mapping.app and not self._has_product and self._survey.rows:
            remedy = "use --map COLUMN=product_id, or --set product_id=0 if all are about the shop"
            yield Problem(1, "", f"no column has the product of the reviews; {remedy}")

    def problems_of_file(self) -> Iterator[Problem]:
        """The problems that only the complete file shows."""
        for column, lines in self._lost.items():
            number = f"{len(lines)} value{'s' * (len(lines) > 1)}"
            yield Problem(lines[0], column, f"is left out, and {number} would be lost; {_advice(column)}")
        if self._handles:
            rows = sum(map(len, self._handles.values()))
            remedy = (
                "get the ids with `trustoo products pull SHOP --to products.json`, and add --products products.json"
                if self._settings.products is None
                else "the file of --products does not have them. Add them there, or use --skip-missing-products"
            )
            text = f"{rows} row{'s name' if rows > 1 else ' names'} the product by a handle without an id; {remedy}"
            yield Problem(min(lines[0] for lines in self._handles.values()), HANDLE, text, _some([*self._handles]))

    # Rows

    def row(self, line: int, raw: Raw) -> tuple[Row | None, list[Problem]]:
        """The row of a line, or its problems, or neither if the review is left out."""
        values: dict[str, tuple[_Column, Any]] = {}
        photos: list[tuple[_Column, Any]] = []
        publication: list[tuple[_Column, Any]] = []
        unknown: list[str] = []
        for name, value in raw.items():
            if is_blank(value):
                continue
            column = self._columns[name]
            target = column.target
            if target is None:
                unknown.append(name)
            elif target == PHOTOS:
                photos.append((column, value))
            elif target == PUBLICATION:
                publication.append((column, value))
            elif target and (target not in values or column.rank < values[target][0].rank):
                values[target] = (column, value)
        problems = _RowProblems(line)
        found: dict[str, Any] = {}
        if self._has_publication:
            meaning = self._meaning(publication, problems)
            if meaning == "left_out":
                self.counts["rejected"] += 1
                return None, []
            found["is_published"] = int(meaning == "published")
        if self._leaves_out:
            self._note_lost(line, unknown, values, photos)
        is_by_handle = HANDLE in values and PRODUCT not in values
        if self._settings.skip_missing_products and is_by_handle and self._id_of(values[HANDLE][1]) is None:
            self.counts["missing products"] += 1
            return None, []
        self._drop_reply(values)
        self._set_product(line, found, values.pop(PRODUCT, None), values.pop(HANDLE, None), problems)
        for target, (column, value) in values.items():
            with problems.of(column.name):
                self._set(found, target, self._converted(target, column, value))
        paths, addresses = self._photos(photos, problems)
        for target, constant in self._mapping.constants.items():
            if target not in found and target.partition(".")[0] not in found:
                with problems.of(f"--set {target}"):
                    self._set(found, target, members_of_review()[target].convert(constant))
        if (paths or addresses) and "media" in found:
            problems.add(photos[0][0].name, CellError("give photos or media, not both"))
        if addresses and self._settings.link_photos:
            found["media"] = [{"url": url, "thumbnail_url": url, "type": 1, "is_published": 1} for url in addresses]
            addresses = ()
        invalid = {self._columns[name].target for name in problems.columns if name in self._columns}
        for name in required():
            if name not in found and name not in invalid:
                problems.add(name, CellError("is missing"))
        as_sent, refusals = sent(found)
        for name, error in refusals.items():
            problems.add(values[name][0].name if name in values else name, error)
        with problems.of("media"):
            check_media(as_sent.get("media"))
        if problems:
            return None, problems
        self._count(as_sent)
        return Row(line, as_sent, paths, addresses), []

    def _count(self, as_sent: Mapping[str, Any]) -> None:
        if self._mapping.app:
            self.counts["unpublished"] += as_sent.get("is_published") == 0
            self.counts["undated"] += DATE not in as_sent
            self.counts["shop"] += as_sent.get(PRODUCT) == SHOP

    def _meaning(self, cells: list[tuple[_Column, Any]], problems: _RowProblems) -> str:
        """What the publication columns say together. The strictest word counts, and no word means not published."""
        found = set[str]() if cells else {"unpublished"}
        for column, value in cells:
            meaning = self._publication.get(str(value).strip().casefold())
            if meaning is None:
                known = ", ".join(self._publication)
                text = f"does not tell whether the review is published; the words are {known}"
                problems.add(column.name, CellError(text, repr(value)))
            else:
                found.add(meaning)
        return next((meaning for meaning in ("left_out", "unpublished") if meaning in found), "published")

    def _note_lost(self, line: int, unknown: Iterable[str], values: Mapping[str, Any], photos: object) -> None:
        """Note the columns that are left out, although they seem to hold a part that the row has in no other column."""
        present = {*values, *([PHOTOS] if photos or "media" in values else [])}
        present |= {PRODUCT, HANDLE} if present & {PRODUCT, HANDLE} else set()
        for name in unknown:
            part = part_of_review(name)
            if part is not None and part not in present:
                self._lost.setdefault(name, []).append(line)

    def _set_product(
        self,
        line: int,
        found: dict[str, Any],
        by_id: tuple[_Column, Any] | None,
        by_handle: tuple[_Column, Any] | None,
        problems: _RowProblems,
    ) -> None:
        """Set the product by its id, else by its handle. A review without a product may be about the shop."""
        if by_id is not None:
            column, value = by_id
            if (prefix := self._mapping.id_prefix) and isinstance(value, str):
                value = undressed(value).removeprefix(prefix)
            if str(value).strip() in self._mapping.shop_products:
                value = SHOP
            with problems.of(column.name):
                found[PRODUCT] = members_of_review()[PRODUCT].convert(value)
        elif by_handle is not None:
            text = undressed(str(by_handle[1]))
            if (number := self._id_of(text)) is None:
                self._handles.setdefault(handle_of(text) or text, []).append(line)
            else:
                found[PRODUCT] = number
        elif PRODUCT in self._mapping.constants:
            return
        elif self._has_product and self._mapping.shop_reviews:
            found[PRODUCT] = SHOP
        elif self._has_product and self._mapping.app:
            problems.add(HANDLE, CellError("the row has no product; give its handle or its id"))

    def _id_of(self, handle: Any) -> str | None:
        products = self._settings.products
        return None if products is None else products.id_of(undressed(str(handle)))

    def _drop_reply(self, values: dict[str, tuple[_Column, Any]]) -> None:
        """Leave out a reply that the merchant did not publish, and the date of a reply without a text."""
        public = values.pop(REPLY_IS_PUBLIC, None)
        if public is not None and str(public[1]).strip().casefold() in self._no and "reply.content" in values:
            self.counts["private replies"] += 1
            del values["reply.content"]
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
                raise CellError(str(error), repr(value)) from None
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
        members = found.setdefault(name, {}) if inner else {}
        if (not inner and isinstance(found.get(name), dict)) or not isinstance(members, dict):
            raise CellError(f"give {name} or its members, not both")
        if inner:
            members[inner] = value
        else:
            found[name] = value

    def _photos(
        self, cells: Iterable[tuple[_Column, Any]], problems: _RowProblems
    ) -> tuple[tuple[Path, ...], tuple[str, ...]]:
        """The files and the web addresses of the photos of a row."""
        paths: list[Path] = []
        addresses: dict[str, None] = {}
        for column, value in cells:
            with problems.of(column.name):
                for photo in _photo_names(value, self._mapping.photo_separator):
                    if photo.startswith("//") or WEB_ADDRESS.match(photo):
                        addresses[f"https:{photo}" if photo.startswith("//") else photo] = None
                    elif ADDRESS.match(photo):
                        raise CellError("must be a file, or an address that begins with https://", photo)
                    else:
                        paths.append(self._settings.folder / photo)
                        check_image(paths[-1])
                if (number := len(paths) + len(addresses)) > MOST_PHOTOS:
                    raise CellError(f"a review has {MOST_PHOTOS} photos at most", f"{number} photos")
        return tuple(paths), tuple(addresses)


class _RowProblems(list[Problem]):
    """The problems of one line."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self._line = line

    @property
    def columns(self) -> set[str]:
        return {problem.column for problem in self}

    def add(self, column: str, error: CellError) -> None:
        """Add a problem with a value of this column."""
        self.append(Problem(self._line, column, str(error), error.value))

    def of(self, column: str) -> _Catch:
        """A block whose CellErrors and UploadErrors are problems of this column."""
        return _Catch(self, column)


@dataclass(frozen=True, slots=True)
class _Catch:
    problems: _RowProblems
    column: str

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        if isinstance(error, UploadError):
            error = CellError(str(error).removesuffix("."))
        if isinstance(error, CellError):
            self.problems.add(self.column, error)
            return True
        return False


def _photo_names(value: Any, separator: str) -> Iterator[str]:
    for part in map(str, value) if isinstance(value, list) else BEFORE_ADDRESS.split(str(value)):
        # Commas are allowed in addresses, and bars are not.
        for name in part.split("|" if WEB_ADDRESS.match(part.strip()) else separator or "|"):
            if text := name.strip():
                yield text


def _advice(column: str) -> str:
    part = part_of_review(column)
    if part is None:
        leave = f"Leave the column out with --map {_quoted(column)}="
        return f"its members are {', '.join(arguments())}. {leave}"
    return f"if it is the review's {part}, use --map {_quoted(column)}={part}"


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text else text


def _some(names: list[str]) -> str:
    more = f" and {len(names) - MOST_EXAMPLES} more" if len(names) > MOST_EXAMPLES else ""
    return f"{', '.join(map(cut, names[:MOST_EXAMPLES]))}{more}"
