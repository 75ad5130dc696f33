"""Groups of commands that are imported when they are called, so that `trustoo --help` is fast."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Literal, TypeAlias

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

__all__ = ["Entries", "Entry", "Group", "LazyGroup"]

Markup: TypeAlias = Literal["markdown", "rich"] | None
PLAIN = (
    (re.compile(r"is not a valid float\b.*|should be a valid number\b.*"), "is not a number."),
    (re.compile(r"is not a valid int\b.*|should be a valid integer\b.*"), "is not a whole number."),
)
"""What typer says about a value that is not of its type, and what we say."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A command that is imported when it is called.

    Attributes:
        target: "module:function" in this package. "reviews.get" is the command of this operation of the API, and
            "orders.list > file" the command that exports this list.
        help: the sentence in the list of commands. If it is empty, the list imports the command.
    """

    target: str
    help: str = ""

    def load(self, name: str, markup: Markup) -> Any:
        """The command, for typer."""
        module, _, attribute = self.target.partition(":")
        if attribute:
            function: Callable[..., Any] = getattr(import_module(f".{module}", __package__), attribute)
        else:
            operation, _, is_export = self.target.partition(" > ")
            if is_export:
                from .list_exports import export_command as made_of
            else:
                from .commands import operation_command as made_of

            function = made_of(operation)
        made = typer.Typer(add_completion=False, rich_markup_mode=markup, pretty_exceptions_enable=False)
        made.command(name, cls=_Command)(function)
        return get_command(made)


@dataclass(frozen=True, slots=True)
class Group:
    """A group of commands.

    Attributes:
        help: what the commands are for.
        entries: returns the commands by name, in the order of the list.
        is_hidden: whether the group is another name for a group, which lists leave out.
    """

    help: str
    entries: Callable[[], Mapping[str, Entry]] = field(repr=False)
    is_hidden: bool = False

    def load(self, name: str, markup: Markup) -> Any:
        """The group, for typer."""
        made = LazyGroup(
            name=name, help=self.help, no_args_is_help=True, rich_markup_mode=markup, hidden=self.is_hidden
        )
        made.add(self.entries())
        return made


Entries: TypeAlias = Mapping[str, Entry | Group]


@contextmanager
def _explained(context: Any) -> Iterator[None]:
    """Say how to give what an unknown option was to give, and what is wrong with a value."""
    try:
        yield
    except Exception as raised:
        # typer has its own copy of click's errors, and does not export them.
        error: Any = raised
        if hasattr(error, "possibilities"):  # the options that are near an unknown one
            from .suggestions import instead_of_option

            if hint := instead_of_option(context, error.option_name):
                error.message, error.possibilities = f"{error.message}. {hint}", None
        elif getattr(error, "param", None) is not None and error.message:  # the value of an option
            error.message = _plain(error)
        raise


def _plain(error: Any) -> str:
    """The message about a value, with the value and without the words of typer for types. Versions of typer differ."""
    details = getattr(error.__cause__, "errors", None)  # later versions check values with pydantic
    message: str = error.message
    if details is not None:
        message = re.sub("^Input", repr(str(details()[0]["input"])), message).removeprefix("Value error, ")
    for pattern, plain in PLAIN:
        message = pattern.sub(plain, message)
    return message


class _Command(TyperCommand):
    """A command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        with _explained(ctx):
            return super().parse_args(ctx, args)


class LazyGroup(TyperGroup):
    """A group that imports a command when the command is called. For lists of commands, a sentence is enough."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        with _explained(ctx):
            return super().parse_args(ctx, args)

    def add(self, entries: Entries) -> None:
        """Add commands by name."""
        self.entries = entries
        """The commands by name."""
        for name, entry in entries.items():
            hidden = isinstance(entry, Group) and entry.is_hidden
            self.commands[name] = TyperCommand(
                name, help=entry.help, hidden=hidden, rich_markup_mode=self.rich_markup_mode
            )

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        entry = self.entries.get(cmd_name)
        return self._loaded(cmd_name) if entry is not None and not entry.help else super().get_command(ctx, cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] in self.entries:
            self._loaded(args[0])
        elif args and args[0][:1].isalnum() and not ctx.resilient_parsing:
            from .suggestions import instead_of_command

            group = "" if ctx.parent is None else str(self.name)
            ctx.fail(f"No such command {args[0]!r}. {instead_of_command(args, group, ctx.find_root().command.entries)}")
        return super().resolve_command(ctx, args)

    def _loaded(self, name: str) -> Any:
        found = self.commands[name]
        if type(found) is TyperCommand and found.callback is None:
            found = self.commands[name] = self.entries[name].load(name, self.rich_markup_mode)
        return found
