"""The programs of examples/ do what they say, against the fake service. The webhooks: tests/webhooks/test_server.py."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import re
import runpy
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustoo
import uvicorn
from trustoo import NO_RETRIES, UnauthenticatedError
from trustoo.oauth import AsyncFileStore, FileStore, Token
from trustoo.testing import FakeTrustoo, Fault, without_waiting

from contract_tests.support.pictures import JPEG
from examples import backend_proxy, nightly_export, oauth_app, review_import

ROOT = Path(__file__).resolve().parents[2]
PICTURE = JPEG
SHOP = "kettles.myshopify.com"


@pytest.fixture
def fake() -> Iterator[FakeTrustoo]:
    with without_waiting():
        yield FakeTrustoo(state="empty")


def with_reviews(fake: FakeTrustoo, numbers: range) -> None:
    for number in numbers:
        fake.reviews.add(
            id=str(number), rating=5, author="Zoë", created_at=f"2026-05-14 08:{number // 60:02}:{number % 60:02}"
        )


# --- ten lines ---


def test_the_ten_lines_are_the_readmes(fake: FakeTrustoo) -> None:
    found = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    readme = [re.sub(r"\s+#.*", "", line) for line in found[1].splitlines()]
    program = (ROOT / "examples" / "ten_lines.py").read_text(encoding="utf-8").split('"""')[2].strip().splitlines()
    assert [line.replace("public_token=..., private_token=..., ", "") for line in readme] == program


def test_the_ten_lines_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    fake = FakeTrustoo()
    monkeypatch.setattr(trustoo, "Trustoo", fake.client)
    monkeypatch.chdir(ROOT)
    runpy.run_path(str(ROOT / "examples" / "ten_lines.py"))
    assert capsys.readouterr().out == "5 Pours well and keeps the tea hot.\n"
    assert fake.processed == {"reviews.list": 1, "media.image_upload_credentials": 1, "reviews.create": 1}


# --- nightly export ---


def exported(file: Path) -> list[int]:
    return [int(json.loads(line)["id"]) for line in file.read_text(encoding="utf-8").splitlines()]


def test_each_night_exports_what_is_new(fake: FakeTrustoo, tmp_path: Path) -> None:
    file = tmp_path / "reviews.jsonl"
    with_reviews(fake, range(250))
    assert nightly_export.export(fake.client(), file) == 250
    assert exported(file) == list(range(249, -1, -1))
    with_reviews(fake, range(250, 260))
    fake.received.clear()
    assert nightly_export.export(fake.client(), file) == 10
    assert exported(file)[250:] == list(range(259, 249, -1))
    assert len(fake.received) == 1
    assert nightly_export.export(fake.client(), file) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["reviews.jsonl"]


@pytest.mark.parametrize("cut", [1, 30, 100])
def test_a_line_that_a_kill_cut_off_is_fetched_again(fake: FakeTrustoo, tmp_path: Path, cut: int) -> None:
    file, part = tmp_path / "reviews.jsonl", tmp_path / "reviews.jsonl.part"
    with_reviews(fake, range(250))
    nightly_export.export(fake.client(), file)
    whole = file.read_bytes()
    os.replace(file, part)  # a first night that was killed while it wrote
    part.write_bytes(whole[: len(whole) // 2][:-cut])
    nightly_export.export(fake.client(), file)
    assert sorted(exported(file)) == list(range(250))


def test_a_kill_while_lines_join_the_file_neither_loses_nor_repeats_any(fake: FakeTrustoo, tmp_path: Path) -> None:
    file, part = tmp_path / "reviews.jsonl", tmp_path / "reviews.jsonl.part"
    with_reviews(fake, range(250))
    nightly_export.export(fake.client(), file)
    whole = file.read_bytes()
    part.write_bytes(whole)
    file.write_bytes(whole[: len(whole) // 3])
    assert 160 < nightly_export.export(fake.client(), file) < 180
    assert exported(file) == list(range(249, -1, -1))


@contextmanager
def served(application: Any) -> Iterator[str]:
    """An ASGI application on a port of 127.0.0.1: its address."""
    server = uvicorn.Server(uvicorn.Config(application, port=0, log_level="error", lifespan="off", date_header=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.02)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)


def test_an_export_that_is_killed_goes_on_where_it_was(fake: FakeTrustoo, tmp_path: Path) -> None:
    file, part = tmp_path / "reviews.jsonl", tmp_path / "reviews.jsonl.part"
    with_reviews(fake, range(450))
    tokens = {"TRUSTOO_PUBLIC_TOKEN": fake.tokens.public_token, "TRUSTOO_PRIVATE_TOKEN": fake.tokens.private_token}
    command = [sys.executable, "-P", str(ROOT / "examples" / "nightly_export.py"), str(file)]
    here, go_on = threading.Event(), threading.Event()

    async def stops_at_the_fourth_page(scope: Any, receive: Any, send: Any) -> None:
        if b"page=4&" not in scope["query_string"] + b"&" or go_on.is_set():
            await fake.asgi(scope, receive, send)
        else:
            here.set()
            await asyncio.to_thread(go_on.wait, 30)  # and no answer: the client is dead

    with served(stops_at_the_fourth_page) as address:
        environment = os.environ | tokens | {"TRUSTOO_BASE_URL": address, "PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(command, env=environment) as process:
            assert here.wait(30)
            process.kill()
        go_on.set()
        assert 200 <= len(exported(part)) <= 300
        assert not file.exists()
        fake.received.clear()
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "450 new reviews\n"), done.stderr
    assert exported(file) == list(range(449, -1, -1))
    assert [dict(received.query)["page"] for received in fake.received] == ["2", "3", "4", "5"]


@pytest.mark.parametrize("program", ["nightly_export", "review_import"])
def test_a_program_without_its_file_says_how_it_is_started(program: str) -> None:
    command = [sys.executable, str(ROOT / "examples" / f"{program}.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert re.fullmatch(rf"Give the .*: python examples/{program}\.py reviews\.\w+\n", done.stderr)


# --- import ---


def table(folder: Path, *rows: dict[str, str]) -> Path:
    """A CSV file with good rows that differ as `rows` say, and the photo kettle.jpg beside it."""
    (folder / "kettle.jpg").write_bytes(PICTURE)
    file = folder / "reviews.csv"
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, review_import.COLUMNS)
        writer.writeheader()
        for number, row in enumerate(rows):
            writer.writerow({"product_id": "1", "rating": "5", "author": f"Author {number}", **row})
    return file


def test_every_row_is_imported_with_its_photos(fake: FakeTrustoo, tmp_path: Path) -> None:
    file = table(tmp_path, {"photos": "kettle.jpg; kettle.jpg", "content": "Süß, heiß"}, {"rating": "3"})
    assert list(review_import.import_reviews(fake.client(), file).values()) == ["created", "created"]
    assert [(review["rating"], review["author"]) for review in fake.reviews] == [(5, "Author 0"), (3, "Author 1")]
    assert len(fake.storage.uploads) == 2
    assert len(fake.received[-2].json["media"]) == 2
    assert "media" not in fake.received[-1].json
    before = len(fake.received)
    assert list(review_import.import_reviews(fake.client(), file).values()) == ["created", "created"]
    assert len(fake.received) == before


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"rating": "6"}, "row 3: a rating from 1 to 5"),
        ({"rating": "five"}, "row 3: a rating from 1 to 5"),
        ({"author": ""}, "row 3: a rating from 1 to 5 and an author"),
        ({"photos": "kettle.jpg;missing.jpg"}, "row 3: missing photos: .*missing.jpg"),
        ({"author": "Author 0"}, "row 3: the row occurs twice"),
        ({"author": "x" * 100_000}, "row 3: "),
    ],
)
def test_a_mistake_in_one_row_keeps_all_rows_from_being_sent(
    fake: FakeTrustoo, tmp_path: Path, row: dict[str, str], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        review_import.import_reviews(fake.client(), table(tmp_path, {}, row))
    assert not fake.received


@pytest.mark.parametrize("fault", [Fault.reset(), Fault.timeout(processed=True), Fault.garbage()])
def test_a_row_whose_outcome_is_unknown_is_never_sent_again(fake: FakeTrustoo, tmp_path: Path, fault: Fault) -> None:
    file = table(tmp_path, {}, {})
    fake.fail(fault, operation="reviews.create")
    for _ in range(2):
        assert list(review_import.import_reviews(fake.client(), file).values()) == ["unknown", "created"]
    assert [review["author"] for review in fake.reviews] == ["Author 0", "Author 1"]


def test_a_row_that_was_being_sent_when_the_program_died_is_unknown(fake: FakeTrustoo, tmp_path: Path) -> None:
    file = table(tmp_path, {}, {})

    def dies(received: object) -> None:
        raise KeyboardInterrupt

    fake.respond("reviews.create", dies)
    with pytest.raises(KeyboardInterrupt):
        review_import.import_reviews(fake.client(), file)
    fake.respond("reviews.create", {"id": 7})
    assert list(review_import.import_reviews(fake.client(), file).values()) == ["unknown", "created"]


def test_a_refused_row_is_sent_again_and_a_refused_token_ends_the_import(fake: FakeTrustoo, tmp_path: Path) -> None:
    file = table(tmp_path, {}, {})
    fake.fail(Fault.code(3), operation="reviews.create")
    assert list(review_import.import_reviews(fake.client(), file).values()) == ["refused", "created"]
    assert list(review_import.import_reviews(fake.client(), file).values()) == ["created", "created"]
    assert len(fake.reviews) == 2
    old = {"public_token": fake.tokens.public_token, "private_token": "EXAMPLE-old-token"}
    other = table(tmp_path, {"title": "a"}, {"title": "b"})
    fake.received.clear()
    with pytest.raises(UnauthenticatedError):
        review_import.import_reviews(fake.client(**old), other)
    assert len(fake.received) == 1


# --- web applications ---


def visit(application: Any, talk: Callable[[httpx.AsyncClient], Awaitable[None]]) -> None:
    """Have a browser talk to an ASGI application."""

    async def run() -> None:
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="https://app.example") as browser:
            await talk(browser)

    asyncio.run(run())


PRIVATE: dict[str, Any] = {
    "author": "Zoë Example",
    "author_email": "zoe@example.com",
    "author_phone": "1",
    "secret_new_member": "x",
}


def test_the_proxy_shows_allowed_fields_only_and_strikes_out_addresses(fake: FakeTrustoo) -> None:
    media = [{"url": "https://img.example/1.jpg", "thumbnail_url": "", "uploader": "zoe@example.com"}]
    said = "Ask zoe@example.com, (Zoe.X+1@mail.example.co.uk)."
    fake.reviews.add(id="1", product_id="7", rating=5, title="a@b.example", content=said, media=media, **PRIVATE)

    async def talk(browser: httpx.AsyncClient) -> None:
        answer = await browser.get("/products/7/reviews")
        assert answer.json() == {
            "page": 1,
            "reviews": [
                {
                    "id": "1",
                    "rating": 5,
                    "title": "…",
                    "content": "Ask …, (…).",
                    "photos": [{"url": "https://img.example/1.jpg", "thumbnail_url": ""}],
                }
            ],
        }

    visit(backend_proxy.create_app(fake.async_client()), talk)


def test_the_proxy_reaches_nothing_but_its_two_operations(fake: FakeTrustoo) -> None:
    async def talk(browser: httpx.AsyncClient) -> None:
        for path in ("/", "/docs", "/openapi.json", "/orders", "/products/7", "/products/7/orders"):
            assert (await browser.get(path)).status_code == 404
        assert (await browser.post("/products/7/reviews", json={"rating": 1})).status_code == 405
        for product in ("x", "-1", "1" * 21, "1%20or%201"):
            assert (await browser.get(f"/products/{product}/reviews")).status_code == 422
        assert (await browser.get("/products/7/reviews?page=0")).status_code == 422

    visit(backend_proxy.create_app(fake.async_client()), talk)
    assert not fake.received


def test_the_proxy_asks_for_a_rating_once_while_it_is_fresh(fake: FakeTrustoo, monkeypatch: pytest.MonkeyPatch) -> None:
    fake.reviews.add(product_id="7", rating=4, author="Zoë")

    async def talk(browser: httpx.AsyncClient) -> None:
        for _ in range(3):
            assert (await browser.get("/products/7/rating")).json()["count"] == 1
        assert fake.processed["reviews.rating"] == 1
        await browser.get("/products/8/rating")
        assert fake.processed["reviews.rating"] == 2
        monkeypatch.setattr(backend_proxy, "TTL", -1)
        await browser.get("/products/9/rating")
        await browser.get("/products/9/rating")
        assert fake.processed["reviews.rating"] == 4

    visit(backend_proxy.create_app(fake.async_client()), talk)


def test_the_proxy_tells_customers_nothing_of_a_failure(fake: FakeTrustoo, capsys: pytest.CaptureFixture[str]) -> None:
    async def talk(browser: httpx.AsyncClient) -> None:
        for fault, status in ((Fault.code(16), 502), (Fault.code(5), 404), (Fault.timeout(processed=False), 504)):
            fake.fail(fault)
            answer = await browser.get("/products/7/rating")
            assert (answer.status_code, answer.json()) == (status, {"error": "The reviews cannot be shown now."})

    visit(backend_proxy.create_app(fake.async_client(retry=NO_RETRIES)), talk)
    assert "UnauthenticatedError: reviews.rating: code 16" in capsys.readouterr().out


def test_a_merchant_authorises_the_app_and_sees_the_shops_reviews(fake: FakeTrustoo, tmp_path: Path) -> None:
    fake.reviews.add(rating=4, content="<b>hot</b>", author="Zoë")
    merchants, store = fake.add_platform(), FileStore(tmp_path)
    application = oauth_app.create_app(fake.async_platform_client(store=AsyncFileStore(tmp_path)))

    async def talk(browser: httpx.AsyncClient) -> None:
        sent = await browser.get("/install", params={"shop": SHOP})
        requested = httpx.URL(sent.headers["location"])
        assert (sent.status_code, requested.params["scope"]) == (307, "read_reviews")
        assert {"secure", "httponly"} <= {part.strip().lower() for part in sent.headers["set-cookie"].split(";")}
        before = browser.cookies["session"]
        returned = await browser.get(merchants.return_url(requested.params["state"], "/callback", "read_reviews"))
        assert (returned.status_code, returned.headers["location"]) == (303, "/reviews")
        assert browser.cookies["session"] != before
        shown = await browser.get("/reviews")
        assert f"<h1>{SHOP}</h1><ul><li>4 &lt;b&gt;hot&lt;/b&gt;</ul>" in shown.text
        stored = store.load(SHOP)
        assert stored is not None
        token = Token.from_json(stored.text)
        merchants.revoke(token.access_token)
        merchants.revoke(token.refresh_token or "")
        again = await browser.get("/reviews")
        assert (again.status_code, again.headers["location"]) == (307, f"/install?shop={SHOP}")

    visit(application, talk)


def test_foreign_late_denied_and_made_up_callbacks_get_no_token(fake: FakeTrustoo, tmp_path: Path) -> None:
    merchants = fake.add_platform()
    application = oauth_app.create_app(fake.async_platform_client(store=AsyncFileStore(tmp_path)))

    async def talk(browser: httpx.AsyncClient) -> None:
        state = httpx.URL((await browser.get("/install", params={"shop": SHOP})).headers["location"]).params["state"]
        mine = browser.cookies["session"]
        for session in ("", "another"):
            browser.cookies.clear()
            browser.cookies.set("session", session)
            assert (await browser.get(merchants.return_url(state, "/callback"))).status_code == 400
        browser.cookies.set("session", mine)
        assert (await browser.get(merchants.return_url(f"{state}x", "/callback"))).status_code == 400
        denied = await browser.get("/callback", params={"state": state, "error": "access_denied"})
        assert denied.status_code == 403
        assert (await browser.get("/reviews")).status_code == 401
        for shop in ("evil.example", f"{SHOP}.evil.example", "a/b.myshopify.com", f"{SHOP}%0a"):
            assert (await browser.get("/install", params={"shop": shop})).status_code == 400

    visit(application, talk)
    assert not merchants.counts
    assert not list(tmp_path.iterdir())


def test_the_app_keeps_the_services_failures_to_itself(fake: FakeTrustoo, tmp_path: Path) -> None:
    fake.add_platform()
    fake.fail(Fault.html(502), times=9)
    application = oauth_app.create_app(fake.async_platform_client(store=AsyncFileStore(tmp_path)))

    async def talk(browser: httpx.AsyncClient) -> None:
        answer = await browser.get("/install", params={"shop": SHOP})
        assert answer.status_code == 502
        assert "try again later" in answer.text

    visit(application, talk)


@pytest.mark.parametrize("file", sorted((ROOT / "examples").glob("*.py")), ids=lambda file: file.name)
def test_each_example_begins_with_how_to_run_it_and_is_short(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 95
    head = "\n".join(lines[:10])
    assert f"examples/{file.name}" in head or f"examples.{file.stem}:app" in head
