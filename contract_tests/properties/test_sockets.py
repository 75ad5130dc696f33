"""The same over real sockets: what the client says of a call is true, however the server breaks HTTP."""

import pytest

from contract_tests.properties.sockets import check, check_refused

CALLS = 50
"""Writes, and as many reads, each way."""


@pytest.mark.timeout(90)
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_server_that_breaks_http_makes_no_call_twice_and_no_error_untrue(is_async: bool) -> None:
    figures = check(CALLS, is_async)
    assert figures["writes"] == figures["reads"] == CALLS
    assert figures["sent twice"] == 0
    assert figures["outcome unknown"] > CALLS // 2


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_where_nobody_listens_nothing_was_sent(is_async: bool) -> None:
    check_refused(is_async)
