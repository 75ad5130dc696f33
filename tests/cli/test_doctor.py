"""What the doctor finds, with which exit code, and that it shows no secret."""

from __future__ import annotations

import pytest
from trustoo.testing import Fault, without_waiting

from tests.cli.conftest import Machine, Ran
from tests.support import PUBLIC

PRIVATE = "EXAMPLE-private-token"


def found(done: Ran) -> dict[str, str]:
    return {check["check"]: check["status"] for check in done.json["checks"]}


def detail(done: Ran, check: str) -> str:
    (text,) = [one["detail"] for one in done.json["checks"] if one["check"] == check]
    return str(text)


def test_a_healthy_machine(machine: Machine) -> None:
    done = machine.run("doctor", "--json")
    assert (done.code, done.json["healthy"]) == (0, True)
    assert set(found(done).values()) == {"ok", "skipped"}
    assert [received.operation for received in machine.service.received] == [None, "reviews.list"]
    lines = machine.run("doctor").out.splitlines()
    assert all(len(line.split("\t")) == 3 for line in lines)


def test_offline_looks_at_settings_and_sends_nothing(machine: Machine) -> None:
    done = machine.run("doctor", "--json", "--offline")
    assert (done.code, found(done)["call"], machine.service.received) == (0, "skipped", [])


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"TRUSTOO_PUBLIC_TOKEN": PRIVATE, "TRUSTOO_PRIVATE_TOKEN": PUBLIC}, 2, "look swapped"),
        ({"TRUSTOO_PRIVATE_TOKEN": "EXAMPLE-public-token"}, 2, "are the same text"),
        ({"TRUSTOO_PRIVATE_TOKEN": None}, 2, "set TRUSTOO_PRIVATE_TOKEN"),
        ({"TRUSTOO_PRIVATE_TOKEN": f"{PRIVATE}\n"}, 2, "a line break"),
        ({"TRUSTOO_PUBLIC_TOKEN": None, "TRUSTOO_PRIVATE_TOKEN": None}, 2, "has no credentials"),
    ],
)
def test_unusable_tokens_are_told_and_the_connection_is_tried_all_the_same(
    machine: Machine, changes: dict[str, str | None], code: int, said: str
) -> None:
    done = machine.run("doctor", "--json", **changes)
    assert (done.code, found(done)["credentials"], found(done)["call"]) == (code, "failed", "skipped")
    assert said in detail(done, "credentials")
    assert found(done)["connection"] == "ok"


@pytest.mark.parametrize(
    ("skew", "status", "code", "said"),
    [
        (20, "ok", 0, "within 20 s"),
        (300, "warning", 0, "300 s behind"),
        (-300, "warning", 0, "300 s ahead of"),
        (1200, "failed", 1, "1200 s behind the server's; a signature is valid for 900 s: set the clock"),
    ],
)
def test_the_clocks_are_compared(machine: Machine, skew: int, status: str, code: int, said: str) -> None:
    machine.service.clock_skew = skew
    done = machine.run("doctor", "--json")
    assert (done.code, found(done)["clock"]) == (code, status)
    near = {f"{skew + off}" for off in (-1, 0, 1)}
    assert any(said.replace(str(abs(skew)), text.removeprefix("-")) in detail(done, "clock") for text in near)


def test_code_16_is_explained_by_what_was_found(machine: Machine) -> None:
    done = machine.run("doctor", "--json", TRUSTOO_PRIVATE_TOKEN="EXAMPLE-another-token")
    assert done.code == 3
    said = detail(done, "call")
    assert "code 16" in said
    assert "Code 16 here: the clock is right and the tokens do not look swapped" in said
    assert "Public-Token, Sign, Timestamp" in said


def test_code_16_of_an_access_token_names_the_scope(machine: Machine) -> None:
    tokens = {"TRUSTOO_PUBLIC_TOKEN": None, "TRUSTOO_PRIVATE_TOKEN": None}
    done = machine.run("doctor", "--json", **tokens, TRUSTOO_ACCESS_TOKEN="EXAMPLE-stale-access")
    assert (done.code, "or lacks read_reviews" in detail(done, "call")) == (3, True)
    assert machine.run("doctor", **tokens, TRUSTOO_ACCESS_TOKEN="EXAMPLE-access-token").code == 0


def test_an_address_without_an_answer_is_unreachable(machine: Machine) -> None:
    with without_waiting():
        done = machine.run("doctor", "--json", TRUSTOO_BASE_URL="http://127.0.0.1:9")
    assert (done.code, found(done)["connection"], found(done)["clock"]) == (4, "failed", "skipped")


@pytest.mark.parametrize("url", ["ftp://e.example", "https://user:EXAMPLE-password@e.example", "not an address"])
def test_an_address_that_is_none_is_told_without_its_password(machine: Machine, url: str) -> None:
    done = machine.run("doctor", "--json", TRUSTOO_BASE_URL=url)
    assert (done.code, found(done)["address"]) == (2, "failed")
    assert "EXAMPLE-password" not in done.out + done.err


def test_a_call_that_fails_for_another_reason_says_that_the_credentials_were_accepted(machine: Machine) -> None:
    machine.service.fail(Fault.code(3), operation="reviews.list")
    done = machine.run("doctor", "--json")
    assert (done.code, "The credentials were accepted." in detail(done, "call")) == (1, True)


@pytest.mark.parametrize("trouble", ["none", "refused", "swapped", "unreachable"])
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_four_characters_of_the_public_token_are_shown_and_of_others_none(
    machine: Machine, trouble: str, form: tuple[str, ...]
) -> None:
    secrets = {
        "TRUSTOO_PUBLIC_TOKEN": PUBLIC,
        "TRUSTOO_PRIVATE_TOKEN": "9kEXAMPLE-private-token-0815",
        "TRUSTOO_MERCHANT_SESSION": "7qEXAMPLE.merchant.session.4711",
        "TRUSTOO_CLIENT_SECRET": "3xEXAMPLE-client-secret-1234",
    }
    if trouble == "none":
        machine.service.tokens = type(machine.service.tokens)(PUBLIC, secrets["TRUSTOO_PRIVATE_TOKEN"], "a", "b")
    if trouble == "swapped":
        secrets |= {"TRUSTOO_PUBLIC_TOKEN": secrets["TRUSTOO_PRIVATE_TOKEN"], "TRUSTOO_PRIVATE_TOKEN": PUBLIC}
    if trouble == "unreachable":
        secrets["TRUSTOO_BASE_URL"] = "http://127.0.0.1:9"
    with without_waiting():
        done = machine.run("--verbose", "doctor", *form, **secrets)
    shown = done.out + done.err
    if trouble == "swapped":  # what is set as the public token is the private one
        assert secrets["TRUSTOO_PUBLIC_TOKEN"][:4] not in shown
    else:
        assert PUBLIC[:4] in shown
    assert PUBLIC[:5] not in shown
    for name in ("TRUSTOO_PUBLIC_TOKEN", "TRUSTOO_PRIVATE_TOKEN", "TRUSTOO_MERCHANT_SESSION", "TRUSTOO_CLIENT_SECRET"):
        assert secrets[name][:5] not in shown
        assert secrets[name][-4:] not in shown
