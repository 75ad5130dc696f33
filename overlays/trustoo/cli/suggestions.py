"""What to type instead of a command or an option that does not exist, for those who know the API's documentation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from trustoo_api.operations import OPERATIONS
from trustoo_api.types import Operation

from .commands import command_of
from .lazy import Entries, Group
from .operations import operation_named

__all__ = ["instead_of_command", "instead_of_option"]

MOST = 3
SAME = {
    **dict.fromkeys(("add", "new", "subscribe"), "create"),
    **dict.fromkeys(("change", "edit"), "update"),
    **dict.fromkeys(("forget", "remove"), "delete"),
    **dict.fromkeys(("backup", "download"), "export"),
    **dict.fromkeys(("find", "ls", "search"), "list"),
    **dict.fromkeys(("check", "ping", "whoami"), "doctor"),
    "show": "get",
    "output": "file",
}
"""Words that people type, and the words that commands and their arguments have."""


def instead_of_command(arguments: Sequence[str], group: str, commands: Entries) -> str:
    """A sentence with the commands that are nearest to what was typed, else with all commands of the group.

    The words of a command are compared, and the words of its operation in the vendor's documentation: the title and
    the path.

    Args:
        arguments: what was typed. The first one is not a command of the group.
        group: the group in which it was typed; empty at the start.
        commands: all commands.
    """
    first, *others = arguments
    if re.search("[-_]", first) and (operation := operation_named(first)) is not None:
        return _did_you_mean([command_of(operation)])
    known = [name for name, entry in _members(group, commands).items() if not getattr(entry, "is_hidden", False)]
    near = get_close_matches(first, known, n=MOST, cutoff=0.8)
    second = others[0] if others and re.fullmatch(r"[a-z][\w-]*", others[0]) else ""
    if not group and near:
        group, typed = near[0], _words(second)
    else:
        typed = _words(first, second)
    if typed and (found := _by_words(typed - _words(group), group, commands, first)):
        return _did_you_mean(found)
    if near:
        return _did_you_mean([f"{group} {name}" if name in _members(group, commands) else name for name in near])
    return f"The commands{f' of {group}' if group else ''} are {', '.join(known)}."


def instead_of_option(context: Any, name: str) -> str:
    """A sentence on how to give what an unknown option was to give; empty if that is not known."""
    command, start = context.command, context.find_root().command
    plain = name.lstrip("-").replace("-", "_")
    variable = f"TRUSTOO_{plain.upper()}"
    if command is not start and any(name in parameter.opts for parameter in start.params):
        words = context.command_path.removeprefix(context.find_root().command_path)
        return f"It comes before the command: trustoo {name} …{words}"
    if any(variable in (text.help or "") for text in (command, start)):
        return f"Set the environment variable {variable} instead."
    if plain == "page" and any("--limit" in parameter.opts for parameter in command.params):
        return "Pages are read one after the other. --limit sets the number of rows, and --all reads them all."
    given = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    same = [argument for argument in given if _words(plain) & _words(argument.name)]
    return f"{(same[0].metavar or same[0].name).upper().rstrip('.')} is given without an option." if same else ""


def _by_words(typed: set[str], group: str, commands: Entries, first: str) -> list[str]:
    """The commands that have all of the words and of those of the group, else those of the group with most words.

    Commands that end with the `first` word are before others, then those that have few other words.
    """
    wanted, known = typed | _words(group), dict(_known(commands))
    whole = [path for path, words in known.items() if wanted <= words]
    most = max(len(typed & words) for words in known.values())
    part = [path for path, words in known.items() if path.startswith(group) and len(typed & words) == most]
    found = whole or (part if most * 2 >= len(typed) else [])
    return sorted(found, key=lambda path: (_words(path.split()[-1]) != _words(first), len(known[path] - wanted)))[:MOST]


def _known(commands: Entries) -> Iterator[tuple[str, set[str]]]:
    """Each command with its words."""
    operations = _operations()
    for name, entry in commands.items():
        if isinstance(entry, Group):
            paths = [] if entry.is_hidden else [f"{name} {inner}" for inner in entry.entries()]
        else:
            paths = [name]
        for path in paths:
            operation = operations.get(path)
            texts = [operation.title, *operation.path.split("/")[-2:]] if operation is not None else []
            yield path, _words(path, *texts)


def _operations() -> dict[str, Operation]:
    return {command_of(name): operation for name, operation in OPERATIONS.items()}


def _members(group: str, commands: Entries) -> Entries:
    found = commands.get(group)
    return found.entries() if isinstance(found, Group) else {} if group else commands


def _words(*texts: str) -> set[str]:
    """The words of texts in the singular."""
    found: list[str] = re.findall(r"[a-z0-9]{2,}", " ".join(texts).lower().replace("_", " "))
    return {SAME.get(word, word).removesuffix("s") for word in found}


def _did_you_mean(paths: Sequence[str]) -> str:
    operations = _operations()
    titles = {path: f" ({operation.title})" for path, operation in operations.items() if operation.title}
    return f"Did you mean {', '.join(repr(path) + titles.get(path, '') for path in paths)}?"
