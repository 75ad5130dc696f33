"""Each listed difference between Prism and the fake is one: the same call, made against both, ends differently.

`--against=prism` makes the calls against Prism, `--against=fake` against the fake.
"""

import pytest
from trustoo import APIError
from trustoo_api.operations import OPERATIONS
from trustoo_api.types import OperationRequest

from contract_tests.fake.differences import REFUSED_ALTHOUGH_VALID, Call, Difference
from contract_tests.fake.served import REFUSED
from contract_tests.support import options
from contract_tests.support.shop import Call as Made
from contract_tests.support.shop import Shops, kinds, module

REPEAT = f"repeat: {options.PYTHON} -m pytest contract_tests/fake/test_differences.py --against={options.against}"


def made(shops: Shops, call: Call) -> Made:
    operation = OPERATIONS[call.operation]
    body = None if call.body is None else dict(call.body)
    request = OperationRequest(operation, operation.path, tuple(call.query.items()), body, unverified=True)
    shops.prefer = None
    return shops.call(lambda: request, module(call.operation).DECODER, kinds(call.operation)[0], False)


@pytest.mark.parametrize("difference", REFUSED_ALTHOUGH_VALID, ids=lambda one: f"{one.shown_by.operation}-{one.code}")
def test_prism_accepts_and_the_fake_refuses(difference: Difference, shops: Shops) -> None:
    ended = made(shops, difference.shown_by)
    if options.against == "prism":
        assert ended.error is None, f"{ended.error!r} {REPEAT}"
    else:
        assert isinstance(ended.error, APIError), REPEAT
        assert ended.error.code == difference.code, f"{ended.error!r} {REPEAT}"


def test_the_fake_looks_at_the_values_of_credentials_and_prism_does_not(shops: Shops) -> None:
    shops.forged = {"Sign": "0" * 64}
    try:
        ended = made(shops, Call("reviews.list"))
    finally:
        shops.forged = {}
    if options.against == "prism":
        assert ended.error is None, f"{ended.error!r} {REPEAT}"
    else:
        assert isinstance(ended.error, APIError), REPEAT
        assert (ended.error.code, ended.error.status) == (16, REFUSED), REPEAT
