"""The result of a call over real sockets is correct, whatever way the server violates HTTP."""

import pytest

from contract_tests.properties.sockets import check, check_refused

CALLS = 50
"""The number of writes, and also of reads, for each kind of client."""


@pytest.mark.timeout(90)
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_server_that_violates_http_causes_no_second_write_and_no_wrong_error(is_async: bool) -> None:
    figures = check(CALLS, is_async)
    assert figures["writes"] == figures["reads"] == CALLS
    assert figures["sent twice"] == 0
    assert figures["outcome unknown"] > CALLS // 2


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_nothing_is_sent_if_no_server_listens(is_async: bool) -> None:
    check_refused(is_async)
