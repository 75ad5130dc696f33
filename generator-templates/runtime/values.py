"""Encodes a caller's values for requests, and parses the API's dates."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any, Protocol, TypeAlias
from urllib.parse import quote

from .errors import ArgumentError

JSON: TypeAlias = Any
"""A decoded JSON value: dict, list, str, int, float, bool or None."""


class ToDict(Protocol):
    """Any object that can be converted to a JSON object, such as a model or an uploaded image."""

    def to_dict(self) -> dict[str, JSON]: ...


def to_json(value: Any) -> JSON:
    """A caller's value as JSON. Models and uploads become objects, and date-times become text in the API's format.

    None inside a caller's mapping is sent as null. Raises ArgumentError if JSON has no form for the value.
    """
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float) and isfinite(value):
        return value
    if isinstance(value, datetime):
        return instant_text(value)
    if callable(to_dict := getattr(value, "to_dict", None)):
        return to_dict()
    if isinstance(value, Mapping):
        return {str(name): to_json(item) for name, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, bytes | bytearray):
        return [to_json(item) for item in value]
    raise ArgumentError(f"A {type(value).__name__} cannot be sent as JSON.")  # unquoted: it may be a secret


def json_copy(value: JSON) -> JSON:
    """A copy that shares nothing mutable with `value`. It uses no recursion, because the server chooses the depth."""
    whole = [value]
    containers: list[Any] = [whole]
    while containers:
        container = containers.pop()
        for key, item in container.items() if isinstance(container, dict) else enumerate(container):
            if isinstance(item, dict | list):
                container[key] = item.copy()
                containers.append(container[key])
    return whole[0]


def path_segment(value: object) -> str:
    """`value` percent-encoded for a path. Raises ArgumentError if the segment would change the path."""
    text = _text(value)
    if text in ("", ".", ".."):
        raise ArgumentError(f"{text!r} cannot be part of a path; give the id itself.")
    return quote(text, safe="")


@dataclass(frozen=True, slots=True)
class Constraint:
    """The rules of the OpenAPI spec for a value, beyond its type. A value that violates a rule is never sent."""

    max_length: int | None = None
    max_items: int | None = None
    one_of: tuple[JSON, ...] | None = None
    gid: str | None = None
    """The kind of Shopify object whose number the API takes. Callers may also give the gid:// form."""
    members: "Mapping[str, Constraint] | None" = None


Constraints: TypeAlias = Mapping[str, Constraint]
NO_CONSTRAINTS: Constraints = {}


def conform(name: str, value: Any, constraint: Constraint) -> Any:
    """`value` in the form that the API takes. Raises ArgumentError with the value or its size, and the limit."""
    to_dict = getattr(value, "to_dict", None)
    if isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping) and to_dict is None:
        items = [conform(name, item, constraint) for item in value]
        if constraint.max_items is not None and len(items) > constraint.max_items:
            raise ArgumentError(f"{name} has {len(items)} items; the API takes {constraint.max_items} at most.")
        return items
    if constraint.gid is not None and isinstance(value, str) and value.startswith("gid:"):
        return _number_of_gid(name, value, constraint.gid)
    if constraint.one_of is not None:
        if value not in constraint.one_of:
            raise ArgumentError(f"{name} is {value!r}; the API takes {', '.join(map(repr, constraint.one_of))}.")
        value = constraint.one_of[constraint.one_of.index(value)]  # True and 1.0 are sent as 1
    if constraint.max_length is not None and isinstance(value, str) and len(value) > constraint.max_length:
        raise ArgumentError(f"{name} has {len(value)} characters; the API takes {constraint.max_length} at most.")
    if constraint.members is not None:
        inner, given = constraint.members, to_dict() if to_dict is not None else value
        if not isinstance(given, Mapping):
            return value
        return {
            key: conform(f"{name}.{key}", item, inner[key]) if key in inner else item for key, item in given.items()
        }
    return value


def _number_of_gid(name: str, gid: str, kind: str) -> str:
    found = re.fullmatch(rf"gid://shopify/{kind}/([0-9]+)(\?.*)?", gid)
    if found is None:
        raise ArgumentError(f"{name} is {gid!r}; give a number or gid://shopify/{kind}/NUMBER.")
    return found[1]


def query_pairs(
    values: Mapping[str, object], extra: Mapping[str, object] | None, constraints: Constraints = NO_CONSTRAINTS
) -> tuple[tuple[str, str], ...]:
    """Query parameters as text. None is left out, and an iterable becomes repeated names. Raises ArgumentError."""
    given: Iterable[tuple[str, Any]] = values.items()
    if extra:
        twice = sorted(name for name, value in extra.items() if value is not None and values.get(name) is not None)
        if twice:
            raise ArgumentError(f"{', '.join(twice)} was given as an argument and in extra_query; give it once.")
        given = (*values.items(), *extra.items())
    pairs: list[tuple[str, str]] = []
    for name, value in given:
        if value is None:
            continue
        if name in constraints:
            value = conform(name, value, constraints[name])
        if value.__class__ is str or value.__class__ is int:  # most are, and need no further call
            pairs.append((name, str(value)))
        elif isinstance(value, Iterable) and not isinstance(value, str | bytes | bytearray | Mapping):
            pairs.extend((name, _text(item)) for item in value if item is not None)
        else:
            pairs.append((name, _text(value)))
    return tuple(pairs)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, str | int | Decimal) or (isinstance(value, float) and isfinite(value)):
        return str(value)
    shown = repr(value) if isinstance(value, float) else f"A {type(value).__name__}"  # no text: it may be a secret
    raise ArgumentError(f"{shown} cannot be sent in a query or a path.")


def json_object(
    values: Mapping[str, object],
    extra: Mapping[str, object] | None,
    constraints: Constraints = NO_CONSTRAINTS,
    *,
    one_of: tuple[str, ...] = (),
) -> dict[str, JSON]:
    """A JSON object for a request body. An argument that is None is left out. `extra` is sent unchanged.

    `one_of` lists names of which the API takes exactly one. Raises ArgumentError.
    """
    given = {
        name: conform(name, value, constraints[name]) if name in constraints else value
        for name, value in values.items()
        if value is not None
    }
    if twice := given.keys() & (extra or {}).keys():
        raise ArgumentError(f"{', '.join(sorted(twice))} was given as an argument and in extra_body; give it once.")
    found = [name for name in one_of if name in given or name in (extra or {})]
    if len(found) > 1 or (one_of and not given and not extra):
        raise ArgumentError(f"The API takes one of {', '.join(one_of)}, but got {' and '.join(found) or 'none'}.")
    try:
        body: dict[str, JSON] = to_json(given | dict(extra or {}))
    except RecursionError:
        raise ArgumentError("An argument contains itself, or is nested too deeply to be sent.") from None
    return body


def instant(text: str | None) -> datetime | None:
    """An API date as an aware UTC date-time. Both formats are read: "2025-06-20T11:06:48Z" and "2025-06-20 11:06:48",
    which is in UTC. Unix times are also read: seconds, or milliseconds with 13 digits. None for None, for "" and for
    text in an unknown format. The model keeps the text itself."""
    if not text:
        return None
    try:
        if _UNIX_TIME.fullmatch(text):
            return _EPOCH + timedelta(seconds=float(text)) / (1 if len(text.partition(".")[0]) < 13 else 1000)
        value = datetime.fromisoformat(text)
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


_UNIX_TIME = re.compile(r"(?:[0-9]{9,11}|[0-9]{13})(?:\.[0-9]+)?")  # since 1973; fewer digits may be a date
_EPOCH = datetime.fromtimestamp(0, UTC)


def number(text: str | None) -> float | None:
    """A number that the API sends as text. None for None, and for text that is not a JSON number."""
    if text is None or not NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if isfinite(value) else None


NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
"""A JSON number."""


def instant_text(value: datetime) -> str:
    """An aware date-time as the API writes it in requests: UTC, "2025-06-20 00:00:00"."""
    if value.tzinfo is None:
        raise ArgumentError(f"The date-time {value.isoformat()} has no time zone; give one, such as datetime.UTC.")
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
