"""A redirect is an answer like any other: nobody else ever receives a request, let alone its credentials."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from trustoo import AsyncTrustoo, HTTPStatusError, Trustoo, TrustooError

from tests.support import ACCESS, MERCHANT, PRIVATE, PUBLIC, Heard, local_server

STATUSES = (301, 302, 303, 307, 308)
REDIRECT = pytest.mark.parametrize("status", STATUSES)
CLIENT = pytest.mark.parametrize("client", ["own", "caller's", "caller's that follows"])
SETTINGS: list[dict[str, Any]] = [
    {"public_token": PUBLIC, "private_token": PRIVATE, "merchant_session": MERCHANT},
    {"access_token": ACCESS, "merchant_session": MERCHANT},
]
SECRET = "EXAMPLE-client-secret"


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[tuple[str, list[Heard]]]:
    with local_server(b'{"code": 0, "data": {"page": {}, "list": [], "id": "1"}}') as other:
        yield other


def calls(client: Any) -> list[Any]:
    """A read, writes with a body, an unsigned call with a secret in its address, and one that documents a redirect."""
    return [
        lambda: client.reviews.list(keyword="a"),
        lambda: client.reviews.create(rating=5, author="Zoë"),
        lambda: client.platform.authorization_info(client_id="me", client_secret=SECRET, shop_id="1"),
        lambda: client.oauth.token(client_id="me", client_secret=SECRET, grant_type="x", code="c"),
        lambda: client.tokens.public(),
        lambda: client.oauth.authorize(client_id="me", redirect_uri="u", scope="s", state="t"),
    ]


def check(outcomes: list[Any], target: str, status: int) -> None:
    *errors, authorized = outcomes
    for error in errors:
        assert isinstance(error, HTTPStatusError)
        assert error.status == status
        assert "Redirects are not followed; check base_url." in str(error)
        assert SECRET not in str(error)
    assert authorized.redirect_url == target


@REDIRECT
@CLIENT
@pytest.mark.parametrize("settings", SETTINGS, ids=["hmac", "bearer"])
def test_nobody_but_the_api_receives_a_request(
    status: int, client: str, settings: dict[str, Any], elsewhere: tuple[str, list[Heard]]
) -> None:
    other, received = elsewhere
    target = f"{other}/api/v1/openapi/get_reviews?code=c&state=t"
    http = None if client == "own" else httpx.Client(follow_redirects="follows" in client)
    outcomes: list[Any] = []
    with local_server(b"moved", status, {"Location": target}) as (address, heard):
        with Trustoo(base_url=address, http_client=http, **settings) as shop:
            for call in calls(shop):
                try:
                    outcomes.append(call())
                except TrustooError as error:
                    outcomes.append(error)
        if http is not None:
            http.close()
        assert len(heard) == len(outcomes)
    check(outcomes, target, status)
    assert received == []


@REDIRECT
@CLIENT
@pytest.mark.parametrize("settings", SETTINGS, ids=["hmac", "bearer"])
def test_nobody_but_the_api_receives_a_request_of_the_asyncio_client(
    status: int, client: str, settings: dict[str, Any], elsewhere: tuple[str, list[Heard]]
) -> None:
    other, received = elsewhere
    target = f"{other}/api/v1/openapi/get_reviews?code=c&state=t"
    outcomes: list[Any] = []

    async def run(address: str) -> None:
        http = None if client == "own" else httpx.AsyncClient(follow_redirects="follows" in client)
        async with AsyncTrustoo(base_url=address, http_client=http, **settings) as shop:
            for call in calls(shop):
                try:
                    outcomes.append(await call())
                except TrustooError as error:
                    outcomes.append(error)
        if http is not None:
            await http.aclose()

    with local_server(b"moved", status, {"Location": target}) as (address, heard):
        asyncio.run(run(address))
        assert len(heard) == len(outcomes)
    check(outcomes, target, status)
    assert received == []


@REDIRECT
def test_a_redirect_to_the_same_server_is_not_followed_either(status: int) -> None:
    with (
        local_server(b"", status, {"Location": "/elsewhere"}) as (address, heard),
        Trustoo(base_url=address, **SETTINGS[0]) as client,
        pytest.raises(HTTPStatusError),
    ):
        client.reviews.list()
    assert len(heard) == 1


def test_the_other_server_would_have_noticed(elsewhere: tuple[str, list[Heard]]) -> None:
    """The tests above prove nothing unless a client that follows gets there."""
    other, received = elsewhere
    with (
        local_server(b"", 307, {"Location": f"{other}/x"}) as (address, _),
        httpx.Client(follow_redirects=True) as http,
    ):
        http.post(address, content=b"{}")
    assert [request.path for request in received] == ["/x"]
    received.clear()
