"""A request contains each argument in the place that the spec states, and nothing else.

This holds for every way to call an operation and for every order of the arguments.
"""

import itertools
import json
from random import Random
from typing import Any
from urllib.parse import unquote_plus

import pytest

from contract_tests.properties.arguments import Arguments, arguments
from contract_tests.properties.runs import check_all
from contract_tests.support import options
from contract_tests.support.script import STYLES, Script, ScriptedResponse, Sent, calling, play
from contract_tests.support.shop import CLOCK, TOKENS, kinds
from contract_tests.support.signature import canonical, sign
from contract_tests.support.spec import OPERATIONS, SPEC, parts, same

SELECTED = [operation for operation in OPERATIONS if options.only in (None, operation)]
PAGED = [operation for operation in SELECTED if SPEC.item_of_pages(parts(operation)[2])]
DECODER = ScriptedResponse(content=b'{"code":5}')
"""An error that every operation can read. The response does not matter here."""


def http_requests(operation: str, call: Arguments) -> list[Sent]:
    """Send the request in every way, with the arguments in another order each time. Returns the sent requests."""
    found = []
    settings = {"clock": lambda: CLOCK, **TOKENS.get(kinds(operation)[0], {})}
    for number, (style, raw) in enumerate(itertools.product(STYLES, (False, True))):
        names = list(call.given)
        Random(number).shuffle(names)
        given = {name: call.given[name] for name in names}
        script = Script([DECODER])
        play(script, style, calling(operation, given, raw=raw), **settings)
        found += script.sent
    assert len(found) == 4, "not every way sent one request"
    return found


HOW_MANY = pytest.mark.parametrize("complete", [False, True], ids=["some", "all"])
"""Of the arguments. An argument may be lost only beside another one."""


@HOW_MANY
@pytest.mark.parametrize("operation", SELECTED)
def test_a_request_has_each_argument_in_the_place_in_the_spec_and_nothing_else(operation: str, complete: bool) -> None:
    def check(call: Arguments) -> None:
        sent, *others = http_requests(operation, call)
        assert others == [sent] * 3, f"the ways to call it differ: {[sent, *others]}"
        path, _, query = sent.target.partition("?")
        pairs = [pair.partition("=") for pair in query.split("&")] if query else []
        assert (sent.method, path) == (parts(operation)[1], call.path)
        assert [(unquote_plus(name), unquote_plus(value)) for name, _, value in pairs] == call.query
        body: Any = json.loads(sent.content) if sent.content else None
        assert same(body, call.body), f"the body is {body}, expected {call.body}"
        if kinds(operation)[0] == "hmac":
            message = canonical(f"http://127.0.0.1{sent.target}", str(CLOCK), sent.content)
            assert sent.headers["sign"] == sign(TOKENS["hmac"]["private_token"], message)

    check_all(operation, "arguments", arguments(operation, complete), check)


@HOW_MANY
@pytest.mark.parametrize("operation", PAGED)
def test_iterating_sends_the_same_request_as_listing_page_one(operation: str, complete: bool) -> None:
    tag, name = operation.split(".")
    iterate = "iterate" if name == "list" else f"iterate_{name}"
    empty = ScriptedResponse(content=b'{"code":0,"data":{"page":{},"list":[]}}')

    def check(call: Arguments) -> None:
        given = {key: value for key, value in call.given.items() if key != "page"}
        for style in STYLES:
            listing, walking = Script([empty]), Script([empty])

            def iterated(shop: Any, style: str = style) -> Any:
                pages = getattr(getattr(shop, tag), iterate)(**given)
                return list(pages) if style == "sync" else _all(pages)

            settings = {"clock": lambda: CLOCK, **TOKENS["hmac"]}
            play(listing, style, calling(operation, {**given, "page": 1}), **settings)
            play(walking, style, iterated, **settings)
            assert walking.sent == listing.sent

    check_all(operation, "arguments", arguments(operation, complete), check)


async def _all(pages: Any) -> list[Any]:
    return [item async for item in pages]
