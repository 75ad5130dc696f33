"""The state file of an export: an interrupt changes nothing, and leaves no file open."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from trustoo.cli.exports.store import Store

ENDS = [ValueError, KeyboardInterrupt, SystemExit, asyncio.CancelledError]


@pytest.mark.parametrize("end", ENDS)
def test_a_block_that_is_ended_changes_nothing_and_the_next_one_is_kept(
    tmp_path: Path, end: type[BaseException]
) -> None:
    store = Store(tmp_path / "state")

    def block() -> None:
        with store.transaction():
            store["mode"] = "lost"
            raise end

    with pytest.raises(end):
        block()
    with store.transaction():
        store["total"] = 3
    store.close()
    again = Store(tmp_path / "state")
    assert again["total"] == 3
    assert again["mode"] is None
    again.close()


@pytest.mark.parametrize("end", ENDS)
def test_a_file_whose_opening_is_ended_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: type[BaseException]
) -> None:
    opened, connect = list[sqlite3.Connection](), sqlite3.connect

    def noting(*arguments: Any, **options: Any) -> sqlite3.Connection:
        opened.append(connect(*arguments, **options))
        return opened[-1]

    def ended(store: Store) -> None:
        raise end

    monkeypatch.setattr(sqlite3, "connect", noting)
    monkeypatch.setattr(Store, "_prepare", ended)
    with pytest.raises(end):
        Store(tmp_path / "state")
    with pytest.raises(sqlite3.ProgrammingError, match="closed database"):
        opened[0].execute("SELECT 1")
