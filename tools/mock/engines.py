"""Builds the command that starts Prism on this machine: a docker container, or Node with the npm package."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from tools import node

Engine = Literal["docker", "npm"]
WantedEngine = Literal["auto", "docker", "npm"]

PACKAGE = "@stoplight/prism-cli"
GUARD = node.ROOT / "contract_tests" / "prism" / "guard.cjs"
HEALTH_PATH = "/__prism_guard"  # guard.cjs responds with the identity given at the start
INNER_PORT = 4010  # inside the container


class MockUnavailableError(RuntimeError):
    """Nothing on this machine can run Prism. The message states what to install."""


def image() -> str:
    """The docker image in the version that npm pins, so that both engines behave alike."""
    return f"stoplight/prism:{node.pinned_version(PACKAGE)}"


def choose(wanted: WantedEngine) -> Engine:
    """The installed engine to use. Raises MockUnavailableError if there is none."""
    if wanted != "npm" and _docker_runs():
        return "docker"
    if wanted == "docker":
        raise MockUnavailableError("No docker engine runs here: start one, or choose the npm engine.")
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
            f"Details: {problem}"
        ) from problem
    return "npm"


def prepare(engine: Engine) -> None:
    """Fetch the docker image. This can take minutes, so it must not count as starting time."""
    if engine == "npm" or _docker(["image", "inspect", image()], seconds=20):
        return
    if not _docker(["pull", "--quiet", image()], seconds=300):
        raise MockUnavailableError(f"`docker pull {image()}` failed: try it by hand, or choose the npm engine.")


def command(engine: Engine, spec: Path, port: int, *, dynamic: bool, identity: str) -> list[str]:
    """The whole command line."""
    # With NODE_ENV=production, as in the image, Prism would serve from a forked worker of its own.
    options = ["-v", "error", "--no-multiprocess", *(["--dynamic"] if dynamic else [])]
    if engine == "npm":
        program = [node.find_node().executable, "-r", str(GUARD), str(node.tool_script("prism"))]
        return [*program, "mock", *options, "-h", "127.0.0.1", "-p", str(port), str(spec)]
    return [
        *("docker", "run", "--rm", "--name", _container(identity)),
        "--init",  # Node as process 1 would ignore SIGTERM
        "-i",  # the guard ends the container when our end of its standard input closes
        *("-p", f"127.0.0.1:{port}:{INNER_PORT}"),
        # --mount and not -v, so that a missing source is an error and not a new empty directory.
        *("--mount", f"type=bind,source={spec},target=/mock/{spec.name},readonly"),
        *("--mount", f"type=bind,source={GUARD},target=/mock/guard.cjs,readonly"),
        *("-e", "NODE_OPTIONS=-r /mock/guard.cjs", "-e", "PRISM_GUARD_ID", "-e", "PRISM_GUARD_STDIN"),
        *("-e", "SCARF_ANALYTICS", "-e", "NO_COLOR"),
        *(image(), "mock", *options, "-h", "0.0.0.0", "-p", str(INNER_PORT), f"/mock/{spec.name}"),
    ]


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


def _docker_runs() -> bool:
    # The client may be installed without an engine, so only a response of the engine counts.
    return shutil.which("docker") is not None and _docker(["info"], seconds=5)


def _docker(arguments: Sequence[str], *, seconds: float) -> bool:
    """True if docker succeeded in time."""
    try:
        subprocess.run(
            ["docker", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ,
            check=True,
            timeout=seconds,
        )
    except (subprocess.SubprocessError, OSError):
        return False
    return True
