"""trustoo: a client of the Trustoo Open API. The names here are public. The rest of the package may change."""

from ._config import Settings, check_base_url
from ._sansio import without_waiting
from ._version import __version__
from .client import AsyncTrustoo, Trustoo
from .credentials import CREDENTIAL_VARIABLES, AsyncTokenSource, Credentials, TokenSource
from .diagnostics import ConnectionCheck, check_connection, redact
from .errors import (
    AlreadyExistsError,
    APIError,
    ArgumentError,
    ConfigurationError,
    ConnectError,
    HTTPStatusError,
    InternalError,
    InvalidArgumentError,
    NetworkError,
    NotFoundError,
    OAuthError,
    OperationCancelledError,
    OutcomeUnknownError,
    PaginationError,
    PaginationWarning,
    PermissionDeniedError,
    RejectedError,
    RequestTimeoutError,
    ResponseDecodeError,
    ResponseError,
    ResponseTooLargeError,
    ServerDeadlineError,
    TransportError,
    TrustooError,
    UnauthenticatedError,
    UnavailableError,
    UnexpectedResponseError,
    UnexpectedShapeWarning,
    UnverifiedOperationWarning,
    UploadCallbackError,
    UploadError,
    UploadInterruptedError,
    UploadRejectedError,
    WebhookError,
    WrongClientError,
)
from .hooks import CallEvent
from .retry import NO_RETRIES, RetryPolicy
from .signing import canonical_string, signature

STORE_REVIEW = 0
"""The `product_id` of a review of the store itself. The vendor documented this value in 2025.

No newer response could be read.
"""

__all__ = [
    "CREDENTIAL_VARIABLES",
    "NO_RETRIES",
    "STORE_REVIEW",
    "APIError",
    "AlreadyExistsError",
    "ArgumentError",
    "AsyncTokenSource",
    "AsyncTrustoo",
    "CallEvent",
    "ConfigurationError",
    "ConnectError",
    "ConnectionCheck",
    "Credentials",
    "HTTPStatusError",
    "InternalError",
    "InvalidArgumentError",
    "NetworkError",
    "NotFoundError",
    "OAuthError",
    "OperationCancelledError",
    "OutcomeUnknownError",
    "PaginationError",
    "PaginationWarning",
    "PermissionDeniedError",
    "RejectedError",
    "RequestTimeoutError",
    "ResponseDecodeError",
    "ResponseError",
    "ResponseTooLargeError",
    "RetryPolicy",
    "ServerDeadlineError",
    "Settings",
    "TokenSource",
    "TransportError",
    "Trustoo",
    "TrustooError",
    "UnauthenticatedError",
    "UnavailableError",
    "UnexpectedResponseError",
    "UnexpectedShapeWarning",
    "UnverifiedOperationWarning",
    "UploadCallbackError",
    "UploadError",
    "UploadInterruptedError",
    "UploadRejectedError",
    "WebhookError",
    "WrongClientError",
    "__version__",
    "canonical_string",
    "check_base_url",
    "check_connection",
    "redact",
    "signature",
    "without_waiting",
]
