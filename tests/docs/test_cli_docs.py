"""Every command that the documentation shows is run, against the fake service, and does what is said."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from trustoo.cli.codes import MEANINGS
from trustoo.testing import Deliveries
from trustoo.upload.journal import STATUSES

from contract_tests.support.pictures import JPEG, PNG
from tests.cli.conftest import Machine, reviews
from tests.cli.imports.test_presets import JUDGEME, OKENDO
from tests.cli.shops import of_pages, page, shop

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
MIGRATION = (ROOT / "docs" / "job-migrate-judgeme.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands(text: str) -> list[str]:
    """The command lines of its shell blocks, without comments and without what they are piped into."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("trustoo ")]
    return [re.split(r" +# | \| ", line)[0].strip() for line in lines]


SHOWN = list(dict.fromkeys(commands(README) + commands(GUIDE)))
WAITING = ("fake", "webhooks listen", "oauth login")
"""Commands that go on until something comes, or until they are interrupted."""
BY_OTHERS = "trustoo mcp"
"""The command that assistants start. tests/cli/test_mcp.py does what they do."""
EXPECTED = {"--expect": 1}
EXPORTS = {
    "judgeme.csv": f"{JUDGEME}\n,Fine,5,2026-08-01,web,ok,Jo Example,,8100000000019,red-kettle,,,,,\n",
    "spr.csv": "product_handle,state,rating,title,author,email,location,body,reply,created_at,replied_at\n"
    "red-kettle,published,5,,Sam Example,,,Fine,,2026-08-01 10:00:00 UTC,\n",
    "okendo.csv": f"{OKENDO}\nOda Example,Fine,,8100000000019,5,,2026-08-01 10:00,,,,TRUE,,,,,,,,,,,approved\n",
    "product-reviews.csv": "Review Status,Review Content,Review Score,Reviewer Display Name,Product ID\n"
    "Published,Fine,5,Yu Example,8100000000019\n",
    "site-reviews.csv": "Review Status,Review Content,Review Score,Reviewer Display Name\n"
    "Published,Fine,5,Yu Example\n",
    "other.csv": "rating,author,Review text,Mood\n5,Ann Example,Fine,happy\n",
    "ali.csv": "Stars,Buyer,Feedback\n5,A***a,Fine\n",
}
"""Exports of other apps with one review each."""


def prepared(machine: Machine) -> None:
    machine.service.pages("reviews.list", [{**review, "commented_at": "2026-01-31 08:00:00"} for review in reviews(30)])
    pictures = {"kettle.jpg": JPEG, "cup.png": PNG}
    (machine.folder / "photos").mkdir()
    for name, content in pictures.items():
        machine.write(name, content)
        machine.write(f"photos/{name}", content)
    (table,) = re.findall(r"^```text\n(product_id,.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    machine.write("new.csv", table)
    for name, export in EXPORTS.items():
        machine.write(name, export)
    machine.write("products.json", '[{"handle": "red-kettle", "id": 8100000000019}]')
    machine.write("body.json", '{"rating": 5}')
    machine.write("review.json", '{"rating": 5, "author": "Zoë Example"}')
    machine.write("ids.txt", "1\n2\n")


def test_the_documents_show_commands() -> None:
    shown = {" ".join(shlex.split(line)[1:3]) for line in SHOWN}
    assert {"reviews export", "reviews import", "webhooks listen", "oauth login", "sign --method"} <= shown
    assert commands(README)


def test_all_that_end_by_themselves_are_run_in_the_documents_order(machine: Machine) -> None:
    prepared(machine)
    for line in SHOWN:
        if any(f" {name}" in line for name in WAITING) or line.startswith(BY_OTHERS):
            continue
        words = shlex.split(line.partition(" < ")[0])[1:]
        source = line.partition(" < ")[2]
        if words[:2] == ["--shop", "kettles.myshopify.com"]:
            continue  # run below, after the login
        with shop(of_pages(page(1, 2))) as (address, _):
            if words[:2] == ["products", "pull"]:
                words[2] = address
            done = machine.run(*words, input=(machine.folder / source).read_text() if source else None)
        wanted = next((code for word, code in EXPECTED.items() if word in words), 0)
        assert done.code == wanted, (line, done)
    made = [received.json for received in machine.service.received if received.operation == "reviews.create"]
    assert {(review["author"], len(review.get("media", []))) for review in made} == {
        ("Zoë Example", 2),
        ("Zoë Example", 0),
        *((f"{name} Example", 0) for name in ("Sam", "Oda", "Ann")),
        ("A***a", 0),
    }
    assert len(made) == 8
    assert (machine.folder / "excel.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_the_way_from_another_app_is_walked(machine: Machine) -> None:
    prepared(machine)
    machine.write("reviews.csv", EXPORTS["judgeme.csv"])
    machine.write(
        "other.csv", EXPORTS["other.csv"].replace("rating", "Stars").replace(",Mood", "").replace(",happy", "")
    )
    for line in commands(re.sub(r"^   ", "", MIGRATION, flags=re.MULTILINE)):  # blocks in lists are indented
        words = shlex.split(line)[1:]
        with shop(of_pages(page(8100000000019))) as (address, _):
            done = machine.run(*[address if "YOUR-SHOP" in word else word for word in words])
        if words[0] == "doctor" or words[:2] == ["products", "pull"]:
            machine.write("products.json", '[{"handle": "red-kettle", "id": 8100000000019}]')
            continue
        assert done.code == 0, (line, done)
        if "--check" in words:
            app = {"reviews.csv": "Judge.me", "spr.csv": "Shopify Product Reviews", "other.csv": "Names of the API"}
            assert done.out.startswith(app.get(words[2], "Yotpo")), done
            assert "no problems" in done.out
    made = [received.json for received in machine.service.received if received.operation == "reviews.create"]
    assert [review["author"] for review in made] == ["Jo Example", "Sam Example", "Ann Example"]


def deliver(machine: Machine, process: subprocess.Popen[bytes], first: str) -> None:
    answers = Deliveries("EXAMPLE-private-token").send(first.split(": ")[1].strip())
    assert [answer.status_code for answer in answers] == [200]
    assert process.stdout is not None
    assert process.stdout.readline().startswith(b'{"topic": "review/created"')


def agree(machine: Machine, process: subprocess.Popen[bytes], first: str) -> None:
    assert process.stderr is not None
    url = process.stderr.readline().decode().strip()
    assert urlsplit(dict(parse_qsl(urlsplit(url).query))["redirect_uri"]).port == 8765
    with httpx.Client(trust_env=False, follow_redirects=True) as client:
        assert client.get(url).status_code == 200
    assert process.wait(30) == 0
    for line in (line for line in SHOWN if line.startswith("trustoo --shop")):
        done = machine.run(*shlex.split(line)[1:], TRUSTOO_PUBLIC_TOKEN=None, TRUSTOO_PRIVATE_TOKEN=None)
        assert done.code == 0, (line, done)


def lists(machine: Machine, process: subprocess.Popen[bytes], first: str) -> None:
    assert process.stdout is not None
    address = process.stdout.readline().decode().strip().partition("TRUSTOO_BASE_URL=")[2]
    done = machine.run("reviews", "list", "--all", "--json", TRUSTOO_BASE_URL=address)
    assert len(done.lines) == 250


DONE_MEANWHILE: dict[str, Callable[[Machine, subprocess.Popen[bytes], str], None]] = {
    "fake": lists,
    "webhooks listen": deliver,
    "oauth login": agree,
}


@pytest.mark.parametrize("name", WAITING)
def test_those_that_wait_are_run_and_given_what_they_wait_for(machine: Machine, name: str) -> None:
    lines = [line for line in SHOWN if f" {name}" in line]
    assert lines
    machine.environment["BROWSER"] = "true"
    for line in lines:
        process = machine.start(*shlex.split(line)[1:])
        assert process.stderr is not None
        try:
            DONE_MEANWHILE[name](machine, process, process.stderr.readline().decode())
        finally:
            process.kill()
            process.communicate()


def test_the_guide_has_the_exit_codes_and_the_statuses() -> None:
    for code, meaning in MEANINGS.items():
        assert f"| {code.value} | {meaning} |" in GUIDE
    assert set(re.findall(r"^\| `(\w+)` \|", GUIDE, re.MULTILINE)) == set(STATUSES)
