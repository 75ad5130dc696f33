"""A file as a table: numbered lines of named values. The file's content tells its format, and not only its name.

Formats are CSV with any usual separator, Excel and OpenDocument workbooks, JSON and JSON Lines, each also compressed
with gzip. Line numbers are those of the file: where a row begins, or the number of a workbook's row.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import IO, Any

import msgspec

from ...errors import ConfigurationError
from ..files import oserror_context
from ..formulas import unguarded
from .encodings import encoding_of, line_breaks
from .problems import Problem

__all__ = ["Kind", "Table", "open_table"]

IsKnown = Callable[[str], bool]
Cells = Iterator[tuple[int, list[Any]]]
Values = Iterator[tuple[int, dict[str, Any]]]

GZIP = b"\x1f\x8b"
ZIP = b"PK"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""The first bytes of Excel workbooks before 2007, and of workbooks with a password."""
ARCHIVES = (b"Rar!", b"7z\xbc\xaf")
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
SEPARATOR_LINE = re.compile(r'"?sep=([^\w"\r\n])"?[\r\n]*', re.IGNORECASE)
"""The line with which files tell Excel their separator."""
HEAD = 1 << 16
"""The number of characters in which the format, the separator and the names are recognised."""
LARGEST_CELL = 1 << 20
"""The most characters in a cell of CSV. A quote that does not end would otherwise make one cell of the whole file."""
HALF = re.compile(rb"\\u[dD]")
"""Half a character in JSON may begin so. msgspec refuses halves; but the row that has one is to be named."""


class Kind(Enum):
    """The formats of files, for an option that says which it is."""

    csv = "csv"
    json = "json"
    jsonl = "jsonl"
    xlsx = "xlsx"


@dataclass
class Table:
    """A file as lines of values.

    Attributes:
        names: the names of the columns, without those of columns that have none; () for JSON.
        lines: the line numbers, counted from 1, with the values by name. They are read while they are iterated over.
            A value in a column without a name has the name "column N". Values are text; values of JSON are as they
            are, and dates in workbooks are datetimes without a time zone. Blank lines are left out, and so are lines
            that repeat the names.
        problems: the problems of lines that are left out. The list grows while `lines` is read.
        kind: the format, for people.
        header: the line with the names; 0 for JSON.
    """

    names: tuple[str, ...]
    lines: Values
    problems: list[Problem] = field(default_factory=list)
    kind: str = ""
    header: int = 0


def open_table(file: Path, *, kind: Kind | None = None, encoding: str | None = None, is_known: IsKnown) -> Table:
    """Open a file as a table. CSV and JSON Lines are read line by line, and the other formats at once.

    Args:
        file: the file.
        kind: the format. Default: None, for what the content tells.
        encoding: the encoding of text. Default: None, for what the byte order mark says, or UTF-8.
        is_known: whether a column name is one of the importer. CSV is read with the separator that gives most of them.

    Raises:
        ConfigurationError: if the file cannot be read, is no table, or is text of an encoding that must be asked for.
    """
    source = _Source(file)
    with source.reading():
        with source.open() as content:
            head = content.read(512)
        _refuse_others(file, head)
        if kind is Kind.xlsx or head.startswith((ZIP + b"\x03\x04", ZIP + b"\x05\x06", OLE)):
            return _workbook(source, is_known)
        source.encoding = encoding_of(file, source.open, encoding)
        with source.text() as text:
            start = text.read(HEAD)
    match kind or _kind_of(source, start):
        case Kind.json:
            return _document(source, is_known)
        case Kind.jsonl:
            return _json_lines(source)
    return _csv(source, start, is_known)


class _Source:
    """The content of a file, decompressed."""

    def __init__(self, file: Path) -> None:
        self.file, self.encoding = file, "utf-8"
        with oserror_context(file), open(file, "rb") as content:
            self.is_compressed = content.read(2) == GZIP

    def open(self) -> IO[bytes]:
        return gzip.open(self.file) if self.is_compressed else open(self.file, "rb")  # type: ignore[return-value]

    def text(self) -> IO[str]:
        """The text, after a byte order mark. Line breaks are left as they are."""
        text = io.TextIOWrapper(self.open(), self.encoding, newline="")
        if text.read(1) != "\ufeff":
            text.seek(0)
        return text

    def described(self, format: str) -> str:
        return f"{format}, compressed with gzip" if self.is_compressed else format

    @contextmanager
    def reading(self) -> Iterator[None]:
        with oserror_context(self.file):
            try:
                yield
            except (gzip.BadGzipFile, EOFError, zlib.error) as error:
                raise ConfigurationError(
                    f"{self.file} is a gzip file that is damaged or incomplete. Download or export it again."
                ) from error


def _refuse_others(file: Path, head: bytes) -> None:
    """Raises ConfigurationError for content that is no table."""
    if head.startswith(ARCHIVES) or head[257:262] == b"ustar":
        raise ConfigurationError(f"{file} is an archive. Unpack it, and import the file that is inside.")
    if head.startswith(b"%PDF"):
        raise ConfigurationError(f"{file} is a PDF document. Export the reviews as CSV, and import that file.")
    if head.startswith(GZIP):
        raise ConfigurationError(f"{file} is compressed twice. Unpack it once, and import the result.")


def _kind_of(source: _Source, start: str) -> Kind:
    """The format of text. Raises ConfigurationError for HTML and XML."""
    lines = [line for line in io.StringIO(start, newline="") if line.strip()][:2]
    first, second = (line.strip() for line in [*lines, "", ""][:2])
    if first.startswith("<"):
        raise ConfigurationError(
            f"{source.file} is a web page (HTML) or XML, and no table. If it was downloaded, log in and download it "
            "again. If a spreadsheet program opens it as a table, save it there as CSV."
        )
    endings = {suffix.lower() for suffix in source.file.suffixes[-2:]}
    is_named_lines = bool(endings & {".jsonl", ".ndjson"})
    if first.startswith(("{", "[")):
        is_row = first.startswith("{")
        if is_row and second.startswith("{"):
            return Kind.jsonl
        return Kind.jsonl if (second or (is_row and is_named_lines)) and _is_json(first) else Kind.json
    return Kind.jsonl if is_named_lines or ".json" in endings else Kind.csv


# Rows of cells: CSV and workbooks


def _csv(source: _Source, start: str, is_known: IsKnown) -> Table:
    lines = list(io.StringIO(start, newline=""))
    told = SEPARATOR_LINE.fullmatch(lines[0]) if lines else None
    skipped = 1 if told else 0
    separator = told[1] if told else _separator(lines, is_known)

    def rows(problems: list[Problem]) -> Cells:
        with source.reading(), source.text() as text:
            for _ in range(skipped):
                text.readline()
            for line, cells in _csv_rows(text, skipped, separator, problems):
                yield line, [*map(unguarded, cells)]

    return _table(source.described(f"CSV with {SEPARATORS.get(separator, separator)}"), rows, is_known)


def _separator(lines: list[str], is_known: IsKnown) -> str:
    """The separator with which most names are known; or else the one with most columns and rows of equal length."""

    def value(separator: str) -> tuple[int, bool, int]:
        problems: list[Problem] = []
        rows = [(line, cells) for line, cells in _csv_rows(iter(lines), 0, separator, problems) if not _is_blank(cells)]
        if rows and not (problems and problems[0].line < rows[0][0]):
            names = rows[0][1]
        else:  # a quote in the line with the names
            names = next((line for line in lines if line.strip()), "").split(separator)
        known = sum(map(is_known, map(_name, names)))
        is_even = len(names) > 1 and all(len(cells) == len(names) for _, cells in rows)
        return (known, False, 0) if known else (0, is_even, len(names))

    return max(SEPARATORS, key=value)


def _csv_rows(text: Iterator[str], skipped: int, separator: str, problems: list[Problem]) -> Cells:
    """The rows of CSV, each with the line in which it begins. `skipped`: the number of lines before the text."""
    csv.field_size_limit(LARGEST_CELL)
    remedy = 'Write a quote inside a cell twice ("")'
    begin = skipped + 1
    while True:
        rows = csv.reader(text, delimiter=separator, strict=True)
        try:
            for cells in rows:
                line, begin = begin, skipped + rows.line_num + 1
                yield line, cells
            return
        except csv.Error as error:
            skipped += rows.line_num
            has_end = "expected after" in str(error)
            if has_end and skipped == begin:  # the next line begins a row
                problems.append(Problem(begin, "", f"text follows the quote that ends a cell. {remedy}"))
                begin += 1
                continue
            reason = f"a quote in this row does not end. {remedy}. The rows after this one were not read"
            problems.append(Problem(begin, "", reason, f"the next quote is in line {skipped}" if has_end else ""))
            return


def _workbook(source: _Source, is_known: IsKnown) -> Table:
    """The first visible sheet with rows. calamine reads Excel workbooks of all versions, and OpenDocument."""
    file = source.file
    with source.open() as stream:
        content = io.BytesIO(stream.read())
    if content.getvalue().startswith(ZIP):
        _check_zip(file, content)
    elif not content.getvalue().startswith(OLE):
        raise ConfigurationError(f"{file} is no Excel workbook. Leave the format out to find it out from the content.")
    try:
        import python_calamine as calamine
    except ImportError as error:
        raise ConfigurationError(
            f"{file} is an Excel workbook, which needs the package python-calamine: pip install 'trustoo[xlsx]'. "
            'Or save the workbook as "CSV UTF-8".'
        ) from error
    try:
        content.seek(0)
        workbook = calamine.load_workbook(content)
        found = [sheet for sheet in workbook.sheets_metadata if sheet.typ == calamine.SheetTypeEnum.WorkSheet]
        found.sort(key=lambda sheet: sheet.visible != calamine.SheetVisibleEnum.Visible)
        sheets = (workbook.get_sheet_by_name(each.name) for each in found)
        sheet = next((sheet for sheet in sheets if sheet.height), None)
    except BaseException as error:
        # Damaged workbooks of old versions make the library panic, which is no Exception.
        if not isinstance(error, calamine.CalamineError) and type(error).__module__ != "pyo3_runtime":
            raise
        raise ConfigurationError(
            f"{file} cannot be read as an Excel workbook: {error}. Save it again without a password, or save it as CSV."
        ) from error

    def rows(problems: list[Problem]) -> Cells:
        for line, cells in enumerate(sheet.iter_rows() if sheet else (), 1):
            yield line, [*map(_cell, cells)]

    return _table(source.described(f'workbook, sheet "{sheet.name}"' if sheet else "workbook"), rows, is_known)


def _check_zip(file: Path, content: IO[bytes]) -> None:
    """Raises ConfigurationError for ZIP archives that are no workbooks."""
    try:
        with zipfile.ZipFile(content) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError) as error:  # zipfile raises the second for damaged version numbers
        raise ConfigurationError(
            f"{file} is an Excel workbook or a ZIP archive that is damaged or incomplete. Download or save it again."
        ) from error
    if any(name.startswith("xl/") or name == "content.xml" for name in names):
        return
    if any(name.endswith(".iwa") for name in names):
        raise ConfigurationError(f"{file} is an Apple Numbers document. Export it there as CSV, and import that file.")
    inside = ", ".join(names[:3]) + ("…" if len(names) > 3 else "")
    raise ConfigurationError(f"{file} is a ZIP archive ({inside}). Unpack it, and import the file that is inside.")


def _cell(value: Any) -> Any:
    """The value of a workbook's cell: text as in CSV, or a datetime."""
    match value:
        case str() | datetime():
            return value
        case date():
            return datetime.combine(value, time())
        case bool():
            return str(value).upper()
        case float() if value.is_integer():
            return str(int(value))
        case float():
            return format(Decimal(repr(value)), "f")
    return str(value)


def _table(kind: str, rows: Callable[[list[Problem]], Cells], is_known: IsKnown) -> Table:
    """A table from rows of cells, the first of which has the names."""
    problems: list[Problem] = []
    header, first = next((pair for pair in rows(problems) if not _is_blank(pair[1])), (1, []))
    names = [] if problems else [_name(cell) for cell in first]  # a problem before: of the line with the names
    table = Table(tuple(filter(None, names)), iter(()), problems, kind, header)
    if twice := sorted({name for name in names if name and names.count(name) > 1}):
        problems.append(Problem(header, twice[0], "the column occurs more than once"))
    elif names:
        table.lines = _named(rows(problems), names, header, problems, is_known)
    return table


def _named(rows: Cells, names: list[str], header: int, problems: list[Problem], is_known: IsKnown) -> Values:
    folded = [*map(_folded, names)]
    for line, cells in rows:
        if line <= header or _is_blank(cells):
            continue
        if len(cells) > len(names) and _is_blank(cells[len(names) :]):
            del cells[len(names) :]
        if len(cells) == len(names) and all(_folded(cell) == name for cell, name in zip(cells, folded, strict=True)):
            continue  # files with the same columns were joined
        if _are_names(cells, is_known):
            text = f"this line has other column names than line {header}. Import files with other columns one by one"
            problems.append(Problem(line, "", text))
        elif len(cells) != len(names):
            text = f"the line must have {len(names)} cells, as many as there are columns in line {header}"
            problems.append(Problem(line, "", text, f"it has {len(cells)}"))
        else:
            numbered = enumerate(zip(names, cells, strict=True), 1)
            yield line, {name or f"column {n}": cell for n, (name, cell) in numbered if name or not _is_blank([cell])}


def _are_names(cells: list[Any], is_known: IsKnown) -> bool:
    found = [cell for cell in cells if not _is_blank([cell])]
    return len(found) > 1 and all(isinstance(cell, str) and is_known(_name(cell)) for cell in found)


def _name(cell: Any) -> str:
    return str(cell).strip("\ufeff \t\r\n\xa0")


def _folded(cell: Any) -> str:
    """A name for comparing. In a file that was joined, the byte order mark of a part hides the quotes after it."""
    return _name(cell).strip('"').casefold()


def _is_blank(cells: list[Any]) -> bool:
    return not any(not isinstance(cell, str) or cell.strip() for cell in cells)


# JSON


def _json_lines(source: _Source) -> Table:
    problems: list[Problem] = []

    def lines() -> Values:
        with source.reading(), source.text() as text:
            for line, content in enumerate(text, 1):
                if content.strip():
                    yield from _object(line, content, problems)

    return Table((), lines(), problems, source.described("JSON Lines"))


def _document(source: _Source, is_known: IsKnown) -> Table:
    """A list of objects, an object that holds such a list, or one object."""
    with source.reading(), source.text() as text:
        buffer = io.BytesIO()
        while part := text.read(HEAD):
            buffer.write(part.encode("utf-8", "surrogatepass"))
    content = buffer.getvalue()
    table = Table((), iter(()), [], source.described("JSON"))
    try:
        try:
            scanned = content
            start, items = _items(scanned, is_known)
        except msgspec.DecodeError:
            scanned = HALF.sub(rb"\\u0", content)  # of the same length, so that places are the same
            start, items = _items(scanned, is_known)
    except (msgspec.DecodeError, RecursionError) as error:
        place = re.search(r" \(byte (\d+)\)$", str(error))
        before = content[: int(place[1])] if place else content.rstrip()
        reason = str(error).removesuffix(place[0] if place else "").removeprefix("JSON is malformed: ")
        line = line_breaks(before.decode("utf-8", "ignore")) + 1
        table.problems.append(Problem(line, "", f"this is not valid JSON: {reason}"))
        return table

    def lines() -> Values:
        line, begin, end = 1, 0, start
        for item in items:
            before, begin = begin, scanned.index(bytes(item), end)
            line += line_breaks(content[before:begin].decode("utf-8", "ignore"))
            end = begin + len(memoryview(item))
            yield from _object(line, content[begin:end], table.problems)

    table.lines = lines()
    return table


def _items(content: bytes, is_known: IsKnown) -> tuple[int, list[msgspec.Raw]]:
    """The objects of a JSON document as they stand in it, and the place from which they follow.

    A list inside an object is what holds the rows if its objects have more known names than the object around it.
    """
    outer = msgspec.json.decode(content, type=dict[str, msgspec.Raw] | list[msgspec.Raw])
    if isinstance(outer, list):
        return 0, outer
    lists = [name for name, raw in outer.items() if bytes(memoryview(raw)[:1]) == b"["]
    if len(lists) == 1:
        inner = msgspec.json.decode(outer[lists[0]], type=list[msgspec.Raw])
        known = sum(map(is_known, outer))
        row = json.loads(bytes(inner[0])) if inner else {}
        if not inner or (isinstance(row, dict) and sum(map(is_known, row)) > known):
            return max(content.find(json.dumps(lists[0]).encode()), 0), inner
    return 0, [msgspec.Raw(content)]


def _object(line: int, content: str | bytes, problems: list[Problem]) -> Values:
    """The values of an object, or its problem."""
    try:
        value = json.loads(content)
    except json.JSONDecodeError as error:
        problems.append(Problem(line, "", f"this is not valid JSON: {error.msg}", f"character {error.colno}"))
    except (ValueError, RecursionError):
        problems.append(Problem(line, "", "this is not valid JSON: it is nested too deep, or has too long a number"))
    else:
        if isinstance(value, dict):
            yield line, value
        else:
            problems.append(Problem(line, "", "this is not a JSON object"))


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(HALF.sub(rb"\\u0", text.encode("utf-8", "surrogatepass")), type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True
