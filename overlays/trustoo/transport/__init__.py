"""Carries bytes: one send method each for sync and async, over the HTTP library that is chosen or given."""

from .choosing import AsyncOwnTransport, OwnTransport, TransportName, check_name
from .wire import AsyncWireTransport, Headers, Reply, Wire, WireTransport

__all__ = [
    "AsyncOwnTransport",
    "AsyncWireTransport",
    "Headers",
    "OwnTransport",
    "Reply",
    "TransportName",
    "Wire",
    "WireTransport",
    "check_name",
]
