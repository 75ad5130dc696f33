"""Generated client of the Trustoo Open API: request descriptions, models and resources.

Written by `make generate` from `openapi.yaml`; do not edit. `trustoo` signs, sends and judges for it.
"""

from typing import TYPE_CHECKING, Any

from .errors import BadArgument, DecodeError, TrustooError, UnexpectedAnswer, WrongTransport

if TYPE_CHECKING:
    from .client import AsyncTransport, Client, Transport

__all__ = (
    "AsyncTransport",
    "BadArgument",
    "Client",
    "DecodeError",
    "Transport",
    "TrustooError",
    "UnexpectedAnswer",
    "WrongTransport",
)


def __getattr__(name: str) -> Any:
    """What only a call needs is loaded when it is first asked for."""
    if name not in ("AsyncTransport", "Client", "Transport"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import client

    return getattr(client, name)
