"""The live mode reads slowly, tells every difference, keeps no value and cannot write: `contract_tests/live`."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import uvicorn
from trustoo import OutcomeUnknownError, canonical_string
from trustoo.credentials import Credentials
from trustoo.testing import FakeResponse, FakeTrustoo, Fault, Received
from trustoo.testing.checks import RefusedError
from trustoo_api.operations import OPERATIONS

from contract_tests.live import differences, run
from contract_tests.live.__main__ import main
from contract_tests.live.guard import ForbiddenError, Guard
from contract_tests.live.plan import plan
from contract_tests.live.shapes import WITHHELD, safe_name, shape_of
from contract_tests.support.pictures import PNG
from contract_tests.support.spec import SPEC, data_schema
from contract_tests.vectors.forms import read_recorded

ROOT = Path(__file__).resolve().parents[2]
CALLED = [
    "oauth.authorize_url",
    "reviews.list",
    "media.image_upload_credentials",
    "orders.list",
    "customer_events.list",
    "reviews.get",
    "reviews.rating",
]
PROBES = [
    "reviews.list, reserved characters",
    "reviews.list, two values of one parameter",
    "reviews.list, wrong signature",
]
SIGNED = [*CALLED, *["reviews.list"] * len(PROBES)]
"""The operations of a run with the shop's tokens."""
Difference = tuple[str, str, str, str]


@dataclass
class Live:
    """The live mode against a fake service, on a clock that only its waits and the service's responses move."""

    fake: FakeTrustoo
    report_file: Path
    capsys: pytest.CaptureFixture[str]
    inner: httpx.BaseTransport | None = None
    took: float = 0.0
    """Seconds that each response takes."""
    now: float = 0.0
    started: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    out: str = ""

    def run(self, *arguments: str, **environment: str) -> int:
        """The exit code; what was printed, report included, is in `out`."""
        self.report_file.unlink(missing_ok=True)
        tokens = self.fake.tokens
        given = {
            "LIVE": "1",
            "TRUSTOO_PUBLIC_TOKEN": tokens.public_token,
            "TRUSTOO_PRIVATE_TOKEN": tokens.private_token,
        }
        line = [f"--report={self.report_file}", *arguments]
        code = main(line, given | environment, _Timed(self), lambda: self.now, self.sleep)
        printed = self.capsys.readouterr()
        self.out = printed.out + printed.err
        return code

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    @property
    def text(self) -> str:
        return self.report_file.read_text(encoding="utf-8")

    @property
    def calls(self) -> dict[str, Any]:
        return {call["call"]: call for call in json.loads(self.text)["calls"]}

    @property
    def differences(self) -> set[Difference]:
        return {
            (name, one["place"], one["kind"], one["detail"])
            for name, call in self.calls.items()
            for one in call["differences"]
        }


class _Timed(httpx.BaseTransport):
    def __init__(self, live: Live) -> None:
        self._live = live

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._live.started.append(self._live.now)
        self._live.now += self._live.took
        return (self._live.inner or self._live.fake.transport).handle_request(request)


def answer(data: object, **headers: str) -> FakeResponse:
    """A response of the service with this `data`."""
    made = FakeResponse.of_json({"code": 0, "message": "success", "request_id": "0" * 32, "data": data})
    return replace(made, headers={**made.headers, **headers})


@pytest.fixture
def live(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Live:
    return Live(FakeTrustoo(), tmp_path / "report" / "live.json", capsys)


def test_the_service_as_described_gives_no_difference(live: Live) -> None:
    assert live.run() == 0, live.out
    assert [received.operation for received in live.fake.received] == SIGNED
    assert {received.method for received in live.fake.received} == {"GET"}
    assert list(live.calls) == CALLED + PROBES
    assert live.differences == set()
    signed = {name: call["signature"] for name, call in live.calls.items()}
    expected = dict.fromkeys(CALLED + PROBES, "accepted")
    assert signed == expected | {"oauth.authorize_url": "not signed", PROBES[-1]: "refused"}
    assert "At most 13 reads from rapi.trustoo.io with public token EXAM..., 1 a second at most." in live.out


def test_two_runs_give_the_same_report(live: Live) -> None:
    live.run()
    first = live.text
    live.run()
    assert live.text == first


def test_only_reads_with_a_documented_path_are_planned() -> None:
    for kind in ("hmac", "bearer"):
        steps, left_out = plan(kind)
        listings = [f"{name}, page 2" for name in ("reviews.list", "orders.list", "customer_events.list")]
        assert [step.name for step in steps] == CALLED + listings + (PROBES if kind == "hmac" else [])
        reads = {name for name, (_, method, _) in SPEC.by_id.items() if method == "get"}
        assert left_out.keys() == reads - set(CALLED)
        assert all(SPEC.by_id[name][2]["x-evidence"] == "documented" for name in CALLED)
    for name in ("oauth.authorize", "tokens.private", "webhooks.list", "platform.authorization_info"):
        assert name in left_out


def test_ids_come_from_the_listing(live: Live) -> None:
    live.fake.respond_once("reviews.list", answer({"list": [{"rating": 5}, {"id": 77, "product_id": "88"}]}))
    live.fake.respond("reviews.get", {"id": "77"})
    assert live.run() == 0, live.out
    requested = {received.operation: dict(received.query) for received in live.fake.received}
    assert requested["reviews.get"] == {"id": "77"}
    assert requested["reviews.rating"] == {"product_id": "88"}


def test_without_an_id_a_call_is_left_out(live: Live) -> None:
    live.fake.pages("reviews.list", [])
    assert live.run() == 0, live.out
    requested = {received.operation: dict(received.query) for received in live.fake.received}
    assert "reviews.get" not in requested
    assert requested["reviews.rating"] == {"is_store_rating": "1"}
    assert json.loads(live.text)["not_called"]["reviews.get"] == "reviews.list gave no id to call it with"


# ---------------------------------------------------------------- differences


def test_seeded_differences_are_told_and_no_others(live: Live) -> None:
    page = {"page": 1, "page_size": "20"}
    review = {
        "id": ["x"],
        "shade": "MARK-1",
        "rating": "5",
        "source": "MARK",
        "created_at": "20 June",
        "reply": {"a": 1},
    }
    live.fake.respond_once("reviews.list", answer({"page": page, "list": [review, {"id": "1", "shade": 7}]}))
    live.fake.respond("orders.list", {"page": page})
    live.fake.respond("reviews.rating", {"rating_value": 4.5, "review_count": 4.5, "star1_count": 1.0})
    live.fake.respond("customer_events.list", [])
    live.fake.respond_once("oauth.authorize_url", FakeResponse.of_json({"code": 0, "message": None, "data": {}}))
    live.fake.respond_once("reviews.get", FakeResponse.of_json({"code": 5, "message": 1, "why": "MARK-2"}))
    assert live.run() == 1
    assert live.differences == {
        ("reviews.list", "data.page.page_size", "other type", "string (digits) instead of integer"),
        ("reviews.list", "data.list[].id", "other type", "array instead of integer or string"),
        ("reviews.list", "data.list[].shade", "unknown member", "string (text)"),
        ("reviews.list", "data.list[].shade", "unknown member", "integer"),
        ("reviews.list", "data.list[].rating", "other type", "string (digits) instead of number"),
        ("reviews.list", "data.list[].source", "unknown enum value", ""),
        ("reviews.list", "data.list[].created_at", "other type", "string (text) instead of an instant"),
        ("reviews.list", "data.list[].reply.a", "unknown member", "integer"),
        ("orders.list", "data.page.page_size", "other type", "string (digits) instead of integer"),
        ("orders.list", "data.list", "missing member", ""),
        ("reviews.rating", "data.rating_value", "other type", "number instead of string"),
        ("reviews.rating", "data.review_count", "other type", "number instead of integer"),
        ("customer_events.list", "data", "other type", "array instead of object"),
        ("oauth.authorize_url", "message", "other type", "null instead of string"),
        ("oauth.authorize_url", "request_id", "missing member", ""),
        ("reviews.get", "message", "other type", "integer instead of string"),
        ("reviews.get", "why", "unknown member", "string (text)"),
    }
    assert "data.list[].shade: unknown member (string (text))" in live.out
    assert (live.calls["reviews.get"]["code"], live.calls["reviews.get"]["client"]) == (5, "NotFoundError")
    assert live.calls["reviews.list"]["client"] == "ResponseDecodeError"


def test_members_that_may_be_missing_are_listed_but_are_no_difference(live: Live) -> None:
    live.fake.respond("reviews.rating", {"rating_value": "5"})
    assert live.run() == 0, live.out
    assert "data.star1_count" in live.calls["reviews.rating"]["not_seen"]
    assert "data.rating_value" not in live.calls["reviews.rating"]["not_seen"]


def test_an_response_that_is_no_json_has_no_shape(live: Live) -> None:
    live.fake.fail(Fault.garbage(), operation="orders.list")
    assert live.run() == 1
    call = live.calls["orders.list"]
    assert (call["client"], call["shape"], call["signature"]) == ("ResponseDecodeError", None, "unclear")
    assert [received.operation for received in live.fake.received] == SIGNED


@pytest.mark.parametrize(
    ("value", "shown"), [("review_hidden", "review_hidden"), ("a@b.example", ""), ("order 66", ""), ("x" * 41, "")]
)
def test_a_value_is_shown_for_a_documented_open_enumeration_when_it_looks_like_one(value: str, shown: str) -> None:
    schema = data_schema("webhooks.list")
    assert schema is not None
    found = differences.compare(schema, [{"topic": value}, {"topic": "review/created"}], "data")
    assert found.differences == {differences.Difference("data[].topic", "unknown enum value", shown)}


# ---------------------------------------------------------------- what was asked


def reviews(number: int, product: str = "88") -> list[dict[str, Any]]:
    return [{"id": str(n), "product_id": product} for n in range(1000, 1000 + number)]


PAGED = {"page": {"page": 1, "page_size": 10, "total_page": 3, "count": 25}, "list": reviews(10)}
RATING = {"rating_value": "4.5", "review_count": 4} | {f"star{n}_count": 2 * (n > 3) for n in range(1, 6)}


def with_figures(**figures: int) -> dict[str, Any]:
    return PAGED | {"page": PAGED["page"] | figures}  # type: ignore[operator]


def test_a_healthy_shop_with_several_pages_and_products_has_no_difference(live: Live) -> None:
    for n in range(25):
        live.fake.reviews.add(rating=1 + n % 5, product_id=str(11 * (1 + n % 3)), author="a b&c+")
    assert live.run() == 0, live.out
    sent = {(received.operation, received.query) for received in live.fake.received}
    assert ("reviews.list", (("page", "2"), ("page_size", "10"))) in sent
    assert live.calls["reviews.list, page 2"]["differences"] == []


SEMANTIC_FAULTS: list[tuple[str, FakeResponse, tuple[str, str, str]]] = [
    (
        "reviews.list",
        answer(with_figures(page=2)),
        ("data.page.page", "other page", "not the page that was asked for"),
    ),
    (
        "reviews.list",
        answer(with_figures(page_size=20, total_page=2) | {"list": reviews(20)}),
        ("data.page.page_size", "page size", "not the size that was asked for"),
    ),
    ("reviews.list", answer({"list": reviews(11)}), ("data.list", "page size", "more entries than were asked for")),
    (
        "reviews.list",
        answer(with_figures(total_page=2)),
        ("data.page.total_page", "sum", "not the number of pages that count and page_size give"),
    ),
    (
        "reviews.list",
        answer(with_figures(count=9, total_page=1)),
        ("data.list", "sum", "not the number of entries that count, page and page_size give"),
    ),
    ("reviews.get", answer({"id": "4711"}), ("data.id", "other id", "not the id that was asked for")),
    (
        "reviews.rating",
        answer(RATING | {"review_count": 5}),
        ("data.review_count", "sum", "not the sum of the star counts"),
    ),
    (
        "reviews.rating",
        answer(RATING | {"rating_value": "4.7"}),
        ("data.rating_value", "sum", "not the average of the star counts"),
    ),
    (
        "media.image_upload_credentials",
        answer({"expire": "1700000000"}, Date="Tue, 14 Nov 2023 22:13:20 GMT"),
        ("data.expire", "expired", "not later than the time of the response"),
    ),
    (
        "orders.list",
        answer({"page": {}, "list": []}, **{"Content-Type": "text/html; charset=utf-8"}),
        ("header Content-Type", "content type", "text/html instead of application/json"),
    ),
    (
        "orders.list",
        answer({"page": {}, "list": []}, **{"Content-Type": "application/MARK.918"}),
        ("header Content-Type", "content type", "another type instead of application/json"),
    ),
    (
        "orders.list",
        answer({"page": {}, "list": []}, **{"X-RateLimit-Remaining": "59"}),
        ("header x-ratelimit-remaining", "rate limit", "59"),
    ),
    (
        "orders.list",
        answer({"page": {}, "list": []}, **{"RateLimit-Policy": "10;w=1;pk=shop"}),
        ("header ratelimit-policy", "rate limit", "value withheld"),
    ),
    (
        "orders.list",
        answer({"page": {}, "list": []}, **{"Retry-After": "5"}),
        ("header retry-after", "rate limit", "5"),
    ),
    (
        "reviews.list",
        FakeResponse.of_json({"code": 0, "message": "OK", "request_id": "1"}),
        ("data", "missing member", ""),
    ),
    (
        "orders.list",
        FakeResponse.of_json({"code": 0, "message": "OK", "request_id": "1"}),
        ("data", "missing member", ""),
    ),
]


@pytest.mark.parametrize(("operation", "response", "difference"), SEMANTIC_FAULTS)
def test_a_response_to_something_else_is_a_difference(
    operation: str, response: FakeResponse, difference: tuple[str, str, str], live: Live
) -> None:
    live.fake.respond_once(operation, response)
    assert live.run() == 1
    assert {one for one in live.differences if one[0] == operation} >= {(operation, *difference)}
    others = {"data.list"} if difference[0] == "data.page.page_size" else set()
    assert {one[1] for one in live.differences} == {difference[0], *others}
    assert f"  {difference[0]}: {difference[1]}" in live.out


def test_a_service_that_ignores_the_page_is_found_on_the_second_page(live: Live) -> None:
    for _ in range(25):
        live.fake.reviews.add(rating=5, product_id="11")
    live.fake.respond("reviews.list", {"list": reviews(10, "11")})
    assert live.run() == 1
    assert ("reviews.list, page 2", "data.list", "other page", "only entries of the first page") in live.differences


@pytest.mark.parametrize(
    ("found", "detail"),
    [
        (["11", "33"], "not one of the products that were asked for"),
        (["22", "22"], "only some of the products that were asked for"),
        (["22", "11"], ""),
        ([], ""),
    ],
)
def test_the_products_of_the_returned_reviews_are_compared(found: list[str], detail: str, live: Live) -> None:
    def filtered(received: Received) -> object:
        products = found if received.values("product_ids") else [] if received.values("keyword") else ["11", "22"]
        return {"list": [{"id": str(n), "product_id": product} for n, product in enumerate(products)][:10]}

    live.fake.respond("reviews.list", filtered)
    live.fake.respond("reviews.get", {"id": "0"})
    live.fake.respond("reviews.rating", RATING)
    assert live.run() == (1 if detail else 0), live.out
    expected = {(PROBES[1], "data.list[].product_id", "other id", detail)} if detail else set()
    assert live.differences == expected


def test_a_response_that_the_client_cannot_read_is_never_without_a_difference(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "compare_response", lambda *given: differences.Findings())
    live.fake.respond("orders.list", {"page": {}, "list": 5})
    assert live.run() == 1
    assert ("orders.list", "", "not readable", "the client cannot read the response") in live.differences


# ---------------------------------------------------------------- the signature

RULE = "trustoo.testing.checks.canonical_string"


def encodes(query: Any, timestamp: str, body: bytes | None = None) -> bytes:
    """The rule of a service that signs values as they stand in the URL."""
    return canonical_string([(name, quote(value, safe="")) for name, value in query], timestamp, body)


def takes_the_last(query: Any, timestamp: str, body: bytes | None = None) -> bytes:
    """The rule of a service that has one value for each name."""
    return canonical_string(dict(query).items(), timestamp, body)


def test_accepted_probes_settle_the_signature(live: Live) -> None:
    assert live.run() == 0
    answers = json.loads(live.text)["signature"]
    assert [(one["question"], one["accepted"]) for one in answers] == [
        ("reserved characters", True),
        ("two values of one parameter", True),
    ]
    assert all(one["learnt"].startswith("Settled: ") for one in answers)
    assert "  reserved characters: Settled: the service expects that values are signed as they are" in live.out
    keyword, products, control = live.fake.received[-3:]
    assert dict(keyword.query)["keyword"] == "a b&c+"
    assert len(products.values("product_ids")) == 2
    assert [received.method for received in (keyword, products, control)] == ["GET"] * 3


@pytest.mark.parametrize(("rule", "accepted"), [(encodes, [False, True]), (takes_the_last, [True, False])])
def test_a_refused_probe_shows_another_rule_and_does_not_stop_the_run(
    rule: Callable[..., bytes], accepted: list[bool], live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RULE, rule)
    assert live.run() == 1
    report = json.loads(live.text)
    assert [one["accepted"] for one in report["signature"]] == accepted
    assert report["stopped"] == ""
    assert len(live.started) == len(SIGNED)
    assert "Refused: the service does not expect that" in live.out


def test_a_wrong_signature_that_is_accepted_is_a_difference(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trustoo.testing.checks._signature_error", lambda *given: None)
    assert live.run() == 1
    assert live.differences == {(PROBES[-1], "", "signature not checked", "a wrong signature was accepted")}
    assert all(one["learnt"].startswith("Not settled: ") for one in json.loads(live.text)["signature"])


def test_a_wrong_signature_may_be_refused_with_another_code(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trustoo.testing.service.UNAUTHENTICATED", 3)
    assert live.run() == 0, live.out
    assert live.calls[PROBES[-1]]["client"] == "InvalidArgumentError"
    assert all(one["learnt"].startswith("Settled: ") for one in json.loads(live.text)["signature"])


def test_a_probe_that_ends_otherwise_is_not_answered(live: Live) -> None:
    def page(received: Received) -> object:
        if received.values("keyword"):
            raise RefusedError(8, "no searches today")
        return {"page": {}, "list": []}

    live.fake.respond("reviews.list", page)
    assert live.run() == 1
    assert [one["accepted"] for one in json.loads(live.text)["signature"]] == [None, True]


def test_a_response_that_differs_from_the_spec_answers_a_probe_too(live: Live) -> None:
    live.fake.respond("reviews.list", {"page": {}, "list": [{"rating": "five"}]})
    assert live.run() == 1
    assert {call["client"] for name, call in live.calls.items() if name in PROBES[:2]} == {"ResponseDecodeError"}
    assert all(one["learnt"].startswith("Settled: ") for one in json.loads(live.text)["signature"])


# ---------------------------------------------------------------- no values


def _every_leaf_marked(value: Any, marks: Iterator[int]) -> Any:
    """The same shape of other values, each of which can be found again."""
    if isinstance(value, dict):
        return {name: _every_leaf_marked(member, marks) for name, member in value.items()} | {
            f"key{next(marks)}@mark.example": "x",
            str(next(marks)): {"y": 1},
        }
    if isinstance(value, list):
        return [_every_leaf_marked(item, marks) for item in value]
    number = next(marks)
    if isinstance(value, str) and value.isdecimal():
        return f"{number}"  # an id, with which the next call is made
    if isinstance(value, str):
        forms = (f"MARK{number}", f"{number}", f"m{number}@mark.example", f"https://mark.example/{number}")
        return forms[number % len(forms)]
    return number if isinstance(value, int) and not isinstance(value, bool) else value


@pytest.mark.parametrize("code", [0, 918273645])
def test_no_value_of_any_response_is_kept(code: int, live: Live) -> None:
    marks = itertools.count(918_200_000)

    def marked(request: httpx.Request) -> httpx.Response:
        response = live.fake.transport.handle_request(request)
        content = _every_leaf_marked(response.json(), marks) | {"code": code}
        return httpx.Response(200, json=content, headers={"X-Mark": "MARK", "Date": response.headers["Date"]})

    live.inner = httpx.MockTransport(marked)
    assert live.run() == 1
    assert len(live.started) == len(SIGNED), live.out
    noted = live.out + live.text
    for trace in ("MARK", "9182", "918273645", "mark.example", "@"):
        assert trace not in noted, trace
    assert WITHHELD in noted
    tokens = live.fake.tokens
    assert tokens.private_token not in noted
    assert tokens.public_token not in noted


@pytest.mark.parametrize(
    "name", ["a@b.example", "10000000001", "gid://shopify/Product/1", "Zoë", "abc123", "a" * 41, "", "two words"]
)
def test_a_name_that_could_be_data_is_withheld(name: str) -> None:
    assert safe_name(name) == WITHHELD
    assert name not in json.dumps(shape_of({name: 1}).to_json()) or name == ""


def test_names_of_the_spec_and_plain_ones_are_shown() -> None:
    assert [safe_name(name) for name in ("star1_count", "new_member", "url2")] == ["star1_count", "new_member", "url2"]
    keys = {f"name_{chr(97 + number // 26)}{chr(97 + number % 26)}": 1 for number in range(61)}
    assert list(shape_of(keys).to_json()["members"]) == [WITHHELD]


def test_lengths_are_told_by_magnitude() -> None:
    lengths = [shape_of(["x"] * number).lengths for number in (0, 1, 2, 9, 10, 99, 100, 5000)]
    assert [one for (one,) in lengths] == ["0", "1", "2-9", "2-9", "10-99", "10-99", "100 or more", "100 or more"]


def test_a_fault_of_the_tool_does_not_quote_a_response(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(operation: str, response: Any) -> Any:
        raise LookupError(f"MARK {response}")

    monkeypatch.setattr(run, "compare_response", faulty)
    assert live.run() == 1
    assert "A fault of this tool: LookupError at test_live.py" in live.out
    assert "MARK" not in live.out
    assert not live.report_file.exists()


# ---------------------------------------------------------------- RECORD=1


def test_a_recording_holds_vectors_of_all_calls_and_no_value(live: Live, tmp_path: Path) -> None:
    vectors, examples = tmp_path / "vectors" / "recorded.json", tmp_path / "report" / "examples.yaml"
    for n in range(12):
        live.fake.reviews.add(rating=5, author=f"MARK {n}", author_email=f"m{n}@mark.example", product_id=f"9182{n:05}")
    assert live.run(f"--record={vectors}") == 0, live.out
    recorded = read_recorded(vectors.parent)
    assert {case.operation for case in recorded.requests} == set(CALLED)
    assert {case.operation for case in recorded.responses} == set(CALLED)
    # The read with a wrong signature shows what a refusal looks like.
    assert [case.error.class_ for case in recorded.responses if case.error is not None] == ["UnauthenticatedError"]
    assert "reviews.list" in examples.read_text(encoding="utf-8")
    for text in (live.out, live.text, vectors.read_text(encoding="utf-8"), examples.read_text(encoding="utf-8")):
        for trace in ("MARK", "mark.example", "9182"):
            assert trace not in text
    first = vectors.read_text(encoding="utf-8")
    assert live.run(f"--record={vectors}") == 0, live.out
    assert vectors.read_text(encoding="utf-8") == first


def test_tokens_of_a_shop_are_in_no_recording(live: Live, tmp_path: Path) -> None:
    tokens = {"TRUSTOO_PUBLIC_TOKEN": "MARK-public-QZX", "TRUSTOO_PRIVATE_TOKEN": "MARK-private-QZX"}
    live.fake.tokens = replace(live.fake.tokens, public_token="MARK-public-QZX", private_token="MARK-private-QZX")
    assert live.run(f"--record={tmp_path / 'recorded.json'}", **tokens) == 0, live.out
    assert "QZX" not in live.text + (tmp_path / "recorded.json").read_text(encoding="utf-8")
    assert "MARK" not in live.text + (tmp_path / "recorded.json").read_text(encoding="utf-8")


def test_vectors_that_cannot_be_read_end_the_run_before_it_starts(live: Live, tmp_path: Path) -> None:
    (tmp_path / "recorded.json").write_text("{}", encoding="utf-8")
    assert live.run(f"--record={tmp_path / 'recorded.json'}") == 2
    assert live.out.startswith("Nothing was sent. ")
    assert not live.fake.received


def test_nothing_is_recorded_unless_asked(live: Live) -> None:
    live.run()
    assert [path.name for path in live.report_file.parent.iterdir()] == ["live.json"]


def test_a_response_that_breaks_off_is_a_failed_call(live: Live, tmp_path: Path) -> None:
    live.fake.fail(Fault.truncated(after=20), operation="orders.list")
    assert live.run(f"--record={tmp_path / 'recorded.json'}") == 1
    assert live.calls["orders.list"]["client"] == "NetworkError"
    assert len(live.started) == len(SIGNED)


# ---------------------------------------------------------------- pace


@pytest.mark.parametrize(("rate", "took", "spacing"), [("1", 0.3, 1.0), ("4", 0.0, 0.25), ("1", 2.5, 2.5)])
def test_requests_are_spaced(rate: str, took: float, spacing: float, live: Live) -> None:
    live.took = took
    assert live.run(f"--rate={rate}") == 0
    assert len(live.started) == len(SIGNED)
    gaps = [later - earlier for earlier, later in itertools.pairwise(live.started)]
    assert gaps == pytest.approx([spacing] * (len(SIGNED) - 1))


def test_a_repeat_for_the_clock_waits_its_turn_too(live: Live) -> None:
    live.fake.clock_skew = 1200
    assert live.run() == 0, live.out
    assert [received.operation for received in live.fake.received] == [*CALLED[:2], *SIGNED[1:-1], *SIGNED[-1:] * 2]
    gaps = [later - earlier for earlier, later in itertools.pairwise(live.started)]
    assert gaps == pytest.approx([1.0] * (len(SIGNED) + 1))


@pytest.mark.parametrize("rate", ["0", "-1", "6", "nan", "inf", "x"])
def test_a_rate_that_hammers_is_refused(rate: str, live: Live) -> None:
    with pytest.raises(SystemExit):
        live.run(f"--rate={rate}")
    assert not live.fake.received


# ---------------------------------------------------------------- ends


def test_refused_tokens_end_the_run(live: Live) -> None:
    assert live.run(TRUSTOO_PRIVATE_TOKEN="EXAMPLE-of-another-shop") == 1
    assert [received.operation for received in live.fake.received] == CALLED[:2]
    assert (
        "Stopped, and nothing more was sent. The signature or tokens were refused at reviews.list (HTTP 200, code 16). "
        "Check that both tokens are this shop's" in live.out
    )
    assert live.calls["reviews.list"]["signature"] == "refused"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.status(401), "refused at reviews.list (HTTP 401, no code)"),
        (Fault.status(429), "The service asked for fewer requests at reviews.list (HTTP 429)"),
        (Fault.refused(), "No response arrived at reviews.list (ConnectError)"),
        (Fault.timeout(processed=True), "No response arrived at reviews.list (RequestTimeoutError)"),
    ],
    ids=lambda given: getattr(given, "name", ""),
)
def test_what_would_not_get_better_ends_the_run(fault: Fault, words: str, live: Live) -> None:
    live.fake.fail(fault, operation="reviews.list")
    assert live.run() == 1
    assert words in live.out
    assert len(live.started) == 2
    assert json.loads(live.text)["stopped"]


def test_other_failures_end_one_call_and_are_not_repeated(live: Live) -> None:
    live.fake.fail(Fault.status(503), operation="orders.list")
    live.fake.fail(Fault.code(13), operation="customer_events.list")
    assert live.run() == 1
    assert len(live.started) == len(SIGNED)
    assert live.calls["orders.list"]["client"] == "HTTPStatusError"
    assert live.calls["customer_events.list"]["client"] == "InternalError"


def test_an_unsigned_call_that_wants_credentials_does_not_end_the_run(live: Live) -> None:
    live.fake.fail(Fault.code(16), operation="oauth.authorize_url")
    assert live.run() == 1
    assert len(live.started) == len(SIGNED)


def test_an_access_token_is_never_shown(live: Live) -> None:
    line, environment = [f"--report={live.report_file}"], {"LIVE": "1", "TRUSTOO_ACCESS_TOKEN": "EXAMPLE-access-token"}
    assert main(line, environment, _Timed(live), lambda: live.now, live.sleep) == 0
    noted = live.capsys.readouterr().out + live.text
    assert "At most 10 reads from rapi.trustoo.io with an access token, 1 a second at most." in noted
    assert "EXAM" not in noted
    assert {call["signature"] for call in live.calls.values()} == {"not signed"}


# ---------------------------------------------------------------- consent

TOKENS = {"TRUSTOO_PUBLIC_TOKEN": "EXAMPLE-public-token", "TRUSTOO_PRIVATE_TOKEN": "EXAMPLE-private-token"}


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "it wants both"),
        ({"LIVE": "1"}, "it wants both"),
        (TOKENS, "it wants both"),
        (TOKENS | {"LIVE": "0"}, "it wants both"),
        (TOKENS | {"LIVE": ""}, "it wants both"),
        ({"LIVE": "1", "TRUSTOO_PUBLIC_TOKEN": "EXAMPLE-public-token"}, "private_token is missing"),
        (TOKENS | {"LIVE": "1", "TRUSTOO_ACCESS_TOKEN": "EXAMPLE-access-token"}, "give one kind"),
        (TOKENS | {"LIVE": "1", "TRUSTOO_BASE_URL": "ftp://example.com"}, "base_url must look like"),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, dict) else "",
)
def test_nothing_starts_without_consent(
    environment: dict[str, str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fake, file = FakeTrustoo(), tmp_path / "live.json"
    assert main([f"--report={file}"], environment, fake.transport) == 2
    noted = capsys.readouterr()
    assert noted.out == ""
    assert noted.err.startswith("Nothing was sent.")
    assert words in noted.err
    assert not fake.received
    assert not file.exists()


@pytest.mark.parametrize(
    ("arguments", "environment", "is_live"),
    [(["LIVE=1"], {}, True), ([], {"LIVE": "1"}, False), (["LIVE="], {}, False), ([], {}, False)],
)
def test_make_wants_live_on_its_command_line(arguments: list[str], environment: dict[str, str], is_live: bool) -> None:
    command = ["make", "--dry-run", "contract", *arguments]
    made = {name: value for name, value in os.environ.items() if name not in ("LIVE", "MAKEFLAGS", "MAKELEVEL")}
    done = subprocess.run(
        command, cwd=ROOT, env=made | environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert ("contract_tests.live" in done.stdout) is is_live
    assert ("pytest contract_tests" in done.stdout) is not is_live


# ---------------------------------------------------------------- no writes


@pytest.fixture
def guarded() -> tuple[run.Run, FakeTrustoo]:
    fake = FakeTrustoo()
    steps, _ = plan("hmac")
    base_url = "https://fake.trustoo.invalid"
    guard = Guard([step.operation for step in steps], base_url, 0.0, fake.transport)
    tokens = Credentials(fake.tokens.public_token, fake.tokens.private_token)
    return run.Run(tokens, base_url, guard), fake


@pytest.mark.parametrize(
    "write",
    [
        lambda shop: shop.reviews.create(rating=5, author="Zoë"),
        lambda shop: shop.customers.unsubscribe(email="a@b.example", email_type="all"),
        lambda shop: shop.webhooks.create(topic="review/created", url="https://a.example"),
        lambda shop: shop.oauth.token(client_id="a", client_secret="b"),
        lambda shop: shop.webhooks.list(),
        lambda shop: shop._http_probe("POST"),
        lambda shop: shop._http_probe("HEAD"),
        lambda shop: shop._http_probe("DELETE"),
        lambda shop: shop._http_probe("GET", content=b"x"),
        lambda shop: shop._http_probe("GET", url="https://other.invalid/api/v1/openapi/get_reviews"),
        lambda shop: shop._http_probe("GET", url="http://fake.trustoo.invalid/api/v1/openapi/get_reviews"),
        lambda shop: shop._http_probe("GET", url="https://fake.trustoo.invalid/api/v1/openapi/get_reviews/1"),
        lambda shop: shop._http_probe("GET", url="https://fake.trustoo.invalid/api/v1/openapi/create_review"),
    ],
)
def test_nothing_but_the_planned_reads_can_be_sent(
    write: Callable[[Any], object], guarded: tuple[run.Run, FakeTrustoo]
) -> None:
    run_, fake = guarded

    def probe(
        method: str, url: str = "https://fake.trustoo.invalid/api/v1/openapi/get_reviews", content: bytes = b""
    ) -> None:
        run_._http.request(method, url, content=content)

    run_.client.__dict__["_http_probe"] = probe
    with pytest.raises((ForbiddenError, OutcomeUnknownError)) as caught:
        write(run_.client)
    assert isinstance(
        caught.value.__cause__ or caught.value, ForbiddenError
    )  # a write's error has the guard's as cause
    assert not fake.received
    assert not fake.storage.uploads


def test_images_cannot_be_uploaded(guarded: tuple[run.Run, FakeTrustoo]) -> None:
    run_, fake = guarded
    with pytest.raises(ForbiddenError):
        run_.client.media.upload_image(PNG)
    assert [received.operation for received in fake.received] == ["media.image_upload_credentials"]
    assert not fake.storage.uploads


def test_a_write_cannot_be_planned() -> None:
    with pytest.raises(ForbiddenError, match=r"reviews\.create: no reads"):
        Guard([OPERATIONS["reviews.create"]], "https://fake.trustoo.invalid", 1.0)


def test_the_number_of_requests_is_bounded() -> None:
    fake = FakeTrustoo()
    guard = Guard([OPERATIONS["reviews.list"]], "https://fake.trustoo.invalid", 0.0, fake.transport)
    tokens = Credentials(fake.tokens.public_token, fake.tokens.private_token)
    client = run.Run(tokens, "https://fake.trustoo.invalid", guard).client
    for _ in range(2):
        client.reviews.list()
    with pytest.raises(ForbiddenError, match="2 requests were sent, which is all that this run may"):
        client.reviews.list()
    assert len(fake.received) == 2


# ---------------------------------------------------------------- a real port


@contextmanager
def served(fake: FakeTrustoo) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(fake.asgi, port=0, log_level="error", lifespan="off", date_header=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until = time.monotonic() + 20
        while not server.started:
            assert time.monotonic() < until
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)


def test_the_command_line_reads_from_where_it_is_told_to(tmp_path: Path) -> None:
    fake = FakeTrustoo()
    with served(fake) as url:
        environment = os.environ | TOKENS | {"LIVE": "1", "TRUSTOO_BASE_URL": url}
        command = [sys.executable, "-m", "contract_tests.live", "--rate=5", f"--report={tmp_path / 'live.json'}"]
        began = time.monotonic()
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert time.monotonic() - began > 0.2 * (len(SIGNED) - 1)
    assert [received.operation for received in fake.received] == SIGNED
    assert (
        f"At most 13 reads from {url.removeprefix('http://')} with public token EXAM..., 5 a second at most."
        in done.stdout
    )
    assert done.stderr == ""
    calls = json.loads((tmp_path / "live.json").read_text(encoding="utf-8"))["calls"]
    assert [call["operation"] for call in calls if call["differences"]] == []
