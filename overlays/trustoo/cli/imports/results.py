"""The results of the rows of a file: the last line of each row in the results file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from ...upload import Journal
from .rows import Row

__all__ = ["OPEN", "Results", "counted", "keyed"]

COUNTED = ("created", "existing", "failed", "unknown", "pending")
OPEN = ("unknown", "sending")
"""The statuses of rows whose outcome is unknown."""


class Results:
    """The rows of a file, and what the results file says of them.

    Args:
        journal: the results file.
        rows: the rows of the file by their keys, from `keyed`.
    """

    def __init__(self, journal: Journal, rows: Mapping[str, Row]) -> None:
        self.journal, self.rows = journal, rows

    @property
    def counts(self) -> Counter[str]:
        """The number of rows by status."""
        return counted(map(self.journal.status.get, self.rows))

    @property
    def unknown(self) -> dict[str, Row]:
        """The rows whose outcome is unknown."""
        return {key: row for key, row in self.rows.items() if self.journal.status.get(key) in OPEN}

    def waiting(self, *, retry_unknown: bool = False) -> dict[str, Row]:
        """The rows that are to be sent. `retry_unknown`: also those whose outcome is unknown. Default: False."""
        done = ("created", "existing") if retry_unknown else ("created", "existing", *OPEN)
        return {key: row for key, row in self.rows.items() if self.journal.status.get(key) not in done}

    def last(self, key: str) -> Mapping[str, Any]:
        """The last line of a row; empty if there is none."""
        return self.journal.lines.get(key, {})

    def note(self, key: str, status: str, **about: Any) -> None:
        """Append the status of a row. Raises OSError."""
        self.journal.note(key, status, line=self.rows[key].line, **about)


def counted(statuses: Iterable[str | None]) -> Counter[str]:
    """The number of rows by status. Rows without a status are pending."""
    counts = Counter[str](dict.fromkeys(COUNTED, 0))
    for status in statuses:
        counts["unknown" if status in OPEN else status or "pending"] += 1
    return counts


def keyed(rows: Iterable[Row]) -> dict[str, Row]:
    """The rows by the keys that they have in each run: the row's content, and its number among rows with equal content.

    Lines can therefore move, and a corrected row is a new row.
    """
    seen = Counter[str]()
    found = dict[str, Row]()
    for row in rows:
        content = json.dumps([row.arguments, [path.name for path in row.photos]], sort_keys=True, default=str)
        digest = sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:24]
        seen[digest] += 1
        found[f"{digest}-{seen[digest]}"] = row
    return found
