"""A request that a signer in another language signed is accepted, and is the request that the client sends."""

import json
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from trustoo_api.operations import HEADERS, OPERATIONS

from contract_tests.fake.served import address
from contract_tests.support import options
from contract_tests.support.script import Sent
from contract_tests.support.second_signer import SecondSigner
from contract_tests.support.shop import CLOCK, TOKENS, Shops, arguments, module

READ: tuple[str, list[tuple[str, str]], None] = (
    "reviews.list",
    [("product_ids", "2"), ("product_ids", "10"), ("keyword", "Zoë's 王+50% (a&b=c|d)*"), ("page", "1")],
    None,
)
WRITE: tuple[str, list[tuple[str, str]], dict[str, Any]] = (
    "reviews.create",
    [],
    {"rating": 5, "author": "Zoë 王", "content": 'a/b "q" 😀\n'},
)
EXAMPLES = [example for example in (READ, WRITE) if options.only in (None, example[0])]


@pytest.mark.parametrize(("operation", "query", "body"), EXAMPLES)
def test_a_request_of_a_signer_in_another_language_is_accepted_and_is_what_the_client_sends(
    operation: str,
    query: list[tuple[str, str]],
    body: dict[str, Any] | None,
    shops: Shops,
    second_signer: SecondSigner,
) -> None:
    method, path = OPERATIONS[operation].method, OPERATIONS[operation].path
    text = None if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    stages = second_signer.sign(query, text, str(CLOCK), path=path, **TOKENS["hmac"])
    status, received = request_to(shops, method, stages.target, stages.headers, text)
    assert (status, received["code"]) == (200, 0)

    shops.prefer = None
    names = {name: [value for key, value in query if key == name] for name, _ in query}
    given = {name: values if name == "product_ids" else values[0] for name, values in names.items()}
    generated = module(operation)
    for call in shops.both(lambda: generated.build(**arguments(operation, given, body)), generated.DECODER, "hmac"):
        assert call.error is None
        assert call.sent is not None
        sent = Sent.of(call.sent)
        assert (sent.method, sent.target, sent.content) == (method, stages.target, (text or "").encode())
        assert {name: sent.headers[name.lower()] for name in HEADERS.values()} == stages.headers


def request_to(
    shops: Shops, method: str, target: str, headers: dict[str, str], text: str | None
) -> tuple[int, dict[str, Any]]:
    """The status and the JSON of a response to a request that no part of the client touches."""
    with address(shops) as url:
        connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
        content = {} if text is None else {"Content-Type": "application/json"}
        try:
            connection.request(method, target, (text or "").encode() or None, {**headers, **content})
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()
