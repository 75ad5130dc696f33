"""The checks of the fake service. Each check returns the reason of a refusal in one sentence, or None."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from trustoo_api.operations import HEADERS
from trustoo_api.types import Operation

from ..signing import LIFETIME, canonical_string, signature
from .connections import Received
from .spec import Sample, text_validation_error, validation_error

__all__ = [
    "ALREADY_EXISTS",
    "INVALID_ARGUMENT",
    "NOT_FOUND",
    "UNAUTHENTICATED",
    "KnownCredentials",
    "RefusedError",
    "Scopes",
    "input_error",
    "missing_scope",
    "scopes_in",
    "unauthenticated",
]

INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, UNAUTHENTICATED = 3, 5, 6, 16
"""The codes of refusals. The code of each refusal is a guess from the documented meanings of the codes."""

Scopes: TypeAlias = frozenset[str] | None
"""The scopes of an access token. None means that the token allows every operation."""


class RefusedError(Exception):
    """The service refuses a request.

    Attributes:
        code: the envelope's `code`.
        message: the envelope's `message`.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True, slots=True)
class KnownCredentials:
    """The credentials that the fake service accepts.

    Attributes:
        public_token, private_token: the shop's tokens.
        access_token: an access token that does not expire.
        merchant_session: the session of a logged-in merchant.
    """

    public_token: str
    private_token: str = field(repr=False)
    access_token: str = field(repr=False)
    merchant_session: str = field(repr=False)


def unauthenticated(
    operation: Operation,
    received: Received,
    known: KnownCredentials,
    now: float,
    is_issued: Callable[[str], bool] = lambda token: False,
) -> str | None:
    """Why the credentials are not accepted; None if the credentials are accepted.

    If there is an `Authorization` header and it is not empty, only this header is checked, as the vendor documents.
    Otherwise, the three HMAC headers are checked.

    Args:
        is_issued: returns whether a platform issued an access token, and the token is still valid.
    """
    kinds = operation.credentials
    if not kinds:
        return None
    if authorization := received.headers.get("Authorization"):
        values = {"bearer": f"Bearer {known.access_token}", "merchant_session": known.merchant_session}
        accepted = authorization in [values[kind] for kind in kinds if kind in values]
        if "bearer" in kinds and received.bearer is not None:
            accepted = accepted or is_issued(received.bearer)
        return None if accepted else f"Authorization is not a known {' or '.join(kinds)}"
    if "hmac" not in kinds:
        return "Authorization is missing"
    return _signature_error(
        {scheme: received.headers.get(name) for scheme, name in HEADERS.items()}, received, known, now
    )


def _signature_error(
    given: Mapping[str, str | None], received: Received, known: KnownCredentials, now: float
) -> str | None:
    public, sign, timestamp = given["publicToken"], given["sign"], given["timestamp"]
    if not public or not sign or not timestamp:
        return f"{', '.join(HEADERS[scheme] for scheme, value in given.items() if not value)} is missing"
    if public != known.public_token:
        return f"{HEADERS['publicToken']} is unknown"
    if not re.fullmatch("[0-9]{1,12}", timestamp) or abs(int(now) - int(timestamp)) > LIFETIME:
        return f"{HEADERS['timestamp']} is not within {LIFETIME} s of the service's clock"
    if sign != signature(known.private_token, canonical_string(received.query, timestamp, received.body)):
        return f"{HEADERS['sign']} does not match query, timestamp and body"
    return None


def scopes_in(text: str) -> frozenset[str]:
    """The scopes in a text. Spaces or commas separate the scopes, because the vendor documents no separator."""
    return frozenset(re.split("[ ,]+", text.strip())) - {""}


def missing_scope(operation: Operation, sample: Sample, received: Received, granted: Scopes) -> str | None:
    """The documented scopes that the access token lacks, in one sentence; None if the token lacks no scope."""
    if granted is None:
        return None
    body = received.json
    topic = body.get("topic") if isinstance(body, dict) else None
    by_topic = {sample.scopes_by_topic[topic]} if isinstance(topic, str) and topic in sample.scopes_by_topic else set()
    missing = sorted(({*operation.scopes} | by_topic) - granted)
    return f"the access token lacks the scope {', '.join(missing)}" if missing else None


def input_error(sample: Sample, received: Received) -> str | None:
    """The value that is missing or does not match the OpenAPI spec, in one sentence; None if all values are valid."""
    query = dict(received.query)
    if missing := [name for name in sample.required_parameters if name not in query]:
        return f"query parameter {', '.join(missing)} is missing"
    if sample.required_members is not None:
        body = received.json
        if not isinstance(body, dict):
            return "the body is not a JSON object"
        if missing := [name for name in sample.required_members if name not in body]:
            return f"member {', '.join(missing)} is missing"
        if sample.body is not None and (problem := validation_error(sample.body, body)):
            return problem
    if sample.is_paged:
        for name in ("page", "page_size"):
            if not re.fullmatch("0{0,9}[1-9][0-9]{0,9}", query.get(name, "1")):
                return f"{name} is not a positive whole number"
    for name, schema in sample.parameters.items():
        for value in received.values(name):
            if problem := text_validation_error(schema, value, name):
                return problem
    return None
