"""Options of a contract run, the mock, and the table at its end."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from contract_tests.fake import served
from contract_tests.report.plugin import Reporter
from contract_tests.support import options, prism, scoreboard
from contract_tests.support.second_signer import SecondSigner
from contract_tests.support.shop import Shops
from contract_tests.support.spec import OPERATIONS
from contract_tests.support.zone import leave_utc
from tools.mock.engines import MockUnavailableError
from tools.mock.running import WrongMockError, check
from tools.mock.server import SOURCE, SPEC, MockStartError, PrismMock, SpecMismatchError


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options that `make contract` passes on."""
    group = parser.getgroup("contract")
    group.addoption("--seed", default="1", help="seed of the generated cases, or `random`")
    group.addoption("--cases", type=int, default=30, help="fuzzed cases an operation")
    group.addoption("--only", default=None, help="run one operation, by operationId")
    group.addoption("--against", choices=["prism", "fake"], default="prism", help="the server")
    group.addoption("--engine", choices=["auto", "docker", "npm"], default="auto", help="what runs Prism")
    group.addoption("--mock", default=None, help="URL of a Prism that serves openapi.yaml already")
    group.addoption("--report", type=Path, default=None, help="folder to write contract.html, .md and .json to")
    group.addoption("--join", action="store_true", help="add this run to the report that is there")


def pytest_configure(config: pytest.Config) -> None:
    """Read the options before tests are collected, since collecting generates their parameters."""
    leave_utc()
    options.choose(*(config.getoption(f"--{name}") for name in ("seed", "cases", "only", "engine", "mock", "against")))
    if options.only is not None and options.only not in OPERATIONS:
        raise pytest.UsageError(f"--only {options.only}: no such operation; there are {', '.join(OPERATIONS)}")
    if options.mock_url is not None and options.against == "prism":
        try:
            prism.elsewhere = check(options.mock_url, SOURCE)
        except WrongMockError as problem:
            raise pytest.UsageError(f"--mock: {problem}") from problem
    if (directory := config.getoption("--report")) is not None:
        config.pluginmanager.register(
            Reporter(directory, Path(__file__).parent, join=config.getoption("--join")), "contract-report"
        )


def pytest_report_header() -> str:
    """The seed, so that a run can be repeated."""
    return f"contract: seed {options.seed}, {options.cases} fuzzed cases an operation, against {options.against}"


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """The fake generates no responses, and the README's lines run on it in `tests/docs/test_readme.py`. The tests in
    `world` and `facts`, and those of what the fake keeps, belong to no single operation."""
    of_prism_alone = options.against == "fake" and collection_path.name in ("test_dynamic.py", "test_readme.py")
    of_all_operations = ("world", "facts", "test_state.py", "test_workflows.py")
    return of_prism_alone or (options.only is not None and collection_path.name in of_all_operations) or None


@pytest.fixture(scope="session")
def mock(request: pytest.FixtureRequest) -> Iterator[PrismMock | None]:
    """Prism, serving the spec; None when one runs elsewhere."""
    if options.mock_url is not None or options.against == "fake":
        yield None
        return
    running = PrismMock(SPEC, engine=request.config.getoption("--engine"))
    capture = request.config.pluginmanager.getplugin("capturemanager")
    assert capture is not None
    with _ending_the_run(), capture.global_and_fixture_disabled():  # fetching an image takes minutes, and says so
        running.start()
    prism.started = running
    yield running
    with _ending_the_run():
        running.ensure_alive()  # for the count of restarts: it may have ended in the last test
    running.stop()


@contextmanager
def _ending_the_run() -> Iterator[None]:
    """No test can pass without the mock, so the run ends here with the reason, and not with a failure of each test."""
    try:
        yield
    except (MockUnavailableError, MockStartError, SpecMismatchError) as problem:
        pytest.exit(str(problem), returncode=pytest.ExitCode.TESTS_FAILED)


@pytest.fixture(scope="session")
def shops(mock: PrismMock | None) -> Iterator[Shops]:
    """Clients of the mock or the fake, shared by all tests; each sets what it prefers."""
    if options.against == "fake":
        connected = Shops(served.BASE_URL, served.FreshFakes())
    else:
        connected = Shops(mock.url if mock is not None else str(options.mock_url))
    yield connected
    connected.close()


@pytest.fixture(scope="session")
def second_signer() -> Iterator[SecondSigner]:
    """The signer in Node, which starts at its first test."""
    with SecondSigner() as signer:
        yield signer


@pytest.fixture(autouse=True)
def _answering(request: pytest.FixtureRequest) -> None:
    """Whatever an earlier test did to the mock, it responds when the next one begins."""
    if "mock" in request.fixturenames and (running := request.getfixturevalue("mock")) is not None:
        with _ending_the_run():
            running.ensure_alive()


def _asked_for() -> list[str]:
    return [operation for operation in OPERATIONS if options.only in (None, operation)]


def _columns() -> list[str]:
    return [column for column in scoreboard.COLUMNS if (column, options.against) != ("dynamic", "fake")]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table, and what happened to the mock."""
    for line in prism.notices():
        terminalreporter.write_line(line)
    if scoreboard.counts:
        terminalreporter.section(f"contract, against {options.against}")
        terminalreporter.write_line(scoreboard.table(_asked_for()))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A whole run in which a cell of the table stayed empty has failed, whatever its tests say."""
    whole = not session.config.getoption("keyword") and not session.config.getoption("markexpr")
    ran_all = {"test_positive", "test_negative", "test_codes"} <= {
        item.path.stem for item in session.items if item.path.parent.name == "prism"
    }
    if exitstatus == 0 and whole and ran_all and (empty := scoreboard.missing(_asked_for(), _columns())):
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line(f"Nothing was checked for: {', '.join(empty)}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
