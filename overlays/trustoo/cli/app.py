"""The command line: its commands, and the options before them."""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from trustoo_api.operations import BASE_URL, OPERATIONS, SPEC_VERSION

from .. import __version__
from .codes import MEANINGS
from .lazy import Entries, Entry, Group, LazyGroup

__all__ = ["COMMANDS", "app", "run"]

CODES = "; ".join(f"{code.value} {meaning}" for code, meaning in MEANINGS.items())
RICH: Literal["rich"] | None = "rich" if sys.stdout is not None and sys.stdout.isatty() else None


def _group(help: str, tag: str = "", own: Mapping[str, str] = {}, *, is_hidden: bool = False) -> Group:
    """A group with the commands of a tag of the API, and with its own commands. An own command replaces another."""

    def entries() -> Mapping[str, Entry]:
        names = [name for name in OPERATIONS if name.startswith(f"{tag}.")]
        made = {name.partition(".")[2].replace("_", "-"): name for name in names}
        return {name: Entry(target) for name, target in {**made, **own}.items()}

    return Group(help, entries, is_hidden)


def _events(*, is_hidden: bool = False) -> Group:
    own = {"export": "customer_events.list > file"}
    return _group("Events of shoppers at the review widgets.", "customer_events", own, is_hidden=is_hidden)


COMMANDS: Entries = {
    "doctor": Entry("doctor:doctor", "Check tokens, connection and clock."),
    "sign": Entry("sign:sign", "Show how a request is signed, step by step."),
    "fake": Entry("fake:fake", "Serve the fake service, by default for this machine only."),
    "api": Entry("api:api", "Call any operation of the API."),
    "mcp": Entry("mcp_server:mcp", "Serve the operations as tools for assistants (MCP)."),
    "reviews": _group(
        "Reviews: list, export, import, create and delete.\n\nThe API has no operation that changes or hides a review.",
        "reviews",
        {
            "export": "reviews:export_reviews",
            "import": "imports:import_reviews",
            "delete": "reviews:delete_reviews",
            "rating": "ratings:rating",
            "stats": "stats:stats",
        },
    ),
    "media": _group("Images and videos for reviews.", "media", {"upload": "media:upload"}),
    "products": _group("The products of a shop.", own={"pull": "products:pull"}),
    "rating": Entry("ratings:rating", "Show the average and the star counts of products."),
    "orders": _group("Orders, and the requests for their reviews.", "orders", {"export": "orders.list > file"}),
    "events": _events(),
    "customer-events": _events(is_hidden=True),
    "customers": _group(
        "Customers: exclude, include, unsubscribe and forget.",
        "customers",
        {"export-exclusions": "customers.exclusions > file", "forget": "forget:forget"},
    ),
    "webhooks": _group("Subscriptions to webhooks, and a receiver.", "webhooks", {"listen": "webhooks:listen"}),
    "oauth": _group(
        "OAuth2: log a platform in to shops, refresh and revoke tokens.",
        "oauth",
        {"login": "login:login", "status": "platforms:token_status", "revoke": "platforms:revoke"},
    ),
    "platform": _group(
        "Whether a shop uses a platform, and how to disconnect.",
        "platform",
        {"status": "platforms:platform_status", "disconnect": "platforms:disconnect"},
    ),
    "tokens": _group("A merchant's own tokens.", "tokens"),
}


class _Root(LazyGroup):
    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.add(COMMANDS)


app = typer.Typer(
    name="trustoo",
    cls=_Root,
    no_args_is_help=True,
    rich_markup_mode=RICH,
    pretty_exceptions_enable=False,  # they show local variables, which hold secrets
    epilog=f"Exit codes: {CODES}.",
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Work with the Trustoo (TrustWILL) Open API: reviews, images, orders, webhooks.\n\n"
        "Set a shop's tokens in the environment variables TRUSTOO_PUBLIC_TOKEN and TRUSTOO_PRIVATE_TOKEN, or a "
        "platform's access token in TRUSTOO_ACCESS_TOKEN. `trustoo doctor` checks these tokens."
    ),
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
    timeout: Annotated[float | None, typer.Option(help="Seconds for each step of a request. Default: 30.")] = None,
    shop: Annotated[str | None, typer.Option(help="Use the token that `oauth login` saved for this shop.")] = None,
    store: Annotated[
        Path | None, typer.Option(envvar="TRUSTOO_STORE", help="The directory in which `oauth login` saves tokens.")
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(envvar="TRUSTOO_PROFILE", help="The settings in config.toml that have this name."),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Log requests and responses to standard error.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """The options before the command."""
    from .connection import Connection

    from_profile = frozenset[str]()
    if profile is not None:
        from .profiles import use_profile

        given, from_profile = use_profile(context, profile)
        timeout, shop = timeout or given.get("timeout"), shop or given.get("shop")
        store = store or (Path(given["store"]) if "store" in given else None)
    timeout = 30.0 if timeout is None else timeout
    context.obj = Connection(base_url, public_token, timeout, shop, store, profile, from_profile)
    if verbose:
        _log(context)


def _log(context: typer.Context) -> None:
    """Show the client's log until the command ends. The log contains no secrets."""
    import logging

    logger, handler = logging.getLogger("trustoo"), logging.StreamHandler(sys.stderr)
    previous = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)

    def undo() -> None:
        logger.removeHandler(handler)
        logger.setLevel(previous)

    context.call_on_close(undo)


def run() -> None:
    """Run the command with this process's arguments and streams."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Programs that read the output expect UTF-8 on every system. A terminal keeps its own encoding.
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")
    import warnings

    # Python's form shows a line of this package's code, which means nothing to somebody at a command line.
    warnings.formatwarning = lambda message, *_, **_options: f"Warning: {message}\n"
    app()
