"""An export holds every review once: however often it is killed, whatever is added or deleted meanwhile.

test_export_formats.py has what the formats add to that, and test_export_full.py the mode `full`.
"""

from __future__ import annotations

import csv
import json
import random
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from trustoo.cli.exports import Export, ExportFormat
from trustoo.cli.files import exclusive
from trustoo.testing import Received

from tests.cli.conftest import HOMES, Machine, reviews


def ids_in(path: Path) -> list[str]:
    """The ids in an export, read by other code than the one that wrote it."""
    if path.suffix == ".jsonl":
        return [json.loads(line)["id"] for line in path.read_text(encoding="utf-8").splitlines()]
    with open(path, encoding="utf-8-sig", newline="") as file:
        return [row["id"] for row in csv.DictReader(file)]


def newest_first(number: int, first: int = 0) -> list[str]:
    return [str(review["id"]) for review in reviews(number, first=first)]


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl", "out of Zoë's.ndjson"])
def test_every_review_is_exported_in_order(machine: Machine, name: str) -> None:
    machine.service.pages("reviews.list", reviews(45))
    done = machine.run("reviews", "export", name, "--page-size", 10)
    assert (done.code, done.out) == (0, f"45 reviews added to {name}, 45 in all.\n")
    path = machine.folder / name
    assert (ids_in(path) if path.suffix != ".ndjson" else newest_first(45)) == newest_first(45)
    assert len({dict(received.query)["sort_by"] for received in machine.service.received}) == 1


def test_json_lines_are_what_was_received(machine: Machine) -> None:
    machine.service.pages("reviews.list", reviews(5))
    assert machine.run("reviews", "export", "out.jsonl").code == 0
    lines = (machine.folder / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == reviews(5)


def test_a_csv_file_keeps_members_that_nobody_knows(machine: Machine) -> None:
    machine.service.pages("reviews.list", reviews(4))
    assert machine.run("reviews", "export", "out.csv", "--bom").code == 0
    content = (machine.folder / "out.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfid,")
    rows = list(csv.DictReader(content.decode("utf-8-sig").splitlines(keepends=True)))
    for row, review in zip(rows, reviews(4), strict=True):
        assert row["content"].replace("\r\n", "\n") == review["content"]
        assert (row["author"], row["rating"]) == (review["author"], str(review["rating"]))
        assert json.loads(row["extra"]) == {"later": review["later"]}


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl"])
def test_a_second_run_adds_what_is_new_and_asks_for_no_more(machine: Machine, name: str) -> None:
    machine.service.pages("reviews.list", reviews(50))
    machine.run("reviews", "export", name, "--page-size", 10)
    machine.service.pages("reviews.list", reviews(63))
    machine.service.received.clear()
    done = machine.run("reviews", "export", name, "--page-size", 10, "--json")
    assert done.json == {
        "file": name,
        "mode": "new",
        "new": 13,
        "changed": None,
        "gone": None,
        "rows": 63,
        "resumed": False,
    }
    assert ids_in(machine.folder / name) == newest_first(50) + newest_first(13, first=50)
    assert len(machine.service.received) == 2
    assert machine.run("reviews", "export", name, "--page-size", 10, "--json").json["new"] == 0


@pytest.mark.parametrize(("name", "seed"), [("out.jsonl", 2)])
def test_killed_at_random_points_nothing_is_lost_or_doubled(machine: Machine, name: str, seed: int) -> None:
    """Repeat with: pytest tests/cli/test_export.py -k 'random_points and <seed>'. Each run is killed (SIGKILL on POSIX)
    after a random number of pages and a random moment; between runs reviews are added."""
    chance = random.Random(seed)
    number = 120
    machine.service.pages("reviews.list", reviews(number))
    kills = 0
    while True:
        pages = chance.randrange(1, 14)
        before = machine.service.processed["reviews.list"]
        process = machine.start("reviews", "export", name, "--page-size", 5)
        deadline = time.monotonic() + 30
        while process.poll() is None and machine.service.processed["reviews.list"] < before + pages:
            assert time.monotonic() < deadline
            time.sleep(0.0005)
        time.sleep(chance.random() * 0.01)
        process.kill()
        _, errors = process.communicate()
        if process.returncode == 0:
            break
        assert process.returncode < 0 or errors == b"", errors
        kills += 1
        if kills % 2:
            number += chance.randrange(0, 4)
            machine.service.pages("reviews.list", reviews(number))
    assert kills >= 3
    ended = machine.run("reviews", "export", name, "--page-size", 5, "--json")
    assert ended.json["rows"] == number
    found = ids_in(machine.folder / name)
    assert len(found) == len(set(found)), "a review is there twice"
    assert set(found) == set(newest_first(number)), "a review is missing"


def test_reviews_deleted_between_kill_and_resumption_hide_no_others(machine: Machine) -> None:
    stop_at_page(machine, 6, reviews(100))
    left = [review for review in reviews(100) if int(str(review["id"])) not in range(60, 95)]  # 35 of those exported
    machine.service.pages("reviews.list", left)
    done = machine.run("reviews", "export", "out.csv", "--page-size", 10, "--json")
    assert done.code == 0
    assert done.json["resumed"]
    found = ids_in(machine.folder / "out.csv")
    assert len(found) == len(set(found))
    assert {str(review["id"]) for review in left} <= set(found)


def test_an_incremental_run_that_was_broken_off_is_continued_to_the_old_reviews(machine: Machine) -> None:
    machine.service.pages("reviews.list", reviews(30))
    machine.run("reviews", "export", "out.csv", "--page-size", 10)
    stop_at_page(machine, 4, reviews(100))
    machine.service.pages("reviews.list", reviews(103))
    done = machine.run("reviews", "export", "out.csv", "--page-size", 10, "--json")
    assert done.json["resumed"]
    assert done.json["rows"] == 100, "the three newest are for the next run"
    machine.run("reviews", "export", "out.csv", "--page-size", 10)
    found = ids_in(machine.folder / "out.csv")
    assert sorted(found, key=int) == sorted(newest_first(103), key=int)


def stop_at_page(machine: Machine, page: int, listed: Sequence[object]) -> None:
    """An export that ends at a page, since the service answers something unreadable there."""

    def answer(received: Received) -> object:
        query = dict(received.query)
        start = (int(query["page"]) - 1) * 10
        about = {"page": int(query["page"]), "page_size": 10, "total_page": len(listed) // 10, "count": len(listed)}
        return "broken" if about["page"] >= page else {"list": listed[start : start + 10], "page": about}

    machine.service.respond("reviews.list", answer)
    assert machine.run("reviews", "export", "out.csv", "--page-size", 10).code == 1


@pytest.mark.parametrize("bom", [[], ["--bom"]])
def test_a_run_that_got_nothing_at_all_is_in_nobodys_way(machine: Machine, bom: list[str]) -> None:
    stop_at_page(machine, 1, reviews(100))
    machine.service.pages("reviews.list", reviews(100))
    assert machine.run("reviews", "export", "out.csv", *bom).code == 0
    assert ids_in(machine.folder / "out.csv") == newest_first(100)


def test_a_run_without_rows_binds_no_later_run_to_its_filters(machine: Machine) -> None:
    stop_at_page(machine, 1, reviews(100))
    machine.service.pages("reviews.list", reviews(100))
    assert machine.run("reviews", "export", "out.csv", "--rating", "5").code == 0


@pytest.mark.parametrize("size", [3, 50])
def test_a_broken_run_is_continued_with_pages_of_another_size(machine: Machine, size: int) -> None:
    stop_at_page(machine, 6, reviews(100))
    machine.service.pages("reviews.list", reviews(100))
    done = machine.run("reviews", "export", "out.csv", "--page-size", size, "--json")
    assert (done.code, done.json["resumed"]) == (0, True)
    assert ids_in(machine.folder / "out.csv") == newest_first(100)


def test_a_file_that_is_no_export_is_left_alone(machine: Machine) -> None:
    path = machine.write("out.csv", "mine\n")
    done = machine.run("reviews", "export", "out.csv")
    assert done.code == 2
    assert "out.csv exists, but not as an export" in done.err
    assert path.read_text() == "mine\n"


def lengthened(content: bytes) -> bytes:
    """What an editor leaves of a file after somebody has corrected a text."""
    return content.replace(b"two", b"twenty-two", 1)


EDITS: dict[str, Callable[[bytes], bytes]] = {
    "longer": lengthened,
    "shorter": lambda content: content.replace(b"lines", b"line", 1),
    "as long as before": lambda content: content.replace(b"two", b"six", 1),
    "row at the end": lambda content: content + content.splitlines(keepends=True)[-1],
    "line ends of another system": lambda content: content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n\r\n"),
    "cut": lambda content: content[:-1],
    "empty": lambda content: b"",
}


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("name", ["out.csv", "out.jsonl"])
def test_an_edited_file_is_left_as_it_is(machine: Machine, name: str, edit: str) -> None:
    machine.service.pages("reviews.list", reviews(20))
    machine.run("reviews", "export", name)
    path = machine.folder / name
    edited = EDITS[edit](path.read_bytes())
    path.write_bytes(edited)
    machine.service.pages("reviews.list", reviews(23))
    done = machine.run("reviews", "export", name)
    assert (done.code, path.read_bytes()) == (2, edited)
    assert done.err.startswith(f"Error: {name} was changed after the export, so no reviews can be added to it.")
    assert f"{name}.state" in done.err


@pytest.mark.parametrize("edit", EDITS)
def test_a_file_that_was_edited_after_a_failed_run_is_left_as_it_is(machine: Machine, edit: str) -> None:
    machine.service.pages("reviews.list", reviews(20))
    machine.run("reviews", "export", "out.csv", "--page-size", 10)
    path = machine.folder / "out.csv"
    before = path.read_bytes()
    stop_at_page(machine, 3, reviews(100))
    assert path.read_bytes() == before, "a run that fails changes nothing"
    edited = EDITS[edit](before)
    path.write_bytes(edited)
    machine.service.pages("reviews.list", reviews(100))
    assert (machine.run("reviews", "export", "out.csv").code, path.read_bytes()) == (2, edited)
    path.write_bytes(before)  # the edit is undone
    assert machine.run("reviews", "export", "out.csv", "--page-size", 10, "--json").json["resumed"]
    assert sorted(ids_in(path), key=int) == sorted(newest_first(100), key=int)


def test_a_file_that_was_edited_during_a_run_is_left_as_it_is(machine: Machine) -> None:
    machine.service.pages("reviews.list", reviews(20))
    machine.run("reviews", "export", "out.csv", "--page-size", 10)
    path = machine.folder / "out.csv"
    edited = lengthened(path.read_bytes())

    def answer(received: Received) -> object:
        path.write_bytes(edited)
        return {"list": reviews(23)[:10], "page": {"page": 1, "page_size": 10, "total_page": 3, "count": 23}}

    machine.service.respond("reviews.list", answer)
    done = machine.run("reviews", "export", "out.csv", "--page-size", 10)
    assert (done.code, path.read_bytes()) == (2, edited)
    path.unlink()
    machine.service.pages("reviews.list", reviews(20))
    machine.run("reviews", "export", "again.csv")
    path.write_bytes((machine.folder / "again.csv").read_bytes())  # the edit is undone
    done = machine.run("reviews", "export", "out.csv", "--page-size", 10, "--json")
    assert (done.json["new"], done.json["resumed"]) == (3, True), "the rows of the run before are in the file now"
    assert ids_in(path) == newest_first(20) + newest_first(3, first=20)


def test_a_file_that_took_the_place_of_a_failed_export_is_left_as_it_is(machine: Machine) -> None:
    for page in (1, 3):
        stop_at_page(machine, page, reviews(100))
        path = machine.folder / "out.csv"
        assert not path.exists()
        machine.write("out.csv", "mine\n")
        assert (machine.run("reviews", "export", "out.csv").code, path.read_text()) == (2, "mine\n")
        path.unlink()


def test_a_moved_file_is_not_made_again_from_the_middle(machine: Machine) -> None:
    machine.service.pages("reviews.list", reviews(20))
    machine.run("reviews", "export", "out.csv")
    (machine.folder / "out.csv").rename(machine.folder / "moved.csv")
    done = machine.run("reviews", "export", "out.csv")
    assert (done.code, "out.csv.state" in done.err) == (2, True)
    assert not (machine.folder / "out.csv").exists()
    (machine.folder / "out.csv.state").unlink()
    assert machine.run("reviews", "export", "out.csv").code == 0


@pytest.mark.parametrize("state", [b"{" * 600, b"SQLite format 3\0" + bytes(4080), None])
def test_a_damaged_state_is_not_gone_on_with(machine: Machine, state: bytes | None) -> None:
    machine.service.pages("reviews.list", reviews(20))
    machine.run("reviews", "export", "out.csv")
    path = machine.folder / "out.csv.state"
    before = (machine.folder / "out.csv").read_bytes()
    path.unlink()
    if state is None:  # the database of another program
        with closing(sqlite3.connect(path)) as database:
            database.execute("CREATE TABLE mine (id)")
    else:
        path.write_bytes(state)
    done = machine.run("reviews", "export", "out.csv")
    assert (done.code, "out.csv.state is not a valid state file" in done.err) == (2, True)
    assert (machine.folder / "out.csv").read_bytes() == before
    assert path.exists()


def test_other_filters_need_another_file(machine: Machine) -> None:
    machine.service.pages("reviews.list", reviews(20))
    machine.run("reviews", "export", "out.csv")
    before = (machine.folder / "out.csv").read_bytes()
    done = machine.run("reviews", "export", "out.csv", "--rating", "5")
    assert (done.code, "Use the same options" in done.err) == (2, True)
    assert (machine.folder / "out.csv").read_bytes() == before


@pytest.mark.parametrize(("command", "file"), [("reviews", "out.csv"), ("events", "out.sqlite")])
def test_an_interrupted_export_says_how_to_continue(
    machine: Machine, command: str, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Export, "run", interrupted)
    monkeypatch.setattr(Export, "take", interrupted)
    done = machine.run(command, "export", file)
    assert (done.code, done.err) == (130, "Interrupted. Run the same command again to continue.\n")


def test_the_options_of_an_earlier_export_are_shown_as_they_are_typed(machine: Machine) -> None:
    machine.service.pages("reviews.list", reviews(20))
    options = ["--keyword", "red kettle", "--rating", "4", "--rating", "5", "--without", "author,title", "--raw"]
    assert machine.run("reviews", "export", "out.csv", *options).code == 0
    done = machine.run("reviews", "export", "out.csv")
    before, _, after = done.err.partition(", and not with ")
    assert before.endswith("--keyword 'red kettle' --rating 4 --rating 5 --without author,title --raw")
    assert after.startswith("--format csv. Use the same options")


def test_each_bound_is_named_that_a_full_export_does_not_take(machine: Machine) -> None:
    bounds = ["--since", "2026-01-01", "--until", "2026-02-01", "--limit", "5", "--page-size", "10"]
    done = machine.run("reviews", "export", "out.csv", "--mode", "full", *bounds)
    assert (done.code, "Leave out --since, --until, --limit." in done.err) == (2, True)


def test_filters_reach_the_service_and_since_ends_the_walk(machine: Machine) -> None:
    machine.service.pages("reviews.list", reviews(100))
    options = ["--rating", "5", "--rating", "4", "--keyword", "a&b", "--page-size", 10]
    done = machine.run("reviews", "export", "o.jsonl", *options, "--since", "2026-01-01T01:20:00", "--json")
    assert done.json["new"] == 20
    query = machine.service.received[0].query
    assert [value for name, value in query if name == "ratings"] == ["5", "4"]
    assert {("keyword", "a&b"), ("page_size", "10")} < {*query}
    assert machine.run("reviews", "export", "o2.jsonl", "--since", "yesterday").code == 2


@pytest.mark.parametrize("file", ["out.csv", "-"])
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "The shop has no reviews.\n"),
        (["--rating", "1"], "No reviews match the filters.\n"),
        (["--since", "2030-01-01"], "No reviews match the filters.\n"),
    ],
)
def test_an_export_without_reviews_says_so(machine: Machine, file: str, options: list[str], said: str) -> None:
    machine.service.pages("reviews.list", [])
    done = machine.run("reviews", "export", file, *options)
    assert (done.code, done.err.endswith(said)) == (0, True)


def test_an_order_that_is_not_newest_first_is_told_and_full_finds_everything(machine: Machine) -> None:
    oldest_first = reviews(30)[::-1]
    machine.service.pages("reviews.list", oldest_first)
    assert "--mode full" in machine.run("reviews", "export", "out.csv", "--page-size", 10).err
    machine.service.pages("reviews.list", reviews(40)[::-1])
    run = ["reviews", "export", "out.csv", "--page-size", 10, "--json"]
    assert machine.run(*run).json["new"] == 0
    assert machine.run(*run, "--mode", "full").json["new"] == 10


def test_two_exports_to_one_file_do_not_run_at_once(machine: Machine) -> None:
    with exclusive(machine.folder / "out.csv"):
        done = machine.run("reviews", "export", "out.csv")
    assert (done.code, done.err) == (
        2,
        "Error: out.csv is in use by another trustoo command. Wait until it has ended.\n",
    )


def test_the_lock_stands_beside_the_file_and_needs_no_home(machine: Machine) -> None:
    machine.service.pages("reviews.list", reviews(20))
    nowhere = dict.fromkeys(HOMES, str(machine.write("file", "") / "home"))
    assert machine.run("reviews", "export", "out.csv", **nowhere).code == 0
    assert {path.name for path in machine.folder.iterdir()} >= {"out.csv", "out.csv.state", "out.csv.lock"}


def test_a_folder_that_is_not_there_is_named(machine: Machine) -> None:
    done = machine.run("reviews", "export", "nowhere/out.csv")
    assert (done.code, done.err.startswith(f"Error: {Path('nowhere', 'out.csv')}: ")) == (2, True)
    assert machine.service.received == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for the size of files")
@pytest.mark.parametrize("format", [format.value for format in ExportFormat])
def test_a_disk_that_becomes_full_changes_nothing_and_the_next_run_goes_on(machine: Machine, format: str) -> None:
    """The limit of the process for the size of files stands for the disk."""
    import resource

    name = f"out.{format}"
    machine.service.pages("reviews.list", reviews(400))
    process = machine.start(
        *("reviews", "export", name, "--page-size", 10),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1, errors
    assert errors.decode().startswith(f"Error: {name}")
    assert errors.decode().endswith("Free space, and run the command again to continue.\n")
    assert not (machine.folder / name).exists()
    done = machine.run("reviews", "export", name, "--page-size", 10, "--json")
    assert (done.code, done.json["resumed"], done.json["rows"]) == (0, True, 400)


@pytest.mark.parametrize(("options", "bom"), [([], ""), (["--bom"], "\ufeff"), (["--format", "jsonl"], "")])
def test_a_dash_is_standard_output(machine: Machine, options: list[str], bom: str) -> None:
    machine.service.pages("reviews.list", reviews(25))
    done = machine.run_apart("reviews", "export", "-", "--page-size", "10", *options)
    assert (done.code, done.err) == (0, "25 reviews exported.\n")
    path = machine.write("out.jsonl" if "jsonl" in options else "out.csv", done.out)
    assert ids_in(path) == newest_first(25)
    assert done.out.startswith(bom)
    assert not done.out.startswith(bom + bom if bom else "\ufeff")
    machine.run(
        "reviews", "export", "same", *(options or ["--format", "csv"]), *(["--format", "csv"] * ("--bom" in options))
    )
    assert (machine.folder / "same").read_bytes() == done.out.encode()
    assert not (machine.folder / "-").exists()


def test_an_export_to_standard_output_has_no_summary_there(machine: Machine) -> None:
    done = machine.run("reviews", "export", "-", "--json")
    assert (done.code, "--json prints to standard output" in done.err, machine.service.received) == (2, True, [])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("command", [("export", "-"), ("list",), ("list", "--json")])
def test_an_output_that_cannot_be_written_is_a_sentence(machine: Machine, command: tuple[str, ...]) -> None:
    machine.service.pages("reviews.list", reviews(25))
    with open("/dev/full", "wb") as full:
        process = machine.start("reviews", *command, stdout=full)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (1, b"Error: The output cannot be written: No space left on device.\n")


def test_a_review_without_an_id_is_refused(machine: Machine) -> None:
    machine.service.pages("reviews.list", [{"rating": 5}])
    done = machine.run("reviews", "export", "out.csv")
    assert (done.code, "without an id" in done.err) == (1, True)


def test_the_form_must_be_known(machine: Machine) -> None:
    done = machine.run("reviews", "export", "out.txt")
    assert (done.code, "--format" in done.err) == (2, True)
    assert machine.run("reviews", "export", "out.txt", "--format", "jsonl").code == 0
