"""Runs the tests against mutants in isolated copies, and keeps every outcome at once, so that a stopped run goes on."""

import json
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from queue import Queue

from contract_tests.mutation.copies import Copy, CopyError, Outcome, digest
from contract_tests.mutation.layers import Arguments, Layer
from contract_tests.mutation.mutant import Mutant

GENERATE = "generate"
"""The layer of a mutant that nothing can be generated from: it reaches no test and does not count."""

SAME = "same"
"""The layer of a template's mutant that changes no byte of the generated code."""


CLEAN_COPIES = 2
"""The number of copies without a mutant. A long run in one of them holds up no other worker."""


class Journal:
    """Outcomes as JSON Lines, one for each mutant and layer, valid for one state of the project."""

    def __init__(self, path: Path, tree: str, keep_kills: bool = False) -> None:
        """`keep_kills`: kills of earlier states count too, as after tests were added."""
        self._path, self._tree, self._lock = path, tree, threading.Lock()
        self._known: dict[tuple[str, str], Outcome] = {}
        self.carried_over: set[str] = set()
        path.parent.mkdir(parents=True, exist_ok=True)
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            entry = json.loads(line)
            key, outcome = (entry["mutant"], entry["layer"]), Outcome(**entry["outcome"])
            if entry["tree"] == tree:
                self._known[key] = outcome
                self.carried_over.discard(entry["mutant"])
            elif keep_kills and outcome.killed and key not in self._known:
                self._known[key] = outcome
                self.carried_over.add(entry["mutant"])

    def get(self, mutant: str, layer: str) -> Outcome | None:
        """The known outcome, None when there is none."""
        return self._known.get((mutant, layer))

    def put(self, mutant: str, layer: str, outcome: Outcome) -> None:
        """Keep an outcome."""
        entry = {"tree": self._tree, "mutant": mutant, "layer": layer, "outcome": asdict(outcome)}
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            self._known[mutant, layer] = outcome


class Runner:
    """Runs mutants against layers with some copies of the project."""

    def __init__(
        self,
        root: Path,
        folder: Path,
        order: Callable[[Mutant], Sequence[Layer]],
        *,
        workers: int = 2,
        keep_kills: bool = False,
        say: Callable[[str], None] = print,
    ) -> None:
        """`folder` holds copies and journal; `order` gives the layers of a mutant, nearest first."""
        self._root, self._folder, self._order, self._workers, self._say = root, folder, order, workers, say
        self.journal = Journal(folder / "outcomes.jsonl", digest(root), keep_kills)
        self._copies: Queue[Copy] = Queue()
        self._clean: Queue[Copy] = Queue()
        self._must_pass_lock = threading.Lock()
        self.unreliable: set[str] = set()
        """Tests that failed for another reason than a mutant; their failures count for nothing."""

    def first_kill(self, mutant: Mutant) -> tuple[str, Outcome] | None:
        """(layer, outcome) of the first layer that noticed, as far as is known; GENERATE where nothing could."""
        if (outcome := self.journal.get(mutant.id, GENERATE)) is not None:
            return GENERATE, outcome
        for layer in self._order(mutant):
            outcome = self.journal.get(mutant.id, layer.name)
            if outcome is not None and outcome.killed:
                return layer.name, outcome
        return None

    def is_done(self, mutant: Mutant, whole: bool = False) -> bool:
        """Whether the first kill is known or, with `whole`, the outcome of every layer."""
        if self.journal.get(mutant.id, SAME) is not None:
            return True
        if (known := self.first_kill(mutant)) is not None and (known[0] == GENERATE or not whole):
            return True
        met = [layer for layer in self._order(mutant) if known is None or not layer.last]
        return all(self.journal.get(mutant.id, layer.name) is not None for layer in met)

    def run(self, mutants: Iterable[Mutant], *, whole: Iterable[Mutant] = (), seconds: float = float("inf")) -> bool:
        """Run the mutants that are not done, then those of `whole` against every layer. True when all got done in time.

        Raises CopyError when tests fail without a mutant.
        """
        waiting = [(mutant, False) for mutant in mutants if not self.is_done(mutant)]
        waiting += [(mutant, True) for mutant in whole if not self.is_done(mutant, whole=True)]
        if not waiting:
            return True
        self._say(f"{len(waiting)} to run; making copies and running the tests without a mutant.")
        until = time.monotonic() + seconds
        with ThreadPoolExecutor(self._workers) as pool:
            copies = list(pool.map(self._copy, range(self._workers + CLEAN_COPIES)))
            self._copies, self._clean = Queue(), Queue()
            for number, copy in enumerate(copies):
                (self._clean if number < CLEAN_COPIES else self._copies).put(copy)
            try:
                for layer in self._order(waiting[0][0])[:2]:
                    self._must_pass(layer.choose(waiting[0][0], self._root))
                return all(list(pool.map(lambda one: self._run_mutant(one[0], one[1], until), waiting)))
            finally:  # also after Ctrl-C: the runs of tests are not in the foreground and would go on
                pool.shutdown(wait=False, cancel_futures=True)
                for copy in copies:
                    copy.stop()

    def _copy(self, number: int) -> Copy:
        return Copy(self._root, self._folder / f"copy-{number}")

    def _must_pass(self, tests: Arguments) -> None:
        """Raises CopyError unless the same tests pass without a mutant; one that passes alone is only unreliable."""
        name = " ".join(tests)
        with self._must_pass_lock:
            while self.journal.get("none", name) is None:
                outcome = self._run_clean((*tests, *self._deselected()))
                if outcome.killed and ("::" not in outcome.test or self._run_clean(_alone(outcome, tests)).killed):
                    raise CopyError(f"Without any mutant: {outcome.how}: {outcome.test}\n  pytest {name}")
                if outcome.killed:
                    self._distrust(outcome.test)
                else:
                    self.journal.put("none", name, outcome)

    def _run_clean(self, tests: Arguments) -> Outcome:
        """Run tests without a mutant."""
        copy = self._clean.get()
        try:
            return copy.run(tests)
        finally:
            self._clean.put(copy)

    def _deselected(self) -> Arguments:
        return tuple(f"--deselect={test}" for test in sorted(self.unreliable))

    def _distrust(self, test: str) -> None:
        self.unreliable.add(test)
        self._say(f"unreliable, and left out from now on: {test}")

    def _run_mutant(self, mutant: Mutant, whole: bool, until: float) -> bool:
        if time.monotonic() > until:
            return False
        if self.is_done(mutant, whole):
            return True
        copy = self._copies.get()
        try:
            with copy.mutant(mutant) as problem:
                if problem is not None:
                    self.journal.put(mutant.id, GENERATE, Outcome(False, "not generated", problem, 0.0))
                elif copy.unchanged:
                    self.journal.put(mutant.id, SAME, Outcome(False, "passed", "", 0.0))
                else:
                    self._meet(copy, mutant, whole)
        finally:
            self._copies.put(copy)
        found = self.first_kill(mutant)
        verdict = "SURVIVED" if found is None else f"{found[0]}: {found[1].how} {found[1].test}"
        self._say(f"{mutant.id} {mutant.file}:{mutant.line} {mutant.operator}: {verdict}")
        return True

    def _meet(self, copy: Copy, mutant: Mutant, whole: bool) -> None:
        killed = False
        for layer in self._order(mutant):
            if killed and (layer.last or not whole):
                continue
            outcome = self.journal.get(mutant.id, layer.name)
            if outcome is None:
                tests = layer.choose(mutant, self._root)
                outcome = self._run(copy, tests) if tests else Outcome(False, "passed", "no tests", 0.0)
                if outcome.killed and "::" not in outcome.test:  # no test that could be run alone without the mutant
                    self._must_pass(tests)
                self.journal.put(mutant.id, layer.name, outcome)
            killed = killed or outcome.killed

    def _run(self, copy: Copy, tests: Arguments) -> Outcome:
        """Run tests on a copy with a mutant in it.

        A failed test counts when it fails again alone, and then passes without the mutant. Any other is unreliable,
        such as one that needs an idle machine.
        """
        while True:
            outcome = copy.run((*tests, *self._deselected()))
            if not outcome.killed or "::" not in outcome.test:
                return outcome
            if copy.run(_alone(outcome, tests)).killed:
                clean = self._run_clean(_alone(outcome, tests))
                # "not collected": only with the mutant there is such a test, one of a parameter that the mutant made.
                if not clean.killed or clean.how == "not collected":
                    return outcome
            self._distrust(outcome.test)


def _alone(outcome: Outcome, tests: Arguments) -> Arguments:
    """What runs only the test that failed."""
    return (outcome.test, *(one for one in tests if one.startswith("--") and not one.startswith("--ignore")))
