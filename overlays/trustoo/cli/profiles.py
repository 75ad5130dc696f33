"""Profiles: the settings of several shops in one file, `config.toml` in the user's configuration directory.

    [profiles.kettles]
    public_token = "..."
    private_token = "..."
    base_url = "https://..."

A file with secrets is refused if other users can read it.
"""

from __future__ import annotations

import os
import re
import stat
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from .. import CREDENTIAL_VARIABLES
from ..errors import ConfigurationError
from .connection import CLIENT_ID
from .exits import CLIENT_SECRET, command
from .operations import nearest

__all__ = ["VARIABLES", "config_file", "load_profile", "use_profile"]

VARIABLES: Mapping[str, str] = {
    **CREDENTIAL_VARIABLES,
    "base_url": "TRUSTOO_BASE_URL",
    "client_id": CLIENT_ID,
    "client_secret": CLIENT_SECRET,
    "webhook_secret": "TRUSTOO_WEBHOOK_SECRET",
}
"""The environment variables that a profile's settings replace."""
OPTIONS: Mapping[str, tuple[type, ...]] = {"shop": (str,), "store": (str,), "timeout": (int, float)}
"""The settings that are options before the command, with their types."""
PUBLIC = frozenset(["base_url", "client_id", "public_token", *OPTIONS])
CREDENTIALS = frozenset(["access_token", "merchant_session", "private_token", "public_token"])


def config_file() -> Path:
    """The file of the profiles."""
    return Path(typer.get_app_dir("trustoo")) / "config.toml"


def use_profile(context: typer.Context, name: str) -> tuple[dict[str, Any], frozenset[str]]:
    """Set the variables of a profile until the command ends. Returns its options, and the variables that have a value.

    An error ends the command.
    """
    found: list[tuple[dict[str, str | None], dict[str, Any]]] = []

    @command
    def load() -> None:
        found.append(load_profile(name))

    load()
    ((variables, options),) = found
    previous = {variable: os.environ.get(variable) for variable in variables}
    context.call_on_close(lambda: _set(previous))
    _set(variables)
    return options, frozenset(variable for variable, value in variables.items() if value is not None)


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def load_profile(name: str) -> tuple[dict[str, str | None], dict[str, Any]]:
    """The variables and the options that a profile sets. A profile with credentials sets all of them, some to None.

    Raises:
        ConfigurationError: if there is no such profile, a setting is unknown or has a wrong type, or other users can
            read secrets in the file.
    """
    file = config_file()
    profiles = _profiles(file)
    found = profiles.get(name)
    if not isinstance(found, dict):
        said = f"the profiles are {', '.join(profiles)}" if profiles else "the file has no profiles"
        raise ConfigurationError(f"{file} has no profile {name!r}; {said}.")
    for setting, value in found.items():
        if setting not in {*VARIABLES, *OPTIONS}:
            known = [*VARIABLES, *OPTIONS]
            near = nearest(setting, known)
            said = f"Did you mean {near}?" if near else f"The settings are {', '.join(known)}."
            raise ConfigurationError(f"{file}: profile {name} has the unknown setting {setting}. {said}")
        types = OPTIONS.get(setting, (str,))
        if not isinstance(value, types) or isinstance(value, bool):
            wanted = "a number" if float in types else "text"
            raise ConfigurationError(f"{file}: {setting} of profile {name} must be {wanted}.")
    if not found.keys() <= PUBLIC and _others_can_read(file):
        raise ConfigurationError(f"{file} has secrets, and other users can read it. Run: chmod 600 {file}")
    variables: dict[str, str | None] = {}
    if found.keys() & {*CREDENTIALS} - {"public_token"} or "shop" in found:
        variables = {VARIABLES[setting]: None for setting in CREDENTIALS}  # those of another shop must not mix in
    variables |= {VARIABLES[setting]: value for setting, value in found.items() if setting in VARIABLES}
    return variables, {setting: value for setting, value in found.items() if setting in OPTIONS}


def _profiles(file: Path) -> dict[str, Any]:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        said = "Create it, with a table for each profile, such as [profiles.kettles]."
        raise ConfigurationError(f"{file} does not exist. {said}") from None
    except OSError as error:
        raise ConfigurationError(f"{file}: {error.strerror}.") from error
    except ValueError as error:  # the message could quote a secret
        place = re.search(r"line \d+, column \d+|end of document", str(error))
        raise ConfigurationError(f"{file} is not valid TOML{f' ({place[0]})' if place else ''}.") from None
    profiles = content.get("profiles", {})
    return profiles if isinstance(profiles, dict) else {}


def _others_can_read(file: Path) -> bool:
    # On Windows, the user's configuration directory belongs to the user alone, and modes say nothing.
    return sys.platform != "win32" and bool(os.stat(file).st_mode & (stat.S_IRWXG | stat.S_IRWXO))
