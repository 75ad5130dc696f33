"""`trustoo api`: calls any operation with the names of the API."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from trustoo_api.operations import OPERATIONS

from ..errors import ArgumentError
from .calling import ShowSecrets, Unverified, Yes, call, check_unverified, from_environment, variable_of, with_secrets
from .connection import connection
from .exits import command
from .files import oserror_context
from .listing import ListOptions, show_list
from .operations import OperationSpec, operation_spec, read_arguments
from .output import AsJson, Output
from .results import show_result

__all__ = ["api"]

METHODS = {operation.method for operation in OPERATIONS.values()}
COLUMNS = ("operation", "command", "evidence", "summary", "vendor_page")
MOST_USEFUL = ("command", "vendor_page", "evidence")
"""The columns at a terminal, in which commands and titles fit whole."""
PAIR = re.compile(r"([A-Za-z_][\w]*)=(.*)", re.DOTALL)


@command
def api(
    context: typer.Context,
    operation: Annotated[
        str,
        typer.Argument(
            help="Such as reviews.list, get_reviews or 'Get Review List'. Without it, all operations are listed."
        ),
    ] = "",
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME=VALUE...", help="Arguments of the operation. Repeat a name for several values."),
    ] = None,
    input: Annotated[
        str | None, typer.Option(metavar="FILE", help="A JSON object with more arguments. - is standard input.")
    ] = None,
    all_pages: Annotated[bool, typer.Option("--all", help="List all pages, and not one.")] = False,
    unverified: Unverified = False,
    yes: Yes = False,
    show_secrets: ShowSecrets = False,
    as_json: AsJson = False,
) -> None:
    """Call any operation of the API.

    NAME=VALUE are the operation's arguments. Lists and objects can be JSON: 'media=[{"url": "https://…"}]'. The types
    and limits of the OpenAPI spec are checked before anything is sent. A write prints what it will do, and asks.
    Secrets come from the environment, such as TRUSTOO_CLIENT_SECRET.
    """
    output = Output(as_json)
    if not operation:
        output.records(map(_described, OPERATIONS), MOST_USEFUL if output.is_rich else COLUMNS)
        return
    if operation in METHODS and arguments:
        raise ArgumentError(f"Leave out the method: trustoo api {arguments[0]}")
    spec = operation_spec(operation)
    texts = read_arguments(spec, _texts(spec, arguments or []))
    given = with_secrets(spec, {**_read(spec, input), **texts}, may_ask=input != "-")
    spec.request(given)
    check_unverified(spec, unverified)
    _note_unknown(spec, given, output)
    if all_pages:
        if not spec.is_paged:
            raise ArgumentError(f"{spec.id} has no pages; leave out --all.")
        if "page" in given:
            raise ArgumentError("Give --all or page, not both.")
        with connection(context).client() as client:
            show_list(spec, client, given, ListOptions(as_json=as_json))
        return
    found = call(context, spec, given, yes=yes, unverified=unverified, reads_input=input == "-")
    show_result(output, spec, found, show_secrets=show_secrets)


def _described(name: str) -> dict[str, str]:
    from .commands import command_of

    spec = operation_spec(name)
    return {
        "operation": name,
        "command": command_of(name),
        "evidence": spec.operation.evidence,
        "summary": spec.summary,
        "vendor_page": spec.operation.title,
    }


def _texts(spec: OperationSpec, arguments: list[str]) -> dict[str, list[str]]:
    """The texts of NAME=VALUE by name. Raises ArgumentError, also for a secret, which others could see."""
    found: dict[str, list[str]] = {}
    for argument in arguments:
        pair = PAIR.fullmatch(argument)
        if pair is None:
            raise ArgumentError(f"{argument!r} is not NAME=VALUE; an example is page=2.")
        name, text = pair.groups()
        parameter = spec.parameters.get(name)
        if parameter is not None and parameter.is_secret:
            raise ArgumentError(
                f"{name} is a secret, and other users of this machine can see arguments. Set {variable_of(name)}."
            )
        found.setdefault(name, []).append(text)
    return found


def _read(spec: OperationSpec, source: str | None) -> dict[str, Any]:
    """The arguments in a file. Raises ArgumentError."""
    if source is None:
        return {}
    if source == "-":
        content = sys.stdin.buffer.read()
    else:
        with oserror_context(Path(source)):
            content = Path(source).read_bytes()
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ArgumentError(f"--input {source} is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise ArgumentError(f"--input {source} is not a JSON object.")
    spec.check_names(value)
    return value


def _note_unknown(spec: OperationSpec, given: dict[str, Any], output: Output) -> None:
    for name, value in given.items():
        parameter = spec.parameters[name]
        if not from_environment(parameter) and (unknown := parameter.unknown_values(value)):
            known = ", ".join(map(str, parameter.known))
            output.note(f"{name}={unknown[0]!r} is not a known value; the known values are {known}.")
