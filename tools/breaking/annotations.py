"""Tells whether a changed annotation breaks callers. It compares the alternatives as text, without a type checker."""

import ast

_UNIONS = {"Union", "Optional"}
_TAKES_ALL = {"Any", "object"}


def alternatives(annotation: str) -> frozenset[str]:
    """The members of a union, `Optional` and `Literal` included, each in one spelling.

    `Literal["a"] | str` is just `str`, and names have no modules. So a new known value is not a change, and neither is
    another way to import.
    """
    return _alternatives(ast.parse(annotation.strip(), mode="eval").body)


def accepts_less(old: str, new: str) -> bool:
    """Whether an argument annotated `new` refuses values that `old` accepted."""
    taken = alternatives(new)
    return not (taken & _TAKES_ALL or alternatives(old) <= taken)


def gives_more(old: str, new: str) -> bool:
    """Whether a result or attribute annotated `new` may have a value that `old` excluded."""
    expected = alternatives(old)
    return not (expected & _TAKES_ALL or alternatives(new) <= expected)


def _alternatives(node: ast.expr) -> frozenset[str]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _plain(_alternatives(node.left) | _alternatives(node.right))
    if isinstance(node, ast.Constant) and isinstance(node.value, str):  # a forward reference
        return alternatives(node.value)
    if isinstance(node, ast.Subscript):
        name, parts = _text(node.value), node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if name == "Literal":
            return frozenset(f"Literal[{ast.unparse(part)}]" for part in parts)
        if name in _UNIONS:
            none = frozenset({"None"} if name == "Optional" else ())
            return _plain(none.union(*map(_alternatives, parts)))
        return frozenset({f"{name}[{', '.join(map(_text, parts))}]"})
    if isinstance(node, ast.List):  # the arguments of a Callable
        return frozenset({f"[{', '.join(map(_text, node.elts))}]"})
    return frozenset({node.attr if isinstance(node, ast.Attribute) else ast.unparse(node)})


def _plain(members: frozenset[str]) -> frozenset[str]:
    """Without literals of a type that is a member itself."""
    return frozenset(member for member in members if _type_of_literal(member) not in members)


def _type_of_literal(member: str) -> str | None:
    """ "str" for "Literal['a']"; None if it is not a literal, or if it is a member of an enumeration."""
    if not member.startswith("Literal["):
        return None
    try:
        return type(ast.literal_eval(member.removeprefix("Literal[").removesuffix("]"))).__name__
    except ValueError:
        return None


def _text(node: ast.expr) -> str:
    return " | ".join(sorted(_alternatives(node)))
