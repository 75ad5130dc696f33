"""Watches the client's requests and responses during the tests, and takes the cases that the tests count.

The requests and responses of every client pass through `Pipeline.execute`, whatever its transport is. This module
watches that function.
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
    """The coverage by operation since the start, and the calls and counts since they were last taken."""

    def __init__(self) -> None:
        self.coverage = {operation: OperationCoverage(operation) for operation in OPERATIONS}
        self.calls = 0
        self._called: Counter[str] = Counter()
        self._checked: Counter[str] = Counter()

    def take(self) -> tuple[Counter[str], Counter[str]]:
        """(calls, checked cases) by operation since the last call of this method."""
        taken = self._called, self._checked
        self._called, self._checked = Counter(), Counter()
        return taken

    def exchange(self, request: HTTPRequest, response: HTTPResponse | None) -> None:
        """Note a request and its response. None if there was no response."""
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
            raise ValueError(
                f"{operation!r} is not an operation of openapi.yaml; there are {', '.join(self.coverage)}."
            )
        self._checked[operation] += cases


def checked(operation: str, cases: int = 1) -> None:
    """Count cases of an operation that a test checked. By default, each call of a test is one case."""
    if _active is not None:
        _active.checked(operation, cases)


@contextmanager
def watched(recorder: Recorder) -> Iterator[None]:
    """Watch every client of this process. One recorder at a time."""
    global _active
    if _active is not None:
        raise RuntimeError("The clients of this process are already watched.")
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
