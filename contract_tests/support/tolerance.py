"""States how a tolerant client reads a response. An oracle of its own: it shares no code with the client.

docs/responses.md has the same rules for readers.
"""

import json
import math
import re
from typing import Any

from contract_tests.support.spec import SPEC, instant, types_of
from tools.spec import Node

UNREADABLE: Any = type("Unreadable", (), {"__repr__": lambda self: "UNREADABLE"})()
"""The reading of a value that the declared type cannot have in any spelling."""
DIGITS = 4000
"""Integers with this many digits or more are kept as text, because Python refuses to read such integers."""


class NotJSONError(Exception):
    """The content is not JSON, even if broken text is replaced."""


class TooDeepError(Exception):
    """The content is nested too deeply for the standard library."""


def loads(content: bytes) -> Any:
    """Return JSON with U+FFFD in place of broken text. Raises NotJSONError and TooDeepError."""
    text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    try:
        return _whole(json.loads(text, strict=False, parse_int=_integer, parse_constant=_refuse))
    except RecursionError:
        raise TooDeepError("JSON is nested too deeply for the standard library") from None
    except ValueError as error:
        raise NotJSONError(str(error)) from None


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) < DIGITS else digits


def _refuse(constant: str) -> None:
    raise NotJSONError(f"{constant} is no JSON")


def _whole(value: Any) -> Any:
    """Return the value with U+FFFD in place of halves of surrogate pairs."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return {_whole(name): _whole(item) for name, item in value.items()} if isinstance(value, dict) else value


def code(raw: Any) -> int | None:
    """Return the code of an envelope; None if there is no readable code."""
    found = raw.get("code") if isinstance(raw, dict) else None
    value = found if isinstance(found, bool) else _as_integer(found)
    return value if type(value) is int else None


def is_listing(schema: Node) -> bool:
    """Return whether the objects of a schema hold items in `list`."""
    return "array" in types_of(SPEC.resolve(SPEC.properties(SPEC.resolve(schema)).get("list", {})))


def reading(schema: Node, raw: Any) -> Any:
    """Return what a member of this schema reads as. Objects and lists of objects are returned as they are.

    Elements that cannot be read are left out of lists.
    """
    schema = SPEC.resolve(schema)
    types = types_of(schema)
    if raw is None:
        return [] if types <= {"array", "null"} and "array" in types else None
    if isinstance(raw, dict | list):
        kind, other = ("object", "array") if isinstance(raw, dict) else ("array", "object")
        if kind in types:
            return _elements(schema, raw) if isinstance(raw, list) else raw
        if raw or other not in types:
            return UNREADABLE
        return [] if other == "array" else None
    if {"string", "integer"} <= types:
        value = raw if isinstance(raw, str) else UNREADABLE if isinstance(raw, bool) else _as_integer(raw)
        return str(value) if type(value) is int else value
    for declared, convert in _SCALARS.items():
        if declared in types:
            return convert(raw)
    return UNREADABLE


def _elements(schema: Node, raw: list[Any]) -> list[Any]:
    array = next(variant for variant in map(SPEC.resolve, (schema, *schema.get("anyOf", ()))) if "items" in variant)
    items = SPEC.resolve(array["items"])
    if "object" in types_of(items):
        return [item for item in raw if isinstance(item, dict)]
    read = [UNREADABLE if item is None else reading(items, item) for item in raw]
    return [item for item in read if item is not UNREADABLE]


def left_out(schema: Node, raw: Any) -> bool:
    """Return whether a list lacks elements that were received."""
    read = reading(schema, raw)
    return isinstance(raw, list) and isinstance(read, list) and len(read) < len(raw)


def _as_integer(raw: Any) -> Any:
    if isinstance(raw, bool | int):
        return int(raw)
    if isinstance(raw, float):
        return int(raw) if raw == raw // 1 and abs(raw) < 2**53 else UNREADABLE
    if isinstance(raw, str) and re.fullmatch(r"-?(0|[1-9]\d*)", raw, re.ASCII) and len(raw.lstrip("-")) <= DIGITS:
        return int(raw)
    return UNREADABLE


def _as_number(raw: Any) -> Any:
    if isinstance(raw, str):
        if not re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", raw, re.ASCII):
            return UNREADABLE
        whole = _as_integer(raw)
        raw = float(raw) if whole is UNREADABLE else whole
    if isinstance(raw, float):
        return raw if math.isfinite(raw) else UNREADABLE
    return int(raw)


def _as_text(raw: Any) -> Any:
    if isinstance(raw, str):
        return raw
    is_number = not isinstance(raw, bool) and (isinstance(raw, int) or math.isfinite(raw))
    return str(raw) if is_number else UNREADABLE


def _as_boolean(raw: Any) -> Any:
    return bool(raw) if isinstance(raw, bool) or (type(raw) is int and raw in (0, 1)) else UNREADABLE


_SCALARS = {"number": _as_number, "integer": _as_integer, "string": _as_text, "boolean": _as_boolean}


def is_unparsed(schema: Node, text: Any, value: Any) -> bool:
    """Return whether `value` must be the date or number in `text`, and is None instead."""
    form = SPEC.resolve(schema).get("format")
    return form in ("instant", "decimal") and text is not None and value is None


def check_parsed(schema: Node, name: str, text: Any, value: Any) -> None:
    """Fail if `value` is not the date or number that the API's documented forms of `text` state."""
    form = SPEC.resolve(schema).get("format")
    if form == "instant" and (stated := instant(text)) is not None:
        assert value == stated, f"{name} is {value!r}, the response says {text!r}"
    if form == "decimal" and isinstance(text, str) and re.fullmatch(r"(0|[1-9]\d{0,9})(\.\d{1,9})?", text, re.ASCII):
        assert value == float(text), f"{name} is {value!r}, the response says {text!r}"
