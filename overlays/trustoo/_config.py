"""The settings of both clients: their names, their checks, and the settings that a call can override."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypedDict
from urllib.parse import urlsplit

from trustoo_api.operations import BASE_URL

from ._clock import SkewCorrectedClock
from ._version import __version__
from .credentials import AsyncTokenSource, Credentials, TokenSource
from .errors import ConfigurationError
from .hooks import Hook, Hooks
from .retry import RetryPolicy
from .transport.protocols import parse_http_url

if TYPE_CHECKING:
    from .upload import StorageRules

__all__ = ["Config", "Overrides", "Settings", "check_base_url", "check_proxy"]


class Settings(TypedDict, total=False):
    """The arguments that `Trustoo` and `AsyncTrustoo` share, as a TypedDict. `Trustoo` documents them."""

    public_token: str | None
    private_token: str | None
    access_token: str | None
    tokens: TokenSource | AsyncTokenSource | None
    merchant_session: str | None
    base_url: str | None
    timeout: float
    retry: RetryPolicy
    application: str
    strict: bool
    proxy: str | None
    storage_rules: StorageRules
    on_request: Hook | None
    on_response: Hook | None
    on_retry: Hook | None
    clock: Callable[[], float]


class Overrides(TypedDict, total=False):
    """The settings that `with_options` can change. `Trustoo` documents the settings."""

    merchant_session: str | None
    tokens: TokenSource | AsyncTokenSource | None
    timeout: float
    retry: RetryPolicy
    application: str
    strict: bool
    on_request: Hook | None
    on_response: Hook | None
    on_retry: Hook | None


@dataclass(frozen=True, slots=True)
class Config:
    """The checked settings of a client. `Trustoo` documents the settings."""

    credentials: Credentials
    base_url: str = BASE_URL
    timeout: float = 30.0
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    application: str = ""
    strict: bool = False
    hooks: Hooks = field(default_factory=Hooks)
    clock: SkewCorrectedClock = field(default_factory=lambda: SkewCorrectedClock(time.time))
    proxy: str | None = field(default=None, repr=False)
    storage_rules: StorageRules | None = None

    def __post_init__(self) -> None:
        number = isinstance(self.timeout, int | float) and not isinstance(self.timeout, bool)
        if not number or not 0 < self.timeout < float("inf"):
            raise ConfigurationError(f"timeout must be a positive number of seconds, not {self.timeout!r}.")
        if not (self.application.isascii() and (self.application.isprintable() or not self.application)):
            raise ConfigurationError(f"application must be printable ASCII, not {self.application!r}.")
        if not isinstance(self.strict, bool):
            raise ConfigurationError(f"strict must be True or False, not {self.strict!r}.")

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Config:
        """The configuration for `Settings`. The environment supplies missing settings. Raises ConfigurationError."""
        _check_known(settings, Settings)
        address = settings.get("base_url") or os.environ.get("TRUSTOO_BASE_URL") or BASE_URL
        return cls(
            credentials=Credentials.find(settings),
            base_url=check_base_url(address),
            clock=SkewCorrectedClock(settings.get("clock", time.time)),
            proxy=check_proxy(settings.get("proxy")),
            storage_rules=settings.get("storage_rules"),
            **_options(settings, Hooks()),
        )

    def with_overrides(self, overrides: Mapping[str, Any]) -> Config:
        """The configuration changed by `Overrides`. Raises ConfigurationError."""
        _check_known(overrides, Overrides)
        changed = {name: overrides[name] for name in ("merchant_session", "tokens") if name in overrides}
        credentials = replace(self.credentials, **changed)
        return replace(self, credentials=credentials, **_options(overrides, self.hooks))

    @property
    def user_agent(self) -> str:
        """The User-Agent header: the application's name, if it is set, and the name of this package."""
        return f"{self.application} trustoo/{__version__}".strip()


def _options(given: Mapping[str, Any], hooks: Hooks) -> dict[str, Any]:
    """The values of `given` that both a client and a call can set."""
    changed = {name: given[name] for name in ("on_request", "on_response", "on_retry") if name in given}
    options = {name: given[name] for name in ("timeout", "retry", "application", "strict") if name in given}
    return {**options, "hooks": replace(hooks, **changed)}


def _check_known(given: Mapping[str, Any], known: Any) -> None:
    if unknown := sorted(set(given) - set(known.__annotations__)):
        raise ConfigurationError(f"Unknown settings: {', '.join(unknown)}.")


def check_base_url(url: str) -> str:
    """Return the API's address without its trailing slash.

    Raises ConfigurationError if `url` is not an http or https URL with a host, or has a user name, query or fragment.
    """
    try:
        parts = parse_http_url(url)
    except ValueError:
        from ._redaction import redact

        raise ConfigurationError(f"base_url must look like https://host, not {redact(str(url))!r}.") from None
    if parts.username is not None or any(character in url for character in "?# "):
        raise ConfigurationError("base_url must have no user name, query, fragment or space.")
    return url.rstrip("/")


def check_proxy(url: str | None) -> str | None:
    """Return `url`. Raises ConfigurationError if `url` is neither None nor the URL of a proxy."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https", "socks5", "socks5h") and bool(parts.hostname) and parts.port != 0
    except (ValueError, AttributeError, TypeError):
        usable = False
    if not usable:  # the message does not quote the URL, which may contain a password
        raise ConfigurationError("proxy must look like http://host:port. Other schemes: https, socks5 and socks5h.")
    return url
