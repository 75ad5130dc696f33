"""examples/reviews.ipynb: its cells run in order, in one namespace, and show what the notebook has saved.

Plain Python runs them, not Jupyter. So this proves nothing about Jupyter, which calls `_repr_html_` and `repr` itself.
"""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = Path(__file__).parents[2] / "examples" / "reviews.ipynb"


def run(source: str, names: dict[str, Any]) -> object:
    """Run a cell. Returns the value of its last line if that is an expression, which a notebook then shows."""
    cell = ast.parse(source)
    last = cell.body[-1]
    shown = last.value if isinstance(last, ast.Expr) else ast.Constant(None)
    if isinstance(last, ast.Expr):
        del cell.body[-1]
    exec(compile(cell, NOTEBOOK.name, "exec"), names)
    return eval(compile(ast.fix_missing_locations(ast.Expression(shown)), NOTEBOOK.name, "eval"), names)


def saved(cell: dict[str, Any], kind: str) -> str:
    """What the notebook has saved of a cell: "stdout", "text/plain" or "text/html"."""
    texts = [
        "".join(output["text"] if output["output_type"] == "stream" else output["data"].get(kind, []))
        for output in cell["outputs"]
        if (output["output_type"] == "stream") == (kind == "stdout")
    ]
    return "".join(texts)


def test_the_cells_run_in_order_and_show_what_is_saved(capsys: pytest.CaptureFixture[str]) -> None:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    names: dict[str, Any] = {}
    tables = 0
    for cell in (cell for cell in cells if cell["cell_type"] == "code"):
        value = run("".join(cell["source"]), names)
        assert capsys.readouterr().out == saved(cell, "stdout")
        assert ("" if value is None else repr(value)) == saved(cell, "text/plain")
        html = getattr(value, "_repr_html_", str)()
        assert html == saved(cell, "text/html")
        tables += html.startswith("<table>")
    assert tables == 1
    assert len(names["rows"]) == 40
