"""The measure of the tests' strength kills what matters, spares what is equivalent, goes on where it stopped, and holds
what it keeps to its word. Faults are planted in a toy project; those of this project are only drawn, not judged."""

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from contract_tests.mutation import code_faults, copies, python_faults, report, spec_faults, template_faults
from contract_tests.mutation.copies import Copy, CopyBroken, Outcome, digest
from contract_tests.mutation.fault import Edit, Fault, draw, make, numbered
from contract_tests.mutation.judge import Journal, Judge
from contract_tests.mutation.layers import Layer, order
from contract_tests.mutation.plan import SHARES, Project

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
UNIT = Layer("unit", "the toy's tests", lambda fault, root: ("tests/test_toy.py",))
OTHER = Layer("other", "nothing", lambda fault, root: ())


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """A project of one module and two tests."""
    for name, text in {"overlays/trustoo/__init__.py": "", TOY: CODE, "tests/test_toy.py": TESTS}.items():
        path = tmp_path / "toy" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "toy"


def planted(old: str, new: str, operator: str = "planted") -> Fault:
    """The fault that replaces `old` by `new` in the toy."""
    assert CODE.count(old) == 1
    return make("overlay", TOY, CODE, operator, [Edit(CODE.index(old), CODE.index(old) + len(old), new)], None)


MATTERS = planted("return limit", "return value")
EQUIVALENT = planted("value > limit", "value >= limit")


def judge(toy: Path, *layers: Layer, **options: Any) -> Judge:
    return Judge(toy, toy.parent / "work", lambda _: layers or (UNIT,), workers=1, say=lambda _: None, **options)


def lines(toy: Path) -> list[dict[str, Any]]:
    text = (toy.parent / "work" / "outcomes.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


# ---------------------------------------------------------------- judging
def test_a_fault_that_matters_is_killed_and_an_equivalent_one_survives(toy: Path) -> None:
    judging = judge(toy)
    assert judging.run([MATTERS, EQUIVALENT])
    killed = judging.first_kill(MATTERS)
    assert killed is not None
    assert killed[0] == "unit"
    assert (killed[1].how, killed[1].test) == ("failed", "tests/test_toy.py::test_the_lower_one")
    assert judging.first_kill(EQUIVALENT) is None
    assert judging.judged(EQUIVALENT)
    assert (toy / TOY).read_text(encoding="utf-8") == CODE


def test_a_resumed_run_repeats_nothing(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert judge(toy).run([MATTERS])
    before = lines(toy)
    assert judge(toy).run([MATTERS, EQUIVALENT])
    assert [(one["fault"], one["layer"]) for one in lines(toy)[len(before) :]] == [(EQUIVALENT.id, "unit")]
    monkeypatch.setattr(copies.Copy, "__init__", lambda *_: pytest.fail("a copy was made for nothing"))
    assert judge(toy).run([MATTERS, EQUIVALENT])


def test_a_run_whose_time_is_up_says_so_and_goes_on_later(toy: Path) -> None:
    assert not judge(toy).run([MATTERS], seconds=0)
    assert not judge(toy).judged(MATTERS)
    assert judge(toy).run([MATTERS])


def test_every_layer_is_met_by_those_that_shall_meet_all(toy: Path) -> None:
    again = replace(UNIT, name="again")
    judging = judge(toy, UNIT, again)
    judging.run([MATTERS])
    assert judging.journal.get(MATTERS.id, "again") is None
    judging.run([MATTERS], whole=[MATTERS])
    outcome = judging.journal.get(MATTERS.id, "again")
    assert outcome is not None
    assert outcome.killed


def test_another_state_of_the_tests_begins_anew_unless_kills_are_kept(toy: Path) -> None:
    assert judge(toy).run([MATTERS, EQUIVALENT])
    path = toy / "tests" / "test_toy.py"
    path.write_text(f"{TESTS}\n# one more line\n", encoding="utf-8")
    assert not judge(toy).judged(MATTERS)
    keeping = judge(toy, keep_kills=True)
    assert keeping.judged(MATTERS)
    assert keeping.journal.carried_over == {MATTERS.id}
    assert not keeping.judged(EQUIVALENT)


def test_tests_that_do_not_end_are_a_kill_of_its_own_kind(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "SECONDS", 6.0)
    endless = planted("done += 1", "done += 0")
    judging = judge(toy)
    judging.run([endless])
    killed = judging.first_kill(endless)
    assert killed is not None
    assert killed[1].how == "timeout"


def test_code_that_cannot_be_imported_is_a_kill_of_its_own_kind(toy: Path) -> None:
    broken = planted("def steps(", "def stepping(")
    judging = judge(toy)
    judging.run([broken])
    killed = judging.first_kill(broken)
    assert killed is not None
    assert killed[1].how == "not collected"


def test_a_layer_without_tests_for_a_fault_kills_nothing(toy: Path) -> None:
    judging = judge(toy, OTHER, UNIT)
    judging.run([EQUIVALENT])
    assert judging.first_kill(EQUIVALENT) is None


@pytest.mark.parametrize("fault", [MATTERS, EQUIVALENT])
def test_tests_that_fail_without_a_fault_stop_the_run(toy: Path, fault: Fault) -> None:
    (toy / "tests" / "test_toy.py").write_text("def test_no():\n    assert False\n", encoding="utf-8")
    with pytest.raises(CopyBroken, match=r"Without any fault: failed: tests/test_toy\.py::test_no"):
        judge(toy).run([fault])
    assert not judge(toy).judged(fault)


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
    judging = judge(toy)
    judging.run([EQUIVALENT, MATTERS])
    assert judging.first_kill(EQUIVALENT) is None
    killed = judging.first_kill(MATTERS)
    assert killed is not None
    assert killed[1].test == "tests/test_toy.py::test_the_lower_one"
    assert judging.unreliable == {"tests/test_toy.py::test_sometimes"}


def test_a_selection_without_a_test_stops_the_run(toy: Path) -> None:
    (toy / "tests" / "test_toy.py").write_text("", encoding="utf-8")
    with pytest.raises(CopyBroken, match="No test was run"):
        judge(toy).run([MATTERS])


def test_a_copy_that_runs_code_from_elsewhere_is_refused(toy: Path, tmp_path: Path) -> None:
    (toy / "overlays" / "trustoo" / "__init__.py").unlink()  # so the installed package, which has one, wins
    with pytest.raises(CopyBroken, match="trustoo is imported from"):
        Copy(toy, tmp_path / "copy")


def test_a_run_that_is_ended_from_outside_is_no_kill(toy: Path, tmp_path: Path) -> None:
    copy = Copy(toy, tmp_path / "copy")
    copy.stop()
    with pytest.raises(CopyBroken, match="from outside"):
        copy.run(("tests/test_toy.py",))


def test_the_digest_is_of_what_decides(toy: Path) -> None:
    before = digest(toy)
    (toy / "README.md").write_text("x", encoding="utf-8")
    assert digest(toy) == before
    (toy / TOY).write_text(f"{CODE}\n", encoding="utf-8")
    assert digest(toy) != before


# ---------------------------------------------------------------- faults
def test_a_fault_keeps_its_id_when_other_lines_change() -> None:
    before = list(numbered(python_faults.candidates("overlay", TOY, CODE)))
    moved = list(numbered(python_faults.candidates("overlay", TOY, "import os\n\nLIMIT = 7\n" + CODE)))
    assert {fault.id for fault in before} < {fault.id for fault in moved}


def test_equal_lines_give_different_ids() -> None:
    faults = list(numbered(python_faults.candidates("overlay", TOY, "if a:\n    b()\nif a:\n    b()\n")))
    assert len({fault.id for fault in faults}) == len(faults) == 2


def test_what_cannot_matter_gets_no_fault() -> None:
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
    found = [(fault.operator, fault.text) for fault in python_faults.candidates("overlay", TOY, noise)]
    assert found == [("AddNot", "if isinstance(d, int | str):")]


def test_a_draw_is_even_and_moves_with_nothing_but_its_own_line() -> None:
    files = {name: "".join(f"if a{n} == {n}:\n    pass\n" for n in range(20)) for name in ("a.py", "b.py")}
    faults = [f for name, text in files.items() for f in numbered(python_faults.candidates("overlay", name, text))]
    chosen = draw(faults, 10, 1, lambda fault: fault.file)
    assert Counter(fault.file for fault in chosen) == {"a.py": 5, "b.py": 5}
    assert len({(fault.file, fault.line) for fault in chosen}) == 10
    assert draw(reversed(faults), 10, 1, lambda fault: fault.file) == chosen
    assert draw(faults, 10, 2, lambda fault: fault.file) != chosen
    gone = chosen[3]
    others = [fault for fault in faults if (fault.file, fault.line) != (gone.file, gone.line)]
    assert set(chosen) - set(draw(others, 10, 1, lambda fault: fault.file)) == {gone}


@pytest.fixture(scope="module")
def project() -> Project:
    """This project, whose faults take seconds to find."""
    return Project(ROOT)


def test_the_projects_draw_is_large_valid_and_reaches_everything(project: Project) -> None:
    faults = project.draw(1, SHARES)
    assert len(faults) == len({fault.id for fault in faults}) == sum(SHARES.values()) >= 300
    for fault in faults:
        assert fault.apply(project.text(fault.file)) != project.text(fault.file)
        assert order(fault)
    modules = {fault.file for fault in project.faults["overlay"]}
    missed = modules - {fault.file for fault in faults if fault.kind == "overlay"}
    assert not [fault for fault in project.faults["overlay"] if fault.file in missed and project._fits(fault)]
    assert {fault.operator for fault in project.faults["spec"]} == {f.operator for f in faults if f.kind == "spec"}
    assert project.by_id(faults[-1].id) == faults[-1]
    with pytest.raises(LookupError, match="no fault 0000"):
        project.by_id("0000")


def test_a_fault_of_generated_code_belongs_to_the_operation_of_its_line(project: Project) -> None:
    owners = {(fault.file, fault.operator, fault.text): fault.operation for fault in project.faults["generated"]}
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
def test_a_fault_of_the_description_changes_one_thing_and_belongs_to_its_operation(
    operator: str, after: list[str]
) -> None:
    faults = [fault for fault in spec_faults.candidates("openapi.yaml", SPEC) if fault.operator == operator]
    assert {fault.operation for fault in faults} == {"things.list"}
    shown = [[line for line in fault.shown(SPEC).splitlines() if line.startswith("+")] for fault in faults]
    assert ["\n".join(line[1:].strip() for line in lines) for lines in shown] == after
    for fault in faults:
        assert yaml.safe_load(fault.apply(SPEC)) != yaml.safe_load(SPEC)


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
def test_a_fault_of_generated_code_is_what_its_name_says(operator: str, expected: str) -> None:
    found = code_faults.candidates("generated", "x.py", GENERATED, lambda _: None, decoded=True)
    assert any(expected in fault.apply(GENERATED) for fault in found if fault.operator == operator)


def test_models_that_are_only_built_by_hand_get_no_faults_of_type() -> None:
    found = code_faults.candidates("generated", "x.py", GENERATED, lambda _: None, decoded=False)
    assert not {"wrong-type", "null-refused"} & {fault.operator for fault in found}


def test_a_fault_of_a_template_leaves_comments_and_docstrings_alone() -> None:
    text = '{# if a == b #}\n"""True and False"""\n{% if a %}\nx=x,\n{% endif %}\n'
    found = [fault.apply(text) for fault in template_faults.candidates("x.jinja", text)]
    assert found == [text.replace("if a %}", "if not (a) %}"), text.replace("x=x,", "")]


# ---------------------------------------------------------------- what is kept
def entry(number: int, outcome: str, layer: str | None = None) -> dict[str, Any]:
    common = {"kind": "overlay", "file": TOY, "operator": "x", "line": "y", "test": None}
    return {"id": f"{number:04}", "outcome": outcome, "layer": layer, "noticed": [layer] if layer else [], **common}


@pytest.fixture
def place(tmp_path: Path) -> report.Place:
    """A result of 98 kills, two equivalent faults, a survivor and one that was never generated, kept."""
    found = report.Place(tmp_path)
    found.result.parent.mkdir(parents=True)
    found.page.parent.mkdir()
    found.page.write_text(f"# Page\n{report.BEGIN}\n{report.END}\nend\n", encoding="utf-8")
    found.verdicts.write_text(
        "'0098': {verdict: equivalent, why: It is.}\n'0099': {verdict: survives, why: It does.}\n", encoding="utf-8"
    )
    entries = [entry(n, "failed", "unit") for n in range(97)] + [entry(97, "timeout", "fake")]
    entries += [entry(98, "survived"), entry(99, "survived"), entry(100, "not generated", "generate")]
    entries += [entry(101, "same bytes")]
    assert report.keep(found, {"seed": 1, "tree": "x", "carried_over": 0, "faults": entries}) is None
    return found


def wrong(place: report.Place) -> list[str]:
    return report.problems(place, {f"{n:04}" for n in range(102)}, lambda _: False)


def test_equivalent_and_never_generated_faults_do_not_count_and_timeouts_do(place: report.Place) -> None:
    result, verdicts = place.read()
    assert result is not None
    assert report.score(report.counts(result, verdicts)) == 98 / 99
    assert result["floor"] == 0.989
    shown = place.page.read_text(encoding="utf-8")
    assert "**99.0%** of 99 faults" in shown
    assert "| all | 102 | 97 | 1 | 1 | 2 | 1 | 99.0% |" in shown
    assert shown.startswith("# Page\n")
    assert shown.endswith("\nend\n")
    assert wrong(place) == []


def change(place: report.Place, **changes: Any) -> None:
    result, verdicts = place.read()
    assert result is not None
    result |= changes
    place.result.write_text(json.dumps(result), encoding="utf-8")
    place.page.write_text(report.page(place.page.read_text(encoding="utf-8"), result, verdicts), encoding="utf-8")


def test_a_score_below_the_goal_or_below_what_it_was_is_a_problem(place: report.Place) -> None:
    change(place, floor=0.995)
    assert wrong(place) == ["99.0% of the faults are noticed; it was 99.5%."]
    change(place, floor=0.0, faults=[entry(1, "failed", "unit"), entry(99, "survived")])
    assert "50.0% of the faults are noticed; the goal is 97%." in wrong(place)


def test_a_worse_result_is_not_kept(place: report.Place) -> None:
    before = place.result.read_bytes()
    worse = {"seed": 1, "tree": "y", "carried_over": 0, "faults": [entry(99, "survived")]}
    assert report.keep(place, worse) == "Not kept: 0.0% of the faults are noticed, and it was 98.9%."
    assert place.result.read_bytes() == before


@pytest.mark.parametrize(
    ("verdicts", "problem"),
    [
        ("'0098': {verdict: equivalent, why: It is.}", r"Nobody said why 0099 survived .*make strength FAULT=0099"),
        ("'0099': {verdict: equivalent}", "The verdict on 0099 needs"),
        ("'0001': {verdict: equivalent, why: x}", "0001 has a verdict, but unit kills it"),
        ("'7777': {verdict: equivalent, why: x}", "There is no fault 7777 any more"),
    ],
)
def test_a_verdict_that_is_missing_or_wrong_is_a_problem(place: report.Place, verdicts: str, problem: str) -> None:
    place.verdicts.write_text(verdicts, encoding="utf-8")
    assert any(re.search(problem, one) for one in wrong(place))


def test_a_page_or_a_result_of_yesterday_is_a_problem(place: report.Place) -> None:
    place.page.write_text(place.page.read_text(encoding="utf-8").replace("99.0%", "99.9%"), encoding="utf-8")
    assert wrong(place) == ["docs/mutation.md does not show the kept result; run `make strength`."]
    assert any(
        one.startswith("Only 20% of the faults drawn now")
        for one in report.problems(place, {"0001", *"abcd"}, lambda _: True)
    )
    place.result.unlink()
    assert wrong(place) == ["result.json is missing; run `make strength`."]


def test_the_journal_survives_a_restart(tmp_path: Path) -> None:
    outcome = Outcome(True, "failed", "tests/test_x.py::test_é", 1.5)
    Journal(tmp_path / "j", "tree").put("a", "unit", outcome)
    assert Journal(tmp_path / "j", "tree").get("a", "unit") == outcome
    assert Journal(tmp_path / "j", "other").get("a", "unit") is None
