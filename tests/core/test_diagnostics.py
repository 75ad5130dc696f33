"""A connection is checked without credentials: whether the API responds, and whether the clocks agree."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest
from trustoo import ConfigurationError, ConnectError, check_connection
from trustoo.transport import Headers, HTTPRequest, HTTPResponse

from tests.support import local_server


def test_one_unsigned_request_is_sent() -> None:
    with local_server(status=404) as (address, heard):
        checked = check_connection(f"{address}/")
    assert (checked.status, 0 <= checked.seconds < 30) == (404, True)
    assert checked.clock_offset is not None
    assert abs(checked.clock_offset) < 3
    (request,) = heard
    assert (request.method, request.path, request.content) == ("GET", "/", b"")
    assert not {"sign", "public-token", "authorization"} & set(request.headers)


@pytest.mark.parametrize("ahead", [0, 1200, -1200, None])
def test_the_clocks_are_compared(ahead: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    date = "nonsense" if ahead is None else formatdate(time.time() + ahead, usegmt=True)

    def send(self: object, request: HTTPRequest) -> HTTPResponse:
        assert request.timeout == 5
        return HTTPResponse(200, Headers([("Date", date)]), b"")

    monkeypatch.setattr("trustoo.transport.NamedTransport.send", send)
    offset = check_connection("https://api.example", timeout=5).clock_offset
    assert (offset is None) == (ahead is None)
    assert offset is None or ahead is None or abs(offset - ahead) < 3


def test_a_server_that_does_not_respond_is_a_transport_error() -> None:
    with pytest.raises(ConnectError):
        check_connection("http://127.0.0.1:9")


def test_an_address_that_cannot_be_used_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="base_url must look like"):
        check_connection("ftp://api.example")
