"""The pipeline: everything between an operation's request and its result, without I/O.

`Pipeline.execute` is a generator. It yields an HTTP request to send, or a time to sleep, and is resumed with the
response. `_sansio.run` and `run_async` run the generator, so that each decision is written only once.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Generator, Iterable, Mapping
from dataclasses import replace
from functools import partial
from itertools import count
from types import FrameType
from typing import Any, TypeVar

import msgspec
from trustoo_api.client import url_of
from trustoo_api.encoding import deprecations, encode_body, header_fields
from trustoo_api.operations import SECRETS
from trustoo_api.types import OperationRequest, Response, ResponseDecoder, warn_of_shape

from ._clock import server_time
from ._config import Config
from ._response import find_envelope, parse_response
from ._sansio import Effect, GetToken, Reserve, Sleep
from .credentials import Credentials
from .errors import (
    ArgumentError,
    ConfigurationError,
    ConnectError,
    OAuthError,
    OutcomeUnknownError,
    ResponseError,
    UnauthenticatedError,
    UnverifiedOperationWarning,
)
from .hooks import CallEvent
from .retry import Attempts, Outcome, outcome_of
from .transport.protocols import HTTPRequest, HTTPResponse

__all__ = ["Pipeline"]

T = TypeVar("T")

_calls = count(1)
_SECRET_LENGTH = 8
"""The length from which the value of an added header may be a secret. Shorter values are words such as "1"."""


class Pipeline:
    """Encodes, signs, parses and retries the calls of one client."""

    def __init__(self, config: Config, warned: set[str] | None = None) -> None:
        """`warned`: the inferred operations and the unreadable members for which a warning was issued."""
        self._config = config
        self._limits = (config.timeout, config.attempt_deadline, config.max_response_bytes)
        self._headers = {"Accept": "application/json", "User-Agent": config.user_agent, **config.headers}
        self._warned = set[str]() if warned is None else warned

    def with_config(self, config: Config) -> Pipeline:
        """Return a pipeline with another configuration. Both pipelines together give each warning once."""
        return Pipeline(config, self._warned)

    def execute(self, request: OperationRequest, decoder: ResponseDecoder[T]) -> Generator[Effect, Any, Response[T]]:
        """Carry out one call.

        Yields:
            An HTTPRequest: resume the generator with its HTTPResponse, or throw an error into the generator.
            A GetToken: resume the generator with the token. A Sleep: resume the generator after the pause. A Reserve:
            resume the generator with the seconds to wait.
        """
        config, operation = self._config, request.operation
        self._check(request)
        kind, (body, content_type) = config.credentials.kind_for(operation), self._encode(request)
        own_headers = self._headers
        if request.headers or request.cookies:
            own_headers = {**own_headers, **header_fields(request)}
        if content_type:
            own_headers = {**own_headers, "Content-Type": content_type}
        renewable = kind == "bearer" and config.credentials.tokens is not None
        credentials, attempts, call = config.credentials, Attempts(config.retry), next(_calls)
        while True:
            if config.rate is not None and (wait := (yield Reserve())):
                yield Sleep(wait)  # before the signature and the token, whose lifetimes are limited
                attempts.waited(wait)
            if renewable:
                try:
                    credentials = config.credentials.with_access_token(_checked_token((yield GetToken())))
                except OAuthError as error:
                    error.call = f"{operation.id} was not sent"
                    raise
            now = config.clock()
            try:
                url = url_of(config.base_url, request)
                headers = {**own_headers, **credentials.headers(kind, request.query, body, now)}
            except UnicodeEncodeError as error:
                names = _unencodable(request.query)
                raise ArgumentError(f"{names} holds text that is not Unicode: {error.reason}.") from error
            event = CallEvent(
                operation.id, operation.method, operation.path, attempts.number, base_url=config.base_url, call=call
            )
            if added := config.hooks.request(event):
                headers |= added  # after signing: the signature covers the query and the body only
            attempts.begin()
            http_response: HTTPResponse | None = None
            pause: float | None
            try:
                received: HTTPResponse = yield HTTPRequest(operation.method, url, headers, body, *self._limits)
                http_response = received
                response = parse_response(
                    received,
                    decoder,
                    operation=operation,
                    credentials_kind=kind,
                    secrets=partial(_secrets, credentials, request, config.headers, added),
                    now=now,
                    strict=config.strict,
                )
            except BaseException as error:
                attempts.end()
                event = event.failed(attempts.seconds, error)
                config.hooks.response(event)
                if not isinstance(error, Exception):  # the call was cancelled
                    if operation.is_write:
                        error.add_note(f"{operation.id} was being sent. It may have been carried out.")
                    raise
                outcome = outcome_of(error, is_write=operation.is_write)
                if not attempts.repaired and kind == "hmac" and self._resync(error, http_response, now):
                    attempts.repaired, pause = True, 0.0
                elif renewable and not attempts.repaired and http_response and isinstance(error, UnauthenticatedError):
                    # The service refused the request, so that also a write can be retried, if there is a better token.
                    rejected = credentials.access_token
                    attempts.repaired = True
                    try:
                        pause = 0.0 if (yield GetToken(rejected)) != rejected else None
                    except OAuthError as failed:
                        failed.call = f"{operation.id} was refused (code {error.code}) and was not sent again"
                        raise
                else:
                    pause = _pause(attempts, error, outcome)
                if pause is None:
                    if isinstance(error, ConnectError):
                        error.add_note("Nothing was sent. Check the network, the proxy and base_url.")
                    if attempts.number > 1:
                        error.add_note(f"This was attempt {attempts.number}, the last one.")
                    if outcome.is_open:
                        raise OutcomeUnknownError.of(operation.id, error) from error
                    raise
                config.hooks.retry(replace(event, pause=pause))
                attempts.next(pause)
                if pause:
                    yield Sleep(pause)
            else:
                if config.hooks.is_enabled:
                    attempts.end()
                    ended = replace(event, status=response.status_code, code=0, seconds=attempts.seconds)
                    config.hooks.response(replace(ended, request_id=response.request_id))
                if response.unreadable:
                    level = callers_level() + 1
                    subject = f"The response of {operation.id}"
                    warn_of_shape(subject, response.unreadable, self._warned, operation.is_write, level)
                return response

    def _resync(self, error: Exception, response: HTTPResponse | None, signed_at: float) -> bool:
        """Correct the clock after a refusal. Returns whether the clock was corrected."""
        if response is None or not isinstance(error, UnauthenticatedError):
            return False
        envelope = find_envelope(response)
        time = server_time(envelope.time if envelope else None, response.headers)
        return self._config.clock.sync(signed_at, time)

    def _check(self, request: OperationRequest) -> None:
        """Raises ArgumentError if the request must not be sent."""
        for name, _ in request.query:
            if name == "timestamp":
                raise ArgumentError("A query parameter cannot have the name timestamp, because the signature uses it.")
        operation = request.operation
        if operation.deprecated or operation.deprecated_arguments:
            for message in deprecations(request):
                if message not in self._warned:
                    self._warned.add(message)
                    warnings.warn(message, DeprecationWarning, stacklevel=callers_level())
        if operation.evidence != "inferred":
            return
        if operation.is_write and not request.unverified:
            raise ArgumentError(
                f"{operation.id} is a write, and its path is only inferred ({operation.path}). "
                "Pass unverified=True to call it anyway."
            )
        if operation.id not in self._warned:
            self._warned.add(operation.id)
            message = f"The path of {operation.id} is inferred ({operation.path}). It may not exist."
            warnings.warn(message, UnverifiedOperationWarning, stacklevel=callers_level())

    @staticmethod
    def _encode(request: OperationRequest) -> tuple[bytes | None, str]:
        """The body's bytes and their content type. They are encoded once, so that the signed bytes are sent."""
        try:
            return encode_body(request)
        except ArgumentError:
            raise
        except (TypeError, ValueError, RecursionError) as error:  # UnicodeEncodeError is a ValueError
            names = _unencodable((request.body or {}).items()) or f"The body of {request.operation.id}"
            raise ArgumentError(f"{names} cannot be sent as JSON: {error}.") from error


def _unencodable(pairs: Iterable[tuple[str, object]]) -> str:
    """The names of the arguments that cannot be encoded."""
    names = []
    for pair in pairs:
        try:
            msgspec.json.encode(pair)
        except (TypeError, ValueError, RecursionError):
            names.append(ascii(pair[0])[1:-1])
    return ", ".join(dict.fromkeys(names))


def _pause(attempts: Attempts, error: Exception, outcome: Outcome) -> float | None:
    if not outcome.may_repeat:
        return None
    return attempts.pause(error.retry_after if isinstance(error, ResponseError) else None)


def callers_level() -> int:
    """The stacklevel with which a warning shows the line that called this package."""
    frame: FrameType | None = sys._getframe(1)
    level = 1
    while frame is not None and str(frame.f_globals.get("__name__")).partition(".")[0] in ("trustoo", "trustoo_api"):
        frame, level = frame.f_back, level + 1
    return level


def _secrets(credentials: Credentials, request: OperationRequest, *added: Mapping[str, str]) -> tuple[str, ...]:
    """The secrets that a response may quote: the client's, the arguments' and those among the `added` headers."""
    sent = [*request.query, *request.headers, *request.cookies, *(request.body or {}).items()]
    arguments = (str(value) for name, value in sent if name in SECRETS)
    values = (value for headers in added for value in headers.values() if len(value) >= _SECRET_LENGTH)
    return (*credentials.secrets(), *arguments, *values)


def _checked_token(token: object) -> str:
    if not isinstance(token, str):
        raise ConfigurationError(f"tokens must return an access token as text, not {type(token).__name__}.")
    return token
