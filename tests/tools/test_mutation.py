"""A mutation run kills what matters, spares what is equivalent, goes on where it stopped, and checks its kept result.
The mutants are of a toy project. tests/tools/long_draws.py draws those of this project."""

import json
import re
from argparse import ArgumentTypeError
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from contract_tests.mutation import (
    conditional_mutants,
    copies,
    generated_mutants,
    layers,
    past_faults,
    python_mutants,
    report,
    spec_mutants,
    template_mutants,
)
from contract_tests.mutation.__main__ import kinds_of, shard_of
from contract_tests.mutation.copies import Copy, CopyError, Outcome, digest
from contract_tests.mutation.layers import Layer, order
from contract_tests.mutation.mutant import CONDITIONS, PAST, PLACES, Edit, Mutant, draw, make, numbered
from contract_tests.mutation.plan import Project
from contract_tests.mutation.runner import Journal, Runner

ROOT = Path(__file__).resolve().parents[2]
TOY = "overlays/trustoo/toy.py"
CODE = '''"""A toy."""


def lower(value: int, limit: int) -> int:
    """The lower of two numbers; which one is returned of equal ones cannot be seen."""
    if value > limit:
        return limit
    return value


def steps(count: int) -> int:
    """Counts."""
    done = 0
    while done < count:
        done += 1
    return done
'''
TESTS = """from trustoo.toy import lower, steps


def test_the_lower_one():
    assert (lower(1, 2), lower(2, 1), lower(2, 2)) == (1, 1, 2)


def test_steps():
    assert steps(3) == 3
"""
UNIT = Layer("unit", "the toy's tests", lambda mutant, root: ("tests/test_toy.py",))
OTHER = Layer("other", "nothing", lambda mutant, root: ())


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one module and two tests, which need no plugin of pytest but the one for `--timeout`."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    settings = "[pytest]\naddopts = -p pytest_timeout\n"
    parts = {"overlays/trustoo/__init__.py": "", TOY: CODE, "tests/test_toy.py": TESTS, "pytest.ini": settings}
    for name, text in parts.items():
        path = tmp_path / "toy" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "toy"


def planted(old: str, new: str, operator: str = "planted") -> Mutant:
    """The mutant that replaces `old` by `new` in the toy."""
    assert CODE.count(old) == 1
    return make("overlay", TOY, CODE, operator, [Edit(CODE.index(old), CODE.index(old) + len(old), new)], None)


MATTERS = planted("return limit", "return value")
EQUIVALENT = planted("value > limit", "value >= limit")


def runner(toy: Path, *layers: Layer, **options: Any) -> Runner:
    return Runner(toy, toy.parent / "work", lambda _: layers or (UNIT,), workers=1, say=lambda _: None, **options)


def journal_of(toy: Path) -> list[dict[str, Any]]:
    text = (toy.parent / "work" / "outcomes.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


# ---------------------------------------------------------------- running
def test_a_mutant_that_matters_is_killed_and_an_equivalent_one_survives(toy: Path) -> None:
    running = runner(toy)
    assert running.run([MATTERS, EQUIVALENT])
    killed = running.first_kill(MATTERS)
    assert killed is not None
    assert killed[0] == "unit"
    assert (killed[1].how, killed[1].test) == ("failed", "tests/test_toy.py::test_the_lower_one")
    assert running.first_kill(EQUIVALENT) is None
    assert running.is_done(EQUIVALENT)
    assert (toy / TOY).read_text(encoding="utf-8") == CODE


def test_a_resumed_run_repeats_nothing(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert runner(toy).run([MATTERS])
    before = journal_of(toy)
    assert runner(toy).run([MATTERS, EQUIVALENT])
    assert [(one["mutant"], one["layer"]) for one in journal_of(toy)[len(before) :]] == [(EQUIVALENT.id, "unit")]
    monkeypatch.setattr(copies.Copy, "__init__", lambda *_: pytest.fail("a copy was made for nothing"))
    assert runner(toy).run([MATTERS, EQUIVALENT])


def test_a_run_whose_time_is_up_says_so_and_goes_on_later(toy: Path) -> None:
    assert not runner(toy).run([MATTERS], seconds=0)
    assert not runner(toy).is_done(MATTERS)
    assert runner(toy).run([MATTERS])


def test_every_layer_is_met_by_those_that_shall_meet_all(toy: Path) -> None:
    again = replace(UNIT, name="again")
    running = runner(toy, UNIT, again)
    running.run([MATTERS])
    assert running.journal.get(MATTERS.id, "again") is None
    running.run([MATTERS], whole=[MATTERS])
    outcome = running.journal.get(MATTERS.id, "again")
    assert outcome is not None
    assert outcome.killed


def test_another_state_of_the_tests_begins_anew_unless_kills_are_kept(toy: Path) -> None:
    assert runner(toy).run([MATTERS, EQUIVALENT])
    path = toy / "tests" / "test_toy.py"
    path.write_text(f"{TESTS}\n# one more line\n", encoding="utf-8")
    assert not runner(toy).is_done(MATTERS)
    keeping = runner(toy, keep_kills=True)
    assert keeping.is_done(MATTERS)
    assert keeping.journal.carried_over == {MATTERS.id}
    assert not keeping.is_done(EQUIVALENT)


def test_tests_that_do_not_end_are_a_kill_of_its_own_kind(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "SECONDS", 6.0)
    endless = planted("done += 1", "done += 0")
    running = runner(toy)
    running.run([endless])
    killed = running.first_kill(endless)
    assert killed is not None
    assert killed[1].how == "timeout"


def test_code_that_cannot_be_imported_is_a_kill_of_its_own_kind(toy: Path) -> None:
    broken = planted("def steps(", "def stepping(")
    running = runner(toy)
    running.run([broken])
    killed = running.first_kill(broken)
    assert killed is not None
    assert killed[1].how == "not collected"


def test_a_layer_without_tests_for_a_mutant_kills_nothing(toy: Path) -> None:
    running = runner(toy, OTHER, UNIT)
    running.run([EQUIVALENT])
    assert running.first_kill(EQUIVALENT) is None


@pytest.mark.parametrize("mutant", [MATTERS, EQUIVALENT])
def test_tests_that_fail_without_a_mutant_stop_the_run(toy: Path, mutant: Mutant) -> None:
    (toy / "tests" / "test_toy.py").write_text("def test_no():\n    assert False\n", encoding="utf-8")
    with pytest.raises(CopyError, match=r"Without any mutant: failed: tests/test_toy\.py::test_no"):
        runner(toy).run([mutant])
    assert not runner(toy).is_done(mutant)


def test_a_test_that_fails_for_another_reason_kills_nothing(toy: Path) -> None:
    every_second = f"""
import pathlib

def test_sometimes():
    count = pathlib.Path({str(toy.parent / "count")!r})
    number = int(count.read_text()) + 1 if count.exists() else 0
    count.write_text(str(number))
    assert number % 2 == 0
"""
    (toy / "tests" / "test_toy.py").write_text(every_second + TESTS, encoding="utf-8")
    running = runner(toy)
    running.run([EQUIVALENT, MATTERS])
    assert running.first_kill(EQUIVALENT) is None
    killed = running.first_kill(MATTERS)
    assert killed is not None
    assert killed[1].test == "tests/test_toy.py::test_the_lower_one"
    assert running.unreliable == {"tests/test_toy.py::test_sometimes"}


def test_a_selection_without_a_test_stops_the_run(toy: Path) -> None:
    (toy / "tests" / "test_toy.py").write_text("", encoding="utf-8")
    with pytest.raises(CopyError, match="No test was run"):
        runner(toy).run([MATTERS])


def test_a_copy_that_runs_code_from_elsewhere_is_refused(toy: Path, tmp_path: Path) -> None:
    (toy / "overlays" / "trustoo" / "__init__.py").unlink()  # so the installed package, which has one, wins
    with pytest.raises(CopyError, match="trustoo is imported from"):
        Copy(toy, tmp_path / "copy")


def test_a_run_that_is_ended_from_outside_is_no_kill(toy: Path, tmp_path: Path) -> None:
    copy = Copy(toy, tmp_path / "copy")
    copy.stop()
    with pytest.raises(CopyError, match="from outside"):
        copy.run(("tests/test_toy.py",))


def test_the_digest_is_of_what_decides(toy: Path) -> None:
    before = digest(toy)
    (toy / "README.md").write_text("x", encoding="utf-8")
    figures = toy / "contract_tests" / "report" / "history.jsonl"
    figures.parent.mkdir(parents=True)
    figures.write_text("{}", encoding="utf-8")
    assert digest(toy) == before
    (toy / TOY).write_text(f"{CODE}\n", encoding="utf-8")
    assert digest(toy) != before


# ---------------------------------------------------------------- mutants
def test_a_mutant_keeps_its_id_when_other_lines_change() -> None:
    before = list(numbered(python_mutants.candidates("overlay", TOY, CODE)))
    moved = list(numbered(python_mutants.candidates("overlay", TOY, "import os\n\nLIMIT = 7\n" + CODE)))
    assert {mutant.id for mutant in before} < {mutant.id for mutant in moved}


def test_equal_lines_give_different_ids() -> None:
    mutants = list(numbered(python_mutants.candidates("overlay", TOY, "if a:\n    b()\nif a:\n    b()\n")))
    assert len({mutant.id for mutant in mutants}) == len(mutants) == 2


def test_what_cannot_matter_gets_no_mutant() -> None:
    noise = '''"""Text with 1 number."""
from dataclasses import dataclass
__all__ = ("a" + "b",)
@dataclass(frozen=True)
class A:
    b: int | None
    def c(self, d: "int | str") -> int | None:
        log.warning("at %s", 1 + 2)
        if isinstance(d, int | str):
            pass
'''
    found = [(mutant.operator, mutant.text) for mutant in python_mutants.candidates("overlay", TOY, noise)]
    assert found == [("AddNot", "if isinstance(d, int | str):")]


def test_a_draw_is_even_and_moves_with_nothing_but_its_own_line() -> None:
    files = {name: "".join(f"if a{n} == {n}:\n    pass\n" for n in range(20)) for name in ("a.py", "b.py")}
    mutants = [f for name, text in files.items() for f in numbered(python_mutants.candidates("overlay", name, text))]
    chosen = draw(mutants, 10, 1, lambda mutant: mutant.file)
    assert Counter(mutant.file for mutant in chosen) == {"a.py": 5, "b.py": 5}
    assert len({(mutant.file, mutant.line) for mutant in chosen}) == 10
    assert draw(reversed(mutants), 10, 1, lambda mutant: mutant.file) == chosen
    assert draw(mutants, 10, 2, lambda mutant: mutant.file) != chosen
    gone = chosen[3]
    others = [mutant for mutant in mutants if (mutant.file, mutant.line) != (gone.file, gone.line)]
    assert set(chosen) - set(draw(others, 10, 1, lambda mutant: mutant.file)) == {gone}


def test_a_mutant_of_generated_code_belongs_to_the_operation_of_its_line() -> None:
    mutants = Project(ROOT).mutants("generated")
    owners = {(mutant.file, mutant.operator, mutant.text): mutant.operation for mutant in mutants}
    package = "generated/trustoo_api"
    returned = "return as_sync_client(client).send(build(**arguments), DECODER).parsed"
    assert owners[f"{package}/api/reviews/reviews_delete.py", "raw-instead-of-value", returned] == "reviews.delete"
    assert owners[f"{package}/api/reviews/reviews_rating.py", "rename-name", '"product_handle": product_handle,'] == (
        "reviews.rating"
    )
    assert owners[f"{package}/operations.py", "wrong-path", 'path="/api/v1/openapi/get_rating",'] == "reviews.rating"
    assert owners[f"{package}/models/rating.py", "drop-field", "star3_count: int | None = None"] == "reviews.rating"


SPEC = """paths:
  /things:
    get:
      operationId: things.list
      security: [{oauth2: [read_things]}, {key: []}]
      parameters:
      - name: page
        in: query
        schema: {type: integer}
      - $ref: '#/components/parameters/Size'
      responses: {}
components:
  parameters:
    Size:
      name: size
      in: query
      required: true
      schema: {type: array, items: {type: string}}
"""


@pytest.mark.parametrize(
    ("operator", "after"),
    [
        ("wrong-path", ["/thing:"]),
        ("wrong-method", ["post:"]),
        ("rename-parameter", ["- name: pages", "name: sizes"]),
        ("drop-parameter", ["- $ref: '#/components/parameters/Size'", "schema: {type: integer}"]),
        ("require-parameter", ["required: true\nin: query"]),
        ("not-required", ["schema: {type: array, items: {type: string}}"]),
        ("not-a-list", ["schema: {type: string}"]),
        ("wrong-type", ["schema: {type: string}", "schema: {type: array, items: {type: integer}}"]),
        ("wrong-scope", ["security: [{oauth2: [write_things]}, {key: []}]"]),
        ("drop-security", ["security: [{key: []}]", "security: [{oauth2: [read_things]}]"]),
        ("no-security", ["security: []"]),
    ],
)
def test_a_mutant_of_the_spec_changes_one_thing_and_belongs_to_its_operation(operator: str, after: list[str]) -> None:
    mutants = [mutant for mutant in spec_mutants.candidates("openapi.yaml", SPEC) if mutant.operator == operator]
    assert {mutant.operation for mutant in mutants} == {"things.list"}
    shown = [[line for line in mutant.shown(SPEC).splitlines() if line.startswith("+")] for mutant in mutants]
    assert ["\n".join(line[1:].strip() for line in lines) for lines in shown] == after
    for mutant in mutants:
        assert yaml.safe_load(mutant.apply(SPEC)) != yaml.safe_load(SPEC)


GENERATED = """class Thing(Model):
    id: Id | None = None
    at_text: str | None = None

    @property
    def at(self):
        return instant(self.at_text)


def build(*, page, size):
    return Request(query=query_pairs({"page": page, "size": size}, rules=RULES))
"""


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("rename-name", "'pages': page"),
        ("drop-entry", '{"size": size}'),
        ("swap-entries", '{"page": size, "size": page}'),
        ("drop-argument", 'query_pairs({"page": page, "size": size}, )'),
        ("rename-field", "ids: Id | None"),
        ("wrong-type", "id: str | None"),
        ("null-refused", "id: Id = None"),
        ("required", "id: Id | None\n"),
        ("lose-time-zone", "t.replace(tzinfo=None)"),
        ("return-none", "return None"),
    ],
)
def test_a_mutant_of_generated_code_is_what_its_name_says(operator: str, expected: str) -> None:
    found = generated_mutants.candidates("generated", "x.py", GENERATED, lambda _: None, decoded=True)
    assert any(expected in mutant.apply(GENERATED) for mutant in found if mutant.operator == operator)


CONDITIONAL = """
class Thing:
    def __init__(self):
        self.items = []

    def find(self, *, first=None, second=None):
        return search(first, second)

    def keep(self, value):
        self.value = value
        self.items.remove(value)
        size = len(self.items)
        self.add(value)

    def guarded(self):
        with self._lock:
            one = list(self.items)
            two(one)
        try:
            act()
        except BaseException:
            end()
        finally:
            close()

    def timed(self, moment):
        return datetime.fromtimestamp(1, UTC), moment.astimezone(UTC), moment.replace(tzinfo=UTC), moment.timestamp()

    def waits(self):
        began = monotonic()
        return monotonic() - began

    def changed(self, size, name):
        return replace(self, size=size, name=name), {**self.a, **self.b}, self.a | self.b

    def again(self, attempt):
        while True:
            pause(attempt)
            if attempt > 3:
                return

    def judge(self, status, code):
        return status == 429 or code in (4, 14)
"""


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("lost-beside-another", "return search((first if second is None else None), second)"),
        ("state-not-kept", "        pass\n        self.items.remove(value)"),
        ("state-not-removed", "        self.value = value\n        pass"),
        ("wrong-order", "        self.add(value)\n        size = len(self.items)"),
        ("lock-not-taken", "with __import__('contextlib').nullcontext():"),
        ("lock-released-early", "            one = list(self.items)\n        two(one)"),
        ("not-released", "        finally:\n            pass"),
        ("cancellation-missed", "except Exception:"),
        ("shared-not-copied", "one = self.items"),
        ("local-zone", "return datetime.fromtimestamp(1), moment"),
        ("local-zone", "moment.astimezone(), moment"),
        ("local-zone", "moment.astimezone(UTC), moment.astimezone(UTC), moment.timestamp()"),
        ("local-zone", "(moment).replace(tzinfo=None).timestamp()"),
        ("clock-is-set", "began = __import__('time').time()\n        return __import__('time').time() - began"),
        ("copied-without", "replace(self, name=name)"),
        ("copied-without", "replace(self, size=size)"),
        ("copied-from-neighbour", "replace(self, size=size, name=size)"),
        ("merged-reversed", "{**self.b, **self.a}"),
        ("merged-reversed", "self.b | self.a"),
        ("merged-without", "replace(self, size=size, name=name), self.b, self.a"),
        ("third-differs", "if ((attempt > 3) != ((attempt) == 3)):"),
        ("counts-to-two", "pause(min(attempt, 2))"),
        ("ends-after-two", "        for _ in range(2):\n            pause"),
        ("one-pair", "return ((status == 429) != ((code) == 8 and (status) == 401)) or"),
        ("one-left-out", "code in (14)"),
    ],
)
def test_a_conditional_mutant_is_what_its_name_says(operator: str, expected: str) -> None:
    file = "overlays/trustoo/thing.py"
    found = [m for kind in CONDITIONS for m in conditional_mutants.candidates(kind, file, CONDITIONAL, lambda _: None)]
    assert any(expected in m.apply(CONDITIONAL) for m in found if m.operator == operator)


def test_mutants_of_one_transport_are_in_transports_only() -> None:
    source = "def send(self, pool):\n    pool.clear()\n    return make(pool, timeout=1)\n"

    def made(file: str) -> list[str]:
        found = conditional_mutants.candidates("transport", file, source, lambda _: None)
        return [mutant.apply(source).partition("\n")[2] for mutant in found]

    assert made("overlays/trustoo/transport/httpx.py") == [
        "    pass\n    return make(pool, timeout=1)\n",
        "    pool.clear()\n    return make(pool)\n",
    ]
    assert made("overlays/trustoo/client.py") == []


def test_a_past_fault_whose_code_changed_must_be_written_anew(tmp_path: Path) -> None:
    (tmp_path / past_faults.FILE).parent.mkdir(parents=True)
    (tmp_path / "a.py").write_text("one = 1\n", encoding="utf-8")
    fault = {"fault": "one is two", "file": "a.py", "code": "one = 1", "becomes": "one = 2"}
    (tmp_path / past_faults.FILE).write_text(yaml.safe_dump([fault]), encoding="utf-8")
    assert [mutant.apply("one = 1\n") for mutant in past_faults.candidates(tmp_path)] == ["one = 2\n"]
    (tmp_path / "a.py").write_text("one = 3\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"one is two: the code is 0 times in a\.py"):
        list(past_faults.candidates(tmp_path))


def test_kinds_are_named_alone_or_by_group() -> None:
    assert kinds_of("zone,retry") == ("zone", "retry")
    assert kinds_of("conditions") == (*CONDITIONS, PAST)
    assert kinds_of("places,zone") == (*PLACES, "zone")
    with pytest.raises(ArgumentTypeError, match="'zones' is not a kind"):
        kinds_of("zones")


def test_models_that_are_only_built_by_hand_get_no_mutants_of_type() -> None:
    found = generated_mutants.candidates("generated", "x.py", GENERATED, lambda _: None, decoded=False)
    assert not {"wrong-type", "null-refused"} & {mutant.operator for mutant in found}


def test_a_mutant_of_a_template_leaves_comments_and_docstrings_alone() -> None:
    text = '{# if a == b #}\n"""True and False"""\n# a and b\n{% if a %}\nx=x,\n{% endif %}\ny = 1  # not a\n'
    found = [mutant.apply(text) for mutant in template_mutants.candidates("x.jinja", text)]
    assert found == [text.replace("if a %}", "if not (a) %}"), text.replace("x=x,", "")]


# ---------------------------------------------------------------- what is kept
def entry(number: int, outcome: str, layer: str | None = None) -> dict[str, Any]:
    common = {"kind": "overlay", "file": TOY, "operator": "x", "line": "y", "test": None}
    return {"id": f"{number:04}", "outcome": outcome, "layer": layer, "noticed": [layer] if layer else [], **common}


@pytest.fixture
def place(tmp_path: Path) -> report.Place:
    """A result of 98 kills, two equivalent mutants, a survivor and one that was never generated, kept."""
    found = report.Place(tmp_path)
    found.result_file.parent.mkdir(parents=True)
    found.page.parent.mkdir()
    found.page.write_text(f"# Page\n{report.BEGIN}\n{report.END}\nend\n", encoding="utf-8")
    found.verdicts_file.write_text(
        "'0098': {verdict: equivalent, why: It is.}\n'0099': {verdict: survives, why: It does.}\n", encoding="utf-8"
    )
    entries = [entry(n, "failed", "unit") for n in range(97)] + [entry(97, "timeout", "fake")]
    entries += [entry(98, "survived"), entry(99, "survived"), entry(100, "not generated", "generate")]
    entries += [entry(101, "same bytes")]
    assert report.keep(found, {"seed": 1, "tree": "x", "carried_over": 0, "mutants": entries}) is None
    return found


def wrong(place: report.Place) -> list[str]:
    return report.problems(place, {f"{n:04}" for n in range(102)}, lambda _: False)


def test_equivalent_and_never_generated_mutants_do_not_count_and_timeouts_do(place: report.Place) -> None:
    result, verdicts = place.result(), place.verdicts()
    assert result is not None
    assert report.score(report.counts(result, verdicts)) == 98 / 99
    assert result["floor"] == 0.989
    shown = place.page.read_text(encoding="utf-8")
    assert "**99.0%** of 99 mutants are killed" in shown
    assert "| *all* | 102 | 97 | 1 | 1 | 2 | 1 | 99.0% |" in shown
    assert shown.startswith("# Page\n")
    assert shown.endswith("\nend\n")
    assert wrong(place) == []


def change(place: report.Place, **changes: Any) -> None:
    result, verdicts = place.result(), place.verdicts()
    assert result is not None
    result |= changes
    place.result_file.write_text(json.dumps(result), encoding="utf-8")
    place.page.write_text(report.page(place.page.read_text(encoding="utf-8"), result, verdicts), encoding="utf-8")


def test_a_score_below_the_goal_or_below_what_it_was_is_a_problem(place: report.Place) -> None:
    change(place, floor=0.995)
    assert wrong(place) == ["99.0% of the mutants are killed; it was 99.5%."]
    survivors = [entry(n, "survived") for n in range(51, 102)]
    change(place, floor=0.0, mutants=[*(entry(n, "failed", "unit") for n in range(51)), *survivors])
    assert wrong(place)[:2] == [
        "50.5% of the mutants are killed; the goal is 95%.",
        "50.5% of the mutants that change a token or an entry are killed; the goal is 97%.",
    ]


def test_a_kind_below_its_goal_is_a_problem_whatever_the_others_reach(place: report.Place) -> None:
    zones = [{**entry(n, "survived" if n in (98, 99) else "failed", "unit"), "kind": "zone"} for n in range(87, 100)]
    change(place, floor=0.0, mutants=[*(entry(n, "failed", "unit") for n in range(87)), *zones])
    place.verdicts_file.write_text(
        "".join(f"'00{n}': {{verdict: survives, why: x}}\n" for n in (98, 99)), encoding="utf-8"
    )
    change(place)
    assert wrong(place) == ["84.6% of the mutants of the kind zone are killed; the goal is 90%."]


def test_the_floor_is_of_one_seed(place: report.Place) -> None:
    entries = [entry(n, "failed", "unit") for n in range(97)] + [entry(n, "survived") for n in (98, 99, 100)]
    assert report.keep(place, {"seed": 2, "tree": "x", "carried_over": 0, "mutants": entries}) is None
    assert (place.result() or {})["floor"] < 0.98


def test_a_worse_result_is_not_kept(place: report.Place) -> None:
    before = place.result_file.read_bytes()
    worse = {"seed": 1, "tree": "y", "carried_over": 0, "mutants": [entry(99, "survived")]}
    assert report.keep(place, worse) == "Not kept: 0.0% of the mutants are killed, and it was 98.9%."
    assert place.result_file.read_bytes() == before


@pytest.mark.parametrize(
    ("verdicts", "problem"),
    [
        ("'0098': {verdict: equivalent, why: It is.}", r"0099 survived without a verdict .*make mutation MUTANT=0099"),
        ("'0099': {verdict: equivalent}", "The verdict on 0099 needs"),
        ("'0001': {verdict: equivalent, why: x}", "0001 has a verdict, but unit kills it"),
        ("'7777': {verdict: equivalent, why: x}", "The verdict on 7777 is stale"),
    ],
)
def test_a_verdict_that_is_missing_or_wrong_is_a_problem(place: report.Place, verdicts: str, problem: str) -> None:
    place.verdicts_file.write_text(verdicts, encoding="utf-8")
    assert any(re.search(problem, one) for one in wrong(place))


def test_a_page_or_a_result_of_yesterday_is_a_problem(place: report.Place) -> None:
    place.page.write_text(place.page.read_text(encoding="utf-8").replace("99.0%", "99.9%"), encoding="utf-8")
    assert wrong(place) == ["docs/mutation.md does not show the kept result; run `make mutation-merge`."]
    assert report.problems(place, {"0001", *"abcd"}, lambda _: True) == [
        "result.json is stale: it knows 20% of today's mutants. Run `make mutation`."
    ]
    missing = ["result.json is stale: it is missing or has an old format. Run `make mutation`."]
    place.result_file.write_text('{"floor": 0.984, "faults": []}', encoding="utf-8")
    assert wrong(place) == missing
    place.result_file.unlink()
    assert wrong(place) == missing


def test_a_result_of_an_old_format_sets_no_floor(place: report.Place) -> None:
    place.result_file.write_text('{"floor": 0.999, "faults": []}', encoding="utf-8")
    entries = [entry(n, "failed", "unit") for n in range(97)] + [entry(n, "survived") for n in (100, 101, 102)]
    assert report.keep(place, {"seed": 1, "tree": "x", "carried_over": 0, "mutants": entries}) is None
    kept = place.result()
    assert kept is not None
    assert (kept["floor"], kept["killed"], kept["total"]) == (0.97, 97, 100)


# ---------------------------------------------------------------- shards
def part(*numbers: int, tree: str = "x", seed: int = 1) -> dict[str, Any]:
    entries = [entry(n, "failed", "unit") for n in numbers]
    return {"seed": seed, "tree": tree, "carried_over": 1, "mutants": entries}


def test_the_parts_of_all_shards_are_one_result(tmp_path: Path) -> None:
    report.write_part(tmp_path, part(3, 1), 1, 2)
    assert report.merged(tmp_path, ["0001", "0002", "0003"], 1) == (
        None,
        f"The parts in {tmp_path} miss 1 of 3 mutants; run `make mutation` for each SHARD.",
    )
    report.write_part(tmp_path, part(2), 2, 2)
    result, problem = report.merged(tmp_path, ["0001", "0002", "0003"], 1)
    assert problem is None
    assert result is not None
    assert [one["id"] for one in result["mutants"]] == ["0001", "0002", "0003"]
    assert (result["tree"], result["carried_over"]) == ("x", 2)


@pytest.mark.parametrize("other", [part(2, tree="y"), part(2, seed=2)])
def test_parts_of_different_runs_are_not_merged(other: dict[str, Any], tmp_path: Path) -> None:
    report.write_part(tmp_path, part(1), 1, 2)
    report.write_part(tmp_path, other, 2, 2)
    result, problem = report.merged(tmp_path, ["0001", "0002"], 1)
    assert result is None
    assert "different runs" in str(problem)


def test_a_run_with_another_number_of_shards_removes_the_old_parts(tmp_path: Path) -> None:
    report.write_part(tmp_path, part(1), 1, 2)
    report.write_part(tmp_path, part(1), 1, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["1-of-1.json"]


@pytest.mark.parametrize(("text", "expected"), [("1/1", (1, 1)), ("2/4", (2, 4))])
def test_a_shard_is_a_number_of_a_count(text: str, expected: tuple[int, int]) -> None:
    assert shard_of(text) == expected


@pytest.mark.parametrize("text", ["", "1", "0/4", "5/4", "a/b", "1/0", "-1/4"])
def test_other_texts_are_refused_as_a_shard(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="not a shard"):
        shard_of(text)


# ---------------------------------------------------------------- layers
def mutant_of(kind: str, file: str) -> Mutant:
    return Mutant(kind, file, "x", 1, "", ())


@pytest.mark.parametrize(
    ("kind", "file", "room"),
    [
        ("overlay", "overlays/trustoo/retry.py", "core"),
        ("overlay", "overlays/trustoo/transport/httpcore.py", "core"),
        ("overlay", "overlays/trustoo/upload/form.py", "upload"),
        ("overlay", "overlays/trustoo/testing/state/reviews.py", "testing"),
        ("overlay", "overlays/trustoo/cli/app.py", "cli"),
        ("tools", "tools/drift/page.py", "tools"),
        ("spec", "openapi.yaml", "core"),
        ("templates", "generator-templates/model.py.jinja", "core"),
        ("generated", "generated/trustoo_api/models/review.py", "core"),
    ],
)
def test_a_mutant_belongs_to_the_room_of_its_file(kind: str, file: str, room: str) -> None:
    assert layers.room_of(mutant_of(kind, file)) == room


@pytest.fixture
def rooms(tmp_path: Path) -> Path:
    """Tests in rooms, as those of this project."""
    for name, text in {
        "core/test_retry.py": "from trustoo import Trustoo\n",
        "core/test_clock.py": "from trustoo.retry import RetryPolicy\n",
        "core/test_models.py": "from trustoo_api.models import Review\n",
        "core/test_typing.py": "from trustoo.retry import RetryPolicy\n",
        "oauth/test_tokens.py": "from trustoo.oauth import Token\n",
        "oauth/test_flow.py": "def test():\n    from trustoo.oauth import refresh\n",
        "oauth/test_files.py": "import json\n",
        "testing/test_service.py": "from trustoo.testing import FakeTrustoo\n",
        "testing/test_platform.py": "from trustoo.oauth import Platform\n",
        "cli/test_login.py": "from trustoo import Trustoo\n",
        "tools/test_drift_pages.py": "from tools.drift import page\n",
        "tools/test_drift_exports.py": "",
        "tools/test_node.py": "from tools import node\n",
    }.items():
        path = tmp_path / "tests" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("kind", "file", "unit", "suite"),
    [
        (
            "overlay",
            "overlays/trustoo/retry.py",
            "core/test_retry core/test_clock",
            "core/test_models oauth/test_flow oauth/test_tokens testing/test_platform testing/test_service",
        ),
        ("overlay", "overlays/trustoo/oauth/refresh.py", "oauth/test_flow", "oauth/test_files oauth/test_tokens "
         "testing/test_platform"),
        ("overlay", "overlays/trustoo/cli/output.py", "cli/test_login", ""),
        ("overlay", "overlays/pytest_trustoo.py", "testing/test_plugin", "testing/test_platform testing/test_service"),
        ("tools", "tools/drift/page.py", "tools/test_drift_exports tools/test_drift_pages", "tools/test_node"),
        ("tools", "tools/node.py", "tools/test_node", "tools/test_drift_exports tools/test_drift_pages"),
        (
            "generated",
            "generated/trustoo_api/models/review.py",
            "core/test_models",
            "core/test_clock core/test_retry oauth/test_flow oauth/test_tokens testing/test_platform "
            "testing/test_service",
        ),
    ],
)  # fmt: skip
def test_a_mutant_meets_the_tests_of_its_room_and_of_the_rooms_above(
    kind: str, file: str, unit: str, suite: str, rooms: Path
) -> None:
    mutant = mutant_of(kind, file)
    assert layers.unit(mutant, rooms) == tuple(f"tests/{name}.py" for name in unit.split())
    assert layers.suite(mutant, rooms) == tuple(f"tests/{name}.py" for name in suite.split())


def test_a_layer_whose_tests_run_nothing_of_a_room_is_left_out() -> None:
    assert [layer.name for layer in order(mutant_of("overlay", "overlays/trustoo/cli/app.py"))] == ["unit", "suite"]
    assert "vectors" in [layer.name for layer in order(mutant_of("overlay", "overlays/trustoo/webhooks/replay.py"))]


def test_what_the_layers_name_exists() -> None:
    for path in layers.LEFT_OUT:
        assert (ROOT / path).is_file(), path
    for room in layers.ROOMS:
        assert (ROOT / "tests" / room).is_dir(), room


def test_the_journal_survives_a_restart(tmp_path: Path) -> None:
    outcome = Outcome(True, "failed", "tests/test_x.py::test_é", 1.5)
    Journal(tmp_path / "j", "tree").put("a", "unit", outcome)
    assert Journal(tmp_path / "j", "tree").get("a", "unit") == outcome
    assert Journal(tmp_path / "j", "other").get("a", "unit") is None
