"""Measures how many of several hundred seeded mutants the tests notice; see docs/mutation.md.

python -m contract_tests.mutation               the whole run, going on where the last one stopped
python -m contract_tests.mutation --mutant ID    one mutant against all layers, anew
python -m contract_tests.mutation --sample      some mutants of the kept result, each against what killed it
python -m contract_tests.mutation --check       what is kept is good enough and up to date; runs no test
"""

import argparse
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from contract_tests.mutation import report
from contract_tests.mutation.copies import CopyError, digest
from contract_tests.mutation.layers import LAYERS, PRISM, SUITE, Layer, order
from contract_tests.mutation.mutant import Mutant, rank
from contract_tests.mutation.plan import SHARES, Project
from contract_tests.mutation.runner import GENERATE, Runner

ROOT = Path(__file__).resolve().parents[2]
WORK = Path("build") / "strength"
MATRIX = {"overlay": 20, "tools": 4, "spec": 14, "templates": 6, "generated": 16}
"""How many mutants of each kind meet every layer."""
KEPT_SEED = 1
SAMPLE = {"overlay": 4, "tools": 1, "spec": 2, "templates": 1, "generated": 2}


def first_of_each(mutants: Sequence[Mutant], shares: dict[str, int], seed: int) -> list[Mutant]:
    """As many mutants of each kind as `shares` says, the first in the draw."""
    ranked = sorted(mutants, key=lambda mutant: rank(mutant, seed))
    return [mutant for kind, count in shares.items() for mutant in [f for f in ranked if f.kind == kind][:count]]


def everything(project: Project, seed: int, options: argparse.Namespace) -> int:
    """The whole run."""
    mutants = sorted(project.draw(seed, SHARES), key=lambda mutant: rank(mutant, seed))
    matrix = first_of_each(mutants, MATRIX, seed)
    runner = Runner(ROOT, ROOT / WORK, order, workers=options.workers, keep_kills=options.keep_kills, say=_say)
    tree = digest(ROOT)
    if not runner.run(mutants, whole=matrix, seconds=60 * options.minutes):
        left = sum(not runner.judged(mutant, mutant in matrix) for mutant in mutants)
        print(f"Time is up with {left} of {len(mutants)} mutants to go; the same command goes on from here.")
        return 1
    place = report.Place(ROOT)
    result = report.collect(runner, mutants, matrix, seed, tree)
    problem = report.keep(place, result) if seed == KEPT_SEED else "Another seed than the kept one: not kept."
    if problem is not None:
        print(problem)
    for entry in result["mutants"]:
        if entry["outcome"] == "survived":
            print(f"survived: make mutation MUTANT={entry['id']}  ({entry['file']}: {entry['line']})")
    print(f"{report.score(report.counts(result, place.read()[1])):.1%} of the mutants are noticed.")
    return int(problem is not None) or check(project, seed)


def one(project: Project, identifier: str) -> int:
    """One mutant against all layers, anew."""
    mutant = project.by_id(identifier)
    print(f"{mutant.id} {mutant.file}:{mutant.line} {mutant.operator}\n{mutant.shown(project.text(mutant.file))}")
    runner = _anew("one", lambda _: LAYERS)
    runner.run([mutant], whole=[mutant])
    for name in (GENERATE, *(layer.name for layer in LAYERS)):
        if (outcome := runner.journal.get(mutant.id, name)) is not None:
            print(f"{name:12} {outcome.how:14} {outcome.seconds:6.1f} s  {outcome.test}")
            if outcome.killed:
                print(f"{'':12} pytest {' '.join(next(x for x in LAYERS if x.name == name).choose(mutant, ROOT))}")
    return 0 if runner.first_kill(mutant) is not None else 1


def sample(project: Project, seed: int) -> int:
    """Mutants that were killed are still killed by the same layer; those that took the slow ones are left out."""
    result, _ = report.Place(ROOT).read()
    killers = {entry["id"]: entry["layer"] for entry in (result or {"mutants": []})["mutants"]}
    quick = {layer.name: layer for layer in LAYERS if layer not in (PRISM, SUITE)}
    mutants = [mutant for mutant in project.draw(seed, SHARES) if killers.get(mutant.id) in quick]
    if not mutants:
        print("The kept result knows none of the mutants drawn now; run `make mutation`.")
        return 1
    runner = _anew("sample", lambda mutant: (quick[killers[mutant.id]],))
    chosen = first_of_each(mutants, SAMPLE, seed)
    runner.run(chosen)
    missed = [mutant for mutant in chosen if runner.first_kill(mutant) is None]
    for mutant in missed:
        print(f"{killers[mutant.id]} no longer notices: make mutation MUTANT={mutant.id}")
    print(f"{len(chosen) - len(missed)} of {len(chosen)} mutants are noticed as before.")
    return int(bool(missed))


def check(project: Project, seed: int) -> int:
    """What is kept is good enough and up to date."""
    ids = {mutant.id for mutants in project.mutants.values() for mutant in mutants}
    drawn = {mutant.id for mutant in project.draw(seed, SHARES)}
    found = report.problems(report.Place(ROOT), drawn, ids.__contains__)
    print(*found, sep="\n", end="\n" if found else "")
    return int(bool(found))


def _anew(name: str, layers: Callable[[Mutant], Sequence[Layer]]) -> Runner:
    shutil.rmtree(ROOT / WORK / name, ignore_errors=True)
    return Runner(ROOT, ROOT / WORK / name, layers, say=_say)


def _say(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    """Run as a program; see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=KEPT_SEED, help="what the mutants are drawn by; 1 is kept")
    parser.add_argument("--mutant", help="id of the one mutant to runner")
    parser.add_argument("--sample", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--workers", type=int, default=2, help="mutants to runner at a time")
    parser.add_argument("--minutes", type=float, default=60.0, help="begin no mutant after so long")
    parser.add_argument("--keep-kills", action="store_true", help="kills of runs before tests were added still count")
    options = parser.parse_args()
    project = Project(ROOT)
    try:
        if options.mutant:
            return one(project, options.mutant)
        if options.check:
            return check(project, options.seed)
        return sample(project, options.seed) if options.sample else everything(project, options.seed, options)
    except (CopyError, LookupError) as problem:
        print(problem, file=sys.stderr)
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
