"""Checks a property for many generated values. The same seed generates the same values."""

import os
from collections.abc import Callable
from typing import TypeVar
from zlib import crc32

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from contract_tests.support import options

T = TypeVar("T")


def check_all(operation: str, about: str, values: st.SearchStrategy[T], check: Callable[[T], None]) -> None:
    """Check as many values as the option `cases` states.

    Raises AssertionError for the smallest value with a problem, with the command that repeats the test.
    """

    @seed(crc32(f"{options.seed}/{operation}/{about}".encode()))
    @settings(
        max_examples=options.cases,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(values)
    def inspect(value: T) -> None:
        try:
            check(value)
        except AssertionError as error:
            repeat = options.repeat_test(os.environ["PYTEST_CURRENT_TEST"].rpartition(" ")[0])
            raise AssertionError(f"{operation}: {error}\n  {about}: {value}\n  repeat: {repeat}") from error

    inspect()
