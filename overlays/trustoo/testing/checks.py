"""What is wrong with a request, in the service's eyes: each check gives one sentence, or None."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from trustoo_api.operations import HEADERS
from trustoo_api.types import Operation

from ..signing import LIFETIME, canonical_string, signature
from .messages import Received
from .schemas import text_validation_error, validation_error
from .spec import Sample

__all__ = ["Scopes", "Tokens", "lacks_scope", "scopes_in", "unauthenticated", "wrong_input"]

Scopes: TypeAlias = frozenset[str] | None
"""What an access token is good for; None: everything."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The credentials that the fake service knows."""

    public_token: str
    private_token: str
    access_token: str
    merchant_session: str


def unauthenticated(
    operation: Operation,
    received: Received,
    tokens: Tokens,
    now: float,
    issued: Callable[[str], bool] = lambda token: False,
) -> str | None:
    """Why the credentials are not accepted. As documented, an `Authorization` header that is not empty is the only
    thing looked at; the three HMAC headers count where there is none. `issued`: whether an access token was handed
    out and is still good."""
    kinds = operation.credentials
    if not kinds:
        return None
    if authorization := received.headers.get("Authorization"):
        known = {"bearer": f"Bearer {tokens.access_token}", "merchant_session": tokens.merchant_session}
        accepted = authorization in [known[kind] for kind in kinds if kind in known]
        if "bearer" in kinds and received.bearer is not None:
            accepted = accepted or issued(received.bearer)
        return None if accepted else f"Authorization holds no {' or '.join(kinds)} that is known"
    if "hmac" not in kinds:
        return "Authorization is missing"
    return _unsigned({scheme: received.headers.get(name) for scheme, name in HEADERS.items()}, received, tokens, now)


def _unsigned(given: Mapping[str, str | None], received: Received, tokens: Tokens, now: float) -> str | None:
    public, sign, timestamp = given["publicToken"], given["sign"], given["timestamp"]
    if not public or not sign or not timestamp:
        return f"{', '.join(HEADERS[scheme] for scheme, value in given.items() if not value)} is missing"
    if public != tokens.public_token:
        return f"{HEADERS['publicToken']} is not known"
    if not re.fullmatch("[0-9]{1,12}", timestamp) or abs(int(now) - int(timestamp)) > LIFETIME:
        return f"{HEADERS['timestamp']} is not within {LIFETIME} s of the service's clock"
    if sign != signature(tokens.private_token, canonical_string(received.query, timestamp, received.body)):
        return f"{HEADERS['sign']} does not fit query, timestamp and body"
    return None


def scopes_in(text: str) -> frozenset[str]:
    """The scopes in a text. How several are separated is not documented; spaces and commas both do here."""
    return frozenset(re.split("[ ,]+", text.strip())) - {""}


def lacks_scope(operation: Operation, sample: Sample, received: Received, granted: Scopes) -> str | None:
    """Which documented scope the access token lacks. Operations for which none is documented take any token."""
    if granted is None:
        return None
    body = received.json
    topic = body.get("topic") if isinstance(body, dict) else None
    by_topic = {sample.scopes_by_topic[topic]} if isinstance(topic, str) and topic in sample.scopes_by_topic else set()
    missing = sorted(({*operation.scopes} | by_topic) - granted)
    return f"the access token lacks the scope {', '.join(missing)}" if missing else None


def wrong_input(sample: Sample, received: Received) -> str | None:
    """What is missing, cannot be read, or is not what the description says of it."""
    query = dict(received.query)
    if missing := [name for name in sample.required_parameters if name not in query]:
        return f"query parameter {', '.join(missing)} is missing"
    if sample.required_members is not None:
        body = received.json
        if not isinstance(body, dict):
            return "the body is no JSON object"
        if missing := [name for name in sample.required_members if name not in body]:
            return f"member {', '.join(missing)} is missing"
        if sample.body is not None and (problem := validation_error(sample.body, body)):
            return problem
    if sample.is_paged:
        for name in ("page", "page_size"):
            if not re.fullmatch("0{0,9}[1-9][0-9]{0,9}", query.get(name, "1")):
                return f"{name} is no positive whole number"
    for name, schema in sample.parameters.items():
        for value in received.values(name):
            if problem := text_validation_error(schema, value, name):
                return problem
    return None
