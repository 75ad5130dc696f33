"""The mock server starts, restarts and ends, and refuses what it should not serve: `tools/mock/`."""

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.tools.mock_engine import ENGINE
from tools import node
from tools.mock import __main__ as command
from tools.mock import engines, server

SPEC = Path(__file__).parent / "data" / "mock-spec.yaml"


def new_mock(**options: object) -> server.PrismMock:
    return server.PrismMock(SPEC, engine=ENGINE, check_client=False, **options)  # type: ignore[arg-type]


def refused(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def wait_until_refused(port: int) -> None:
    deadline = time.monotonic() + 5
    while not refused(port):
        assert time.monotonic() < deadline, "Prism still listens"
        time.sleep(0.01)


def port_of(url: str) -> int:
    return int(url.rsplit(":", 1)[1])


def runs(pid: int) -> bool:
    if sys.platform == "win32":
        line = ["tasklist", "/FI", f"PID eq {pid}"]
        return str(pid) in subprocess.run(line, capture_output=True, text=True, check=True).stdout
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(scope="module")
def kettles() -> Iterator[server.PrismMock]:
    with new_mock() as prism:
        yield prism


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An operations.py that says it was generated from SPEC."""
    operations = tmp_path / "operations.py"
    digest = hashlib.sha256(SPEC.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
    operations.write_text(f'"""Generated."""\n\nSPEC_SHA256 = "{digest}"\n', encoding="utf-8")
    monkeypatch.setattr(server, "OPERATIONS", operations)
    monkeypatch.setattr(server, "SPEC", SPEC)
    return operations


def test_it_responds_on_a_free_loopback_port(kettles: server.PrismMock) -> None:
    assert kettles.url.startswith("http://127.0.0.1:")
    assert httpx.get(f"{kettles.url}/v1/kettles").json() == {"name": "whistling"}


def test_it_validates_requests(kettles: server.PrismMock) -> None:
    assert httpx.get(f"{kettles.url}/v1/kettles", params={"page": "one"}).status_code == 422


def test_a_malformed_json_body_gets_a_response(kettles: server.PrismMock) -> None:
    # Prism 5.15 and newer let the caller wait for ever.
    headers = {"Content-Type": "application/json"}
    response = httpx.post(f"{kettles.url}/v1/kettles", content=b'{"name":', headers=headers, timeout=5)
    assert response.status_code == 400


def test_a_killed_process_is_restarted_on_its_port() -> None:
    with new_mock() as prism:
        url, pid = prism.url, prism.pid
        os.kill(pid, signal.SIGTERM)
        wait_until_refused(port_of(url))
        assert prism.ensure_alive()
        assert (prism.url, prism.restarts) == (url, 1)
        assert prism.pid != pid
        assert httpx.get(f"{url}/v1/kettles").status_code == 200
        assert not prism.ensure_alive()
        last = prism.pid
    assert [runs(pid), runs(last)] == [False, False]


def test_a_process_that_does_not_respond_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    with new_mock() as prism:
        pid = prism.pid
        silent = iter([True])
        really = prism._responds
        monkeypatch.setattr(prism, "_responds", lambda seconds: not next(silent, False) and really(seconds))
        assert prism.ensure_alive()
        assert not runs(pid)
        assert prism.restarts == 1


def test_stop_leaves_nothing_behind() -> None:
    prism = new_mock()
    prism.start()
    port, pid, log = port_of(prism.url), prism.pid, prism.log
    prism.stop()
    assert not runs(pid)
    assert refused(port)
    assert not log.exists()
    prism.stop()  # harmless
    with pytest.raises(RuntimeError, match="not running"):
        prism.ensure_alive()


def test_prism_ends_with_a_parent_that_had_no_time_to_stop_it() -> None:
    # os._exit skips atexit, as SIGKILL would.
    program = (
        "import os, sys; from pathlib import Path; from tools.mock.server import PrismMock;"
        f"prism = PrismMock(Path({str(SPEC)!r}), engine={ENGINE!r}, check_client=False); prism.start();"
        "print(prism.url, prism.log, flush=True); os._exit(0)"
    )
    line = [sys.executable, "-c", program]
    parent = subprocess.run(line, cwd=node.ROOT, capture_output=True, text=True, timeout=60, check=True)
    url, log = parent.stdout.split()
    Path(log).unlink()
    wait_until_refused(port_of(url))


def test_it_serves_the_spec_of_the_client(client: Path, tmp_path: Path) -> None:
    server.check_client(SPEC)
    windows = tmp_path / "windows.yaml"
    windows.write_bytes(SPEC.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    server.check_client(windows)  # a checkout with CRLF is the same spec


def test_it_refuses_another_spec(client: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other.yaml"
    other.write_bytes(SPEC.read_bytes() + b"# changed\n")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(server.SpecMismatchError) as caught:
        server.PrismMock(other, engine=ENGINE).start()
    theirs = client.read_text(encoding="utf-8").split('"')[-2][:12]
    for hint in (theirs, hashlib.sha256(other.read_bytes()).hexdigest()[:12], "make generate"):
        assert hint in str(caught.value)
    assert list(tmp_path.glob("trustoo-mock-*")) == []


def test_what_is_served_states_the_spec_that_it_was_written_from(
    client: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "openapi.yaml"
    shutil.copyfile(SPEC, source)
    monkeypatch.setattr(server, "SOURCE", source)
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    written = tmp_path / "openapi.mock.yaml"
    written.write_text(f"# Written.\nx-openapi-sha256: {digest}\nopenapi: 3.1.0\n", encoding="utf-8")
    server.check_client(written)
    source.write_bytes(source.read_bytes() + b"# changed\n")
    with pytest.raises(server.SpecMismatchError, match=r"openapi\.yaml has changed since .*make generate"):
        server.check_client(written)
    written.write_text(f"x-openapi-sha256: {'0' * 64}\n", encoding="utf-8")
    with pytest.raises(server.SpecMismatchError, match="make generate"):
        server.check_client(written)


def test_the_document_of_the_mock_is_that_of_the_client() -> None:
    server.check_client(server.SPEC)


def test_it_refuses_when_no_client_was_generated(client: Path) -> None:
    client.unlink()
    with pytest.raises(server.SpecMismatchError, match="make generate"):
        server.check_client(SPEC)


def test_without_the_npm_package_the_error_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node, "MODULES", tmp_path)
    with pytest.raises(engines.MockUnavailableError, match="make setup"):
        server.PrismMock(SPEC, engine="npm", check_client=False).start()


def test_a_taken_port_is_reported_in_the_words_of_prism_or_docker() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(server.MockStartError, match=f"(?i){'|'.join(engines.PORT_TAKEN)}"):
            new_mock(port=other.getsockname()[1]).start()


def test_a_port_that_is_snatched_away_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        ports = iter([taken, server.free_port()])
        monkeypatch.setattr(server, "free_port", lambda: next(ports))
        with new_mock() as prism:
            assert not prism.url.endswith(f":{taken}")
            assert prism.restarts == 0


def test_a_start_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "START_SECONDS", 0.0)
    prism = new_mock()
    with pytest.raises(server.MockStartError, match="did not respond within 0 s"):
        prism.start()
    assert prism._process is None


def test_an_unreadable_spec_ends_the_start_with_the_reason(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("openapi: 3.1.0\ninfo: [\n", encoding="utf-8")
    with pytest.raises(server.MockStartError, match=r"(?s)ended with code 1.*broken\.yaml"):
        server.PrismMock(broken, engine=ENGINE, check_client=False).start()
    with pytest.raises(server.MockStartError, match="does not exist"):
        server.PrismMock(tmp_path / "none.yaml", engine=ENGINE, check_client=False).start()


def test_a_spec_in_a_folder_with_a_comma_and_a_quote_is_served(tmp_path: Path) -> None:
    folder = tmp_path / ('one, "two"' if sys.platform != "win32" else "one, two")
    folder.mkdir()
    spec = shutil.copy(SPEC, folder)
    with server.PrismMock(Path(spec), engine=ENGINE, check_client=False) as mock:
        assert httpx.get(f"{mock.url}/v1/kettles").status_code == 200


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_the_command_serves_until_it_is_interrupted(client: Path, name: str) -> None:
    program = (
        "import sys; from pathlib import Path; from tools.mock import __main__ as command, server;"
        f"server.SPEC = Path({str(SPEC)!r}); server.OPERATIONS = Path({str(client)!r});"
        f"sys.exit(command.main(['--engine', {ENGINE!r}, '--port', '{server.free_port()}']))"
    )
    line = [sys.executable, "-c", program]
    pipe = subprocess.PIPE
    with subprocess.Popen(line, cwd=node.ROOT, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        port = port_of(process.stdout.readline().strip())
        assert not refused(port)
        process.send_signal(getattr(signal, name))
        assert process.communicate(timeout=15) == ("", "")
        assert process.returncode == 0
    assert refused(port)


# A docker client that succeeds, except that it never ends one command. It then leaves its process id.
ENDLESS_DOCKER = """
import os, pathlib, sys, time
if sys.argv[3] == "image":
    sys.exit(1)
if sys.argv[3] == sys.argv[1]:
    folder = pathlib.Path(sys.argv[2])
    (folder / "new").write_text(str(os.getpid()))
    (folder / "new").rename(folder / "pid")
    time.sleep(300)
"""


@pytest.mark.parametrize("endless", ["pull", "run"])
def test_the_command_can_be_ended_while_docker_fetches_or_starts(client: Path, tmp_path: Path, endless: str) -> None:
    docker = (sys.executable, "-c", ENDLESS_DOCKER, endless, str(tmp_path))
    program = (
        "import sys; from pathlib import Path; from tools.mock import __main__ as command, engines, server;"
        f"server.SPEC = Path({str(SPEC)!r}); server.OPERATIONS = Path({str(client)!r}); engines.DOCKER = {docker!r};"
        f"server.START_SECONDS = 300; sys.exit(command.main(['--engine', 'docker', '--port', '{server.free_port()}']))"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", program], cwd=node.ROOT, stdout=pipe, stderr=pipe, text=True) as mock:
        deadline = time.monotonic() + 20
        while not (tmp_path / "pid").exists():
            assert time.monotonic() < deadline, "docker was not called"
            time.sleep(0.01)
        mock.send_signal(signal.SIGTERM)
        output, errors = mock.communicate(timeout=15)
    assert (output, mock.returncode) == ("", 0)
    assert errors == f"Fetching {engines.image()}, which can take minutes.\n"
    assert not runs(int((tmp_path / "pid").read_text(encoding="utf-8")))


def test_the_command_always_checks_the_client(
    client: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    client.write_text(f'SPEC_SHA256 = "{"0" * 64}"\n', encoding="utf-8")
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # pytest needs its own handlers
    assert command.main(["--engine", ENGINE]) == 1
    assert "000000000000" in capsys.readouterr().err


def test_the_command_has_a_help() -> None:
    line = [sys.executable, "-m", "tools.mock", "--help"]
    done = subprocess.run(line, cwd=node.ROOT, capture_output=True, timeout=20, check=True)
    assert b"--dynamic" in done.stdout
