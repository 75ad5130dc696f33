"""The Prism of a run, for the summary and the report."""

from collections.abc import Iterator

from tools.mock.running import Served
from tools.mock.server import PrismMock

started: PrismMock | None = None
"""The Prism that this run started."""
elsewhere: Served | None = None
"""What the Prism of `--mock` serves."""


def version() -> str:
    """What really served: the version of Prism, and what ran it."""
    served = elsewhere if started is None else started.served
    if served is None:
        return "not used"
    where = "the running one of MOCK" if started is None else f"started with {started.engine}"
    return f"{served.prism or 'of an unknown version'} ({where})"


def restarted() -> str:
    """How often the run had to restart its Prism, as a sentence for the reader; empty if never."""
    times = 0 if started is None else started.restarts
    if not times:
        return ""
    return (
        f"Prism was restarted {times} time{'' if times == 1 else 's'}: it had ended or did not respond. "
        "A test that failed just before a restart may have failed for that reason."
    )


def notices() -> Iterator[str]:
    """What the reader of the summary must know about the Prism that this run started."""
    if started is not None and started.notice is not None:
        yield started.notice
    if sentence := restarted():
        yield sentence
