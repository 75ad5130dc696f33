"""`trustoo webhooks`: subscriptions, and a receiver on this machine."""

from __future__ import annotations

import warnings
from typing import Annotated

import typer
from trustoo_api.api.webhooks import WebhooksResource
from trustoo_api.decoding import members
from trustoo_api.models import Webhook
from trustoo_api.operations import WEBHOOKS_UPDATE

from ..errors import ConfigurationError, UnverifiedOperationWarning
from .connection import connection
from .exits import Exit, command, confirm
from .filters import known_values, parameters
from .listening import listen
from .output import AsJson, Output

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Subscriptions to notifications, and a receiver for them.")
COLUMNS = tuple(wire for _, wire in members(Webhook))
TOPICS = tuple(map(str, known_values(parameters(WebhooksResource.create)["topic"])))
Topic = Annotated[str, typer.Option(help=f"Known: {', '.join(TOPICS)}.")]
Url = Annotated[str, typer.Option(help="Where deliveries go.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="The subscription's id, as `webhooks list` shows it.")]

app.command("listen")(listen)


@app.command("list")
@command
def list_webhooks(context: typer.Context, as_json: AsJson = False) -> None:
    """List the subscriptions that belong to these credentials."""
    with connection(context).client() as shop:
        Output(as_json).records([webhook.to_dict() for webhook in shop.webhooks.list()], COLUMNS)


@app.command()
@command
def create(context: typer.Context, topic: Topic, url: Url, as_json: AsJson = False) -> None:
    """Subscribe an address to a topic."""
    with connection(context).client() as shop:
        Output(as_json).record(shop.webhooks.create(topic=topic, url=url).to_dict())


@app.command()
@command
def update(
    context: typer.Context,
    id: Id,
    topic: Topic,
    url: Url,
    unverified: Annotated[
        bool, typer.Option("--unverified", help="Needed: the path of this operation is inferred, not documented.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Change a subscription, at a path that is only inferred."""
    if not unverified:
        path = WEBHOOKS_UPDATE.path
        raise ConfigurationError(f"{path} is an inferred path; --unverified calls it all the same.")
    with connection(context).client() as shop, warnings.catch_warnings():
        warnings.simplefilter("ignore", UnverifiedOperationWarning)  # whoever gives --unverified knows
        changed = shop.webhooks.update(id=id, topic=topic, url=url, unverified=unverified)
    Output(as_json).record(changed.to_dict() if changed is not None else {"id": id, "status": "updated"})


@app.command()
@command
def delete(
    context: typer.Context,
    id: Id,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> int:
    """Remove a subscription."""
    confirm(f"Delete the subscription {id}?", yes)
    with connection(context).client() as shop:
        shop.webhooks.delete(id=id)
    Output(as_json).record({"id": id, "status": "deleted"})
    return Exit.DONE
