"""The transports that can be chosen by name. Each loads its library and opens at the first call."""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
from abc import ABC, abstractmethod
from typing import Generic, Literal, TypeAlias, TypeVar, get_args

from ..errors import ConfigurationError
from .protocols import AsyncTransport, HTTPRequest, HTTPResponse, Transport

__all__ = ["AsyncNamedTransport", "NamedTransport", "TransportName", "check_name"]

TransportName: TypeAlias = Literal["httpcore", "httpx", "aiohttp", "pyreqwest"]
"""httpcore: the default. httpx: what tools that watch or mock httpx see. aiohttp: the fastest for asyncio, and for
asyncio only. pyreqwest: the fastest of all, with the traps that `trustoo.transport.pyreqwest` lists."""
T = TypeVar("T")
_EXTRAS = ("aiohttp", "pyreqwest")
"""Names whose library is an extra of the same name."""


def check_name(name: object) -> TransportName:
    """`name`; for None the environment's TRUSTOO_TRANSPORT, else "httpcore". Raises ConfigurationError."""
    chosen = name if name is not None else os.environ.get("TRUSTOO_TRANSPORT") or "httpcore"
    for known in get_args(TransportName):
        if chosen == known:
            if known in _EXTRAS and importlib.util.find_spec(known) is None:
                raise ConfigurationError(f"transport={known!r} needs a package: pip install 'trustoo[{known}]'.")
            found: TransportName = known
            return found
    raise ConfigurationError(
        f"transport must be one of {', '.join(get_args(TransportName))}, or an object with the methods send and close, "
        f"not {chosen!r}."
    )


class _Named(ABC, Generic[T]):
    """Opens the named transport when it is first used, and again in a process that was forked from this one.

    Args:
        name: the library.
        proxy: URL of a proxy. Where there is one, or the environment names one, httpx sends, whatever the name is:
            the rules for which address goes through which proxy are implemented there.
    """

    def __init__(self, name: TransportName = "httpcore", proxy: str | None = None) -> None:
        self._name: TransportName = name
        self._proxy = proxy
        self._opened: T | None = None
        self._process, self._lock = os.getpid(), threading.Lock()

    @abstractmethod
    def _open(self, library: TransportName, timeout: float) -> T: ...

    def _current(self, timeout: float) -> T:
        if self._process != os.getpid():
            # The parent's connections are not ours to use or to close, and its lock may be held for ever.
            _PARENTS.append(self._opened)
            self._opened, self._lock, self._process = None, threading.Lock(), os.getpid()
        if (opened := self._opened) is None:
            with self._lock:  # two threads may make the first call at once
                if (opened := self._opened) is None:
                    opened = self._opened = self._open_library(timeout)
        return opened

    def _open_library(self, timeout: float) -> T:
        if self._proxy is not None or _has_system_proxy():
            return self._open("httpx", timeout)
        try:
            return self._open(self._name, timeout)
        except RuntimeError:
            if self._name != "pyreqwest":
                raise
            # Its threads stayed in the parent process, and it does not start again in a forked one.
            return self._open("httpcore", timeout)

    def _closable(self) -> T | None:
        return self._opened if self._process == os.getpid() else None


_PARENTS: list[object] = []


def _has_system_proxy() -> bool:
    """Whether the environment, or on Windows and macOS the system's settings, names a proxy."""
    if sys.platform in ("win32", "darwin"):
        from urllib.request import getproxies

        return any(getproxies().get(kind) for kind in ("http", "https", "all"))
    return any(
        value for name, value in os.environ.items() if name.lower() in ("http_proxy", "https_proxy", "all_proxy")
    )


class NamedTransport(_Named[Transport]):
    """The Transport of a client that was given a name, or nothing."""

    def send(self, request: HTTPRequest) -> HTTPResponse:
        return self._current(request.timeout).send(request)

    def close(self) -> None:
        """Close the connections; they open again when they are needed again."""
        if (opened := self._closable()) is not None:
            opened.close()

    def _open(self, library: TransportName, timeout: float) -> Transport:
        if library == "httpx":
            from .httpx import HttpxTransport

            return HttpxTransport(proxy=self._proxy)
        if library == "pyreqwest":
            from .pyreqwest import PyreqwestTransport

            return PyreqwestTransport(timeout)
        from .httpcore import HttpcoreTransport

        return HttpcoreTransport()


class AsyncNamedTransport(_Named[AsyncTransport]):
    """The AsyncTransport of a client that was given a name, or nothing."""

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        return await self._current(request.timeout).send(request)

    async def close(self) -> None:
        """Close the connections; they open again when they are needed again."""
        if (opened := self._closable()) is not None:
            await opened.close()

    def _open(self, library: TransportName, timeout: float) -> AsyncTransport:
        if library == "httpx":
            from .httpx import AsyncHttpxTransport

            return AsyncHttpxTransport(proxy=self._proxy)
        if library == "aiohttp":
            from .aiohttp import AsyncAiohttpTransport

            return AsyncAiohttpTransport()
        if library == "pyreqwest":
            from .pyreqwest import AsyncPyreqwestTransport

            return AsyncPyreqwestTransport(timeout)
        from .httpcore import AsyncHttpcoreTransport

        return AsyncHttpcoreTransport()
