"""Generated client of the Trustoo Open API: request descriptions, models and resources.

Written by `make generate` from `openapi.yaml`; do not edit. `trustoo` signs, sends and judges for it.
"""

from .client import AsyncTransport, Client, Transport
from .errors import BadArgument, DecodeError, TrustooError, UnexpectedAnswer, WrongTransport

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
