"""What stands in generated/ is what openapi.yaml and the templates give, and one block of YAML adds an operation."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from trustoo_api import operations

from tools import generate as module
from tools.generate import PACKAGE, GenerationError, differences, generate
from tools.mock import document as mock
from tools.spec import load

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("openapi.yaml", "generator-config.yaml", "generator-templates", "generated")

GET_BLOCK = """\
  /api/v1/openapi/shelves/{shelf_id}/books:
    get:
      operationId: reviews.books
      tags: [reviews]
      summary: Books of a shelf
      description: Invented for a test.
      x-evidence: example
      x-source: [rating]
      security:
      - {publicToken: [], sign: [], timestamp: []}
      parameters:
      - {name: shelf_id, in: path, required: true, schema: {type: string}, x-evidence: example, x-source: [rating]}
      - name: colour
        in: query
        description: Of the cover.
        schema: {type: string}
        x-evidence: example
        x-source: [rating]
      responses:
        '200':
          description: Invented.
          x-evidence: example
          x-source: [rating]
          content:
            application/json:
              schema:
                anyOf:
                - $ref: '#/components/schemas/ReviewsRatingResponse'
                - $ref: '#/components/schemas/ErrorResponse'
"""
POST_BLOCK = """\
  /api/v1/openapi/books:
    post:
      operationId: reviews.add_book
      tags: [reviews]
      summary: Add a book
      x-evidence: inferred
      x-source: [rating]
      security:
      - oauth2: [write_reviews]
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: '#/components/schemas/WebhookCreateRequest'}
      responses:
        '200':
          description: Invented.
          x-evidence: inferred
          x-source: [rating]
          content:
            application/json:
              schema:
                anyOf:
                - $ref: '#/components/schemas/SuccessResponse'
                - $ref: '#/components/schemas/ErrorResponse'
"""
TRY = """
import inspect, json
from trustoo import AsyncTrustoo, Trustoo
from trustoo_api.api.reviews import AsyncReviewsResource, ReviewsResource, reviews_add_book, reviews_books
from trustoo_api.models import Rating
from trustoo_api.operations import OPERATIONS

for name in ("books", "add_book"):
    assert inspect.signature(getattr(ReviewsResource, name)) == inspect.signature(getattr(AsyncReviewsResource, name))
    assert callable(getattr(Trustoo(access_token="EXAMPLE").reviews, name))
    assert inspect.iscoroutinefunction(getattr(AsyncTrustoo(access_token="EXAMPLE").reviews, name))
got = reviews_books.build(shelf_id="a/b ?", colour="blue & red", extra_query={"page": 2})
made = reviews_add_book.build(topic="t", url="https://example.com/u", extra_body={"new": None}, unverified=True)
answer = reviews_books.DECODER
print(json.dumps({
    "get": [got.operation.id, got.operation.method, got.operation.path, got.path, got.query, got.body],
    "kinds": [got.operation.credentials, made.operation.credentials, made.operation.scopes],
    "post": [made.operation.id, made.operation.method, made.path, made.query, made.body, made.unverified],
    "none": [reviews_books.build(shelf_id="1").query, made.operation is OPERATIONS["reviews.add_book"]],
    "answer": answer.value(answer.envelope(b'{"code":0,"data":{"review_count":3}}')).review_count,
    "doc": "Of the cover. (example)" in inspect.getdoc(ReviewsResource.books),
}))
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what the generator reads and writes."""
    for part in PARTS:
        source, target = ROOT / part, tmp_path / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, target)
    return tmp_path


def check(root: Path) -> subprocess.CompletedProcess[str]:
    """`python -m tools.generate --check` on `root`."""
    return run(root, "--check")


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.generate", *arguments, "--root", str(root)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8", newline="\n")


def add_operations(root: Path, block: str) -> None:
    """Put `block` at the end of the paths."""
    text = (root / "openapi.yaml").read_text(encoding="utf-8")
    following = re.search(r"^paths:\n(?:[ #].*\n|\n)*", text, re.MULTILINE)
    assert following
    edit(root / "openapi.yaml", following.group(), f"{following.group().rstrip()}\n{block}\n")


def test_generating_again_gives_the_same_bytes_and_passes_the_check(copy: Path) -> None:
    before = tree(copy / PACKAGE)
    done = run(copy)
    assert (done.returncode, done.stderr) == (0, "")
    assert tree(copy / PACKAGE) == before
    (copy / PACKAGE / "api" / "__pycache__").mkdir()
    (copy / PACKAGE / "api" / "__pycache__" / "x.pyc").touch()
    assert check(copy).returncode == 0


def test_the_check_writes_nothing_and_names_a_file_when_a_field_is_renamed(copy: Path) -> None:
    edit(copy / "openapi.yaml", "star5_count", "star_five_count")
    before = tree(copy)
    done = check(copy)
    assert done.returncode == 1
    assert "generated/trustoo_api/models/rating.py: differs" in done.stdout
    assert "make generate" in done.stdout
    assert tree(copy) == before


def test_the_check_names_each_hand_edited_stray_and_missing_file(copy: Path) -> None:
    package = copy / PACKAGE
    edit(package / "client.py", "timeout: float = 30.0", "timeout: float = 31.0")
    (package / "helper.py").touch()
    (package / "models" / "rating.py").unlink()
    done = check(copy)
    assert done.returncode == 1
    assert [line.strip() for line in done.stdout.splitlines()[1:]] == [
        "generated/trustoo_api/client.py: differs from the output of openapi.yaml and the templates",
        "generated/trustoo_api/helper.py: not generated; only generated files belong here",
        "generated/trustoo_api/models/rating.py: missing",
    ]


def test_the_check_names_the_document_of_the_mock_when_it_was_edited(copy: Path) -> None:
    edit(copy / mock.PLACE, "EXAMPLE not found", "EXAMPLE lost")
    done = check(copy)
    assert done.returncode == 1
    assert f"{mock.PLACE}: differs" in done.stdout
    assert run(copy).returncode == 0
    assert check(copy).returncode == 0


def test_differences_are_found_in_content_even_where_size_and_time_agree(tmp_path: Path) -> None:
    for name, text in (("a", "1"), ("b", "2")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.py").write_text(text, encoding="utf-8")
        os.utime(tmp_path / name / "x.py", (1, 1))
    assert len(differences(tmp_path / "a", tmp_path / "b")) == 1
    assert differences(tmp_path / "a", tmp_path / "a") == []


def test_one_block_of_yaml_adds_an_operation(copy: Path) -> None:
    add_operations(copy, GET_BLOCK + POST_BLOCK)
    output = copy / "fresh" / "trustoo_api"
    output.parent.mkdir()
    generate(copy, output)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(output.parent), str(ROOT / "overlays")])}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", TRY], env=environment, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    path = "/api/v1/openapi/shelves/"
    assert json.loads(done.stdout) == {
        "get": [
            *("reviews.books", "GET", f"{path}{{shelf_id}}/books", f"{path}a%2Fb%20%3F/books"),
            *([["colour", "blue & red"], ["page", "2"]], None),
        ],
        "kinds": [["hmac"], ["bearer"], ["write_reviews"]],
        "post": [
            *("reviews.add_book", "POST", "/api/v1/openapi/books", []),
            *({"topic": "t", "url": "https://example.com/u", "new": None}, True),
        ],
        "none": [[], True],
        "answer": 3,
        "doc": True,
    }
    before, after = tree(ROOT / PACKAGE), tree(output)
    assert {name for name in after if after[name] != before.get(name)} == {
        "operations.py",
        "samples.json",
        "api/reviews/__init__.py",
        "api/reviews/reviews_books.py",
        "api/reviews/reviews_add_book.py",
    }


def test_a_description_that_the_generator_warns_about_fails_with_its_text(copy: Path) -> None:
    add_operations(copy, POST_BLOCK.replace("application/json:", "text/nonsense:", 1))
    before = tree(copy / PACKAGE)
    done = run(copy)
    assert done.returncode == 1
    assert "nonsense" in done.stderr
    assert "Traceback" not in done.stderr
    assert tree(copy / PACKAGE) == before


def test_a_security_requirement_that_nobody_can_meet_fails(copy: Path) -> None:
    block = GET_BLOCK.replace("{publicToken: [], sign: [], timestamp: []}", "{publicToken: [], sign: []}")
    add_operations(copy, block)
    with pytest.raises(GenerationError, match=re.escape("['publicToken', 'sign']")):
        generate(copy, copy / "fresh")
    done = run(copy)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_operations_hold_the_descriptions_hash_and_the_tools_versions() -> None:
    text = (ROOT / "openapi.yaml").read_bytes()
    spec = load(ROOT / "openapi.yaml")
    assert operations.SPEC_SHA256 == hashlib.sha256(text.replace(b"\r\n", b"\n")).hexdigest() == spec.sha256
    assert spec.document["info"]["version"] == operations.SPEC_VERSION
    assert {tool: version(tool) for tool in module.TOOLS} == operations.GENERATED_WITH
    assert set(operations.GENERATED_WITH) == {"openapi-python-client", "ruff"}


def test_operations_are_the_descriptions() -> None:
    spec = load(ROOT / "openapi.yaml")
    assert list(operations.OPERATIONS) == list(spec.by_id)
    for name, (path, method, described) in spec.by_id.items():
        operation = operations.OPERATIONS[name]
        assert (operation.path, operation.method) == (path, method.upper())
        assert (operation.evidence, list(operation.sources)) == (described["x-evidence"], described["x-source"])
        assert len(operation.credentials) == len([one for one in described["security"] if one])
        assert operation.is_write == (method != "get")
    assert spec.codes() == operations.CODES
    assert spec.secrets() == operations.SECRETS


def test_generated_modules_import_no_http_library() -> None:
    code = (
        "import pkgutil, sys, importlib, trustoo_api\n"
        "for module in pkgutil.walk_packages(trustoo_api.__path__, 'trustoo_api.'):\n"
        "    importlib.import_module(module.name)\n"
        "print([n for n in ('httpx', 'trustoo', 'attr', 'dateutil') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
