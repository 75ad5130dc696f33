"""Cells that spreadsheets would run are text in CSV, and an import gets back what was exported."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from trustoo.cli.exports import Column, ExportFormat, FileOptions, Layout, write_rows
from trustoo.cli.formulas import guarded, unguarded
from trustoo.cli.imports.tables import open_table

from tests.cli.exports.readers import rows_of

HOSTILE = ["=1+1", "+33 6 12", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "=HYPERLINK(A1)", "+", "-", "'=1", "''@x"]
HARMLESS = ["", "fine", "'fine'", "-5", "+3.5", "1e9", "-.5", " =1", "a=b", "'", "'5"]
ROWS = Layout("rows", (Column("id", "text"), Column("text", "text")))


@pytest.mark.parametrize("cell", HOSTILE)
def test_what_a_spreadsheet_would_run_becomes_text(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", HARMLESS)
def test_other_cells_and_numbers_stay_as_they_are(cell: str) -> None:
    assert guarded(cell) == cell


@given(st.text(st.sampled_from("'=+-@\t\r5. a"), max_size=6) | st.text(max_size=6))
@example("'=")
def test_the_apostrophe_that_was_put_before_a_cell_is_taken_off_again(text: str) -> None:
    assert unguarded(guarded(text)) == text


def written(folder: Path, raw: bool) -> Path:
    file = folder / "out.csv"
    rows = ({"id": str(number), "text": text} for number, text in enumerate(HOSTILE + HARMLESS))
    write_rows(rows, file, ExportFormat.csv, ROWS, options=FileOptions(raw=raw))
    return file


def test_an_import_reads_what_the_export_had(tmp_path: Path) -> None:
    table = open_table(written(tmp_path, raw=False), is_known=lambda name: name == "id")
    assert [values.get("text", "") for _, values in table.lines] == HOSTILE + HARMLESS


def test_raw_leaves_cells_as_they_are(tmp_path: Path) -> None:
    assert [row["text"] for row in rows_of(written(tmp_path, raw=True))] == HOSTILE + HARMLESS
    assert [row["text"] for row in rows_of(written(tmp_path, raw=False))] != HOSTILE + HARMLESS


def test_text_is_text_in_a_workbook_and_numbers_are_numbers(tmp_path: Path) -> None:
    file = tmp_path / "out.xlsx"
    texts = [*HOSTILE, *HARMLESS, "https://example.com", "00123", "_x0041_", "1" * 20]
    rows = [{"id": number, "text": text} for number, text in enumerate(texts)]
    write_rows([*rows, {"id": 1 << 60, "text": 4.5}], file, ExportFormat.xlsx, ROWS)
    found = rows_of(file)
    read = [str(row["text"]).replace("\n", "\r").replace("_x000D_", "\r") for row in found[:-1]]  # XML escapes a CR
    assert read == texts
    assert [row["id"] for row in found[:-1]] == [*range(len(texts))]
    assert found[-1] == {"id": str(1 << 60), "text": 4.5}
