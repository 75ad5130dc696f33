"""What generated modules are made of: operations, request descriptions, responses, pages."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from .decoding import INT, Answer, Envelope, Id, ListOrNull, Model, decode, members
from .operation import Operation
from .values import JSON, Rule, ToDict, instant, instant_text, json_object, path_segment, query_pairs, to_json

__all__ = (
    "INT",
    "JSON",
    "Answer",
    "Envelope",
    "Id",
    "ListOrNull",
    "Model",
    "Operation",
    "Pages",
    "AsyncPages",
    "Request",
    "Response",
    "Rule",
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
class Request:
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


class Pages(Protocol[T_co]):
    """Items of a paged operation, fetched page by page while they are iterated over."""

    @property
    def checkpoint(self) -> dict[str, int]:
        """Where the iteration stands: a JSON object that `iterate(checkpoint=...)` takes up again."""
        ...

    def __iter__(self) -> Iterator[T_co]: ...


class AsyncPages(Protocol[T_co]):
    """The same for asyncio."""

    @property
    def checkpoint(self) -> dict[str, int]: ...

    def __aiter__(self) -> AsyncIterator[T_co]: ...
