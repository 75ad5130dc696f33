"""The types that generated modules share: operations, requests, responses, pages."""

from collections.abc import Callable, Container, Iterable, Mapping
from datetime import datetime
from typing import Any, Generic, Protocol, Self, TypedDict, TypeVar

import msgspec

from .decoding import (
    INT,
    Envelope,
    Id,
    Listing,
    ListOrNull,
    Model,
    OrEmpty,
    ResponseDecoder,
    decode,
    members,
    warn_of_shape,
)
from .operation import Operation
from .values import (
    JSON,
    Constraint,
    FileLike,
    FilePart,
    ObjectLike,
    ToDict,
    header_pairs,
    instant,
    instant_text,
    json_object,
    number,
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
    "Listing",
    "ListOrNull",
    "Model",
    "Operation",
    "OrEmpty",
    "Paginator",
    "AsyncPaginator",
    "OperationRequest",
    "PaginationOptions",
    "PaginationRequest",
    "Response",
    "Constraint",
    "FileLike",
    "FilePart",
    "ObjectLike",
    "ToDict",
    "decode",
    "header_pairs",
    "instant",
    "instant_text",
    "json_object",
    "members",
    "number",
    "path_segment",
    "query_pairs",
    "to_json",
    "warn_of_shape",
)
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class OperationRequest(msgspec.Struct, frozen=True):  # made in C, once for each call
    """The values that one call sends, before encoding and signing."""

    operation: Operation
    path: str
    query: tuple[tuple[str, str], ...] = ()
    """Names and values as plain text, not percent-encoded, in sending order."""
    body: dict[str, JSON] | None = None
    """The members of the body to send. None if the request has no body."""
    unverified: bool = False
    """Whether the caller accepts that the path and method of a write are only inferred."""
    headers: tuple[tuple[str, str], ...] = ()
    """Names and values of the operation's own headers. They are not signed."""
    cookies: tuple[tuple[str, str], ...] = ()
    """Names and values of the operation's own cookies, as plain text. They are not signed."""
    media_type: str = "application/json"
    """The form in which the body is sent. `encoding.encode_body` has the forms."""

    def for_page(self, page: int) -> "OperationRequest":
        """The same request for another page. The arguments are not read again, because an iterator yields once."""
        query = tuple([(name, str(page) if name == "page" else value) for name, value in self.query])
        return msgspec.structs.replace(self, query=query)

    def __repr__(self) -> str:  # without the values of the call
        return f"{type(self).__name__}({self.operation.id}, unverified={self.unverified})"


class Response(msgspec.Struct, Generic[T], frozen=True):
    """A successful response. `parsed` is the result; the other attributes are status, headers, bytes and request id.

    `unreadable` names the members that cannot be read, such as "Review.rating". "data" stands for the whole data, and
    "text" for text in which characters had to be replaced.
    """

    status_code: int
    headers: Mapping[str, str]
    content: bytes
    parsed: T
    request_id: str | None = None
    unreadable: tuple[str, ...] = ()

    def __repr__(self) -> str:
        name, status, parsed = type(self).__name__, self.status_code, self.parsed
        return f"{name}(status_code={status}, parsed={parsed!r}, request_id={self.request_id!r})"


class PaginationOptions(TypedDict):
    """The options of an iteration. The generated `iterate` functions document the values."""

    limit: int | None
    known_ids: Container[str | int] | Iterable[str | int]
    since: datetime | None
    checkpoint: Mapping[str, int] | None
    prefetch: int


class PaginationRequest(msgspec.Struct, Generic[T], frozen=True):
    """An iteration over the items of a paged operation: the request for each page, and the options."""

    build: Callable[[int], OperationRequest]
    """Returns the request for a page number."""
    decoder: ResponseDecoder[Any]
    options: PaginationOptions


class Paginator(Protocol[T_co]):
    """The items of a paged operation, fetched page by page during iteration. An iterator: it is used up once."""

    @property
    def checkpoint(self) -> dict[str, int]:
        """The position after the last item that was returned, as a JSON object for `iterate(checkpoint=...)`."""
        ...

    def __iter__(self) -> Self: ...

    def __next__(self) -> T_co: ...


class AsyncPaginator(Protocol[T_co]):
    """The items of a paged operation, fetched page by page during iteration with `async for`.

    An iterator: it is used up once.
    """

    @property
    def checkpoint(self) -> dict[str, int]:
        """The position after the last item that was returned, as a JSON object for `iterate(checkpoint=...)`."""
        ...

    def __aiter__(self) -> Self: ...

    async def __anext__(self) -> T_co: ...
