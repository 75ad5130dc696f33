"""Both clients do the same. For the same responses they send the same requests and end in the same value or error."""

import json
from typing import Any

import pytest
from hypothesis import strategies as st
from trustoo import TrustooError
from trustoo.testing import without_waiting

from contract_tests.properties.decoding import known
from contract_tests.properties.inputs import good_responses, often
from contract_tests.properties.runs import check_all
from contract_tests.support import options
from contract_tests.support.samples import sample_values
from contract_tests.support.script import Fault, Played, Script, ScriptedResponse, ScriptItem, Sent, calling, play
from contract_tests.support.shop import CLOCK, TOKENS, arguments, kinds
from contract_tests.support.spec import KNOWN_CODES, OPERATIONS, SPEC, parts

SELECTED = [operation for operation in OPERATIONS if options.only in (None, operation)]
PAGED = [operation for operation in SELECTED if SPEC.item_of_pages(parts(operation)[2])]
FAULTS = st.sampled_from(["refused", "no connection", "broken", "broken off", "no answer"]).map(Fault)
WAITS = st.sampled_from([(), (("Retry-After", "2"),), (("Retry-After", "9999"),)])


def scripts(operation: str) -> st.SearchStrategy[list[ScriptItem]]:
    """A few responses and faults, in any order. The last item is repeated without end."""
    good = good_responses(operation).map(lambda response: ScriptedResponse(content=json.dumps(response).encode()))
    codes = st.sampled_from([*KNOWN_CODES, 7, 14])
    times = st.sampled_from([CLOCK, CLOCK + 5000])
    errors = st.builds(
        lambda code, time, status: ScriptedResponse(status, content=json.dumps({"code": code, "time": time}).encode()),
        *(codes, times, st.sampled_from([200, 400, 503])),
    )
    pages = st.builds(ScriptedResponse, st.sampled_from([200, 302, 404, 429, 500, 502, 503]), WAITS, st.just(b"<html>"))
    wrong: st.SearchStrategy[ScriptItem] = often((2, errors), (2, pages), (2, FAULTS))
    return st.builds(lambda before, last: [*before, last], st.lists(wrong, max_size=3), often((3, good), (1, wrong)))


def outcome(played: Played) -> dict[str, Any]:
    """Return everything that is observable after a call."""
    value = played.value
    parsed = getattr(value, "parsed", None)
    return {
        "sent": played.sent,
        "warned": played.warned,
        "error": _errors(played.error),
        "response": None
        if value is None
        else (value.status_code, value.request_id, value.content, dict(value.headers)),
        "value": repr(known(parsed)),
        "to_dict": [item.to_dict() for item in parsed] if isinstance(parsed, list) else parsed and parsed.to_dict(),
    }


def _errors(error: BaseException | None) -> list[Any]:
    """Return the error and its causes. Each has its kind, message, attributes and notes."""
    found = []
    while isinstance(error, TrustooError):
        found.append(
            (type(error), str(error), {k: v for k, v in vars(error).items() if k not in ("__notes__", "response")})
        )
        found.append((type(error), str(getattr(error, "__notes__", [])), {}))
        error = error.__cause__
    return found


@pytest.mark.parametrize("operation", SELECTED)
def test_both_clients_do_the_same_for_the_same_responses(operation: str) -> None:
    given = arguments(operation, *sample_values(operation))
    settings = {"clock": lambda: CLOCK, **TOKENS.get(kinds(operation)[0], {})}

    def check(steps: list[ScriptItem]) -> None:
        one, other = (
            outcome(play(Script(steps, most=9), style, calling(operation, given, raw=True), **settings))
            for style in ("sync", "async")
        )
        for name, part in one.items():
            assert part == other[name], f"{name} differs: {part}, and with asyncio {other[name]}"

    with without_waiting():
        check_all(operation, "responses", scripts(operation), check)


@pytest.mark.parametrize("operation", PAGED)
def test_either_client_continues_from_the_checkpoint_of_the_other(operation: str) -> None:
    tag, name = operation.split(".")
    iterate = "iterate" if name == "list" else f"iterate_{name}"
    settings = {"clock": lambda: CLOCK, **TOKENS["hmac"]}

    def check(drawn: tuple[int, int, int, bool]) -> None:
        count, size, cut, begins_sync = drawn

        def response(sent: Sent) -> ScriptItem:
            page = int(sent.target.partition("page=")[2].partition("&")[0])
            ids = range(count)[(page - 1) * size : page * size]
            about = {"page": page, "page_size": size, "total_page": -(-count // size), "count": count}
            items = [{"id": str(number)} for number in ids]
            return ScriptedResponse(content=json.dumps({"code": 0, "data": {"page": about, "list": items}}).encode())

        def iterated(style: str, checkpoint: Any, most: int) -> tuple[list[str], str, list[str]]:
            pages: list[Any] = []
            found: list[Any] = []

            def use(shop: Any) -> Any:
                pages.append(getattr(getattr(shop, tag), iterate)(page_size=size, checkpoint=checkpoint))
                if style == "async":
                    return later()
                if most:
                    for item in pages[0]:
                        found.append(item)
                        if len(found) == most:
                            break
                return None

            async def later() -> None:
                if most:
                    async for item in pages[0]:
                        found.append(item)
                        if len(found) == most:
                            break

            played = play(Script(response, most=count + 2), style, use, **settings)
            assert played.error is None, repr(played.error)
            ids = [str(item["id"]) for item in found]
            return ids, json.dumps(pages[0].checkpoint), [sent.target for sent in played.sent]

        first, second = ("sync", "async") if begins_sync else ("async", "sync")
        before, checkpoint, _ = iterated(first, None, min(cut, count))
        after, _, requested = iterated(second, json.loads(checkpoint), 10**6)
        assert [*before, *after] == [str(number) for number in range(count)]
        pages = -(-count // size) or 1
        first_page = min(cut, count) // size + 1 if min(cut, count) % size else max(1, min(cut, count) // size)
        assert len(requested) <= pages - first_page + 1, f"more pages were requested than were left: {requested}"

    drawn = st.tuples(st.integers(0, 9), st.integers(1, 4), st.integers(0, 9), st.booleans())
    check_all(operation, "items, page size, cut, sync first", drawn, check)
