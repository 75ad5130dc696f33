"""The clients that people use: `Trustoo` and, for asyncio, `AsyncTrustoo`."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, Unpack, cast

from trustoo_api.api import AsyncResources, Resources

from .credentials import AsyncTokenSource, TokenSource
from .driving import drive, drive_async
from .settings import Configured, Settings, connection_of
from .steps import Pause, Step
from .transport import AsyncOwnTransport, AsyncWireTransport, OwnTransport, Reply, Wire, WireTransport
from .waiting import wait, wait_async

if TYPE_CHECKING:
    from datetime import datetime

    import httpx
    from trustoo_api.types import Answer, Request, Response

    from .pages import AsyncPager, Pager
    from .upload import AsyncMedia, Media

__all__ = ["AsyncTrustoo", "Trustoo"]

T = TypeVar("T")


class WalkSettings(TypedDict):
    """How far a walk through pages goes; the generated `iterate` methods say what the values mean."""

    limit: int | None
    known_ids: Container[str]
    since: datetime | None
    checkpoint: Mapping[str, int] | None


class Trustoo(Configured, Resources):
    """A client of one shop.

    Resources: `oauth`, `platform`, `webhooks`, `reviews`, `media`, `orders`, `customer_events`, `customers`,
    `tokens`. Each operation is signed or authorised with the credentials that it needs; a missing kind is an error
    before anything is sent. Threads may share a client. It also serves as `client=` of every generated function.

    Args:
        public_token, private_token: the shop's tokens, from the app's back office. Default: the environment's
            TRUSTOO_PUBLIC_TOKEN and TRUSTOO_PRIVATE_TOKEN.
        access_token: a platform's OAuth2 access token instead of the two. Default: TRUSTOO_ACCESS_TOKEN.
        tokens: an object that hands out access tokens and renews them, see TokenSource; `trustoo.oauth` has one.
        merchant_session: the JWT of a logged-in merchant, sent as it is, for the few operations that need one.
            Default: TRUSTOO_MERCHANT_SESSION.
        base_url: where the API lives. Default: TRUSTOO_BASE_URL, else the description's server.
        timeout: seconds that connecting, sending a piece or waiting for a piece of the answer may take. Default: 30.
        retry: what is tried again, see RetryPolicy. Default: reads, up to three attempts; NO_RETRIES turns it off.
        application: your application's name and version, put before ours in the User-Agent.
        proxy: URL of a proxy for our own connections. Default: what the environment names (HTTPS_PROXY, NO_PROXY, ...).
        transport: the HTTP library that sends, "httpcore", "httpx" or "pyreqwest"; "auto" takes pyreqwest where it is
            installed (`pip install 'trustoo[fast]'`), else httpcore. They behave alike (docs/performance.md); through a
            proxy httpx sends, whatever this says. Default: TRUSTOO_TRANSPORT, else "auto".
        on_request, on_response, on_retry: called with a CallEvent before an attempt is sent, after it ended, and when
            another one follows; the events hold nothing secret. The logger "trustoo" gets the same.
        http_client: an `httpx.Client` of yours, with your proxies, certificates and hooks; used as it is, never
            closed here.
        storage_client: the same for image uploads, which go to the object storage and not to the API. Default: a fresh
            one for each upload.
        storage_rules: which addresses images may be posted to, and how long that may take, see
            `trustoo.upload.StorageRules`. Default:
            any host name, over https.
        clock: gives the Unix time in seconds that signatures carry; corrected when the server's clock differs.

    Raises:
        ConfigurationError: a setting cannot be used.
    """

    _hands_out = "token"

    def __init__(
        self,
        *,
        http_client: httpx.Client | None = None,
        storage_client: httpx.Client | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        self._configure(settings)
        self._storage_client = storage_client
        name, proxy = connection_of(settings, http_client)
        self._wires: WireTransport
        if http_client is None:
            self._wires = OwnTransport(name, proxy)
        else:
            from .transport.with_httpx import HttpxTransport

            self._wires = HttpxTransport(http_client)

    @property
    def _transport(self) -> Trustoo:  # type: ignore[override]  # the resources' transport is the client itself
        return self

    @cached_property
    def media(self) -> Media:
        """Media operations, and uploads of images."""
        from .upload import Media

        return Media(self, self._storage())

    def send(self, request: Request, answer: Answer[T]) -> Response[T]:
        """Send what a generated function describes. Raises TrustooError."""
        return drive(self._session.flow(request, answer), self._serve)

    def _serve(self, step: Step) -> Reply | str | None:
        if isinstance(step, Wire):
            return self._wires.send(step)
        if isinstance(step, Pause):
            wait(step.seconds)
            return None
        return cast(TokenSource, self._credentials.tokens).token(step.rejected)

    def pages(self, build: Callable[[int], Request], answer: Answer[Any], **walk: Unpack[WalkSettings]) -> Pager[Any]:
        """Walk through the pages that a generated function describes."""
        from .pages import Pager, Walk

        return Pager(self, answer, Walk(build, **walk))

    def close(self) -> None:
        """Close the connections that this client opened."""
        self._wires.close()

    def __enter__(self) -> Trustoo:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncTrustoo(Configured, AsyncResources):
    """`Trustoo` for asyncio: the same arguments, resources and methods, to be awaited."""

    _hands_out = "token_async"

    def __init__(
        self,
        *,
        http_client: httpx.AsyncClient | None = None,
        storage_client: httpx.AsyncClient | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        self._configure(settings)
        self._storage_client = storage_client
        name, proxy = connection_of(settings, http_client)
        self._wires: AsyncWireTransport
        if http_client is None:
            self._wires = AsyncOwnTransport(name, proxy)
        else:
            from .transport.with_httpx import AsyncHttpxTransport

            self._wires = AsyncHttpxTransport(http_client)

    @property
    def _transport(self) -> AsyncTrustoo:  # type: ignore[override]  # as in Trustoo
        return self

    @cached_property
    def media(self) -> AsyncMedia:
        """Media operations, and uploads of images."""
        from .upload import AsyncMedia

        return AsyncMedia(self, self._storage())

    async def send_async(self, request: Request, answer: Answer[T]) -> Response[T]:
        """Send what a generated function describes. Raises TrustooError."""
        return await drive_async(self._session.flow(request, answer), self._serve)

    async def _serve(self, step: Step) -> Reply | str | None:
        if isinstance(step, Wire):
            return await self._wires.send(step)
        if isinstance(step, Pause):
            await wait_async(step.seconds)
            return None
        return await cast(AsyncTokenSource, self._credentials.tokens).token_async(step.rejected)

    def pages(
        self, build: Callable[[int], Request], answer: Answer[Any], **walk: Unpack[WalkSettings]
    ) -> AsyncPager[Any]:
        """Walk through the pages that a generated function describes."""
        from .pages import AsyncPager, Walk

        return AsyncPager(self, answer, Walk(build, **walk))

    async def close(self) -> None:
        """Close the connections that this client opened."""
        await self._wires.close()

    async def __aenter__(self) -> AsyncTrustoo:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
