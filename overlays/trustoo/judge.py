"""Decides what an answer means, by its HTTP status and by the envelope's `code`, both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from trustoo_api.errors import DecodeError
from trustoo_api.types import Answer, Envelope, Operation, Response

from .errors import ApiError, HttpError, UndecodableResponse
from .redaction import excerpt, redact
from .retry import retry_after
from .transport import Reply

__all__ = ["Judge"]

T = TypeVar("T")
UNAUTHENTICATED, PERMISSION_DENIED = 16, 7


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges the answers of one call.

    Attributes:
        kind: the kind of credentials it was sent with, "" for none.
        secrets: gives what an answer may quote and nobody may read; asked for errors only.
        now: this machine's time, for Retry-After dates.
    """

    operation: Operation
    kind: str
    secrets: Callable[[], tuple[str, ...]]
    now: float

    def response(self, reply: Reply, answer: Answer[T]) -> Response[T]:
        """The result. Raises ApiError, HttpError, UndecodableResponse."""
        content, redirected = reply.content, False
        if 300 <= reply.status < 400 and self.operation.redirect_to is not None:
            location = reply.headers.get("location")
            if redirected := location is not None:
                content = msgspec.json.encode({"code": 0, "data": {self.operation.redirect_to: location}})
        successful = redirected or 200 <= reply.status < 300
        try:
            envelope = answer.envelope(content) if successful else answer.loose_envelope(content)
            if isinstance(envelope.code, int) and envelope.code != 0:
                raise self._api_error(reply, envelope, envelope.code)
            if not successful:
                raise self._http_error(reply)
            if envelope.code is msgspec.UNSET:
                raise DecodeError("The answer has no code.")
            return Response(reply.status, reply.headers, reply.content, answer.value(envelope), _request_id(envelope))
        except DecodeError as error:
            if not successful:
                raise self._http_error(reply) from error
            raise UndecodableResponse(
                f"{self.operation.id}: HTTP {reply.status}, but the answer cannot be read. {error}"
                + (" The operation itself may have been carried out." if self.operation.is_write else ""),
                **self._context(reply),
            ) from error

    def _context(self, reply: Reply) -> dict[str, Any]:
        return {
            "operation": self.operation.id,
            "status": reply.status,
            "request_id": _request_id(loose_envelope(reply)),
            "excerpt": excerpt(reply.content, self.secrets()),
            "retry_after": retry_after(reply.headers, self.now),
        }

    def _api_error(self, reply: Reply, envelope: Envelope[Any], code: int) -> ApiError:
        said = envelope.message if isinstance(envelope.message, str) else ""
        denied = code in (UNAUTHENTICATED, PERMISSION_DENIED) or reply.status == 403
        return ApiError.of_code(code)(
            code=code,
            message=redact(said, self.secrets()),
            hint=self._hint() if denied else "",
            **self._context(reply),
        )

    def _hint(self) -> str:
        if self.kind == "merchant_session":
            return "The merchant session may have expired; pass a fresh one with with_options(merchant_session=...)."
        return self._scope_hint() if self.kind == "bearer" else ""

    def _scope_hint(self) -> str:
        if not self.operation.scopes:
            return "The access token may be expired, or lack a scope; which one this operation needs is not documented."
        return f"The access token may be expired, or lack the scope {', '.join(self.operation.scopes)}."

    def _http_error(self, reply: Reply) -> HttpError:
        context = self._context(reply)
        hint = " Redirects are not followed; check base_url." if 300 <= reply.status < 400 else ""
        said = f": {context['excerpt']}" if context["excerpt"] else ""
        return HttpError(f"{self.operation.id}: HTTP {reply.status}{said}.{hint}", **context)


def loose_envelope(reply: Reply) -> Envelope[Any] | None:
    """The answer's envelope whatever else it holds, None where there is none."""
    try:
        return Answer.loose_envelope(reply.content)
    except DecodeError:
        return None


def _request_id(envelope: Envelope[Any] | None) -> str | None:
    found = envelope.request_id if envelope is not None else None
    return found if isinstance(found, str) else None
