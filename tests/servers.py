"""Redis and PostgreSQL for tests. Each server runs on a free port of 127.0.0.1, with its data in a temporary folder.

    python -m tests.servers      installs both with apt; the same as `make servers`

A test takes a fixture, which starts the server once in each process of pytest. A test that stops, kills or configures a
server starts one of its own: `with Redis() as server`. Without the program of a server, its tests are deselected, or
fail if the variable CI is set to "true".
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest

__all__ = ["PostgreSQL", "Redis", "Server", "postgresql", "redis_server"]

START_SECONDS = 30.0
ATTEMPTS = 3
USER = "postgres"
"""PostgreSQL refuses to run as root, so root runs it as the user that its package creates."""
# The shell becomes the server. The shell's child waits until our end of the pipe closes, which SIGKILL also does, and
# then ends the group.
LINE = ("sh", "-c", 'exec 3<&0; (cat <&3 >/dev/null; kill -9 0) & exec "$@" 3<&-', "sh")


class Server(ABC):
    """A server program, for a `with` block. `settings` replace those of the tests.

    Attributes:
        port: the port on 127.0.0.1. It stays the same when the server is started again.
        folder: the temporary folder. The data survives `stop` and `kill`, until the block ends.
    """

    package: ClassVar[str]
    """The Debian package of the program, and the name of the server in messages."""
    stop_signal: ClassVar[int]
    end_signal: ClassVar[int]
    """The signal after which the server leaves no process, and may leave its data in disorder."""

    def __init__(self, **settings: str) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0
        self.folder = Path()

    @classmethod
    @abstractmethod
    def program(cls) -> str | None:
        """The path of the program; None if it is not installed."""

    @property
    @abstractmethod
    def url(self) -> str:
        """The URL for clients, without a password."""

    @property
    def pid(self) -> int:
        """The process, for signals such as SIGSTOP."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start the server, with the data that the folder has, and wait until it responds."""
        log = self.folder / "log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*LINE, *self._command()],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                start_new_session=True,
                **self._user(),
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"{self.package} did not start:\n{log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop the server in an orderly way. Its open connections break."""
        self._end(self.stop_signal)

    def kill(self) -> None:
        """End the server with SIGKILL."""
        self._end(signal.SIGKILL)

    def __enter__(self) -> Self:
        if self.program() is None:
            raise RuntimeError(f"{self.package} is not installed. `make servers` installs it.")
        self.folder = Path(tempfile.mkdtemp(prefix=f"trustoo-{self.package}-"))
        try:
            self._prepare()
            for attempt in range(1, ATTEMPTS + 1):
                self.port = _free_port()
                try:
                    self.start()
                    return self
                except RuntimeError:  # between our look and its bind, another program may have taken the port
                    if attempt == ATTEMPTS:
                        raise
            raise AssertionError("unreachable")
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        self._end(self.end_signal)
        shutil.rmtree(self.folder, ignore_errors=True)

    @abstractmethod
    def _command(self) -> list[str]: ...

    @abstractmethod
    def _is_ready(self) -> bool: ...

    @abstractmethod
    def _prepare(self) -> None:
        """Create what the server needs in its folder."""

    def _user(self) -> dict[str, Any]:
        """The arguments of Popen that choose the user."""
        return {}

    def _end(self, number: int) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(number)
        process.send_signal(signal.SIGCONT)  # a stopped process would only end by SIGKILL
        process.wait(START_SECONDS)
        assert process.stdin is not None
        process.stdin.close()


class Redis(Server):
    """Redis, which writes each change to disk before it responds."""

    package = "redis-server"
    stop_signal = signal.SIGTERM
    end_signal = signal.SIGKILL

    @classmethod
    def program(cls) -> str | None:
        return shutil.which("redis-server")

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def _prepare(self) -> None:
        pass

    def _command(self) -> list[str]:
        settings = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "dir": str(self.folder),
            "save": "",
            "appendonly": "yes",
            "appendfsync": "always",
            **{name.replace("_", "-"): value for name, value in self._settings.items()},
        }
        return [str(self.program()), *(part for name, value in settings.items() for part in (f"--{name}", value))]

    def _is_ready(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False


class PostgreSQL(Server):
    """PostgreSQL. Its data survives a kill of the server, but not a crash of the machine."""

    package = "postgresql"
    stop_signal = signal.SIGINT
    end_signal = signal.SIGQUIT

    @classmethod
    def program(cls) -> str | None:
        # Debian keeps the programs of each version in a directory that is not in PATH.
        folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))
        path = os.pathsep.join([*map(str, reversed(folders)), os.environ.get("PATH", "")])
        return shutil.which("postgres", path=path)

    @property
    def url(self) -> str:
        return f"postgresql://{USER}@127.0.0.1:{self.port}/postgres"

    @property
    def sqlalchemy_url(self) -> str:
        """The URL of SQLAlchemy for psycopg, which is synchronous and asynchronous."""
        return self.url.replace("postgresql:", "postgresql+psycopg:")

    def _prepare(self) -> None:
        if self._user():
            shutil.chown(self.folder, USER, USER)
        initdb = Path(str(self.program())).with_name("initdb")
        options = (
            "--username",
            USER,
            "--auth=trust",
            "--no-sync",
            "--encoding=UTF8",
            "--locale=C",
            "--no-instructions",
        )
        done = subprocess.run(
            [initdb, "--pgdata", self.folder / "data", *options],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **self._user(),
        )
        if done.returncode:
            raise RuntimeError(f"{self.package} did not start:\n{done.stdout}")

    def _command(self) -> list[str]:
        settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
            **self._settings,
        }
        options = (part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
        return [str(self.program()), "-D", str(self.folder / "data"), *options]

    def _is_ready(self) -> bool:
        # The last line is the state. The first line is the process, which a killed server also leaves behind.
        try:
            lines = (self.folder / "data" / "postmaster.pid").read_text().split("\n")
        except FileNotFoundError:
            return False
        return lines[0] == str(self.pid) and any(line.strip() == "ready" for line in lines)

    def _user(self) -> dict[str, Any]:
        return {"user": USER, "group": USER, "extra_groups": []} if os.geteuid() == 0 else {}


def _free_port() -> int:
    """A free port up to 55535. The nodes of a Redis cluster also use the port that is 10,000 higher."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            if (port := int(probe.getsockname()[1])) <= 55535:
                return port


FIXTURES: dict[str, type[Server]] = {"redis_server": Redis, "postgresql": PostgreSQL}


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    """A Redis that tests share. Use new keys."""
    with Redis() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL that tests share. Use new tables or new keys."""
    with PostgreSQL() as server:
        yield server


@cache
def missing() -> list[type[Server]]:
    """The servers that are not installed."""
    return [server for server in FIXTURES.values() if server.program() is None]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests whose server is not installed. In CI they stay, and fail."""
    if os.environ.get("CI") == "true" or not missing():
        return
    absent = {name for name, server in FIXTURES.items() if server in missing()}
    left_out = [item for item in items if not absent.isdisjoint(_needs(item))]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _needs(item: pytest.Item) -> set[str]:
    """The fixtures of a test, and the texts among its parameters, which can name a fixture."""
    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return {*getattr(item, "fixturenames", ()), *(value for value in parameters if isinstance(value, str))}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if os.environ.get("CI") != "true" and missing():
        names = " and ".join(server.package for server in missing())
        terminalreporter.write_line(f"Not selected: tests that need {names}. To install: make servers")


def install() -> str | None:
    """Install the missing servers. Returns the problem if that is not possible."""
    packages = [server.package for server in missing()]
    if not packages:
        return None
    if shutil.which("apt-get") is None:
        return f"Without apt-get, please install {' and '.join(packages)} yourself, with the programs on PATH."
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    if sudo and shutil.which("sudo") is None:
        return f"Only root can install {' and '.join(packages)}, and there is no sudo. Run `make servers` as root."
    apt = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet"]
    subprocess.run([*apt, "update"])  # if it fails, the lists may still be good enough
    done = subprocess.run([*apt, "install", "--yes", "--no-install-recommends", *packages])
    return f"apt-get failed with exit code {done.returncode}." if done.returncode else None


if __name__ == "__main__":
    sys.exit(install())
