"""Credentials are kept until they are rejected; what makes fetching hopeless is raised again without fetching."""

from __future__ import annotations

import pytest
from trustoo import ConfigurationError, ConnectionFailed, HttpError, TrustooError
from trustoo.errors import Unauthenticated
from trustoo.upload.flow import Grant
from trustoo.upload.keeper import Keeper

from tests.upload_support import credentials

HOPELESS = (
    ConfigurationError("x"),
    Unauthenticated(code=16, message="", operation="o", status=200, request_id=None, excerpt=""),
)
PASSING = (
    ConnectionFailed("x", maybe_sent=False),
    HttpError("x", operation="o", status=502, request_id=None, excerpt=""),
)


def test_an_empty_keeper_wants_some_fetched() -> None:
    assert Keeper().kept(None) is None


def test_the_callers_credentials_are_kept_ones() -> None:
    given = credentials()
    grant = Keeper(given).kept(None)
    assert grant is not None
    assert grant.credentials is given
    assert grant.kept


def test_what_was_fetched_is_fresh_for_who_fetched_it_and_kept_for_the_others() -> None:
    keeper, given = Keeper(), credentials()
    assert keeper.took(given) == Grant(given, kept=False)
    assert keeper.kept(None) == Grant(given, kept=True)


def test_rejected_credentials_are_not_given_again_and_newer_ones_are() -> None:
    old, new = credentials(), credentials()
    keeper = Keeper(old)
    assert keeper.kept(old) is None
    keeper.took(new)
    grant = keeper.kept(old)
    assert grant is not None
    assert grant.credentials is new
    assert keeper.kept(new) is None


@pytest.mark.parametrize("error", HOPELESS, ids=["configuration", "unauthenticated"])
def test_what_is_hopeless_is_raised_for_all_that_follow(error: TrustooError) -> None:
    keeper = Keeper(credentials())
    with pytest.raises(type(error)), keeper.fetching():
        raise error
    for _ in range(2):
        with pytest.raises(type(error)) as again:
            keeper.kept(None)
        assert again.value is error


@pytest.mark.parametrize("error", [*PASSING, KeyboardInterrupt()], ids=["connection", "502", "interrupt"])
def test_what_may_pass_is_not_remembered(error: BaseException) -> None:
    keeper = Keeper()
    with pytest.raises(type(error)), keeper.fetching():
        raise error
    assert keeper.kept(None) is None


def test_repr_of_a_grant_shows_no_secret() -> None:
    assert "EXAMPLE" not in repr(Grant(credentials(), kept=True))
