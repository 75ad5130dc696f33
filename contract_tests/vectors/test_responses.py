"""A call returns exactly the value in responses.json for a response, or raises exactly the error in that file."""

import pytest
from trustoo import NO_RETRIES

from contract_tests.support.script import STYLES, Played, Script, calling, play
from contract_tests.vectors.checks import check_error, check_value, raw_data
from contract_tests.vectors.forms import ResponseCase, Responses, plain, read, read_recorded, selected

FILE = read("responses.json", Responses)
CASES = selected(FILE.cases + read_recorded().responses)
GOOD, BAD = ([case for case in CASES if (case.error is None) is good] for good in (True, False))


WAYS = pytest.mark.parametrize("strict", [False, True], ids=["tolerant", "strict"])


def call(case: ResponseCase, style: str, raw: bool, strict: bool) -> Played:
    arguments = plain(case.arguments)
    settings = {**FILE.settings(case.credentials), "retry": NO_RETRIES, "strict": strict}
    script = Script([case.answer.step])
    return play(script, style, calling(case.operation, arguments, raw=raw), **settings)


@WAYS
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)
def test_a_response_returns_the_value_in_the_vector(case: ResponseCase, style: str, strict: bool) -> None:
    location = dict(case.answer.headers).get("Location")
    data = {"redirect_url": location} if location else raw_data(case.answer.content)
    played = call(case, style, raw=False, strict=strict)
    check_error(None, played.error)
    check_value(played.value, case.value, data)
    played = call(case, style, raw=True, strict=strict)
    check_error(None, played.error)
    response = played.value
    check_value(response.parsed, case.value, data)
    assert (response.status_code, response.request_id) == (case.answer.status, case.request_id)
    assert response.content == case.answer.content
    for name, text in case.answer.headers:
        assert response.headers[name] == text


@WAYS
@pytest.mark.parametrize("raw", [False, True], ids=["value", "raw"])
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_a_response_raises_the_error_in_the_vector(case: ResponseCase, style: str, raw: bool, strict: bool) -> None:
    played = call(case, style, raw, strict)
    if strict or case.tolerant is None:
        check_error(case.error, played.error)
        return
    check_error(None, played.error)
    value = played.value.parsed if raw else played.value
    check_value(value, case.tolerant.value, raw_data(case.answer.content))
    if raw:
        assert played.value.unreadable == tuple(case.tolerant.unreadable)
