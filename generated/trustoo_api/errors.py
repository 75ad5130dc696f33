"""Errors that generated code raises. `trustoo` derives its own errors from the same bases."""

from collections.abc import Mapping
from typing import Any


class TrustooError(Exception):
    """Base of all errors of this package and of `trustoo`."""

    def __reduce__(self) -> tuple[Any, ...]:
        # By default pickle calls the class with the message alone. A class with additional arguments does not accept
        # that call, and an error that cannot be pickled breaks its process pool.
        return type(self).__new__, (type(self), *self.args), self.__dict__


class ArgumentError(TrustooError, ValueError):
    """An argument of a call is invalid. Nothing was sent."""


class WrongClientError(ArgumentError, TypeError):
    """A sync function was given an async client, or an async function a sync client."""


class ResponseError(TrustooError):
    """The server responded, and the response is not a success.

    Attributes:
        operation: the operationId, such as "reviews.list". Empty if bytes were decoded without a call.
        status: the HTTP status. 0 if bytes were decoded without a response.
        request_id: the envelope's `request_id`, which the vendor's support asks for. None if there is none.
        headers: the response's headers. The headers are not part of `repr` or of the message.
        content: the response's body. The body is not part of `repr` or of the message, because it may contain secrets.
        excerpt: the start of the body as text, with secrets removed.
        retry_after: seconds to wait before another attempt, as the response asks. None if the response does not ask.
    """

    def __init__(
        self,
        message: str,
        *,
        operation: str = "",
        status: int = 0,
        request_id: str | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        excerpt: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.operation, self.status, self.request_id, self.excerpt = operation, status, request_id, excerpt
        self.headers: Mapping[str, str] = {} if headers is None else headers
        self.content, self.retry_after = content, retry_after


class ResponseDecodeError(ResponseError):
    """The response does not match the OpenAPI spec: invalid JSON, no envelope, or a member of another type.

    Attributes:
        code: the envelope's `code`. 0 means that the service carried out the operation. None if there is none.
    """

    def __init__(self, message: str, *, code: int | None = None, **response: Any) -> None:
        super().__init__(message, **response)
        self.code = code


class UnexpectedShapeWarning(UserWarning):
    """A response has members that cannot be read. They read as None, and lists read as `[]`.

    The message names the operation and the members. Each member is reported once. `model.to_dict()` has the values as
    they were received. If each deviation shall be an error, create the client with `strict=True`.
    """


class UnexpectedResponseError(ResponseError):
    """The response reports a failure, by its HTTP status or by its `code`. Only `Client` raises this error.

    Attributes:
        code: the envelope's `code`. None if there is none.
    """

    def __init__(self, message: str, *, code: int | None, **response: Any) -> None:
        super().__init__(message, **response)
        self.code = code
