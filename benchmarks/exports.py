"""Measures exports of many reviews to each format: `python -m benchmarks.exports`.

Each export is a process of its own, with a transport that answers from memory: a first export, the same again, and one
after 1,000 edits, 100 deletions and 100 new reviews, all in the mode `full`. Prints a table in Markdown. Processor
times include fetching, signing and decoding. A run that only fetches shows how much that is.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from trustoo import Trustoo
from trustoo.cli.exports import NEWEST_FIRST, ExportFormat, Mode, layout_of, open_export
from trustoo.transport import Headers, HTTPRequest, HTTPResponse
from trustoo_api.models import Review

EVERY_EDIT, EVERY_DELETION, NEW = 100, 1000, 100
"""Every hundredth review is edited, every thousandth is deleted, and a hundred are new."""
PAGE = 100
FETCH = "fetching only"
WORDS = [
    "kettle",
    "lid",
    "water",
    "morning",
    "office",
    "handle",
    "warm",
    "cold",
    "bought",
    "second",
    "closes",
    "well",
    "colour",
    "weight",
    "gift",
    "spout",
]


def review(number: int, edited: bool) -> dict[str, Any]:
    """A review, whose text has 40 words."""
    chance = random.Random(number)
    second = f"{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}"
    return {
        "id": str(1_000_000 + number),
        "rating": 1 + number % 5,
        "author": f"Zoë Example {number}",
        "author_email": f"zoe.{number}@example.com",
        "author_country": "FR",
        "title": "Keeps warm" if number % 3 else "=1+1",
        "content": f"{'Edited. ' if edited else ''}{' '.join(chance.choices(WORDS, k=40))}",
        "commented_at": f"2025-06-{1 + number // 86400:02} {second}",
        "created_at": f"2025-06-{1 + number // 86400:02}T{second}Z",
        "updated_at": None,
        "source": "web",
        "is_verified": number % 2,
        "product_id": str(8100000000000 + number % 500),
        "product_title": "Red kettle",
        "product_handle": "red-kettle",
        "media": [{"type": "image", "url": f"https://images.example.com/{number}.jpg"}] if number % 4 == 0 else None,
        "likes": number % 7,
    }


class Service:
    """A transport that answers with reviews, newest first. It makes each review when it is asked for it."""

    def __init__(self, number: int, changed: bool) -> None:
        self._changed = changed
        last = number + (NEW if changed else 0)
        self._numbers = [n for n in range(last - 1, -1, -1) if not (changed and n < number and n % EVERY_DELETION == 7)]

    def send(self, http_request: HTTPRequest) -> HTTPResponse:
        page = int(dict(parse_qsl(urlsplit(http_request.url).query))["page"])
        count = len(self._numbers)
        about = {"page": page, "page_size": PAGE, "total_page": -(-count // PAGE), "count": count}
        found = [
            review(number, self._changed and number % EVERY_EDIT == 3)
            for number in self._numbers[(page - 1) * PAGE : page * PAGE]
        ]
        data = {"list": found, "page": about}
        return HTTPResponse(200, Headers(tuple), json.dumps({"code": 0, "message": "success", "data": data}).encode())

    def close(self) -> None: ...


def once(format: str, file: Path, number: int, changed: bool) -> dict[str, Any]:
    """One export in this process: what it did, its processor time, the peak of memory and the size of the file."""
    transport = Service(number, changed)
    tokens: Any = {"public_token": "RVhBTVBMRS1QVUJMSUMtMQ==", "private_token": "EXAMPLE-private-token"}
    before = file.stat() if file.exists() else None
    began = time.process_time()
    with Trustoo(**tokens, transport=transport) as shop:
        pages = partial(shop.reviews.iterate, sort_by=NEWEST_FIRST)
        if format == FETCH:
            counts = [sum(1 for _ in pages(page_size=PAGE)), 0, 0]
        else:
            layout = layout_of(Review, "reviews", first=20)
            with open_export(file, ExportFormat(format), layout) as export:
                done = export.run(pages, Mode.full, page_size=PAGE)
            counts = [done.new, done.changed or 0, done.gone or 0]
    seconds = time.process_time() - began
    after = file.stat() if file.exists() else None
    return {
        "counts": counts,
        "seconds": seconds,
        "peak": _peak(),
        "size": after.st_size if after else 0,
        "touched": before is None or after is None or before.st_mtime_ns != after.st_mtime_ns,
    }


def _peak() -> int | None:
    """The largest resident memory of this process, in bytes. None where the system does not tell."""
    if sys.platform == "win32":
        return None
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def measured(formats: list[str], number: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """For each format: a first export, the same again, and one after the changes."""
    for format in formats:
        with tempfile.TemporaryDirectory() as folder:
            steps = []
            for changed in (False, False, True) if format != FETCH else (False,):
                command = [sys.executable, "-m", "benchmarks.exports", "--once", format, "--number", str(number)]
                file = str(Path(folder) / f"out.{format}")
                command += ["--file", file, *(["--changed"] if changed else [])]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                steps.append(json.loads(done.stdout))
            yield format, steps


def table(results: dict[str, list[dict[str, Any]]]) -> str:
    """The results as a Markdown table. The base of ratios is the first export to CSV."""
    base = results["csv"][0]["seconds"]
    lines = [
        "| format | first export, CPU time to CSV | again | after the changes | new, changed, gone | peak MB | MB |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for format, steps in results.items():
        ratios = [f"{step['seconds'] / base:.2f}" for step in steps] + ["–"] * (3 - len(steps))
        counts = ", ".join(f"{count:,}" for count in steps[2]["counts"]) if len(steps) > 2 else "–"
        peak = max((step["peak"] or 0 for step in steps), default=0) / 1e6
        size = f"{steps[0]['size'] / 1e6:.1f}" if steps[0]["size"] else "–"
        lines.append(f"| {format} | {' | '.join(ratios)} | {counts} | {peak:.0f} | {size} |")
    return "\n".join(lines)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("formats", nargs="*", default=[FETCH, *(format.value for format in ExportFormat)])
    parser.add_argument("--number", type=int, default=100_000, help="how many reviews (default: 100,000)")
    parser.add_argument("--once", help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--changed", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        print(json.dumps(once(options.once, options.file, options.number, options.changed)))
        return
    results = dict(measured(list(dict.fromkeys(["csv", *options.formats])), options.number))
    for format, steps in results.items():
        assert len(steps) == 1 or not steps[1]["touched"], f"{format}: the second run is not a no-op"
    print(f"{options.number:,} reviews; the first export to CSV took {results['csv'][0]['seconds']:.1f} s of CPU.\n")
    print(table(results))


if __name__ == "__main__":
    main()
