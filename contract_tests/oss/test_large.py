"""A large picture is stored as it was, by a client that holds none of it."""

import json
import subprocess
import sys
import time
from typing import Any

import pytest

from contract_tests.oss.picture import Picture
from contract_tests.oss.server import Seaweed
from contract_tests.oss.uploads import credentials
from tools import node

MB = 1024**2
SIZE = 300 * MB + 123
LARGEST_GROWTH = 4 * MB


def upload(server: Seaweed, how: str, size: int) -> Any:
    """What `large.py` prints, and the seconds that it took."""
    began = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-m", "contract_tests.oss.large", how, str(size)],
        input=json.dumps(credentials(server.url, f"large-{how}/")),
        capture_output=True,
        encoding="utf-8",
        cwd=node.ROOT,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout) | {"seconds": time.monotonic() - began}


@pytest.mark.exclusive
@pytest.mark.timeout(200)
@pytest.mark.parametrize("how", ["sync", "async"])
def test_300_mb_are_stored_as_they_were_in_little_memory(
    server: Seaweed, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    done = upload(server, how, SIZE)
    with capsys.disabled():
        print(
            f" [{SIZE / MB:.0f} MB in {done['seconds']:.1f} s, peak memory grew by {done['grown'] / MB:.1f} MB]",
            end=" ",
        )
    assert server.sha256(done["url"]) == Picture(SIZE).sha256()
    assert done["grown"] <= LARGEST_GROWTH


@pytest.mark.exclusive
def test_a_client_that_held_the_picture_would_be_seen(server: Seaweed) -> None:
    assert upload(server, "held", 64 * MB)["grown"] > 8 * LARGEST_GROWTH
