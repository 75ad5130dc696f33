"""The errors of this package. docs/errors.md shows the tree of classes, and what to do about each error."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from trustoo_api.errors import (
    ArgumentError,
    ResponseDecodeError,
    ResponseError,
    TrustooError,
    UnexpectedResponseError,
    UnexpectedShapeWarning,
    WrongClientError,
)

__all__ = [
    "APIError",
    "AlreadyExistsError",
    "ArgumentError",
    "ConfigurationError",
    "ConnectError",
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
    "ServerDeadlineError",
    "TransportError",
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
]


class ConfigurationError(TrustooError):
    """A setting or a credential of a client is missing or invalid. Nothing was sent."""


class UnverifiedOperationWarning(UserWarning):
    """The path of the called operation is inferred. It is not in the readable documentation."""


class TransportError(TrustooError):
    """There is no usable response.

    Attributes:
        maybe_sent: whether the server may have received a part of the request. If not, the request is sent again.
    """

    def __init__(self, message: str, *, maybe_sent: bool) -> None:
        super().__init__(message)
        self.maybe_sent = maybe_sent


class ConnectError(TransportError):
    """No connection could be made. The server did not receive the request."""


class NetworkError(TransportError):
    """The connection broke before a complete response arrived."""


class RequestTimeoutError(TransportError):
    """A step took longer than `timeout`, or an attempt or the wait for a free connection longer than `deadline`."""


class ResponseTooLargeError(TransportError):
    """The body of the response is larger than `max_response_bytes`."""


class OutcomeUnknownError(TrustooError):
    """A write was sent without a clear response. The server may have carried it out.

    The write was not retried, because a retry could, for example, create a second review. Check the data before you
    call again. `__cause__` is the error of the attempt: a TransportError, a ResponseError, or an exception of your own
    code, such as a hook of your `http_client`. `trustoo.retry.outcome_of` has the rule.

    Attributes:
        operation: the operationId.
        response: the ResponseError with status, request_id and content of the response; None if no response arrived.
    """

    def __init__(self, message: str, *, operation: str, response: ResponseError | None = None) -> None:
        super().__init__(message)
        self.operation, self.response = operation, response

    @classmethod
    def of(cls, operation: str, error: Exception) -> OutcomeUnknownError:
        """Return the error for a write that ended with `error`.

        Args:
            operation: the operationId of the write.
            error: the error of the attempt. The caller raises the new error from it.

        Example:
            >>> from trustoo import NetworkError, OutcomeUnknownError
            >>> broken = NetworkError("The connection broke.", maybe_sent=True)
            >>> OutcomeUnknownError.of("reviews.create", broken).operation
            'reviews.create'
        """
        # The message of an exception of the caller's own code may have secrets.
        said = str(error) if isinstance(error, TrustooError) else f"{type(error).__name__} in your own code."
        return cls(
            f"{operation} was sent, but there is no clear response ({said.removesuffix('.')}). It may have been "
            "carried out, and was not retried. Check the data before you call it again.",
            operation=operation,
            response=error if isinstance(error, ResponseError) else None,
        )


class PaginationError(TrustooError):
    """Items of a list may be missing, and the client is strict. Other clients warn with PaginationWarning."""


class PaginationWarning(UserWarning):
    """An iteration may lack items: the list changed, the server sent fewer items than it promised, or it repeats pages.

    Also if `known_ids` or `since` is used without sorting the newest items first.
    """


class HTTPStatusError(ResponseError):
    """The HTTP status is not 2xx, and the response has no envelope with a code."""


class APIError(ResponseError):
    """The envelope's `code` is not 0, whatever the HTTP status.

    Attributes:
        code: the envelope's `code`. An unknown code has no subclass.
        message: the envelope's `message`, with secrets removed; "" if the envelope has no message.
    """

    known_code: ClassVar[int | None] = None
    remedy: ClassVar[str] = ""
    transient_codes: ClassVar[frozenset[int]] = frozenset({4, 13, 14})

    def __init__(
        self,
        *,
        code: int,
        message: str,
        operation: str,
        status: int,
        request_id: str | None,
        hint: str = "",
        **rest: Any,
    ) -> None:
        """`rest`: the other arguments of ResponseError. `hint`: advice that replaces `remedy`."""
        sentence = f"{operation}: code {code}{f' ({message})' if message else ''}, HTTP {status}, "
        sentence += " ".join(filter(None, (f"request id {request_id or 'unknown'}.", hint or self.remedy)))
        super().__init__(sentence, operation=operation, status=status, request_id=request_id, **rest)
        self.code, self.message = code, message

    @property
    def is_transient(self) -> bool:
        """Whether the cause is inside the service and may be temporary: code 4, 13 or 14, or HTTP 5xx.

        A retry of a read may succeed. A write with code 4, 13 or 14 ends with OutcomeUnknownError instead. The choice
        of codes follows from their meanings. Code 8 is not a transient code, because the vendor does not say whether
        it means a quota or a refusal.
        """
        return self.code in self.transient_codes or self.status >= 500

    @classmethod
    def of_code(cls, code: int) -> type[APIError]:
        """Return the class for `code`: its subclass, or APIError for an unknown code.

        Example:
            >>> from trustoo import APIError
            >>> APIError.of_code(5)
            <class 'trustoo.errors.NotFoundError'>
        """
        return _BY_CODE.get(code, APIError)


class OperationCancelledError(APIError):
    """Code 1: the operation was cancelled."""

    known_code = 1


class InvalidArgumentError(APIError):
    """Code 3: the service refused an argument."""

    known_code = 3
    remedy = "Check the arguments against the operation's documentation."


class ServerDeadlineError(APIError):
    """Code 4: the operation took too long in the service."""

    known_code = 4
    remedy = "Try again later. Check first whether a write was carried out."


class NotFoundError(APIError):
    """Code 5: the requested object does not exist."""

    known_code = 5


class AlreadyExistsError(APIError):
    """Code 6: the object already exists."""

    known_code = 6


class PermissionDeniedError(APIError):
    """Code 7: the credentials lack a permission. The code is not documented; its meaning follows from its number."""

    known_code = 7


class RejectedError(APIError):
    """Code 8: the operation was refused. Whether a quota or a state is the reason is not documented."""

    known_code = 8


class InternalError(APIError):
    """Code 13: an error inside the service."""

    known_code = 13
    remedy = (
        "Try again later. Check first whether a write was carried out. If that does not help, give the request id to "
        "the vendor's support."
    )


class UnavailableError(APIError):
    """Code 14: the service is unavailable. The code is not documented; its meaning follows from its number."""

    known_code = 14
    remedy = "Try again later. Check first whether a write was carried out."


class UnauthenticatedError(APIError):
    """Code 16: the credentials were not accepted."""

    known_code = 16
    remedy = (
        "Check that the public and the private token belong to this shop and are not swapped, that this machine's "
        "clock is right (a signature is valid for 15 minutes), and whether the private token was reset."
    )


_BY_CODE = {kind.known_code: kind for kind in APIError.__subclasses__()}


class UploadError(TrustooError):
    """An image could not be uploaded. The image, the credentials or the arguments are invalid. Nothing is stored.

    Attributes:
        status: the storage's HTTP status; None if nothing was sent or the storage did not respond.
        code: the storage's error code, such as "AccessDenied"; None if there is no code.
        message: the storage's message, with secrets removed; "" if there is no message.
        remedy: what to do; "" if no remedy is known.
        request_id: the storage's request id, for support; None if there is no id.
        stored_url: the URL of the stored object (UploadCallbackError); None for other errors.
        retry_after: seconds to wait before another attempt, from the storage's response; None if it sets no time.
    """

    def __init__(
        self,
        sentence: str,
        *,
        status: int | None = None,
        code: str | None = None,
        message: str = "",
        remedy: str = "",
        request_id: str | None = None,
        stored_url: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(sentence)
        self.status, self.code, self.message, self.remedy = status, code, message, remedy
        self.request_id, self.stored_url, self.retry_after = request_id, stored_url, retry_after


class UploadRejectedError(UploadError):
    """The storage refused the form. The error message contains the remedy, if it is known."""


class UploadInterruptedError(UploadError):
    """The storage did not respond. The object may be stored. Another upload stores the object under a new name.

    `__cause__` is the TransportError.
    """


class UploadCallbackError(UploadError):
    """The object is stored (`stored_url`), but the storage could not notify the vendor's server (HTTP 203).

    The upload was not retried, because a retry would store the object twice.
    """


class OAuthError(TrustooError):
    """The base class of errors of authorisations and token stores. `trustoo.oauth` has the subclasses.

    Attributes:
        call: what the error means for a call of a shop's client, such as "reviews.create was not sent"; "" if it was
            not raised in such a call.
    """

    call: str = ""


class WebhookError(TrustooError):
    """A request to a webhook URL is not a valid delivery of Trustoo.

    A repeated delivery is not an error. A replay store recognises repeated deliveries (`trustoo.webhooks`).

    Attributes:
        reason: "missing_header" (a header is missing, empty, repeated or not plain text), "bad_timestamp" (the
            timestamp is not a Unix time in whole seconds), "bad_signature" (the delivery was forged, changed, or signed
            with another secret), "stale" (the signature is valid, but the timestamp is too far from this machine's
            clock), "unreadable" (the signature is valid, but the body does not match the OpenAPI spec), "unknown_shop"
            (`secrets_for` has no secret for the public token), "unavailable" (`secrets_for` failed).
    """

    def __init__(
        self,
        message: str,
        *,
        reason: Literal[
            "missing_header", "bad_timestamp", "bad_signature", "stale", "unreadable", "unknown_shop", "unavailable"
        ],
    ) -> None:
        super().__init__(message)
        self.reason = reason
