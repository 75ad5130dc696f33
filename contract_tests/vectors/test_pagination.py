"""Iterating over pages requests exactly the pages in pagination.json and returns exactly the items in that file."""

from typing import Any

import pytest

from contract_tests.support.script import STYLES, Script, ScriptedResponse, play
from contract_tests.vectors.checks import check_error
from contract_tests.vectors.forms import WalkCase, Walks, plain, read, selected

FILE = read("pagination.json", Walks)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("case", selected(FILE.cases), ids=lambda case: case.name)
def test_iterating_over_pages_matches_the_vector(case: WalkCase, style: str) -> None:
    tag, name = case.operation.split(".")
    iterate = {"list": "iterate", "exclusions": "iterate_exclusions"}[name]
    found: list[Any] = []
    pages: list[Any] = []

    def iterated(shop: Any) -> Any:
        pages.append(getattr(getattr(shop, tag), iterate)(**plain(case.arguments)))
        if style == "sync":
            found.extend(pages[0])
            return None
        return later(pages[0])

    async def later(items: Any) -> None:
        async for item in items:
            found.append(item)  # one by one, because items before an error count

    script = Script([ScriptedResponse(content=answer.encode()) for answer in case.answers], most=len(case.targets))
    played = play(script, style, iterated, **FILE.settings("hmac"))
    check_error(case.error, played.error)
    assert [name for name in played.warned if name == "PaginationWarning"] == ([case.warns] if case.warns else [])
    assert [sent.target for sent in played.sent] == case.targets
    assert [str(item["id"]) if item.has("id") else None for item in found] == case.ids
    assert (pages[0].checkpoint if pages else {}) == case.checkpoint
