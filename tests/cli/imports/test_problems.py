"""Problems of one kind are told once, with their number and examples; a file has every single one."""

from __future__ import annotations

import csv
import tracemalloc
from pathlib import Path

import pytest
from trustoo.cli.imports.problems import Problem, Problems
from trustoo.errors import ConfigurationError

UNKNOWN = "a new review has no such member"


def cells(file: Path) -> list[list[str]]:
    with open(file, encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


def test_an_unknown_column_of_a_large_file_is_told_once_with_three_values() -> None:
    problems = Problems()
    for line in range(2, 27_002):
        problems.add(line, "curated", UNKNOWN, f"value {line}")
    assert list(problems.lines()) == [
        f"27,000 times: curated: {UNKNOWN} (value 2 in line 2, value 3 in line 3, value 4 in line 4, …)"
    ]
    assert len(problems) == 27_000


def test_examples_are_values_that_differ() -> None:
    problems = Problems()
    for line, value in enumerate(["ok", "ok", "spam", "ok"], 2):
        problems.add(line, "curated", UNKNOWN, value)
    assert list(problems.lines()) == [f"4 times: curated: {UNKNOWN} (ok in line 2, spam in line 4, …)"]


def test_problems_without_a_value_are_told_with_their_lines() -> None:
    problems = Problems()
    for line in (2, 5):
        problems.add(line, "author", "is missing")
    for line in range(10, 20):
        problems.add(line, "rating", "is missing")
    assert list(problems.lines()) == [
        "2 times: author: is missing (lines 2, 5)",
        "10 times: rating: is missing (lines 10, 11, 12, …)",
    ]


def test_a_single_problem_is_told_with_its_line() -> None:
    problems = Problems()
    problems.take([Problem(12, "", "a quote does not end"), Problem(13, "rating", "write a number", "'five'")])
    assert list(problems.lines()) == ["line 12: a quote does not end", "line 13: rating: write a number ('five')"]


def test_columns_and_texts_are_kinds_of_their_own() -> None:
    assert Problem(2, "a", "x", "1").kind == Problem(9, "a", "x", "2").kind
    assert len({Problem(2, "a", "x").kind, Problem(2, "b", "x").kind, Problem(2, "a", "y").kind}) == 3


def test_each_kind_is_one_record() -> None:
    problems = Problems()
    for line in (4, 7):
        problems.add(line, "rating", "write a number", f"'{line}a'")
    problems.add(9, "", "this is not a JSON object")
    assert list(problems.records()) == [
        {
            "line": 4,
            "column": "rating",
            "problem": "write a number",
            "number": 2,
            "examples": [{"line": 4, "value": "'4a'"}, {"line": 7, "value": "'7a'"}],
        },
        {
            "line": 9,
            "column": "",
            "problem": "this is not a JSON object",
            "number": 1,
            "examples": [{"line": 9, "value": ""}],
        },
    ]


def test_a_line_for_people_is_one_line_that_controls_no_terminal() -> None:
    problems = Problems()
    problems.add(2, "content", "is odd", "a\nb\x1b[2J" + "x" * 5000)
    (line,) = problems.lines()
    assert line.startswith("line 2: content: is odd (a b[2Jx")
    assert len(line) < 200


def test_a_list_of_problems_is_emptied_when_it_is_taken() -> None:
    problems, found = Problems(), [Problem(2, "", "x"), Problem(3, "", "x")]
    problems.take(found)
    assert (found, len(problems)) == ([], 2)


def test_the_file_has_every_problem(tmp_path: Path) -> None:
    file = tmp_path / "problems.csv"
    with Problems(file) as problems:
        for line in range(2, 1002):
            problems.add(line, "größe", UNKNOWN, f"Zoë, {line}")
    assert cells(file) == [
        ["line", "column", "value", "problem"],
        *([str(line), "größe", f"Zoë, {line}", UNKNOWN] for line in range(2, 1002)),
    ]
    assert len(list(problems.lines())) == 1


def test_the_file_runs_no_formula_and_takes_half_a_character(tmp_path: Path) -> None:
    file = tmp_path / "problems.csv"
    with Problems(file) as problems:
        problems.add(2, "author", "is odd", '=HYPERLINK("https://e.example")')
        problems.add(3, "author", "is odd", "cut \ud83d")
    assert [row[2] for row in cells(file)[1:]] == ['\'=HYPERLINK("https://e.example")', "cut \\ud83d"]


def test_the_file_of_an_earlier_run_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "problems.csv"
    for line in (2, 3):
        with Problems(file) as problems:
            problems.add(line, "", "x")
    assert [row[0] for row in cells(file)] == ["line", "3"]


def test_the_file_with_the_reviews_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "reviews.csv"
    file.write_text("rating,author\n5,Ada\n")
    with pytest.raises(ConfigurationError, match=r"reviews\.csv exists and is no list of problems"):
        Problems(file)
    assert file.read_text() == "rating,author\n5,Ada\n"


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"problems\.csv: No such file or directory"):
        Problems(tmp_path / "none" / "problems.csv")


@pytest.mark.parametrize("varies", ["value", "text", "column"])
def test_the_memory_does_not_grow_with_the_number_of_problems(varies: str) -> None:
    problems = Problems()

    def add(lines: range) -> None:
        for line in lines:
            parts = {"column": "c", "text": "t", "value": "v"} | {varies: f"{'x' * 100}{line}"}
            problems.add(line, parts["column"], parts["text"], parts["value"])

    add(range(2, 2000))
    tracemalloc.start()
    try:
        add(range(2000, 30_000))
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 20_000
    assert len(problems) == 29_998
    assert sum(record["number"] for record in problems.records()) == 29_998
