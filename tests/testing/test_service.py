"""The fake service: answers every operation, refuses what the service would refuse, remembers what it saw."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from trustoo import (
    AlreadyExistsError,
    ArgumentError,
    AsyncTrustoo,
    InvalidArgumentError,
    Trustoo,
    UnauthenticatedError,
    UnverifiedOperationWarning,
)
from trustoo.signing import LIFETIME
from trustoo.testing import FakeResponse, FakeTrustoo, Received
from trustoo.testing.spec import SAMPLES, at, routes
from trustoo.webhooks import WebhookVerifier
from trustoo.webhooks.verification import PUBLIC_TOKEN
from trustoo_api.operations import OPERATIONS
from trustoo_api.types import Operation

from tests.support import PRIVATE, arguments_of, module_of, steady

NOW = 1_700_465_771.9
WITH_KINDS = [(operation.id, kind) for operation in OPERATIONS.values() for kind in operation.credentials or ("none",)]
SIGNED = [operation.id for operation in OPERATIONS.values() if "hmac" in operation.credentials]
BY_HEADER = [(operation, kind) for operation, kind in WITH_KINDS if kind in ("bearer", "merchant_session")]
PAGED = ["customer_events.list", "customers.exclusions", "orders.list", "reviews.list"]


def fake_at_now(**settings: Any) -> FakeTrustoo:
    """It keeps nothing, so that any values will do; what it keeps is tested in test_state.py."""
    return FakeTrustoo(clock=lambda: NOW, state="off", **settings)


def settings_of(fake: FakeTrustoo, kind: str) -> dict[str, str]:
    return {"access_token": fake.tokens.access_token} if kind == "bearer" else {}


def method_of(client: object, operation: str) -> Any:
    tag, name = operation.split(".")
    return getattr(getattr(client, tag), name)


def given_to(function: Any, operation: str) -> dict[str, Any]:
    """Something for every argument that is needed."""
    return arguments_of(function) | ({"email": "x@example.com"} if operation == "customers.include" else {})


def call(client: Trustoo, operation: str, **more: Any) -> Any:
    method = method_of(client, operation)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnverifiedOperationWarning)
        return method(**{**given_to(method, operation), **more})


def call_async(client: AsyncTrustoo, operation: str) -> Any:
    method = method_of(client, operation)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnverifiedOperationWarning)
        return asyncio.run(method(**given_to(method, operation)))


def target(operation: str, query: list[tuple[str, str]] | None = None) -> str:
    return OPERATIONS[operation].path + (f"?{urlencode(query)}" if query else "")


def signed(
    query: list[tuple[str, str]] | None = None, body: bytes = b"", timestamp: str = str(int(NOW))
) -> dict[str, str]:
    """HMAC headers, made without the client's code."""
    pairs = sorted([*(query or []), ("timestamp", timestamp)], key=lambda pair: pair[0])
    message = "&".join(f"{name}={value}" for name, value in pairs).encode() + (b"|" + body if body else b"")
    sign = hmac.new(b"EXAMPLE-private-token", message, hashlib.sha256).hexdigest()
    return {"Public-Token": "EXAMPLE-public-token", "Sign": sign, "Timestamp": timestamp}


def ask(
    fake: FakeTrustoo,
    operation: str,
    query: list[tuple[str, str]] | None = None,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
) -> dict[str, Any]:
    """The envelope that a raw request gets; signed unless headers are given."""
    headers = signed(query, body) if headers is None else headers
    fake_response = fake.handle(OPERATIONS[operation].method, target(operation, query), headers, body)
    said: dict[str, Any] = json.loads(fake_response.body)
    return said


def fitting(operation: str) -> tuple[list[tuple[str, str]], bytes]:
    """Query and body with everything that the operation requires."""
    sample = SAMPLES[operation]
    more: dict[str, dict[str, Any]] = {"reviews.create": {"rating": 5}, "customers.include": {"email": "é@example.com"}}
    members = sample.required_members
    formats = {"email": "é@example.com", "url": "https://example.com/é"}
    values = {**{name: formats.get(name, "é") for name in members or ()}, **more.get(operation, {})}
    body = b"" if members is None else json.dumps(values).encode()
    return [(name, "a b&ü") for name in sample.required_parameters], body


# --- every operation ---


def test_the_samples_know_every_operation() -> None:
    assert SAMPLES.keys() == OPERATIONS.keys()
    assert [operation for operation, sample in SAMPLES.items() if sample.is_paged] == PAGED


@pytest.mark.parametrize(("operation", "kind"), WITH_KINDS)
def test_every_operation_answers_both_clients_alike(operation: str, kind: str) -> None:
    fake = fake_at_now()
    value = call(fake.client(**settings_of(fake, kind)), operation)
    assert call_async(fake.async_client(**settings_of(fake, kind)), operation) == value
    made = {"media.image_upload_credentials": fake.storage.credentials()}
    data = made.get(operation, SAMPLES[operation].response.get("data"))
    as_received = value.to_dict() if hasattr(value, "to_dict") else value
    if isinstance(data, list):
        assert [item.to_dict() for item in value] == data
    else:
        assert as_received == data
    assert fake.processed == {operation: 2}
    assert [received.operation for received in fake.received] == [operation] * 2
    assert fake.received[0].body == fake.received[1].body


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_answer_has_an_envelope_of_its_own_and_the_date(operation: str) -> None:
    fake = fake_at_now()
    fake.clock_skew = 100
    (kind, *_) = OPERATIONS[operation].credentials or ("none",)
    client = fake.client(**settings_of(fake, kind))
    request = module_of(operation).build(**given_to(module_of(operation).build, operation))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnverifiedOperationWarning)
        replies = [client.send(request, module_of(operation).DECODER) for _ in range(2)]
    for number, fake_response in enumerate(replies, 1):
        envelope = json.loads(fake_response.content)
        assert (envelope["code"], envelope["message"]) == (0, "success")
        assert envelope["time"] == int(NOW) + 100
        assert envelope["request_id"] == f"{number:032x}"
        assert parsedate_to_datetime(fake_response.headers["Date"]).timestamp() == int(NOW) + 100
        assert fake_response.headers["Content-Type"] == "application/json"


# --- credentials ---


@pytest.mark.parametrize("operation", SIGNED)
def test_a_raw_request_that_is_rightly_signed_is_carried_out(operation: str) -> None:
    fake = fake_at_now()
    query, body = fitting(operation)
    assert ask(fake, operation, query, body)["code"] == 0
    assert fake.processed == {operation: 1}


@pytest.mark.parametrize("operation", SIGNED)
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"Sign": "0" * 64}, "Sign does not match query, timestamp and body"),
        ({"Sign": ""}, "Sign is missing"),
        ({"Public-Token": "EXAMPLE-other-token"}, "Public-Token is unknown"),
        ({"Public-Token": ""}, "Public-Token is missing"),
        ({"Timestamp": str(int(NOW) + 1)}, "Sign does not match query, timestamp and body"),
        ({"Timestamp": ""}, "Timestamp is missing"),
        (signed(timestamp="x"), "Timestamp is not within 900 s of the service's clock"),
        (signed(timestamp="9" * 5000), "Timestamp is not within 900 s of the service's clock"),
        ({"Authorization": "Bearer EXAMPLE-other"}, "Authorization is not a known hmac or bearer"),
        ({"Authorization": "EXAMPLE-access-token"}, "Authorization is not a known hmac or bearer"),
        ({"Authorization": "EXAMPLE-merchant-session"}, "Authorization is not a known hmac or bearer"),
    ],
)
def test_wrong_credentials_are_code_16(operation: str, changes: dict[str, str], said: str) -> None:
    fake = fake_at_now()
    query, body = fitting(operation)
    envelope = ask(fake, operation, query, body, signed(query, body) | changes)
    assert (envelope["code"], envelope["message"], "data" in envelope) == (16, said, False)
    assert not fake.processed
    assert [received.operation for received in fake.received] == [operation]


@pytest.mark.parametrize(
    ("age", "code"), [(-LIFETIME - 1, 16), (-LIFETIME, 0), (0, 0), (LIFETIME, 0), (LIFETIME + 1, 16)]
)
@pytest.mark.parametrize("operation", SIGNED)
def test_a_signature_lives_as_long_as_documented_both_ways(operation: str, age: int, code: int) -> None:
    query, body = fitting(operation)
    headers = signed(query, body, str(int(NOW) - age))
    assert ask(fake_at_now(), operation, query, body, headers)["code"] == code


@pytest.mark.parametrize("operation", SIGNED)
def test_a_client_with_another_private_token_is_refused(operation: str) -> None:
    fake = fake_at_now()
    with pytest.raises(UnauthenticatedError, match="Sign does not match"):
        call(fake.client(public_token="EXAMPLE-public-token", private_token="EXAMPLE-wrong"), operation)


@pytest.mark.parametrize(("operation", "kind"), BY_HEADER)
def test_tokens_in_the_authorization_header_are_compared_whole(operation: str, kind: str) -> None:
    fake = fake_at_now()
    right = {"bearer": "Bearer EXAMPLE-access-token", "merchant_session": "EXAMPLE-merchant-session"}
    query, body = fitting(operation)
    assert ask(fake, operation, query, body, {"authorization": right[kind]})["code"] == 0
    for wrong in (right[kind] + "x", right[kind][:-1], f"Bearer {right[kind]}", ""):
        assert ask(fake, operation, query, body, {"authorization": wrong})["code"] == 16
    if kind == "merchant_session":
        assert ask(fake, operation, query, body, {"authorization": right["bearer"]})["code"] == 16
        assert ask(fake, operation, query, body, signed(query, body))["message"] == "Authorization is missing"
    assert fake.processed == {operation: 1}


@pytest.mark.parametrize("operation", [op.id for op in OPERATIONS.values() if not op.credentials])
def test_operations_without_credentials_need_none(operation: str) -> None:
    query, body = fitting(operation)
    assert ask(fake_at_now(), operation, query, body, {})["code"] == 0


def test_bearer_is_tried_alone_when_there_is_one() -> None:
    fake = fake_at_now()
    assert ask(fake, "reviews.list", headers=signed() | {"Authorization": "Bearer wrong"})["code"] == 16
    forged = signed() | {"Sign": "0" * 64, "Authorization": "Bearer EXAMPLE-access-token"}
    assert ask(fake, "reviews.list", headers=forged)["code"] == 0


@steady
@given(
    st.binary(min_size=1),
    st.binary(),
    st.lists(st.tuples(st.text("ab%+&= é", min_size=1), st.text("ab%+&= é\U0001f600"))),
)
def test_a_request_signed_for_one_body_is_refused_with_another(
    body: bytes, other: bytes, query: list[tuple[str, str]]
) -> None:
    assume(body != other)
    fake = fake_at_now()
    path = target("webhooks.create", query)
    right = json.loads(fake.handle("POST", path, signed(query, body), body).body)
    wrong = json.loads(fake.handle("POST", path, signed(query, body), other).body)
    assert (right["code"] != 16, wrong["code"]) == (True, 16)


@steady
@given(st.lists(st.tuples(st.sampled_from(["keyword", "ratings"]), st.text()), min_size=1), st.data())
def test_a_request_signed_for_one_query_is_refused_with_another(
    query: list[tuple[str, str]], data: st.DataObject
) -> None:
    assume(all(not any("\ud800" <= character <= "\udfff" for character in value) for _, value in query))
    fake = fake_at_now()
    place = data.draw(st.integers(0, len(query) - 1))
    other = [*query[:place], (query[place][0], query[place][1] + "x"), *query[place + 1 :]]
    assert ask(fake, "reviews.list", query)["code"] == 0
    assert ask(fake, "reviews.list", other, headers=signed(query))["code"] == 16


def test_the_skewed_clock_refuses_what_is_signed_by_the_right_one() -> None:
    fake = fake_at_now()
    fake.clock_skew = LIFETIME + 60
    envelope = ask(fake, "reviews.list")
    assert (envelope["code"], envelope["time"]) == (16, int(NOW) + LIFETIME + 60)
    ahead = signed(timestamp=str(envelope["time"]))
    assert ask(fake, "reviews.list", headers=ahead)["code"] == 0
    assert fake.now() == NOW + LIFETIME + 60


def test_the_credentials_are_yours_to_choose() -> None:
    fake = FakeTrustoo(public_token="a", private_token="b", access_token="c", merchant_session="d")
    assert call(fake.client(), "reviews.list").list
    assert call(fake.client(access_token="c"), "reviews.list").list
    assert call(fake.client(), "tokens.public").public_token == "EXAMPLE-public-token"
    for wrong in ({"access_token": "x"}, {"public_token": "a", "private_token": "x"}):
        with pytest.raises(UnauthenticatedError):
            call(fake.client(**wrong), "reviews.list")
    with pytest.raises(UnauthenticatedError):
        call(fake.client(merchant_session="x"), "tokens.public")


def test_deliveries_are_of_the_shop_of_the_fake() -> None:
    made = FakeTrustoo(public_token="EXAMPLE-another", private_token=PRIVATE).deliveries().make({"list": []})
    assert made.headers[PUBLIC_TOKEN] == "EXAMPLE-another"
    WebhookVerifier(PRIVATE).verify(made.body, made.headers)


# --- input ---


@pytest.mark.parametrize("moment", ["2025-03-09 03:00:00", "1741489200"])
def test_times_are_compared_in_utc(moment: str) -> None:
    """In the zone of the tests, the clocks go forward at 2:00 on this day."""
    fake = FakeTrustoo(clock=lambda: NOW, state="empty")
    for name, created_at in (("a", "2025-03-09 02:30:00"), ("b", "2025-03-09 03:15:00")):
        fake.orders.add(name=name, created_at=created_at)
    page = ask(fake, "orders.list", [("start_time", moment)])["data"]
    assert [order["name"] for order in page["list"]] == ["b"]


@pytest.mark.parametrize(
    ("operation", "missing"),
    [(name, parameter) for name, sample in SAMPLES.items() for parameter in sample.required_parameters],
)
def test_a_missing_parameter_is_code_3(operation: str, missing: str) -> None:
    fake = fake_at_now()
    query = [pair for pair in fitting(operation)[0] if pair[0] != missing]
    envelope = ask(fake, operation, query)
    assert (envelope["code"], envelope["message"]) == (3, f"query parameter {missing} is missing")
    assert not fake.processed


@pytest.mark.parametrize(
    ("operation", "missing"),
    [(name, member) for name, sample in SAMPLES.items() for member in sample.required_members or ()],
)
def test_a_missing_member_is_code_3(operation: str, missing: str) -> None:
    fake = fake_at_now()
    kept = {name: "x" for name in SAMPLES[operation].required_members or () if name != missing}
    envelope = ask(fake, operation, body=json.dumps(kept).encode())
    assert (envelope["code"], envelope["message"]) == (3, f"member {missing} is missing")
    assert not fake.processed


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff", b"[" * 100_000])
@pytest.mark.parametrize("operation", [name for name, sample in SAMPLES.items() if sample.required_members is not None])
def test_a_body_that_is_no_object_is_code_3(operation: str, body: bytes) -> None:
    envelope = ask(fake_at_now(), operation, body=body)
    assert (envelope["code"], envelope["message"]) == (3, "the body is not a JSON object")


def test_the_credentials_are_looked_at_before_the_input() -> None:
    assert ask(fake_at_now(), "reviews.create", body=b"{}", headers={})["code"] == 16


@pytest.mark.parametrize("value", ["0", "-1", "x", "", "1.5", "9" * 5000])
@pytest.mark.parametrize("name", ["page", "page_size"])
@pytest.mark.parametrize("operation", PAGED)
def test_pages_have_positive_numbers(operation: str, name: str, value: str) -> None:
    envelope = ask(fake_at_now(), operation, [(name, value)])
    assert (envelope["code"], envelope["message"]) == (3, f"{name} is not a positive whole number")


def test_errors_have_the_status_that_was_asked_for() -> None:
    fake = fake_at_now(error_status=401)
    with pytest.raises(UnauthenticatedError) as caught:
        call(fake.client(access_token="x"), "reviews.list")
    assert caught.value.status == 401
    assert fake.handle("GET", target("reviews.list"), signed(), b"").status == 200
    assert fake_at_now().handle("GET", target("reviews.list"), {}, b"").status == 200


# --- routes ---


@pytest.mark.parametrize("path", ["/", "", "/api/v1/openapi/nothing", "/api/v1/openapi/get_reviews/", "//x"])
def test_an_unknown_path_is_404_without_an_envelope(path: str) -> None:
    fake = fake_at_now()
    fake_response = fake.handle("GET", f"{path}?a=1", signed(), b"")
    assert (fake_response.status, fake_response.headers["Content-Type"], b"code" in fake_response.body) == (
        404,
        "text/html",
        False,
    )
    assert [(received.operation, received.path) for received in fake.received] == [(None, path)]
    assert not fake.processed


@pytest.mark.parametrize("operation", OPERATIONS)
def test_another_method_is_405(operation: str) -> None:
    fake = fake_at_now()
    known = at(OPERATIONS[operation].path)
    for method in {"GET", "POST", "PUT", "DELETE", "HEAD"} - known.keys():
        fake_response = fake.handle(method, target(operation), signed(), b"")
        assert (fake_response.status, fake_response.headers["Allow"]) == (405, ", ".join(sorted(known)))
    assert not fake.processed


def test_paths_with_parameters_are_found_after_those_without() -> None:
    def operation(path: str) -> Operation:
        return Operation(path, "GET", path, (), (), "field", ())

    known = routes([operation("/r/{id}"), operation("/r/all"), operation("/r/{id}/a.b/{n}")])

    def found(path: str) -> list[str]:
        return [one.id for one in at(path, known).values()]

    assert found("/r/7") == found("/r/a%2Fb") == ["/r/{id}"]
    assert found("/r/all") == ["/r/all"]
    assert found("/r/1/a.b/2") == ["/r/{id}/a.b/{n}"]
    assert found("/r/") == found("/r/1/axb/2") == found("/r/1/2") == []


# --- what it answers ---


def test_an_answer_is_given_until_there_is_another() -> None:
    fake = fake_at_now()
    client = fake.client()
    fake.respond("reviews.get", {"id": 7, "author": "Zoë", "new": [1]})
    for _ in range(2):
        review = call(client, "reviews.get")
        assert (review.id, review.author, review.extra) == ("7", "Zoë", {"new": [1]})
    fake.respond("reviews.get", lambda received: {"id": dict(received.query)["id"]})
    assert call(client, "reviews.get", id="42").id == "42"
    fake.respond("reviews.get", review)
    assert call(client, "reviews.get") == review


def test_answers_are_utf_8() -> None:
    fake_response = fake_at_now().handle("GET", target("reviews.list"), signed(), b"")
    assert '"author":"Zoë Example"'.encode() in fake_response.body


def test_an_answer_that_is_no_json_says_so() -> None:
    fake = fake_at_now()
    fake.respond("reviews.get", {"id": object()})
    with pytest.raises(TypeError, match="cannot be written as JSON"):
        ask(fake, "reviews.get", [("id", "1")])
    assert not fake.processed


def test_an_answer_may_depend_on_what_was_carried_out_before() -> None:
    fake = fake_at_now()
    kept: list[Any] = []

    def create(received: Received) -> dict[str, str]:
        kept.append(received.json)
        fake.pages("reviews.list", kept)
        return {"id": str(len(kept))}

    fake.respond("reviews.create", create)
    client = fake.client()
    assert call(client, "reviews.create", author="Zoë").id == "1"
    assert [review.author for review in call(client, "reviews.list").list] == ["Zoë"]


def test_replies_wait_in_line_for_their_operation() -> None:
    fake = fake_at_now()
    client = fake.client()
    fake.respond_once("reviews.create", FakeResponse.of_json({"id": 5}))
    fake.respond_once("reviews.create", FakeResponse.of_json({"code": 6}, 409), processed=False)
    assert call(client, "reviews.get").id == "1001"
    with pytest.raises(UnauthenticatedError):
        call(fake.client(access_token="x"), "reviews.create")
    assert call(client, "reviews.create").id == "5"
    assert fake.processed["reviews.create"] == 1
    with pytest.raises(AlreadyExistsError):
        call(client, "reviews.create")
    assert fake.processed["reviews.create"] == 1
    assert call(client, "reviews.create").id == "1003"
    assert fake.processed == {"reviews.get": 1, "reviews.create": 2}


def test_a_reply_keeps_its_own_date() -> None:
    fake = fake_at_now()
    fake.respond_once("reviews.list", FakeResponse(headers={"Date": "yesterday"}))
    assert fake.handle("GET", target("reviews.list"), signed(), b"").headers["Date"] == "yesterday"


def test_unknown_operations_are_named() -> None:
    fake = FakeTrustoo()
    calls: list[Any] = [
        lambda: fake.respond("reviews.lst", {}),
        lambda: fake.pages("reviews.lst", []),
        lambda: fake.respond_once("reviews.lst", FakeResponse()),
    ]
    for wrong in calls:
        with pytest.raises(ArgumentError, match=r"The operation 'reviews\.lst' is unknown"):
            wrong()
    with pytest.raises(ArgumentError, match=r"reviews\.get is not paged"):
        fake.pages("reviews.get", [])


@pytest.mark.parametrize("operation", PAGED)
@pytest.mark.parametrize(
    ("items", "query", "first", "on_page", "total"),
    [
        (45, {}, 0, 20, 3),
        (45, {"page": 3}, 40, 5, 3),
        (45, {"page": 4}, 60, 0, 3),
        (45, {"page": 2, "page_size": 7}, 7, 7, 7),
        (40, {"page": 2}, 20, 20, 2),
        (0, {}, 0, 0, 0),
    ],
)
def test_pages(operation: str, items: int, query: dict[str, int], first: int, on_page: int, total: int) -> None:
    fake = fake_at_now()
    fake.pages(operation, ({"customer_id": str(number)} for number in range(items)))
    page = ask(fake, operation, [(name, str(value)) for name, value in query.items()])["data"]
    assert page["list"] == [{"customer_id": str(number)} for number in range(first, first + on_page)]
    about = {"page": 1, "page_size": 20, "total_page": total, "count": items} | query
    assert page["page"] == about


@pytest.mark.parametrize("operation", PAGED)
def test_the_sample_is_one_page(operation: str) -> None:
    second = ask(fake_at_now(), operation, [("page", "2")])["data"]
    assert second == {"page": {"page": 2, "page_size": 20, "total_page": 1, "count": 1}, "list": []}


# --- what it remembers ---


def test_what_was_received_is_kept_as_it_came() -> None:
    fake = fake_at_now()
    client = fake.client()
    call(client, "reviews.list", product_ids=["1", "2"], keyword="Zoë & co")
    call(client, "reviews.create", author="Zoë")
    read, written = fake.received
    assert (read.operation, read.method, read.path) == ("reviews.list", "GET", "/api/v1/openapi/get_reviews")
    assert read.query == (("product_ids", "1"), ("product_ids", "2"), ("keyword", "Zoë & co"))
    assert (read.body, read.json) == (b"", None)
    assert read.headers["public-token"] == read.headers["Public-Token"] == "EXAMPLE-public-token"
    assert written.json == {"rating": 5, "author": "Zoë"}
    assert json.loads(written.body) == written.json


def test_threads_share_a_fake() -> None:
    fake = FakeTrustoo()
    client = fake.client()
    switch = sys.getswitchinterval()

    def many(thread: int) -> list[str | None]:
        module = module_of("reviews.list")
        return [
            client.send(module.build(keyword=f"{thread}-{number}"), module.DECODER).request_id for number in range(200)
        ]

    try:
        sys.setswitchinterval(1e-6)
        with ThreadPoolExecutor(8) as pool:
            ids = [one for some in pool.map(many, range(8)) for one in some]
    finally:
        sys.setswitchinterval(switch)
    assert len(set(ids)) == 1600
    assert {value for received in fake.received for _, value in received.query} == {
        f"{thread}-{number}" for thread in range(8) for number in range(200)
    }
    assert (len(fake.received), fake.processed) == (1600, {"reviews.list": 1600})


# --- clients ---


def test_its_clients_have_its_clock_and_take_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTOO_BASE_URL", "https://elsewhere.example.com")
    monkeypatch.setenv("TRUSTOO_ACCESS_TOKEN", "EXAMPLE-of-the-machine")
    fake = fake_at_now()
    assert call(fake.client(), "reviews.list").list
    assert fake.received[0].headers["Timestamp"] == str(int(NOW))
    assert fake.received[0].headers["Host"] == "fake.trustoo.invalid"
    assert call(fake.client(base_url="https://other.invalid"), "reviews.list").list
    assert fake.received[1].headers["Host"] == "other.invalid"
    with suppress(UnauthenticatedError):  # or the client sets its clock right
        call(fake.client(clock=lambda: NOW - LIFETIME - 1), "reviews.list")
    assert fake.received[2].headers["Timestamp"] == str(int(NOW) - LIFETIME - 1)


def test_wrong_input_raises_in_the_client() -> None:
    with pytest.raises(InvalidArgumentError, match="page is not a positive whole number"):
        call(fake_at_now().client(), "reviews.list", page=0)


def test_importing_trustoo_leaves_the_fake_alone() -> None:
    code = "import sys, trustoo; assert 'trustoo.testing' not in sys.modules; import trustoo.testing"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_a_sample_is_a_copy_of_the_specs_data() -> None:
    fake = FakeTrustoo(state="off")
    fake.sample("reviews.list")["list"].clear()
    assert fake.sample("reviews.list") == SAMPLES["reviews.list"].response["data"]
    assert fake.sample("reviews.list")["list"]
    with pytest.raises(ArgumentError, match=r"The operation 'reviews\.lst' is unknown"):
        fake.sample("reviews.lst")
