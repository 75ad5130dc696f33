"""The layers of tests that a mutant meets, nearest first, and the fast part of each that it meets.

Tests are chosen by folder and by what a file imports, so that new ones take part without a change here.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from contract_tests.mutation.mutant import Mutant

Arguments = tuple[str, ...]
"""What pytest is called with; empty where a layer has nothing for a mutant."""


@dataclass(frozen=True)
class Layer:
    """A kind of tests.

    Attributes:
        name: how it is called in the report.
        about: what its tests compare with, for the report.
        choose: the tests that a mutant meets, given the root of the project.
        last: met only by what no other layer noticed.
    """

    name: str
    about: str
    choose: Callable[[Mutant, Path], Arguments]
    last: bool = False


# What compares generated code with the description that it was generated from, or asks a type checker: it finds every
# edit and says nothing of behaviour. And these tests themselves.
STATIC = ("test_circle", "test_typing", "test_evidence", "test_generate", "test_mutation")
# Node, Prism, git and several processes: slow, and the code they test is met in the unit layer.
SLOW = (
    *("test_mock", "test_node", "test_guard", "test_oauth_processes", "test_breaking", "test_report", "test_live"),
    *("test_testing_plugin", "test_testing_docs", "test_bench_upload"),
)
APART = (*SLOW, "test_testing_storage")
"""The storage's tests open ports; mutants of uploads meet them."""
OF_A_PART = {"test_transports": "/transport/", "test_cli": "/cli/", "test_upload": "/upload/"}
"""Tests that take long and say much of one package: only its mutants meet them."""
CLIENT = re.compile(r"^ *(?:from|import) (?:trustoo|tests\.(?:oauth_)?support)", re.MULTILINE)
"""What tests of the client import."""
# Generated files have no tests of their name: (what a path begins with, below the package; the tests nearest to it).
NEAREST = (
    ("models/", ("test_models", "test_limits")),
    ("api/", ("test_limits", "test_client", "test_raw_responses", "test_pages")),
    ("operations", ("test_credentials", "test_session")),
    ("values", ("test_arguments", "test_limits")),
    ("decoding", ("test_models",)),
    ("client", ("test_alone", "test_client")),
    ("", ("test_limits", "test_client", "test_models")),
)
TYPICAL = "reviews.list"
"""The operation that a mutant which concerns all is tried with."""


def _only(mutant: Mutant) -> str:
    return f"--only={mutant.operation or TYPICAL}"


def spec(mutant: Mutant, root: Path) -> Arguments:
    """The vendor's examples and ours against the schemas, and the description's own rules."""
    return ("tests/tools/test_spec.py",)


def vectors(mutant: Mutant, root: Path) -> Arguments:
    """All vectors."""
    return ("contract_tests/vectors",)


def properties(mutant: Mutant, root: Path) -> Arguments:
    """All properties, for the mutant's operation; those over sockets for the overlay, which sends and retries."""
    ignored = () if mutant.kind == "overlay" else ("--ignore=contract_tests/properties/test_sockets.py",)
    return ("contract_tests/properties", *ignored, "--cases=5", _only(mutant))


def prism(mutant: Mutant, root: Path) -> Arguments:
    """The mutant's operation through the client against Prism; what Prism itself refuses is left out."""
    ignored = ("--ignore=contract_tests/prism/test_negative.py",)
    return ("contract_tests/prism", *ignored, "--cases=3", _only(mutant))


def fake(mutant: Mutant, root: Path) -> Arguments:
    """Tests of and on the fake service, in process; its storage is met by the unit layer of uploads."""
    found = tuple(path for path in ("contract_tests/fake",) if (root / path).is_dir())
    found += _files(root, lambda path, _: path.stem.startswith("test_testing_") and path.stem not in APART)
    return (*found, "--cases=5") if "contract_tests/fake" in found else found


def unit(mutant: Mutant, root: Path) -> Arguments:
    """The tests that mirror the mutated file by name, or import it; those nearest to generated files."""
    if mutant.kind in ("overlay", "tools"):
        return _mirrors(mutant, root)
    inner = mutant.file.removeprefix("generated/trustoo_api/").removeprefix("generator-templates/runtime/")
    nearest = next(stems for begin, stems in NEAREST if inner.startswith(begin))
    return _named(root, (*nearest, "test_generate") if mutant.kind == "templates" else nearest)


def suite(mutant: Mutant, root: Path) -> Arguments:
    """Every other unit test of the client that is neither static nor slow, nor of another part of it."""
    met = set(unit(mutant, root)) | set(fake(mutant, root)) | {"tests/tools/test_spec.py"}
    rest = _files(
        root,
        lambda path, text: (
            path.stem not in STATIC + SLOW
            and CLIENT.search(text) is not None
            and all(part in mutant.file for stem, part in OF_A_PART.items() if f"{path.stem}_".startswith(f"{stem}_"))
        ),
    )
    return tuple(path for path in rest if path not in met)


def _mirrors(mutant: Mutant, root: Path) -> Arguments:
    if mutant.file == "overlays/pytest_trustoo.py":
        return ("tests/testing/test_plugin.py",)
    parts = Path(mutant.file).with_suffix("").parts
    inner = [part for part in (parts[2:] if mutant.kind == "overlay" else parts[1:]) if part != "__init__"]
    name, dotted = "_".join(inner), ".".join(("trustoo" if mutant.kind == "overlay" else "tools", *inner))
    stem = f"test_{name[:-1] if name.endswith('e') else name}"  # test_oauth_drivers mirrors oauth/drive
    imports = re.compile(rf"^(?:from|import) {re.escape(dotted)}\b", re.MULTILINE)

    def mirrors(path: Path, text: str) -> bool:
        return bool(name) and (path.stem.startswith(stem) or bool(imports.search(text)))

    left_out = ("test_mutation", *(SLOW if mutant.kind == "overlay" else ()))
    found = _files(root, lambda path, text: path.stem not in left_out and mirrors(path, text))
    if not found and len(inner) > 1:  # then those of its package
        found = _files(root, lambda path, _: path.stem not in left_out and path.stem.startswith(f"test_{inner[0]}"))
    return tuple(sorted(found, key=lambda path: not Path(path).stem.startswith(stem)))


def _named(root: Path, stems: tuple[str, ...]) -> Arguments:
    return tuple(f"tests/{stem}.py" for stem in stems if (root / "tests" / f"{stem}.py").exists())


def _files(root: Path, wanted: Callable[[Path, str], bool]) -> Arguments:
    """Test files of `tests/` that `wanted` takes by path and text."""
    return tuple(
        path.relative_to(root).as_posix()
        for path in sorted((root / "tests").glob("test_*.py"))
        if wanted(path, path.read_text(encoding="utf-8"))
    )


SPEC = Layer("spec", "the vendor's examples, and rules of the description", spec)
VECTORS = Layer("vectors", "requests, answers and signatures written from the documentation", vectors)
PROPERTIES = Layer("properties", "what must hold of any input", properties)
FAKE = Layer("fake", "the fake service", fake)
UNIT = Layer("unit", "the unit tests of the mutated file", unit)
PRISM = Layer("prism", "a mock made from the description", prism)
SUITE = Layer("suite", "all other unit tests; met only by what the others let pass", suite, last=True)
LAYERS = (SPEC, VECTORS, PROPERTIES, FAKE, UNIT, PRISM, SUITE)

_ORDERS = {
    "overlay": (UNIT, VECTORS, FAKE, PROPERTIES, PRISM, SUITE),
    "tools": (UNIT,),  # no test of the client runs them
    "spec": (SPEC, VECTORS, PROPERTIES, FAKE, UNIT, PRISM, SUITE),
    "templates": (VECTORS, PROPERTIES, UNIT, FAKE, PRISM, SUITE),
    "generated": (VECTORS, PROPERTIES, UNIT, FAKE, PRISM, SUITE),
}


def order(mutant: Mutant) -> tuple[Layer, ...]:
    """The layers that can notice a mutant, nearest first."""
    return _ORDERS[mutant.kind]
