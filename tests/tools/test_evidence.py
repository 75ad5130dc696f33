"""Every check of tools/evidence.py fails on a seeded mistake, and the real spec has none."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools import evidence
from tools.spec import LOADER

ROOT = Path(__file__).resolve().parents[2]
SPEC = ROOT / "openapi.yaml"
OVERVIEW = ROOT / "docs" / "evidence.md"


SMALL = """
paths:
  /cups:
    get:
      operationId: cups.list
      x-evidence: documented
      x-source: [manual]
      security: [{oauth2: [read_cups]}]
      parameters:
      - {name: size, in: query, schema: {type: string}, x-evidence: example, x-source: [manual]}
      - $ref: '#/components/parameters/Page'
      responses:
        '200':
          description: Inferred from the title.
          x-evidence: inferred
          x-source: [manual]
          content: {application/json: {schema: {$ref: '#/components/schemas/Cup'}}}
        4XX: {$ref: '#/components/responses/Error'}
webhooks:
  delivery:
    post: {x-evidence: documented, x-source: [manual], responses: {}}
components:
  securitySchemes:
    oauth2: {type: oauth2, x-evidence: documented, x-source: [manual]}
  parameters:
    Page: {name: page, in: query, schema: {type: integer}, x-evidence: documented, x-source: [manual]}
  responses:
    Error: {description: Refused., x-evidence: documented, x-source: [manual]}
  schemas:
    Cup:
      type: object
      x-evidence: field
      x-source: [clients]
      properties:
        id: {type: string, example: {x-evidence: nonsense in an example is no mark}}
        colour: {type: string, description: Inferred by eye., x-evidence: inferred, x-source: [clients]}
        saucer: {$ref: '#/components/schemas/Saucer'}
    Saucer: {type: object, x-evidence: documented, x-source: [manual], properties: {id: {type: string}}}
x-codes:
  '0': {meaning: Done., x-evidence: documented, x-source: [manual]}
x-sources:
  manual: {page: 'https://example.com/manual', title: Manual, modified: unknown, read: part}
  clients: {page: public clients, title: Code, modified: unknown, read: complete}
  closed: {page: 'https://example.com/closed', title: Closed page, modified: unknown, read: none}
"""


def small() -> dict[str, Any]:
    """A fresh copy of a small description without mistakes."""
    return copy.deepcopy(yaml.load(SMALL, LOADER))


def put(*path: str | int, value: Any) -> Callable[[dict[str, Any]], None]:
    """A mistake: set a value at a place."""

    def seed(spec: dict[str, Any]) -> None:
        node: Any = spec
        for part in path[:-1]:
            node = node[part]
        node[path[-1]] = value

    return seed


def drop(*path: str | int) -> Callable[[dict[str, Any]], None]:
    """A mistake: remove what stands at a place."""

    def seed(spec: dict[str, Any]) -> None:
        node: Any = spec
        for part in path[:-1]:
            node = node[part]
        del node[path[-1]]

    return seed


def unmark(*path: str | int) -> Callable[[dict[str, Any]], None]:
    """A mistake: take both marks off."""

    def seed(spec: dict[str, Any]) -> None:
        drop(*path, "x-evidence")(spec)
        drop(*path, "x-source")(spec)

    return seed


OPERATION = ("paths", "/cups", "get")
CUP = ("components", "schemas", "Cup")

MISTAKES = {
    "operation": (unmark(*OPERATION), "#/paths/~1cups/get: no marks"),
    "inline parameter": (unmark(*OPERATION, "parameters", 0), "#/paths/~1cups/get/parameters/0: no marks"),
    "inline response": (unmark(*OPERATION, "responses", "200"), "#/paths/~1cups/get/responses/200: no marks"),
    "webhook": (unmark("webhooks", "delivery", "post"), "#/webhooks/delivery/post: no marks"),
    "security scheme": (
        unmark("components", "securitySchemes", "oauth2"),
        "#/components/securitySchemes/oauth2: no marks",
    ),
    "component parameter": (
        unmark("components", "parameters", "Page"),
        "#/components/parameters/Page: no marks",
    ),
    "component response": (
        unmark("components", "responses", "Error"),
        "#/components/responses/Error: no marks",
    ),
    "schema": (unmark("components", "schemas", "Saucer"), "#/components/schemas/Saucer: no marks"),
    "code": (unmark("x-codes", "0"), "#/x-codes/0: no marks"),
    "operation without grade": (drop(*OPERATION, "x-evidence"), "get: x-source without x-evidence"),
    "operation without source": (drop(*OPERATION, "x-source"), "get: graded without a source"),
    "unknown grade": (put(*CUP, "x-evidence", value="rumour"), "x-evidence 'rumour' is not a grade"),
    "unknown grade of credentials": (
        put(*OPERATION, "x-security-evidence", value="rumour"),
        "x-security-evidence 'rumour' is not a grade",
    ),
    "unknown grade of a form": (
        put(*OPERATION, "parameters", 0, "x-style-evidence", value="rumour"),
        "#/paths/~1cups/get/parameters/0: x-style-evidence 'rumour' is not a grade",
    ),
    "unknown grade of a meaning": (
        put(*CUP, "properties", "id", "x-description-evidence", value="rumour"),
        "#/components/schemas/Cup/properties/id: x-description-evidence 'rumour' is not a grade",
    ),
    "property graded without source": (
        drop(*CUP, "properties", "colour", "x-source"),
        "#/components/schemas/Cup/properties/colour: graded without a source",
    ),
    "empty source list": (
        put(*CUP, "x-source", value=[]),
        "#/components/schemas/Cup: graded without a source",
    ),
    "source that is no list": (put(*CUP, "x-source", value="clients"), "Cup: graded without a source"),
    "source without grade": (
        put(*CUP, "properties", "id", "x-source", value=["clients"]),
        "#/components/schemas/Cup/properties/id: x-source without x-evidence",
    ),
    "unknown source": (put(*CUP, "x-source", value=["clients", "hearsay"]), "source 'hearsay' is unknown"),
    "unread source": (put(*CUP, "x-source", value=["clients", "closed"]), "source 'closed' was never read"),
    "unused source": (
        put("x-sources", "spare", value={"page": "p", "title": "t", "modified": "unknown", "read": "part"}),
        "#/x-sources/spare: nothing cites this source",
    ),
    "incomplete source": (drop("x-sources", "manual", "title"), "#/x-sources/manual: title is missing"),
    "unknown extent": (
        put("x-sources", "manual", "read", value="some"),
        "#/x-sources/manual: read is 'some'",
    ),
    "inferred in silence": (
        put(*OPERATION, "responses", "200", "description", value="The cups."),
        "#/paths/~1cups/get/responses/200: inferred, without a reason",
    ),
    "inferred without description": (drop(*CUP, "properties", "colour", "description"), "without a reason"),
    "documented by clients only": (
        put(*CUP, "x-evidence", value="documented"),
        "#/components/schemas/Cup: documented, but only public clients are cited",
    ),
    "marks beside a parameter reference": (
        put(*OPERATION, "parameters", 1, "x-evidence", value="documented"),
        "#/paths/~1cups/get/parameters/1: marks beside a $ref",
    ),
    "marks beside a schema reference": (
        put(*CUP, "properties", "saucer", "x-source", value=["manual"]),
        "#/components/schemas/Cup/properties/saucer: x-source without x-evidence",
    ),
}


def test_a_description_without_mistakes_passes() -> None:
    assert evidence.check(small()) == []


@pytest.mark.parametrize("name", MISTAKES)
def test_a_seeded_mistake_is_the_only_one_reported(name: str) -> None:
    seed, expected = MISTAKES[name]
    spec = small()
    seed(spec)
    problems = evidence.check(spec)
    assert len(problems) == 1, problems
    assert expected in problems[0]
    assert ";" in problems[0], "every problem names a remedy"


def test_the_real_description_passes() -> None:
    assert evidence.check(yaml.load(SPEC.read_bytes(), LOADER)) == []


def test_the_overview_is_up_to_date() -> None:
    assert evidence.main([str(SPEC), "--check", str(OVERVIEW)]) == 0


def test_write_then_check_notices_a_change(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec, overview = tmp_path / "spec.yaml", tmp_path / "evidence.md"
    spec.write_text(SMALL, encoding="utf-8")
    assert evidence.main([str(spec), "--check", str(overview)]) == 1
    assert evidence.main([str(spec), "--write", str(overview)]) == 0
    assert evidence.main([str(spec), "--check", str(overview)]) == 0
    spec.write_text(SMALL.replace("title: Manual", "title: Handbook"), encoding="utf-8")
    capsys.readouterr()
    assert evidence.main([str(spec), "--check", str(overview)]) == 1
    assert "out of date; run tools/evidence.py" in capsys.readouterr().err


def test_a_problem_stops_the_writing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec, overview = tmp_path / "spec.yaml", tmp_path / "evidence.md"
    spec.write_text(SMALL.replace("x-evidence: field", "x-evidence: rumour"), encoding="utf-8")
    assert evidence.main([str(spec), "--write", str(overview)]) == 1
    assert "#/components/schemas/Cup" in capsys.readouterr().err
    assert not overview.exists()


def test_a_problem_is_told_with_the_file_and_the_line_of_its_part(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(SMALL.replace("Inferred by eye.", "A guess."), encoding="utf-8")
    assert evidence.main([str(spec), "--write", str(tmp_path / "evidence.md")]) == 1
    line = SMALL[: SMALL.index("colour:")].count("\n") + 1
    assert capsys.readouterr().err.startswith(f"{spec}:{line}: #/components/schemas/Cup/properties/colour: inferred, ")


def test_members_inherit_the_nearest_grade() -> None:
    spec = small()
    schemas = spec["components"]["schemas"]
    assert evidence.members(spec, schemas["Cup"], "field") == {"field": 2, "inferred": 1, "documented": 1}
    assert evidence.members(spec, schemas["Cup"], "field", frozenset({"Saucer"})) == {
        "field": 2,
        "inferred": 1,
    }


def test_the_overview_of_the_small_description() -> None:
    text = evidence.report(small())
    row = (
        "| `cups.list` | documented | bearer (documented) | read_cups (documented) | 1 documented, 1 example "
        "| – | inferred (1 documented, 2 field, 1 inferred) |"
    )
    assert row in text
    assert "| `Cup` | field | 2 field, 1 inferred | clients |" in text
    assert "| `manual` | [Manual](https://example.com/manual) | unknown | part |" in text
    assert "| `clients` | Code | unknown | complete |" in text
    assert "Of 2 pages of the vendor, old versions included, it was possible to read 1 in part, 1 not at all." in text
    assert text.index("## Unknown") < text.index("## Calls"), "what matters most comes first"
    assert "- Pages known to exist that nobody could read: Closed page." in text


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"security": []}, "–"),
        ({"security": [{"oauth2": []}]}, "unknown"),
        ({"security": [{"sign": []}, {"oauth2": ["a", "b"]}]}, "a (documented), b (documented)"),
        ({"security": [{"oauth2": []}], "x-scopes-inferred": ["a"]}, "a (inferred)"),
        ({"security": [], "x-scopes-platform": ["a"]}, "a (platform's own)"),
        ({"security": [{"oauth2": []}], "x-scopes-by-topic": {"t": "a"}}, "by topic (documented)"),
        ({"security": [{"oauth2": []}], "x-scopes-by-topic-inferred": {"t": "a"}}, "by topic (inferred)"),
    ],
)
def test_scopes_say_how_well_they_are_known(operation: dict[str, Any], expected: str) -> None:
    assert evidence.scopes(operation) == expected
