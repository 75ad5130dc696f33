"""Measures how many of several hundred mutants of the code the tests kill; see docs/mutation.md.

python -m contract_tests.mutation               the whole run, going on where the last one stopped
python -m contract_tests.mutation --shard 2/4   the second of four parts of it, for machines that share a run
python -m contract_tests.mutation --merge       all parts joined into the kept result and the page
python -m contract_tests.mutation --mutant ID   one mutant against all its layers, anew
python -m contract_tests.mutation --sample      some of the killed mutants, anew
python -m contract_tests.mutation --check       is the kept result good enough and up to date? Runs no test
"""

import argparse
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from contract_tests.mutation import report
from contract_tests.mutation.copies import CopyError, digest
from contract_tests.mutation.layers import LAYERS, PRISM, SUITE, Layer, order
from contract_tests.mutation.mutant import CONDITIONS, KINDS, PAST, PLACES, Mutant, rank
from contract_tests.mutation.plan import SHARES, Project
from contract_tests.mutation.runner import GENERATE, SAME, Runner

ROOT = Path(__file__).resolve().parents[2]
WORK = Path("build") / "mutation"
MATRIX = {"overlay": 5, "spec": 4, "templates": 2, "generated": 4}
"""How many mutants of each kind meet every layer."""
KEPT_SEED = 1
SAMPLE = {"overlay": 4, "tools": 1, "spec": 2, "templates": 1, "generated": 2, **dict.fromkeys(CONDITIONS, 1), PAST: 1}
GROUPS = {"places": PLACES, "conditions": (*CONDITIONS, PAST)}


def first_of_each(mutants: Sequence[Mutant], shares: dict[str, int], seed: int) -> list[Mutant]:
    """As many mutants of each kind as `shares` says, the first in the draw."""
    ranked = sorted(mutants, key=lambda mutant: rank(mutant, seed))
    return [one for kind, count in shares.items() for one in [m for m in ranked if m.kind == kind][:count]]


def drawn_by(project: Project, seed: int) -> list[Mutant]:
    """The mutants of a run, in the order in which they are run."""
    return sorted(project.draw(seed, SHARES), key=lambda mutant: rank(mutant, seed))


def shard_of(text: str) -> tuple[int, int]:
    """(number, of how many) for "2/4". Raises argparse.ArgumentTypeError."""
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a shard such as 2/4")
    return int(number), int(count)


def kinds_of(text: str) -> tuple[str, ...]:
    """The kinds of a list such as "zone,retry"; `GROUPS` has names for several. Raises argparse.ArgumentTypeError."""
    named = [kind for name in text.split(",") for kind in GROUPS.get(name, (name,))]
    if unknown := [kind for kind in named if kind not in KINDS]:
        known = ", ".join((*GROUPS, *KINDS))
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is not a kind of mutants; there are {known}")
    return tuple(kind for kind in KINDS if kind in named)


def run(project: Project, seed: int, options: argparse.Namespace) -> int:
    """One shard of the run. The only shard of a whole run is merged at once."""
    number, count = options.shard
    everything = [mutant for mutant in drawn_by(project, seed) if mutant.kind in options.kinds]
    mutants = everything[number - 1 :: count]
    matrix = [mutant for mutant in first_of_each(everything, MATRIX, seed) if mutant in mutants]
    runner = Runner(ROOT, ROOT / WORK, order, workers=options.workers, keep_kills=options.keep_kills, say=_say)
    tree = digest(ROOT)
    if not runner.run(mutants, whole=matrix, seconds=60 * options.minutes):
        left = sum(not runner.is_done(mutant, mutant in matrix) for mutant in mutants)
        print(f"Time is up with {left} of {len(mutants)} mutants to go; the same command goes on from here.")
        return 1
    part = report.collect(runner, mutants, matrix, seed, tree)
    if options.kinds != KINDS:
        print(*report.by_kind(part, report.Place(ROOT).verdicts()), *report.survivors(part), sep="\n")
        print("Only some kinds: not kept.")
        return 0
    report.write_part(ROOT / WORK / "parts", part, number, count)
    if count == 1:
        return merge(project, seed)
    print(f"Shard {number} of {count} is done; `make mutation-merge` joins the shards.")
    return 0


def merge(project: Project, seed: int) -> int:
    """Join the parts, keep the result when it is good enough, and check it."""
    result, problem = report.merged(ROOT / WORK / "parts", [mutant.id for mutant in drawn_by(project, seed)], seed)
    if result is None:
        print(problem)
        return 1
    place = report.Place(ROOT)
    problem = report.keep(place, result) if seed == KEPT_SEED else "Another seed than the kept one: not kept."
    if problem is not None:
        print(problem)
    print(*report.survivors(result), sep="\n")
    print(f"{report.score(report.counts(result, place.verdicts())):.1%} of the mutants are killed.")
    return int(problem is not None) or check(project, seed)


def one(project: Project, identifier: str) -> int:
    """One mutant against all its layers, anew."""
    mutant = project.by_id(identifier)
    print(f"{mutant.id} {mutant.file}:{mutant.line} {mutant.operator}\n{mutant.shown(project.text(mutant.file))}")
    runner = _anew("one", order)
    runner.run([mutant], whole=[mutant])
    for name in (GENERATE, *(layer.name for layer in LAYERS)):
        if (outcome := runner.journal.get(mutant.id, name)) is not None:
            print(f"{name:12} {outcome.how:14} {outcome.seconds:6.1f} s  {outcome.test}")
            if outcome.killed:
                print(f"{'':12} pytest {' '.join(next(x for x in LAYERS if x.name == name).choose(mutant, ROOT))}")
    return 0 if runner.first_kill(mutant) is not None else 1


def sample(project: Project, seed: int) -> int:
    """Some mutants that the kept result says are killed, each against the layer that killed it, without slow layers.

    A mutant that the kept result does not know meets all its layers, and may survive with a verdict.
    """
    place = report.Place(ROOT)
    result = place.result()
    known = {entry["id"]: entry["layer"] for entry in result["mutants"]} if result else {}
    quick = {layer.name: layer for layer in LAYERS if layer not in (PRISM, SUITE)}
    possible = [mutant for mutant in project.draw(seed, SHARES) if known.get(mutant.id, "vectors") in quick]

    def layers(mutant: Mutant) -> Sequence[Layer]:
        return (quick[known[mutant.id]],) if mutant.id in known else order(mutant)

    runner, chosen = _anew("sample", layers), first_of_each(possible, SAMPLE, seed)
    runner.run(chosen)
    excused = {*place.verdicts(), *(mutant.id for mutant in chosen if runner.journal.get(mutant.id, SAME) is not None)}
    missed = [mutant for mutant in chosen if runner.first_kill(mutant) is None and mutant.id not in excused]
    for mutant in missed:
        print(f"survived: make mutation MUTANT={mutant.id}  ({known.get(mutant.id) or 'no layer'} killed it before)")
    print(f"{len(chosen) - len(missed)} of {len(chosen)} mutants are killed, equivalent or have a verdict.")
    return int(bool(missed))


def check(project: Project, seed: int) -> int:
    """Whether the kept result is good enough and up to date."""
    ids = {mutant.id for kind in KINDS for mutant in project.mutants(kind)}
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
    parser.add_argument("--seed", type=int, default=KEPT_SEED, help="seed of the draw; only the default is kept")
    parser.add_argument("--shard", type=shard_of, default=(1, 1), help="part of the run, such as 2/4")
    parser.add_argument("--kinds", type=kinds_of, default=KINDS, help="only these, such as zone,retry or conditions")
    parser.add_argument("--merge", action="store_true", help="join the parts of all shards")
    parser.add_argument("--mutant", help="id of the one mutant to run")
    parser.add_argument("--sample", action="store_true", help="run some of the killed mutants again")
    parser.add_argument("--check", action="store_true", help="check the kept result")
    parser.add_argument("--workers", type=int, default=2, help="mutants to run at a time")
    parser.add_argument("--minutes", type=float, default=60.0, help="begin no mutant after so long")
    parser.add_argument("--keep-kills", action="store_true", help="kills of runs before tests were added still count")
    options = parser.parse_args()
    project = Project(ROOT)
    try:
        if options.mutant:
            return one(project, options.mutant)
        if options.merge:
            return merge(project, options.seed)
        if options.check:
            return check(project, options.seed)
        return sample(project, options.seed) if options.sample else run(project, options.seed, options)
    except (CopyError, LookupError) as problem:
        print(problem, file=sys.stderr)
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
