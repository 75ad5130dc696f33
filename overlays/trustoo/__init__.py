"""trustoo: a client of the Trustoo Open API. The names here are public. The rest of the package may change."""

from importlib import import_module
from typing import TYPE_CHECKING

from ._version import __version__
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
from .signing import canonical_string, signature

if TYPE_CHECKING:
    from ._config import Settings, check_base_url
    from ._sansio import without_waiting
    from .client import AsyncTrustoo, Trustoo
    from .credentials import CREDENTIAL_VARIABLES, AsyncTokenSource, Credentials, TokenSource
    from .diagnostics import (
        WRONG_PRIVATE_TOKEN,
        ConnectionCheck,
        SigningProbe,
        check_connection,
        redact,
        signing_probes,
    )
    from .hooks import CallEvent
    from .retry import NO_RETRIES, RetryPolicy, retry_after
else:
    # Imported at their first use: a program that only verifies webhooks or catches errors needs no client.
    _MODULES = {
        "AsyncTokenSource": "credentials",
        "AsyncTrustoo": "client",
        "CREDENTIAL_VARIABLES": "credentials",
        "CallEvent": "hooks",
        "ConnectionCheck": "diagnostics",
        "Credentials": "credentials",
        "NO_RETRIES": "retry",
        "RetryPolicy": "retry",
        "Settings": "_config",
        "SigningProbe": "diagnostics",
        "TokenSource": "credentials",
        "Trustoo": "client",
        "WRONG_PRIVATE_TOKEN": "diagnostics",
        "check_base_url": "_config",
        "check_connection": "diagnostics",
        "redact": "diagnostics",
        "retry_after": "retry",
        "signing_probes": "diagnostics",
        "without_waiting": "_sansio",
    }

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(f".{_MODULES[name]}", __name__), name)
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


STORE_REVIEW = 0
"""The `product_id` of a review of the store itself. The vendor documented this value in 2025.

No newer response could be read.
"""

__all__ = [
    "CREDENTIAL_VARIABLES",
    "NO_RETRIES",
    "STORE_REVIEW",
    "WRONG_PRIVATE_TOKEN",
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
    "SigningProbe",
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
    "retry_after",
    "signature",
    "signing_probes",
    "without_waiting",
]
