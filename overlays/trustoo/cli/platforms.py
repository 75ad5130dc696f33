"""A platform and its shops: `oauth status`, `oauth revoke`, `platform status` and `platform disconnect`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import typer

from ..errors import ConfigurationError
from ..oauth import FileStore, Platform, Token
from .calling import Yes, call
from .connection import connection, default_store
from .exits import command, confirm
from .filters import with_options_of
from .operations import operation_spec
from .output import AsJson, Output
from .results import show_result

__all__ = ["disconnect", "platform_status", "revoke", "token_status"]


@command
def token_status(context: typer.Context, as_json: AsJson = False) -> None:
    """List the shops whose tokens are saved, or --shop.

    `oauth login` saves tokens. Nothing is sent, and no token is printed.
    """
    about, output = connection(context), Output(as_json)
    store = FileStore(about.store or default_store())
    rows = []
    for shop in [about.shop] if about.shop is not None else sorted(store.keys()):
        stored = store.load(shop)
        if stored is None:
            raise ConfigurationError(f"No token of {shop} is saved. Run: trustoo oauth login --shop {shop}")
        rows.append(_described(shop, Token.from_json(stored.text)))
    if not output.records(rows, ("shop", "status", "expires_at", "scope")):
        output.note("No token is saved. Run: trustoo oauth login --shop NAME")


def _described(shop: str, token: Token) -> dict[str, Any]:
    ends = None if token.expires_at is None else datetime.fromtimestamp(token.expires_at, UTC)
    is_over = ends is not None and ends <= datetime.now(UTC)
    status = "valid" if not is_over else "refreshed at the next call" if token.refresh_token else "expired"
    return {
        "shop": shop,
        "status": status,
        "expires_at": ends and ends.isoformat(timespec="seconds"),
        "scope": token.scope,
    }


@command
def revoke(context: typer.Context, yes: Yes = False, as_json: AsJson = False) -> None:
    """Revoke the tokens of --shop, and delete them here.

    Without --shop, the token in the environment variable TRUSTOO_TOKEN is revoked. TRUSTOO_CLIENT_ID and
    TRUSTOO_CLIENT_SECRET identify the platform.
    """
    _end(context, "oauth.revoke", "Revoke the tokens of {}, and delete them here.", Platform.revoke, yes, as_json)


@command
def disconnect(context: typer.Context, yes: Yes = False, as_json: AsJson = False) -> None:
    """Give up the authorisation of --shop.

    The tokens that are saved here are deleted. Without --shop, the authorisation of the access token in
    TRUSTOO_ACCESS_TOKEN is given up.
    """
    said = "Give up the authorisation of {}, and delete its tokens here."
    _end(context, "platform.disconnect", said, Platform.disconnect, yes, as_json)


def _end(
    context: typer.Context, operation: str, said: str, end: Callable[[Platform, str], None], yes: bool, as_json: bool
) -> None:
    """Call the operation, for a saved shop through the platform, which also deletes the tokens."""
    about, spec = connection(context), operation_spec(operation)
    if about.shop is None:
        show_result(Output(as_json), spec, call(context, spec, {}, yes=yes))
        return
    with about.platform() as platform:
        if platform.token(about.shop) is None:
            raise ConfigurationError(f"No token of {about.shop} is saved, so nothing was sent.")
        confirm(said.format(about.shop), yes)
        end(platform, about.shop)
    Output(as_json).record({"shop": about.shop, "operation": operation, "status": "done"})


@command
@with_options_of(operation_spec("platform.installation_status"))
def platform_status(context: typer.Context, given: dict[str, Any], as_json: AsJson = False) -> None:
    """Whether a shop uses the platform, and since when.

    TRUSTOO_CLIENT_ID and TRUSTOO_CLIENT_SECRET identify the platform.
    """
    names = ("platform.installation_status", "platform.authorization_info")
    found = [call(context, operation_spec(name), given).to_dict() for name in names]
    Output(as_json).record(found[0] | found[1])
