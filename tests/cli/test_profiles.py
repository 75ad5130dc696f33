"""Profiles: the settings of several shops in one file."""

from __future__ import annotations

import os
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from trustoo.cli import profiles
from trustoo.cli.profiles import VARIABLES

from tests.cli.conftest import Machine

TOKENS = {VARIABLES[name]: None for name in ("public_token", "private_token", "access_token", "base_url")}


@pytest.fixture
def file(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = machine.folder / "config.toml"
    monkeypatch.setattr(profiles, "config_file", lambda: path)
    return path


def write(file: Path, text: str, mode: int = 0o600) -> None:
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)


def kettles(machine: Machine) -> str:
    return (
        f'[profiles.kettles]\nbase_url = "{machine.environment["TRUSTOO_BASE_URL"]}"\ntimeout = 5\n'
        f'public_token = "{machine.service.tokens.public_token}"\n'
        f'private_token = "{machine.service.tokens.private_token}"\n'
    )


def test_a_profile_takes_the_place_of_the_environment(machine: Machine, file: Path) -> None:
    write(file, kettles(machine))
    assert machine.run("webhooks", "list", **TOKENS).code == 2
    assert machine.run("--profile", "kettles", "webhooks", "list", "--json", **TOKENS).code == 0
    assert machine.run("webhooks", "list", "--json", TRUSTOO_PROFILE="kettles", **TOKENS).code == 0
    other = {"TRUSTOO_PRIVATE_TOKEN": "EXAMPLE-of-another-shop", "TRUSTOO_ACCESS_TOKEN": "EXAMPLE-of-another"}
    assert machine.run("--profile", "kettles", "webhooks", "list", **other).code == 0
    assert "TRUSTOO_PRIVATE_TOKEN" not in os.environ, "the variables are as before"


def test_an_option_comes_before_the_profile(machine: Machine, file: Path) -> None:
    write(file, kettles(machine).replace(machine.service.tokens.public_token, "EXAMPLE-wrong"))
    assert machine.run("--profile", "kettles", "webhooks", "list").code == 3
    public = machine.service.tokens.public_token
    assert machine.run("--profile", "kettles", "--public-token", public, "webhooks", "list").code == 0


def test_each_option_before_the_command_counts_beside_each_other(
    machine: Machine, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(file, "[profiles.kettles]\ntimeout = 5\n")
    given: dict[str, Any] = {
        "--base-url": "https://shop.example",
        "--public-token": "EXAMPLE-of-an-option",
        "--timeout": 7.0,
        "--shop": "kettles",
        "--store": machine.folder / "tokens",
        "--profile": "kettles",
    }
    found: list[tuple[Any, ...]] = []
    monkeypatch.setattr("trustoo.cli.connection.Connection", lambda *values: found.append(values))
    for names in (*combinations(given, 2), (*given,)):
        assert machine.run(*(word for name in names for word in (name, given[name])), "api").code == 0
        used = dict(zip(given, found.pop(), strict=False))
        assert {name: used[name] for name in names} == {name: given[name] for name in names}
        assert used["--timeout"] == (7 if "--timeout" in names else 5 if "--profile" in names else 30)


def test_the_doctor_names_the_profile_that_a_token_comes_from(machine: Machine, file: Path) -> None:
    write(file, kettles(machine))
    done = machine.run("--profile", "kettles", "doctor", "--offline", "--json", **TOKENS)
    details = {check["check"]: check["detail"] for check in done.json["checks"]}
    assert details["public_token"].startswith("from profile kettles, ")
    assert details["private_token"].startswith("from profile kettles, ")
    assert details["access_token"] == "not set (TRUSTOO_ACCESS_TOKEN)"
    done = machine.run("doctor", "--offline", "--json")
    assert "from TRUSTOO_PUBLIC_TOKEN, " in done.out


def test_secrets_may_also_stay_in_the_environment(machine: Machine, file: Path) -> None:
    write(file, '[profiles.kettles]\npublic_token = "EXAMPLE-public-token"\n', 0o644)
    assert machine.run("--profile", "kettles", "webhooks", "list", TRUSTOO_PUBLIC_TOKEN=None).code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes of files")
def test_secrets_that_others_can_read_are_refused(machine: Machine, file: Path) -> None:
    write(file, kettles(machine), 0o640)
    done = machine.run("--profile", "kettles", "webhooks", "list")
    assert (done.code, f"Run: chmod 600 {file}" in done.err, machine.service.received) == (2, True, [])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "does not exist."),
        ("", "has no profile 'kettles'; the file has no profiles."),
        ("[profiles.cups]\n[profiles.pots]\n", "has no profile 'kettles'; the profiles are cups, pots."),
        (
            '[profiles.kettles]\nprivat_token = "EXAMPLE-secret"\n',
            "the unknown setting privat_token. Did you mean private_token",
        ),
        ("[profiles.kettles]\ntimeout = true\n", "timeout of profile kettles must be a number."),
        ("[profiles.kettles]\nprivate_token = 5\n", "private_token of profile kettles must be text."),
        ('[profiles.kettles]\nzzz = "EXAMPLE-secret"\n', "the unknown setting zzz. The settings are public_token, "),
        ('[profiles.kettles]\nprivate_token = "EXAMPLE-secret\n', "is not valid TOML (line 2, column 32)."),
        ("[profiles.kettles", "is not valid TOML (end of document)."),
    ],
)
def test_a_profile_that_cannot_be_used_is_one_sentence(
    machine: Machine, file: Path, content: str | None, said: str
) -> None:
    if content is not None:
        write(file, content)
    done = machine.run("--profile", "kettles", "webhooks", "list")
    assert (done.code, done.out, done.err.count("\n"), machine.service.received) == (2, "", 1, [])
    assert said in done.err
    assert "EXAMPLE-secret" not in done.err


def test_the_file_stands_where_the_saved_tokens_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("APPDATA", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert tmp_path in profiles.config_file().parents
    assert profiles.config_file().name == "config.toml"
