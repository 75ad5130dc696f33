"""The command line: its commands, and the options before them."""

from __future__ import annotations

import io
import logging
import sys
import warnings
from pathlib import Path
from typing import Annotated, Literal

import typer
from trustoo_api.operations import BASE_URL, SPEC_VERSION

from .. import __version__
from . import doctor, fake, login, media, products, reviews, sign, webhooks
from .connection import Connection
from .exits import MEANINGS, unwrapped

__all__ = ["app", "run"]

CODES = "; ".join(f"{code.value} {meaning}" for code, meaning in MEANINGS.items())
RICH: Literal["rich"] | None = "rich" if sys.stdout is not None and sys.stdout.isatty() else None

app = typer.Typer(
    name="trustoo",
    no_args_is_help=True,
    rich_markup_mode=RICH,
    pretty_exceptions_enable=False,  # they show local variables, which hold secrets
    epilog=f"Exit codes: {CODES}.",
    context_settings={"help_option_names": ["-h", "--help"]},
    help=unwrapped("""Work with the Trustoo (TrustWILL) Open API: reviews, images, webhooks.

    Set a shop's tokens in the environment variables TRUSTOO_PUBLIC_TOKEN and TRUSTOO_PRIVATE_TOKEN, or a platform's
    access token in TRUSTOO_ACCESS_TOKEN. `trustoo doctor` checks these tokens."""),
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"trustoo {__version__}, OpenAPI spec {SPEC_VERSION}")
        raise typer.Exit


@app.callback(help=app.info.help)
def options(
    context: typer.Context,
    base_url: Annotated[
        str | None, typer.Option(help=f"The API's address. Default: TRUSTOO_BASE_URL, else {BASE_URL}.")
    ] = None,
    public_token: Annotated[
        str | None,
        typer.Option(
            help="The shop's public token. Default: TRUSTOO_PUBLIC_TOKEN. All other tokens come from the environment."
        ),
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds for each step of a request.")] = 30.0,
    shop: Annotated[str | None, typer.Option(help="Use the token that `oauth login` saved for this shop.")] = None,
    store: Annotated[
        Path | None, typer.Option(envvar="TRUSTOO_STORE", help="The directory in which `oauth login` saves tokens.")
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Log requests and responses to standard error.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """The options before the command."""
    context.obj = Connection(base_url, public_token, timeout, shop, store)
    if verbose:
        _log(context)


def _log(context: typer.Context) -> None:
    """Show the client's log until the command ends. The log contains no secrets."""
    logger, handler = logging.getLogger("trustoo"), logging.StreamHandler(sys.stderr)
    previous = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)

    def undo() -> None:
        logger.removeHandler(handler)
        logger.setLevel(previous)

    context.call_on_close(undo)


app.command("doctor")(doctor.doctor)
app.command("sign")(sign.sign)
app.command("fake")(fake.fake)
for name, group in (
    ("reviews", reviews.app),
    ("media", media.app),
    ("products", products.app),
    ("webhooks", webhooks.app),
    ("oauth", login.app),
):
    app.add_typer(group, name=name)


def run() -> None:
    """Run the command with this process's arguments and streams."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Programs that read the output expect UTF-8 on every system. A terminal keeps its own encoding.
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")
    # Python's form shows a line of this package's code, which means nothing to somebody at a command line.
    warnings.formatwarning = lambda message, *_, **_options: f"Warning: {message}\n"
    app()
