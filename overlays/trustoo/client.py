"""The clients that people use: `Trustoo` and, for asyncio, `AsyncTrustoo`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Container, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypedDict, TypeVar, Unpack

from trustoo_api.api import AsyncResources, Resources
from trustoo_api.operations import BASE_URL
from trustoo_api.types import Answer, Request, Response

from .clock import HealingClock
from .credentials import Credentials
from .errors import ConfigurationError, TransportError
from .events import Hook
from .pages import AsyncPager, Pager, Walk
from .retry import RetryPolicy
from .session import Options, Pause, Session
from .transport import AsyncHttpxTransport, AsyncWireTransport, HttpxTransport, WireTransport
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
    timeout: float
    retry: RetryPolicy
    application: str
    on_request: Hook | None
    on_response: Hook | None
    on_retry: Hook | None


class _Configured:
    """What both clients are built from."""

    _session: Session

    def _configure(self, settings: Settings) -> None:
        _refuse_unknown(settings, Settings)
        self._credentials = Credentials.find(settings)
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
        if "merchant_session" in changes:
            other._credentials = replace(self._credentials, merchant_session=changes["merchant_session"])
        other._options = _options(self._options, changes)
        other._session = self._session.with_options(other._credentials, other._options)
        return other

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
    return proxy


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
                    reply = self._wires.send(step)
                except TransportError as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(reply)
        except StopIteration as done:
            response: Response[T] = done.value
            return response

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
                    reply = await self._wires.send(step)
                except TransportError as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(reply)
        except StopIteration as done:
            response: Response[T] = done.value
            return response

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
