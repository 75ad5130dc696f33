"""The signature is the rule that three public integrations agree on, and none of the retired ones."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trustoo.signing import LIFETIME, canonical_string, signature

from tests.support import STAMP, steady

# Derived from the rule with invented keys; no document has an example that could be recomputed.
VECTORS: list[tuple[list[tuple[str, str]], str | None, str, str]] = [
    ([], None, "timestamp=1700465771", "848f9abea8c3887fdaf4bda57d240d037e1349d3e979674ff13b4b6ce9fafb0e"),
    (
        [("page", "1"), ("page_size", "20"), ("product_ids", "123")],
        None,
        "page=1&page_size=20&product_ids=123&timestamp=1700465771",
        "9381dac1b24235c339ec343f1b2ad16b97a97d77e8968f44da73c1675a2c8ebc",
    ),
    (
        [],
        '{"topic":"review/created","url":"https://example.com/webhook"}',
        'timestamp=1700465771|{"topic":"review/created","url":"https://example.com/webhook"}',
        "7cdad4fe5f84de116c402b58ca3ccbc85ed96fbe3c272e64e381ca3ded5751f3",
    ),
    (
        [],
        '{"author":"Zoë 王","content":"a/b \\"q\\""}',
        'timestamp=1700465771|{"author":"Zoë 王","content":"a/b \\"q\\""}',
        "50bb9eafb5ba58ba7c9c3a36c51e1961e6d660c456da2cdf935fc4f582666f67",
    ),
    (
        [("keyword", "a b&c=d")],
        None,
        "keyword=a b&c=d&timestamp=1700465771",
        "22c50c63a6e3d33edf0c6c5d8b6003b92a32280d3cdde3dee693792fc168b1a0",
    ),
]
REVIEW = (
    b'{"product_id":"123","rating":5,"author":"A customer","author_email":"customer@example.com",'
    b'"author_country":"AU","content":"Fresh and fragrant.","source":"ChatWILL"}'
)
PAGE = [("product_ids", "123"), ("page", "1"), ("page_size", "5"), ("sort_by", "created-descending")]
PAGE_SIGN = "217cc6e757d533691cfbdb596a5825dd1fec6ff78bfc341dcf0adcff4b2790a7"


@pytest.mark.parametrize(("query", "body", "message", "sign"), VECTORS)
def test_the_derived_vectors_are_met(query: list[tuple[str, str]], body: str | None, message: str, sign: str) -> None:
    said = canonical_string(query, STAMP, body.encode() if body is not None else None)
    assert said == message.encode()
    assert signature("test_private_token", said) == sign


def test_a_review_is_signed_as_a_public_integration_signs_it() -> None:
    message = canonical_string([], "1788840306", REVIEW)
    assert signature("private-token", message) == "653355eb7bd8fe5b4e447917f7f44d49e2963c502c7588e9e2a2941d05b627bc"


def test_a_query_is_signed_as_public_integrations_sign_it() -> None:
    assert signature("private-token", canonical_string(PAGE, "1788840306")) == PAGE_SIGN


def test_the_retired_rules_give_something_else() -> None:
    canonical = "page=1&page_size=5&product_ids=123&sort_by=created-descending&timestamp=1788840306"
    salted = hashlib.sha256(f"{canonical}private-token".encode()).hexdigest()
    salted_stamp = hashlib.sha256(b"timestamp=1788840306private-token").hexdigest()
    token_and_stamp = hmac.digest(b"private-token", b"public-token1788840306", "sha256").hex()
    retired = {salted, salted_stamp, token_and_stamp}
    assert retired == {  # the retired rules are spelled right here
        "5216679ef1a2ef180a890c8a3796cec002c2fae860b8ebd14c71b67531cbc804",
        "314b09f4b04a2f80c3178c9346f3bb58ddc41c1b7858f384d4f97a42a91d0613",
        "ae8458c67b0215e7f8d9516b0a246476047250643411d05ac9b340925e6f52c5",
    }
    assert signature("private-token", canonical_string(PAGE, "1788840306")) not in retired
    assert signature("private-token", canonical_string([], "1788840306", REVIEW)) not in retired


def test_repeated_names_keep_their_order() -> None:
    query = [("b", "2"), ("a", "z"), ("b", "1"), ("a", "y")]
    assert canonical_string(query, STAMP) == b"a=z&a=y&b=2&b=1&timestamp=1700465771"


def test_names_that_sort_after_timestamp_stand_after_it() -> None:
    assert canonical_string([("zone", "1"), ("Zone", "2")], STAMP) == b"Zone=2&timestamp=1700465771&zone=1"


def test_an_empty_value_is_signed_with_its_name() -> None:
    assert canonical_string([("k", "")], STAMP) == b"k=&timestamp=1700465771"


@pytest.mark.parametrize("body", [None, b""])
def test_a_body_that_is_missing_or_empty_leaves_no_bar(body: bytes | None) -> None:
    assert canonical_string([], STAMP, body) == b"timestamp=1700465771"


def test_the_body_follows_a_bar_byte_for_byte() -> None:
    body = b'\x00\xff{"a" : "|"}\r\n'
    assert canonical_string([("a", "b")], STAMP, body) == b"a=b&timestamp=1700465771|" + body


def test_values_are_signed_as_utf_8_and_not_percent_encoded() -> None:
    assert canonical_string([("keyword", "Zoë+%20 王")], STAMP) == "keyword=Zoë+%20 王&timestamp=1700465771".encode()


def test_the_key_is_the_tokens_text_in_utf_8_and_not_decoded_base64() -> None:
    key, message = "dG9rZW4=é", b"timestamp=1"
    assert signature(key, message) == hmac.new(key.encode(), message, hashlib.sha256).hexdigest()


def test_a_signature_lives_fifteen_minutes() -> None:
    assert LIFETIME == 900


TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@steady
@given(st.dictionaries(TEXT.filter(lambda name: name != "timestamp"), TEXT).flatmap(lambda d: _two_orders(d)))
def test_the_order_of_different_names_never_matters(
    orders: tuple[list[tuple[str, str]], list[tuple[str, str]]],
) -> None:
    first, second = orders
    assert canonical_string(first, STAMP) == canonical_string(second, STAMP)


def _two_orders(values: dict[str, str]) -> st.SearchStrategy[tuple[Any, Any]]:
    return st.tuples(st.permutations(list(values.items())), st.permutations(list(values.items())))


@steady
@given(st.binary(min_size=1), st.data())
def test_any_changed_byte_of_the_body_changes_the_signature(body: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(body) - 1))
    changed = bytearray(body)
    changed[place] ^= data.draw(st.integers(1, 255))
    signs = {signature("k", canonical_string([], STAMP, content)) for content in (body, bytes(changed))}
    assert len(signs) == 2
