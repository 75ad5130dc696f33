"""Webhook deliveries for tests: signed as Trustoo is inferred to sign them, late, twice, out of order, tampered."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import httpx

from ..webhooks.verification import PUBLIC_TOKEN, REQUEST_ID, SIGN, TIMESTAMP, SignatureRule, Signed, inferred_rule

__all__ = ["Deliveries", "SignedDelivery"]

SAMPLE = {"list": [{"id": 123, "my_shopify_domain": "example.myshopify.com"}]}


@dataclass(frozen=True, slots=True)
class SignedDelivery:
    """One request of Trustoo's, ready to be given to the program under test."""

    headers: Mapping[str, str] = field(repr=False)
    body: bytes

    @property
    def request_id(self) -> str:
        return self.headers[REQUEST_ID]

    def tampered_body(self) -> SignedDelivery:
        """The same with one more byte, a space, in the body."""
        return replace(self, body=self.body + b" ")

    def tampered_signature(self) -> SignedDelivery:
        """The same with another last digit in the signature."""
        sign = self.headers[SIGN]
        return self.with_headers({SIGN: sign[:-1] + ("0" if sign[-1] != "0" else "1")})

    def with_headers(self, headers: Mapping[str, str | None]) -> SignedDelivery:
        """The same with other headers, unsigned anew; None leaves one out."""
        return replace(self, headers={k: v for k, v in {**self.headers, **headers}.items() if v is not None})


class Deliveries:
    """Makes and sends deliveries.

    Args:
        secret: what they are signed with. Deliveries of a shop's own subscriptions (made with HMAC): its private
            token; of a platform's (made with a bearer token): unknown.
        public_token: of the shop that they are about.
        clock: gives the Unix time in seconds at which they are signed.
        rule: how they are signed.
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
        """A delivery.

        Args:
            payload: its JSON, or the body's exact bytes.
            late: seconds between signing and now; below 0 the timestamp lies in the future.
            request_id: the default is a new one.
        """
        body = payload if isinstance(payload, bytes) else _json(payload)
        self._made += 1
        return self._signed(body, str(int(self._clock() - late)), request_id or f"EXAMPLE-request-{self._made}")

    def again(self, delivery: SignedDelivery, *, late: float = 0) -> SignedDelivery:
        """A later try of a delivery: same body and request id, signed anew.

        (Whether Trustoo signs anew is unknown. The other case is the same `delivery`, given a second time.)
        """
        return self._signed(delivery.body, str(int(self._clock() - late)), delivery.request_id)

    def out_of_order(self, payloads: Iterable[object], *, apart: int = 1) -> list[SignedDelivery]:
        """Deliveries whose timestamps rise by `apart` seconds in the order of `payloads`, the newest first."""
        kept = list(payloads)
        made = [self.make(payload, late=(len(kept) - 1 - n) * apart) for n, payload in enumerate(kept)]
        return made[::-1]

    def send(
        self, url: str, *deliveries: SignedDelivery, client: httpx.Client | None = None, timeout: float = 10
    ) -> list[httpx.Response]:
        """POST deliveries, or one with the sample, to `url` one after the other; a repetition is one given twice."""
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
