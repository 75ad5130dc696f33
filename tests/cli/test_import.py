"""An import checks everything before it sends anything, and creates no review twice: however often it is killed."""

from __future__ import annotations

import csv
import itertools
import json
import random
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from trustoo.cli.imports.job import LARGEST_UNKNOWN_SERIES, Import
from trustoo.cli.imports.results import Results, keyed
from trustoo.cli.imports.rows import Row
from trustoo.testing import FakeResponse, Fault, Received, StorageResponse, without_waiting
from trustoo.upload import Journal

from contract_tests.support.pictures import GIF, PNG
from tests.cli.conftest import Machine, Ran

HEADER = "rating,author,title,product_id"


def table(number: int) -> str:
    return "\r\n".join([HEADER, *(f"{1 + n % 5},Author {n},Title {n},{n}" for n in range(number))])


def journal(path: Path) -> dict[int, str]:
    """The last status of each line, read by other code than the one that wrote it."""
    return {entry["line"]: entry["status"] for entry in map(json.loads, path.read_text("utf-8").splitlines())}


def places(done: Ran) -> set[tuple[int, str]]:
    """The lines and columns of the problems, from the examples of each kind."""
    problems = done.json["problems"]
    return {(example["line"], problem["column"]) for problem in problems for example in problem["examples"]}


def created(machine: Machine) -> list[dict[str, Any]]:
    return [received.json for received in machine.service.received if received.operation == "reviews.create"]


def test_each_row_becomes_a_review_and_a_result(machine: Machine) -> None:
    file = machine.write("in.csv", table(3))
    done = machine.run("reviews", "import", "in.csv")
    assert (done.code, done.out) == (0, "3 rows: 3 created. Results: in.csv.results.jsonl\n")
    assert created(machine) == [
        {"rating": 1 + n, "author": f"Author {n}", "title": f"Title {n}", "product_id": str(n)} for n in range(3)
    ]
    assert journal(file.with_name("in.csv.results.jsonl")) == {2: "created", 3: "created", 4: "created"}
    assert machine.run("reviews", "import", "in.csv").code == 0
    assert len(created(machine)) == 3


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_cells_become_what_the_api_takes(machine: Machine, newline: str, bom: bytes) -> None:
    """Spreadsheets write 5.0 and TRUE, break lines in cells, leave cells empty, and begin with a byte order mark."""
    lines = [
        "rating,author,title,content,is_verified,is_top,commented_at,reply.content,reply.reply_at,media,product_id",
        '5.0,"Zoë ""Z"", Łódź",,"two\nlines",TRUE,no,2026-01-31 08:00:00,Thanks,2026-01-31T08:00:00+01:00,'
        '"[{""url"": ""https://e.example/a.png""}]",gid://shopify/Product/12',
        "",
        "4,B,,,0,1,2026-01-31,,,,0",
    ]
    machine.write("in.csv", bom + newline.join(lines).encode())
    assert machine.run("reviews", "import", "in.csv", "--json").json["created"] == 2
    assert created(machine) == [
        {
            "rating": 5,
            "author": 'Zoë "Z", Łódź',
            "content": "two\nlines",
            "is_verified": 1,
            "is_top": 0,
            "commented_at": "2026-01-31 08:00:00",
            "reply": {"content": "Thanks", "reply_at": "2026-01-31 07:00:00"},
            "media": [{"url": "https://e.example/a.png"}],
            "product_id": "12",
        },
        {
            "rating": 4,
            "author": "B",
            "is_verified": 0,
            "is_top": 1,
            "commented_at": "2026-01-31 00:00:00",
            "product_id": "0",
        },
    ]


def test_what_spreadsheets_put_around_ids_and_dates_is_taken_off(machine: Machine) -> None:
    cells = {
        "'8100000000019": "2026-05-14",
        "gid://shopify/Product/8100000000019": "'2026-05-14 00:00:00",
        "8100000000019.0": "2026-05-14T00:00",
        " 8100000000019 ": "2026-05-14T02:00:00+02:00",
        '"=""8100000000019"""': " 2026-05-14",
        '="8100000000019"': "2026-05-14 00:00",
        "https://admin.shopify.com/store/kettles/products/8100000000019": "2026-05-14",
    }
    lines = [f"5,Zoë,{product},{date},7.0" for product, date in cells.items()]
    machine.write("in.csv", "\n".join(["rating,author,product_id,commented_at,order_id", *lines]))
    assert machine.run("reviews", "import", "in.csv", "--json").json["created"] == len(cells)
    assert {json.dumps(body, sort_keys=True) for body in created(machine)} == {
        json.dumps(
            {
                "rating": 5,
                "author": "Zoë",
                "product_id": "8100000000019",
                "commented_at": "2026-05-14 00:00:00",
                "order_id": "7",
            },
            sort_keys=True,
        )
    }


def test_another_spelling_of_an_id_is_still_the_same_row(machine: Machine) -> None:
    machine.write("in.csv", "rating,author,product_id,commented_at\n5,Zoë,8100000000019,2026-05-14\n")
    machine.run("reviews", "import", "in.csv")
    machine.write("in.csv", "rating,author,product_id,commented_at\n5.0,Zoë,8100000000019.0,2026-05-14 00:00\n")
    assert machine.run("reviews", "import", "in.csv", "--json").json["created"] == 1
    assert len(created(machine)) == 1


def test_what_is_no_id_date_or_address_is_a_problem(machine: Machine) -> None:
    header = "rating,author,product_id,order_id,commented_at,author_email,reply.reply_at"
    rows = [
        "5,a,9.20031E+12,#1001,yesterday,nope,2026-02-30",
        "5,b,red-kettle,,1715680000,a@b,",
        '5,c,"8,100,000,000,019",,2026-W20-4,,',
        "5,d,https://kettles.example/products/red-kettle?variant=8100000000019,,,,",
        "5,\u200b,1,,,,",
    ]
    machine.write("in.csv", "\n".join([header, *rows]))
    done = machine.run("reviews", "import", "in.csv", "--check", "--json")
    assert (done.code, created(machine)) == (2, [])
    assert places(done) == {
        *((2, name) for name in ("product_id", "order_id", "commented_at", "author_email", "reply.reply_at")),
        *((3, name) for name in ("product_id", "commented_at", "author_email")),
        *((4, name) for name in ("product_id", "commented_at")),
        (5, "product_id"),
        (6, "author"),
    }
    plain = machine.run("reviews", "import", "in.csv", "--check").out
    assert "line 2: product_id: give a number" in plain
    assert "('9.20031E+12')" in plain
    assert "Excel wrote it in scientific notation" in plain


def test_json_lines_bring_their_own_types(machine: Machine) -> None:
    machine.write(
        "in.jsonl", [{"rating": 5, "author": "A", "title": None, "reply": {"content": "Thanks"}, "product_id": 7}]
    )
    assert machine.run("reviews", "import", "in.jsonl").code == 0
    assert created(machine) == [{"rating": 5, "author": "A", "reply": {"content": "Thanks"}, "product_id": 7}]


def test_every_problem_is_listed_and_nothing_is_sent(machine: Machine) -> None:
    header = "rating,author,title,colour,photos,is_top,commented_at,media,reply.content,reply"
    rows = [
        "5,A,,,,,,,,",
        f"6,,{'x' * 301},,missing.png|file:///b.png,maybe,yesterday,3,Hi,{{}}",
        '"two\nlines",B,,red,,,,,,',
        "5,C",
    ]
    machine.write("in.csv", "\n".join([header, *rows]))
    done = machine.run("reviews", "import", "in.csv", "--json")
    assert (done.code, created(machine)) == (2, [])
    assert not (machine.folder / "in.csv.results.jsonl").exists()
    assert places(done) == {
        *((3, name) for name in ("rating", "author", "title", "photos", "is_top", "commented_at", "media", "reply")),
        *((4, name) for name in ("rating", "colour")),
        (6, ""),
    }
    plain = machine.run("reviews", "import", "in.csv")
    assert "line 3: title: the API takes 300 at most (301 characters)\n" in plain.out
    assert "2 times: rating: the API takes 1, 2, 3, 4, 5 (6 in line 3, 'two\\nlines' in line 4)\n" in plain.out
    assert plain.err == "Error: 11 problems in in.csv. Nothing was sent.\n"
    machine.write("in.csv", "rating,author\n9,A\n")
    assert machine.run("reviews", "import", "in.csv").err == "Error: 1 problem in in.csv. Nothing was sent.\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "the file has no rows"),
        (HEADER, "the file has no rows"),
        ("rating,author,rating\n5,A,5", "more than once"),
        ('rating,author\n5,"A', "a quote in this row does not end"),
        (b"rating,author\n5,Zo\xeb", "is not UTF-8 text: line 2"),
    ],
)
def test_a_file_that_is_no_table_is_refused(machine: Machine, content: str | bytes, said: str) -> None:
    machine.write("in.csv", content)
    done = machine.run("reviews", "import", "in.csv")
    assert (done.code, created(machine)) == (2, [])
    assert said in done.out + done.err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "this is not valid JSON"),
        ("[1]", "this is not a JSON object"),
        ('{"author": "A"}', "rating: is missing"),
        ('{"rating": true, "author": "A"}', "rating: the API takes 1, 2, 3, 4, 5 (True)"),
        ('{"rating": 5, "author": 7}', "author: must be text (7)"),
        ('{"rating": 5, "author": "A", "product_id": [1]}', "product_id: must be text or a whole number ([1])"),
        ('{"rating": 5, "author": "A", "media": 7}', "media: must be a JSON object or list (7)"),
    ],
)
def test_json_lines_are_checked_likewise(machine: Machine, line: str, said: str) -> None:
    machine.write("in.jsonl", line)
    done = machine.run("reviews", "import", "in.jsonl")
    assert (done.code, created(machine)) == (2, [])
    assert f"line 1: {said}" in done.out


HALF = [
    {"rating": 5, "author": "Ada", "content": "first"},
    {"rating": 5, "author": "Zoe", "content": "cut in an emoji \ud83d"},
    {"rating": 4, "author": "Bob", "content": "third", "reply": {"content": "\ude00"}},
    {"rating": 4, "author": "Eve", "media": [{"url": "https://img.example.com/\ud83d"}]},
]
"""Reviews from a program that cut texts by UTF-16 units. JSON can hold the halves, and UTF-8 cannot."""


@pytest.mark.parametrize("options", [["--check"], []])
def test_half_a_character_is_a_problem_of_its_row_before_anything_is_sent(machine: Machine, options: list[str]) -> None:
    machine.write("in.jsonl", [*HALF, {"rating": 5, "author": "A", "bo\ud83ddy": "x"}])
    done = machine.run_apart("reviews", "import", "in.jsonl", *options, "--json")
    assert (done.code, created(machine)) == (2, [])
    assert places(done) == {(2, "content"), (3, "reply"), (4, "media"), (5, "bo\ud83ddy")}
    apart = machine.run_apart("reviews", "import", "in.jsonl", *options)
    assert apart.code == 2
    assert "line 2: content: has half a character, such as a cut emoji; correct the text (after 'cut in an" in apart.out
    assert "Traceback" not in apart.err


def test_a_row_that_cannot_be_written_as_json_fails_alone(machine: Machine) -> None:
    rows = [Row(number, dict(row)) for number, row in enumerate(HALF, 1)]
    results = machine.folder / "in.jsonl.results.jsonl"
    with machine.service.client() as client, Journal(results) as open_journal:
        done = Import(client, Results(open_journal, keyed([rows[1], rows[0], rows[2]]))).run(lambda: None)
    assert (done.counts["failed"], done.counts["created"], done.stopped) == (2, 1, None)
    assert journal(results) == {2: "failed", 1: "created", 3: "failed"}


def test_a_row_counts_as_done_after_its_review_exists(machine: Machine) -> None:
    rows, existing = [Row(number, {"rating": 5, "author": "Zoë"}) for number in range(1, 4)], list[int]()
    with machine.service.client() as client, Journal(machine.folder / "in.jsonl.results.jsonl") as open_journal:
        Import(client, Results(open_journal, keyed(rows))).run(lambda: existing.append(len(created(machine))))
    assert existing == [1, 2, 3]


def test_check_sends_nothing_and_needs_no_tokens(machine: Machine) -> None:
    machine.write("in.csv", table(3))
    done = machine.run("reviews", "import", "in.csv", "--check", TRUSTOO_PUBLIC_TOKEN=None, TRUSTOO_PRIVATE_TOKEN=None)
    assert (done.code, done.out.splitlines()[-1]) == (0, "3 rows, no problems. Nothing was sent.")
    assert machine.service.received == []


def test_each_option_of_an_import_counts_beside_all_others(machine: Machine) -> None:
    """The name of the file says nothing of its format, and the results are not where they are without the option."""
    machine.write("products.csv", "handle,id,title\nred-kettle,8100000000019,Kettle\n")
    head, first, second = (
        "rating,author,product_handle,commented_at",
        "5,Zoë,red-kettle,05/06/2026 12:00",
        "4,Eve,red-kettle,06/06/2026 12:00",
    )
    machine.write("in.data", "\n".join([head, first, second]).encode("cp1252"))
    options = ["--format", "csv", "--encoding", "cp1252", "--date-format", "mdy", "--timezone", "Europe/Paris"]
    options += ["--products", "products.csv", "--results", "own.jsonl", "--problems", "own.csv"]
    done = machine.run("reviews", "import", "in.data", *options, "--save-map", "own.toml")
    assert (done.code, done.out) == (0, "2 rows: 2 created. Results: own.jsonl\n"), done
    sent = [(one["author"], one["product_id"], one["commented_at"]) for one in created(machine)]
    assert sent == [
        ("Zoë", "8100000000019", "2026-05-06 10:00:00"),
        ("Eve", "8100000000019", "2026-06-06 10:00:00"),
    ]
    assert journal(machine.folder / "own.jsonl") == {2: "created", 3: "created"}
    assert "--save-map" in (machine.folder / "own.toml").read_text()
    for more in ("--status", "--settle", "--skip-existing"):
        done = machine.run("reviews", "import", "in.data", *options, more)
        assert done.code == 0, done
        assert len(created(machine)) == 2
    assert not (machine.folder / "in.data.results.jsonl").exists()
    assert machine.run("reviews", "import", "in.data", *options, "--format", "json").code == 2
    machine.write("in.data", f"{head}\n9,Eve,cup,x\n")
    assert machine.run("reviews", "import", "in.data", *options).code == 2
    assert "rating" in (machine.folder / "own.csv").read_text()


def test_an_export_can_be_imported(machine: Machine) -> None:
    machine.run("reviews", "export", "out.csv")
    assert machine.run("reviews", "import", "out.csv", "--check").code == 2
    assert machine.run("reviews", "import", "out.csv", "--ignore-unknown").code == 0
    (made,) = created(machine)
    assert (made["author"], made["rating"], made["media"][0]["type"]) == ("Zoë Example", 5, 1)


UNKNOWN = (
    "handle,state,rating,title,author,email,location,comment,created_at\n"
    "red-kettle,published,5,Great,Zoe Example,zoe@example.com,Austin,Boils fast,2026-08-01 10:00:00 UTC\n"
    "red-kettle,unpublished,1,Bad,Anon Example,anon@example.com,,Never arrived,2023-06-02T10:00:00-04:00\n"
)
"""A header of no app that is known, with invented rows."""


def test_parts_of_reviews_under_other_names_are_not_left_out(machine: Machine) -> None:
    machine.write("in.csv", UNKNOWN)
    done = machine.run("reviews", "import", "in.csv", "--ignore-unknown")
    assert (done.code, created(machine)) == (2, [])
    assert done.out.splitlines() == [
        "line 2: handle: is left out, and 2 values would be lost; "
        "if it is the review's product_handle, use --map handle=product_handle",
        "line 2: comment: is left out, and 2 values would be lost; "
        "if it is the review's content, use --map comment=content",
        "line 2: created_at: is left out, and 2 values would be lost; "
        "if it is the review's commented_at, use --map created_at=commented_at",
    ]
    assert "Left out: handle (2 cells), state (2 cells), email (2 cells), location (1 cell), comment" in done.err


@pytest.mark.parametrize(
    ("header", "lost"),
    [
        ("rating,author,Review Content", "Review Content"),
        ("rating,author,review_date", "review_date"),
        ("rating,author,picture_urls", "picture_urls"),
        ("rating,author,imageUrls", "imageUrls"),
        ("rating,author,Shopify Product ID", "Shopify Product ID"),
    ],
)
def test_names_of_other_apps_are_recognised_in_any_spelling(machine: Machine, header: str, lost: str) -> None:
    machine.write("in.csv", f"{header}\n5,Zoe Example,x\n")
    done = machine.run("reviews", "import", "in.csv", "--ignore-unknown", "--check", "--json")
    assert (done.code, places(done)) == (2, {(2, lost)})


def test_each_column_that_is_left_out_is_named_with_its_cells(machine: Machine) -> None:
    machine.write(
        "in.csv", "rating,author,content,body,ip_address,helpful,\n5,A,text,text,192.0.2.1,,\n4,B,text,,192.0.2.2,,x"
    )
    for options in (["--check"], []):
        done = machine.run("reviews", "import", "in.csv", "--ignore-unknown", *options)
        assert (done.code, done.err) == (
            0,
            "Left out: body (1 cell), ip_address (2 cells), helpful (0 cells), column 7 (1 cell).\n",
        )
    assert created(machine) == [
        {"rating": 5, "author": "A", "content": "text"},
        {"rating": 4, "author": "B", "content": "text"},
    ]
    found = machine.run("reviews", "import", "in.csv", "--ignore-unknown", "--check", "--json").json
    assert found["left_out"] == {"body": 1, "ip_address": 2, "helpful": 0, "column 7": 1}


def test_a_column_without_a_name_is_not_left_out_unseen(machine: Machine) -> None:
    machine.write("in.csv", "rating,author,\n5,A,\n4,B,lost\n")
    done = machine.run("reviews", "import", "in.csv", "--check")
    assert (done.code, "line 3: column 3: a new review has no such member" in done.out) == (2, True)


def test_an_unknown_column_with_a_name_of_another_app_gets_advice(machine: Machine) -> None:
    machine.write("in.csv", "rating,author,body\n5,A,text\n")
    done = machine.run("reviews", "import", "in.csv", "--check")
    assert (
        "line 2: body: a new review has no such member; if it is the review's content, use --map body=content"
        in done.out
    )


URL = "https://cdn.example.com/a.jpg"


@pytest.mark.parametrize(
    ("media", "said"),
    [
        (URL, f"must be a JSON object or list ('{URL}')"),
        ([URL], "media[0] is of type str; the API takes an object"),
        ([{"url": URL, "type": "image"}], "media[0].type is of type str; the API takes a whole number"),
        ([{"image": URL}], "media[0].url is missing"),
        ([{"url": URL}, {}], "media[1].url is missing"),
        ([{"url": "photo.jpg"}], "media[0].url is not an address; files go to the column photos ('photo.jpg')"),
        ([None], "contains None"),
        ([[]], "media[0] is of type list"),
        ({"url": URL, "type": "image"}, "media.type is of type str"),
        ({"pictures": [URL]}, "has none of the members images, thumbnails, video, video_thumbnail"),
        ({"images": ["photo.jpg"]}, "media.images[0] is not an address; files go to the column photos ('photo.jpg')"),
        ({"images": [{"url": URL}]}, "media.images[0] is of type dict"),
        ({"images": [URL] * 11}, "media.images has 11 items; the API takes 10 at most"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_media_that_the_shop_could_not_show_are_a_problem(
    machine: Machine, media: object, said: str, form: str
) -> None:
    cell = media if isinstance(media, str) else json.dumps(media)
    if form == "csv":
        with open(machine.folder / "in.csv", "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["rating", "author", "media"], [5, "A", cell]])
    else:
        machine.write("in.jsonl", [{"rating": 5, "author": "A", "media": media}])
    done = machine.run("reviews", "import", f"in.{form}", "--check")
    assert (done.code, said in done.out) == (2, True), done.out


@pytest.mark.parametrize(
    "media", [[], {}, [{"url": URL, "type": "1"}], {"images": [], "video": ""}, {"images": URL}, {"url": URL, "new": 1}]
)
def test_media_that_can_be_shown_are_no_problem(machine: Machine, media: object) -> None:
    machine.write("in.jsonl", [{"rating": 5, "author": "A", "media": media}])
    assert machine.run("reviews", "import", "in.jsonl").code == 0


@pytest.mark.parametrize("photo", ["data:image/gif;base64", "a.gif|file:///photos/x.jpg"])
def test_an_address_that_is_not_of_the_web_is_no_photo(machine: Machine, photo: str) -> None:
    machine.write("a.gif", GIF)
    machine.write("in.csv", f"rating,author,photos\n5,A,{photo}\n")
    done = machine.run("reviews", "import", "in.csv", "--check")
    assert (done.code, "photos: must be a file, or an address that begins with https://" in done.out) == (2, True)


@pytest.mark.parametrize("content", [b"<html>login</html>", b"%PDF-1.7", b"", b"x" * 100])
def test_a_photo_that_is_none_by_its_content_is_a_problem(machine: Machine, content: bytes) -> None:
    machine.write("photo.jpg", content)
    machine.write("in.csv", "rating,author,photos\n5,A,photo.jpg\n")
    done = machine.run("reviews", "import", "in.csv", "--check")
    assert (done.code, "line 2: photos: " in done.out) == (2, True)


def test_photos_are_uploaded_first(machine: Machine) -> None:
    (machine.folder / "my photos").mkdir()
    machine.write("my photos/a b.gif", GIF)
    machine.write("c.png", PNG)
    machine.write("in.csv", "rating,author,photos\n5,A,my photos/a b.gif | c.png\n4,B,")
    done = machine.run("reviews", "import", machine.folder / "in.csv")
    assert done.code == 0, done
    assert [upload.content[:4] for upload in machine.service.storage.uploads] == [b"GIF8", b"\x89PNG"]
    first, second = created(machine)
    assert [item["type"] for item in first["media"]] == [1, 1]
    assert "media" not in second


def test_a_photo_that_cannot_be_uploaded_creates_no_review(machine: Machine) -> None:
    machine.write("a.gif", GIF)
    machine.write("in.csv", "rating,author,photos\n5,A,a.gif\n5,B,\n")
    machine.service.storage.respond_next(StorageResponse.callback_failed())
    done = machine.run("reviews", "import", "in.csv", "--json")
    assert (done.code, done.json["failed"], done.json["created"]) == (1, 1, 1)
    assert [body["author"] for body in created(machine)] == ["B"]


def test_a_row_that_failed_is_sent_again_and_one_whose_outcome_is_unknown_only_when_asked(machine: Machine) -> None:
    machine.write("in.csv", table(5))
    machine.service.fail(Fault.code(3), operation="reviews.create")
    machine.service.fail(Fault.reset(), operation="reviews.create")
    machine.service.fail(Fault.garbage(), operation="reviews.create")
    first = machine.run("reviews", "import", "in.csv", "--json")
    assert (first.code, first.json) == (
        5,
        {
            "file": "in.csv",
            "results": "in.csv.results.jsonl",
            "rows": 5,
            "created": 2,
            "existing": 0,
            "failed": 1,
            "unknown": 2,
            "pending": 0,
        },
    )
    second = machine.run("reviews", "import", "in.csv", "--json")
    assert (second.code, second.json["created"], second.json["unknown"]) == (5, 3, 2)
    assert Counter(body["author"] for body in created(machine))["Author 0"] == 2
    assert Counter(body["author"] for body in created(machine))["Author 1"] == 1
    third = machine.run("reviews", "import", "in.csv", "--json", "--retry-unknown")
    assert (third.code, third.json["created"], third.json["unknown"]) == (0, 5, 0)


@pytest.mark.parametrize("code", [1, 4, 13, 14])
def test_trouble_inside_the_service_leaves_the_outcome_unknown(machine: Machine, code: int) -> None:
    machine.write("in.csv", table(1))
    machine.service.fail(Fault.code(code), operation="reviews.create")
    assert machine.run("reviews", "import", "in.csv", "--json").json["unknown"] == 1
    result = json.loads((machine.folder / "in.csv.results.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert (result["status"], result["kind"], result["code"]) == ("unknown", "OutcomeUnknownError", code)
    assert len(result["request_id"]) == 32


def test_an_import_that_is_too_fast_becomes_slower_and_loses_no_row(machine: Machine) -> None:
    machine.write("in.csv", table(3))
    machine.service.fail(Fault.status(429, retry_after=7), operation="reviews.create", times=2)
    with without_waiting():
        done = machine.run("reviews", "import", "in.csv", "--json")
    assert (done.code, done.json["created"]) == (0, 3)


def test_a_corrected_row_is_a_new_one_and_the_others_stay(machine: Machine) -> None:
    machine.write("in.csv", table(3))
    machine.service.respond_once("reviews.create", FakeResponse.of_json({"code": 3, "message": "no"}), processed=False)
    assert machine.run("reviews", "import", "in.csv").code == 1
    lines = table(3).replace("Author 0", "Corrected").split("\r\n")
    machine.write("in.csv", "\n".join([lines[0], *lines[:0:-1]]))  # and in another order
    done = machine.run("reviews", "import", "in.csv", "--json")
    assert done.json["created"] == 3
    assert [body["author"] for body in created(machine)] == ["Author 0", "Author 1", "Author 2", "Corrected"]


def test_equal_rows_are_as_many_reviews(machine: Machine) -> None:
    machine.write("in.csv", "rating,author\n5,A\n5,A\n5,A\n")
    assert machine.run("reviews", "import", "in.csv", "--json").json["created"] == 3
    assert machine.run("reviews", "import", "in.csv", "--json").json["created"] == 3
    assert len(created(machine)) == 3


def test_credentials_that_are_refused_end_the_run_at_once(machine: Machine) -> None:
    machine.write("in.csv", table(5))
    done = machine.run("reviews", "import", "in.csv", "--json", TRUSTOO_PRIVATE_TOKEN="EXAMPLE-other-token")
    assert (done.code, done.json["failed"], done.json["pending"]) == (3, 1, 4)
    assert "code 16" in done.err
    assert "EXAMPLE-other-token" not in done.err


def test_a_service_that_stops_answering_does_not_turn_all_rows_into_questions(machine: Machine) -> None:
    machine.write("in.csv", table(20))
    machine.service.fail(Fault.reset(), operation="reviews.create", times=20)
    done = machine.run("reviews", "import", "in.csv", "--json")
    assert (done.code, done.json["unknown"], done.json["pending"]) == (
        5,
        LARGEST_UNKNOWN_SERIES,
        20 - LARGEST_UNKNOWN_SERIES,
    )


def test_a_row_whose_outcome_is_known_ends_the_series_of_those_that_are_not(machine: Machine) -> None:
    """Two rows of three have no response, and each third is created or refused."""
    machine.write("in.csv", table(18))
    numbers = itertools.count(1)

    def create(received: Received) -> object:
        if (number := next(numbers)) % 3 == 0:
            if number % 6 == 0:
                machine.service.fail(Fault.code(3), operation="reviews.create")
            machine.service.fail(Fault.reset(), operation="reviews.create", times=LARGEST_UNKNOWN_SERIES - 1)
        return {"id": str(number)}

    machine.service.respond("reviews.create", create)
    machine.service.fail(Fault.reset(), operation="reviews.create", times=LARGEST_UNKNOWN_SERIES - 1)
    found = machine.run("reviews", "import", "in.csv", "--json", "--concurrency", 1).json
    assert (found["pending"], found["created"] + found["failed"] + found["unknown"]) == (0, 18)
    assert found["unknown"] > 2 * LARGEST_UNKNOWN_SERIES
    assert found["created"]
    assert found["failed"]


def test_a_service_that_is_not_there_is_unreachable(machine: Machine) -> None:
    machine.write("in.csv", table(2))
    with without_waiting():
        done = machine.run("reviews", "import", "in.csv", "--json", TRUSTOO_BASE_URL="http://127.0.0.1:9")
    assert (done.code, done.json["failed"], done.json["pending"]) == (4, 1, 1)


def test_several_rows_are_under_way_at_once_and_no_more_than_asked(machine: Machine) -> None:
    machine.write("in.csv", table(24))
    most = under_way = 0

    def slow(received: Received) -> object:
        nonlocal most, under_way
        under_way += 1
        most = max(most, under_way)
        time.sleep(0.03)
        under_way -= 1
        return {"id": "1"}

    machine.service.respond("reviews.create", slow)
    assert machine.run("reviews", "import", "in.csv", "--json", "--concurrency", 4).json["created"] == 24
    assert 2 <= most <= 4
    assert sorted(body["author"] for body in created(machine)) == sorted(f"Author {n}" for n in range(24))


@pytest.mark.parametrize(("concurrency", "seed"), [(1, 1), (1, 2), (4, 3)])
def test_killed_at_random_points_no_row_is_created_twice(machine: Machine, concurrency: int, seed: int) -> None:
    """Repeat with: pytest tests/cli/test_import.py -k random_points. Each run is killed (SIGKILL on POSIX) after a
    random number of creations and a random moment. The service counts what it carried out."""
    rows, chance, carried_out = 60, random.Random(seed), Counter[str]()

    def create(received: Received) -> object:
        time.sleep(chance.random() * 0.01)
        carried_out[received.json["author"]] += 1
        return {"id": received.json["author"].split()[1]}

    machine.service.respond("reviews.create", create)
    file = machine.write("in.csv", table(rows))
    results = file.with_name("in.csv.results.jsonl")
    kills = 0
    while True:
        wanted = carried_out.total() + chance.randrange(0, 25)
        process = machine.start("reviews", "import", "in.csv", "--concurrency", concurrency)
        deadline = time.monotonic() + 30
        while process.poll() is None and not (carried_out.total() >= wanted and results.exists()):
            assert time.monotonic() < deadline
            time.sleep(0.0005)
        time.sleep(chance.random() * 0.02)
        process.kill()
        _, errors = process.communicate()
        if process.returncode >= 0:
            break
        kills += 1
    assert kills >= 3, errors
    known = journal(results)
    assert set(known) == set(range(2, rows + 2)), "a row was forgotten"
    assert set(known.values()) <= {"created", "unknown"}
    for line, status in known.items():
        times = carried_out[f"Author {line - 2}"]
        assert times == 1 if status == "created" else times <= 1, (line, status, times)
    assert list(known.values()).count("unknown") <= kills * concurrency
    assert process.returncode == (5 if "unknown" in known.values() else 0)


@pytest.mark.exclusive
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to all processes of a console, not to one")
def test_interrupted_it_ends_the_row_under_way_and_says_so(machine: Machine, sign: int) -> None:
    def slow(received: Received) -> object:
        time.sleep(0.05)
        return {"id": "1"}

    machine.service.respond("reviews.create", slow)
    file = machine.write("in 1.csv", table(200))
    process = machine.start("reviews", "import", "in 1.csv")
    deadline = time.monotonic() + 30
    while machine.service.processed["reviews.create"] < 3:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(sign)
    said, errors = process.communicate(timeout=30)
    number = machine.service.processed["reviews.create"]
    again = f"Interrupted. {number} of 200 rows are done. To continue: trustoo reviews import 'in 1.csv'\n"
    assert (process.returncode, errors.decode()) == (130, again)
    assert number < 100, "it went on after the interrupt"
    assert said.decode() == f"200 rows: {number} created, {200 - number} pending. Results: in 1.csv.results.jsonl\n"
    assert set(journal(file.with_name("in 1.csv.results.jsonl")).values()) == {"created"}


def test_half_a_line_that_a_killed_run_left_does_no_harm(machine: Machine) -> None:
    file = machine.write("in.csv", table(2))
    results = file.with_name("in.csv.results.jsonl")
    machine.run("reviews", "import", "in.csv")
    with open(results, "ab") as appended:
        appended.write(b'{"line": 3, "sta')
    machine.write("in.csv", table(3))
    for _ in range(2):
        assert machine.run("reviews", "import", "in.csv", "--json").json["created"] == 3
    assert len(created(machine)) == 3


def test_a_results_file_of_something_else_is_left_alone(machine: Machine) -> None:
    machine.write("in.csv", table(1))
    other = machine.write("other.jsonl", '{"a": 1}\n')
    done = machine.run("reviews", "import", "in.csv", "--results", "other.jsonl")
    assert (done.code, "is not a results file" in done.err, created(machine)) == (2, True, [])
    assert other.read_text() == '{"a": 1}\n'
