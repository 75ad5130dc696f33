"""Options of commands that come from the generated package: a parameter of an operation is an option, with its text."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Annotated, Any, Literal, ParamSpec, get_args, get_origin, get_type_hints

import typer

__all__ = ["known_values", "parameters", "taking"]

P = ParamSpec("P")
NOT_OPTIONS = frozenset(
    ["self", "page", "extra_query", "extra_body", "limit", "known_ids", "since", "checkpoint", "unverified"]
)


def parameters(method: Callable[..., Any]) -> dict[str, Any]:
    """The API's parameters of a generated method, with their types."""
    hints = get_type_hints(method)
    return {name: hints[name] for name in inspect.signature(method).parameters if name not in NOT_OPTIONS}


def known_values(form: Any) -> tuple[Any, ...]:
    """The values that a parameter's type names; none where it names none."""
    if get_origin(form) is Literal:
        return get_args(form)
    return tuple(value for part in get_args(form) for value in known_values(part))


def taking(method: Callable[..., Any], *left_out: str) -> Callable[[Callable[..., int | None]], Callable[..., Any]]:
    """The command gets an option for each parameter of `method`, and receives those given as its argument `given`."""

    def decorate(function: Callable[..., int | None]) -> Callable[..., Any]:
        @wraps(function)
        def run(**arguments: Any) -> int | None:
            given = {name: arguments.pop(name) for name in wanted}
            return function(
                **arguments, given={name: value for name, value in given.items() if value not in (None, [])}
            )

        texts = _texts(method)
        wanted = {name: form for name, form in parameters(method).items() if name not in left_out}
        own = [p for p in inspect.signature(function, eval_str=True).parameters.values() if p.name != "given"]
        options = [_option(name, form, texts.get(name, "")) for name, form in wanted.items()]
        keyword = inspect.Parameter.KEYWORD_ONLY
        arguments = [p.replace(kind=keyword) for p in own] + options
        signature = inspect.Signature(arguments)
        setattr(run, "__signature__", signature)  # noqa: B010  # what typer reads; functions have no such attribute for mypy
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in arguments}
        delattr(run, "__wrapped__")  # typer would read its annotations instead
        return run

    return decorate


def _option(name: str, form: Any, text: str) -> inspect.Parameter:
    parts = get_args(form) or (form,)
    several = any(get_origin(part) is Sequence for part in parts)
    kind: Any = int if not several and int in parts and str not in parts else str
    known = ", ".join(map(str, known_values(form)))
    help_text = " ".join(
        filter(None, [text, f"Known: {known}." if known else "", "May be repeated." if several else ""])
    )
    flag = f"--{name.removesuffix('s') if several else name}".replace("_", "-")
    annotation: Any = Annotated[(list[kind] if several else kind) | None, typer.Option(flag, help=help_text)]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _texts(method: Callable[..., Any]) -> dict[str, str]:
    """What the docstring says of each argument, without its evidence mark."""
    section = inspect.getdoc(method) or ""
    section = section.partition("Args:\n")[2].partition("\n\n")[0]
    found = re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", section, re.MULTILINE)
    said = {name: re.sub(r"\s+", " ", text) for name, text in found}
    return {
        name: "" if text.startswith("Not described.") else re.sub(r" \(\w+\)$", "", text) for name, text in said.items()
    }
