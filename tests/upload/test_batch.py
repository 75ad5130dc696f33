"""Thousands of images: each is opened when its turn comes, and nothing but its outcome stays."""

from __future__ import annotations

import asyncio
import gc
import io
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import IO, Any

import httpx
import pytest
import trustoo.upload.batch
from trustoo import ConfigurationError, TrustooError, UploadCallbackError, UploadError, UploadRejectedError
from trustoo.errors import UnauthenticatedError
from trustoo.upload import ImageFile, Journal, UploadOutcome
from trustoo.upload.batch import Batch
from trustoo.upload.source import CHUNK, Source

from contract_tests.support.interleaving import interleavings
from contract_tests.support.pictures import GIF, png
from tests.support import envelope
from tests.upload.conftest import BOTH, PNG, Storage, api, parts_of, run, run_async

PHOTOS = 400


class Watched:
    """Counts the files that are open, the files in work and the sources in memory, and the most of each."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, storage: Storage) -> None:
        gc.collect()
        gc.freeze()  # `sources` does not see what is there already, such as errors that pytest keeps
        self._storage = storage
        self.open: list[IO[Any]] = []
        self.most_open = self.most_in_work = self.most_sources = self.taken = self.ended = 0
        real, lock = Path.open, threading.Lock()

        def opened(path: Path, *given: Any, **more: Any) -> IO[Any]:
            file: IO[Any] = real(path, *given, **more)
            with lock:
                self.open = [other for other in self.open if not other.closed] + [file]
                self.most_open = max(self.most_open, len(self.open))
            return file

        monkeypatch.setattr(Path, "open", opened)

    def files(self, path: Path, number: int) -> Iterator[Path]:
        for _ in range(number):
            self.taken += 1
            self.most_in_work = max(self.most_in_work, self.taken - self.ended)
            yield path

    def note(self, outcome: UploadOutcome) -> None:
        self.ended += 1
        self._storage.requests.clear()  # they refer to their sources
        if self.ended % 200 == 0:
            self.most_sources = max(self.most_sources, sources())


def sources() -> int:
    """The number of sources in memory that are not frozen. Other tests of this process may have left some."""
    gc.collect()
    return sum(type(thing) is Source for thing in gc.get_objects())  # isinstance wakes the lazy objects of others


@BOTH
def test_the_files_of_a_generator_are_opened_one_after_the_other(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tiny.gif").write_bytes(GIF)
    storage = Storage()
    watched = Watched(monkeypatch, storage)
    files = watched.files(tmp_path / "tiny.gif", PHOTOS)
    outcomes = run("upload_images", api(), storage, files, concurrency=3, on_outcome=watched.note)
    assert {outcome.error for outcome in outcomes} == {None}
    assert len({outcome.image.key for outcome in outcomes}) == watched.ended == PHOTOS
    assert watched.most_in_work == 3
    assert 1 <= watched.most_open <= 3
    assert all(file.closed for file in watched.open)
    assert watched.most_sources <= 3 * 10  # an upload has some sources: as it is, as it can be stopped, as it is sent


@BOTH
def test_failed_uploads_keep_no_content_in_memory(run: Any) -> None:
    """Their errors are kept, and errors refer to all that their functions had in hand."""
    storage, before = Storage().responds(httpx.Response(403, content=b"<Error><Code>EXAMPLE</Code></Error>")), sources()
    files = (ImageFile(iter([png(CHUNK)])) for _ in range(20))
    outcomes = run("upload_images", api(), storage, files, concurrency=2)
    assert {type(outcome.error) for outcome in outcomes} == {UploadRejectedError}
    assert outcomes[0].error.__traceback__ is not None, "where it was raised is still known"
    storage.requests.clear()
    assert sources() <= before
    assert not any(len(value) >= CHUNK for outcome in outcomes for value in held(outcome.error))


def held(error: BaseException | None) -> Iterator[bytes]:
    """The bytes in the frames of an error and of its causes."""
    while error is not None:
        trace = error.__traceback__
        while trace is not None:
            yield from (value for value in trace.tb_frame.f_locals.values() if isinstance(value, bytes))
            trace = trace.tb_next
        error = error.__cause__ or error.__context__


@BOTH
def test_the_error_that_all_uploads_share_does_not_grow(run: Any) -> None:
    service = Storage(lambda request: httpx.Response(200, content=envelope(None, code=16, message="EXAMPLE")))
    outcomes = run("upload_images", service, Storage(), (PNG for _ in range(300)), concurrency=2)
    assert {type(outcome.error) for outcome in outcomes} == {UnauthenticatedError}
    trace, length = outcomes[-1].error.__traceback__, 0
    while trace is not None:
        trace, length = trace.tb_next, length + 1
    assert length < 50


def test_the_files_are_read_in_the_callers_thread() -> None:
    """A cursor of a database may be used in the thread that made it only."""
    threads = set()

    def files() -> Iterator[bytes]:
        for _ in range(10):
            threads.add(threading.current_thread())
            yield PNG

    run("upload_images", api(), Storage(), files(), concurrency=3)
    run_async("upload_images", api(), Storage(), files(), concurrency=3)
    assert threads == {threading.main_thread()}


def test_asyncio_takes_the_files_of_an_asynchronous_iterable() -> None:
    async def files() -> AsyncIterator[bytes]:
        for number in range(10):
            await asyncio.sleep(0)
            yield png(100 + number)

    outcomes = run_async("upload_images", api(), Storage(), files(), concurrency=3)
    assert [len(outcome.file) for outcome in outcomes] == [100 + number for number in range(10)]
    assert all(outcome.image for outcome in outcomes)


@BOTH
def test_an_error_of_the_files_is_raised_when_the_uploads_in_work_have_ended(run: Any) -> None:
    def files() -> Iterator[bytes]:
        yield PNG
        raise OSError("the directory is away")

    storage, outcomes = Storage(), list[UploadOutcome]()
    with pytest.raises(OSError, match="the directory is away"):
        run("upload_images", api(), storage, files(), concurrency=3, on_outcome=outcomes.append)
    assert len(storage.requests) == len(outcomes)


@BOTH
def test_each_outcome_is_told_once_when_it_is_known(run: Any) -> None:
    told = list[UploadOutcome]()
    storage = Storage().responds(httpx.Response(204), httpx.Response(203), httpx.Response(204))
    files = [PNG, GIF, "missing.png", png(100)]
    outcomes = run("upload_images", api(), storage, files, concurrency=1, on_outcome=told.append)
    assert told == outcomes
    assert [type(outcome.error) for outcome in told] == [
        *(type(None), UploadCallbackError, UploadError, type(None)),
    ]


@BOTH
def test_an_error_of_the_function_for_outcomes_ends_all_uploads(run: Any) -> None:
    def fail(outcome: UploadOutcome) -> None:
        raise RuntimeError("mine")

    storage = Storage()
    with pytest.raises(RuntimeError, match="mine"):
        run("upload_images", api(), storage, (PNG for _ in range(100)), concurrency=2, on_outcome=fail)
    assert len(storage.requests) <= 4


# --- results


def prefilled(file: Path, photos: list[bytes]) -> int:
    """A results file that knows these photos. Returns the number of forms."""
    storage = Storage()
    run("upload_images", api(), storage, photos, results=file)
    return len(storage.requests)


@BOTH
def test_thousands_of_images_of_which_few_are_missing(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "old.png").write_bytes(png(100))
    (tmp_path / "new.png").write_bytes(png(200))
    prefilled(tmp_path / "results.jsonl", [png(100)])
    storage = Storage()
    watched = Watched(monkeypatch, Storage())

    def files() -> Iterator[Path]:
        yield from watched.files(tmp_path / "old.png", 2900)
        yield from watched.files(tmp_path / "new.png", 1)
        yield from watched.files(tmp_path / "old.png", 99)

    outcomes = run(
        "upload_images", api(), storage, files(), results=tmp_path / "results.jsonl", on_outcome=watched.note
    )
    assert [number for number, outcome in enumerate(outcomes) if not outcome.already_stored] == [2900]
    assert len(storage.requests) == 1
    assert len({outcome.image.object_url for outcome in outcomes if outcome.already_stored}) == 1
    assert (watched.ended, watched.most_in_work) == (3000, 4)
    assert watched.most_open <= 4


@BOTH
def test_any_source_is_known_again_by_its_content(run: Any, tmp_path: Path) -> None:
    image = png(CHUNK + 1)
    results, path = tmp_path / "results.jsonl", tmp_path / "a.png"
    path.write_bytes(image)
    assert prefilled(results, [image]) == 1
    read_partly = io.BytesIO(b"EXAMPLE" + image)
    read_partly.seek(7)
    sources = [path, str(path), bytearray(image), io.BytesIO(image), read_partly, iter([image[:9], image[9:]]), [image]]
    storage = Storage()
    outcomes = run("upload_images", api(), storage, sources, results=results)
    assert [(outcome.error, outcome.already_stored) for outcome in outcomes] == [(None, True)] * len(sources)
    assert storage.requests == []


@BOTH
def test_an_image_that_is_not_known_is_sent_whole(run: Any, tmp_path: Path) -> None:
    """Its content was read for its key before."""
    image = png(CHUNK + 1)
    read_partly = io.BytesIO(b"EXAMPLE" + image)
    read_partly.seek(7)
    once = ImageFile(iter([image]), size=len(image), strip_metadata=False)
    for number, source in enumerate([io.BytesIO(image), read_partly, iter([image[:9], image[9:]]), [image], once]):
        storage = Storage()
        (outcome,) = run("upload_images", api(), storage, [source], results=tmp_path / f"{number}.jsonl")
        assert outcome.error is None
        assert [parts_of(request)["file"] for request in storage.requests] == [image]


def test_an_asynchronous_source_is_known_again(tmp_path: Path) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield PNG

    results = tmp_path / "results.jsonl"
    storage = Storage()
    for _ in range(2):
        (outcome,) = run_async("upload_images", api(), storage, [chunks()], results=results)
        assert outcome.image is not None
    assert outcome.already_stored
    assert [parts_of(request)["file"] for request in storage.requests] == [PNG]


@BOTH
@pytest.mark.parametrize(
    "options",
    [{"strip_metadata": False}, {"max_pixels": 4}, {"quality": 50}, {"name": "own"}, {"fields": {"x-oss-meta-a": "b"}}],
    ids=str,
)
def test_options_that_change_what_is_stored_make_a_new_image(run: Any, tmp_path: Path, options: Any) -> None:
    results = tmp_path / "results.jsonl"
    assert prefilled(results, [PNG]) == 1
    image = ImageFile(PNG, **options)
    for already_stored in (False, True):
        (outcome,) = run("upload_images", api(), Storage(), [image], results=results)
        assert (outcome.error, outcome.already_stored) == (None, already_stored)
    (other,) = run("upload_images", api(), Storage(), [ImageFile(PNG, allow=["image/bmp"])], results=results)
    assert other.already_stored


@BOTH
def test_a_failed_image_is_sent_again(run: Any, tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    storage = Storage().responds(httpx.Response(203), httpx.Response(200, content=b'{"Status": "OK"}'))
    for error in (UploadCallbackError, type(None), type(None)):
        (outcome,) = run("upload_images", api(), storage, [PNG], results=results)
        assert isinstance(outcome.error, error)
    assert (outcome.already_stored, outcome.image.callback) == (True, {"Status": "OK"})
    assert len(storage.requests) == 2


@BOTH
def test_calls_share_an_open_journal_and_leave_it_open(run: Any, tmp_path: Path) -> None:
    with Journal(tmp_path / "results.jsonl") as journal:
        for already_stored in (False, True):
            (outcome,) = run("upload_images", api(), Storage(), [PNG], results=journal)
            assert outcome.already_stored is already_stored
        with pytest.raises(ConfigurationError, match="is in use"):
            run("upload_images", api(), Storage(), [PNG], results=journal.path)


@BOTH
def test_a_results_file_that_cannot_be_written_ends_all_uploads_and_the_stored_image_is_told(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(journal: Journal, *given: object) -> None:
        raise OSError(28, "No space left on device", journal.path)

    monkeypatch.setattr(Journal, "note_image", full)
    storage, told = Storage(), list[UploadOutcome]()
    files = [png(100 + number) for number in range(50)]
    with pytest.raises(OSError, match="No space left on device"):
        run(
            *("upload_images", api(), storage, files),
            results=tmp_path / "results.jsonl",
            concurrency=2,
            on_outcome=told.append,
        )
    assert 1 <= len(storage.requests) == len([outcome for outcome in told if outcome.image]) <= 4
    Journal(tmp_path / "results.jsonl").close()


@BOTH
def test_the_total_leaves_out_images_that_are_already_stored(run: Any, tmp_path: Path) -> None:
    prefilled(tmp_path / "results.jsonl", [png(100)])
    noted: list[tuple[int, int]] = []
    run(
        *("upload_images", api(), Storage(), [png(100), png(200)]),
        results=tmp_path / "results.jsonl",
        concurrency=1,
        on_progress=lambda *seen: noted.append(seen),
    )
    assert noted == [(200, 200)]


# --- progress


@BOTH
@pytest.mark.parametrize("as_files", [list, tuple])
def test_the_total_of_a_list_is_known_from_the_start(run: Any, tmp_path: Path, as_files: Any) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(300))
    files = as_files([path, str(path), bytearray(png(100)), ImageFile(iter([png(200)]), size=200), ImageFile(PNG)])
    noted: list[tuple[int, int]] = []
    run("upload_images", api(), Storage(), files, concurrency=1, on_progress=lambda *seen: noted.append(seen))
    total = 300 + 300 + 100 + 200 + len(PNG)
    assert {seen for _, seen in noted} == {total}
    assert noted[-1] == (total, total)


@BOTH
def test_the_total_of_a_generator_grows(run: Any) -> None:
    noted: list[tuple[int, int]] = []
    files = (png(size) for size in (100, 200, 300))
    run("upload_images", api(), Storage(), files, concurrency=1, on_progress=lambda *seen: noted.append(seen))
    assert noted == [(100, 100), (300, 300), (600, 600)]


@BOTH
def test_what_a_failed_upload_did_not_send_leaves_the_total(run: Any, tmp_path: Path) -> None:
    """A bar reaches its end although files were refused."""
    page = tmp_path / "page.jpg"
    page.write_bytes(b"<html>" * 100)
    noted: list[tuple[int, int]] = []
    files = [page, tmp_path, "missing.png", "\0", 5, png(100)]
    run("upload_images", api(), Storage(), files, concurrency=1, on_progress=lambda *seen: noted.append(seen))
    assert noted == [(100, 100)]


def test_outcomes_are_reported_one_at_a_time() -> None:
    """The function of the caller is interrupted too."""
    overlaps, running = list[bool](), list[int]()

    def on_outcome(outcome: UploadOutcome) -> None:
        overlaps.append(bool(running))
        running.append(1)
        running.pop()

    def prepare() -> tuple[Callable[[], None], Callable[[], None]]:
        batch = Batch([], None, on_outcome)

        def add() -> None:
            with batch.outcome_of(batch.take("kettle.jpg")):
                raise TrustooError("refused on purpose")

        return add, add

    for _ in interleavings(prepare, trustoo.upload.batch, sys.modules[__name__]):
        assert not any(overlaps)
    assert overlaps
