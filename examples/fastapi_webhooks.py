"""Receive Trustoo's webhooks in a FastAPI program. Start it with

    TRUSTOO_PRIVATE_TOKEN=... uvicorn examples.fastapi_webhooks:app

Then subscribe https://your.host/webhooks/review-created and the other URLs below (`shop.webhooks.create`).
"""

import os

from fastapi import FastAPI
from trustoo.webhooks import AsgiApp, Delivery, Receiver, SqliteReplayStore, WebhookVerifier, shop_domain


async def created(delivery: Delivery) -> None:
    for item in delivery.items:
        print(f"{delivery.topic} {shop_domain(item)} {item.id}", flush=True)


def gone(delivery: Delivery) -> None:  # plain functions run in a thread
    for item in delivery.items:
        print(f"{delivery.topic} {shop_domain(item)} {item.id}", flush=True)


receiver = Receiver(
    # While a new token replaces an old token, the variable has both, separated by a comma.
    WebhookVerifier(os.environ["TRUSTOO_PRIVATE_TOKEN"].split(",")),
    {"review/created": created, "review/deleted": gone},
    store=SqliteReplayStore(os.environ.get("DELIVERIES_DATABASE", "deliveries.sqlite3")),
)
app = FastAPI()


@app.get("/")
def index() -> dict[str, list[str]]:
    return {"addresses": [receiver.path(topic) for topic in ("review/created", "review/deleted")]}


app.mount("/webhooks", AsgiApp(receiver))
