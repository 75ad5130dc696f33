"""The draw of this project's mutants. It reads all code, which takes too long for every change. `make test-long`.

pytest does not collect this file by itself, because of its name.
"""

from collections import Counter
from pathlib import Path

import pytest

from contract_tests.mutation.layers import order
from contract_tests.mutation.mutant import CONDITIONS, PAST, PLACES
from contract_tests.mutation.plan import SHARES, Project

ROOT = Path(__file__).resolve().parents[2]


def test_the_projects_draw_is_large_valid_and_reaches_everything() -> None:
    project = Project(ROOT)
    mutants = project.draw(1, SHARES)
    assert len(mutants) == len({mutant.id for mutant in mutants})
    shares = Counter(mutant.kind for mutant in mutants)
    assert {**SHARES, PAST: shares[PAST]} == shares
    assert sum(shares[kind] for kind in PLACES) >= 300
    assert sum(shares[kind] for kind in CONDITIONS) >= 200
    for mutant in mutants:
        assert mutant.apply(project.text(mutant.file)) != project.text(mutant.file)
        assert order(mutant)
    modules = {mutant.file for mutant in project.mutants("overlay")}
    missed = modules - {mutant.file for mutant in mutants if mutant.kind == "overlay"}
    assert not [mutant for mutant in project.mutants("overlay") if mutant.file in missed and project._fits(mutant)]
    assert {mutant.operator for mutant in project.mutants("spec")} == {f.operator for f in mutants if f.kind == "spec"}
    assert project.by_id(mutants[-1].id) == mutants[-1]
    with pytest.raises(LookupError, match="no mutant 0000"):
        project.by_id("0000")
