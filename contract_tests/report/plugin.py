"""Follows a pytest run and writes its report: contract.html, contract.md and contract.json in one directory."""

import json
import platform
import re
import subprocess
import time
from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trustoo
from trustoo_api.operations import OPERATIONS as GENERATED

from contract_tests.mutation.copies import digest
from contract_tests.report import history, render
from contract_tests.report.model import (
    SOME_FILES,
    Cell,
    Failure,
    Layer,
    Mutation,
    OperationReport,
    Report,
    Run,
    SlowTest,
)
from contract_tests.report.recording import Recorder, watched
from contract_tests.report.texts import clean, clean_junit
from contract_tests.support import options, prism, scoreboard
from contract_tests.support.spec import OPERATIONS, ROOT, SPEC, parts

MUTATION_RESULT = Path(__file__).parents[1] / "mutation" / "result.json"
_REPEAT = re.compile(r"[ \t]*\brepeat: (\S.*)")
_ID = re.compile("|".join(rf"(?<![\w.]){re.escape(name)}(?![\w.])" for name in sorted(OPERATIONS, key=len)))


class Reporter:
    """The plugin. It is registered while pytest is configured, and always writes the report when the session ends."""

    def __init__(self, directory: Path, suite: Path, *, join: bool = False) -> None:
        """`suite` is the directory with all tests of a complete run. `join` adds this run to the existing report."""
        self.directory, self.suite, self.join = directory, suite, join
        self.recorder = Recorder()
        self.report = Report(Run(options.seed, options.cases, options.repeat(options.only)))
        self.report.run.commit = commit()
        try:
            self.report.history = history.read(history.HISTORY)[-history.SHOWN :]
        except ValueError as problem:
            raise pytest.UsageError(str(problem)) from None
        self.rows = {name: OperationReport(name, *_method_and_path(name)) for name in OPERATIONS}
        self._layers: dict[str, Layer] = {}
        self._timed: list[SlowTest] = []
        self._failed_phases: list[tuple[str, str]] = []
        self._skipped = False
        self._deselected = 0
        self._began = time.monotonic()
        self._stack = ExitStack()

    # --- following the run

    def pytest_sessionstart(self) -> None:
        """Begin to watch."""
        self.report.run.started = datetime.now(UTC).isoformat(timespec="seconds")
        self._stack.enter_context(watched(self.recorder))

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Deselected tests make a run partial."""
        self._deselected += len(items)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be imported is also a failure."""
        if report.failed:
            self._fail(report.nodeid, layer_of(Path(report.nodeid)), "collection", report.longreprtext, [])

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note the tests to run."""
        self.report.totals.collected = len(session.items)
        for item in session.items:
            layer = self._layer(layer_of(item.path))
            layer.not_run += 1
            layer.about = (getattr(getattr(item, "module", None), "__doc__", None) or "").strip().partition("\n\n")[0]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """One test from its set-up to its tear-down."""
        self.recorder.take()
        self._failed_phases, self._skipped = [], False
        began = time.monotonic()
        result = yield  # an interrupted test counts as one that did not run
        self._finish(item, time.monotonic() - began)
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Keep the message of a failing phase."""
        report = yield
        if report.failed:
            message = report.longreprtext if call.excinfo is None else "\n".join(messages(call.excinfo.value))
            self._failed_phases.append((report.when or "call", message))
        self._skipped |= report.skipped
        return report

    def _finish(self, item: pytest.Item, seconds: float) -> None:
        layer, failed = self._layer(layer_of(item.path)), bool(self._failed_phases)
        calls, checked = self.recorder.take()
        own = operations_of(item, calls)
        layer.not_run -= 1
        layer.tests += 1
        layer.seconds += seconds
        layer.failed += failed
        layer.skipped += self._skipped and not failed
        self._timed.append(SlowTest(item.nodeid.partition("::")[2], layer.name, round(seconds, 3), own))
        for operation in {*own, *calls, *checked}:
            cases = checked[operation] or calls[operation] or 1
            tests = int(operation in own)
            self._cell(self.rows[operation].cells, layer).add(cases, tests, int(tests and failed))
        if not own:
            self._cell(self.report.client, layer).add(0 if calls or checked else 1, 1, int(failed))
        for phase, message in self._failed_phases:
            self._fail(item.nodeid, layer.name, phase, message, own)

    def _layer(self, name: str) -> Layer:
        return self._layers.setdefault(name, Layer(name))

    @staticmethod
    def _cell(cells: dict[str, Cell], layer: Layer) -> Cell:
        return cells.setdefault(layer.name, Cell())

    def _fail(self, test: str, layer: str, phase: str, message: str, own: list[str]) -> None:
        repeat = _REPEAT.findall(message)
        generated = "/prism/" in test  # such a test exists only in a run of its operation
        command = options.repeat(own[0]) if generated and len(own) == 1 else options.repeat_test(test)
        command = repeat[-1] if repeat else command
        message = clean(_REPEAT.sub("", message)).strip()
        failure = Failure(clean(test, 500), layer, phase, message, clean(command, 2000).strip(), own)
        self.report.failures.append(failure)

    # --- at the end

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        """Write the report after all other plugins have set the exit status."""
        try:
            return (yield)
        finally:
            self._stack.close()
            if not session.config.option.collectonly:
                self._complete(session)
                self._write(getattr(session.config.option, "xmlpath", None))

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print where the report is."""
        if (page := self.directory / render.PAGE).is_file() and not terminalreporter.config.option.collectonly:
            terminalreporter.write_line(f"\nreport: {page}")

    def _complete(self, session: pytest.Session) -> None:
        report, totals = self.report, self.report.totals
        report.layers = sorted(self._layers.values(), key=lambda layer: layer.name)
        report.operations = [row for name, row in self.rows.items() if options.only in (None, name)]
        for row in report.operations:
            row.coverage = self.recorder.coverage[row.id].result()
        totals.failed = sum(layer.failed for layer in report.layers)
        totals.skipped = sum(layer.skipped for layer in report.layers)
        totals.passed = sum(layer.tests for layer in report.layers) - totals.failed - totals.skipped
        totals.calls = self.recorder.calls
        report.add_slow(*self._timed)
        for slow in report.slowest:
            slow.test = clean(slow.test, 500)
        report.partial = list(self._why_partial(session))
        if not report.partial and scoreboard.counts:
            report.unchecked = scoreboard.missing(OPERATIONS)
        report.notes = dict(sorted(_notes().items()))
        report.mutation = mutation(MUTATION_RESULT, digest(ROOT))
        ran = totals.passed + totals.failed + totals.skipped
        report.outcome = "empty" if not ran and not report.failures else "failed" if session.exitstatus else "passed"
        report.run.seconds = round(time.monotonic() - self._began, 1)
        report.run.versions = versions()
        report.run.restarted = prism.restarted()

    def _why_partial(self, session: pytest.Session) -> Iterator[str]:
        if options.only is not None:
            yield f"only {options.only} was asked for"
        base = session.config.invocation_params.dir
        asked = [(base / argument.partition("::")[0]).resolve() for argument in session.config.args]
        if not any("::" not in argument for argument in session.config.args) or not any(
            self.suite.resolve().is_relative_to(path) for path in asked
        ):
            yield SOME_FILES
        if self._deselected:
            yield f"{self._deselected} tests were deselected"
        if missing := sum(layer.not_run for layer in self._layers.values()):
            yield f"the run ended before {missing} of {self.report.totals.collected} tests"

    def _write(self, junit: str | None) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        if self.join and (earlier := self.directory / render.DATA).is_file():
            whole = msgspec.json.decode(earlier.read_bytes(), type=Report)
            whole.join(self.report)
            self.report = whole
        encoded = msgspec.json.format(msgspec.json.encode(self.report), indent=1)
        (self.directory / render.DATA).write_bytes(encoded + b"\n")
        (self.directory / render.PAGE).write_text(render.page(self.report), encoding="utf-8")
        (self.directory / render.SUMMARY).write_text(render.summary(self.report), encoding="utf-8")
        if junit is not None and (path := Path(junit)).is_file():
            path.write_bytes(clean_junit(path.read_bytes()))


# --- what a test is about


def layer_of(path: Path) -> str:
    """`prism/positive` for contract_tests/prism/test_positive.py: the directories below the suite, and the file. If the
    tests of Prism run against another server, the name of that server replaces `prism`."""
    folders = path.parent.parts
    if "contract_tests" in folders:
        folders = folders[len(folders) - folders[::-1].index("contract_tests") :]
    folders = tuple(options.against if folder == "prism" else folder for folder in folders)
    return "/".join((*folders, path.stem.removeprefix("test_")))


def operations_of(item: pytest.Item, calls: Mapping[str, int]) -> list[str]:
    """The operations of a test. They come from the property `operation` that it recorded, or else from its parameters,
    the label of schemathesis, the name in its id, or its only called operation. [] for a test of several operations."""
    said = [str(value) for name, value in item.user_properties if name == "operation"]
    callspec = getattr(item, "callspec", None)
    for value in callspec.params.values() if callspec is not None else ():
        inner = value.get("operation") if isinstance(value, Mapping) else getattr(value, "operation", value)
        said += [inner] if isinstance(inner, str) else []
    label = getattr(item, "operation_label", None)
    said += [name for name in OPERATIONS if label == " ".join(_method_and_path(name)[:2])]
    found = [name for name in dict.fromkeys(said) if name in OPERATIONS]
    if not found and callspec is not None:
        found = list(dict.fromkeys(_ID.findall(callspec.id)))
    return found or (list(calls) if len(calls) == 1 else [])


def messages(error: BaseException) -> Iterator[str]:
    """The message of an exception. For a group, the messages of its members."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from messages(inner)
        return
    text = str(error) or "no message"
    yield text if isinstance(error, AssertionError | pytest.fail.Exception) else f"{type(error).__name__}: {text}"


def _method_and_path(operation: str) -> tuple[str, str, str]:
    path, method, _ = parts(operation)
    return method, path, GENERATED[operation].evidence


# --- facts around the run


def commit() -> str:
    """The commit of the project, with `-dirty` if files differ from it. Empty without git or a repository."""
    command = ["git", "describe", "--always", "--exclude=*", "--abbrev=12", "--dirty"]
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=30).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def versions() -> dict[str, str]:
    """The versions of the programs in the run, by name."""
    tools = {name: version(name) for name in ("schemathesis", "hypothesis", "pytest")}
    return {
        "trustoo": trustoo.__version__,
        "openapi.yaml": f"{SPEC.document['info']['version']}, SHA-256 {SPEC.sha256}",
        "Python": f"{platform.python_version()} ({platform.system()})",
        "Prism": prism.version(),
        **tools,
    }


def mutation(path: Path, tree_now: str) -> Mutation | None:
    """The kept result of `make mutation`, beside the digest of the project now. None if it is missing, has another
    format or counts no mutant."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        kept = {name: found[name] for name in ("killed", "total", "floor", "seed", "tree")}
        return msgspec.convert({**kept, "tree_now": tree_now}, Mutation) if kept["total"] else None
    except (OSError, ValueError, KeyError, TypeError):  # msgspec.ValidationError is a ValueError
        return None


def _notes() -> Counter[str]:
    reasons: Counter[str] = Counter()
    for (_, reason), number in scoreboard.notes.items():
        reasons[reason] += number
    return reasons
