"""The client's signer and the independent signer reproduce each stage of the signature vectors.

The signatures of retired, guessed and mistaken rules match neither signer.
"""

from collections.abc import Callable

import pytest
import trustoo
from trustoo.credentials import Credentials
from trustoo_api.client import url_of
from trustoo_api.operations import REVIEWS_LIST
from trustoo_api.types import OperationRequest

from contract_tests.support import signature as independent
from contract_tests.vectors.forms import SignatureCase, Signatures, read, selected

CASES = selected(read("signatures.json", Signatures).cases)
Stages = tuple[bytes, str]


def by_client(case: SignatureCase) -> Stages:
    body = None if case.body is None else case.body.encode()
    message = trustoo.canonical_string(case.query, case.timestamp, body)
    return message, trustoo.signature(case.private_token, message)


def by_tests(case: SignatureCase) -> Stages:
    message = independent.canonical(f"https://example.com{case.target}", case.timestamp, (case.body or "").encode())
    return message, independent.sign(case.private_token, message)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("implementation", [by_client, by_tests])
def test_the_message_and_the_signature_equal_the_vector(
    implementation: Callable[[SignatureCase], Stages], case: SignatureCase
) -> None:
    message, signature = implementation(case)
    assert message.decode() == case.message
    assert signature == case.sign
    for rule, other in case.must_not_match.items():
        assert signature != other, rule


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_client_encodes_and_signs_the_request_of_the_vector(case: SignatureCase) -> None:
    request = OperationRequest(REVIEWS_LIST, "/path", tuple(case.query))
    assert url_of("", request) == case.target
    credentials = Credentials(case.public_token, case.private_token)
    body = None if case.body is None else case.body.encode()
    for now in (int(case.timestamp), int(case.timestamp) + 0.999):
        assert credentials.headers("hmac", case.query, body, now) == case.headers
