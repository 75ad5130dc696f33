"""Stores keep tokens whole, private and apart, and lock between threads and processes."""

from __future__ import annotations

import builtins
import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from trustoo import ConfigurationError
from trustoo.oauth import FileStore, MemoryStore, StoreError, TokenStore

from tests.oauth.conftest import SHOP, token

Make = Callable[..., TokenStore]
ODD_KEYS = ["../../etc/passwd", "CON", "a/b\\c:d", "x" * 1000, "ü\ud800", "A", "a"]


@pytest.fixture(params=["memory", "file"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    return MemoryStore if request.param == "memory" else lambda **more: FileStore(tmp_path / "tokens", **more)


def test_a_saved_token_is_loaded_until_it_is_deleted(make: Make) -> None:
    store = make()
    assert store.load(SHOP) is None
    store.delete(SHOP)
    store.save(SHOP, token("1"))
    store.save(SHOP, token("2"))
    store.save("other", token("3"))
    assert store.load(SHOP) == token("2")
    store.delete(SHOP)
    assert store.load(SHOP) is None
    assert store.load("other") == token("3")


def test_any_text_can_be_a_key_and_each_key_has_its_own_token(make: Make) -> None:
    store = make()
    for key in ODD_KEYS:
        store.save(key, token(str(ODD_KEYS.index(key))))
    for key in ODD_KEYS:
        assert store.load(key) == token(str(ODD_KEYS.index(key)))
        with store.lock(key):
            pass


def test_a_lock_has_one_holder_and_does_not_lock_other_keys(make: Make) -> None:
    store, inside, most = make(), 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(5):
            with store.lock(SHOP):
                inside += 1
                most = max(most, inside)
                time.sleep(0.001)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    with store.lock("other"):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most == 1


def test_waiting_for_a_lock_ends_with_a_store_error(make: Make) -> None:
    store, began = make(lock_timeout=0.1), time.monotonic()
    with store.lock(SHOP):
        with pytest.raises(StoreError, match=r"locked by another .* for 0\.1 s"), store.lock(SHOP):
            pass
        assert 0.05 < time.monotonic() - began < 5
    with store.lock(SHOP):
        pass


def test_a_lock_may_be_left_in_another_thread_than_it_was_entered_in(make: Make) -> None:
    store = make(lock_timeout=0.1)
    held = store.lock(SHOP)
    for act in (held.__enter__, lambda: held.__exit__(None, None, None)):
        thread = threading.Thread(target=act)
        thread.start()
        thread.join()
    with store.lock(SHOP):
        pass


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes for owner, group and others")
def test_only_the_owner_can_read_files_and_folder(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "a" / "tokens")
    before = os.umask(0)
    try:
        store.save(SHOP, token())
        with store.lock(SHOP):
            pass
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a" / "tokens").stat().st_mode) == 0o700
    files = list((tmp_path / "a" / "tokens").iterdir())
    assert {file.suffix for file in files} == {".json", ".lock"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_save_that_fails_leaves_the_old_token_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    store = FileStore(tmp_path)
    store.save(SHOP, token("old"))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(StoreError, match="No space left") as caught:
        store.save(SHOP, token("new"))
    assert "EXAMPLE" not in str(caught.value)
    assert store.load(SHOP) == token("old")
    assert len(list(tmp_path.iterdir())) == 1


CRASH = """
import os, sys
from trustoo.oauth import FileStore, Token
step, folder = sys.argv[1:]
store = FileStore(folder)
def crash(*_):
    os._exit(7)
setattr(os, step, crash)
with store.lock("shop"):
    store.save("shop", Token("EXAMPLE-new"))
"""


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_crash_during_a_save_leaves_the_old_token_and_a_free_lock(tmp_path: Path, step: str) -> None:
    store = FileStore(tmp_path, lock_timeout=5)
    store.save("shop", token("old"))
    crashed = subprocess.run([sys.executable, "-c", CRASH, step, str(tmp_path)], check=False)
    assert crashed.returncode == 7
    with store.lock("shop"):
        assert store.load("shop") == token("old")
        store.save("shop", token("newer"))
    assert store.load("shop") == token("newer")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"token": {}}', b'{"access_token": "EXAMPLE-x"}', b"\xff\x00"])
def test_a_damaged_file_is_a_store_error_and_not_a_missing_token(tmp_path: Path, content: bytes) -> None:
    store = FileStore(tmp_path)
    store.path(SHOP).write_bytes(content)
    with pytest.raises(StoreError, match="damaged") as caught:
        store.load(SHOP)
    assert "EXAMPLE" not in str(caught.value)


def test_a_permission_error_is_retried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, replace, tries = FileStore(tmp_path), os.replace, []

    def busy(*given: Any) -> None:
        tries.append(given)
        if len(tries) < 4:
            raise PermissionError(13, "in use")  # as on Windows, while another process reads
        replace(*given)

    monkeypatch.setattr(os, "replace", busy)
    store.save(SHOP, token())
    assert (store.load(SHOP), len(tries)) == (token(), 4)


def test_a_folder_that_cannot_be_created_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = FileStore(tmp_path / "file" / "tokens")
    acts: list[Callable[[], object]] = [lambda: store.save(SHOP, token()), store.lock(SHOP).__enter__]
    for act in acts:
        with pytest.raises(StoreError):
            act()


def test_without_filelock_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    known = builtins.__import__

    def without(name: str, *more: Any, **named: Any) -> Any:
        if name == "filelock":
            raise ImportError(name)
        return known(name, *more, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    MemoryStore()
    with pytest.raises(ConfigurationError, match=r"trustoo\[oauth\]"):
        FileStore(tmp_path)


def test_only_a_file_store_imports_filelock() -> None:
    code = "import sys, trustoo.oauth; assert 'filelock' not in sys.modules; import trustoo.oauth.platform"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
