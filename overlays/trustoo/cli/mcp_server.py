"""`trustoo mcp`: the operations of the API as tools for assistants, over the Model Context Protocol.

The tools are made from the same table as `trustoo api`. What a tool returns is bounded, and has no secrets.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer
from trustoo_api.decoding import Listing, Model, members
from trustoo_api.operations import OPERATIONS

from .. import Trustoo, __version__
from ..errors import ConfigurationError, TrustooError, UnverifiedOperationWarning
from .calling import with_secrets
from .connection import connection
from .exits import command, shown
from .operations import EXTRA_ARGUMENTS, OperationSpec, Parameter, operation_spec

if TYPE_CHECKING:
    from mcp.server import Server

__all__ = ["mcp", "tool_server", "tools"]

NOT_ARGUMENTS = EXTRA_ARGUMENTS | {"client_id", "client_secret"}
"""Arguments of operations that tools do not have. The platform's id and secret come from the environment."""
PERSONAL = re.compile(r"(^|_)(author|customer|e?mail|phone|address|ip|(first|last|full|user)_?name|name)(_|$)")
"""The names of members about a person. Names that the OpenAPI spec does not have are left out too."""
LARGEST = 40_000
"""Characters of a result. An assistant reads all of them."""
LONGEST_TEXT = 2_000
MOST_ITEMS = 100
"""Items of a list inside an item."""
INSTRUCTIONS = (
    "Tools of the Trustoo Open API, which has a Shopify shop's product reviews. Lists have pages: ask for page and "
    "page_size. Most of the API is documented by its vendor; each tool says how well it is known."
)


@command
def mcp(
    context: typer.Context,
    allow_writes: Annotated[
        bool, typer.Option("--allow-writes", help="Offer the operations that change something too.")
    ] = False,
    with_personal_data: Annotated[
        bool,
        typer.Option("--with-personal-data", help="Return names, addresses and members that the spec does not have."),
    ] = False,
) -> None:
    """Serve the operations as tools for assistants (MCP).

    The server speaks the Model Context Protocol on standard input and output. An assistant starts it as a command. It
    has the reads of the API, without personal data and secrets. It needs the extra: pip install 'trustoo[mcp]'.
    """
    try:
        import anyio
        from mcp.server.stdio import stdio_server
    except ImportError as error:
        raise ConfigurationError("trustoo mcp needs the package mcp: pip install 'trustoo[mcp]'.") from error

    async def serve(client: Trustoo) -> None:
        server = tool_server(client, allow_writes=allow_writes, with_personal_data=with_personal_data)
        async with stdio_server() as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())

    with connection(context).client() as client, warnings.catch_warnings():
        warnings.simplefilter("ignore", UnverifiedOperationWarning)  # the descriptions of the tools have the evidence
        anyio.run(serve, client)


def tools(*, allow_writes: bool = False) -> dict[str, OperationSpec]:
    """The operations that are tools, by the names of the tools.

    Operations with secrets in their arguments or results are left out, and writes whose paths are inferred.
    """
    specs = map(operation_spec, OPERATIONS)
    return {
        spec.id.replace(".", "_"): spec
        for spec in specs
        if not spec.secret_results
        and not any(known.is_secret for known in _arguments(spec))
        and (allow_writes or not spec.operation.is_write)
        and not spec.is_unverified
    }


def tool_server(client: Trustoo, *, allow_writes: bool = False, with_personal_data: bool = False) -> Server[Any]:
    """A server whose tools call the operations with `client`.

    Args:
        allow_writes: whether operations that change something are tools too. Default: False.
        with_personal_data: whether results have data about persons. Default: False.
    """
    import anyio.to_thread
    from mcp.server import Server
    from mcp_types import (
        CallToolRequestParams,
        CallToolResult,
        ListToolsResult,
        TextContent,
        Tool,
        ToolAnnotations,
    )

    specs = tools(allow_writes=allow_writes)

    async def list_tools(context: Any, request: Any) -> ListToolsResult:
        return ListToolsResult(
            tools=[
                Tool(
                    name=name,
                    description=f"{spec.summary}\n\n{spec.notes}",
                    input_schema=_schema(spec),
                    annotations=ToolAnnotations(
                        read_only_hint=not spec.operation.is_write, destructive_hint=spec.operation.is_write
                    ),
                )
                for name, spec in specs.items()
            ]
        )

    async def call_tool(context: Any, request: CallToolRequestParams) -> CallToolResult:
        try:
            spec = specs.get(request.name)
            if spec is None:
                raise ConfigurationError(f"There is no tool {request.name!r}; the tools are {', '.join(specs)}.")
            called = partial(_call, client, spec, request.arguments or {}, with_personal_data)
            text, failed = await anyio.to_thread.run_sync(called), False
        except TrustooError as error:
            text, failed = shown(error), True
        return CallToolResult(content=[TextContent(text=text)], is_error=failed)

    return Server(
        "trustoo",
        version=__version__,
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _arguments(spec: OperationSpec) -> list[Parameter]:
    return [parameter for name, parameter in spec.parameters.items() if name not in NOT_ARGUMENTS]


def _schema(spec: OperationSpec) -> dict[str, Any]:
    """The arguments of a tool as a JSON Schema."""
    wanted = _arguments(spec)
    return {
        "type": "object",
        "properties": {parameter.name: _property(parameter) for parameter in wanted},
        "required": [parameter.name for parameter in wanted if parameter.required],
        "additionalProperties": False,
    }


def _property(parameter: Parameter) -> dict[str, Any]:
    types: dict[str, dict[str, Any]] = {
        "text": {"type": "string"},
        "number": {"type": "integer"},
        "flag": {"type": "integer", "enum": [0, 1]},
    }
    found: dict[str, Any] = dict(types.get(parameter.kind, {}))
    if parameter.known and parameter.kind != "flag":
        found["examples"] = [*parameter.known]
    if parameter.takes_several:
        found = {"type": "array", "items": found}
    return {**found, "description": parameter.text}


def _call(client: Trustoo, spec: OperationSpec, arguments: Mapping[str, Any], with_personal_data: bool) -> str:
    """Call the operation, and return its result as bounded JSON text."""
    spec.check_names(arguments)
    given = with_secrets(spec, arguments)
    spec.request(given)
    found = spec.call(client, given)
    left_out: dict[str, None] = {}
    clean = partial(_clean, left_out=None if with_personal_data else left_out)
    if isinstance(found, Listing):
        result = _bounded({"page": found.page.to_dict()}, [clean(item) for item in found.list])  # type: ignore[attr-defined]
    elif isinstance(found, list):
        result = _bounded({}, [clean(item) for item in found])
    else:
        result = dict[str, Any](clean(found) if isinstance(found, Model) else {"status": "done"})
    if left_out:
        result["left_out"] = [*left_out]
    text = json.dumps(result, ensure_ascii=False, default=str)
    return text if len(text) <= 2 * LARGEST else f"The result has {len(text)} characters, which is too much to show."


def _bounded(about: dict[str, Any], items: list[Any]) -> dict[str, Any]:
    """The items that fit, and how many there are."""
    fitting, room = list[Any](), LARGEST
    for item in items:
        room -= len(json.dumps(item, ensure_ascii=False, default=str))
        if room < 0:
            break
        fitting.append(item)
    cut = {} if len(fitting) == len(items) else {"cut": f"{len(fitting)} of {len(items)} items; ask for smaller pages."}
    return {**about, "list": fitting, **cut}


def _clean(model: Model, left_out: dict[str, None] | None) -> dict[str, Any]:
    """A result without long texts, and without personal data unless `left_out` is None. The names are added to it."""
    received = model.to_dict()
    if left_out is not None:
        known = {wire for _, wire in members(type(model))}
        left_out |= dict.fromkeys(name for name in received if name not in known)
        received = {name: value for name, value in received.items() if name in known}
    return {name: _short(value, left_out) for name, value in _impersonal(received, left_out)}


def _impersonal(received: Mapping[str, Any], left_out: dict[str, None] | None) -> list[tuple[str, Any]]:
    if left_out is None:
        return [*received.items()]
    left_out |= dict.fromkeys(name for name in received if PERSONAL.search(name))
    return [(name, value) for name, value in received.items() if name not in left_out]


def _short(value: Any, left_out: dict[str, None] | None) -> Any:
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return f"{value[:LONGEST_TEXT]}…"
    if isinstance(value, list):
        return [_short(item, left_out) for item in value[:MOST_ITEMS]]
    if isinstance(value, dict):
        return {name: _short(item, left_out) for name, item in _impersonal(value, left_out)}
    return value
