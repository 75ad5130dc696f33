"""Mutants of hand-written Python code, by the operators of cosmic-ray.

Cosmic-ray finds and makes the changes; here those that could not matter are sorted out: annotations, arguments of
log calls, `__all__`, what only type checkers see.
"""

import ast
from collections.abc import Iterator
from functools import cache
from itertools import accumulate
from typing import Any

from cosmic_ray.ast import ast_nodes, get_ast  # type: ignore[import-untyped]
from cosmic_ray.plugins import get_operator  # type: ignore[import-untyped]

from contract_tests.mutation.mutant import Edit, Mutant, make

# One replacement a token. The others of cosmic-ray's 213 operators differ from these in how absurd they are:
# `==` replaced by `<<` is found by whatever runs the line.
OPERATORS = (
    *("ReplaceComparisonOperator_Eq_NotEq", "ReplaceComparisonOperator_NotEq_Eq"),
    *("ReplaceComparisonOperator_Lt_LtE", "ReplaceComparisonOperator_LtE_Lt"),
    *("ReplaceComparisonOperator_Gt_GtE", "ReplaceComparisonOperator_GtE_Gt"),
    *("ReplaceComparisonOperator_Is_IsNot", "ReplaceComparisonOperator_IsNot_Is"),
    *("ReplaceBinaryOperator_Add_Sub", "ReplaceBinaryOperator_Sub_Add"),
    *("ReplaceBinaryOperator_Mul_FloorDiv", "ReplaceBinaryOperator_Div_Mul", "ReplaceBinaryOperator_FloorDiv_Mul"),
    *("ReplaceBinaryOperator_Mod_Mul", "ReplaceBinaryOperator_Pow_Mul"),
    *("ReplaceBinaryOperator_BitOr_BitAnd", "ReplaceBinaryOperator_BitAnd_BitOr"),
    *("ReplaceUnaryOperator_Delete_Not", "ReplaceUnaryOperator_Delete_USub"),
    *("AddNot", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr", "ReplaceOrWithAnd"),
    *("ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "ExceptionReplacer", "NumberReplacer"),
    *("RemoveDecorator", "ZeroIterationForLoop"),
)
LOG_METHODS = {"debug", "info", "warning", "error", "exception", "log"}
# Removing them changes nothing that runs, or (dataclass) leaves a class that cannot be built at all.
PLAIN_DECORATORS = {"overload", "override", "final", "runtime_checkable", "dataclass"}
Span = tuple[tuple[int, int], tuple[int, int]]


@cache
def _operators() -> dict[str, Any]:
    return {name: get_operator(f"core/{name}")() for name in OPERATORS}


def candidates(kind: str, file: str, source: str) -> Iterator[Mutant]:
    """Every mutant that cosmic-ray can make of `source` and that could matter, in no particular order."""
    starts = [0, *accumulate(len(line) + 1 for line in source.split("\n"))]
    noise = list(_noise(ast.parse(source)))
    for node in ast_nodes(get_ast(source)):
        for name, operator in _operators().items():
            for index, (start, end) in enumerate(operator.mutation_positions(node)):
                if any(first <= start and end <= last for first, last in noise):
                    continue
                try:
                    before, after = _changed(node, operator, index)
                except AttributeError:  # cosmic-ray 8.7 cannot replace `except module.Name`
                    continue
                line, column = node.get_start_pos_of_prefix()
                edit = _smallest(starts[line - 1] + column, before, after)
                if source[edit.start : edit.end] == ".":  # nor `except (module.Name, Other)`
                    continue
                yield make(kind, file, source, name, [edit], None, start[0])


def _changed(node: Any, operator: Any, index: int) -> tuple[str, str]:
    """The code of `node` before and after the operator's change, which is taken back."""
    before = node.get_code()
    kept = [(part, dict(_parts(part))) for part in ast_nodes(node)]
    result = operator.mutate(node, index)
    after = "" if result is None else result.get_code()
    for part, values in kept:
        for name, value in values.items():
            setattr(part, name, value)
    return before, after


def _parts(node: Any) -> Iterator[tuple[str, Any]]:
    """What an operator may change of a node."""
    for name in ("children", "value", "prefix"):
        if hasattr(node, name):
            value = getattr(node, name)
            yield name, list(value) if isinstance(value, list) else value


def _smallest(offset: int, before: str, after: str) -> Edit:
    """The edit without what both sides begin and end with."""
    first = 0
    while first < min(len(before), len(after)) and before[first] == after[first]:
        first += 1
    last = 0
    while last < min(len(before), len(after)) - first and before[-1 - last] == after[-1 - last]:
        last += 1
    return Edit(offset + first, offset + len(before) - last, after[first : len(after) - last])


def _noise(tree: ast.Module) -> Iterator[Span]:
    """Where a change could not matter, or would only be a type error at once."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            yield _span(node.annotation)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None:
            yield _span(node.returns)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for decorator in node.decorator_list:
                if _name(decorator) in PLAIN_DECORATORS:
                    (line, _), end = _span(decorator)
                    yield (line, 0), (end[0] + 1, 0)
        if isinstance(node, ast.Assign | ast.AnnAssign) and _is_declaration(node):
            yield _span(node)
        if isinstance(node, ast.If) and _name(node.test) == "TYPE_CHECKING":
            yield _span(node)
        if isinstance(node, ast.Call):
            called = _name(node.func)
            if called in LOG_METHODS and "log" in ast.unparse(node.func).lower():
                yield _span(node)
            if called in ("isinstance", "issubclass", "cast", "TypeVar") and node.args:
                yield _span(node.args[-1])


def _is_declaration(node: ast.Assign | ast.AnnAssign) -> bool:
    names = {_name(target) for target in (node.targets if isinstance(node, ast.Assign) else [node.target])}
    return bool(names & {"__all__", "__slots__"}) or (
        isinstance(node, ast.AnnAssign) and _name(node.annotation) == "TypeAlias"
    )


def _name(node: ast.AST) -> str | None:
    if isinstance(node, ast.Call):
        return _name(node.func)
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else None


def _span(node: ast.expr | ast.stmt) -> Span:
    return (node.lineno, node.col_offset), (node.end_lineno or node.lineno, node.end_col_offset or 0)
