"""Shows measurements: the table of targets, and how cost grows, as text and picture, in docs/performance.md."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent.parent / "docs"
BEGIN, END = "<!-- measured: written by make bench -->", "<!-- end of measured -->"
Found = dict[str, Any]


def table(found: Found) -> str:
    """Targets and what was found, as Markdown."""
    page, crowd, own = found["sync"]["100"], found["async"]["100"], found["sync, processor time"]
    over_aiohttp = crowd["trustoo over aiohttp"]["median"] / crowd["aiohttp"]["median"]
    odd = {name: row["ratio"] for name, row in found["odd pages"].items()}
    all_odd = [ratio for name, ratio in odd.items() if name.endswith("every review")]
    one_odd = [ratio for name, ratio in odd.items() if not name.endswith("every review")]
    raw = crowd["trustoo over pyreqwest"]["median"] / crowd["pyreqwest"]["median"]
    rows = [
        ("sync page of 100 reviews, against bare httpx", "≤ 0.65", _at_most(page["trustoo"]["ratio"], 0.65)),
        ("the same over pyreqwest", "≤ 0.40", _at_most(page["trustoo over pyreqwest"]["ratio"], 0.40)),
        ("the first of these two in processor time", "≤ 0.65", _at_most(own["trustoo"]["ratio"], 0.65)),
        ("the second in processor time", "≤ 0.40", _at_most(own["trustoo over pyreqwest"]["ratio"], 0.40)),
        ("100 concurrent calls, against httpx", "≥ 6", _at_least(crowd["trustoo"]["ratio"], 6)),
        ("the same over aiohttp", "≥ 7", _at_least(crowd["trustoo over aiohttp"]["ratio"], 7)),
        ("the same over aiohttp, against bare aiohttp and `json.loads`", "≥ 1", _at_least(over_aiohttp, 1)),
        ("the same over pyreqwest", "≥ 15", _at_least(crowd["trustoo over pyreqwest"]["ratio"], 15)),
        ("the same, against bare pyreqwest and `json.loads`", "≥ 0.8", _at_least(raw, 0.8)),
        ("decode a page of 100, against `json.loads`", "≤ 0.6", _at_most(found["decoding"]["trustoo"]["ratio"], 0.6)),
        ("decode a page with one odd review, against the same page", "≤ 3", _at_most(max(one_odd), 3)),
        ("decode a page with 100 odd reviews, against the same page", "≤ 4", _at_most(max(all_odd), 4)),
        (
            "import and construct, against `import httpx`",
            "≤ 0.6",
            _at_most(found["import and construct"]["trustoo"]["ratio"], 0.6),
        ),
        ("import and first call, against httpx", "≤ 1.15", _at_most(found["first call"]["trustoo"]["ratio"], 1.15)),
        ("the same over pyreqwest", "≤ 1.0", _at_most(found["first call"]["trustoo over pyreqwest"]["ratio"], 1.0)),
    ]
    for name, pages in found["pagination"].items():
        rows += [
            (f"{name}: 1,000 pages, against the bare library", "≥ 0.8", _at_least(pages["rate"], 0.8)),
            (f"{name}: growth after 100 pages, MB", "≤ 4", _at_most(pages["grown"], 4)),
        ]
    for what in ("signing, 6 parameters", "signing, 1 kB body"):
        rows.append((f"{what}, against `hmac.digest`", "≤ 4", _at_most(found[what]["trustoo"]["ratio"], 4)))
    for name, megabytes in found["memory"].items():
        work, peer = f"{name}: a client after a call, MB over httpx loaded", not name.startswith("trustoo")
        rows.append((work, "", f"{megabytes:.2f}") if peer else (work, "≤ 8", _at_most(megabytes, 8)))
    return _markdown(("work", "target", "measured"), rows)


def growth(found: Found) -> str:
    """Microseconds a call by items, and calls a second by concurrency."""
    sizes, counts = list(found["sync"]), list(found["async"])
    calls = [
        (
            name,
            *(
                f"{found['sync'][size][name]['median']:,.0f} ({found['sync'][size][name]['ratio']:.2f})"
                for size in sizes
            ),
        )
        for name in found["sync"][sizes[0]]
    ]
    rates = [
        (name, *(f"{found['async'][n][name]['median']:,.0f} ({found['async'][n][name]['ratio']:.1f})" for n in counts))
        for name in found["async"][counts[0]]
    ]
    return (
        "Microseconds a synchronous call, and its ratio to httpx:\n\n"
        + _markdown(("reviews a page", *sizes), calls)
        + "\n\nAsynchronous calls a second, pages of 100, and how many times httpx that is:\n\n"
        + _markdown(("calls at once", *counts), rates)
    )


def write(found: Found) -> None:
    """The picture, and the measured part of docs/performance.md."""
    (DOCS / "performance.svg").write_text(picture(found), encoding="utf-8")
    document = DOCS / "performance.md"
    text = document.read_text(encoding="utf-8")
    before, after = text[: text.index(BEGIN)], text[text.index(END) :]
    about = (
        f"Python {found['python']}, {found['machine']}, {found['rounds']} rounds in {found['minutes']} minutes, load "
        f"{' '.join(map(str, found['load']))}. Bold: misses its target."
    )
    measured = "\n\n".join([BEGIN, about, table(found), growth(found)])
    document.write_text(f"{before}{measured}\n\n{after}", encoding="utf-8")


def picture(found: Found) -> str:
    """Two bar charts as SVG: time a call, calls a second."""
    page, crowd = found["sync"]["100"], found["async"]["100"]
    left = _bars("a page of 100 reviews, µs a call", [(name, row["median"]) for name, row in page.items()], 0)
    right = _bars("100 calls at once, calls a second", [(name, row["median"]) for name, row in crowd.items()], 430)
    height = 60 + 28 * max(len(page), len(crowd))
    style = "text{font:13px sans-serif;fill:#333}.t{font-weight:bold}.o{fill:#2a7}.p{fill:#bbb}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="860" height="{height}" viewBox="0 0 860 {height}">'
        f'<style>{style}</style><rect width="100%" height="100%" fill="#fff"/>{left}{right}</svg>\n'
    )


def _bars(title: str, values: Sequence[tuple[str, float]], x: int) -> str:
    longest = max(value for _, value in values)
    parts = [f'<text class="t" x="{x + 10}" y="24">{html.escape(title)}</text>']
    for number, (name, value) in enumerate(values):
        y, kind = 40 + 28 * number, "o" if name.startswith("trustoo") else "p"
        width = max(1, round(190 * value / longest))
        parts += [
            f'<text x="{x + 135}" y="{y + 15}" text-anchor="end">{html.escape(name)}</text>',
            f'<rect class="{kind}" x="{x + 142}" y="{y}" width="{width}" height="20"/>',
            f'<text x="{x + 148 + width}" y="{y + 15}">{value:,.0f}</text>',
        ]
    return "".join(parts)


def _at_most(value: float, target: float) -> str:
    return f"{value:.2f}" if value <= target else f"**{value:.2f}**"


def _at_least(value: float, target: float) -> str:
    return f"{value:.2f}" if value >= target else f"**{value:.2f}**"


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
