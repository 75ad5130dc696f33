"""The benchmark of exports measures what it says, shown on few reviews."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.exports import FETCH, once, table

GUIDE = (Path(__file__).parents[2] / "docs" / "exports.md").read_text(encoding="utf-8")


def test_the_runs_find_what_the_service_changed(tmp_path: Path) -> None:
    steps = [once("csv", tmp_path / "out.csv", 1000, changed) for changed in (False, False, True)]
    assert [step["counts"] for step in steps] == [[1000, 0, 0], [0, 0, 0], [100, 10, 1]]
    assert [step["touched"] for step in steps] == [True, False, True]
    assert steps[0]["size"] > 200_000
    fetched = once(FETCH, tmp_path / "none", 200, False)
    lines = table({"csv": steps, FETCH: [fetched]}).splitlines()
    assert re.fullmatch(r"\| csv \| 1\.00 \| [\d.]+ \| [\d.]+ \| 100, 10, 1 \| \d+ \| [\d.]+ \|", lines[2])
    assert all(line in GUIDE for line in lines[:2]), "the guide has the table of another form"
