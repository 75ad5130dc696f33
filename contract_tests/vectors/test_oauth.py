"""A platform sends exactly the requests of oauth.json, and its caller and its store have what the file says."""

import asyncio
import inspect
from typing import Any

import httpx
import pytest
from trustoo import TrustooError
from trustoo.oauth import AsyncPlatform, Callback, MemoryStore, Platform, Token
from trustoo.testing import without_waiting
from trustoo_api.types import Model

from contract_tests.support.script import STYLES, Script, Sent, method
from contract_tests.support.spec import same
from contract_tests.vectors.checks import check_error, check_request, check_value, raw_data
from contract_tests.vectors.forms import Expected, OAuth, OAuthCase, asked_for, plain, read

FILE = read("oauth.json", OAuth)
TOKEN = ("access_token", "refresh_token", "expires_at", "obtained_at", "scope", "extra", "requested")


def settings(case: OAuthCase) -> dict[str, Any]:
    now = FILE.clock if case.clock is None else case.clock
    return {"base_url": FILE.base_url, "clock": lambda: now, **FILE.platform}


def call(case: OAuthCase, script: Script, style: str, store: MemoryStore) -> Any:
    """What the call returns. Raises what it raises."""
    given = {**settings(case), "store": store}

    def use(platform: Any) -> Any:
        shop, name = case.call.shop, case.call.method
        named = getattr(platform, name) if shop is None else method(platform.shop(shop), name)
        return named(**plain(case.call.arguments))

    async def later() -> Any:
        async with httpx.AsyncClient(transport=httpx.MockTransport(script.later), trust_env=False) as http:
            found = use(AsyncPlatform(http_client=http, **given))
            return await found if inspect.isawaitable(found) else found

    with without_waiting():
        if style == "async":
            return asyncio.run(later())
        with httpx.Client(transport=httpx.MockTransport(script), trust_env=False) as http:
            return use(Platform(http_client=http, **given))


def check_sent(expected: Expected, sent: Sent, case: OAuthCase) -> None:
    """The request; its `state` is a new one that the platform takes back for this shop and session."""
    if "$state" in expected.target:
        (state,) = (part.removeprefix("state=") for part in sent.target.split("&") if part.startswith("state="))
        arguments = case.call.arguments
        with Platform(**settings(case)) as platform:
            back = platform.callback({"state": state, "code": "x"}, bound_to=arguments.get("bound_to", ""))
        assert back.shop == arguments.get("shop")
        sent = Sent(sent.method, sent.target.replace(state, "$state"), sent.headers, sent.content)
    check_request(expected, sent)


def told(token: Token | None) -> dict[str, Any] | None:
    """What a token holds."""
    if token is None:
        return None
    return {name: value for name in TOKEN if (value := getattr(token, name)) not in (None, {})}


def check_returned(value: Any, case: OAuthCase) -> None:
    if isinstance(value, Token):
        assert same(told(value), case.returns), f"{told(value)}, expected {case.returns}"
    elif isinstance(value, Callback):
        assert {"code": value.code, "shop": value.shop} == case.returns
    elif isinstance(value, Model):
        check_value(value, case.returns, raw_data(case.exchanges[-1].answer.content))
    else:
        assert value == case.returns


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("case", asked_for(FILE.cases), ids=lambda case: case.name)
def test_a_platform_does_as_the_vector_says(case: OAuthCase, style: str) -> None:
    store = MemoryStore()
    for key, token in case.tokens.items():
        store.save(key, Token(**token))
    script = Script([exchange.answer.step for exchange in case.exchanges], most=len(case.exchanges))
    value, raised = None, None
    try:
        value = call(case, script, style, store)
    except TrustooError as error:
        raised = error
    check_error(case.error, raised)
    if case.error is None:
        check_returned(value, case)
    assert len(script.sent) == len(case.exchanges), script.sent
    for exchange, sent in zip(case.exchanges, script.sent, strict=True):
        check_sent(exchange.request, sent, case)
    for key, expected in case.tokens_after.items():
        assert same(told(store.load(key)), expected), f"{key}: {told(store.load(key))}, expected {expected}"
