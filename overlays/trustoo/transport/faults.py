"""What goes wrong below, as errors of ours that name method, host and path, and no secret."""

from __future__ import annotations

from types import ModuleType
from urllib.parse import urlsplit

from ..errors import ConfigurationError, ConnectionFailed, TimeoutFailed
from ..redaction import redact
from .wire import Wire

__all__ = ["connection_failed", "timed_out", "translation", "unusable"]

_LAYERS = ("httpx", "h11", "httpcore", "anyio")
"""Libraries whose exceptions may escape: some are mapped nowhere."""


def translation(error: Exception, wire: Wire, library: ModuleType) -> Exception:
    """Our error for one of `library`, httpx or httpcore, whose exceptions have the same names; else `error` itself."""
    if isinstance(error, library.TimeoutException):
        never_sent = isinstance(error, library.ConnectTimeout | library.PoolTimeout)
        phase = type(error).__name__.removesuffix("Timeout").lower()
        return timed_out(wire, phase, maybe_sent=not never_sent)
    if isinstance(error, library.UnsupportedProtocol) or type(error).__name__ == "InvalidURL":
        return unusable(wire, said_by(error))
    if isinstance(error, RuntimeError):  # httpx says "client has been closed" and the like this way
        return unusable(wire, f"the HTTP client cannot be used: {said_by(error)}")
    known = isinstance(error, OSError | getattr(library, "HTTPError", OSError))
    if known or type(error).__module__.split(".")[0] in _LAYERS:
        return connection_failed(wire, said_by(error), maybe_sent=not isinstance(error, library.ConnectError))
    return error


def said_by(error: Exception) -> str:
    """The error's text without secrets, its class where it has none."""
    return redact(str(error)) or type(error).__name__


def connection_failed(wire: Wire, said: str, *, maybe_sent: bool) -> ConnectionFailed:
    """The connection could not be made, or it broke."""
    return ConnectionFailed(f"{_target(wire)}: {said}", maybe_sent=maybe_sent)


def timed_out(wire: Wire, phase: str, *, maybe_sent: bool) -> TimeoutFailed:
    """`phase`, such as "connect" or "read", took longer than the timeout."""
    return TimeoutFailed(f"{_target(wire)}: no progress within the timeout ({phase}).", maybe_sent=maybe_sent)


def unusable(wire: Wire, said: str) -> ConfigurationError:
    """The address, or the HTTP client, is such that nothing can be sent."""
    return ConfigurationError(f"{_target(wire)}: {said}")


def _target(wire: Wire) -> str:
    try:
        parts = urlsplit(wire.url)
        return f"{wire.method} {parts.netloc}{parts.path}"
    except ValueError:  # an address that is none
        return f"{wire.method} {redact(wire.url.partition('?')[0])}"
