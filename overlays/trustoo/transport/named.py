"""The transports that can be chosen by name. Each transport loads its library and opens at the first call."""

from __future__ import annotations

import inspect
import os
import sys
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, Literal, TypeAlias, TypeVar, get_args

from ..errors import ConfigurationError
from .protocols import AsyncTransport, HTTPRequest, HTTPResponse, Resolver, Transport

if TYPE_CHECKING:
    import httpx

__all__ = [
    "AsyncNamedTransport",
    "NamedTransport",
    "TransportName",
    "async_storage_transport",
    "check_name",
    "make_async_transport",
    "make_transport",
    "storage_transport",
]

TransportName: TypeAlias = Literal["httpcore", "httpx", "aiohttp", "pyreqwest"]
"""The names of transports.

- httpcore: the default.
- httpx: for tools that watch or mock httpx.
- aiohttp: the fastest transport for asyncio, and for asyncio only.
- pyreqwest: the fastest of all, with the traps that `trustoo.transport.pyreqwest` lists.
"""
T = TypeVar("T")
_EXTRAS = ("aiohttp", "pyreqwest")
"""The names of libraries that an extra of the same name installs."""


def make_transport(transport: object, proxy: str | None) -> Transport:
    """Return the transport of `Trustoo`: the caller's object, or a named transport. Raises ConfigurationError."""
    if isinstance(transport, Transport) and _is_usable(transport, asynchronous=False):
        return transport
    chosen = _chosen(transport)
    if chosen == "aiohttp":
        raise ConfigurationError("transport='aiohttp' is for AsyncTrustoo; Trustoo takes httpcore, httpx or pyreqwest.")
    return NamedTransport(check_name(chosen), proxy)


def make_async_transport(transport: object, proxy: str | None) -> AsyncTransport:
    """Return the transport of `AsyncTrustoo`: the caller's object, or a named transport. Raises ConfigurationError."""
    if isinstance(transport, AsyncTransport) and _is_usable(transport, asynchronous=True):
        return transport
    return AsyncNamedTransport(check_name(transport), proxy)


def storage_transport(transport: Transport, proxy: str | None, client: httpx.Client | None) -> Transport:
    """Return the transport for uploads: that of the caller's client for the storage, else by the API's `transport`.

    A transport of the caller may add what is meant for the API alone, so it sends no uploads. pyreqwest sends none,
    because its timeout counts connecting, sending and the head of the response as one wait.
    """
    if client is not None:
        from .httpx import HttpxTransport

        return HttpxTransport(client, use_auth=False)
    named = isinstance(transport, NamedTransport) and transport.name != "pyreqwest"
    return transport if named else NamedTransport(proxy=proxy)


def async_storage_transport(
    transport: AsyncTransport, proxy: str | None, client: httpx.AsyncClient | None
) -> AsyncTransport:
    """The asyncio version of `storage_transport`."""
    if client is not None:
        from .httpx import AsyncHttpxTransport

        return AsyncHttpxTransport(client, use_auth=False)
    named = isinstance(transport, AsyncNamedTransport) and transport.name != "pyreqwest"
    return transport if named else AsyncNamedTransport(proxy=proxy)


def _is_usable(transport: Transport | AsyncTransport, *, asynchronous: bool) -> bool:
    """Whether an object with the right methods is a transport. Raises ConfigurationError if the kind is wrong."""
    kind = type(transport)
    if isinstance(transport, type) or kind.__module__.partition(".")[0] == "httpx":
        return False
    # A wrapped coroutine function is not always recognised. One recognised method is therefore enough.
    is_async = [inspect.iscoroutinefunction(method) for method in (transport.send, transport.close)]
    if any(is_async) and not asynchronous:
        raise ConfigurationError(f"transport is an AsyncTransport ({kind.__name__}), which only AsyncTrustoo takes.")
    if not any(is_async) and asynchronous:
        raise ConfigurationError(f"transport is a Transport ({kind.__name__}), which only Trustoo takes.")
    return True


def check_name(name: object) -> TransportName:
    """Return `name`. If `name` is None, return TRUSTOO_TRANSPORT, else "httpcore". Raises ConfigurationError."""
    chosen = _chosen(name)
    for known in get_args(TransportName):
        if chosen == known:
            if known in _EXTRAS and not _is_installed(known):
                raise ConfigurationError(f"transport={known!r} needs a package: pip install 'trustoo[{known}]'.")
            found: TransportName = known
            return found
    raise ConfigurationError(
        f"transport must be one of {', '.join(get_args(TransportName))}, or an object with the methods send and close, "
        f"not {_named(chosen)}."
    )


def _chosen(name: object) -> object:
    return name if name is not None else os.environ.get("TRUSTOO_TRANSPORT") or "httpcore"


def _is_installed(library: str) -> bool:
    from importlib.util import find_spec  # slow to import, and the default transport needs no extra

    return find_spec(library) is not None


def _named(value: object) -> str:
    if isinstance(value, type):
        return f"the class {value.__name__}"
    kind = type(value)
    if kind.__module__.partition(".")[0] == "httpx":
        return f"an httpx.{kind.__name__}: http_client= takes one"
    return repr(value) if isinstance(value, str) else f"an object of the class {kind.__name__}"


class _Named(ABC, Generic[T]):
    """Opens the named transport at the first call. A process that was forked from this process opens it again.

    Args:
        name: the library.
        proxy: the URL of a proxy. If there is a proxy, here or in the environment, httpx sends the requests, whatever
            the name is. httpx implements the rules that decide which address goes through which proxy.
    """

    def __init__(self, name: TransportName = "httpcore", proxy: str | None = None) -> None:
        self.name: TransportName = name
        self._proxy = proxy
        # By process id. A forked process must not use, close or drop the connections of its parent.
        self._opened = dict[int, T]()

    @abstractmethod
    def _open(self, library: TransportName) -> T: ...

    def _open_first(self) -> T:
        return self._opened.setdefault(os.getpid(), self._open(self._library()))

    def _library(self) -> TransportName:
        if self._proxy is not None or _has_system_proxy():
            return "httpx"
        if self.name == "pyreqwest":
            from .pyreqwest import PROCESS

            if os.getpid() != PROCESS:
                return "httpcore"
        return self.name


def _has_system_proxy() -> bool:
    """Whether the environment sets a proxy. On Windows and macOS, the system's settings also count."""
    if sys.platform in ("win32", "darwin"):
        from urllib.request import getproxies

        return any(getproxies().get(kind) for kind in ("http", "https", "all"))
    return any(
        value for name, value in os.environ.items() if name.lower() in ("http_proxy", "https_proxy", "all_proxy")
    )


class NamedTransport(_Named[Transport]):
    """The Transport of a client that got the name of a transport, or no `transport` argument.

    Args:
        name: the library.
        proxy: the URL of a proxy. If there is a proxy, here or in the environment, httpx sends the requests.
        resolver: finds the addresses of hosts, for httpcore only. A connection is made to these addresses and to no
            other. Certificates and the Host header keep the host's name. Default: the operating system. With a proxy it
            is not called, because the proxy finds the addresses.

    Raises:
        ConfigurationError: if `resolver` is set for another library than httpcore.
    """

    def __init__(
        self, name: TransportName = "httpcore", proxy: str | None = None, *, resolver: Resolver | None = None
    ) -> None:
        if resolver is not None and name != "httpcore":
            raise ConfigurationError(f"resolver is for the transport httpcore, not for {name}.")
        super().__init__(name, proxy)
        self._resolver = resolver

    def send(self, request: HTTPRequest) -> HTTPResponse:
        """Return the complete response to a request. The first request loads the library.

        Args:
            request: the request. It is sent once and unchanged.

        Raises:
            TransportError: if no usable response arrives.
            ConfigurationError: if the address is invalid, or the library is not installed.

        Example:
            >>> from trustoo.transport import NamedTransport, HTTPRequest
            >>> transport = NamedTransport()
            >>> with fake.storage.serve() as address:  # any HTTP server
            ...     print((transport.send(HTTPRequest("GET", address, {}))).status)
            ...     transport.close()
            405
        """
        return (self._opened.get(os.getpid()) or self._open_first()).send(request)

    def close(self) -> None:
        """Close the connections. The next request opens a new connection.

        Example:
            >>> from trustoo.transport import NamedTransport
            >>> NamedTransport("httpcore").close()
        """
        if (opened := self._opened.get(os.getpid())) is not None:
            opened.close()

    def _open(self, library: TransportName) -> Transport:
        if library == "httpx":
            from .httpx import HttpxTransport

            return HttpxTransport(proxy=self._proxy)
        if library == "pyreqwest":
            from .pyreqwest import PyreqwestTransport

            return PyreqwestTransport()
        from .httpcore import HttpcoreTransport

        return HttpcoreTransport(self._resolver)


class AsyncNamedTransport(_Named[AsyncTransport]):
    """The AsyncTransport of a client that got the name of a transport, or no `transport` argument.

    Args:
        name: the library.
        proxy: the URL of a proxy. If there is a proxy, here or in the environment, httpx sends the requests.

    Raises:
        ConfigurationError: if the library or the proxy is invalid.
    """

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        """Return the complete response to a request. The first request loads the library.

        Args:
            request: the request. It is sent once and unchanged.

        Raises:
            TransportError: if no usable response arrives.
            ConfigurationError: if the address is invalid, or the library is not installed.

        Example:
            >>> from trustoo.transport import AsyncNamedTransport, HTTPRequest
            >>> transport = AsyncNamedTransport()
            >>> with fake.storage.serve() as address:  # any HTTP server
            ...     print((await transport.send(HTTPRequest("GET", address, {}))).status)
            ...     await transport.close()
            405
        """
        return await (self._opened.get(os.getpid()) or self._open_first()).send(request)

    async def close(self) -> None:
        """Close the connections. The next request opens a new connection.

        Example:
            >>> from trustoo.transport import AsyncNamedTransport
            >>> await AsyncNamedTransport("httpcore").close()
        """
        if (opened := self._opened.get(os.getpid())) is not None:
            await opened.close()

    def _open(self, library: TransportName) -> AsyncTransport:
        from .._concurrency import check_event_loop  # slow to import, and synchronous clients do not need it

        check_event_loop()
        if library == "httpx":
            from .httpx import AsyncHttpxTransport

            return AsyncHttpxTransport(proxy=self._proxy)
        if library == "aiohttp":
            from .aiohttp import AsyncAiohttpTransport

            return AsyncAiohttpTransport()
        if library == "pyreqwest":
            from .pyreqwest import AsyncPyreqwestTransport

            return AsyncPyreqwestTransport()
        from .httpcore import AsyncHttpcoreTransport

        return AsyncHttpcoreTransport()
