"""Options of commands from the generated package. Each parameter of an operation becomes an option with a help text."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Annotated, Any, Literal, ParamSpec, get_args, get_origin, get_type_hints

import typer

from ..errors import ArgumentError
from .output import Output

__all__ = ["known_values", "parameters", "with_options_of"]

P = ParamSpec("P")
OPEN = frozenset(["sources"])
"""The filters that take unknown values too. New sources of reviews appear without notice."""
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
    method: Callable[..., Any], *left_out: str, like: Callable[..., Any]
) -> Callable[[Callable[..., int | None]], Callable[..., Any]]:
    """Give a command an option for each parameter of `method`. The argument `given` has the options that were used.

    An option whose values are known takes no other values, except options in `OPEN`.

    Args:
        like: a method that takes one of the values that a parameter of `method` takes in a list. Their values are the
            same: `ratings` has the values of `rating`.
    """

    def decorate(function: Callable[..., int | None]) -> Callable[..., Any]:
        @wraps(function)
        def run(**arguments: Any) -> int | None:
            given = {name: value for name in wanted if (value := arguments.pop(name)) not in (None, [])}
            for name, value in given.items():
                _check_values(name, value, known[name])
            return function(**arguments, given=given)

        texts, single = _texts(method), parameters(like)
        wanted = {name: type_ for name, type_ in parameters(method).items() if name not in left_out}
        known = {
            name: known_values(type_) or known_values(single.get(name.removesuffix("s")))
            for name, type_ in wanted.items()
        }
        own = [p for p in inspect.signature(function, eval_str=True).parameters.values() if p.name != "given"]
        options = [_option(name, type_, texts.get(name, ""), known[name]) for name, type_ in wanted.items()]
        keyword = inspect.Parameter.KEYWORD_ONLY
        arguments = [p.replace(kind=keyword) for p in own] + options
        signature = inspect.Signature(arguments)
        setattr(run, "__signature__", signature)  # noqa: B010  # what typer reads; functions have no such attribute for mypy
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in arguments}
        delattr(run, "__wrapped__")  # typer would read its annotations instead
        return run

    return decorate


def _option(name: str, type_: Any, text: str, known: tuple[Any, ...]) -> inspect.Parameter:
    several = _takes_several(type_)
    parts = get_args(type_) or (type_,)
    kind: Any = int if not several and int in parts and str not in parts else str
    values = f"Known: {', '.join(map(str, known))}." if known else ""
    help_text = " ".join(filter(None, [text, values, "Can be repeated." if several else ""]))
    least, most = (0, 1) if name.startswith("is_") else (1, None)
    limits: dict[str, Any] = {"min": least, "max": most} if kind is int else {}
    option = typer.Option(_flag(name, several), help=help_text, **limits)
    annotation: Any = Annotated[(list[kind] if several else kind) | None, option]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _takes_several(type_: Any) -> bool:
    return any(get_origin(part) is Iterable for part in get_args(type_))


def _flag(name: str, several: bool) -> str:
    return f"--{name.removesuffix('s') if several else name}".replace("_", "-")


def _check_values(name: str, given: Any, known: tuple[Any, ...]) -> None:
    """Raise ArgumentError for a value that does not exist, or print a note if the values are not all known."""
    several, texts = isinstance(given, list), list(map(str, known))
    for value in given if several else [given]:
        if not known or str(value) in texts:
            continue
        said = f"{_flag(name, several)} {value!r} is not a known value; the known values are {', '.join(texts)}."
        if name not in OPEN or value.casefold() in map(str.casefold, texts):
            raise ArgumentError(said)
        Output().note(said)


def _texts(method: Callable[..., Any]) -> dict[str, str]:
    """The text of each argument in the docstring, without the words in parentheses that grade the evidence."""
    section = inspect.getdoc(method) or ""
    section = section.partition("Args:\n")[2].partition("\n\n")[0]
    found = re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", section, re.MULTILINE)
    grades = re.compile(r" \((documented|example|field|inferred)[a-z; ]*\)$")
    return {name: grades.sub("", re.sub(r"\s+", " ", text)) for name, text in found}
