"""Thousands of photos: a run that ended early, in whatever way, is continued, and no noted photo is sent again."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from trustoo.cli.media import LARGEST_UNREACHABLE_SERIES
from trustoo.testing import Fault, StorageResponse, without_waiting
from trustoo.upload import Journal

from contract_tests.support.pictures import png
from tests.cli.conftest import COMMAND, Machine

RESULTS = ("--results", "photos.jsonl")


def photos(machine: Machine, number: int, first: int = 0) -> list[str]:
    """Files with different images."""
    return [machine.write(f"p{n:03}.png", png(100 + n)).name for n in range(first, first + number)]


def stored(machine: Machine) -> Counter[int]:
    """How often each image was stored, by its size."""
    return Counter(len(upload.content) for upload in machine.service.storage.uploads)


def noted(path: Path) -> list[dict[str, Any]]:
    """The complete lines of a results file, read by other code than the one that wrote it."""
    text = path.read_text("utf-8") if path.exists() else ""
    return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]


# --- resume


def test_a_later_run_sends_only_what_is_missing(machine: Machine) -> None:
    files = photos(machine, 3)
    first = machine.run("media", "upload", files[0], "gone.png", files[1], *RESULTS)
    assert (first.code, first.err.splitlines()[-1]) == (
        1,
        "3 images: 2 stored, 1 failed. Results: photos.jsonl",
    )
    second = machine.run("media", "upload", *files, *RESULTS)
    assert (second.code, second.err) == (0, "3 images: 1 stored, 2 already stored. Results: photos.jsonl\n")
    assert second.out.splitlines()[:2] == first.out.splitlines()
    third = machine.run("media", "upload", *files, *RESULTS, "--json")
    assert [line["file"] for line in third.lines] == files
    assert {line["media"]["type"] for line in third.lines} == {1}
    assert third.err == "3 images: 3 already stored. Results: photos.jsonl\n"
    assert stored(machine) == {100: 1, 101: 1, 102: 1}
    assert {line["file"] for line in noted(machine.folder / "photos.jsonl")} == set(files)


def test_a_renamed_photo_is_known_and_an_edited_photo_or_other_options_are_new(machine: Machine) -> None:
    (file,) = photos(machine, 1)
    machine.run("media", "upload", file, *RESULTS)
    renamed = machine.write("renamed.jpg", (machine.folder / file).read_bytes()).name
    machine.write(file, png(500))
    assert "1 already stored" in machine.run("media", "upload", renamed, *RESULTS).err
    assert "1 stored" in machine.run("media", "upload", file, *RESULTS).err
    assert "1 stored" in machine.run("media", "upload", file, *RESULTS, "--keep-metadata").err
    assert stored(machine) == {100: 1, 500: 2}


def test_without_results_everything_is_sent_again(machine: Machine) -> None:
    files = photos(machine, 2)
    for _ in range(2):
        assert machine.run("media", "upload", *files).err == "2 images: 2 stored.\n"
    assert stored(machine) == {100: 2, 101: 2}
    assert not list(machine.folder.glob("*.jsonl"))


def kill_at(process: subprocess.Popen[bytes], reached: Callable[[], bool], delay: float) -> bool:
    """Kill the process a moment after `reached`. Return whether it was still running."""
    deadline = time.monotonic() + 30
    while process.poll() is None and not reached():
        assert time.monotonic() < deadline
        time.sleep(0.0005)
    time.sleep(delay)
    process.kill()
    process.communicate()
    return process.returncode < 0


@pytest.mark.skipif(sys.platform == "win32", reason="a killed process has an exit code of its own there")
def test_killed_at_random_points_a_batch_sends_no_noted_photo_again(machine: Machine) -> None:
    number, concurrency, chance = 60, 3, random.Random(7)
    files, results = photos(machine, number), machine.folder / "photos.jsonl"
    kills = 0
    for goal in (12, 30):
        before = {line["image"]["size"] for line in noted(results)}
        had = stored(machine)
        process = machine.start("media", "upload", *files, *RESULTS, "--concurrency", concurrency)
        kills += kill_at(process, lambda goal=goal: len(noted(results)) >= goal, chance.random() * 0.01)  # type: ignore[misc]
        assert set(stored(machine) - had) & before == set(), "a noted photo was sent again"
    done = machine.run("media", "upload", *files, *RESULTS)
    assert done.code == 0, done
    assert kills == 2
    assert set(stored(machine)) == {100 + n for n in range(number)}, "a photo was forgotten"
    assert stored(machine).total() <= number + kills * concurrency
    assert len({line["key"] for line in noted(results)}) == number


@pytest.mark.skipif(sys.platform == "win32", reason="a killed process has an exit code of its own there")
def test_an_import_that_was_killed_sends_no_noted_photo_again(machine: Machine) -> None:
    rows, each = 12, 3
    files = photos(machine, rows * each)
    lines = ["rating,author,photos", *(f"5,A{n},{'|'.join(files[n * each : (n + 1) * each])}" for n in range(rows))]
    machine.write("in.csv", "\n".join(lines))
    results = machine.folder / "in.csv.results.jsonl"

    def photos_noted() -> int:
        return sum(line["status"] == "stored" for line in noted(results))

    process = machine.start("reviews", "import", "in.csv")
    assert kill_at(process, lambda: photos_noted() >= each * 4 + 1, 0)  # in the middle of a row
    done = machine.run("reviews", "import", "in.csv", "--json", "--retry-unknown")
    assert (done.code, done.json["created"]) == (0, rows)
    assert set(stored(machine)) == {100 + n for n in range(rows * each)}
    assert stored(machine).total() <= rows * each + 1


def test_a_row_that_failed_after_its_photos_does_not_upload_them_again(machine: Machine) -> None:
    files = photos(machine, 2)
    machine.write("in.csv", f"rating,author,photos\n5,A,{'|'.join(files)}\n4,B,{files[0]}\n")
    machine.service.fail(Fault.code(3), operation="reviews.create")
    assert machine.run("reviews", "import", "in.csv").code == 1
    assert machine.run("reviews", "import", "in.csv").code == 0
    assert stored(machine) == {100: 2, 101: 1}, "each review has photos of its own"
    made = [received.json for received in machine.service.received if received.operation == "reviews.create"]
    assert [(body["author"], len(body["media"])) for body in made] == [("A", 2), ("B", 1), ("A", 2)]
    assert made[0]["media"] == made[2]["media"]


def test_the_other_photos_of_a_row_are_kept_if_one_fails(machine: Machine) -> None:
    files = photos(machine, 3)
    machine.write("in.csv", f"rating,author,photos\n5,A,{'|'.join(files)}\n")
    machine.service.storage.respond_next(StorageResponse.callback_failed())
    assert machine.run("reviews", "import", "in.csv").code == 1
    assert machine.run("reviews", "import", "in.csv").code == 0
    assert (stored(machine)[101], stored(machine)[102]) == (1, 1)


# --- an early end


@pytest.mark.exclusive
@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to all processes of a console, not to one")
def test_interrupted_it_says_how_far_it_got_and_goes_on_the_next_time(machine: Machine) -> None:
    files, results = photos(machine, 200), machine.folder / "photos.jsonl"
    process = machine.start("media", "upload", *files, *RESULTS)
    deadline = time.monotonic() + 30
    while len(noted(results)) < 5:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    said, errors = process.communicate(timeout=30)
    number = len(noted(results))
    assert number < 200, "it went on after the interrupt"
    assert process.returncode == 130
    assert errors.decode().splitlines() == [
        f"200 images: {number} stored, {200 - number} not uploaded. Results: photos.jsonl",
        "Interrupted. Run the same command again to continue.",
    ]
    assert len(said.splitlines()) == number, "each stored image is printed"
    # Several are uploaded at once, so the stored ones need not be the first.
    again = machine.run("media", "upload", *files, *RESULTS)
    assert f"200 images: {200 - number} stored, {number} already stored." in again.err
    assert len(stored(machine)) == 200, "none is uploaded twice"


@pytest.mark.parametrize("content", ['{"a": 1}\n', "notes"])
def test_another_file_is_no_results_file(machine: Machine, content: str) -> None:
    (file,) = photos(machine, 1)
    other = machine.write("other.txt", content)
    done = machine.run("media", "upload", file, "--results", "other.txt")
    assert (done.code, stored(machine), other.read_text()) == (2, {}, content)
    assert "other.txt is not a results file" in done.err
    assert machine.run("media", "upload", file, "--results", "no/where.jsonl").code == 2


def test_credentials_that_are_refused_end_the_run_at_once(machine: Machine) -> None:
    files = photos(machine, 50)
    done = machine.run("media", "upload", *files, "--concurrency", 1, TRUSTOO_PRIVATE_TOKEN="EXAMPLE-other-token")
    assert done.code == 3
    assert done.err.count("code 16") == 2  # of the image and of the end
    assert "50 images: 1 failed, 49 not uploaded." in done.err


def test_a_storage_that_stops_answering_does_not_fail_thousands(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert LARGEST_UNREACHABLE_SERIES == 10
    monkeypatch.setattr("trustoo.cli.media.LARGEST_UNREACHABLE_SERIES", 2)
    files = photos(machine, 50)
    machine.service.storage.respond_next(StorageResponse.reset(), times=1000)
    with without_waiting():
        done = machine.run("media", "upload", *files, "--concurrency", 1, *RESULTS)
    assert done.code == 1
    assert "50 images: 2 failed, 48 not uploaded. Results: photos.jsonl\n" in done.err
    assert done.err.endswith("Run the same command again to continue.\n")


# --- a full disk


def on_a_full_disk(machine: Machine, room: int, *arguments: object) -> tuple[int, str, str]:
    """The command in a process whose files cannot become larger than `room` bytes."""
    import resource

    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=machine.folder,
        env=machine._environment({"PYTHONDONTWRITEBYTECODE": "1"}),
        capture_output=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY)),
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


FULL = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for the size of a file")


@FULL
def test_a_full_disk_ends_an_import_which_says_how_far_it_got_and_is_continued(machine: Machine) -> None:
    machine.write("in.csv", "\n".join(["rating,author", *(f"5,A{n}" for n in range(40))]))
    code, said, errors = on_a_full_disk(machine, 1500, "reviews", "import", "in.csv")
    known = {line["line"]: line["status"] for line in noted(machine.folder / "in.csv.results.jsonl")}
    created, unknown = (list(known.values()).count(status) for status in ("created", "sending"))
    assert created > 5
    assert machine.service.processed["reviews.create"] == created + unknown
    assert code == (5 if unknown else 1)
    parts = f"{created} created, " + (f"{unknown} unknown, " if unknown else "") + f"{40 - created - unknown} pending"
    assert said == f"40 rows: {parts}. Results: in.csv.results.jsonl\n"
    (last,) = errors.splitlines()[unknown:]  # the first line is about the unknown row, and has the command for it
    assert not unknown or errors.splitlines()[0].endswith(": trustoo reviews import in.csv --settle")
    assert last.startswith("Error: Stopped: in.csv.results.jsonl: File too large.")
    assert last.endswith(f" {created} of 40 rows are done. To continue: trustoo reviews import in.csv")
    done = machine.run("reviews", "import", "in.csv", "--json")
    assert (done.json["created"], done.json["unknown"]) == (40 - unknown, unknown)
    assert machine.service.processed["reviews.create"] == 40


def test_the_id_of_a_review_that_could_not_be_saved_is_told(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.write("in.csv", "\n".join(["rating,author", *(f"5,A{n}" for n in range(9))]))
    machine.service.respond("reviews.create", lambda received: {"id": f"EXAMPLE-{received.json['author']}"})
    real = Journal.note

    def note(journal: Journal, key: str, status: str, **about: Any) -> None:
        if status == "created" and about["line"] == 4:
            raise OSError(28, "No space left on device", journal.path)
        real(journal, key, status, **about)

    monkeypatch.setattr(Journal, "note", note)
    monkeypatch.setattr("sys.argv", ["trustoo", "reviews", "import", "in.csv"])
    done = machine.run("reviews", "import", "in.csv")
    assert done.code == 5
    assert done.out == "9 rows: 2 created, 1 unknown, 6 pending. Results: in.csv.results.jsonl\n"
    assert done.err.splitlines()[-1] == (
        "Error: Stopped: in.csv.results.jsonl: No space left on device. The review of line 4 was created, but its id "
        "EXAMPLE-A2 was not saved. 2 of 9 rows are done. To continue: trustoo reviews import in.csv"
    )


@FULL
def test_a_full_disk_ends_an_import_of_several_rows_at_once_and_no_row_is_sent_twice(machine: Machine) -> None:
    machine.write("in.csv", "\n".join(["rating,author", *(f"5,A{n}" for n in range(20))]))
    code, _, _ = on_a_full_disk(machine, 1540, "reviews", "import", "in.csv", "--concurrency", "3")
    assert code in (1, 5)
    done = machine.run("reviews", "import", "in.csv", "--json")
    assert done.json["created"] + done.json["unknown"] == 20
    made = Counter(
        received.json["author"] for received in machine.service.received if received.operation == "reviews.create"
    )
    assert set(made.values()) == {1}


@FULL
def test_a_full_disk_ends_a_batch_which_says_how_far_it_got_and_is_continued(machine: Machine) -> None:
    files = photos(machine, 30)
    code, said, errors = on_a_full_disk(machine, 3000, "media", "upload", *files, *RESULTS, "--concurrency", "1")
    number = len(noted(machine.folder / "photos.jsonl"))
    assert code == 1
    assert 3 <= number < 29
    assert len(said.splitlines()) == number + 1, "the image that could not be noted is stored, and is printed"
    assert errors.splitlines() == [
        f"30 images: {number + 1} stored, {29 - number} not uploaded. Results: photos.jsonl",
        "Error: Stopped: photos.jsonl: File too large. Run the same command again to continue.",
    ]
    done = machine.run("media", "upload", *files, *RESULTS)
    assert done.err == f"30 images: {30 - number} stored, {number} already stored. Results: photos.jsonl\n"


@FULL
def test_a_results_file_that_cannot_be_begun_stops_before_anything_is_sent(machine: Machine) -> None:
    (file,) = photos(machine, 1)
    machine.write("in.csv", "rating,author\n5,A\n")
    for arguments in (("media", "upload", file), ("reviews", "import", "in.csv")):
        done = machine.run(*arguments, "--results", "/dev/full")
        assert done.code == 2
        assert "/dev/full is not a regular file" in done.err
    assert machine.service.received == []
