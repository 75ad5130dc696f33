"""The state of an export: an SQLite database beside the file, with the rows that the current run has fetched.

The fetched rows of a page are committed together with the position after the page, so a killed run can be continued.
For files, the state also has the rows of the file: most formats can only be written as a whole. For databases, it has
the keys and digests of the rows that the database has.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...errors import ConfigurationError, TrustooError
from .layout import Record, digest, to_json

__all__ = ["Changes", "Store", "sqlite_context"]

APPLICATION = 0x74727573
"""Tells a state from other SQLite databases."""
TABLES = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE rows (place INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, digest TEXT NOT NULL, record TEXT);
CREATE TABLE fetched (place INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, digest TEXT NOT NULL, record TEXT);
"""
SETTINGS = ("auto_vacuum = FULL", "locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = NORMAL")
NEW = "FROM fetched LEFT JOIN rows USING (key) WHERE rows.key IS NULL"
CHANGED = "FROM fetched JOIN rows USING (key) WHERE fetched.digest <> rows.digest"
GONE = "FROM rows LEFT JOIN fetched USING (key) WHERE fetched.key IS NULL"


class Store:
    """The state of one export.

    Args:
        file: the state file. It is created if it does not exist, readable by its owner only.

    Raises:
        ConfigurationError: if the file is not a state file.
        OSError: if the file cannot be created.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
        self._database = sqlite3.connect(file, isolation_level=None)
        try:
            self._prepare()
        except BaseException:
            self._database.close()
            raise

    def _prepare(self) -> None:
        try:
            # Only this process has the file, so that a write-ahead log needs no shared memory. It needs few syncs.
            for setting in SETTINGS:
                self._database.execute(f"PRAGMA {setting}")
            if self._value("SELECT count(*) FROM sqlite_master") == 0:
                self._database.executescript(f"BEGIN; PRAGMA application_id = {APPLICATION}; {TABLES} COMMIT;")
            elif self._value("PRAGMA application_id") != APPLICATION:
                raise sqlite3.DatabaseError("another database")
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            raise ConfigurationError(
                f"{self.file} is not a valid state file; move {self.file} and the export away."
            ) from error

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything that the block changes, or nothing after an error."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.rollback()
            raise
        self._database.commit()

    def sync(self) -> None:
        """Make what is committed survive a power failure."""
        self._database.execute("PRAGMA wal_checkpoint(FULL)").fetchall()

    def _value(self, statement: str, *arguments: object) -> Any:
        found = self._database.execute(statement, arguments).fetchone()
        return None if found is None else found[0]

    # What is known about the export

    def __getitem__(self, name: str) -> Any:
        """A value that was stored, or None."""
        found = self._value("SELECT value FROM about WHERE name = ?", name)
        return None if found is None else json.loads(found)

    def __setitem__(self, name: str, value: object) -> None:
        self._database.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, json.dumps(value)))

    # The rows that the export has

    @property
    def rows(self) -> int:
        """The number of rows that the export has."""
        return int(self._value("SELECT count(*) FROM rows"))

    def __contains__(self, key: object) -> bool:
        """Whether the export has a row with this key."""
        return self._value("SELECT 1 FROM rows WHERE key = ?", key) is not None

    def mirror(self, known: Iterable[tuple[str, str]]) -> None:
        """Take over the keys and digests of the rows that a database has.

        An interrupted run begins again if rows that it found unchanged are changed in the database since then.
        """
        with self.transaction():
            self._database.execute("DELETE FROM rows")
            self._database.executemany("INSERT INTO rows (key, digest) VALUES (?, ?)", known)
            same = "SELECT 1 FROM rows WHERE rows.key = fetched.key AND rows.digest = fetched.digest"
            if self._value(f"SELECT 1 FROM fetched WHERE record IS NULL AND NOT EXISTS ({same})"):
                self.forget_fetched()
                self["walk"] = self["position"] = None

    def records(self) -> Iterator[Record]:
        """The rows of a file, in order."""
        return map(json.loads, _first(self._database.execute("SELECT record FROM rows ORDER BY place")))

    # The rows that the run has fetched

    @property
    def fetched(self) -> int:
        """The number of rows that the run has fetched."""
        return int(self._value("SELECT count(*) FROM fetched"))

    def has_fetched(self, key: object) -> bool:
        """Whether the run has fetched a row with this key."""
        return self._value("SELECT 1 FROM fetched WHERE key = ?", key) is not None

    def fetch(self, key: str, record: Record) -> None:
        """Add a row that was fetched. The content of a row that has not changed is not kept."""
        mark = digest(record)
        is_same = self._value("SELECT 1 FROM rows WHERE key = ? AND digest = ?", key, mark) is not None
        content = None if is_same else _text(record)
        self._database.execute("INSERT INTO fetched (key, digest, record) VALUES (?, ?, ?)", (key, mark, content))

    def forget_fetched(self) -> None:
        """Delete the rows that were fetched."""
        self._database.execute("DELETE FROM fetched")

    def clear(self) -> None:
        """Delete everything."""
        with self.transaction():
            for table in ("about", "rows", "fetched"):
                self._database.execute(f"DELETE FROM {table}")

    def merge(self, delete: bool) -> None:
        """Make the fetched rows rows of the export. `delete`: delete the rows that were not fetched."""
        if delete:
            self._database.execute(f"DELETE FROM rows WHERE key IN (SELECT key {GONE})")
        self._database.execute(
            "INSERT INTO rows (key, digest, record) SELECT key, digest, record FROM fetched WHERE true ORDER BY place "
            "ON CONFLICT (key) DO UPDATE SET digest = excluded.digest, record = excluded.record "
            "WHERE digest <> excluded.digest"
        )
        self.forget_fetched()

    def changes(self, full: bool, complete: bool) -> Changes:
        """What the fetched rows change. `full` and `complete`: the rows that were not fetched are gone."""
        new, changed = (int(self._value(f"SELECT count(*) {where}")) for where in (NEW, CHANGED))
        gone = int(self._value(f"SELECT count(*) {GONE}")) if full and complete else 0
        return Changes(self, new, changed, gone, datetime.now(UTC))

    def select(self, columns: str, where: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a statement about `rows` and `fetched`."""
        return iter(self._database.execute(f"SELECT {columns} {where}"))


@dataclass(frozen=True)
class Changes:
    """What a run changes in an export.

    Attributes:
        new, changed, gone: the numbers of rows.
        at: the time of the changes, in UTC.
    """

    store: Store
    new: int
    changed: int
    gone: int
    at: datetime

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone)

    def new_rows(self) -> Iterator[tuple[str, str, Record]]:
        """The key, the digest and the content of each new row, in order."""
        return self._rows(NEW)

    def changed_rows(self) -> Iterator[tuple[str, str, Record]]:
        """The key, the digest and the content of each changed row, in order."""
        return self._rows(CHANGED)

    def gone_keys(self) -> Iterator[str]:
        """The key of each row that the service no longer has."""
        return _first(self.store.select("rows.key", GONE)) if self.gone else iter(())

    def _rows(self, where: str) -> Iterator[tuple[str, str, Record]]:
        found = self.store.select("key, fetched.digest, fetched.record", f"{where} ORDER BY fetched.place")
        return ((key, mark, json.loads(record)) for key, mark, record in found)


@contextmanager
def sqlite_context(file: Path) -> Iterator[None]:
    """Turn the errors of SQLite in the block into sentences with the file's name.

    A full disk is a TrustooError, because running the command again helps. Other errors are ConfigurationErrors.
    """
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
            raise TrustooError(
                f"{file}: {error}. The disk may be full. Free space, and run the command again to continue."
            ) from error
        remedy = " Close the program that uses it." if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) else ""
        raise ConfigurationError(f"{file}: {error}.{remedy}") from error


def _first(rows: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
    return (row[0] for row in rows)


def _text(record: Record) -> str:
    """The record as JSON text. A half of a surrogate pair stays an escape, because SQLite stores only UTF-8."""
    return to_json(record).encode("utf-8", "backslashreplace").decode()
