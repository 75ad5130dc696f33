"""What is known of a server that responds differently from the spec."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """Why a server refuses a valid call, or accepts an invalid one.

    Attributes:
        reason: for the table at the end of a run.
        code: what it refuses with; None: anything that the client reports as an error.
    """

    reason: str
    code: int | None = None
