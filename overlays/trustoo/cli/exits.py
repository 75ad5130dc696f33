"""How a command ends: its exit code, and one sentence where it failed."""

from __future__ import annotations

import errno
import inspect
import json
import os
import sys
from collections.abc import Callable
from enum import IntEnum
from functools import wraps
from typing import Any, NoReturn, ParamSpec

import typer

from .._redaction import redact
from ..credentials import ENVIRONMENT
from ..errors import (
    APIError,
    ArgumentError,
    ConfigurationError,
    OutcomeUnknownError,
    ResponseError,
    TransportError,
    TrustooError,
    UnauthenticatedError,
    WrongClientError,
)
from ..oauth import AuthorizationLostError
from .output import Output

__all__ = ["CLIENT_SECRET", "MEANINGS", "Exit", "command", "confirm", "exit_code", "shown", "unwrapped"]

P = ParamSpec("P")
CLIENT_SECRET = "TRUSTOO_CLIENT_SECRET"
SECRET_VARIABLES = (*(name for kind, name in ENVIRONMENT.items() if kind != "public_token"), CLIENT_SECRET)


class Exit(IntEnum):
    """Exit codes; docs/cli.md lists them."""

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
    Exit.FAILED: "something failed, or a part of several things",
    Exit.USAGE: "wrong arguments, settings or input; nothing was sent",
    Exit.REFUSED: "the credentials were not accepted",
    Exit.UNREACHABLE: "the service gave no answer",
    Exit.UNKNOWN: "a write may have been carried out, or not: look before you repeat it",
    Exit.INTERRUPTED: "interrupted",
    Exit.BROKEN_PIPE: "whoever read the output stopped reading",
}


def exit_code(error: TrustooError) -> Exit:
    """The code that a command ends with because of `error`."""
    match error:
        case OutcomeUnknownError():
            return Exit.UNKNOWN
        case UnauthenticatedError() | AuthorizationLostError():
            return Exit.REFUSED
        case TransportError():
            return Exit.UNREACHABLE
        case ConfigurationError() | ArgumentError() | WrongClientError():
            return Exit.USAGE
    return Exit.FAILED


def shown(error: BaseException) -> str:
    """The error's sentence, without any of the environment's secrets."""
    notes = getattr(error, "__notes__", [])
    return redact(" ".join([str(error), *notes]), [os.environ.get(name, "") for name in SECRET_VARIABLES])


def command(function: Callable[P, int | None]) -> Callable[P, None]:
    """A command whose errors become a sentence on standard error and an exit code.

    `function` returns an exit code, None for 0. With its option `as_json` the sentence is a JSON object.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        code = int(Exit.DONE)
        try:
            code = function(*args, **kwargs) or code
            sys.stdout.flush()
        except TrustooError as error:
            code = exit_code(error)
            _tell(error, code, as_json=bool(kwargs.get("as_json")))
        except (KeyboardInterrupt, typer.Abort):  # the second: at a question
            Output().note("Interrupted.")
            code = Exit.INTERRUPTED
        except OSError as error:
            if not _is_broken_pipe(error):
                raise
            _leave_pipe()
        if code:
            raise typer.Exit(int(code))

    run.__doc__ = unwrapped(function.__doc__)
    return run


def unwrapped(text: str | None) -> str:
    """A docstring as help: rich keeps the line breaks of its paragraphs."""
    paragraphs = inspect.cleandoc(text or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split("\n")) for paragraph in paragraphs)


def confirm(question: str, yes: bool, *, reads_input: bool = False) -> None:
    """Ask before something is deleted. Raises ConfigurationError where nobody can be asked, and ends on a no."""
    if yes:
        return
    if reads_input or not sys.stdin.isatty():
        raise ConfigurationError("Nobody can be asked here; --yes deletes without asking.")
    if not typer.confirm(question, err=True):
        Output().note("Nothing was deleted.")
        raise typer.Exit(int(Exit.FAILED))


def _tell(error: TrustooError, code: int, *, as_json: bool) -> None:
    if not as_json:
        Output().error(shown(error))
        return
    about: dict[str, Any] = {"error": shown(error), "kind": type(error).__name__, "exit_code": int(code)}
    if isinstance(error, ResponseError):
        about |= {"operation": error.operation, "status": error.status, "request_id": error.request_id}
    if isinstance(error, APIError):
        about["code"] = error.code
    print(json.dumps(about, ensure_ascii=False), file=sys.stderr)


def _is_broken_pipe(error: OSError) -> bool:
    # Windows says EINVAL when the reader of a pipe has gone; then the error names no file.
    return isinstance(error, BrokenPipeError) or (
        sys.platform == "win32" and error.errno == errno.EINVAL and error.filename is None
    )


def _leave_pipe() -> NoReturn:
    """End without a word: neither we nor the interpreter's last flush may write to the pipe again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise typer.Exit(int(Exit.BROKEN_PIPE))
