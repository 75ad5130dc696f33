"""`trustoo customers forget`: what the shop holds about a person's e-mail address, and its removal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from .. import Trustoo
from ..errors import ArgumentError, OutcomeUnknownError, TrustooError
from .calling import unverified_read
from .connection import RATE, Rate, connection
from .exits import Exit, command, exit_code, shown
from .files import oserror_context
from .operations import operation_spec
from .output import AsJson, Output

__all__ = ["forget"]

SEARCHED = ("reviews.list", "orders.list", "customer_events.list", "customers.exclusions")
"""The lists that are searched for the address."""
COLUMNS = ("what", "id", "created_at", "status")
Step = tuple[str, str | None, Callable[[], object]]
"""What is done, the id of the object, and the function that does it."""


@command
def forget(
    context: typer.Context,
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The person's e-mail address.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete the reviews, exclude and unsubscribe.")] = False,
    report: Annotated[
        Path | None, typer.Option(help="Write what was found and done to this file too, as JSON Lines.")
    ] = None,
    rate: Rate = RATE,
    as_json: AsJson = False,
) -> int:
    """List or delete what is held about a person.

    The command searches all reviews, orders, events and exclusions for the address. With --yes it excludes and
    unsubscribes the address, and deletes the reviews. A deletion cannot be undone. The API cannot delete orders and
    events. It also cannot say what else the service holds.
    """
    if "@" not in email.strip("@ "):
        raise ArgumentError(f"{email!r} is not an e-mail address.")
    wanted, output = email.strip().casefold(), Output(as_json)
    codes = [int(Exit.DONE)]
    with connection(context).client(rate) as shop, _report(report) as note:
        with output.progress("Searching") as advance:
            found = [*_search(shop, wanted, advance)]

        def rows() -> Iterator[dict[str, Any]]:
            yield from map(note, found)
            for what, name, step in _steps(shop, email.strip(), found) if yes else ():
                code, row = _carry_out(what, name, step)
                codes.append(code)
                yield note(row)

        number = output.records(rows(), COLUMNS)
    if not number:
        output.note("Nothing was found.")
    if kept := sum(row["what"] in ("order", "customer event") for row in found):
        output.note(f"The API cannot delete {kept} of them: orders and events.")
    if not yes:
        output.note("Nothing was changed. Use --yes to delete the reviews, and to exclude and unsubscribe the address.")
    return max(codes)


@contextmanager
def _report(file: Path | None) -> Iterator[Callable[[dict[str, Any]], dict[str, Any]]]:
    """Yields a function that adds a row to the file, if there is one, before it returns the row."""
    if file is None:
        yield lambda row: row
        return
    with oserror_context(file):
        opened = open(file, "a", encoding="utf-8")  # noqa: SIM115  # closed below; an earlier report stays

    def note(row: dict[str, Any]) -> dict[str, Any]:
        with oserror_context(file):
            opened.write(f"{json.dumps(row, ensure_ascii=False)}\n")
            opened.flush()
        return row

    with opened:
        yield note


def _search(shop: Trustoo, wanted: str, advance: Callable[[], object]) -> Iterator[dict[str, Any]]:
    for operation in SEARCHED:
        spec = operation_spec(operation)
        with unverified_read(spec):
            for item in spec.iterate(shop, {}):
                advance()
                received = item.to_dict()
                if _mentions(received, wanted):
                    found = {name: received.get(name) for name in ("id", "created_at")}
                    yield {"what": spec.noun.removesuffix("s"), **found, "status": "found"}


def _mentions(value: object, wanted: str) -> bool:
    """Whether one of the texts in a value is the address."""
    if isinstance(value, str):
        return value.strip().casefold() == wanted
    if isinstance(value, Mapping):
        value = [*value.values()]
    return isinstance(value, list) and any(_mentions(item, wanted) for item in value)


def _steps(shop: Trustoo, email: str, found: list[dict[str, Any]]) -> Iterator[Step]:
    """What is to be done. No invitation may be sent meanwhile, so deletions come last."""
    yield "exclude", None, lambda: shop.customers.exclude(email=email)
    yield "unsubscribe", None, lambda: shop.customers.unsubscribe(email=email, email_type="all")
    for name in [row["id"] for row in found if row["what"] == "review" and row["id"]]:
        yield "delete review", name, lambda name=name: shop.reviews.delete(id=name)  # type: ignore[misc]


def _carry_out(what: str, name: str | None, step: Callable[[], object]) -> tuple[int, dict[str, Any]]:
    """The exit code of a step, and its row. A step that fails does not stop the others."""
    try:
        step()
    except TrustooError as error:
        Output().error(f"{what}{f' {name}' if name else ''}: {shown(error)}")
        status = "unknown" if isinstance(error, OutcomeUnknownError) else "failed"
        return int(exit_code(error)), {"what": what, "id": name, "status": status, "error": shown(error)}
    return int(Exit.DONE), {"what": what, "id": name, "status": "done"}
