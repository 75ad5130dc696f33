"""Prints below each failed vector the command that runs only this vector."""

from collections.abc import Generator

import pytest

pytest.register_assert_rewrite("contract_tests.vectors.checks")  # so that a failure shows what differs


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the command to the report of a failed test."""
    report = yield
    if report.failed:
        report.sections.append(("repeat", f'.venv/bin/pytest "{item.nodeid}"'))
    return report
