"""A long run with far more inputs and faults than a contract run has time for. Prints a table of the outcomes."""

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from trustoo_api.errors import ResponseDecodeError

from contract_tests.properties import sockets
from contract_tests.properties.decoding import DOCUMENTED, check, explore
from contract_tests.properties.faults import WRITES, Case
from contract_tests.properties.inputs import KINDS, Input
from contract_tests.properties.sockets import CLIENTS
from contract_tests.support.spec import OPERATIONS

PROCESSES = 2
BATCH = 250
"""The number of cases that a process runs at a time."""
IN_PROCESS = 10
"""For this number of writes over sockets, one write is made in process."""
ENDS = ("value", *(kind.__name__ for kind in DOCUMENTED), ResponseDecodeError.__name__)
FIGURES = ("writes", "processed once", "not processed", "outcome unknown", "sent twice", "reads", "reads retried")


@dataclass(frozen=True)
class Row:
    """The outcomes of one operation's inputs or of some fault cases. `failures` contain the commands to repeat them."""

    name: str
    counts: Counter[str]
    failures: tuple[str, ...] = ()


def decode_row(operation: str, *, inputs: int, seed: int) -> Row:
    """Check all inputs of one operation."""
    counts: Counter[str] = Counter()
    failures = []
    for kind in KINDS:
        try:
            for strict in (False, True):
                counts += explore(operation, kind, -(-inputs // (2 * len(KINDS))), seed, strict)
        except AssertionError as error:
            failures.append(str(error))
    return Row(operation, counts, tuple(failures))


def fault_row(numbers: range, *, seed: int) -> Row:
    """Run the fault cases with these numbers."""
    figures: Counter[str] = Counter()
    failures = []
    for number in numbers:
        try:
            figures += Case(seed, number).check()
        except AssertionError as error:
            failures.append(str(error))
            figures["sent twice"] += "a write was carried out" in str(error)
    return Row("in process", figures, tuple(failures))


def socket_row(batch: tuple[str, range], *, seed: int) -> Row:
    """Make the calls of one client with these numbers over real sockets. The first failure ends the batch."""
    client, numbers = batch
    try:
        return Row(client, sockets.check(client, numbers, seed))
    except AssertionError as error:
        return Row(client, Counter({"sent twice": "a write was carried out" in str(error)}), (str(error),))


def batches_of(number: int) -> list[range]:
    """Return ranges that together have the numbers below `number`."""
    return [range(start, min(start + BATCH, number)) for start in range(0, number, BATCH)]


def table(header: Iterable[str], rows: Iterable[tuple[str, Iterable[int]]]) -> str:
    """Return the figures in columns, with a line of sums."""
    head, lines = list(header), [(name, list(numbers)) for name, numbers in rows]
    lines.append(("all", [sum(column) for column in zip(*(numbers for _, numbers in lines), strict=True)]))
    first = max(len(name) for name, _ in lines) + 2
    widths = [max(len(name), 7) + 2 for name in head[1:]]
    text = [f"{head[0]:{first}}" + "".join(f"{n:>{w}}" for n, w in zip(head[1:], widths, strict=True))]
    for name, numbers in lines:
        text.append(f"{name:{first}}" + "".join(f"{n:>{w}}" for n, w in zip(numbers, widths, strict=True)))
    return "\n".join(text)


def run(operations: list[str], inputs: int, writes: int, seed: int) -> bool:
    """Run everything in several processes. Return whether no problem was found."""
    began = time.monotonic()
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        print(f"decoding, seed {seed}")
        decoded = list(pool.imap(partial(decode_row, inputs=inputs, seed=seed), operations)) if inputs else []
        if decoded:
            rows = [
                (row.name, (row.counts.total(), *(row.counts[end] for end in ENDS), len(row.failures)))
                for row in decoded
            ]
            print(table(("operation", "inputs", *ENDS, "undocumented or untrue"), rows))
            print(f"{time.monotonic() - began:.0f} s\n", flush=True)
        began = time.monotonic()
        print(f"faults, seed {seed}")
        met = list(pool.imap(partial(fault_row, seed=seed), batches_of(-(-writes // WRITES // IN_PROCESS))))
        calls = -(-writes * 10 // 9 // len(CLIENTS))  # one call of ten is a read
        work = [(client, numbers) for numbers in batches_of(calls) for client in CLIENTS]
        real = list(pool.imap(partial(socket_row, seed=seed), work))
    summed = [
        Row(name, sum((row.counts for row in (*met, *real) if row.name == name), Counter[str]()))
        for name in ("in process", *CLIENTS)
    ]
    if writes:
        print(table(("calls", *FIGURES), [(row.name, [row.counts[name] for name in FIGURES]) for row in summed]))
        print(f"{time.monotonic() - began:.0f} s")
    failures = [failure for row in (*decoded, *met, *real) for failure in row.failures]
    for failure in failures[:20]:
        print(f"\nFAILED {failure}")
    return not failures


def main(arguments: list[str] | None = None) -> int:
    """Run the requested checks. Return 1 if a problem was found, else 0."""
    parser = argparse.ArgumentParser(prog="python -m contract_tests.properties.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=7500, help="number of inputs for each operation")
    parser.add_argument(
        "--writes", type=int, default=100_000, help="number of writes over sockets; a tenth as many are made in process"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=OPERATIONS, help="decode the responses of one operation")
    parser.add_argument("--replay", metavar="TOKEN", help="check one input of --only again, by the token of a failure")
    parser.add_argument("--strict", action="store_true", help="check --replay with a strict client")
    parser.add_argument("--case", type=int, help="make the calls of one fault case again")
    parser.add_argument("--client", choices=CLIENTS, help="make the call of --case over sockets, with this client")
    given = parser.parse_args(arguments)
    if given.replay is not None and given.only is None:
        parser.error("--replay needs --only: the operation that the response is decoded for")
    if given.replay is not None:
        again = Input.of_token(given.replay)
        print(f"HTTP {again.status} {dict(again.headers)} {again.content[:2000]!r}")
        print(check(given.only, again, given.strict))
        return 0
    if given.case is not None:
        if given.client is None:
            figures = Case(given.seed, given.case).check()
        else:
            figures = sockets.check(given.client, range(given.case, given.case + 1), given.seed)
        print("\n".join(f"{name}: {number}" for name, number in figures.items()))
        return 0
    operations = [given.only] if given.only else list(OPERATIONS)
    return 0 if run(operations, given.inputs, given.writes, given.seed) else 1


if __name__ == "__main__":
    sys.exit(main())
