"""The text of a Python file together with its tree, and the edits that replace, remove and swap parts of it."""

import ast
import re
from itertools import accumulate

from contract_tests.mutation.mutant import Edit


class Source:
    """Python text with its tree and the places of the tree's nodes in characters."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = ast.parse(text)
        lines = text.split("\n")
        self._lines = [line.encode() for line in lines]
        self._starts = [0, *accumulate(len(line) + 1 for line in lines)]

    def place(self, line: int, column: int) -> int:
        """The offset in characters of a line (from 1) and a column in bytes, which is how `ast` counts."""
        return self._starts[line - 1] + len(self._lines[line - 1][:column].decode())

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Where `node` begins and ends."""
        begin, end = self.place(node.lineno, node.col_offset), self.place(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]
        return begin, end

    def of(self, node: ast.AST) -> str:
        """The text of `node`."""
        begin, end = self.span(node)
        return self.text[begin:end]

    def put(self, node: ast.AST, text: str) -> Edit:
        """The edit that replaces `node`."""
        return Edit(*self.span(node), text)

    def cut(self, node: ast.AST, followers: list[ast.AST]) -> Edit:
        """The edit that removes an element and the comma after it; `followers` begins with what comes next."""
        begin, end = self.span(node)
        if followers:
            return Edit(begin, self.span(followers[0])[0], "")
        comma = re.compile(r"\s*,").match(self.text, end)
        return Edit(begin, comma.end() if comma else end, "")

    def swap(self, left: ast.AST, right: ast.AST) -> list[Edit]:
        """The edits that put each in the other's place."""
        return [self.put(left, self.of(right)), self.put(right, self.of(left))]
