"""`trustoo products`: a shop's products, from the list that Shopify shops publish at /products.json."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit, urlunsplit

import typer

from .._files import write_atomic
from ..errors import ArgumentError, ResponseTooLargeError
from ..transport import HTTPResponse, NamedTransport
from .connection import connection
from .exits import command
from .files import oserror_context
from .output import AsJson, Output
from .web import Web, WebError, shown_address

__all__ = ["pull", "shop_address", "shop_products"]

COLUMNS = ("handle", "id", "title")
PAGE_SIZE = 250
"""Products on a page: the most that Shopify gives."""
MOST_PAGES = 1000
LARGEST_PAGE = 64 * 1024**2
"""Bytes. The descriptions of the products are in the pages too."""
PAUSE = 0.5
"""Seconds between the requests to one shop."""
LIMITS = "Shops with a password, and shops that do not use Shopify's own storefront, publish no list of their products."
OTHER_WAY = (
    "Give reviews import another file with handles and ids, such as the export of a review app, or output of Shopify's "
    "Admin API."
)
Product = dict[str, Any]


@command
def pull(
    context: typer.Context,
    shop: Annotated[
        str, typer.Argument(help="The shop's address, such as kettles.myshopify.com or https://www.kettles.example.")
    ],
    to: Annotated[
        Path | None, typer.Option(help="The file to write: .json, .jsonl or .csv. It is replaced if it exists.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read the handles and ids of a shop's products. `reviews import --products FILE` finds products by their handles.

    The command reads the shop's public list, /products.json, without credentials. Products that are not published in
    the online store are not in the list. Shops with a password, and shops that do not use Shopify's own storefront,
    publish no list.
    """
    output = Output(as_json)
    write = None if to is None else _writer(to)
    if to is not None:
        with oserror_context(to):
            to.parent.stat()  # a folder that does not exist fails before anything is sent
    address = shop_address(shop)
    web = Web(
        NamedTransport(),
        accept="application/json",
        largest=LARGEST_PAGE,
        pause=PAUSE,
        timeout=connection(context).timeout,
        deadline=5 * connection(context).timeout,
    )
    try:
        with output.progress("Reading products") as advance:
            found = [_advanced(product, advance) for product in shop_products(web, address, output.note)]
    finally:
        web.close()
    if not found:
        output.note(f"{address} publishes no products.")
    if to is None or write is None:
        output.records(found, COLUMNS)
        return
    with oserror_context(to):
        write_atomic(to, write(found))
    if as_json:
        output.json({"shop": address, "file": str(to), "products": len(found)})
    else:
        output.text(f"{len(found):,} product{'s' * (len(found) != 1)}. File: {to}")


def shop_address(shop: str) -> str:
    """The origin of a shop's address, such as https://kettles.myshopify.com. Raises ArgumentError."""
    text = shop.strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    is_host = "." in host or host == "localhost" or ":" in host
    if not is_host or parts.scheme not in ("http", "https") or parts.username is not None or not text.isprintable():
        raise ArgumentError(
            f"{shown_address(shop)!r} is not the address of a shop; give one such as kettles.myshopify.com."
        )
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{'' if port is None else f':{port}'}"


def shop_products(web: Web, shop: str, note: Callable[[str], object] = lambda text: None) -> Iterator[Product]:
    """Yield handle, id and title of each product that the shop publishes.

    Args:
        web: sends the requests.
        shop: the shop's address without a path.
        note: called with a sentence if the shop redirects to another host.

    Raises:
        WebError: if the shop publishes no list, or if the list is not complete.
        TransportError: if the shop does not respond.
    """
    address, seen = f"{shop}/products.json", set[int]()
    for page in range(1, MOST_PAGES + 1):
        try:
            where, response = web.get(f"{address}?limit={PAGE_SIZE}&page={page}")
        except ResponseTooLargeError as error:
            raise WebError(f"Page {page} of {address} has more than {LARGEST_PAGE} bytes.") from error
        parts = urlsplit(where)
        if parts.netloc != urlsplit(address).netloc:
            note(f"{urlsplit(address).netloc} redirects to {parts.netloc}.")
        products = _products(where, response)
        if not products:
            return
        address = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
        new = [product for product in products if product["id"] not in seen]
        if not new:
            raise WebError(
                f"Page {page} of {address} has the products of earlier pages again, so that the list is not complete. "
                f"{OTHER_WAY}"
            )
        seen.update(product["id"] for product in new)
        yield from new
    raise WebError(f"{address} has more than {MOST_PAGES} pages. {OTHER_WAY}")


def _products(where: str, response: HTTPResponse) -> list[Product]:
    """The products of a page. Raises WebError."""
    shown, path = shown_address(where), urlsplit(where).path.rstrip("/")
    if path.endswith("/password"):
        raise WebError(
            f"{shown} asks for the password of the shop. Remove the password for a moment in the preferences of the "
            f"online store. {OTHER_WAY}"
        )
    if not path.endswith("/products.json"):
        raise WebError(f"The shop redirects from its list of products to {shown}. {LIMITS} {OTHER_WAY}")
    if response.status != 200:
        raise WebError(f"{shown} responds with HTTP {response.status}. {_reason(response.status)} {OTHER_WAY}")
    try:
        items = json.loads(response.content)["products"]
        return [{"handle": str(item["handle"]), "id": int(item["id"]), "title": item.get("title")} for item in items]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise WebError(f"{shown} is not a list of products. {LIMITS} {OTHER_WAY}") from error


def _reason(status: int) -> str:
    if status in (401, 403, 430):
        return "The shop, or a protection before it, refuses programs."
    if status == 429 or status >= 500:
        return "The shop is overloaded. Run the command again later."
    return LIMITS


def _advanced(product: Product, advance: Callable[[], object]) -> Product:
    advance()
    return product


def _writer(file: Path) -> Callable[[Iterable[Product]], bytes]:
    """The function that turns products into a file's content, by the file's extension. Raises ArgumentError."""
    writers = {".json": _as_json, ".jsonl": _as_lines, ".ndjson": _as_lines, ".csv": _as_csv}
    if (found := writers.get(file.suffix.lower())) is None:
        raise ArgumentError(f"The extension of {file} is none of {', '.join(writers)}; give a file with one of these.")
    return found


def _as_json(products: Iterable[Product]) -> bytes:
    lines = ",\n".join(json.dumps(product, ensure_ascii=False) for product in products)
    return f"[\n{lines}\n]\n".encode("utf-8", "backslashreplace")


def _as_lines(products: Iterable[Product]) -> bytes:
    lines = "".join(f"{json.dumps(product, ensure_ascii=False)}\n" for product in products)
    return lines.encode("utf-8", "backslashreplace")


def _as_csv(products: Iterable[Product]) -> bytes:
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    rows.writerows([product[name] for name in COLUMNS] for product in products)
    return text.getvalue().encode("utf-8", "backslashreplace")
