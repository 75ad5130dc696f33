"""Calls of operations: secrets from the environment, the question before a write, and the result."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from ..errors import ArgumentError, ConfigurationError, UnverifiedOperationWarning
from .connection import CLIENT_ID, connection
from .exits import can_ask, confirm
from .operations import OperationSpec, Parameter
from .output import Output

__all__ = [
    "ShowSecrets",
    "Unverified",
    "Yes",
    "call",
    "check_unverified",
    "from_environment",
    "unverified_read",
    "variable_of",
    "with_secrets",
]

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before something is changed.")]
Unverified = Annotated[
    bool, typer.Option("--unverified", help="Required if the path of the operation is inferred, not documented.")
]
ShowSecrets = Annotated[bool, typer.Option("--show-secrets", help="Print secrets in the result.")]


def call(
    context: typer.Context,
    spec: OperationSpec,
    given: Mapping[str, Any],
    *,
    yes: bool = False,
    unverified: bool = False,
    reads_input: bool = False,
) -> Any:
    """Call an operation, and return its result. Before a write, ask at a terminal.

    Args:
        given: the arguments. Secrets that are missing come from the environment.
        yes: whether a write is sent without a question. Default: False.
        unverified: whether a write with an inferred path is sent. Default: False.
        reads_input: whether standard input is used for something else. Default: False.

    Raises:
        ArgumentError: if an argument is invalid, or nobody can confirm a write. Nothing was sent.
        TrustooError: if the call failed.
    """
    arguments = with_secrets(spec, given, may_ask=not reads_input)
    said = spec.said(arguments)
    check_unverified(spec, unverified)
    if spec.operation.is_write:
        confirm(said, yes, reads_input=reads_input)
    with connection(context).client() as client, unverified_read(spec):
        return spec.call(client, arguments, unverified=unverified and spec.is_unverified)


def check_unverified(spec: OperationSpec, unverified: bool) -> None:
    """Raise ArgumentError if the path of a write is inferred, and the user does not accept that."""
    if spec.is_unverified and not unverified:
        path = spec.operation.path
        raise ArgumentError(f"The path {path} is inferred, not documented. Use --unverified to call it anyway.")


@contextmanager
def unverified_read(spec: OperationSpec) -> Iterator[None]:
    """Turn the warning about an inferred path into a note, because a warning names lines of code."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnverifiedOperationWarning)
        if spec.operation.evidence == "inferred" and not spec.operation.is_write:
            Output().note(f"The path {spec.operation.path} is inferred, not documented.")
        yield


def variable_of(name: str) -> str:
    """The environment variable of a secret argument."""
    return f"TRUSTOO_{name.upper()}"


def from_environment(parameter: Parameter) -> bool:
    """Whether the value comes from the environment: secrets, and the platform's id."""
    return parameter.is_secret or variable_of(parameter.name) == CLIENT_ID


def with_secrets(spec: OperationSpec, given: Mapping[str, Any], *, may_ask: bool = False) -> dict[str, Any]:
    """The arguments with those that come from the environment. Raises ConfigurationError if one is missing."""
    arguments = dict(given)
    for name, parameter in spec.parameters.items():
        if name in given or not from_environment(parameter):
            continue
        if value := os.environ.get(variable_of(name)):
            arguments[name] = value
        elif parameter.required:
            arguments[name] = _typed(name, may_ask)
    return arguments


def _typed(name: str, may_ask: bool) -> str:
    if may_ask and can_ask():
        typed: str = typer.prompt(f"{name} (not shown)", hide_input=True, err=True)
        return typed.strip()
    raise ConfigurationError(f"The argument {name} is missing: set {variable_of(name)}.")
