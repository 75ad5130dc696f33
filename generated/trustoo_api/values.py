"""Brings a caller's values into the form that the API takes (docs/values.md), and parses the API's dates."""

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from math import isfinite
from operator import ge, gt, index, le, lt
from os import PathLike, path
from types import NoneType
from typing import Any, ClassVar, Protocol, TypeAlias
from urllib.parse import quote

import msgspec

from .errors import ArgumentError

JSON: TypeAlias = Any
"""A decoded JSON value: dict, list, str, int, float, bool or None."""


class ToDict(Protocol):
    """Any object that can be converted to a JSON object, such as a model or an uploaded image."""

    def to_dict(self) -> dict[str, JSON]: ...


class ModelDump(Protocol):
    """A pydantic model."""

    def model_dump(self) -> dict[str, Any]: ...


class DataclassInstance(Protocol):
    """An instance of a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


class AttrsInstance(Protocol):
    """An instance of a class that attrs made."""

    __attrs_attrs__: ClassVar[Any]


ObjectLike: TypeAlias = Mapping[str, JSON] | ToDict | ModelDump | DataclassInstance | AttrsInstance
"""What is sent as a JSON object."""


class FilePart(msgspec.Struct, frozen=True):
    """The content of a file in a multipart body, with its name and content type."""

    content: bytes
    name: str = "file"
    content_type: str = "application/octet-stream"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, {self.content_type!r}, {len(self.content)} bytes)"


class Readable(Protocol):
    """A file that is open in binary mode."""

    def read(self) -> bytes: ...


FileLike: TypeAlias = FilePart | bytes | PathLike[str] | Readable
"""What is sent as a file. The whole content is read before the call is sent, because the signature covers it."""


def file_part(name: str, given: object) -> FilePart:
    """`given` as the content of a file. The name of the argument is for messages. Raises ArgumentError, OSError."""
    if isinstance(given, FilePart):
        return given
    if isinstance(given, bytes | bytearray):
        return FilePart(bytes(given))
    if isinstance(given, PathLike):
        with open(given, "rb") as file:
            return file_part(name, file)
    read = getattr(given, "read", None)
    content = read() if callable(read) else None
    if not isinstance(content, bytes):
        raise ArgumentError(f"{name} is of type {type(given).__name__}; give bytes, a path, or a file open in binary mode.")
    known = getattr(given, "name", None)
    file_name = path.basename(known) if isinstance(known, str | PathLike) else "file"
    return FilePart(content, file_name, _type_of(file_name))


def _type_of(file_name: str) -> str:
    from mimetypes import guess_type  # seldom needed

    return guess_type(file_name)[0] or "application/octet-stream"


class Constraint(msgspec.Struct, frozen=True):
    """What the OpenAPI spec states about a value. A value that cannot be brought into this form is never sent."""

    types: tuple[str, ...] = ()
    """The JSON types that the API takes. If empty, the OpenAPI spec does not state a type."""
    required: bool = False
    min_length: int = 0
    """The smallest number of characters, without blanks around them."""
    max_length: int | None = None
    min_items: int = 0
    max_items: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    """The number that a value must be greater than."""
    below: float | None = None
    """The number that a value must be less than."""
    pattern: str | None = None
    """A regular expression of which a text must have a match."""
    one_of: tuple[JSON, ...] | None = None
    gid: str | None = None
    """The kind of Shopify object whose number the API takes. Callers may also give the gid:// form, the object's
    address in Shopify's admin, and what spreadsheets make of a number."""
    format: str | None = None
    """The form of the text: a key of `FORMATS`."""
    is_file: bool = False
    """Whether the API takes the content of a file."""
    separator: str | None = None
    """What separates the items of a list in a query or a header. None if the name is repeated."""
    items: "Constraint | None" = None
    members: "Mapping[str, Constraint] | None" = None
    others: "Constraint | None" = None
    """What the API takes for members that are not in `members`."""
    closed: bool = False
    """Whether the API takes no members that are not in `members`."""
    accepts: frozenset[type] = frozenset()
    """The classes whose instances have a JSON type that the API takes. They follow from the other attributes."""
    fits: frozenset[type] = frozenset()
    """The classes whose instances are sent unchanged, without a further check. They follow in the same way."""

    def __post_init__(self) -> None:
        classes: dict[type, tuple[str, ...]] = {str: ("string",), int: ("integer", "number"), bool: ("boolean",)}
        accepts = {cls for cls, names in classes.items() if not self.types or not {*names}.isdisjoint(self.types)}
        checked: set[type] = {bool}  # a query has its own words for it
        if self.gid is not None:
            checked |= {str, int}
        if self.format is not None or self.max_length is not None or self.min_length or self.pattern is not None:
            checked.add(str)
        if any(limit is not None for limit in (self.minimum, self.maximum, self.above, self.below)):
            checked.add(int)
        fits = accepts - checked if self.one_of is None and not self.is_file else ()
        msgspec.structs.force_setattr(self, "accepts", frozenset(accepts))
        msgspec.structs.force_setattr(self, "fits", frozenset(fits))


Constraints: TypeAlias = Mapping[str, Constraint]
NO_CONSTRAINTS: Constraints = {}
ANY = Constraint()
MAX_FLOAT = 2**53
"""Floats from here on are not exact whole numbers."""
OR_NONE = "None (`values or None`)"
_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "True or False",
    "array": "a list",
    "object": "an object (a mapping, a model, a dataclass)",
}


def convert(name: str, given: Any, constraint: Constraint = ANY) -> JSON:
    """`given` as JSON in the form that the API takes. docs/values.md has the table of conversions.

    Args:
        name: the argument's name, for the message.
        given: the caller's value.
        constraint: what the OpenAPI spec states about the value. Default: nothing.

    Raises:
        ArgumentError: with the name, what the value is, and what the API takes.
        RecursionError: if the value contains itself.
    """
    value, types = given, constraint.types
    if constraint.is_file:
        return file_part(name, given)
    if value.__class__ not in constraint.accepts:
        if value.__class__ is not list:
            value = _plain(name, value, prefers_list="array" in types and "object" not in types)
        if value.__class__ is dict and ("object" in types or not types):
            known, of_items = constraint.members or {}, (constraint.items or ANY).members or {}
            names, expected = value.keys(), {**known, **of_items}
            if names and expected and not isinstance(given, Mapping) and not names & expected.keys():
                said = f"{_shown(given)}, which has none of the members {', '.join(expected)}.{_hint(constraint)}"
                raise ArgumentError(f"{name} is {said}")
            # Where the API takes an object or a list of objects, the names of the members show which one is given.
            if not names & of_items.keys() or names & known.keys():
                if constraint.closed and (unknown := sorted(names - known.keys())):
                    raise ArgumentError(f"{name} has {', '.join(unknown)}; the API takes {', '.join(known) or 'no members'}.")
                others = constraint.others or ANY
                return {
                    key: item
                    if item is None or item.__class__ in (of_member := known.get(key, others)).fits
                    else convert(f"{name}.{key}", item, of_member)
                    for key, item in value.items()
                }
        if value.__class__ is list and ("array" in types or not types):
            return _items(name, value, constraint, "{}[{}]")
        if "array" in types and value is not None and value is not _UNFIT:  # one item; a text is not split
            return _items(name, [value], constraint, "{}")
        if isinstance(value, date) and str in constraint.accepts and (not types or int not in constraint.accepts):
            value = _date_text(name, value, constraint.format)
        if types and value.__class__ not in constraint.accepts:
            value = _scalar(name, value, constraint)
        if value is _UNFIT:
            said = f"{_shown(given)}; the API takes {_wanted(given, constraint)}.{_hint(constraint)}"
            raise ArgumentError(f"{name} is {said}")
    if constraint.gid is not None or constraint.format is not None:
        value = _formatted(name, value, constraint)
    if constraint.one_of is not None and value not in constraint.one_of:
        raise ArgumentError(f"{name} is {_shown(value)}; the API takes {_wanted(value, constraint)}.")
    if constraint.min_length and isinstance(value, str) and (found := len(value.strip(_BLANKS))) < constraint.min_length:
        length = f"has {found} characters" if found else "is empty"
        raise ArgumentError(f"{name} {length}; the API takes {constraint.min_length} or more characters.")
    if constraint.max_length is not None and isinstance(value, str) and len(value) > constraint.max_length:
        raise ArgumentError(f"{name} has {len(value)} characters; the API takes {constraint.max_length} at most.")
    if constraint.pattern is not None and isinstance(value, str) and not re.search(constraint.pattern, value):
        raise ArgumentError(f"{name} does not have the form that the API takes: {constraint.pattern}")
    if isinstance(value, int | float):
        _check_range(name, value, constraint)
    return value


def _check_range(name: str, value: float, constraint: Constraint) -> None:
    limits = (
        (constraint.minimum, "at least", lt),
        (constraint.maximum, "at most", gt),
        (constraint.above, "more than", le),
        (constraint.below, "less than", ge),
    )
    for limit, word, is_outside in limits:
        if limit is not None and is_outside(value, limit):
            raise ArgumentError(f"{name} is {_shown(value)}; the API takes {word} {limit}.")


def to_json(value: Any, name: str = "The value") -> JSON:
    """`value` as JSON, where the OpenAPI spec states nothing about it. Raises ArgumentError like `convert`."""
    return convert(name, value)


_UNFIT: Any = object()


def _plain(name: str, value: Any, prefers_list: bool = False) -> Any:
    """`value` as a str, int, float, bool, None, date, list or dict, whose items are unchanged. Else, _UNFIT."""
    if isinstance(value, Enum):
        return _plain(name, value.value, prefers_list)
    if value is None or isinstance(value, bool | date):
        return value
    if isinstance(value, str):
        return str.__str__(value)  # of a subclass
    if isinstance(value, float):
        return float(value) if isfinite(value) else _UNFIT
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, type | bytes | bytearray | memoryview) or callable(getattr(value, "read", None)):
        return _UNFIT
    if isinstance(value, Mapping):
        return _object(name, value.items())
    with suppress(TypeError):
        return index(value)  # the integers of numpy are not subclasses of int
    is_list = isinstance(value, Iterable) and getattr(value, "ndim", 1) == 1  # the items of a table are names
    if not (is_list and prefers_list) and (members := _members(name, value)) is not None:
        return members
    return list(value) if is_list else _UNFIT


def _number(value: Decimal) -> Any:
    if not value.is_finite():
        return _UNFIT
    if abs(value) < 10**30 and value == int(value):
        return int(value)
    return float(value) if Decimal(repr(float(value))) == value else _UNFIT


def _members(name: str, value: Any) -> dict[str, Any] | None:
    """The members of an object that is not a mapping, without those that are None. None if it is not an object."""
    found: Any
    if callable(to_dict := getattr(value, "to_dict", None)):
        try:
            found = to_dict()
        except ArgumentError as error:
            raise ArgumentError(f"{name}: {error}") from None
        return _object(name, found.items()) if isinstance(found, Mapping) else None
    if callable(model_dump := getattr(value, "model_dump", None)):
        found = model_dump()
    elif hasattr(value, "__dataclass_fields__"):
        found = {member.name: getattr(value, member.name) for member in fields(value)}
    elif hasattr(value, "__attrs_attrs__"):
        found = {member.name: getattr(value, member.name) for member in value.__attrs_attrs__}
    else:
        return None
    return _object(name, [pair for pair in found.items() if pair[1] is not None])


def _object(name: str, pairs: Iterable[tuple[Any, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, item in pairs:
        plain = _plain(name, key)
        if plain.__class__ is int:
            plain = _digits(name, plain)
        if plain.__class__ is not str:
            raise ArgumentError(f"{name} has a key that is {_shown(key)}; give text.")
        if plain in found:
            raise ArgumentError(f"{name} has the key {plain!r} twice.")
        found[plain] = item
    return found


def _items(name: str, values: list[Any], constraint: Constraint, names: str) -> list[JSON]:
    if constraint.max_items is not None and len(values) > constraint.max_items:
        raise ArgumentError(f"{name} has {len(values)} items; the API takes {constraint.max_items} at most.")
    if len(values) < constraint.min_items:
        raise ArgumentError(f"{name} has {len(values)} items; the API takes {constraint.min_items} or more.")
    if constraint.types and NoneType in map(type, values):
        raise _with_none(name)
    of_items = constraint.items or ANY
    return [
        item
        if item is None or item.__class__ in of_items.fits
        else convert(names.format(name, number), item, of_items)
        for number, item in enumerate(values)
    ]


def _scalar(name: str, value: Any, constraint: Constraint) -> Any:
    """A plain value in a type that the API takes. Else, _UNFIT."""
    if value.__class__ is float:
        if "number" in constraint.types:
            return value
        # Tables with missing values hold whole numbers as floats.
        value = int(value) if abs(value) < MAX_FLOAT and value.is_integer() else _UNFIT
    if value.__class__ is bool:
        return _UNFIT if str in constraint.accepts or int not in constraint.accepts else int(value)
    if value.__class__ is int and int not in constraint.accepts:
        return _digits(name, value) if str in constraint.accepts and constraint.format != "instant" else _UNFIT
    return value if value.__class__ in constraint.accepts else _UNFIT


def _digits(name: str, value: float) -> str:
    try:
        return str(value)
    except ValueError:
        raise _too_long(name) from None


def _too_long(name: str) -> ArgumentError:
    return ArgumentError(f"{name} has too many digits. Python writes {sys.get_int_max_str_digits()} digits at most.")


def _with_none(name: str) -> ArgumentError:
    return ArgumentError(f"{name} contains None. Leave it out. If nothing is left, give {OR_NONE}.")


def _shown(value: Any) -> str:
    """A value in a message. Texts are not shown, because they may be secrets."""
    if value is None or isinstance(value, bool | int | float | Decimal):
        with suppress(ValueError):
            if len(text := str(value)) < 40:
                return text
    return f"of type {type(value).__name__}"


def _wanted(given: Any, constraint: Constraint) -> str:
    if constraint.one_of is not None:
        return ", ".join(map(repr, constraint.one_of))
    if constraint.format == "instant":
        return "text, or a datetime with a time zone"
    wanted = " or ".join(_WORDS[name] for name in constraint.types) or "what JSON can express"
    if constraint.types == ("object",) and constraint.members:
        wanted += f" with {', '.join(constraint.members)}"
    is_inexact = isinstance(given, float) and not constraint.accepts.isdisjoint((str, int)) and constraint.types
    return f"{wanted}. A float must be a whole number below 2**53" if is_inexact else wanted


def _hint(constraint: Constraint) -> str:
    """Where an object that the API takes comes from, if this client makes such objects."""
    members = {**(constraint.members or {}), **((constraint.items or ANY).members or {})}
    return " For a photo, give the result of media.upload_image." if "url" in members else ""


def _formatted(name: str, value: Any, constraint: Constraint) -> Any:
    """A text or a number in the constraint's format. An empty text stays empty."""
    if constraint.gid is not None:
        return _number_of(name, value, constraint.gid)
    if constraint.format is None or value.__class__ is not str:
        return value
    text = _undressed(value)
    return FORMATS[constraint.format](name, text) if text else text


def _undressed(text: str) -> str:
    """A text without what spreadsheets and copying put around it: blanks, an apostrophe in front, and `="…"`."""
    text = text.strip(_BLANKS)
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    return text.removeprefix("'").strip(_BLANKS)


_BLANKS = (
    " \t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028"
    "\u2029\u202f\u205f\u3000"  # what str.strip takes off
    "\u200b\u200e\u200f\u202a\u202c\u2060\ufeff"  # what is copied along, and cannot be seen
)


def _number_of(name: str, given: str | int, kind: str) -> str | int:
    """The number of a Shopify object, from its number, its gid or its address. An empty text stays empty."""
    if isinstance(given, int) and given >= 0:
        return given
    text = _undressed(given if isinstance(given, str) else _digits(name, given))
    admin = r"(?:https?://)?(?:admin\.shopify\.com/store/[^\s/]+|[^\s/]+/admin(?:/api/[^\s/]+)?)"
    if not text:
        return text
    if found := (
        re.fullmatch(r"([0-9]+)(?:\.0*)?", text)
        or re.fullmatch(rf"gid://shopify/{kind}/([0-9]+)(?:\?.*)?", text)
        or re.fullmatch(rf"{admin}/{kind.lower()}s/([0-9]+)(?:[/?#.].*)?", text)
        # The shop's own addresses have handles, and a short number can be a handle too.
        or re.fullmatch(rf"https?://[^\s?#]+/{kind.lower()}s/([0-9]{{10,}})(?:[/?#.].*)?", text)
    ):
        return found[1]
    if re.fullmatch(r"[0-9]+(?:[.,][0-9]+)?e\+?[0-9]+", text, re.IGNORECASE):
        remedy = (
            "A spreadsheet such as Excel wrote it in scientific notation, and its last digits may be lost. "
            "Format the column as Text, or as Number with 0 decimals, and take the ids from their source again."
        )
    elif re.fullmatch(r"[0-9][0-9.,'\s]*", text):
        remedy = "Format the column as Number with 0 decimals and without separators."
    else:
        remedy = f"The {kind.lower()}'s address in Shopify's admin ends with the number."
    raise ArgumentError(f"{name} is {_excerpt(given)}; give a number or gid://shopify/{kind}/NUMBER. {remedy}")


def _as_instant(name: str, text: str) -> str:
    """A date-time in one of the API's two formats, from any date-time of ISO 8601 with hyphens."""
    try:
        if not _ISO_DATE.match(text):
            raise ValueError(text)
        value = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentError(
            f"{name} is {_excerpt(text)}, which is not a date-time of the API. "
            "Give 2026-01-31 08:00:00, which is in UTC, or 2026-01-31T08:00:00+01:00."
        ) from None
    if _API_INSTANT.fullmatch(text):
        return text
    return value.isoformat(" ", "seconds") if value.tzinfo is None else instant_text(value, name)


_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])")
_API_INSTANT = re.compile(r"[0-9-]{10}(?: [0-9:]{8}|T[0-9:]{8}(?:\.[0-9]+)?Z)")


def _email(name: str, text: str) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+", text):
        raise ArgumentError(f"{name} is not an e-mail address, such as name@example.com.")
    return text


def _uri(name: str, text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+(?:[/?#]\S*)?", text, re.IGNORECASE):
        raise ArgumentError(f"{name} is not an address that begins with https:// or http:// and has a host.")
    return text


def _as_date_time(name: str, text: str) -> str:
    """An RFC 3339 date-time, unchanged. A text without a zone is refused, because RFC 3339 requires one."""
    if not _RFC_3339.fullmatch(text) or instant(text) is None:
        raise ArgumentError(f"{name} is {_excerpt(text)}; give a date-time such as 2026-01-31T08:00:00Z.")
    return text


_RFC_3339 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})")


def _as_date(name: str, text: str) -> str:
    try:
        return date.fromisoformat(text if _ISO_DATE.fullmatch(text) else "").isoformat()
    except ValueError:
        raise ArgumentError(f"{name} is {_excerpt(text)}; give a date such as 2026-01-31.") from None


def _date_text(name: str, value: date, form: str | None) -> str:
    """A date or a date-time as text in the form of its format."""
    if form == "date":
        if isinstance(value, datetime):
            raise ArgumentError(f"{name} is a date-time; give a date, such as datetime.date(2026, 1, 31).")
        return value.isoformat()
    text = instant_text(value, name)
    return f"{text.replace(' ', 'T')}Z" if form == "date-time" else text


FORMATS: Mapping[str, Callable[[str, str], str]] = {
    "instant": _as_instant,
    "date-time": _as_date_time,
    "date": _as_date,
    "email": _email,
    "uri": _uri,
}
"""Functions that return a text in the form of a format of the OpenAPI spec, or raise ArgumentError. Their arguments are
the name for messages, and the text."""


def _excerpt(value: object) -> str:
    return repr(value if len(str(value)) <= 60 else f"{str(value)[:60]}…")


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


def path_segment(name: str, value: object, constraint: "Constraint | None" = None) -> str:
    """`value` percent-encoded for a path. Raises ArgumentError if it has no text, or would change the path."""
    text = text_of(name, convert(name, value, constraint or _SEGMENT))
    if text in ("", ".", ".."):
        raise ArgumentError(f"{name} is {text!r}, which cannot be part of a path; give the id itself.")
    return quote(text, safe="")


_SEGMENT = Constraint(("string",))


def query_pairs(
    values: Mapping[str, object],
    extra: Mapping[str, object] | None,
    constraints: Constraints = NO_CONSTRAINTS,
    *,
    prefix: str = "",
) -> tuple[tuple[str, str], ...]:
    """Query parameters as text. None is left out, and an iterable becomes repeated names. Raises ArgumentError.

    `prefix` stands before the names in messages.
    """
    pairs: list[tuple[str, str]] = []
    name = ""
    try:
        for name, value in values.items():
            constraint = constraints.get(name, ANY)
            if value is None:
                if constraint.required:
                    raise ArgumentError(f"{name} is None, but the API requires it.")
            elif value.__class__ in constraint.fits:  # most do, and need no further call
                try:
                    pairs.append((name, str(value)))
                except ValueError:
                    raise _too_long(f"{prefix}{name}") from None
            else:
                argument = f"{prefix}{name}"
                found = convert(argument, value, constraint)
                if found.__class__ is dict and "object" in constraint.types:  # style deepObject
                    pairs += [
                        (f"{name}[{key}]", text_of(f"{argument}.{key}", item))
                        for key, item in found.items()
                        if item is not None
                    ]
                    continue
                for item in _separated(argument, found, constraint.separator):
                    pairs.append((name, item if item.__class__ is str else text_of(argument, item)))
                if found == []:
                    raise ArgumentError(f"{argument} is empty, which selects everything. For that, give {OR_NONE}.")
    except RecursionError:
        raise ArgumentError(f"{prefix}{name} contains itself, or is nested too deeply to be sent.") from None
    if extra is not None:
        pairs += query_pairs(_extra("extra_query", extra, values), None, prefix="extra_query.")
    return tuple(pairs)


def _separated(argument: str, value: JSON, separator: str | None) -> list[JSON]:
    """The texts that are sent for a value: one for each item of a list, or one text with all items."""
    if value.__class__ is not list:
        return [value]
    if separator is None or not value:
        items: list[JSON] = value
        return items
    texts = [text_of(argument, item) for item in value]
    if any(separator in text for text in texts):
        raise ArgumentError(f"{argument} has an item with {separator!r} in it, which separates the items.")
    return [separator.join(texts)]


def header_pairs(values: Mapping[str, object], constraints: Constraints) -> tuple[tuple[str, str], ...]:
    """Header parameters as text. None is left out. Raises ArgumentError."""
    pairs = query_pairs(values, None, constraints)
    for name, text in pairs:
        if not text.isascii() or not text.isprintable() or text != text.strip():
            raise ArgumentError(f"{name} must be printable ASCII without spaces around it, because it is sent as a header.")
    return pairs


def text_of(argument: str, value: JSON) -> str:
    """A plain value as text for a query, a form or a header. Raises ArgumentError for lists, objects and None."""
    if value.__class__ is bool:
        return "true" if value else "false"
    if value is None:
        raise _with_none(argument)
    if isinstance(value, dict | list):
        raise ArgumentError(f"{argument} is {_shown(value)}, which cannot be sent as text.")
    return value if value.__class__ is str else _digits(argument, value)


def _extra(argument: str, extra: Mapping[str, object], values: Mapping[str, object]) -> dict[str, Any]:
    """The caller's additional values. Raises ArgumentError if one of them is also an argument."""
    if not isinstance(extra, Mapping):
        raise ArgumentError(f"{argument} is {_shown(extra)}; give a mapping, such as a dict.")
    added = _object(argument, extra.items())
    is_body = argument == "extra_body"
    twice = sorted(
        name for name, value in added.items() if (is_body or value is not None) and values.get(name) is not None
    )
    if twice:
        raise ArgumentError(f"{', '.join(twice)} was given as an argument and in {argument}; give it once.")
    return added


def json_object(
    values: Mapping[str, object],
    extra: Mapping[str, object] | None,
    constraints: Constraints = NO_CONSTRAINTS,
    *,
    one_of: tuple[str, ...] = (),
    others: Constraint = ANY,
) -> dict[str, JSON]:
    """A JSON object for a request body. An argument that is None is left out. None in `extra` is sent as null.

    `one_of` lists names of which the API takes exactly one. `others` is what the API takes for members that it has no
    name for. Raises ArgumentError.
    """
    body: dict[str, JSON] = {}
    name = ""
    try:
        for name, value in values.items():
            constraint = constraints.get(name, ANY)
            if value is None:
                if constraint.required:
                    raise ArgumentError(f"{name} is None, but the API requires it.")
            else:
                body[name] = value if value.__class__ in constraint.fits else convert(name, value, constraint)
        if extra is not None:
            for name, value in _extra("extra_body", extra, values).items():
                body[name] = None if value is None else convert(f"extra_body.{name}", value, others)
    except RecursionError:
        raise ArgumentError(f"{name} contains itself, or is nested too deeply to be sent.") from None
    found = [name for name in one_of if name in body]
    if len(found) > 1 or (one_of and not body):
        raise ArgumentError(f"The API takes one of {', '.join(one_of)}, but got {' and '.join(found) or 'none'}.")
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


def instant_text(value: date, name: str = "The date-time") -> str:
    """A date-time as the API writes it in requests: UTC, "2025-06-20 00:00:00". A date is its midnight in UTC.

    `name` is the argument's name. Raises ArgumentError if a date-time has no time zone.
    """
    if not isinstance(value, datetime):
        return f"{value.isoformat()} 00:00:00"
    if value.tzinfo is None or value.utcoffset() is None:
        raise ArgumentError(f"{name} is {value}, which has no time zone; give one, such as datetime.UTC.")
    try:
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "seconds")
    except OverflowError:
        raise ArgumentError(f"{name} is {value}, which is out of range in UTC.") from None
