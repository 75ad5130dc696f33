"""Finds the ids of products by their handles. The API takes ids, but many exports of reviews have handles only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from trustoo_api.values import Constraint, convert

from ...errors import ArgumentError, ConfigurationError
from .tables import open_table

__all__ = ["Products", "handle_of"]

HANDLES = ("producthandle", "handle", "urlhandle", "producturl", "productlink")
"""The names of columns with handles or addresses of products: lower case, only letters and digits."""
IDS = ("productid", "shopifyproductid", "externalproductid", "productgid", "productexternalid")
"""The names of columns with ids of products."""
OF_REVIEWS = {"rating", "reviewrating", "score", "reviewscore", "stars", "starrating"}
"""Columns of reviews. In a file with such a column, the column `id` has the ids of the reviews."""
OF_SHOPIFY = {"bodyhtml", "variantsku", "variantprice", "publishedononlinestore", "inventoryquantity"}
"""Columns of the products CSV that Shopify exports."""
IN_ADDRESS = re.compile(r"(?:^|/)products/([^/?#\s]+)", re.IGNORECASE)
ADDRESS = re.compile(r"[a-z]+://|/", re.IGNORECASE)
NUMBER = Constraint(gid="Product")
PULL = "trustoo products pull SHOP --to products.json"


class Products:
    """The ids of a shop's products, by handle."""

    def __init__(self, ids: Mapping[str, str]) -> None:
        self._ids = {handle.casefold(): number for handle, number in ids.items()}

    @classmethod
    def read(cls, path: Path) -> Products:
        """Read any table or JSON file that has handles and ids of products.

        Examples: a file of `trustoo products pull`, a saved /products.json, a response of Shopify's Admin API (REST or
        GraphQL), an export of reviews with the columns `product_handle` and `product_id`.

        Raises:
            ConfigurationError: if the file cannot be read, has no handles with ids, an id is not a number, or one
                handle has two ids.
        """
        table = open_table(path, is_known=_is_known)
        columns, found = {_plain(name) for name in table.names}, dict[str, tuple[str, int]]()
        if columns & OF_SHOPIFY and columns & {"handle", "urlhandle"} and not columns & {*IDS, "id"}:
            raise ConfigurationError(
                f"{path} is a products CSV of Shopify, which has no ids. Run {PULL}, and give products.json."
            )
        for line, values in table.lines:
            for record in _objects(values):
                try:
                    handle, number = _handle(record), _id(record)
                except ArgumentError as error:
                    raise ConfigurationError(f"{path}:{line}: {error}") from error
                if handle and number:
                    known, first = found.setdefault(handle.casefold(), (number, line))
                    if known != number:
                        raise ConfigurationError(
                            f"{path} has two ids for the handle {handle!r}: {known} (line {first}) and {number} "
                            f"(line {line}). Remove the id of the product that does not exist any more."
                        )
        if table.problems:
            problem = table.problems[0]
            raise ConfigurationError(f"{path}:{problem.line}: {problem.text}.")
        if not found:
            raise ConfigurationError(
                f"{path} has no handles of products with their ids. It needs columns or members such as handle and "
                f"product_id. Such a file comes from {PULL}."
            )
        return cls({handle: number for handle, (number, _) in found.items()})

    def id_of(self, handle: str) -> str | None:
        """The id of the product with this handle, or at this address of a shop; None if it is not known."""
        name = handle_of(handle)
        return None if name is None else self._ids.get(name.casefold())

    @property
    def ids(self) -> list[str]:
        """The ids of all products, each once, in the order of the file."""
        return [*dict.fromkeys(self._ids.values())]

    def __len__(self) -> int:
        return len(self._ids)


def handle_of(text: str) -> str | None:
    """The handle in the address of a product, such as https://kettles.example/collections/new/products/red-kettle?a=1.

    Other text is a handle itself. None means an address that is not that of a product, or no text.
    """
    text = text.strip()
    if found := IN_ADDRESS.search(text):
        return unquote(found[1])
    return None if ADDRESS.match(text) else text or None


def _handle(record: Mapping[str, Any]) -> str | None:
    texts = (record.get(name) for name in HANDLES)
    return next((found for text in texts if isinstance(text, str) and (found := handle_of(text))), None)


def _id(record: Mapping[str, Any]) -> str | None:
    """The id of the product. Raises ArgumentError if it is not a number."""
    is_product = record.keys() & {"handle", "urlhandle"} and not record.keys() & OF_REVIEWS
    names = (*IDS, "id") if is_product else IDS
    for name in names:
        value = record.get(name)
        text = "" if value is None or isinstance(value, dict | list) else str(value).strip().removeprefix("shopify-")
        if text and not (text.startswith("gid:") and "/Product/" not in text):
            return str(convert(name, text, NUMBER)) or None
    return None


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """The object, and the objects inside it, by the plain names of their members."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        inner = [*one.values()] if isinstance(one, dict) else one if isinstance(one, list) else []
        waiting += reversed(inner)
        if isinstance(one, dict):
            yield {_plain(name): item for name, item in one.items()}


def _is_known(column: str) -> bool:
    return _plain(column) in {*HANDLES, *IDS, "id"}


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))
