"""Every known error code, forced once for each operation: the client raises that code's class, sync and async.

If the code leaves open whether a write was carried out, the client raises OutcomeUnknownError with that error.
"""

import pytest
from trustoo import APIError, OutcomeUnknownError
from trustoo_api.operations import OPERATIONS

from contract_tests.support import options, scoreboard
from contract_tests.support.samples import sample
from contract_tests.support.shop import Shops, kinds
from contract_tests.support.spec import KNOWN_CODES

OPEN = (1, 4, 13, 14)
"""Codes that do not state whether the service carried out a write."""
ASKED_FOR = [operation for operation in OPERATIONS if options.only in (None, operation)]


@pytest.mark.parametrize("operation", ASKED_FOR)
@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("code", KNOWN_CODES)
def test_a_known_code_raises_its_own_error_whatever_the_http_status(
    operation: str, status: int, code: int, shops: Shops
) -> None:
    shops.prefer = f"code={status}, example=code-{code}"
    make, decoder = sample(operation)
    for call in shops.both(make, decoder, kinds(operation)[0]):
        repeat = f"repeat: {options.repeat(operation)}"
        assert call.received is not None, repeat
        assert call.received.status_code == status, f"{call.received.text[:300]} {repeat}"
        error = call.error
        if OPERATIONS[operation].is_write and code in OPEN:
            assert isinstance(error, OutcomeUnknownError), f"{error!r} {repeat}"
            assert (error.operation, error.__cause__) == (operation, error.response), repeat
            error = error.response
        assert type(error) is APIError.of_code(code), f"{error!r} {repeat}"
        assert type(error) is not APIError, repeat
        assert isinstance(error, APIError)
        said = call.received.json()
        assert (error.code, error.message) == (code, said["message"]), repeat
        assert (error.request_id, error.status) == (said["request_id"], status), repeat
        assert error.operation == operation, repeat
        scoreboard.count(operation, "errors")
