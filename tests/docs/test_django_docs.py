"""docs/job-webhooks-django.md: its project receives what its script sends."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.webhooks.test_server import Server

GUIDE = (Path(__file__).parents[2] / "docs" / "job-webhooks-django.md").read_text(encoding="utf-8")


def test_the_project_of_the_guide_handles_a_delivery_once_and_refuses_a_forged_one(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "django", "startproject", "kettles", str(tmp_path)], check=True, timeout=60)
    for block in re.findall(r"^```py\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL):
        name = "urls" if "urlpatterns" in block else "hooks"
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
