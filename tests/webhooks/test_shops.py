"""Many shops at one URL: whose secret a delivery was signed with, and what errors of the caller's functions show."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustoo
from trustoo.errors import ConfigurationError, WebhookError
from trustoo.testing import Deliveries, SignedDelivery
from trustoo.webhooks import (
    HEADERS,
    Delivery,
    Receiver,
    Refusal,
    SecretsFor,
    Signed,
    WebhookVerifier,
    inferred_rule,
)

from tests.support import NOW
from tests.webhooks.support import CREATED

A, B, OLDER_B = "EXAMPLE-private-token-A", "EXAMPLE-private-token-B", "EXAMPLE-older-token-B"
SECRETS: dict[str, str | list[str]] = {"PUBLIC-A": A, "PUBLIC-B": [OLDER_B, B]}
PUBLIC, REQUEST = HEADERS[0], HEADERS[3]


def signed_by(secret: str, public_token: str) -> Deliveries:
    return Deliveries(secret, public_token=public_token, clock=lambda: NOW)


async def get_async(public_token: str) -> str | list[str] | None:
    await asyncio.sleep(0)
    return SECRETS.get(public_token)


LOOK_UPS: dict[str, SecretsFor] = {
    "function": SECRETS.get,
    "coroutine function": get_async,
}
every_look_up = pytest.mark.parametrize("look_up", LOOK_UPS)


def verify(verifier: WebhookVerifier, made: SignedDelivery) -> Delivery:
    if verifier.is_async:
        return asyncio.run(verifier.verify_async(made.body, made.headers))
    return verifier.verify(made.body, made.headers)


def refused(verifier: WebhookVerifier, made: SignedDelivery) -> WebhookError:
    with pytest.raises(WebhookError) as caught:
        verify(verifier, made)
    return caught.value


def many_shops(look_up: str | SecretsFor = "function", **settings: Any) -> WebhookVerifier:
    secrets_for = LOOK_UPS[look_up] if isinstance(look_up, str) else look_up
    return WebhookVerifier(secrets_for=secrets_for, clock=lambda: NOW, **settings)


def post(to: Receiver, made: SignedDelivery) -> int:
    if to.is_async:
        return asyncio.run(to.receive_async("POST", CREATED, made.headers, made.body)).status
    return to.receive("POST", CREATED, made.headers, made.body).status


@every_look_up
def test_a_shop_cannot_sign_for_another(look_up: str) -> None:
    verifier = many_shops(look_up)
    assert verify(verifier, signed_by(A, "PUBLIC-A").make()).shop == "PUBLIC-A"
    assert refused(verifier, signed_by(B, "PUBLIC-A").make()).reason == "bad_signature"
    assert refused(verifier, signed_by(A, "PUBLIC-B").make()).reason == "bad_signature"
    renamed = signed_by(A, "PUBLIC-A").make().with_headers({PUBLIC: "PUBLIC-B"})
    assert refused(verifier, renamed).reason == "bad_signature"


@every_look_up
def test_a_delivery_says_which_secret_fits(look_up: str) -> None:
    verifier = many_shops(look_up)
    for secret, index in ((OLDER_B, 0), (B, 1)):
        delivery = verify(verifier, signed_by(secret, "PUBLIC-B").make())
        assert (delivery.shop, delivery.secret_index) == ("PUBLIC-B", index)
    one_shop = WebhookVerifier([B, OLDER_B], clock=lambda: NOW)
    for secret, index in ((OLDER_B, 1), (B, 0)):
        delivery = verify(one_shop, signed_by(secret, "PUBLIC-B").make())
        assert (delivery.shop, delivery.secret_index) == (None, index), "nothing proves the public token"


@every_look_up
def test_a_receiver_of_many_shops(look_up: str) -> None:
    seen: list[Delivery] = []
    refusals: list[Refusal] = []
    to = Receiver(many_shops(look_up), {"review/created": seen.append}, on_refused=refusals.append)
    made = signed_by(A, "PUBLIC-A").make()
    statuses = [post(to, one) for one in (made, signed_by(B, "PUBLIC-A").make(), signed_by(A, "PUBLIC-C").make(), made)]
    assert statuses == [200, 401, 401, 200]
    assert [(delivery.shop, delivery.topic) for delivery in seen] == [("PUBLIC-A", "review/created")]
    assert [refusal.reason for refusal in refusals] == ["bad_signature", "unknown_shop"]


@pytest.mark.parametrize("secrets_for", [SECRETS.get, None])
def test_the_same_request_id_of_two_shops_is_two_deliveries(secrets_for: SecretsFor | None) -> None:
    seen: list[str] = []
    verifier = many_shops() if secrets_for else WebhookVerifier([A, B], clock=lambda: NOW)
    to = Receiver(verifier, {"review/created": lambda delivery: seen.append(delivery.public_token)})
    of_a = signed_by(A, "PUBLIC-A").make({"list": [{"id": 1}]}, request_id="77")
    of_b = signed_by(B, "PUBLIC-B").make({"list": [{"id": 2}]}, request_id="77")
    assert [post(to, made) for made in (of_b, of_a, of_b, of_a)] == [200] * 4
    assert seen == ["PUBLIC-B", "PUBLIC-A"]


@pytest.mark.parametrize("name", [PUBLIC, REQUEST])
def test_the_same_bytes_are_one_delivery_whatever_else_is_said(name: str) -> None:
    """The signature does not cover the public token and the request id."""
    seen: list[Delivery] = []
    to = Receiver(WebhookVerifier(A, clock=lambda: NOW), {"review/created": seen.append})
    made = signed_by(A, "PUBLIC-A").make()
    assert [post(to, one) for one in (made, made.with_headers({name: "EXAMPLE-other"}))] == [200, 200]
    assert len(seen) == 1


def test_parts_of_a_key_are_not_confused() -> None:
    seen: list[Delivery] = []
    to = Receiver(many_shops(lambda public_token: A), {"review/created": seen.append})
    for number, (token, request_id) in enumerate([("a", "b c"), ("a b", "c"), ("a%20b", "c")]):
        assert post(to, signed_by(A, token).make({"n": number}, request_id=request_id)) == 200
    assert len(seen) == 3


def test_keys_are_short_ascii_text() -> None:
    keys: list[str] = []

    class Store:
        def claim(self, *given: str, owner: str, seconds: float) -> Any:
            keys.extend(given)
            return "new"

        def settle(self, *given: str, owner: str, seconds: float) -> bool:
            return True

        def forget(self, *given: str, owner: str) -> None: ...

    to = Receiver(
        many_shops(lambda public_token: A),
        {"räview/créé": lambda delivery: None},
        paths={"räview/créé": CREATED},
        store=Store(),
        unknown_topics=True,
    )
    for request_id in ("x", "y" * 300, "y" * 301, " ~"):
        assert post(to, signed_by(A, "PUBLIC").make(request_id=request_id)) == 200
    assert len(keys) == 8
    assert len(set(keys[::2])) == 4
    assert all(key.isascii() and key.isprintable() and 20 < len(key) <= 255 for key in keys)


def test_only_the_secrets_of_the_shop_are_tried() -> None:
    tried: list[str] = []

    def rule(secret: str, signed: Signed) -> str:
        tried.append(secret)
        return inferred_rule(secret, signed)

    secrets = {f"PUBLIC-{n}": f"EXAMPLE-private-token-{n}" for n in range(5000)}
    verifier = many_shops(secrets.get, rule=rule)
    assert verify(verifier, signed_by("EXAMPLE-private-token-4999", "PUBLIC-4999").make()).shop == "PUBLIC-4999"
    assert refused(verifier, signed_by("EXAMPLE-another-token", "PUBLIC-7").make()).reason == "bad_signature"
    assert tried == ["EXAMPLE-private-token-4999", "EXAMPLE-private-token-7"]


def test_a_list_of_the_secrets_of_many_shops_is_refused() -> None:
    WebhookVerifier(f"EXAMPLE-private-token-{n}" for n in range(10))
    with pytest.raises(ConfigurationError, match=r"There are 11 secrets; at most 10 .* use secrets_for"):
        WebhookVerifier(f"EXAMPLE-private-token-{n}" for n in range(11))


@pytest.mark.parametrize("settings", [{}, {"secrets": A, "secrets_for": SECRETS.get}, {"secrets_for": SECRETS}])
def test_a_verifier_needs_secrets_or_a_function(settings: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        WebhookVerifier(**settings)
    assert "secrets" in str(caught.value)
    assert A not in str(caught.value)


def test_a_coroutine_function_needs_verify_async() -> None:
    verifier, made = many_shops("coroutine function"), signed_by(A, "PUBLIC-A").make()
    with pytest.raises(ConfigurationError, match="Use verify_async"):
        verifier.verify(made.body, made.headers)
    to = Receiver(verifier, {"review/created": print})
    with pytest.raises(ConfigurationError, match="Use receive_async"):
        to.receive("POST", CREATED, made.headers, made.body)
    assert asyncio.run(many_shops().verify_async(made.body, made.headers)).shop == "PUBLIC-A"


def test_a_function_that_returns_a_coroutine() -> None:
    verifier, made = many_shops(lambda public_token: get_async(public_token)), signed_by(A, "PUBLIC-A").make()
    assert refused(verifier, made).reason == "unavailable"
    assert asyncio.run(verifier.verify_async(made.body, made.headers)).shop == "PUBLIC-A"


@pytest.mark.parametrize("found", [None, "", [], ()])
def test_a_shop_without_secrets_is_unknown(found: Any) -> None:
    error = refused(many_shops(lambda public_token: found), signed_by(A, "PUBLIC-A").make())
    assert error.reason == "unknown_shop"
    assert "There are no secrets for the public token PUBLIC-A." in str(error)
    long = refused(many_shops(lambda public_token: None), signed_by(A, "x" * 1000).make())
    assert len(str(long)) < 200


# --- errors of the caller's functions ---


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    caplog.set_level(logging.DEBUG)
    yield caplog
    assert A not in caplog.text
    assert B not in caplog.text


def check_hidden(error: WebhookError) -> None:
    shown = "".join(traceback.format_exception(error))
    assert A not in shown
    assert B not in shown
    assert (error.__context__, error.__cause__) == (None, None)
    package = str(Path(trustoo.__file__).parent)
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    ours = [frame for frame in frames if frame.f_code.co_filename.startswith(package)]
    assert ours
    for frame in ours:
        assert A not in repr(frame.f_locals), frame.f_code.co_name
        assert B not in repr(frame.f_locals), frame.f_code.co_name


def raising(error: Exception) -> Callable[..., Any]:
    def function(*arguments: object) -> str:
        raise error

    return function


ERRORS = [ValueError(f"bad {A}"), KeyError(A), StopIteration(A), RecursionError(A), WebhookError(A, reason="stale")]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("style", ["sync", "async"])
def test_a_rule_that_raises_is_contained(error: Exception, style: str, logged: pytest.LogCaptureFixture) -> None:
    verifier = many_shops("function" if style == "sync" else "coroutine function", rule=raising(error))
    made = signed_by(A, "PUBLIC-A").make()
    found = refused(verifier, made)
    assert found.reason == "bad_signature"
    assert f"The signature rule raised {type(error).__name__} (test_shops.py:" in str(found)
    check_hidden(found)
    assert post(Receiver(verifier, {"review/created": print}), made) == 401
    assert "The signature rule raised" in logged.text


@pytest.mark.parametrize("computed", [None, 5, b"x", "\ud800"])
def test_a_rule_that_returns_no_text_is_contained(computed: Any, logged: pytest.LogCaptureFixture) -> None:
    found = refused(many_shops(rule=lambda secret, signed: computed), signed_by(A, "PUBLIC-A").make())
    assert found.reason == "bad_signature"
    assert "The signature rule raised" in str(found)
    check_hidden(found)


def test_a_rule_may_fail_for_one_of_the_secrets() -> None:
    def rule(secret: str, signed: Signed) -> str:
        if secret == OLDER_B:
            raise ValueError(secret)
        return inferred_rule(secret, signed)

    assert verify(many_shops(rule=rule), signed_by(B, "PUBLIC-B").make()).secret_index == 1


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("style", ["sync", "async"])
def test_secrets_for_that_raises_is_contained(error: Exception, style: str, logged: pytest.LogCaptureFixture) -> None:
    async def fails_later(public_token: str) -> str:
        raise error

    verifier = many_shops(raising(error) if style == "sync" else fails_later)
    made, refusals = signed_by(A, "PUBLIC-A").make(), list[Refusal]()
    found = refused(verifier, made)
    assert found.reason == "unavailable"
    # A coroutine function cannot raise StopIteration.
    name = "RuntimeError" if isinstance(error, StopIteration) and style == "async" else type(error).__name__
    assert f"secrets_for raised {name} (" in str(found)
    check_hidden(found)
    assert post(Receiver(verifier, {"review/created": print}, on_refused=refusals.append), made) == 503
    assert refusals == [Refusal(503, "unavailable", "review/created")]
    assert "secrets_for raised" in logged.text


@pytest.mark.parametrize("style", ["sync", "async"])
def test_a_query_that_fails_when_it_is_read_is_contained(style: str) -> None:
    """The result of an object-relational mapper may ask the database only when it is read."""

    def query() -> Iterator[str]:
        yield A
        raise OSError(A)

    async def look_up_async(public_token: str) -> Iterator[str]:
        return query()

    verifier = many_shops((lambda public_token: query()) if style == "sync" else look_up_async)
    error = refused(verifier, signed_by(A, "PUBLIC-A").make())
    assert (error.reason, "secrets_for raised OSError (" in str(error)) == ("unavailable", True)
    check_hidden(error)


@pytest.mark.parametrize(
    "found", [5, ["short"], [None], f" {A}", [A] * 11, {A: "x"}.values(), object(), b"EXAMPLE-bytes-1"]
)
def test_secrets_that_cannot_be_used_are_an_error(found: Any, logged: pytest.LogCaptureFixture) -> None:
    error = refused(many_shops(lambda public_token: found), signed_by(A, "PUBLIC-A").make())
    assert error.reason == "unavailable"
    assert "secrets_for returned secrets that cannot be used: " in str(error)
    check_hidden(error)


def test_a_verifier_of_another_class_is_refused() -> None:
    """Its own `verify` would not be called."""

    class Checks:
        def verify(self, body: bytes, headers: Any) -> Delivery:
            raise AssertionError

    verifier: Any = Checks()
    with pytest.raises(ConfigurationError, match="verifier must be a WebhookVerifier, not Checks"):
        Receiver(verifier, {"review/created": print})
    with pytest.raises(ConfigurationError, match="not More"):
        Receiver(type("More", (WebhookVerifier,), {})(A), {"review/created": print})


def test_a_function_whose_coroutine_raises_is_contained(logged: pytest.LogCaptureFixture) -> None:
    async def fails(public_token: str) -> str:
        raise KeyError(A)

    made = signed_by(A, "PUBLIC-A").make()
    look_ups: list[tuple[SecretsFor, int]] = [
        (lambda public_token: fails(public_token), 503),
        (lambda public_token: get_async(public_token), 200),
    ]
    for look_up, status in look_ups:
        verifier = many_shops(look_up)
        assert not verifier.is_async, "a function that returns a coroutine is no coroutine function"
        to = Receiver(verifier, {"review/created": lambda delivery: None})
        assert asyncio.run(to.receive_async("POST", CREATED, made.headers, made.body)).status == status
    assert "secrets_for raised KeyError (test_shops.py:" in logged.text


@every_look_up
def test_no_frame_of_a_refusal_holds_a_secret(look_up: str) -> None:
    """Error reports show the local variables of each frame."""
    late = signed_by(A, "PUBLIC-A").make(late=5000)
    for made in (signed_by(B, "PUBLIC-A").make(), signed_by(A, "PUBLIC-C").make(), late):
        check_hidden(refused(many_shops(look_up), made))
        check_hidden(refused(WebhookVerifier([OLDER_B, A], clock=lambda: NOW), made.tampered_body()))


def test_the_repr_shows_no_secret() -> None:
    assert repr(many_shops()) == "WebhookVerifier(secrets_for, window=900.0)"
