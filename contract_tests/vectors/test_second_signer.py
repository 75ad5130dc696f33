"""A signer in Node, written from the vectors alone, reproduces the vectors and agrees with the client.

So the vectors say enough to write a client in another language.
"""

from typing import Any

import pytest
import trustoo
from hypothesis import strategies as st
from trustoo_api.api.reviews.reviews_list import DECODER
from trustoo_api.client import url_of
from trustoo_api.operations import REVIEWS_CREATE, REVIEWS_LIST
from trustoo_api.types import OperationRequest

from contract_tests.properties.runs import check_all
from contract_tests.support.script import Script, ScriptedResponse, client
from contract_tests.support.second_signer import SecondSigner
from contract_tests.support.shop import TOKENS
from contract_tests.vectors.forms import SignatureCase, Signatures, read, selected

TOKEN = TOKENS["hmac"]
# Names from a few characters repeat often. Characters of all planes, reserved ones and white space are drawn more often
# than by chance.
SPECIAL = st.sampled_from(" \t\n\0!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~aBé王Ａ\ue000😀")
TEXT = st.text(SPECIAL | st.characters(codec="utf-8"), max_size=8)
QUERIES = st.lists(st.tuples(st.sampled_from(["a", "a.b", "B", "type", "Ａ", "😀"]) | TEXT, TEXT), max_size=5)
JSON_OBJECTS = st.dictionaries(TEXT, TEXT | st.integers() | st.lists(TEXT, max_size=2), max_size=3)
TIMES = st.integers(1, 2**33)
REFUSAL = ScriptedResponse(content=b'{"code":5}')
"""The response does not matter here."""


@pytest.mark.parametrize("case", selected(read("signatures.json", Signatures).cases), ids=lambda case: case.name)
def test_a_signer_in_another_language_reproduces_each_stage_of_the_vector(
    case: SignatureCase, second_signer: SecondSigner
) -> None:
    tokens = {"public_token": case.public_token, "private_token": case.private_token}
    stages = second_signer.sign(case.query, case.body, case.timestamp, **tokens)
    assert (stages.target, stages.message) == (case.target, case.message)
    assert (stages.sign, stages.headers) == (case.sign, case.headers)


def test_a_signer_in_another_language_encodes_each_character_as_the_client(second_signer: SecondSigner) -> None:
    for character in [*map(chr, range(0x180)), "王", "Ａ", "\ue000", "\uffff", "😀", "\U0010ffff"]:
        query = (character, character)
        request = OperationRequest(REVIEWS_LIST, "/path", (query,))
        assert second_signer.sign([query], None, "1700465771", **TOKEN).target == url_of("", request)


def test_a_signer_in_another_language_signs_the_same_bytes_as_the_client(second_signer: SecondSigner) -> None:
    def check(drawn: tuple[list[tuple[str, str]], str | None, int]) -> None:
        query, body, timestamp = drawn
        message = trustoo.canonical_string(query, str(timestamp), None if body is None else body.encode())
        stages = second_signer.sign(query, body, str(timestamp), **TOKEN)
        assert stages.message.encode() == message
        assert stages.sign == trustoo.signature(TOKEN["private_token"], message)

    check_all("reviews.list", "signed text", st.tuples(QUERIES, st.none() | TEXT, TIMES), check)


def test_a_signer_in_another_language_gives_the_target_and_the_headers_that_the_client_sends(
    second_signer: SecondSigner,
) -> None:
    now = 0
    script = Script([REFUSAL], most=10**9)
    with client(script, clock=lambda: now, retry=trustoo.NO_RETRIES, **TOKEN) as shop:

        def check(drawn: tuple[list[tuple[str, str]], dict[str, Any] | None, int]) -> None:
            nonlocal now
            query, body, now = drawn
            operation = REVIEWS_LIST if body is None else REVIEWS_CREATE
            request = OperationRequest(operation, operation.path, tuple(query), body)
            with pytest.raises(trustoo.APIError):
                shop.send(request, DECODER)
            sent = script.sent.pop()
            text = sent.content.decode() if body is not None else None
            stages = second_signer.sign(query, text, str(now), path=operation.path, **TOKEN)
            assert stages.target == sent.target
            signed = {name.lower(): value for name, value in stages.headers.items()}
            assert signed == {name: value for name, value in sent.headers.items() if name in signed}

        check_all("reviews.list", "request", st.tuples(QUERIES, st.none() | JSON_OBJECTS, TIMES), check)
