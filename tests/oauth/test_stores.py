"""Stores of the wrong kind are refused, and what is special about files. tests/stores has the rules of all stores."""

from __future__ import annotations

import asyncio
import builtins
import json
import logging
import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import trustoo.oauth.stores
from trustoo import ConfigurationError
from trustoo.oauth import (
    ANY,
    AsyncFileStore,
    AsyncMemoryStore,
    AsyncPlatform,
    FileStore,
    MemoryStore,
    Platform,
    StoreConflictError,
    Stored,
    StoreError,
    Token,
)
from trustoo.testing import check_token_store

from contract_tests.support.clock import set_clock_at_each_reading
from contract_tests.support.interleaving import not_serial
from tests.oauth.conftest import SHOP, STORES, token


def test_the_store_of_the_docs_keeps_the_rules(tmp_path: Path) -> None:
    check_token_store(STORES["documented"](tmp_path)[0])


# --- the wrong kind ---


class SyncStore(MemoryStore): ...


class HalfAsync(MemoryStore):
    """An easy mistake: `load` and `save` are coroutine functions, the others are not."""

    load: Any = AsyncMemoryStore.load
    save: Any = AsyncMemoryStore.save


class WithLock:
    """A store of the kind that earlier versions had."""

    def load(self, key: str) -> Any: ...
    def save(self, key: str, text: str) -> Any: ...
    def delete(self, key: str) -> Any: ...
    def lock(self, key: str) -> Any: ...


class AsyncKeys(MemoryStore):
    async def keys(self) -> Any:
        yield SHOP


@pytest.mark.parametrize(
    ("kind", "store", "remedy"),
    [
        (Platform, AsyncFileStore, "FileStore, or use AsyncPlatform"),
        (Platform, HalfAsync, "FileStore, or use AsyncPlatform"),
        (Platform, AsyncKeys, "FileStore, or use AsyncPlatform"),
        (AsyncPlatform, FileStore, "AsyncFileStore, or use Platform"),
        (AsyncPlatform, SyncStore, "AsyncFileStore, or use Platform"),
        (AsyncPlatform, HalfAsync, "AsyncFileStore, or use Platform"),
        (Platform, WithLock, "lacks the methods keys, lease, release"),
        (AsyncPlatform, WithLock, "lacks the methods keys, lease, release"),
        (Platform, dict, "lacks the methods load"),
    ],
)
def test_a_store_of_the_wrong_kind_is_refused_at_once(kind: Any, store: Any, remedy: str, tmp_path: Path) -> None:
    made = store(tmp_path) if store in (FileStore, AsyncFileStore) else store()
    with pytest.raises(ConfigurationError, match=remedy):
        kind("EXAMPLE-id", "EXAMPLE-secret", store=made)


def test_a_method_that_hides_its_kind_is_refused_when_it_is_called() -> None:
    class Hidden(MemoryStore):
        def save(self, key: str, text: str, *, replaces: Any) -> Any:
            return AsyncMemoryStore(self).save(key, text, replaces=replaces)

    with (
        Platform("EXAMPLE-id", "EXAMPLE-secret", store=Hidden()) as platform,
        pytest.raises(ConfigurationError, match="save is a coroutine function"),
    ):
        platform.save(SHOP, token())


# --- files ---


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes for owner, group and others")
def test_only_the_owner_can_read_files_and_folder(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "a" / "tokens")
    before = os.umask(0)
    try:
        store.save(SHOP, "x", replaces=None)
        store.lease(SHOP, "a", 30)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a" / "tokens").stat().st_mode) == 0o700
    files = list((tmp_path / "a" / "tokens").iterdir())
    assert {file.suffix or file.name for file in files} == {".json", ".lease", ".lock"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_deleted_shops_and_released_leases_leave_no_files(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    for number in range(20):
        key = f"shop {number}"
        store.save(key, "x", replaces=None)
        store.lease(key, "a", 30 if number % 2 else 0.001)  # the owners of the others were killed
    time.sleep(0.002)
    for number in range(20):
        store.delete(f"shop {number}")
        if number % 2:
            store.release(f"shop {number}", "a")
    assert [file.name for file in tmp_path.iterdir()] == [".lock"]


def test_files_of_the_first_form_are_read_listed_and_replaced(tmp_path: Path) -> None:
    store, old = FileStore(tmp_path), token("old")
    store.path(SHOP).write_text(json.dumps({"key": SHOP, "token": json.loads(old.to_json())}))
    stored = store.load(SHOP)
    assert stored is not None
    assert Token.from_json(stored.text) == old
    assert store.load(SHOP) == stored
    assert list(store.keys()) == [SHOP]
    with pytest.raises(StoreConflictError):
        store.save(SHOP, "x", replaces=None)
    version = store.save(SHOP, "new", replaces=stored.version)
    assert store.load(SHOP) == Stored("new", version)


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_save_that_fails_leaves_the_old_text_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    store = FileStore(tmp_path)
    version = store.save(SHOP, "old", replaces=None)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(StoreError, match="No space left") as caught:
        store.save(SHOP, "EXAMPLE-new", replaces=version)
    assert "EXAMPLE" not in str(caught.value)
    assert store.load(SHOP) == Stored("old", version)
    assert len(list(tmp_path.iterdir())) == 2


CRASH = """
import os, sys
from trustoo.oauth import ANY, FileStore
step, folder = sys.argv[1:]
store = FileStore(folder)
assert store.lease("shop", "killed", 0.5)
def crash(*_):
    os._exit(7)
setattr(os, step, crash)
store.save("shop", "new", replaces=ANY)
"""


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_crash_during_a_save_leaves_the_old_text_and_a_lease_that_ends(tmp_path: Path, step: str) -> None:
    store = FileStore(tmp_path)
    version = store.save("shop", "old", replaces=None)
    crashed = subprocess.run([sys.executable, "-c", CRASH, step, str(tmp_path)], check=False)
    assert crashed.returncode == 7
    assert store.load("shop") == Stored("old", version)
    store.save("shop", "newer", replaces=version)
    deadline = time.monotonic() + 5
    while not store.lease("shop", "other", 30):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_lease_does_not_grow_if_the_clock_is_set_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FileStore(tmp_path)
    assert store.lease(SHOP, "a", 30)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 3600)
    assert store.lease(SHOP, "b", 30)


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"[]", b"7", b'{"token": {}}', b'{"access_token": "EXAMPLE-x"}', b"\xff\x00"),
        b'{"key": "k", "version": 7, "text": "EXAMPLE-x"}',
    ],
)
def test_a_damaged_file_is_a_store_error_and_a_new_authorisation_replaces_it(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    store = FileStore(tmp_path)
    store.path(SHOP).write_bytes(content)
    acts: list[Callable[[], object]] = [
        lambda: store.load(SHOP),
        lambda: store.save(SHOP, "x", replaces="1"),
    ]
    for act in acts:
        with pytest.raises(StoreError, match="damaged") as caught:
            act()
        assert "EXAMPLE" not in str(caught.value)
    store.save("another", "x", replaces=None)
    with caplog.at_level(logging.WARNING, "trustoo"):
        assert list(store.keys()) == ["another"]
    assert "damaged" in caplog.text
    assert "EXAMPLE" not in caplog.text
    store.save(SHOP, "x", replaces=ANY)
    assert store.load(SHOP) is not None


def test_a_permission_error_is_retried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, replace, tries = FileStore(tmp_path), os.replace, []

    def busy(*given: Any) -> None:
        tries.append(given)
        if len(tries) < 4:
            raise PermissionError(13, "in use")  # as on Windows, while another process reads
        replace(*given)

    monkeypatch.setattr(os, "replace", busy)
    version = store.save(SHOP, "x", replaces=None)
    assert (store.load(SHOP), len(tries)) == (Stored("x", version), 4)


def test_a_folder_that_cannot_be_created_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = FileStore(tmp_path / "file" / "tokens")
    acts: list[Callable[[], object]] = [
        lambda: store.save(SHOP, "x", replaces=None),
        lambda: store.lease(SHOP, "a", 1),
        lambda: list(store.keys()),
    ]
    for act in acts:
        with pytest.raises(StoreError):
            act()
    assert list(FileStore(tmp_path / "missing").keys()) == []


def test_a_folder_that_stays_locked_is_a_store_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import filelock
    from trustoo.oauth import stores

    monkeypatch.setattr(stores, "LOCK_TIMEOUT", 0.05)
    store = FileStore(tmp_path)
    version = store.save(SHOP, "x", replaces=None)
    with filelock.FileLock(tmp_path / ".lock"):
        with pytest.raises(StoreError, match=r"was locked for 0\.05 s"):
            store.delete(SHOP)
        assert store.load(SHOP) == Stored("x", version)
    store.delete(SHOP)


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot fork")
def test_a_forked_process_can_use_an_async_file_store(tmp_path: Path) -> None:
    store = AsyncFileStore(tmp_path)
    asyncio.run(store.save(SHOP, "x", replaces=None))
    time.sleep(0.1)  # the thread of the parent is idle, and would be expected to work in the child
    child = os.fork()
    if child == 0:
        import signal

        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(10)  # ends a child that hangs
        found = asyncio.run(store.load(SHOP))
        os._exit(7 if found is not None else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_an_async_file_store_has_few_threads_however_many_calls_it_gets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, most, guard = 0, 0, threading.Lock()

    def slow(self: FileStore, key: str) -> None:
        nonlocal inside, most
        with guard:
            inside += 1
            most = max(most, inside)
        time.sleep(0.001)
        with guard:
            inside -= 1

    monkeypatch.setattr(FileStore, "load", slow)

    async def main() -> None:
        store = AsyncFileStore(tmp_path)
        await asyncio.gather(*(store.load(SHOP) for _ in range(500)))

    before = threading.active_count()
    asyncio.run(main())
    assert most <= 8
    assert threading.active_count() <= before + 8


def test_without_filelock_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    known = builtins.__import__

    def without(name: str, *more: Any, **named: Any) -> Any:
        if name == "filelock":
            raise ImportError(name)
        return known(name, *more, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    MemoryStore()
    for kind in (FileStore, AsyncFileStore):
        with pytest.raises(ConfigurationError, match=r"trustoo\[oauth\]"):
            kind(tmp_path)


def test_only_a_file_store_imports_filelock() -> None:
    code = "import sys, trustoo.oauth; assert 'filelock' not in sys.modules; import trustoo.oauth.platform"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_lease_in_memory_lasts_although_the_clock_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock_at_each_reading(monkeypatch)
    store = MemoryStore()
    assert [store.lease(SHOP, owner, 60) for owner in ("a", "b", "a", "b")] == [True, False, True, False]


@pytest.mark.parametrize("refusals", [1, 2, 3, 7])
def test_a_file_that_another_program_reads_is_replaced_when_it_has_ended(
    refusals: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows refuses to replace a file that is open, such as for a virus scanner."""
    left, replace = [refusals], os.replace

    def refuse(*paths: Any) -> None:
        if left[0]:
            left[0] -= 1
            raise PermissionError(13, "The process cannot access the file")
        replace(*paths)

    monkeypatch.setattr("trustoo._files.time.sleep", lambda seconds: None)
    monkeypatch.setattr("os.replace", refuse)
    store = FileStore(tmp_path)
    store.save(SHOP, "EXAMPLE-token", replaces=None)
    found = store.load(SHOP)
    assert (left, found and found.text) == ([0], "EXAMPLE-token")


# --- two threads at once ---


TWO: dict[str, tuple[str, str, str]] = {
    "two new tokens": ("", "save new", "save new"),
    "replaced and deleted": ("save new", "save again", "delete"),
    "replaced twice": ("save new", "save again", "save again"),
    "leased by two": ("", "lease a", "lease b"),
    "released twice": ("lease a", "release a", "release a"),
    "released late": ("lease a", "release a", "late b"),
    "deleted and leased": ("save new", "delete", "lease b"),
}


@pytest.mark.parametrize("kind", ["memory", "file"])
@pytest.mark.parametrize("case", TWO)
def test_of_two_threads_one_comes_after_the_other(
    case: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    for name in ("time", "monotonic"):
        monkeypatch.setattr(f"time.{name}", lambda: now[0])
    folders = (tmp_path / str(number) for number in count())

    def prepare() -> tuple[Callable[[], Any], Callable[[], Any], Callable[[], Any]]:
        now[0] = 1000.0
        store = MemoryStore() if kind == "memory" else FileStore(next(folders))
        saved = list[str]()

        def act(method: str, owner: str = "") -> Any:
            if method == "save":
                version = store.save(SHOP, owner, replaces=saved[0] if owner == "again" else None)
                saved.append(version)
                return None
            if method == "late":  # the lease of the other has ended
                now[0] = 2000.0
                return store.lease(SHOP, owner, 60)
            return getattr(store, method)(SHOP, *([owner, 60][: {"lease": 2, "release": 1, "delete": 0}[method]]))

        def left() -> object:
            found = store.load(SHOP)
            return found and found.text, [store.lease(SHOP, owner, 60) for owner in ("c", "a", "b")]

        before, *calls = [each.split() for each in TWO[case]]
        if before:
            act(*before)
        one, other = [partial(act, *call) for call in calls]
        return one, other, left

    assert not_serial(prepare, trustoo.oauth.stores, only="CALL" if kind == "file" else "") == []
