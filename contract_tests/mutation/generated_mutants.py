"""Mutants of generated Python code: what a generator gets wrong. Names that are renamed, dropped or swapped, types,
required and null, the zone of a date, the first item only, paths, methods, credentials and scopes."""

import ast
from collections.abc import Callable, Iterator
from itertools import pairwise

from contract_tests.mutation.mutant import Edit, Mutant, make
from contract_tests.mutation.source import Source

Found = Iterator[tuple[str, ast.AST, list[Edit]]]
OTHER_TYPES = {"Id": "str", "str": "int", "int": "str", "bool": "str", "int | float": "int"}
OTHER_METHODS = {"GET": "POST", "POST": "PUT"}


def candidates(
    kind: str, file: str, source: str, operation: Callable[[int], str | None], decoded: bool
) -> Iterator[Mutant]:
    """Every mutant of these kinds that `source` can have.

    `operation` tells the one that a line belongs to. `decoded` says whether its models are read from answers; where
    they are only built by hand, annotations decide nothing.
    """
    text = Source(source)
    for node in ast.walk(text.tree):
        for operator, at, edits in _of(node, text):
            if operator in ("wrong-type", "null-refused") and not decoded:
                continue
            line: int = at.lineno  # type: ignore[attr-defined]
            yield make(kind, file, source, operator, edits, operation(line), line)


def _of(node: ast.AST, text: Source) -> Found:
    if isinstance(node, ast.Dict):
        yield from _dict(node, text)
    elif isinstance(node, ast.Call):
        yield from _call(node, text)
    elif isinstance(node, ast.ClassDef) and any(_is_model(text.of(base)) for base in node.bases):
        yield from _model(node, text)
    elif isinstance(node, ast.ListComp | ast.DictComp | ast.SetComp | ast.GeneratorExp):
        for loop in node.generators:
            yield "first-item-only", loop.iter, [text.put(loop.iter, f"[*{text.of(loop.iter)}][:1]")]
    elif isinstance(node, ast.For):
        yield "first-item-only", node, [text.put(node.iter, f"[*{text.of(node.iter)}][:1]")]
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield from _function(node, text)
    elif isinstance(node, ast.Attribute) and node.attr == "parsed":
        yield "raw-instead-of-value", node, [text.put(node, text.of(node.value))]


def _is_model(base: str) -> bool:
    return base == "Model" or base.startswith("Listing[")


def _dict(node: ast.Dict, text: Source) -> Found:
    """Members of requests, of rules, and the tables of operations.py."""
    pairs = [(k, v) for k, v in zip(node.keys, node.values, strict=True) if isinstance(k, ast.Constant)]
    for index, (key, value) in enumerate(pairs):
        end = text.span(value)[1]
        whole = text.cut(value, [after for after, _ in pairs[index + 1 :]])
        if isinstance(key.value, str):
            yield "rename-name", key, [text.put(key, repr(_renamed(key.value)))]
        yield "drop-entry", key, [Edit(text.span(key)[0], max(end, whole.end), "")]
    for (_, left), (key, right) in pairwise(pairs):
        if text.of(left) != text.of(right):
            yield "swap-entries", key, text.swap(left, right)


def _call(node: ast.Call, text: Source) -> Found:
    called = text.of(node.func).rsplit(".", 1)[-1]
    keywords = [keyword for keyword in node.keywords if keyword.arg is not None]
    if called == "Operation":
        yield from _operation(keywords, text)
        return
    if called == "frozenset" and node.args and isinstance(node.args[0], ast.List | ast.Set):
        elements: list[ast.AST] = list(node.args[0].elts)
        for index, element in enumerate(elements):
            if len(elements) > 1:
                yield "drop-secret", element, [text.cut(element, elements[index + 1 :])]
    if called == "instant" and node.args:
        yield "lose-time-zone", node, [text.put(node, f"((t := {text.of(node)}) and t.replace(tzinfo=None))")]
    if called in ("replace", "astimezone") and "UTC" in text.of(node):
        yield "lose-time-zone", node, [text.put(node, text.of(node.func).rsplit(".", 1)[0])]
    for index, keyword in enumerate(keywords):
        if keyword.arg in ("client", "operation", "path", "default"):
            continue
        followers: list[ast.AST] = list(keywords[index + 1 :])
        yield "drop-argument", keyword, [text.cut(keyword, followers)]
        if isinstance(keyword.value, ast.Constant):
            held = keyword.value.value
            if isinstance(held, int) and not isinstance(held, bool):
                yield "shift-limit", keyword, [text.put(keyword.value, str(held + 1))]
            elif isinstance(held, str):
                yield "rename-name", keyword, [text.put(keyword.value, repr(_renamed(held)))]
        if keyword.arg == "one_of" and isinstance(keyword.value, ast.Tuple):
            last = keyword.value.elts[-1]
            yield "drop-value", keyword, [Edit(text.span(keyword.value.elts[-2])[1], text.span(last)[1], ",")]
    for left, right in pairwise(keywords):
        if text.of(left.value) != text.of(right.value) and "client" not in (left.arg, right.arg):
            yield "swap-arguments", left, text.swap(left.value, right.value)


def _operation(keywords: list[ast.keyword], text: Source) -> Found:
    """The facts of one operation."""
    for keyword in keywords:
        value = keyword.value
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            if keyword.arg == "path":
                yield "wrong-path", keyword, [text.put(value, repr(_renamed(value.value)))]
            elif keyword.arg == "method":
                yield "wrong-method", keyword, [text.put(value, repr(OTHER_METHODS[value.value]))]
            elif keyword.arg == "evidence":
                other = "documented" if value.value == "inferred" else "inferred"
                yield "wrong-evidence", keyword, [text.put(value, repr(other))]
            elif keyword.arg == "redirect_to":
                yield "wrong-redirect", keyword, [text.put(value, "None")]
        elif isinstance(value, ast.Tuple) and keyword.arg in ("credentials", "scopes"):
            elements: list[ast.AST] = list(value.elts)
            if not elements and keyword.arg == "credentials":
                yield "wrong-credentials", keyword, [text.put(value, "('hmac',)")]
            for index, element in enumerate(elements):
                kept = ", ".join(text.of(other) for i, other in enumerate(elements) if i != index)
                yield f"drop-{keyword.arg}", keyword, [text.put(value, f"({kept}{',' if kept else ''})")]
                if keyword.arg == "scopes":
                    yield "wrong-scope", element, [text.put(element, "'read_orders'")]


def _model(node: ast.ClassDef, text: Source) -> Found:
    """The members of a model."""
    for member in node.body:
        if not isinstance(member, ast.AnnAssign) or not isinstance(member.target, ast.Name):
            continue
        name, form = member.target.id, text.of(member.annotation)
        if name.endswith("_") or form.startswith("ClassVar"):
            continue
        plain = form.removesuffix(" | None")
        yield "drop-field", member, [text.put(member, "pass")]
        if not name.endswith("_text"):
            yield "rename-field", member, [text.put(member.target, _renamed(name))]
        if plain in OTHER_TYPES:
            yield "wrong-type", member, [text.put(member.annotation, form.replace(plain, OTHER_TYPES[plain]))]
        if plain != form:
            yield "null-refused", member, [text.put(member.annotation, plain)]
        if member.value is not None and text.of(member.value) == "None":
            yield "required", member, [Edit(text.span(member.annotation)[1], text.span(member)[1], "")]
        elif member.value is None:
            yield "not-required", member, [text.put(member, f"{text.of(member)} | None = None")]
        if plain.startswith(("builtins.list[", "ListOrNull[")):
            inner = plain[plain.index("[") + 1 : -1]
            yield "not-a-list", member, [text.put(member, f"{name}: {inner} | None = None")]


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, text: Source) -> Found:
    """Statements that are left out, answers that are withheld."""
    for statement in ast.walk(node):
        if isinstance(statement, ast.Return) and statement.value is not None and text.of(statement.value) != "None":
            yield "return-none", statement, [text.put(statement.value, "None")]
    for statement in node.body:
        if isinstance(statement, ast.If | ast.For | ast.Raise | ast.Assign | ast.AugAssign) and len(node.body) > 1:
            yield "drop-statement", statement, [text.put(statement, "pass")]
        if node.name == "__post_init__" and isinstance(statement, ast.If):
            yield "drop-statement", statement, [text.put(statement, "pass")]


def _renamed(name: str) -> str:
    """A name as a misreading has it: the plural or the singular."""
    return name[:-1] if name.endswith("s") else f"{name}s"
