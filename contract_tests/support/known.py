"""Known differences between a server and the spec."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """The reason why a server refuses a valid call or accepts an invalid call.

    Attributes:
        reason: the reason for the table at the end of a run.
        code: the code of the refusal; None if any error that the client reports is expected.
    """

    reason: str
    code: int | None = None
