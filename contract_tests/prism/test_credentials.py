"""Credentials that are missing, incomplete or of the wrong kind are refused: by the client before anything is sent,
or by Prism, and then the client raises a documented error."""

import msgspec
import pytest
from trustoo import APIError, ConfigurationError
from trustoo.errors import ResponseError
from trustoo_api.operations import HEADERS, OPERATIONS
from trustoo_api.types import OperationRequest

from contract_tests.support import options, scoreboard
from contract_tests.support.samples import sample
from contract_tests.support.shop import TOKENS, Shops, kinds

ASKED_FOR = [operation for operation in OPERATIONS if options.only in (None, operation)]
WITH_CREDENTIALS = [operation for operation in ASKED_FOR if OPERATIONS[operation].credentials]
SIGNED = [operation for operation in ASKED_FOR if "hmac" in OPERATIONS[operation].credentials]


def refused(operation: str) -> None:
    """Two refused calls, one sync and one async."""
    scoreboard.count(operation, "negative", 2)
    scoreboard.count(operation, "refused", 2)


@pytest.mark.parametrize("operation", WITH_CREDENTIALS)
def test_a_client_without_the_right_kind_of_credentials_sends_nothing(operation: str, shops: Shops) -> None:
    make, decoder = sample(operation)
    for kind in {"none", *TOKENS} - set(kinds(operation)):
        for call in shops.both(make, decoder, kind):
            assert isinstance(call.error, ConfigurationError), f"{kind}: {call.error!r} {options.repeat(operation)}"
            assert call.sent is None, options.repeat(operation)
        refused(operation)


@pytest.mark.parametrize("operation", SIGNED)
@pytest.mark.parametrize("missing", sorted(HEADERS.values()))
def test_a_signed_call_that_loses_one_of_its_three_headers_is_refused(
    operation: str, missing: str, shops: Shops
) -> None:
    shops.prefer, shops.drop = None, frozenset({missing})
    make, decoder = sample(operation)
    try:
        for call in shops.both(make, decoder, "hmac"):
            assert call.received is not None
            assert call.received.status_code == 401, f"{call.received.text[:300]} {options.repeat(operation)}"
            assert isinstance(call.error, APIError), options.repeat(operation)
    finally:
        shops.drop = frozenset()
    refused(operation)


@pytest.mark.parametrize("operation", WITH_CREDENTIALS)
def test_a_call_that_loses_all_its_credentials_is_refused(operation: str, shops: Shops) -> None:
    shops.prefer, shops.drop = None, frozenset({*HEADERS.values(), "Authorization"})
    make, decoder = sample(operation)
    try:
        for call in shops.both(make, decoder, kinds(operation)[0]):
            assert call.received is not None
            assert call.received.status_code == 401, f"{call.received.text[:300]} {options.repeat(operation)}"
            assert isinstance(call.error, APIError), options.repeat(operation)
    finally:
        shops.drop = frozenset()
    refused(operation)


@pytest.mark.parametrize("operation", ASKED_FOR)
def test_another_method_is_refused(operation: str, shops: Shops) -> None:
    shops.prefer = None
    make, decoder = sample(operation)

    def with_another_method() -> OperationRequest:
        request = make()
        other = request.operation._replace(method="DELETE")
        return msgspec.structs.replace(request, operation=other, unverified=True)

    for call in shops.both(with_another_method, decoder, kinds(operation)[0]):
        assert call.received is not None
        assert call.received.status_code == 405, f"{call.received.text[:300]} {options.repeat(operation)}"
        assert isinstance(call.error, ResponseError), options.repeat(operation)
    refused(operation)
