"""A service that issues and refreshes tokens, in a process of its own. It knows which process got which token."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Literal, get_args

from trustoo.oauth import Token

__all__ = ["LOOKED", "PROCESS", "SERVICES", "Refresh", "Report", "ServiceKind", "first_token", "generation_of", "serve"]

ServiceKind = Literal["constant", "rotation", "family"]
"""What a refresh does to the previous tokens of the shop: nothing; revokes them; revokes all if a token is reused."""
SERVICES: tuple[ServiceKind, ...] = get_args(ServiceKind)
SHORTEST, LONGEST = 0.02, 0.1
"""Seconds that a refresh takes."""
PROCESS, LOOKED = "X-Race-Process", "X-Race-Looked"
"""Headers of a refresh: the process, and the Unix time of its last look at the store."""


@dataclass(frozen=True)
class Refresh:
    """A request for the next token. All times are Unix times.

    Attributes:
        generation: the generation of the shop's current token, which the request replaces if it is granted.
        process: the process that sent the request.
        looked: when the process last looked at the store.
        granted: when the next token was issued; None if it was refused.
        is_again: whether the token had been refreshed before.
    """

    shop: str
    generation: int
    process: int
    looked: float
    arrived: float
    granted: float | None
    is_again: bool


@dataclass(frozen=True)
class Report:
    """What the service has seen: the refreshes, and the number of other calls that succeeded."""

    refreshes: Sequence[Refresh]
    calls: int


@dataclass
class _Shop:
    name: str
    issued: float
    generation: int = 0
    is_revoked: bool = False


def first_token(shop: str, issued: float, lifetime: float) -> Token:
    """Return the token that the service accepts at first."""
    return Token(_access(shop, 0), _refresh(shop, 0), issued + lifetime, issued)


def generation_of(access_token: str) -> int:
    """Return the generation of an access token: the number of refreshes of its shop that came before."""
    return int(access_token.rpartition("-")[2])


def _access(shop: str, generation: int) -> str:
    return f"EXAMPLE-access-{shop}-{generation}"


def _refresh(shop: str, generation: int) -> str:
    return f"EXAMPLE-refresh-{shop}-{generation}"


class _Service:
    def __init__(self, kind: ServiceKind, issued: Mapping[str, float], lifetime: float, seed: int) -> None:
        self._rotates, self._revokes_families = kind != "constant", kind == "family"
        self._lifetime, self._random = lifetime, random.Random(seed)
        self._shops = {name: _Shop(name, at) for name, at in issued.items()}
        self._refreshes = list[Refresh]()
        self._calls = 0

    @property
    def report(self) -> Report:
        return Report(self._refreshes, self._calls)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                arrived = time.time()
                line, *lines = head.decode().rstrip().split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (text.partition(":") for text in lines)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                is_refresh = "/oauth/token" in line
                status, content = await self._refreshed(headers, body, arrived) if is_refresh else self._called(headers)
                response = json.dumps(content).encode()
                writer.write(f"HTTP/1.1 {status} -\r\nContent-Length: {len(response)}\r\n\r\n".encode() + response)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client has closed the connection
        finally:
            writer.close()

    def _called(self, headers: Mapping[str, str]) -> tuple[int, Mapping[str, Any]]:
        token = headers.get("authorization", "").rpartition(" ")[2]
        shop = self._shops[token.split("-")[2]]
        is_valid = (
            not shop.is_revoked
            and time.time() < shop.issued + self._lifetime
            and (token == _access(shop.name, shop.generation) or not self._rotates)
        )
        if not is_valid:
            return 401, {"code": 16, "message": "the token is not valid"}
        self._calls += 1
        return 200, {"code": 0, "message": "success", "data": {"list": []}}

    async def _refreshed(
        self, headers: Mapping[str, str], body: bytes, arrived: float
    ) -> tuple[int, Mapping[str, Any]]:
        await asyncio.sleep(self._random.uniform(SHORTEST, LONGEST))
        refresh_token = json.loads(body)["refresh_token"]
        shop, now = self._shops[refresh_token.split("-")[2]], time.time()
        is_current = not self._rotates or refresh_token == _refresh(shop.name, shop.generation)
        is_granted = is_current and not shop.is_revoked
        sent_by = int(headers[PROCESS.lower()]), float(headers[LOOKED.lower()])
        # A client does not refresh a token in the first half of its lifetime.
        is_again = not is_current or arrived < shop.issued + self._lifetime / 2
        granted = now if is_granted else None
        self._refreshes.append(Refresh(shop.name, shop.generation, *sent_by, arrived, granted, is_again))
        if not is_granted:
            shop.is_revoked = shop.is_revoked or self._revokes_families
            return 400, {"error": "invalid_grant"}
        shop.generation += 1
        shop.issued = now
        issued = {"access_token": _access(shop.name, shop.generation), "expires_in": self._lifetime}
        return 200, issued | ({"refresh_token": _refresh(shop.name, shop.generation)} if self._rotates else {})


def serve(talk: Connection, kind: ServiceKind, issued: Mapping[str, float], lifetime: float, seed: int) -> None:
    """Send the port, and serve until the other end of `talk` closes. Send a report for each message."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other end of `talk` decides when this process ends

    async def run() -> None:
        service = _Service(kind, issued, lifetime, seed)
        async with await asyncio.start_server(service.connected, "127.0.0.1", 0, backlog=512) as server:
            talk.send(server.sockets[0].getsockname()[1])
            with suppress(EOFError):
                while True:
                    await asyncio.to_thread(talk.recv)
                    talk.send(service.report)

    asyncio.run(run())
