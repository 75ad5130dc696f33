"""Who sends: the protocols that generated functions accept, and a plain client for use on its own."""

import re
from collections.abc import Callable, Container, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast, runtime_checkable
from urllib.parse import quote

import msgspec

from .errors import UnexpectedAnswer, WrongTransport
from .operations import BASE_URL
from .types import Answer, AsyncPages, Pages, Request, Response

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")


@runtime_checkable
class Transport(Protocol):
    """Sends a request and reads its answer, synchronously."""

    def send(self, request: Request, answer: Answer[T]) -> Response[T]: ...


@runtime_checkable
class AsyncTransport(Protocol):
    """The same for asyncio."""

    async def send_async(self, request: Request, answer: Answer[T]) -> Response[T]: ...


def sync_transport(client: object) -> Transport:
    """`client`, if it can send synchronously. Raises WrongTransport."""
    if hasattr(client, "send"):  # a protocol's isinstance() costs twenty times as much, at every call
        return cast(Transport, client)
    raise WrongTransport(f"{type(client).__name__} has no send method; use the asyncio functions with it.")


def async_transport(client: object) -> AsyncTransport:
    """`client`, if it can send asynchronously. Raises WrongTransport."""
    if hasattr(client, "send_async"):
        return cast(AsyncTransport, client)
    raise WrongTransport(f"{type(client).__name__} has no send_async method; use the sync functions with it.")


@runtime_checkable
class PagingTransport(Protocol):
    """Can walk through pages. `build` describes the request for a page number."""

    def pages(
        self,
        build: Callable[[int], Request],
        answer: Answer[Any],
        *,
        limit: int | None,
        known_ids: Container[str],
        since: datetime | None,
        checkpoint: Mapping[str, int] | None,
    ) -> Pages[Any]: ...


@runtime_checkable
class AsyncPagingTransport(Protocol):
    """The same for asyncio."""

    def pages(
        self,
        build: Callable[[int], Request],
        answer: Answer[Any],
        *,
        limit: int | None,
        known_ids: Container[str],
        since: datetime | None,
        checkpoint: Mapping[str, int] | None,
    ) -> AsyncPages[Any]: ...


def paging(client: object) -> PagingTransport:
    """`client`, if it can walk through pages. Raises WrongTransport."""
    if isinstance(client, PagingTransport):
        return client
    raise WrongTransport(f"{type(client).__name__} cannot walk through pages; trustoo.Trustoo can.")


def async_paging(client: object) -> AsyncPagingTransport:
    """The same for asyncio. Raises WrongTransport."""
    if isinstance(client, AsyncPagingTransport):
        return client
    raise WrongTransport(f"{type(client).__name__} cannot walk through pages; trustoo.AsyncTrustoo can.")


def url_of(base_url: str, request: Request) -> str:
    """The absolute URL of `request`; every reserved character of the query is percent-encoded."""
    if not request.query:
        return f"{base_url}{request.path}"
    query = "&".join([f"{_quoted(name)}={_quoted(value)}" for name, value in request.query])
    return f"{base_url}{request.path}?{query}"


_PLAIN = re.compile(r"[A-Za-z0-9_.~-]*").fullmatch


def _quoted(text: str) -> str:
    return text if _PLAIN(text) else quote(text, safe="")


class Client:
    """A plain sync and async transport: fixed headers, no signing, no retries. Needs httpx.

    `trustoo.Trustoo` is what you want; this one serves where only the generated package is installed.
    """

    def __init__(
        self, *, base_url: str = BASE_URL, headers: Mapping[str, str] | None = None, timeout: float = 30.0
    ) -> None:
        self._base_url, self._headers, self._timeout = base_url.rstrip("/"), dict(headers or {}), timeout

    def send(self, request: Request, answer: Answer[T]) -> Response[T]:
        """Send `request` once. Raises UnexpectedAnswer, DecodeError, httpx.HTTPError."""
        import httpx

        with httpx.Client(timeout=self._timeout) as client:
            return _read(client.send(self._outgoing(client, request)), answer)

    async def send_async(self, request: Request, answer: Answer[T]) -> Response[T]:
        """The same for asyncio."""
        import httpx

        async with httpx.AsyncClient(timeout=self._timeout) as client:
            return _read(await client.send(self._outgoing(client, request)), answer)

    def _outgoing(self, client: "httpx.Client | httpx.AsyncClient", request: Request) -> "httpx.Request":
        content = None if request.body is None else msgspec.json.encode(request.body)
        headers = self._headers | ({"Content-Type": "application/json"} if content is not None else {})
        url = url_of(self._base_url, request)
        return client.build_request(request.operation.method, url, headers=headers, content=content)


def _read(reply: "httpx.Response", answer: Answer[T]) -> Response[T]:
    envelope = (
        Answer.loose_envelope(reply.content) if not reply.is_success else answer.envelope(reply.content)
    )
    code = envelope.code if isinstance(envelope.code, int) else None
    if not reply.is_success or code != 0:
        raise UnexpectedAnswer(reply.status_code, code, reply.content)
    request_id = envelope.request_id if isinstance(envelope.request_id, str) else None
    return Response(reply.status_code, reply.headers, reply.content, answer.value(envelope), request_id)
