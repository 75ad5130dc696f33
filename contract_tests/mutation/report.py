"""Keeps the result of a complete run in `result.json`, shows it in `docs/mutation.md`, and checks it."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from math import floor
from pathlib import Path
from typing import Any

import yaml

from contract_tests.mutation.layers import LAYERS, order
from contract_tests.mutation.mutant import CONDITIONS, KINDS, PAST, PLACES, Mutant
from contract_tests.mutation.runner import GENERATE, SAME, Runner

GOALS = {"places": 0.97, "all": 0.95, "weakest": 0.90}
"""The least shares of mutants, without equivalent ones, that the tests must kill: of those that change a token or an
entry, of all, and of each kind that fails under one condition only."""
STILL_DRAWN = 0.75
"""The least share of the mutants drawn now that the kept result must know; with less it is stale."""
BEGIN, END = "<!-- begin: written by `make mutation` -->", "<!-- end -->"
Result = dict[str, Any]
Verdicts = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Place:
    """Where the kept files of a checkout are."""

    root: Path

    @property
    def result_file(self) -> Path:
        """The outcomes of the last complete run that was good enough to be kept."""
        return self.root / "contract_tests" / "mutation" / "result.json"

    @property
    def verdicts_file(self) -> Path:
        """The verdicts of people on the survivors."""
        return self.root / "contract_tests" / "mutation" / "verdicts.yaml"

    @property
    def page(self) -> Path:
        """The page that explains the figures and shows them."""
        return self.root / "docs" / "mutation.md"

    def result(self) -> Result | None:
        """The kept result; None when there is none in the present format."""
        if not self.result_file.exists():
            return None
        result: Result = json.loads(self.result_file.read_text(encoding="utf-8"))
        return result if "mutants" in result else None

    def verdicts(self) -> Verdicts:
        """The verdicts by the ids of their mutants."""
        text = self.verdicts_file.read_text(encoding="utf-8") if self.verdicts_file.exists() else ""
        return yaml.safe_load(text) or {}


def collect(runner: Runner, mutants: Sequence[Mutant], matrix: Collection[Mutant], seed: int, tree: str) -> Result:
    """The outcomes of a complete run, or of one shard of it."""
    whole = {mutant.id for mutant in matrix}
    carried_over = {mutant.id for mutant in mutants} & runner.journal.carried_over
    entries = []
    for mutant in mutants:
        known = runner.first_kill(mutant)
        layer, how, test = (None, "survived", None) if known is None else (known[0], known[1].how, known[1].test)
        entry: dict[str, Any] = {"id": mutant.id, "kind": mutant.kind, "file": mutant.file, "operator": mutant.operator}
        entry |= {"line": mutant.text[:160], "outcome": how, "layer": layer, "test": test}
        if known is None and runner.journal.get(mutant.id, SAME) is not None:
            entry["outcome"] = "same bytes"
        if mutant.id in whole and layer != GENERATE:
            found = {one.name: runner.journal.get(mutant.id, one.name) for one in order(mutant)}
            entry["noticed"] = [name for name, outcome in found.items() if outcome is not None and outcome.killed]
        entries.append(entry)
    return {"seed": seed, "tree": tree, "carried_over": len(carried_over), "mutants": entries}


def write_part(folder: Path, part: Result, number: int, count: int) -> None:
    """Write the part of one shard, and remove the parts of runs with another number of shards."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.json"):
        if not old.stem.endswith(f"-of-{count}"):
            old.unlink()
    text = json.dumps(part, ensure_ascii=False, indent=1)
    (folder / f"{number}-of-{count}.json").write_text(text + "\n", encoding="utf-8", newline="\n")


def merged(folder: Path, drawn: Collection[str], seed: int) -> tuple[Result | None, str | None]:
    """All parts as one result, or None and why they do not make a whole run."""
    parts = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    if len({(part["seed"], part["tree"]) for part in parts}) > 1 or any(part["seed"] != seed for part in parts):
        return None, f"The parts in {folder} are of different runs; run all shards on one state of the project."
    entries = [entry for part in parts for entry in part["mutants"]]
    missing = len(set(drawn) - {entry["id"] for entry in entries})
    if missing or len(entries) != len(drawn):
        return (
            None,
            f"The parts in {folder} miss {missing} of {len(drawn)} mutants; run `make mutation` for each SHARD.",
        )
    entries.sort(key=lambda entry: (KINDS.index(entry["kind"]), entry["file"], entry["id"]))
    carried_over = sum(part["carried_over"] for part in parts)
    return {"seed": seed, "tree": parts[0]["tree"], "carried_over": carried_over, "mutants": entries}, None


def counts(result: Result, verdicts: Verdicts, *kinds: str) -> Counter[str]:
    """How many mutants were killed, killed by a timeout, survived, are equivalent, or could not be generated.

    All of them without `kinds`.
    """
    found: Counter[str] = Counter()
    for entry in result["mutants"]:
        if entry["kind"] in (kinds or KINDS):
            found[_class(entry, verdicts)] += 1
    return found


def _class(entry: dict[str, Any], verdicts: Verdicts) -> str:
    if entry["layer"] == GENERATE:
        return "not generated"
    if entry["outcome"] == "same bytes":
        return "equivalent"
    if entry["outcome"] == "survived":
        verdict = verdicts.get(entry["id"], {}).get("verdict")
        return "equivalent" if verdict == "equivalent" else "survived"
    return "timeout" if entry["outcome"] == "timeout" else "killed"


def score(found: Counter[str]) -> float:
    """The share of killed mutants, without those that are equivalent or could not be generated."""
    killed = found["killed"] + found["timeout"]
    return killed / (killed + found["survived"]) if killed + found["survived"] else 0.0


def problems(place: Place, drawn: Collection[str], exists: Callable[[str], bool]) -> list[str]:
    """What is wrong with the kept result, in sentences; the first is all when it is stale.

    Args:
        drawn: ids of the mutants that the seed draws now.
        exists: whether there is a mutant of this id now, drawn or not.
    """
    result, verdicts = place.result(), place.verdicts()
    if result is None:
        return [f"{place.result_file.name} is stale: it is missing or has an old format. Run `make mutation`."]
    entries = {entry["id"]: entry for entry in result["mutants"]}
    known = sum(name in entries for name in drawn) / max(len(drawn), 1)
    if known < STILL_DRAWN:
        return [f"{place.result_file.name} is stale: it knows {known:.0%} of today's mutants. Run `make mutation`."]
    reached = score(counts(result, verdicts))
    found = list(_below_goals(result, verdicts))
    if reached < result["floor"]:
        found.append(f"{reached:.1%} of the mutants are killed; it was {result['floor']:.1%}.")
    for name, entry in entries.items():
        if entry["outcome"] == "survived" and name not in verdicts:
            found.append(f"{name} survived without a verdict ({entry['file']}): `make mutation MUTANT={name}`.")
    for name, verdict in verdicts.items():
        if verdict.get("verdict") not in ("equivalent", "survives") or not verdict.get("why"):
            found.append(f"The verdict on {name} needs `verdict: equivalent` or `survives`, and `why`.")
        if name in entries and entries[name]["outcome"] != "survived":
            found.append(f"{name} has a verdict, but {entries[name]['layer']} kills it.")
        elif name not in entries and not exists(name):
            found.append(f"The verdict on {name} is stale: the mutant does not exist. Remove the verdict.")
    if page(place.page.read_text(encoding="utf-8"), result, verdicts) != place.page.read_text(encoding="utf-8"):
        found.append(f"docs/{place.page.name} does not show the kept result; run `make mutation-merge`.")
    return found


def _below_goals(result: Result, verdicts: Verdicts) -> Iterator[str]:
    kinds = [kind for kind in (*CONDITIONS, PAST) if counts(result, verdicts, kind)]
    asked = [("", KINDS, GOALS["all"]), ("that change a token or an entry ", PLACES, GOALS["places"])]
    for name, of, goal in [*asked, *((f"of the kind {kind} ", (kind,), GOALS["weakest"]) for kind in kinds)]:
        if (reached := score(counts(result, verdicts, *of))) < goal:
            yield f"{reached:.1%} of the mutants {name}are killed; the goal is {goal:.0%}."


def keep(place: Place, result: Result) -> str | None:
    """Write result and page, unless the score fell: then the reason. The floor rises with the score of a seed."""
    verdicts, old = place.verdicts(), place.result() or {}
    found = counts(result, verdicts)
    reached, lowest = score(found), old.get("floor", 0.0) if old.get("seed") == result["seed"] else 0.0
    if reached < lowest:
        return f"Not kept: {reached:.1%} of the mutants are killed, and it was {lowest:.1%}."
    killed = found["killed"] + found["timeout"]
    figures = {"floor": max(lowest, floor(reached * 1000) / 1000), "killed": killed}
    text = json.dumps({**figures, "total": killed + found["survived"], **result}, ensure_ascii=False, indent=1)
    place.result_file.write_text(text + "\n", encoding="utf-8", newline="\n")
    shown = page(place.page.read_text(encoding="utf-8"), result, verdicts)
    place.page.write_text(shown, encoding="utf-8", newline="\n")
    return None


def page(text: str, result: Result, verdicts: Verdicts) -> str:
    """The page with the tables of `result` between its two marks."""
    before, after = text.split(BEGIN)[0], text.split(END)[-1]
    return "\n".join([f"{before}{BEGIN}", *_tables(result, verdicts), f"{END}{after}"])


def by_kind(result: Result, verdicts: Verdicts) -> list[str]:
    """The score and a table of it by kind, as lines of Markdown."""
    whole = counts(result, verdicts)
    lines = [
        f"**{score(whole):.1%}** of {whole.total() - whole['equivalent'] - whole['not generated']} mutants are killed "
        f"(seed {result['seed']}).",
        "",
        "| kind | mutants | killed | by a timeout | survived | equivalent | not generated | score |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    rows: list[tuple[str, tuple[str, ...]]] = [(kind, (kind,)) for kind in KINDS]
    rows[len(PLACES) : len(PLACES)] = [("*changes of a token or an entry*", PLACES)]
    for name, kinds in [*rows, ("*all*", KINDS)]:
        if found := counts(result, verdicts, *kinds):
            cells = [
                found.total(),
                *(found[n] for n in ("killed", "timeout", "survived", "equivalent", "not generated")),
            ]
            lines.append(f"| {name} | {' | '.join(map(str, cells))} | {score(found):.1%} |")
    return lines


def survivors(result: Result) -> list[str]:
    """A line for each survivor: how to repeat it, and where it is."""
    return [
        f"survived: make mutation MUTANT={entry['id']}  "
        f"({entry['kind']}, {entry['operator']}, {entry['file']}: {entry['line']})"
        for entry in result["mutants"]
        if entry["outcome"] == "survived"
    ]


def _tables(result: Result, verdicts: Verdicts) -> list[str]:
    lines = by_kind(result, verdicts)
    matrix = [entry for entry in result["mutants"] if "noticed" in entry]
    noticed = Counter(layer for entry in matrix for layer in entry["noticed"])
    alone = Counter(entry["noticed"][0] for entry in matrix if len(entry["noticed"]) == 1)
    first = Counter(entry["layer"] for entry in result["mutants"])
    lines += [
        "",
        f"By layer. The last two columns count {len(matrix)} mutants that met every layer.",
        "",
        "| layer | compares with | killed first | notices | notices alone |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {one.name} | {one.about} | {first[one.name]} | {noticed[one.name]} | {alone[one.name]} |" for one in LAYERS
    ]
    for title, wanted in (("Survived", "survived"), ("Equivalent", "equivalent")):
        chosen = [entry for entry in result["mutants"] if _class(entry, verdicts) == wanted]
        lines += ["", f"{title}: {len(chosen) or 'none'}.", ""] if not chosen else ["", f"{title}:", ""]
        lines += [_line(entry, verdicts) for entry in chosen]
    if result["carried_over"]:
        lines += ["", f"{result['carried_over']} kills are of an earlier run, before tests were added."]
    return [*lines, ""]


def _line(entry: dict[str, Any], verdicts: Verdicts) -> str:
    why = verdicts.get(entry["id"], {}).get("why", "no verdict yet").strip()
    if entry["outcome"] == "same bytes":
        why = "the generated code is the same, byte for byte."
    return f"- `{entry['id']}` {entry['file']}, {entry['operator']} in `{entry['line']}`: {' '.join(why.split())}"
