"""A connection is checked without credentials, and probes say what their answers show about the signature."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest
from trustoo import (
    APIError,
    ConfigurationError,
    ConnectError,
    HTTPStatusError,
    ResponseDecodeError,
    SigningProbe,
    TrustooError,
    check_connection,
    signing_probes,
)
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
        assert (request.timeout, request.deadline) == (5, 25)
        assert request.max_response_bytes, "whatever answers cannot fill the memory"
        return HTTPResponse(200, Headers([("Date", date)]), b"")

    monkeypatch.setattr("trustoo.transport.NamedTransport.send", send)
    offset = check_connection("https://api.example", timeout=5).clock_offset
    assert (offset is None) == (ahead is None)
    assert offset is None or ahead is None or abs(offset - ahead) < 3


def test_the_duration_is_right_when_the_clock_is_set_during_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()

    def send(self: object, request: HTTPRequest) -> HTTPResponse:
        monkeypatch.setattr("time.time", lambda: now + 3600)
        return HTTPResponse(200, Headers([("Date", formatdate(now + 3600, usegmt=True))]), b"")

    monkeypatch.setattr("trustoo.transport.NamedTransport.send", send)
    checked = check_connection("https://api.example")
    assert 0 <= checked.seconds < 60
    assert checked.clock_offset is not None
    assert abs(checked.clock_offset) < 60


def test_a_server_that_does_not_respond_is_a_transport_error() -> None:
    with pytest.raises(ConnectError):
        check_connection("http://127.0.0.1:9")


def test_an_address_that_cannot_be_used_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="base_url must look like"):
        check_connection("ftp://api.example")


# ---------------------------------------------------------------- probes of the signature


def envelope(code: int) -> APIError:
    return APIError.of_code(code)(code=code, message="", operation="reviews.list", status=200, request_id=None)


def status(number: int) -> HTTPStatusError:
    return HTTPStatusError("reviews.list failed", operation="reviews.list", status=number, request_id=None)


def undecodable(code: int | None) -> ResponseDecodeError:
    return ResponseDecodeError("unreadable", code=code, operation="reviews.list", status=200, request_id=None)


LOST = ConnectError("no connection", maybe_sent=False)


@pytest.mark.parametrize(
    ("error", "is_accepted", "is_checked"),
    [
        (None, True, False),
        (envelope(16), False, True),
        (undecodable(0), True, False),
        (undecodable(None), None, None),
        (status(401), False, True),
        (status(403), False, True),
        # As a control this is a refusal, because the same read with the right token succeeds.
        (envelope(3), None, True),
        (envelope(8), None, None),
        (envelope(13), None, None),
        (status(429), None, None),
        (status(502), None, None),
        (LOST, None, None),
    ],
    ids=lambda given: repr(given)[:40],
)
def test_only_a_clear_response_answers_a_probe(
    error: TrustooError | None, is_accepted: bool | None, is_checked: bool | None
) -> None:
    assert SigningProbe.is_accepted(error) is is_accepted
    assert SigningProbe.is_checked(error) is is_checked


@pytest.mark.parametrize("number", [301, 400, 401, 402, 403, 404, 408, 422, 429, 430, 500, 502, 503, 504])
def test_of_all_statuses_only_401_and_403_refuse_a_signature(number: int) -> None:
    is_refused = number in (401, 403)
    assert SigningProbe.is_accepted(status(number)) is (False if is_refused else None)
    assert SigningProbe.is_checked(status(number)) is (True if is_refused else None)


@pytest.mark.parametrize("code", range(1, 18))
def test_of_all_codes_only_16_refuses_a_signature_and_only_0_accepts_it(code: int) -> None:
    assert SigningProbe.is_accepted(envelope(code)) is (False if code == 16 else None)
    assert SigningProbe.is_accepted(undecodable(code)) is None
    assert SigningProbe.is_checked(undecodable(code)) is None


def test_an_accepted_probe_settles_nothing_unless_a_wrong_signature_is_refused() -> None:
    for probe in signing_probes():
        assert probe.learnt(True, True).startswith("Settled: ")
        assert probe.learnt(True, False).startswith("Not settled: ")
        assert probe.learnt(True, None).startswith("Not settled: ")
        assert [probe.learnt(False, checked).split(":")[0] for checked in (True, False, None)] == ["Refused"] * 3
        assert [probe.learnt(None, checked).split(":")[0] for checked in (True, False, None)] == ["Not answered"] * 3


def test_the_second_probe_asks_for_two_products_of_the_shop_if_two_are_known() -> None:
    for known, expected in (
        ([None, "", "0", "11", "11", "22", "33"], ["11", "22"]),
        (["11", "11", None], []),
        ([], []),
    ):
        _, probe = signing_probes(known)
        assert len(set(probe.arguments["product_ids"])) == 2
        assert sorted(probe.products) == expected
        assert probe.products == set() or probe.products == set(probe.arguments["product_ids"])


def test_invented_products_show_nothing_about_the_filter() -> None:
    _, probe = signing_probes()
    assert probe.products_found(["77"], is_complete=True) == ""
