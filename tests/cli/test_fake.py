"""The fake service as a command: other programs find it by the variables that it prints."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sys
from datetime import UTC, datetime

import httpx
import pytest
from trustoo.cli.fake import seeded
from trustoo.testing import FakeTrustoo

from contract_tests.support.pictures import GIF
from tests.cli.conftest import Machine


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_other_commands_work_with_the_variables_that_it_prints(machine: Machine, form: tuple[str, ...]) -> None:
    process = machine.start("fake", "--seed-reviews", 25, *form)
    assert process.stdout is not None
    try:
        if form:
            found = json.loads(process.stdout.readline())
        else:
            lines = [process.stdout.readline().decode() for _ in range(5)]
            word = "set" if os.name == "nt" else "export"
            found = dict(line.removeprefix(f"{word} ").strip().split("=", 1) for line in lines)
        machine.environment |= found
        assert set(found) == {
            f"TRUSTOO_{name}" for name in ("BASE_URL", "PUBLIC_TOKEN", "PRIVATE_TOKEN", "CLIENT_ID", "CLIENT_SECRET")
        }
        listed = machine.run("reviews", "list", "--all", "--json").lines
        assert len({review["id"] for review in listed}) == 25
        assert sorted((review["created_at"] for review in listed), reverse=True) == [r["created_at"] for r in listed]
        machine.write("a.gif", GIF)
        assert machine.run("media", "upload", "a.gif").code == 0
        assert machine.run("doctor").code == 0
        machine.write("in.csv", "rating,author\n5,Zoë")
        assert machine.run("reviews", "import", "in.csv").code == 0
        assert len(machine.run("reviews", "list", "--all", "--json").lines) == 26
    finally:
        if sys.platform == "win32":
            process.kill()
        else:
            process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    if sys.platform != "win32":
        assert (process.returncode, errors) == (130, b"Serving; Ctrl-C ends it.\nInterrupted.\n")


def test_it_answers_as_the_service_does_and_has_a_merchant_who_agrees(machine: Machine) -> None:
    address = machine.environment["TRUSTOO_BASE_URL"]
    with httpx.Client(base_url=address, trust_env=False) as client:
        assert client.get("/nothing").status_code == 404
        assert client.get("/api/v1/openapi/get_reviews").json()["code"] == 16
        assert client.put("/api/v1/openapi/get_reviews").status_code == 405
        back = client.get("/authorize", params={"redirect_uri": "http://127.0.0.1:9/callback", "state": "s+/"})
        assert back.status_code == 302
        assert re.fullmatch(r"http://127.0.0.1:9/callback\?code=.+&state=s%2B%2F", back.headers["location"])


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS answers at 127.0.0.1 only, unless it is told otherwise")
def test_other_names_of_the_machine_reach_it_and_its_storage(machine: Machine) -> None:
    process = machine.start("fake", "--host", "0.0.0.0", "--json")
    assert process.stdout is not None
    try:
        found = json.loads(process.stdout.readline())
        assert found["TRUSTOO_BASE_URL"].startswith("http://127.0.0.1:")
        machine.environment |= {
            **found,
            "TRUSTOO_BASE_URL": found["TRUSTOO_BASE_URL"].replace("127.0.0.1", "127.0.0.2"),
        }
        machine.write("a.gif", GIF)
        done = machine.run("media", "upload", "a.gif")
        assert (done.code, done.out.split("\t")[1].startswith("http://127.0.0.2:")) == (0, True)
    finally:
        process.kill()
        process.communicate(timeout=30)


def test_an_address_of_another_machine_is_refused(machine: Machine) -> None:
    done = machine.run("fake", "--host", "192.0.2.1")
    assert done.code == 2
    assert "Port 0 of 192.0.2.1 is not available" in done.err


def test_a_port_that_is_taken_is_told(machine: Machine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = machine.run("fake", "--port", taken.getsockname()[1])
    assert (done.code, "is not available" in done.err) == (2, True)


def test_the_newest_of_the_reviews_that_it_makes_is_of_now() -> None:
    service = FakeTrustoo()
    seeded(service, 3)
    dates = [datetime.fromisoformat(str(review["created_at"])) for review in service.reviews]
    newest = max(date if date.tzinfo else date.replace(tzinfo=UTC) for date in dates)
    assert abs((datetime.now(UTC) - newest).total_seconds()) < 60
