"""Measures how many of several hundred seeded faults the tests notice; see docs/mutation.md.

python -m contract_tests.mutation               the whole run, going on where the last one stopped
python -m contract_tests.mutation --fault ID    one fault against all layers, anew
python -m contract_tests.mutation --sample      some faults of the kept result, each against what killed it
python -m contract_tests.mutation --check       what is kept is good enough and up to date; runs no test
"""

import argparse
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from contract_tests.mutation import report
from contract_tests.mutation.copies import CopyBroken, digest
from contract_tests.mutation.fault import Fault, rank
from contract_tests.mutation.judge import GENERATE, Judge
from contract_tests.mutation.layers import LAYERS, PRISM, SUITE, Layer, order
from contract_tests.mutation.plan import SHARES, Project

ROOT = Path(__file__).resolve().parents[2]
WORK = Path("build") / "strength"
MATRIX = {"overlay": 20, "tools": 4, "spec": 14, "templates": 6, "generated": 16}
"""How many faults of each kind meet every layer."""
KEPT_SEED = 1
SAMPLE = {"overlay": 4, "tools": 1, "spec": 2, "templates": 1, "generated": 2}


def first_of_each(faults: Sequence[Fault], shares: dict[str, int], seed: int) -> list[Fault]:
    """As many faults of each kind as `shares` says, the first in the draw."""
    ranked = sorted(faults, key=lambda fault: rank(fault, seed))
    return [fault for kind, count in shares.items() for fault in [f for f in ranked if f.kind == kind][:count]]


def everything(project: Project, seed: int, options: argparse.Namespace) -> int:
    """The whole run."""
    faults = sorted(project.draw(seed, SHARES), key=lambda fault: rank(fault, seed))
    matrix = first_of_each(faults, MATRIX, seed)
    judge = Judge(ROOT, ROOT / WORK, order, workers=options.workers, keep_kills=options.keep_kills, say=_say)
    tree = digest(ROOT)
    if not judge.run(faults, whole=matrix, seconds=60 * options.minutes):
        left = sum(not judge.judged(fault, fault in matrix) for fault in faults)
        print(f"Time is up with {left} of {len(faults)} faults to go; the same command goes on from here.")
        return 1
    place = report.Place(ROOT)
    result = report.collect(judge, faults, matrix, seed, tree)
    problem = report.keep(place, result) if seed == KEPT_SEED else "Another seed than the kept one: not kept."
    if problem is not None:
        print(problem)
    for entry in result["faults"]:
        if entry["outcome"] == "survived":
            print(f"survived: make strength FAULT={entry['id']}  ({entry['file']}: {entry['line']})")
    print(f"{report.score(report.counts(result, place.read()[1])):.1%} of the faults are noticed.")
    return int(problem is not None) or check(project, seed)


def one(project: Project, identifier: str) -> int:
    """One fault against all layers, anew."""
    fault = project.by_id(identifier)
    print(f"{fault.id} {fault.file}:{fault.line} {fault.operator}\n{fault.shown(project.text(fault.file))}")
    judge = _anew("one", lambda _: LAYERS)
    judge.run([fault], whole=[fault])
    for name in (GENERATE, *(layer.name for layer in LAYERS)):
        if (outcome := judge.journal.get(fault.id, name)) is not None:
            print(f"{name:12} {outcome.how:14} {outcome.seconds:6.1f} s  {outcome.test}")
            if outcome.killed:
                print(f"{'':12} pytest {' '.join(next(x for x in LAYERS if x.name == name).choose(fault, ROOT))}")
    return 0 if judge.first_kill(fault) is not None else 1


def sample(project: Project, seed: int) -> int:
    """Faults that were killed are still killed by the same layer; those that took the slow ones are left out."""
    result, _ = report.Place(ROOT).read()
    killers = {entry["id"]: entry["layer"] for entry in (result or {"faults": []})["faults"]}
    quick = {layer.name: layer for layer in LAYERS if layer not in (PRISM, SUITE)}
    faults = [fault for fault in project.draw(seed, SHARES) if killers.get(fault.id) in quick]
    if not faults:
        print("The kept result knows none of the faults drawn now; run `make strength`.")
        return 1
    judge = _anew("sample", lambda fault: (quick[killers[fault.id]],))
    chosen = first_of_each(faults, SAMPLE, seed)
    judge.run(chosen)
    missed = [fault for fault in chosen if judge.first_kill(fault) is None]
    for fault in missed:
        print(f"{killers[fault.id]} no longer notices: make strength FAULT={fault.id}")
    print(f"{len(chosen) - len(missed)} of {len(chosen)} faults are noticed as before.")
    return int(bool(missed))


def check(project: Project, seed: int) -> int:
    """What is kept is good enough and up to date."""
    ids = {fault.id for faults in project.faults.values() for fault in faults}
    drawn = {fault.id for fault in project.draw(seed, SHARES)}
    found = report.problems(report.Place(ROOT), drawn, ids.__contains__)
    print(*found, sep="\n", end="\n" if found else "")
    return int(bool(found))


def _anew(name: str, layers: Callable[[Fault], Sequence[Layer]]) -> Judge:
    shutil.rmtree(ROOT / WORK / name, ignore_errors=True)
    return Judge(ROOT, ROOT / WORK / name, layers, say=_say)


def _say(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    """Run as a program; see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=KEPT_SEED, help="what the faults are drawn by; 1 is kept")
    parser.add_argument("--fault", help="id of the one fault to judge")
    parser.add_argument("--sample", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--workers", type=int, default=2, help="faults to judge at a time")
    parser.add_argument("--minutes", type=float, default=60.0, help="begin no fault after so long")
    parser.add_argument("--keep-kills", action="store_true", help="kills of runs before tests were added still count")
    options = parser.parse_args()
    project = Project(ROOT)
    try:
        if options.fault:
            return one(project, options.fault)
        if options.check:
            return check(project, options.seed)
        return sample(project, options.seed) if options.sample else everything(project, options.seed, options)
    except (CopyBroken, LookupError) as problem:
        print(problem, file=sys.stderr)
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
