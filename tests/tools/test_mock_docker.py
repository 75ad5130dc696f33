"""The mock on a docker engine that runs: `make test-docker` alone collects these tests."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tools import node
from tools.mock import engines, server

SPEC = Path(__file__).parent / "data" / "mock-spec.yaml"
NOBODY = 65534


def docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True).stdout


def test_a_killed_container_is_started_again_on_its_port() -> None:
    with server.PrismMock(SPEC, engine="docker", check_client=False) as mock:
        [container] = docker("ps", "--quiet", "--filter=name=trustoo-mock-").split()
        docker("kill", "--signal=KILL", container)
        assert mock.ensure_alive()
        assert httpx.get(f"{mock.url}/v1/kettles").status_code == 200
        assert mock.restarts == 1


def test_a_killed_client_leaves_no_container() -> None:
    # os._exit kills the mock's parent. The guard in the container then ends it.
    program = (
        "import os; from pathlib import Path; from tools.mock.server import PrismMock;"
        f"mock = PrismMock(Path({str(SPEC)!r}), engine='docker', check_client=False); mock.start();"
        "os.kill(mock.pid, 9); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", program], cwd=node.ROOT, check=True, timeout=60)
    names = docker("ps", "--all", "--format={{.Names}}").split()
    for name in names:
        subprocess.run(["docker", "wait", name], capture_output=True, check=False, timeout=20)  # until it has ended
    assert docker("ps", "--quiet") == ""


def test_npm_serves_if_the_image_can_be_fetched_from_nowhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = "docker.io/stoplight/prism:none"
    monkeypatch.setattr(engines, "image", lambda: absent)
    with server.PrismMock(SPEC, check_client=False) as mock:
        assert mock.engine == "npm"
        assert httpx.get(f"{mock.url}/v1/kettles").status_code == 200
        assert mock.notice is not None
        assert f"docker pull {absent}` failed: " in mock.notice
        assert len(mock.notice.splitlines()) == 1
    assert capsys.readouterr().err == f"Fetching {absent}, which can take minutes.\n"


def test_docker_says_that_it_is_not_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    other_user = ("setpriv", f"--reuid={NOBODY}", "--clear-groups", "docker")
    monkeypatch.setattr(engines, "DOCKER", other_user)
    with pytest.raises(engines.MockUnavailableError, match="permission denied"):
        engines.choose("docker")
