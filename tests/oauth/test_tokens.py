"""A token is read from every form of response, kept with all its members, and never shown."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trustoo import ArgumentError, ResponseDecodeError
from trustoo.oauth import StoreError, Token, read_token
from trustoo_api.models import OAuthToken

from tests.oauth.conftest import NOW, token
from tests.support import read, steady

LATER = NOW + 3600


def expiry(**members: object) -> float | None:
    return read_token({"access_token": "EXAMPLE-a", **members}, NOW).expires_at


@pytest.mark.parametrize(
    "members",
    [
        {"expires_in": 3600},
        {"expires_in": "3600"},
        {"expires_in": " 3600.0 "},
        {"expires_in": 3600.0},
        {"expires": 3600},
        {"expires_at": LATER},
        {"expires_at": int(LATER)},
        {"expires_at": str(int(LATER))},
        {"expired_at": int(LATER * 1000)},
        {"expire": int(LATER * 1e6)},
        {"expire_time": int(LATER * 1e9)},
        {"expires_at": "2023-11-20T08:36:11Z"},
        {"expires_at": "2023-11-20 08:36:11"},
        {"expires_at": "2023-11-20T10:36:11+02:00"},
        {"expires_at": "Mon, 20 Nov 2023 08:36:11 GMT"},
        {"expires_in": None, "expires_at": LATER},
        {"expires_in": "soon", "expires_at": LATER},
        {"expires_in": 0, "expires_at": LATER},
    ],
    ids=str,
)
def test_every_known_form_of_an_expiry_can_be_read(members: dict[str, object]) -> None:
    assert expiry(**members) == pytest.approx(LATER, abs=1)


@pytest.mark.parametrize(
    "value",
    [None, 0, -1, "0", "", "never", True, [], {}, "nan", "inf", 1e999, NOW - 1, "0001-01-01T00:00:00Z", "1e999"],
    ids=repr,
)
def test_a_value_that_cannot_be_an_expiry_is_ignored(value: object) -> None:
    assert expiry(expires_in=value) is None
    assert expiry(expires_at=value) is None


@steady
@given(
    st.dictionaries(
        st.sampled_from(["expires_in", "expires_at", "scope", "new"]),
        st.none() | st.text() | st.integers() | st.floats(),
    )
)
def test_other_members_never_prevent_reading_the_tokens(members: dict[str, Any]) -> None:
    found = read_token({"access_token": "EXAMPLE-a", "refresh_token": "EXAMPLE-r", **members}, NOW)
    assert (found.access_token, found.refresh_token) == ("EXAMPLE-a", "EXAMPLE-r")
    assert found.expires_at is None or found.expires_at > NOW


def test_a_token_is_found_inside_and_outside_data_and_in_the_generated_model() -> None:
    members = {"access_token": "EXAMPLE-a", "refresh_token": "EXAMPLE-r", "expires_in": 60, "shop_id": 7}
    for response in (members, {"code": 0, "data": members}, read(OAuthToken, members)):
        found = read_token(response, NOW)
        assert (found.access_token, found.refresh_token, found.expires_at) == ("EXAMPLE-a", "EXAMPLE-r", NOW + 60)
        assert found.extra == {"shop_id": 7}


@pytest.mark.parametrize(
    "response",
    [
        {},
        {"access_token": ""},
        {"access_token": None},
        {"data": {}},
        {"access_token": [7]},
        {"access_token": "a\nb"},
        {"access_token": " a"},
        {"access_token": "ä"},
    ],
    ids=repr,
)
def test_a_response_without_a_usable_token_is_a_decode_error(response: dict[str, object]) -> None:
    with pytest.raises(ResponseDecodeError):
        read_token(response, NOW)


@pytest.mark.parametrize("given", [("",), ("a\nb",), (7,), ("a", " r"), ("a", "")], ids=repr)
def test_a_token_that_cannot_be_sent_is_an_argument_error(given: Any) -> None:
    with pytest.raises(ArgumentError, match="_token"):
        Token(*given)


def test_scope_and_refresh_token_are_kept_from_the_previous_token() -> None:
    previous = read_token({"access_token": "EXAMPLE-a", "refresh_token": "EXAMPLE-r", "scope": ["x", "y"]}, NOW)
    assert previous.scope == "x y"
    after = read_token({"access_token": "EXAMPLE-b"}, NOW, previous=previous)
    assert (after.refresh_token, after.scope) == ("EXAMPLE-r", "x y")
    after = read_token(
        {"access_token": "EXAMPLE-b", "refresh_token": "EXAMPLE-s", "scope": "z"}, NOW, previous=previous
    )
    assert (after.refresh_token, after.scope) == ("EXAMPLE-s", "z")


@pytest.mark.parametrize("previous", [None, {"shop_id": "8"}], ids=["first", "after another"])
def test_a_token_keeps_what_it_was_requested_with_whatever_came_before(previous: dict[str, str] | None) -> None:
    before = None if previous is None else read_token({"access_token": "EXAMPLE-a"}, NOW, requested=previous)
    after = read_token({"access_token": "EXAMPLE-b"}, NOW, previous=before, requested={"shop_id": "7"})
    assert after.requested == {"shop_id": "7"}


def test_repr_and_str_show_no_secret() -> None:
    found = read_token({"access_token": "EXAMPLE-a", "refresh_token": "EXAMPLE-r", "id_token": "EXAMPLE-i"}, NOW)
    for shown in (repr(found), str(found), f"{found}", repr([found])):
        assert "EXAMPLE" not in shown
        assert "id_token" in shown


def test_a_token_read_back_from_json_is_equal() -> None:
    found = read_token(
        {"access_token": "EXAMPLE-a", "expires_in": 60, "scope": "x", "new": {"ü": [1, None]}},
        NOW,
        requested={"shop_id": "7"},
    )
    for one in (found, token(), token(lives=None, refresh=None)):
        assert Token.from_json(one.to_json()) == one
        assert Token.from_json(one.to_json().encode()) == one


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"access_token": 7}',
        '{"access_token": "EXAMPLE-a", "expires_at": "x"}',
        '{"access_token": "EXAMPLE-a", "extra": []}',
        '{"access_token": "EXAMPLE-ä"}',
        "[" * 100_000,
        b"\xff",
    ],
    ids=lambda text: repr(text)[:40],
)
def test_text_that_is_not_a_token_is_a_store_error_without_its_content(text: str | bytes) -> None:
    with pytest.raises(StoreError) as caught:
        Token.from_json(text)
    assert "EXAMPLE" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_token_is_renewable_with_a_refresh_token_or_after_client_credentials() -> None:
    assert token().is_renewable
    assert not token(refresh=None).is_renewable
    assert Token("EXAMPLE-a", requested={"shop_id": "7"}).is_renewable
