"""Reads published files of any form into OpenAPI documents. It accepts any bytes."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
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
INDEX_LINE = re.compile(r"\s{0,8}[-*]\s[^\]\n]{0,300}\[[^\]\n]{0,300}\]\(([^()\s]{1,1000})\)")
SECOND_RESPONSE = re.compile(r"x-([1-5]\d\d):")
PAGE_ID = re.compile(r"\b((?:api|doc)-\d+)")


class UnusableError(Exception):
    """An input that cannot be read. The message states what was expected, and quotes nothing of the input."""


class GuideError(UnusableError):
    """A Markdown page that describes no operation, such as a guide. Nothing is compared, and nothing is wrong."""


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


class _Loader(yaml.SafeLoader):  # not CSafeLoader, which crashes on deep nesting
    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        # A merge of merges doubles with every level, before anything could be counted.
        if any(key.tag == "tag:yaml.org,2002:merge" for key, _ in node.value):
            raise yaml.constructor.ConstructorError(None, None, "merge keys are not read", node.start_mark)

    def construct_scalar(self, node: yaml.ScalarNode | yaml.MappingNode) -> Any:
        if node.tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float") and len(node.value) > MAX_NUMBER:
            raise yaml.constructor.ConstructorError(None, None, "number too long", node.start_mark)
        return super().construct_scalar(node)


@dataclass
class Inputs:
    """What was read."""

    documents: list[Published] = field(default_factory=list)
    unusable: list[tuple[str, str]] = field(default_factory=list)
    """(file or address, reason) for each input that could not be read."""
    guides: list[tuple[str, str]] = field(default_factory=list)
    """The same for each page that describes no operation."""

    def add(self, origin: str, content: Callable[[], bytes]) -> None:
        """Read one input. `content` may raise UnusableError."""
        try:
            self.documents += parse(content(), origin)
        except GuideError as guide:
            self.guides.append((origin, str(guide)))
        except UnusableError as problem:
            self.unusable.append((origin, str(problem)))


def read(path: Path) -> Inputs:
    """The documents in the file or directory `path`."""
    found = Inputs()
    files = sorted(_files(path, found.unusable)) if path.is_dir() else [path]
    if not files and not found.unusable:
        found.unusable.append((str(path), f"is an empty directory; {EXPECTED}"))
    for file in files[:MAX_FILES]:
        found.add(str(file), partial(content_of, file))
    if len(files) > MAX_FILES:
        found.unusable.append(
            (str(path), f"holds {len(files)} files, of which only {MAX_FILES} were read; split the directory")
        )
    return found


def _files(folder: Path, problems: list[tuple[str, str]]) -> Iterator[Path]:
    """Every file below `folder`. `problems` gets the directories that could not be opened."""

    def refused(problem: OSError) -> None:
        problems.append((str(problem.filename), f"cannot be opened: {problem.strerror}"))

    for parent, folders, names in os.walk(folder, onerror=refused):
        yield from (Path(parent, name) for name in names)
        links = [Path(parent, name) for name in folders if Path(parent, name).is_symlink()]
        problems.extend((str(link), "is a link to a directory and was not followed; give its target") for link in links)


def content_of(file: Path) -> bytes:
    """The bytes of a file, one more than MAX_BYTES at most. Raises UnusableError."""
    if not file.exists():
        raise UnusableError(f"does not exist; {EXPECTED}")
    if not file.is_file():  # reading a device or a pipe could wait forever
        raise UnusableError(f"is not a regular file; {EXPECTED}")
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as problem:
        raise UnusableError(f"cannot be opened: {problem.strerror}") from problem


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
    if links := index_links(text):
        raise UnusableError(f"is an index of {len(links)} pages, not a page; give it alone as FROM, to fetch its pages")
    found = page.parse(text)
    if found is None and text.lstrip().startswith("# "):
        raise GuideError("describes no operation, so it was not compared; read it yourself")
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


def index_links(text: str) -> list[str]:
    """The addresses of the pages that an index such as llms.txt lists, each once. [] if `text` is no index."""
    lines = [line for line in text.split("\n") if line.strip()]
    others = [line for line in lines if not line.startswith(("#", ">"))]
    found = [match[1] for line in others if (match := INDEX_LINE.match(line))]
    is_index = bool(found) and lines[0].startswith("#") and 2 * len(found) >= len(others)
    return list(dict.fromkeys(found)) if is_index else []


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
    """The fenced blocks of a Markdown text, including a last block that was cut off, and the text without them.

    A line with a fence that is indented more than the opening one belongs to the block. It ends nothing, because it may
    stand in a description of the OpenAPI block.
    """
    blocks: list[list[str]] = []
    prose, fence, indent = [], "", 0
    for line in text.split("\n"):
        word = line.strip()
        opens = re.match(r"`{3,}|~{3,}", word)
        deep = len(line) - len(line.lstrip())
        if not fence and opens:
            fence, indent = opens[0], deep
            blocks.append([])
        elif fence and word.startswith(fence) and not word.strip(fence[0]) and deep <= indent:
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
            shared, servers = item.get("parameters"), item.get("servers")
            for method in METHODS:
                if method in item and not isinstance(item[method], dict):
                    yield f"{root} {method.upper()} {path}: is not an object and was left out"
                    del item[method]
                    continue
                if method in item:
                    _join_responses(item[method].get("responses"))
                    item[method] |= {"servers": servers} if servers and "servers" not in item[method] else {}
                if method in item and isinstance(shared, list):
                    own = item[method].get("parameters")
                    item[method]["parameters"] = [*shared, *(own if isinstance(own, list) else ())]


def _join_responses(responses: Any) -> None:
    """Put a second response of a status, which the doc tool calls `x-200:NAME`, beside the first as an alternative."""
    for key in list(responses) if isinstance(responses, dict) else ():
        second = SECOND_RESPONSE.match(key)
        if not second:
            continue
        other, first = responses.pop(key), responses.setdefault(second[1], {})
        if not isinstance(first, dict):
            continue
        for kind, media in _content(other).items():
            known = _content(first).get(kind)
            if known is None:
                first["content"] = {**_content(first), kind: media}
            elif isinstance(known, dict) and isinstance(media, dict) and "schema" in media:
                known["schema"] = {"oneOf": [known.get("schema", {}), media["schema"]]}


def _content(response: Any) -> dict[str, Any]:
    content = response.get("content") if isinstance(response, dict) else None
    return content if isinstance(content, dict) else {}


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
