"""The tools of `trustoo mcp`, called by the SDK's own client."""

from __future__ import annotations

import json
import os
import re
import sys
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters
from trustoo import Trustoo, __version__
from trustoo.cli.mcp_server import LARGEST, tool_server, tools
from trustoo.testing import FakeTrustoo
from trustoo_api.operations import OPERATIONS

from tests.cli.conftest import COMMAND, Machine, reviews

SECRET = {"oauth.authorize", "oauth.token", "oauth.revoke", "media.image_upload_credentials", "tokens.private"}
"""The operations whose arguments or results are secret."""
UNVERIFIED = {"webhooks.update", "platform.cancel"}


@pytest.fixture
def shop() -> Any:
    service = FakeTrustoo()
    with service.client() as client:
        yield service, client


def asked(client: Trustoo, name: str, arguments: dict[str, Any] | None = None, **options: bool) -> tuple[bool, Any]:
    """Whether a tool failed, and its result: decoded JSON, or the text of an error."""

    async def call() -> Any:
        async with Client(tool_server(client, **options)) as assistant:
            return await assistant.call_tool(name, arguments or {})

    result = anyio.run(call)
    (content,) = result.content
    return result.is_error, content.text if result.is_error else json.loads(content.text)


def test_the_tools_are_the_operations_without_secrets_and_reads_unless_writes_are_allowed() -> None:
    names = {spec.id for spec in tools(allow_writes=True).values()}
    assert {*OPERATIONS} - names == SECRET | UNVERIFIED
    reads = {name for name, operation in OPERATIONS.items() if operation.method == "GET"}
    assert {spec.id for spec in tools().values()} == reads - SECRET


def test_each_tool_has_a_schema_of_its_arguments(shop: tuple[FakeTrustoo, Trustoo]) -> None:
    async def listed() -> Any:
        async with Client(tool_server(shop[1], allow_writes=True)) as assistant:
            return (await assistant.list_tools()).tools

    found = {tool.name: tool for tool in anyio.run(listed)}
    assert {*found} == {*tools(allow_writes=True)}
    for name, tool in found.items():
        is_read = OPERATIONS[tools(allow_writes=True)[name].id].method == "GET"
        assert (tool.annotations.read_only_hint, tool.annotations.destructive_hint) == (is_read, not is_read)
        assert re.fullmatch(r"\S.+\.\n\n.*Evidence: .+", tool.description, re.DOTALL), name
        for argument, about in tool.input_schema["properties"].items():
            assert about["description"], (name, argument)
    create = found["reviews_create"]
    assert (create.annotations.read_only_hint, found["reviews_list"].annotations.read_only_hint) == (False, True)
    assert create.input_schema["required"] == ["rating", "author"]
    assert create.input_schema["properties"]["rating"]["type"] == "integer"
    assert found["reviews_list"].input_schema["properties"]["product_ids"]["type"] == "array"
    assert "Amazon" in create.input_schema["properties"]["source"]["examples"]
    assert "Evidence: documented" in create.description
    assert (
        not {"client_secret", "extra_query"} & found["platform_installation_status"].input_schema["properties"].keys()
    )


def test_an_assistant_hears_what_the_tools_are_for(shop: tuple[FakeTrustoo, Trustoo]) -> None:
    async def heard() -> Any:
        async with Client(tool_server(shop[1])) as assistant:
            return assistant.server_info, assistant.instructions

    server, instructions = anyio.run(heard)
    assert (server.name, server.version) == ("trustoo", __version__)
    assert "Shopify" in instructions
    assert "page_size" in instructions


def test_a_result_has_no_personal_data_unless_it_is_allowed(shop: tuple[FakeTrustoo, Trustoo]) -> None:
    service, client = shop
    review = {**reviews(1)[0], "author_email": "zoe@e.example", "media": [{"url": "u", "author_name": "Zoë"}]}
    service.pages("reviews.list", [review])
    failed, found = asked(client, "reviews_list", {"ratings": ["5"], "page_size": 10})
    assert (failed, sorted(found["left_out"])) == (False, ["author", "author_email", "author_name", "later"])
    assert found["list"] == [
        {**{n: review[n] for n in ("id", "rating", "content", "created_at")}, "media": [{"url": "u"}]}
    ]
    assert "Zoë" not in json.dumps(found, ensure_ascii=False)
    assert asked(client, "reviews_list", with_personal_data=True)[1]["list"] == [review]
    assert ("ratings", "5") in service.received[0].query


def test_a_result_is_bounded(shop: tuple[FakeTrustoo, Trustoo]) -> None:
    service, client = shop
    service.pages("reviews.list", [{"id": str(n), "content": "a" * 9000} for n in range(100)])
    _, found = asked(client, "reviews_list", {"page_size": 100})
    assert len(json.dumps(found)) < LARGEST + 1000
    assert found["cut"] == f"{len(found['list'])} of 100 items; ask for smaller pages."
    assert {len(item["content"]) for item in found["list"]} == {2001}
    assert found["page"], "it tells how many there are"


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("reviews_create", {"rating": 5, "author": "x"}, "There is no tool 'reviews_create'; the tools are "),
        ("tokens_private", {}, "There is no tool 'tokens_private'"),
        ("reviews_get", {}, "reviews.get needs id."),
        ("reviews_get", {"number": 1}, "reviews.get has no argument 'number'"),
        ("reviews_list", {"product_ids": "kettle"}, "product_ids is 'kettle'"),
    ],
)
def test_what_cannot_be_called_is_an_error_and_nothing_is_sent(
    shop: tuple[FakeTrustoo, Trustoo], name: str, arguments: dict[str, Any], said: str
) -> None:
    service, client = shop
    failed, text = asked(client, name, arguments)
    assert (failed, said in text, service.received) == (True, True, [])


def test_a_write_is_sent_when_writes_are_allowed(shop: tuple[FakeTrustoo, Trustoo]) -> None:
    service, client = shop
    failed, found = asked(
        client, "customers_unsubscribe", {"email": "a@e.example", "email_type": "all"}, allow_writes=True
    )
    assert (failed, found) == (False, {"status": "done"})
    assert service.received[-1].json == {"email": "a@e.example", "email_type": "all"}


def test_an_assistant_starts_the_command_and_calls_a_tool(machine: Machine) -> None:
    environment = {**machine.environment, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = StdioServerParameters(command=COMMAND[0], args=[*COMMAND[1:], "mcp"], env=environment)

    async def call() -> Any:
        with anyio.fail_after(60):
            async with Client(command) as assistant:
                return await assistant.call_tool("reviews_rating", {"product_id": "19"})

    result = anyio.run(call)
    assert json.loads(result.content[0].text) == machine.service.sample("reviews.rating")


def test_without_the_extra_one_sentence_says_how_to_get_it(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp.server.stdio", None)
    done = machine.run("mcp")
    assert (done.code, "pip install 'trustoo[mcp]'" in done.err) == (2, True)
