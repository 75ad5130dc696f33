"""A client whose access tokens come from a token source: what it asks the source, and what it repeats."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from trustoo import AsyncTrustoo, ConfigurationError, NetworkError, OutcomeUnknownError, Trustoo, UnauthenticatedError
from trustoo.credentials import Credentials
from trustoo.testing import FakeTrustoo, Fault
from trustoo_api.operations import OAUTH_TOKEN, REVIEWS_LIST

from tests.oauth.conftest import done
from tests.support import MERCHANT

GOOD = "EXAMPLE-access-token"


class Source:
    """Returns the given tokens, the next one after a rejection."""

    def __init__(self, *tokens: str | Exception) -> None:
        self.tokens, self.requested = list(tokens), list[str | None]()

    def token(self, rejected: str | None = None) -> str:
        self.requested.append(rejected)
        if rejected is not None and len(self.tokens) > 1:
            self.tokens.pop(0)
        if isinstance(self.tokens[0], Exception):
            raise self.tokens[0]
        return self.tokens[0]

    async def token_async(self, rejected: str | None = None) -> str:
        await asyncio.sleep(0)
        return self.token(rejected)


@pytest.fixture
def fake() -> FakeTrustoo:
    return FakeTrustoo(access_token=GOOD)


@pytest.fixture(params=["threads", "asyncio"])
def client(request: pytest.FixtureRequest, fake: FakeTrustoo) -> Any:
    return fake.client if request.param == "threads" else fake.async_client


def test_every_call_gets_its_token_from_the_source(fake: FakeTrustoo, client: Any) -> None:
    source = Source(GOOD)
    shop = client(tokens=source)
    done(shop.reviews.list)
    done(shop.reviews.create, rating=5, author="Zoë")
    assert source.requested == [None, None]
    assert [one.headers["Authorization"] for one in fake.received] == [f"Bearer {GOOD}"] * 2


def test_an_operation_without_bearer_credentials_gets_no_token(fake: FakeTrustoo, client: Any) -> None:
    source = Source(GOOD)
    shop = client(tokens=source)
    done(shop.oauth.token, client_id="x", client_secret="y")
    done(shop.tokens.private)
    assert source.requested == []


@pytest.mark.parametrize("write", [True, False])
def test_after_a_rejection_the_same_request_is_sent_once_more(fake: FakeTrustoo, client: Any, write: bool) -> None:
    source, retried = Source("EXAMPLE-old", GOOD), list[Any]()
    shop = client(tokens=source, on_retry=retried.append)
    if write:
        done(shop.reviews.create, rating=5, author="Zoë")
    else:
        done(shop.reviews.list, keyword="Zoë")
    assert source.requested == [None, "EXAMPLE-old", None]
    first, second = fake.received
    assert (first.body, first.path, first.query) == (second.body, second.path, second.query)
    assert [event.pause for event in retried] == [0.0]


@pytest.mark.parametrize(
    "tokens", [["EXAMPLE-old"], ["EXAMPLE-old", "EXAMPLE-other", GOOD]], ids=["none", "no better one"]
)
def test_a_second_refusal_is_raised(fake: FakeTrustoo, client: Any, tokens: list[str]) -> None:
    with pytest.raises(UnauthenticatedError, match="read_reviews"):
        done(client(tokens=Source(*tokens)).reviews.list)
    assert len(fake.received) == len(tokens[:2])


def test_the_attempt_with_a_new_token_does_not_count_in_the_retry_policy(fake: FakeTrustoo, client: Any) -> None:
    from trustoo.testing import without_waiting

    fake.fail(Fault.code(16), operation="reviews.list")
    fake.fail(Fault.status(503), times=2, operation="reviews.list")
    with without_waiting():
        done(client(tokens=Source("EXAMPLE-old", GOOD)).reviews.list)
    assert len(fake.received) == 4


@pytest.mark.parametrize("rejected", [True, False])
def test_an_error_of_the_token_source_is_raised_and_is_not_an_unknown_outcome(
    fake: FakeTrustoo, client: Any, rejected: bool
) -> None:
    broken = NetworkError("broken", maybe_sent=True)
    source = Source("EXAMPLE-old", broken) if rejected else Source(broken)
    with pytest.raises(NetworkError) as caught:
        done(client(tokens=source).reviews.create, rating=5, author="Zoë")
    assert caught.value is broken
    assert "reviews.create" not in fake.processed


def test_a_write_without_a_response_is_not_repeated_with_a_new_token(fake: FakeTrustoo, client: Any) -> None:
    fake.fail(Fault.reset(), operation="reviews.create")
    source = Source(GOOD, "EXAMPLE-other")
    with pytest.raises(OutcomeUnknownError):
        done(client(tokens=source).reviews.create, rating=5, author="Zoë")
    assert source.requested == [None]


def test_a_response_that_quotes_the_token_does_not_show_it(fake: FakeTrustoo, client: Any) -> None:
    from trustoo.testing import FakeResponse

    fake.respond_once("reviews.list", FakeResponse.of_json({"code": 5, "message": f"no {GOOD}"}))
    with pytest.raises(Exception, match="no ") as caught:
        done(client(tokens=Source(GOOD)).reviews.list)
    assert GOOD not in str(caught.value)


@pytest.mark.parametrize("given", [None, 7, "a\nb", " "])
def test_a_source_that_returns_no_token_is_a_configuration_error(fake: FakeTrustoo, client: Any, given: Any) -> None:
    with pytest.raises(ConfigurationError):
        done(client(tokens=Source(given)).reviews.list)


def test_a_token_source_excludes_other_credentials_and_those_of_the_environment() -> None:
    environment = {"TRUSTOO_PUBLIC_TOKEN": "x", "TRUSTOO_ACCESS_TOKEN": "y", "TRUSTOO_MERCHANT_SESSION": MERCHANT}
    found = Credentials.find({"tokens": Source(GOOD)}, environment)
    assert (found.public_token, found.access_token, found.merchant_session) == (None, None, MERCHANT)
    assert (found.kind_for(REVIEWS_LIST), found.kind_for(OAUTH_TOKEN)) == ("bearer", "")
    assert "Source" not in repr(found)
    for more in ({"access_token": "x"}, {"public_token": "x", "private_token": "y"}):
        with pytest.raises(ConfigurationError, match="alone"):
            Credentials.find({"tokens": Source(GOOD), **more}, {})


@pytest.mark.parametrize("kind", [Trustoo, AsyncTrustoo])
def test_an_object_without_the_method_of_a_token_source_is_refused(kind: Any) -> None:
    with pytest.raises(ConfigurationError, match="object lacks"):
        kind(tokens=object())
    with pytest.raises(ConfigurationError, match="object lacks"):
        kind(tokens=Source(GOOD)).with_options(tokens=object())


def test_the_error_for_an_expired_merchant_session_names_it(client: Any) -> None:
    with pytest.raises(UnauthenticatedError, match="merchant session may have expired"):
        done(client(merchant_session="EXAMPLE.old").tokens.private)
