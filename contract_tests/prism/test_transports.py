"""The methods of the client return the same over each transport, for every operation."""

import asyncio
import warnings
from typing import Any

import pytest
from trustoo import NO_RETRIES, AsyncTrustoo, Trustoo, UnverifiedOperationWarning
from trustoo.errors import APIError
from trustoo_api.types import Listing, Model

from contract_tests.fake.served import address
from contract_tests.report.recording import checked
from contract_tests.support import options
from contract_tests.support.samples import sample, sample_values
from contract_tests.support.shop import CLOCK, TOKENS, Shops, arguments, kinds
from contract_tests.support.spec import OPERATIONS
from contract_tests.world.client import COMBINATIONS

CALLS = [(name, kind) for name in OPERATIONS if options.only in (None, name) for kind in kinds(name)]


def by_method(combination: str, base_url: str, operation: str, kind: str) -> Any:
    """What the client's method for the operation returns."""
    style, _, transport = combination.partition(" ")
    tag, _, name = operation.partition(".")
    given = arguments(operation, *sample_values(operation))
    settings: dict[str, Any] = {"base_url": base_url, "transport": transport, "retry": NO_RETRIES}
    settings |= {"clock": lambda: CLOCK, **TOKENS.get(kind, {})}

    async def awaited() -> Any:
        async with AsyncTrustoo(**settings) as shop:
            return await getattr(getattr(shop, tag), name)(**given)

    if style == "async":
        return asyncio.run(awaited())
    with Trustoo(**settings) as shop:
        return getattr(getattr(shop, tag), name)(**given)


def plain(value: Any) -> Any:
    """A value as JSON, or what an error says. The address of a fake storage is left out, because each has its own."""
    if isinstance(value, APIError):
        return type(value), value.code, value.message
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if not isinstance(value, Model | Listing):
        return value
    members = value.to_dict()
    return {name: members[name] for name in members if name != "host" or options.against == "prism"}


@pytest.mark.parametrize("combination", COMBINATIONS)
@pytest.mark.parametrize(("operation", "kind"), CALLS)
def test_a_method_returns_over_each_transport_what_it_returns_over_a_client_of_the_caller(
    operation: str, kind: str, combination: str, shops: Shops
) -> None:
    shops.prefer = None
    expected = shops.call(*sample(operation), kind, False)
    with warnings.catch_warnings(), address(shops) as url:
        warnings.simplefilter("ignore", UnverifiedOperationWarning)
        try:
            found = by_method(combination, url, operation, kind)
        except APIError as error:  # the fake has no data for some samples
            found = error
    assert plain(found) == plain(expected.error or expected.value)
    checked(operation)
