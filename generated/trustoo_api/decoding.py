"""Decodes the bytes of a response into models without losing data. docs/models.md has measurements of other forms."""

import builtins
import itertools
import json
import re
import threading
from collections.abc import Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeAlias, TypeVar, get_args

import msgspec

from .errors import ResponseDecodeError
from .values import JSON, json_copy, to_json

T = TypeVar("T")

if TYPE_CHECKING:
    Id: TypeAlias = str
    ListOrNull: TypeAlias = builtins.list[T]
    INT: type[Any]
    Kept: TypeAlias = "Origin | None"
    Index: TypeAlias = int
else:
    Id = str | int  # both are read, and returned as str
    ListOrNull = builtins.list[T] | None  # null and missing are returned as []
    INT = int

    class Kept: ...

    Index = Kept


_ORIGIN: ContextVar["Origin | None"] = ContextVar("trustoo_api_origin", default=None)
# Each decoding counts its own objects. Other decodings, and models built by hand in other threads, leave no gaps in
# the numbers. The chain of C-level iterators is `lambda: next(_COUNTER.get())` at C's speed.
_COUNTER: ContextVar[Iterator[int]] = ContextVar("trustoo_api_counter", default=itertools.repeat(0))
_INDICES: Iterator[int] = map(next, iter(_COUNTER.get, None))


class Model(msgspec.Struct, kw_only=True, frozen=True, eq=False, rename={"origin_": "\uffffo", "index_": "\uffffi"}):
    """Base of all models. Known members are typed attributes, and unknown members are kept.

    A member that is missing or null reads as None, and a list reads as `[]`. `has()` tells whether a member is present.
    `extra` contains the members that are not in the OpenAPI spec. `to_dict()` returns the object as it was received.
    """

    # While msgspec decodes, two C-level default factories record the source bytes and the object's position in them.
    # These suffice to find its unknown members later. They cost two pointers an object, and make no reference cycle.
    # Nothing in JSON decodes as their types, so a response that uses their wire names cannot forge them.
    origin_: "Kept" = msgspec.field(default_factory=_ORIGIN.get)
    index_: "Index" = msgspec.field(default_factory=_INDICES.__next__)

    secret_: ClassVar[frozenset[str]] = frozenset()
    """Wire names whose values never appear in `repr`."""

    def to_dict(self) -> dict[str, JSON]:
        """The JSON object as it was received. If you created the model yourself, the object has the attributes that are not None."""
        if self.origin_ is not None:
            received: dict[str, JSON] = json_copy(self.origin_.node(self.index_))
            return received
        return {
            wire: to_json(value, wire)
            for attribute, wire in members(type(self))
            if (value := getattr(self, attribute)) is not None
        }

    @property
    def extra(self) -> dict[str, JSON]:
        """Members that are not in the OpenAPI spec, by wire name."""
        known = {wire for _, wire in members(type(self))}
        return {name: value for name, value in self.to_dict().items() if name not in known}

    def has(self, name: str) -> bool:
        """Whether the member `name` (wire name) is present, even if its value is null."""
        return name in self.to_dict()

    __contains__ = has

    def __getitem__(self, name: str) -> JSON:
        """The member `name` (wire name) as it was received. Raises KeyError if the member is missing."""
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
        return _revive, (type(self), _text(self.to_dict()))


def members(model: type[Model]) -> tuple[tuple[str, str], ...]:
    """(attribute, wire name) of each known member of `model`."""
    if (known := _MEMBERS.get(model)) is None:
        known = _MEMBERS[model] = tuple(
            (f.name, f.encode_name) for f in msgspec.structs.fields(model) if f.name not in ("origin_", "index_")
        )
    return known


_MEMBERS: dict[type[Model], tuple[tuple[str, str], ...]] = {}
M = TypeVar("M", bound=Model)


# JSON text and not the object, because a response may be nested more deeply than pickle allows.
def _text(value: dict[str, JSON]) -> bytes:
    content = msgspec.json.encode(value)
    if untyped(content) != value:  # msgspec writes infinity, which is how 1e999 reads, as null
        text = json.dumps(value, ensure_ascii=False)
        content = _INFINITY.sub(lambda found: "1e999" if found[0] == "Infinity" else found[0], text).encode()
    return content


_INFINITY = re.compile(r'"(?:[^"\\]|\\.)*"|Infinity')
"""The pattern also matches texts, so that a word inside a text is not replaced."""


def _revive(model: type[M], content: bytes) -> M:
    revived: M = decode(content, decoder_of(model))
    return revived


def decoder_of(form: Any) -> "msgspec.json.Decoder[Any]":
    """A decoder, built by one thread at a time. msgspec 0.22 can crash the interpreter when several threads build
    their first decoders at the same time."""
    with _BUILDING:
        return msgspec.json.Decoder(form)


_BUILDING = threading.Lock()


class Origin(msgspec.Struct):  # made in C, once for each response
    """The bytes that a tree of models was decoded from. Finds the JSON object of each model in these bytes."""

    content: bytes
    decoder: "msgspec.json.Decoder[Any]"
    nodes: dict[int, JSON] | None = None

    def node(self, index: int) -> dict[str, JSON]:
        """The JSON object of the model with this index. Raises ResponseDecodeError if Python's stack is too full."""
        if self.nodes is None:
            # Decoding the same bytes again numbers the objects in the same order.
            nodes: dict[int, JSON] = {}
            _line_up(decode(self.content, self.decoder), untyped(self.content), nodes)
            self.nodes = nodes
        node: dict[str, JSON] = self.nodes[index]
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


_UNREADABLE = (msgspec.MsgspecError, RecursionError, ValueError)
"""The errors that decoding raises for bytes that do not match."""


def decode(content: bytes, decoder: "msgspec.json.Decoder[T]") -> T:
    """The models in `content`. Raises ResponseDecodeError if the content does not match `decoder`."""
    origin_token, counter_token = _ORIGIN.set(Origin(content, decoder)), _COUNTER.set(itertools.count())
    try:
        # msgspec does not check the text that it skips, but an unknown member must be readable later. Text that _LOOSE
        # skips is never returned, so an error stays readable whatever its `data` is.
        if decoder is not _LOOSE and not content.isascii():
            content.decode()
        return decoder.decode(content)
    except _UNREADABLE as error:
        raise _mismatch(error) from error
    finally:
        _ORIGIN.reset(origin_token)
        _COUNTER.reset(counter_token)


def _mismatch(error: Exception) -> ResponseDecodeError:
    return ResponseDecodeError(f"The response does not match the OpenAPI spec: {error}.")


def untyped(content: bytes) -> JSON:
    """Any JSON text as plain values. Raises ResponseDecodeError if the text is not valid JSON."""
    try:
        return msgspec.json.decode(content)
    except msgspec.ValidationError:
        # A number that msgspec can't represent. The standard library reads 1e999 as infinity. We keep the text of
        # integers with thousands of digits, because Python does not convert them.
        return json.loads(content, parse_int=lambda text: int(text) if len(text) < 4000 else text)
    except _UNREADABLE as error:
        raise ResponseDecodeError(f"The response is not valid JSON: {error}.") from error


class Envelope(msgspec.Struct, Generic[T], kw_only=True):
    """The envelope of every result. Only `code` and `data` are checked strictly: the rest must not make a call fail."""

    code: int | msgspec.UnsetType = msgspec.UNSET
    message: object = None
    time: object = None
    request_id: object = None
    data: T | msgspec.UnsetType = msgspec.UNSET


_LOOSE = msgspec.json.Decoder(Envelope[msgspec.Raw])


class ResponseDecoder(Generic[T]):
    """Decodes the successful responses of one operation: `data` of the envelope, or a documented bare object.

    Create it as `ResponseDecoder[T](...)`. `T` is the type of the result, and signatures show it.
    """

    def __init__(self, data: Any = None, *, bare: Any = None, expected: bool = False) -> None:
        """Loads nothing, because the decoders are built for the first response.

        Args:
            data: the type of the envelope's `data`. None if there is no data.
            bare: the type of a response without an envelope. None if no such response is known.
            expected: whether a response without `data` is an error.
        """
        self._data, self._bare, self._expected = data, bare, expected
        self._is_model = isinstance(data, type) and issubclass(data, Model)
        self._decoders: tuple[Any, Any] | None = None

    @property
    def result_type(self) -> Any:
        """The type of the result. Any if the decoder was created without a type."""
        (found,) = get_args(getattr(self, "__orig_class__", ResponseDecoder[Any]))
        return None if found is type(None) else found

    def envelope(self, content: bytes) -> "Envelope[T]":
        """The envelope with its typed data. If `code` is not 0, the data may have any form.

        Raises ResponseDecodeError.
        """
        if self._decoders is None:
            form: Any = Envelope
            strict: Any = _LOOSE if self._data is None else decoder_of(form[self._data | None])
            self._decoders = (strict, decoder_of(self._bare) if self._bare is not None else None)
        strict, bare = self._decoders
        # `decode`, written out. Every response passes here, and a call takes longer than these lines.
        origin_token, counter_token = _ORIGIN.set(Origin(content, strict)), _COUNTER.set(itertools.count())
        try:
            if strict is not _LOOSE and not content.isascii():
                content.decode()
            envelope: Envelope[T] = strict.decode(content)
        except _UNREADABLE as error:
            envelope = self.loose_envelope(content)
            if envelope.code in (0, msgspec.UNSET):
                raise _mismatch(error) from error
        finally:
            _ORIGIN.reset(origin_token)
            _COUNTER.reset(counter_token)
        if envelope.code is msgspec.UNSET and bare is not None:
            envelope = Envelope(code=0, data=decode(content, bare))
        return envelope

    @staticmethod
    def loose_envelope(content: bytes) -> "Envelope[Any]":
        """The envelope whatever its data is. Raises ResponseDecodeError."""
        return decode(content, _LOOSE)

    def value(self, envelope: "Envelope[T]") -> T:
        """The result: `data`, or `[]` for a list that is null. Raises ResponseDecodeError if it is missing."""
        data: Any = envelope.data
        if self._data is None:
            data = None
        elif data is msgspec.UNSET or data is None:
            if self._expected and (data is msgspec.UNSET or self._is_model):
                raise ResponseDecodeError("The response reports success, but it has no data.")
            data = None if self._is_model else []
        value: T = data
        return value
