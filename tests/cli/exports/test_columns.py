"""The columns of exports are documented and stay where they are. Members that the API gets later follow behind them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from trustoo.cli.exports import Column, ExportFormat, Layout, Mode, layout_of, open_export
from trustoo.cli.reviews import EXPORTED
from trustoo_api.models import Review

from tests.cli.conftest import Machine, reviews
from tests.cli.exports.readers import rows_of
from tools.spec import LOADER

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "docs" / "exports.md").read_text(encoding="utf-8")
FORMATS = [format.value for format in ExportFormat]
OWN = ("_added_at", "_changed_at", "_deleted_at", "_digest")


def documented() -> list[tuple[str, str]]:
    """The names and kinds of the columns, in the order of the guide."""
    return re.findall(r"^\| `(\w+)` \| (text|integer|number|boolean|time|json) \|", GUIDE, re.MULTILINE)


def test_the_guide_has_the_columns_in_their_order() -> None:
    """Append members that the OpenAPI spec got: as the last properties of Review there, and as the last lines here."""
    columns = [(column.name, column.kind) for column in EXPORTED.columns]
    assert [(name, kind) for name, kind in documented() if name not in OWN] == columns
    assert columns[:2] == [("id", "text"), ("rating", "number")]


def test_the_columns_are_the_members_of_the_spec_and_extra() -> None:
    spec = yaml.load((ROOT / "openapi.yaml").read_bytes(), LOADER)
    members = [*spec["components"]["schemas"]["Review"]["properties"]]
    assert [name for name in EXPORTED.names if name != "extra"] == members
    assert set(documented()) >= {(name, "time") for name in OWN[:3]}


@pytest.mark.parametrize("first", [1, 19, 20])
def test_members_that_come_later_follow_behind_the_others(first: int) -> None:
    """As if the spec had had this number of members at first."""
    names = layout_of(Review, "reviews", first=first).names
    assert names.index("extra") == first
    assert [name for name in names if name != "extra"] == [name for name in EXPORTED.names if name != "extra"]


OLDER = Layout("reviews", (Column("id", "text"), Column("rating", "number"), Column("extra"), Column("left", "text")))
NEWER = Layout(
    "reviews",
    (Column("id", "text"), Column("at", "time"), Column("rating", "number"), Column("more"), Column("extra")),
)
ROWS: list[dict[str, Any]] = [
    {"id": "1", "rating": 5, "left": "old", "at": "2026-01-31T08:00:00Z", "more": [1], "other": "x"},
    {"id": "2", "rating": 4, "at": "soon"},
    {"id": "3", "rating": 3},
]


@pytest.mark.parametrize("format", FORMATS)
def test_an_export_with_fewer_columns_gets_the_new_ones_at_its_end(tmp_path: Path, format: str) -> None:
    file = tmp_path / f"out.{format}"
    for layout, new in ((OLDER, 3), (NEWER, 0), (NEWER, 0)):
        with open_export(file, ExportFormat(format), layout) as export:
            done = export.take(ROWS)
        assert (done.new, done.changed, done.gone) == (new, 0, 0)
    rows = {str(row["id"]).removesuffix(".0"): row for row in rows_of(file)}
    if format == "jsonl":
        assert [*rows.values()] == ROWS
        return
    names = [name for name in rows["1"] if name not in OWN]
    assert names == ["id", "rating", "extra", "left", "at", "more"]
    assert rows["1"]["left"] == "old"
    assert json.loads(rows["1"]["more"]) == [1]
    assert json.loads(rows["1"]["extra"]) == {"other": "x"}, "the values are where they belong now"
    is_typed = format in ("sqlite", "duckdb", "parquet")
    assert str(rows["1"]["at"]) == ("2026-01-31 08:00:00" if is_typed else "2026-01-31T08:00:00Z")
    assert (rows["2"]["at"], rows["2"]["extra"]) == ((None, '{"at": "soon"}') if is_typed else ("soon", ""))


@pytest.mark.parametrize("format", ["csv", "duckdb"])
def test_new_columns_come_with_the_mode_new_too(tmp_path: Path, format: str) -> None:
    file = tmp_path / f"out.{format}"
    with open_export(file, ExportFormat(format), replace(EXPORTED, columns=EXPORTED.columns[:-2])) as export:
        export.take(reviews(3))
    with open_export(file, ExportFormat(format), EXPORTED) as export:
        export.take(reviews(3))
    assert [name for name in rows_of(file)[0] if name not in OWN] == [*EXPORTED.names]


PERSONAL = [{**review, "author_email": "zoe@example.com", "author_phone": "+33 6"} for review in reviews(5)]


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_left_out_is_nowhere(machine: Machine, format: str) -> None:
    machine.service.pages("reviews.list", PERSONAL)
    run = ["reviews", "export", f"out.{format}", "--without", "author_email, author_phone"]
    assert machine.run(*run).code == 0
    for path in machine.folder.iterdir():
        if path.is_file():
            content = path.read_bytes()
            assert b"zoe@example.com" not in content, path
            assert b"+33 6" not in content, path
    row = rows_of(machine.folder / f"out.{format}")[0]
    assert "author_email" not in row
    assert machine.run(*run, "--mode", "full").out.startswith("Nothing changed")
    other = machine.run("reviews", "export", f"out.{format}", "--mode", "full")
    assert (other.code, "--without author_email,author_phone, and not with" in other.err) == (2, True)


def test_what_is_left_out_is_no_change(machine: Machine) -> None:
    run = ["reviews", "export", "out.csv", "--without", "author_email", "--mode", "full", "--json"]
    for email in ("a@example.com", "b@example.com"):
        machine.service.pages("reviews.list", [{**review, "author_email": email} for review in reviews(5)])
        done = machine.run(*run).json
    assert done["changed"] == 0


def test_columns_are_those_that_are_wanted(machine: Machine) -> None:
    machine.service.pages("reviews.list", PERSONAL)
    machine.run("reviews", "export", "out.csv", "--columns", "rating,id")
    assert [*rows_of(machine.folder / "out.csv")[0]] == ["rating", "id"]
    machine.run("reviews", "export", "out.jsonl", "--columns", "rating")
    assert rows_of(machine.folder / "out.jsonl")[0] == {"rating": 5}
    printed = machine.run("reviews", "export", "-", "--columns", "rating", "--limit", 2).out
    assert printed.split() == ["rating", "5", "4"]
    done = machine.run("reviews", "export", "out.duckdb", "--columns", "rating")
    assert (done.code, "needs the column id" in done.err) == (2, True)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((), ("--columns", "id,rating")),
        (("--columns", "id,rating"), ()),
        (("--columns", "id,rating"), ("--columns", "id,author")),
    ],
)
def test_an_export_goes_on_with_its_own_columns_only(
    machine: Machine, first: tuple[str, ...], second: tuple[str, ...]
) -> None:
    machine.service.pages("reviews.list", reviews(3))
    assert machine.run("reviews", "export", "out.jsonl", *first).code == 0
    assert machine.run("reviews", "export", "out.jsonl", *first).code == 0
    before = (machine.folder / "out.jsonl").read_bytes()
    refused = machine.run("reviews", "export", "out.jsonl", *second)
    assert refused.code == 2
    assert "was exported with" in refused.err
    assert (machine.folder / "out.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("option", "value"), [("--columns", "rating,stars"), ("--without", "emial"), ("--without", ",")]
)
def test_a_column_that_does_not_exist_is_refused(machine: Machine, option: str, value: str) -> None:
    done = machine.run("reviews", "export", "out.csv", option, value)
    assert (done.code, f"Error: {option}: " in done.err, "the columns are id, rating" in done.err) == (2, True, True)
    assert machine.service.received == []


def test_modes_are_named_in_the_guide() -> None:
    for mode in Mode:
        assert f"| `{mode.value}` |" in GUIDE
    for format in ExportFormat:
        assert re.search(rf"^\| [^|]*\| .*`\.{format.value}`", GUIDE, re.MULTILINE), format
