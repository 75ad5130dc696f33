"""Every format holds every review as it was received, and only what the export wrote there is changed."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest
from trustoo.cli.exports import Column, Exported, ExportFormat, Layout, Mode, open_export, write_rows
from trustoo.cli.exports.store import sqlite_context
from trustoo.errors import ConfigurationError, TrustooError

from tests.cli.conftest import Machine, reviews
from tests.cli.exports.readers import rows_of
from tests.cli.exports.service import LAYOUT, export

FORMATS = [format.value for format in ExportFormat]
DATABASES = [format.value for format in ExportFormat if format.is_database]
FILES = [format for format in FORMATS if format not in DATABASES]
OWN = ["_added_at", "_changed_at", "_deleted_at", "_digest"]
ODD: list[dict[str, Any]] = [
    {"id": "9", "content": "half \ud83e of a pair", "author": "nul \x00, bell \x07", "media": ["\ud83e"]},
    {"id": "8", "rating": 4.5, "is_verified": 1 << 70, "media": [], "reply": {"content": "deep", "more": [{}]}},
    {"id": "7", "rating": "five", "created_at": "yesterday", "author": 12, "extra": "a member of that name"},
    {"id": "4", "media": [float("inf")], "reply": {"content": "fine"}, "more": float("inf")},
    {"id": "6", "content": "", "created_at": "", "title": None, "later": None},
    {"id": "5", "created_at": "2026-01-31T08:00:00+01:00", "commented_at": "1767225600"},
]


def text(value: object) -> str:
    """A value as a cell has it."""
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize("format", FORMATS)
def test_each_format_has_each_review_once(tmp_path: Path, format: str) -> None:
    file, wanted = tmp_path / f"out.{format}", reviews(25)
    done = export(wanted, file, Mode.new, size=10)
    assert (done.new, done.changed, done.gone, done.rows) == (25, None, None, 25)
    found = sorted(rows_of(file), key=lambda row: -int(row["id"]))
    for row, review in zip(found, wanted, strict=True):
        assert str(row["id"]) == review["id"]
        assert str(row["content"]).replace("\r\n", "\n") == review["content"]
        assert (row["author"], float(row["rating"])) == (review["author"], review["rating"])
        extra = row.get("extra") or "{}"
        assert (row if format == "jsonl" else json.loads(extra))["later"] == review["later"]
    if format in FILES:
        assert [str(row["id"]) for row in rows_of(file)] == [str(review["id"]) for review in wanted]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("mode", Mode)
def test_a_second_run_changes_no_byte(tmp_path: Path, format: str, mode: Mode) -> None:
    file = tmp_path / f"out.{format}"
    export(reviews(25), file, mode)
    before, at = file.read_bytes(), file.stat().st_mtime_ns
    done = export(reviews(25), file, mode)
    assert (done.new, done.changed or 0, done.gone or 0, done.rows) == (0, 0, 0, 25)
    assert (file.read_bytes(), file.stat().st_mtime_ns) == (before, at)


@pytest.mark.parametrize("format", FORMATS)
def test_odd_values_are_exported_and_stay_the_same(tmp_path: Path, format: str) -> None:
    file = tmp_path / f"out.{format}"

    def take() -> Exported:
        with open_export(file, ExportFormat(format), LAYOUT) as opened:
            return opened.take(ODD)

    take()
    rows = {str(row["id"]).removesuffix(".0"): row for row in rows_of(file)}
    assert set(rows) == {review["id"] for review in ODD}
    if format == "jsonl":
        assert list(rows.values()) == ODD
    else:
        extra = {name: json.loads(row["extra"] or "{}") for name, row in rows.items()}
        assert json.loads(rows["8"]["reply"]) == ODD[1]["reply"]
        assert rows["9"]["content"] == "half \\ud83e of a pair"
    if format in ("duckdb", "parquet", "sqlite"):  # values that do not fit their columns are in `extra`
        assert extra["7"] == {"rating": "five", "created_at": "yesterday", "extra": "a member of that name"}
        assert extra["8"] == {"is_verified": 1 << 70}
        assert rows["7"]["author"] == "12"
        assert str(rows["5"]["created_at"]) == "2026-01-31 07:00:00"
        assert str(rows["5"]["commented_at"]) == "2026-01-01 00:00:00"
        assert rows["6"]["created_at"] is None
    elif format != "jsonl":
        assert (rows["7"]["rating"], rows["7"]["created_at"]) == ("five", "yesterday")
        assert extra["7"] == {"extra": "a member of that name"}
        assert rows["8"]["is_verified"] == str(1 << 70)
    again = take()
    assert (again.new, again.changed, again.gone) == (0, 0, 0)


@pytest.mark.parametrize(("format", "package"), [("xlsx", "xlsxwriter"), ("parquet", "duckdb"), ("duckdb", "duckdb")])
def test_a_missing_package_is_one_sentence(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, format: str, package: str
) -> None:
    machine.service.pages("reviews.list", reviews(3))
    monkeypatch.setitem(sys.modules, package, None)
    for module in ("duckdb", "workbook"):
        monkeypatch.delitem(sys.modules, f"trustoo.cli.exports.{module}", raising=False)
    done = machine.run("reviews", "export", f"out.{format}")
    extra = "xlsx" if format == "xlsx" else "duckdb"
    sentence = f"This format needs the package {package}. Install it: pip install 'trustoo[{extra}]'"
    assert (done.code, done.err) == (2, f"Error: {sentence}\n")
    assert not (machine.folder / f"out.{format}").exists()
    assert machine.service.received == [], "the package is missed before anything is sent"


def test_the_libraries_of_formats_are_imported_when_they_are_used() -> None:
    program = "import sys; import trustoo.cli.app; print(*{'duckdb', 'xlsxwriter'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_a_cell_that_excel_would_cut_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "out.xlsx"
    export(reviews(2), file)
    before = file.read_bytes()
    with pytest.raises(TrustooError, match=r"32,767 characters, and the column content of the row 2 has more"):
        export([{"id": "2", "content": "x" * 32_768}, *reviews(2)], file)
    assert file.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"out.xlsx", "out.xlsx.lock", "out.xlsx.state"}
    new = tmp_path / "new.xlsx"
    with pytest.raises(TrustooError, match="--without content"):
        export([{"id": "2", "content": "x" * 32_768}], new)
    assert not new.exists()
    assert export([{"id": "2", "content": "x" * 32_768}], new, layout=LAYOUT.without(["content"])).new == 1


def test_a_sheet_that_excel_would_cut_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trustoo.cli.exports.workbook.MOST_ROWS", 4)
    export(reviews(3), tmp_path / "three.xlsx")
    with pytest.raises(TrustooError, match="at most 3 rows"):
        export(reviews(4), tmp_path / "four.xlsx")
    assert not (tmp_path / "four.xlsx").exists()


@pytest.mark.parametrize("format", FORMATS)
def test_few_rows_are_in_memory_at_a_time(tmp_path: Path, format: str) -> None:
    """What Python holds. `python -m benchmarks.exports` measures whole processes."""

    def rows(number: int) -> Iterator[Mapping[str, str]]:
        return ({"id": str(n), "content": f"{n} ".ljust(10_000, "x")} for n in range(number))

    def peak(number: int) -> int:
        layout = Layout("reviews", (Column("id", "text"), Column("content", "text")))
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        with open_export(tmp_path / f"{number}.{format}", ExportFormat(format), layout) as opened:
            assert opened.take(rows(number)).new == number
        return tracemalloc.get_traced_memory()[1] - before

    tracemalloc.start()
    try:
        peak(50)
        assert peak(600) < 3_000_000, "6 MB of rows"
    finally:
        tracemalloc.stop()


# Databases


def connected(file: Path) -> Any:
    return closing(
        sqlite3.connect(file, isolation_level=None) if file.suffix == ".sqlite" else duckdb.connect(str(file))
    )


@pytest.mark.parametrize("format", DATABASES)
def test_what_else_is_in_a_database_is_left_alone(tmp_path: Path, format: str) -> None:
    file = tmp_path / f"shop.{format}"
    with connected(file) as database:
        database.execute("CREATE TABLE mine (id INTEGER)")
        database.execute("INSERT INTO mine VALUES (5)")
    export(reviews(5), file)
    with connected(file) as database:
        database.execute("ALTER TABLE reviews ADD COLUMN note TEXT")
        database.execute("UPDATE reviews SET note = 'answer her' WHERE id = '3'")
        database.execute("CREATE VIEW best AS SELECT * FROM reviews WHERE rating = 5")
    changed = [review | {"content": "edited"} for review in reviews(6)]
    assert export(changed, file).changed == 5
    notes = {row["id"]: (row["content"], row["note"]) for row in rows_of(file)}
    assert notes["3"] == ("edited", "answer her")
    assert notes["5"] == ("edited", None)
    with connected(file) as database:
        assert database.execute("SELECT * FROM mine").fetchall() == [(5,)]
        assert database.execute("SELECT count(*) FROM best").fetchone() == (1,)


@pytest.mark.parametrize("format", DATABASES)
def test_a_table_of_somebody_else_is_refused(tmp_path: Path, format: str) -> None:
    file = tmp_path / f"shop.{format}"
    with connected(file) as database:
        database.execute("CREATE TABLE reviews (id INTEGER)")
    with pytest.raises(ConfigurationError, match="has a table reviews that is not an export"):
        export(reviews(5), file)
    assert {path.name for path in tmp_path.iterdir()} == {file.name, f"{file.name}.lock"}


@pytest.mark.parametrize("format", DATABASES)
def test_a_database_has_a_table_for_each_export(tmp_path: Path, format: str) -> None:
    file = tmp_path / f"shop.{format}"
    export(reviews(5), file)
    layout = Layout("orders", (Column("number", "integer"), Column("extra")), key="number")
    days: list[list[dict[str, Any]]] = [[{"number": 1, "total": "9"}, {"number": 2}], [{"number": 2}, {"number": 3}]]
    for orders in days:
        with open_export(file, ExportFormat(format), layout) as opened:
            done = opened.take(orders)
    assert (done.new, done.changed, done.gone, done.rows) == (1, 0, 1, 2)
    with connected(file) as database:
        statement = "SELECT number, extra FROM orders WHERE _deleted_at IS NOT NULL"
        assert database.execute(statement).fetchall() == [(1, '{"total": "9"}')]
    assert len(rows_of(file)) == 5


@pytest.mark.parametrize("format", FORMATS)
def test_rows_without_a_key_are_recognised_by_their_content(tmp_path: Path, format: str) -> None:
    file = tmp_path / f"events.{format}"
    layout = Layout("reviews", (Column("kind", "text"), Column("at", "time")), key=None)
    events = [{"kind": "opened", "at": "2026-01-01 08:00:00"}, {"kind": "sent"}, {"kind": "sent"}]
    for rows, wanted in ((events, (2, 0, 0)), (events, (0, 0, 0)), (events[1:], (0, 0, 1))):
        with open_export(file, ExportFormat(format), layout) as opened:
            done = opened.take(rows)
        assert (done.new, done.changed, done.gone) == wanted


def test_a_database_that_is_in_use_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "shop.sqlite"
    export(reviews(5), file)
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, timeout=0))
    with connected(file) as database:
        database.execute("BEGIN EXCLUSIVE")
        with pytest.raises(ConfigurationError, match=r"shop\.sqlite: database is locked\. Close the program"):
            export(reviews(6), file)
    assert len(rows_of(file)) == 5
    assert export(reviews(6), file).new == 1


@pytest.mark.parametrize("format", DATABASES)
def test_a_file_that_is_no_database_is_named(tmp_path: Path, format: str) -> None:
    file = tmp_path / f"shop.{format}"
    file.write_bytes(b"mine" * 2000)
    with pytest.raises(ConfigurationError, match=file.name):
        export(reviews(5), file)
    assert file.read_bytes() == b"mine" * 2000


# Files without a state


@pytest.mark.parametrize("format", FILES)
def test_rows_can_be_written_to_a_file_without_a_state(tmp_path: Path, format: str) -> None:
    file = tmp_path / f"out.{format}"
    for number in (3, 5):
        assert write_rows(reviews(number), file, ExportFormat(format), LAYOUT) == number
        assert len(rows_of(file)) == number
    before = file.read_bytes()

    def broken() -> Iterator[Mapping[str, object]]:
        yield from reviews(2)
        raise TrustooError("The service did not respond.")

    with pytest.raises(TrustooError, match="did not respond"):
        write_rows(broken(), file, ExportFormat(format), LAYOUT)
    assert file.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {file.name, f"{file.name}.lock"}


@pytest.mark.parametrize("code", range(1, 29))
def test_each_error_of_sqlite_says_whether_running_again_helps(code: int) -> None:
    """Extended codes have the code in their lower eight bits."""
    error = sqlite3.OperationalError("broken on purpose")
    error.sqlite_errorcode = 256 + code
    with pytest.raises(TrustooError) as caught, sqlite_context(Path("shop.sqlite")):
        raise error
    is_full = code in (10, 13)  # SQLITE_IOERR, SQLITE_FULL
    assert isinstance(caught.value, ConfigurationError) is not is_full
    assert ("The disk may be full" in str(caught.value)) is is_full
    assert ("Close the program that uses it" in str(caught.value)) is (code in (5, 6))  # SQLITE_BUSY, SQLITE_LOCKED
    assert "shop.sqlite" in str(caught.value)
