"""The service and the shop that commands use. They come from the options before the command, else the environment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from trustoo_api.operations import BASE_URL

from .. import Settings, Trustoo
from ..errors import ConfigurationError
from ..oauth import FileStore, Platform
from ..upload import StorageRules
from .exits import CLIENT_SECRET

__all__ = ["CLIENT_ID", "RATE", "Connection", "Rate", "connection", "default_store"]

CLIENT_ID = "TRUSTOO_CLIENT_ID"
RATE = 10.0
"""The requests in a second of commands that make many. The vendor's limits are unknown."""
Rate = Annotated[
    float, typer.Option(min=0, envvar="TRUSTOO_RATE", help="Requests in a second, at most. 0 means no limit.")
]


def default_store() -> Path:
    """The directory in which `oauth login` saves tokens, unless --store sets another directory."""
    return Path(typer.get_app_dir("trustoo")) / "tokens"


@dataclass(frozen=True, slots=True)
class Connection:
    """The options before the command.

    Attributes:
        shop: the key of a shop whose token `oauth login` saved. None means the tokens in the environment.
        store: the directory of the saved tokens. None means the default directory.
        profile: the name of the profile. None means that no profile is used.
        from_profile: the environment variables that the profile has set for this command.
    """

    base_url: str | None = None
    public_token: str | None = None
    timeout: float = 30.0
    shop: str | None = None
    store: Path | None = None
    profile: str | None = None
    from_profile: frozenset[str] = frozenset()

    @property
    def address(self) -> str:
        """The API's address."""
        return self.base_url or os.environ.get("TRUSTOO_BASE_URL") or BASE_URL

    @property
    def is_on_this_machine(self) -> bool:
        """Whether the API is on this machine, as the fake service is."""
        return _is_this_machine(urlsplit(self.address).hostname or "")

    @property
    def settings(self) -> Settings:
        """The settings of clients, without credentials."""
        settings: Settings = {"base_url": self.address, "timeout": self.timeout, "application": "trustoo-cli"}
        if self.is_on_this_machine:  # the fake service's storage also runs on this machine
            host = urlsplit(self.address).hostname or ""
            rules = StorageRules((host, "127.0.0.1"), http=True, ip_address=True, port=True, path=True)
            settings["storage_rules"] = rules
        return settings

    @contextmanager
    def client(self, rate: float = 0) -> Iterator[Trustoo]:
        """The shop's client. Raises ConfigurationError. `rate`: requests in a second; 0 for no limit. Default: 0."""
        if self.shop is None:
            with Trustoo(**self.settings | Settings(public_token=self.public_token, rate=rate or None)) as shop:
                yield shop
        else:
            with self.platform(rate=rate or None) as platform:
                yield platform.shop(self.shop)

    def platform(self, redirect_uri: str | None = None, **more: Any) -> Platform:
        """The platform whose id and secret are in the environment. Raises ConfigurationError if one is missing."""
        missing = [name for name in (CLIENT_ID, CLIENT_SECRET) if not os.environ.get(name)]
        if missing:
            raise ConfigurationError(f"The platform's id or secret is missing. Set {' and '.join(missing)}.")
        store = FileStore(self.store or default_store())
        identity = os.environ[CLIENT_ID], os.environ[CLIENT_SECRET]
        return Platform(*identity, redirect_uri, store=store, **self.settings, **more)


def connection(context: typer.Context) -> Connection:
    """The options before the command."""
    found: Connection = context.find_object(Connection) or Connection()
    return found


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
