"""The errors that callers see, and the sentences in them."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from trustoo_api.errors import (
    ArgumentError,
    ResponseDecodeError,
    ResponseError,
    TrustooError,
    UnexpectedResponseError,
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
    "UnverifiedOperationWarning",
    "UploadCallbackError",
    "UploadError",
    "UploadInterruptedError",
    "UploadRejectedError",
    "WebhookError",
    "WrongClientError",
]


class ConfigurationError(TrustooError):
    """A setting or a credential is missing or cannot be used. Nothing was sent."""


class UnverifiedOperationWarning(UserWarning):
    """The path of the called operation is inferred: no document that could be read names it."""


class TransportError(TrustooError):
    """No usable response arrived.

    Attributes:
        maybe_sent: whether the server may have received the request.
    """

    def __init__(self, message: str, *, maybe_sent: bool) -> None:
        super().__init__(message)
        self.maybe_sent = maybe_sent


class ConnectError(TransportError):
    """No connection could be made. The server never saw the request."""


class NetworkError(TransportError):
    """The connection broke before a complete response arrived."""


class RequestTimeoutError(TransportError):
    """Connecting, sending or responding took longer than `timeout`."""


class ResponseTooLargeError(TransportError):
    """The response's body is larger than the largest one to accept."""


class OutcomeUnknownError(TrustooError):
    """A write was sent and its answer never arrived: the server may have carried it out, or not.

    It was not repeated, since a second copy (of a review, say) is worse than a question. Look before sending again.
    `__cause__` says what came instead of the answer.

    Attributes:
        operation: the operationId.
    """

    def __init__(self, message: str, *, operation: str) -> None:
        super().__init__(message)
        self.operation = operation

    @classmethod
    def of(cls, operation: str, error: TrustooError) -> OutcomeUnknownError:
        """The error for a write that ended with `error`."""
        return cls(
            f"{operation} was sent and no clear answer arrived ({error}) It may have been carried out, and was not "
            "repeated; look before you send it again.",
            operation=operation,
        )


class PaginationError(TrustooError):
    """The pages of a listing go in cycles: the server repeats pages it already gave."""


class HTTPStatusError(ResponseError):
    """The HTTP status is not 2xx, and there is no envelope that names a code."""


class APIError(ResponseError):
    """The envelope's `code` is not 0, whatever the HTTP status.

    Attributes:
        code: the envelope's `code`. Codes without a subclass of their own are possible.
        message: the envelope's `message`, "" where there is none.
    """

    known_code: ClassVar[int | None] = None
    remedy: ClassVar[str] = ""
    _transient_codes: ClassVar[frozenset[int]] = frozenset({4, 13, 14})

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
        """`rest`: as of ResponseError. `hint`: what helps, instead of `remedy`."""
        sentence = f"{operation}: code {code}{f' ({message})' if message else ''}, HTTP {status}, "
        sentence += " ".join(filter(None, (f"request id {request_id or 'unknown'}.", hint or self.remedy)))
        super().__init__(sentence, operation=operation, status=status, request_id=request_id, **rest)
        self.code, self.message = code, message

    @property
    def is_transient(self) -> bool:
        """Whether the cause lies inside the service and may pass: code 4, 13 or 14, or HTTP 5xx.

        A read may succeed when it is repeated. A write may have been carried out all the same: look before you repeat
        it. The codes follow from their documented meanings. Code 8 is not among them, since the vendor does not say
        whether it is a quota or a refusal.
        """
        return self.code in self._transient_codes or self.status >= 500

    @classmethod
    def of_code(cls, code: int) -> type[APIError]:
        """The class for `code`: a subclass where the code is known, else APIError itself."""
        return _BY_CODE.get(code, APIError)


class OperationCancelledError(APIError):
    """Code 1: the operation was cancelled."""

    known_code = 1


class InvalidArgumentError(APIError):
    """Code 3: an argument is not valid."""

    known_code = 3
    remedy = "Check the arguments against the operation's documentation."


class ServerDeadlineError(APIError):
    """Code 4: the operation ran out of time before it was complete."""

    known_code = 4
    remedy = "It may pass when it is tried again; look first whether a write was carried out."


class NotFoundError(APIError):
    """Code 5: what was asked for does not exist."""

    known_code = 5


class AlreadyExistsError(APIError):
    """Code 6: what was to be created exists already."""

    known_code = 6


class PermissionDeniedError(APIError):
    """Code 7: the credentials are valid and lack a permission. The code is known from its numbering only."""

    known_code = 7


class RejectedError(APIError):
    """Code 8: the operation was refused; whether over a quota or over a state is not documented."""

    known_code = 8


class InternalError(APIError):
    """Code 13: an error inside the server."""

    known_code = 13
    remedy = "It may pass when it is tried again; give the request id to the vendor's support if it does not."


class UnavailableError(APIError):
    """Code 14: the service is unavailable. The code is known from its numbering only."""

    known_code = 14
    remedy = "It may pass when it is tried again; look first whether a write was carried out."


class UnauthenticatedError(APIError):
    """Code 16: the credentials were not accepted."""

    known_code = 16
    remedy = (
        "Check that the public and the private token belong to this shop and are not swapped, that this machine's "
        "clock is right (a signature lives 15 minutes), and whether the private token was reset."
    )


_BY_CODE = {kind.known_code: kind for kind in APIError.__subclasses__()}


class UploadError(TrustooError):
    """An image could not be uploaded: it, or what the upload was given, cannot be used. Nothing is stored.

    Attributes:
        status: the storage's HTTP status, None when nothing was sent or no answer came.
        code: the storage's error code, such as "AccessDenied"; None where there is none.
        message: what the storage said of it, secrets removed; "" where it said nothing.
        remedy: what to do; "" where that is not known.
        request_id: the storage's request id, which support asks for.
        stored_url: where the object lies although the upload failed (UploadCallbackError); else None.
        retry_after: seconds that the storage asks to wait before another attempt; None where it does not.
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
    """The storage answered, and did not take the form. The message says what to do where that is known."""


class UploadInterruptedError(UploadError):
    """No answer came from the storage: the object may be stored, or not. Uploading again stores it under a new name.

    `__cause__` says what came instead of the answer.
    """


class UploadCallbackError(UploadError):
    """The object is stored (`stored_url`), but the vendor's server was not told, or did not accept it (HTTP 203).

    It was not uploaded again: that would store it twice, and tell the vendor's server a second time.
    """


class OAuthError(TrustooError):
    """An authorisation failed. `trustoo.oauth` has the subclasses."""


class WebhookError(TrustooError):
    """A request to a webhook address that is not taken for a delivery of Trustoo's.

    A delivery that came before is no error: a replay store tells it (`trustoo.webhooks`).

    Attributes:
        reason: "missing_header" (one of the four is missing, empty, sent twice or no plain text), "bad_timestamp" (no
            Unix time in whole seconds), "bad_signature" (forged, changed on its way, or signed with a secret that is
            not known here), "stale" (rightly signed, but for a time too far from this machine's clock), "unreadable"
            (rightly signed, but the body is not what the description says).
    """

    def __init__(
        self,
        message: str,
        *,
        reason: Literal["missing_header", "bad_timestamp", "bad_signature", "stale", "unreadable"],
    ) -> None:
        super().__init__(message)
        self.reason = reason
