"""Options of commands from the generated package. Each parameter of an operation becomes an option with a help text."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Annotated, Any, Literal, ParamSpec, get_args, get_origin, get_type_hints

import typer

__all__ = ["known_values", "parameters", "with_options_of"]

P = ParamSpec("P")
NOT_OPTIONS = frozenset(
    ["self", "page", "extra_query", "extra_body", "limit", "known_ids", "since", "checkpoint", "unverified"]
)


def parameters(method: Callable[..., Any]) -> dict[str, Any]:
    """Return the API parameters that a generated method accepts, with their types."""
    hints = get_type_hints(method)
    return {name: hints[name] for name in inspect.signature(method).parameters if name not in NOT_OPTIONS}


def known_values(type_: Any) -> tuple[Any, ...]:
    """The values that a parameter's type allows; empty if the type allows any value."""
    if get_origin(type_) is Literal:
        return get_args(type_)
    return tuple(value for part in get_args(type_) for value in known_values(part))


def with_options_of(
    method: Callable[..., Any], *left_out: str
) -> Callable[[Callable[..., int | None]], Callable[..., Any]]:
    """Give a command an option for each parameter of `method`. The argument `given` has the options that were used."""

    def decorate(function: Callable[..., int | None]) -> Callable[..., Any]:
        @wraps(function)
        def run(**arguments: Any) -> int | None:
            given = {name: arguments.pop(name) for name in wanted}
            return function(
                **arguments, given={name: value for name, value in given.items() if value not in (None, [])}
            )

        texts = _texts(method)
        wanted = {name: type_ for name, type_ in parameters(method).items() if name not in left_out}
        own = [p for p in inspect.signature(function, eval_str=True).parameters.values() if p.name != "given"]
        options = [_option(name, type_, texts.get(name, "")) for name, type_ in wanted.items()]
        keyword = inspect.Parameter.KEYWORD_ONLY
        arguments = [p.replace(kind=keyword) for p in own] + options
        signature = inspect.Signature(arguments)
        setattr(run, "__signature__", signature)  # noqa: B010  # what typer reads; functions have no such attribute for mypy
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in arguments}
        delattr(run, "__wrapped__")  # typer would read its annotations instead
        return run

    return decorate


def _option(name: str, type_: Any, text: str) -> inspect.Parameter:
    parts = get_args(type_) or (type_,)
    several = any(get_origin(part) is Iterable for part in parts)
    kind: Any = int if not several and int in parts and str not in parts else str
    known = ", ".join(map(str, known_values(type_)))
    help_text = " ".join(
        filter(None, [text, f"Known: {known}." if known else "", "Can be repeated." if several else ""])
    )
    flag = f"--{name.removesuffix('s') if several else name}".replace("_", "-")
    annotation: Any = Annotated[(list[kind] if several else kind) | None, typer.Option(flag, help=help_text)]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _texts(method: Callable[..., Any]) -> dict[str, str]:
    """The text of each argument in the docstring, without the word in parentheses that grades the evidence."""
    section = inspect.getdoc(method) or ""
    section = section.partition("Args:\n")[2].partition("\n\n")[0]
    found = re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", section, re.MULTILINE)
    texts = {name: re.sub(r"\s+", " ", text) for name, text in found}
    return {
        name: "" if text.startswith("Not described.") else re.sub(r" \(\w+\)$", "", text)
        for name, text in texts.items()
    }
