"""What tests of the command line need: the fake service on a port, the command in process or in one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from trustoo.cli.app import app
from trustoo.cli.fake import serving, variables
from trustoo.testing import FakeTrustoo
from typer.testing import CliRunner

HOMES = ("HOME", "XDG_CONFIG_HOME", "APPDATA", "USERPROFILE")
"""Where the command keeps what it keeps: never in the home of who runs the tests."""
COMMAND = [sys.executable, "-m", "trustoo.cli"]


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """The JSON objects of its lines."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Machine:
    """A machine with the command on it, and a fake service that its environment leads to."""

    folder: Path
    service: FakeTrustoo
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: object, input: str | bytes | None = None, **changes: str | None) -> Ran:
        """The command in this process."""
        environment: dict[str, str | None] = {**self.environment, **changes}
        done = CliRunner().invoke(app, [str(argument) for argument in arguments], input=input, env=environment)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Ran(done.exit_code, done.stdout, done.stderr)

    def start(self, *arguments: object, **streams: Any) -> subprocess.Popen[bytes]:
        """The command in a process of its own, its streams piped."""
        command = [*COMMAND, *map(str, arguments)]
        pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        return subprocess.Popen(command, cwd=self.folder, env=self._environment(), **{**pipes, **streams})

    def run_apart(self, *arguments: object, input: bytes = b"", **changes: str) -> Ran:
        """The command in a process of its own, to its end."""
        done = subprocess.run(
            [*COMMAND, *map(str, arguments)],
            cwd=self.folder,
            env=self._environment(changes),
            input=input,
            capture_output=True,
            timeout=60,
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    def write(self, name: str, content: str | bytes | Sequence[Mapping[str, object]]) -> Path:
        """A file in the machine's folder: bytes, text, or objects as JSON Lines."""
        path = self.folder / name
        if not isinstance(content, str | bytes):
            content = "".join(f"{json.dumps(item)}\n" for item in content)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def _environment(self, changes: Mapping[str, str] | None = None) -> dict[str, str]:
        # COLUMNS and LINES would win over a terminal's own size.
        left_out = ("TRUSTOO_", "COLUMNS", "LINES")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
        return {**kept, **self.environment, **(changes or {})}


@contextmanager
def machine_in(folder: Path, state: Literal["empty", "off"] = "off") -> Iterator[Machine]:
    """A machine whose home is in `folder`. `state`: "empty" for a service that keeps what is created."""
    service = FakeTrustoo(state=state)
    service.add_platform()
    home = {name: str(folder / "home") for name in HOMES}
    with serving(service) as address:
        yield Machine(folder, service, {**variables(service, address), **home, "TRUSTOO_RATE": "0"})


def reviews(number: int, *, first: int = 0) -> list[dict[str, object]]:
    """Reviews, newest first, with an unknown member and everything that is hard for CSV."""
    return [
        {
            "id": str(n),
            "rating": 1 + n % 5,
            "author": f'Zoë "{n}", Łódź',
            "content": "two\nlines;\ttab" if n % 3 else "emoji 🫖",
            "created_at": f"2026-01-{1 + n // 1440:02}T{n // 60 % 24:02}:{n % 60:02}:00Z",
            "later": n,
        }
        for n in range(first + number - 1, first - 1, -1)
    ]
