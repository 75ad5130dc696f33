"""Options of commands from the generated package. Each argument of an operation becomes an option with a help text."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Annotated, Any

import typer

from ..errors import ArgumentError
from .calling import from_environment
from .operations import EXTRA_ARGUMENTS, OperationSpec, Parameter, flag
from .output import Output

__all__ = ["with_options_of"]

OPEN = frozenset(["sources", "topics", "event_types"])
"""The arguments that take unknown values too, one or several. New values of them appear without notice."""
NOT_OPTIONS = EXTRA_ARGUMENTS | {"page"}
POSITIONAL = ("id", "email")
"""The arguments that stand without an option's name."""


def with_options_of(spec: OperationSpec, *left_out: str) -> Callable[[Callable[..., int | None]], Callable[..., Any]]:
    """Give a command an option for each argument of an operation. The argument `given` has the options that were used.

    An option whose values are known takes no other values, except options in `OPEN`.

    Args:
        left_out: arguments of the operation, and of the function, that do not become options. Secrets never do.
    """

    def decorate(function: Callable[..., int | None]) -> Callable[..., Any]:
        @wraps(function)
        def run(**arguments: Any) -> int | None:
            given = {}
            try:
                for name, parameter in wanted.items():
                    if (value := arguments.pop(name)) in (None, []):
                        continue
                    _check_values(parameter, value)
                    given[name] = parameter.read([value]) if parameter.kind == "json" else value
                return function(**arguments, given=given)
            except ArgumentError as error:
                error.args = (_with_option(str(error), wanted),)
                raise

        wanted = {
            name: parameter
            for name, parameter in spec.parameters.items()
            if name not in NOT_OPTIONS and name not in left_out and not from_environment(parameter)
        }
        own = [
            p
            for p in inspect.signature(function, eval_str=True).parameters.values()
            if p.name != "given" and p.name not in left_out
        ]
        made = sorted(map(_option, wanted.values()), key=lambda option: option.name not in POSITIONAL)
        keyword = inspect.Parameter.KEYWORD_ONLY
        arguments = made + [p.replace(kind=keyword) for p in own]
        signature = inspect.Signature(arguments)
        setattr(run, "__signature__", signature)  # noqa: B010  # what typer reads; functions have no such attribute for mypy
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in arguments}
        delattr(run, "__wrapped__")  # typer would read its annotations instead
        return run

    return decorate


def _option(parameter: Parameter) -> inspect.Parameter:
    name, several = parameter.name, parameter.takes_several
    kind: Any = int if parameter.kind in ("number", "flag") else str
    values = f"Known: {', '.join(map(str, parameter.known))}." if parameter.known and parameter.kind != "flag" else ""
    help_text = " ".join(filter(None, [parameter.text, values, "Can be repeated." if several else ""]))
    least, most = (0, 1) if name.startswith("is_") else (1, None)
    limits: dict[str, Any] = {"min": least, "max": most} if kind is int else {}
    if name in POSITIONAL:
        option = typer.Argument(metavar=name.upper(), help=help_text)
    else:
        metavar = "JSON" if parameter.kind == "json" else None
        option = typer.Option(flag(name, several), help=help_text, metavar=metavar, **limits)
    form: Any = list[kind] if several else kind
    default = inspect.Parameter.empty if parameter.required else None
    annotation: Any = Annotated[form if parameter.required else form | None, option]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _typed(parameter: Parameter) -> str:
    """The name of an argument at the command line."""
    positional = parameter.name in POSITIONAL
    return parameter.name.upper() if positional else flag(parameter.name, parameter.takes_several)


def _with_option(message: str, options: Mapping[str, Parameter]) -> str:
    """The message with the option instead of the argument that it begins with, such as `product_ids[0]`."""
    found = re.match(r"(\w+)(?:\[[0-9]+\])?(?= )", message)
    if found is None or found[1] not in options:
        return message
    return _typed(options[found[1]]) + message[found.end() :]


def _check_values(parameter: Parameter, given: Any) -> None:
    """Raise ArgumentError for a value that does not exist, or print a note if the values are not all known."""
    known = [*map(str, parameter.known)]
    for value in parameter.unknown_values(given):
        said = f"{_typed(parameter)} {value!r} is not a known value; the known values are {', '.join(known)}."
        is_open = f"{parameter.name.removesuffix('s')}s" in OPEN
        if not is_open or value.casefold() in map(str.casefold, known):
            raise ArgumentError(said)
        Output().note(f"{said} It is used as it is.")
