"""`trustoo api`, and what its arguments become."""

from __future__ import annotations

import json
from typing import Any

import pytest
from trustoo.cli import exits
from trustoo.testing import Fault
from trustoo_api.operations import OPERATIONS, SECRETS

from tests.cli.conftest import Machine, reviews

NEW = ["rating=5", "author=Zoë Example"]


def test_without_an_operation_all_are_listed_with_their_commands(machine: Machine) -> None:
    found = machine.run("api", "--json").lines
    assert [line["operation"] for line in found] == [*OPERATIONS]
    assert found[0].keys() == {"operation", "command", "evidence", "summary", "vendor_page"}
    commands = {line["operation"]: line["command"] for line in found}
    assert commands["customer_events.list"] == "events list"


def test_arguments_are_sent_in_the_types_of_the_spec(machine: Machine) -> None:
    read = ["product_ids=12", "product_ids=34", 'ratings=["4", 5]', "is_store_review=0", "keyword=a=b&c", "page=2"]
    done = machine.run("api", "reviews.list", *read, 'extra_query={"new": "x"}', "--json")
    assert (done.code, done.err) == (0, "")
    assert sorted(machine.service.received[0].query) == sorted(
        [
            *(("product_ids", value) for value in ("12", "34")),
            *(("ratings", value) for value in ("4", "5")),
            *(("is_store_review", "0"), ("keyword", "a=b&c"), ("page", "2"), ("new", "x")),
        ]
    )
    write = [*NEW, "is_verified=yes", 'reply={"content": "Thanks"}', 'media=[{"url": "https://e.example/a.jpg"}]']
    done = machine.run("api", "reviews.create", *write, "product_id=gid://shopify/Product/19", "--yes", "--json")
    assert (done.code, done.json["id"]) == (0, machine.service.sample("reviews.create")["id"])
    assert machine.service.received[-1].json == {
        "rating": 5,
        "author": "Zoë Example",
        "product_id": "19",
        "is_verified": 1,
        "reply": {"content": "Thanks"},
        "media": [{"url": "https://e.example/a.jpg"}],
    }


def test_arguments_can_be_a_json_object_in_a_file_or_on_standard_input(machine: Machine) -> None:
    content = json.dumps({"rating": 4, "author": "Ann Example", "reply": {"content": "Thanks"}})
    file = machine.write("review.json", content)
    assert machine.run("api", "reviews.create", "--input", file, "--yes").code == 0
    assert machine.run("api", "reviews.create", "rating=3", "--input", "-", "--yes", input=content).code == 0
    sent = [received.json for received in machine.service.received]
    assert sent == [json.loads(content), {**json.loads(content), "rating": 3}]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["reviews.lst"], "There is no operation 'reviews.lst'; the nearest are reviews.list"),
        (["nonsense"], "There is no operation 'nonsense'; the operations are oauth.authorize, "),
        (["reviews.list", "rating=5"], "reviews.list has no argument 'rating'; the nearest are ratings."),
        (["webhooks.list", "zzz=5"], "webhooks.list has no argument 'zzz'; its arguments are extra_query."),
        (["reviews.list", "page"], "'page' is not NAME=VALUE"),
        (["reviews.list", "page=two"], "page is 'two'; give a whole number."),
        (["reviews.list", "page=1", "page=2"], "page is given 2 times; it takes one value."),
        (["reviews.list", "product_ids=kettle"], "product_ids[0] is 'kettle'; give a number"),
        (["reviews.list", "page=1", "--all"], "Give --all or page, not both."),
        (["reviews.get", "id=1", "--all"], "reviews.get has no pages; leave out --all."),
        (["reviews.create", "author=x", "--yes"], "reviews.create needs rating."),
        (["reviews.create", *NEW, "reply={", "--yes"], "reply is not JSON: "),
        (["reviews.create", *NEW, "is_top=maybe", "--yes"], "is_top is 'maybe'; give 1 or 0."),
        (["reviews.create", "rating=7", "author=x", "--yes"], "rating is 7; the API takes 1, 2, 3, 4, 5"),
        (["reviews.create", *NEW], "Use --yes to do it without a question."),
        (["reviews.create", "--input", "none.json"], "none.json: "),
        (["reviews.create", "--input", "-"], "--input - is not JSON: "),
        (
            ["webhooks.update", "id=1", "topic=a", "url=https://e.example", "--yes"],
            "Use --unverified to call it anyway.",
        ),
        (["oauth.revoke", "token=EXAMPLE-x"], "token is a secret, and other users of this machine can see arguments."),
        (["oauth.revoke", "--yes"], "The argument token is missing: set TRUSTOO_TOKEN."),
    ],
)
def test_what_cannot_be_sent_is_one_sentence_and_nothing_is_sent(
    machine: Machine, arguments: list[str], said: str
) -> None:
    done = machine.run("api", *arguments)
    assert (done.code, done.out, machine.service.received) == (2, "", [])
    assert said in done.err
    assert done.err.count("\n") == 1


def test_an_operation_is_also_found_by_the_last_part_of_its_path(machine: Machine) -> None:
    for name in ("get_reviews", "/api/v1/openapi/get_reviews", "reviews/list", "reviews list", "Reviews.List"):
        assert machine.run("api", name).code == 0
    assert machine.service.processed["reviews.list"] == 5


def test_a_value_that_nobody_knows_yet_is_sent_with_a_note(machine: Machine) -> None:
    done = machine.run("api", "reviews.list", "sort_by=new")
    assert (done.code, done.err.startswith("sort_by='new' is not a known value; the known values are ")) == (0, True)
    assert ("sort_by", "new") in machine.service.received[0].query


def test_a_page_is_printed_as_received_and_all_pages_item_by_item(machine: Machine) -> None:
    machine.service.pages("reviews.list", reviews(45))
    page = machine.run("api", "reviews.list", "page_size=10", "page=2", "--json").json
    assert (page["page"]["page"], page["list"]) == (2, reviews(45)[10:20])
    assert len(machine.run("api", "reviews.list", "page_size=10").out.splitlines()) == 11
    assert machine.run("api", "reviews.list", "page_size=10", "--all", "--json").lines == reviews(45)


@pytest.mark.parametrize(("answer", "code", "sent"), [("y\n", 0, 1), ("n\n", 1, 0), ("\n", 1, 0)])
def test_a_write_says_what_it_will_do_and_asks(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, answer: str, code: int, sent: int
) -> None:
    monkeypatch.setattr(exits, "can_ask", lambda: True)
    done = machine.run("api", "reviews.create", *NEW, input=answer)
    assert (done.code, machine.service.processed["reviews.create"]) == (code, sent)
    for part in ("Add a review", "POST /api/v1/openapi/create_review", '{"rating": 5, "author": "Zoë Example"}'):
        assert part in done.err


def test_secrets_come_from_the_environment_and_are_not_shown(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exits, "can_ask", lambda: True)
    assert machine.service.platform is not None
    exchange = ["api", "oauth.token", "grant_type=authorization_code", "--json"]
    done = machine.run(*exchange, input="y\n", TRUSTOO_CODE=machine.service.platform.code())
    token = json.loads(done.out.splitlines()[-1])  # after the echo of the answer
    assert (token["access_token"], token["refresh_token"]) == ("(hidden)", "(hidden)")
    assert '"code": "(hidden)"' in done.err
    code = machine.service.platform.code()
    token = machine.run(*exchange, "--show-secrets", "--yes", TRUSTOO_CODE=code).json["access_token"]
    done = machine.run("api", "oauth.revoke", input="y\n", TRUSTOO_TOKEN=token)
    assert (done.code, machine.service.received[-1].json["token"]) == (0, token)
    assert '"token": "(hidden)"' in done.err
    assert token not in done.out + done.err
    found = machine.run("api", "tokens.private", "--json", TRUSTOO_MERCHANT_SESSION="EXAMPLE-merchant-session")
    assert found.json == {"private_token": "(hidden)"}
    options: dict[str, Any] = {"TRUSTOO_MERCHANT_SESSION": "EXAMPLE-merchant-session"}
    assert (
        machine.run("api", "tokens.private", "--json", "--show-secrets", **options).json["private_token"] != "(hidden)"
    )


def test_no_secret_can_be_an_argument(machine: Machine) -> None:
    for name in sorted(SECRETS):
        done = machine.run("api", "oauth.token", f"{name}=EXAMPLE-x")
        assert (done.code, "EXAMPLE-x" in done.err) == (2, False)


def test_errors_have_the_exit_codes_of_all_commands(machine: Machine) -> None:
    machine.service.fail(Fault.code(16), operation="orders.list")
    done = machine.run("api", "orders.list", "--json")
    assert (done.code, json.loads(done.err)["operation"]) == (3, "orders.list")


def test_a_read_of_an_inferred_path_says_so(machine: Machine) -> None:
    done = machine.run("api", "customers.exclusions")
    assert (done.code, done.err.count("inferred, not documented")) == (0, 1)
