"""The end of a command: its exit code, and an error message if the command failed."""

from __future__ import annotations

import errno
import inspect
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec

import typer

from .. import CREDENTIAL_VARIABLES, redact
from ..errors import (
    APIError,
    ArgumentError,
    ConfigurationError,
    OutcomeUnknownError,
    ResponseError,
    TransportError,
    TrustooError,
    UnauthenticatedError,
)
from ..oauth import AuthorizationLostError, ClientRefusedError, TokenRefreshError
from .codes import Exit
from .files import OUT_OF_SPACE
from .output import Output

__all__ = [
    "CLIENT_SECRET",
    "Exit",
    "can_ask",
    "command",
    "confirm",
    "exit_code",
    "response_of",
    "show_stop",
    "shown",
    "stoppable",
    "this_command",
    "unwrapped",
]

P = ParamSpec("P")
CLIENT_SECRET = "TRUSTOO_CLIENT_SECRET"
REMEDIES = (
    (re.compile(r"Pass (?:one kind to the client,|\w+=) or set "), "Set "),
    (
        re.compile(r"Pass a new session with with_options\(\S+\)"),
        f"Set {CREDENTIAL_VARIABLES['merchant_session']} anew",
    ),
    (re.compile(r"the proxy and base_url"), "the proxy and --base-url"),
    (re.compile(r"Send fewer requests; rate= limits them\."), "Send fewer requests."),
    (re.compile(r"Send the merchant to authorize_url\(\)"), "Run trustoo oauth login"),
    (re.compile(r"see authorize_url\(\)"), "see trustoo oauth login"),
)
"""Remedies of the client for programs, and what to do at the command line."""
SECRET_VARIABLES = (*(name for kind, name in CREDENTIAL_VARIABLES.items() if kind != "public_token"), CLIENT_SECRET)


def exit_code(error: TrustooError) -> Exit:
    """The exit code of a command that fails with `error`."""
    match error:
        case OutcomeUnknownError():
            return Exit.UNKNOWN
        case UnauthenticatedError() | AuthorizationLostError() | ClientRefusedError():
            return Exit.REFUSED
        case TransportError():
            return Exit.UNREACHABLE
        case TokenRefreshError(__cause__=OutcomeUnknownError(__cause__=TransportError()) | TransportError()):
            return Exit.UNREACHABLE
        case ConfigurationError() | ArgumentError():
            return Exit.USAGE
    return Exit.FAILED


def response_of(error: TrustooError) -> ResponseError | None:
    """The response that the error is about; None if no response arrived."""
    if isinstance(error, OutcomeUnknownError):
        return error.response
    return error if isinstance(error, ResponseError) else None


def shown(error: BaseException) -> str:
    """The error message, without the secrets in the environment, and with remedies of the command line."""
    notes = getattr(error, "__notes__", [])
    text = " ".join([str(error) if not notes else f"{str(error).removesuffix('.')}.", *notes])
    for of_programs, of_commands in REMEDIES:
        text = of_programs.sub(of_commands, text)
    return redact(text, [os.environ.get(name, "") for name in SECRET_VARIABLES])


def show_stop(error: BaseException, advice: str = "Run the same command again to continue.") -> None:
    """Print why a run ended before its end, and how to continue: an error, or Ctrl-C."""
    if isinstance(error, KeyboardInterrupt):
        Output().note(f"Interrupted. {advice}")
    elif isinstance(error, OSError):
        file = f"{error.filename}: " if error.filename else ""
        reason = f"{file}{error.strerror or type(error).__name__}."
        Output().error(" ".join(["Stopped:", reason, *getattr(error, "__notes__", []), advice]))
    else:
        Output().error(f"Stopped: {shown(error)} {advice}")


def this_command(*, without: str = "", added: str = "") -> str:
    """This process's command as text for the shell, `without` and with an `added` option."""
    words = ["trustoo", *(word for word in sys.argv[1:] if word != without), *filter(None, [added])]
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


@contextmanager
def stoppable() -> Iterator[None]:
    """Treat SIGTERM like Ctrl-C while the block runs."""
    if threading.current_thread() is not threading.main_thread():  # only the main thread gets signals
        yield
        return
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def command(function: Callable[P, int | None]) -> Callable[P, None]:
    """Turn a function into a command. Errors become a message on standard error and an exit code.

    `function` returns an exit code, or None for 0. If its option `as_json` is set, the message is a JSON object.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        code = int(Exit.DONE)
        try:
            with stoppable():
                code = function(*args, **kwargs) or code
            sys.stdout.flush()
        except TrustooError as error:
            code = exit_code(error)
            _report(error, code, as_json=bool(kwargs.get("as_json")))
        except (KeyboardInterrupt, typer.Abort) as error:  # Abort: Ctrl-C at a question
            Output().note(" ".join(["Interrupted.", *getattr(error, "__notes__", [])]))
            code = Exit.INTERRUPTED
        except OSError as error:  # of standard output, since errors of files are TrustooErrors
            if _is_broken_pipe(error):
                code = Exit.BROKEN_PIPE
            elif error.errno in OUT_OF_SPACE:
                code = Exit.FAILED
                Output().error(f"The output cannot be written: {error.strerror}.")
            else:
                raise
            _discard_output()
        if code:
            raise typer.Exit(int(code))

    run.__doc__ = unwrapped(function.__doc__)
    return run


def unwrapped(text: str | None) -> str:
    """A docstring as help text. Line breaks inside paragraphs are removed, because rich would keep them."""
    paragraphs = inspect.cleandoc(text or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split("\n")) for paragraph in paragraphs)


def can_ask() -> bool:
    """Whether somebody can answer questions: whether standard input is a terminal."""
    return sys.stdin.isatty()


def confirm(question: str, yes: bool, *, reads_input: bool = False) -> None:
    """Ask before something is changed. The answer "no" ends the command. Raises ArgumentError if nobody can answer."""
    if yes:
        return
    if reads_input or not can_ask():
        raise ArgumentError(
            f"{question} This needs a confirmation, but standard input is not a terminal. "
            "Use --yes to do it without a question."
        )
    if not typer.confirm(question, err=True):
        Output().note("Nothing was changed.")
        raise typer.Exit(int(Exit.FAILED))


def _report(error: TrustooError, code: int, *, as_json: bool) -> None:
    if not as_json:
        Output().error(shown(error))
        return
    about: dict[str, Any] = {"error": shown(error), "kind": type(error).__name__, "exit_code": int(code)}
    response = response_of(error)
    if response is not None:
        about |= {"operation": response.operation, "status": response.status, "request_id": response.request_id}
    if isinstance(response, APIError):
        about["code"] = response.code
    print(json.dumps(about, ensure_ascii=False), file=sys.stderr)


def _is_broken_pipe(error: OSError) -> bool:
    # Windows raises EINVAL if the reader of a pipe has gone. The error then has no file name.
    return isinstance(error, BrokenPipeError) or (
        sys.platform == "win32" and error.errno == errno.EINVAL and error.filename is None
    )


def _discard_output() -> None:
    """Neither the command nor the interpreter's last flush may write to standard output again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
