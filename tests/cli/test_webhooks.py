"""Subscriptions, and the receiver that prints what arrives."""

from __future__ import annotations

import json
import logging
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import trustoo.cli.webhooks
from trustoo.cli.output import Output
from trustoo.cli.webhooks import _Printer, _refusals
from trustoo.testing import Deliveries
from trustoo.webhooks import WebhookVerifier
from trustoo_api.api.webhooks import WebhooksResource

from contract_tests.support.interleaving import not_serial
from tests.cli.conftest import Machine

SECRET = "EXAMPLE-private-token"
TOPICS = ("review/created", "review/updated", "review/deleted", "customer_event/created")


def test_subscriptions_are_listed_made_and_removed(machine: Machine) -> None:
    assert machine.run("webhooks", "list").out.splitlines()[0] == "id\ttopic\turl\tcreated_at\tupdated_at\textra"
    assert [webhook["id"] for webhook in machine.run("webhooks", "list", "--json").lines] == ["19"]
    about = ["--topic", "review/created", "--url", "https://e.example/a?b=c"]
    assert machine.run("webhooks", "create", *about, "--yes", "--json").json["id"] == "19"
    assert machine.service.received[-1].json == {"topic": "review/created", "url": "https://e.example/a?b=c"}
    refused = machine.run("webhooks", "delete", "19")
    assert (refused.code, "delete_shop_webhook" in refused.err, "--yes" in refused.err) == (2, True, True)
    assert machine.run("webhooks", "delete", "19", "--yes", "--json").json == {
        "operation": "webhooks.delete",
        "status": "done",
    }
    assert machine.service.processed["webhooks.delete"] == 1


def test_changing_one_wants_to_be_told_that_its_path_is_inferred(machine: Machine) -> None:
    about = ["webhooks", "update", "19", "--topic", "review/created", "--url", "https://e.example", "--yes"]
    refused = machine.run(*about)
    assert (refused.code, "--unverified" in refused.err, machine.service.received) == (2, True, [])
    done = machine.run(*about, "--unverified", "--json")
    assert (done.code, done.err, machine.service.processed["webhooks.update"]) == (0, "", 1)


@contextmanager
def listening(
    machine: Machine, *options: object, topics: int = len(TOPICS)
) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, str]]]:
    """A receiver on a free port, and its address for each topic."""
    process = machine.start("webhooks", "listen", "--port", 0, *options)
    assert process.stderr is not None
    try:
        lines = [process.stderr.readline().decode() for _ in range(topics + 1)]
        assert lines[-1] == "Waiting for deliveries; Ctrl-C ends it.\n", lines
        yield process, dict(line.strip().split(": ") for line in lines[:-1])
    finally:
        process.kill()
        process.communicate()


def test_deliveries_are_verified_and_printed_one_json_object_a_line(machine: Machine) -> None:
    source = Deliveries(SECRET)
    with listening(machine, "--json", "--count", 2) as (process, addresses):
        assert tuple(addresses) == TOPICS
        first = source.make({"list": [{"id": 7, "my_shopify_domain": "kettles.myshopify.com", "new": "ö"}]})
        second = source.make()
        url = addresses["review/created"]
        answers = source.send(url, first, first, first.tampered_body(), source.make(late=2000))
        answers += source.send(addresses["review/deleted"], second)
        assert [answer.status_code for answer in answers] == [200, 200, 401, 401, 200]
        out, err = process.communicate(timeout=30)
    one, two = map(json.loads, out.decode().splitlines())
    assert (
        one.items()
        >= {"topic": "review/created", "request_id": first.request_id, "shop": "kettles.myshopify.com"}.items()
    )
    assert one["payload"]["list"] == [{"id": 7, "my_shopify_domain": "kettles.myshopify.com", "new": "ö"}]
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", one["sent_at"])
    assert two["topic"] == "review/deleted"
    assert process.returncode == 0
    assert b"refused as bad_signature" in err
    assert b"refused as stale" in err
    assert SECRET.encode() not in out + err


def test_people_read_one_value_a_line(machine: Machine) -> None:
    source = Deliveries(SECRET)
    with listening(machine, "--topic", "review/created", "--count", 1, topics=1) as (process, addresses):
        source.send(addresses["review/created"], source.make({"list": [{"id": 7}, {"id": 8}]}))
        out = process.communicate(timeout=30)[0].decode()
    assert [line.split("\t")[0] for line in out.splitlines() if line] == [
        *("topic", "request_id", "sent_at", "shop", "item 1", "item 2")
    ]
    assert 'item 1\t{"id": 7}' in out


def test_a_secret_of_its_own_comes_before_the_private_token(machine: Machine) -> None:
    machine.environment["TRUSTOO_WEBHOOK_SECRET"] = "EXAMPLE-client-secret-9"
    with listening(machine, "--count", 1) as (process, addresses):
        url = addresses["review/created"]
        assert [a.status_code for a in Deliveries(SECRET).send(url)] == [401]
        assert [a.status_code for a in Deliveries("EXAMPLE-client-secret-9").send(url)] == [200]
        process.communicate(timeout=30)
    assert process.returncode == 0


def test_what_is_no_delivery_is_refused_and_the_receiver_goes_on(machine: Machine) -> None:
    source = Deliveries(SECRET)
    with listening(machine, "--json", "--count", 1) as (process, addresses):
        url = httpx.URL(addresses["review/created"])
        with httpx.Client(trust_env=False) as client:
            assert client.get(url).status_code == 405
            assert client.post(url.copy_with(path="/other")).status_code == 404
            assert client.post(url, content=b"x").status_code == 401
        with socket.create_connection((url.host, url.port or 0)) as half:
            half.sendall(b"POST /webhooks/review-created HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")
        assert source.send(str(url))[0].status_code == 200
        out = process.communicate(timeout=30)[0]
    assert len(out.splitlines()) == 1


def test_without_a_secret_or_with_a_port_that_is_taken_it_does_not_begin(machine: Machine) -> None:
    done = machine.run("webhooks", "listen", TRUSTOO_PRIVATE_TOKEN=None)
    assert (done.code, "TRUSTOO_WEBHOOK_SECRET" in done.err) == (2, True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = machine.run("webhooks", "listen", "--port", taken.getsockname()[1])
    assert (done.code, "is not available" in done.err) == (2, True)


@pytest.mark.skipif(
    sys.platform == "win32",
    reason="Windows reports a closed pipe as another error, and has no SIGPIPE whose exit code is 141",
)
def test_a_reader_that_goes_ends_the_receiver_and_the_delivery_is_asked_for_again(machine: Machine) -> None:
    source = Deliveries(SECRET)
    with listening(machine, "--json") as (process, addresses):
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        assert source.send(addresses["review/created"])[0].status_code == 500
        process.communicate(timeout=30)
    assert process.returncode == 141


def test_the_topics_are_those_of_the_operation(machine: Machine) -> None:
    text = " ".join(machine.run("webhooks", "create", "--help").out.split())
    assert ", ".join(TOPICS) in text
    assert str(WebhooksResource.create.__annotations__["topic"]).count("'") == 2 * len(TOPICS)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_deliveries_that_arrive_at_once_are_printed_one_by_one_and_counted(
    count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Deliveries(SECRET).make()
    delivery = WebhookVerifier(SECRET).verify(made.body, made.headers)

    def prepare() -> tuple[Callable[[], Any], Callable[[], Any], Callable[[], Any]]:
        printer = _Printer(Output(as_json=True), count)
        show = partial(printer.show, delivery)
        return show, show, lambda: (printer.finished.is_set(), len(capsys.readouterr().out.splitlines()))

    assert not_serial(prepare, trustoo.cli.webhooks) == []


def test_the_time_of_a_delivery_is_printed_in_utc(capsys: pytest.CaptureFixture[str]) -> None:
    made = Deliveries(SECRET).make()
    delivery = replace(WebhookVerifier(SECRET).verify(made.body, made.headers), timestamp=1_758_497_400)
    _Printer(Output(as_json=True), 1).show(delivery)
    assert json.loads(capsys.readouterr().out)["sent_at"] == "2025-09-21T23:30:00Z"


@pytest.mark.parametrize("ended_by", [None, KeyboardInterrupt])
def test_the_log_of_webhooks_is_as_before_when_the_receiver_has_ended(ended_by: type[BaseException] | None) -> None:
    logger, notes = logging.getLogger("trustoo.webhooks"), list[str]()
    before = (logger.level, logger.propagate, [*logger.handlers])
    output: Any = SimpleNamespace(note=notes.append)
    for _ in range(2):
        with suppress(KeyboardInterrupt), _refusals(output):
            logger.info("refused")
            assert not logger.propagate  # it would be shown twice
            if ended_by is not None:
                raise ended_by
        assert (logger.level, logger.propagate, logger.handlers) == before
    assert notes == ["refused"] * 2
