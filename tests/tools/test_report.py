"""The report of a contract run: counts that are right, a page that is total and offline, and no secret in any file."""

import asyncio
import dataclasses
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trustoo import NO_RETRIES, ConnectError
from trustoo.testing import FakeTrustoo, Fault

from contract_tests.report import history, render
from contract_tests.report.coverage import OperationCoverage, operation_of, slot_of
from contract_tests.report.model import (
    SLOWEST,
    SOME_FILES,
    Cell,
    Failure,
    Layer,
    Mutation,
    OperationReport,
    Report,
    Run,
    Share,
    SlowTest,
    Totals,
)
from contract_tests.report.plugin import MUTATION_RESULT, layer_of, messages, mutation
from contract_tests.report.recording import Recorder, checked, watched
from contract_tests.report.texts import LIMIT, clean, clean_junit
from contract_tests.support import options
from contract_tests.support.shop import TOKENS
from contract_tests.support.spec import OPERATIONS, ROOT

RUN = Run(seed=1, cases=30, command="make contract SEED=1 CASES=30")
SECRET = "EXAMPLE-secret-of-the-environment"


# --- the page and the summary


def arbitrary(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a type that the model uses; numbers are counts."""
    simple = {int: st.integers(0, 10**7), float: st.floats(0, 1e6), str: st.text(max_size=30), bool: st.booleans()}
    if kind in simple:
        return simple[kind]
    arguments = get_args(kind)
    if get_origin(kind) is Literal:
        return st.sampled_from(arguments)
    if isinstance(kind, UnionType):
        return st.none() | arbitrary(arguments[0])
    if get_origin(kind) is list:
        return st.lists(arbitrary(arguments[0]), max_size=3)
    if get_origin(kind) is dict:
        return st.dictionaries(st.text(max_size=10), arbitrary(arguments[1]), max_size=3)
    return st.builds(kind, **{name: arbitrary(inner) for name, inner in get_type_hints(kind).items()})


class Read(HTMLParser):
    """What a browser would see of a page: tags, attributes, and the text outside scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in ("meta", "br", "wbr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text += data


def assert_offline(page: str) -> None:
    seen = Read(page)
    assert not {"link", "img", "iframe", "object", "embed", "base", "form", "svg", "source"} & set(seen.tags)
    assert seen.tags.count("script") == seen.tags.count("style") == 1
    for name, value in seen.attributes:
        assert not name.startswith("on"), name
        assert name not in ("src", "srcset", "action", "data", "poster"), name
        assert name != "href" or value.startswith("#"), value
    style = page.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style
    assert "default-src 'none'" in page
    assert seen.open == [], "a tag is not closed"


@settings(max_examples=60, database=None, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(arbitrary(Report))
def test_any_data_makes_an_offline_page_a_summary_and_json_that_reads_back(report: Report) -> None:
    assert_offline(render.page(report))
    assert render.summary(report)
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report


def failing() -> Report:
    """A partial run in which one test failed, with everything that HTML could trip over."""
    message = "<script>alert('x')</script> & \"quoted\" </pre> `code` | pipe \u2028"
    row = OperationReport("reviews.list", "GET", "/<b>", "documented", {"prism/codes": Cell(40, 16, 2)})
    return Report(
        run=RUN,
        outcome="failed",
        partial=["only <i>reviews.list</i> was asked for"],
        layers=[Layer("prism/codes", 16, 2), Layer("vectors/signatures", 14)],
        operations=[row],
        client={"vectors/signatures": Cell(14, 14, 0)},
        failures=[Failure("tests::x[<b>]", "prism/codes", "call", message, "make contract ONLY=reviews.list", ["a"])],
    )


def test_what_a_message_says_is_text_and_never_markup() -> None:
    report = failing()
    seen = Read(render.page(report))
    assert report.failures[0].message in seen.text
    assert seen.tags.count("script") == 1
    assert "b" not in seen.tags
    assert "i" not in seen.tags
    summary = render.summary(report)
    assert "only &lt;i>reviews.list&lt;/i>" in summary
    assert "`` <script>" in summary, "the message is code, with a fence longer than its own backtick"


def test_failures_partiality_and_counts_are_said_in_page_and_summary() -> None:
    report = failing()
    for text in (Read(render.page(report)).text, render.summary(report)):
        for said in ("Failed", "✗ 2 of 16", "partial run", "make contract ONLY=reviews.list", "14"):
            assert said.lower() in text.lower(), said


def test_an_empty_run_says_that_nothing_ran() -> None:
    assert "Nothing ran" in Read(render.page(Report(RUN))).text
    assert "nothing ran" in render.summary(Report(RUN))


def test_tables_name_what_their_cells_belong_to_and_regions_that_scroll_take_the_keyboard() -> None:
    page = render.page(failing())
    assert re.findall(r"<th(?![^>]*\bscope=)[\s>]", page) == []
    regions = re.findall(r'<div class="sheet"><div class="scroll"([^>]*)>\s*<table', page)
    assert len(regions) == page.count("<table") >= 4
    assert all('tabindex="0"' in region and "aria-label=" in region for region in regions)


def columned() -> Report:
    """A run with files of Prism and of the fake service, and with files that share a column."""
    names = ["facts/facts", "fake/codes", "prism/codes", "prism/transports", "top", "world/bodies", "world/time"]
    layers = [Layer(name, 10, seconds=1.5, about=f"About {name}.") for name in names]
    cells = {"prism/transports": Cell(7, 7), "world/bodies": Cell(100, 1), "world/time": Cell(23, 2, 1)}
    row = OperationReport("reviews.list", "GET", "/x", "documented", cells)
    return Report(RUN, layers=layers, operations=[row], client={"facts/facts": Cell(75, 75), "world/time": Cell(4, 4)})


def test_a_file_on_prism_or_on_the_fake_is_a_column_and_another_folder_is_one_column() -> None:
    report = columned()
    found = render.columns(report)
    names = ["prism/codes", "prism/transports", "fake/codes", "facts", "top", "world"]
    assert [column.name for column in found] == names
    assert [(column.tests, column.seconds) for column in found][-1] == (20, 3.0)
    assert render.by_column(report.operations[0].cells) == {"prism/transports": Cell(7, 7), "world": Cell(123, 3, 1)}
    summary = render.summary(report)
    assert f"| Operation | Evidence | {' | '.join(names)} |" in summary
    assert "| `reviews.list` | documented | – | 7 | – | – | – | ✗ 1 of 3 |" in summary
    assert "| **all** |  | – | 7 | – | 75 | – | ✗ 1 of 7 |" in summary


def test_every_test_file_has_a_row_with_what_it_says_of_itself() -> None:
    report = columned()
    text = Read(render.page(report)).text
    for layer in report.layers:
        assert f"{layer.name}About {layer.name}." in text, layer.name


def test_the_calls_over_each_transport_count_once_a_combination(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pytest", "contract_tests/prism/test_transports.py", "--against=fake"]
    command += ["--only=reviews.rating", f"--report={tmp_path}", "-q"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    report = msgspec.json.decode((tmp_path / render.DATA).read_bytes(), type=Report)
    [row] = report.operations
    cell = row.cells["fake/transports"]
    assert cell.cases == cell.tests
    assert cell.tests % 7 == 0
    assert "over each transport" in report.layers[0].about


KEPT: dict[str, Any] = {"floor": 0.971, "killed": 43, "total": 44, "seed": 5, "tree": "0123456789abcdef", "mutants": []}


@pytest.mark.parametrize("output", [render.page, render.summary])
def test_the_mutation_score_is_shown_with_what_the_kept_result_holds(
    output: Callable[[Report], str], tmp_path: Path
) -> None:
    path = tmp_path / "result.json"
    path.write_text(json.dumps(KEPT), encoding="utf-8")
    text = output(Report(RUN, mutation=mutation(path, KEPT["tree"])))
    for said in ("97.7", "43 of 44 mutants", "seed 5", "97.1%", "0123456789abcdef"):
        assert said in text, said
    assert "older than" not in text


@pytest.mark.parametrize("output", [render.page, render.summary])
def test_a_mutation_score_that_is_older_than_the_code_says_so(output: Callable[[Report], str], tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_text(json.dumps(KEPT), encoding="utf-8")
    text = output(Report(RUN, mutation=mutation(path, "fedcba9876543210")))
    for said in ("97.7", "older than the code", "0123456789abcdef", "fedcba9876543210", "make mutation"):
        assert said in text, said


@pytest.mark.parametrize("output", [render.page, render.summary])
@pytest.mark.parametrize(
    "content", [None, "[]", "no json", "{}", {**KEPT, "total": 0}, {**KEPT, "killed": "?"}, {**KEPT, "tree": None}]
)
def test_a_mutation_result_that_cannot_be_read_is_named_and_never_shown_as_a_score(
    content: Any, output: Callable[[Report], str], tmp_path: Path
) -> None:
    path = tmp_path / "result.json"
    if content is not None:
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    assert mutation(path, KEPT["tree"]) is None
    assert "No result is kept that the report can read." in output(Report(RUN))


def test_the_kept_mutation_result_of_the_project_can_be_read() -> None:
    kept = json.loads(MUTATION_RESULT.read_text(encoding="utf-8"))
    found = mutation(MUTATION_RESULT, kept["tree"])
    assert found is not None
    assert (found.killed, found.total, found.older) == (kept["killed"], kept["total"], False)
    assert found.floor <= found.score <= 1


# --- earlier runs


def complete() -> Report:
    """A complete run that passed."""
    report = Report(
        Run(1, 30, "make contract", started="2026-01-02T03:04:05+00:00", commit="0123456789ab"),
        "passed",
        totals=Totals(collected=9, passed=9, calls=20),
        operations=[OperationReport("reviews.list", "GET", "/x", "documented", {"prism/a": Cell(3, 1)})],
        client={"world/b": Cell(4, 2)},
        mutation=Mutation(43, 44, 0.97, 1, "a" * 16, "b" * 16),
    )
    report.run.versions["openapi.yaml"] = "1.2.3, SHA-256 ff"
    return report


def kept(folder: Path, report: Report) -> int:
    """The exit code of `make report-history` for this report."""
    (folder / render.DATA).write_bytes(msgspec.json.encode(report))
    return history.main([str(folder), "--history", str(folder / "history.jsonl")])


def test_a_complete_run_is_one_line_of_the_history_however_often_it_is_added(tmp_path: Path) -> None:
    assert kept(tmp_path, complete()) == kept(tmp_path, complete()) == 0
    later = complete()
    later.run.started, later.mutation = "2026-01-03T03:04:05+00:00", None
    assert kept(tmp_path, later) == 0
    first, second = map(json.loads, (tmp_path / "history.jsonl").read_text(encoding="utf-8").splitlines())
    assert first == {
        "date": "2026-01-02T03:04:05+00:00", "commit": "0123456789ab", "spec": "1.2.3", "fuzzed": 30, "operations": 1,
        "tests": 9, "cases": 7, "calls": 20, "mutation": 0.9773, "mutation_older": True,
    }  # fmt: skip
    assert second == {**first, "date": "2026-01-03T03:04:05+00:00", "mutation": None, "mutation_older": False}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"outcome": "failed"}, "has not passed (outcome: failed)"),
        ({"partial": ["only a was asked for"]}, "partial: only a was asked for"),
        ({"run": Run(1, 30, "x")}, "names no commit"),
        ({"run": Run(1, 30, "x", commit="0123456789ab-dirty")}, "not in commit 0123456789ab. Commit them"),
    ],
)
def test_a_run_that_cannot_be_compared_is_refused_with_the_reason(
    change: dict[str, Any], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert kept(tmp_path, dataclasses.replace(complete(), **change)) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "history.jsonl").exists()


def test_without_a_readable_report_or_history_the_message_names_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert history.main([str(tmp_path)]) == 1
    assert "contract.json does not exist. Run make contract first." in capsys.readouterr().err
    (tmp_path / render.DATA).write_text("{}", encoding="utf-8")
    assert history.main([str(tmp_path)]) == 1
    assert "contract.json is no report of this version" in capsys.readouterr().err
    (tmp_path / "history.jsonl").write_text("{}\n", encoding="utf-8")
    assert kept(tmp_path, complete()) == 1
    assert "history.jsonl, line 1, is not a run" in capsys.readouterr().err
    assert (tmp_path / "history.jsonl").read_text(encoding="utf-8") == "{}\n"


def test_the_page_shows_the_earlier_runs_and_their_trend() -> None:
    report = complete()
    first = history.entry_of(report)
    report.history = [first, dataclasses.replace(first, commit="ba9876543210", tests=12, mutation=None)]
    text = Read(render.page(report)).text
    for said in ("Earlier runs", "2026-01-02 03:04:05", "ba9876543210", "97.7 % (older than the code)", "▁█"):
        assert said in text, said
    assert "Earlier runs" not in Read(render.page(complete())).text
    assert "trend" not in Read(render.page(dataclasses.replace(complete(), history=[first]))).text


def test_a_sparkline_has_a_block_for_each_value() -> None:
    assert render.sparkline([]) == ""
    assert render.sparkline([5, 5]) == "▄▄"
    assert render.sparkline([0, None, 7, 3.5]) == "▁ █▅"


def test_the_kept_history_can_be_read() -> None:
    dates = [entry.date for entry in history.read(history.HISTORY)]
    assert dates == sorted(dates)


# --- secrets


@pytest.mark.parametrize(
    "text",
    [
        f"sent {SECRET}",
        f"{{'private_token': '{SECRET[:9]}x'}}",
        f'{{"access_token": "{SECRET[:9]}x"}}',
        f"client_secret='{SECRET[:9]}x'",
        f"Public-Token: {SECRET[:9]}x",
        f"Authorization: Bearer {SECRET[:9]}x",
        f"with Bearer {SECRET[:9]}x",
        f"{{'Authorization': 'Bearer {SECRET[:9]}x'}}",
        f"https://{SECRET[:9]}x@example.com/?refresh_token={SECRET[:9]}x&page=1",
        f"\x1b[31mprivate_token\x1b[0m='{SECRET[:9]}x'",
    ],
)
def test_a_secret_is_masked_however_it_is_written(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTOO_PRIVATE_TOKEN", SECRET)
    assert SECRET[:9] not in clean(text)
    assert "***" in clean(text)


def test_the_tests_own_tokens_and_the_folders_of_the_machine_are_masked() -> None:
    for tokens in TOKENS.values():
        for value in tokens.values():
            assert value not in clean(f"x{value}x")
    assert clean(f"{ROOT / 'openapi.yaml'}: {ROOT}") == "openapi.yaml: ."


def test_a_text_is_cut_and_has_no_character_that_cannot_be_seen_or_written() -> None:
    assert clean("a\x00\x1b[31mb\x1b[0m\ud800\u202ec\n\td") == "a\\x00b\\ud800\\x202ec\n\td"
    assert len(clean("é" * (LIMIT + 1))) == LIMIT


def test_junit_keeps_its_counts_and_loses_its_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTOO_PRIVATE_TOKEN", SECRET)
    document = (
        f'<testsuites><testsuite tests="1" hostname="here"><properties><property name="x" value="eHh4"/></properties>'
        f'<testcase name="a"><failure message="{SECRET}">&lt;{SECRET}&gt;</failure></testcase></testsuite></testsuites>'
    )
    cleaned = clean_junit(document.encode())
    assert cleaned.startswith(b"<?xml")
    assert b'tests="1"' in cleaned
    assert b'<failure message="***">&lt;***&gt;</failure>' in cleaned
    assert b"here" not in cleaned
    assert b"eHh4" not in cleaned


# --- coverage of the spec


def by_name(coverage: OperationCoverage) -> dict[str, Any]:
    result = coverage.result()
    return {member.name: member for member in (*result.sent, *result.received)}


def test_inputs_count_once_a_request_with_listed_values_limits_and_what_is_left_out() -> None:
    coverage = OperationCoverage("reviews.create")
    first = {
        "rating": 5,
        "title": "short",
        "author": "a" * 120,
        "media": [{"url": "x"}, {"url": "y", "type": 1}],
        "strange": 1,
    }
    for body in (first, first, {"rating": 4, "author": "b"}):
        coverage.request({}, "", json.dumps(body).encode())
    members = by_name(coverage)
    assert (coverage.result().calls, coverage.result().requests, coverage.result().unknown_sent) == (3, 2, 1)
    assert members["rating"].values == {"1": False, "2": False, "3": False, "4": True, "5": True}
    assert (members["rating"].closed, members["source"].closed) == (True, False)
    assert members["author"].limits == {"minLength 1": True, "maxLength 120": True}
    assert members["title"].limits == {"maxLength 300": False}
    counts = {
        name: (members[name].present, members[name].absent, members[name].distinct)
        for name in ("rating", "media", "media[].url", "media[].type", "title")
    }
    assert counts == {
        "rating": (2, 0, 2), "media": (1, 1, 1), "media[].url": (2, 0, 2), "media[].type": (1, 1, 1),
        "title": (1, 1, 1),
    }  # fmt: skip
    assert members["rating"].required
    assert not members["media"].required
    assert coverage.result().shares()["limits"] == Share(2, 7)


def test_a_limit_is_reached_by_a_value_just_at_it_in_a_query_as_text() -> None:
    number = slot_of({"type": "integer", "minimum": 1, "maximum": 5}, "query", required=False)
    for value in ("2", "x", "", True, None, 5.5, ["1"]):
        number.meet(value)
    assert number.limits == {"minimum 1": False, "maximum 5": False}
    number.meet("5")
    number.meet(1)
    assert number.limits == {"minimum 1": True, "maximum 5": True}
    items = slot_of({"type": "array", "minItems": 1, "maxItems": 2, "items": {"enum": ["a", 1]}}, "body", required=True)
    items.meet(["a", "b"])
    assert items.limits == {"minItems 1": False, "maxItems 2": True}
    assert items.listed == {"a": True, "1": False}


def test_query_parameters_are_met_as_text_and_lists_item_by_item() -> None:
    coverage = OperationCoverage("reviews.list")
    coverage.request({}, "sources=Amazon&sources=QR%20Code&sort_by=created-ascending&page=&other=1", b"")
    members = by_name(coverage)
    assert [name for name, met in members["sources"].values.items() if met] == ["Amazon", "QR Code"]
    assert members["sort_by"].values == {"created-ascending": True, "created-descending": False}
    assert (members["page"].present, members["page_size"].present) == (1, 0)
    assert coverage.result().unknown_sent == 1


def test_responses_count_members_codes_statuses_and_examples() -> None:
    coverage = OperationCoverage("reviews.list")
    response = {"code": 0, "data": {"list": [{"rating": 5}, {"rating": 4, "new": 1}]}}
    for status, content in ((200, json.dumps(response).encode()), (200, json.dumps(response).encode())):
        coverage.received(status, content)
    coverage.received(400, b'{"code": 3}')
    coverage.received(502, b"<html>")
    coverage.received(200, b'{"code": "3"}')
    result = coverage.result()
    assert {code: number for code, number in result.codes.items() if number} == {"0": 1, "3": 1}
    assert result.statuses == {"200": 3, "400": 1, "502": 1}
    assert (result.responses, result.unknown_received) == (4, 1)
    members = by_name(coverage)
    assert (members["data.list[].rating"].present, members["data.list[].rating"].distinct) == (2, 2)
    assert (members["data.list[].id"].present, members["data.list[].id"].absent) == (0, 2)
    assert not any(result.examples.values())
    for _, example in _named_examples():
        coverage.received(200, json.dumps(example).encode())
    assert all(coverage.result().examples.values())


def _named_examples() -> list[tuple[str, Any]]:
    from contract_tests.report.coverage import _content, _examples
    from contract_tests.support.spec import parts

    return list(_examples(_content(parts("reviews.list")[2]["responses"]["200"])))


@pytest.mark.parametrize("content", [b"[" * 5000, b"\xff", b"[[{}]]", b'{"data": [[[[1]]]]}', b"null", b"NaN", b""])
def test_any_response_can_be_measured(content: bytes) -> None:
    for operation in OPERATIONS:
        coverage = OperationCoverage(operation)
        coverage.request({}, "%ff=%00&&=&a", content)
        coverage.received(200, content)
        assert coverage.result().calls == 1


def test_a_request_is_known_by_method_and_path() -> None:
    assert operation_of("GET", "http://127.0.0.1/api/v1/openapi/get_reviews?page=1") == ("reviews.list", {})
    assert operation_of("DELETE", "http://127.0.0.1/api/v1/openapi/get_reviews") is None
    assert operation_of("GET", "http://127.0.0.1/elsewhere") is None


# --- watching the client


def test_calls_are_seen_sync_and_async_with_and_without_a_response_and_only_while_they_are_watched() -> None:
    async def later(service: FakeTrustoo) -> None:
        async with service.async_client() as shop:
            await shop.reviews.list(page=2)

    service, recorder = FakeTrustoo(), Recorder()
    with watched(recorder), service.client() as shop:
        shop.reviews.list(page=1)
        asyncio.run(later(service))
        service.fail(Fault.refused(), operation="reviews.create")
        with pytest.raises(ConnectError):
            shop.with_options(retry=NO_RETRIES).reviews.create(rating=5, author="Zoë")
        checked("reviews.list", 7)
        with pytest.raises(ValueError, match=r"'reviews\.lost' is not an operation"):
            checked("reviews.lost")
        with pytest.raises(RuntimeError, match="already watched"), watched(Recorder()):
            pass
        shop.reviews.list(page=3)
    checked("reviews.list", 7)
    with service.client() as shop:
        shop.reviews.list(page=4)
    assert recorder.take() == ({"reviews.list": 3, "reviews.create": 1}, {"reviews.list": 7})
    assert recorder.take() == ({}, {})
    assert by_name(recorder.coverage["reviews.list"])["page"].distinct == 3
    created = recorder.coverage["reviews.create"].result()
    assert (created.calls, created.responses) == (1, 0)


# --- a whole run

CONFTEST = """
from pathlib import Path
from contract_tests.report.plugin import Reporter

def pytest_configure(config):
    config.pluginmanager.register(Reporter(Path("out"), Path(__file__).parent))
"""
VECTORS = f"""
import pytest

@pytest.mark.parametrize("case", [{{"operation": "reviews.get"}}, {{"operation": "reviews.list"}}])
def test_vector(case):
    assert case["operation"] == "reviews.get", "<b> private_token='{SECRET[:9]}x' repeat: one --two"

@pytest.mark.parametrize("number", [1, 2], ids=["orders.list and so on", "none"])
def test_named(number):
    assert number == 2

@pytest.mark.skip(reason="to be counted")
def test_skipped():
    pass

@pytest.fixture
def broken():
    raise LookupError("{SECRET}")

def test_set_up(broken):
    pass
"""
FAKE = """
from trustoo.testing import FakeTrustoo
from contract_tests.report.recording import checked

def test_one():
    FakeTrustoo().client().reviews.rating()

def test_several():
    shop = FakeTrustoo().client()
    shop.reviews.list(page=1)
    shop.reviews.list(page=2)
    shop.reviews.create(rating=5, author="a")

def test_counting(record_property):
    record_property("operation", "tokens.public")
    checked("tokens.public", 5)
"""


def run(folder: Path, *arguments: str) -> tuple[subprocess.CompletedProcess[str], Report]:
    """A small suite of its own, run in a process of its own."""
    for name, text in {"conftest.py": CONFTEST, "vectors/test_vector.py": VECTORS, "fake/test_calls.py": FAKE}.items():
        path = folder / "contract_tests" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TRUSTOO_PRIVATE_TOKEN": SECRET, "PYTHONUTF8": "1"}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # schemathesis takes seconds to import and has no part in it
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--junit-xml=out/junit.xml", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=100)
    data = folder / "out" / render.DATA
    return done, msgspec.json.decode(data.read_bytes(), type=Report) if data.is_file() else Report(RUN)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str], Report]:
    """The suite run whole, once for the tests that look at what came of it: its folder, output and report."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, *run(folder, "contract_tests")


def test_a_run_is_counted_by_operation_and_layer_and_each_failure_can_be_repeated(
    whole: tuple[Path, subprocess.CompletedProcess[str], Report],
) -> None:
    folder, done, report = whole
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.index("report: out") > 0
    assert (report.outcome, report.partial) == ("failed", [])
    totals = dataclasses.asdict(report.totals)
    assert totals == {"collected": 9, "passed": 5, "failed": 3, "skipped": 1, "calls": 4}
    layers = {layer.name: (layer.tests, layer.failed, layer.skipped, layer.not_run) for layer in report.layers}
    assert layers == {"fake/calls": (3, 0, 0, 0), "vectors/vector": (6, 3, 1, 0)}
    cells = {row.id: row.cells for row in report.operations if row.cells}
    assert cells == {
        "reviews.get": {"vectors/vector": Cell(1, 1, 0)},
        "reviews.list": {"vectors/vector": Cell(1, 1, 1), "fake/calls": Cell(2, 0, 0)},
        "reviews.create": {"fake/calls": Cell(1, 0, 0)},
        "reviews.rating": {"fake/calls": Cell(1, 1, 0)},
        "orders.list": {"vectors/vector": Cell(1, 1, 1)},
        "tokens.public": {"fake/calls": Cell(5, 1, 0)},
    }
    assert report.client == {"vectors/vector": Cell(3, 3, 1), "fake/calls": Cell(0, 1, 0)}
    repeats = {failure.test.rpartition("::")[2]: failure.repeat for failure in report.failures}
    alone, vector, given = f"{options.PYTHON} -m pytest", "contract_tests/vectors/test_vector.py", "--seed=1 --cases=30"
    assert repeats == {
        "test_vector[case1]": "one --two",
        "test_named[orders.list and so on]": f"{alone} '{vector}::test_named[orders.list and so on]' {given}",
        "test_set_up": f"{alone} {vector}::test_set_up {given}",
    }
    assert {failure.phase for failure in report.failures} == {"call", "setup"}
    assert len(report.slowest) == 9
    page = (folder / "out" / render.PAGE).read_text(encoding="utf-8")
    assert_offline(page)
    text = Read(page).text
    assert all(repeat in text for repeat in repeats.values())


def test_no_file_of_a_run_holds_a_secret(whole: tuple[Path, subprocess.CompletedProcess[str], Report]) -> None:
    files = {path.name: path.read_text(encoding="utf-8") for path in (whole[0] / "out").iterdir()}
    assert files.keys() == {render.PAGE, render.SUMMARY, render.DATA, "junit.xml"}
    for name, text in files.items():
        assert "***" in text, name
        assert SECRET[:9] not in text, name


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["contract_tests", "-k", "vector"], "3 tests were deselected"),
        (["contract_tests/fake"], "only some files or tests were asked for"),
        (["contract_tests/fake/test_calls.py::test_one"], "only some files or tests were asked for"),
        (["contract_tests", "-x"], "the run ended before"),
    ],
)
def test_a_run_that_is_not_whole_says_so(arguments: list[str], reason: str, tmp_path: Path) -> None:
    _, report = run(tmp_path, *arguments)
    assert any(reason in said for said in report.partial), report.partial
    assert "A partial run" in (tmp_path / "out" / render.PAGE).read_text(encoding="utf-8")


def test_a_file_that_cannot_be_imported_is_a_failure_of_the_run(tmp_path: Path) -> None:
    broken = tmp_path / "contract_tests" / "vectors" / "test_broken.py"
    broken.parent.mkdir(parents=True)
    broken.write_text("import no_such_module", encoding="utf-8")
    done, report = run(tmp_path, "contract_tests")
    assert done.returncode == 2, done.stdout
    assert report.outcome == "failed"
    assert [(failure.layer, failure.phase) for failure in report.failures] == [("vectors/broken", "collection")]
    assert "no_such_module" in report.failures[0].message


def test_an_interrupted_run_says_what_did_not_run(tmp_path: Path) -> None:
    stopping = tmp_path / "contract_tests" / "fake" / "test_a.py"
    stopping.parent.mkdir(parents=True)
    stopping.write_text("def test_first(): pass\ndef test_stopping(): raise KeyboardInterrupt", encoding="utf-8")
    _, report = run(tmp_path, "contract_tests")
    assert report.outcome == "failed"
    assert report.totals.passed == 1
    assert report.partial == ["the run ended before 10 of 11 tests"]


def test_a_later_run_joins_the_report_that_is_there() -> None:
    row = OperationReport("reviews.list", "GET", "/x", "documented", {"prism/a": Cell(3, 1, 0)})
    first = Report(Run(1, 30, "make contract", seconds=2), "passed", totals=Totals(collected=1, passed=1, calls=3))
    first.layers, first.operations, first.notes = [Layer("prism/a", 1)], [row], {"why": 1}
    later = failing()
    later.outcome, later.partial, later.notes = "failed", [SOME_FILES, "the run ended before 1 of 2 tests"], {"why": 2}
    later.layers = [Layer("prism/a", 2), Layer("fake/a", 2, 1)]
    cells = {"prism/a": Cell(1, 1, 0), "fake/a": Cell(5, 2, 1)}
    later.operations = [OperationReport("reviews.list", "GET", "/x", "documented", cells)]
    later.totals = Totals(collected=2, passed=1, failed=1, calls=5)
    first.join(later)
    assert [(layer.name, layer.tests) for layer in first.layers] == [("prism/a", 3), ("fake/a", 2)]
    assert first.operations[0].cells == {"prism/a": Cell(4, 2, 0), "fake/a": Cell(5, 2, 1)}
    assert first.totals == Totals(collected=3, passed=2, failed=1, calls=8)
    assert (first.outcome, first.notes, first.failures) == ("failed", {"why": 3}, later.failures)
    assert first.partial == ["the run ended before 1 of 2 tests"]
    assert_offline(render.page(first))


def test_the_slowest_tests_of_a_run_and_of_a_later_run_are_named() -> None:
    first = Report(Run(1, 30, "make contract", seconds=400))
    first.add_slow(*(SlowTest(f"test_a[{number}]", "prism/a", number) for number in range(20)))
    later = Report(Run(1, 30, "make contract", seconds=50))
    later.add_slow(SlowTest("test_a[<b>]", "fake/a", 18.5, ["reviews.list"]))
    first.join(later)
    assert [slow.seconds for slow in first.slowest] == [19, 18.5, *range(18, 10, -1)]
    assert len(first.slowest) == SLOWEST
    assert "These tests took 2 min 33 s of 7 min 30 s." in Read(render.page(first)).text
    assert "fake/a18.5test_a[<b>]reviews.list" in Read(render.page(first)).text
    assert "- 18.5 s: fake/a, `test_a[<b>]` reviews.list" in render.summary(first)


def test_collecting_alone_writes_no_report(tmp_path: Path) -> None:
    run(tmp_path, "contract_tests", "--collect-only")
    assert not (tmp_path / "out" / render.PAGE).exists()


# --- small parts


@pytest.mark.parametrize(
    ("path", "layer"),
    [
        ("contract_tests/prism/test_positive.py", "prism/positive"),
        ("/somewhere/contract_tests/fake/stateful/test_a_b.py", "fake/stateful/a_b"),
        ("/contract_tests/x/contract_tests/test_top.py", "top"),
    ],
)
def test_a_layer_is_the_folder_and_the_file_of_a_test(path: str, layer: str) -> None:
    assert layer_of(Path(path)) == layer


def test_a_group_of_errors_says_what_each_of_them_says() -> None:
    group = ExceptionGroup("two", [AssertionError("first"), ExceptionGroup("inner", [ValueError("second")])])
    assert list(messages(group)) == ["first", "ValueError: second"]


def test_cells_are_darker_the_more_cases_they_have() -> None:
    levels = [render.heat(cases, 1000) for cases in (0, 1, 10, 100, 1000)]
    assert levels == sorted(levels)
    assert (levels[0], levels[-1]) == (0.0, 1.0)
    assert render.heat(0, 0) == 0.0
