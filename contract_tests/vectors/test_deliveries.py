"""Requests to a webhook URL are accepted, or refused for the reason in deliveries.json.

The function, the receiver and the asyncio receiver all give the same result.
"""

import asyncio
from typing import Any

import pytest
from trustoo import WebhookError
from trustoo.webhooks import Delivery, Receiver, WebhookVerifier

from contract_tests.support.script import STYLES
from contract_tests.support.spec import same
from contract_tests.support.tolerance import loads
from contract_tests.vectors.checks import check_hidden, check_value
from contract_tests.vectors.forms import Accepted, Deliveries, DeliveryCase, read, selected

CASES = selected(read("deliveries.json", Deliveries).cases)


WAYS = pytest.mark.parametrize("strict", [False, True], ids=["tolerant", "strict"])
QUIET = pytest.mark.filterwarnings("ignore::trustoo.UnexpectedShapeWarning")


def verifier(case: DeliveryCase, strict: bool) -> WebhookVerifier:
    def secrets_for(public_token: str) -> list[str]:
        secrets = case.shops.get(public_token, [])
        if secrets is None:
            raise LookupError(public_token)
        return secrets

    sources: dict[str, Any] = {"secrets_for": secrets_for} if case.shops else {"secrets": case.secrets}
    return WebhookVerifier(**sources, window=case.window, clock=lambda: case.clock, strict=strict)


def accepted(case: DeliveryCase, strict: bool) -> Accepted | None:
    """Return the delivery that a receiver gets; None if it refuses the request."""
    return case.accepted if strict else case.accepted or case.tolerant


def check(delivery: Delivery, expected: Accepted, content: bytes) -> None:
    for name in ("public_token", "request_id", "timestamp", "shop_domain"):
        assert getattr(delivery, name) == getattr(expected, name), name
    raw = loads(content)
    entries = raw.get("list") if isinstance(raw.get("list"), list) else []
    check_value(delivery.items, expected.items, [entry for entry in entries if isinstance(entry, dict)])
    assert delivery.body == content
    assert same(delivery.payload.extra, expected.extra)
    assert same(delivery.payload.to_dict(), raw)


@QUIET
@WAYS
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_request_is_accepted_or_refused_for_the_reason_in_the_vector(case: DeliveryCase, strict: bool) -> None:
    if (expected := accepted(case, strict)) is not None:
        check(verifier(case, strict).verify(case.content, case.headers), expected, case.content)
        return
    with pytest.raises(WebhookError) as caught:
        verifier(case, strict).verify(case.content, case.headers)
    assert caught.value.reason == case.refused
    check_hidden(case.secrets, caught.value)


@QUIET
@WAYS
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_receiver_responds_and_calls_the_handler_once(case: DeliveryCase, style: str, strict: bool) -> None:
    expected = accepted(case, strict)
    answered = 200 if expected is not None else case.answered
    handled: list[Delivery] = []
    receiver = Receiver(verifier(case, strict), {"review/created": handled.append})
    for _ in range(2):
        request = ("POST", receiver.path("review/created"), case.headers, case.content)
        response = receiver.receive(*request) if style == "sync" else asyncio.run(receiver.receive_async(*request))
        assert response.status == answered
        assert response.body == (b'{"code":0,"message":"success"}' if answered == 200 else b"")
    assert len(handled) == (expected is not None)
    if expected is not None:
        check(handled[0], expected, case.content)
        assert handled[0].topic == "review/created"
