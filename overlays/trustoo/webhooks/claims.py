"""Renews the claims of deliveries while their handlers run, so that no repetition is handled beside the first."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from .replay import AsyncReplayStore, ReplayStore

__all__ = ["AsyncRenewals", "HeldClaim", "Renewals"]

logger = logging.getLogger("trustoo.webhooks")

RENEWALS = 3
"""The number of renewals within the seconds of a claim. A claim thus survives two renewals that fail."""


@dataclass(slots=True, eq=False)
class HeldClaim:
    """The claim of a delivery that is being handled."""

    keys: tuple[str, ...]
    request_id: str
    owner: str = field(default_factory=lambda: uuid4().hex)
    ended: bool = False
    """Whether the claim must not be renewed. A renewal after the end would claim the keys again."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    """Held by the thread that renews or ends the claim."""

    def renewed(self, answer: object) -> None:
        """Note the store's answer to a renewal."""
        if not isinstance(answer, str) or answer != "new":
            self.ended = True
            logger.warning(
                "Delivery %s is still being handled, but its claim was lost: %.50r. It may be handled twice.",
                *(self.request_id, answer),
            )

    def renewal_failed(self) -> None:
        """Log the error of a renewal. The next renewal may succeed."""
        logger.exception("The replay store failed. The claim of delivery %s was not renewed.", self.request_id)


class Renewals:
    """Renews claims in one thread, which runs while there are claims. Thread-safe.

    Args:
        seconds: the seconds for which a claim is valid.
    """

    def __init__(self, store: ReplayStore, seconds: float) -> None:
        self._store, self._seconds = store, seconds
        self._claims: set[HeldClaim] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @contextmanager
    def renewing(self, claim: HeldClaim) -> Iterator[None]:
        """Renew the claim inside the block."""
        with self._lock:
            self._claims.add(claim)
            if self._thread is None or not self._thread.is_alive():  # a forked process has no thread of its parent
                self._thread = threading.Thread(target=self._run, name="trustoo-webhooks-renewals", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._claims.discard(claim)
            with claim.lock:
                claim.ended = True

    def _run(self) -> None:
        while True:
            time.sleep(self._seconds / RENEWALS)
            with self._lock:
                if not self._claims:
                    self._thread = None
                    return
                claims = list(self._claims)
            for claim in claims:
                with claim.lock:
                    if not claim.ended:
                        self._renew(claim)

    def _renew(self, claim: HeldClaim) -> None:
        try:
            answer = self._store.claim(*claim.keys, owner=claim.owner, seconds=self._seconds)
        except Exception:  # whatever the store raises, the handler goes on
            claim.renewal_failed()
        else:
            claim.renewed(answer)


class AsyncRenewals:
    """Renews claims in an asynchronous store, in one task for each claim.

    Args:
        seconds: the seconds for which a claim is valid.
    """

    def __init__(self, store: AsyncReplayStore, seconds: float) -> None:
        self._store, self._seconds = store, seconds

    @asynccontextmanager
    async def renewing(self, claim: HeldClaim) -> AsyncIterator[None]:
        """Renew the claim inside the block."""
        end = asyncio.Event()
        task = asyncio.create_task(self._run(claim, end))
        try:
            yield
        finally:
            end.set()  # and not `cancel`: the server may carry out a command that was cancelled
            await asyncio.wait([task])

    async def _run(self, claim: HeldClaim, end: asyncio.Event) -> None:
        while not claim.ended:
            try:
                async with asyncio.timeout(self._seconds / RENEWALS):
                    await end.wait()
                    return
            except (TimeoutError, asyncio.CancelledError):
                pass  # at the end of `asyncio.run`, a handler in a thread may run on
            try:
                answer = await self._store.claim(*claim.keys, owner=claim.owner, seconds=self._seconds)
            except Exception:  # whatever the store raises, the handler goes on
                claim.renewal_failed()
            else:
                claim.renewed(answer)
