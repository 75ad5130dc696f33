"""Whatever the input is, the tool ends with a sentence and an exit code, in reasonable time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.conftest import DATA, ROOT, before_order_list, comparer, document, dumped, lines
from tools.drift import reading, report
from tools.drift.__main__ import main
from tools.drift.findings import tidy
from tools.drift.reading import UnusableError, parse

SECONDS = 20.0
many = settings(derandomize=True, database=None, deadline=None, max_examples=100)

HEAD = '{"openapi": "3.0.1", "paths": {"/a": {"get": {"summary": "A", "responses": {"200": {"description": ""}}}}}'
DOUBLING = ", ".join(
    f'"S{n}": {{"type": "object", "properties": {{"a": {{"$ref": "#/components/schemas/S{n + 1}"}},'
    f' "b": {{"$ref": "#/components/schemas/S{n + 1}"}}}}}}'
    for n in range(40)
)
CHAIN = ", ".join(
    f'"S{n}": {{"type": "object", "properties": {{"a": {{"$ref": "#/components/schemas/S{n + 1}"}}}}}}'
    for n in range(3000)
)


def using(schemas: str) -> str:
    """An export whose response is the schema S0."""
    response = '{"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/S0"}}}}}'
    path = f'{{"/a": {{"get": {{"responses": {response}}}}}}}'
    return f'{{"openapi": "3.1.0", "paths": {path}, "components": {{"schemas": {{{schemas}}}}}}}'


def aliases(levels: int) -> str:
    """A YAML document that doubles with every level."""
    rows = ["openapi: 3.1.0", "a0: &a0 [x, x]"]
    rows += [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, levels)]
    return "\n".join(rows)


def merges(levels: int) -> str:
    rows = ["openapi: 3.1.0", "a0: &a0 {x: 1}"]
    rows += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, levels)]
    return "\n".join(rows)


HOSTILE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "is empty"),
    "space": (b" \n\t\n", "is empty"),
    "zeros": (b"\x00" * 100, "is a binary file"),
    "an image": (b"\x89PNG\r\n\x1a\n\x00\x00", "is not UTF-8 text"),
    "half of UTF-16": (b"\xff\xfea", "is not UTF-8 text"),
    "prose": (b"Remember the milk.\n", "has an unknown form; expected"),
    "an address": (b"https://example.com/a\n", "has an unknown form; expected"),
    "too much": (b"a" * (reading.MAX_BYTES + 1), "has more than 4 MiB"),
    "broken JSON": (b'{"openapi": "3.0.0",', "breaks at line 1, column 21"),
    "deep JSON": (b"[" * 200_000, "is JSON nested too deeply"),
    "closed deep JSON": (b'{"a":' * 900 + b"1" + b"}" * 900, "is nested more than 80 levels deep"),
    "a long number": (b'{"openapi": ' + b"9" * 10_000 + b"}", "with a number too long"),
    "a list": (b"[1, 2]", "contains no object"),
    "another kind of JSON": (b'{"name": "trustoo"}', "has no member `openapi`"),
    "Swagger 2": (b'{"swagger": "2.0", "paths": {}}', "says OpenAPI version '2.0'"),
    "no operation": (b"openapi: 3.1.0\npaths: {}\n", "without any operation"),
    "paths of the wrong type": (b"openapi: 3.1.0\npaths: [1]\n", "without any operation"),
    "broken YAML": (b"openapi: 3.1.0\npaths: {\n", "looks like YAML but cannot be read at line 3"),
    "aliases": (aliases(60).encode(), "has more than 400000 values"),
    "merges": (merges(12).encode(), "looks like YAML but cannot be read"),
    "an alias of itself": (b"openapi: &a\n  b: *a\n", "or contains itself"),
    "a document within itself": (b"openapi: 3.1.0\npaths: &a\n  b: *a\n", "or contains itself"),
    "deep YAML": (b"openapi: " + b"[" * 100_000, "is YAML nested too deeply"),
    "a tag": (b"openapi: !!python/object/apply:os.system ['false']\n", "looks like YAML but cannot be read"),
    "a bad date": (b"openapi: 3.1.0\na: 2026-99-99\n", "is YAML with a value that cannot be read"),
    "a number in base 60": (b"openapi: 3.1.0\na: 1" + b":59" * 500_000, "looks like YAML but cannot be read"),
    "unhashable keys": (b"openapi: 3.1.0\n? [a]\n: b\n", "looks like YAML but cannot be read"),
    "too many operations": (
        json.dumps({"openapi": "3.0.0", "paths": {f"/{n}": {"get": {}} for n in range(2001)}}).encode(),
        "describes 2001 operations",
    ),
    "an empty block": (b"# A\n\n```yaml\nopenapi: 3.0.1\n```\n", "without any operation"),
    "schemas that double": (using(DOUBLING).encode(), "has schemas that come to more than 60000 parts"),
    "schemas in a long chain": (using(CHAIN).encode(), "has schemas that refer to each other too deeply"),
    "many newlines": (b"a" + b"\n" * 1_000_000, "has an unknown form"),
    "many ticks": (b"`" * 2_000_000 + b"\n" + b"a\n" * 500_000, "has an unknown form"),
    "many methods": (b"GET\n" * 200_000, "has an unknown form"),
    "a long line": (b"GET\n/" + b"a" * 3_000_000 + b" b\n", "has an unknown form"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_a_sentence(name: str, tmp_path: Path) -> None:
    content, expected = HOSTILE[name]
    (tmp_path / "input").write_bytes(content)
    began = time.monotonic()
    inputs = reading.read(tmp_path)
    findings, too_large = comparer().compare(inputs.documents)
    assert time.monotonic() - began < SECONDS
    [(file, reason)] = inputs.unusable + too_large
    assert file == str(tmp_path / "input")
    assert expected in reason
    assert findings == []


HEAVY = {
    "numbers": "GET\n/a\n\nResponses\n" + "200\n" * 100_000,
    "types": "GET\n/a\n\nRequest\n\nBody Params\n" + "a\nobject {1}\n" * 20_000,
    "a scope of one letter": "GET\n/a\nScope: " + "a" * 1_000_000,
    "examples": "GET\n/a\n\nResponses\n\n200\n" + '{"a": 1}\n' * 30_000,
    "values": "GET\n/a\n\nRequest\n\nQuery Params\n" + "a\nenum<string>\nAllowed values:\n" * 20_000,
    "circular references": using('"S0": {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/S0"}}}'),
    "a reference to itself": using('"S0": {"$ref": "#/components/schemas/S0"}'),
    "references to nowhere": using('"S0": {"allOf": [{"$ref": "other.yaml"}, {"$ref": "#/a/b"}, 1, null]}'),
    "long lists of values": using('"S0": {"allOf": [{"enum": [%s]}, {"enum": [%s]}]}' % (("1," * 90_000 + "1",) * 2)),
}


@pytest.mark.parametrize("name", HEAVY)
def test_a_heavy_file_is_compared_in_time(name: str) -> None:
    began = time.monotonic()
    total(HEAVY[name].encode())
    assert time.monotonic() - began < SECONDS


def total(content: bytes) -> None:
    """Read, compare and show; nothing may be raised but UnusableError."""
    try:
        documents = parse(content, "input")
    except UnusableError:
        return
    findings, problems = comparer().compare(documents, complete=True)
    ordered = tidy(findings, lines())
    text = report.text_of(ordered, problems, [], len(documents))
    assert all(line.isprintable() for line in text.split("\n"))
    json.loads(report.json_of(ordered, problems, []))


@many
@given(st.one_of(st.binary(), st.text().map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_arbitrary_bytes(content: bytes) -> None:
    total(content)


WORDS = st.sampled_from(
    [
        *("GET", "POST", "/api/v1/openapi/get_orders", "Request", "Responses", "Query Params"),
        *("Body Params application/json", "page", "string", "integer", "object {2}", "array [object {1}]"),
        *("required", "optional", "Allowed values:", "a, b", "🟢200", "Example", '{"code": 0}', "{", "}", "<= 5"),
        *("Scope: read_reviews", "Authentication: HMAC", "Modified at 2026-06-24 04:25:21", "Get Order List"),
        *("```yaml", "openapi: 3.0.1", "paths:", "```", ""),
    ]
)


@many
@given(st.lists(WORDS, max_size=40))
def test_arbitrary_pages(words: list[str]) -> None:
    total("\n".join(words).encode())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PLACES = [
    ("paths",), ("webhooks",), ("components",), ("components", "schemas"), ("components", "securitySchemes"),
    ("security",),
    ("paths", "/api/v1/openapi/get_orders"), ("paths", "/api/v1/openapi/get_orders", "get"),
    *(("paths", "/api/v1/openapi/get_orders", "get", name) for name in
      ("parameters", "responses", "security", "summary", "description", "operationId", "x-evidence",
       "x-scopes-inferred")),
    ("paths", "/api/v1/openapi/create_review", "post", "requestBody"),
    *(("components", "schemas", "Review", name) for name in
      ("properties", "required", "type", "enum", "items", "allOf", "anyOf", "nullable", "const", "not",
       "x-known-values")),
    ("components", "parameters", "Page"), ("components", "parameters", "Page", "schema"),
    ("components", "schemas", "Order", "$ref"),
]  # fmt: skip


@settings(many, max_examples=60)
@given(st.sampled_from(PLACES), JSON)
def test_an_export_with_anything_anywhere(place: tuple[str, ...], value: Any) -> None:
    copy = document()
    node = copy
    for step in place[:-1]:
        node = node[step]
    node[place[-1]] = value
    total(json.dumps(copy).encode())


def test_control_characters_of_a_file_do_not_reach_the_terminal(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "input.json").write_text(HEAD.replace('"A"', r'"\u001b[2JA"') + "}", encoding="utf-8")
    assert main([str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "GET /a is new" in out


def test_what_is_no_regular_file_is_said_to_be_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "missing")]) == 2
    assert "missing: does not exist; expected" in capsys.readouterr().out
    (tmp_path / "empty").mkdir()
    assert main([str(tmp_path / "empty")]) == 2
    assert "empty: is an empty directory; expected" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="has neither pipes in folders nor links without a privilege")
def test_pipes_and_links_of_a_folder_are_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert main([str(tmp_path), "--json"]) == 2
    reasons = {Path(each["file"]).name: each["reason"] for each in json.loads(capsys.readouterr().out)["unusable"]}
    assert reasons["pipe"].startswith("is not a regular file")
    assert reasons["broken"].startswith("does not exist")
    assert reasons["loop"].startswith("is a link to a directory and was not followed")


def test_exit_codes_of_the_command(tmp_path: Path) -> None:
    spec = tmp_path.with_name(f"{tmp_path.name}-spec.yaml")
    for same in (spec, tmp_path / "same.yaml"):
        same.write_bytes(dumped(before_order_list()))
    (tmp_path / "prose.txt").write_text("Remember the milk", encoding="utf-8")
    expected = {
        tmp_path / "same.yaml": (0, "1 document compared, no drift"),
        DATA / "order_list.md": (1, "1 document compared, 8 differences, 1 note"),
        tmp_path / "prose.txt": (2, "nothing could be compared, 1 not read"),
        tmp_path: (2, "1 document compared, no drift, 1 not read"),
    }
    for path, (code, last) in expected.items():
        done = subprocess.run(
            [sys.executable, "-m", "tools.drift", "--spec", str(spec), "--", str(path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        assert (done.returncode, done.stderr, done.stdout.rstrip().rpartition("\n")[2]) == (code, "", last)
        assert "\x1b" not in done.stdout, "piped output is plain"
