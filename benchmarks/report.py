"""Shows measurements: the table of targets, and how cost grows, as text and picture, in docs/performance.md."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.cold import CONSTRUCTED, HTTPS, LIMIT, STDLIB

DOCS = Path(__file__).parent.parent / "docs"
BEGIN, END = "<!-- measured: written by make bench -->", "<!-- end of measured -->"
Found = dict[str, Any]


class Row(NamedTuple):
    """A line of the table of targets."""

    work: str
    measured: float
    at_most: float | None = None
    at_least: float | None = None
    limit: float | None = None
    """What the libraries below this client reach with the same work, in the same run."""

    def cells(self) -> tuple[str, str, str, str]:
        """The texts of the line. A missed target is bold."""
        target, missed = "", False
        if self.at_most is not None:
            target, missed = f"≤ {self.at_most:g}", self.measured > self.at_most
        if self.at_least is not None:
            target, missed = f"≥ {self.at_least:g}", self.measured < self.at_least
        measured = f"{self.measured:.2f}"
        limit = "" if self.limit is None else f"{self.limit:.2f}"
        return self.work, target, f"**{measured}**" if missed else measured, limit


def table(found: Found) -> str:
    """Targets and what was found, as Markdown."""
    rows = [*_calls(found), *_cold_starts(found), *_iterations(found), *_memory(found)]
    return _markdown(("work", "target", "measured", "limit"), [row.cells() for row in rows])


def _calls(found: Found) -> Iterator[Row]:
    page, own = _ratios(found["sync"]["100"]), _ratios(found["sync, processor time"])
    crowd, rates = _ratios(found["async"]["100"]), {name: row["median"] for name, row in found["async"]["100"].items()}
    for what, ratios in (("sync page of 100 reviews, against httpx", page), ("the same in processor time", own)):
        yield Row(what, ratios["trustoo"], at_most=0.6, limit=ratios["limit of httpcore"])
        yield Row(
            f"{what}, over pyreqwest", ratios["trustoo over pyreqwest"], at_most=0.4, limit=ratios["limit of pyreqwest"]
        )
    yield Row("100 concurrent calls, against httpx", crowd["trustoo"], at_least=6, limit=crowd["limit of httpcore"])
    for library, least in (("aiohttp", 8.0), ("pyreqwest", 15.0)):
        ours, limit = crowd[f"trustoo over {library}"], crowd[f"limit of {library}"]
        yield Row(f"the same over {library}", ours, at_least=least, limit=limit)
    for library in ("aiohttp", "pyreqwest"):
        against_bare = rates[f"trustoo over {library}"] / rates[library]
        yield Row(f"the same over {library}, against bare {library} and `json.loads`", against_bare, at_least=1)
    odd = _ratios(found["odd pages"])
    all_odd = max(ratio for name, ratio in odd.items() if name.endswith("every review"))
    one_odd = max(ratio for name, ratio in odd.items() if not name.endswith("every review"))
    yield Row("decode a page of 100, against `json.loads`", found["decoding"]["trustoo"]["ratio"], at_most=0.5)
    yield Row("decode a page with one odd review, against the same page", one_odd, at_most=3)
    yield Row("decode a page with 100 odd reviews, against the same page", all_odd, at_most=4)
    for what, most in (("signing, 6 parameters", 2.5), ("signing, 1 kB body", 2)):
        yield Row(f"{what}, against `hmac.digest`", found[what]["trustoo"]["ratio"], at_most=most)


def _cold_starts(found: Found) -> Iterator[Row]:
    imports, calls, asyncio = (_ratios(found[what]) for what in ("import", "first call", "first async call"))
    yield Row("`import trustoo`, against `import httpx`", imports["trustoo"], at_most=0.2)
    yield Row("import and construct, against `import httpx`", imports[CONSTRUCTED], at_most=0.55, limit=imports[STDLIB])
    yield Row("import and first call, against httpx", calls["trustoo"], at_most=0.9, limit=calls[LIMIT])
    yield Row("the same with the certificates for https, which httpx always loads", calls[HTTPS])
    yield Row("the same over pyreqwest", calls["trustoo over pyreqwest"], at_most=0.8)
    yield Row("the same with asyncio, against httpx with asyncio", asyncio["trustoo"], at_most=1)


def _iterations(found: Found) -> Iterator[Row]:
    for name, pages in found["pagination"].items():
        work = f"{name}: 1,000 pages, against the bare library"
        yield Row(work, pages["rate"], at_least=0.8, limit=pages["limit"])
        yield Row(f"{name}: growth after 100 pages, MB", pages["grown"], at_most=4)
    seconds: dict[str, float] = found["prefetching"]
    work = "1,000 pages of 100 ms: with prefetch=4, against prefetch=1"
    yield Row(work, seconds["4"] / seconds["1"], at_most=0.3, limit=0.25)


def _memory(found: Found) -> Iterator[Row]:
    held: dict[str, float] = found["memory"]
    for name in (name for name in held if name.startswith("trustoo")):
        limit = held["bare pyreqwest"] if name.endswith("pyreqwest") else None
        yield Row(f"{name}: a client after a call, MB over httpx loaded", held[name], at_most=8, limit=limit)


def cold_starts(found: Found) -> str:
    """Milliseconds of importing each library, and of its first call."""
    columns = [found[what] for what in ("import", "first call", "first async call")]
    names = dict.fromkeys(name for column in columns for name in column)
    lines = [(name, *(_milliseconds(column.get(name)) for column in columns)) for name in names]
    about = "Milliseconds of processor time in a fresh interpreter, and their ratio to httpx:"
    return f"{about}\n\n{_markdown(('', 'import', 'and first call', 'and first call with asyncio'), lines)}"


def _milliseconds(row: dict[str, float] | None) -> str:
    return "" if row is None else f"{row['median']:.0f} ({row['ratio']:.2f})"


def _ratios(rows: dict[str, dict[str, float]]) -> dict[str, float]:
    return {name: row["ratio"] for name, row in rows.items()}


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
    measured = "\n\n".join([BEGIN, about, table(found), growth(found), cold_starts(found)])
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


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
