"""Chooses the tests that a mutant meets: layers of tests, nearest first, and of each layer its fast part.

The tests of `tests/` mirror the rooms of the code. A mutant meets those of its own room, and of the rooms above it the
files that import the mutated package. New tests take part without a change here.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from contract_tests.mutation.mutant import Mutant

Arguments = tuple[str, ...]
"""Arguments of pytest; empty when a layer has no test for a mutant."""


@dataclass(frozen=True)
class Layer:
    """A kind of tests.

    Attributes:
        name: its name in the report.
        about: what its tests compare the code with, for the report.
        choose: returns the tests that a mutant meets, given the root of the project.
        last: whether only mutants that survived all other layers meet it.
    """

    name: str
    about: str
    choose: Callable[[Mutant, Path], Arguments]
    last: bool = False


ROOMS = {
    "core": ("core", "oauth", "webhooks", "testing"),
    "upload": ("upload", "testing"),
    "oauth": ("oauth", "testing"),
    "stores": ("stores",),
    "webhooks": ("webhooks", "testing"),
    "testing": ("testing", "oauth", "webhooks", "upload"),
    "cli": ("cli",),
    "dlt": ("dlt",),
    "tools": ("tools",),
}
"""Room of the mutated code -> rooms whose tests it meets: its own, and those above it that are fast enough."""

# These find every edit or none: they compare generated code with the spec, ask a type checker, or test this package.
STATIC = ("core/test_typing", "tools/test_mutation")
# These start several processes or open many ports. They test nothing that faster tests leave out.
SLOW = (
    "core/test_costs",
    "oauth/test_processes",
    "stores/test_forks",
    "testing/test_plugin",
    "tools/test_bench_upload",
    "tools/test_servers",
)
LEFT_OUT = tuple(f"tests/{name}.py" for name in (*STATIC, *SLOW))
PLUGIN = "overlays/pytest_trustoo.py"
"""The plugin of pytest; it is loaded before any test, so that its own test starts another pytest."""
SOCKETS = ("test_bodies.py", "test_connections.py", "test_time.py")
"""The tests of the world that use sockets and seven combinations of style and transport."""
TYPICAL = "reviews.list"
"""The operation to try a mutant with that concerns all of them."""


def room_of(mutant: Mutant) -> str:
    """The room of the mutated code."""
    if mutant.place == "tools":
        return "tools"
    if mutant.file == PLUGIN:
        return "testing"
    part = Path(mutant.file).with_suffix("").parts[2:3]
    return part[0] if mutant.place == "overlay" and part and part[0] in ROOMS else "core"


def spec(mutant: Mutant, root: Path) -> Arguments:
    """The second transcription of the facts, the examples against the schemas, and the rules of the spec."""
    return ("contract_tests/facts", "tests/tools/test_spec.py", "tests/tools/test_spec_grades.py")


def vectors(mutant: Mutant, root: Path) -> Arguments:
    """All vectors."""
    return ("contract_tests/vectors",)


def properties(mutant: Mutant, root: Path) -> Arguments:
    """All properties, for the mutant's operation. Those over sockets are for the overlay, which sends and retries."""
    ignored = () if mutant.place == "overlay" else ("--ignore=contract_tests/properties/test_sockets.py",)
    return ("contract_tests/properties", *ignored, "--cases=5", _only(mutant))


def prism(mutant: Mutant, root: Path) -> Arguments:
    """The mutant's operation through the client against Prism, without the requests that Prism itself refuses."""
    ignored = ("--ignore=contract_tests/prism/test_negative.py",)
    return ("contract_tests/prism", *ignored, "--cases=3", _only(mutant))


def fake(mutant: Mutant, root: Path) -> Arguments:
    """Tests that call the client on the fake service, and compare its state with a model."""
    return ("contract_tests/fake", "--cases=5")


def world(mutant: Mutant, root: Path) -> Arguments:
    """What the world does to the client. The cases over sockets are for the transports, which alone can notice more."""
    over_sockets = () if mutant.file.startswith("overlays/trustoo/transport/") else SOCKETS
    return ("contract_tests/world", *(f"--ignore=contract_tests/world/{name}" for name in over_sockets))


def unit(mutant: Mutant, root: Path) -> Arguments:
    """The tests of the room that are named after the mutated file or import it; all of the room when none are."""
    if mutant.file == PLUGIN:
        return ("tests/testing/test_plugin.py",)
    own = _room(root, ROOMS[room_of(mutant)][0])
    near = _near(mutant, own)
    templates = (
        ("tests/tools/test_generate.py", "tests/generation/test_working.py") if mutant.place == "templates" else ()
    )
    return (*(near or tuple(own)), *(path for path in templates if (root / path).exists()))


def suite(mutant: Mutant, root: Path) -> Arguments:
    """The other tests of the room, then those of the rooms above it that import the mutated package."""
    own, *above = ROOMS[room_of(mutant)]
    package = re.compile(r"^ *(?:from|import) " + (r"trustoo" if own == "core" else rf"trustoo\.{own}\b"), re.MULTILINE)
    found = [*_room(root, own)]
    found += [path for room in above for path, text in _room(root, room).items() if package.search(text)]
    met = {*unit(mutant, root)}
    return tuple(path for path in found if path not in met)


def _only(mutant: Mutant) -> str:
    return f"--only={mutant.operation or TYPICAL}"


@cache
def _room(root: Path, room: str) -> dict[str, str]:
    """Path -> text of the test files of a room, without those that are left out."""
    found = {path.relative_to(root).as_posix(): path for path in sorted((root / "tests" / room).rglob("test_*.py"))}
    return {name: path.read_text(encoding="utf-8") for name, path in found.items() if name not in LEFT_OUT}


def _near(mutant: Mutant, tests: dict[str, str]) -> Arguments:
    """Those of `tests` named after the mutated file, then those that import it."""
    names = tuple(f"test_{name}" for name in _names(mutant))
    named = [path for path in tests if names and Path(path).stem.startswith(names)]
    imports = re.compile(rf"^ *(?:{'|'.join(_imports(mutant))})", re.MULTILINE)
    return (*named, *(path for path, text in tests.items() if path not in named and imports.search(text)))


def _parts(mutant: Mutant) -> list[str]:
    """The dotted name of the mutated module, in parts; [] for the spec and for templates."""
    if mutant.place in ("spec", "templates"):
        return []
    parts = Path(mutant.file).with_suffix("").parts
    return [part for part in (parts if mutant.place == "tools" else parts[1:]) if part != "__init__"]


def _names(mutant: Mutant) -> Iterator[str]:
    """What a test of the mutated file may be named after: `page` and `drift` for tools/drift/page.py."""
    if mutant.place in ("overlay", "tools"):
        yield from (part.lstrip("_") for part in reversed(_parts(mutant)[1:]) if part not in ROOMS)


def _imports(mutant: Mutant) -> Iterator[str]:
    """Patterns of the statements that import the mutated module; of generated code, its package."""
    if not (parts := _parts(mutant)):
        yield r"from trustoo_api\.(?:models|api)\b"
        return
    parts = parts[:2] if mutant.place == "generated" else parts
    yield rf"(?:from|import) {re.escape('.'.join(parts))}\b{'' if len(parts) > 1 else ' '}"
    if len(parts) > 1:
        yield rf"from {re.escape('.'.join(parts[:-1]))} import .*\b{parts[-1]}\b"


SPEC = Layer("spec", "the facts written down a second time, examples, and the rules of the spec", spec)
VECTORS = Layer("vectors", "requests, responses and signatures written from the documentation", vectors)
PROPERTIES = Layer("properties", "rules that hold for any input", properties)
FAKE = Layer("fake", "the fake service", fake)
WORLD = Layer("world", "what people, servers, proxies and clocks do", world)
UNIT = Layer("unit", "the unit tests of the mutated file", unit)
PRISM = Layer("prism", "a mock made from the spec", prism)
SUITE = Layer("suite", "all other unit tests that reach the file; only survivors meet it", suite, last=True)
LAYERS = (SPEC, VECTORS, PROPERTIES, WORLD, FAKE, UNIT, PRISM, SUITE)

_GENERATED = (VECTORS, PROPERTIES, UNIT, WORLD, FAKE, PRISM, SUITE)
_BY_PLACE = {"spec": (SPEC, *_GENERATED), "templates": _GENERATED, "generated": _GENERATED}
# Layers whose tests run nothing of a room are not among its layers.
_BY_ROOM = {
    "core": (UNIT, VECTORS, WORLD, FAKE, PROPERTIES, PRISM, SUITE),
    "upload": (UNIT, VECTORS, SUITE),
    "oauth": (UNIT, VECTORS, SUITE),
    "stores": (UNIT,),
    "webhooks": (UNIT, VECTORS, SUITE),
    "testing": (UNIT, FAKE, PROPERTIES, SUITE),
    "cli": (UNIT, SUITE),
    "dlt": (UNIT,),
    "tools": (UNIT,),
}


def order(mutant: Mutant) -> tuple[Layer, ...]:
    """The layers that can notice a mutant, nearest first."""
    return _BY_PLACE.get(mutant.place) or _BY_ROOM[room_of(mutant)]
