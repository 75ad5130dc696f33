"""Docstrings of functions that are also there for asyncio."""

from __future__ import annotations

import re
from collections.abc import Callable
from inspect import cleandoc, iscoroutinefunction
from typing import Any, TypeVar

__all__ = ["same_as"]

F = TypeVar("F", bound=Callable[..., Any])
_CODE = re.compile(r"^ *(?:>>>|\.\.\.) .*", re.MULTILINE)
"""A line of an example."""


def same_as(original: Callable[..., Any]) -> Callable[[F], F]:
    """Add the docstring of `original` to the docstring of its version for asyncio, with examples that await."""

    def decorate(function: F) -> F:
        if function.__doc__ and original.__doc__:  # python -OO removes both
            name, said = function.__name__, cleandoc(original.__doc__)
            said = _in_examples(rf"\b{original.__name__}\b", name, said)
            if iscoroutinefunction(function):
                said = _in_examples(rf"((?:\w+\.)*)\b{name}\(", rf"await \1{name}(", said)
            else:
                said = said.replace(">>> for ", ">>> async for ")
            function.__doc__ = f"{cleandoc(function.__doc__)}\n\n{said}"
        return function

    return decorate


def _in_examples(pattern: str, new: str, text: str) -> str:
    return _CODE.sub(lambda line: re.sub(pattern, new, line[0]), text)
