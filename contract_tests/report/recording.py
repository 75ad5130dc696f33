"""Watches what the client sends and receives during the tests, and takes what they count as checked.

The client asks its transport for an answer in one place, whatever transport that is; there it is watched.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from trustoo import AsyncTrustoo, Trustoo
from trustoo.transport import Reply, Wire

from contract_tests.report.coverage import OperationCoverage, operation_of
from contract_tests.support.description import OPERATIONS

_active: "Recorder | None" = None


class Recorder:
    """What went over the wire: by operation since the start, and calls and counts since they were last taken."""

    def __init__(self) -> None:
        self.coverage = {operation: OperationCoverage(operation) for operation in OPERATIONS}
        self.calls = 0
        self._called: Counter[str] = Counter()
        self._checked: Counter[str] = Counter()

    def take(self) -> tuple[Counter[str], Counter[str]]:
        """(calls, checked cases) by operation since the last time."""
        taken = self._called, self._checked
        self._called, self._checked = Counter(), Counter()
        return taken

    def exchange(self, wire: Wire, reply: Reply | None) -> None:
        """Note a request and its answer, None where there was none."""
        self.calls += 1
        if (found := operation_of(wire.method, wire.url)) is None:
            return
        operation, path = found
        self._called[operation] += 1
        coverage = self.coverage[operation]
        coverage.request(path, urlsplit(wire.url).query, wire.content or b"")
        if reply is not None:
            coverage.reply(reply.status, reply.content)

    def checked(self, operation: str, cases: int) -> None:
        """Count cases that the running test checked. Raises ValueError for an unknown operation."""
        if operation not in self.coverage:
            raise ValueError(f"{operation!r} is no operation of openapi.yaml; there are {', '.join(self.coverage)}.")
        self._checked[operation] += cases


def checked(operation: str, cases: int = 1) -> None:
    """Say in a test how many cases of an operation it checked; without this its calls are counted."""
    if _active is not None:
        _active.checked(operation, cases)


@contextmanager
def watched(recorder: Recorder) -> Iterator[None]:
    """Watch every client of this process. One recorder at a time."""
    global _active
    if _active is not None:
        raise RuntimeError("The clients of this process are watched already.")
    send, send_async = Trustoo._serve, AsyncTrustoo._serve

    def serve(client: Trustoo, step: Any) -> Any:
        reply = None
        try:
            reply = send(client, step)
            return reply
        finally:
            _note(recorder, step, reply)

    async def serve_async(client: AsyncTrustoo, step: Any) -> Any:
        reply = None
        try:
            reply = await send_async(client, step)
            return reply
        finally:
            _note(recorder, step, reply)

    _active = recorder
    try:
        with patch.object(Trustoo, "_serve", serve), patch.object(AsyncTrustoo, "_serve", serve_async):
            yield
    finally:
        _active = None


def _note(recorder: Recorder, step: Any, reply: Any) -> None:
    if isinstance(step, Wire):  # else a pause, or a token that is asked for
        recorder.exchange(step, reply)
