"""Errors about commands and options that do not exist name what to type instead."""

from __future__ import annotations

import pytest
from trustoo.cli.app import COMMANDS
from trustoo.cli.commands import command_of
from trustoo.cli.operations import operation_named
from trustoo.cli.suggestions import instead_of_command
from trustoo_api.operation import Operation
from trustoo_api.operations import OPERATIONS

from tests.cli.conftest import Machine


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_the_title_and_the_path_of_an_operation_lead_to_its_command(operation: Operation) -> None:
    path = operation.path.removeprefix("/api/v1/openapi/")
    for typed in filter(None, (operation.title, path)):
        hint = instead_of_command([typed.replace(" / ", " ").replace(" ", "-").replace("/", "-")], "", COMMANDS)
        assert hint.startswith(f"Did you mean '{command_of(operation.id)}'"), typed


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_an_operation_has_the_names_of_the_vendors_documentation(operation: Operation) -> None:
    names = (operation.id, operation.path, operation.path.rpartition("/")[2], operation.title or operation.id)
    assert {operation_named(name) for name in names} == {operation.id}
    assert {operation_named(name.upper()) for name in names} == {operation.id}


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("oauth2 get-authorization-url", "oauth authorize-url"),
        ("oauth refresh", "oauth token"),
        ("oauth disconnect", "platform disconnect"),
        ("shop install-status", "platform installation-status"),
        ("platform install-status", "platform installation-status"),
        ("webhook create", "webhooks create"),
        ("webhooks add", "webhooks create"),
        ("webhooks get", "webhooks list"),
        ("webhook", "webhooks"),
        ("open-api private-token", "tokens private"),
        ("reviews detail", "reviews get"),
        ("reviews lst", "reviews list"),
        ("ratings get", "reviews rating"),
        ("export reviews", "reviews export"),
        ("customer-exclusions create", "customers exclude"),
        ("customers exclusion delete", "customers include"),
        ("customers list-exclusions", "customers exclusions"),
        ("exclusions", "customers exclusions"),
        ("review-list", "reviews list"),
        ("delete webhook", "webhooks delete"),
        ("customers delete", "customers forget"),
        ("upload", "media upload"),
        ("login", "oauth login"),
        ("auth revoke", "oauth revoke"),
        ("token revoke", "oauth revoke"),
        ("ping", "doctor"),
        ("request get_rating", "reviews rating"),
    ],
)
def test_other_words_lead_to_a_command(machine: Machine, typed: str, command: str) -> None:
    done = machine.run(*typed.split())
    assert (done.code, f"Did you mean '{command}'" in done.err) == (2, True), done.err


@pytest.mark.parametrize("typed", ["reviews hide", "reviews update 123", "customers opt-outs"])
def test_words_that_lead_nowhere_are_answered_with_the_commands_of_the_group(machine: Machine, typed: str) -> None:
    group = typed.split()[0]
    done = machine.run(*typed.split())
    assert f"The commands of {group} are " in done.err
    assert "Did you mean" not in done.err


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("oauth token --client-secret x", "Set the environment variable TRUSTOO_CLIENT_SECRET instead."),
        ("oauth revoke --token x", "Set the environment variable TRUSTOO_TOKEN instead."),
        ("--private-token x reviews list", "Set the environment variable TRUSTOO_PRIVATE_TOKEN instead."),
        ("reviews list --shop x", "It comes before the command: trustoo --shop … reviews list"),
        ("reviews list --page 2", "--limit sets the number of rows, and --all reads them all."),
        ("reviews list --product-ids 1", "(Possible options: --product-id)"),
        ("webhooks delete --id 19", "ID is given without an option."),
        ("customers exclude --email zoe@e.example", "EMAIL is given without an option."),
        ("reviews rating --product-id 1", "PRODUCT is given without an option."),
        ("reviews export --output a.csv", "FILE is given without an option."),
        ("reviews export --paeg-size 3", "(Possible options: --page-size)"),
    ],
)
def test_an_unknown_option_is_answered_with_the_way_to_give_its_value(machine: Machine, typed: str, hint: str) -> None:
    done = machine.run(*typed.split(), COLUMNS="200")
    assert (done.code, hint in done.err) == (2, True), done.err
    assert machine.service.received == []


def test_the_method_before_a_path_is_left_out(machine: Machine) -> None:
    done = machine.run("api", "GET", "/api/v1/openapi/get_rating", "product_id=1")
    assert (done.code, "trustoo api /api/v1/openapi/get_rating" in done.err) == (2, True)
    assert machine.run("api", "/api/v1/openapi/get_rating", "product_id=1").code == 0


def test_a_missing_token_of_a_shop_is_answered_with_the_command_that_gets_it(machine: Machine) -> None:
    done = machine.run("--shop", "kettles", "--store", machine.folder / "tokens", "reviews", "list")
    assert (done.code, "Run trustoo oauth login." in done.err, "authorize_url" in done.err) == (3, True, False)
