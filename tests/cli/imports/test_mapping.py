"""Columns are mapped by name, by --map and by files of --save-map, and the check shows what was understood."""

from __future__ import annotations

import csv
import json
import tomllib
from typing import Any

import msgspec
import pytest
from trustoo.cli.imports.mapping import ReviewMapping, load, preset_names
from trustoo.errors import ArgumentError, ConfigurationError

from tests.cli.conftest import Machine

ALIEXPRESS = "Stars,Buyer,Country,Feedback,Date,Images,SKU\n5,A***a,fr,Très bien,14 May 2026,,Red\n"
"""A list that a program made of reviews on AliExpress. There are many such programs, and each has its own columns."""
OF_ALIEXPRESS = [
    *("--map", "Stars=rating", "--map", "Buyer=author", "--map", "Country=author_country"),
    *("--map", "Feedback=content", "--map", "Date=commented_at", "--map", "Images=photos", "--map", "SKU=item_type"),
]


def bodies(machine: Machine) -> list[dict[str, Any]]:
    return [received.json for received in machine.service.received if received.operation == "reviews.create"]


def test_any_file_can_be_mapped(machine: Machine) -> None:
    machine.write("in.csv", ALIEXPRESS)
    assert machine.run("reviews", "import", "in.csv", "--check").code == 2
    assert machine.run("reviews", "import", "in.csv", *OF_ALIEXPRESS).code == 0
    assert bodies(machine) == [
        {
            "rating": 5,
            "author": "A***a",
            "author_country": "FR",
            "content": "Très bien",
            "commented_at": "2026-05-14 00:00:00",
            "item_type": "Red",
        }
    ]


def test_a_mapping_is_saved_and_used_again(machine: Machine) -> None:
    machine.write("in.csv", ALIEXPRESS)
    done = machine.run("reviews", "import", "in.csv", *OF_ALIEXPRESS, "--check", "--save-map", "ali.toml")
    assert (done.code, "--from ali.toml" in done.err) == (0, True)
    assert machine.run("reviews", "import", "in.csv", "--from", "ali.toml").code == 0
    assert bodies(machine)[0]["content"] == "Très bien"
    done = machine.run("reviews", "import", "in.csv", *OF_ALIEXPRESS, "--check", "--save-map", "ali.toml")
    assert (done.code, "ali.toml exists already. Give another name" in done.err) == (2, True)
    assert "use --from ali.toml instead of --save-map" in done.err


def test_a_saved_mapping_is_completed_by_further_columns(machine: Machine) -> None:
    machine.write("in.csv", "Stars;Who;Mood\n5;Zoë;happy\n")
    mapped = ["--map", "Stars=rating", "--map", "Who=author"]
    assert machine.run("reviews", "import", "in.csv", *mapped, "--save-map", "mine.toml", "--check").code == 2
    assert machine.run("reviews", "import", "in.csv", "--from", "mine.toml", "--map", "Mood=", "--check").code == 0


@pytest.mark.parametrize("name", preset_names())
def test_presets_and_saved_mappings_have_one_format(machine: Machine, name: str) -> None:
    preset = msgspec.structs.replace(load(name), app='a "quoted" name \\ with\ttab and é\x7f', yes=("oui",))
    preset.save(machine.folder / "saved.toml")
    assert load(str(machine.folder / "saved.toml")) == preset
    assert tomllib.loads((machine.folder / "saved.toml").read_text("utf-8"))["yes"] == ["oui"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("columns = 1", "is not a mapping of columns"),
        ("[columns]\nbody = 'contents'", "a review has no 'contents'"),
        ("[constants]\ncolour = 'red'", "a review has no 'colour'"),
        ("colums = {}", "colums"),
        ("date_format = 'dym'", "give dmy, mdy, ymd or nothing"),
        ("rating_scale = 0", "rating_scale is 0"),
        ("= 1", "is not a mapping of columns"),
        (b"\xff\xfe", "is not a mapping of columns"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused(machine: Machine, content: str | bytes, said: str) -> None:
    path = machine.write("own.toml", content)
    with pytest.raises(ConfigurationError, match=r"own\.toml") as refused:
        load(str(path))
    assert said in str(refused.value)


def test_an_own_mapping_has_words_a_scale_and_constants(machine: Machine) -> None:
    machine.write(
        "own.toml",
        'rating_scale = 10\nyes = ["ja"]\nno = ["nein"]\nphoto_separator = ";"\ndate_format = "dmy"\n'
        '[columns]\nNote = "rating"\nName = "author"\nGekauft = "is_verified"\nSichtbar = "publication"\n'
        'Tag = "commented_at"\n'
        '[constants]\nsource = "Shop"\nproduct_id = 0\n'
        '[publication]\npublished = ["JA"]\nunpublished = ["nein"]\nleft_out = ["müll"]\n',
    )
    machine.write(
        "in.csv",
        "Note,Name,Gekauft,Sichtbar,Tag\n9,Zoë,ja,Ja,05/06/2026\n7.5,Ada,nein,NEIN,06/06/2026\n1,Bot,nein,Müll,\n",
    )
    assert machine.run("reviews", "import", "in.csv", "--from", "own.toml").code == 0
    common = {"source": "Shop", "product_id": 0}
    assert bodies(machine) == [
        {"rating": 5, "author": "Zoë", "is_verified": 1, "is_published": 1, "commented_at": "2026-06-05 00:00:00"}
        | common,
        {"rating": 4, "author": "Ada", "is_verified": 0, "is_published": 0, "commented_at": "2026-06-06 00:00:00"}
        | common,
    ]


def test_map_goes_before_a_preset(machine: Machine) -> None:
    header = "reviewer_name,shown_as,body,long_body,rating,review_date,curated,product_id,location"
    machine.write("in.csv", f"{header}\nZoë Example,Zoë,Short,Long,5,2026-08-01,ok,1,FR\n")
    options = ["--map", "shown_as=author", "--map", "long_body=content", "--map", "location=author_country"]
    done = machine.run("reviews", "import", "in.csv", *options, "--map", "curated=")
    assert done.code == 0, done
    (body,) = bodies(machine)
    assert (body["author"], body["content"], body["author_country"], body["is_published"]) == ("Zoë", "Long", "FR", 1)
    assert "reviewer_name (1 cell), body (1 cell)" in done.err
    assert "curated (1 cell)" in done.err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("body", "column=member"),
        ("=content", "column=member"),
        ("body=text", "a review has no 'text'; its parts are rating, author"),
        ("text=content", "the file has no column 'text'; it has rating, author, body, note"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused(machine: Machine, change: str, said: str) -> None:
    machine.write("in.csv", "rating,author,body,note\n5,A,x,y\n")
    done = machine.run("reviews", "import", "in.csv", "--map", change)
    assert (done.code, said in done.err) == (2, True), done.err


def test_two_columns_for_one_member_are_refused(machine: Machine) -> None:
    machine.write("in.csv", "rating,author,body,note\n5,A,x,y\n")
    done = machine.run("reviews", "import", "in.csv", "--map", "body=content", "--map", "note=content")
    assert (done.code, "--map gives content to two columns" in done.err) == (2, True)
    machine.write("in.csv", "rating,Rating,author\n5,4,A\n")
    done = machine.run("reviews", "import", "in.csv")
    said = "line 2: Rating: the column rating has the review's rating too; rename one of them in the file"
    assert (done.code, said in done.out) == (2, True)
    machine.write("in.csv", "rating,author,body,content\n5,A,x,y\n")
    done = machine.run("reviews", "import", "in.csv", "--map", "body=content")
    said = "line 2: content: the column body has the review's content too; leave one out: --map content="
    assert (done.code, said in done.out, bodies(machine)) == (2, True, [])
    assert machine.run("reviews", "import", "in.csv", "--map", "body=content", "--map", "content=").code == 0


def test_a_member_can_be_set_for_rows_that_have_no_value(machine: Machine) -> None:
    machine.write("in.csv", "rating,author,source\n5,A,\n4,B,Amazon\n")
    options = ["--set", "source=Shop", "--set", "is_verified=yes", "--set", "product_id=0"]
    assert machine.run("reviews", "import", "in.csv", *options).code == 0
    assert bodies(machine) == [
        {"rating": 5, "author": "A", "source": "Shop", "is_verified": 1, "product_id": "0"},
        {"rating": 4, "author": "B", "source": "Amazon", "is_verified": 1, "product_id": "0"},
    ]
    for wrong, said in (("source", "member=value"), ("colour=red", "a review has no 'colour'")):
        done = machine.run("reviews", "import", "in.csv", "--set", wrong)
        assert (done.code, said in done.err) == (2, True)
    done = machine.run("reviews", "import", "in.csv", "--set", "is_top=maybe")
    assert (done.code, "--set is_top: must be 1 or 0, true or false, yes or no" in done.out) == (2, True)


def test_the_spelling_of_the_apis_own_names_does_not_count(machine: Machine) -> None:
    machine.write("in.csv", "\ufeffRating,AUTHOR,Product ID,Commented At,Reply.Content\n5,Zoë,1,2026-05-14,Thanks\n")
    assert machine.run("reviews", "import", "in.csv").code == 0
    assert bodies(machine) == [
        {
            "rating": 5,
            "author": "Zoë",
            "product_id": "1",
            "commented_at": "2026-05-14 00:00:00",
            "reply": {"content": "Thanks"},
        }
    ]


def test_names_with_an_equals_sign_can_be_mapped() -> None:
    assert ReviewMapping().mapped(["a=b=content"]).member_of("a=b") == "content"
    with pytest.raises(ArgumentError):
        ReviewMapping().mapped(["content"])


def test_the_check_shows_the_mapping_before_the_problems(machine: Machine) -> None:
    machine.write("in.csv", "rating,author,body,extra\n5,Zoë,first text,\n9,Ada,,x\n")
    done = machine.run("reviews", "import", "in.csv", "--check", "--map", "body=content", "--map", "extra=")
    assert done.code == 2
    assert done.out.splitlines() == [
        "Names of the API (CSV with commas): 2 rows",
        "column\tholds\tcells\texample",
        "rating\trating\t2\t5",
        "author\tauthor\t2\tZoë",
        "body\tcontent\t1\tfirst text",
        "extra\t(left out)\t1\tx",
        "line 3: rating: the API takes 1, 2, 3, 4, 5 (9)",
    ]
    assert "Left out: extra (1 cell)." in done.err


def test_the_check_is_one_object_in_json(machine: Machine) -> None:
    machine.write("in.csv", "rating,author,body\n5,Zoë,text\n9,Ada,\n")
    done = machine.run("reviews", "import", "in.csv", "--check", "--map", "body=content", "--json")
    assert done.code == 2
    assert done.json == {
        "file": "in.csv",
        "rows": 1,
        "problems": [
            {
                "line": 3,
                "column": "rating",
                "problem": "the API takes 1, 2, 3, 4, 5",
                "number": 1,
                "examples": [{"line": 3, "value": "9"}],
            }
        ],
        "app": None,
        "kind": "CSV with commas",
        "columns": {
            "rating": {"holds": "rating", "cells": 2, "example": "5"},
            "author": {"holds": "author", "cells": 2, "example": "Zoë"},
            "body": {"holds": "content", "cells": 1, "example": "text"},
        },
        "left_out": {},
        "constants": {},
        "dates": [],
        "counts": {
            "rejected": 0,
            "missing products": 0,
            "unpublished": 0,
            "shop": 0,
            "undated": 0,
            "private replies": 0,
        },
    }


def test_an_unknown_column_is_told_once_with_the_remedy(machine: Machine) -> None:
    machine.write("in.csv", "rating,author,colour\n" + "5,A,red\n" * 1000)
    done = machine.run("reviews", "import", "in.csv")
    assert (done.code, len(done.out.splitlines())) == (2, 1)
    assert done.out.startswith("line 2: colour: a new review has no such member")
    assert "colour\t(unknown)\t1000\tred\n" in machine.run("reviews", "import", "in.csv", "--check").out
    assert done.out.endswith("Leave the column out with --map colour= (1000 cells)\n")
    assert machine.run("reviews", "import", "in.csv", "--map", "colour=", "--check").code == 0


def test_every_single_problem_is_written_to_a_file(machine: Machine) -> None:
    machine.write("in.csv", "rating,author\n" + "9,A\n" * 30)
    done = machine.run("reviews", "import", "in.csv", "--problems", "problems.csv")
    assert (done.code, len(done.out.splitlines())) == (2, 1)
    assert "30 problems in in.csv. Nothing was sent. All are in problems.csv." in done.err
    with open(machine.folder / "problems.csv", encoding="utf-8-sig", newline="") as file:
        found = [*csv.DictReader(file)]
    assert [(int(row["line"]), row["column"], row["value"]) for row in found] == [
        (n, "rating", "9") for n in range(2, 32)
    ]


def test_json_is_mapped_by_the_names_of_its_members(machine: Machine) -> None:
    rows = [{"stars": 5, "name": "Zoë", "body": "text", "pictures": []}, {"stars": "4", "name": "Ada", "product_id": 7}]
    machine.write("in.json", json.dumps(rows))
    options = ["--map", "stars=rating", "--map", "name=author", "--map", "body=content", "--map", "pictures=photos"]
    assert machine.run("reviews", "import", "in.json", *options).code == 0
    assert bodies(machine) == [
        {"rating": 5, "author": "Zoë", "content": "text"},
        {"rating": 4, "author": "Ada", "product_id": 7},
    ]


def test_photos_can_be_files_and_addresses_in_any_usual_form(machine: Machine) -> None:
    cells = {
        "https://a.example/w_1,h_2/a.jpg": 1,
        "https://a.example/a.jpg,https://a.example/b.jpg": 2,
        "https://a.example/a.jpg|https://a.example/b.jpg": 2,
        "https://a.example/a.jpg; https://a.example/b.jpg": 2,
        "https://a.example/a.jpg\nhttps://a.example/b.jpg": 2,
        "//a.example/a.jpg": 1,
    }
    with open(machine.folder / "in.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["rating", "author", "photos"], *([5, "A", cell] for cell in cells)])
    assert machine.run("reviews", "import", "in.csv", "--link-photos").code == 0
    assert [len(body["media"]) for body in bodies(machine)] == [*cells.values()]
    assert bodies(machine)[0]["media"][0]["url"] == "https://a.example/w_1,h_2/a.jpg"
    assert bodies(machine)[-1]["media"][0]["url"] == "https://a.example/a.jpg"


def test_another_column_of_photos_can_be_named(machine: Machine) -> None:
    machine.write("in.csv", "rating,author,pictures\n5,A,https://a.example/a.jpg\n")
    assert machine.run("reviews", "import", "in.csv", "--photos", "pictures", "--link-photos").code == 0
    assert len(bodies(machine)[0]["media"]) == 1
    assert machine.run("reviews", "import", "in.csv", "--photos", "author").code == 2
