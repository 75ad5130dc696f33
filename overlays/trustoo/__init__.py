"""trustoo: a client of the Trustoo Open API. What stands here is public; the rest of the package may change."""

from ._version import __version__
from .client import AsyncTrustoo, Trustoo
from .errors import (
    AlreadyExists,
    ApiError,
    BadArgument,
    CallbackFailed,
    Cancelled,
    ConfigurationError,
    ConnectionFailed,
    DeadlineExceeded,
    HttpError,
    InternalError,
    InvalidArgument,
    NotFound,
    OutcomeUnknown,
    PaginationError,
    Rejected,
    TimeoutFailed,
    TransportError,
    TrustooError,
    Unauthenticated,
    UndecodableResponse,
    UnverifiedOperationWarning,
    UploadError,
    UploadInterrupted,
    UploadRefused,
    WebhookError,
    WrongTransport,
)
from .events import CallEvent
from .retry import NO_RETRIES, RetryPolicy
from .signing import canonical_string, signature

STORE_REVIEW = 0
"""`product_id` of a review of the store itself (documented in 2025; how newer answers mark it could not be read)."""

__all__ = [
    "NO_RETRIES",
    "STORE_REVIEW",
    "AlreadyExists",
    "ApiError",
    "AsyncTrustoo",
    "BadArgument",
    "CallEvent",
    "CallbackFailed",
    "Cancelled",
    "ConfigurationError",
    "ConnectionFailed",
    "DeadlineExceeded",
    "HttpError",
    "InternalError",
    "InvalidArgument",
    "NotFound",
    "OutcomeUnknown",
    "PaginationError",
    "Rejected",
    "RetryPolicy",
    "TimeoutFailed",
    "TransportError",
    "Trustoo",
    "TrustooError",
    "Unauthenticated",
    "UndecodableResponse",
    "UnverifiedOperationWarning",
    "UploadError",
    "UploadInterrupted",
    "UploadRefused",
    "WebhookError",
    "WrongTransport",
    "__version__",
    "canonical_string",
    "signature",
]
