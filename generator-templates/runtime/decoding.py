"""Decodes the bytes of a response into models without losing data. docs/models.md has measurements of other forms.

Responses that match the OpenAPI spec are decoded in C. `repair` reads the others.
"""

import builtins
import itertools
import re
import threading
import warnings
from collections.abc import Iterator
from contextvars import ContextVar
from reprlib import Repr
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, NamedTuple, TypeAlias, TypeVar, get_args, get_origin

import msgspec

from .errors import ResponseDecodeError, UnexpectedShapeWarning
from .values import JSON, json_copy, to_json

T = TypeVar("T")

if TYPE_CHECKING:
    Id: TypeAlias = str
    ListOrNull: TypeAlias = builtins.list[T]
    OrEmpty: TypeAlias = Annotated[T, "null and missing are returned as an object without members"]
    INT: type[Any]
    Kept: TypeAlias = Any
    Index: TypeAlias = int
else:
    Id = str | int  # both are read, and returned as str
    ListOrNull = builtins.list[T] | None  # null and missing are returned as []
    OrEmpty = T | None
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

    A member that is missing, null or unreadable reads as None, and a list reads as `[]`. `has()` tells whether a member
    is present. `unreadable` names the unreadable members. `extra` contains the members that are not in the OpenAPI
    spec. `to_dict()` returns the object as it was received. A copy with changes has the changes everywhere.
    """

    # While msgspec decodes, two C-level default factories record the source bytes and the object's position in them.
    # These suffice to find its unknown members later. They cost two pointers an object, and make no reference cycle.
    # Nothing in JSON decodes as their types, so a response that uses their wire names cannot forge them.
    origin_: "Kept" = msgspec.field(default_factory=_ORIGIN.get)
    index_: "Index" = msgspec.field(default_factory=_INDICES.__next__)

    secret_: ClassVar[frozenset[str]] = frozenset()
    """Wire names whose values never appear in `repr`."""
    required_: ClassVar[frozenset[str]] = frozenset()
    """Wire names that the OpenAPI spec requires in responses. They may be missing unless the client is strict."""
    others_: ClassVar[Any] = None
    """The type of the members that have no name in the OpenAPI spec. None if it states no type."""

    def to_dict(self) -> dict[str, JSON]:
        """The JSON object as it was received, with the changes of a changed copy.

        If you created the model yourself, the object has the attributes that are not None.
        """
        if self.origin_ is not None:
            return _as_received(self)
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

    @property
    def unreadable(self) -> tuple[str, ...]:
        """Wire names of the members that were received in a form that cannot be read.

        They read as None, and lists read as `[]`. `to_dict()` has their values. A list is also named here if some of
        its elements cannot be read. These elements are left out of the list.
        """
        original, found = self, set[str]()
        origin: Origin | None = self.origin_
        if origin is not None and (origin.repaired_as is not None or origin.nodes is not None):
            node = origin.node(self.index_)
            original, found = node.model, set(node.unreadable)
        names = [
            wire
            for attribute, wire in members(type(self))
            if _is_unparsed(self, attribute, wire)
            or (wire in found and _is_same(getattr(self, attribute), getattr(original, attribute), self.origin_))
        ]
        if self.others_ is not None:
            names += [name for name, value in self.extra.items() if not _fits(value, self.others_)]
        return (*names, *(["data"] if "data" in found and "data" not in names else []))

    def has(self, name: str) -> bool:
        """Whether the member `name` (wire name) is present, even if its value is null."""
        return name in self.to_dict()

    __contains__ = has

    def __getitem__(self, name: str) -> JSON:
        """The member `name` (wire name) as it was received. Raises KeyError if the member is missing."""
        return self.to_dict()[name]

    if not TYPE_CHECKING:
        __iter__ = None  # iteration by __getitem__ would ask for a member named 0

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
            f"{attribute}={'***' if wire in self.secret_ else _SHORT.repr(value)}"
            for attribute, wire in members(type(self))
            if (value := getattr(self, attribute)) not in (None, [])
        ]
        return f"{type(self).__name__}({', '.join(shown)})"

    def __reduce__(self) -> tuple[Any, ...]:
        # JSON text and not the object, because a response may be nested more deeply than pickle allows.
        return _revive, (type(self), encoded(self.to_dict()))


_SHORT = Repr()
"""Writes values on one line of a bounded length. `to_dict()` has all of them."""
_SHORT.maxstring, _SHORT.maxother, _SHORT.maxlist, _SHORT.maxdict = 120, 300, 3, 20
_MOST_ROWS = 100
_LONGEST_CELL = 200


def _cells(item: Model) -> dict[str, str]:
    """The members that have values, as texts for a table."""
    found = {}
    for name, value in item.to_dict().items():
        text = "***" if name in item.secret_ else value if isinstance(value, str) else encoded(value).decode()
        if value is not None:
            found[name] = text if len(text) <= _LONGEST_CELL else f"{text[:_LONGEST_CELL]}…"
    return found


def _fits(value: JSON, declared: Any) -> bool:
    try:
        msgspec.convert(value, declared)
    except UNREADABLE:
        return False
    return True


class Listing(Model, Generic[T], kw_only=True, frozen=True, eq=False):
    """Base of the models whose items are in `list`. Iteration returns the items. Notebooks show them as a table."""

    if TYPE_CHECKING:
        list: builtins.list[T]

    def __iter__(self) -> Iterator[T]:
        return iter(self.list)

    def _repr_html_(self) -> str:
        from html import escape  # seldom needed

        rows = [_cells(item) for item in self.list[:_MOST_ROWS] if isinstance(item, Model)]
        names = [*dict.fromkeys(name for row in rows for name in row)]
        lines = [[row.get(name, "") for name in names] for row in rows]
        head = "".join(f"<th>{escape(name)}</th>" for name in names)
        body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in line)}</tr>" for line in lines)
        caption = f"{type(self).__name__}: {len(self.list)} items"
        if len(rows) < len(self.list):
            caption += f", the first {len(rows)} shown"
        return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    @property
    def received(self) -> int:
        """The number of items that were received, with the items that were left out because they cannot be read."""
        return len(self.list) + (self.origin_.left_out if self.origin_ is not None else 0)


def members(model: type[Model]) -> tuple[tuple[str, str], ...]:
    """(attribute, wire name) of each known member of `model`."""
    if (known := _MEMBERS.get(model)) is None:
        known = _MEMBERS[model] = tuple(
            (f.name, f.encode_name) for f in msgspec.structs.fields(model) if f.name not in ("origin_", "index_")
        )
    return known


_MEMBERS: dict[type[Model], tuple[tuple[str, str], ...]] = {}
M = TypeVar("M", bound=Model)


def encoded(value: JSON) -> bytes:
    """JSON text. Infinity becomes 1e999, which reads as infinity again."""
    content = msgspec.json.encode(value)
    if untyped(content) != value:  # msgspec writes infinity as null
        import json  # seldom needed, as in `untyped`

        text = json.dumps(value, ensure_ascii=False)
        content = _INFINITY.sub(lambda found: "1e999" if found[0] == "Infinity" else found[0], text).encode()
    return content


_INFINITY = re.compile(r'"(?:[^"\\]|\\.)*"|Infinity')
"""The pattern also matches texts, so that a word inside a text is not replaced."""


def _revive(model: type[M], content: bytes) -> M:
    return decode(content, model)


def decoder_of(form: Any) -> "msgspec.json.Decoder[Any]":
    """A decoder, built by one thread at a time. msgspec 0.22 can crash the interpreter when several threads build
    their first decoders at the same time."""
    with _BUILDING:
        return msgspec.json.Decoder(form)


_BUILDING = threading.Lock()


class Node(NamedTuple):
    """A model as it was decoded, its JSON object as it was received, and the wire names that could not be read."""

    model: Model
    received: dict[str, JSON]
    unreadable: tuple[str, ...] = ()


class Origin(msgspec.Struct):  # made in C, once for each response
    """The bytes that a tree of models was decoded from. Finds the JSON object of each model in these bytes."""

    content: bytes
    decoder: "msgspec.json.Decoder[Any]"
    repaired_as: Any = None
    """The type that `repair` fitted the content to. None if the content fitted."""
    in_envelope: bool = False
    """Whether `repaired_as` is the type of the envelope's `data`."""
    left_out: int = 0
    """The number of elements that were left out of the `list` of a Listing."""
    nodes: dict[int, Node] | None = None

    def node(self, index: int) -> Node:
        """The node of the model with this index. Raises ResponseDecodeError if Python's stack is too full."""
        if self.nodes is None:
            # Decoding the same bytes again numbers the objects in the same order.
            nodes: dict[int, Node] = {}
            received = untyped(self.content)
            if self.repaired_as is None:
                _line_up(decoded(self.content, self.decoder), received, {}, nodes)
            else:
                from .repair import Repair, member_of

                received = received["data"] if self.in_envelope else received
                repair = Repair({} if received == [] else received, member_of(self.repaired_as))
                repair.whole()
                with recorded(Origin(self.content, self.decoder)):  # `self` would be a reference cycle
                    value = msgspec.convert(repair.value, self.repaired_as)
                _line_up(value, repair.value, repair.unreadable, nodes)
                repair.undo()
            self.nodes = nodes
        return self.nodes[index]


def _line_up(value: object, raw: JSON, unreadable: dict[int, builtins.list[str]], nodes: dict[int, Node]) -> None:
    if isinstance(value, Model):
        received = raw if isinstance(raw, dict) else {}
        nodes[value.index_] = Node(value, received, tuple(unreadable.get(id(raw), ())))
        for attribute, wire in members(type(value)):
            _line_up(getattr(value, attribute), received.get(wire), unreadable, nodes)
    elif isinstance(value, Envelope):
        _line_up(value.data, raw.get("data"), unreadable, nodes)
    elif isinstance(value, builtins.list) and isinstance(raw, builtins.list):
        for item, raw_item in zip(value, raw, strict=True):
            _line_up(item, raw_item, unreadable, nodes)


def _as_received(model: Model) -> dict[str, JSON]:
    """The object that `model` was decoded from. Attributes that were changed since replace the received members."""
    origin: Origin = model.origin_
    node = origin.node(model.index_)
    attributes = {wire: attribute for attribute, wire in members(type(model))}
    result: dict[str, JSON] = {}
    for name, received in node.received.items():
        if (attribute := attributes.pop(name, None)) is None:
            result[name] = json_copy(received)
        else:
            result[name] = _current(getattr(model, attribute), getattr(node.model, attribute), received, origin)
    for name, attribute in attributes.items():
        value = getattr(model, attribute)
        if not _is_same(value, getattr(node.model, attribute), origin):
            result[name] = to_json(value)
    return result


def _current(value: Any, decoded: Any, received: JSON, origin: Origin) -> JSON:
    if not _is_same(value, decoded, origin):
        return to_json(value)
    if isinstance(value, Model) and isinstance(received, dict):
        return _as_received(value)
    if isinstance(value, builtins.list) and value and isinstance(value[0], Model):
        models = {id(origin.node(item.index_).received): item for item in value}
        return [
            _as_received(models[id(element)]) if id(element) in models else json_copy(element) for element in received
        ]
    return json_copy(received)


def _is_same(value: Any, decoded: Any, origin: Origin) -> bool:
    """Whether an attribute is still the one that was decoded. A model in it may have lists that were changed."""
    if isinstance(value, Model):
        return isinstance(decoded, Model) and value.origin_ is origin and bool(value.index_ == decoded.index_)
    if isinstance(value, builtins.list) and isinstance(decoded, builtins.list):
        return len(value) == len(decoded) and all(_is_same(*pair, origin) for pair in zip(value, decoded, strict=True))
    return type(value) is type(decoded) and bool(value == decoded)


class recorded:  # noqa: N801  # a context manager, in words
    """A context in which decoded models record their origin and their positions."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin

    def __enter__(self) -> None:
        self._tokens = _ORIGIN.set(self._origin), _COUNTER.set(itertools.count())

    def __exit__(self, *error: object) -> None:
        _ORIGIN.reset(self._tokens[0])
        _COUNTER.reset(self._tokens[1])


UNREADABLE = (msgspec.MsgspecError, RecursionError, ValueError)
"""The errors that decoding raises for bytes that do not match."""


def decoded(content: bytes, decoder: "msgspec.json.Decoder[T]") -> T:
    """The value of content that matches `decoder`. Raises one of UNREADABLE."""
    with recorded(Origin(content, decoder)):
        # msgspec does not check the text that it skips, but an unknown member must be readable later. Text that _LOOSE
        # skips is never returned, so an error stays readable whatever its `data` is.
        if decoder is not _LOOSE and not content.isascii():
            content.decode()
        return decoder.decode(content)


def decode(content: bytes, model: type[T], *, strict: bool = False, unreadable: builtins.list[str] | None = None) -> T:
    """The JSON text `content` as a model.

    Args:
        strict: whether each deviation from the OpenAPI spec is an error.
        unreadable: a list that gets the names of the members that cannot be read, such as "Review.rating".

    Raises ResponseDecodeError if the content is not JSON, or is not an object.
    """
    if (decoder := _DECODERS.get(model)) is None:
        decoder = _DECODERS[model] = decoder_of(model)
    value: T
    try:
        value = decoded(content, decoder)
    except UNREADABLE as error:
        if strict:
            raise mismatch(error) from error
        from .repair import read_model

        value = read_model(content, error, model, decoder, [] if unreadable is None else unreadable)
    if strict:
        require(value)
    return value


_DECODERS: dict[Any, "msgspec.json.Decoder[Any]"] = {}


def require(value: object) -> None:
    """Raises ResponseDecodeError for a required member that is missing, or a date or number that cannot be read."""
    if isinstance(value, Model):
        for attribute, wire in members(type(value)):
            part, name = getattr(value, attribute), f"{type(value).__name__}.{wire}"
            if wire in value.required_ and (part is None or not value.has(wire)):
                raise ResponseDecodeError(f"The response does not match the OpenAPI spec: {name} is missing.")
            if _is_unparsed(value, attribute, wire):
                raise ResponseDecodeError(f"The response does not match the OpenAPI spec: {name} cannot be read.")
            require(part)
        if value.others_ is not None and value.unreadable:
            name = f"{type(value).__name__}.{value.unreadable[0]}"
            raise ResponseDecodeError(f"The response does not match the OpenAPI spec: {name} cannot be read.")
    elif isinstance(value, builtins.list):
        for part in value:
            require(part)


def _is_unparsed(model: Model, attribute: str, wire: str) -> bool:
    """Whether the attribute is the text of a date or number that cannot be read."""
    is_text = attribute == f"{wire}_text" and getattr(model, attribute) is not None
    return is_text and getattr(model, wire) is None


def warn_of_shape(
    received: str, unreadable: tuple[str, ...], warned: set[str], keep_result: bool, stacklevel: int
) -> None:
    """Warn of the members of a response or a delivery that cannot be read.

    Args:
        received: what was received, for the message, such as "The response of reviews.list".
        warned: the members that were reported before, by what was received. New ones are added.
        keep_result: whether the warning is logged if the filters make it an error, as for the result of a write.
    """
    names = [name for name in unreadable if f"{received} {name}" not in warned]
    if not names:
        return
    warned.update(f"{received} {name}" for name in names)
    message = f"{received} has parts that cannot be read: {', '.join(names)}."
    try:
        warnings.warn(message, UnexpectedShapeWarning, stacklevel=stacklevel)
    except UnexpectedShapeWarning:
        if not keep_result:
            raise
        import logging  # slow to import, and seldom needed

        logging.getLogger("trustoo").warning("%s", message)


def mismatch(error: Exception) -> ResponseDecodeError:
    """The error for content that raised `error`."""
    return ResponseDecodeError(f"The response does not match the OpenAPI spec: {error}.")


def untyped(content: bytes) -> JSON:
    """Any JSON text as plain values. Raises ResponseDecodeError if the text is not valid JSON."""
    try:
        try:
            return _UNTYPED.decode(content)
        except msgspec.ValidationError:  # an integer with thousands of digits
            import json

            return json.loads(content, parse_int=integer)
    except UNREADABLE as error:
        raise ResponseDecodeError(f"The response is not valid JSON: {error}.") from error


_UNTYPED = msgspec.json.Decoder(float_hook=float)  # which reads 1e999 as infinity
_DIGITS = 4000


def integer(digits: str) -> int | str:
    """An integer. Its text if it has thousands of digits, because Python does not convert them."""
    return int(digits) if len(digits) < _DIGITS else digits


class Envelope(msgspec.Struct, Generic[T], kw_only=True):
    """The envelope of every result. Only `code` and `data` are typed: the rest must not make a call fail."""

    code: int | msgspec.UnsetType = msgspec.UNSET
    message: object = None
    time: object = None
    request_id: object = None
    data: T | msgspec.UnsetType = msgspec.UNSET
    # Not a member of the response: what could not be read. Nothing in JSON decodes as its type.
    unreadable: "Kept" = msgspec.field(default=(), name="\uffffu")


_LOOSE = msgspec.json.Decoder(Envelope[msgspec.Raw])


class ResponseDecoder(Generic[T]):
    """Decodes the successful responses of one operation: `data` of the envelope, or a documented bare object.

    Create it as `ResponseDecoder[T](...)`. `T` is the type of the result, and signatures show it.
    """

    def __init__(
        self,
        data: Any = None,
        *,
        bare: Any = None,
        expected: bool = False,
        is_write: bool = False,
        empty: bool = False,
    ) -> None:
        """Loads nothing, because the decoders are built for the first response.

        Args:
            data: the type of the envelope's `data`. None if there is no data.
            bare: the type of a response without an envelope. None if no such response is known.
            expected: whether a response without `data` does not match the OpenAPI spec.
            is_write: whether the operation changes something. A success is then a result, whatever its data is.
            empty: whether a successful response has no content.
        """
        self._empty = empty
        self._data, self._bare, self._expected, self._is_write = data, bare, expected, is_write
        self._is_model = isinstance(data, type) and issubclass(data, Model)
        self._decoder: Any = None

    @property
    def result_type(self) -> Any:
        """The type of the result. Any if the decoder was created without a type."""
        (found,) = get_args(getattr(self, "__orig_class__", ResponseDecoder[Any]))
        return None if found is type(None) else found

    def envelope(self, content: bytes, strict: bool = False) -> "Envelope[T]":
        """The envelope with its typed data. If `code` is not 0, the data may have any form.

        `strict`: whether each deviation from the OpenAPI spec is an error. Raises ResponseDecodeError.
        """
        if self._empty and not content:
            return Envelope(code=0)
        decoder: Any = self._decoder
        if decoder is None:
            form: Any = Envelope
            decoder = self._decoder = _LOOSE if self._data is None else decoder_of(form[self._data | None])
        # `decoded`, written out. Every response passes here, and a call takes longer than these lines.
        origin_token, counter_token = _ORIGIN.set(Origin(content, decoder)), _COUNTER.set(itertools.count())
        try:
            if decoder is not _LOOSE and not content.isascii():
                content.decode()
            envelope: Envelope[T] = decoder.decode(content)
        except UNREADABLE as error:
            envelope = self._misfit(content, error, strict)
        finally:
            _ORIGIN.reset(origin_token)
            _COUNTER.reset(counter_token)
        if envelope.code is msgspec.UNSET and self._bare is not None:
            envelope = self._bare_envelope(content, strict)
        if strict and envelope.code == 0:
            if self._expected and (envelope.data is msgspec.UNSET or (envelope.data is None and self._is_model)):
                raise ResponseDecodeError(_NO_DATA)
            require(envelope.data)
        return envelope

    def _misfit(self, content: bytes, error: Exception, strict: bool) -> "Envelope[T]":
        """The envelope in content that the decoder refused with `error`."""
        if strict:
            envelope = self.loose_envelope(content, strict=True)
            if envelope.code in (0, msgspec.UNSET):
                raise mismatch(error) from error
            return envelope
        from .repair import read_envelope

        try:
            return read_envelope(content, error, self._data, self._decoder)
        except ResponseDecodeError:
            envelope = self.loose_envelope(content)
            if envelope.code == 0 and self._is_write:
                return Envelope(code=0, request_id=envelope.request_id, unreadable=("data",))
            if envelope.code in (0, msgspec.UNSET):
                raise
            return envelope

    def _bare_envelope(self, content: bytes, strict: bool) -> "Envelope[T]":
        unreadable: builtins.list[str] = []
        data = decode(content, self._bare, strict=strict, unreadable=unreadable)
        missing = [name for attribute, name in members(self._bare) if getattr(data, attribute) is None]
        if not self._bare.required_.isdisjoint(missing):
            raise ResponseDecodeError(f"The response has neither code nor {' nor '.join(missing)}.")
        return Envelope(code=0, data=data, unreadable=tuple(unreadable))

    @staticmethod
    def loose_envelope(content: bytes, strict: bool = False) -> "Envelope[Any]":
        """The envelope whatever its data is. Raises ResponseDecodeError."""
        try:
            return decoded(content, _LOOSE)
        except UNREADABLE as error:
            if strict:
                raise mismatch(error) from error
            from .repair import read_envelope

            return read_envelope(content, error, None, _LOOSE)

    def value(self, envelope: "Envelope[T]") -> T:
        """The result: `data`, `[]` for a list that is null, or an empty model for a write without readable data.

        Adds "data" to the envelope's `unreadable` if it should be there. Raises ResponseDecodeError if a read has no
        readable data.
        """
        data: Any = envelope.data
        if self._data is None:
            data = None
        elif data is msgspec.UNSET or data is None:
            is_wrong = "data" in envelope.unreadable or (self._expected and (data is msgspec.UNSET or self._is_model))
            if is_wrong and not self._is_write:
                raise ResponseDecodeError(_NO_DATA)
            if is_wrong:
                envelope.unreadable = (*(name for name in envelope.unreadable if name != "data"), "data")
            data = _without_data(self._data, is_wrong) if self._is_model else [] if _is_list(self._data) else None
        value: T = data
        return value


def _is_list(declared: Any) -> bool:
    return any(get_origin(one) is builtins.list for one in (declared, *get_args(declared)))


_NO_DATA = "The response reports success, but it has no data that can be read."


def _without_data(model: type[M], is_wrong: bool) -> M:
    origin = Origin(b"{}", _LOOSE)
    with recorded(origin):
        value = model()
    with recorded(Origin(b"{}", _LOOSE)):
        origin.nodes = {0: Node(model(), {}, ("data",) if is_wrong else ())}
    return value
