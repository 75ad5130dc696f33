"""The command line: which commands there are, and the options before them."""

from __future__ import annotations

import io
import logging
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from trustoo_api.operations import BASE_URL, SPEC_VERSION

from .._version import __version__
from . import doctor, fake, login, media, reviews, sign, webhooks
from .connection import Connection
from .exits import MEANINGS, unwrapped

__all__ = ["app", "run"]

CODES = "; ".join(f"{code.value} {meaning}" for code, meaning in MEANINGS.items())
RICH: Literal["rich"] | None = "rich" if sys.stdout is not None and sys.stdout.isatty() else None

app = typer.Typer(
    name="trustoo",
    no_args_is_help=True,
    rich_markup_mode=RICH,
    pretty_exceptions_enable=False,  # they would show local variables, and these hold secrets
    epilog=f"Exit codes: {CODES}.",
    context_settings={"help_option_names": ["-h", "--help"]},
    help=unwrapped("""Work with the Trustoo (TrustWILL) Open API: reviews, images, webhooks.

    A shop's tokens are taken from TRUSTOO_PUBLIC_TOKEN and TRUSTOO_PRIVATE_TOKEN, a platform's access token from
    TRUSTOO_ACCESS_TOKEN. `trustoo doctor` says whether they work."""),
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"trustoo {__version__}, API description {SPEC_VERSION}")
        raise typer.Exit


@app.callback(help=app.info.help)
def options(
    context: typer.Context,
    base_url: Annotated[
        str | None, typer.Option(help=f"Where the API lives. Default: TRUSTOO_BASE_URL, else {BASE_URL}.")
    ] = None,
    public_token: Annotated[
        str | None, typer.Option(help="Default: TRUSTOO_PUBLIC_TOKEN. Secrets are read from the environment only.")
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds that a piece of an answer may take.")] = 30.0,
    shop: Annotated[
        str | None, typer.Option(help="Work with the token that `oauth login` saved for this shop.")
    ] = None,
    store: Annotated[
        Path | None, typer.Option(envvar="TRUSTOO_STORE", help="Folder of the tokens that `oauth login` saves.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say what is sent, on standard error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """The options before the command."""
    context.obj = Connection(base_url, public_token, timeout, shop, store)
    if verbose:
        _log(context)


def _log(context: typer.Context) -> None:
    """Show the client's log, which holds no secret, until the command ends."""
    logger, handler = logging.getLogger("trustoo"), logging.StreamHandler(sys.stderr)
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)

    def undo() -> None:
        logger.removeHandler(handler)
        logger.setLevel(before)

    context.call_on_close(undo)


app.command("doctor")(doctor.doctor)
app.command("sign")(sign.sign)
app.command("fake")(fake.fake)
for name, group in (
    ("reviews", reviews.app),
    ("media", media.app),
    ("webhooks", webhooks.app),
    ("oauth", login.app),
):
    app.add_typer(group, name=name)


def run() -> None:
    """The command, with this process's arguments and streams."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Programs that read us expect UTF-8 everywhere; a terminal shows what it can.
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")
    app()
