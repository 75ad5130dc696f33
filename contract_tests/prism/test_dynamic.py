"""Generated responses, many for each operation: the caller gets the response's value, or its error."""

import pytest

from contract_tests.prism.checks import check_response
from contract_tests.support import options, scoreboard
from contract_tests.support.samples import sample
from contract_tests.support.shop import Shops, kinds
from contract_tests.support.spec import OPERATIONS

ASKED_FOR = [operation for operation in OPERATIONS if options.only in (None, operation)]


@pytest.mark.parametrize("operation", ASKED_FOR)
def test_a_generated_response_reads_as_it_was_given(operation: str, shops: Shops) -> None:
    make, decoder = sample(operation)
    values = 0
    for number in range(options.cases):
        shops.prefer = f"dynamic=true, seed={options.seed + number}"
        for call in shops.both(make, decoder, kinds(operation)[0]):
            try:
                check_response(operation, call)
            except AssertionError as error:
                raise AssertionError(f"{error}\n  {shops.prefer}\n  repeat: {options.repeat(operation)}") from error
            values += call.error is None
            scoreboard.count(operation, "dynamic")
    assert values > 0, "every generated response was an error"
