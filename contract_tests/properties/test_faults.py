"""No write is sent twice, and the result of a call is correct, whatever faults occur."""

import itertools
from collections import Counter

import pytest
from trustoo import UnauthenticatedError
from trustoo.testing import FakeTrustoo, without_waiting

from contract_tests.properties.faults import Case
from contract_tests.support import options
from contract_tests.support.shop import CLOCK

CASES = 4
"""The number of cases (each with five calls) for each fuzzed case of the run."""


def test_the_result_of_a_call_agrees_with_what_the_server_did() -> None:
    figures: Counter[str] = Counter()
    for number in range(CASES * options.cases):
        figures += Case(options.seed, number).check()
    assert figures["sent twice"] == 0
    if options.cases >= 20:
        for seen in ("processed once", "not processed", "outcome unknown", "reads retried", "reads: values"):
            assert figures[seen] > 0, f"{seen}: nothing was seen in {figures}"


def test_a_call_adopts_the_clock_of_the_server_only_once() -> None:
    hours = itertools.count(CLOCK + 3600, 3600)
    service, attempts = FakeTrustoo(clock=lambda: next(hours)), Counter[str]()
    with without_waiting(), service.client(clock=lambda: CLOCK) as shop:
        watched = shop.with_options(on_request=lambda event: attempts.update([event.operation]))
        with pytest.raises(UnauthenticatedError):
            watched.customers.exclude(email="a@example.com")
    assert attempts.total() == 2
    assert not service.processed
