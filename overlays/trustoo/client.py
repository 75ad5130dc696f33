"""The clients that people use: `Trustoo` and, for asyncio, `AsyncTrustoo`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Container, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypedDict, TypeVar, Unpack, cast
from urllib.parse import urlsplit

from trustoo_api.api import AsyncResources, Resources
from trustoo_api.operations import BASE_URL
from trustoo_api.types import Answer, Request, Response

from .clock import HealingClock
from .credentials import AsyncTokenSource, Credentials, TokenSource
from .errors import ConfigurationError, TransportError
from .events import Hook
from .pages import AsyncPager, Pager, Walk
from .retry import RetryPolicy
from .session import Options, Pause, Session, TokenWanted
from .transport import AsyncHttpxTransport, AsyncWireTransport, HttpxTransport, Reply, Wire, WireTransport
from .waiting import wait, wait_async

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
    tokens: TokenSource | AsyncTokenSource | None
    merchant_session: str | None
    base_url: str | None
    timeout: float
    retry: RetryPolicy
    application: str
    proxy: str | None
    on_request: Hook | None
    on_response: Hook | None
    on_retry: Hook | None
    clock: Callable[[], float]


class Overrides(TypedDict, total=False):
    """What `with_options` can change."""

    merchant_session: str | None
    tokens: TokenSource | AsyncTokenSource | None
    timeout: float
    retry: RetryPolicy
    application: str
    on_request: Hook | None
    on_response: Hook | None
    on_retry: Hook | None


class _Configured:
    """What both clients are built from."""

    _session: Session
    _hands_out: str
    """The method of `tokens` that this kind of client calls."""

    def _configure(self, settings: Settings) -> None:
        _refuse_unknown(settings, Settings)
        self._credentials = self._checked(Credentials.find(settings))
        self._base_url = settings.get("base_url") or os.environ.get("TRUSTOO_BASE_URL") or BASE_URL
        self._options = _options(Options(), settings)
        clock = HealingClock(settings.get("clock", time.time))
        self._session = Session(self._credentials, self._base_url, clock, self._options)

    def with_options(self, **changes: Unpack[Overrides]) -> Self:
        """A client with other options for the calls made through it: `shop.with_options(timeout=5).reviews.list()`.

        It shares connections, credentials and what was learnt of the server's clock, and needs no closing.
        """
        _refuse_unknown(changes, Overrides)
        other = object.__new__(type(self))
        # Not the resources: each belongs to the client that made it.
        other.__dict__.update({name: value for name, value in vars(self).items() if name.startswith("_")})
        known: dict[str, Any] = {
            name: value for name, value in changes.items() if name in ("merchant_session", "tokens")
        }
        other._credentials = self._checked(replace(self._credentials, **known))
        other._options = _options(self._options, changes)
        other._session = self._session.with_options(other._credentials, other._options)
        return other

    def _checked(self, credentials: Credentials) -> Credentials:
        tokens = credentials.tokens
        if tokens is not None and not callable(getattr(tokens, self._hands_out, None)):
            raise ConfigurationError(
                f"{type(self).__name__} calls the method {self._hands_out} of its tokens=, and "
                f"{type(tokens).__name__} has none."
            )
        return credentials

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._base_url!r}, public_token={self._credentials.public_token!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} cannot be pickled or copied: it holds secrets and connections. "
            "Build one in each process."
        )


class WalkSettings(TypedDict):
    """How far a walk through pages goes; the generated `iterate` methods say what the values mean."""

    limit: int | None
    known_ids: Container[str]
    since: datetime | None
    checkpoint: Mapping[str, int] | None


def _proxy(settings: Settings, http_client: object) -> str | None:
    proxy = settings.get("proxy")
    if proxy is not None and http_client is not None:
        raise ConfigurationError("Give proxy or http_client, not both: a client of yours has proxies of its own.")
    if proxy is not None and not _is_proxy(proxy):  # the message does not quote it: it may hold a password
        raise ConfigurationError("proxy must look like http://host:port, or begin with https, socks5 or socks5h.")
    return proxy


def _is_proxy(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https", "socks5", "socks5h") and bool(parts.hostname) and parts.port != 0
    except (ValueError, AttributeError, TypeError):
        return False


def _refuse_unknown(given: Mapping[str, Any], known: Any) -> None:
    if unknown := sorted(set(given) - set(known.__annotations__)):
        raise ConfigurationError(f"Unknown settings: {', '.join(unknown)}.")


def _options(options: Options, changes: Mapping[str, Any]) -> Options:
    observers = {name: changes[name] for name in ("on_request", "on_response", "on_retry") if name in changes}
    simple = {name: changes[name] for name in ("timeout", "retry", "application") if name in changes}
    return replace(options, observers=replace(options.observers, **observers), **simple)


class Trustoo(_Configured, Resources):
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
        proxy: URL of a proxy for our own HTTP client.
        on_request, on_response, on_retry: called with a CallEvent before an attempt is sent, after it ended, and when
            another one follows; the events hold nothing secret. The logger "trustoo" gets the same.
        http_client: an `httpx.Client` of yours, with your proxies, certificates and hooks; used as it is, never
            closed here.
        storage_client: the same for image uploads, which go to the object storage and not to the API. Default: a fresh
            one for each upload.
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
        self._storage, self._proxy = storage_client, settings.get("proxy")
        self._wires: WireTransport = HttpxTransport(http_client, _proxy(settings, http_client))

    @property
    def _transport(self) -> Trustoo:  # type: ignore[override]  # the resources' transport is the client itself
        return self

    @cached_property
    def media(self) -> Media:
        """Media operations, and `upload_image`."""
        from .upload import Media

        return Media(self, self._storage, self._proxy)

    def send(self, request: Request, answer: Answer[T]) -> Response[T]:
        """Send what a generated function describes. Raises TrustooError."""
        flow = self._session.flow(request, answer)
        try:
            step = next(flow)
            while True:
                if isinstance(step, Pause):
                    wait(step.seconds)
                    step = next(flow)
                    continue
                try:
                    reply = self._obtain(step)
                except TransportError as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(reply)
        except StopIteration as done:
            response: Response[T] = done.value
            return response

    def _obtain(self, step: Wire | TokenWanted) -> Reply | str:
        if isinstance(step, TokenWanted):
            return cast(TokenSource, self._credentials.tokens).token(step.rejected)
        return self._wires.send(step)

    def pages(self, build: Callable[[int], Request], answer: Answer[Any], **walk: Unpack[WalkSettings]) -> Pager[Any]:
        """Walk through the pages that a generated function describes."""
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


class AsyncTrustoo(_Configured, AsyncResources):
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
        self._storage, self._proxy = storage_client, settings.get("proxy")
        self._wires: AsyncWireTransport = AsyncHttpxTransport(http_client, _proxy(settings, http_client))

    @property
    def _transport(self) -> AsyncTrustoo:  # type: ignore[override]  # as in Trustoo
        return self

    @cached_property
    def media(self) -> AsyncMedia:
        """Media operations, and `upload_image`."""
        from .upload import AsyncMedia

        return AsyncMedia(self, self._storage, self._proxy)

    async def send_async(self, request: Request, answer: Answer[T]) -> Response[T]:
        """Send what a generated function describes. Raises TrustooError."""
        flow = self._session.flow(request, answer)
        try:
            step = next(flow)
            while True:
                if isinstance(step, Pause):
                    await wait_async(step.seconds)
                    step = next(flow)
                    continue
                try:
                    reply = await self._obtain(step)
                except TransportError as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(reply)
        except StopIteration as done:
            response: Response[T] = done.value
            return response

    async def _obtain(self, step: Wire | TokenWanted) -> Reply | str:
        if isinstance(step, TokenWanted):
            return await cast(AsyncTokenSource, self._credentials.tokens).token_async(step.rejected)
        return await self._wires.send(step)

    def pages(
        self, build: Callable[[int], Request], answer: Answer[Any], **walk: Unpack[WalkSettings]
    ) -> AsyncPager[Any]:
        """Walk through the pages that a generated function describes."""
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
