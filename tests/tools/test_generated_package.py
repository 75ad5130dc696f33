"""The wheel holds the two packages and nothing else, and the generated one works where `trustoo` is not."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support import envelope, local_server

ROOT = Path(__file__).resolve().parents[2]
CALL = """
import asyncio, json, sys
sys.modules["trustoo"] = None
sys.path.insert(0, sys.argv[1])
import trustoo_api
from trustoo_api import Client, UnexpectedResponseError
from trustoo_api.api.reviews import reviews_create, reviews_list

assert trustoo_api.__file__.startswith(sys.argv[1]), trustoo_api.__file__
assert "httpx" not in sys.modules
client = Client(base_url=sys.argv[2] + "/", headers={"Authorization": "Bearer EXAMPLE"})
page = reviews_list.sync(client=client, keyword="Zoë & co", product_ids=["1", "2"])
detailed = asyncio.run(reviews_list.asyncio_detailed(client=client, page=2))
made = reviews_create.sync(client=client, rating=5, author="Zoë")
print(json.dumps([page.list[0].id, page.list[0].extra, detailed.request_id, detailed.parsed == page, made.id]))
"""
REFUSED = """
import asyncio, sys
sys.modules["trustoo"] = None
sys.path.insert(0, sys.argv[1])
from trustoo_api import AsyncClient, Client, SyncClient, UnexpectedResponseError, WrongClientError
from trustoo_api.api.reviews import reviews_list

client = Client(base_url=sys.argv[2])
assert isinstance(client, SyncClient) and isinstance(client, AsyncClient)
for call in (lambda: reviews_list.sync(client=client), lambda: asyncio.run(reviews_list.asyncio(client=client))):
    try:
        call()
    except UnexpectedResponseError as error:
        print(error.status, error.code, error.request_id, error.content.decode(), error.headers["content-length"])
try:
    reviews_list.sync(client=object())
except WrongClientError:
    print("refused")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run(code: str, *arguments: object) -> str:
    command = [sys.executable, "-W", "error", "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_both_packages_the_plugin_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    kept = {name for name in names if ".dist-info/" not in name}
    source = {
        path.relative_to(folder).as_posix()
        for folder in (ROOT / "overlays", ROOT / "generated")
        for path in folder.rglob("*")
        if path.suffix in (".py", ".toml") or path.name in ("py.typed", "samples.json")
    }
    assert kept == source
    assert {name.split("/")[0] for name in kept} == {"trustoo", "trustoo_api", "pytest_trustoo.py"}


def test_both_packages_of_the_wheel_are_typed(unpacked: Path) -> None:
    assert (unpacked / "trustoo" / "py.typed").is_file()
    assert (unpacked / "trustoo_api" / "py.typed").is_file()


def test_the_generated_package_calls_alone_sync_and_async(unpacked: Path) -> None:
    answer = envelope({"id": 9, "list": [{"id": 1, "new": 2}]})
    with local_server(answer) as (address, heard):
        said = json.loads(run(CALL, unpacked, address))
    assert said == ["1", {"new": 2}, "0ab1", True, "9"]
    assert [(request.method, request.path) for request in heard] == [
        ("GET", "/api/v1/openapi/get_reviews?product_ids=1&product_ids=2&keyword=Zo%C3%AB%20%26%20co"),
        ("GET", "/api/v1/openapi/get_reviews?page=2"),
        ("POST", "/api/v1/openapi/create_review"),
    ]
    assert all(request.headers["authorization"] == "Bearer EXAMPLE" for request in heard)
    assert json.loads(heard[2].content) == {"rating": 5, "author": "Zoë"}
    assert heard[2].headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("status", "content", "said"),
    [
        (200, b'{"code": 5, "data": {"a": 1}, "request_id": "r1"}', "200 5 r1"),
        (404, b'{"code": 5, "request_id": 7}', "404 5 None"),
        (500, b'{"code": 0, "data": {}}', "500 0 None"),
    ],
)
def test_its_client_raises_for_every_answer_that_is_no_success(
    unpacked: Path, status: int, content: bytes, said: str
) -> None:
    with local_server(content, status) as (address, _):
        error = f"{said} {content.decode()} {len(content)}"
        assert run(REFUSED, unpacked, address).splitlines() == [error, error, "refused"]
