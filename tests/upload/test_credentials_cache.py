"""Credentials are kept until they are rejected; what makes fetching hopeless is raised again without fetching."""

from __future__ import annotations

import pytest
from trustoo import ConfigurationError, HTTPStatusError, NetworkError, TrustooError
from trustoo.errors import UnauthenticatedError
from trustoo.upload.credentials_cache import UploadCredentialsCache
from trustoo.upload.execute import CachedCredentials

from tests.upload.conftest import credentials

HOPELESS = (
    ConfigurationError("x"),
    UnauthenticatedError(code=16, message="", operation="o", status=200, request_id=None, excerpt=""),
)
PASSING = (
    NetworkError("x", maybe_sent=False),
    HTTPStatusError("x", operation="o", status=502, request_id=None, excerpt=""),
)


def test_an_empty_keeper_wants_some_fetched() -> None:
    assert UploadCredentialsCache().kept(None) is None


def test_the_callers_credentials_are_kept_ones() -> None:
    given = credentials()
    cached = UploadCredentialsCache(given).kept(None)
    assert cached is not None
    assert cached.credentials is given
    assert cached.kept


def test_what_was_fetched_is_fresh_for_who_fetched_it_and_kept_for_the_others() -> None:
    cache, given = UploadCredentialsCache(), credentials()
    assert cache.took(given) == CachedCredentials(given, kept=False)
    assert cache.kept(None) == CachedCredentials(given, kept=True)


def test_rejected_credentials_are_not_given_again_and_newer_ones_are() -> None:
    old, new = credentials(), credentials()
    cache = UploadCredentialsCache(old)
    assert cache.kept(old) is None
    cache.took(new)
    cached = cache.kept(old)
    assert cached is not None
    assert cached.credentials is new
    assert cache.kept(new) is None


@pytest.mark.parametrize("error", HOPELESS, ids=["configuration", "unauthenticated"])
def test_what_is_hopeless_is_raised_for_all_that_follow(error: TrustooError) -> None:
    cache = UploadCredentialsCache(credentials())
    with pytest.raises(type(error)), cache.fetching():
        raise error
    for _ in range(2):
        with pytest.raises(type(error)) as again:
            cache.kept(None)
        assert again.value is error


@pytest.mark.parametrize("error", [*PASSING, KeyboardInterrupt()], ids=["connection", "502", "interrupt"])
def test_what_may_pass_is_not_remembered(error: BaseException) -> None:
    cache = UploadCredentialsCache()
    with pytest.raises(type(error)), cache.fetching():
        raise error
    assert cache.kept(None) is None


def test_repr_of_a_grant_shows_no_secret() -> None:
    assert "EXAMPLE" not in repr(CachedCredentials(credentials(), kept=True))
