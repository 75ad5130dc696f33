"""Authorising a platform through a browser and a callback on this machine; the fake service on a port."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from trustoo.cli.login import _Waiter
from trustoo.testing import FakeTrustoo

from contract_tests.support.clock import set_clock_at_each_reading
from tests.cli.conftest import Machine

SHOP = "kettles.myshopify.com"
ISSUED = ("EXAMPLE-access-token-", "EXAMPLE-refresh-token-", "EXAMPLE-client-secret", "EXAMPLE-code")


@contextmanager
def login(machine: Machine, *options: object) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A login that waits, and the address that it asks to open."""
    process = machine.start("--store", "tokens", "oauth", "login", "--shop", SHOP, "--no-browser", *options)
    assert process.stderr is not None
    try:
        assert process.stderr.readline() == b"Open this address in a browser:\n"
        yield process, process.stderr.readline().decode().strip()
    finally:
        process.kill()
        process.communicate()


def browse(url: str, **options: Any) -> httpx.Response:
    with httpx.Client(trust_env=False, **options) as client:
        return client.get(url)


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"))


def test_the_token_is_kept_and_works_and_is_never_shown(machine: Machine) -> None:
    with login(machine, "--scope", "read_reviews", "--scope", "write_reviews") as (process, url):
        requested = dict(parse_qsl(urlsplit(url).query))
        assert requested["scope"] == "read_reviews write_reviews"
        assert requested["redirect_uri"].startswith("http://127.0.0.1:")
        page = browse(url, follow_redirects=True)
        assert (page.status_code, "go back to the terminal" in page.text) == (200, True)
        assert page.headers["Referrer-Policy"] == "no-referrer"
        out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, b"")
    assert f"The token of {SHOP} is saved in tokens." in out.decode()
    (kept,) = files(machine.folder / "tokens")
    assert b"EXAMPLE-access-token-" in kept.read_bytes()
    if os.name == "posix":
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    shown = out.decode() + page.text
    assert not any(secret in shown for secret in ISSUED)
    tokens = {"TRUSTOO_PUBLIC_TOKEN": None, "TRUSTOO_PRIVATE_TOKEN": None}
    used = machine.run("--shop", SHOP, "--store", "tokens", "reviews", "list", "--json", **tokens)
    assert (used.code, used.lines[0]["id"]) == (0, "1001")
    assert machine.service.received[-1].headers["Authorization"].startswith("Bearer EXAMPLE-access-token-")
    healthy = machine.run("--shop", SHOP, "--store", "tokens", "doctor", "--json", **tokens)
    assert (healthy.code, "saved access token" in healthy.out) == (0, True)
    missing = machine.run("--shop", "other", "--store", "tokens", "doctor", "--json", **tokens)
    assert (missing.code, "trustoo oauth login --shop other" in missing.out) == (2, True)
    assert machine.run("--shop", "other", "--store", "tokens", "reviews", "list").code == 3


def test_json_tells_where_and_until_when_and_no_token(machine: Machine) -> None:
    import json

    with login(machine, "--json") as (process, url):
        browse(url, follow_redirects=True)
        out = process.communicate(timeout=30)[0]
    noted = json.loads(out)
    assert set(noted) == {"shop", "store", "expires_at", "scope"}
    assert (noted["shop"], noted["store"]) == (SHOP, "tokens")
    until = datetime.fromisoformat(noted["expires_at"])
    assert until.utcoffset() == timedelta(0)
    assert timedelta(0) < until - datetime.now(UTC) <= timedelta(days=365)


def test_a_callback_that_was_not_waited_for_changes_nothing(machine: Machine) -> None:
    with login(machine) as (process, url):
        requested = dict(parse_qsl(urlsplit(url).query))
        back = requested["redirect_uri"]
        for query in (
            {},
            {"code": "x"},
            {"code": "x", "state": "forged"},
            {"code": "x", "state": requested["state"] + "A"},
        ):
            assert browse(f"{back}?{urlencode(query)}").status_code == 400
        assert browse(back.replace("/callback", "/favicon.ico")).status_code == 404
        with socket.create_connection(("127.0.0.1", urlsplit(back).port or 0)) as silent:
            silent.sendall(b"GET ")
        assert process.poll() is None
        assert browse(url, follow_redirects=True).status_code == 200
        process.communicate(timeout=30)
    assert process.returncode == 0
    assert machine.service.platform is not None
    assert machine.service.platform.counts == {"authorization_code": 1}


def test_a_merchant_who_says_no_and_a_code_that_is_refused_end_it(machine: Machine) -> None:
    for answer, said in (({"error": "access_denied"}, b"access_denied"), ({"code": "EXAMPLE-code-forged"}, b"code 16")):
        with login(machine) as (process, url):
            requested = dict(parse_qsl(urlsplit(url).query))
            assert (
                "The terminal shows the reason"
                in browse(f"{requested['redirect_uri']}?{urlencode({**answer, 'state': requested['state']})}").text
            )
            err = process.communicate(timeout=30)[1]
        assert process.returncode in (1, 3)
        assert said in err
        assert b"EXAMPLE-code-forged" not in err
    assert files(machine.folder / "tokens") == []


def test_nobody_who_comes_back_in_time_is_told(machine: Machine) -> None:
    with login(machine, "--wait", 1) as (process, _):
        err = process.communicate(timeout=30)[1]
    assert (process.returncode, b"The merchant did not return within 1 s" in err) == (4, True)


def test_the_port_can_be_chosen_and_a_taken_one_is_told(machine: Machine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = machine.run("oauth", "login", "--shop", SHOP, "--port", port, "--no-browser")
        assert (done.code, f"Port {port} of 127.0.0.1 is not available" in done.err) == (2, True)
    with login(machine, "--port", port) as (_, url):
        assert dict(parse_qsl(urlsplit(url).query))["redirect_uri"] == f"http://127.0.0.1:{port}/callback"


def test_the_shop_is_named_before_the_command_or_after_it(machine: Machine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for words in (["--shop", SHOP, "oauth", "login"], ["oauth", "login", "--shop", SHOP]):
            assert "is not available" in machine.run(*words, "--port", port).err
        done = machine.run("oauth", "login", "--port", port)
        assert (done.code, done.err) == (2, "Error: The shop is missing. Use --shop NAME, such as the shop's domain.\n")


def test_without_a_platforms_id_and_secret_it_does_not_begin(machine: Machine) -> None:
    done = machine.run("oauth", "login", "--shop", SHOP, TRUSTOO_CLIENT_SECRET=None)
    assert (done.code, done.err) == (2, "Error: The platform's id or secret is missing. Set TRUSTOO_CLIENT_SECRET.\n")


@pytest.mark.skipif(
    sys.platform == "win32", reason="on Windows, the webbrowser module does not start the shell command in BROWSER"
)
def test_the_browser_is_opened_at_the_address(machine: Machine) -> None:
    """A browser of ours: it writes down where it was sent, and follows."""
    program = "import sys, httpx; open('opened', 'w').write(sys.argv[1]); httpx.get(sys.argv[1], follow_redirects=True)"
    machine.write("browser.py", program)
    machine.environment["BROWSER"] = f"{sys.executable} {machine.folder / 'browser.py'} %s &"
    done = machine.run_apart("--store", "tokens", "oauth", "login", "--shop", SHOP)
    assert done.code == 0, done
    assert "Your browser opens this address" in done.err
    assert (machine.folder / "opened").read_text() in done.err


def test_the_wait_for_the_merchant_lasts_although_the_clock_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock_at_each_reading(monkeypatch)
    fake = FakeTrustoo()
    service = fake.add_platform()
    with _Waiter.at(0) as waiter, fake.platform_client(redirect_uri=waiter.address) as platform:
        state = dict(parse_qsl(urlsplit(platform.authorize_url(SHOP, bound_to="session")).query))["state"]
        with ThreadPoolExecutor(1) as browser:
            browsing = browser.submit(browse, service.return_url(state, waiter.address))
            token = waiter.wait(platform, "session", 60)
        assert browsing.result().status_code == 200
    assert token.access_token.startswith("EXAMPLE-access-token-")
