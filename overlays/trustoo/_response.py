"""Parses a response. The HTTP status and the envelope's `code` decide whether the response is a success."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from trustoo_api.errors import ResponseDecodeError
from trustoo_api.types import Envelope, Operation, Response, ResponseDecoder

from ._redaction import excerpt
from .errors import APIError, HTTPStatusError
from .retry import retry_after
from .transport.protocols import HTTPResponse

__all__ = ["find_envelope", "parse_response"]

T = TypeVar("T")
UNAUTHENTICATED, PERMISSION_DENIED = 16, 7
_HTML = re.compile(rb"<(!doctype html|html|head|title|body)\b", re.IGNORECASE)
_TITLE = re.compile(rb"<title[^<>]*+>([^<]*+)", re.IGNORECASE)
_TITLE_WITHIN = 16384
"""The number of bytes in which the title of a page is looked for."""
_STATUS_HINTS = {404: " Check base_url.", 429: " Send fewer requests; rate= limits them."}


def parse_response(
    response: HTTPResponse,
    decoder: ResponseDecoder[T],
    *,
    operation: Operation,
    credentials_kind: str,
    secrets: Callable[[], tuple[str, ...]],
    now: float,
    strict: bool = False,
) -> Response[T]:
    """Return the result of a call.

    Args:
        credentials_kind: the kind of credentials that the request was sent with; "" for none.
        secrets: returns the secrets that a response may quote. It is called for errors only.
        now: this machine's Unix time in seconds, for Retry-After dates.
        strict: whether each deviation from the OpenAPI spec is an error.

    Raises:
        APIError: if the envelope's `code` is not 0.
        HTTPStatusError: if the status is not 2xx and there is no envelope with a code.
        ResponseDecodeError: if there is no envelope with a code, or the data does not match the OpenAPI spec.
    """
    status, content = response.status, response.content
    successful = 200 <= status < 300
    if 300 <= status < 400 and operation.redirect_to is not None:
        location = response.headers.get("location")
        if location is not None:
            content, successful = msgspec.json.encode({"code": 0, "data": {operation.redirect_to: location}}), True
    envelope: Envelope[Any] | None = None
    problem: ResponseDecodeError | None = None
    try:
        envelope = decoder.envelope(content, strict) if successful else decoder.loose_envelope(content)
        if successful and envelope.code == 0:
            value, request_id = decoder.value(envelope), envelope.request_id
            id_text = request_id if isinstance(request_id, str) else None
            return Response(status, response.headers, response.content, value, id_text, envelope.unreadable)
    except ResponseDecodeError as error:
        problem = error
    context = _context(response, operation, secrets(), now)
    if envelope is not None and isinstance(envelope.code, int) and envelope.code != 0:
        raise _api_error(envelope, envelope.code, operation, credentials_kind, secrets(), context)
    if not successful:
        hint = " Redirects are not followed; check base_url." if 300 <= status < 400 else _STATUS_HINTS.get(status, "")
        quoted = _html_page(content, secrets()) or context["excerpt"]
        quoted = f": {quoted}" if quoted else ""
        raise HTTPStatusError(f"{operation.id}: HTTP {status}{quoted}.{hint}", **context) from problem
    reason = problem or "The response has no code."
    if page := _html_page(content, secrets()):
        reason = f"It is {page}. A proxy, a firewall or a login page may have responded instead of the API."
    envelope = find_envelope(response)
    code = envelope.code if envelope is not None and isinstance(envelope.code, int) else None
    raise ResponseDecodeError(
        f"{operation.id}: HTTP {status}, but the response cannot be read. {reason}"
        + (" The operation itself was carried out." if operation.is_write and code == 0 else ""),
        code=code,
        **context,
    ) from problem


def find_envelope(response: HTTPResponse) -> Envelope[Any] | None:
    """The response's envelope, even if its data is invalid; None if the response has no envelope."""
    try:
        return ResponseDecoder.loose_envelope(response.content)
    except ResponseDecodeError:
        return None


def _html_page(content: bytes, secrets: tuple[str, ...]) -> str:
    """What an HTML page is called in a message: with its title. "" for other content."""
    start = content[:_TITLE_WITHIN].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start.startswith(b"<") or not _HTML.search(start):
        return ""
    from html import unescape  # slow to import, and seldom needed

    found = _TITLE.search(start)
    title = excerpt(unescape(found[1].decode("utf-8", "replace")), secrets, 100) if found is not None else ""
    return f"an HTML page with the title {title!r}" if title else "an HTML page"


def _context(response: HTTPResponse, operation: Operation, secrets: tuple[str, ...], now: float) -> dict[str, Any]:
    """The arguments that all errors of a response share."""
    envelope = find_envelope(response)
    request_id = envelope.request_id if envelope is not None else None
    return {
        "operation": operation.id,
        "status": response.status,
        "request_id": excerpt(request_id, secrets, 100) if isinstance(request_id, str) else None,
        "headers": response.headers,
        "content": response.content,
        "excerpt": excerpt(response.content, secrets),
        "retry_after": retry_after(response.headers, now),
    }


def _api_error(
    envelope: Envelope[Any],
    code: int,
    operation: Operation,
    credentials_kind: str,
    secrets: tuple[str, ...],
    context: dict[str, Any],
) -> APIError:
    denied = code in (UNAUTHENTICATED, PERMISSION_DENIED) or context["status"] == 403
    message = envelope.message if isinstance(envelope.message, str) else ""
    hint = _hint(operation, credentials_kind) if denied else ""
    return APIError.of_code(code)(code=code, message=excerpt(message, secrets), hint=hint, **context)


def _hint(operation: Operation, credentials_kind: str) -> str:
    if credentials_kind == "merchant_session":
        return "The merchant session may have expired. Pass a new session with with_options(merchant_session=...)."
    if not credentials_kind and not operation.credentials:
        return "Check the client_id, the client_secret, and the code or token. A code is accepted once."
    if credentials_kind != "bearer":
        return ""
    if not operation.scopes:
        return "The access token may be expired, or lack a scope. The scope of this operation is not documented."
    return f"The access token may be expired, or lack the scope {', '.join(operation.scopes)}."
