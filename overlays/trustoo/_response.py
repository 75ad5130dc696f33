"""Parses a response: decides by its HTTP status and by the envelope's `code` whether it is a success."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from trustoo_api.errors import ResponseDecodeError
from trustoo_api.types import Envelope, Operation, Response, ResponseDecoder

from ._redaction import excerpt, redact
from .errors import APIError, HTTPStatusError
from .retry import retry_after
from .transport.protocols import HTTPResponse

__all__ = ["find_envelope", "parse_response"]

T = TypeVar("T")
UNAUTHENTICATED, PERMISSION_DENIED = 16, 7


def parse_response(
    response: HTTPResponse,
    decoder: ResponseDecoder[T],
    *,
    operation: Operation,
    credentials_kind: str,
    secrets: Callable[[], tuple[str, ...]],
    now: float,
) -> Response[T]:
    """The result of a call.

    Args:
        credentials_kind: what the request was sent with; "" for none.
        secrets: returns what a response may quote and nobody may read. Called for errors only.
        now: this machine's Unix time in seconds, for Retry-After dates.

    Raises:
        APIError: the envelope's `code` is not 0.
        HTTPStatusError: the status is not 2xx and there is no envelope with a code.
        ResponseDecodeError: the body does not match the OpenAPI spec.
    """
    status, content = response.status, response.content
    successful = 200 <= status < 300
    if 300 <= status < 400 and operation.redirect_to is not None:
        location = response.headers.get("location")
        if location is not None:
            content, successful = msgspec.json.encode({"code": 0, "data": {operation.redirect_to: location}}), True
    try:
        envelope = decoder.envelope(content) if successful else decoder.loose_envelope(content)
        code = envelope.code
        if code == 0 and successful:
            value, found = decoder.value(envelope), envelope.request_id
            request_id = found if isinstance(found, str) else None
            return Response(status, response.headers, response.content, value, request_id)
        if isinstance(code, int) and code != 0:
            raise _api_error(response, envelope, code, operation, credentials_kind, secrets(), now)
        if successful:
            raise ResponseDecodeError("The response has no code.")
    except ResponseDecodeError as error:
        if successful:
            raise ResponseDecodeError(
                f"{operation.id}: HTTP {status}, but the response cannot be read. {error}"
                + (" The operation itself may have been carried out." if operation.is_write else ""),
                **_context(response, operation, secrets(), now),
            ) from error
        raise _http_error(response, operation, secrets(), now) from error
    raise _http_error(response, operation, secrets(), now)


def find_envelope(response: HTTPResponse) -> Envelope[Any] | None:
    """The response's envelope, whatever its data is; None when there is none."""
    try:
        return ResponseDecoder.loose_envelope(response.content)
    except ResponseDecodeError:
        return None


def _context(response: HTTPResponse, operation: Operation, secrets: tuple[str, ...], now: float) -> dict[str, Any]:
    """The arguments that all errors of a response share."""
    envelope = find_envelope(response)
    request_id = envelope.request_id if envelope is not None else None
    return {
        "operation": operation.id,
        "status": response.status,
        "request_id": request_id if isinstance(request_id, str) else None,
        "headers": response.headers,
        "content": response.content,
        "excerpt": excerpt(response.content, secrets),
        "retry_after": retry_after(response.headers, now),
    }


def _api_error(
    response: HTTPResponse,
    envelope: Envelope[Any],
    code: int,
    operation: Operation,
    credentials_kind: str,
    secrets: tuple[str, ...],
    now: float,
) -> APIError:
    denied = code in (UNAUTHENTICATED, PERMISSION_DENIED) or response.status == 403
    message = envelope.message if isinstance(envelope.message, str) else ""
    return APIError.of_code(code)(
        code=code,
        message=redact(message, secrets),
        hint=_hint(operation, credentials_kind) if denied else "",
        **_context(response, operation, secrets, now),
    )


def _hint(operation: Operation, credentials_kind: str) -> str:
    if credentials_kind == "merchant_session":
        return "The merchant session may have expired; pass a new one with with_options(merchant_session=...)."
    if credentials_kind != "bearer":
        return ""
    if not operation.scopes:
        return "The access token may be expired, or lack a scope; which scope this operation needs is not documented."
    return f"The access token may be expired, or lack the scope {', '.join(operation.scopes)}."


def _http_error(response: HTTPResponse, operation: Operation, secrets: tuple[str, ...], now: float) -> HTTPStatusError:
    context = _context(response, operation, secrets, now)
    hint = " Redirects are not followed; check base_url." if 300 <= response.status < 400 else ""
    quoted = f": {context['excerpt']}" if context["excerpt"] else ""
    return HTTPStatusError(f"{operation.id}: HTTP {response.status}{quoted}.{hint}", **context)
