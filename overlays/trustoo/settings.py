"""What both clients are built from: their settings, what of them a call can override, and the checks of them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypedDict, Unpack
from urllib.parse import urlsplit

from trustoo_api.operations import BASE_URL

from .clock import HealingClock
from .credentials import AsyncTokenSource, Credentials, TokenSource
from .errors import ConfigurationError
from .events import Hook
from .options import Options
from .retry import RetryPolicy
from .transport import TransportName, check_name

if TYPE_CHECKING:
    from .session import Session
    from .upload import StorageRules
    from .upload.storage import Storage

__all__ = ["Configured", "Overrides", "Settings", "check_base_url", "connection_of"]


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
    transport: TransportName
    storage_rules: StorageRules
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


class Configured:
    """What both clients are built from."""

    _storage_client: Any
    _hands_out: str
    """The method of `tokens` that this kind of client calls."""

    def _configure(self, settings: Settings) -> None:
        _refuse_unknown(settings, Settings)
        self._credentials = self._checked(Credentials.find(settings))
        address = settings.get("base_url") or os.environ.get("TRUSTOO_BASE_URL") or BASE_URL
        self._base_url = check_base_url(address)
        self._options = Options().with_changes(settings)
        self._clock = HealingClock(settings.get("clock", time.time))
        self._proxy, self._storage_rules = settings.get("proxy"), settings.get("storage_rules")

    @cached_property
    def _session(self) -> Session:
        """Made at the first call, so that constructing a client loads nothing that only a call needs."""
        from .session import Session

        return Session(self._credentials, self._base_url, self._clock, self._options)

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
        other._options = self._options.with_changes(changes)
        other._session = self._session.with_options(other._credentials, other._options)
        return other

    def _storage(self) -> Storage[Any]:
        """How this client's uploads are posted."""
        from .upload import StorageRules
        from .upload.storage import Storage

        rules = self._storage_rules if self._storage_rules is not None else StorageRules()
        if not isinstance(rules, StorageRules):
            raise ConfigurationError(f"storage_rules must be StorageRules, not {type(rules).__name__}.")
        return Storage(self._storage_client, self._proxy, rules, self._options.retry, self._clock)

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


def connection_of(settings: Settings, http_client: object) -> tuple[TransportName, str | None]:
    """The library and the proxy of our own connections. Raises ConfigurationError."""
    if settings.get("transport") is not None and http_client is not None:
        raise ConfigurationError("Give transport or http_client, not both: a client of yours is a transport itself.")
    proxy = settings.get("proxy")
    if proxy is not None and http_client is not None:
        raise ConfigurationError("Give proxy or http_client, not both: a client of yours has proxies of its own.")
    if proxy is not None and not _is_proxy(proxy):  # the message does not quote it: it may hold a password
        raise ConfigurationError("proxy must look like http://host:port, or begin with https, socks5 or socks5h.")
    return "httpx" if http_client is not None else check_name(settings.get("transport")), proxy


def _is_proxy(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https", "socks5", "socks5h") and bool(parts.hostname) and parts.port != 0
    except (ValueError, AttributeError, TypeError):
        return False


def _refuse_unknown(given: Mapping[str, Any], known: Any) -> None:
    if unknown := sorted(set(given) - set(known.__annotations__)):
        raise ConfigurationError(f"Unknown settings: {', '.join(unknown)}.")


def check_base_url(url: str) -> str:
    """`url` without a trailing slash. Raises ConfigurationError for anything but an http(s) URL of a host."""
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except (ValueError, AttributeError, TypeError):
        port_is_fine, parts = False, urlsplit("")
    if not port_is_fine or parts.scheme not in ("http", "https") or not parts.hostname or not url.isprintable():
        from .redaction import redact

        raise ConfigurationError(f"base_url must look like https://host, not {redact(str(url))!r}.")
    if parts.username is not None or any(character in url for character in "?# "):
        raise ConfigurationError("base_url must have no user name, query, fragment or space.")
    return url.rstrip("/")
