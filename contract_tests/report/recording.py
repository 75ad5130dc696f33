"""Watches what the client sends and receives during the tests, and takes what they count as checked.

Every client's requests and responses pass through `Pipeline.execute`, whatever its transport is. They are watched
there.
"""

from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from trustoo._pipeline import Pipeline
from trustoo.transport import HTTPRequest, HTTPResponse
from trustoo_api.types import OperationRequest, ResponseDecoder

from contract_tests.report.coverage import OperationCoverage, operation_of
from contract_tests.support.spec import OPERATIONS

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

    def exchange(self, request: HTTPRequest, response: HTTPResponse | None) -> None:
        """Note a request and its response, None where there was none."""
        self.calls += 1
        if (found := operation_of(request.method, request.url)) is None:
            return
        operation, path = found
        self._called[operation] += 1
        coverage = self.coverage[operation]
        assert request.content is None or isinstance(request.content, bytes)
        coverage.request(path, urlsplit(request.url).query, request.content or b"")
        if response is not None:
            coverage.received(response.status, response.content)

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
    execute = Pipeline.execute

    def watch(pipeline: Pipeline, request: OperationRequest, decoder: ResponseDecoder[Any]) -> Generator[Any, Any, Any]:
        effects = execute(pipeline, request, decoder)
        try:
            effect = next(effects)
            while True:
                try:
                    result = yield effect
                except BaseException as error:
                    _note(recorder, effect, None)
                    effect = effects.throw(error)
                else:
                    _note(recorder, effect, result)
                    effect = effects.send(result)
        except StopIteration as stop:
            return stop.value

    _active = recorder
    try:
        with patch.object(Pipeline, "execute", watch):
            yield
    finally:
        _active = None


def _note(recorder: Recorder, effect: Any, result: Any) -> None:
    if isinstance(effect, HTTPRequest):  # not a Sleep or a GetToken
        recorder.exchange(effect, result)
