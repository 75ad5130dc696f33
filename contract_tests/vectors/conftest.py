"""Says below each failed vector how to repeat it alone."""

from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the command to a report of failure."""
    report = yield
    if report.failed:
        report.sections.append(("repeat", f'.venv/bin/pytest "{item.nodeid}"'))
    return report
