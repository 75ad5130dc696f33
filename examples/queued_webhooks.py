"""Receive Trustoo's webhooks with Flask, and process them later in a worker of RQ. Start Redis, and in two terminals

    TRUSTOO_PRIVATE_TOKEN=... flask --app examples.queued_webhooks run
    rq worker --url redis://127.0.0.1:6379 webhooks

Both import examples/queued_webhooks.py. Then subscribe https://your.host/webhooks/review-created and the other URL
below (`shop.webhooks.create`). There can be several web servers and workers, on several machines. The queue has the
only copy of a delivery, so Redis must write it to disk: `appendonly yes`. docs/job-ten-machines.md has a deployment.
"""

import hashlib
import json
import os
from contextlib import suppress

from flask import Flask
from redis import Redis
from rq import Queue, Retry
from rq.exceptions import DuplicateJobError
from trustoo.stores import RedisReplayStore
from trustoo.webhooks import Delivery, Receiver, WebhookVerifier
from trustoo.webhooks.adapters import flask_view

REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379")
KEPT = 24 * 3600
"""Seconds for which Redis remembers a job, as long as the receiver remembers a delivery."""


def process(topic: str, body: bytes) -> None:
    """The work, in a worker. It may run again if it fails or the worker dies, so running it twice must be harmless."""
    for item in json.loads(body)["list"]:
        print(f"processed {topic} {item['id']}", flush=True)


def create_app() -> Flask:
    redis = Redis.from_url(REDIS_URL)
    queue = Queue("webhooks", connection=redis)

    def enqueue(delivery: Delivery) -> None:
        """Put a job into the queue. The response to Trustoo is 200 only afterwards.

        If the server dies in between, the delivery arrives again. There is still one job, because its id is made of the
        delivery's id. The header may have characters that a job's id may not have.
        """
        job_id = hashlib.sha256(f"{delivery.topic} {delivery.request_id}".encode()).hexdigest()
        with suppress(DuplicateJobError):
            queue.enqueue(
                process,
                delivery.topic,
                delivery.body,
                job_id=job_id,
                unique=True,
                retry=Retry(3),
                result_ttl=KEPT,
            )

    receiver = Receiver(
        WebhookVerifier(os.environ["TRUSTOO_PRIVATE_TOKEN"]),
        {"review/created": enqueue, "review/deleted": enqueue},
        store=RedisReplayStore(redis),
        kept=KEPT,
    )
    app = Flask(__name__)
    app.add_url_rule("/webhooks/<path:_>", view_func=flask_view(receiver), methods=["POST"])
    return app
