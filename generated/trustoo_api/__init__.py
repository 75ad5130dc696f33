"""Generated client of the Trustoo Open API: request descriptions, models and resources.

Written by `make generate` from `openapi.yaml`; do not edit. `trustoo` signs, sends and judges for it.
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
    """What only a call needs is loaded when it is first asked for."""
    if name not in ("AsyncClient", "Client", "SyncClient"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import client

    return getattr(client, name)
