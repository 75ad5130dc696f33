"""trustoo.transport: the messages and protocols of HTTP transports, and the transports that you can choose by name.

`Trustoo(transport=...)` takes a name from `TransportName`, or an object with the two methods of `Transport`.
`AsyncTrustoo` takes a name, or an object with the methods of `AsyncTransport`. docs/transports.md has an example.
"""

from .named import AsyncNamedTransport, NamedTransport, TransportName
from .protocols import AsyncTransport, Headers, HTTPRequest, HTTPResponse, Resolver, Transport

__all__ = [
    "AsyncNamedTransport",
    "AsyncTransport",
    "HTTPRequest",
    "HTTPResponse",
    "Headers",
    "NamedTransport",
    "Resolver",
    "Transport",
    "TransportName",
]
