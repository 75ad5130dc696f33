"""What generated modules are made of: operations, request descriptions, responses, pages."""

from collections.abc import AsyncIterator, Container, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypedDict, TypeVar

from .decoding import INT, Envelope, Id, ListOrNull, Model, ResponseDecoder, decode, members
from .operation import Operation
from .values import (
    JSON,
    Constraint,
    ToDict,
    instant,
    instant_text,
    json_object,
    path_segment,
    query_pairs,
    to_json,
)

__all__ = (
    "INT",
    "JSON",
    "ResponseDecoder",
    "Envelope",
    "Id",
    "ListOrNull",
    "Model",
    "Operation",
    "Paginator",
    "AsyncPaginator",
    "OperationRequest",
    "PaginationOptions",
    "Response",
    "Constraint",
    "ToDict",
    "decode",
    "instant",
    "instant_text",
    "json_object",
    "members",
    "path_segment",
    "query_pairs",
    "to_json",
)
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class OperationRequest:
    """What one call sends, before encoding and signing: values only, no behaviour."""

    operation: Operation
    path: str
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Names and values as plain text, not percent-encoded, in sending order."""
    body: dict[str, JSON] | None = field(default=None, repr=False)
    """The JSON object to send, or None for no body."""
    unverified: bool = False
    """Whether the caller accepts that path and method of a write are only inferred."""


@dataclass(frozen=True, slots=True)
class Response(Generic[T]):
    """A successful answer with what surrounded it."""

    status_code: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    parsed: T
    request_id: str | None = None


class PaginationOptions(TypedDict):
    """How far an iteration goes; the generated `iterate` methods say what the values mean."""

    limit: int | None
    known_ids: Container[str]
    since: datetime | None
    checkpoint: Mapping[str, int] | None


class Paginator(Protocol[T_co]):
    """Items of a paged operation, fetched page by page while they are iterated over."""

    @property
    def checkpoint(self) -> dict[str, int]:
        """Where the iteration stands: a JSON object that `iterate(checkpoint=...)` takes up again."""
        ...

    def __iter__(self) -> Iterator[T_co]: ...


class AsyncPaginator(Protocol[T_co]):
    """The same for asyncio."""

    @property
    def checkpoint(self) -> dict[str, int]: ...

    def __aiter__(self) -> AsyncIterator[T_co]: ...
