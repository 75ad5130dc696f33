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


def notices() -> Iterator[str]:
    """What the reader of the summary must know about the Prism that this run started."""
    if started is None:
        return
    if started.notice is not None:
        yield started.notice
