"""The guide of exports: yesterday's changes come into DuckDB with two commands, and the second run changes nothing."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import duckdb

from tests.cli.conftest import Machine, reviews

GUIDE = (Path(__file__).parents[2] / "docs" / "exports.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """The only block of the guide in a language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    return str(found)


def test_two_commands_bring_yesterdays_changes_into_duckdb_and_the_second_run_changes_nothing(machine: Machine) -> None:
    install, export = block("sh").splitlines()
    assert install == "pip install 'trustoo[cli,duckdb]'"
    run, file = shlex.split(export)[1:], machine.folder / "shop.duckdb"
    listed = reviews(40)
    machine.service.pages("reviews.list", listed)
    assert machine.run(*run).code == 0
    with duckdb.connect(str(file)) as database:  # the first run was last week
        for name in ("_added_at", "_changed_at"):
            database.execute(f"UPDATE reviews SET {name} = {name} - INTERVAL 7 DAY")
    edited = [{**review, "content": "edited"} if review["id"] in ("7", "8") else review for review in reviews(43)]
    machine.service.pages("reviews.list", [review for review in edited if review["id"] != "20"])
    done = machine.run(*run)
    said = block("text").replace("1,204", "42")
    assert (done.code, done.out) == (0, said)
    before, at = file.read_bytes(), file.stat().st_mtime_ns
    assert machine.run(*run).out == "Nothing changed; 42 reviews in shop.duckdb.\n"
    assert (file.read_bytes(), file.stat().st_mtime_ns) == (before, at)
    with duckdb.connect(str(file), read_only=True) as database:
        rows = database.execute(block("sql")).fetchall()
    assert {(row[0], row[3]) for row in rows} == {
        *((name, "new") for name in ("40", "41", "42")),
        *((name, "changed") for name in ("7", "8")),
        ("20", "gone"),
    }
