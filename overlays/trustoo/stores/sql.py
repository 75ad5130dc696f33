"""Stores in PostgreSQL and SQLite."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from uuid import uuid4

from sqlalchemy import Connection, Engine, TextClause
from sqlalchemy.ext.asyncio import AsyncEngine

from ..oauth.errors import StoreConflictError
from ..oauth.protocols import ANY, AsyncTokenStore, Replaces, Stored, TokenStore
from ..webhooks import AsyncReplayStore, Claim, ReplayStore
from ._sql import AsyncDatabase, Database

__all__ = ["AsyncSqlReplayStore", "AsyncSqlTokenStore", "SqlReplayStore", "SqlTokenStore"]

# --- tokens ---

_CREATE = (
    """CREATE TABLE IF NOT EXISTS {table} (
    key TEXT NOT NULL PRIMARY KEY,
    text TEXT NOT NULL,
    version TEXT NOT NULL
)""",
    """CREATE TABLE IF NOT EXISTS {table}_leases (
    key TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    until DOUBLE PRECISION NOT NULL
)""",
)
_LOAD = "SELECT text, version FROM {table} WHERE key = :key"
_INSERT = """
INSERT INTO {table} (key, text, version) VALUES (:key, :text, :version)
ON CONFLICT (key) DO NOTHING RETURNING key
"""
_UPSERT = """
INSERT INTO {table} (key, text, version) VALUES (:key, :text, :version)
ON CONFLICT (key) DO UPDATE SET text = excluded.text, version = excluded.version RETURNING key
"""
_UPDATE = "UPDATE {table} SET text = :text, version = :version WHERE key = :key AND version = :replaces RETURNING key"
_DELETE = "DELETE FROM {table} WHERE key = :key"
_KEYS = "SELECT key FROM {table} WHERE key > :after ORDER BY key LIMIT 1000"
_LEASE = """
INSERT INTO {table}_leases AS held (key, owner, until) VALUES (:key, :owner, {clock} + :seconds)
ON CONFLICT (key) DO UPDATE SET owner = excluded.owner, until = excluded.until
WHERE held.owner = excluded.owner OR held.until <= {clock} RETURNING key
"""
_RELEASE = "DELETE FROM {table}_leases WHERE key = :key AND owner = :owner"


class _Tokens:
    """What both classes do with a connection. Each function makes one statement, and only `create` makes more."""

    def __init__(self, database: Database | AsyncDatabase) -> None:
        self._database = database
        self._load, self._insert, self._upsert, self._update, self._delete, self._keys, self._lease, self._release = (
            database.sql(template) for template in (_LOAD, _INSERT, _UPSERT, _UPDATE, _DELETE, _KEYS, _LEASE, _RELEASE)
        )

    def create(self, connection: Connection) -> None:
        self._database.lock_creation(connection)
        for template in _CREATE:
            connection.execute(self._database.sql(template))

    def load(self, connection: Connection, key: str) -> Stored | None:
        found = connection.execute(self._load, {"key": key}).first()
        return None if found is None else Stored(*found)

    def save(self, connection: Connection, key: str, text: str, version: str, replaces: Replaces) -> bool:
        statement = self._upsert if replaces is ANY else self._insert if replaces is None else self._update
        values = {"key": key, "text": text, "version": version, "replaces": replaces}
        return connection.execute(statement, values).first() is not None

    def delete(self, connection: Connection, key: str) -> None:
        connection.execute(self._delete, {"key": key})

    def keys(self, connection: Connection, after: str) -> list[str]:
        """Return the keys of one page. Between pages, no connection is open."""
        return list(connection.execute(self._keys, {"after": after}).scalars())

    def lease(self, connection: Connection, key: str, owner: str, seconds: float) -> bool:
        values = {"key": key, "owner": owner, "seconds": float(seconds)}
        return connection.execute(self._lease, values).first() is not None

    def release(self, connection: Connection, key: str, owner: str) -> None:
        connection.execute(self._release, {"key": key, "owner": owner})


class SqlTokenStore(TokenStore):
    """A token store in PostgreSQL or SQLite, for several machines. Thread-safe. Forked processes may share the store.

    The store has two tables, which `create_tables` creates. Each method is one statement in a short transaction, so
    that 20 shops can share a pool of one connection. SQLite is for one machine: give each process its own engine for
    the same file, on a local disk.

    Args:
        engine: an engine of SQLAlchemy. For PostgreSQL, the URL begins with `postgresql+psycopg:`.
        table: the table of the tokens, with or without a schema. The table of the leases has the same name with
            `_leases`.

    Raises:
        ConfigurationError: if the engine is an AsyncEngine or of another database, or if `table` is not a name.
        StoreError: if the database cannot be used. Every method raises this error.

    Example:
        >>> from sqlalchemy import create_engine
        >>> from trustoo.stores import SqlTokenStore
        >>> engine = create_engine("sqlite:///shops.db")
        >>> store = SqlTokenStore(engine)
        >>> store.create_tables()
        >>> engine.dispose()
    """

    def __init__(self, engine: Engine, *, table: str = "trustoo_tokens") -> None:
        self._database = Database(engine, table)
        self._tokens = _Tokens(self._database)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._database.dialect}, table={self._database.table!r})"

    def create_tables(self) -> None:
        """Create the tables that do not exist. Several processes may do this at the same time.

        Raises:
            StoreError: if the database cannot be used.

        Example:
            >>> from sqlalchemy import create_engine
            >>> from trustoo.stores import SqlTokenStore
            >>> engine = create_engine("sqlite:///shops.db")
            >>> SqlTokenStore(engine).create_tables()
            >>> engine.dispose()
        """
        self._database.run(self._tokens.create)

    def load(self, key: str) -> Stored | None:
        return self._database.run(self._tokens.load, key)

    def save(self, key: str, text: str, *, replaces: Replaces) -> str:
        version = uuid4().hex
        if not self._database.run(self._tokens.save, key, text, version, replaces):
            raise _conflict(key)
        return version

    def delete(self, key: str) -> None:
        self._database.run(self._tokens.delete, key)

    def keys(self) -> Iterator[str]:
        page = [""]  # a key is not empty
        while page := self._database.run(self._tokens.keys, page[-1]):
            yield from page

    def lease(self, key: str, owner: str, seconds: float) -> bool:
        return self._database.run(self._tokens.lease, key, owner, seconds)

    def release(self, key: str, owner: str) -> None:
        self._database.run(self._tokens.release, key, owner)


class AsyncSqlTokenStore(AsyncTokenStore):
    """A `SqlTokenStore` whose methods are coroutine functions. Both classes can use the same tables.

    Args:
        engine: an `AsyncEngine`. The URL begins with `postgresql+psycopg:` or `sqlite+aiosqlite:`.
        table: the table, as for `SqlTokenStore`.

    Raises:
        ConfigurationError: if the engine is not an AsyncEngine or of another database, or if `table` is not a name.
        StoreError: if the database cannot be used. Every method raises this error.

    Example:
        >>> from sqlalchemy.ext.asyncio import create_async_engine
        >>> from trustoo.stores import AsyncSqlTokenStore
        >>> engine = create_async_engine("sqlite+aiosqlite:///shops.db")
        >>> store = AsyncSqlTokenStore(engine)
        >>> await store.create_tables()
        >>> await engine.dispose()
    """

    def __init__(self, engine: AsyncEngine, *, table: str = "trustoo_tokens") -> None:
        self._database = AsyncDatabase(engine, table)
        self._tokens = _Tokens(self._database)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._database.dialect}, table={self._database.table!r})"

    async def create_tables(self) -> None:
        """Create the tables that do not exist. Several processes may do this at the same time.

        Raises:
            StoreError: if the database cannot be used.

        Example:
            >>> from sqlalchemy.ext.asyncio import create_async_engine
            >>> from trustoo.stores import AsyncSqlTokenStore
            >>> engine = create_async_engine("sqlite+aiosqlite:///shops.db")
            >>> await AsyncSqlTokenStore(engine).create_tables()
            >>> await engine.dispose()
        """
        await self._database.run(self._tokens.create)

    async def load(self, key: str) -> Stored | None:
        return await self._database.run(self._tokens.load, key)

    async def save(self, key: str, text: str, *, replaces: Replaces) -> str:
        version = uuid4().hex
        if not await self._database.run(self._tokens.save, key, text, version, replaces):
            raise _conflict(key)
        return version

    async def delete(self, key: str) -> None:
        await self._database.run(self._tokens.delete, key)

    async def keys(self) -> AsyncIterator[str]:
        page = [""]
        while page := await self._database.run(self._tokens.keys, page[-1]):
            for key in page:
                yield key

    async def lease(self, key: str, owner: str, seconds: float) -> bool:
        return await self._database.run(self._tokens.lease, key, owner, seconds)

    async def release(self, key: str, owner: str) -> None:
        await self._database.run(self._tokens.release, key, owner)


def _conflict(key: str) -> StoreConflictError:
    return StoreConflictError(f"The token of {key!r} was not saved, because the database has another version.")


# --- deliveries ---

_CREATE_DELIVERIES = (
    """CREATE TABLE IF NOT EXISTS {table} (
    key VARCHAR(255) NOT NULL PRIMARY KEY,
    owner VARCHAR(255) NOT NULL,
    done BOOLEAN NOT NULL,
    until DOUBLE PRECISION NOT NULL
)""",
    "CREATE INDEX IF NOT EXISTS {index} ON {table} (until)",
)
# One statement takes all keys, so that two callers cannot both get a key that has no row yet. The caller rolls back if
# a key is missing in the result. The keys are sorted, so that two callers cannot wait for each other.
_TAKE = """
INSERT INTO {table} AS held (key, owner, done, until) VALUES {rows}
ON CONFLICT (key) DO UPDATE SET owner = excluded.owner, done = excluded.done, until = excluded.until
WHERE held.until <= {clock} OR (held.owner = excluded.owner AND (excluded.done OR NOT held.done)) RETURNING key
"""
_DONE = "SELECT key FROM {table} WHERE key IN ({names}) AND done AND until > {clock}"
_FORGET = "DELETE FROM {table} WHERE key = :key AND owner = :owner AND NOT done"
# A claim makes two rows. It removes more, and waits for none, because others may wait for its own rows. The clock has
# a SELECT of its own: PostgreSQL then reads it once, and can use the index instead of reading every row.
_REMOVE_EXPIRED = """
DELETE FROM {table} WHERE key IN
(SELECT key FROM {table} WHERE until <= (SELECT {clock}) ORDER BY until LIMIT 10 {skip_locked})
"""


class _Deliveries:
    """What both classes do with a connection."""

    def __init__(self, database: Database | AsyncDatabase) -> None:
        self._database = database
        self._forget = database.sql(_FORGET)
        skip_locked = "FOR UPDATE SKIP LOCKED" if database.dialect == "postgresql" else ""
        self._remove_expired = database.sql(_REMOVE_EXPIRED, skip_locked=skip_locked)
        self._statements = dict[tuple[str, int], TextClause]()

    def create(self, connection: Connection) -> None:
        self._database.lock_creation(connection)
        index = f"{self._database.table.rpartition('.')[2]}_until"
        for template in _CREATE_DELIVERIES:
            connection.execute(self._database.sql(template, index=index))

    def claim(self, connection: Connection, keys: tuple[str, ...], owner: str, seconds: float) -> Claim:
        if self._take(connection, keys, owner, False, seconds):
            connection.execute(self._remove_expired)
            return "new"
        done = connection.execute(self._for_keys(_DONE, len(keys)), _named(keys)).first()
        connection.rollback()
        return "busy" if done is None else "done"

    def settle(self, connection: Connection, keys: tuple[str, ...], owner: str, seconds: float) -> bool:
        taken = self._take(connection, keys, owner, True, seconds)
        if not taken:
            connection.rollback()
        return taken

    def forget(self, connection: Connection, keys: tuple[str, ...], owner: str) -> None:
        connection.execute(self._forget, [{"key": key, "owner": owner} for key in sorted(keys)])

    def _take(self, connection: Connection, keys: tuple[str, ...], owner: str, done: bool, seconds: float) -> bool:
        ordered = sorted({*keys})
        values = {**_named(ordered), "owner": owner, "done": done, "seconds": float(seconds)}
        return len(connection.execute(self._for_keys(_TAKE, len(ordered)), values).all()) == len(ordered)

    def _for_keys(self, template: str, number: int) -> TextClause:
        """Return a statement with the parameters :key0, :key1 …"""
        if (known := self._statements.get((template, number))) is None:
            names = [f":key{each}" for each in range(number)]
            rows = ", ".join(f"({name}, :owner, :done, {self._database.clock} + :seconds)" for name in names)
            known = self._database.sql(template, names=", ".join(names), rows=rows)
            self._statements[template, number] = known
        return known


def _named(keys: Sequence[str]) -> dict[str, object]:
    return {f"key{number}": key for number, key in enumerate(keys)}


class SqlReplayStore(ReplayStore):
    """A replay store in PostgreSQL or SQLite, for several machines. Thread-safe. Forked processes may share the store.

    The store has one table, which `create_tables` creates. Each method is one short transaction. A delivery has two
    rows. Each claim removes up to ten rows whose time is over. SQLite is for one machine: give each process its own
    engine for the same file, on a local disk, and a `timeout` of 20 seconds.

    Args:
        engine: an engine of SQLAlchemy. For PostgreSQL, the URL begins with `postgresql+psycopg:`.
        table: the table, with or without a schema.

    Raises:
        ConfigurationError: if the engine is an AsyncEngine or of another database, or if `table` is not a name.
        StoreError: if the database cannot be used. Every method raises this error.

    Example:
        >>> from sqlalchemy import create_engine
        >>> from trustoo.stores import SqlReplayStore
        >>> engine = create_engine("sqlite:///shops.db")
        >>> store = SqlReplayStore(engine)
        >>> store.create_tables()
        >>> engine.dispose()
    """

    def __init__(self, engine: Engine, *, table: str = "trustoo_deliveries") -> None:
        self._database = Database(engine, table)
        self._deliveries = _Deliveries(self._database)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._database.dialect}, table={self._database.table!r})"

    def create_tables(self) -> None:
        """Create the table if it does not exist. Several processes may do this at the same time.

        Raises:
            StoreError: if the database cannot be used.

        Example:
            >>> from sqlalchemy import create_engine
            >>> from trustoo.stores import SqlReplayStore
            >>> engine = create_engine("sqlite:///shops.db")
            >>> SqlReplayStore(engine).create_tables()
            >>> engine.dispose()
        """
        self._database.run(self._deliveries.create)

    def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        return self._database.run(self._deliveries.claim, keys, owner, seconds)

    def settle(self, *keys: str, owner: str, seconds: float) -> bool:
        return self._database.run(self._deliveries.settle, keys, owner, seconds)

    def forget(self, *keys: str, owner: str) -> None:
        self._database.run(self._deliveries.forget, keys, owner)


class AsyncSqlReplayStore(AsyncReplayStore):
    """A `SqlReplayStore` whose methods are coroutine functions. Both classes can use the same table.

    Args:
        engine: an `AsyncEngine`. The URL begins with `postgresql+psycopg:` or `sqlite+aiosqlite:`.
        table: the table, as for `SqlReplayStore`.

    Raises:
        ConfigurationError: if the engine is not an AsyncEngine or of another database, or if `table` is not a name.
        StoreError: if the database cannot be used. Every method raises this error.

    Example:
        >>> from sqlalchemy.ext.asyncio import create_async_engine
        >>> from trustoo.stores import AsyncSqlReplayStore
        >>> engine = create_async_engine("sqlite+aiosqlite:///shops.db")
        >>> store = AsyncSqlReplayStore(engine)
        >>> await store.create_tables()
        >>> await engine.dispose()
    """

    def __init__(self, engine: AsyncEngine, *, table: str = "trustoo_deliveries") -> None:
        self._database = AsyncDatabase(engine, table)
        self._deliveries = _Deliveries(self._database)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._database.dialect}, table={self._database.table!r})"

    async def create_tables(self) -> None:
        """Create the table if it does not exist. Several processes may do this at the same time.

        Raises:
            StoreError: if the database cannot be used.

        Example:
            >>> from sqlalchemy.ext.asyncio import create_async_engine
            >>> from trustoo.stores import AsyncSqlReplayStore
            >>> engine = create_async_engine("sqlite+aiosqlite:///shops.db")
            >>> await AsyncSqlReplayStore(engine).create_tables()
            >>> await engine.dispose()
        """
        await self._database.run(self._deliveries.create)

    async def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        return await self._database.run(self._deliveries.claim, keys, owner, seconds)

    async def settle(self, *keys: str, owner: str, seconds: float) -> bool:
        return await self._database.run(self._deliveries.settle, keys, owner, seconds)

    async def forget(self, *keys: str, owner: str) -> None:
        await self._database.run(self._deliveries.forget, keys, owner)
