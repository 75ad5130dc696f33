"""Reads published files of any form into OpenAPI documents. It accepts any bytes."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

import yaml

from tools.drift import page
from tools.evidence import METHODS

MAX_BYTES = 4 * 2**20
MAX_NODES = 400_000  # of the expanded tree; the vendor's whole export has some ten thousand
MAX_DEPTH = 80
MAX_FILES = 2000
MAX_OPERATIONS = 2000
MAX_NUMBER = 40  # characters; PyYAML needs quadratic time for long numbers in base 60
EXPECTED = (
    "expected an OpenAPI 3.0 or 3.1 export (JSON or YAML), a Markdown page with an OpenAPI block,"
    " or the text of a docs page with a method line such as GET and a path line such as /api/…"
)
OPENAPI_YAML = re.compile(r"^[\"']?openapi[\"']?[ \t]*:", re.MULTILINE)
MODIFIED = re.compile(r"^[^\w\n]*Modified at[^\w\n]*(\d{4}-\d{2}-\d{2})", re.MULTILINE | re.IGNORECASE)
PAGE_ID = re.compile(r"\b((?:api|doc)-\d+)")


class UnusableError(Exception):
    """An input that cannot be read. The message states what was expected, and quotes nothing of the input."""


@dataclass(frozen=True)
class Published:
    """One document of the vendor."""

    origin: str
    """The file it was read from."""
    form: str
    """export, markdown or page."""
    document: dict[str, Any]
    """An OpenAPI document: finite, at most MAX_DEPTH deep, all keys text."""
    title: str = ""
    page: str | None = None
    """The page's id, such as api-477412699."""
    modified: str | None = None
    """The page's own date, YYYY-MM-DD."""
    whole: bool = True
    """False if a missing part means nothing, as on a page that was copied only in part."""
    notes: tuple[str, ...] = field(default=())
    """The parts that could not be read."""


class _Loader(yaml.SafeLoader):
    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        # A merge of merges doubles with every level, before anything could be counted.
        if any(key.tag == "tag:yaml.org,2002:merge" for key, _ in node.value):
            raise yaml.constructor.ConstructorError(None, None, "merge keys are not read", node.start_mark)

    def construct_scalar(self, node: yaml.ScalarNode | yaml.MappingNode) -> Any:
        if node.tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float") and len(node.value) > MAX_NUMBER:
            raise yaml.constructor.ConstructorError(None, None, "number too long", node.start_mark)
        return super().construct_scalar(node)


def read(path: Path) -> tuple[list[Published], list[tuple[str, str]]]:
    """The documents in the file or directory `path`, and (file, reason) for each file that could not be read."""
    problems: list[tuple[str, str]] = []
    files = sorted(_files(path, problems)) if path.is_dir() else [path]
    if not files and not problems:
        problems.append((str(path), f"is an empty directory; {EXPECTED}"))
    documents: list[Published] = []
    for file in files[:MAX_FILES]:
        try:
            documents += _read_file(file)
        except UnusableError as problem:
            problems.append((str(file), str(problem)))
    if len(files) > MAX_FILES:
        problems.append(
            (str(path), f"holds {len(files)} files, of which only {MAX_FILES} were read; split the directory")
        )
    return documents, problems


def _files(folder: Path, problems: list[tuple[str, str]]) -> Iterator[Path]:
    """Every file below `folder`. `problems` gets the directories that could not be opened."""

    def refused(problem: OSError) -> None:
        problems.append((str(problem.filename), f"cannot be opened: {problem.strerror}"))

    for parent, folders, names in os.walk(folder, onerror=refused):
        yield from (Path(parent, name) for name in names)
        links = [Path(parent, name) for name in folders if Path(parent, name).is_symlink()]
        problems.extend((str(link), "is a link to a directory and was not followed; give its target") for link in links)


def _read_file(file: Path) -> list[Published]:
    if not file.exists():
        raise UnusableError(f"does not exist; {EXPECTED}")
    if not file.is_file():  # reading a device or a pipe could wait forever
        raise UnusableError(f"is not a regular file; {EXPECTED}")
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as problem:
        raise UnusableError(f"cannot be opened: {problem.strerror}") from problem
    return parse(content, str(file))


def parse(content: bytes, origin: str) -> list[Published]:
    """The documents in the bytes of one file, called `origin` in reports. Raises UnusableError, and nothing else."""
    if len(content) > MAX_BYTES:
        raise UnusableError(f"has more than {MAX_BYTES // 2**20} MiB; split it")
    text = _decode(content)
    start = text.lstrip()[:1]
    fenced, prose = _fences(text)
    blocks = [block for block in fenced if _mentions_openapi(block)]
    if start in ("{", "["):
        return [_document(_json(text), origin, "export", text)]
    if blocks:
        return [_markdown(block, prose, origin) for block in blocks]
    if OPENAPI_YAML.search(text):
        return [_document(_yaml(text), origin, "export", text)]
    found = page.parse(text)
    if found is None:
        raise UnusableError(f"has an unknown form; {EXPECTED}")
    tree = _plain(found.document)
    modified = MODIFIED.search(text)
    identity = PAGE_ID.search(found.address)
    return [
        Published(
            origin, "page", tree, found.title, identity[1] if identity else None,
            modified[1] if modified else None, found.whole, tuple(found.notes),
        )
    ]  # fmt: skip


def _decode(content: bytes) -> str:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as problem:
        raise UnusableError(f"is not UTF-8 text; {EXPECTED}") from problem
    if "\0" in text:
        raise UnusableError(f"is a binary file; {EXPECTED}")
    if not text.strip():
        raise UnusableError(f"is empty; {EXPECTED}")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _fences(text: str) -> tuple[list[str], str]:
    """The fenced blocks of a Markdown text, including a last block that was cut off, and the text without them."""
    blocks: list[list[str]] = []
    prose, fence = [], ""
    for line in text.split("\n"):
        word = line.strip()
        opens = re.match(r"`{3,}|~{3,}", word)
        if not fence and opens:
            fence = opens[0]
            blocks.append([])
        elif fence and word.startswith(fence) and not word.strip(fence[0]):
            fence = ""
        elif fence:
            blocks[-1].append(line)
        else:
            prose.append(line)
    return [dedent("\n".join(block)) for block in blocks], "\n".join(prose)


def _mentions_openapi(block: str) -> bool:
    return bool(OPENAPI_YAML.search(block)) or (block.lstrip().startswith("{") and '"openapi"' in block)


def _markdown(block: str, prose: str, origin: str) -> Published:
    tree = _json(block) if block.lstrip().startswith("{") else _yaml(block)
    read = _document(tree, origin, "markdown", prose)
    heading = re.search(r"^#[ \t]+(\S.*)$", prose, re.MULTILINE)
    return Published(
        origin, "markdown", read.document, heading[1].strip() if heading else "", read.page, read.modified,
        notes=read.notes,
    )  # fmt: skip


def _document(tree: Any, origin: str, form: str, prose: str) -> Published:
    tree = _plain(tree)
    if not isinstance(tree, dict):
        raise UnusableError(f"contains no object; {EXPECTED}")
    version = str(tree.get("openapi", tree.get("swagger", "")))
    if not version.startswith(("3.0", "3.1")):
        found = f"says OpenAPI version {version[:10]!r}" if version else "has no member `openapi`"
        raise UnusableError(f"{found}; export it anew as OpenAPI 3.0 or 3.1")
    notes = list(_tidy(tree))
    count = sum(1 for _ in _operations(tree))
    if count > MAX_OPERATIONS:
        raise UnusableError(f"describes {count} operations; more than {MAX_OPERATIONS} are not compared")
    if not count:
        raise UnusableError("is an OpenAPI document without any operation; export the operations too")
    modified = MODIFIED.search(prose) if form == "markdown" else None
    return Published(origin, form, tree, modified=modified[1] if modified else None, notes=tuple(notes))


def _operations(tree: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for root in ("paths", "webhooks"):
        for path, item in tree[root].items():
            yield from ((path, method) for method in METHODS if method in item)


def _tidy(tree: dict[str, Any]) -> Iterator[str]:
    """Remove parts that are not operations, with a note for each. Move the parameters of a path to its operations."""
    for root in ("paths", "webhooks"):
        items = tree.get(root)
        tree[root] = items if isinstance(items, dict) else {}
        for path, item in list(tree[root].items()):
            if not isinstance(item, dict):
                yield f"{root} {path}: is not an object and was left out"
                del tree[root][path]
                continue
            shared = item.get("parameters")
            for method in METHODS:
                if method in item and not isinstance(item[method], dict):
                    yield f"{root} {method.upper()} {path}: is not an object and was left out"
                    del item[method]
                elif method in item and isinstance(shared, list):
                    own = item[method].get("parameters")
                    item[method]["parameters"] = [*shared, *(own if isinstance(own, list) else ())]


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as problem:
        where = f"line {problem.lineno}, column {problem.colno}"
        raise UnusableError(f"begins like JSON but breaks at {where}; export it anew") from problem
    except (RecursionError, ValueError) as problem:
        raise UnusableError(
            "is JSON nested too deeply, or with a number too long, to be an OpenAPI export"
        ) from problem


def _yaml(text: str) -> Any:
    try:
        return yaml.load(text, _Loader)  # a SafeLoader
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "an unknown place"
        raise UnusableError(f"looks like YAML but cannot be read at {where}; export it anew") from problem
    except RecursionError as problem:
        raise UnusableError("is YAML nested too deeply to be an OpenAPI export") from problem
    except Exception as problem:  # PyYAML's constructors let ValueError, KeyError and others out
        raise UnusableError("is YAML with a value that cannot be read; export it anew") from problem


def _plain(tree: Any) -> Any:
    """The tree with expanded aliases, and with keys and unusual values as text. Size and depth are limited."""
    budget = MAX_NODES

    def copy(node: Any, depth: int) -> Any:
        nonlocal budget
        budget -= 1
        if budget < 0:
            raise UnusableError(f"has more than {MAX_NODES} values when its aliases are expanded")
        if depth > MAX_DEPTH:
            raise UnusableError(f"is nested more than {MAX_DEPTH} levels deep, or contains itself")
        if isinstance(node, dict):
            return {str(key): copy(value, depth + 1) for key, value in node.items()}
        if isinstance(node, (list, tuple)):
            return [copy(value, depth + 1) for value in node]
        return node if node is None or isinstance(node, (bool, int, float, str)) else str(node)

    return copy(tree, 0)
