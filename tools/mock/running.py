"""Asks a running Prism what it serves. `contract_tests/prism/guard.cjs` responds."""

import http.client
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from tools import node
from tools.mock import engines
from tools.spec import sha256_of

SECONDS = 5.0


class WrongMockError(RuntimeError):
    """The running mock server is not the one that the tests need. The message states what to do."""


@dataclass(frozen=True)
class Served:
    """What the guard says about its Prism.

    Attributes:
        id: the identity that the starting program gave.
        prism: the version of Prism. None if Prism does not state it.
        openapi: the SHA-256 of the openapi.yaml behind the served document. None if the document does not state it.
    """

    id: str
    prism: str | None
    openapi: str | None


def ask(url: str, seconds: float = SECONDS) -> Served:
    """Ask the guard at a base URL. Raises OSError or HTTPException without a response, ValueError for another one."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not an http(s) URL")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=seconds)
    try:
        connection.request("GET", parts.path.rstrip("/") + engines.HEALTH_PATH)
        return msgspec.json.decode(connection.getresponse().read(10_000), type=Served)
    except msgspec.DecodeError as problem:
        raise ValueError("the response to its health check is another one") from problem
    finally:
        connection.close()


def check(url: str, openapi: Path) -> Served:
    """Check that a Prism of the pinned version serves this openapi.yaml at the URL. Raises WrongMockError."""
    try:
        served = ask(url)
    except ValueError as problem:
        raise WrongMockError(
            f"{url} is not the address of Prism with {engines.GUARD.name} ({problem}): start it with"
            " `docker compose up --wait` or `make mock`."
        ) from problem
    except (OSError, http.client.HTTPException) as problem:
        raise WrongMockError(
            f"No mock server responds at {url} ({problem or type(problem).__name__}): start it with"
            " `docker compose up --wait` or `make mock`, or leave out MOCK."
        ) from problem
    actual = sha256_of(openapi.read_bytes())
    if served.openapi != actual:
        raise WrongMockError(
            f"The Prism at {url} serves another {openapi.name} ({(served.openapi or 'unknown')[:12]}) than this one"
            f" ({actual[:12]}): run `make generate`, then start it again (`docker compose up --wait --force-recreate`)."
        )
    pinned = node.pinned_version(engines.PACKAGE)
    if served.prism not in (None, pinned):
        raise WrongMockError(
            f"The Prism at {url} is version {served.prism}, but {pinned} is pinned: start it with"
            " `docker compose up --wait` or `make mock`."
        )
    return served
