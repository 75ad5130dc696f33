"""The Python of the guides runs as written, block after block, against the fake service."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import trustoo
import trustoo.webhooks
from trustoo.errors import ConfigurationError, ConnectError, ResponseTooLargeError
from trustoo.oauth import Token
from trustoo.testing import Deliveries, FakeTrustoo
from trustoo.transport import HTTPRequest

from contract_tests.support.pictures import JPEG
from tests.support import ACCESS, envelope, local_server
from tests.webhooks.test_server import Server

DOCS = Path(__file__).parents[2] / "docs"
GUIDES = ("authentication", "values", "errors", "pagination", "responses", "uploads", "webhooks")
ELSEWHERE = {
    "quickstart": "brings its own fake service; runs below",
    "testing": "runs as a test module, test_testing_docs.py",
    "oauth": "needs a merchant's browser between its first steps; the other blocks run below",
    "transports": "sends to a server; runs below",
    "stores": "needs servers, test_stores_docs.py",
    "warehouse": "needs dlt, test_warehouse_docs.py",
    "job-ten-machines": "needs servers, test_scaling_docs.py",
    "observability": "needs a server and the tools, test_observability_docs.py",
}
"""Guides with Python that this file does not run from end to end, and why."""


def blocks(guide: str) -> list[str]:
    """The Python of a guide, with as many empty lines before it as make the line numbers of errors right."""
    text = (DOCS / f"{guide}.md").read_text(encoding="utf-8")
    found = re.finditer(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return ["\n" * text[: block.start(1)].count("\n") + block[1] for block in found]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeTrustoo:
    """A service that every `Trustoo()` of a guide talks to, and a folder with the files that the guides name."""
    fake = FakeTrustoo()
    monkeypatch.setattr(
        trustoo, "Trustoo", type("Trustoo", (trustoo.Trustoo,), {"__new__": lambda _, **how: fake.client(**how)})
    )
    for kind in ("public_token", "private_token"):
        monkeypatch.setenv(f"TRUSTOO_{kind.upper()}", getattr(fake.tokens, kind))
    monkeypatch.chdir(tmp_path)
    for name in ("kettle.jpg", "cup.png", "lid.webp"):
        Path(name).write_bytes(JPEG)
    return fake


def run(guide: str) -> dict[str, Any]:
    """Run a guide's blocks in one namespace, which is returned."""
    names: dict[str, Any] = {}
    for block in blocks(guide):
        exec(compile(block, str(DOCS / f"{guide}.md"), "exec"), names)
    return names


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_runs_as_written(guide: str, fake: FakeTrustoo) -> None:
    run(guide)


@pytest.fixture
def no_credentials(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment without credentials and settings of trustoo."""
    for name in [name for name in os.environ if name.startswith("TRUSTOO_")]:
        monkeypatch.delenv(name)
    return monkeypatch


def test_the_quick_start_runs_as_it_stands_without_a_shop(
    no_credentials: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    no_credentials.chdir(DOCS.parent)
    names = run("quickstart")
    service: FakeTrustoo = names["service"]
    assert "5 Zoë Example Pours well and keeps the tea hot." in capsys.readouterr().out
    called = {"reviews.list", "reviews.rating", "media.image_upload_credentials", "reviews.create"}
    assert service.processed.keys() == called
    (photo,) = service.storage.uploads
    assert photo.content == Path("examples/kettle.jpg").read_bytes()  # it has no metadata that could be removed
    (made,) = [review for review in service.reviews if review["author"] == "Zoë"]
    assert made["product_id"] == "8100000000019"
    assert len(made["media"]) == 1


PUBLIC, PRIVATE = {"TRUSTOO_PUBLIC_TOKEN": "EXAMPLE-public-token"}, {"TRUSTOO_PRIVATE_TOKEN": "EXAMPLE-private-token"}


@pytest.mark.parametrize("tokens", [PUBLIC, PRIVATE, PUBLIC | {"TRUSTOO_PRIVATE_TOKEN": " "}])
def test_half_of_the_tokens_is_an_error_where_the_quick_start_says(
    no_credentials: pytest.MonkeyPatch, tokens: dict[str, str]
) -> None:
    for name, value in tokens.items():
        no_credentials.setenv(name, value)
    with pytest.raises(ConfigurationError):
        exec(blocks("quickstart")[-1], {})


def test_no_credentials_are_an_error_where_the_quick_start_says(no_credentials: pytest.MonkeyPatch) -> None:
    names: dict[str, Any] = {}
    exec(blocks("quickstart")[-1], names)
    with pytest.raises(ConfigurationError, match="this client has no credentials"):
        names["shop"].reviews.list()


def test_a_review_whose_answer_was_lost_is_found_by_looking(fake: FakeTrustoo) -> None:
    from trustoo.testing import Fault

    publish = run("errors")["publish"]
    fake.fail(Fault.reset(), operation="reviews.create")
    before = len(fake.reviews)
    assert publish("Ada", "Good.", "8100000000019") in {review["id"] for review in fake.reviews}
    assert len(fake.reviews) == before + 1


def test_an_export_adds_only_what_is_new(fake: FakeTrustoo) -> None:
    names = run("pagination")
    fake.reviews.add(rating=4, author="Ada", created_at="2099-01-01 00:00:00")
    known = {review["id"] for review in fake.reviews if review.get("author") != "Ada"}
    assert names["export"](names["file"], known) == 1
    assert len(names["file"].read_text(encoding="utf-8").splitlines()) == 2


def test_the_recipe_for_uninstalled_shops_deletes_the_token_of_the_shop_that_signed(fake: FakeTrustoo) -> None:
    names = run("webhooks")
    platform, receiver, key = names["platform"], names["uninstalls"], "kettles.myshopify.com"
    platform.save(key, Token("EXAMPLE-access-token"))
    body = {"list": [{"id": 1, "my_shopify_domain": key}]}

    def post(public_token: str, private_token: str) -> int:
        made = Deliveries(private_token, public_token=public_token).make(body)
        return int(receiver.receive("POST", receiver.path("app/uninstalled"), made.headers, made.body).status)

    assert post("EXAMPLE-public-token-b", "EXAMPLE-private-token-b") == 200
    assert post("EXAMPLE-public-token-a", "EXAMPLE-private-token-b") == 401
    assert platform.token(key) is not None
    assert post("EXAMPLE-public-token-a", "EXAMPLE-private-token-a") == 200
    assert platform.token(key) is None


def test_the_first_program_of_webhooks_handles_what_its_script_sends_once_and_refuses_a_forged_one(
    tmp_path: Path,
) -> None:
    page = (DOCS / "webhooks.md").read_text(encoding="utf-8")
    (token,) = re.findall(r"^TRUSTOO_PRIVATE_TOKEN=(EXAMPLE-\S+) uvicorn hooks:app$", page, re.MULTILINE)
    (script,) = re.findall(r"^python - <<'END'\n(.*?)^END", page, re.MULTILINE | re.DOTALL)
    program = blocks("webhooks")[0].replace("seen.sqlite3", (tmp_path / "seen.sqlite3").as_posix())
    (tmp_path / "hooks.py").write_text(program, encoding="utf-8")
    command = ("-m", "uvicorn", "--app-dir", str(tmp_path), "hooks:app", "--port", "PORT")
    server = Server(tmp_path, *command, TRUSTOO_PRIVATE_TOKEN=token, PYTHONUNBUFFERED="1")
    try:
        script = script.replace("http://127.0.0.1:8000", server.url)
        sent = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
        assert sent.stdout.split() == ["200", "200", "401"], sent.stderr + server.output
        assert server.output.splitlines().count("7 {}") == 1
    finally:
        server.kill()


def test_the_later_parts_of_oauth_run(fake: FakeTrustoo, capsys: pytest.CaptureFixture[str]) -> None:
    _, store, many_shops, testing = blocks("oauth")
    names: dict[str, Any] = {"Trustoo": trustoo.Trustoo}
    exec(store, names)
    merchants, tokens = fake.add_platform(), names["SqliteStore"]("tokens.db")
    with fake.platform_client(store=tokens) as platform:
        platform.exchange(merchants.code(), shop="kettles.myshopify.com")
        lost = platform.exchange(merchants.code(), shop="lost")
        for token in lost.secrets:
            merchants.revoke(token)
        exec(many_shops, {**names, "platform": platform})
    printed = capsys.readouterr().out
    assert printed.startswith("1 shop succeeded, 1 failed: lost (AuthorizationLostError)\n")
    assert "The service refused to refresh the token of 'lost'" in printed
    exec(testing, {})


def test_a_transport_of_ones_own_sends(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TRUSTOO_ACCESS_TOKEN", ACCESS)
    page = envelope({"page": {"page": 1}, "list": [{"id": "1", "rating": 5, "title": "Good"}]})
    names: dict[str, Any] = {}
    with local_server(page) as (address, heard):
        monkeypatch.setenv("TRUSTOO_BASE_URL", address)
        for block in blocks("transports"):
            exec(compile(block, str(DOCS / "transports.md"), "exec"), names)
        request = HTTPRequest("POST", f"{address}/p?a=%2F~", {"X-A": "b"}, b"{}", max_response_bytes=5)
        with pytest.raises(ResponseTooLargeError):
            names["StdlibTransport"]().send(request)
        with pytest.raises(ValueError, match=r"127\.0\.0\.1 is not public"):
            names["read"](f"{address}/private")
    assert capsys.readouterr().out == "5 Good\n"
    assert [one.path for one in heard] == ["/api/v1/openapi/get_reviews?page_size=5", "/p?a=%2F~"]
    with pytest.raises(ConnectError) as caught:
        names["StdlibTransport"]().send(request)
    assert not caught.value.maybe_sent


def test_every_guide_with_python_is_run() -> None:
    with_python = {file.stem for file in DOCS.glob("*.md") if blocks(file.stem)}
    assert with_python == {*GUIDES, *ELSEWHERE}, f"add the guide to GUIDES in {Path(__file__).name}, or say why not"
