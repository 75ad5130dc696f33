"""Every way to call an operation sends the requests of requests.json, byte by byte.

Calls that must be refused are refused before anything is sent.
"""

import pytest

from contract_tests.support.script import STYLES, Played, Script, ScriptedResponse, calling, play
from contract_tests.vectors.checks import check_error, check_request
from contract_tests.vectors.forms import (
    CallCase,
    RefusedCase,
    RequestCase,
    Requests,
    plain,
    read,
    read_recorded,
    selected,
)

FILE = read("requests.json", Requests)
RECORDED = read_recorded().requests
OBJECT = ScriptedResponse(content=b'{"code":0,"data":{"access_token":"EXAMPLE","id":"1","page":{},"list":[]}}')
LIST = ScriptedResponse(content=b'{"code":0,"data":[]}')
"""Every operation can read one of these responses. The content does not matter here."""


def call(case: CallCase, style: str, raw: bool, most: int) -> tuple[Played, Script]:
    arguments, script = plain(case.arguments), Script([LIST if case.operation == "webhooks.list" else OBJECT], most)
    settings = FILE.settings(case.credentials)
    return play(script, style, calling(case.operation, arguments, raw=raw), **settings), script


@pytest.mark.parametrize("raw", [False, True], ids=["value", "raw"])
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("case", selected(FILE.cases + RECORDED), ids=lambda case: case.name)
def test_a_call_sends_exactly_the_request(case: RequestCase, style: str, raw: bool) -> None:
    played, script = call(case, style, raw, most=1)
    check_error(None, played.error)
    (sent,) = played.sent
    check_request(case.request, sent)
    assert script.hosts == {FILE.base_url}
    assert played.warned == ([case.warns] if case.warns else [])


@pytest.mark.parametrize("raw", [False, True], ids=["value", "raw"])
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("case", selected(FILE.refused), ids=lambda case: case.name)
def test_a_call_is_refused_before_anything_is_sent(case: RefusedCase, style: str, raw: bool) -> None:
    played, _ = call(case, style, raw, most=0)
    check_error(case.failure, played.error)
    assert not played.sent
