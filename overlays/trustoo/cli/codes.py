"""The exit codes of commands."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["MEANINGS", "Exit"]


class Exit(IntEnum):
    """The exit codes. docs/cli.md lists their meanings."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    UNREACHABLE = 4
    UNKNOWN = 5
    INTERRUPTED = 130
    BROKEN_PIPE = 141


MEANINGS = {
    Exit.DONE: "done",
    Exit.FAILED: "the command failed, or a part of it",
    Exit.USAGE: "arguments, settings or input are invalid; nothing was sent",
    Exit.REFUSED: "the service did not accept the credentials",
    Exit.UNREACHABLE: "the service did not respond",
    Exit.UNKNOWN: "a write may or may not have been carried out: check before you retry it",
    Exit.INTERRUPTED: "interrupted",
    Exit.BROKEN_PIPE: "the reader of the output closed the pipe",
}
