"""Mutants that fail under one condition only: with a second argument, in another order, for two tasks at once, in
another time zone, over one transport, in a changed copy, at the third attempt, or for one pair of code and status.

A test that only runs the changed line does not notice such a mutant. Each kind has some operators.
"""

import ast
import builtins
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from contract_tests.mutation.mutant import Edit, Mutant, make
from contract_tests.mutation.python_mutants import LOG_METHODS
from contract_tests.mutation.source import Source

Found = Iterator[tuple[str, ast.AST, list[Edit]]]
Function = ast.FunctionDef | ast.AsyncFunctionDef

TRANSPORTS = "overlays/trustoo/transport/"
LOCKS = re.compile(r"lock|condition|semaphore|mutex|guard", re.IGNORECASE)
ATTEMPTS = {"attempt", "attempts", "tries", "retries", "failures", "resends", "rounds"}
NUMBERS = ("attempts.number", "self.number", "self._attempts.number")
"""The numbers of attempts, among others that are called `number`."""
CODES = (4, 8, 13, 14, 16)
"""Codes of the envelope that decide about errors and retries."""
STATUSES = (200, 401, 429, 500, 503)
"""HTTP statuses that decide about errors and retries."""
STATUS_NAMES = {"REDIRECTS", "REASONS", "HTTPStatus"}
CHECKS = ("isinstance", "issubclass", "callable", "len", "bool")
CONTAINERS = {"list", "dict", "tuple", "set", "frozenset"}


def candidates(kind: str, file: str, source: str, operation: Callable[[int], str | None]) -> Iterator[Mutant]:
    """Every mutant of a kind that `source` can have. `operation` returns the operation that a line belongs to."""
    text = Source(source)
    for operator, at, edits in BY_KIND[kind](text, file):
        line: int = at.lineno  # type: ignore[attr-defined]
        yield make(kind, file, source, operator, edits, operation(line), line)


# --- two arguments


def _pair(text: Source, file: str) -> Found:
    """An optional argument is lost if the next one is given too."""
    for function in _functions(text):
        given = [argument.arg for argument in _optional(function)]
        if len(given) < 2:
            continue
        after = dict(zip(given, [*given[1:], given[0]], strict=True))
        for node in ast.walk(function):
            for value in _values(node):
                if isinstance(value, ast.Name) and value.id in after and _called(node) not in CHECKS:
                    kept = f"({value.id} if {after[value.id]} is None else None)"
                    yield "lost-beside-another", value, [text.put(value, kept)]


def _optional(function: Function) -> list[ast.arg]:
    """The parameters whose default is None."""
    of = function.args
    positional = [*of.posonlyargs, *of.args]
    defaults = [*zip(positional[len(positional) - len(of.defaults) :], of.defaults, strict=True)]
    defaults += [(name, value) for name, value in zip(of.kwonlyargs, of.kw_defaults, strict=True) if value is not None]
    return [name for name, value in defaults if isinstance(value, ast.Constant) and value.value is None]


def _values(node: ast.AST) -> list[ast.expr]:
    """Where a function hands its arguments on."""
    if isinstance(node, ast.Dict):
        return node.values
    if isinstance(node, ast.Call):
        return [*node.args, *(keyword.value for keyword in node.keywords)]
    return [node.value] if isinstance(node, ast.Assign) else []


# --- order and state


def _sequence(text: Source, file: str) -> Found:
    """What one step leaves for the next: state that is not kept, not removed, or changed in the wrong order."""
    for body in _bodies(text, inits=False):
        for node in body:
            if isinstance(node, ast.Assign | ast.AugAssign) and _is_state(node):
                yield "state-not-kept", node, [text.put(node, "pass")]
            elif isinstance(node, ast.Delete) or (
                isinstance(node, ast.Expr) and _called(node.value) in ("pop", "clear", "discard", "remove", "popitem")
            ):
                yield "state-not-removed", node, [text.put(node, "pass")]
        for first, second in pairwise(body):
            if _is_step(first) and _is_step(second) and _interact(first, second) and not file.endswith("_checks.py"):
                yield "wrong-order", first, text.swap(first, second)


def _is_state(node: ast.Assign | ast.AugAssign) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return all(isinstance(target, ast.Attribute | ast.Subscript) for target in targets)


def _interact(first: ast.stmt, second: ast.stmt) -> bool:
    """Whether the order of two statements may matter, and both orders can run."""
    if _names(first, ast.Store) & _names(second, ast.Load):
        return False
    plain = [isinstance(one, ast.Assign | ast.AugAssign) for one in (first, second)]
    kept = [bool(held) and _is_state(one) for held, one in zip(plain, (first, second), strict=True)]  # type: ignore[arg-type]
    if all(kept):
        first_names, second_names = ({_name(part) for part in ast.walk(one)} for one in (first, second))
        return bool((first_names & second_names) - {"self", ""})
    return not all(plain) or any(kept)


def _is_step(node: ast.stmt) -> bool:
    """Whether a statement does something that another one may see."""
    if isinstance(node, ast.Assign | ast.AugAssign):
        return _is_state(node) or any(isinstance(part, ast.Call) for part in ast.walk(node.value))
    return isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant) and not _is_log(node)


# --- two at once


def _concurrency(text: Source, file: str) -> Found:
    """What two threads or tasks do to each other: locks, releases, cancellation, values that both change."""
    for node in ast.walk(text.tree):
        if isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                if item.optional_vars is None and LOCKS.search(text.of(item.context_expr)):
                    nothing = text.put(item.context_expr, "__import__('contextlib').nullcontext()")
                    yield "lock-not-taken", node, [nothing]
                    if len(node.body) > 1 and len(node.items) == 1:
                        yield "lock-released-early", node, [_outdented(node.body[-1], text)]
        elif isinstance(node, ast.Try) and node.finalbody:
            first, last = node.finalbody[0], node.finalbody[-1]
            yield "not-released", first, [Edit(text.span(first)[0], text.span(last)[1], "pass")]
        elif isinstance(node, ast.ExceptHandler) and node.type is not None and text.of(node.type) == "BaseException":
            yield "cancellation-missed", node, [text.put(node.type, "Exception")]
        elif isinstance(node, ast.Call) and not node.keywords:
            yield from _shared(node, text)


def _shared(node: ast.Call, text: Source) -> Found:
    """A copy of an attribute becomes the attribute itself, which others go on changing."""
    held = node.args[0] if len(node.args) == 1 else None
    if isinstance(node.func, ast.Name) and node.func.id in CONTAINERS and isinstance(held, ast.Attribute):
        yield "shared-not-copied", node, [text.put(node, text.of(held))]
    elif isinstance(node.func, ast.Attribute) and node.func.attr == "copy" and not node.args:
        yield "shared-not-copied", node, [text.put(node, text.of(node.func.value))]
    elif text.of(node.func) == "asyncio.shield" and held is not None:
        yield "cancellation-missed", node, [text.put(node, text.of(held))]


def _outdented(node: ast.stmt, text: Source) -> Edit:
    begin, end = text.span(node)
    start = text.text.rfind("\n", 0, begin) + 1
    return Edit(start, end, "\n".join(line.removeprefix("    ") for line in text.text[start:end].split("\n")))


# --- clocks


def _zone(text: Source, file: str) -> Found:
    """What another time zone, or a clock that is set while the program runs, changes."""
    clocks = [node for node in ast.walk(text.tree) if isinstance(node, ast.expr) and _name(node) == "monotonic"]
    if clocks:  # all of the file, since two clocks in one subtraction would be found by any test
        yield "clock-is-set", clocks[0], [text.put(clock, "__import__('time').time") for clock in clocks]
    for node in ast.walk(text.tree):
        if not isinstance(node, ast.Call):
            continue
        called = _called(node)
        zones = [one for one in [*node.args, *(k.value for k in node.keywords)] if text.of(one) in ("UTC", "tz")]
        if called in ("now", "fromtimestamp", "astimezone") and zones:
            keywords = [keyword for keyword in node.keywords if keyword.value in zones]
            whole: ast.expr | ast.keyword = keywords[0] if keywords else zones[0]
            arguments: list[ast.AST] = [*node.args, *node.keywords]
            yield "local-zone", node, [_without(whole, arguments, text)]
        elif called == "replace" and zones and isinstance(node.func, ast.Attribute):
            yield "local-zone", node, [text.put(node, f"{text.of(node.func.value)}.astimezone(UTC)")]
        elif called == "timestamp" and isinstance(node.func, ast.Attribute) and not node.args:
            moment = text.of(node.func.value)
            yield "local-zone", node, [text.put(node, f"({moment}).replace(tzinfo=None).timestamp()")]
        elif called == "timegm":
            yield "local-zone", node, [text.put(node.func, "__import__('time').mktime")]


# --- one transport


def _transport(text: Source, file: str) -> Found:
    """What one way of sending forgets: a step, an argument, or to end what it began."""
    if not file.startswith(TRANSPORTS):
        return
    for body in _bodies(text, inits=True):
        for node in body:
            if _is_step(node) and not (isinstance(node, ast.Assign) and not _is_state(node)):
                yield "step-forgotten", node, [text.put(node, "pass")]
    for call in ast.walk(text.tree):
        if isinstance(call, ast.Call) and not _is_log(call):
            for keyword in (keyword for keyword in call.keywords if keyword.arg is not None):
                yield "argument-forgotten", keyword, [_without(keyword, [*call.args, *call.keywords], text)]


# --- copies


def _copy(text: Source, file: str) -> Found:
    """What a changed copy loses, or takes from the wrong side."""
    if file.startswith("generated/"):  # built from the spec: its arguments have mutants of their own
        return
    for node in ast.walk(text.tree):
        if isinstance(node, ast.Call) and _copies(node):
            keywords = [keyword for keyword in node.keywords if keyword.arg is not None]
            for keyword in keywords:
                yield "copied-without", keyword, [_without(keyword, [*node.args, *node.keywords], text)]
            for left, right in pairwise(keywords):
                if _name(left.value) and _name(right.value):
                    yield "copied-from-neighbour", right, [text.put(right.value, text.of(left.value))]
        elif isinstance(node, ast.Dict) and len(node.keys) == 2 and node.keys == [None, None]:
            yield "merged-reversed", node, text.swap(node.values[0], node.values[1])
            yield "merged-without", node, [text.put(node, text.of(node.values[1]))]
        elif isinstance(node, ast.Dict) and None in node.keys and len(node.keys) > 1:
            held = node.values[node.keys.index(None)]
            yield "merged-without", held, [text.put(held, "{}")]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr) and _merges(node):
            yield "merged-reversed", node, text.swap(node.left, node.right)
            yield "merged-without", node, [text.put(node, text.of(node.right))]


def _copies(node: ast.Call) -> bool:
    """Whether a call makes an object from values of others."""
    called = _called(node)
    makes_new = called[:1].isupper() and not called.endswith("Error")
    return called in ("replace", "cls", "with_options") or (makes_new and len(node.keywords) > 1)


def _merges(node: ast.BinOp) -> bool:
    """Whether both sides of `|` can be dicts or sets: attributes and variables, no types."""
    names = [_name(side) for side in (node.left, node.right)]
    return all(name.lstrip("_")[:1].islower() and not hasattr(builtins, name) for name in names)


# --- the third attempt


def _retry(text: Source, file: str) -> Found:
    """What is right for two attempts and wrong for the third."""
    for function in _functions(text):
        logged = {id(part) for node in ast.walk(function) if _is_log(node) for part in ast.walk(node)}
        for node in ast.walk(function):
            if id(node) in logged:
                continue
            if isinstance(node, ast.Compare) and (counter := _counter(node, text)):
                yield "third-differs", node, [text.put(node, f"(({text.of(node)}) != (({counter}) == 3))")]
            elif isinstance(node, ast.Call):
                for value in [*node.args, *(keyword.value for keyword in node.keywords)]:
                    if _counts_attempts(value, text):
                        yield "counts-to-two", value, [text.put(value, f"min({text.of(value)}, 2)")]
            elif isinstance(node, ast.BinOp) and _counts_attempts(node.left, text):
                yield "counts-to-two", node, [text.put(node.left, f"min({text.of(node.left)}, 2)")]
            elif isinstance(node, ast.AugAssign) and _counts_attempts(node.target, text):
                counted = f"{text.of(node.target)} = min({text.of(node.target)} + {text.of(node.value)}, 2)"
                yield "counts-to-two", node, [text.put(node, counted)]
            elif isinstance(node, ast.While) and text.of(node.test) == "True":
                begin = text.span(node)[0]
                yield "ends-after-two", node, [Edit(begin, text.span(node.test)[1], "for _ in range(2)")]
            elif isinstance(node, ast.For) and _called(node.iter) in ("range", "count") and _tries(node):
                rounds = f"list(zip({text.of(node.iter)}, range(2)))"
                yield "ends-after-two", node, [text.put(node.iter, f"[one for one, _ in {rounds}]")]


def _counts_attempts(node: ast.AST, text: Source) -> bool:
    return _name(node).lstrip("_") in ATTEMPTS or (_name(node) == "number" and text.of(node) in NUMBERS)


def _counter(node: ast.Compare, text: Source) -> str | None:
    return next((text.of(one) for one in (node.left, *node.comparators) if _counts_attempts(one, text)), None)


def _tries(node: ast.For) -> bool:
    return any(isinstance(part, ast.Try) for part in ast.walk(node))


# --- one pair of code and status


def _status(text: Source, file: str) -> Found:
    """One answer among many that is judged wrongly."""
    for function in _functions(text):
        names = {_name(node): text.of(node) for node in ast.walk(function) if _name(node)}
        code, status = names.get("code"), names.get("status") or names.get("status_code")
        for node in ast.walk(function):
            if not isinstance(node, ast.Compare):
                continue
            about = {_name(part) for part in ast.walk(node)}
            numbers = {int(text.of(part), 0) for part in ast.walk(node) if _is_number(part)}
            of_status = about & {"status", "status_code"} and (max(numbers, default=0) >= 200 or about & STATUS_NAMES)
            of_code = "code" in about and "upload" not in file  # the codes of the storage are words
            if not of_status and not of_code:
                continue
            if code and status and "upload" not in file:
                for one, other in zip(CODES, STATUSES, strict=True):
                    wrong = f"(({text.of(node)}) != (({code}) == {one} and ({status}) == {other}))"
                    yield "one-pair", node, [text.put(node, wrong)]
            elif status and of_status:
                for other in STATUSES:
                    yield "one-status", node, [text.put(node, f"(({text.of(node)}) != (({status}) == {other}))")]
            elif code and of_code:
                for one in CODES:
                    yield "one-code", node, [text.put(node, f"(({text.of(node)}) != (({code}) == {one}))")]
    for node in ast.walk(text.tree):
        if isinstance(node, ast.Assign | ast.Compare):
            held = node.value if isinstance(node, ast.Assign) else node.comparators[-1]
            elements: list[ast.AST] = list(held.elts) if isinstance(held, ast.Tuple | ast.Set | ast.List) else []
            named = isinstance(node, ast.Compare) or isinstance(node.targets[0], ast.Name)
            if named and len(elements) > 1 and all(map(_is_number, elements)):
                for element in elements:
                    yield "one-left-out", element, [_without(element, elements, text)]
        elif isinstance(node, ast.Dict) and len(node.keys) > 1 and all(key and _is_number(key) for key in node.keys):
            for (_, left), (key, right) in pairwise(zip(node.keys, node.values, strict=True)):
                if key is not None and text.of(left) != text.of(right):
                    yield "one-of-a-neighbour", key, [text.put(right, text.of(left))]


def _is_number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int


# --- parts of trees


def _functions(text: Source) -> Iterator[Function]:
    yield from (node for node in ast.walk(text.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _bodies(text: Source, *, inits: bool) -> Iterator[list[ast.stmt]]:
    """The statements of functions and of the blocks in them, each list once."""
    for function in _functions(text):
        if function.name == "__init__" and not inits:
            continue
        waiting: list[ast.AST] = [function]
        while waiting:
            node = waiting.pop()
            if node is not function and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue
            for name in ("body", "orelse", "finalbody"):
                if isinstance(body := getattr(node, name, None), list):
                    yield body
            waiting += [
                child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt | ast.ExceptHandler)
            ]


def _names(node: ast.AST, context: type[ast.expr_context]) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, context)}


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _called(node: ast.AST) -> str:
    return _name(node.func) if isinstance(node, ast.Call) else ""


def _is_log(node: ast.AST) -> bool:
    call = node.value if isinstance(node, ast.Expr) else node
    return isinstance(call, ast.Call) and _called(call) in LOG_METHODS and "log" in ast.unparse(call.func).lower()


def _without(node: ast.AST, elements: Sequence[ast.AST], text: Source) -> Edit:
    """The edit that removes one of `elements`, with a comma."""
    index = elements.index(node)
    begin, end = text.span(node)
    if index + 1 < len(elements):
        return text.cut(node, list(elements[index + 1 :]))
    return Edit(text.span(elements[index - 1])[1] if index else begin, end, "")


BY_KIND: dict[str, Callable[[Source, str], Found]] = {
    "pair": _pair,
    "sequence": _sequence,
    "concurrency": _concurrency,
    "zone": _zone,
    "transport": _transport,
    "copy": _copy,
    "retry": _retry,
    "status": _status,
}
"""Kind -> what finds its mutants in a file."""
