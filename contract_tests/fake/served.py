"""The fake service in Prism's place: what the contract tests ask Prism for, it is told to do."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from trustoo.cli.fake import serving
from trustoo.testing import FakeTrustoo, Fault

from contract_tests.support import options
from contract_tests.support.samples import sample_values
from contract_tests.support.shop import CLOCK, Shops

DELETED = str((sample_values("reviews.delete")[1] or {})["id"])
"""The review that the spec's example deletes."""
BASE_URL = "https://fake.trustoo.invalid"
REFUSED = 401
"""The HTTP status of its refusals: where Prism has one for each reason, the fake has one for all."""


class FreshFakes(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Each request meets a fake service that was just made, so that its response depends on the request alone. It keeps
    the samples, and the review that the spec deletes.

    Of the `Prefer` header it knows what asks for an error: `code=400, example=code-16`.
    """

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._fake_for(request).transport.handle_request(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._fake_for(request).transport.handle_async_request(request)

    def _fake_for(self, request: httpx.Request) -> FakeTrustoo:
        fake = FakeTrustoo(clock=lambda: CLOCK, error_status=REFUSED)
        fake.reviews.add(id=DELETED, rating=5)
        if wanted := re.fullmatch("code=([0-9]+), example=code-([0-9]+)", request.headers.get("Prefer", "")):
            fake.error_status = int(wanted[1])
            fake.fail(Fault.code(int(wanted[2])))
        return fake


@contextmanager
def address(shops: Shops) -> Iterator[str]:
    """The address of Prism, or of a fake service that was just made."""
    if options.against == "prism":
        yield shops.base_url
        return
    fake = FakeTrustoo(clock=lambda: CLOCK)
    fake.reviews.add(id=DELETED, rating=5)
    with serving(fake) as url:
        yield url
