"""The members of a new review, and their types, from the generated package. Values of files are converted to them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Literal, get_args, get_origin
from unicodedata import category

import msgspec
from trustoo_api.api.reviews import ReviewsResource
from trustoo_api.decoding import members
from trustoo_api.types import Model

from ..operations import EXTRA_ARGUMENTS, known_values, parameters

__all__ = ["CellError", "Member", "arguments", "cut", "is_blank", "members_of_review", "required", "undressed"]

WORDS = {"true": True, "yes": True, "false": False, "no": False}


class CellError(Exception):
    """The value is invalid in its column.

    Args:
        text: what is wrong, and the remedy, without the value.
        value: the value as it is shown. Default: "", for no value.
    """

    def __init__(self, text: str, value: str = "") -> None:
        super().__init__(text)
        self.value = cut(value)


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a new review, such as `rating`, or a member of one of its objects, such as `reply.content`.

    Attributes:
        type_: its type in the generated package.
        kinds: the plain types that its values can have.
        is_date: whether its values are dates.
        is_flag: whether its values are yes and no.
    """

    type_: Any
    kinds: frozenset[type]
    is_date: bool
    is_flag: bool

    def convert(self, value: Any) -> Any:
        """The value of a cell, or of a JSON member, as this member. Raises CellError."""
        if str not in self.kinds:
            found = _read(value, self.kinds, known_values(self.type_))
            return [_item(self.type_, item) for item in found] if isinstance(found, list) else found
        if isinstance(value, str):
            return value
        if int in self.kinds and type(value) is int:
            return value
        wanted = f"text{' or a whole number' * (int in self.kinds)}"
        raise CellError(f"must be {wanted}", json.dumps(value, default=str))


@cache
def arguments() -> Mapping[str, Any]:
    """The arguments of `reviews.create`, with their types."""
    found = parameters(ReviewsResource.create)
    return {name: type_ for name, type_ in found.items() if name not in EXTRA_ARGUMENTS}


@cache
def required() -> dict[str, Any]:
    """The required arguments of `reviews.create`, each with an allowed value."""
    optional = {name for name, type_ in arguments().items() if type(None) in get_args(type_)}
    return {name: next(iter(known_values(type_)), "x") for name, type_ in arguments().items() if name not in optional}


@cache
def members_of_review() -> Mapping[str, Member]:
    """The members of a new review by their names, with those of objects, such as `reply.content`."""
    found = {}
    for name, type_ in arguments().items():
        found[name] = _member(type_)
        found |= {f"{name}.{inner}": _member(of_inner) for inner, of_inner in _object_members(type_).items()}
    return found


def is_blank(value: Any) -> bool:
    """Whether nothing can be seen of a value."""
    if not isinstance(value, str):
        return value is None
    if value[:1].isalnum():
        return False
    return all(c.isspace() or category(c) in ("Cc", "Cf") for c in value)


def undressed(text: str) -> str:
    """A text without what spreadsheets put around it: blanks, an apostrophe in front, and `="…"`."""
    text = text.strip()
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    return text.removeprefix("'").strip()


def cut(text: str) -> str:
    """The beginning of a text, for messages."""
    return text if len(text) <= 40 else f"{text[:40]}…"


def _member(type_: Any) -> Member:
    kinds = _kinds(type_)
    return Member(type_, frozenset(kinds), datetime in kinds, bool in kinds)


def _object_members(type_: Any) -> dict[str, Any]:
    """The members of an argument that is an object, and the members' types, from the model of the argument."""
    for part in get_args(type_):
        if isinstance(part, type) and issubclass(part, Model):
            types = {known.encode_name: known.type for known in msgspec.structs.fields(part)}
            return {wire: types[wire] for _, wire in members(part)}
    return {}


def _item(type_: Any, item: Any) -> Any:
    """An item of a list. Exported reviews have text for some members that are numbers in new reviews."""
    kinds = next((get_args(part)[0] for part in get_args(type_) if get_origin(part) is Iterable), None)
    if not isinstance(item, dict) or kinds is None:
        return item
    numbers = {
        name for name, kind in _object_members(kinds).items() if int in get_args(kind) and str not in get_args(kind)
    }
    return {
        name: int(value) if name in numbers and isinstance(value, str) and value.isdecimal() else value
        for name, value in item.items()
    }


def _kinds(type_: Any) -> set[type]:
    """The plain types that an argument can have. `dict` stands for objects and lists."""
    found: set[type] = set()
    for part in (type_,) if get_origin(type_) is Literal else get_args(type_) or (type_,):
        if get_origin(part) is Literal:
            found |= {type(value) for value in get_args(part)}
        elif part in (str, int, bool, datetime):
            found.add(part)
        elif part not in (type(None), date):
            found.add(dict)
    return found


def _read(value: Any, kinds: frozenset[type], allowed: tuple[Any, ...]) -> Any:
    """A number, a boolean, an object or a list from the text of a cell."""
    given = value
    if isinstance(value, str):
        given = WORDS.get(value.strip().lower()) if bool in kinds else None
        if given is None:
            try:
                given = json.loads(value)
            except (ValueError, RecursionError):
                given = value
    if isinstance(given, float) and given.is_integer():
        given = int(given)  # spreadsheets write 5.0
    if type(given) not in kinds and not (isinstance(given, list) and dict in kinds):
        text = f"must be {'a JSON object or list' if dict in kinds else '1 or 0, true or false, yes or no'}"
        if kinds == {int}:
            text = f"the API takes {', '.join(map(repr, allowed))}" if allowed else "must be a whole number"
        raise CellError(text, repr(value))
    return given
