"""Writes docs/cli-commands.md, the reference of the command line, from the commands' own help.

python -m tools.cli_docs            # write the page
python -m tools.cli_docs --check    # exit code 1 if it is out of date
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trustoo.cli.app import COMMANDS
from trustoo.cli.commands import command_of
from trustoo.cli.lazy import Entry, Group
from trustoo.cli.operations import operation_spec
from trustoo_api.operations import OPERATIONS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "cli-commands.md"
WIDTH = 120
INTRODUCTION = """# All commands and options

This page is written by `make cli-docs` from the commands' own help. [The command line](cli.md) is the guide.

## The command of each operation

| operation | page of the vendor | command | evidence |
| --- | --- | --- | --- |"""


def page() -> str:
    """The page."""
    lines = [INTRODUCTION]
    for name in OPERATIONS:
        about = operation_spec(name).operation
        lines.append(f"| `{name}` | {about.title or 'none'} | `trustoo {command_of(name)}` | {about.evidence} |")
    lines.append("")
    for name, entry in COMMANDS.items():
        if isinstance(entry, Group) and not entry.is_hidden:
            lines += [f"## {name}", "", *_wrapped(entry.help), ""]
            for inner, command in entry.entries().items():
                lines += _described(f"{name} {inner}", command, "###")
        elif isinstance(entry, Entry):
            lines += _described(name, entry, "##")
    return "\n".join(lines).rstrip() + "\n"


def _described(words: str, entry: Entry, heading: str) -> Iterator[str]:
    command = entry.load(words.rpartition(" ")[2], None)
    yield from (f"{heading} {words}", "")
    for paragraph in (command.help or "").split("\n\n"):
        yield from (*_wrapped(paragraph), "")
    for parameter in command.params:
        text = " ".join(filter(None, [parameter.help or "", _default(parameter)]))
        yield from _wrapped(f"- {_name(parameter)}: {text}", indent="  ")
    yield ""


def _name(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{parameter.metavar or parameter.name.upper()}`"
    return ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))


def _default(parameter: Any) -> str:
    variable = f"Variable: `{parameter.envvar}`." if parameter.envvar else ""
    value = parameter.default
    if parameter.required:
        return f"Required. {variable}".strip()
    shown = (
        "Default:" not in (parameter.help or "")
        and value is not None
        and not isinstance(value, bool)
        and value not in ([], "")
    )
    return " ".join(filter(None, [f"Default: {getattr(value, 'value', value)}." if shown else "", variable]))


def _wrapped(text: str, indent: str = "") -> list[str]:
    plain = " ".join(text.replace("|", r"\|").replace("<", r"\<").split())
    return textwrap.wrap(plain, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def main(arguments: list[str]) -> int:
    """Write or check the page. Returns the exit code."""
    wanted = page()
    if "--check" in arguments:
        if PAGE.read_text(encoding="utf-8") == wanted:
            return 0
        print(f"{PAGE.name} is out of date; run: make cli-docs", file=sys.stderr)
        return 1
    PAGE.write_text(wanted, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
