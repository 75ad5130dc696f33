"""Writes whose response does not say what happened: a gateway gives up, the service fails, the connection breaks."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from trustoo import (
    AlreadyExistsError,
    APIError,
    ConnectError,
    HTTPStatusError,
    InvalidArgumentError,
    NetworkError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RejectedError,
    RequestTimeoutError,
    ResponseDecodeError,
    ResponseTooLargeError,
    TrustooError,
    UnauthenticatedError,
)
from trustoo.cli.imports.job import Import
from trustoo.cli.imports.results import Results, keyed
from trustoo.cli.imports.rows import Row
from trustoo.transport import Headers, HTTPRequest, HTTPResponse
from trustoo.upload import Journal
from trustoo_api.models import CreatedReview

from contract_tests.properties import sockets
from contract_tests.support import options
from contract_tests.world.client import Client, in_memory

HTML = b"<html><title>504 Gateway Timeout</title></html>"
MADE = b'{"code":0,"data":{"id":"9"}}'
CREATED = HTTPResponse(200, Headers([]), MADE)


def response(status: int, content: bytes = b"", **headers: str) -> HTTPResponse:
    return HTTPResponse(status, Headers([(name.replace("_", "-"), text) for name, text in headers.items()]), content)


def code(number: int) -> bytes:
    return json.dumps({"code": number, "message": "EXAMPLE", "request_id": "EXAMPLE-id"}).encode()


def create(shop: Any) -> Any:
    return shop.reviews.create(rating=5, author="EXAMPLE")


def made(client: Client) -> Any:
    return client.call(create)


ClientOf = Callable[..., Client]


# --- the outcome is open


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (504, HTML),
        (504, b'{"code":504,"message":"upstream timed out"}'),
        (502, code(14)),
        (500, code(13)),
        (500, b""),
        (500, b'{"code":0}'),
        (500, MADE),
        (200, code(4)),
        (200, code(1)),
        (400, code(13)),
        (429, code(14)),
        (200, HTML),
        (200, b""),
        (200, b'{"code":null}'),
        (200, b'{"code":0,"data":{"id":"9"'),
        (201, b"OK"),
        (202, b"{}"),
        (204, b""),
        (408, b""),
        (408, code(2000)),
        (499, HTML),
        (499, code(77)),
        (520, HTML),
        (599, code(-1)),
    ],
)
def test_a_write_that_may_have_been_carried_out_is_told_so_and_is_not_sent_again(
    client_of: ClientOf, status: int, content: bytes
) -> None:
    client = client_of(lambda request: response(status, content, Retry_After="0"))
    with pytest.raises(OutcomeUnknownError, match="may have been carried out") as caught:
        made(client)
    assert len(client.requests) == 1
    found = caught.value.response
    assert found is not None
    assert found is caught.value.__cause__
    assert (caught.value.operation, found.status, found.content) == ("reviews.create", status, content)
    assert found.request_id == ("EXAMPLE-id" if b"EXAMPLE-id" in content else None)


@pytest.mark.parametrize(
    "fault",
    [
        NetworkError("EXAMPLE broke.", maybe_sent=True),
        RequestTimeoutError("EXAMPLE is late.", maybe_sent=True),
        ResponseTooLargeError("EXAMPLE is too large.", maybe_sent=True),
    ],
)
def test_a_write_that_was_sent_and_got_no_response_has_an_unknown_outcome(
    client_of: ClientOf, fault: TrustooError
) -> None:
    client = client_of(lambda request: fault)
    with pytest.raises(OutcomeUnknownError) as caught:
        made(client)
    assert (caught.value.__cause__, caught.value.response, len(client.requests)) == (fault, None, 1)


@pytest.mark.parametrize("operation", ["delete", "exclude", "revoke"])
def test_every_write_has_the_same_rule(client_of: ClientOf, operation: str) -> None:
    calls: dict[str, Callable[[Any], Any]] = {
        "delete": lambda shop: shop.reviews.delete(id="1"),
        "exclude": lambda shop: shop.customers.exclude(email="shopper@example.com"),
        "revoke": lambda shop: shop.oauth.revoke(client_id="EXAMPLE", client_secret="EXAMPLE", token="EXAMPLE"),
    }
    for status, content in ((504, HTML), (200, HTML), (200, code(13)), (204, b"")):
        client = client_of(lambda request, status=status, content=content: response(status, content))
        with pytest.raises(OutcomeUnknownError):
            client.call(calls[operation])


@pytest.mark.parametrize(
    ("status", "content", "attempts", "kind"),
    [
        (504, HTML, 3, HTTPStatusError),
        (500, code(13), 3, APIError),
        (200, code(4), 3, APIError),
        (200, code(1), 1, APIError),
        (200, HTML, 1, ResponseDecodeError),
        (204, b"", 1, ResponseDecodeError),
        (408, b"", 1, HTTPStatusError),
    ],
)
def test_a_read_has_no_outcome_and_is_sent_again_if_that_may_help(
    client_of: ClientOf, status: int, content: bytes, attempts: int, kind: type[TrustooError]
) -> None:
    client = client_of(lambda request: response(status, content))
    with pytest.raises(kind):
        client.call(lambda shop: shop.reviews.list())
    assert len(client.requests) == attempts


def test_a_read_is_not_sent_again_for_a_response_that_is_too_large(client_of: ClientOf) -> None:
    client = client_of(lambda request: ResponseTooLargeError("EXAMPLE", maybe_sent=True))
    with pytest.raises(ResponseTooLargeError):
        client.call(lambda shop: shop.reviews.list())
    assert len(client.requests) == 1


# --- the write was refused


@pytest.mark.parametrize("status", [200, 400, 404, 408, 500, 504])
@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (3, InvalidArgumentError),
        (5, NotFoundError),
        (6, AlreadyExistsError),
        (7, PermissionDeniedError),
        (8, RejectedError),
        (16, UnauthenticatedError),
    ],
)
def test_a_code_that_states_a_refusal_is_a_refusal_at_any_status(
    client_of: ClientOf, number: int, kind: type[APIError], status: int
) -> None:
    client = client_of(lambda request: response(status, code(number)))
    with pytest.raises(kind):
        made(client)
    assert len(client.requests) == 1


@pytest.mark.parametrize("status", [200, 302, 400, 403, 404, 409, 422])
def test_an_unknown_code_is_a_refusal_where_no_gateway_gave_up(client_of: ClientOf, status: int) -> None:
    client = client_of(lambda request: response(status, code(40001)))
    with pytest.raises(APIError) as caught:
        made(client)
    assert (type(caught.value), caught.value.code, len(client.requests)) == (APIError, 40001, 1)


@pytest.mark.parametrize("status", [301, 302, 304, 307, 400, 401, 403, 404, 405, 409, 413, 415, 422, 451])
@pytest.mark.parametrize("content", [b"", HTML, b'{"code":0}'])
def test_a_status_that_refuses_is_a_refusal(client_of: ClientOf, status: int, content: bytes) -> None:
    client = client_of(lambda request: response(status, content, Location="https://elsewhere.example"))
    with pytest.raises(HTTPStatusError) as caught:
        made(client)
    assert (caught.value.status, len(client.requests)) == (status, 1)


@pytest.mark.parametrize("content", [b"", HTML, code(8), code(40001)])
@pytest.mark.parametrize("headers", [{}, {"Retry_After": "7"}])
def test_a_write_that_is_refused_for_its_rate_waits_and_is_sent_again(
    client_of: ClientOf, content: bytes, headers: dict[str, str]
) -> None:
    left, pauses = [response(429, content, **headers)] * 2, list[float | None]()
    client = client_of(
        lambda request: left.pop() if left else CREATED, on_retry=lambda event: pauses.append(event.pause)
    )
    assert made(client).id == "9"
    assert len(client.requests) == 3
    if headers:
        assert pauses == [7.0, 7.0]


def test_a_write_that_would_have_to_wait_an_hour_is_raised_as_refused(client_of: ClientOf) -> None:
    client = client_of(lambda request: response(429, Retry_After="3600"))
    with pytest.raises(HTTPStatusError) as caught:
        made(client)
    assert (caught.value.retry_after, len(client.requests)) == (3600.0, 1)


# --- nothing was sent


@pytest.mark.parametrize(
    "fault", [ConnectError("EXAMPLE", maybe_sent=False), RequestTimeoutError("EXAMPLE", maybe_sent=False)]
)
@pytest.mark.parametrize("call", [create, lambda shop: shop.reviews.list()], ids=["write", "read"])
def test_a_call_that_never_left_is_sent_again_and_never_unknown(
    client_of: ClientOf, fault: TrustooError, call: Callable[[Any], Any]
) -> None:
    client = client_of(lambda request: fault)
    with pytest.raises(type(fault)) as caught:
        client.call(call)
    assert (caught.value, len(client.requests)) == (fault, 3)


# --- the write was carried out


@pytest.mark.parametrize("status", [200, 201, 202, 206, 299])
@pytest.mark.parametrize("content", [MADE, b'{"code":0,"message":"","data":{"id":9,"new":[]}}'])
def test_code_0_with_any_success_status_is_a_success(client_of: ClientOf, status: int, content: bytes) -> None:
    assert made(client_of(lambda request: response(status, content))).id == "9"


@pytest.mark.parametrize("content", [b'{"id":"9"}', b'{"id":9}', b'{"id":"9","new":1}'])
def test_a_created_review_without_an_envelope_is_a_success(client_of: ClientOf, content: bytes) -> None:
    found = made(client_of(lambda request: response(200, content)))
    assert isinstance(found, CreatedReview)
    assert found.id == "9"


@pytest.mark.parametrize("content", [b"{}", b" { }\n", b'{"code":0}'])
def test_a_revocation_that_returns_an_empty_object_is_a_success(client_of: ClientOf, content: bytes) -> None:
    client = client_of(lambda request: response(200, content))
    client.call(lambda shop: shop.oauth.revoke(client_id="EXAMPLE", client_secret="EXAMPLE", token="EXAMPLE"))
    assert len(client.requests) == 1


# --- imports


PAGE = Path(__file__).parents[2] / "docs" / "errors.md"
RUNS = 40
"""The number of runs of the recipe. Each of its requests meets another behaviour of the server."""


def recipe() -> Callable[[Any, dict[str, Any]], Any]:
    """Return the function `create_once` of the guide."""
    blocks = [part.partition("```")[0] for part in PAGE.read_text(encoding="utf-8").split("```python\n")]
    (block,) = [block for block in blocks if "def create_once" in block]
    names: dict[str, Any] = {}
    exec(block, names)
    names["time"] = SimpleNamespace(sleep=lambda seconds: None)
    found: Callable[[Any, dict[str, Any]], Any] = names["create_once"]
    return found


def test_the_recipe_of_the_guide_never_creates_a_review_twice() -> None:
    figures = sockets.check_recipe(recipe(), RUNS, options.seed)
    for seen in ("created", "processed", "several requests", "OutcomeUnknownError"):
        assert figures[seen] > 0, f"{seen}: nothing was seen in {figures}"


def test_an_import_that_is_started_again_and_again_never_creates_a_review_twice(tmp_path: Path) -> None:
    file = tmp_path / "EXAMPLE.csv.results.jsonl"
    rows = [Row(line, {"rating": 5, "author": f"EXAMPLE {line}"}) for line in range(2, 30)]
    random, processed = Random(options.seed), dict[str, int]()

    def respond(request: HTTPRequest) -> HTTPResponse | Exception:
        assert isinstance(request.content, bytes)
        author = json.loads(request.content)["author"]
        outcome, chance = random.choice(
            (
                (CREATED, 1.0),
                (response(504, code(504)), 0.5),
                (response(500, code(13)), 0.5),
                (response(200, code(4)), 0.5),
                (response(503), 0.5),
                (NetworkError("EXAMPLE", maybe_sent=True), 0.5),
                (response(400, code(3)), 0.0),
                (response(429), 0.0),
                (ConnectError("EXAMPLE", maybe_sent=False), 0.0),
            )
        )
        processed[author] = processed.get(author, 0) + (random.random() < chance)
        return outcome

    with in_memory("sync", respond) as client:
        for _ in range(30):
            with Journal(file) as journal:
                Import(client.shop, Results(journal, keyed(rows))).run(lambda: None)
    results = [json.loads(line) for line in file.read_text().splitlines()]
    assert max(processed.values()) == 1
    assert {"created", "failed", "unknown"} <= {result["status"] for result in results}
    last = {result["line"]: result["status"] for result in results}
    for line, status in last.items():
        done = processed[f"EXAMPLE {line}"]
        assert status == "unknown" or done == (status == "created"), f"line {line}: {status}, carried out {done} x"
