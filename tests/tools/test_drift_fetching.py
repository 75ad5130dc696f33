"""Pages are fetched politely, from one host, and no answer of a host does harm: `tools/drift/fetching.py`."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.tools.conftest import DATA, before_order_list, comparer, dumped, lines, said
from tests.tools.doc_site import MARKDOWN, Answer, Site, serving, vendor_pages
from tools.drift import fetching
from tools.drift.__main__ import main
from tools.drift.fetching import Fetcher, fetch, is_index
from tools.drift.findings import tidy
from tools.drift.reading import Inputs, read

FAST = 1000.0  # requests per second


@cache
def every_page() -> dict[str, str]:
    return vendor_pages()


PAGES = dict(list(every_page().items())[:3])


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as found:
        yield found


def fetched(site: Site, cache: Path, path: str = "") -> Inputs:
    return fetch(site.address + path, cache, rate=FAST, seconds=1.0)


def findings(inputs: Inputs) -> list[tuple[str, str]]:
    found, problems = comparer().compare(inputs.documents)
    assert problems == []
    return said(tidy(found, lines()))


@pytest.mark.parametrize("source", ["", "/", "/llms.txt"])
def test_every_page_of_a_site_is_compared(source: str, site: Site, tmp_path: Path) -> None:
    pages = every_page()
    site.publish(pages)
    inputs = fetched(site, tmp_path / "cache", source)
    assert inputs.unusable == []
    assert [origin for origin, _ in inputs.guides] == [f"{site.address}/doc-1.md"]
    assert len(inputs.documents) == len(pages)
    for name, text in pages.items():
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / f"{name}.md").write_text(text, encoding="utf-8")
    assert findings(inputs) == findings(read(tmp_path / "in"))


def test_one_page_is_read_by_its_address(site: Site, tmp_path: Path) -> None:
    site.publish(PAGES)
    [document] = fetched(site, tmp_path, f"/{next(iter(PAGES))}.md").documents
    assert document.origin == f"{site.address}/{next(iter(PAGES))}.md"
    assert "/llms.txt" not in site.paths()


def test_a_saved_index_leads_to_its_pages(site: Site, tmp_path: Path) -> None:
    site.publish(PAGES)
    content = site.answers["/llms.txt"]
    assert isinstance(content, tuple)
    saved = tmp_path / "saved.txt"
    saved.write_bytes(content[2])
    assert is_index(saved)
    told: list[str] = []
    inputs = fetch(str(saved), tmp_path / "cache", rate=FAST, tell=told.append)
    assert (len(inputs.documents), inputs.unusable) == (3, [])
    assert told == [f"{saved} is an index of 4 pages. To fetch them takes at least 0 seconds."]


def test_an_index_among_files_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "llms.txt").write_text("# A\n\n## Docs\n- Guide [Start](https://docs.example.com/doc-1.md): \n")
    [(_, reason)] = read(tmp_path).unusable
    assert reason == "is an index of 1 pages, not a page; give it alone as FROM, to fetch its pages"


def test_an_index_with_relative_links_names_no_host(tmp_path: Path) -> None:
    (tmp_path / "llms.txt").write_text("# A\n- Guide [Start](/doc-1.md): \n")
    [(_, reason)] = fetch(str(tmp_path / "llms.txt"), tmp_path).unusable
    assert "without a complete address" in reason


# ---------------------------------------------------------------- politeness


def test_robots_txt_decides_what_is_asked_for(site: Site, tmp_path: Path) -> None:
    site.publish(PAGES)
    first = next(iter(PAGES))
    site.answers["/robots.txt"] = (200, {}, f"User-agent: *\nDisallow: /*{first}.md$\n".encode())
    inputs = fetched(site, tmp_path)
    assert site.paths().count("/robots.txt") == 1
    assert f"/{first}.md" not in site.paths()
    [(origin, reason)] = inputs.unusable
    assert origin == f"{site.address}/{first}.md"
    assert reason == "was not fetched, because robots.txt forbids it; save the page and give the file"
    assert len(inputs.documents) == 2


@pytest.mark.parametrize(
    ("robots", "reason"),
    [
        ((503, {}, b""), "robots.txt of the host has HTTP status 503"),
        ((200, {}, b"User-agent: *\nCrawl-delay: 3600\n"), "robots.txt asks for 3600 seconds between requests"),
        ((200, {}, b"a" * 600_000), "has more than 524288 bytes"),
    ],
)
def test_without_a_clear_permission_nothing_is_asked_for(
    robots: Answer, reason: str, site: Site, tmp_path: Path
) -> None:
    site.publish(PAGES)
    site.answers["/robots.txt"] = robots
    inputs = fetched(site, tmp_path)
    assert inputs.documents == []
    assert all(reason in why for _, why in inputs.unusable)
    assert set(site.paths()) == {"/robots.txt"}


@pytest.mark.parametrize(
    ("rate", "robots", "pause"), [(0.01, b"", 100.0), (1.0, b"User-agent: *\nCrawl-delay: 50", 50.0)]
)
def test_requests_keep_their_distance(rate: float, robots: bytes, pause: float, site: Site, tmp_path: Path) -> None:
    site.publish(PAGES)
    site.answers["/robots.txt"] = (200, {}, robots)
    waits: list[float] = []
    fetcher = Fetcher(site.address, tmp_path, rate=rate, sleep=waits.append)
    assert len(fetcher.pages(site.address).documents) == 3
    fetcher.close()
    assert len(waits) == len(site.asked) == 6
    assert all(pause / 2 < wait <= pause for wait in waits[1:])


def test_an_unchanged_page_is_not_sent_again(site: Site, tmp_path: Path) -> None:
    site.publish(PAGES)
    name = f"/{next(iter(PAGES))}.md"
    kept = site.answers[name]
    assert isinstance(kept, tuple)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        known = handler.headers.get("If-None-Match") == '"1"'
        handler.send_response(304 if known else 200)
        handler.send_header("ETag", '"1"')
        handler.send_header("Content-Type", "text/markdown")
        handler.send_header("Content-Length", "0" if known else str(len(kept[2])))
        handler.end_headers()
        handler.wfile.write(b"" if known else kept[2])

    site.answers[name] = answer
    first = findings(fetched(site, tmp_path, name))
    second = findings(fetched(site, tmp_path, name))
    assert first == second
    conditions = [headers.get("if-none-match") for path, headers in site.asked if path == name]
    assert conditions == [None, '"1"']
    assert {headers["user-agent"] for _, headers in site.asked} == {"trustoo-drift"}


# ---------------------------------------------------------------- hostile hosts


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/markdown")
    handler.end_headers()
    with contextlib.suppress(OSError):
        while True:
            handler.wfile.write(b"a" * 65536)


def slow(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/markdown")
    handler.end_headers()
    with contextlib.suppress(OSError):
        for _ in range(200):
            handler.wfile.write(b"a")
            time.sleep(0.05)


def silent(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(3)


def gone(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.close()


HOSTILE: dict[str, tuple[Answer, str]] = {
    "HTML": ((200, {"Content-Type": "text/html"}, b"<html></html>"), "answered with text/html, expected Markdown"),
    "an image": ((200, {"Content-Type": "image/png"}, b"\x89PNG"), "answered with image/png"),
    "HTML that says to be Markdown": ((200, MARKDOWN, b"<!doctype html><html></html>"), "has an unknown form"),
    "a binary file": ((200, MARKDOWN, b"\x00\x01"), "is a binary file"),
    "nothing": ((200, MARKDOWN, b""), "is empty"),
    "no page": ((404, {}, b""), "answered with HTTP status 404"),
    "an error": ((500, {}, b""), "answered with HTTP status 500"),
    "too much": (endless, "has more than 4194304 bytes"),
    "a slow answer": (slow, "took more than 1 seconds"),
    "no answer": (silent, "did not answer within 1 seconds"),
    "a closed connection": (gone, "could not be fetched: "),
    "a redirect to itself": ((302, {"Location": "/hostile.md"}, b""), "was redirected more than 3 times"),
    "a redirect to a file": ((302, {"Location": "file:///etc/hostname"}, b""), "no other host is asked"),
    "a redirect without a place": ((302, {}, b""), "was redirected more than 3 times"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_is_refused_with_a_sentence_and_the_others_are_read(
    name: str, site: Site, tmp_path: Path
) -> None:
    answer, reason = HOSTILE[name]
    site.publish({"hostile": "", **dict(list(PAGES.items())[:1])})
    site.answers["/hostile.md"] = answer
    inputs = fetched(site, tmp_path)
    [(origin, why)] = inputs.unusable
    assert origin == f"{site.address}/hostile.md"
    assert reason in why
    assert len(inputs.documents) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_other_host_is_asked(status: int, site: Site, tmp_path: Path) -> None:
    with serving() as other:
        other.publish(PAGES)
        at = f"{other.address}/{next(iter(PAGES))}.md"
        site.publish({"moved": ""}, links=(at,))
        site.answers["/moved.md"] = (status, {"Location": at}, b"")
        reasons = dict(fetched(site, tmp_path).unusable)
        assert reasons == {
            f"{site.address}/moved.md": f"was redirected to {at}, which is not on {site.address}, and no other host is"
            " asked; give that address as FROM",
            at: f"is not on {site.address}, and no other host is asked; give that address as FROM",
        }
        assert other.asked == []


def test_a_redirect_within_the_host_is_followed(site: Site, tmp_path: Path) -> None:
    site.publish(PAGES)
    site.answers["/old.md"] = (301, {"Location": f"/{next(iter(PAGES))}.md"}, b"")
    assert len(fetched(site, tmp_path, "/old.md").documents) == 1


def test_an_index_of_too_many_pages_is_read_in_part(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MAX_PAGES", 2)
    site.publish(PAGES)
    inputs = fetched(site, tmp_path)
    assert inputs.unusable == [(f"{site.address}/llms.txt", "lists 4 pages, of which only 2 were read")]


def test_a_host_that_cannot_be_reached_is_named(tmp_path: Path) -> None:
    with serving() as closed:
        address = closed.address
    [(origin, reason)] = fetch(address, tmp_path).unusable
    assert origin == f"{address}/llms.txt"
    assert "could not be fetched: ConnectError; check the address" in reason


def test_the_command_fetches_an_address(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site.publish(dict(list(PAGES.items())[:1]))
    assert main([site.address, "--rate", "10", "--cache", str(tmp_path), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["guides"] == [
        {
            "file": f"{site.address}/doc-1.md",
            "reason": "describes no operation, so it was not compared; read it yourself",
        }
    ]
    assert report["unusable"] == []


def test_the_command_says_what_it_wrote_and_what_it_asks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "openapi.yaml"
    spec.write_bytes(dumped(before_order_list()))
    arguments = [str(DATA / "order_list.md"), "--apply", "--spec", str(spec)]
    assert main([*arguments, "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert "scopes are documented: read_orders; ours knew none" in [finding["text"] for finding in report["written"]]
    [asked] = [each for each in report["questions"] if each["kind"] == "limit-changed"]
    assert asked["reason"].startswith("the place is shared with customer_events.list")
    assert main(arguments) == 1
    out = capsys.readouterr().out
    assert "0 changes written into openapi.yaml; review them with git diff" in out
    assert "1. orders.list: parameter page_size: maximum is 100, ours none (openapi.yaml:" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "required: FROM"),
        ([""], "FROM is empty"),
        (["https://example.com", "--rate", "0"], "--rate 0 is not between 0 and 10"),
    ],
)
def test_a_wrong_command_line_is_usage_and_exit_code_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith("usage: python -m tools.drift")
    assert words in error
