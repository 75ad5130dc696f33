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
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from trustoo.testing import Deliveries, SignedDelivery

PATH = "/webhooks/review-created"
OLD, NEW = "EXAMPLE-old-private-token", "EXAMPLE-new-private-token"
ID_HEADER = "Open-Trustoo-Webhook-RequestId"
SHUFFLED = 40
"""The copies of a delivery are sent within about this number of requests, so that many are sent at the same time."""
RESEND_SECONDS = 0.1
REQUESTS_PER_CONNECTION = 100
UNFINISHED_SECONDS = 0.5
"""A handler of a killed worker that had its effect this long before the kill had finished, and had settled its claim."""


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
    lease: float = 2.0
    workers: int = 4
    senders: int = 16
    seed: int = 1


@dataclass(frozen=True)
class Outcome:
    """What became of the deliveries.

    Attributes:
        statuses: the number of responses with each status.
        broken: the number of requests that a kill left without a response.
        twice: the number of deliveries that were handled again after the first handler's worker was killed.
        wrong: the deliveries that were handled again although no worker was killed meanwhile.
        lost: the deliveries that were not handled.
        seconds: the duration.
    """

    statuses: Counter[int]
    broken: int
    twice: int
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
        self.killed: dict[int, float] = {}
        """The time at which each killed process was killed."""
        self._running = [self._start() for _ in range(load.workers)]

    def _start(self) -> subprocess.Popen[bytes]:
        descriptor = self._listening.fileno()
        arguments = [self._load.store, self._load.url, str(descriptor), str(self._folder), str(self._load.lease)]
        command = [sys.executable, "-m", "contract_tests.races.receiving", *arguments]
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, pass_fds=[descriptor], cwd=Path(__file__).parents[2]
        )

    def kill_one(self) -> None:
        """End one of the workers with SIGKILL, and start another."""
        with self._lock:
            number = self._random.randrange(len(self._running))
            process, self._running[number] = self._running[number], self._start()
            process.kill()
            self.killed[process.pid] = time.monotonic()
            process.wait()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.close()
        for process in self._running:
            process.kill()
            process.wait()


class Sender:
    """Sends the deliveries of a load from several threads."""

    def __init__(self, load: Load, workers: Workers, folder: Path) -> None:
        self._load, self._workers, self._secrets = load, workers, folder / "secrets"
        self._lock = threading.Lock()
        self._jobs = self._shuffled()
        self._kills = {(number + 1) * load.deliveries // (load.kills + 1) for number in range(load.kills)}
        self._unfinished = Counter[str]()
        self.statuses, self.broken, self.done = Counter[int](), 0, 0
        self._accept(OLD)

    def _accept(self, *secrets: str) -> None:
        """Replace the file that the workers read."""
        new = self._secrets.with_suffix(".new")
        new.write_text("\n".join(secrets))
        os.replace(new, self._secrets)

    def _made(self) -> Iterator[tuple[str, SignedDelivery]]:
        """Each delivery and its copies, with the secret that signs them."""
        old, new = Deliveries(OLD), Deliveries(NEW)
        for number in range(self._load.deliveries):
            if number == self._load.deliveries // 3:
                self._accept(NEW, OLD)
            source, secret = (old, OLD) if number < self._load.deliveries // 3 else (new, NEW)
            made = [source.make({"list": [{"id": number}]}, request_id=f"EXAMPLE-{number}")]
            if number % 4 == 0:
                made.append(source.again(made[0]))
            if number % 10 == 0:
                made.append(made[0].with_headers({ID_HEADER: f"EXAMPLE-copy-{number}"}))
            self._unfinished[secret] += len(made)
            yield from ((secret, one) for one in made)

    def _shuffled(self) -> Iterator[tuple[str, SignedDelivery]]:
        """The deliveries and copies in a random order, in which none is far from its place."""
        choose, kept = random.Random(self._load.seed), list[tuple[str, SignedDelivery]]()
        for made in self._made():
            kept.append(made)
            if len(kept) > SHUFFLED:
                yield kept.pop(choose.randrange(len(kept)))
        yield from kept

    def send_all(self) -> None:
        with ThreadPoolExecutor(self._load.senders) as pool:
            for sending in [pool.submit(self._send) for _ in range(self._load.senders)]:
                sending.result()

    def _send(self) -> None:
        """Send deliveries until there are no more. One connection at a time."""
        connection = http.client.HTTPConnection("127.0.0.1", self._workers.port, timeout=60)
        for sent in range(sys.maxsize):
            with self._lock:
                secret, made = next(self._jobs, ("", None))
            if made is None:
                break
            while (status := self._post(connection, made)) is None or status >= 500:
                time.sleep(RESEND_SECONDS)
            self._finish(secret)
            if sent % REQUESTS_PER_CONNECTION == 0:  # another worker gets the next connection
                connection.close()
        connection.close()

    def _finish(self, secret: str) -> None:
        with self._lock:
            self.done += 1
            self._unfinished[secret] -= 1
            if secret == OLD and not self._unfinished[OLD] and NEW in self._unfinished:
                self._accept(NEW)
            kill = self.done in self._kills
        if kill:
            self._workers.kill_one()

    def _post(self, connection: http.client.HTTPConnection, made: SignedDelivery) -> int | None:
        """Return the status; None if the connection broke."""
        try:
            connection.request("POST", PATH, made.body, dict(made.headers))
            with connection.getresponse() as response:
                response.read()
            status = response.status
        except (OSError, http.client.HTTPException):
            connection.close()
            status = None
        with self._lock:
            self.broken += status is None
            self.statuses.update(filter(None, [status]))
        return status


def run(load: Load) -> Outcome:
    """Send the deliveries, and return what became of them."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        workers = stack.enter_context(Workers(load, folder))
        sender = Sender(load, workers, folder)
        began = time.monotonic()
        sender.send_all()
        seconds = time.monotonic() - began
        handled = _handled(folder, workers.killed, load.deliveries)
    several = {number: finished for number, finished in enumerate(handled) if len(finished) > 1}
    wrong = [number for number, finished in several.items() if sum(finished) > 1]
    lost = [number for number, finished in enumerate(handled) if not finished]
    return Outcome(sender.statuses, sender.broken, len(several) - len(wrong), wrong, lost, seconds)


def _handled(folder: Path, killed: Mapping[int, float], deliveries: int) -> list[list[bool]]:
    """For each delivery, whether each of its handlers had finished before its worker was killed."""
    handled: list[list[bool]] = [[] for _ in range(deliveries)]
    for file in folder.glob("handled-*"):
        end = killed.get(int(file.name.removeprefix("handled-")), float("inf"))
        for line in file.read_text().splitlines():
            number, at = line.split()
            handled[int(number)].append(end - float(at) > UNFINISHED_SECONDS)
    return handled
