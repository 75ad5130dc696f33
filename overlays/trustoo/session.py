"""What happens between a request description and its result, without doing I/O.

`Session.flow` is a generator: it yields what is to be sent, is resumed with the answer or the fault, and returns
the result. The sync and the async client drive it with one loop each; every decision stands here, once.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
from trustoo_api.client import url_of
from trustoo_api.errors import DecodeError
from trustoo_api.operations import SECRETS
from trustoo_api.types import Answer, Request, Response

from .credentials import Credentials
from .errors import (
    ApiError,
    ConfigurationError,
    HttpError,
    OutcomeUnknown,
    TransportError,
    UndecodableResponse,
    UnverifiedOperationWarning,
)
from .redaction import excerpt, redact
from .transport import Reply, Wire

__all__ = ["Session", "check_base_url"]

T = TypeVar("T")
Flow = Generator[Wire, Reply, Response[T]]


class Session:
    """Encodes, signs and judges for one client."""

    def __init__(self, credentials: Credentials, base_url: str, clock: Callable[[], float]) -> None:
        self._credentials, self._base_url, self._clock = credentials, check_base_url(base_url), clock
        self._warned: set[str] = set()

    def flow(self, request: Request, answer: Answer[T]) -> Flow[T]:
        """One call. Yields what to send; resumed with the Reply, or with a TransportError thrown in."""
        self._check_verified(request)
        body = self._encode(request)
        try:
            reply = yield self._wire(request, body)
        except TransportError as error:
            if request.operation.is_write and error.maybe_sent:
                raise OutcomeUnknown(
                    f"{request.operation.id} was sent and no answer arrived ({error}). It may have been carried out; "
                    "it was not repeated."
                ) from error
            raise
        return self._judge(request, reply, answer)

    def _check_verified(self, request: Request) -> None:
        operation = request.operation
        if operation.evidence != "inferred":
            return
        if operation.is_write and not request.unverified:
            raise ConfigurationError(
                f"{operation.id} changes something at a path that is only inferred ({operation.path}). "
                "Pass unverified=True to call it all the same."
            )
        if operation.id not in self._warned:
            self._warned.add(operation.id)
            message = f"The path of {operation.id} is inferred ({operation.path}); the API may not know it."
            warnings.warn(message, UnverifiedOperationWarning, stacklevel=6)

    @staticmethod
    def _encode(request: Request) -> bytes | None:
        """The body's bytes, encoded once: what is signed is what is sent."""
        if request.body is None:
            return None
        try:
            return msgspec.json.encode(request.body)
        except (TypeError, ValueError, RecursionError) as error:  # UnicodeEncodeError is a ValueError
            raise ConfigurationError(f"The body of {request.operation.id} cannot be sent as JSON: {error}.") from error

    def _wire(self, request: Request, body: bytes | None) -> Wire:
        if any(name == "timestamp" for name, _ in request.query):
            raise ConfigurationError("A query parameter cannot be named timestamp: the signature uses that name.")
        try:
            url = url_of(self._base_url, request)
            signed = self._credentials.headers(request.operation, request.query, body, self._clock())
        except UnicodeEncodeError as error:
            raise ConfigurationError(f"A query parameter holds text that is not Unicode: {error.reason}.") from error
        headers = {"Accept": "application/json", **signed}
        if body is not None:
            headers["Content-Type"] = "application/json"
        return Wire(request.operation.method, url, headers, body)

    def _judge(self, request: Request, reply: Reply, answer: Answer[T]) -> Response[T]:
        """The result, by HTTP status and `code` both. Raises ApiError, HttpError, UndecodableResponse."""
        operation, content = request.operation, reply.content
        location = reply.headers.get("location")
        redirected = 300 <= reply.status < 400 and operation.redirect_to is not None and location is not None
        if redirected:
            content = msgspec.json.encode({"code": 0, "data": {operation.redirect_to: location}})
        successful = redirected or 200 <= reply.status < 300
        try:
            envelope = answer.envelope(content) if successful else answer.loose_envelope(content)
            if isinstance(envelope.code, int) and envelope.code != 0:
                raise self._api_error(request, reply, envelope)
            if not successful:
                raise self._http_error(request, reply)
            if envelope.code is msgspec.UNSET:
                raise DecodeError("The answer has no code.")
            request_id = envelope.request_id if isinstance(envelope.request_id, str) else None
            return Response(reply.status, reply.headers, reply.content, answer.value(envelope), request_id)
        except DecodeError as error:
            if not successful:
                raise self._http_error(request, reply) from error
            raise UndecodableResponse(
                f"{operation.id}: HTTP {reply.status}, but the answer cannot be read. {error}"
                + (" The operation itself may have been carried out." if operation.is_write else ""),
                **self._context(request, reply),
            ) from error

    def _context(self, request: Request, reply: Reply) -> dict[str, Any]:
        try:
            request_id: object = Answer.loose_envelope(reply.content).request_id
        except DecodeError:
            request_id = None
        return {
            "operation": request.operation.id,
            "status": reply.status,
            "request_id": request_id if isinstance(request_id, str) else None,
            "excerpt": excerpt(reply.content, self._secrets(request)),
        }

    def _secrets(self, request: Request) -> tuple[str, ...]:
        """What an answer may quote and nobody may read: the client's secrets and those among the arguments."""
        sent = [*request.query, *(request.body or {}).items()]
        return (*self._credentials.secrets(), *(str(value) for name, value in sent if name in SECRETS))

    def _api_error(self, request: Request, reply: Reply, envelope: Any) -> ApiError:
        said = envelope.message if isinstance(envelope.message, str) else ""
        message = redact(said, self._secrets(request))
        return ApiError.of_code(envelope.code)(code=envelope.code, message=message, **self._context(request, reply))

    def _http_error(self, request: Request, reply: Reply) -> HttpError:
        context = self._context(request, reply)
        hint = " Redirects are not followed; check base_url." if 300 <= reply.status < 400 else ""
        said = f": {context['excerpt']}" if context["excerpt"] else ""
        return HttpError(f"{request.operation.id}: HTTP {reply.status}{said}.{hint}", **context)


def check_base_url(url: str) -> str:
    """`url` without a trailing slash. Raises ConfigurationError for anything but an http(s) URL of a host."""
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except (ValueError, AttributeError, TypeError):
        port_is_fine, parts = False, urlsplit("")
    if not port_is_fine or parts.scheme not in ("http", "https") or not parts.hostname or not url.isprintable():
        raise ConfigurationError(f"base_url must look like https://host, not {redact(str(url))!r}.")
    if parts.username is not None or any(character in url for character in "?# "):
        raise ConfigurationError("base_url must have no user name, query, fragment or space.")
    return url.rstrip("/")
