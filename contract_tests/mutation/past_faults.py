"""Faults that the tests once missed, and that somebody found by trying: every run has them all."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from contract_tests.mutation.mutant import PAST, Edit, Mutant, make

FILE = Path("contract_tests") / "mutation" / "past_faults.yaml"


def candidates(root: Path) -> Iterator[Mutant]:
    """The faults of the file, in the code as it is now.

    Raises:
        ValueError: the code of a fault is not found exactly once. Write the fault for the code as it is now.
    """
    entries = yaml.safe_load((root / FILE).read_text(encoding="utf-8")) if (root / FILE).exists() else []
    for entry in entries:
        source = (root / entry["file"]).read_text(encoding="utf-8")
        if (count := source.count(entry["code"])) != 1:
            raise ValueError(f"{FILE.name}, {entry['fault']}: the code is {count} times in {entry['file']}.")
        start = source.index(entry["code"])
        edit = Edit(start, start + len(entry["code"]), entry["becomes"])
        yield make(PAST, entry["file"], source, entry["fault"], [edit], entry.get("operation"))
