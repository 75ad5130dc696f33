"""The server of the run, the uploads of a test, and the command that repeats one that failed."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from contract_tests.oss.server import Seaweed, StorageStartError
from contract_tests.oss.uploads import Uploads


@pytest.fixture(scope="session")
def server() -> Iterator[Seaweed]:
    """SeaweedFS, one for all tests."""
    with ExitStack() as running:
        problem = None
        try:
            seaweed = running.enter_context(Seaweed())
        except StorageStartError as failed:
            problem = failed
        if problem is not None:  # out of the handler, which would show it twice
            pytest.fail(str(problem), pytrace=False)
        yield seaweed


@pytest.fixture(params=["httpcore", "async httpcore", "async aiohttp"])
def uploads(server: Seaweed, request: pytest.FixtureRequest) -> Uploads:
    """A client over a transport, with credentials for a directory of the test's own."""
    directory = re.sub(r"\W+", "-", request.node.name).strip("-")
    shop = Uploads(server, request.param, f"{directory}/2026/6/17/")
    shop.hand_out(shop.credentials())
    return shop


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Add the command that repeats the test."""
    report = yield
    if report.failed:
        report.sections.append(("repeat", f"make test-oss TEST='{item.nodeid}'"))
    return report
