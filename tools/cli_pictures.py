"""Draws docs/cli/*.svg, pictures of what commands print at a terminal, from runs against the fake service.

python -m tools.cli_pictures            # draw the pictures
python -m tools.cli_pictures --check    # exit code 1 if one of them is out of date
"""

from __future__ import annotations

import io
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from html import escape
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from urllib.request import urlopen
from wsgiref.simple_server import WSGIServer, make_server

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text
from trustoo.cli.app import app
from trustoo.cli.fake import serving, variables
from trustoo.cli.output import Output
from trustoo.oauth import ANY, FileStore, Token
from trustoo.testing import FakeTrustoo
from typer.testing import CliRunner

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "cli"
WIDTH = 90
COMMANDS = {
    "help": "--help",
    "doctor": "doctor",
    "media-upload": "media upload kettle.gif",
    "reviews-export": "reviews export shop.csv --mode full",
    "reviews-get": "reviews get 1001",
    "reviews-delete": "reviews delete 1001 1002 --yes",
    "webhooks-list": "webhooks list",
    "platform-status": "platform status",
    "reviews-list": "reviews list --limit 6",
    "reviews-stats": "reviews stats --top 4",
    "reviews-import": "reviews import judgeme.csv --check",
    "rating": "rating red-kettle blue-cup",
    "orders-list": "orders list",
    "customers-forget": "customers forget zoe@e.example --yes",
    "api": "api reviews.get id=1001",
    "operations": "api",
    "sign": "sign 'page=1&keyword=red%20kettle' --timestamp 1700000000",
    "mistakes": """reviews get-list
customers delete-exclusion
oauth token --client-secret EXAMPLE""",
    "reviews-create": "reviews create --rating 5 --author 'Zoë Example' --product-id 8100000000019 --yes",
    "media-credentials": """media image-upload-credentials
media video-upload-url""",
    "products-pull": "products pull kettles.myshopify.com",
    "exports": """orders export orders.csv
events export events.jsonl --since 2026-01-01
customers export-exclusions exclusions.csv""",
    "events-list": "events list",
    "customers": """customers unsubscribe zoe@e.example --email-type all --yes
customers exclude zoe@e.example --yes
customers exclusions --columns customer_id,created_at
customers include zoe@e.example --yes""",
    "webhooks": """webhooks create --topic review/created --url https://example.com/webhook --yes
webhooks update 19 --topic review/updated --url https://example.com/webhook --unverified --yes
webhooks delete 19 --yes""",
    "webhooks-listen": "webhooks listen --port 8000 --count 1",
    "oauth-login": "oauth login --shop kettles.myshopify.com --scope read_reviews",
    "oauth-status": """oauth status
--shop cups.myshopify.com oauth revoke --yes""",
    "oauth": """oauth authorize-url --redirect-uri https://me.example/callback --scope read_reviews
oauth authorize --redirect-uri https://me.example/callback
oauth token --grant-type client_credentials --shop-id 10000000001 --yes""",
    "platform": """platform authorization-info --myshopify-domain example.myshopify.com
platform installation-status --myshopify-domain example.myshopify.com
--shop kettles.myshopify.com platform cancel --unverified --yes
--shop kettles.myshopify.com platform disconnect --yes""",
    "tokens": """tokens public
tokens private""",
    "mcp": "mcp --help",
    "fake": "fake --seed-reviews 250",
}
"""The command lines of each picture."""
KETTLE = bytes.fromhex("474946383961010001008000000000000000002c00000000010001000002024401003b")
VARYING = (
    (r"127\.0\.0\.1:\d+", "127.0.0.1:8000"),
    (r"Python 3\.\d+\.\d+\S*", "Python 3.13.1"),
    (r"in \d+\.\d\d s", "in 0.12 s"),
    (r"127\.0\.0\.1%3A\d+", "127.0.0.1%3A8000"),
    (r"state=[\w.~%-]+", "state=EXAMPLE-state"),
    (r"(sent_at\W.*?)20\d\d-\S+Z", r"\g<1>2026-05-14T08:30:00Z"),
    (r"20\d\d-\S+\+00:00", "2026-05-14T09:30:00+00:00"),
    (r"(expire\W.*?)\d{10}", r"\g<1>1778751000"),
    (r"EXAMPLE-dir/20\d\d/\d+/\d+", "EXAMPLE-dir/2026/5/14"),
    (r"\d{4}/\d+/\d+/[0-9a-f]{32}", "2026/05/14/" + "0123456789abcdef" * 2),
)
"""What differs from run to run, and what the pictures have instead."""
FORMAT = """<svg xmlns="http://www.w3.org/2000/svg" role="img"
width="{width}" height="{height}" viewBox="0 0 {width} {height}">
<title>TITLE</title>
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, monospace; font-size: {char_height}px;
line-height: {line_height}px; font-variant-east-asian: full-width }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>{lines}</defs>
<rect fill="#0c0c0c" width="100%" height="100%" rx="8"/>
<g transform="translate(12, 16)" clip-path="url(#{unique_id}-clip-terminal)">{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""
"""The form of a picture. The form of rich itself loads a font from the web."""
FIRST = ("Zoë", "Ann", "Sam", "Yu", "Oda", "Jo")
REVIEWS = [
    {
        "id": str(1030 - n),
        "rating": 5 - (n * n) % 4,
        "author": f"{FIRST[n % 6]} Example",
        "author_email": "zoe@e.example" if n % 6 == 0 else None,
        "author_country": ("DE", "US", "FR")[n % 3],
        "title": ("Keeps warm", "Lovely", "Too small", "As described")[n % 4],
        "source": ("Email request", "Store front", "CSV uploaded")[n * n % 3],
        "product_title": ("Red kettle", "Blue cup", "Tea pot")[n % 3],
        "created_at": f"2026-0{6 - n // 5}-{28 - n % 5 * 5:02} 10:00:00",
    }
    for n in range(30)
]
ORDERS = [
    {"id": str(n), "name": f"#10{n}", "status": status, "created_at": f"2026-05-{n:02} 10:00:00"}
    for n, status in ((14, "sent"), (13, "waiting"), (12, "reviewed"))
]
EVENTS = [
    {"event_type": kind, "event_source": "STOREFRONT", "os_type": system, "created_at": f"2026-05-{day} 10:00:00"}
    for kind, system, day in (("CLICK_MEDIA", "IOS", 14), ("VIEW_REVIEW", "WINDOWS", 13), ("SUBMIT_REVIEW", "IOS", 12))
]
EXCLUSIONS = [{"customer_id": f"100000000000{n}", "created_at": f"2026-05-{n} 10:00:00"} for n in (14, 13)]
PRODUCTS = [
    {"handle": "red-kettle", "id": 8100000000019, "title": "Red kettle"},
    {"handle": "blue-cup", "id": 8100000000020, "title": "Blue cup"},
]
JUDGEME = """title,body,rating,review_date,source,curated,reviewer_name,reviewer_email,product_id,product_handle,reply
Keeps warm,Pours well.,5,2026-05-14 08:30:00 UTC,web,ok,Zoë Example,zoe@e.example,8100000000019,red-kettle,Thanks!
Nice,Good.,4,2026-05-15 09:00:00 UTC,email,ok,Ann Example,ann@e.example,8100000000020,blue-cup,
"""


def pictures() -> Iterator[tuple[str, str]]:
    """The names and the contents of the pictures."""
    service = FakeTrustoo(state="off")
    service.add_platform()
    service.pages("reviews.list", REVIEWS)
    service.pages("orders.list", ORDERS)
    service.pages("customer_events.list", EVENTS)
    service.pages("customers.exclusions", EXCLUSIONS)
    with tempfile.TemporaryDirectory() as folder, serving(service) as address, _others(service):
        Path(folder, "judgeme.csv").write_text(JUDGEME, encoding="utf-8")
        Path(folder, "kettle.gif").write_bytes(KETTLE)
        environment = {
            **dict.fromkeys([name for name in os.environ if name.startswith("TRUSTOO_")]),
            **variables(service, address),
            "COLUMNS": str(WIDTH),
            "FORCE_COLOR": "1",
            "TERM": "xterm-256color",
            "TRUSTOO_RATE": "0",
            "TRUSTOO_STORE": "tokens",
            "NO_COLOR": None,
            "HOME": folder,
        }
        before = os.getcwd()
        os.chdir(folder)
        _save_token(service, "cups.myshopify.com")
        try:
            for name, lines in COMMANDS.items():
                session = service.tokens.merchant_session if name in ("oauth", "tokens") else None
                given = {**environment, "TRUSTOO_MERCHANT_SESSION": session}
                runs = [
                    (line, CliRunner().invoke(app, _words(line), env=given, color=True).output)
                    for line in lines.splitlines()
                ]
                yield name, picture(name, runs)
        finally:
            os.chdir(before)


@contextmanager
def _others(service: FakeTrustoo) -> Iterator[None]:
    """Those who do what commands wait for: a merchant, a shop, a sender of webhooks, and a user who presses Ctrl-C."""

    def agree(url: str) -> bool:
        Thread(target=urlopen, args=(url,)).start()
        return True

    def delivered(host: str, port: int, *arguments: Any) -> WSGIServer:
        server: WSGIServer = make_server(host, 0, *arguments)
        url = f"http://{host}:{server.server_port}/webhooks/review-created"
        Thread(target=service.deliveries().send, args=(url,)).start()
        return server

    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    with ExitStack() as stack:
        # Progress stays on a terminal for a moment only.
        stack.enter_context(patch.object(Output, "shows_progress", False))
        for name, other in {
            "webbrowser.open": agree,
            "trustoo.cli.products.shop_products": lambda *_: iter(PRODUCTS),
            "trustoo.cli.webhooks.make_server": delivered,
            "trustoo.cli.fake.time": SimpleNamespace(sleep=interrupt),
        }.items():
            stack.enter_context(patch(name, other))
        yield


def _save_token(service: FakeTrustoo, shop: str) -> None:
    assert service.platform is not None
    issued = service.platform.issue()
    token = Token(issued["access_token"], issued["refresh_token"], expires_at=2e9)
    FileStore(Path("tokens")).save(shop, token.to_json(), replaces=ANY)


def _words(line: str) -> list[str]:
    return [word.strip("'") for word in re.findall(r"'[^']*'|\S+", line)]


def picture(name: str, runs: Sequence[tuple[str, str]]) -> str:
    """The SVG picture of command lines and their outputs."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, legacy_windows=False)
    for line, output in runs:
        console.print(Text.assemble(("$ ", "dim"), (f"trustoo {line}", "bold")), overflow="fold")
        for pattern, text in VARYING:
            output = re.sub(pattern, text, output)
        console.print(Text.from_ansi(output), overflow="fold")
    title = "; ".join(f"trustoo {line}" for line, _ in runs)
    svg = console.export_svg(title=title, code_format=FORMAT, theme=MONOKAI, unique_id=f"cli-{name}")
    return re.sub(r"[ \t]+\n", "\n", svg).replace("TITLE", escape(title))


def main(arguments: list[str]) -> int:
    """Draw or check the pictures. Returns the exit code."""
    late = []
    FOLDER.mkdir(exist_ok=True)
    for name, content in pictures():
        file = FOLDER / f"{name}.svg"
        if "--check" in arguments:
            late += [] if file.exists() and file.read_text(encoding="utf-8") == content else [file.name]
        else:
            file.write_text(content, encoding="utf-8", newline="\n")
    if late:
        print(f"{', '.join(late)}: out of date; run: make cli-docs", file=sys.stderr)
    return int(bool(late))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
