"""Receive Trustoo's webhooks of many shops in a Django project. Start it with

    echo '{"the public token": "the private token"}' > shops.json
    python examples/django_webhooks.py runserver

In a project of your own, the settings, the shops' tokens and the URLs below have their own files. Then subscribe
https://your.host/hooks/review-created and the other URL with the tokens of each shop (`shop.webhooks.create`).
"""

import json
import os
from pathlib import Path

import django
from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.urls import re_path
from trustoo.webhooks import Delivery, Receiver, Refusal, SqliteReplayStore, WebhookVerifier
from trustoo.webhooks.adapters import django_view

settings.configure(
    SECRET_KEY=os.environ.get("DJANGO_SECRET_KEY") or os.urandom(32).hex(),
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware"],
)
django.setup()

SHOPS = Path(os.environ.get("SHOPS", "shops.json"))


def private_token(public_token: str) -> str | None:
    """The secret of a shop. A project looks it up in its database, and decrypts it."""
    token: str | None = json.loads(SHOPS.read_text(encoding="utf-8")).get(public_token)
    return token


def changed(delivery: Delivery) -> None:
    """Keep this short. A task queue can do the work later: the delivery is in `delivery.body`."""
    for item in delivery.items:
        print(f"{delivery.shop} {delivery.topic} {item.id}", flush=True)


def refused(refusal: Refusal) -> None:
    """Count refusals here, with the metrics of the project."""
    print(f"refused {refusal.status} {refusal.reason}", flush=True)


receiver = Receiver(
    WebhookVerifier(secrets_for=private_token),
    {"review/created": changed, "review/deleted": changed},
    # For one machine. Several machines need `trustoo.stores.RedisReplayStore` or `SqlReplayStore`.
    store=SqliteReplayStore(os.environ.get("DELIVERIES_DATABASE", "deliveries.sqlite3")),
    prefix="/hooks",
    on_refused=refused,
)
urlpatterns = [re_path("^hooks/", django_view(receiver))]
app = get_wsgi_application()

if __name__ == "__main__":
    execute_from_command_line()
