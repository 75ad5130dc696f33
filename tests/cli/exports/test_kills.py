"""An export that is killed leaves its file as it was or complete, and the next run completes it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from trustoo.cli.exports import ExportFormat


@pytest.mark.timeout(400)
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork, without which each kill takes a second")
def test_killed_at_twenty_places_each_format_is_as_before_or_complete() -> None:
    """Repeat with: python -m tests.cli.exports.kills --changes-only FORMAT. `make test-long` has more places."""
    command = [sys.executable, "-m", "tests.cli.exports.kills", "--places", "20", "--changes-only"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=390)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    counts = json.loads(done.stdout)
    assert set(counts) == {format.value for format in ExportFormat}
    assert {count["killed"] for count in counts.values()} == {20}
