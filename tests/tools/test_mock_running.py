"""A mock server that runs already is compared with openapi.yaml and the pinned Prism: `tools/mock/running.py`."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.tools.mock_engine import ENGINE
from tools import node
from tools.mock import engines, running, server

KETTLES = (Path(__file__).parent / "data" / "mock-spec.yaml").read_text(encoding="utf-8")


class Stranger(BaseHTTPRequestHandler):
    """A web server that is not Prism, as on a port that another program uses."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'"hello"')

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def stranger() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Stranger) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An openapi.yaml, beside the document of the mock that states its digest."""
    path = tmp_path_factory.mktemp("spec") / "openapi.yaml"
    path.write_text("openapi: 3.1.0\n", encoding="utf-8")
    digest = hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
    path.with_name("mock.yaml").write_text(f"x-openapi-sha256: {digest}\n{KETTLES}", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def prism(source: Path) -> Iterator[server.PrismMock]:
    with server.PrismMock(source.with_name("mock.yaml"), engine=ENGINE, check_client=False) as mock:
        yield mock


def test_prism_states_its_version_and_the_spec_that_it_serves(prism: server.PrismMock, source: Path) -> None:
    served = running.check(prism.url, source)
    assert served.prism == node.pinned_version(engines.PACKAGE)
    assert served == prism.served == running.check(f"{prism.url}/", source)


def test_a_spec_that_changed_after_the_start_is_refused(prism: server.PrismMock, source: Path, tmp_path: Path) -> None:
    newer = tmp_path / "openapi.yaml"
    newer.write_bytes(source.read_bytes() + b"# changed\n")
    document = source.with_name("mock.yaml")
    before = document.read_bytes()
    # Prism goes on serving what it read, as a container does.
    document.write_text(f"x-openapi-sha256: {hashlib.sha256(newer.read_bytes()).hexdigest()}\n", encoding="utf-8")
    with pytest.raises(running.WrongMockError, match=r"serves another openapi\.yaml .*--force-recreate"):
        running.check(prism.url, newer)
    document.write_bytes(before)


def test_another_version_of_prism_is_refused(
    prism: server.PrismMock, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = node.pinned_version(engines.PACKAGE)
    monkeypatch.setattr(node, "pinned_version", lambda package: "5.99.0")
    with pytest.raises(running.WrongMockError, match=rf"version {installed}, but 5\.99\.0 is pinned"):
        running.check(prism.url, source)


def test_a_document_that_states_no_spec_is_refused(source: Path, tmp_path: Path) -> None:
    document = tmp_path / "mock.yaml"
    document.write_text(KETTLES, encoding="utf-8")
    with (
        server.PrismMock(document, engine=ENGINE, check_client=False) as mock,
        pytest.raises(running.WrongMockError, match=r"another openapi\.yaml \(unknown\)"),
    ):
        running.check(mock.url, source)


def test_nobody_there_is_said(source: Path) -> None:
    url = f"http://127.0.0.1:{server.free_port()}"
    with pytest.raises(running.WrongMockError, match=f"No mock server responds at {url} .*make mock"):
        running.check(url, source)


def test_another_server_is_refused(stranger: str, source: Path) -> None:
    with pytest.raises(running.WrongMockError, match=f"{stranger} is not the address of Prism with guard.cjs"):
        running.check(stranger, source)


@pytest.mark.parametrize("url", ["127.0.0.1:4010", "file:///etc/hosts", "http://", "http://127.0.0.1:port"])
def test_what_is_no_address_is_refused(url: str, source: Path) -> None:
    with pytest.raises(running.WrongMockError, match="is not the address of Prism"):
        running.check(url, source)
