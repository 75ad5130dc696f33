"""A file is a table with the line numbers of the file, whatever its name says of its format."""

from __future__ import annotations

import builtins
import csv
import gzip
import io
import json
import tarfile
import tracemalloc
import zipfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trustoo.cli.imports.problems import Problem
from trustoo.cli.imports.tables import Kind
from trustoo.errors import ConfigurationError

from tests.cli.imports.files import Cell, opened, workbook
from tests.support import steady

HEADER = "rating,author,title\n"
ROWS = [(2, {"rating": "5", "author": "Zoë"}), (3, {"rating": "4", "author": "Ada"})]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def made(folder: Path, content: str | bytes, name: str = "in.csv") -> Path:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def read(folder: Path, content: str | bytes, name: str = "in.csv") -> tuple[list[tuple[int, Any]], list[Problem]]:
    table = opened(made(folder, content, name))
    return list(table.lines), table.problems


def problem(folder: Path, content: str | bytes, name: str = "in.csv") -> Problem:
    """The only problem."""
    (found,) = read(folder, content, name)[1]
    return found


def refusal(folder: Path, content: str | bytes, name: str = "in.csv") -> str:
    with pytest.raises(ConfigurationError) as caught:
        opened(made(folder, content, name))
    return str(caught.value).removeprefix(str(folder / name))


# Separators


@pytest.mark.parametrize(
    ("separator", "kind"),
    [
        (",", "CSV with commas"),
        (";", "CSV with semicolons"),
        ("\t", "CSV with tabs"),
        ("|", "CSV with vertical bars"),
    ],
)
@pytest.mark.parametrize("name", ["in.csv", "in.tsv", "in.txt", "reviews", "IN.CSV"])
def test_the_separator_is_the_one_under_which_the_names_are_known(
    folder: Path, separator: str, kind: str, name: str
) -> None:
    text = f'rating{separator}author\n5{separator}"Zoë"\n4{separator}Ada\n'
    table = opened(made(folder, text, name))
    assert (table.names, table.kind, table.header) == (("rating", "author"), kind, 1)
    assert list(table.lines) == ROWS


def test_the_separator_is_not_the_most_frequent_character(folder: Path) -> None:
    text = "rating;author;a,b,c,d,e\n5;Zoë;1,2,3,4,5\n"
    assert read(folder, text)[0] == [(2, {"rating": "5", "author": "Zoë", "a,b,c,d,e": "1,2,3,4,5"})]


def test_one_known_name_alone_is_a_file_of_one_column(folder: Path) -> None:
    assert opened(made(folder, "rating\n5\n")).kind == "CSV with commas"


def test_without_known_names_the_separator_gives_rows_of_equal_length(folder: Path) -> None:
    table = opened(made(folder, "Sterne;Wer, wann\n5;Zoë\n4;Ada, gestern, um 5\n"))
    assert (table.names, table.kind) == (("Sterne", "Wer, wann"), "CSV with semicolons")
    assert opened(made(folder, "Sterne;Wer\n5;Zoë\n4\n")).names == ("Sterne", "Wer")


@pytest.mark.parametrize("first", ["sep=;\n", "SEP=;\r\n", '"sep=;"\r'])
def test_the_first_line_can_tell_the_separator(folder: Path, first: str) -> None:
    table = opened(made(folder, f"{first}rating;author\n5;Zoë\n"))
    assert (table.names, table.header, list(table.lines)) == (
        ("rating", "author"),
        2,
        [(3, {"rating": "5", "author": "Zoë"})],
    )


def test_the_told_separator_wins(folder: Path) -> None:
    assert opened(made(folder, "sep=;\nrating,author\n5,Zoë\n")).names == ("rating,author",)


# Lines


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_row_has_the_line_in_which_it_begins(folder: Path, end: str) -> None:
    lines = ["rating,author", "", '5,"Zoë', "and", 'others"', ",", "   ", "4,Ada"]
    rows, problems = read(folder, end.join(lines))
    assert rows == [(3, {"rating": "5", "author": f"Zoë{end}and{end}others"}), (8, {"rating": "4", "author": "Ada"})]
    assert problems == []


def test_other_line_separators_of_unicode_are_text(folder: Path) -> None:
    rows, _ = read(folder, "rating,author\n5,a\u2028b\x85c\x0bd\x0ce\n4,b\n")
    assert [line for line, _ in rows] == [2, 3]


def test_names_are_stripped_and_blank_lines_before_them_skipped(folder: Path) -> None:
    table = opened(made(folder, "\n , \n rating , Author\t\n5,Zoë\n"))
    assert (table.names, table.header) == (("rating", "Author"), 3)
    assert list(table.lines) == [(4, {"rating": "5", "Author": "Zoë"})]


def test_rows_are_read_while_they_are_asked_for(folder: Path) -> None:
    table = opened(made(folder, HEADER + "5,Zoë,T\n5\n"))
    assert table.problems == []
    assert next(table.lines)[0] == 2
    assert table.problems == []
    assert list(table.lines) == []
    assert [found.line for found in table.problems] == [3]


def test_empty_cells_beyond_the_names_are_harmless(folder: Path) -> None:
    assert read(folder, "rating,author\n5,Zoë,, ,\n4,Ada\n") == (ROWS, [])


@pytest.mark.parametrize(("row", "cells"), [("5,Zoë", 2), ("5,Zoë,T,more", 4), ("5,Zoë,,,more", 5)])
def test_short_and_long_rows_are_told(folder: Path, row: str, cells: int) -> None:
    found = problem(folder, f"{HEADER}5,A,T\n{row}\n")
    assert found == Problem(
        3, "", "the line must have 3 cells, as many as there are columns in line 1", f"it has {cells}"
    )


def test_a_value_in_a_column_without_a_name_is_not_lost(folder: Path) -> None:
    table = opened(made(folder, ",rating,author,\n7,5,Zoë,\n,4,Ada,late\n"))
    assert table.names == ("rating", "author")
    assert list(table.lines) == [
        (2, {"column 1": "7", "rating": "5", "author": "Zoë"}),
        (3, {"rating": "4", "author": "Ada", "column 4": "late"}),
    ]


def test_a_name_that_occurs_twice_is_told_in_the_line_of_the_names(folder: Path) -> None:
    text = "sep=,\nrating,author,rating\n5,Zoë,4\n"
    assert read(folder, text) == ([], [Problem(2, "rating", "the column occurs more than once")])


def test_files_that_were_joined_are_one_table(folder: Path) -> None:
    """Each part has a line with the names, and maybe a byte order mark."""
    parts = [HEADER + "5,Zoë,T\n", '\ufeff"rating","author","title"\n4,Ada,T\n', " Rating,AUTHOR,title\n3,Bob,T\n"]
    rows, problems = read(folder, "".join(parts))
    assert ([line for line, _ in rows], problems) == ([2, 4, 6], [])


def test_other_names_in_the_middle_are_told(folder: Path) -> None:
    found = problem(folder, HEADER + "5,Zoë,T\nauthor,rating,content\n")
    assert (found.line, found.text) == (
        3,
        "this line has other column names than line 1. Import files with other columns one by one",
    )


def test_a_quote_that_does_not_end_is_told_where_it_begins(folder: Path) -> None:
    lines = ["5,A,fine\n"] * 500
    lines[10] = '5,A,"open\n'
    rows, (found,) = read(folder, HEADER + "".join(lines))
    assert (len(rows), found.line) == (10, 12)
    assert found.text.startswith("a quote in this row does not end. Write a quote inside a cell twice")


def test_the_next_quote_after_one_that_does_not_end_is_named(folder: Path) -> None:
    lines = ["5,A,fine\n"] * 500
    lines[10], lines[400] = '5,A,"open\n', '5,A,"fine"\n'
    found = problem(folder, HEADER + "".join(lines))
    assert (found.line, found.value) == (12, "the next quote is in line 402")


def test_each_row_with_quotes_inside_a_cell_is_told_and_the_others_are_read(folder: Path) -> None:
    rows, problems = read(folder, HEADER + '5,A,"great" thing\n4,B,T\n3,C,"he said \\"wow\\" ok"\n2,D,6" pan\n')
    assert [line for line, _ in rows] == [3, 5]
    assert [found.line for found in problems] == [2, 4]
    assert {found.text for found in problems} == {
        'text follows the quote that ends a cell. Write a quote inside a cell twice ("")'
    }


@pytest.mark.parametrize(
    "text", ['rating,"author\n5,Zoë\n', 'rating,"author\n5,Zoë\n4,"Ada"\n', 'rating,"au"thor\n5,Zoë\n']
)
def test_a_broken_line_of_names_is_told_in_line_1(folder: Path, text: str) -> None:
    rows, problems = read(folder, text)
    assert (rows, [found.line for found in problems]) == ([], [1])


def test_a_quote_that_does_not_end_does_not_take_the_memory_of_the_file(folder: Path) -> None:
    file = made(folder, HEADER + '5,A,"open\n' + "5,Author,A title of some length\n" * 300_000)
    table = opened(file)
    tracemalloc.start()
    try:
        assert list(table.lines) == []
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert table.problems[0].line == 2
    assert peak < file.stat().st_size


def test_a_file_without_rows_has_no_lines(folder: Path) -> None:
    for content in ("", "\n\n", "\ufeff"):
        table = opened(made(folder, content))
        assert (table.names, list(table.lines), table.problems) == ((), [], [])
    assert read(folder, HEADER) == ([], [])


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
ENCODINGS = [("utf-8", ""), ("utf-8", "\ufeff"), ("utf-16-le", "\ufeff"), ("utf-16-be", "\ufeff"), ("cp1252", "")]
"""Encodings, and the byte order mark that files have in them."""
NARROW = st.text(st.sampled_from('aZ5 ,;\t|"\n\ré–“”'), max_size=12)


@settings(steady, max_examples=200)
@given(data=st.data(), separator=st.sampled_from(",;\t|"), end=st.sampled_from(["\n", "\r\n", "\r"]))
def test_what_csv_wrote_is_read_back_in_each_encoding(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, separator: str, end: str
) -> None:
    encoding, mark = data.draw(
        st.sampled_from(
            [("utf-8", ""), ("utf-8", "\ufeff"), ("utf-16-le", "\ufeff"), ("utf-16-be", "\ufeff"), ("cp1252", "")]
        )
    )
    cell = NARROW if encoding == "cp1252" else TEXT
    rows = data.draw(st.lists(st.lists(cell, min_size=3, max_size=3), max_size=6))
    names = ["rating", "author", "title"]
    text, expected = io.StringIO(newline=""), list[tuple[int, dict[str, str]]]()
    writer = csv.writer(text, delimiter=separator, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(names)
    for cells in rows:
        # The number of line breaks before: pairs first, then what is left of them.
        line = text.getvalue().replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
        writer.writerow(cells)
        if any(cell.strip() for cell in cells):
            expected.append((line, dict(zip(names, cells, strict=True))))
    file = tmp_path_factory.mktemp("csv") / "in.csv"
    file.write_bytes((mark + text.getvalue()).encode(encoding))
    table = opened(file, encoding="cp1252" if encoding == "cp1252" else None)
    assert (list(table.lines), table.problems) == (expected, [])


# Formats


def test_what_a_file_is_is_told_by_its_content(folder: Path) -> None:
    rows = [{"rating": 5, "author": "Zoë"}]
    for name in ("in.csv", "in.txt", "in.json", "in.jsonl", "in"):
        assert read(folder, json.dumps(rows, indent=1), name)[0] == [(2, rows[0])]
        assert read(folder, "\n\n" + json.dumps(rows[0]) + "\n" + json.dumps(rows[0]), name)[0] == [
            (3, rows[0]),
            (4, rows[0]),
        ]
        assert read(folder, workbook({"S": [["rating"], [5]]}), name)[0] == [(2, {"rating": "5"})]


@pytest.mark.parametrize("name", ["in.csv", "in.csv.gz"])
def test_compressed_files_are_read(folder: Path, name: str) -> None:
    for content in (b"rating,author\n5,Zo\xc3\xab\n4,Ada\n", b"\xef\xbb\xbfrating;author\n5;Zo\xc3\xab\n4;Ada\n"):
        table = opened(made(folder, gzip.compress(content), name))
        assert list(table.lines) == ROWS
        assert table.kind.endswith(", compressed with gzip")
    assert read(folder, gzip.compress(b'[{"rating": 5}]'), name)[0] == [(1, {"rating": 5})]
    assert read(folder, gzip.compress(workbook({"S": [["rating"], [5]]})), name)[0] == [(2, {"rating": "5"})]


def test_damaged_compressed_files_are_told(folder: Path) -> None:
    whole = gzip.compress(HEADER.encode() * 1000)
    for content in (whole[:-20], whole[:-8] + bytes(8), whole[:10] + b"\xff" * 9 + whole[19:], whole[:5]):
        assert refusal(folder, content) == " is a gzip file that is damaged or incomplete. Download or export it again."
    assert refusal(folder, gzip.compress(whole)) == " is compressed twice. Unpack it once, and import the result."


def zipped(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return content.getvalue()


def tarred() -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("reviews.csv"))
    return gzip.compress(content.getvalue(), mtime=0)


NO_TABLES = {
    "zip": (zipped("a.csv", "b.csv"), "a ZIP archive (a.csv, b.csv). Unpack it, and import the file that is inside."),
    "numbers": (
        zipped("Index/Document.iwa"),
        "an Apple Numbers document. Export it there as CSV, and import that file.",
    ),
    "cut": (
        b"PK\x03\x04\x14\x00\x06\x00\x08\x00",
        "an Excel workbook or a ZIP archive that is damaged or incomplete. Download or save it again.",
    ),
    "tar": (tarred(), "an archive. Unpack it, and import the file that is inside."),
    "pdf": (b"%PDF-1.7\n", "a PDF document. Export the reviews as CSV, and import that file."),
    "picture": (
        b"\x89PNG\r\n\x1a\n\0\0",
        "neither text nor a workbook. Export the reviews as CSV, and import that file.",
    ),
}


@pytest.mark.parametrize("what", NO_TABLES)
@pytest.mark.parametrize("name", ["in.csv", "in.xlsx"])
def test_what_is_no_table_is_told_with_the_remedy(folder: Path, what: str, name: str) -> None:
    content, told = NO_TABLES[what]
    assert refusal(folder, content, name) == f" is {told}"


@pytest.mark.parametrize("text", ["<!DOCTYPE html><html>", "\ufeff\n<table><tr>", '<?xml version="1.0"?>'])
def test_a_web_page_is_told(folder: Path, text: str) -> None:
    assert "is a web page (HTML) or XML, and no table. If it was downloaded, log in" in refusal(folder, text)


def test_a_file_that_is_not_there_is_told(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.csv: No such file or directory"):
        opened(folder / "none.csv")


def test_the_format_can_be_given(folder: Path) -> None:
    file = made(folder, '{"rating": 5}\n{"rating": \n')
    table = opened(file, kind=Kind.jsonl)
    assert [line for line, _ in table.lines] == [1]
    assert opened(file, kind=Kind.csv).names == ('{"rating": 5}',)
    with pytest.raises(ConfigurationError, match="is no Excel workbook"):
        opened(file, kind=Kind.xlsx)


# Workbooks


def test_cells_of_workbooks_are_text_and_dates(folder: Path) -> None:
    numbers: list[tuple[float, str]] = [
        (8100000000019.0, "8100000000019"),
        (5.0, "5"),
        (4.5, "4.5"),
        (1e-7, "0.0000001"),
        (-3.0, "-3"),
        (1e15, "1000000000000000"),
    ]
    rows: list[list[Cell]] = [["rating", "author"]]
    rows += [[number, "Zoë & Co"] for number, _ in numbers]
    rows += [[True, datetime(2026, 5, 14)], [None, datetime(2026, 5, 14, 10, 30)], [" ", None], ["007", "5.0"]]
    table = opened(made(folder, workbook({"Sheet": rows}), "in.xlsx"))
    assert (table.names, table.kind, table.header) == (("rating", "author"), 'workbook, sheet "Sheet"', 1)
    assert list(table.lines) == [
        *((n, {"rating": text, "author": "Zoë & Co"}) for n, (_, text) in enumerate(numbers, 2)),
        (8, {"rating": "TRUE", "author": datetime(2026, 5, 14)}),
        (9, {"rating": "", "author": datetime(2026, 5, 14, 10, 30)}),
        (11, {"rating": "007", "author": "5.0"}),
    ]
    assert table.problems == []


def test_the_first_visible_sheet_with_rows_is_read(folder: Path) -> None:
    row: list[list[Cell]] = [["rating"], [5]]
    content = workbook({"Empty": [], "Lists": [["x"]], "Reviews": row, "More": [["y"]]}, hidden=["Lists"])
    assert opened(made(folder, content)).kind == 'workbook, sheet "Reviews"'
    assert opened(made(folder, workbook({"A": [], "B": row}, hidden=["B"]))).kind == 'workbook, sheet "B"'
    assert list(opened(made(folder, workbook({"A": []}))).lines) == []


def test_rows_of_workbooks_have_the_numbers_that_people_see(folder: Path) -> None:
    table = opened(made(folder, workbook({"S": [[], [], ["rating"], [], [5], ["rating"], [4]]})))
    assert (table.header, [line for line, _ in table.lines]) == (3, [5, 7])


def test_a_missing_package_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "python_calamine":
            raise ImportError(name)
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    assert "pip install 'trustoo[xlsx]'" in refusal(folder, workbook({"S": [["rating"], [5]]}))


def test_damaged_workbooks_are_told(folder: Path) -> None:
    whole = workbook({"S": [["rating"], [5]]})
    for content in (whole[:-30], zipped("xl/other.xml"), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600):
        assert "save it" in refusal(folder, content, "in.xls").lower()


def test_an_unknown_version_of_zip_is_told(folder: Path) -> None:
    content = bytearray(workbook({"S": [["rating"], [5]]}))
    content[content.index(b"PK\x01\x02") + 6] = 125
    assert "damaged or incomplete" in refusal(folder, bytes(content))


@pytest.mark.parametrize(("module", "is_told"), [("pyo3_runtime", True), ("other", False)])
def test_a_panic_of_the_library_is_an_error_of_the_workbook(
    folder: Path, monkeypatch: pytest.MonkeyPatch, module: str, is_told: bool
) -> None:
    panic = type("PanicException", (BaseException,), {"__module__": module})

    def panicking(_: object) -> None:
        raise panic("slice index starts at 4096")

    monkeypatch.setattr("python_calamine.load_workbook", panicking)
    with pytest.raises(ConfigurationError if is_told else panic, match="slice index starts at 4096"):
        opened(made(folder, workbook({"S": [["rating"], [5]]})))


# JSON

OBJECTS: list[dict[str, Any]] = [
    {"rating": 5, "author": "Zoë", "media": [{"url": "https://e.example/a.png"}]},
    {"rating": 4.0, "author": "Ada \U0001f600", "title": None},
]


@pytest.mark.parametrize("indent", [None, 1, "\t"])
@pytest.mark.parametrize("wrapper", [None, {"page": 1, "status": "ok"}])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_documents_of_json_are_read(folder: Path, indent: Any, wrapper: Any, encoding: str) -> None:
    document = OBJECTS if wrapper is None else {**wrapper, "reviews": OBJECTS}
    text = json.dumps(document, indent=indent, ensure_ascii=False)
    rows, problems = read(folder, text.encode(encoding))
    assert ([values for _, values in rows], problems) == (OBJECTS, [])
    begins = [line for line, content in enumerate(text.split("\n"), 1) if content.strip().startswith('"rating"')]
    assert [line for line, _ in rows] == ([line - 1 for line in begins] if indent else [1, 1])


def test_one_object_with_photos_is_one_review(folder: Path) -> None:
    for name in ("in.json", "in.jsonl"):
        for indent in (None, 1):
            assert read(folder, json.dumps(OBJECTS[0], indent=indent), name)[0] == [(1, OBJECTS[0])]


def test_an_object_with_no_or_two_lists_is_one_row(folder: Path) -> None:
    assert read(folder, '{"reviews": []}') == ([], [])
    two = {"reviews": OBJECTS, "products": OBJECTS}
    assert read(folder, json.dumps(two))[0] == [(1, two)]


def test_lines_are_those_of_the_list_and_not_of_what_stands_before_it(folder: Path) -> None:
    rows, _ = read(folder, '{"page": 1,\n"first": {"rating": 5},\n"reviews": [\n{"rating": 5}]}')
    assert rows == [(4, {"rating": 5})]


def test_equal_rows_have_their_own_lines(folder: Path) -> None:
    rows, _ = read(folder, '[\n{"rating": 5},\n{},\n{"rating": 5}, {"media": {}},\n{}]')
    assert [line for line, _ in rows] == [2, 3, 4, 4, 5]


def test_half_a_character_does_not_hide_the_other_rows(folder: Path) -> None:
    text = '[\n{"author": "cut \\ud83d"},\n{"author": "\\uD83D\\uDE00"}]'
    assert read(folder, text)[0] == [(2, {"author": "cut \ud83d"}), (3, {"author": "\U0001f600"})]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[\n{"rating": 5},\n{"rating" 4}\n]', 3),
        ('[\n{"rating": 5},\n{"rating": 4', 3),
        ('[\n{"rating": 5}]\n[\n{"rating": 4}]', 3),
        ("[" * 100_000, 1),
        ('{\n"a": 1,\n"b": }', 3),
    ],
)
def test_errors_of_documents_have_their_line(folder: Path, text: str, line: int) -> None:
    found = problem(folder, text, "in.json")
    assert (found.line, found.text.partition(": ")[0]) == (line, "this is not valid JSON")


def test_what_is_no_object_is_told(folder: Path) -> None:
    rows, problems = read(folder, '[1,\n{"rating": 5},\n\n["x"]]')
    assert ([line for line, _ in rows], [found.line for found in problems]) == ([2], [1, 4])
    assert {found.text for found in problems} == {"this is not a JSON object"}


def test_json_lines_tell_each_wrong_line(folder: Path) -> None:
    text = '{"rating": 5}\n\n{"rating": \n[1]\n"x"\r\n{"author": "a\u2028b"}\n{"rating": 1' + "0" * 5000 + "}\n"
    rows, problems = read(folder, text, "in.jsonl")
    assert rows == [(1, {"rating": 5}), (6, {"author": "a\u2028b"})]
    assert [(found.line, found.text) for found in problems] == [
        (3, "this is not valid JSON: Expecting value"),
        (4, "this is not a JSON object"),
        (5, "this is not a JSON object"),
        (7, "this is not valid JSON: it is nested too deep, or has too long a number"),
    ]


@pytest.mark.parametrize("name", ["in.jsonl", "in.ndjson", "in.json", "in.jsonl.gz"])
def test_a_name_of_json_counts_where_the_content_does_not_tell(folder: Path, name: str) -> None:
    assert problem(folder, "rating: 5\n", name).text == "this is not valid JSON: Expecting value"


@pytest.mark.parametrize("ending", ["csv", "json", "jsonl"])
def test_the_memory_is_at_most_the_text_of_the_file_and_a_row(folder: Path, ending: str) -> None:
    rows = [
        {"rating": str(n % 5), "author": f"Author {n}", "content": "Boils fast \U0001f600 " * 30} for n in range(9000)
    ]
    text = io.StringIO(newline="")
    if ending == "csv":
        writer = csv.DictWriter(text, ["rating", "author", "content"])
        writer.writeheader()
        writer.writerows(rows)
    else:
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        text.write("\n".join(lines) if ending == "jsonl" else f"[{','.join(lines)}]")
    file = made(folder, text.getvalue(), f"in.{ending}")
    del text, rows
    tracemalloc.start()
    try:
        table = opened(file)
        assert sum(1 for _ in table.lines) == 9000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < (2.5 if ending == "json" else 0.6) * file.stat().st_size


STARTS = [
    b"",
    b"\x1f\x8b\x08",
    b"PK\x03\x04",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"{",
    b'[{"',
    b"sep=",
    b'rating,"',
    b"rating;",
]


@settings(steady, max_examples=300)
@given(start=st.sampled_from(STARTS), rest=st.binary(max_size=60), is_compressed=st.booleans())
def test_any_content_is_a_table_or_a_clear_error(
    tmp_path_factory: pytest.TempPathFactory, start: bytes, rest: bytes, is_compressed: bool
) -> None:
    content = gzip.compress(start + rest) if is_compressed else start + rest
    file = made(tmp_path_factory.mktemp("any"), content)
    with suppress(ConfigurationError):
        table = opened(file)
        assert all(line > 0 for line, _ in table.lines)
        assert all(found.line > 0 and found.text for found in table.problems)
