"""A process that calls the service for several shops, from many threads or tasks. `tokens` starts eight.

Its platform refreshes tokens. The process sends to the parent what it saves and which calls fail. It may kill or stop
itself during a refresh, at a random moment or at a given one.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import signal
import threading
import time
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import SimpleNamespace
from typing import Any, Literal

import redis
import redis.asyncio
import trustoo.oauth.refresh
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import create_async_engine
from trustoo import TrustooError
from trustoo.hooks import CallEvent
from trustoo.oauth import (
    AsyncFileStore,
    AsyncPlatform,
    AsyncTokenStore,
    FileStore,
    Platform,
    RefreshPolicy,
    Token,
    TokenStore,
)
from trustoo.retry import RetryPolicy
from trustoo.stores import AsyncRedisTokenStore, AsyncSqlTokenStore, RedisTokenStore, SqlTokenStore

from contract_tests.races import issuing

__all__ = ["LEASE", "Failed", "Saved", "Strike", "Struck", "Work", "async_platform", "opened_store", "platform", "work"]

DEADLINE, BUDGET, MARGIN = 2.0, 1.0, 1.0
LEASE = BUDGET + DEADLINE + MARGIN
"""Seconds that a lease lasts here. By default it lasts 100."""
LONGEST_REFRESH = issuing.LONGEST + 0.02
"""Seconds within which a random moment falls. Most refreshes have then ended."""

Moment = Literal["any", "before the request", "before the save"]


@dataclass(frozen=True)
class Strike:
    """How processes are hurt during a refresh.

    Attributes:
        signal: SIGKILL or SIGSTOP.
        moment: when. "any" is at a random time after the request is about to be sent.
        share: the share of refreshes during which it happens.
    """

    signal: signal.Signals
    moment: Moment = "any"
    share: float = 0.15


@dataclass(frozen=True)
class Work:
    """What a process does.

    Attributes:
        store: the URL of Redis or SQLAlchemy, or the folder of a FileStore.
        service: the URL of the service.
        callers: the number of threads, or of tasks with asyncio.
        pause: the average seconds between two calls of a caller.
    """

    store: str
    service: str
    shops: list[str]
    is_async: bool
    callers: int
    pause: float
    strike: Strike | None = None


@dataclass(frozen=True)
class Saved:
    shop: str
    generation: int
    at: float


@dataclass(frozen=True)
class Failed:
    error: str
    message: str


@dataclass(frozen=True)
class Struck:
    at: float


REDIS: dict[str, Any] = {"socket_timeout": 5, "socket_connect_timeout": 5}
"""As docs/scaling.md recommends."""


def _engine_settings(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": 20}}
    return {"pool_pre_ping": True, "connect_args": {"connect_timeout": 5, "options": "-c statement_timeout=5000"}}


@contextmanager
def opened_store(url: str) -> Iterator[TokenStore]:
    """Yield a token store with its tables. `url` is that of Redis or SQLAlchemy, or the folder of a FileStore."""
    with ExitStack() as stack:
        if url.startswith("redis:"):
            yield RedisTokenStore(stack.enter_context(redis.Redis.from_url(url, **REDIS)))
        elif "://" in url:
            engine = create_engine(url, **_engine_settings(url))
            stack.callback(engine.dispose)
            store = SqlTokenStore(engine)
            store.create_tables()
            yield store
        else:
            yield FileStore(url)


@asynccontextmanager
async def opened_async_store(url: str) -> AsyncIterator[AsyncTokenStore]:
    """`opened_store` for asyncio. The tables must exist."""
    async with AsyncExitStack() as stack:
        if url.startswith("redis:"):
            yield AsyncRedisTokenStore(await stack.enter_async_context(redis.asyncio.Redis.from_url(url, **REDIS)))
        elif "://" in url:
            engine = create_async_engine(url.replace("sqlite:", "sqlite+aiosqlite:"), **_engine_settings(url))
            stack.push_async_callback(engine.dispose)
            yield AsyncSqlTokenStore(engine)
        else:
            yield AsyncFileStore(url)


def _settings(service: str, **hooks: Any) -> dict[str, Any]:
    return {
        "client_id": "EXAMPLE-client-id",
        "client_secret": "EXAMPLE-client-secret",
        "base_url": service,
        "deadline": DEADLINE,
        "retry": RetryPolicy(base=0.1, cap=0.2, retry_after_cap=0.2, budget=BUDGET),
        "refresh_policy": RefreshPolicy(backoff=1.0),
        **hooks,
    }


def platform(store: Any, service: str, **hooks: Any) -> Platform:
    """Return a platform. In a process of `work`, its leases last LEASE seconds."""
    return Platform(store=store, **_settings(service, **hooks))


def async_platform(store: Any, service: str, **hooks: Any) -> AsyncPlatform:
    """Return a platform. In a process of `work`, its leases last LEASE seconds."""
    return AsyncPlatform(store=store, **_settings(service, **hooks))


class _Process:
    def __init__(self, talk: Connection, given: Work, seed: int) -> None:
        self._talk, self._given, self._strike = talk, given, given.strike
        self._random, self._guard = random.Random(seed), threading.Lock()
        self._looked: ContextVar[float] = ContextVar("looked")
        self._ended = threading.Event()

    def _tell(self, record: object) -> None:
        with self._guard:
            self._talk.send(record)

    def _hurt(self) -> None:
        with self._guard:  # so that no message is cut in two
            if (strike := self._strike) is not None:
                self._talk.send(Struck(time.time()))
                os.kill(os.getpid(), strike.signal)

    def _is_hurt(self, *moments: Moment) -> bool:
        strike = self._strike
        return strike is not None and strike.moment in moments and self._random.random() < strike.share

    # --- what the platform calls ---

    def requested(self, event: CallEvent) -> dict[str, str] | None:
        if event.operation != "oauth.token":
            return None
        looked = self._looked.get()
        if self._is_hurt("before the request"):
            self._hurt()
        elif self._is_hurt("any"):
            threading.Timer(self._random.uniform(0, LONGEST_REFRESH), self._hurt).start()
        return {issuing.PROCESS: str(os.getpid()), issuing.LOOKED: str(looked)}

    def _before(self, method: str) -> None:
        if method == "save" and self._is_hurt("before the save"):
            self._hurt()

    def _after(self, method: str, arguments: tuple[Any, ...]) -> None:
        if method == "load":
            self._looked.set(time.time())
        if method == "save":
            shop, text = arguments
            generation = issuing.generation_of(Token.from_json(text).access_token)
            self._tell(Saved(shop, generation, time.time()))

    def _watched(self, method: Callable[..., Any]) -> Callable[..., Any]:
        name = method.__name__

        def call(*arguments: Any, **options: Any) -> Any:
            self._before(name)
            result = method(*arguments, **options)
            self._after(name, arguments)
            return result

        async def call_async(*arguments: Any, **options: Any) -> Any:
            self._before(name)
            result = await method(*arguments, **options)
            self._after(name, arguments)
            return result

        return call_async if self._given.is_async else call

    def _all_watched(self, store: Any) -> Any:
        watched = {name: self._watched(getattr(store, name)) for name in ("load", "save", "delete", "lease", "release")}
        return SimpleNamespace(**watched, keys=store.keys)

    # --- calls ---

    def _pause(self) -> float:
        return self._random.uniform(0.5, 1.5) * self._given.pause

    def _failed(self, error: Exception) -> None:
        self._tell(Failed(type(error).__name__, str(error)))

    def run_threads(self) -> None:
        with (
            opened_store(self._given.store) as store,
            platform(self._all_watched(store), self._given.service, on_request=self.requested) as made,
        ):

            def call_many(first: int) -> None:
                turn = first
                while not self._ended.wait(self._pause()):
                    turn += 1
                    try:
                        made.shop(self._given.shops[turn % len(self._given.shops)]).reviews.list()
                    except TrustooError as error:
                        self._failed(error)

            with ThreadPoolExecutor(self._given.callers) as pool:
                list(pool.map(call_many, range(self._given.callers)))

    async def run_tasks(self) -> None:
        async with (
            opened_async_store(self._given.store) as store,
            async_platform(self._all_watched(store), self._given.service, on_request=self.requested) as made,
        ):

            async def call_many(first: int) -> None:
                turn = first
                while not self._ended.is_set():
                    await asyncio.sleep(self._pause())
                    turn += 1
                    try:
                        await made.shop(self._given.shops[turn % len(self._given.shops)]).reviews.list()
                    except TrustooError as error:
                        self._failed(error)

            await asyncio.gather(*(call_many(number) for number in range(self._given.callers)))

    def listen(self) -> None:
        """End when a message arrives; at once if the parent has ended."""
        try:
            self._talk.recv()
            self._strike = None
            self._ended.set()
        except (EOFError, OSError):
            os._exit(1)


def work(talk: Connection, given: Work, seed: int) -> None:
    """Call until a message arrives."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other end of `talk` decides when this process ends
    trustoo.oauth.refresh.LEASE_MARGIN = MARGIN
    logging.getLogger("trustoo").setLevel(logging.CRITICAL)
    warnings.simplefilter("error")
    process = _Process(talk, given, seed)
    threading.Thread(target=process.listen, daemon=True).start()
    if given.is_async:
        asyncio.run(process.run_tasks())
    else:
        process.run_threads()
