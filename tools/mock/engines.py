"""Builds the command that starts Prism on this machine: a docker container, or Node with the npm package."""

import csv
import io
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from tools import node

Engine = Literal["docker", "npm"]
WantedEngine = Literal["auto", "docker", "npm"]

DOCKER = ("docker",)
PACKAGE = "@stoplight/prism-cli"
GUARD = node.ROOT / "contract_tests" / "prism" / "guard.cjs"
PORT_TAKEN = ("eaddrinuse", "port is already allocated", "address already in use", "ports are not available")
"""The words of Prism and of docker, in lower case, for a port that another program has."""
HEALTH_PATH = "/__prism_guard"  # guard.cjs responds with the identity given at the start
INNER_PORT = 4010  # inside the container


class MockUnavailableError(RuntimeError):
    """Nothing on this machine can run Prism. The message states what to install."""


def image() -> str:
    """The docker image in the version that npm pins, so that both engines behave alike."""
    # With the registry, because podman looks up no short name.
    return f"docker.io/stoplight/prism:{node.pinned_version(PACKAGE)}"


def choose(wanted: WantedEngine) -> Engine:
    """The installed engine to use. Raises MockUnavailableError if there is none."""
    # The client may be installed without an engine, so only a response of the engine counts.
    no_docker = None if wanted == "npm" else _docker(["ps", "--quiet"], seconds=5)
    if wanted != "npm" and no_docker is None:
        return "docker"
    if wanted == "docker":
        raise MockUnavailableError(f"No docker engine responds: {no_docker}. Start one, or choose the engine npm.")
    try:
        node.find_node()
        node.tool_script("prism")
    except node.ToolMissingError as problem:
        raise MockUnavailableError(f"The mock server cannot start: {problem}") from problem
    except node.NodeMissingError as problem:
        oldest = ".".join(map(str, node.OLDEST_NODE))
        raise MockUnavailableError(
            "The mock server needs one of three things, and none was found. Either\n"
            f"  1. a running docker engine (it will fetch {image()}), or\n"
            f"  2. Node {oldest} or newer with npm on PATH (https://nodejs.org), then `make setup`, or\n"
            f"  3. Node as a Python wheel: `pip install {node.NODE_WHEEL}`, then `make setup`.\n"
            f"Details: {problem}" + (f" Docker: {no_docker}." if no_docker else "")
        ) from problem
    return "npm"


def prepare(engine: Engine) -> None:
    """Fetch the docker image. This can take minutes, so it must not count as starting time."""
    if engine == "npm" or _docker(["image", "inspect", image()], seconds=20) is None:
        return
    print(f"Fetching {image()}, which can take minutes.", file=sys.stderr, flush=True)
    if (words := _docker(["pull", "--quiet", image()], seconds=300)) is not None:
        raise MockUnavailableError(f"`docker pull {image()}` failed: {words}")


def command(engine: Engine, spec: Path, port: int, *, dynamic: bool, identity: str) -> list[str]:
    """The whole command line."""
    # With NODE_ENV=production, as in the image, Prism would serve from a forked worker of its own.
    options = ["-v", "error", "--no-multiprocess", *(["--dynamic"] if dynamic else [])]
    if engine == "npm":
        program = [node.find_node().executable, "-r", str(GUARD), str(node.tool_script("prism"))]
        return [*program, "mock", *options, "-h", "127.0.0.1", "-p", str(port), str(spec)]
    return [
        *(*DOCKER, "run", "--rm", "--name", _container(identity)),
        "--init",  # Node as process 1 would ignore SIGTERM
        "-i",  # the guard ends the container when our end of its standard input closes
        *("-p", f"127.0.0.1:{port}:{INNER_PORT}"),
        *("--mount", _mount(spec, spec.name), "--mount", _mount(GUARD, "guard.cjs")),
        *("-e", "NODE_OPTIONS=-r /mock/guard.cjs", "-e", "PRISM_GUARD_ID", "-e", "PRISM_GUARD_STDIN"),
        *("-e", "SCARF_ANALYTICS", "-e", "NO_COLOR"),
        *(image(), "mock", *options, "-h", "0.0.0.0", "-p", str(INNER_PORT), f"/mock/{spec.name}"),
    ]


def _mount(source: Path, name: str) -> str:
    # --mount and not -v, so that a missing source is an error and not a new empty directory. Docker reads it as CSV.
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(["type=bind", f"source={source}", f"target=/mock/{name}", "readonly"])
    return line.getvalue()


def environment(identity: str) -> dict[str, str]:
    """The environment variables of Prism, or of the docker client that passes them on."""
    inherited = {
        # A debugger or a preload meant for the caller's own Node must not get into the mock.
        name: value
        for name, value in node.child_environment().items()
        if name != "NODE_OPTIONS"
    }
    ours = {"PRISM_GUARD_ID": identity, "PRISM_GUARD_STDIN": "1", "NODE_NO_WARNINGS": "1", "NO_COLOR": "1"}
    return {**inherited, **ours}


def remove_leftovers(engine: Engine, identity: str) -> None:
    """End a container that outlived its docker client. The npm engine leaves nothing behind."""
    if engine == "docker":
        _docker(["rm", "--force", _container(identity)], seconds=20)


def _container(identity: str) -> str:
    return f"trustoo-mock-{identity}"


def last_words(text: str) -> str:
    """The last line that says something: docker ends its errors with a pointer to its help."""
    lines = [line.strip() for line in text.splitlines()]
    return next((line for line in reversed(lines) if line and not line.startswith(("See 'docker", "Run 'docker"))), "")


def _docker(arguments: Sequence[str], *, seconds: float) -> str | None:
    """Run docker. Returns None if it succeeded in time, and otherwise its last words."""
    try:
        done = subprocess.run(
            [*DOCKER, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=os.environ,
            check=False,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        return f"`docker {arguments[0]}` did not end within {seconds:.0f} s"
    except OSError as problem:
        return f"docker cannot be run ({problem.strerror})"
    if done.returncode == 0:
        return None
    words = last_words(done.stderr.decode(errors="replace")).removesuffix("Is the docker daemon running?").rstrip(". ")
    return words or f"`docker {arguments[0]}` ended with code {done.returncode}"
