"""Writes a report as one HTML page that needs no network, and as Markdown for the summary of a CI step."""

import math
import re
from collections.abc import Callable, Mapping
from functools import cache
from itertools import groupby
from pathlib import Path

import jinja2
import markupsafe

from contract_tests.report.model import SHARES, Cell, Layer, Report, Share

PAGE, SUMMARY, DATA = "contract.html", "contract.md", "contract.json"
"""Names of the files of a report."""
OUTCOMES = {"passed": ("✓", "Passed"), "failed": ("✗", "Failed"), "empty": ("–", "Nothing ran")}
NO_MUTATION = "No result is kept that the report can read. Run make mutation."
BY_FILE = ("prism", "fake")
"""The folders whose files are kinds of cases. Each file is a column of the table. Another folder is one column."""
SHOWN_FAILURES = 20
"""The number of failures in the Markdown. The page has all failures."""


def heat(cases: int, most: int) -> float:
    """The darkness of a cell, from 0 to 1, by the logarithm of its cases."""
    return round(math.log1p(cases) / math.log1p(most), 3) if most > 0 else 0.0


def column_of(layer: str) -> str:
    """The column of a layer in the table: the layer itself, or its folder."""
    folder = layer.rpartition("/")[0]
    return layer if folder in (*BY_FILE, "") else folder


def columns(report: Report) -> list[Layer]:
    """The layers summed by column: first the columns of one file, in the order of `BY_FILE`."""
    found: dict[str, Layer] = {}
    for layer in report.layers:
        found.setdefault(name := column_of(layer.name), Layer(name)).add(layer)
    places = {folder: place for place, folder in enumerate(BY_FILE)}
    return sorted(found.values(), key=lambda column: (places.get(column.folder, len(BY_FILE)), column.name))


def by_column(cells: Mapping[str, Cell]) -> dict[str, Cell]:
    """The cells of a row summed by column."""
    found: dict[str, Cell] = {}
    for layer, cell in cells.items():
        found.setdefault(column_of(layer), Cell()).add(cell.cases, cell.tests, cell.failed)
    return found


def folders(found: list[Layer]) -> list[tuple[str, list[Layer]]]:
    """Columns by folder, in order. The columns of whole folders have the folder ""."""
    return [(folder, list(group)) for folder, group in groupby(found, key=lambda column: column.folder)]


def totals(report: Report) -> dict[str, Cell]:
    """The sum of all cells of each layer."""
    found = {layer.name: Cell() for layer in report.layers}
    for cells in (report.client, *(row.cells for row in report.operations)):
        for name, cell in cells.items():
            found.setdefault(name, Cell()).add(cell.cases, cell.tests, cell.failed)
    return found


def shares(report: Report) -> dict[str, Share]:
    """The sum of the coverage of all operations, by kind."""
    total = {kind: Share() for kind in SHARES}
    for row in report.operations:
        for kind, share in row.coverage.shares().items():
            total[kind].met += share.met
            total[kind].total += share.total
    return total


def breakable(name: str) -> markupsafe.Markup:
    """A name that a narrow column may break after its dots, slashes and underscores."""
    return markupsafe.Markup(re.sub(r"([./_])(?=.)", r"\1<wbr>", str(markupsafe.escape(name))))


def duration(seconds: float) -> str:
    """`12.3 s` or `2 min 5 s`."""
    return f"{seconds:.1f} s" if seconds < 100 else f"{int(seconds) // 60} min {int(seconds) % 60} s"


def sparkline(values: list[float | None]) -> str:
    """One block for each value, from the lowest ▁ to the highest █. A value that is None is a space."""
    known = [value for value in values if value is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    blocks = "▁▂▃▄▅▆▇█"
    if low == high:
        return "".join(" " if value is None else blocks[3] for value in values)
    return "".join(" " if value is None else blocks[round(7 * (value - low) / (high - low))] for value in values)


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., str]] = {
        "number": lambda number: f"{number:,}".replace(",", "\u202f"),
        "duration": duration,
        "breakable": breakable,
        "sparkline": sparkline,
    }
    environment.filters.update(filters)
    return environment.get_template("page.html.jinja")


def page(report: Report) -> str:
    """The HTML page."""
    cells = [cell for row in report.operations for cell in row.cells.values()] + list(report.client.values())
    return _template().render(
        report=report,
        outcome=OUTCOMES[report.outcome],
        columns=columns(report),
        folders=folders(columns(report)),
        by_column=by_column,
        totals=totals(report),
        shares=shares(report),
        headings=SHARES,
        heat=heat,
        most=max((cell.cases for cell in cells), default=0),
        nothing=Cell(),
        no_mutation=NO_MUTATION,
    )


def summary(report: Report) -> str:
    """The Markdown."""
    symbol, verdict = OUTCOMES[report.outcome]
    totals, run = report.totals, report.run
    lines = [
        f"## {symbol} Contract: {verdict.lower()}",
        f"{totals.passed} tests passed, {totals.failed} failed, {totals.skipped} skipped; {totals.calls} calls; "
        f"operations: {len(report.operations)}; {duration(run.seconds)}. Run again: `{run.command}`",
    ]
    if report.partial:
        lines.append(f"**A partial run:** {_inline('; '.join(report.partial))}.")
    if run.restarted:
        lines.append(_inline(run.restarted))
    if report.unchecked:
        lines.append(f"**Nothing was checked for:** {_inline(', '.join(report.unchecked))}.")
    if (mutation := report.mutation) is not None:
        lines.append(f"**Mutation score {mutation.score:.1%}.** {_inline(f'{mutation.figures} {mutation.age}')}")
    else:
        lines.append(f"**Mutation score:** {_inline(NO_MUTATION)}")
    if report.failures:
        lines.append(_failures(report))
    lines.append(_table(report))
    if report.slowest:
        lines.append(_slowest(report))
    lines.append(_versions(report))
    return "\n\n".join(lines) + "\n"


def _failures(report: Report) -> str:
    shown = report.failures[:SHOWN_FAILURES]
    lines = ["### Failures", ""]
    for failure in shown:
        first = next(iter(failure.message.strip().splitlines()), "no message")[:300]
        lines.append(f"- {_code(failure.test)} ({failure.phase}): {_code(first)}<br>{_code(failure.repeat)}")
    if more := len(report.failures) - len(shown):
        lines.append(f"- and {more} more: see {PAGE}")
    return "\n".join(lines)


def _table(report: Report) -> str:
    kinds, names = ("sent", "received", "codes"), [column.name for column in columns(report)]

    def counted(cells: Mapping[str, Cell]) -> list[str]:
        found = by_column(cells)
        return [_cell(found.get(name, Cell())) for name in names]

    head = ["Operation", "Evidence", *names, *(SHARES[kind] for kind in kinds)]
    rows = [head, ["---", "---", *["--:"] * (len(head) - 2)]]
    for row in report.operations:
        found = row.coverage.shares()
        rows.append([f"`{row.id}`", row.grade, *counted(row.cells), *(_share(found[kind]) for kind in kinds)])
    rows.append(["several, or none", "", *counted(report.client), *[""] * len(kinds)])
    total = shares(report)
    rows.append(["**all**", "", *counted(totals(report)), *(_share(total[kind]) for kind in kinds)])
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |" for cells in rows)


def _slowest(report: Report) -> str:
    lines = ["### Slowest tests", ""]
    for slow in report.slowest:
        operations = _inline(" ".join(slow.operations))
        lines.append(f"- {slow.seconds:.1f} s: {slow.layer}, {_code(slow.test)} {operations}".rstrip())
    return "\n".join(lines)


def _versions(report: Report) -> str:
    facts = [f"{name} {version}" for name, version in report.run.versions.items()]
    return _inline("; ".join([f"seed {report.run.seed}", f"{report.run.cases} fuzzed cases per operation", *facts]))


def _cell(cell: Cell) -> str:
    if cell.failed:
        return f"✗ {cell.failed} of {cell.tests}"
    return str(cell.cases) if cell.cases else f"{cell.tests} t" if cell.tests else "–"


def _share(share: Share) -> str:
    return f"{share.met}/{share.total}" if share.total else "–"


def _inline(text: str) -> str:
    """Text without characters that Markdown interprets."""
    escaped = "".join(f"\\{char}" if char in "\\`*_[]#|" else char for char in " ".join(text.split()))
    return escaped.replace("&", "&amp;").replace("<", "&lt;")


def _code(text: str) -> str:
    """Code on one line, with a fence longer than any in it."""
    line = " ".join(text.split())
    fence = "`"
    while fence in line:
        fence += "`"
    return f"{fence} {line} {fence}" if fence != "`" or line.startswith("`") else f"`{line}`"
