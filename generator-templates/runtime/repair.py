"""Reads responses that do not match the OpenAPI spec. docs/responses.md has all rules in one table.

Decoding calls this module only after the strict decoder in C refused the bytes.
"""

import builtins
import json
import re
from collections.abc import Callable, Iterator
from math import isfinite
from operator import is_
from types import NoneType
from typing import Any

import msgspec
from msgspec import inspect

from .decoding import UNREADABLE, Envelope, Listing, Model, Origin, decoded, encoded, integer, mismatch, recorded
from .errors import ResponseDecodeError
from .values import JSON, NUMBER

MISFIT: Any = object()
"""Stands for a value that cannot be read as the declared type."""
TEXT = "text"
"""The name that a report has for broken text."""

# --- text


def _texts(content: bytes) -> Iterator[tuple[bytes, tuple[str, ...]]]:
    """The content, and versions of it in which broken text is replaced, each with what was broken."""
    yield content, ()
    plain = content.removeprefix(b"\xef\xbb\xbf")
    readable = _SURROGATES.sub(_without_halves, _utf8(plain))
    # In compact JSON, line breaks and tabs can only be inside texts.
    escaped = readable.replace(b"\n", rb"\n").replace(b"\r", rb"\r").replace(b"\t", rb"\t")
    yield escaped, (() if escaped == plain else (TEXT,))
    yield readable, (() if readable == plain else (TEXT,))
    try:
        value = json.loads(readable, strict=False, parse_int=integer, parse_constant=_refused)
        yield encoded(value), (TEXT,)
    except (ValueError, RecursionError):
        return


def _utf8(content: bytes) -> bytes:
    """The content with U+FFFD in place of each part that is not UTF-8."""
    pieces = []
    for _ in range(10):  # an error copies the rest of the content; and encoding all takes longer than decoding all
        try:
            content.decode()
        except UnicodeDecodeError as error:
            pieces += [content[: error.start], _REPLACEMENT]
            content = content[error.end :]
        else:
            return b"".join((*pieces, content))
    return b"".join((*pieces, content.decode("utf-8", "replace").encode()))


_REPLACEMENT = "\ufffd".encode()


_SURROGATES = re.compile(rb"\\u[dD](?:[89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|[89a-fA-F][0-9a-fA-F]{2})")
"""A pair of escaped surrogates, or a half of a pair, which a program writes that cuts text by UTF-16 units."""


def _without_halves(found: re.Match[bytes]) -> bytes:
    backslash = start = found.start()
    while backslash > 0 and found.string[backslash - 1] == ord("\\"):
        backslash -= 1
    if (start - backslash) % 2:  # the backslash is escaped, so that the first six characters are plain text
        return found[0][:6] + (rb"\ufffd" if len(found[0]) > 6 else b"")
    return found[0] if len(found[0]) > 6 else rb"\ufffd"


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


# --- spellings: each of these functions makes one step, to the declared type


def _as_text(value: Any) -> Any:
    if type(value) not in (int, float) or not _is_finite(value):
        return MISFIT
    return str(value)


def _as_integer(value: Any) -> Any:
    if type(value) is bool:
        return int(value)
    if (
        type(value) is float and value.is_integer() and abs(value) < 2**53
    ):  # larger floats may stand for another integer
        return int(value)
    if type(value) is str and _INTEGER.fullmatch(value):
        return int(value)
    return MISFIT


_INTEGER = re.compile("-?(?:0|[1-9][0-9]{0,3999})")


def _as_number(value: Any) -> Any:
    if type(value) is str:
        if _INTEGER.fullmatch(value):
            return int(value)
        value = float(value) if NUMBER.fullmatch(value) else None
    if type(value) is bool:
        return int(value)
    return value if type(value) in (int, float) and _is_finite(value) else MISFIT


def _as_boolean(value: Any) -> Any:
    return bool(value) if type(value) is int and value in (0, 1) else MISFIT


def _as_id(value: Any) -> Any:
    return _as_integer(value) if type(value) is float else MISFIT


def _is_finite(value: float) -> bool:
    return type(value) is int or isfinite(value)


# --- declared types


class Member:
    """A declared type, as it is needed to fit values to it.

    Attributes:
        kinds: the types of JSON values that fit as they are.
        model: the object among the declared types.
        items: the type of the elements, if a list is among the declared types.
        read: returns a value that does not fit in another spelling, or MISFIT.
    """

    def __init__(self, declared: inspect.Type) -> None:
        parts = declared.types if isinstance(declared, inspect.UnionType) else (declared,)
        found = {type(part) for part in parts}
        self.kinds = frozenset(kind for part, kind in _KINDS.items() if part in found)
        if inspect.AnyType in found:
            self.kinds = frozenset({str, int, float, bool, NoneType, dict, list})
        self.model = next((shape_of(part.cls) for part in parts if isinstance(part, inspect.StructType)), None)
        self.items = next((Member(part.item_type) for part in parts if isinstance(part, inspect.ListType)), None)
        self._steps = [step for part, step in _STEPS.items() if part in found]
        if {inspect.StrType, inspect.IntType} <= found:
            self._steps = [_as_id]
        elif inspect.FloatType in found:
            self._steps = [_as_number]

        self.read = (
            self._steps[0] if len(self._steps) == 1 and self.items is None and self.model is None else self._read
        )

    def _read(self, value: JSON) -> Any:
        for step in self._steps:
            if (fitted := step(value)) is not MISFIT:
                return fitted
        is_empty = value in ({}, []) and (self.items is not None or self.model is not None)
        return None if is_empty and NoneType in self.kinds else MISFIT


_KINDS = {inspect.StrType: str, inspect.IntType: int, inspect.BoolType: bool, inspect.NoneType: NoneType}
_STEPS = {inspect.StrType: _as_text, inspect.IntType: _as_integer, inspect.BoolType: _as_boolean}


class Shape:
    """The members of an object by wire name. `model` is its class."""

    def __init__(self, model: type[Model], members: dict[str, Member]) -> None:
        self.model, self.members = model, members
        self.is_closed = False


def shape_of(model: type[Any]) -> Shape:
    """The `Shape` of a model. It is made once, and may contain itself."""
    if (shape := _SHAPES.get(model)) is None:
        about = inspect.type_info(model)
        assert isinstance(about, inspect.StructType)
        made = Shape(model, {})
        made.is_closed = about.forbid_unknown_fields
        _SHAPES[model] = made
        made.members.update({field.encode_name: Member(field.type) for field in about.fields})
        shape = made
    return shape


_SHAPES: dict[type[Any], Shape] = {}


def member_of(declared: Any) -> Member:
    """The `Member` of a declared type. It is made once."""
    if (member := _MEMBERS.get(declared)) is None:
        member = _MEMBERS[declared] = Member(inspect.type_info(declared))
    return member


_MEMBERS: dict[Any, Member] = {}


class Repair:
    """Fits one JSON value to a declared type, in place.

    Attributes:
        unreadable: the wire names that could not be read, by the identity of their object.
        names: the same as "Review.rating", each once.
        left_out: the number of elements that were left out of the `list` of a Listing.
    """

    def __init__(self, value: JSON, member: Member) -> None:
        self.unreadable: dict[int, builtins.list[str]] = {}
        self.names: dict[str, None] = {}
        self.left_out = 0
        self._changes: builtins.list[tuple[dict[str, JSON], str | None, JSON]] = []
        model = member.model
        if (
            model is not None
            and model.is_closed
            and isinstance(value, dict)
            and not value.keys() <= model.members.keys()
        ):
            value = MISFIT
        self._root, self._top = {_TOP: value}, Shape(Model, {_TOP: member})
        self._member(self._root, self._top, _TOP, deep=False)

    @property
    def value(self) -> Any:
        """The value, which fits when everything is done. MISFIT if it is of another kind."""
        value = self._root[_TOP]
        return MISFIT if value is None and id(self._root) in self.unreadable else value

    def whole(self) -> None:
        """Fit everything."""
        self._object(self._root, self._top)

    def at(self, path: str, everywhere: bool) -> bool:
        """Fit the element of a list at `path` completely. Returns whether anything was changed.

        `everywhere`: also fit the same member of all other elements. In most responses that do not fit, the values of
        one element or of one member do not fit.
        """
        before = len(self._changes)
        names, _, rest = path.partition("[")
        value, member = self._root[_TOP], self._top.members[_TOP]
        for name in names.split(".")[1:]:
            if not isinstance(value, dict) or member.model is None or name not in member.model.members:
                return False
            value, member = value.get(name), member.model.members[name]
        position = rest.partition("]")[0]
        if isinstance(value, list) and position.isdigit() and int(position) < len(value) and member.items is not None:
            self._element(value[int(position)], member.items, deep=True)
        if everywhere:
            self._column([self._root], self._top, [_TOP, *re.sub(r"\[[^]]*\]", "", path).split(".")[1:]])
        return len(self._changes) > before

    def undo(self) -> None:
        """Put back all that was changed."""
        for row, name, value in reversed(self._changes):
            if name is None:
                row.clear()
                row.update(value)
            else:
                row[name] = value

    def _column(self, rows: builtins.list[dict[str, JSON]], shape: Shape, names: builtins.list[str]) -> None:
        name, *inner = names
        if (member := shape.members.get(name)) is None:
            return
        if not inner:
            kinds, read, changes = member.kinds, member.read, self._changes
            for row in rows:
                value = row.get(name)
                if (kind := type(value)) in kinds or name not in row:
                    continue
                is_inner = kind in (dict, list) and (member.model if kind is dict else member.items) is not None
                if is_inner or (fitted := read(value)) is MISFIT:
                    self._member(row, shape, name, deep=False)
                else:  # what `_member` does, written out, because there may be a thousand rows
                    changes.append((row, name, value))
                    row[name] = fitted
            return
        values = [row[name] for row in rows if name in row]
        if member.model is not None:
            self._column([value for value in values if type(value) is dict], member.model, inner)
        if member.items is not None and member.items.model is not None:
            lists = [value for value in values if type(value) is list]
            self._column([item for items in lists for item in items if type(item) is dict], member.items.model, inner)

    def _object(self, row: dict[str, JSON], shape: Shape) -> None:
        members = shape.members
        for name, value in tuple(row.items()):
            if name in members and type(value) not in members[name].kinds:
                self._member(row, shape, name, deep=True)

    def _member(self, row: dict[str, JSON], shape: Shape, name: str, deep: bool) -> None:
        """Fit one member. `deep`: with all that is in it."""
        value, member = row[name], shape.members[name]
        fitted = value
        if type(value) is list and member.items is not None:
            found = [self._element(item, member.items, deep) for item in value]
            kept = [item for item in found if item is not MISFIT]
            if len(kept) < len(value):
                self._note(row, shape, name)
                self.left_out += len(value) - len(kept) if name == "list" and issubclass(shape.model, Listing) else 0
            fitted = value if len(kept) == len(value) and all(map(is_, kept, value)) else kept
        else:
            fitted = self._element(value, member, deep)
        if fitted is MISFIT:
            if name in _OWN:
                self._changes.append((row, None, row.copy()))
                del row[name]
                return
            self._note(row, shape, name)
            fitted = None
        if fitted is not value:
            self._changes.append((row, name, value))
            row[name] = fitted

    def _element(self, value: JSON, member: Member, deep: bool) -> Any:
        if type(value) is dict and member.model is not None:
            if deep:
                self._object(value, member.model)
            return value
        return value if type(value) in member.kinds else member.read(value)

    def _note(self, row: dict[str, JSON], shape: Shape, name: str) -> None:
        self.unreadable.setdefault(id(row), []).append(name)
        self.names["data" if name is _TOP else f"{shape.model.__name__}.{name}"] = None


_TOP = ""
"""The name of the whole value in the object that holds it."""
_OWN = ("\uffffo", "\uffffi")
"""The names that models use for themselves."""


# --- responses


def read_model(content: bytes, error: Exception, declared: Any, decoder: Any, unreadable: builtins.list[str]) -> Any:
    """The value of content that `decoder` refused with `error`. Adds to `unreadable` what could not be read.

    Raises ResponseDecodeError if the content is not JSON, or is not an object or a list as declared.
    """
    recovered = _Recovered(content, error, decoder)
    unreadable.extend(recovered.broken)
    value = recovered.value
    if value is MISFIT:
        value = recovered.fitted(recovered.raw, Origin(recovered.text, decoder, declared), unreadable)
    if value is MISFIT:
        raise mismatch(error) from error
    return value


def read_envelope(content: bytes, error: Exception, data: Any, decoder: Any) -> Envelope[Any]:
    """The envelope in content that `decoder` refused with `error`. `data`: the type of its data; None for no data.

    Raises ResponseDecodeError if the content is not JSON, or is not an envelope.
    """
    recovered = _Recovered(content, error, decoder)
    if recovered.value is not MISFIT:
        envelope: Envelope[Any] = recovered.value
        envelope.unreadable = recovered.broken
        return envelope
    raw = recovered.raw
    if not isinstance(raw, dict):
        raise mismatch(error) from error
    envelope = Envelope(
        code=_code(raw["code"]) if "code" in raw else msgspec.UNSET,
        message=raw.get("message"),
        time=raw.get("time"),
        request_id=raw.get("request_id"),
    )
    unreadable = [*recovered.broken]
    if envelope.code == 0 and data is not None and "data" in raw:
        value, is_model = raw["data"], isinstance(data, type) and issubclass(data, Model)
        if is_model and value == []:
            value = {} if issubclass(data, Listing) else None
        if value is not None:
            value = recovered.fitted(value, Origin(recovered.text, decoder, data, in_envelope=True), unreadable)
        envelope.data = None if value is MISFIT else value
    envelope.unreadable = tuple(unreadable)
    return envelope


def _code(value: JSON) -> int:
    code = value if type(value) is int else MISFIT if type(value) is bool else _as_integer(value)
    if code is MISFIT:
        raise ResponseDecodeError("The response's code is not a number.")
    return int(code)


class _Recovered:
    """What is found in content that a decoder refused: the decoder's value for repaired text, or plain JSON values.

    The messages of errors are kept, and not the errors, which would keep all values of this module alive.
    """

    def __init__(self, content: bytes, error: Exception, decoder: Any) -> None:
        self.value: Any = MISFIT
        self.raw: JSON = None
        self._message = str(error)
        is_json = isinstance(error, msgspec.ValidationError)  # otherwise the text itself is broken
        for self.text, self.broken in _texts(content):
            if self.text is not content:
                try:
                    self.value = decoded(self.text, decoder)
                    return
                except UNREADABLE as newer:
                    self._message, is_json = str(newer), isinstance(newer, msgspec.ValidationError)
            if is_json:
                try:
                    self.raw = _plain(self.text, self._message)
                    return
                except UNREADABLE:
                    continue
        raise mismatch(error) from error

    def fitted(self, raw: JSON, origin: Origin, unreadable: builtins.list[str]) -> Any:
        """`raw` as the type of `origin`, or MISFIT."""
        repair, prefix = Repair(raw, member_of(origin.repaired_as)), "$.data" if origin.in_envelope else "$"
        for attempt in range(_ATTEMPTS):
            path = self._message.rpartition(" at `")[2].removesuffix("`").removeprefix(prefix)
            if (
                attempt == _ATTEMPTS - 1
                or path[:1] not in (".", "[")
                or not repair.at(path, everywhere=attempt > 0 or "[" not in path)
            ):
                repair.whole()
            prefix = "$"
            if repair.value is MISFIT:
                unreadable.append("data")
                return MISFIT
            origin.left_out = repair.left_out
            try:
                with recorded(origin):
                    value = msgspec.convert(repair.value, origin.repaired_as)
                unreadable.extend(repair.names)
                return value
            except msgspec.ValidationError as error:
                self._message = str(error)
        raise ResponseDecodeError(f"The response does not match the OpenAPI spec: {self._message}.")


_ATTEMPTS = 5
"""How often values are converted until everything is looked at. An attempt costs the more, the further it gets."""


def _plain(text: bytes, message: str) -> JSON:
    """JSON text as plain values. MISFIT stands for a number that no float can hold, so that no type fits it.

    `message`: the error message of a typed decoder for this text.
    """
    for decoder in (_MARKING,) if "out of range" in message else (_PLAIN, _MARKING):
        try:
            return decoder.decode(text)
        except msgspec.ValidationError:
            continue
    return json.loads(text, parse_int=integer, parse_float=_float)


def _float(text: str) -> Any:
    value = float(text)
    return value if isfinite(value) else MISFIT


_PLAIN, _MARKING = msgspec.json.Decoder(), msgspec.json.Decoder(float_hook=_float)
