"""Requests to a webhook URL are accepted, or refused for the reason in deliveries.json.

The function, the receiver and the asyncio receiver all give the same result.
"""

import asyncio
import json

import pytest
from trustoo import WebhookError
from trustoo.webhooks import Delivery, Receiver, WebhookVerifier

from contract_tests.support.script import STYLES
from contract_tests.support.spec import same
from contract_tests.vectors.checks import check_hidden, check_value
from contract_tests.vectors.forms import Accepted, Deliveries, DeliveryCase, read, selected

CASES = selected(read("deliveries.json", Deliveries).cases)


def verifier(case: DeliveryCase) -> WebhookVerifier:
    def secrets_for(public_token: str) -> list[str]:
        secrets = case.shops.get(public_token, [])
        if secrets is None:
            raise LookupError(public_token)
        return secrets

    if case.shops:
        return WebhookVerifier(secrets_for=secrets_for, window=case.window, clock=lambda: case.clock)
    return WebhookVerifier(case.secrets, window=case.window, clock=lambda: case.clock)


def check(delivery: Delivery, expected: Accepted, content: bytes) -> None:
    for name in ("public_token", "request_id", "timestamp", "shop_domain"):
        assert getattr(delivery, name) == getattr(expected, name), name
    raw = json.loads(content)
    check_value(delivery.items, expected.items, raw.get("list"))
    assert delivery.body == content
    assert same(delivery.payload.extra, expected.extra)
    assert same(delivery.payload.to_dict(), raw)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_request_is_accepted_or_refused_for_the_reason_in_the_vector(case: DeliveryCase) -> None:
    if case.accepted is not None:
        check(verifier(case).verify(case.content, case.headers), case.accepted, case.content)
        return
    with pytest.raises(WebhookError) as caught:
        verifier(case).verify(case.content, case.headers)
    assert caught.value.reason == case.refused
    check_hidden(case.secrets, caught.value)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_receiver_responds_and_calls_the_handler_once(case: DeliveryCase, style: str) -> None:
    handled: list[Delivery] = []
    receiver = Receiver(verifier(case), {"review/created": handled.append})
    for _ in range(2):
        request = ("POST", receiver.path("review/created"), case.headers, case.content)
        response = receiver.receive(*request) if style == "sync" else asyncio.run(receiver.receive_async(*request))
        assert response.status == case.answered
        assert response.body == (b'{"code":0,"message":"success"}' if case.answered == 200 else b"")
    assert len(handled) == (case.accepted is not None)
    if case.accepted is not None:
        check(handled[0], case.accepted, case.content)
        assert handled[0].topic == "review/created"
