"""The command of each operation: that there is one, what it sends, and what it prints."""

from __future__ import annotations

import csv
import inspect
import io
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import Any

import pytest
from trustoo.cli import exits
from trustoo.cli.app import COMMANDS
from trustoo.cli.calling import from_environment
from trustoo.cli.commands import command_of
from trustoo.cli.imports import members
from trustoo.cli.lazy import Entry, Group
from trustoo.cli.operations import OperationSpec, operation_spec, parameters
from trustoo.oauth import ANY, FileStore, Token
from trustoo.testing import Fault
from trustoo_api.operations import OPERATIONS

from tests.cli.conftest import Machine

SESSION = {"TRUSTOO_MERCHANT_SESSION": "EXAMPLE-merchant-session"}
LISTS = {"reviews list": "reviews.list", "orders list": "orders.list", "events list": "customer_events.list"}
ALL_LISTS = {**LISTS, "customers exclusions": "customers.exclusions", "webhooks list": "webhooks.list"}


def entry(words: str) -> Entry | Group | None:
    """The command of these words."""
    group, _, name = words.partition(" ")
    found = COMMANDS.get(group)
    return found.entries().get(name) if isinstance(found, Group) else found


def test_no_operation_is_without_a_command() -> None:
    assert [name for name in OPERATIONS if entry(command_of(name)) is None] == []


@pytest.mark.parametrize(
    "words",
    [
        *("orders list", "orders export", "events list", "events export", "customer-events list"),
        *("customers unsubscribe", "customers exclude", "customers include", "customers exclusions"),
        *("customers export-exclusions", "customers forget"),
        *("rating", "reviews rating", "reviews get", "reviews create", "webhooks update"),
        *("oauth revoke", "oauth status", "platform status"),
    ],
)
def test_a_guessed_command_exists(words: str, machine: Machine) -> None:
    assert machine.run(*words.split(), "--help").code == 0


def example(spec: OperationSpec) -> dict[str, Any]:
    """A value for each required argument that is an option or stands by itself."""
    values = {"rating": 5, "topic": "review/created", "email_type": "all", "url": "https://e.example", "id": "19"}
    required = [each for each in spec.parameters.values() if each.required and not from_environment(each)]
    return {each.name: values.get(each.name, "zoe@e.example") for each in required}


@pytest.mark.parametrize("operation", [name for name in OPERATIONS if name not in ("oauth.revoke", "oauth.token")])
def test_a_command_sends_what_its_operation_sends(machine: Machine, operation: str) -> None:
    spec = operation_spec(operation)
    given = example(spec)
    if operation == "customers.include":
        given = {"email": "zoe@e.example"}
    if operation == "oauth.authorize":
        given = {"client_id": machine.environment["TRUSTOO_CLIENT_ID"]}
    words = command_of(operation).split()
    for name, value in given.items():
        flag = [] if name in ("id", "email") else [f"--{name.replace('_', '-')}"]
        words += [] if name == "client_id" else [*flag, str(value)]
    words += ["--yes"] if spec.operation.is_write else []
    words += ["--unverified"] if spec.is_unverified else []
    environment: dict[str, str | None] = dict(SESSION)
    if "bearer" in spec.operation.credentials and "hmac" not in spec.operation.credentials:
        environment |= {"TRUSTOO_ACCESS_TOKEN": machine.service.tokens.access_token}
        environment |= {"TRUSTOO_PUBLIC_TOKEN": None, "TRUSTOO_PRIVATE_TOKEN": None}
    done = machine.run(*words, "--json", **environment)
    assert (done.code, machine.service.processed[operation]) == (0, 1), done
    received = machine.service.received[-1]
    sent = {**dict(received.query), **(received.json if received.body else {})}
    assert {name: str(value) for name, value in given.items()}.items() <= {
        name: str(value) for name, value in sent.items()
    }.items()


def test_each_argument_of_an_operation_is_an_option_or_stands_by_itself(machine: Machine) -> None:
    for operation in ("reviews.create", "orders.list", "customers.unsubscribe"):
        text = " ".join(machine.run(*command_of(operation).split(), "--help", COLUMNS="200").out.split())
        for name in set(parameters(operation_spec(operation).build)) - {"page", "extra_query", "extra_body"}:
            assert (name.upper() if name == "email" else f"--{name.replace('_', '-')} ") in text


def test_what_the_spec_does_not_have_is_an_argument_of_api_alone() -> None:
    extra = {"extra_query", "extra_body"}
    assert extra <= operation_spec("reviews.create").parameters.keys()
    assert not extra & members.arguments().keys(), "no column of an import"


@pytest.mark.parametrize("words", ALL_LISTS)
def test_the_words_of_lists_are_the_same(machine: Machine, words: str) -> None:
    text = machine.run(*words.split(), "--help").out
    for option in ("--since", "--until", "--limit", "--all", "--columns", "--format", "--json"):
        assert f"  {option} " in text
    assert "table|csv|jsonl|json" in text


def orders(number: int) -> list[dict[str, object]]:
    return [
        {"id": str(n), "name": f'#10{n}, "{n}"', "created_at": f"2026-01-{n:02} 10:00:00"} for n in range(number, 0, -1)
    ]


@pytest.mark.parametrize("words", LISTS)
def test_a_list_is_a_table_csv_json_lines_or_json(machine: Machine, words: str) -> None:
    rows = orders(25)
    machine.service.pages(LISTS[words], rows)
    assert machine.run(*words.split(), "--json").lines == rows[:20]
    assert machine.run(*words.split(), "--format", "jsonl", "--all").lines == rows
    assert machine.run(*words.split(), "--format", "json", "--limit", 3).json == rows[:3]
    found = machine.run(*words.split(), "--format", "csv", "--limit", 2, "--columns", "extra").out
    extra = [json.loads(row["extra"])["name"] for row in csv.DictReader(io.StringIO(found))]
    assert extra == [row["name"] for row in rows[:2]]
    conflict = machine.run(*words.split(), "--json", "--format", "csv")
    assert (conflict.code, conflict.out) == (2, "")


def test_a_list_whose_members_are_unknown_takes_any_column(machine: Machine) -> None:
    machine.service.pages("orders.list", orders(2))
    done = machine.run("orders", "list", "--columns", "name,id", "--format", "csv")
    assert [*csv.reader(io.StringIO(done.out))] == [["name", "id"], ['#102, "2"', "2"], ['#101, "1"', "1"]]
    wrong = machine.run("customers", "exclusions", "--columns", "name")
    assert (wrong.code, "--columns: name: unknown; the columns are customer_id" in wrong.err) == (2, True)


EXPORTS = {"orders export": "orders.list", "events export": "customer_events.list"}


@pytest.mark.parametrize("words", [*LISTS, *EXPORTS, "reviews stats"])
def test_each_bound_holds_beside_the_other(machine: Machine, words: str) -> None:
    """With one option, with the other, and with both, as `between` says."""
    machine.service.pages((LISTS | EXPORTS).get(words, "reviews.list"), orders(25))
    between = {("05", None): 21, (None, "07"): 6, ("05", "07"): 2}
    for (since, until), number in between.items():
        bounds = [f"--{name}=2026-01-{day}" for name, day in (("since", since), ("until", until)) if day is not None]
        if words in EXPORTS:
            found = len(machine.run(*words.split(), "-", "--format=jsonl", *bounds).lines)
        elif words in LISTS:
            found = len(machine.run(*words.split(), "--json", "--all", *bounds).lines)
        else:
            found = machine.run(*words.split(), "--json", *bounds).lines[0]["reviews"]
        assert found == number, bounds


@pytest.mark.parametrize("words", [*LISTS, *EXPORTS, "reviews export"])
def test_bounds_columns_and_the_format_count_beside_each_other(machine: Machine, words: str) -> None:
    machine.service.pages((LISTS | EXPORTS).get(words, "reviews.list"), orders(25))
    options = ["--since=2026-01-05", "--until=2026-01-08", "--columns=extra", "--format=csv"]
    to_a_file = words.endswith("export")
    limits = {None: 3} if words in EXPORTS else {5: 3, 2: 2}
    for limit, number in limits.items():
        more = [] if limit is None else [f"--limit={limit}"]
        done = machine.run(*words.split(), *([f"{limit}.data"] if to_a_file else []), *options, *more)
        assert done.code == 0, done
        text = (machine.folder / f"{limit}.data").read_text() if to_a_file else done.out
        rows = [*csv.DictReader(io.StringIO(text))]
        assert {name for row in rows for name in row} == {"extra"}
        assert [json.loads(row["extra"])["name"][:4] for row in rows] == ["#107", "#106", "#105"][:number], limit


@pytest.mark.parametrize("words", LISTS)
def test_since_and_until_select_by_the_time_of_creation(machine: Machine, words: str) -> None:
    undated: dict[str, object] = {"id": "99"}
    machine.service.pages(LISTS[words], [undated, *orders(25)])
    done = machine.run(*words.split(), "--json", "--since", "2026-01-03", "--until", "2026-01-05T10:00:00Z")
    assert [line["id"] for line in done.lines] == ["99", "5", "4", "3"]
    assert done.err == f"--since and --until leave in 1 {words.split()[0][:-1]} without a time of creation.\n".replace(
        "1 event", "1 customer event"
    )
    query = dict(machine.service.received[0].query)
    assert query.get("start_time") == ("2026-01-03" if words == "orders list" else None)
    assert query["sort_by"] == "created-descending"
    wrong = machine.run(*words.split(), "--since", "yesterday")
    assert (wrong.code, "--since 'yesterday' is not a date" in wrong.err) == (2, True)


def test_an_empty_list_says_so(machine: Machine) -> None:
    for operation in LISTS.values():
        machine.service.pages(operation, [])
    assert machine.run("events", "list").err == "The shop has no customer events.\n"
    assert machine.run("orders", "list", "--type", "3", "--json").err == "No orders match the filters.\n"


@pytest.mark.parametrize("group", ["orders", "events"])
def test_a_list_is_exported_whole(machine: Machine, group: str) -> None:
    rows = orders(25)
    machine.service.pages(LISTS[f"{group} list"], rows)
    file = machine.folder / "out.jsonl"
    done = machine.run(group, "export", file, "--json")
    assert (done.code, done.json) == (0, {"file": str(file), "rows": 25})
    assert [json.loads(line) for line in file.read_text().splitlines()] == rows
    shown = machine.run(group, "export", "-", "--since", "2026-01-20", "--format", "jsonl")
    assert shown.lines == rows[:6]
    before = file.read_bytes()
    machine.service.fail(Fault.code(16), operation=LISTS[f"{group} list"])
    assert (machine.run(group, "export", file).code, file.read_bytes()) == (3, before)
    sent = len(machine.service.received)
    for name in ("out.txt", "missing/out.csv"):
        assert machine.run(group, "export", machine.folder / name).code == 2
    assert len(machine.service.received) == sent


def test_a_list_is_exported_to_a_database_and_equal_rows_once(machine: Machine) -> None:
    machine.service.pages("customer_events.list", [{"event_type": "A"}, {"event_type": "A"}, {"event_type": "B"}])
    file = machine.folder / "shop.sqlite"
    done = machine.run("events", "export", file)
    assert (done.code, done.out) == (0, f"2 customer events in {file}.\n")
    assert done.err == "Left out, because the table has an equal row: 1 customer event.\n"
    machine.service.pages("customer_events.list", [{"event_type": "B"}])
    assert machine.run("events", "export", file, "--json").json["rows"] == 1
    with closing(sqlite3.connect(file)) as database:
        found = database.execute("select event_type, _deleted_at is null from customer_events order by 1").fetchall()
    assert found == [("A", 0), ("B", 1)]
    csv_file = machine.folder / "events.csv"
    machine.service.pages("customer_events.list", [{"event_type": "=1+1"}] * 2)
    assert machine.run("events", "export", csv_file, "--without", "extra,os_type").code == 0
    assert csv_file.read_text().splitlines() == ["event_type,event_source", "'=1+1,", "'=1+1,"]
    assert machine.run("events", "list", "--format", "csv", "--columns", "event_type").out.splitlines()[1] == "'=1+1"


def test_many_products_are_rated_one_line_each(machine: Machine) -> None:
    machine.write("products.json", [{"handle": f"kettle-{n}", "id": 100 + n} for n in range(3)])
    machine.service.fail(Fault.code(5), operation="reviews.rating")
    done = machine.run("rating", "12", "red-kettle", "-", "--json", input="13\n")
    assert (done.code, done.err.startswith("Error: 12: ")) == (1, True)
    assert [next(iter(line.values())) for line in done.lines] == ["red-kettle", "13"]
    done = machine.run("reviews", "rating", "--products", machine.folder / "products.json")
    assert [line.split("\t")[0] for line in done.out.splitlines()] == ["product_id", "100", "101", "102"]
    assert machine.run("rating", "12", "--json").json == machine.service.sample("reviews.rating")
    assert machine.run("rating", "--is-store-rating", "1").code == 0
    done = machine.run("rating", "12", "--products", machine.folder / "products.json", "--json")
    assert [next(iter(line.values())) for line in done.lines] == ["12", "100", "101", "102"]
    sent = len(machine.service.received)
    for wrong in (["9.20031E+12"], ["12", "--is-all-rating", "1"]):
        assert machine.run("rating", *wrong).code == 2
    assert len(machine.service.received) == sent


def test_saved_tokens_are_listed_and_ended(machine: Machine) -> None:
    platform = machine.service.platform
    assert platform is not None
    machine.environment["TRUSTOO_STORE"] = str(machine.folder / "tokens")
    store, issued = FileStore(machine.folder / "tokens"), platform.issue()
    store.save("kettles", Token(issued["access_token"], issued["refresh_token"], 2e9).to_json(), replaces=ANY)
    store.save("cups", Token("EXAMPLE-a", None, 1.0).to_json(), replaces=ANY)
    shown = machine.run("oauth", "status", "--json")
    assert [(line["shop"], line["status"]) for line in shown.lines] == [("cups", "expired"), ("kettles", "valid")]
    assert "EXAMPLE" not in shown.out
    assert machine.run("--shop", "pots", "oauth", "status").code == 2
    assert machine.run("--shop", "kettles", "oauth", "revoke").code == 2
    assert machine.run("--shop", "kettles", "oauth", "revoke", "--yes").code == 0
    assert [*store.keys()] == ["cups"]
    assert platform.counts["revoke"] == 2  # the access token and the refresh token
    gone = machine.run("--shop", "kettles", "platform", "disconnect", "--yes")
    assert (gone.code, "No token of kettles is saved, so nothing was sent." in gone.err) == (2, True)


def test_the_status_of_a_shop_at_a_platform_has_both_answers(machine: Machine) -> None:
    found = machine.run("platform", "status", "--myshopify-domain", "kettles.myshopify.com", "--json").json
    assert {"is_installed", "is_authorized"} <= found.keys()


def test_a_secret_that_is_missing_can_be_typed(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exits, "can_ask", lambda: True)
    monkeypatch.setattr("trustoo.cli.calling.can_ask", lambda: True)
    secret = machine.environment.pop("TRUSTOO_CLIENT_SECRET")
    done = machine.run("platform", "installation-status", "--json", input=f"{secret}\n")
    assert (done.code, secret in done.out + done.err) == (0, False)


def loaded_by(*arguments: str) -> set[str]:
    """The modules that the command loads."""
    program = (
        "import sys, trustoo.cli\n"
        f"sys.argv = ['trustoo', *{[*arguments]!r}]\n"
        "try:\n    trustoo.cli.main()\n"
        "except SystemExit:\n    print('\\nLOADED', *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.partition("\nLOADED ")[2].split())


@pytest.mark.parametrize("arguments", [["--version"], ["--help"]])
def test_version_and_help_load_no_command(arguments: list[str]) -> None:
    loaded = loaded_by(*arguments)
    heavy = ["httpx", "httpcore", "anyio", "msgspec", "rich", "filelock", "asyncio", "ssl", "email", "http.client"]
    heavy += [
        f"trustoo.{name}" for name in ("oauth", "upload", "webhooks", "testing", "_pipeline", "transport.httpcore")
    ]
    assert loaded.isdisjoint(heavy), sorted(loaded & {*heavy})
    assert {name for name in loaded if name.startswith("trustoo.cli.")} == {
        "trustoo.cli.app",
        "trustoo.cli.codes",
        "trustoo.cli.lazy",
    }


def test_a_command_loads_no_module_of_another(machine: Machine) -> None:
    loaded = loaded_by("reviews", "list", "--help")
    assert "trustoo.cli.commands" in loaded
    others = ("imports", "reviews", "media", "fake", "doctor", "webhooks", "platforms", "login", "products")
    assert not {f"trustoo.cli.{name}" for name in others} & loaded


@pytest.mark.parametrize("name", [name for name, entry in COMMANDS.items() if isinstance(entry, Entry)])
def test_the_list_of_commands_has_the_first_sentence_of_each(name: str) -> None:
    found = COMMANDS[name]
    assert isinstance(found, Entry)
    command = found.load(name, None)
    assert command.get_short_help_str(200).startswith(found.help.removesuffix("."))
    assert inspect.getdoc(command.callback)


def test_what_a_call_would_do_names_the_arguments_in_the_query_and_in_the_body() -> None:
    listed = operation_spec("reviews.list").said({"page": 2, "keyword": "kettle"})
    assert listed.endswith('GET /api/v1/openapi/get_reviews with {"keyword": "kettle", "page": "2"}.'), listed
    deleted = operation_spec("reviews.delete").said({"id": "1"})
    assert '"1"' in deleted
