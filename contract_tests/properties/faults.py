"""Calls the fake service in process while faults occur, and compares the client's results with the processed calls."""

import asyncio
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

import httpx
from trustoo import (
    APIError,
    AsyncTrustoo,
    CallEvent,
    ConnectError,
    HTTPStatusError,
    NetworkError,
    OutcomeUnknownError,
    RequestTimeoutError,
    ResponseDecodeError,
    RetryPolicy,
    Trustoo,
    TrustooError,
    UnverifiedOperationWarning,
)
from trustoo.testing import FakeTrustoo, Fault, without_waiting
from trustoo_api.operations import OPERATIONS
from trustoo_api.types import Response

from contract_tests.properties.misbehaviour import may_be_processed
from contract_tests.support.options import PYTHON
from contract_tests.support.samples import sample
from contract_tests.support.shop import CLOCK

WRITES, READS = 3, 2
"""The number of calls in a case. All calls are of different operations."""
TRANSIENT_CODES = (4, 13, 14)


@dataclass(frozen=True)
class Trouble:
    """A fault, and the expected behaviour of the client.

    Attributes:
        error: the error of a call in which every attempt meets the fault.
        read_repeats, write_repeats: whether the client retries such a read or write.
        is_open: whether only the server knows the outcome of a write.
    """

    fault: Fault
    error: type[TrustooError]
    read_repeats: bool = True
    write_repeats: bool = False
    is_open: bool = False


def unreached(name: str, error: type[httpx.TransportError], means: type[TrustooError]) -> Trouble:
    """Return a fault in which no connection was made."""
    return Trouble(Fault(name, reached=False, error=error), means, write_repeats=True)


def trouble(random: Random, error_status: int, clocks_differ: bool) -> Trouble:
    """Return a random trouble."""
    processed = random.random() < 0.5
    after = random.choice([None, None, 0, 1, 10, "x", -1])
    gateway, denial = random.choice([500, 502, 503, 504, 599]), random.choice([400, 401, 403, 404, 409, 422])
    code = random.choice([1, 3, 4, 5, 6, 7, 8, 13, 14, 2000, *([] if clocks_differ else [16])])  # 16 may be retried
    code_repeats, is_open = code in TRANSIENT_CODES or error_status >= 500, may_be_processed(error_status, code)
    return random.choice(
        [
            Trouble(Fault.refused(), ConnectError, write_repeats=True),
            unreached("no route", httpx.ConnectTimeout, RequestTimeoutError),
            unreached("no free connection", httpx.PoolTimeout, RequestTimeoutError),
            Trouble(Fault.reset_while_sending(), NetworkError, is_open=True),
            Trouble(Fault.reset(), NetworkError, is_open=True),
            Trouble(Fault.truncated(), NetworkError, is_open=True),
            Trouble(Fault.timeout(processed=processed), RequestTimeoutError, is_open=True),
            Trouble(Fault("slow to send", reached=False, error=httpx.WriteTimeout), RequestTimeoutError, is_open=True),
            Trouble(Fault.garbage(), ResponseDecodeError, read_repeats=False, is_open=True),
            Trouble(Fault.html(200, processed=processed), ResponseDecodeError, read_repeats=False, is_open=True),
            Trouble(Fault.html(408, processed=processed), HTTPStatusError, read_repeats=False, is_open=True),
            Trouble(Fault.html(gateway, processed=processed), HTTPStatusError, is_open=True),
            Trouble(Fault.html(denial), HTTPStatusError, read_repeats=False),
            Trouble(Fault.status(429, retry_after=after), HTTPStatusError, write_repeats=True),
            Trouble(Fault.status(429, retry_after=61), HTTPStatusError, read_repeats=False),
            Trouble(Fault.status(gateway, retry_after=after, processed=processed), HTTPStatusError, is_open=True),
            Trouble(
                Fault.status(503, retry_after=3600, processed=processed),
                HTTPStatusError,
                read_repeats=False,
                is_open=True,
            ),
            Trouble(
                Fault.code(code, processed=is_open and processed), APIError, read_repeats=code_repeats, is_open=is_open
            ),
        ]
    )


@dataclass(frozen=True)
class Planned:
    """One call, its trouble (None for no trouble), and the number of attempts that meet this trouble."""

    operation: str
    trouble: Trouble | None
    times: int


@dataclass
class Done:
    """The outcome of one call."""

    planned: Planned
    result: Response[Any] | TrustooError
    processed: int
    attempts: int

    def __str__(self) -> str:
        met = f"{self.planned.times} x {self.planned.trouble.fault.name}" if self.planned.trouble else "no fault"
        ended = "a value" if isinstance(self.result, Response) else f"{type(self.result).__name__} ({self.result})"
        return f"{self.planned.operation}, {met}: {ended}, carried out {self.processed} x, {self.attempts} attempts"


class Case:
    """A few calls of one client. The same seed and number produce the same case."""

    def __init__(self, seed: int, number: int, operations: Sequence[str] = tuple(OPERATIONS)) -> None:
        self.seed, self.number = seed, number
        random = Random(f"{seed}/{number}")
        self.is_async, kind = random.random() < 0.5, random.choice(["hmac", "hmac", "bearer"])
        self.attempts = random.choice([1, 2, 3, 3, 3, 5])
        self.skew = random.choice([0, 0, 0, -1, 1]) * random.randint(1000, 10_000_000)
        error_status = random.choice([200, 200, 400, 500])
        self.fake = FakeTrustoo(clock=lambda: CLOCK, error_status=error_status, state="off")
        tokens = {"access_token": self.fake.tokens.access_token} if kind == "bearer" else {}
        self.settings: dict[str, Any] = {**tokens, "retry": RetryPolicy(attempts=self.attempts), "timeout": 1.0}
        possible = [name for name in operations if set(OPERATIONS[name].credentials) <= {"merchant_session"}]
        possible += [name for name in operations if kind in OPERATIONS[name].credentials]
        writes = [name for name in possible if OPERATIONS[name].is_write]
        reads = [name for name in possible if not OPERATIONS[name].is_write]
        chosen = random.sample(writes, min(WRITES, len(writes))) + random.sample(reads, min(READS, len(reads)))
        random.shuffle(chosen)
        self.plan = [self._planned(name, random, error_status) for name in chosen]
        self.is_signed = kind == "hmac"

    def _planned(self, operation: str, random: Random, error_status: int) -> Planned:
        met = trouble(random, error_status, self.skew != 0) if random.random() < 0.85 else None
        return Planned(operation, met, random.choice([1, 1, 1, 2, 3]))

    def run(self) -> list[Done]:
        """Make the calls one after the other, or concurrently with asyncio."""
        with _quiet():
            for planned in self.plan:
                if planned.trouble is not None:
                    self.fake.fail(planned.trouble.fault, times=planned.times, operation=planned.operation)
            self.fake.clock_skew = self.skew
            sent: Counter[str] = Counter()

            def count(event: CallEvent) -> None:
                sent[event.operation] += 1

            settings = {**self.settings, "on_request": count}
            results = asyncio.run(self._run_async(settings)) if self.is_async else self._run(settings)
        processed = self.fake.processed
        return [
            Done(planned, result, processed[planned.operation], sent[planned.operation])
            for planned, result in zip(self.plan, results, strict=True)
        ]

    def _run(self, settings: dict[str, Any]) -> list[Any]:
        with self.fake.client(**settings) as client:
            return [self._call(client, planned.operation) for planned in self.plan]

    @staticmethod
    def _call(client: Trustoo, operation: str) -> Response[Any] | TrustooError:
        make, decoder = sample(operation)
        try:
            return client.send(make(), decoder)
        except TrustooError as error:
            return error

    async def _run_async(self, settings: dict[str, Any]) -> list[Any]:
        async with self.fake.async_client(**settings) as client:
            calls = [self._call_async(client, planned.operation) for planned in self.plan]
            return list(await asyncio.gather(*calls))

    @staticmethod
    async def _call_async(client: AsyncTrustoo, operation: str) -> Response[Any] | TrustooError:
        make, decoder = sample(operation)
        try:
            return await client.send_async(make(), decoder)
        except TrustooError as error:
            return error

    def check(self) -> Counter[str]:
        """Make the calls and count their outcomes. Raises AssertionError with the command that runs the case again."""
        figures: Counter[str] = Counter()
        for done in self.run():
            try:
                truthful(OPERATIONS[done.planned.operation].is_write, done.result, done.processed)
                self._as_expected(done)
            except AssertionError as error:
                raise AssertionError(
                    f"{error}\n  call: {done}\n  at most {self.attempts} attempts, "
                    f"{'async' if self.is_async else 'sync'}, clock {self.skew} s apart\n"
                    f"  repeat: {PYTHON} -m contract_tests.properties.fuzz --seed {self.seed} --case {self.number}"
                ) from error
            figures += figures_of(OPERATIONS[done.planned.operation].is_write, done.result, done.processed)
            figures["reads retried"] += done.attempts > 1 and not OPERATIONS[done.planned.operation].is_write
        return figures

    def _as_expected(self, done: Done) -> None:
        """Check that the error and the number of attempts are exactly those expected for the trouble."""
        met, times = done.planned.trouble, done.planned.times
        write = OPERATIONS[done.planned.operation].is_write
        expected: type[object] = Response
        attempts = 1
        if met is not None:
            repeats = met.write_repeats if write else met.read_repeats
            passes = repeats and times < self.attempts
            attempts = times + 1 if passes else self.attempts if repeats else 1
            final = OutcomeUnknownError if write and met.is_open else met.error
            expected = Response if passes else final
        assert isinstance(done.result, expected), f"{expected.__name__} was to be expected"
        healing = self.is_signed and self.skew != 0  # a request refused because of its clock is an additional attempt
        assert attempts <= done.attempts <= attempts + healing, f"{attempts} attempts were to be expected"
        if write and met is not None and not healing and isinstance(done.result, OutcomeUnknownError):
            assert done.processed == met.fault.processed, "the fake did something else than it was told"


def truthful(is_write: bool, result: Response[Any] | TrustooError, processed: int) -> None:
    """Check that the result of a call agrees with the number of times the server processed the call."""
    if isinstance(result, Response):
        assert processed >= 1, "a value, although nothing was carried out"
    if not is_write:
        assert not isinstance(result, OutcomeUnknownError), "OutcomeUnknownError for a read"
        return
    assert processed <= 1, f"a write was carried out {processed} times"
    if not isinstance(result, Response | OutcomeUnknownError):
        assert processed == 0, f"{type(result).__name__}, although the write was carried out"
    documented = (Response, OutcomeUnknownError, APIError, HTTPStatusError, ConnectError, RequestTimeoutError)
    assert isinstance(result, documented), f"undocumented {type(result).__name__}"


def figures_of(is_write: bool, result: Response[Any] | TrustooError, processed: int) -> Counter[str]:
    """Return the figures of one call."""
    ended = "values" if isinstance(result, Response) else "errors"
    if not is_write:
        return Counter({"reads": 1, f"reads: {ended}": 1})
    figures = Counter({"writes": 1, f"writes: {ended}": 1, "sent twice": int(processed > 1)})
    figures["processed once" if processed == 1 else "not processed"] += processed <= 1
    figures["outcome unknown"] += isinstance(result, OutcomeUnknownError)
    return figures


@contextmanager
def _quiet() -> Iterator[None]:
    with without_waiting(), warnings.catch_warnings():
        warnings.simplefilter("ignore", UnverifiedOperationWarning)
        yield
