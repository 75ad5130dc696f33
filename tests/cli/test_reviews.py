"""Listing and deleting reviews, uploading media: what is shown to people, to pipes and to programs."""

from __future__ import annotations

import inspect
import os
import re
import select
import sys
import typing

import pytest
from trustoo.testing import Fault
from trustoo_api.api.reviews import ReviewsResource
from trustoo_api.decoding import members
from trustoo_api.models import Review

from contract_tests.support.pictures import GIF, PNG
from tests.cli.conftest import Machine, reviews

MEMBERS = [wire for _, wire in members(Review)]


def test_json_is_one_object_a_line_as_received(machine: Machine) -> None:
    machine.service.pages("reviews.list", reviews(45))
    assert machine.run("reviews", "list", "--json", "--limit", 25).lines == reviews(45)[:25]
    assert len(machine.run("reviews", "list", "--json").lines) == 20
    assert machine.run("reviews", "list", "--json", "--all").lines == reviews(45)


def test_in_a_pipe_each_review_is_one_line_with_the_same_columns(machine: Machine) -> None:
    hostile = {"id": "1", "author": "a\tb\nc\\d\x1b[31m\x07", "media": [{"url": "x"}], "reply": None}
    machine.service.pages("reviews.list", [hostile, {"id": "2"}])
    lines = machine.run_apart("reviews", "list").out.split("\n")
    assert lines[0].split("\t") == [*MEMBERS, "extra"]
    first = dict(zip([*MEMBERS, "extra"], lines[1].split("\t"), strict=True))
    assert (first["author"], first["media"], first["reply"]) == ("a\\tb\\nc\\\\d[31m", '[{"url": "x"}]', "")
    assert len(lines[2].split("\t")) == len(MEMBERS) + 1
    assert machine.run("reviews", "list", "--columns", "author, id").out.splitlines()[0] == "author\tid"


@pytest.mark.parametrize("form", [[], ["--json"]])
@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ([], "The shop has no reviews.\n"),
        (["--sort-by", "created-descending", "--page-size", "5"], "The shop has no reviews.\n"),
        (["--keyword", "x"], "No reviews match the filters.\n"),
    ],
)
def test_no_reviews_are_no_output_and_a_note(machine: Machine, form: list[str], filters: list[str], said: str) -> None:
    machine.service.pages("reviews.list", [])
    done = machine.run("reviews", "list", *form, *filters)
    assert (done.code, done.out, done.err) == (0, "", said)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--rating", "7"], "--rating '7' is not a known value; the known values are 1, 2, 3, 4, 5."),
        (
            ["--rating", "5", "--rating", "abc"],
            "--rating 'abc' is not a known value; the known values are 1, 2, 3, 4, 5.",
        ),
        (["--rating", "5.0"], "the known values are 1, 2, 3, 4, 5."),
        (["--sort-by", "created-desc"], "the known values are created-ascending, created-descending."),
        (
            ["--source", "amazon"],
            "--source 'amazon' is not a known value; the known values are CSV uploaded, AliExpress",
        ),
        (["--columns", "nonsense"], "--columns: nonsense: unknown; the columns are id, rating, author"),
        (["--columns", "id,stars, x"], "--columns: stars, x: unknown; the columns are"),
        (["--columns", ","], "--columns: no column is given; the columns are"),
        (["--is-store-review", "2"], "--is-store-review"),
        (["--page-size", "0"], "--page-size"),
        (["--product-id", "kettle"], "Error: --product-id is 'kettle'; give a number or gid://shopify/Product/NUMBER"),
        (["--product-id", ""], "Error: --product-id is empty"),
    ],
)
def test_a_filter_that_cannot_match_is_refused_with_the_values_that_exist(
    machine: Machine, options: list[str], said: str
) -> None:
    done = machine.run("reviews", "list", *options, COLUMNS="200")
    assert (done.code, machine.service.received) == (2, [])
    assert said in done.err
    if options[0] not in ("--columns", "--sort-by"):
        assert machine.run("reviews", "export", "out.csv", *options).code == 2
        assert not (machine.folder / "out.csv").exists()


def test_a_source_that_nobody_knows_yet_is_sent_with_a_note(machine: Machine) -> None:
    machine.service.pages("reviews.list", reviews(1))
    done = machine.run("reviews", "list", "--source", "EXAMPLE-new", "--source", "Amazon")
    assert (done.code, done.err.startswith("--source 'EXAMPLE-new' is not a known value")) == (0, True)
    assert done.err.endswith("It is used as it is.\n")
    assert [value for name, value in machine.service.received[0].query if name == "sources"] == [
        "EXAMPLE-new",
        "Amazon",
    ]


def test_each_filter_of_the_operation_is_an_option_with_the_operations_words(machine: Machine) -> None:
    text = " ".join(machine.run("reviews", "list", "--help", COLUMNS="200").out.split())
    said = inspect.getdoc(ReviewsResource.list)
    assert said is not None
    for name in set(inspect.signature(ReviewsResource.list).parameters) - {"self", "page", "extra_query"}:
        form = typing.get_type_hints(ReviewsResource.list)[name]
        flag = name.removesuffix("s") if "Iterable" in str(form) else name
        assert f"--{flag.replace('_', '-')} " in text
    assert "Shopify product ids." in text
    assert "inferred)" not in text
    assert "Known: created-ascending, created-descending." in text


def test_filters_are_sent(machine: Machine) -> None:
    options = ["--product-id", "12", "--product-id", "'34.0", "--rating", "5", "--is-store-review", 0, "--keyword", ""]
    machine.run("reviews", "list", *options, "--sort-by", "created-ascending", "--page-size", 7)
    assert sorted(machine.service.received[0].query) == sorted(
        [
            *(("product_ids", value) for value in ("12", "34")),
            *(("ratings", "5"), ("is_store_review", "0"), ("keyword", "")),
            *(("sort_by", "created-ascending"), ("page_size", "7"), ("page", "1")),
        ]
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize("width", [40, 80, 200])
def test_at_a_terminal_nothing_is_wider_than_it_and_nothing_drives_it(machine: Machine, width: int) -> None:
    machine.service.pages(
        "reviews.list",
        [{**review, "author": f"\x1b[31m{review['author']}", "content": "綺麗な急須 " * 30} for review in reviews(5)],
    )
    shown = at_a_terminal(machine, width, "reviews", "list")
    assert "\x1b[31m" not in shown
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown).replace("\r", "").split("\n")
    table = [line for line in lines if line and not line.startswith("Not shown")]
    assert [line.split()[0] for line in table] == ["id", "4", "3", "2", "1", "0"]
    from rich.cells import cell_len

    assert [line for line in table if cell_len(line) > width] == []
    assert any("綺麗" in line for line in table) or width == 40


def at_a_terminal(machine: Machine, width: int, *arguments: str) -> str:
    """What a terminal of this width shows."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    machine.environment |= {"TERM": "xterm-256color"}
    process = machine.start(*arguments, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 65536):
            shown += piece
    except OSError:  # Linux says so when the other side has gone
        pass
    os.close(ours)
    assert process.wait(30) == 0
    return shown.decode()


def test_deleting_asks_first_and_without_anybody_to_ask_refuses(machine: Machine) -> None:
    done = machine.run_apart("reviews", "delete", "1", input=b"y\n")
    assert (done.code, "--yes" in done.err, machine.service.received) == (2, True, [])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize(("answer", "code", "deleted"), [(b"y\n", 0, 2), (b"\n", 1, 0), (b"\x03", 130, 0)])
def test_at_a_terminal_only_a_yes_deletes(machine: Machine, answer: bytes, code: int, deleted: int) -> None:
    import pty

    ours, theirs = pty.openpty()

    # A session of its own whose terminal this is: Ctrl-C is the terminal's doing.
    def lead() -> None:
        os.setsid()
        os.close(os.open(os.ttyname(theirs), os.O_RDWR))

    process = machine.start("reviews", "delete", "7", "8", stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=lead)
    os.close(theirs)
    shown = b""
    while b"[y/N]" not in shown:
        shown += os.read(ours, 1000)
    assert b"Delete 2 reviews (7, 8)?" in shown
    os.write(ours, answer)
    try:
        while True:
            # Python's input() sleeps through a Ctrl-C that comes after its prompt and before its read begins: it
            # is noted, and nobody looks before the read ends. People press it again; an answer is typed once.
            if answer == b"\x03" and not select.select([ours], [], [], 5)[0]:
                os.write(ours, answer)
            elif not os.read(ours, 1000):
                break
    except OSError:
        pass
    os.close(ours)
    assert process.wait(30) == code
    assert machine.service.processed["reviews.delete"] == deleted


def test_ids_are_deleted_once_each_and_each_is_reported(machine: Machine) -> None:
    machine.service.fail(Fault.code(5), operation="reviews.delete")
    machine.service.fail(Fault.reset(), operation="reviews.delete")
    done = machine.run("reviews", "delete", "1", "2", "-", "--yes", "--json", input="3\n\n1\n4\n")
    assert done.code == 5
    assert [(line["id"], line["status"]) for line in done.lines] == [
        *(("1", "failed"), ("2", "unknown"), ("3", "deleted"), ("4", "deleted"))
    ]
    assert machine.service.processed["reviews.delete"] == 3


def test_deleting_ends_where_no_further_one_can_succeed(machine: Machine) -> None:
    done = machine.run("reviews", "delete", "1", "2", "--yes", "--json", TRUSTOO_PRIVATE_TOKEN="EXAMPLE-other-token")
    assert (done.code, [line["id"] for line in done.lines]) == (3, ["1"])
    assert machine.run("reviews", "delete", "-", "--yes", input="\n").code == 2


def test_images_are_uploaded_and_each_is_reported(machine: Machine) -> None:
    machine.write("a b.gif", GIF)
    machine.write("c.png", PNG)
    done = machine.run("media", "upload", "a b.gif", "missing.gif", "c.png", "--json")
    assert done.code == 1
    first, second, third = done.lines
    assert (first["file"], second["file"], third["file"]) == ("a b.gif", "missing.gif", "c.png")
    assert "cannot be read" in second["error"]
    assert {upload.content for upload in machine.service.storage.uploads} == {GIF, PNG}
    assert first["media"]["type"] == 1
    assert first["media"]["url"].endswith("style/trustoo_big")
    plain = machine.run("media", "upload", "c.png")
    assert (plain.code, plain.err) == (0, "1 image: 1 stored.\n")
    assert re.fullmatch(r"c\.png\thttp://127\.0\.0\.1:\d+/\S+\n", plain.out)


def test_an_image_that_is_stored_though_the_callback_failed_says_where(machine: Machine) -> None:
    from trustoo.testing import StorageResponse

    machine.write("a.gif", GIF)
    machine.service.storage.respond_next(StorageResponse.callback_failed())
    done = machine.run("media", "upload", "a.gif", "--json")
    assert (done.code, done.lines[0]["stored_url"].startswith("http://127.0.0.1:")) == (1, True)
