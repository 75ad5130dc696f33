"""Makes the docker image of Prism from this machine's Node and the pinned npm packages, without a registry.

It has what the mock relies on in the published image: the name, the entry point, the environment and the layout.
"""

import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

from tools import node
from tools.mock import engines

HOME = "usr/src/prism"
PACKAGE = f"{HOME}/packages/cli"
SETTINGS = (
    f"WORKDIR /{PACKAGE}",
    "ENV NODE_ENV=production PATH=/usr/bin",
    "EXPOSE 4010",
    'ENTRYPOINT ["/sbin/tini", "--", "node", "dist/index.js"]',
)


def make(host: str) -> int:
    """Make the image in the engine at `host`. Returns its size in bytes. Raises CalledProcessError."""
    docker = ["docker", f"--host={host}"]
    changes = [f"--change={setting}" for setting in SETTINGS]
    line = [*docker, "import", *changes, "-", engines.image()]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as importing:
        assert importing.stdin is not None
        with tarfile.open(fileobj=importing.stdin, mode="w|", dereference=True) as archive:
            for place, source in content():
                archive.add(source, place)
    if importing.returncode:
        raise subprocess.CalledProcessError(importing.returncode, line)
    inspect = [*docker, "image", "inspect", "--format={{.Size}}", engines.image()]
    return int(subprocess.run(inspect, capture_output=True, text=True, check=True).stdout)


def content() -> Iterator[tuple[str, Path]]:
    """The path in the image and the source of each file and folder."""
    program = Path(node.find_node().executable)
    yield "usr/bin/node", program
    yield "sbin/tini", Path(str(shutil.which("docker-init")))
    for library in libraries(program):
        yield str(library)[1:], library
    for package in sorted(node.MODULES.iterdir()):
        if package.name.startswith("@"):
            for scoped in sorted(package.iterdir()):
                name = f"{package.name}/{scoped.name}"
                yield PACKAGE if name == engines.PACKAGE else f"{HOME}/node_modules/{name}", scoped
        elif package.is_dir():
            yield f"{HOME}/node_modules/{package.name}", package


def libraries(program: Path) -> list[Path]:
    """The shared libraries of a program, and the loader."""
    done = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=False)
    # name => /path (0x7f…), or /path (0x7f…) for the loader. A program without libraries has none of these lines.
    return [Path(found) for found in re.findall(r"(/\S+) \(0x", done.stdout)]
