"""The result of a call over real sockets is correct, whatever servers, gateways and proxies do."""

import pytest

from contract_tests.properties.sockets import CLIENTS, check, check_refused
from contract_tests.support import options

CALLS = 100
"""The number of calls of each client. `make fuzz` makes many more."""


@pytest.mark.timeout(90)
@pytest.mark.parametrize("client", CLIENTS)
def test_no_write_is_called_failed_if_it_was_processed_or_unknown_if_it_was_not_sent(client: str) -> None:
    figures = check(client, range(CALLS), options.seed)
    assert figures["writes"] + figures["reads"] == CALLS
    assert figures["sent twice"] == 0
    assert figures["outcome unknown"] == 0 if client.endswith("proxy") else figures["outcome unknown"] > CALLS // 4


@pytest.mark.parametrize("client", [client for client in CLIENTS if not client.endswith("proxy")])
def test_nothing_is_sent_if_no_server_listens(client: str) -> None:
    check_refused(client)
