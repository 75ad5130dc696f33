"""What the doctor finds, with which exit code, and that it shows no secret."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from trustoo import canonical_string
from trustoo.testing import Fault, Received, without_waiting
from trustoo.testing.checks import RefusedError

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
        ({"TRUSTOO_PRIVATE_TOKEN": None}, 2, "Set TRUSTOO_PRIVATE_TOKEN"),
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


@pytest.mark.parametrize("code", [1, 3, 4, 5, 6, 8, 13, 14, 77])
def test_a_call_that_fails_for_another_reason_says_that_the_credentials_were_accepted(
    machine: Machine, code: int
) -> None:
    """The spec has no meaning for 14 and 77. A gateway may have sent them before the credentials were checked."""
    with without_waiting():
        machine.service.fail(Fault.code(code), operation="reviews.list", times=3)
        done = machine.run("doctor", "--json")
    assert (done.code, "The credentials were accepted." in detail(done, "call")) == (1, code not in (14, 77))


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


# ---------------------------------------------------------------- --probe

Rule = Callable[..., bytes]


def encodes(query: Any, timestamp: str, body: bytes | None = None) -> bytes:
    """The rule of a service that signs values as they stand in the URL."""
    return canonical_string([(name, quote(value, safe="")) for name, value in query], timestamp, body)


def takes_the_last(query: Any, timestamp: str, body: bytes | None = None) -> bytes:
    """The rule of a service that has one value for each name."""
    return canonical_string(dict(query).items(), timestamp, body)


def answers(done: Ran) -> list[tuple[str, str]]:
    """The status and the text of each probe."""
    return [(one["status"], one["detail"]) for one in done.json["checks"] if one["check"] == "signing"]


def two_products(received: Received) -> dict[str, Any]:
    """A page of reviews of two products, filtered by product."""
    wanted = received.values("product_ids")
    reviews = [{"id": str(n), "product_id": product} for n, product in enumerate(["0", "11", "11", "22"])]
    return {"page": {}, "list": [one for one in reviews if not wanted or one["product_id"] in wanted]}


def test_the_probes_go_to_the_address_that_was_given(machine: Machine) -> None:
    machine.service.respond("reviews.list", two_products)
    address = machine.environment.pop("TRUSTOO_BASE_URL")
    done = machine.run("--base-url", address, "doctor", "--probe", "--json", TRUSTOO_BASE_URL="http://127.0.0.1:9")
    assert done.code == 0
    assert "It refused a wrong signature." in answers(done)[0][1]


def test_the_probes_use_the_public_token_that_was_given(machine: Machine) -> None:
    machine.service.respond("reviews.list", two_products)
    token = machine.environment.pop("TRUSTOO_PUBLIC_TOKEN")
    done = machine.run("--public-token", token, "doctor", "--probe", "--json")
    assert done.code == 0, done.err
    assert "It refused a wrong signature." in answers(done)[0][1]


def test_probes_that_are_accepted_settle_the_rule(machine: Machine) -> None:
    machine.service.respond("reviews.list", two_products)
    done = machine.run("doctor", "--probe", "--json")
    assert done.code == 0
    first, second = answers(done)
    assert first == (
        "ok",
        "reserved characters: Settled: the service expects that values are signed as they are, without "
        "percent-encoding. It refused a wrong signature.",
    )
    assert second == (
        "ok",
        "two values of one parameter: Settled: the service expects that a parameter with several values is sent and "
        "signed once for each value. It refused a wrong signature. There are reviews of both products, so the service "
        "reads both values.",
    )
    sent = [received.query for received in machine.service.received if received.operation == "reviews.list"]
    assert len(sent) == 5
    assert ("keyword", "a b&c+") in sent[3]
    assert [pair for pair in sent[4] if pair[0] == "product_ids"] == [("product_ids", "11"), ("product_ids", "22")]
    assert {received.method for received in machine.service.received} == {"GET"}


@pytest.mark.parametrize(("rule", "statuses"), [(encodes, ["failed", "ok"]), (takes_the_last, ["ok", "failed"])])
def test_a_probe_that_is_refused_shows_another_rule(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, rule: Rule, statuses: list[str]
) -> None:
    monkeypatch.setattr("trustoo.testing.checks.canonical_string", rule)
    done = machine.run("doctor", "--probe", "--json")
    assert (done.code, [status for status, _ in answers(done)]) == (1, statuses)
    (refused,) = [text for status, text in answers(done) if status == "failed"]
    assert "Refused: the service does not expect that " in refused
    assert "Calls with such arguments fail with this version. Please report this." in refused


def test_probes_settle_nothing_if_the_service_accepts_a_wrong_signature(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trustoo.testing.checks._signature_error", lambda *given: None)
    done = machine.run("doctor", "--probe", "--json")
    assert (done.code, [status for status, _ in answers(done)]) == (0, ["warning", "warning"])
    assert all(
        "Not settled: the service accepted the read, but it also accepted a wrong" in text for _, text in answers(done)
    )


def test_a_probe_that_fails_for_another_reason_is_not_answered(machine: Machine) -> None:
    def refuses_keywords(received: Received) -> Any:
        if received.values("keyword"):
            raise RefusedError(8, "no searches today")
        return two_products(received)

    machine.service.respond("reviews.list", refuses_keywords)
    done = machine.run("doctor", "--probe", "--json")
    first, second = answers(done)
    assert (done.code, first[0], second[0]) == (0, "warning", "ok")
    assert "Not answered: the read failed for another reason" in first[1]
    assert "no searches today" in first[1]


@pytest.mark.parametrize(
    ("products", "said"),
    [
        (["11", "33"], "There are reviews of other products, so the service ignored the filter."),
        (["22", "22"], "There are reviews of one product only, so the service reads one value."),
        (["22"] * 20, "It refused a wrong signature."),
        ([None], "It refused a wrong signature."),
    ],
)
def test_the_reviews_of_the_second_probe_show_how_the_filter_works(
    machine: Machine, products: list[str | None], said: str
) -> None:
    def filtered(received: Received) -> dict[str, Any]:
        found = products if received.values("product_ids") else ["11", "22"]
        return {"page": {}, "list": [{"product_id": one} if one else {} for one in found]}

    machine.service.respond("reviews.list", filtered)
    done = machine.run("doctor", "--probe", "--json")
    assert answers(done)[1][1].endswith(said)


def test_the_probes_need_signatures_and_a_connection(machine: Machine) -> None:
    tokens = {
        "TRUSTOO_PUBLIC_TOKEN": None,
        "TRUSTOO_PRIVATE_TOKEN": None,
        "TRUSTOO_ACCESS_TOKEN": "EXAMPLE-access-token",
    }
    done = machine.run("doctor", "--probe", "--json", **tokens)
    assert (done.code, answers(done)[0][0]) == (0, "skipped")
    refused = machine.run("doctor", "--probe", "--json", TRUSTOO_PRIVATE_TOKEN="EXAMPLE-another-token")
    assert (refused.code, answers(refused)[0][0]) == (3, "skipped")
    both = machine.run("doctor", "--probe", "--offline")
    assert (both.code, "not both" in both.err) == (2, True)
