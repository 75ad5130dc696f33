"""Which library carries a client's requests, decided at its first call."""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
from collections.abc import Callable
from typing import Generic, Literal, TypeAlias, TypeVar, get_args

from ..errors import ConfigurationError
from .wire import AsyncWireTransport, Reply, Wire, WireTransport

__all__ = ["AsyncOwnTransport", "OwnTransport", "TransportName", "check_name"]

TransportName: TypeAlias = Literal["auto", "httpcore", "httpx", "pyreqwest"]
T = TypeVar("T")


def check_name(name: object) -> TransportName:
    """`name`, the environment's or "auto" for None. Raises ConfigurationError for one that cannot be used."""
    chosen = name if name is not None else os.environ.get("TRUSTOO_TRANSPORT") or "auto"
    for known in get_args(TransportName):
        if chosen == known:
            if chosen == "pyreqwest" and not _has_pyreqwest():
                raise ConfigurationError("transport='pyreqwest' needs a package: pip install 'trustoo[fast]'.")
            found: TransportName = known
            return found
    raise ConfigurationError(f"transport must be one of {', '.join(get_args(TransportName))}, not {chosen!r}.")


def _has_pyreqwest() -> bool:
    return importlib.util.find_spec("pyreqwest") is not None


def _library(name: TransportName, proxy: str | None) -> TransportName:
    if proxy is not None or _proxies():
        return "httpx"  # which addresses go through which proxy, and how, is written there once
    if name == "auto":
        # Elsewhere reqwest asks the operating system alone which certificates to trust.
        moved = sys.platform != "linux" and (os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR"))
        return "pyreqwest" if _has_pyreqwest() and not moved else "httpcore"
    return name


def _proxies() -> bool:
    """Whether the environment, or on Windows and macOS the system's settings, names a proxy."""
    if sys.platform in ("win32", "darwin"):
        from urllib.request import getproxies

        return any(getproxies().get(kind) for kind in ("http", "https", "all"))
    return any(
        value for name, value in os.environ.items() if name.lower() in ("http_proxy", "https_proxy", "all_proxy")
    )


def _sync(library: TransportName, proxy: str | None, timeout: float) -> WireTransport:
    if library == "httpx":
        from .with_httpx import HttpxTransport

        return HttpxTransport(proxy=proxy)
    if library == "pyreqwest":
        from .with_pyreqwest import PyreqwestTransport

        return PyreqwestTransport(timeout)
    from .with_httpcore import HttpcoreTransport

    return HttpcoreTransport()


def _async(library: TransportName, proxy: str | None, timeout: float) -> AsyncWireTransport:
    if library == "httpx":
        from .with_httpx import AsyncHttpxTransport

        return AsyncHttpxTransport(proxy=proxy)
    if library == "pyreqwest":
        from .with_pyreqwest import AsyncPyreqwestTransport

        return AsyncPyreqwestTransport(timeout)
    from .with_httpcore import AsyncHttpcoreTransport

    return AsyncHttpcoreTransport()


class _Own(Generic[T]):
    """Opens the chosen transport when it is first used, and anew in a process that was forked from ours."""

    def __init__(
        self, name: TransportName, proxy: str | None, open_: Callable[[TransportName, str | None, float], T]
    ) -> None:
        self._name: TransportName = name
        self._proxy, self._open_kind = proxy, open_
        self._inner: T | None = None
        self._process, self._lock = os.getpid(), threading.Lock()

    def _opened(self, timeout: float) -> T:
        if self._process != os.getpid():
            # The parent's connections are not ours to use or to close, and its lock may be held for ever.
            _PARENTS.append(self._inner)
            self._inner, self._lock, self._process = None, threading.Lock(), os.getpid()
        if (inner := self._inner) is None:
            with self._lock:  # two threads may make the first call at once
                if (inner := self._inner) is None:
                    inner = self._inner = self._open(timeout)
        return inner

    def _open(self, timeout: float) -> T:
        library = _library(self._name, self._proxy)
        try:
            return self._open_kind(library, self._proxy, timeout)
        except RuntimeError:
            if library != "pyreqwest":
                raise
            # Its threads stayed in the parent process, and it does not start again in a forked one.
            return self._open_kind("httpcore", None, timeout)

    def _closing(self) -> T | None:
        return self._inner if self._process == os.getpid() else None


_PARENTS: list[object] = []


class OwnTransport(_Own[WireTransport]):
    """The transport of a client that was given none."""

    def __init__(self, name: TransportName = "auto", proxy: str | None = None) -> None:
        super().__init__(name, proxy, _sync)

    def send(self, wire: Wire) -> Reply:
        return self._opened(wire.timeout).send(wire)

    def close(self) -> None:
        """Close our connections; they open again when they are needed again."""
        if (inner := self._closing()) is not None:
            inner.close()


class AsyncOwnTransport(_Own[AsyncWireTransport]):
    """The same for asyncio."""

    def __init__(self, name: TransportName = "auto", proxy: str | None = None) -> None:
        super().__init__(name, proxy, _async)

    async def send(self, wire: Wire) -> Reply:
        return await self._opened(wire.timeout).send(wire)

    async def close(self) -> None:
        """Close our connections; they open again when they are needed again."""
        if (inner := self._closing()) is not None:
            await inner.close()
