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
from collections.abc import Iterator
from html import escape
from pathlib import Path
from unittest.mock import patch

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text
from trustoo.cli.app import app
from trustoo.cli.fake import serving, variables
from trustoo.cli.output import Output
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
    "sign": "sign 'page=1&keyword=red%20kettle' --timestamp 1700000000",
}
KETTLE = bytes.fromhex("474946383961010001008000000000000000002c00000000010001000002024401003b")
VARYING = (
    (r"127\.0\.0\.1:\d+", "127.0.0.1:8000"),
    (r"Python 3\.\d+\.\d+\S*", "Python 3.13.1"),
    (r"in \d+\.\d\d s", "in 0.12 s"),
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
    service.pages("customer_events.list", [])
    service.pages("customers.exclusions", [])
    without_progress = patch.object(Output, "shows_progress", False)  # which stays on a terminal for a moment only
    with tempfile.TemporaryDirectory() as folder, serving(service) as address, without_progress:
        Path(folder, "judgeme.csv").write_text(JUDGEME, encoding="utf-8")
        Path(folder, "kettle.gif").write_bytes(KETTLE)
        environment = {
            **dict.fromkeys([name for name in os.environ if name.startswith("TRUSTOO_")]),
            **variables(service, address),
            "COLUMNS": str(WIDTH),
            "FORCE_COLOR": "1",
            "TERM": "xterm-256color",
            "TRUSTOO_RATE": "0",
            "NO_COLOR": None,
            "HOME": folder,
        }
        before = os.getcwd()
        os.chdir(folder)
        try:
            for name, line in COMMANDS.items():
                done = CliRunner().invoke(app, _words(line), env=environment, color=True)
                yield name, picture(name, line, done.output)
        finally:
            os.chdir(before)


def _words(line: str) -> list[str]:
    return [word.strip("'") for word in re.findall(r"'[^']*'|\S+", line)]


def picture(name: str, line: str, output: str) -> str:
    """The SVG picture of a command line and its output."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, legacy_windows=False)
    console.print(Text.assemble(("$ ", "dim"), (f"trustoo {line}", "bold")), soft_wrap=True)
    for pattern, text in VARYING:
        output = re.sub(pattern, text, output)
    console.print(Text.from_ansi(output), overflow="fold")
    svg = console.export_svg(title=f"trustoo {line}", code_format=FORMAT, theme=MONOKAI, unique_id=f"cli-{name}")
    return re.sub(r"[ \t]+\n", "\n", svg).replace("TITLE", escape(f"trustoo {line}"))


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
