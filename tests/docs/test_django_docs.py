"""docs/job-webhooks-django.md: its project receives what its script sends."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from trustoo.testing import FakeTrustoo

from tests.webhooks.test_server import Server

GUIDE = (Path(__file__).parents[2] / "docs" / "job-webhooks-django.md").read_text(encoding="utf-8")


def files() -> Iterator[tuple[str, str]]:
    """Name and content of each module of the guide's project."""
    blocks = re.findall(r"^```py\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    yield from zip(("hooks", "urls", "tests", "reading"), blocks, strict=True)


def test_the_test_of_the_guide_passes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "django", "startproject", "kettles", str(tmp_path)], check=True, timeout=60)
    for name, block in files():
        (tmp_path / "kettles" / f"{name}.py").write_text(block, encoding="utf-8")
    environment = {**os.environ, "TRUSTOO_PRIVATE_TOKEN": "EXAMPLE-private-token"}
    command = [sys.executable, "manage.py", "test"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "Ran 1 test" in done.stderr


def test_the_review_of_a_delivery_is_read_and_a_deleted_one_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    exec(dict(files())["reading"], names)
    names["shop"] = FakeTrustoo().client()
    names["show"]("1001")
    names["show"]("404")
    assert capsys.readouterr().out == "5 Zoë Example Pours well and keeps the tea hot.\n"


def test_the_project_of_the_guide_handles_a_delivery_once_and_refuses_a_forged_one(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "django", "startproject", "kettles", str(tmp_path)], check=True, timeout=60)
    for name, block in files():
        (tmp_path / "kettles" / f"{name}.py").write_text(block, encoding="utf-8")
    (token,) = re.findall(r"^export TRUSTOO_PRIVATE_TOKEN=(EXAMPLE-\S+)$", GUIDE, re.MULTILINE)
    (script,) = re.findall(r"^\S+python - <<'END'\n(.*?)^END", GUIDE, re.MULTILINE | re.DOTALL)
    command = (str(tmp_path / "manage.py"), "runserver", "--noreload", "127.0.0.1:PORT")
    server = Server(tmp_path, *command, TRUSTOO_PRIVATE_TOKEN=token)
    try:
        sent = subprocess.run(
            [sys.executable, "-c", script.replace("http://127.0.0.1:8000", server.url)],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert sent.stdout.split() == ["200", "200", "401"], sent.stderr + server.output
        assert server.handled == ["review/created 7"]
        assert token not in server.output
    finally:
        server.kill()
    assert (tmp_path / "deliveries.sqlite3").exists()
