"""Help for programs that report problems: checks of the connection and of the signature, and redaction of text."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ._clock import http_date
from ._config import check_base_url, check_seconds
from .errors import (
    APIError,
    InternalError,
    RejectedError,
    ResponseDecodeError,
    ResponseError,
    ServerDeadlineError,
    TrustooError,
    UnauthenticatedError,
    UnavailableError,
)
from .transport import HTTPRequest, NamedTransport

__all__ = ["WRONG_PRIVATE_TOKEN", "ConnectionCheck", "SigningProbe", "check_connection", "redact", "signing_probes"]

WRONG_PRIVATE_TOKEN = "not-the-private-token-of-any-shop"
"""A private token for a control read, which a service that checks signatures refuses. See `SigningProbe.learnt`."""
_TWO_PRODUCTS = ("8100000000019", "8100000000027")
"""Invented product ids, for a shop of which no two products are known."""
_OF_THE_MOMENT = (InternalError, RejectedError, ServerDeadlineError, UnavailableError)
"""Errors that may have nothing to do with the request. RejectedError may be a rate limit."""


@dataclass(frozen=True, slots=True)
class ConnectionCheck:
    """The result of `check_connection`.

    Attributes:
        status: the HTTP status of the response. Any status means that the server can be reached.
        seconds: the time from connecting to the complete response, in seconds.
        clock_offset: seconds by which the server's clock is ahead of this machine's clock. The number is negative if
            the server's clock is behind. None if the response has no valid Date header. The header has whole seconds,
            so that the offset can be wrong by about one second.
    """

    status: int
    seconds: float
    clock_offset: float | None


def check_connection(base_url: str, *, timeout: float = 30.0) -> ConnectionCheck:
    """Send one unsigned GET request to the API's address, and compare the clocks.

    A signature is valid for `trustoo.signing.LIFETIME` seconds. Clients correct a larger difference automatically.

    Args:
        base_url: the API's address, as in `Trustoo(base_url=...)`.
        timeout: seconds for each step of the request. Default: 30.

    Returns:
        The HTTP status, the duration and the difference of the clocks.

    Raises:
        ConfigurationError: if `base_url` is not an http or https URL with a host, or `timeout` is not a positive
            number.
        TransportError: if no response arrives.

    Example:
        >>> from trustoo import check_connection
        >>> with fake.storage.serve() as address:  # any HTTP server
        ...     print(check_connection(address).status)
        405
    """
    check_seconds("timeout", timeout)
    address, most = check_base_url(base_url) + "/", 64 * 1024 * 1024
    request = HTTPRequest("GET", address, {}, timeout=timeout, deadline=5 * timeout, max_response_bytes=most)
    transport = NamedTransport()
    began = time.monotonic()
    try:
        response = transport.send(request)
    finally:
        transport.close()
    seconds, now = time.monotonic() - began, time.time()
    server_time = http_date(response.headers.get("date") or "")
    # The middle of the request is compared with the middle of the second in the header.
    offset = None if server_time is None else server_time + 0.5 - (now - seconds / 2)
    return ConnectionCheck(response.status, seconds, offset)


@dataclass(frozen=True, slots=True)
class SigningProbe:
    """A read that answers one open question about the signature: whether the service accepts such a request.

    Attributes:
        name: what is special about the request.
        arguments: the arguments of `reviews.list`.
        rule: how this client signs such a request, as a part of a sentence.
        products: the two products whose reviews are read; empty for the other probe.
    """

    name: str
    arguments: Mapping[str, Any]
    rule: str
    products: frozenset[str] = field(default=frozenset())

    @staticmethod
    def is_accepted(error: TrustooError | None) -> bool | None:
        """Return whether the service accepted the signature of a read that ended with `error`; None if that is unclear.

        Args:
            error: the error of the call; None if the call returned a value.

        Example:
            >>> from trustoo import SigningProbe
            >>> SigningProbe.is_accepted(None)
            True
        """
        if _is_success(error):
            return True
        return False if _is_refusal(error) else None

    @staticmethod
    def is_checked(error: TrustooError | None) -> bool | None:
        """Return whether the service checks signatures, by the `error` of a read with a wrong signature.

        The read was signed with WRONG_PRIVATE_TOKEN. The same read with the right token must have returned a value.
        None if the error does not show it.

        Args:
            error: the error of the read; None if the read returned a value.

        Example:
            >>> from trustoo import SigningProbe
            >>> SigningProbe.is_checked(None)
            False
        """
        if _is_success(error):
            return False
        is_other_code = isinstance(error, APIError) and not isinstance(error, _OF_THE_MOMENT)
        return True if is_other_code or _is_refusal(error) else None

    def learnt(self, is_accepted: bool | None, is_checked: bool | None) -> str:
        """Return what the probe shows, in one or two sentences.

        Args:
            is_accepted: the result of `SigningProbe.is_accepted` for this read.
            is_checked: the result of `SigningProbe.is_checked` for the read with a wrong signature.

        Example:
            >>> from trustoo import signing_probes
            >>> print(signing_probes()[0].learnt(is_accepted=True, is_checked=False))
            Not settled: the service accepted the read, but it also accepted a wrong signature, ...
        """
        if is_accepted is None:
            return "Not answered: the read failed for another reason than its signature. Try again later."
        if not is_accepted:
            return (
                f"Refused: the service does not expect that {self.rule}. Calls with such arguments fail with this "
                "version. Please report this."
            )
        if is_checked:
            return f"Settled: the service expects that {self.rule}. It refused a wrong signature."
        why = (
            "it also accepted a wrong signature, so it does not check the signatures of reads"
            if is_checked is False
            else "it is unknown whether it checks the signatures of reads"
        )
        return f"Not settled: the service accepted the read, but {why}."

    def products_found(self, found: Iterable[str | None], *, is_complete: bool) -> str:
        """What the products of the returned reviews show about several values of one parameter, in one sentence.

        Args:
            found: the `product_id` of each returned review; None for a review without it.
            is_complete: whether there are no reviews on a further page.

        Returns:
            The sentence; an empty text if the products show nothing.

        Example:
            >>> from trustoo import signing_probes
            >>> probe = signing_probes(["8100000000019", "8100000000027"])[1]
            >>> print(probe.products_found(["8100000000019"], is_complete=True))
            There are reviews of one product only, so the service reads one value.
        """
        seen = {product for product in found if product}
        if not self.products or not seen:
            return ""
        if seen - self.products:
            return "There are reviews of other products, so the service ignored the filter."
        if seen == self.products:
            return "There are reviews of both products, so the service reads both values."
        return "There are reviews of one product only, so the service reads one value." if is_complete else ""


def _is_success(error: TrustooError | None) -> bool:
    """Whether the service carried the read out, although a strict client may not accept its response."""
    return error is None or (isinstance(error, ResponseDecodeError) and error.code == 0)


def _is_refusal(error: TrustooError | None) -> bool:
    is_status = isinstance(error, ResponseError) and error.status in (401, 403)
    return is_status or isinstance(error, UnauthenticatedError)


def signing_probes(known_products: Iterable[str | None] = ()) -> tuple[SigningProbe, ...]:
    """Return the reads that settle the open questions about the signature. They change nothing.

    A public source states neither how the service signs values that need percent-encoding, nor how several values of
    one parameter are signed.

    Args:
        known_products: product ids of this shop, such as those of a page of reviews. Without two different ids,
            the probe uses invented ids.

    Example:
        >>> from trustoo import signing_probes
        >>> [probe.name for probe in signing_probes()]
        ['reserved characters', 'two values of one parameter']
    """
    known = [product for product in dict.fromkeys(known_products) if product and product != "0"][:2]
    products = tuple(known) if len(known) == 2 else _TWO_PRODUCTS
    return (
        SigningProbe(
            "reserved characters",
            MappingProxyType({"keyword": "a b&c+", "page": 1, "page_size": 1}),
            "values are signed as they are, without percent-encoding",
        ),
        SigningProbe(
            "two values of one parameter",
            MappingProxyType({"product_ids": list(products), "page": 1, "page_size": 20}),
            "a parameter with several values is sent and signed once for each value",
            frozenset(known) if len(known) == 2 else frozenset(),
        ),
    )


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Replace secrets in a text by `***`: values of secret JSON members and query parameters, and user names in URLs.

    The OpenAPI spec marks secret members and parameters. Secrets are also found in JSON escapes, in percent-encoding,
    and in JSON that is text inside JSON. The library redacts its own error messages and logs.

    Args:
        text: the text, such as a message of another program, or a response.
        secrets: additional values to replace, such as your tokens. Empty values are ignored.

    Returns:
        The text without the secrets.

    Example:
        >>> from trustoo import redact
        >>> redact('{"access_token": "EXAMPLE-access-token"}')
        '{"access_token": "***"}'
    """
    from ._redaction import redact  # the patterns of this module take long to compile, and are seldom needed

    return redact(text, secrets)
