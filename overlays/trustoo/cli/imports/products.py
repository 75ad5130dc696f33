"""Finds the ids of products by their handles. The API takes ids, but many exports of reviews have handles only."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from trustoo_api.values import Constraint, convert

from ...errors import ArgumentError, ConfigurationError
from ..files import oserror_context

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
NUMBER = Constraint(types=("string",), gid="Product")
PULL = "trustoo products pull SHOP --to products.json"


class Products:
    """The ids of a shop's products, by handle."""

    def __init__(self, ids: Mapping[str, str]) -> None:
        self._ids = {handle.casefold(): number for handle, number in ids.items()}

    @classmethod
    def read(cls, path: Path) -> Products:
        """Read any CSV or JSON file that has handles and ids of products.

        Examples: a file of `trustoo products pull`, a saved /products.json, a response of Shopify's Admin API (REST or
        GraphQL), an export of reviews with the columns `product_handle` and `product_id`.

        Raises:
            ConfigurationError: if the file cannot be read, has no handles with ids, an id is not a number, or one
                handle has two ids.
        """
        with oserror_context(path):
            content = path.read_bytes()
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ConfigurationError(f"{path} is not UTF-8 text; save the file as UTF-8.") from error
        is_json = text.lstrip()[:1] in ("{", "[")
        found, columns = dict[str, tuple[str, str]](), set[str]()
        for place, record in _json(path, text) if is_json else _csv(path, text):
            columns |= record.keys()
            try:
                handle, number = _handle(record), _id(record)
            except ArgumentError as error:
                raise ConfigurationError(f"{path}, {place}: {error}") from error
            if handle and number:
                known, where = found.setdefault(handle.casefold(), (number, place))
                if known != number:
                    raise ConfigurationError(
                        f"{path} has two ids for the handle {handle!r}: {known} ({where}) and {number} ({place}). "
                        "Remove the id of the product that does not exist any more."
                    )
        if not found:
            raise ConfigurationError(f"{path} {_missing(columns)}")
        return cls({handle: number for handle, (number, _) in found.items()})

    def id_of(self, handle: str) -> str | None:
        """The id of the product with this handle, or at this address of a shop; None if it is not known."""
        name = handle_of(handle)
        return None if name is None else self._ids.get(name.casefold())

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


def _missing(columns: set[str]) -> str:
    if columns & OF_SHOPIFY and columns & {"handle", "urlhandle"} and not columns & {*IDS, "id"}:
        return f"is a products CSV of Shopify, which has no ids of products. Run {PULL}, and give products.json."
    return (
        "has no handles of products with their ids. It needs columns or members such as handle and product_id. "
        f"Such a file comes from {PULL}."
    )


def _csv(path: Path, text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    csv.field_size_limit(1 << 30)
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        names = [_plain(name) for name in next(lines, [])]
        begin = lines.line_num + 1
        for cells in lines:
            yield f"line {begin}", dict(zip(names, cells, strict=False))
            begin = lines.line_num + 1
    except csv.Error as error:
        raise ConfigurationError(f"{path}, line {lines.line_num}: this is not valid CSV: {error}") from error


def _json(path: Path, text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects with a handle in a JSON value or in JSON Lines, also those inside others."""
    try:
        values = [json.loads(text)]
    except (ValueError, RecursionError):
        values = []
        for number, line in enumerate(text.split("\n"), 1):
            try:
                values += [json.loads(line)] if line.strip() else []
            except (ValueError, RecursionError) as error:
                raise ConfigurationError(f"{path}, line {number}: this is not valid JSON: {error}") from error
    number = 0
    values.reverse()
    while values:
        value = values.pop()
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        values += reversed(list(inner))
        if isinstance(value, dict):
            record = {_plain(name): item for name, item in value.items()}
            if not record.keys().isdisjoint(HANDLES):
                number += 1
                yield f"product {number}", record


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))
