"""Which mutants there are in the project, and which of them a seed draws."""

import ast
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

import yaml

from contract_tests.mutation import (
    conditional_mutants,
    generated_mutants,
    past_faults,
    python_mutants,
    spec_mutants,
    template_mutants,
)
from contract_tests.mutation.mutant import CONDITIONS, KINDS, PAST, Mutant, draw, numbered
from tools.generator import python_name
from tools.spec import LOADER, load

SHARES = {
    "overlay": 160,
    "tools": 18,
    "spec": 82,
    "templates": 28,
    "generated": 72,
    **dict.fromkeys(CONDITIONS, 26),
    PAST: 1000,
}
"""How many mutants of each kind are drawn. Past faults are all drawn."""
SPEC = "openapi.yaml"


class Project:
    """The files of a checkout that mutants are seeded in."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._mutants: dict[str, list[Mutant]] = {}
        self._meanings: dict[str, object] = {}

    def text(self, file: str) -> str:
        """The text of a file by its path from the root."""
        return (self.root / file).read_text(encoding="utf-8")

    def mutants(self, kind: str) -> list[Mutant]:
        """Every possible mutant of a kind. The first call for a kind takes seconds."""
        if kind not in self._mutants:
            self._mutants[kind] = list(numbered(self._of(kind)))
        return self._mutants[kind]

    def by_id(self, identifier: str) -> Mutant:
        """The mutant of this id. Raises LookupError."""
        for kind in KINDS:
            for mutant in self.mutants(kind):
                if mutant.id == identifier:
                    return mutant
        raise LookupError(f"There is no mutant {identifier}; the line it stood in may have changed.")

    def draw(self, seed: int, shares: dict[str, int]) -> list[Mutant]:
        """The mutants that `seed` draws: evenly over files, or over operators where one file holds most."""
        groups = {"spec": _operator, "generated": _operator, **dict.fromkeys(CONDITIONS, _operator_and_file)}
        return [
            mutant
            for kind, count in shares.items()
            for mutant in draw(self.mutants(kind), count, seed, groups.get(kind, _file), self._fits)
        ]

    def _fits(self, mutant: Mutant) -> bool:
        """Whether the file is still one of its kind with the mutant in it, and another one than before."""
        if mutant.file not in self._meanings:
            self._meanings[mutant.file] = _meaning(mutant.file, self.text(mutant.file))
        try:
            return _meaning(mutant.file, mutant.apply(self.text(mutant.file))) != self._meanings[mutant.file]
        except (SyntaxError, yaml.YAMLError):
            return False

    def _of(self, kind: str) -> Iterator[Mutant]:
        if kind == PAST:
            yield from past_faults.candidates(self.root)
            return
        if kind in CONDITIONS:
            for folder in ("overlays", "generated"):
                for path in sorted((self.root / folder).rglob("*.py")):
                    file = path.relative_to(self.root).as_posix()
                    operation = self._about(path)[0] if folder == "generated" else _none
                    yield from conditional_mutants.candidates(kind, file, self.text(file), operation)
            return
        if kind == "spec":
            if (self.root / SPEC).exists():
                yield from spec_mutants.candidates(SPEC, self.text(SPEC))
            return
        folder = {"overlay": "overlays", "templates": "generator-templates"}.get(kind, kind)
        for path in sorted((self.root / folder).rglob("*")):
            file = path.relative_to(self.root).as_posix()
            if path.suffix == ".jinja":
                yield from template_mutants.candidates(file, self.text(file))
            elif path.suffix == ".py" and kind == "generated":
                yield from generated_mutants.candidates(kind, file, self.text(file), *self._about(path))
            elif path.suffix == ".py":
                yield from python_mutants.candidates(kind, file, self.text(file))

    def _about(self, path: Path) -> tuple[Callable[[int], str | None], bool]:
        """(the operation that a line of a generated file belongs to, whether its models are decoded)."""
        if path.parent.name == "models":
            operation, decoded = self._models.get(path.stem, (None, True))
            return (lambda _: operation), decoded
        tag, owners = path.parent.name, dict[int, str]()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = None
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):  # a resource's method, or a module's function
                module = path.stem.removeprefix(f"{tag}_")
                method = "list" if node.name == "iterate" else node.name.removeprefix("iterate_").rstrip("_")
                name = f"{tag}.{method if path.stem == '__init__' else module}"
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):  # an entry of operations.py
                name = next((k.value.value for k in node.value.keywords if k.arg == "id"), None)  # type: ignore[attr-defined]
            if name in self._operations and isinstance(node, ast.stmt):
                owners.update(dict.fromkeys(range(node.lineno, (node.end_lineno or node.lineno) + 1), str(name)))
        return owners.get, True

    @cached_property
    def _operations(self) -> list[str]:
        return list(load(self.root / SPEC).by_id) if (self.root / SPEC).exists() else []

    @cached_property
    def _models(self) -> dict[str, tuple[str | None, bool]]:
        """By module name of a model."""
        if not (self.root / SPEC).exists():
            return {}
        spec, text = load(self.root / SPEC), spec_mutants.SpecText(self.text(SPEC))
        requests, owner = spec.request_schemas(), text.operation_of
        return {
            python_name(name): (owner(f"schemas/{name}"), name not in requests)
            for name in spec.document["components"]["schemas"]
        }


def _file(mutant: Mutant) -> str:
    return mutant.file


def _operator(mutant: Mutant) -> str:
    return mutant.operator


def _operator_and_file(mutant: Mutant) -> str:
    return f"{mutant.operator} {mutant.file}"


def _none(line: int) -> None:
    return None


def _meaning(file: str, text: str) -> object:
    """What a file says, apart from its spelling. Raises SyntaxError, YAMLError."""
    if file.endswith(".py"):
        return ast.dump(ast.parse(text))
    return repr(yaml.load(text, Loader=LOADER)) if file == SPEC else text
