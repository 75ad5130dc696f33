"""Errors that generated code raises; `trustoo` derives its own from the same base."""

from typing import Any


class TrustooError(Exception):
    """Base of all errors of this package and of `trustoo`."""

    def __reduce__(self) -> tuple[Any, ...]:
        # The usual way calls the class with the message alone, which a class with further arguments refuses;
        # an error that cannot be pickled breaks the pool of processes that it came from.
        return type(self).__new__, (type(self), *self.args), self.__dict__


class BadArgument(TrustooError, ValueError):
    """An argument that cannot be sent as it is."""


class WrongTransport(TrustooError, TypeError):
    """A sync function was given an async client, or the other way round."""


class DecodeError(TrustooError):
    """Bytes that are not what `openapi.yaml` describes."""


class UnexpectedAnswer(TrustooError):
    """An answer that reports no success: its HTTP status or its `code` says so. Raised by `Client` only."""

    def __init__(self, status_code: int, code: int | None, content: bytes) -> None:
        super().__init__(f"The API answered HTTP {status_code} with code {code}.")
        self.status_code, self.code, self.content = status_code, code, content
