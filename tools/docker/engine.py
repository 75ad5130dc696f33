"""Runs dockerd for one command, in namespaces of its own, so that this machine stays as it was.

When the command ends, the kernel ends every process of its process namespace, and removes the mounts, the bridge, the
network interfaces and the firewall rules. Only the temporary folder and the control groups are removed here.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools.mock.engines import last_words

PROGRAMS = ("dockerd", "docker", "docker-init", "unshare", "mount", "ip", "ldd")
NAMESPACES = ("unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--")
# Process 1 must reap the processes that lose their parent, which Python does not. docker-init is tini.
INIT = ("docker-init", "--")
WRITTEN = ("/etc", "/opt", "/run")
"""Folders in which dockerd writes whatever its options say, such as its key, plugins and sockets."""
GROUPS = Path("/sys/fs/cgroup")
START_SECONDS = 60.0
STOP_SECONDS = 30.0


class EngineError(RuntimeError):
    """No docker engine can run here. The message states why."""


def require() -> None:
    """Raises EngineError if we are not root on Linux, a program is missing, or namespaces cannot be made."""
    if sys.platform != "linux":
        raise EngineError("dockerd runs on Linux only")
    if os.geteuid() != 0:
        raise EngineError("only root can start dockerd")
    if absent := [program for program in PROGRAMS if shutil.which(program) is None]:
        raise EngineError(f"{', '.join(absent)} not found on PATH")
    _run([*NAMESPACES, "true"])


def run_inside(line: Sequence[str], folder: Path) -> int:
    """Run a command in new namespaces. Returns its exit code. `folder` is that of `started`."""
    # A new session, so that Ctrl-C in the terminal reaches only us.
    process = subprocess.Popen([*NAMESPACES, *INIT, *line], start_new_session=True)
    try:
        return process.wait()
    finally:
        if process.poll() is None:
            # The child is process 1 of its namespace, and passes the signal to the command. `unshare` ends after every
            # process there has ended.
            for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split():
                os.kill(int(child), signal.SIGTERM)
            process.wait(STOP_SECONDS)
        for group in [*GROUPS.glob(folder.name), *GROUPS.glob(f"*/{folder.name}")]:  # version 2 and version 1
            for path, _, _ in os.walk(group, topdown=False):
                os.rmdir(path)


@contextmanager
def started(folder: Path) -> Iterator[str]:
    """Start dockerd, which keeps everything below `folder`. Yields the value of DOCKER_HOST. Only within `run_inside`.

    Raises EngineError.
    """
    _keep_writes_away(folder / "writes")
    _run(["ip", "link", "set", "lo", "up"])
    log, host = folder / "dockerd.log", f"unix://{folder}/docker.sock"
    options = {
        "host": host,
        "data-root": folder / "data",
        "exec-root": folder / "exec",
        "pidfile": folder / "pid",
        "exec-opt": "native.cgroupdriver=cgroupfs",  # systemd is in another process namespace
        "cgroup-parent": f"/{folder.name}",
    }
    line = ["dockerd", *(f"--{name}={value}" for name, value in options.items())]
    with log.open("wb") as output:
        process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + START_SECONDS
        while _docker_version(host) is None:
            if process.poll() is not None:
                raise EngineError(f"dockerd ended: {last_words(log.read_text(encoding='utf-8', errors='replace'))}")
            if time.monotonic() > deadline:
                raise EngineError(f"dockerd did not respond within {START_SECONDS:.0f} s")
            time.sleep(0.1)
        yield host
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def versions(host: str) -> str:
    """What responds, for people."""
    client, server = (_docker_version(host) or "? ?").split()
    return f"dockerd {server}, docker {client}"


def _docker_version(host: str) -> str | None:
    template = "{{.Client.Version}} {{.Server.Version}}"
    line = ["docker", f"--host={host}", "version", f"--format={template}"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    return None if done.returncode else done.stdout.strip()


def _keep_writes_away(folder: Path) -> None:
    """Put a layer over the folders that dockerd writes to. In memory, because not every file system can be a layer."""
    folder.mkdir()
    _run(["mount", "-t", "tmpfs", "tmpfs", str(folder)])
    for place in filter(os.path.isdir, WRITTEN):
        upper, work = folder / place[1:], folder / f"{place[1:]}.work"
        upper.mkdir()
        work.mkdir()
        _run(["mount", "-t", "overlay", "overlay", "-o", f"lowerdir={place},upperdir={upper},workdir={work}", place])


def _run(line: Sequence[str]) -> None:
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        raise EngineError(f"`{' '.join(line)}` failed: {last_words(done.stderr)}")
