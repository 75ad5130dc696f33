"""The clients that people use: `Trustoo` and, for asyncio, `AsyncTrustoo`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, TypedDict, TypeVar, Unpack

from trustoo_api.api import AsyncResources, Resources
from trustoo_api.operations import BASE_URL
from trustoo_api.types import Answer, Request, Response

from .credentials import Credentials
from .errors import ConfigurationError, TransportError
from .session import Session
from .transport import AsyncHttpxTransport, AsyncWireTransport, HttpxTransport, WireTransport

if TYPE_CHECKING:
    import httpx

    from .upload import AsyncMedia, Media

__all__ = ["AsyncTrustoo", "Trustoo"]

T = TypeVar("T")


class Settings(TypedDict, total=False):
    """The arguments that both clients share; `Trustoo` says what they mean."""

    public_token: str | None
    private_token: str | None
    access_token: str | None
    merchant_session: str | None
    base_url: str | None
    timeout: float
    clock: Callable[[], float]


class _Configured:
    """What both clients are built from."""

    def __init__(self, settings: Settings) -> None:
        unknown = sorted(set(settings) - set(Settings.__annotations__))
        if unknown:
            raise ConfigurationError(f"Unknown settings: {', '.join(unknown)}.")
        timeout = settings.get("timeout", 30.0)
        if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not 0 < timeout < float("inf"):
            raise ConfigurationError(f"timeout must be a positive number of seconds, not {timeout!r}.")
        self._timeout = float(timeout)
        self._credentials = Credentials.find(settings)
        self._base_url = settings.get("base_url") or os.environ.get("TRUSTOO_BASE_URL") or BASE_URL
        self._session = Session(self._credentials, self._base_url, settings.get("clock", time.time))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._base_url!r}, public_token={self._credentials.public_token!r})"


class Trustoo(_Configured, Resources):
    """A client of one shop.

    Resources: `oauth`, `platform`, `webhooks`, `reviews`, `media`, `orders`, `customer_events`, `customers`,
    `tokens`. Each operation is signed or authorised with the credentials that it needs; a missing kind is an error
    before anything is sent. Threads may share a client. It also serves as `client=` of every generated function.

    Args:
        public_token, private_token: the shop's tokens, from the app's back office. Default: the environment's
            TRUSTOO_PUBLIC_TOKEN and TRUSTOO_PRIVATE_TOKEN.
        access_token: a platform's OAuth2 access token instead of the two. Default: TRUSTOO_ACCESS_TOKEN.
        merchant_session: the JWT of a logged-in merchant, sent as it is, for the few operations that need one.
            Default: TRUSTOO_MERCHANT_SESSION.
        base_url: where the API lives. Default: TRUSTOO_BASE_URL, else the description's server.
        timeout: seconds that connecting, sending a piece or waiting for a piece of the answer may take.
        http_client: an `httpx.Client` of yours; it is used as it is and never closed here.
        clock: gives the Unix time in seconds that signatures carry.

    Raises:
        ConfigurationError: credentials, base_url or timeout cannot be used.
    """

    def __init__(self, *, http_client: httpx.Client | None = None, **settings: Unpack[Settings]) -> None:
        super().__init__(settings)
        self._wires: WireTransport = HttpxTransport(self._timeout, http_client)

    @property
    def _transport(self) -> Trustoo:  # type: ignore[override]  # the resources' transport is the client itself
        return self

    @cached_property
    def media(self) -> Media:
        """Media operations, and `upload_image`."""
        from .upload import Media

        return Media(self)

    def send(self, request: Request, answer: Answer[T]) -> Response[T]:
        """Send what a generated function describes. Raises TrustooError."""
        flow = self._session.flow(request, answer)
        try:
            wire = next(flow)
            while True:
                try:
                    reply = self._wires.send(wire)
                except TransportError as error:
                    wire = flow.throw(error)
                else:
                    wire = flow.send(reply)
        except StopIteration as done:
            response: Response[T] = done.value
            return response

    def close(self) -> None:
        """Close the connections that this client opened."""
        self._wires.close()

    def __enter__(self) -> Trustoo:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncTrustoo(_Configured, AsyncResources):
    """`Trustoo` for asyncio: the same arguments, resources and methods, to be awaited."""

    def __init__(self, *, http_client: httpx.AsyncClient | None = None, **settings: Unpack[Settings]) -> None:
        super().__init__(settings)
        self._wires: AsyncWireTransport = AsyncHttpxTransport(self._timeout, http_client)

    @property
    def _transport(self) -> AsyncTrustoo:  # type: ignore[override]  # as in Trustoo
        return self

    @cached_property
    def media(self) -> AsyncMedia:
        """Media operations, and `upload_image`."""
        from .upload import AsyncMedia

        return AsyncMedia(self)

    async def send_async(self, request: Request, answer: Answer[T]) -> Response[T]:
        """Send what a generated function describes. Raises TrustooError."""
        flow = self._session.flow(request, answer)
        try:
            wire = next(flow)
            while True:
                try:
                    reply = await self._wires.send(wire)
                except TransportError as error:
                    wire = flow.throw(error)
                else:
                    wire = flow.send(reply)
        except StopIteration as done:
            response: Response[T] = done.value
            return response

    async def close(self) -> None:
        """Close the connections that this client opened."""
        await self._wires.close()

    async def __aenter__(self) -> AsyncTrustoo:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
