"""Many deliveries, some of them several times, for several workers of one web server that share a replay store.

Each delivery is sent until its response is 200, as Trustoo does. While they are sent, workers are killed and started
again, and the shop's private token is replaced.
"""

from __future__ import annotations

import http.client
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import create_engine, text
from trustoo.stores import SqlReplayStore
from trustoo.testing import Deliveries, SignedDelivery

from contract_tests.races import page
from tests.servers import PostgreSQL, Redis

PATH = "/webhooks/review-created"
OLD, NEW = "EXAMPLE-old-private-token", "EXAMPLE-new-private-token"
ID_HEADER = "Open-Trustoo-Webhook-RequestId"
SHUFFLED = 40
"""The copies of a delivery are sent within about this number of requests, so that many are sent at the same time."""
RESEND_SECONDS = 0.1
REQUESTS_PER_CONNECTION = 100


@dataclass(frozen=True)
class Load:
    """What is sent, to what.

    Attributes:
        store: a name of `receiving.STORES`.
        url: the URL of the store.
        deliveries: the number of deliveries.
        kills: the number of workers that are killed.
        lease: seconds for which a claim is valid.
    """

    store: str
    url: str
    deliveries: int
    kills: int = 0
    lease: float = 60.0
    workers: int = 4
    senders: int = 16
    seed: int = 1


@dataclass(frozen=True)
class Outcome:
    """What became of the deliveries.

    Attributes:
        statuses: the number of responses with each status.
        broken: the number of requests that a kill left without a response.
        again: the number of deliveries that were handled again because the first handler's worker was killed.
        paused: the number of deliveries that were handled again because the first handler's worker was paused for
            longer than the lease. The worker's log says so.
        wrong: the deliveries that were handled again for neither reason.
        lost: the deliveries that were not handled.
        seconds: the duration.
    """

    statuses: Counter[int]
    broken: int
    again: int
    paused: int
    wrong: list[int]
    lost: list[int]
    seconds: float

    @property
    def refused(self) -> int:
        """The number of responses that are neither a success nor "busy"."""
        return self.statuses.total() - self.statuses[200] - self.statuses[503]


class Workers:
    """Workers of one web server. They accept connections of one socket. Thread-safe."""

    def __init__(self, load: Load, folder: Path) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._load, self._folder = load, folder
        self._random, self._lock = random.Random(load.seed), threading.Lock()
        self.port = self._listening.getsockname()[1]
        self._running = [self._start() for _ in range(load.workers)]

    def _start(self) -> subprocess.Popen[bytes]:
        descriptor = self._listening.fileno()
        arguments = [self._load.store, self._load.url, str(descriptor), str(self._folder), str(self._load.lease)]
        command = [sys.executable, "-m", "contract_tests.races.receiving", *arguments]
        return subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[descriptor], cwd=Path(__file__).parents[2])

    def kill_one(self) -> None:
        """End one of the workers with SIGKILL, and start another."""
        with self._lock:
            number = self._random.randrange(len(self._running))
            process, self._running[number] = self._running[number], self._start()
            self._kill(process)

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.close()
        for process in self._running:
            self._kill(process)

    @staticmethod
    def _kill(process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.communicate()  # waits, and closes the pipe


class Job(NamedTuple):
    """A request: the number of its delivery, the secret that signs it, and the request itself."""

    number: int
    secret: str
    request: SignedDelivery


class Sender:
    """Sends the deliveries of a load from several threads."""

    def __init__(self, load: Load, workers: Workers, folder: Path) -> None:
        self._load, self._workers, self._secrets = load, workers, folder / "secrets"
        self._lock = threading.Lock()
        self._jobs = self._shuffled()
        self._kills = {(number + 1) * load.deliveries // (load.kills + 1) for number in range(load.kills)}
        self._unfinished = Counter[str]()
        """The number of requests that each secret has signed, and that are not confirmed."""
        self._done = 0
        self.statuses = Counter[int]()
        self.broken = Counter[int]()
        """The number of requests of each delivery that have no response."""
        self._accept(OLD)

    def _accept(self, *secrets: str) -> None:
        """Replace the file that the workers read."""
        new = self._secrets.with_suffix(".new")
        new.write_text("\n".join(secrets))
        os.replace(new, self._secrets)

    def _made(self) -> Iterator[Job]:
        """Each delivery and its copies. After a third, the shop has a new private token."""
        old, new = Deliveries(OLD), Deliveries(NEW)
        for number in range(self._load.deliveries):
            if number == self._load.deliveries // 3:
                self._accept(NEW, OLD)
            source, secret = (old, OLD) if number < self._load.deliveries // 3 else (new, NEW)
            made = [source.make({"list": [{"id": number}]}, request_id=f"EXAMPLE-{number}")]
            # A copy with a new signature and a copy with another id would have no key in common.
            if number % 4 == 0:
                made.append(source.again(made[0], late=1))
            elif number % 10 == 0:
                made.append(made[0].with_headers({ID_HEADER: f"EXAMPLE-copy-{number}"}))
            self._unfinished[secret] += len(made)
            yield from (Job(number, secret, request) for request in made)

    def _shuffled(self) -> Iterator[Job]:
        """The deliveries and copies in a random order, in which none is far from its place."""
        choose, kept = random.Random(self._load.seed), list[Job]()
        for job in self._made():
            kept.append(job)
            if len(kept) > SHUFFLED:
                yield kept.pop(choose.randrange(len(kept)))
        yield from kept

    def send_all(self) -> None:
        with ThreadPoolExecutor(self._load.senders) as pool:
            for sending in [pool.submit(self._send) for _ in range(self._load.senders)]:
                sending.result()

    def _send(self) -> None:
        """Send requests until there are no more. One connection at a time."""
        connection = http.client.HTTPConnection("127.0.0.1", self._workers.port, timeout=60)
        for sent in range(sys.maxsize):
            with self._lock:
                job = next(self._jobs, None)
            if job is None:
                break
            while (status := self._post(connection, job)) is None or status >= 500:
                time.sleep(RESEND_SECONDS)
            self._finish(job)
            if sent % REQUESTS_PER_CONNECTION == 0:  # another worker gets the next connection
                connection.close()
        connection.close()

    def _post(self, connection: http.client.HTTPConnection, job: Job) -> int | None:
        """Return the status; None if the connection broke."""
        try:
            connection.request("POST", PATH, job.request.body, dict(job.request.headers))
            with connection.getresponse() as response:
                response.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            with self._lock:
                self.broken[job.number] += 1
            return None
        with self._lock:
            self.statuses[response.status] += 1
        return response.status

    def _finish(self, job: Job) -> None:
        with self._lock:
            self._done += 1
            self._unfinished[job.secret] -= 1
            if job.secret == OLD and not self._unfinished[OLD] and NEW in self._unfinished:
                self._accept(NEW)
            kill = self._done in self._kills
        if kill:
            self._workers.kill_one()


def run(load: Load) -> Outcome:
    """Send the deliveries, and return what became of them."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        workers = stack.enter_context(Workers(load, folder))
        sender = Sender(load, workers, folder)
        began = time.monotonic()
        sender.send_all()
        seconds = time.monotonic() - began
        handled, paused = (
            Counter(int(line) for file in folder.glob(pattern) for line in file.read_text().splitlines())
            for pattern in ("handled-*", "lost-*")
        )
    wrong = [number for number, times in handled.items() if times > 1 + sender.broken[number] + paused[number]]
    return Outcome(
        statuses=sender.statuses,
        broken=sender.broken.total(),
        again=sum(times > 1 for times in handled.values()) - len(wrong) - len(paused),
        paused=len(paused),
        wrong=wrong,
        lost=[number for number in range(load.deliveries) if number not in handled],
        seconds=seconds,
    )


# --- the table of docs/scaling.md ---

DELIVERIES, KILLS = 100_000, 20
LEASE = 15.0
"""Less than the 60 seconds of a receiver, because a delivery of a killed worker waits for the end of its lease."""
HEAD = (
    *("store", "workers killed", "requests", "without a response", "busy (503)", "handled again after a kill"),
    *("handled again after a pause", "handled again otherwise", "lost", "refused", "minutes"),
)


def measure(scale: float) -> tuple[str, list[str]]:
    """Return the table for each store, with and without kills, and the promises that a store did not keep."""
    rows, broken, deliveries = list[tuple[str, ...]](), list[str](), round(DELIVERIES * scale)
    for name, kills, store, url in _stores():
        found = run(Load(store, url, deliveries, kills, LEASE))
        requests = found.statuses.total()
        twice = (found.again, found.paused, len(found.wrong))
        numbers = (kills, requests, found.broken, found.statuses[503], *twice, len(found.lost), found.refused)
        rows.append((name, *(f"{number:,}" for number in numbers), f"{found.seconds / 60:.1f}"))
        print(page.table(HEAD, rows[-1:]).splitlines()[-1], file=sys.stderr, flush=True)
        if found.wrong or found.lost or found.refused or (found.again and not kills):
            broken.append(f"{name}, {kills} kills: {found}")
    return f"{deliveries:,} deliveries.\n\n{page.table(HEAD, rows)}", broken


def _stores() -> Iterator[tuple[str, int, str, str]]:
    """A name, the number of kills, the worker's function and the URL, for each run. Each run has an empty store."""
    for kills in (0, KILLS):
        with Redis() as redis:
            yield "Redis", kills, "redis_store", redis.url
    for kills in (0, KILLS):
        with PostgreSQL(fsync="on") as postgresql:
            yield "PostgreSQL", kills, "sql_store", _with_tables(postgresql.sqlalchemy_url)
    for kills in (0, KILLS):
        with tempfile.TemporaryDirectory() as folder:
            yield "SQLite", kills, "sql_store", _with_tables(f"sqlite:///{folder}/deliveries.sqlite3?timeout=20")


def _with_tables(url: str) -> str:
    engine = create_engine(url)
    SqlReplayStore(engine).create_tables()
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.execute(text("PRAGMA journal_mode = WAL"))
    engine.dispose()
    return url
