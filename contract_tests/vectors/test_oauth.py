"""A platform sends exactly the requests of oauth.json. The returned values and the stored tokens equal the file's."""

import asyncio
import inspect
from typing import Any

import httpx
import pytest
from trustoo import TrustooError
from trustoo.oauth import ANY, AsyncMemoryStore, AsyncPlatform, Callback, MemoryStore, Platform, Token
from trustoo.testing import without_waiting
from trustoo_api.types import Model

from contract_tests.support.script import STYLES, Script, Sent, method
from contract_tests.support.spec import same
from contract_tests.vectors.checks import check_error, check_request, check_value, raw_data
from contract_tests.vectors.forms import Expected, OAuth, OAuthCase, plain, read, selected

FILE = read("oauth.json", OAuth)
TOKEN = ("access_token", "refresh_token", "expires_at", "obtained_at", "scope", "extra", "requested")


def settings(case: OAuthCase) -> dict[str, Any]:
    now = FILE.clock if case.clock is None else case.clock
    return {"base_url": FILE.base_url, "clock": lambda: now, **FILE.platform}


def call(case: OAuthCase, script: Script, style: str, store: MemoryStore) -> Any:
    """Return the result of the call. Raises the errors of the call."""
    given = settings(case)

    def use(platform: Any) -> Any:
        shop, name = case.call.shop, case.call.method
        named = getattr(platform, name) if shop is None else method(platform.shop(shop), name)
        return named(**plain(case.call.arguments))

    async def later() -> Any:
        async with httpx.AsyncClient(transport=httpx.MockTransport(script.later), trust_env=False) as http:
            found = use(AsyncPlatform(http_client=http, store=AsyncMemoryStore(store), **given))
            return await found if inspect.isawaitable(found) else found

    with without_waiting():
        if style == "async":
            return asyncio.run(later())
        with httpx.Client(transport=httpx.MockTransport(script), trust_env=False) as http:
            return use(Platform(http_client=http, store=store, **given))


def check_sent(expected: Expected, sent: Sent, case: OAuthCase) -> None:
    """Check the request. Its `state` must be a new state that the platform accepts for this shop and session."""
    if "$state" in expected.target:
        (state,) = (part.removeprefix("state=") for part in sent.target.split("&") if part.startswith("state="))
        arguments = case.call.arguments
        with Platform(**settings(case)) as platform:
            back = platform.callback({"state": state, "code": "x"}, bound_to=arguments.get("bound_to", ""))
        assert back.shop == arguments.get("shop")
        sent = Sent(sent.method, sent.target.replace(state, "$state"), sent.headers, sent.content)
    check_request(expected, sent)


def token_members(token: Token | None) -> dict[str, Any] | None:
    """Return the members of a token that have a value."""
    if token is None:
        return None
    return {name: value for name in TOKEN if (value := getattr(token, name)) not in (None, {})}


def check_returned(value: Any, case: OAuthCase) -> None:
    if isinstance(value, Token):
        assert same(token_members(value), case.returns), f"{token_members(value)}, expected {case.returns}"
    elif isinstance(value, Callback):
        assert {"code": value.code, "shop": value.shop} == case.returns
    elif isinstance(value, Model):
        check_value(value, case.returns, raw_data(case.exchanges[-1].answer.content))
    else:
        assert value == case.returns


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("case", selected(FILE.cases), ids=lambda case: case.name)
def test_a_call_of_a_platform_matches_the_vector(case: OAuthCase, style: str) -> None:
    store = MemoryStore()
    for key, token in case.tokens.items():
        store.save(key, Token(**token).to_json(), replaces=ANY)
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
        stored = store.load(key)
        found = token_members(None if stored is None else Token.from_json(stored.text))
        assert same(found, expected), f"{key}: {found}, expected {expected}"
