"""The plain client of the generated package sends an operation once, and tells success from failure."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable

import httpx
import pytest
from trustoo_api import Client, UnexpectedResponseError
from trustoo_api.api.reviews import reviews_create, reviews_list

from tests.support import envelope, local_server


@pytest.mark.parametrize("style", ["sync", "async"])
def test_a_success_returns_the_value_and_the_request_id(style: str) -> None:
    with local_server(envelope({"list": [{"id": 1}]})) as (address, _):
        client = Client(base_url=address)
        if style == "sync":
            response = reviews_list.sync_detailed(client=client)
        else:
            response = asyncio.run(reviews_list.asyncio_detailed(client=client))
    assert (response.parsed.list[0].id, response.request_id) == ("1", "0ab1")


STYLES = pytest.mark.parametrize(
    "list_reviews", [reviews_list.sync, lambda **to: asyncio.run(reviews_list.asyncio(**to))]
)


@STYLES
def test_an_address_may_end_with_slashes(list_reviews: Callable[..., object]) -> None:
    with local_server(envelope({"list": []})) as (address, heard):
        list_reviews(client=Client(base_url=f"{address}/api//"))
    assert [request.path for request in heard] == ["/api/api/v1/openapi/get_reviews"]


@STYLES
def test_a_server_that_does_not_respond_is_not_waited_for_longer_than_the_timeout(
    list_reviews: Callable[..., object],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(httpx.TimeoutException) as caught:
        list_reviews(client=Client(base_url=f"http://127.0.0.1:{server.getsockname()[1]}", timeout=0.1))
    assert set(caught.value.request.extensions["timeout"].values()) == {0.1}


@pytest.mark.parametrize(("status", "code"), [(200, 5), (404, 5), (500, 0)])
def test_a_failure_raises_with_its_code_and_request_id(status: int, code: int) -> None:
    with (
        local_server(json.dumps({"code": code, "request_id": "r1"}).encode(), status) as (address, _),
        pytest.raises(UnexpectedResponseError) as caught,
    ):
        reviews_list.sync(client=Client(base_url=address))
    assert (caught.value.status, caught.value.code, caught.value.request_id) == (status, code, "r1")


@pytest.mark.parametrize("status", [200, 201, 302, 400, 401, 403, 404, 429, 500, 503])
def test_only_code_0_with_a_status_of_success_is_a_success(status: int) -> None:
    client, request = Client(), reviews_list.build()
    for code in (-1, *range(18), 2000):
        response = httpx.Response(status, content=json.dumps({"code": code, "data": {"list": []}}))
        if code == 0 and status in (200, 201):
            assert client._read(request, response, reviews_list.DECODER).parsed.list == []
            continue
        with pytest.raises(UnexpectedResponseError) as caught:
            client._read(request, response, reviews_list.DECODER)
        assert (caught.value.status, caught.value.code) == (status, code)


def test_additional_members_of_the_body_are_sent() -> None:
    with local_server(envelope({"id": 9})) as (address, heard):
        reviews_create.sync(client=Client(base_url=address), rating=5, author="Zoë", extra_body={"new": 1})
    assert json.loads(heard[0].content) == {"rating": 5, "author": "Zoë", "new": 1}
