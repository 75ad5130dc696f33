"""trustoo.dlt: a source for dlt (https://dlthub.com/docs), which loads shops into databases and warehouses.

What was received is compared with the tables in the destination, and only rows that are new, changed or gone are
loaded. A second run therefore changes nothing, and the run after a killed one loads what is missing.
"""

from __future__ import annotations

import inspect
import json
import warnings
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import islice
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal, get_args, get_type_hints

import msgspec
import trustoo_api.models
from trustoo_api.api.customer_events import customer_events_list
from trustoo_api.api.customers import customers_exclusions
from trustoo_api.api.orders import orders_list
from trustoo_api.api.reviews import reviews_list
from trustoo_api.decoding import members
from trustoo_api.models import CustomerEvent, CustomerExclusion, Order, Rating, Review
from trustoo_api.types import JSON, Model, PaginationRequest

from .client import Trustoo
from .errors import (
    ArgumentError,
    ConfigurationError,
    NotFoundError,
    PaginationError,
    PaginationWarning,
    TrustooError,
)
from .oauth import Platform
from .pagination import NEWEST_FIRST, PageCursor, Paginator

if TYPE_CHECKING:
    from dlt.common.data_types import TDataType
    from dlt.common.schema.typing import TColumnSchema
    from dlt.extract import DltResource, DltSource
    from dlt.pipeline.pipeline import Pipeline

__all__ = ["Mode", "counts", "source"]

Mode = Literal["new", "full"]
Row = dict[str, Any]
Digests = dict[str, str | None]
"""The digests of the rows of a shop, by their keys. None stands for a row that is marked as gone."""
SHOP, EXTRA, DIGEST = "shop", "extra", "_digest"
ADDED_AT, CHANGED_AT, DELETED_AT = "_added_at", "_changed_at", "_deleted_at"
OWN: dict[str, TDataType] = {
    ADDED_AT: "timestamp",
    CHANGED_AT: "timestamp",
    DELETED_AT: "timestamp",
    DIGEST: "text",
}
"""The columns that no item has: when a row was added, when it was last added, changed or found to be gone, when it was
found to be gone, and the digest of its content."""
DATA_TYPES: dict[type, TDataType] = {str: "text", float: "double", int: "bigint", bool: "bool"}
"""The type of a column whose members have one of these types; the first if they have several."""
SEEN = ""
"""The digest of a row that was received in this run."""
BATCH = 500
"""The number of rows that are fetched at a time, and of keys in a query."""
LIMIT = 2**63
"""Integers in destinations are from -LIMIT to LIMIT - 1."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the source.

    Attributes:
        model: the model of the items.
        key: the member that identifies an item.
        iterate: the generated function that lists the items; None for ratings, which are not listed.
    """

    name: str
    model: type[Model]
    key: str
    iterate: Callable[..., PaginationRequest[Any]] | None = None

    @property
    def is_sorted(self) -> bool:
        """Whether the newest items can be read first."""
        return self.iterate is not None and "sort_by" in inspect.signature(self.iterate).parameters

    def request(self, page_size: int, known_ids: Iterable[str] = ()) -> PaginationRequest[Any]:
        """The iteration over the items. Raises ArgumentError."""
        assert self.iterate is not None
        order = dict([NEWEST_FIRST]) if self.is_sorted else {}
        return self.iterate(page_size=page_size, known_ids=known_ids, **order)


LISTINGS = (
    Table("reviews", Review, "id", reviews_list.iterate),
    Table("orders", Order, "id", orders_list.iterate),
    Table("customer_events", CustomerEvent, "id", customer_events_list.iterate),
    Table("exclusions", CustomerExclusion, "customer_id", customers_exclusions.iterate),
)
RATINGS = Table("ratings", Rating, "id")
TABLES = (*LISTINGS, RATINGS)
OF_THE_SHOP: dict[str, dict[str, Any]] = {
    "all": {"is_all_rating": 1},
    "all_products": {"is_all_products_rating": 1},
    "store": {"is_store_rating": 1},
}
"""The ratings that each shop has: the key of the row, and the arguments of the call."""


def source(
    client: Trustoo | Platform,
    *,
    mode: Mode = "new",
    without: Iterable[str] = (),
    product_ids: Iterable[str | int] = (),
    shops: Iterable[str] | None = None,
    page_size: int = 100,
    on_error: Callable[[str, TrustooError], object] | None = None,
) -> DltSource:
    """Return a source for `pipeline.run`, with the tables reviews, orders, customer_events, exclusions and ratings.

    `source(client).with_resources("reviews")` has one of the tables. docs/warehouse.md describes their columns.

    Args:
        client: the client of a shop, or a platform. With a platform, each table has the rows of many shops. Its first
            column, `shop`, is the key of the shop and a part of the primary key.
        mode: "new" (default) reads a list, newest first, to the first page that ends with a row of the table. It finds
            neither changes nor deletions. "full" reads everything, loads the rows that are new or changed, and sets
            `_deleted_at` of the rows that the service no longer lists. Exclusions cannot be sorted and are always read
            like "full".
        without: names of members that are left out, such as "author_email". "extra" leaves out all members that are
            not in the OpenAPI spec.
        product_ids: Shopify ids of the products whose ratings are loaded, in addition to the ratings of the shop.
        shops: the keys of a platform's shops. Default: all keys in the platform's token store.
        page_size: the number of items that a request asks for. Default: 100.
        on_error: a function that is called with a shop's key and the exception, if a call for a platform's shop fails.
            The other shops are loaded, and the next run reads everything of this table and shop. By default, the
            exception ends the run, and the run loads nothing.

    Returns:
        The source.

    Raises:
        ConfigurationError: if the package dlt is not installed (`pip install 'trustoo[dlt]'`), or the client is neither
            a `Trustoo` nor a `Platform`.
        ArgumentError: if another argument is invalid.

    `pipeline.run` raises `PipelineStepFailed` of dlt. Its cause is the exception of the client.

    Example:
        >>> from trustoo.dlt import source
        >>> sorted(source(shop, mode="full").resources)
        ['customer_events', 'exclusions', 'orders', 'ratings', 'reviews']
    """
    try:
        import dlt
    except ImportError as error:
        raise ConfigurationError("trustoo.dlt needs the package dlt: pip install 'trustoo[dlt]'.") from error
    if not isinstance(client, Trustoo | Platform):
        raise ConfigurationError(f"trustoo.dlt needs a Trustoo or a Platform, not {type(client).__name__}.")
    if mode not in get_args(Mode):
        raise ArgumentError(f'mode must be "new" or "full", not {mode!r}.')
    if isinstance(client, Trustoo) and (shops is not None or on_error is not None):
        raise ArgumentError("shops and on_error need a Platform, but the client is a Trustoo.")
    for table in LISTINGS:
        table.request(page_size)
    load = _Load(
        client,
        mode,
        _members(without),
        _texts("product_ids", product_ids),
        None if shops is None else _texts("shops", shops),
        page_size,
        on_error,
    )

    def resources() -> Iterator[DltResource]:
        for table in TABLES:
            yield dlt.resource(
                _rows,
                name=table.name,
                write_disposition="merge",
                primary_key=[SHOP, table.key] if load.has_shops else table.key,
                columns=load.columns(table),
            )(load, table)

    return dlt.source(resources, name="trustoo")()


def counts(pipeline: Pipeline) -> dict[str, dict[str, int]]:
    """Return the numbers of rows that were "new", "changed" and "gone" in the last run of a pipeline, by table.

    Empty if this object has read nothing, for example because its last run loaded what a killed run had read.

    Args:
        pipeline: the pipeline of dlt.

    Example:
        >>> import dlt
        >>> from trustoo.dlt import counts, source
        >>> pipeline = dlt.pipeline("kettles", destination=dlt.destinations.duckdb("kettles.duckdb"))
        >>> info = pipeline.run(source(shop).with_resources("reviews"))
        >>> counts(pipeline)
        {'reviews': {'new': 1, 'changed': 0, 'gone': 0}}
    """
    trace = pipeline.last_trace
    extracted = trace.last_extract_info if trace is not None else None
    return {
        table: dict(metrics.custom_metrics)
        for packages in (extracted.metrics.values() if extracted is not None else ())
        for package in packages
        for table, metrics in package["resource_metrics"].items()
        if table in {known.name for known in TABLES}
    }


def _texts(name: str, values: Iterable[str | int]) -> tuple[str, ...]:
    if isinstance(values, str):
        raise ArgumentError(f"{name} must be a list, such as [{values!r}], not one string.")
    return tuple(dict.fromkeys(str(value) for value in values))


def _members(names: Iterable[str]) -> frozenset[str]:
    """The names of `without`. Raises ArgumentError for keys, and for unknown names, which may be misspelt."""
    wanted = frozenset(_texts("without", names))
    if keys := sorted(wanted & {SHOP, *OWN, *(table.key for table in TABLES)}):
        raise ArgumentError(f"without: {', '.join(keys)} cannot be left out, because the rows are compared by it.")
    exported = (getattr(trustoo_api.models, name) for name in trustoo_api.models.__all__)
    models = (one for one in exported if isinstance(one, type) and issubclass(one, Model))
    if unknown := sorted(wanted - {EXTRA, *(wire for model in models for _, wire in members(model))}):
        raise ArgumentError(
            f"without: {', '.join(unknown)} is not in the OpenAPI spec. "
            'without=["extra"] leaves out all members that are not in the spec.'
        )
    return wanted


def _columns(model: type[Model]) -> dict[str, tuple[str, TDataType]]:
    """The attribute and the data type of each member, by wire name, from the model's types."""
    return {wire: _column(model, attribute, wire) for attribute, wire in members(model)}


def _column(model: type[Model], attribute: str, wire: str) -> tuple[str, TDataType]:
    if attribute != wire and isinstance(parsed := vars(model).get(wire), property):
        return wire, "timestamp" if datetime in get_args(get_type_hints(parsed.fget)["return"]) else "double"
    declared = next(one.type for one in msgspec.structs.fields(model) if one.name == attribute)
    types = {declared, *get_args(declared)}
    for python, data_type in DATA_TYPES.items():
        if python in types:
            return attribute, data_type
    return attribute, "json"


@dataclass(frozen=True, slots=True)
class _Load:
    """The arguments of `source`, and the rows of its tables."""

    client: Trustoo | Platform
    mode: Mode
    without: frozenset[str]
    product_ids: Sequence[str]
    shops: Sequence[str] | None
    page_size: int
    on_error: Callable[[str, TrustooError], object] | None

    @property
    def has_shops(self) -> bool:
        """Whether the tables have the column `shop`."""
        return isinstance(self.client, Platform)

    def clients(self) -> Iterator[tuple[str, Trustoo]]:
        """The key and the client of each shop. The key is empty without a platform."""
        if isinstance(self.client, Trustoo):
            yield "", self.client
            return
        for shop in self.client.shops() if self.shops is None else self.shops:
            yield shop, self.client.shop(shop)

    def columns(self, table: Table) -> dict[str, TColumnSchema]:
        """The columns of a table, in order."""
        types: dict[str, TDataType] = {SHOP: "text"} if self.has_shops else {}
        types[table.key] = "text"
        types.update((wire, data_type) for wire, (_, data_type) in _columns(table.model).items())
        types[EXTRA] = "json"
        types.update(OWN)
        required = (SHOP, table.key, ADDED_AT, CHANGED_AT, DIGEST)
        return {
            name: {"name": name, "data_type": data_type, "nullable": name not in required}
            for name, data_type in types.items()
            if name not in self.without
        }


def _rows(load: _Load, table: Table) -> Iterator[Any]:
    """The rows of a table that the destination does not have, in batches."""
    import dlt

    destination = _Destination(table, load.without)
    if destination.is_new:
        yield dlt.mark.materialize_table_schema()  # creates the table even if it gets no rows
    numbers = Counter(new=0, changed=0, gone=0)
    # The shops whose lists were not read as far as they should be. Their newest rows do not tell that the older ones
    # are loaded. A shop also stays here if the run is cut short, for example by dlt's `add_limit`.
    incomplete: list[str] = dlt.current.resource_state().setdefault("incomplete", [])
    for shop, client in load.clients():
        walk = _Walk(load, table, client, shop, destination, numbers, reads_all=shop in incomplete)
        if shop not in incomplete:
            incomplete.append(shop)
        try:
            yield from walk.rows()
        except TrustooError as error:
            if load.on_error is None:
                raise
            load.on_error(shop, error)
        else:
            if walk.is_complete:
                incomplete.remove(shop)
    dlt.current.resource_metrics().update(numbers)


class _Walk:
    """Reads the items of one shop for a table, and compares them with the rows of the table.

    Attributes:
        is_complete: whether no item was missed so far.
    """

    def __init__(
        self,
        load: _Load,
        table: Table,
        client: Trustoo,
        shop: str,
        destination: _Destination,
        numbers: Counter[str],
        *,
        reads_all: bool,
    ) -> None:
        self._load, self._table, self._client, self._shop = load, table, client, shop
        self._destination, self._numbers, self._now = destination, numbers, datetime.now(UTC)
        self._marks_gone = load.mode == "full" or not table.is_sorted
        self._reads_all = reads_all or self._marks_gone
        self._columns = {name: one for name, one in _columns(table.model).items() if name not in load.without}
        self._equal: Counter[str] = Counter()
        self.is_complete = True

    def rows(self) -> Iterator[list[Row]]:
        """The rows that are new, changed or gone."""
        shop = {SHOP: self._shop} if self._load.has_shops else {}
        known = self._destination.digests(shop)
        items = self._items(known) if self._table.iterate is not None else self._ratings(known)
        while batch := list(islice(items, self._load.page_size)):
            new, changed = dict[str, Row](), dict[str, Row]()
            for key, item in batch:
                self._compare(key, item, known, new, changed)
            for key, added_at in self._destination.values((self._table.key, ADDED_AT), shop, list(changed)):
                changed[key][ADDED_AT] = added_at
            if rows := [shop | row for row in (*new.values(), *changed.values())]:
                self._numbers.update(new=len(new), changed=len(changed))
                yield rows
        if self._marks_gone and self.is_complete:
            gone = self._destination.rows(shop, [key for key, digest in known.items() if digest not in (SEEN, None)])
            while rows := list(islice(gone, BATCH)):
                self._numbers["gone"] += len(rows)
                yield [row | {CHANGED_AT: self._now, DELETED_AT: self._now} for row in rows]

    def _items(self, known: Mapping[str, object]) -> Iterator[tuple[JSON, Model]]:
        """The items of the list with their keys."""
        request = self._table.request(self._load.page_size, () if self._reads_all else known.keys())
        cursor = PageCursor[Model](request.build, **request.options, strict=True)
        items = Paginator(self._client, request.decoder, cursor)
        while True:
            try:
                item = next(items)
            except StopIteration:
                return
            except PaginationError as error:  # items were missed; the iteration goes on if it can
                self.is_complete = False
                warnings.warn(f"{error} The next run reads everything.", PaginationWarning, stacklevel=1)
            else:
                yield item.to_dict().get(self._table.key), item

    def _ratings(self, known: Digests) -> Iterator[tuple[JSON, Model]]:
        """The ratings with their keys. Forgets the known rows that are not asked for, as they are not gone."""
        wanted: dict[str, dict[str, Any]] = OF_THE_SHOP | {
            one.rpartition("/")[2]: {"product_id": one} for one in self._load.product_ids
        }
        for other in known.keys() - wanted.keys():
            del known[other]
        for key, arguments in wanted.items():
            with suppress(NotFoundError):
                yield key, self._client.reviews.rating(**arguments)

    def _compare(self, key: JSON, item: Model, known: Digests, new: dict[str, Row], changed: dict[str, Row]) -> None:
        """Add the row of an item to `new` or `changed`, unless the table has it. Notes in `known` that it was seen."""
        row = self._row(item)
        digest = blake2b(msgspec.json.encode(row, order="sorted"), digest_size=16).hexdigest()
        if key in (None, ""):  # items without a key are told apart by their content and their number
            self._equal[digest] += 1
            key = f"{digest}-{self._equal[digest]}"
        name = str(key)
        target, previous = changed if name in known else new, known.get(name)
        known[name] = SEEN
        if previous not in (SEEN, digest):
            own = {ADDED_AT: self._now, CHANGED_AT: self._now, DELETED_AT: None, DIGEST: digest}
            target[name] = {self._table.key: name} | row | own

    def _row(self, item: Model) -> Row:
        """The members as columns, without the key. `extra` has the members and values that do not fit a column."""
        extra, row = item.to_dict(), Row()
        for name in (self._table.key, *self._load.without):
            extra.pop(name, None)
        for name, (attribute, data_type) in self._columns.items():
            if name == self._table.key:
                continue
            received = extra.pop(name, None)
            value = received if data_type == "json" else getattr(item, attribute)
            row[name] = value if _fits(value, data_type) else None
            if row[name] is None and received not in (None, ""):
                extra[name] = received
        if EXTRA not in self._load.without:
            row[EXTRA] = extra or None
        return {name: _storable(value) for name, value in row.items()}


def _fits(value: object, data_type: TDataType) -> bool:
    """Whether a value has the form of the column's values."""
    if data_type == "json":
        return isinstance(value, dict | list)
    return data_type != "bigint" or (isinstance(value, int) and -LIMIT <= value < LIMIT)


def _storable(value: Any) -> Any:
    """The value without what destinations refuse: NUL in text becomes U+FFFD, and numbers out of range become text."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, dict):
        return {_storable(name): _storable(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_storable(part) for part in value]
    is_unbounded = isinstance(value, float) and not isfinite(value)
    return str(value) if is_unbounded or (isinstance(value, int) and not -LIMIT <= value < LIMIT) else value


class _Destination:
    """The rows of a table in the destination. Outside of a run of a pipeline, there are none.

    Attributes:
        is_new: whether this run creates the table.
    """

    def __init__(self, table: Table, without: Container[str]) -> None:
        import dlt
        from dlt.common.storages.exceptions import CurrentLoadPackageStateNotAvailable

        self._key, self._without = table.key, without
        self.is_new = self._has_rows = False
        self._columns: Mapping[str, TColumnSchema] = {}
        with suppress(CurrentLoadPackageStateNotAvailable):
            package, schema = dlt.current.load_package_state().get("state", {}), dlt.current.source_schema()
            self.is_new = table.name not in schema.data_table_names(seen_data_only=True)
            self._has_rows = not self.is_new and "refresh" not in package  # a refresh removes the rows later
            pipeline = dlt.current.pipeline()
            self._sql = pipeline.sql_client() if self.is_new else pipeline.sql_client(schema.name)
            self._table = self._sql.make_qualified_table_name(table.name)
            if self._has_rows:
                self._columns = dict(schema.get_table_columns(table.name))

    def digests(self, shop: Mapping[str, str]) -> Digests:
        """The digests of the rows of a shop."""
        if not self._has_rows:
            return {}
        from dlt.destinations.exceptions import DatabaseUndefinedRelation

        rows = self.values((self._key, DIGEST, DELETED_AT), shop)
        try:
            return {key: digest if deleted_at is None else None for key, digest, deleted_at in rows}
        except DatabaseUndefinedRelation:  # the pipeline loaded into another destination before
            self._has_rows = False
            return {}

    def rows(self, shop: Mapping[str, str], keys: Sequence[str]) -> Iterator[Row]:
        """The rows of a shop with these keys."""
        names = [name for name in self._columns if not name.startswith("_dlt_") and name not in self._without]
        for values in self.values(names, shop, keys):
            yield dict(zip(names, map(self._value, names, values), strict=True))

    def _value(self, name: str, value: Any) -> Any:
        is_json_text = self._columns[name].get("data_type") == "json" and isinstance(value, str)
        return json.loads(value) if is_json_text else value

    def values(
        self, names: Sequence[str], shop: Mapping[str, str], keys: Sequence[str] | None = None
    ) -> Iterator[tuple[Any, ...]]:
        """The values of these columns in the rows of a shop. `keys`: only in the rows with these keys."""
        for start in range(0, 1 if keys is None else len(keys), BATCH):
            column, chosen = self._sql.escape_column_name, () if keys is None else keys[start : start + BATCH]
            conditions = [f"{column(name)} = %s" for name in shop]
            if chosen:
                conditions.append(f"{column(self._key)} IN ({', '.join(['%s'] * len(chosen))})")
            where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
            query = f"SELECT {', '.join(map(column, names))} FROM {self._table}{where}"
            with self._sql as client, client.execute_query(query, *shop.values(), *chosen) as cursor:
                while rows := cursor.fetchmany(BATCH):
                    yield from rows
