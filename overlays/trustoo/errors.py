"""The errors that callers see, and the sentences in them."""

from __future__ import annotations

from typing import ClassVar, Literal

from trustoo_api.errors import BadArgument, TrustooError, WrongTransport

__all__ = [
    "AlreadyExists",
    "ApiError",
    "BadArgument",
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
    "TimeoutFailed",
    "TransportError",
    "TrustooError",
    "Unauthenticated",
    "UndecodableResponse",
    "UnverifiedOperationWarning",
    "UploadError",
    "UploadInterrupted",
    "UploadRefused",
    "WebhookError",
    "WrongTransport",
]


class ConfigurationError(TrustooError):
    """The client, or a call, was given something it cannot work with. Nothing was sent."""


class UnverifiedOperationWarning(UserWarning):
    """The path of the called operation is inferred: no document that could be read names it."""


class TransportError(TrustooError):
    """No complete answer arrived.

    Attributes:
        maybe_sent: whether the server may have received the request.
    """

    def __init__(self, message: str, *, maybe_sent: bool) -> None:
        super().__init__(message)
        self.maybe_sent = maybe_sent


class ConnectionFailed(TransportError):
    """The connection could not be made, or it broke."""


class TimeoutFailed(TransportError):
    """Connecting, sending or answering took longer than `timeout`."""


class OutcomeUnknown(TrustooError):
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
    def of(cls, operation: str, error: TrustooError) -> OutcomeUnknown:
        """The error for a write that ended with `error`."""
        return cls(
            f"{operation} was sent and no clear answer arrived ({error}) It may have been carried out, and was not "
            "repeated; look before you send it again.",
            operation=operation,
        )


class PaginationError(TrustooError):
    """The pages of a listing go in circles: the server repeats pages it already gave."""


class AnswerError(TrustooError):
    """An answer that is no success.

    Attributes:
        operation: the operationId, such as "reviews.list".
        status: the HTTP status.
        request_id: the envelope's `request_id`, which the vendor's support asks for; None where there is none.
        excerpt: the start of the answer's text, secrets removed.
        retry_after: seconds that the answer asks to wait before another attempt; None where it does not.
    """

    def __init__(
        self,
        message: str,
        *,
        operation: str,
        status: int,
        request_id: str | None,
        excerpt: str,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.operation, self.status, self.request_id, self.excerpt = operation, status, request_id, excerpt
        self.retry_after = retry_after


class HttpError(AnswerError):
    """An HTTP status other than 2xx without an envelope that names a code."""


class UndecodableResponse(AnswerError):
    """An answer that is not what the description says: no JSON, no envelope, or a member of another type."""


class ApiError(AnswerError):
    """The envelope's `code` is not 0, whatever the HTTP status.

    Attributes:
        code: the envelope's `code`. Codes without a subclass of their own are possible.
        message: the envelope's `message`, "" where there is none.
    """

    known_code: ClassVar[int | None] = None
    remedy: ClassVar[str] = ""

    def __init__(
        self,
        *,
        code: int,
        message: str,
        operation: str,
        status: int,
        request_id: str | None,
        excerpt: str,
        retry_after: float | None = None,
        hint: str = "",
    ) -> None:
        said = f"{operation}: code {code}{f' ({message})' if message else ''}, HTTP {status}, "
        said += " ".join(filter(None, (f"request id {request_id or 'unknown'}.", hint or self.remedy)))
        super().__init__(
            said,
            operation=operation,
            status=status,
            request_id=request_id,
            excerpt=excerpt,
            retry_after=retry_after,
        )
        self.code, self.message = code, message

    @classmethod
    def of_code(cls, code: int) -> type[ApiError]:
        """The class for `code`: a subclass where the code is known, else ApiError itself."""
        return _BY_CODE.get(code, ApiError)


class Cancelled(ApiError):
    """Code 1: the operation was cancelled."""

    known_code = 1


class InvalidArgument(ApiError):
    """Code 3: an argument is not valid."""

    known_code = 3
    remedy = "Check the arguments against the operation's documentation."


class DeadlineExceeded(ApiError):
    """Code 4: the operation ran out of time before it was complete."""

    known_code = 4
    remedy = "It may pass when it is tried again; look first whether a write was carried out."


class NotFound(ApiError):
    """Code 5: what was asked for does not exist."""

    known_code = 5


class AlreadyExists(ApiError):
    """Code 6: what was to be created exists already."""

    known_code = 6


class Rejected(ApiError):
    """Code 8: the operation was refused; whether over a quota or over a state is not documented."""

    known_code = 8


class InternalError(ApiError):
    """Code 13: an error inside the server."""

    known_code = 13
    remedy = "It may pass when it is tried again; give the request id to the vendor's support if it does not."


class Unauthenticated(ApiError):
    """Code 16: the credentials were not accepted."""

    known_code = 16
    remedy = (
        "Check that the public and the private token belong to this shop and are not swapped, that this machine's "
        "clock is right (a signature lives 15 minutes), and whether the private token was reset."
    )


_BY_CODE = {kind.known_code: kind for kind in ApiError.__subclasses__()}


class UploadError(TrustooError):
    """An image could not be uploaded: it, or what the upload was given, cannot be used. Nothing is stored.

    Attributes:
        status: the storage's HTTP status, None when nothing was sent or no answer came.
        code: the storage's error code, such as "AccessDenied"; None where there is none.
        message: what the storage said of it, secrets removed; "" where it said nothing.
        remedy: what to do; "" where that is not known.
        request_id: the storage's request id, which support asks for.
        stored_url: where the object lies although the upload failed (CallbackFailed); else None.
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


class UploadRefused(UploadError):
    """The storage answered, and did not take the form. The message says what to do where that is known."""


class UploadInterrupted(UploadError):
    """No answer came from the storage: the object may be stored, or not. Uploading again stores it under a new name.

    `__cause__` says what came instead of the answer.
    """


class CallbackFailed(UploadError):
    """The object is stored (`stored_url`), but the vendor's server was not told, or did not accept it (HTTP 203).

    It was not uploaded again: that would store it twice, and tell the vendor's server a second time.
    """


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
