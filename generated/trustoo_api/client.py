"""The protocols of the clients that generated functions accept, and a plain client."""

import re
import warnings
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, Unpack, cast, runtime_checkable
from urllib.parse import quote

from .encoding import deprecations, encode_body, header_fields
from .errors import UnexpectedResponseError, WrongClientError
from .operations import BASE_URL
from .types import (
    AsyncPaginator,
    OperationRequest,
    PaginationOptions,
    Paginator,
    Response,
    ResponseDecoder,
    warn_of_shape,
)

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")


@runtime_checkable
class SyncClient(Protocol):
    """Sends a request and decodes its response, synchronously."""

    @abstractmethod
    def send(self, request: OperationRequest, decoder: ResponseDecoder[T]) -> Response[T]: ...


@runtime_checkable
class AsyncClient(Protocol):
    """Sends a request and decodes its response, with asyncio."""

    @abstractmethod
    async def send_async(self, request: OperationRequest, decoder: ResponseDecoder[T]) -> Response[T]: ...


def as_sync_client(client: object) -> SyncClient:
    """Returns `client`. Raises WrongClientError if the client cannot send synchronously."""
    if hasattr(client, "send"):  # isinstance() of a protocol takes twenty times as long, at every call
        return cast(SyncClient, client)
    raise WrongClientError(f"{type(client).__name__} has no send method; use the asyncio functions with it.")


def as_async_client(client: object) -> AsyncClient:
    """Returns `client`. Raises WrongClientError if the client cannot send asynchronously."""
    if hasattr(client, "send_async"):
        return cast(AsyncClient, client)
    raise WrongClientError(
        f"{type(client).__name__} has no send_async method; use the sync functions with it."
    )


@runtime_checkable
class PagingClient(Protocol):
    """Iterates over the items of paged operations. `build` returns the request for a page number."""

    def paginate(
        self,
        build: Callable[[int], OperationRequest],
        decoder: ResponseDecoder[Any],
        **options: Unpack[PaginationOptions],
    ) -> Paginator[Any]: ...


@runtime_checkable
class AsyncPagingClient(Protocol):
    """Iterates over the items of paged operations with asyncio. `build` returns the request for a page number."""

    def paginate(
        self,
        build: Callable[[int], OperationRequest],
        decoder: ResponseDecoder[Any],
        **options: Unpack[PaginationOptions],
    ) -> AsyncPaginator[Any]: ...


def as_paging_client(client: object) -> PagingClient:
    """Returns `client`. Raises WrongClientError if the client cannot iterate over pages."""
    if isinstance(client, PagingClient):
        return client
    raise WrongClientError(f"{type(client).__name__} cannot iterate over pages; trustoo.Trustoo can.")


def as_async_paging_client(client: object) -> AsyncPagingClient:
    """Returns `client`. Raises WrongClientError if the client cannot iterate over pages with asyncio."""
    if isinstance(client, AsyncPagingClient):
        return client
    raise WrongClientError(f"{type(client).__name__} cannot iterate over pages; trustoo.AsyncTrustoo can.")


def url_of(base_url: str, request: OperationRequest) -> str:
    """The absolute URL of `request`; every reserved character of the query is percent-encoded."""
    if not request.query:
        return f"{base_url}{request.path}"
    pairs = []
    for name, value in request.query:
        plain_name = name if _PLAIN(name) else quote(name, safe="")
        pairs.append(f"{plain_name}={value if _PLAIN(value) else quote(value, safe='')}")
    return f"{base_url}{request.path}?{'&'.join(pairs)}"


_PLAIN = re.compile(r"[A-Za-z0-9_.~-]*").fullmatch


class Client:
    """A plain client for sync and asyncio functions. It has fixed headers, does not sign or retry, and needs httpx.

    Prefer `trustoo.Trustoo`. This class is for programs that have only the generated package.

    Args:
        base_url: the server's address. Default: the server in the OpenAPI spec.
        headers: headers of every request.
        timeout: the httpx timeout in seconds. Default: 30.
        strict: whether a response that does not match the OpenAPI spec is an error. Default: False. Other spellings of
            a value are then read, and members that cannot be read are None, with an UnexpectedShapeWarning.
    """

    def __init__(
        self,
        *,
        base_url: str = BASE_URL,
        headers: Mapping[str, str] | None = None,
        timeout: float = 30.0,
        strict: bool = False,
    ) -> None:
        self._base_url, self._headers, self._timeout = base_url.rstrip("/"), dict(headers or {}), timeout
        self._strict, self._warned = strict, set[str]()

    def send(self, request: OperationRequest, decoder: ResponseDecoder[T]) -> Response[T]:
        """Send `request` once. Raises UnexpectedResponseError, ResponseDecodeError, httpx.HTTPError."""
        import httpx

        with httpx.Client(timeout=self._timeout) as client:
            return self._read(request, client.send(self._outgoing(client, request)), decoder)

    async def send_async(self, request: OperationRequest, decoder: ResponseDecoder[T]) -> Response[T]:
        """Send `request` once. Raises UnexpectedResponseError, ResponseDecodeError, httpx.HTTPError."""
        import httpx

        async with httpx.AsyncClient(timeout=self._timeout) as client:
            return self._read(request, await client.send(self._outgoing(client, request)), decoder)

    def _outgoing(
        self, client: "httpx.Client | httpx.AsyncClient", request: OperationRequest
    ) -> "httpx.Request":
        content, content_type = encode_body(request)
        headers = (
            self._headers | header_fields(request) | ({"Content-Type": content_type} if content_type else {})
        )
        for message in deprecations(request):
            if message not in self._warned:
                self._warned.add(message)
                warnings.warn(message, DeprecationWarning, stacklevel=5)
        url = url_of(self._base_url, request)
        return client.build_request(request.operation.method, url, headers=headers, content=content)

    def _read(
        self, request: OperationRequest, response: "httpx.Response", decoder: ResponseDecoder[T]
    ) -> Response[T]:
        content = response.content
        envelope = (
            decoder.envelope(content, self._strict)
            if response.is_success
            else ResponseDecoder.loose_envelope(content)
        )
        code = envelope.code if isinstance(envelope.code, int) else None
        request_id = envelope.request_id if isinstance(envelope.request_id, str) else None
        if not response.is_success or code != 0:
            raise UnexpectedResponseError(
                f"The API responded HTTP {response.status_code} with code {code}.",
                code=code,
                status=response.status_code,
                request_id=request_id,
                headers=dict(response.headers),
                content=content,
            )
        value, operation = decoder.value(envelope), request.operation
        received = f"The response of {operation.id}"
        warn_of_shape(received, envelope.unreadable, self._warned, operation.is_write, stacklevel=5)
        return Response(
            response.status_code, response.headers, content, value, request_id, envelope.unreadable
        )
