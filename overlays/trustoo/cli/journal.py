"""What came of each row of an import, line by line: the results file, which is also what a later run goes by.

A row is marked as being sent before it is sent, and the mark reaches the disk first. So a row whose last mark is
"sending" was, or was not, created by a run that died: its outcome is unknown.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError
from .rows import Row

__all__ = ["Journal", "keys_of"]

STATUSES = ("sending", "created", "failed", "unknown")


def keys_of(rows: Iterable[Row]) -> list[str]:
    """What each row is known by in later runs: its content, and how many of the same content came before it.

    So lines may move, and a row that was corrected is a new one.
    """
    seen: dict[str, int] = {}
    keys = []
    for row in rows:
        content = json.dumps([row.arguments, [path.name for path in row.photos]], sort_keys=True, default=str)
        digest = sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:24]
        seen[digest] = seen.get(digest, 0) + 1
        keys.append(f"{digest}-{seen[digest]}")
    return keys


class Journal:
    """Appends to a results file. Threads may share it; processes may not.

    Raises:
        ConfigurationError: the file is none of ours.
    """

    def __init__(self, path: Path) -> None:
        self.path, self._lock = path, threading.Lock()
        self._file = open(path, "a+b", buffering=0)  # noqa: SIM115  # closed by `close`
        self._file.seek(0)
        content = self._file.read()
        whole = content[: content.rfind(b"\n") + 1]  # a run that died may have left half a line
        self._file.truncate(len(whole))
        self.status: dict[str, str] = {}
        try:
            for line in whole.splitlines():
                entry = json.loads(line)
                if entry["status"] not in STATUSES:
                    raise ValueError(entry["status"])
                self.status[entry["key"]] = entry["status"]
        except (ValueError, KeyError, TypeError) as error:
            self._file.close()
            raise ConfigurationError(f"{path} is no results file of an import; give another with --results.") from error

    def note(self, key: str, row: Row, status: str, **about: Any) -> None:
        """Write down what a row's state is. It is on the disk when this returns."""
        entry = {"line": row.line, "status": status, **{k: v for k, v in about.items() if v is not None}, "key": key}
        with self._lock:
            self._file.write(json.dumps(entry, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")
            os.fsync(self._file.fileno())
            self.status[key] = status

    def close(self) -> None:
        self._file.close()
