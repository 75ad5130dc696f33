"""Which requests are taken for deliveries: the rule, the window's edges, the secrets, and every other input."""

from __future__ import annotations

import copy
import hashlib
import hmac
import math
import pickle
import sys
from collections.abc import Callable
from email.message import Message
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from trustoo.errors import ConfigurationError, TrustooError, WebhookError
from trustoo.testing import Deliveries, FakeTrustoo, SignedDelivery
from trustoo.webhooks import HEADERS, SCHEDULE, Signed, WebhookVerifier, inferred_rule, shop_domain, verification
from trustoo_api.models.webhook_delivery_item import WebhookDeliveryItem

from contract_tests.properties.deliveries import run
from tests.support import NOW, PRIVATE, STAMP, steady
from tools.spec import LOADER

PUBLIC, TIMESTAMP, SIGN, REQUEST = HEADERS
SPEC = Path(__file__).resolve().parents[2] / "openapi.yaml"
OLDER = "EXAMPLE-older-private-token"


def verifier(*secrets: str, **settings: Any) -> WebhookVerifier:
    return WebhookVerifier(secrets or PRIVATE, **{"clock": lambda: NOW, **settings})


def deliveries(secret: str = PRIVATE, now: float = NOW) -> Deliveries:
    return Deliveries(secret, clock=lambda: now)


def refused(body: Any, headers: Any, by: WebhookVerifier | None = None) -> WebhookError:
    with pytest.raises(WebhookError) as caught:
        (by or verifier()).verify(body, headers)
    assert isinstance(caught.value, TrustooError)
    assert PRIVATE not in str(caught.value)
    return caught.value


# --- what the description says ---


def test_header_names_are_those_of_the_spec() -> None:
    spec = yaml.load(SPEC.read_bytes(), LOADER)
    (delivery,) = spec["webhooks"].values()
    parameters = delivery["post"]["parameters"]
    assert [parameter["name"] for parameter in parameters if parameter["in"] == "header"] == list(HEADERS)
    assert (verification.PUBLIC_TOKEN, verification.TIMESTAMP, verification.SIGN, verification.REQUEST_ID) == HEADERS
    assert list(delivery["post"]["responses"]) == ["200"]


def test_the_schedule_is_that_of_the_spec() -> None:
    text = yaml.load(SPEC.read_bytes(), LOADER)["webhooks"]["delivery"]["post"]["description"]
    for said in ("ten attempts in all", "grows by three minutes each time", "up to 27", "135 minutes after the first"):
        assert said in " ".join(text.split())
    assert [seconds / 60 for seconds in SCHEDULE] == [0, 3, 6, 9, 12, 15, 18, 21, 24, 27]
    assert sum(SCHEDULE) == 135 * 60


# --- the rule ---


@pytest.mark.parametrize(
    ("body", "stamp"),
    [(b'{"list":[]}', STAMP), (b'{ "list" : [ ] }\n', STAMP), ('{"x":"Zoë"}'.encode(), f"000{STAMP}")],
)
def test_the_raw_timestamp_and_the_raw_body_are_signed(body: bytes, stamp: str) -> None:
    sign = hmac.new(PRIVATE.encode(), f"timestamp={stamp}|".encode() + body, hashlib.sha256).hexdigest()
    headers = {PUBLIC: "EXAMPLE-p", TIMESTAMP: stamp, SIGN: sign, REQUEST: "EXAMPLE-r"}
    delivery = verifier().verify(body, headers)
    assert (delivery.public_token, delivery.request_id, delivery.timestamp) == ("EXAMPLE-p", "EXAMPLE-r", int(STAMP))
    assert (delivery.body, delivery.signature, delivery.topic) == (body, sign, None)
    assert inferred_rule(PRIVATE, Signed(stamp, body, {})) == sign
    # The same number in other digits is another text.
    assert refused(body, headers | {TIMESTAMP: f"0{stamp}"}).reason == "bad_signature"


def test_a_known_signature() -> None:
    body = '{"author":"Zoë 王","content":"a/b \\"q\\""}'.encode()
    sign = "50bb9eafb5ba58ba7c9c3a36c51e1961e6d660c456da2cdf935fc4f582666f67"
    assert inferred_rule("test_private_token", Signed("1700465771", body, {})) == sign


def test_another_signature_rule_is_one_function() -> None:
    def rule(secret: str, signed: Signed) -> str:
        text = "/".join([signed.headers[PUBLIC], signed.headers[REQUEST], signed.timestamp])
        return hmac.new(secret.encode(), text.encode() + signed.body, hashlib.sha512).hexdigest()

    made = Deliveries(PRIVATE, clock=lambda: NOW, rule=rule).make()
    assert verifier(rule=rule).verify(made.body, made.headers).items[0].id == "123"
    assert refused(made.body, {**made.headers, REQUEST: "EXAMPLE-other"}, verifier(rule=rule)).reason == "bad_signature"
    assert refused(made.body, made.headers).reason == "bad_signature"


def test_signatures_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[Any, Any]] = []

    def compare(one: Any, other: Any) -> bool:
        compared.append((one, other))
        return original(one, other)

    original = hmac.compare_digest
    monkeypatch.setattr(verification.hmac, "compare_digest", compare)  # type: ignore[attr-defined]
    made = deliveries().make()
    verifier(PRIVATE, OLDER).verify(made.body, made.headers)
    assert len(compared) == 2, "every secret is tried, whichever fits"
    assert all(isinstance(text, bytes) and len(text) == 64 for pair in compared for text in pair)


# --- forgeries ---


@pytest.mark.parametrize(
    "damage",
    [
        SignedDelivery.tampered_body,
        SignedDelivery.tampered_signature,
        lambda made: made.with_headers({SIGN: made.headers[SIGN].upper()}),
        lambda made: made.with_headers({SIGN: made.headers[SIGN][:-1]}),
        lambda made: made.with_headers({SIGN: f" {made.headers[SIGN]}"}),
        lambda made: made.with_headers({TIMESTAMP: str(int(STAMP) + 1)}),
        lambda made: deliveries("EXAMPLE-another-secret").make(),
    ],
)
def test_tampering_is_refused(damage: Callable[[SignedDelivery], SignedDelivery]) -> None:
    made = damage(deliveries().make())
    assert refused(made.body, made.headers).reason == "bad_signature"


@settings(steady)
@given(body=st.binary(max_size=40), at=st.integers(0, 10**6), flip=st.integers(1, 255))
def test_any_changed_byte_is_refused(body: bytes, at: int, flip: int) -> None:
    made = deliveries().make(b'{"list":[]}' + body)
    at %= len(made.body)
    changed = made.body[:at] + bytes([made.body[at] ^ flip]) + made.body[at + 1 :]
    assert refused(changed, made.headers).reason == "bad_signature"


# --- the window ---


@pytest.mark.parametrize(
    ("away", "accepted"),
    [
        (-900.5, False),
        (-900, True),
        (-899.5, True),
        (0, True),
        (899.5, True),
        (900, True),
        (900.001, False),
        (901, False),
    ],
)
def test_the_limits_of_the_window(away: float, accepted: bool) -> None:
    made = deliveries(now=int(STAMP)).make()
    by = verifier(clock=lambda: int(STAMP) + away)
    if accepted:
        assert by.verify(made.body, made.headers).timestamp == int(STAMP)
    else:
        error = refused(made.body, made.headers, by)
        assert error.reason == "stale"
        assert ("in the future" if away < 0 else "old") in str(error)


@settings(steady)
@given(window=st.integers(1, 10**6), away=st.integers(-(10**7), 10**7))
@example(window=9000, away=8100)
def test_every_window_applies_in_both_directions(window: int, away: int) -> None:
    made = deliveries().make(late=away)
    by = verifier(window=window, clock=lambda: int(STAMP))
    signed_at = int(made.headers[TIMESTAMP])
    if abs(int(STAMP) - signed_at) <= window:
        assert by.verify(made.body, made.headers).timestamp == signed_at
    else:
        assert refused(made.body, made.headers, by).reason == "stale"


@pytest.mark.parametrize("now", [math.nan, math.inf, -math.inf])
def test_a_clock_that_returns_nan_or_infinity_accepts_nothing(now: float) -> None:
    made = deliveries().make()
    assert refused(made.body, made.headers, verifier(clock=lambda: now)).reason == "stale"


def test_only_deliveries_with_a_valid_signature_are_stale() -> None:
    made = deliveries().make(late=5000)
    assert refused(made.body, made.headers).reason == "stale"
    tampered = made.tampered_signature()
    assert refused(made.body, tampered.headers).reason == "bad_signature"
    before, after = made.headers[HEADERS[2]], tampered.headers[HEADERS[2]]
    assert (after[:-1], len(after), after[-1] != before[-1]) == (before[:-1], 64, True)


@pytest.mark.parametrize("window", [0, -1, math.nan, math.inf, True, "900", None])
def test_invalid_windows_are_refused(window: Any) -> None:
    with pytest.raises(ConfigurationError, match="window"):
        verifier(window=window)


@pytest.mark.parametrize(
    "stamp", ["-1", "+1", "1.5", "1e9", "1_700_465_771", "0x1", "soon", "1700465771000000", f"{STAMP} ", f" {STAMP}"]
)
def test_invalid_timestamps_are_refused(stamp: str) -> None:
    made = deliveries().make()
    sign = inferred_rule(PRIVATE, Signed(stamp, made.body, {}))
    assert refused(made.body, {**made.headers, TIMESTAMP: stamp, SIGN: sign}).reason == "bad_timestamp"


# --- secrets ---


@pytest.mark.parametrize(
    "secrets",
    ["", " ", "short", "x" * 11, [], (), [""], [PRIVATE, ""], [PRIVATE, "short"], f" {PRIVATE}", f"{PRIVATE}\n",
     "EXAMPLE-tökens-are-ascii", None, 5, [None], [PRIVATE.encode()], PRIVATE.encode()],
)  # fmt: skip
def test_invalid_secrets_are_refused(secrets: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        WebhookVerifier(secrets)
    assert PRIVATE not in str(caught.value)


def test_several_secrets_are_accepted_during_a_rotation() -> None:
    new, old = deliveries(PRIVATE).make(), deliveries(OLDER).make()
    both = WebhookVerifier(iter([PRIVATE, OLDER]), clock=lambda: NOW)
    for made in (new, old, new):
        both.verify(made.body, made.headers)
    assert refused(old.body, old.headers).reason == "bad_signature"
    WebhookVerifier("x" * 12)


def test_secrets_are_not_shown_or_copied() -> None:
    by = verifier(PRIVATE, OLDER)
    assert repr(by) == "WebhookVerifier(2 secrets, window=900.0)"
    for copying in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="secrets"):
            copying(by)


# --- headers ---


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("value", [None, "", "é", "\x00", "a\nb", "\ud800", 5, b"\xff", [STAMP]])
def test_each_header_must_be_plain_text(name: str, value: Any) -> None:
    made = deliveries().make()
    error = refused(made.body, made.with_headers({name: value}).headers)
    assert (error.reason, name in str(error)) == ("missing_header", True)


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_that_comes_twice_is_refused(name: str) -> None:
    made = deliveries().make()
    for headers in ([*made.headers.items(), (name, made.headers[name])], {**made.headers, name.upper(): "x"}):
        error = refused(made.body, headers)
        assert (error.reason, "more than once" in str(error)) == ("missing_header", True)


def test_headers_of_every_framework_are_accepted() -> None:
    made = deliveries().make()
    message = Message()
    for name, value in made.headers.items():
        message[name] = value
    forms: list[Any] = [
        httpx.Headers(dict(made.headers)),
        message,
        {name.upper(): value for name, value in made.headers.items()},
        {name.lower().encode(): value.encode() for name, value in made.headers.items()},
        [(name.lower().encode(), value.encode()) for name, value in made.headers.items()],
        iter(made.headers.items()),
        {**made.headers, 5: "x", b"\xff": b"", "Other": None},
    ]
    for headers in forms:
        assert verifier().verify(made.body, headers).request_id == made.request_id
    assert verifier().verify(bytearray(made.body), made.headers).body == made.body


@pytest.mark.parametrize("headers", [None, 5, "text", b"bytes", [1], [("a",)], [("a", "b", "c")], object()])
def test_invalid_headers_are_refused(headers: Any) -> None:
    assert refused(b"{}", headers).reason == "missing_header"


# --- bodies ---


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b'"x"', b"{", b"\xff", b"[" * 100_000, b'{"x":' * 100_000, b'{"x":1' + b"}" * 9],
)
@pytest.mark.parametrize("strict", [False, True])
def test_bodies_that_are_not_deliveries_are_unreadable(body: bytes, strict: bool) -> None:
    made = deliveries().make(body)
    assert refused(made.body, made.headers, verifier(strict=strict)).reason == "unreadable"


@pytest.mark.parametrize(
    "body",
    [b'{"list":{}}', b'{"list":[1]}', b'{"list":[{"id":[]}]}', b'{"x":"\xff"}', b'{"list":[{"my_shopify_domain":1}]}'],
)
@pytest.mark.filterwarnings("ignore::trustoo.UnexpectedShapeWarning")
def test_odd_bodies_are_read_and_are_unreadable_if_strict(body: bytes) -> None:
    made = deliveries().make(body)
    assert verifier().verify(made.body, made.headers).body == body
    assert refused(made.body, made.headers, verifier(strict=True)).reason == "unreadable"


@pytest.mark.parametrize("body", [None, "text", 5, memoryview(b"{}")])
def test_a_body_that_is_not_bytes_is_refused(body: Any) -> None:
    assert refused(body, deliveries().make().headers).reason == "unreadable"


def test_payloads_are_typed_and_keep_all_members() -> None:
    payload = {
        "list": [
            {"id": 123, "my_shopify_domain": "a.myshopify.com", "rating": 5, "content": "Zoë"},
            {"id": "124", "myshopify_domain": "a.myshopify.com", "huge": 2**70},
            {"id": None},
        ],
        "new": {"a": [1]},
    }
    made = deliveries().make(payload)
    delivery = verifier().verify(made.body, made.headers)
    assert [item.id for item in delivery.items] == ["123", "124", None]
    assert [shop_domain(item) for item in delivery.items] == ["a.myshopify.com", "a.myshopify.com", None]
    assert delivery.items[0].extra == {"rating": 5, "content": "Zoë"}
    assert (delivery.payload.to_dict(), delivery.payload.extra) == (payload, {"new": {"a": [1]}})
    assert delivery.shop_domain == "a.myshopify.com"
    assert delivery.signature not in repr(delivery)


@pytest.mark.parametrize("payload", [{}, {"list": None}, {"list": []}, {"id": 5, "event": "x"}])
def test_a_delivery_without_entries(payload: Any) -> None:
    made = deliveries().make(payload)
    delivery = verifier().verify(made.body, made.headers)
    assert (delivery.items, delivery.shop_domain, delivery.payload.to_dict()) == ([], None, payload)


def test_a_delivery_can_be_read_at_any_depth_of_the_stack() -> None:
    made = deliveries().make(b'{"list":[{"id":1}],"x":' + b"[" * 400 + b"1e999" + b"]" * 400 + b"}")
    delivery = verifier().verify(made.body, made.headers)

    def deep(frames: int) -> object:
        return deep(frames - 1) if frames else delivery.payload.extra["x"]

    assert isinstance(deep(sys.getrecursionlimit() - 300), list)


def test_entries_of_several_shops_have_no_common_domain() -> None:
    made = deliveries().make({"list": [{"my_shopify_domain": "a.example"}, {"myshopify_domain": "b.example"}]})
    assert verifier().verify(made.body, made.headers).shop_domain is None
    both = WebhookDeliveryItem(my_shopify_domain="", myshopify_domain="c.example")
    assert shop_domain(both) == "c.example"


# --- the stand-in's deliveries ---


def test_the_fake_service_signs_what_its_shop_accepts() -> None:
    fake = FakeTrustoo(clock=lambda: NOW)
    made = fake.deliveries().make()
    by = WebhookVerifier(fake.tokens.private_token, clock=fake.now)
    assert by.verify(made.body, made.headers).public_token == fake.tokens.public_token
    fake.clock_skew = 2000
    skewed = fake.deliveries().make()
    assert refused(skewed.body, skewed.headers, verifier(fake.tokens.private_token)).reason == "stale"


def test_deliveries_late_early_again_and_out_of_order() -> None:
    source = deliveries()
    first, second = source.make(), source.make(request_id="EXAMPLE-own")
    assert (first.request_id != second.request_id, second.request_id) == (True, "EXAMPLE-own")
    assert source.make(late=60).headers[TIMESTAMP] == str(int(NOW - 60))
    assert source.make(late=-60).headers[TIMESTAMP] == str(int(NOW + 60))
    again = source.again(first, late=-180)
    assert (again.request_id, again.body) == (first.request_id, first.body)
    assert again.headers[SIGN] != first.headers[SIGN]
    assert again.headers[TIMESTAMP] == str(int(NOW + 180))
    verifier().verify(again.body, again.headers)
    mixed = source.out_of_order([{"n": 1}, {"n": 2}, {"n": 3}], apart=5)
    read = [verifier().verify(made.body, made.headers) for made in mixed]
    assert [one.payload["n"] for one in read] == [3, 2, 1]
    assert [one.timestamp - int(STAMP) for one in read] == [0, -5, -10]
    assert PRIVATE not in repr(first)


# --- everything else ---


@pytest.mark.parametrize("seed", [1, 2])
def test_fuzzed_pairs_of_body_and_headers(seed: int) -> None:
    said: list[str] = []
    outcomes, faults = run(3000, seed, said.append)
    assert faults == 0, said[:3]
    reasons = {"missing_header", "bad_timestamp", "bad_signature", "stale", "unreadable"}
    assert set(outcomes) == reasons | {"accepted"}, "the pairs reach every outcome"


@settings(steady, max_examples=300)
@given(
    body=st.binary() | st.text() | st.none(),
    headers=st.dictionaries(st.sampled_from(HEADERS) | st.text() | st.binary(), st.text() | st.binary() | st.none())
    | st.lists(st.tuples(st.sampled_from(HEADERS), st.text() | st.just(STAMP)))
    | st.text(),
)
def test_any_input_is_a_delivery_or_a_webhook_error(body: Any, headers: Any) -> None:
    refused(body, headers)


def test_the_repr_of_signed_shows_neither_body_nor_headers() -> None:
    shown = repr(Signed("1662371528", b"EXAMPLE-body", {"timestamp": "EXAMPLE-header"}))
    assert shown == "Signed(timestamp='1662371528')"
