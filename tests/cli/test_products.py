"""`trustoo products pull` reads the list that a shop publishes, page by page, and says where it cannot."""

from __future__ import annotations

import csv
import json
from urllib.parse import urlsplit

import pytest
from trustoo import ArgumentError, RetryPolicy
from trustoo.cli import products as module
from trustoo.cli import web
from trustoo.cli.imports.products import Products
from trustoo.cli.products import shop_address
from trustoo.transport import Headers, HTTPRequest, HTTPResponse

from tests.cli.conftest import Machine
from tests.cli.shops import Answer, of_pages, page, product, shop


@pytest.fixture(autouse=True)
def _without_pauses_and_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.0)
    monkeypatch.setattr(web, "RETRIES", RetryPolicy(attempts=3, base=0.0))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def test_all_pages_until_an_empty_one(machine: Machine) -> None:
    with shop(of_pages(page(1, 2), page(3), page(4))) as (address, asked):
        done = machine.run("products", "pull", f"{address}/collections/all", "--to", "products.json")
    assert done.code == 0, done
    assert "4 products" in done.out
    assert asked == [f"/products.json?limit=250&page={number}" for number in (1, 2, 3, 4)]
    saved = json.loads((machine.folder / "products.json").read_text("utf-8"))
    assert saved == [{name: product(n)[name] for name in ("handle", "id", "title")} for n in (1, 2, 3, 4)]


@pytest.mark.parametrize("name", ["products.json", "products.jsonl", "products.csv"])
def test_what_is_pulled_can_be_given_to_an_import(machine: Machine, name: str) -> None:
    with shop(of_pages(page(1, 2))) as (address, _):
        assert machine.run("products", "pull", address, "--to", name).code == 0
    found = Products.read(machine.folder / name)
    assert len(found) == 2
    assert found.id_of("kettle-2") == "8100000000002"
    if name.endswith(".csv"):
        with open(machine.folder / name, encoding="utf-8", newline="") as file:
            assert [row["title"] for row in csv.DictReader(file)] == ['Kettle "1", ö', 'Kettle "2", ö']


def test_without_a_file_the_products_are_printed(machine: Machine) -> None:
    with shop(of_pages(page(1))) as (address, _):
        done = machine.run("products", "pull", address, "--json")
        assert done.lines == [{"handle": "kettle-1", "id": 8100000000001, "title": 'Kettle "1", ö'}]
        assert machine.run("products", "pull", address).out.splitlines()[0].split("\t") == ["handle", "id", "title"]


def test_a_shop_without_products_is_told(machine: Machine) -> None:
    with shop(of_pages()) as (address, _):
        done = machine.run("products", "pull", address, "--to", "products.json")
    assert done.code == 0
    assert "publishes no products" in done.err


def test_the_primary_domain_is_followed_and_named(machine: Machine) -> None:
    with shop(of_pages(page(1), page(2))) as (primary, of_primary):

        def moved(path: str, query: dict[str, list[str]]) -> Answer:
            return 301, {"Location": f"{primary}/products.json?limit=250&page={query['page'][0]}"}, b""

        with shop(moved) as (address, asked):
            done = machine.run("products", "pull", address, "--to", "products.json")
    assert done.code == 0
    assert f"{urlsplit(address).netloc} redirects to {urlsplit(primary).netloc}." in done.err
    assert len(asked) == 1  # the other pages come from the primary domain
    assert len(of_primary) == 3


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        (
            {"/products.json": (302, {"Location": "/password"}, b""), "/password": (200, {}, b"<html>")},
            "the password of",
        ),
        ({"/products.json": (302, {"Location": "/login"}, b""), "/login": (200, {}, b"<html>")}, "redirects from its"),
        ({"/products.json": (200, {"Content-Type": "text/html"}, b"<html>")}, "is not a list of products"),
        ({"/products.json": (200, {}, b'{"products": [{"id": null}]}')}, "is not a list of products"),
        ({"/products.json": (200, {}, b"[]")}, "is not a list of products"),
        ({"/products.json": (404, {}, b"")}, "HTTP 404. Shops with a password"),
        ({"/products.json": (403, {}, b"")}, "HTTP 403. The shop, or a protection before it, refuses programs"),
        ({"/products.json": (429, {"Retry-After": "3600"}, b"")}, "HTTP 429. The shop is overloaded"),
        ({"/products.json": (503, {}, b"")}, "HTTP 503. The shop is overloaded"),
        ({"/products.json": page(1)}, "has the products of earlier pages again"),
    ],
    ids=["password", "login", "page", "other JSON", "list", "none", "refused", "busy", "down", "pages that repeat"],
)
def test_a_shop_whose_list_cannot_be_read_is_named_and_no_file_is_written(
    machine: Machine, answers: dict[str, Answer], reason: str
) -> None:
    with shop(lambda path, query: answers[path]) as (address, _):
        done = machine.run("products", "pull", address, "--to", "products.json")
    assert done.code == 1, done
    assert reason in done.err
    assert address in done.err
    assert not (machine.folder / "products.json").exists()


@pytest.mark.parametrize(
    ("statuses", "reason"),
    [
        ((401, 403, 430), "refuses programs"),
        ((429, 500, 502, 503, 504, 520), "is overloaded"),
        ((204, 400, 402, 404, 406, 410, 418, 431, 451), "Shops with a password"),
    ],
    ids=["refused", "busy", "none"],
)
def test_each_status_has_its_reason(machine: Machine, statuses: tuple[int, ...], reason: str) -> None:
    answers: list[Answer] = []
    with shop(lambda path, query: answers[-1]) as (address, _):
        for status in statuses:
            answers.append((status, {"Retry-After": "3600"}, b""))
            done = machine.run("products", "pull", address)
            assert (done.code, f"HTTP {status}. " in done.err, reason in done.err) == (1, True, True), done


def test_the_timeout_of_the_command_is_that_of_its_requests(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    def send(self: object, request: HTTPRequest) -> HTTPResponse:
        assert (request.timeout, request.deadline) == (7, 35)
        assert request.headers["Accept"] == "application/json"
        return HTTPResponse(200, Headers([]), (page(1) if request.url.endswith("=1") else page())[2])

    monkeypatch.setattr("trustoo.transport.NamedTransport.send", send)
    done = machine.run("--timeout", 7, "products", "pull", "https://shop.example", "--to", "products.json")
    assert done.code == 0, done.err


def test_an_old_file_stays_if_the_pull_fails(machine: Machine) -> None:
    old = machine.write("products.json", "[]")
    with shop(of_pages(page(1), (500, {}, b""))) as (address, _):
        assert machine.run("products", "pull", address, "--to", "products.json").code == 1
    assert old.read_text() == "[]"


def test_a_shop_that_is_busy_is_asked_again(machine: Machine) -> None:
    busy = [(429, {"Retry-After": "0"}, b""), (503, {}, b"")]
    pages = of_pages(page(1))
    with shop(lambda path, query: busy.pop() if busy else pages(path, query)) as (address, asked):
        assert machine.run("products", "pull", address, "--to", "products.json").code == 0
    assert len(asked) == 4


def test_a_page_that_is_too_large_is_refused(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST_PAGE", 100)
    with shop(of_pages(page(1, 2, 3))) as (address, _):
        done = machine.run("products", "pull", address)
    assert done.code == 1
    assert "more than 100 bytes" in done.err


def test_a_list_without_an_end_is_refused(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PAGES", 3)
    with shop(lambda path, query: page(int(query["page"][0]))) as (address, asked):
        done = machine.run("products", "pull", address)
    assert done.code == 1
    assert "more than 3 pages" in done.err
    assert len(asked) == 3


def test_no_response_is_the_exit_code_of_no_response(machine: Machine) -> None:
    assert machine.run("products", "pull", "http://127.0.0.1:9").code == 4


@pytest.mark.parametrize("to", ["products.xlsx", "products", "missing/products.json"])
def test_a_file_that_cannot_be_written_fails(machine: Machine, to: str) -> None:
    with shop(of_pages(page(1))) as (address, asked):
        done = machine.run("products", "pull", address, "--to", to)
    assert done.code == 2
    assert to.partition("/")[0] in done.err
    assert asked == [], "a file that cannot be written fails before anything is sent"


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("kettles.myshopify.com", "https://kettles.myshopify.com"),
        (" Kettles.MyShopify.com/ ", "https://kettles.myshopify.com"),
        ("https://www.kettles.example/collections/all?page=2", "https://www.kettles.example"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("localhost:8000", "https://localhost:8000"),
        ("http://[::1]:80/", "http://[::1]:80"),
    ],
)
def test_the_address_of_a_shop(given: str, address: str) -> None:
    assert shop_address(given) == address


@pytest.mark.parametrize(
    "given", ["", "kettles", "ftp://kettles.example", "https://a:b@kettles.example", "http://[x", "a.b:x"]
)
def test_what_is_not_the_address_of_a_shop_is_refused(given: str) -> None:
    with pytest.raises(ArgumentError, match=r"give one such as kettles\.myshopify\.com"):
        shop_address(given)
