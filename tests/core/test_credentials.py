"""Each operation gets the headers of its own kind of credentials, and bad credentials are told at once."""

from __future__ import annotations

import hmac
from typing import Any

import pytest
from trustoo import ConfigurationError
from trustoo.credentials import Credentials
from trustoo_api.operations import (
    OAUTH_TOKEN,
    OPERATIONS,
    PLATFORM_DISCONNECT,
    REVIEWS_LIST,
    TOKENS_PRIVATE,
)
from trustoo_api.types import Operation

from tests.support import ACCESS, EVERYTHING, MERCHANT, NOW, PLATFORM, PRIVATE, PUBLIC, SHOP, STAMP

SECRETS = (PRIVATE, ACCESS, MERCHANT)
VARIABLES = {"TRUSTOO_PUBLIC_TOKEN": PUBLIC, "TRUSTOO_PRIVATE_TOKEN": PRIVATE}


def headers(credentials: Credentials, operation: Operation) -> dict[str, str]:
    return credentials.headers(credentials.kind_for(operation), [("page", "1")], b"{}", NOW)


def test_shop_tokens_sign_with_three_headers() -> None:
    sign = hmac.digest(PRIVATE.encode(), b"page=1&timestamp=1700465771|{}", "sha256").hex()
    assert headers(SHOP, REVIEWS_LIST) == {"Public-Token": PUBLIC, "Sign": sign, "Timestamp": STAMP}


def test_an_access_token_is_sent_as_bearer() -> None:
    assert headers(PLATFORM, REVIEWS_LIST) == {"Authorization": f"Bearer {ACCESS}"}


def test_a_merchant_session_is_sent_as_given() -> None:
    for given in (MERCHANT, f"Bearer {MERCHANT}"):
        assert headers(Credentials(merchant_session=given), TOKENS_PRIVATE) == {"Authorization": given}


def test_an_operation_without_credentials_gets_no_header() -> None:
    assert [headers(credentials, OAUTH_TOKEN) for credentials in (*EVERYTHING, Credentials())] == [{}, {}, {}]


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=str)
@pytest.mark.parametrize("credentials", EVERYTHING, ids=["shop", "platform"])
def test_hmac_and_bearer_are_never_sent_together(operation: Operation, credentials: Credentials) -> None:
    try:
        names = set(headers(credentials, operation))
    except ConfigurationError:
        assert operation.credentials == ("bearer",)
    else:
        assert names in ({"Public-Token", "Sign", "Timestamp"}, {"Authorization"}, set())
        assert bool(names) == bool(operation.credentials)


@pytest.mark.parametrize(
    ("credentials", "operation", "wanted", "had"),
    [
        (Credentials(), REVIEWS_LIST, "public_token and private_token or access_token", "no credentials"),
        (SHOP, PLATFORM_DISCONNECT, "access_token", "public_token, private_token"),
        (PLATFORM, TOKENS_PRIVATE, "merchant_session", "access_token"),
    ],
)
def test_a_missing_kind_is_named_together_with_what_is_there(
    credentials: Credentials, operation: Operation, wanted: str, had: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        headers(credentials, operation)
    assert f"{operation.id} needs {wanted}, and this client has {had}." in str(caught.value)
    assert not any(secret in str(caught.value) for secret in SECRETS)


def test_the_variables_of_one_kind_are_joined_by_and_and_the_kinds_by_or() -> None:
    with pytest.raises(ConfigurationError) as caught:
        headers(Credentials(), REVIEWS_LIST)
    both = "TRUSTOO_PUBLIC_TOKEN and TRUSTOO_PRIVATE_TOKEN or TRUSTOO_ACCESS_TOKEN"
    assert str(caught.value).endswith(f"Pass one kind to the client, or set {both}.")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"public_token": PUBLIC}, "private_token is missing"),
        ({"private_token": PRIVATE}, "public_token is missing"),
        ({"public_token": "", "private_token": PRIVATE}, "public_token is blank"),
        ({"public_token": PUBLIC, "private_token": " \t"}, "private_token is blank"),
        ({"access_token": ""}, "access_token is blank"),
        ({"merchant_session": "  "}, "merchant_session is blank"),
        ({"public_token": PUBLIC, "private_token": f" {PRIVATE}"}, "private_token has spaces around it"),
        ({"public_token": f"{PUBLIC}\n", "private_token": PRIVATE}, "public_token has spaces around it"),
        ({"access_token": f"{ACCESS}\r\nX: y"}, "access_token has"),
        ({"access_token": f"{ACCESS}\x00"}, "access_token has"),
        ({"access_token": f"{ACCESS}é"}, "access_token has"),
        ({"merchant_session": f"{MERCHANT}\u200b"}, "merchant_session has"),
        ({"access_token": b"bytes"}, "access_token must be text, not bytes"),
        ({"public_token": 5, "private_token": PRIVATE}, "public_token must be text, not int"),
        ({"public_token": PUBLIC, "private_token": PRIVATE, "access_token": ACCESS}, "give one kind"),
        ({"public_token": PUBLIC, "access_token": ACCESS}, "give one kind"),
        ({"public_token": PRIVATE, "private_token": PRIVATE}, "the same text"),
        ({"public_token": PRIVATE, "private_token": PUBLIC}, "look swapped"),
    ],
)
def test_credentials_that_cannot_work_are_refused_without_being_shown(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Credentials(**given)
    assert said in str(caught.value)
    assert not any(secret in str(caught.value) for secret in SECRETS)


def test_a_private_token_in_the_form_of_a_public_one_is_fine_beside_one() -> None:
    assert Credentials(PUBLIC, "RVhBTVBMRS1QUklWQVRFLQ==").public_token == PUBLIC


@pytest.mark.parametrize("credentials", EVERYTHING)
def test_repr_shows_no_secret(credentials: Credentials) -> None:
    assert not any(secret in repr(credentials) for secret in SECRETS)


def test_secrets_are_all_values_but_the_public_token() -> None:
    assert EVERYTHING[0].secrets() == (PRIVATE, MERCHANT)
    assert EVERYTHING[1].secrets() == (ACCESS, MERCHANT)


def test_the_environment_fills_what_is_not_given() -> None:
    found = Credentials.find({}, {**VARIABLES, "TRUSTOO_MERCHANT_SESSION": MERCHANT})
    assert found == Credentials(PUBLIC, PRIVATE, merchant_session=MERCHANT)
    assert Credentials.find({"public_token": PUBLIC}, {"TRUSTOO_PRIVATE_TOKEN": PRIVATE}) == SHOP
    assert Credentials.find({}, {"TRUSTOO_ACCESS_TOKEN": ACCESS}) == PLATFORM
    assert Credentials.find({}, {}) == Credentials()


def test_arguments_win_over_the_environment() -> None:
    found = Credentials.find({"private_token": "EXAMPLE-other"}, VARIABLES)
    assert found == Credentials(PUBLIC, "EXAMPLE-other")


def test_an_argument_of_one_kind_hides_the_variables_of_the_other() -> None:
    assert Credentials.find({"access_token": ACCESS}, VARIABLES) == PLATFORM
    shop = Credentials.find({"public_token": PUBLIC, "private_token": PRIVATE}, {"TRUSTOO_ACCESS_TOKEN": ACCESS})
    assert shop == SHOP


def test_a_merchant_session_hides_nothing() -> None:
    found = Credentials.find({"merchant_session": MERCHANT}, VARIABLES)
    assert found == Credentials(PUBLIC, PRIVATE, merchant_session=MERCHANT)


def test_both_kinds_in_the_environment_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="give one kind"):
        Credentials.find({}, {**VARIABLES, "TRUSTOO_ACCESS_TOKEN": ACCESS})


def test_a_blank_variable_is_named() -> None:
    with pytest.raises(ConfigurationError, match="TRUSTOO_ACCESS_TOKEN"):
        Credentials.find({}, {"TRUSTOO_ACCESS_TOKEN": ""})
