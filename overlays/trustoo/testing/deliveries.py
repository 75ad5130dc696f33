"""Webhook deliveries for tests, signed by the inferred rule: punctual, late, repeated, out of order or tampered."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import httpx

from ..webhooks import HEADERS, SignatureRule, Signed, inferred_rule

__all__ = ["Deliveries", "SignedDelivery"]

PUBLIC_TOKEN, TIMESTAMP, SIGN, REQUEST_ID = HEADERS

SAMPLE = {"list": [{"id": 123, "my_shopify_domain": "example.myshopify.com"}]}


@dataclass(frozen=True, slots=True)
class SignedDelivery:
    """A webhook request as Trustoo sends it, for the program under test.

    Attributes:
        headers: the headers, including the signature.
        body: the exact bytes of the body.
    """

    headers: Mapping[str, str] = field(repr=False)
    body: bytes

    @property
    def request_id(self) -> str:
        """The request id in the headers."""
        return self.headers[REQUEST_ID]

    def tampered_body(self) -> SignedDelivery:
        """Return a copy with a space after the body, and with the old signature.

        Example:
            >>> from trustoo import WebhookError
            >>> forged = delivery.tampered_body()
            >>> try:
            ...     verifier.verify(forged.body, forged.headers)
            ... except WebhookError as error:
            ...     print(error.reason)
            bad_signature
        """
        return replace(self, body=self.body + b" ")

    def tampered_signature(self) -> SignedDelivery:
        """Return a copy with a different last digit in the signature.

        Example:
            >>> from trustoo import WebhookError
            >>> forged = delivery.tampered_signature()
            >>> try:
            ...     verifier.verify(forged.body, forged.headers)
            ... except WebhookError as error:
            ...     print(error.reason)
            bad_signature
        """
        sign = self.headers[SIGN]
        return self.with_headers({SIGN: sign[:-1] + ("0" if sign[-1] != "0" else "1")})

    def with_headers(self, headers: Mapping[str, str | None]) -> SignedDelivery:
        """Return a copy with these headers replaced, and with the old signature. The value None removes a header.

        Args:
            headers: the values by name.

        Example:
            >>> from trustoo.webhooks import HEADERS
            >>> changed = delivery.with_headers({HEADERS[0]: None})
            >>> len(delivery.headers) - len(changed.headers)
            1
        """
        return replace(self, headers={k: v for k, v in {**self.headers, **headers}.items() if v is not None})


class Deliveries:
    """Makes and sends webhook deliveries.

    Args:
        secret: the webhook secret, which signs the deliveries. For subscriptions made with shop tokens (HMAC), it is
            the shop's private token; this is inferred. For subscriptions made with an access token, the webhook secret
            is unknown.
        public_token: the public token of the shop that the deliveries are about.
        clock: returns the Unix time in seconds at which deliveries are signed. Default: this machine's clock.
        rule: computes signatures. Default: `trustoo.webhooks.inferred_rule`.

    Example:
        >>> from trustoo.testing import Deliveries
        >>> delivery = Deliveries("EXAMPLE-private-token").make({"list": [{"id": 123}]})
        >>> verifier.verify(delivery.body, delivery.headers).items[0].id
        '123'
    """

    def __init__(
        self,
        secret: str,
        *,
        public_token: str = "EXAMPLE-public-token",
        clock: Callable[[], float] = time.time,
        rule: SignatureRule = inferred_rule,
    ) -> None:
        self._secret, self._public_token, self._clock, self._rule = secret, public_token, clock, rule
        self._made = 0

    def make(self, payload: object = SAMPLE, *, late: float = 0, request_id: str | None = None) -> SignedDelivery:
        """Return a delivery.

        Args:
            payload: the body as a JSON value, or as bytes. Default: a sample.
            late: seconds between signing and now. A negative number means a timestamp in the future.
            request_id: the request id. Default: a new id.

        Example:
            >>> delivery = deliveries.make({"list": [{"id": 123}]}, request_id="EXAMPLE-request-id")
            >>> delivery.request_id
            'EXAMPLE-request-id'
        """
        body = payload if isinstance(payload, bytes) else _json(payload)
        self._made += 1
        return self._signed(body, str(int(self._clock() - late)), request_id or f"EXAMPLE-request-{self._made}")

    def again(self, delivery: SignedDelivery, *, late: float = 0) -> SignedDelivery:
        """Return a repetition of a delivery: the same body and request id, with a new signature.

        It is unknown whether Trustoo gives a repetition a new signature. To test the other case, send the same delivery
        twice.

        Args:
            delivery: the delivery to repeat.
            late: seconds between signing and now. A negative number means a timestamp in the future.

        Example:
            >>> repeated = deliveries.again(delivery)
            >>> repeated.request_id == delivery.request_id
            True
        """
        return self._signed(delivery.body, str(int(self._clock() - late)), delivery.request_id)

    def out_of_order(self, payloads: Iterable[object], *, apart: int = 1) -> list[SignedDelivery]:
        """Return one delivery for each payload, newest first. The timestamps are `apart` seconds apart.

        Args:
            payloads: the bodies as JSON values, or as bytes, oldest first.
            apart: seconds between two timestamps.

        Example:
            >>> newest, oldest = deliveries.out_of_order([{"list": [{"id": 1}]}, {"list": [{"id": 2}]}])
            >>> newest.body
            b'{"list":[{"id":2}]}'
        """
        in_order = list(payloads)
        made = [self.make(payload, late=(len(in_order) - 1 - n) * apart) for n, payload in enumerate(in_order)]
        return made[::-1]

    def send(
        self, url: str, *deliveries: SignedDelivery, client: httpx.Client | None = None, timeout: float = 10
    ) -> list[httpx.Response]:
        """POST deliveries to `url`, one after the other.

        Args:
            deliveries: the deliveries. The same delivery twice is a repetition. Default: one delivery of the sample.
            client: the client that sends the deliveries. Default: a new client that ignores the environment's proxies.
            timeout: seconds for each step of a request, if `client` is None.

        Returns:
            The responses, in the same order.

        Raises:
            httpx.HTTPError: if a delivery gets no response.

        Example:
            >>> with fake.storage.serve() as address:  # your own server
            ...     responses = deliveries.send(address, delivery)
            >>> responses[0].status_code
            400
        """
        wanted: Sequence[SignedDelivery] = deliveries or [self.make()]
        if client is not None:
            return [client.post(url, headers=dict(one.headers), content=one.body) for one in wanted]
        with httpx.Client(timeout=timeout, trust_env=False) as own:
            return self.send(url, *wanted, client=own)

    def _signed(self, body: bytes, timestamp: str, request_id: str) -> SignedDelivery:
        headers = {PUBLIC_TOKEN: self._public_token, TIMESTAMP: timestamp, REQUEST_ID: request_id}
        sign = self._rule(self._secret, Signed(timestamp, body, headers))
        return SignedDelivery({"Content-Type": "application/json", **headers, SIGN: sign}, body)


def _json(payload: object) -> bytes:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
