"""The reference of the command line and its pictures are those of the commands."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from trustoo.cli.app import COMMANDS
from trustoo.cli.lazy import Group

from tools import cli_docs, cli_pictures

GUIDE = (cli_docs.PAGE.parent / "cli.md").read_text(encoding="utf-8")


def test_the_reference_is_made_from_the_commands_own_help() -> None:
    assert cli_docs.PAGE.read_text(encoding="utf-8") == cli_docs.page(), "run make cli-docs"


def test_the_pictures_show_what_the_commands_print() -> None:
    for name, content in cli_pictures.pictures():
        file = cli_pictures.FOLDER / f"{name}.svg"
        assert file.read_text(encoding="utf-8") == content, "run make cli-docs"
        for element in ElementTree.fromstring(content).iter():
            style = element.text or "" if element.tag.endswith("style") else ""
            assert "http" not in f"{style}{element.attrib}", "a picture loads nothing"


def test_each_picture_is_in_the_guide() -> None:
    assert set(re.findall(r"\(cli/(.+?)\.svg\)", GUIDE)) == {*cli_pictures.COMMANDS}


def test_no_command_is_without_a_picture() -> None:
    targets = dict[str, str]()
    for name, entry in COMMANDS.items():
        inner = entry.entries() if isinstance(entry, Group) else {"": entry}
        targets |= {f"{name} {other}".strip(): command.target for other, command in inner.items()}
    shown = [
        re.sub(r"^--shop \S+ ", "", line) for lines in cli_pictures.COMMANDS.values() for line in lines.splitlines()
    ]
    drawn = {target for path, target in targets.items() if any(f"{line} ".startswith(f"{path} ") for line in shown)}
    assert drawn == {*targets.values()}
