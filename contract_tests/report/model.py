"""The content of a report, as plain data. It is written to `contract.json`, and the page and the summary show it."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass
class Cell:
    """The checks of one operation in one layer.

    Attributes:
        cases: the cases that the tests counted. A test that counts none has one case for each call, and at least one.
        tests: the tests of only this operation. Tests of several operations are in the row of the whole client.
        failed: the tests that failed.
    """

    cases: int = 0
    tests: int = 0
    failed: int = 0

    def add(self, cases: int, tests: int, failed: int) -> None:
        """Add the figures of another test."""
        self.cases, self.tests, self.failed = self.cases + cases, self.tests + tests, self.failed + failed


@dataclass
class Layer:
    """A file of tests: `prism/positive` is contract_tests/prism/test_positive.py. `about` is what it says of itself."""

    name: str
    tests: int = 0
    failed: int = 0
    skipped: int = 0
    not_run: int = 0
    seconds: float = 0.0
    about: str = ""

    def add(self, other: "Layer") -> None:
        """Add the figures of the same layer in another run."""
        for name in ("tests", "failed", "skipped", "not_run", "seconds"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def folder(self) -> str:
        """The part before the file's own name."""
        return self.name.rpartition("/")[0]

    @property
    def file(self) -> str:
        """The file's own name."""
        return self.name.rpartition("/")[2]


@dataclass
class Member:
    """A parameter, or a member of a body or response, with its figures in distinct requests or responses.

    Attributes:
        name: `page`, or a path such as `data.list[].rating`.
        place: path, query, body or response.
        present, absent: the number of objects with and without the member.
        distinct: the number of different values.
        values: the values that the spec lists, and whether each was seen. `closed` is true for an enum.
        limits: limits such as `maxLength 300`, and whether a value equal to the limit was seen.
    """

    name: str
    place: str
    required: bool
    present: int = 0
    absent: int = 0
    distinct: int = 0
    values: dict[str, bool] = field(default_factory=dict)
    closed: bool = False
    limits: dict[str, bool] = field(default_factory=dict)


@dataclass
class Share:
    """`met` of `total`."""

    met: int = 0
    total: int = 0

    @property
    def whole(self) -> bool:
        """Whether `met` equals `total`."""
        return self.met == self.total


@dataclass
class Coverage:
    """How much of an operation's spec the client's requests and the responses covered.

    Attributes:
        calls: the number of all calls. `requests` and `responses` count the different ones.
        unknown_sent, unknown_received: the number of requests and responses with members that are not in the spec.
        codes: the known codes of the envelope, and the number of responses with each. `statuses`: the same for HTTP.
        examples: the examples in the spec, and whether each was sent or received.
    """

    calls: int = 0
    requests: int = 0
    responses: int = 0
    unknown_sent: int = 0
    unknown_received: int = 0
    sent: list[Member] = field(default_factory=list)
    received: list[Member] = field(default_factory=list)
    codes: dict[str, int] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    examples: dict[str, bool] = field(default_factory=dict)

    def shares(self) -> dict[str, Share]:
        """The coverage as shares, by kind, in the order of the table on the page."""
        optional = [member for member in self.sent if not member.required]
        values = [met for member in self.sent for met in member.values.values()]
        limits = [met for member in self.sent for met in member.limits.values()]
        return {
            "sent": Share(sum(member.present > 0 for member in self.sent), len(self.sent)),
            "optional": Share(sum(m.present > 0 and m.absent > 0 for m in optional), len(optional)),
            "values": Share(sum(values), len(values)),
            "limits": Share(sum(limits), len(limits)),
            "received": Share(sum(member.present > 0 for member in self.received), len(self.received)),
            "codes": Share(sum(number > 0 for number in self.codes.values()), len(self.codes)),
            "examples": Share(sum(self.examples.values()), len(self.examples)),
        }


SHARES = {
    "sent": "Inputs sent",
    "optional": "Optional inputs sent and left out",
    "values": "Listed values sent",
    "limits": "Limits reached",
    "received": "Response members received",
    "codes": "Codes received",
    "examples": "Examples sent or received",
}
"""Headings of the shares."""


@dataclass
class OperationReport:
    """A row of the report: an operation with its evidence grade, its cells by layer, and its coverage."""

    id: str
    method: str
    path: str
    grade: str
    cells: dict[str, Cell] = field(default_factory=dict)
    coverage: Coverage = field(default_factory=Coverage)


@dataclass
class Failure:
    """A test that failed, with its redacted message and a command that runs it again."""

    test: str
    layer: str
    phase: str
    message: str
    repeat: str
    operations: list[str] = field(default_factory=list)


@dataclass
class SlowTest:
    """A test with its duration. The set-up of a shared fixture counts for the first test that needs the fixture.

    Attributes:
        test: the name in its file, with its parameters.
    """

    test: str
    layer: str
    seconds: float
    operations: list[str] = field(default_factory=list)


SLOWEST = 10
"""The number of the slowest tests that a report names."""


@dataclass
class Mutation:
    """The kept result of `make mutation`.

    Attributes:
        killed, total: how many of the counted mutants the tests killed.
        floor: the least score that a later result may have, 0 to 1.
        seed: the seed that drew the mutants.
        tree: the digest of the code, spec and tests that the mutants were made of.
        tree_now: the digest at the time of the report.
    """

    killed: int
    total: int
    floor: float
    seed: int
    tree: str
    tree_now: str

    @property
    def score(self) -> float:
        """The share of killed mutants, 0 to 1."""
        return self.killed / self.total if self.total else 0.0

    @property
    def older(self) -> bool:
        """Whether the code, the spec or a test changed after the result."""
        return self.tree != self.tree_now

    @property
    def figures(self) -> str:
        """What the score counts, in a sentence."""
        return (
            f"The tests killed {self.killed} of {self.total} mutants, drawn with seed {self.seed}. "
            f"The next result must reach {self.floor:.1%}."
        )

    @property
    def age(self) -> str:
        """Which state of the project the result is of, in a sentence."""
        if self.older:
            return (
                f"The result is older than the code or the tests: their digest was {self.tree}, and it is "
                f"{self.tree_now} now. Run make mutation to measure again."
            )
        return f"The result is of this state of the code and the tests (digest {self.tree})."


@dataclass
class Run:
    """The options and the environment of a run. `restarted` says how often Prism was restarted, if it was."""

    seed: int
    cases: int
    command: str
    started: str = ""
    """ISO 8601, UTC."""
    commit: str = ""
    """The commit of the project, with `-dirty` if files differed from it. Empty without git."""
    seconds: float = 0.0
    versions: dict[str, str] = field(default_factory=dict)
    restarted: str = ""


@dataclass
class Totals:
    """Tests by outcome, and calls over the wire."""

    collected: int = 0
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    calls: int = 0


@dataclass(frozen=True)
class HistoryEntry:
    """The figures of an earlier complete run: a line of history.jsonl.

    Attributes:
        date: when the run started. ISO 8601, UTC.
        spec: the version of openapi.yaml.
        fuzzed: the number of fuzzed cases for each operation.
        tests: the tests that passed.
        mutation: the kept mutation score at the time, 0 to 1. None if there was none.
        mutation_older: whether that score was of an earlier state of the code.
    """

    date: str
    commit: str
    spec: str
    fuzzed: int
    operations: int
    tests: int
    cases: int
    calls: int
    mutation: float | None
    mutation_older: bool


@dataclass
class Report:
    """One run of the contract suite.

    Attributes:
        outcome: passed, failed, or empty if no test ran.
        partial: why the run was not complete. [] for a complete run.
        client: the cells of tests that do not belong to one operation.
        slowest: the slowest tests, the slowest first. At most SLOWEST.
        unchecked: the cells of the terminal's table that stayed empty in a complete run.
        notes: the number of expected exceptions by reason. These calls ended differently from the others of their kind.
        history: the last kept runs, the oldest first.
    """

    run: Run
    outcome: Literal["passed", "failed", "empty"] = "empty"
    partial: list[str] = field(default_factory=list)
    totals: Totals = field(default_factory=Totals)
    layers: list[Layer] = field(default_factory=list)
    operations: list[OperationReport] = field(default_factory=list)
    client: dict[str, Cell] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    slowest: list[SlowTest] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    notes: dict[str, int] = field(default_factory=dict)
    mutation: Mutation | None = None
    history: list[HistoryEntry] = field(default_factory=list)

    @property
    def cases(self) -> int:
        """The cases of all cells."""
        rows = [self.client, *(row.cells for row in self.operations)]
        return sum(cell.cases for cells in rows for cell in cells.values())

    def add_slow(self, *tests: SlowTest) -> None:
        """Keep these tests if they are among the slowest."""
        self.slowest = sorted([*self.slowest, *tests], key=lambda test: -test.seconds)[:SLOWEST]

    def join(self, other: "Report") -> None:
        """Add the layers of a later run, such as a run of the same tests against another server.

        The coverage of this run stays. The later run's reasons for being partial are added, except SOME_FILES.
        """
        self.run.seconds += other.run.seconds
        self.failures += other.failures
        self.add_slow(*other.slowest)
        layers = {layer.name: layer for layer in self.layers}
        for layer in other.layers:
            layers.setdefault(layer.name, Layer(layer.name, about=layer.about)).add(layer)
        self.layers = list(layers.values())
        rows = {row.id: row.cells for row in self.operations}
        for cells, others in ((self.client, other.client), *((rows[row.id], row.cells) for row in other.operations)):
            for name, cell in others.items():
                cells.setdefault(name, Cell()).add(cell.cases, cell.tests, cell.failed)
        for name in ("collected", "passed", "failed", "skipped", "calls"):
            setattr(self.totals, name, getattr(self.totals, name) + getattr(other.totals, name))
        self.partial += [why for why in other.partial if why not in (*self.partial, SOME_FILES)]
        self.notes = {
            name: self.notes.get(name, 0) + other.notes.get(name, 0) for name in {**self.notes, **other.notes}
        }
        if "failed" in (self.outcome, other.outcome):
            self.outcome = "failed"


SOME_FILES = "only some files or tests were asked for"
"""The reason if a run did not get the whole suite. A joined run always has this reason."""
