"""Many threads or tasks of several processes call the service for shops whose tokens expire, and share a token store.

While they call, processes are killed or stopped during a refresh, the server of the store is restarted, or the network
is cut. Then a new process calls for each shop. A shop is lost if its merchant must authorise the platform again.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import count, product
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple, Self

from trustoo.oauth import ANY, AuthorizationLostError, TokenStore

from contract_tests.races import issuing, page, refreshing
from contract_tests.races.issuing import SERVICES, Refresh, Report, ServiceKind
from contract_tests.races.network import Proxy
from contract_tests.races.refreshing import LEASE, Failed, Saved, Strike, Struck, Work
from tests.servers import PostgreSQL, Redis, Server

__all__ = [
    "FAULTS",
    "KINDS",
    "SERVICES",
    "STORES",
    "UNAVOIDABLE",
    "Cell",
    "Outcome",
    "Store",
    "chosen",
    "measure",
    "opened",
    "run",
]

STORES = ("file", "sqlite", "postgresql", "redis")
STRIKES = {
    "kill": Strike(signal.SIGKILL),
    "stop": Strike(signal.SIGSTOP, share=0.08),
    "kill-before-save": Strike(signal.SIGKILL, "before the save"),
    "stop-before-request": Strike(signal.SIGSTOP, "before the request", share=0.08),
    "stop-before-save": Strike(signal.SIGSTOP, "before the save", share=0.08),
}
FAULTS = ("none", "kill", "stop", "restart", "cut-store", "cut-service")
UNAVOIDABLE = ("kill-before-save", "stop-before-request", "stop-before-save")
"""Faults after which no client can keep the shop, with some services."""
SECONDS = {"none": 4.0, "stop": 9.0, "stop-before-request": 9.0, "stop-before-save": 9.0}
"""How long a race lasts, if not 6 seconds."""
STOPPED = LEASE + 1.0
"""Seconds for which a process is stopped."""
HELD, REFUSED = 0.3, 0.7
"""Seconds for which the network forwards nothing, and then for which it refuses connections."""
PATIENCE = 30.0
"""Seconds after which a process that does not end is a fault."""
SEED = 1

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["contract_tests.races.refreshing"])
_numbers = count()


class Store(NamedTuple):
    """An empty store for processes to share: its URL or folder, and its server."""

    url: str
    server: Server | None = None


@dataclass(frozen=True)
class Cell:
    """One race.

    Attributes:
        store: one of STORES.
        fault: one of FAULTS or UNAVOIDABLE.
        lifetime: seconds until a token expires. A process refreshes it in the second half.
        pause: the average seconds between two calls of a thread or task.
    """

    store: str
    service: ServiceKind
    fault: str
    is_async: bool
    processes: int = 8
    callers: int = 20
    shops: int = 10
    seconds: float = 6.0
    lifetime: float = 4.0
    pause: float = 0.4
    seed: int = SEED

    def __str__(self) -> str:
        kind = "tasks" if self.is_async else "threads"
        return (
            f"python -m contract_tests.races tokens --store {self.store} --service {self.service} "
            f"--fault {self.fault} --kind {kind}   (seed {self.seed})"
        )


@dataclass(frozen=True)
class Outcome:
    """What became of the tokens.

    Attributes:
        tokens: the number of tokens that were due and were refreshed.
        refreshes: the number of requests for it.
        calls: the number of calls that succeeded.
        failed: the number of calls that raised each error.
        messages: what these errors say.
        strikes: the number of processes that were killed or stopped.
        lost: the shops whose merchant must authorise the platform again.
        avoidable: those of them that another client would have kept.
        unsent, unsaved: for each refresh the seconds from the last look at the store to the arrival at the service, and
            from the service's response to the end of the save.
        problems: processes that did not end as they should.
    """

    cell: Cell
    tokens: int
    refreshes: int
    calls: int
    failed: Mapping[str, int]
    messages: Collection[str] = field(repr=False)
    strikes: int
    lost: Sequence[str]
    avoidable: Sequence[str]
    unsent: Sequence[float] = field(repr=False)
    unsaved: Sequence[float] = field(repr=False)
    problems: Sequence[str]

    @property
    def row(self) -> tuple[str, str, str]:
        """Refreshes, failed calls and lost shops."""
        hurt = self.cell.fault.partition("-")[0] + "s" * (self.strikes != 1)
        return (
            f"{self.refreshes} of {self.tokens}",
            f"{sum(self.failed.values())} of {sum(self.failed.values()) + self.calls:,}",
            f"{len(self.lost)}"
            + (f" after {self.strikes} {hurt}" if self.strikes else "")
            + (f", {len(self.avoidable)} without need" if self.avoidable else ""),
        )

    @property
    def broken(self) -> list[str]:
        """The promises that were not kept."""
        found = [*self.problems]
        if self.avoidable:
            found.append(f"lost without need: {', '.join(self.avoidable)}")
        if self.cell.fault == "none" and (self.failed or self.refreshes != self.tokens):
            found.append(f"{self.refreshes} refreshes of {self.tokens} tokens, and failed calls: {dict(self.failed)}")
        return [f"{self.cell}: {problem}" for problem in found]


class Processes:
    """The processes that call, and what they have told."""

    def __init__(self, cell: Cell, given: Work) -> None:
        self._cell, self._given = cell, given
        self._seeds = count(1000 * cell.seed)
        self._running = dict[Any, Connection]()
        self._threads, self._timers = list[threading.Thread](), list[threading.Timer]()
        self._is_ending = False
        self._guard = threading.RLock()
        self.failed, self.messages = Counter[str](), set[str]()
        self.saved = dict[tuple[str, int], float]()
        """When each generation of a shop's token was in the store."""
        self.strikes = dict[int, list[float]]()
        """When each process was killed or stopped."""
        self.problems = list[str]()

    def __enter__(self) -> Self:
        for _ in range(self._cell.processes):
            self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_ending = True
        for timer in self._timers:
            timer.cancel()
        with self._guard:
            running = dict(self._running)
        for process, talk in running.items():
            process.kill()
            process.join()
            talk.close()

    def end(self) -> None:
        """Wait until all processes have ended."""
        with self._guard:
            self._is_ending = True
            running = dict(self._running)
        for talk in running.values():
            with suppress(OSError):  # it was killed
                talk.send("end")
        deadline = time.monotonic() + STOPPED + PATIENCE
        for process in running:
            process.join(max(0.0, deadline - time.monotonic()))
            if process.exitcode is None:
                self.problems.append("a process hangs")
                process.kill()
                process.join()
            elif process.exitcode != 0 and process.pid not in self.strikes:
                self.problems.append(f"a process ended with exit code {process.exitcode}")
        for thread in self._threads:
            thread.join()

    def is_hurt(self, process: int, begin: float, end: float) -> bool:
        """Whether the process was killed or stopped between two Unix times."""
        return any(begin <= at <= end for at in self.strikes.get(process, ()))

    def _start(self) -> None:
        ours, theirs = _processes.Pipe()
        process = _processes.Process(target=refreshing.work, args=(theirs, self._given, next(self._seeds)))
        process.start()
        theirs.close()
        thread = threading.Thread(target=self._hear, args=(process, ours), daemon=True)
        with self._guard:
            self._running[process] = ours
            self._threads.append(thread)
        thread.start()

    def _hear(self, process: Any, talk: Connection) -> None:
        with suppress(EOFError, OSError):
            while True:
                match talk.recv():
                    case Saved(shop, generation, at):
                        self.saved.setdefault((shop, generation), at)
                    case Failed(error, message):
                        with self._guard:
                            self.failed[error] += 1
                            self.messages.add(message)
                    case Struck(at):
                        self.strikes.setdefault(process.pid, []).append(at)
                        self._hurt(process)
                    case _:
                        raise AssertionError("unreachable")

    def _hurt(self, process: Any) -> None:
        if self._cell.fault.startswith("stop"):
            timer = threading.Timer(STOPPED, os.kill, (process.pid, signal.SIGCONT))
            self._timers.append(timer)
            timer.start()
            return
        process.join()
        with self._guard:
            if not self._is_ending:
                self._start()


@contextmanager
def _service(cell: Cell, issued: Mapping[str, float]) -> Iterator[tuple[int, Connection]]:
    """The port of a service, and the connection that returns a Report for each message."""
    ours, theirs = _processes.Pipe()
    process = _processes.Process(target=issuing.serve, args=(theirs, cell.service, issued, cell.lifetime, cell.seed))
    process.start()
    theirs.close()
    try:
        yield ours.recv(), ours
    finally:
        ours.close()
        process.join(PATIENCE)
        process.kill()


def run(cell: Cell, store: Store) -> Outcome:
    """Run a race on a store, and return what became of the tokens."""
    number, now = next(_numbers), time.time()
    # The first tokens become due one after the other, when the processes have started.
    times = (now + cell.lifetime * (shop / cell.shops / 2 - 1 / 4) for shop in range(cell.shops))
    issued = {f"{number}.{shop}": at for shop, at in enumerate(times)}
    with ExitStack() as stack:
        ours = stack.enter_context(refreshing.opened_store(store.url))
        for shop, at in issued.items():
            ours.save(shop, issuing.first_token(shop, at, cell.lifetime).to_json(), replaces=ANY)
        port, service = stack.enter_context(_service(cell, issued))
        address, proxy = f"http://127.0.0.1:{port}", None
        given = Work(store.url, address, [*issued], cell.is_async, cell.callers, cell.pause, STRIKES.get(cell.fault))
        if cell.fault == "cut-service":
            proxy = stack.enter_context(Proxy(port))
            given = replace(given, service=f"http://127.0.0.1:{proxy.port}")
        if cell.fault == "cut-store":
            assert store.server is not None
            proxy = stack.enter_context(Proxy(store.server.port))
            given = replace(given, store=store.url.replace(f":{store.server.port}/", f":{proxy.port}/"))
        processes = stack.enter_context(Processes(cell, given))
        cuts = _disturb(cell, store, proxy)
        processes.end()
        service.send("report")
        report: Report = service.recv()
        lost, problems = _lost(ours, address, [*issued])
    offline = cuts if cell.fault == "cut-service" else []
    refreshes = report.refreshes
    return Outcome(
        cell,
        tokens=sum(refresh.granted is not None and not refresh.is_again for refresh in refreshes),
        refreshes=len(refreshes),
        calls=report.calls,
        failed=processes.failed,
        messages=processes.messages,
        strikes=sum(map(len, processes.strikes.values())),
        lost=lost,
        avoidable=[shop for shop in lost if not _is_unavoidable(cell, shop, refreshes, processes, offline)],
        unsent=[refresh.arrived - refresh.looked for refresh in refreshes],
        unsaved=[
            processes.saved[token] - refresh.granted
            for refresh in refreshes
            if refresh.granted is not None and (token := (refresh.shop, refresh.generation + 1)) in processes.saved
        ],
        problems=[*processes.problems, *problems],
    )


def _disturb(cell: Cell, store: Store, proxy: Proxy | None) -> list[tuple[float, float]]:
    """Let the race run, and let the fault happen twice. Return when the network was cut."""
    cuts = list[tuple[float, float]]()
    for end in ("stop", "kill"):
        time.sleep(cell.seconds / 3)
        began = time.time()
        if cell.fault == "restart":
            assert store.server is not None
            getattr(store.server, end)()
            time.sleep(REFUSED)
            store.server.start()
        elif proxy is not None:
            proxy.hold()
            time.sleep(HELD)
            proxy.reset()
            time.sleep(REFUSED)
            proxy.heal()
            cuts.append((began - 0.05, time.time()))
    time.sleep(cell.seconds / 3)
    return cuts


def _lost(store: TokenStore, service: str, shops: Sequence[str]) -> tuple[list[str], list[str]]:
    """Call for each shop in a new process, so to speak. Return the lost shops and the problems."""
    headers = {issuing.PROCESS: str(os.getpid()), issuing.LOOKED: "0"}
    with refreshing.platform(store, service, headers=headers) as platform:
        deadline = time.monotonic() + PATIENCE
        while True:
            errors = platform.for_each(lambda _, client: client.reviews.list(), shops=shops, concurrency=4).errors
            lost = [shop for shop, error in errors.items() if isinstance(error, AuthorizationLostError)]
            if len(lost) == len(errors) or time.monotonic() > deadline:
                return lost, [f"{shop}: {error}" for shop, error in errors.items() if shop not in lost]


def _is_unavoidable(
    cell: Cell, shop: str, refreshes: Sequence[Refresh], processes: Processes, offline: Sequence[tuple[float, float]]
) -> bool:
    """Whether the last refresh of a lost shop was hurt in a way that no client can make good.

    The process was killed, or the network was cut, before the store had the new token. Or the process was stopped
    between its look at the store and its request, after which it did not wait for the response. If a second use of a
    refresh token ends the authorisation, a process must not be stopped at all before the store has the new token.
    """
    if cell.service == "constant":
        return False
    mine = [refresh for refresh in refreshes if refresh.shop == shop]
    *_, last = [None, *(refresh for refresh in mine if refresh.granted is not None)]
    refused = next((refresh for refresh in mine[mine.index(last) + 1 if last else 0 :]), None)
    is_family = cell.service == "family"
    if is_family and refused is not None and processes.is_hurt(refused.process, refused.looked, refused.arrived):
        return True
    if last is None or last.granted is None:
        return False
    end = processes.saved.get((shop, last.generation + 1), float("inf"))
    if cell.fault.startswith("stop") and not is_family:
        end = last.arrived
    return processes.is_hurt(last.process, last.looked, end) or any(
        begin <= last.granted <= end for begin, end in offline
    )


# --- the tables of docs/scaling.md ---


@contextmanager
def opened(name: str) -> Iterator[Store]:
    """Yield an empty store. Its server is stopped at the end."""
    with ExitStack() as stack:
        if name == "redis":
            redis = stack.enter_context(Redis())
            yield Store(redis.url, redis)
            return
        if name == "postgresql":
            postgresql = stack.enter_context(PostgreSQL(fsync="on"))
            yield Store(postgresql.sqlalchemy_url, postgresql)
            return
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if name == "file":
            yield Store(str(folder))
            return
        with closing(sqlite3.connect(folder / "tokens.sqlite3")) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        yield Store(f"sqlite:///{folder}/tokens.sqlite3")


KINDS = ("threads", "tasks")
TITLES = {
    "constant": "A refresh token stays valid",
    "rotation": "A refresh token can be used once",
    "family": "A refresh token that is used twice ends the authorisation",
}
MAIN = "postgresql"
"""The store of the races whose losses no client can avoid."""


def chosen(
    stores: Sequence[str] = STORES,
    services: Sequence[ServiceKind] = SERVICES,
    faults: Sequence[str] = (*FAULTS, *UNAVOIDABLE),
    kinds: Sequence[str] = KINDS,
) -> list[Cell]:
    """Return the races of these stores, services, faults and kinds that make sense."""
    everything = product(stores, services, faults, kinds)
    return [
        Cell(store, service, fault, kind == "tasks", seconds=SECONDS.get(fault, 6.0))
        for store, service, fault, kind in everything
        if (fault not in ("restart", "cut-store") or store in ("postgresql", "redis"))
        and (fault not in UNAVOIDABLE or len(stores) == 1 or (store, kind) == (MAIN, "threads"))
    ]


def measure(cells: Sequence[Cell]) -> tuple[str, list[str]]:
    """Return the tables of the races, and the promises that were not kept."""
    logging.getLogger("trustoo").setLevel(logging.CRITICAL)
    outcomes, seeds = list[Outcome](), {cell.seed for cell in cells}
    for name in dict.fromkeys(cell.store for cell in cells):
        with opened(name) as store:
            for cell in cells:
                if cell.store == name:
                    print(cell, end=": ", file=sys.stderr, flush=True)
                    outcomes.append(run(cell, store))
                    print(*outcomes[-1].row, dict(outcomes[-1].failed), sep="; ", file=sys.stderr)
                    print(*sorted(outcomes[-1].messages)[:3], sep="\n", file=sys.stderr, flush=True)
    one = cells[0]
    text = [
        f"{one.processes} processes with {one.callers} threads, or with asyncio {one.callers} tasks, for {one.shops} "
        f"shops. A token expires after {one.lifetime:g} s, a lease ends after {LEASE:g} s, and a refresh takes "
        f"{issuing.SHORTEST * 1000:g} to {issuing.LONGEST * 1000:g} ms. Seed {', '.join(map(str, seeds))}.",
        *_tables(outcomes),
    ]
    return "\n\n".join(text), [problem for outcome in outcomes for problem in outcome.broken]


def _tables(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield a table for each service, one of the losses that no client can avoid, and one of the windows."""
    head = ("fault", "store", *(f"{kind}: {what}" for kind in KINDS for what in ("refreshes", "failed calls", "lost")))
    for service in SERVICES:
        rows = dict[tuple[str, str], list[str]]()
        for outcome in outcomes:
            cell = outcome.cell
            if cell.service == service and cell.fault in FAULTS:
                row = rows.setdefault((cell.fault, cell.store), [""] * 6)
                row[3 * cell.is_async : 3 * cell.is_async + 3] = outcome.row
        if rows:
            ordered = sorted(rows.items(), key=lambda row: FAULTS.index(row[0][0]))
            yield f"**{TITLES[service]}**"
            yield page.table(head, [(*names, *row) for names, row in ordered])
    hurt = [outcome for outcome in outcomes if outcome.cell.fault in UNAVOIDABLE]
    if hurt:
        yield "**Losses that no client can avoid**"
        rows_of_hurt = [
            (cell.fault, TITLES[cell.service], outcome.row[2]) for outcome in hurt for cell in [outcome.cell]
        ]
        yield page.table(("fault", "service", "lost"), rows_of_hurt)
    windows = dict[tuple[str, str], tuple[list[float], list[float]]]()
    for outcome in outcomes:
        if outcome.cell.fault == "none":
            unsent, unsaved = windows.setdefault(
                (outcome.cell.store, KINDS[outcome.cell.is_async]), (list[float](), list[float]())
            )
            unsent += outcome.unsent
            unsaved += outcome.unsaved
    if windows:
        yield "**Windows in ms, median and longest**"
        yield page.table(
            ("store", "kind", "last look to request", "response to save"),
            [(*names, *map(_milliseconds, times)) for names, times in windows.items()],
        )


def _milliseconds(seconds: Sequence[float]) -> str:
    return f"{median(seconds) * 1000:.1f}, {max(seconds) * 1000:.0f}" if seconds else ""
