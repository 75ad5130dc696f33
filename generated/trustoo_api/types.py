"""The forms that all generated modules share: models, request descriptions, answers."""

import builtins
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isfinite
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeAlias, TypeVar
from urllib.parse import quote

import msgspec

from .errors import BadArgument, DecodeError

T = TypeVar("T")
JSON: TypeAlias = Any
"""A decoded JSON value: dict, list, str, int, float, bool or None."""

if TYPE_CHECKING:
    Id: TypeAlias = str
    ListOrNull: TypeAlias = builtins.list[T]
    INT: type[Any]
    Kept: TypeAlias = "Origin | None"
    Index: TypeAlias = int
else:
    Id = str | int  # read from either, handed out as str
    ListOrNull = builtins.list[T] | None  # null and missing are handed out as []
    INT = int

    class Kept: ...

    Index = Kept


class ToDict(Protocol):
    """Anything that can say what it is as a JSON object, such as a model or an uploaded image."""

    def to_dict(self) -> dict[str, JSON]: ...


@dataclass(frozen=True, slots=True)
class Operation:
    """What `openapi.yaml` says of one operation; the instances stand in `operations.py`."""

    id: str
    method: str
    path: str
    credentials: tuple[str, ...]
    """Kinds that authenticate it: "hmac", "bearer", "merchant_session"; empty: sent without any."""
    scopes: tuple[str, ...]
    evidence: str
    sources: tuple[str, ...]
    redirect_to: str | None = None
    """The member of `data` that the Location of a documented redirect fills."""

    @property
    def is_write(self) -> bool:
        """Whether calling it may change something."""
        return self.method != "GET"


@dataclass(frozen=True, slots=True)
class Request:
    """What one call sends, before encoding and signing: values only, no behaviour."""

    operation: Operation
    path: str
    query: tuple[tuple[str, str], ...] = ()
    """Names and values as plain text, not percent-encoded, in sending order."""
    body: dict[str, JSON] | None = field(default=None, repr=False)
    """The JSON object to send, or None for no body."""
    unverified: bool = False
    """Whether the caller accepts that path and method of a write are only inferred."""


@dataclass(frozen=True, slots=True)
class Response(Generic[T]):
    """A successful answer with what surrounded it."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    parsed: T
    request_id: str | None = None


# --- models -----------------------------------------------------------------------------------------------

_ORIGIN: ContextVar["Origin | None"] = ContextVar("trustoo_api_origin", default=None)
# Each decoding counts its objects itself, so that neither other decodings nor models built by hand in other threads
# tear holes into the numbers. The chain of C-level iterators is `lambda: next(_COUNTER.get())` at C's speed.
_COUNTER: ContextVar[Iterator[int]] = ContextVar("trustoo_api_counter", default=itertools.repeat(0))
_INDICES: Iterator[int] = map(next, iter(_COUNTER.get, None))


class Model(
    msgspec.Struct, kw_only=True, frozen=True, eq=False, rename={"origin_": "\uffffo", "index_": "\uffffi"}
):
    """Base of all models: known members are typed attributes, unknown ones survive.

    A member that is missing or null reads as None (lists: `[]`); `has()` tells the two apart. `extra` holds the
    members that the description does not know; `to_dict()` gives the object as it was received.
    """

    # Two C-level default factories let msgspec note, while it decodes, which bytes an object came from and
    # the how-manieth object it was. That is all it takes to find its unknown members later, at the cost of
    # two pointers an object and without a cycle from the parts to the whole.
    # Nothing in JSON decodes as their types, so an answer that uses their wire names cannot forge them.
    origin_: "Kept" = msgspec.field(default_factory=_ORIGIN.get)
    index_: "Index" = msgspec.field(default_factory=_INDICES.__next__)

    secret_: ClassVar[frozenset[str]] = frozenset()
    """Wire names whose values never appear in `repr`."""

    def to_dict(self) -> dict[str, JSON]:
        """The JSON object: as received, or built from the attributes that are not None."""
        if self.origin_ is not None:
            received: dict[str, JSON] = json_copy(self.origin_.node(self.index_))
            return received
        return {
            wire: to_json(value)
            for attribute, wire in members(type(self))
            if (value := getattr(self, attribute)) is not None
        }

    @property
    def extra(self) -> dict[str, JSON]:
        """Members that the API's description does not know, by wire name."""
        known = {wire for _, wire in members(type(self))}
        return {name: value for name, value in self.to_dict().items() if name not in known}

    def has(self, name: str) -> bool:
        """Whether the member `name` (wire name) is present, be it null."""
        return name in self.to_dict()

    __contains__ = has

    def __getitem__(self, name: str) -> JSON:
        """The member `name` (wire name) as received; KeyError when it is missing."""
        return self.to_dict()[name]

    def keys(self) -> Iterator[str]:
        """The wire names that are present, so that `dict(model)` works."""
        return iter(self.to_dict())

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]  # models hold lists

    def __repr__(self) -> str:
        shown = [
            f"{attribute}={'***' if wire in self.secret_ else repr(value)}"
            for attribute, wire in members(type(self))
            if (value := getattr(self, attribute)) not in (None, [])
        ]
        return f"{type(self).__name__}({', '.join(shown)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _revive, (type(self), self.to_dict())


def members(model: type[Model]) -> tuple[tuple[str, str], ...]:
    """(attribute, wire name) of each known member of `model`."""
    if (known := _MEMBERS.get(model)) is None:
        known = _MEMBERS[model] = tuple(
            (f.name, f.encode_name)
            for f in msgspec.structs.fields(model)
            if f.name not in ("origin_", "index_")
        )
    return known


_MEMBERS: dict[type[Model], tuple[tuple[str, str], ...]] = {}
M = TypeVar("M", bound=Model)


def _revive(model: type[M], value: dict[str, JSON]) -> M:
    return decode(msgspec.json.encode(value), msgspec.json.Decoder(model))


class Origin:
    """The bytes that a tree of models was decoded from, and how to find an object's part of them."""

    __slots__ = ("_nodes", "content", "decoder")

    def __init__(self, content: bytes, decoder: "msgspec.json.Decoder[Any]") -> None:
        self.content, self.decoder = content, decoder
        self._nodes: dict[int, JSON] | None = None

    def node(self, index: int) -> dict[str, JSON]:
        """The JSON object behind the model with this index."""
        if self._nodes is None:
            # Decoding the same bytes again numbers the objects in the same order.
            nodes: dict[int, JSON] = {}
            _line_up(_decode(Origin(self.content, self.decoder)), untyped(self.content), nodes)
            self._nodes = nodes
        node: dict[str, JSON] = self._nodes[index]
        return node


def _line_up(value: object, raw: JSON, nodes: dict[int, JSON]) -> None:
    if isinstance(value, Model):
        nodes[value.index_] = raw
        for attribute, wire in members(type(value)):
            _line_up(getattr(value, attribute), raw.get(wire), nodes)
    elif isinstance(value, Envelope):
        _line_up(value.data, raw.get("data"), nodes)
    elif isinstance(value, builtins.list) and isinstance(raw, builtins.list):
        for item, raw_item in zip(value, raw, strict=True):
            _line_up(item, raw_item, nodes)


def _decode(origin: Origin) -> Any:
    origin_token, counter_token = _ORIGIN.set(origin), _COUNTER.set(itertools.count())
    try:
        return origin.decoder.decode(origin.content)
    finally:
        _ORIGIN.reset(origin_token)
        _COUNTER.reset(counter_token)


def decode(content: bytes, decoder: "msgspec.json.Decoder[T]") -> T:
    """The models in `content`. Raises DecodeError for anything that is not what `decoder` expects."""
    try:
        value: T = _decode(Origin(content, decoder))
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise DecodeError(f"The answer is not what the description says: {error}.") from error
    return value


def untyped(content: bytes) -> JSON:
    """Any JSON text as plain values. Raises DecodeError for what is not JSON."""
    try:
        return msgspec.json.decode(content)
    except msgspec.ValidationError:
        # A number that msgspec can't hold. The standard library reads 1e999 as infinity; we keep the text of
        # integers with thousands of digits, which Python refuses to convert.
        return json.loads(content, parse_int=lambda text: int(text) if len(text) < 4000 else text)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise DecodeError(f"The answer is not JSON: {error}.") from error


# --- answers ----------------------------------------------------------------------------------------------


class Envelope(msgspec.Struct, Generic[T], kw_only=True):
    """What surrounds every answer. Only `code` and `data` are read strictly: a call must not fail over the rest."""

    code: int | msgspec.UnsetType = msgspec.UNSET
    message: object = None
    time: object = None
    request_id: object = None
    data: T | msgspec.UnsetType = msgspec.UNSET


_LOOSE = msgspec.json.Decoder(Envelope[msgspec.Raw])


class Answer(Generic[T]):
    """How one operation's successful answers are read: `data` of the envelope, or a documented bare object."""

    def __init__(self, data: Any = None, *, bare: Any = None, expected: bool = False) -> None:
        """`data`: type of the envelope's data, None where there is none. `bare`: type of an answer without an
        envelope, where one is known. `expected`: whether an answer without `data` is a fault."""
        self._data, self._bare, self._expected = data, bare, expected
        self._decoders: tuple[Any, Any] | None = None

    def envelope(self, content: bytes) -> "Envelope[T]":
        """The envelope with its typed data; that of an error (`code` other than 0) whatever its data is.

        Raises DecodeError.
        """
        if self._decoders is None:  # built at the first answer: importing stays cheap
            form: Any = Envelope
            strict: Any = _LOOSE if self._data is None else msgspec.json.Decoder(form[self._data | None])
            self._decoders = (strict, msgspec.json.Decoder(self._bare) if self._bare is not None else None)
        strict, bare = self._decoders
        try:
            envelope: Envelope[T] = decode(content, strict)
        except DecodeError:
            loose = self.loose_envelope(content)
            if loose.code in (0, msgspec.UNSET):
                raise
            return loose
        if envelope.code is msgspec.UNSET and bare is not None:
            envelope = Envelope(code=0, data=decode(content, bare))
        return envelope

    @staticmethod
    def loose_envelope(content: bytes) -> "Envelope[Any]":
        """The envelope whatever its data is. Raises DecodeError."""
        return decode(content, _LOOSE)

    def value(self, envelope: "Envelope[T]") -> T:
        """The data to hand out: `[]` for a list that is null. Raises DecodeError when it is expected and missing."""
        data: Any = envelope.data
        if self._data is None:
            data = None
        elif data is msgspec.UNSET or data is None:
            if self._expected and (data is msgspec.UNSET or _is_model(self._data)):
                raise DecodeError("The answer reports success, but it has no data.")
            data = None if _is_model(self._data) else []
        value: T = data
        return value


def _is_model(form: object) -> bool:
    return isinstance(form, type) and issubclass(form, Model)


# --- values -----------------------------------------------------------------------------------------------


def to_json(value: Any) -> JSON:
    """A caller's value as JSON: models and uploads become objects, date-times the API's text form.

    None inside a mapping of the caller's is sent as null. Raises BadArgument for what JSON cannot say.
    """
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float) and isfinite(value):
        return value
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, Mapping):
        return {str(name): to_json(item) for name, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, bytes | bytearray):
        return [to_json(item) for item in value]
    if callable(described := getattr(value, "to_dict", None)):
        return described()
    raise BadArgument(f"{value!r} ({type(value).__name__}) cannot be sent as JSON.")


def json_copy(value: JSON) -> JSON:
    """A copy that shares nothing mutable with `value`, whose depth is the server's choice: hence no recursion."""
    whole = [value]
    containers: builtins.list[Any] = [whole]
    while containers:
        container = containers.pop()
        for key, item in container.items() if isinstance(container, dict) else enumerate(container):
            if isinstance(item, dict | builtins.list):
                container[key] = item.copy()
                containers.append(container[key])
    return whole[0]


def path_segment(value: object) -> str:
    """`value` percent-encoded for a path. Raises BadArgument for a segment that would change the path."""
    text = _text(value)
    if text in ("", ".", ".."):
        raise BadArgument(f"{text!r} cannot be part of a path; give the id itself.")
    return quote(text, safe="")


def query_pairs(
    values: Mapping[str, object], extra: Mapping[str, object] | None
) -> tuple[tuple[str, str], ...]:
    """Query parameters as text: None is left out, an iterable becomes repeated names."""
    pairs: builtins.list[tuple[str, str]] = []
    for name, value in (*values.items(), *(extra or {}).items()):
        items = value if isinstance(value, Iterable) and not isinstance(value, str) else (value,)
        pairs.extend((name, _text(item)) for item in items if item is not None)
    return tuple(pairs)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return instant_text(value) if isinstance(value, datetime) else str(value)


def json_object(values: Mapping[str, object], extra: Mapping[str, object] | None) -> dict[str, JSON]:
    """A JSON object for a request body: an argument that is None is left out, `extra` is sent as it is."""
    given = {name: value for name, value in values.items() if value is not None}
    if twice := given.keys() & (extra or {}).keys():
        raise BadArgument(
            f"{', '.join(sorted(twice))} was given as an argument and in extra_body; give it once."
        )
    try:
        body: dict[str, JSON] = to_json(given | dict(extra or {}))
    except RecursionError:
        raise BadArgument("An argument contains itself, or is nested too deeply to be sent.") from None
    return body


def instant(text: str | None) -> datetime | None:
    """An API date as an aware UTC date-time; both styles are read ("2025-06-20T11:06:48Z" and, in UTC,
    "2025-06-20 11:06:48"). None for None, for "" and for text in no known style: the text itself is kept."""
    if not text:
        return None
    try:
        value = datetime.fromisoformat(text)
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def instant_text(value: datetime) -> str:
    """An aware date-time as the API writes it in requests: UTC, "2025-06-20 00:00:00"."""
    if value.tzinfo is None:
        raise BadArgument(
            f"The date-time {value.isoformat()} has no time zone; give one, such as datetime.UTC."
        )
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
