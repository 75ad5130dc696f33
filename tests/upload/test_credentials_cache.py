"""Credentials are kept until they are rejected; what makes fetching hopeless is raised again without fetching."""

from __future__ import annotations

import pytest
from trustoo import ConfigurationError, HTTPStatusError, NetworkError, TrustooError
from trustoo.errors import UnauthenticatedError
from trustoo.upload.execute import CachedCredentials, UploadCredentialsCache

from tests.upload.conftest import credentials

HOPELESS = (
    ConfigurationError("x"),
    UnauthenticatedError(code=16, message="", operation="o", status=200, request_id=None, excerpt=""),
)
PASSING = (
    NetworkError("x", maybe_sent=False),
    HTTPStatusError("x", operation="o", status=502, request_id=None, excerpt=""),
)


def test_an_empty_cache_returns_nothing() -> None:
    assert UploadCredentialsCache().get(None) is None


def test_the_callers_credentials_are_reused_ones() -> None:
    given = credentials()
    cached = UploadCredentialsCache(given).get(None)
    assert cached is not None
    assert cached.credentials is given
    assert cached.reused


def test_fetched_credentials_are_new_for_the_caller_and_reused_for_the_others() -> None:
    cache, given = UploadCredentialsCache(), credentials()
    assert cache.put(given) == CachedCredentials(given, reused=False)
    assert cache.get(None) == CachedCredentials(given, reused=True)


def test_rejected_credentials_are_not_returned_again_but_newer_ones_are() -> None:
    old, new = credentials(), credentials()
    cache = UploadCredentialsCache(old)
    assert cache.get(old) is None
    cache.put(new)
    cached = cache.get(old)
    assert cached is not None
    assert cached.credentials is new
    assert cache.get(new) is None


@pytest.mark.parametrize("error", HOPELESS, ids=["configuration", "unauthenticated"])
def test_a_permanent_error_is_raised_for_all_later_uploads(error: TrustooError) -> None:
    cache = UploadCredentialsCache(credentials())
    with pytest.raises(type(error)), cache.fetching():
        raise error
    for _ in range(2):
        with pytest.raises(type(error)) as again:
            cache.get(None)
        assert again.value is error


@pytest.mark.parametrize("error", [*PASSING, KeyboardInterrupt()], ids=["connection", "502", "interrupt"])
def test_a_temporary_error_is_not_remembered(error: BaseException) -> None:
    cache = UploadCredentialsCache()
    with pytest.raises(type(error)), cache.fetching():
        raise error
    assert cache.get(None) is None


def test_the_repr_of_cached_credentials_shows_no_secret() -> None:
    assert "EXAMPLE" not in repr(CachedCredentials(credentials(), reused=True))
