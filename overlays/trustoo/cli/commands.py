"""The command of each operation, made from the operation's arguments and texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer

from .calling import ShowSecrets, Unverified, Yes, call, from_environment, unverified_read, variable_of
from .connection import connection
from .exits import command, unwrapped
from .filters import with_options_of
from .listing import All, Columns, Concurrency, Format, Limit, ListOptions, Since, Until, show_list
from .operations import OperationSpec, operation_spec
from .output import AsJson, Output
from .results import show_result

__all__ = ["command_of", "operation_command"]

GROUPS = {"customer_events": "events"}
"""The groups of commands whose names differ from the tag in the OpenAPI spec."""


def command_of(operation: str) -> str:
    """The words of the command of an operation, such as "events list" for "customer_events.list"."""
    tag, _, method = operation.partition(".")
    return f"{GROUPS.get(tag, tag)} {method}".replace("_", "-")


def operation_command(operation: str) -> Callable[..., None]:
    """The command of an operation, for typer."""
    spec = operation_spec(operation)
    made = _list_command(spec) if spec.item is not None else _call_command(spec)
    made.__doc__ = _help(spec)
    return made


def _list_command(spec: OperationSpec) -> Callable[..., None]:
    @command
    @with_options_of(spec, *(() if spec.is_paged else ("concurrency",)))
    def run(
        context: typer.Context,
        given: dict[str, Any],
        limit: Limit = 20,
        all_pages: All = False,
        since: Since = None,
        until: Until = None,
        columns: Columns = None,
        format: Format = None,
        concurrency: Concurrency = 1,
        as_json: AsJson = False,
    ) -> None:
        options = ListOptions(None if all_pages else limit, since, until, columns, format, as_json, concurrency)
        with connection(context).client() as client, unverified_read(spec):
            show_list(spec, client, given, options)

    return run


def _call_command(spec: OperationSpec) -> Callable[..., None]:
    wanted = {
        "yes": spec.operation.is_write,
        "unverified": spec.is_unverified,
        "show_secrets": bool(spec.secret_results),
    }

    @command
    @with_options_of(spec, *(name for name, is_wanted in wanted.items() if not is_wanted))
    def run(
        context: typer.Context,
        given: dict[str, Any],
        unverified: Unverified = False,
        yes: Yes = False,
        show_secrets: ShowSecrets = False,
        as_json: AsJson = False,
    ) -> None:
        found = call(context, spec, given, yes=yes, unverified=unverified)
        show_result(Output(as_json), spec, found, show_secrets=show_secrets)

    return run


def _help(spec: OperationSpec) -> str:
    """The help text: what the operation does, what is known about it, and what comes from the environment."""
    operation = spec.operation
    variables = [variable_of(name) for name, parameter in spec.parameters.items() if from_environment(parameter)]
    secrets = f"From the environment: {', '.join(variables)}." if variables else ""
    title = f'"{operation.title}" in the vendor\'s documentation, ' if operation.title else ""
    called = f"The operation is {spec.id}, {title}{operation.method} {operation.path}."
    if operation.is_write:
        called += f" `trustoo api {spec.id} --input FILE` reads its arguments from a JSON file."
    return "\n\n".join(filter(None, [spec.summary, unwrapped(spec.notes), secrets, called]))
