"""Generated client of the Trustoo Open API: requests, models and resources.

Written by `make generate` from `openapi.yaml`. Do not edit this package. `trustoo` signs and sends its requests, and
parses the responses.
"""

from typing import TYPE_CHECKING, Any

from .errors import (
    ArgumentError,
    ResponseDecodeError,
    TrustooError,
    UnexpectedResponseError,
    WrongClientError,
)

if TYPE_CHECKING:
    from .client import AsyncClient, Client, SyncClient

__all__ = (
    "AsyncClient",
    "ArgumentError",
    "Client",
    "ResponseDecodeError",
    "SyncClient",
    "TrustooError",
    "UnexpectedResponseError",
    "WrongClientError",
)


def __getattr__(name: str) -> Any:
    """Load the clients at their first use, because only calls need them."""
    if name not in ("AsyncClient", "Client", "SyncClient"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import client

    return getattr(client, name)
