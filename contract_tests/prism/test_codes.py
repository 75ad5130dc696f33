"""Every known error code, forced once for each operation: the client raises that code's class, sync and async."""

import pytest
from trustoo import APIError

from contract_tests.support import options, scoreboard
from contract_tests.support.samples import sample
from contract_tests.support.shop import Shops, kinds
from contract_tests.support.spec import KNOWN_CODES, OPERATIONS

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
        assert type(call.error) is APIError.of_code(code), f"{call.error!r} {repeat}"
        assert type(call.error) is not APIError, repeat
        assert isinstance(call.error, APIError)
        said = call.received.json()
        assert (call.error.code, call.error.message) == (code, said["message"]), repeat
        assert (call.error.request_id, call.error.status) == (said["request_id"], status), repeat
        assert call.error.operation == operation, repeat
        scoreboard.count(operation, "errors")
