"""`trustoo reviews rating`: the average and the star counts of products."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from trustoo_api.decoding import members

from ..errors import ArgumentError, ConfigurationError, TransportError, TrustooError, UnauthenticatedError
from .calling import call
from .connection import RATE, Rate, connection
from .exits import Exit, command, exit_code, shown
from .filters import with_options_of
from .operations import operation_spec
from .output import AsJson, Output
from .results import show_result

__all__ = ["rating"]

RATING = operation_spec("reviews.rating")
HANDLE = re.compile(r"[^\W\d_][\w-]*")
Arguments = dict[str, str]


@command
@with_options_of(RATING, "product_id", "product_handle")
def rating(
    context: typer.Context,
    given: dict[str, Any],
    products: Annotated[
        list[str] | None,
        typer.Argument(metavar="PRODUCT...", help="Ids or handles of products. - reads them from standard input."),
    ] = None,
    products_file: Annotated[
        Path | None,
        typer.Option("--products", help="A file with handles and ids of products, as `products pull` writes it."),
    ] = None,
    rate: Rate = RATE,
    as_json: AsJson = False,
) -> int:
    """Show the average and the star counts of products.

    Without products, the options say what is counted, such as the store. With several products, each has one line. If
    one of them fails, the others go on.
    """
    output = Output(as_json)
    wanted = [*map(_argument, _texts(products or [])), *(_of_file(products_file) if products_file else [])]
    if wanted and given:
        raise ArgumentError("Give products, or options that say what is counted, not both.")
    if not wanted or (len(wanted) == 1 and not products_file):
        show_result(output, RATING, call(context, RATING, given | (wanted[0] if wanted else {})))
        return Exit.DONE
    failures: list[TrustooError] = []
    with connection(context).client(rate) as shop, output.progress("Reading ratings", len(wanted)) as advance:

        def rows() -> Iterator[dict[str, Any]]:
            for arguments in wanted:
                try:
                    yield {**arguments, **RATING.call(shop, arguments).to_dict()}
                except TrustooError as error:
                    failures.append(error)
                    output.error(f"{', '.join(arguments.values())}: {shown(error)}")
                    if isinstance(error, UnauthenticatedError | TransportError | ConfigurationError):
                        return  # the other products would fail in the same way
                advance()

        asked = {name for arguments in wanted for name in arguments}
        output.records(rows(), [*sorted(asked), *(wire for _, wire in members(RATING.result))])
    return max((int(exit_code(error)) for error in failures), default=int(Exit.DONE))


def _texts(products: list[str]) -> Iterator[str]:
    for text in products:
        yield from sys.stdin.read().split() if text == "-" else [text]


def _argument(text: str) -> Arguments:
    """The argument for a product. Raises ArgumentError if the text is neither an id nor a handle."""
    if HANDLE.fullmatch(text):
        return {"product_handle": text}
    RATING.request({"product_id": text})
    return {"product_id": text}


def _of_file(path: Path) -> Iterator[Arguments]:
    from .imports.products import Products

    for number in Products.read(path).ids:
        yield {"product_id": number}
