"""Starts Prism as the mock server of a spec, watches Prism, restarts it and always ends it."""

import atexit
import http.client
import os
import re
import socket
import subprocess
import tempfile
import threading
import time
import uuid
from pathlib import Path
from typing import Self

from tools import node
from tools.mock import document, engines, processes, running
from tools.spec import sha256_of

SOURCE = node.ROOT / "openapi.yaml"
SPEC = node.ROOT / document.PLACE
"""What is served: openapi.yaml with an example of every code in every operation."""
OPERATIONS = node.ROOT / "generated" / "trustoo_api" / "operations.py"

START_SECONDS = 30.0
HEALTH_SECONDS = 5.0
PORT_ATTEMPTS = 3


class SpecMismatchError(RuntimeError):
    """The client was generated from another spec than the mock would serve."""


class MockStartError(RuntimeError):
    """Prism did not start. The message ends with the log of Prism."""


class PrismMock:
    """A supervised Prism on 127.0.0.1, for use in a `with` block. One process serves one spec."""

    def __init__(
        self,
        spec: Path,
        *,
        dynamic: bool = False,
        engine: engines.WantedEngine = "auto",
        port: int | None = None,
        check_client: bool = True,
    ) -> None:
        """`port=None` chooses a free port. `check_client=False` is for a spec without a generated client."""
        self.restarts = 0
        """How often `ensure_alive` restarted Prism."""
        self.served: running.Served | None = None
        """What Prism said about itself. It stays after `stop`."""
        self.notice: str | None = None
        """Why the engine npm runs although docker responds."""
        self._spec = spec.resolve()
        self._dynamic = dynamic
        self._wanted = engine
        self._wanted_port = port
        self._check_client = check_client
        # Prism's guard repeats it, so that another server on our port is never taken for ours.
        self._identity = uuid.uuid4().hex[:12]
        self._engine: engines.Engine = "npm"
        self._port = 0
        self._log: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.RLock()  # threads of one test run share a mock; only one of them restarts it

    @property
    def engine(self) -> engines.Engine:
        """What runs Prism."""
        return self._engine

    @property
    def url(self) -> str:
        """The base URL, which stays the same after restarts."""
        self._require_started()
        return f"http://127.0.0.1:{self._port}"

    @property
    def log(self) -> Path:
        """The log of Prism and its guard, including all restarts. It exists until `stop`."""
        self._require_started()
        assert self._log is not None
        return self._log

    @property
    def pid(self) -> int:
        """The process that runs now: Node, or the docker client."""
        return self._require_started().pid

    def start(self) -> None:
        """Start Prism, and return when Prism responds. The engine `auto` uses npm if docker cannot run Prism.

        Raises MockUnavailableError, SpecMismatchError, MockStartError.
        """
        with self._lock:
            if self._process is not None:
                raise RuntimeError("This mock was started already.")
            try:
                self._start_with(engines.choose(self._wanted))
            except (engines.MockUnavailableError, MockStartError) as problem:
                if self._wanted != "auto" or self._engine != "docker":
                    raise
                try:
                    npm = engines.choose("npm")
                except engines.MockUnavailableError as other:
                    raise engines.MockUnavailableError(f"{problem}\n{other}") from problem
                words = engines.last_words(str(problem))
                self.notice = f"Docker cannot run Prism here, so Prism from npm runs. Docker: {words}"
                self._start_with(npm)

    def stop(self) -> None:
        """End Prism and remove its log. Harmless if nothing runs."""
        with self._lock:
            atexit.unregister(self.stop)
            self._end()
            if self._log is not None:
                self._log.unlink(missing_ok=True)
                self._log = None

    def ensure_alive(self) -> bool:
        """Restart Prism on the same port if it has ended or no longer responds. Returns whether Prism was restarted."""
        with self._lock:
            if self._require_started().poll() is None and self._responds(HEALTH_SECONDS):
                return False
            self.restarts += 1
            self._end()
            try:
                self._launch(self._port)
            except BaseException:
                self.stop()
                raise
            return True

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _require_started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("This mock is not running: call start(), or use it in a `with` block.")
        return self._process

    def _start_with(self, engine: engines.Engine) -> None:
        self._engine = engine
        engines.prepare(engine)
        handle, name = tempfile.mkstemp(prefix="trustoo-mock-", suffix=".log")
        os.close(handle)
        self._log = Path(name)
        atexit.register(self.stop)
        try:
            self._launch_on_some_port()
        except BaseException:  # also when interrupted: no process may stay behind
            self.stop()
            raise

    def _launch_on_some_port(self) -> None:
        if self._wanted_port is not None:
            self._launch(self._wanted_port)
            return
        for attempt in range(1, PORT_ATTEMPTS + 1):
            try:
                self._launch(free_port())
                return
            except MockStartError as problem:
                # Between our look and Prism's bind, another program may have taken the port.
                taken = any(words in str(problem).lower() for words in engines.PORT_TAKEN)
                if attempt == PORT_ATTEMPTS or not taken:
                    raise
                self._end()

    def _launch(self, port: int) -> None:
        if not self._spec.is_file():
            raise MockStartError(f"The spec {self._spec} does not exist.")
        if self._check_client:
            check_client(self._spec)
        assert self._log is not None
        self._port = port
        line = engines.command(self._engine, self._spec, port, dynamic=self._dynamic, identity=self._identity)
        self._process = processes.start(line, environment=engines.environment(self._identity), log=self._log)
        self._wait_until_ready(self._process)

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._responds(1.0):
            if process.poll() is not None:
                raise self._failure(f"Prism ended with code {process.returncode} while starting")
            if time.monotonic() > deadline:
                raise self._failure(f"Prism did not respond within {START_SECONDS:.0f} s")
            time.sleep(0.03)

    def _responds(self, seconds: float) -> bool:
        try:
            served = running.ask(f"http://127.0.0.1:{self._port}", seconds)
        except (OSError, ValueError, http.client.HTTPException):
            return False
        if served.id != self._identity:
            return False
        self.served = served
        return True

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        processes.end(process)
        engines.remove_leftovers(self._engine, self._identity)

    def _failure(self, what: str) -> MockStartError:
        assert self._log is not None
        tail = self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:]
        return MockStartError("\n".join([f"{what}. The end of its log:", *tail]) if tail else f"{what}.")


def check_client(spec: Path) -> None:
    """Check that the client was generated from this spec. Raises SpecMismatchError if it was not."""
    # Otherwise tests would blame the client for a difference between two specs.
    text = OPERATIONS.read_text(encoding="utf-8") if OPERATIONS.is_file() else ""
    recorded = re.search(r"^SPEC_SHA256\b[^=\n]*= *[\"']([0-9a-f]{64})[\"']", text, re.MULTILINE)
    stated = re.search(rf"^{document.DIGEST}: '?([0-9a-f]{{64}})", spec.read_text(encoding="utf-8"), re.MULTILINE)
    actual = stated[1] if stated else sha256_of(spec.read_bytes())
    if recorded is None:
        raise SpecMismatchError(f"{OPERATIONS} does not say what it was generated from: run `make generate`.")
    if recorded[1] != actual:
        raise SpecMismatchError(
            f"The client was generated from another spec ({recorded[1][:12]}) than {spec.name}"
            f" ({actual[:12]}): run `make generate`."
        )
    if stated and actual != sha256_of(SOURCE.read_bytes()):
        raise SpecMismatchError(f"{SOURCE.name} has changed since {spec.name} was generated: run `make generate`.")


def free_port() -> int:
    """A TCP port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
