"""What happens between a request description and its result, without doing I/O.

`Session.flow` is a generator: it yields what is to be sent or how long to pause, is resumed with the answer or the
fault, and returns the result. The sync and the async client drive it with one loop each; every decision stands here
or in what it calls, once.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Generator
from dataclasses import replace
from functools import partial
from types import FrameType
from typing import TypeVar

import msgspec
from trustoo_api.client import url_of
from trustoo_api.operations import SECRETS
from trustoo_api.types import Answer, Request, Response

from .clock import HealingClock, server_time
from .credentials import Credentials
from .errors import (
    AnswerError,
    ApiError,
    ConfigurationError,
    OutcomeUnknown,
    TrustooError,
    Unauthenticated,
    UnverifiedOperationWarning,
)
from .events import CallEvent
from .judge import Judge, loose_envelope
from .observers import Observers
from .options import Options
from .retry import leaves_outcome_open, may_repeat
from .steps import Pause, Step, TokenWanted
from .transport import Reply, Wire

__all__ = ["Session"]

T = TypeVar("T")


class Session:
    """Encodes, signs, judges, retries and heals the clock for one client."""

    def __init__(self, credentials: Credentials, base_url: str, clock: HealingClock, options: Options) -> None:
        self._credentials, self._base_url, self._clock, self._options = credentials, base_url, clock, options
        self._observers = Observers(options.on_request, options.on_response, options.on_retry)
        self._headers = {"Accept": "application/json", "User-Agent": options.user_agent}
        self._warned: set[str] = set()

    def flow(self, request: Request, answer: Answer[T]) -> Generator[Step, Reply | str | None, Response[T]]:
        """One call. Yields a Wire, to be resumed with its Reply or with a TransportError thrown in, a TokenWanted, to
        be resumed with the token, or a Pause."""
        self._check_verified(request)
        operation, observers = request.operation, self._observers
        kind, body = self._credentials.kind_for(operation), self._encode(request)
        renewable = kind == "bearer" and self._credentials.tokens is not None
        attempt, elapsed, healed, credentials = 1, 0.0, False, self._credentials
        while True:
            if renewable:
                token = yield TokenWanted()
                credentials = self._credentials.with_access_token(_text(token))
            now = self._clock()
            wire = self._wire(request, kind, body, now, credentials)
            event = CallEvent(operation.id, operation.method, operation.path, attempt)
            observers.request(event)
            began, reply = time.monotonic(), None
            try:
                received = yield wire
                assert isinstance(received, Reply)
                reply = received
                judge = Judge(operation, kind, partial(_secrets, credentials, request), now)
                response = judge.response(reply, answer)
            except TrustooError as error:
                event = _failed(event, time.monotonic() - began, error)
                observers.response(event)
                elapsed += event.seconds or 0.0
                pause: float | None
                if not healed and kind == "hmac" and self._heal(error, reply, now):
                    healed, pause = True, 0.0
                elif renewable and not healed and isinstance(error, Unauthenticated):
                    # It was refused, so a write is repeated too; where there is no better token it is not.
                    rejected = credentials.access_token
                    healed, pause = True, 0.0 if (yield TokenWanted(rejected)) != rejected else None
                else:
                    pause = self._pause(error, attempt - healed, elapsed, is_write=operation.is_write)
                if pause is None:
                    if attempt > 1:
                        error.add_note(f"This was attempt {attempt}, the last one.")
                    if operation.is_write and leaves_outcome_open(error):
                        raise OutcomeUnknown.of(operation.id, error) from error
                    raise
                observers.retry(replace(event, pause=pause))
                if pause:
                    yield Pause(pause)
                attempt, elapsed = attempt + 1, elapsed + pause
            else:
                if observers.hear_responses:
                    seconds, request_id = time.monotonic() - began, response.request_id
                    observers.response(
                        replace(event, status=reply.status, code=0, request_id=request_id, seconds=seconds)
                    )
                return response

    def with_options(self, credentials: Credentials, options: Options) -> Session:
        """A session with other options that shares what this one learns."""
        other = Session(credentials, self._base_url, self._clock, options)
        other._warned = self._warned
        return other

    def _heal(self, error: TrustooError, reply: Reply | None, signed_at: float) -> bool:
        if not isinstance(error, Unauthenticated) or reply is None:
            return False
        envelope = loose_envelope(reply)
        return self._clock.heal(signed_at, server_time(envelope.time if envelope else None, reply.headers))

    def _pause(self, error: TrustooError, attempt: int, elapsed: float, *, is_write: bool) -> float | None:
        if not may_repeat(error, is_write=is_write):
            return None
        asked = error.retry_after if isinstance(error, AnswerError) else None
        return self._options.retry.pause(attempt, elapsed, asked)

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
            warnings.warn(message, UnverifiedOperationWarning, stacklevel=_callers_level())

    @staticmethod
    def _encode(request: Request) -> bytes | None:
        """The body's bytes, encoded once: what is signed is what is sent."""
        if request.body is None:
            return None
        try:
            return msgspec.json.encode(request.body)
        except (TypeError, ValueError, RecursionError) as error:  # UnicodeEncodeError is a ValueError
            raise ConfigurationError(f"The body of {request.operation.id} cannot be sent as JSON: {error}.") from error

    def _wire(self, request: Request, kind: str, body: bytes | None, now: float, credentials: Credentials) -> Wire:
        if "timestamp" in [name for name, _ in request.query]:
            raise ConfigurationError("A query parameter cannot be named timestamp: the signature uses that name.")
        try:
            url = url_of(self._base_url, request)
            signed = credentials.headers_of(kind, request.query, body, now)
        except UnicodeEncodeError as error:
            raise ConfigurationError(f"A query parameter holds text that is not Unicode: {error.reason}.") from error
        headers = {**self._headers, **signed}
        if body is not None:
            headers["Content-Type"] = "application/json"
        return Wire(request.operation.method, url, headers, body, self._options.timeout)


def _callers_level() -> int:
    """The stacklevel at which a warning names the line that called us, whichever way led here."""
    frame: FrameType | None = sys._getframe(1)
    level = 1
    while frame is not None and str(frame.f_globals.get("__name__")).partition(".")[0] in ("trustoo", "trustoo_api"):
        frame, level = frame.f_back, level + 1
    return level


def _secrets(credentials: Credentials, request: Request) -> tuple[str, ...]:
    """What an answer may quote and nobody may read: the client's secrets and those among the arguments."""
    sent = [*request.query, *(request.body or {}).items()]
    return (*credentials.secrets(), *(str(value) for name, value in sent if name in SECRETS))


def _text(token: object) -> str:
    if not isinstance(token, str):
        raise ConfigurationError(f"tokens gave a {type(token).__name__} for an access token.")
    return token


def _failed(event: CallEvent, seconds: float, error: TrustooError) -> CallEvent:
    event = replace(event, seconds=seconds, error=type(error).__name__)
    if isinstance(error, AnswerError):
        code = error.code if isinstance(error, ApiError) else None
        event = replace(event, status=error.status, request_id=error.request_id, code=code)
    return event
