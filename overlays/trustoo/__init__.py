"""trustoo: a client of the Trustoo Open API. What stands here is public; the rest of the package may change."""

from importlib.metadata import version as _version

from .client import AsyncTrustoo, Trustoo
from .errors import (
    AlreadyExists,
    ApiError,
    BadArgument,
    Cancelled,
    ConfigurationError,
    ConnectionFailed,
    DeadlineExceeded,
    HttpError,
    InternalError,
    InvalidArgument,
    NotFound,
    OutcomeUnknown,
    Rejected,
    TimeoutFailed,
    TransportError,
    TrustooError,
    Unauthenticated,
    UndecodableResponse,
    UnverifiedOperationWarning,
    UploadError,
    WrongTransport,
)
from .signing import canonical_string, signature

__version__ = _version("trustoo")
__all__ = [
    "AlreadyExists",
    "ApiError",
    "AsyncTrustoo",
    "BadArgument",
    "Cancelled",
    "ConfigurationError",
    "ConnectionFailed",
    "DeadlineExceeded",
    "HttpError",
    "InternalError",
    "InvalidArgument",
    "NotFound",
    "OutcomeUnknown",
    "Rejected",
    "TimeoutFailed",
    "TransportError",
    "Trustoo",
    "TrustooError",
    "Unauthenticated",
    "UndecodableResponse",
    "UnverifiedOperationWarning",
    "UploadError",
    "WrongTransport",
    "canonical_string",
    "signature",
]
