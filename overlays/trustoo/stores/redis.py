"""Stores in Redis."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import suppress
from math import ceil
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import uuid4

from redis import RedisError, ResponseError

from ..errors import ConfigurationError
from ..oauth.errors import StoreConflictError, StoreError
from ..oauth.protocols import ANY, AsyncTokenStore, Replaces, Stored, TokenStore
from ..webhooks import AsyncReplayStore, Claim, ReplayStore

if TYPE_CHECKING:
    from redis import Redis, RedisCluster
    from redis.asyncio import Redis as AsyncRedis
    from redis.asyncio import RedisCluster as AsyncRedisCluster


__all__ = ["AsyncRedisReplayStore", "AsyncRedisTokenStore", "RedisReplayStore", "RedisTokenStore"]


class _Commands:
    """What all classes share: the client and its errors."""

    def __init__(self, client: Any, prefix: str, *, is_async: bool) -> None:
        if inspect.iscoroutinefunction(client.execute_command) != is_async:
            wanted = "redis.asyncio" if is_async else "redis"
            raise ConfigurationError(f"{type(self).__name__} needs a client of the module {wanted}.")
        self._client, self._prefix = client, prefix

    def __repr__(self) -> str:
        return f"{type(self).__name__}(prefix={self._prefix!r})"

    @staticmethod
    def _problem(error: Exception) -> StoreError:
        # Some messages of Redis end with the arguments of the command.
        said = str(error).partition(", with args")[0].splitlines() or [""]
        return StoreError(
            f"The store in Redis cannot be used: {type(error).__name__}: {said[0]} "
            "Check that the server runs, and the URL and the permissions of the client."
        )


class _SyncCommands(_Commands):
    def __init__(self, client: Redis | RedisCluster, *, prefix: str = "trustoo") -> None:
        super().__init__(client, prefix, is_async=False)

    def _run(self, command: Callable[..., Any], *arguments: object) -> Any:
        try:
            return command(*arguments)
        except (RedisError, UnicodeEncodeError) as error:
            problem = self._problem(error)
        raise problem  # without the error, whose traceback has the texts


class _AsyncCommands(_Commands):
    def __init__(self, client: AsyncRedis | AsyncRedisCluster, *, prefix: str = "trustoo") -> None:
        super().__init__(client, prefix, is_async=True)

    async def _run(self, command: Callable[..., Any], *arguments: object) -> Any:
        try:
            return await command(*arguments)
        except (RedisError, UnicodeEncodeError) as error:
            problem = self._problem(error)
        raise problem


# --- tokens ---

# The client may send a script again if the response was lost. The result is then the same.
_SAVE = """
local held = redis.call('HGET', KEYS[1], 'version')
local replaceable = ARGV[3] == 'any' or ARGV[3] == (held and '=' .. held or '')
if not replaceable and held ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'text', ARGV[1], 'version', ARGV[2])
return 1
"""
_LEASE = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
_RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""
_PAGE: Final = 1000
"""How many keys one SCAN looks at."""


class _Tokens(_Commands):
    """The names of keys, the arguments of commands and the meaning of responses."""

    _is_checked = False

    def _name(self, key: str, kind: str) -> str:
        # The braces are a hash tag: a Redis Cluster keeps the names of one shop in one slot.
        return f"{{{self._prefix}:{key}}}:{kind}"

    def _save(self, key: str, text: str, version: str, replaces: Replaces) -> tuple[object, ...]:
        replaceable = "any" if replaces is ANY else "" if replaces is None else f"={replaces}"
        return (_SAVE, 1, self._name(key, "token"), text, version, replaceable)

    def _lease(self, key: str, owner: str, seconds: float) -> tuple[object, ...]:
        return (_LEASE, 1, self._name(key, "lease"), owner, ceil(seconds * 1000))

    def _release(self, key: str, owner: str) -> tuple[object, ...]:
        return (_RELEASE, 1, self._name(key, "lease"), owner)

    def _pattern(self) -> str:
        escaped = "".join(f"\\{character}" if character in "\\*?[]^-" else character for character in self._prefix)
        return f"{{{escaped}:*}}:token"

    def _key(self, name: bytes | str) -> str:
        return _text(name)[len(self._prefix) + 2 : -len("}:token")]

    @staticmethod
    def _stored(found: Any) -> Stored | None:
        text, version = found
        return None if text is None or version is None else Stored(_text(text), _text(version))

    @staticmethod
    def _conflict(key: str) -> StoreConflictError:
        return StoreConflictError(f"The token of {key!r} was not saved, because Redis has another version.")

    def _warn(self, information: Mapping[str, Any]) -> None:
        """Warn if Redis may lose tokens. After a loss, the merchant must authorise the platform again."""
        self._is_checked = True
        policy = information.get("maxmemory_policy", "noeviction")
        risks = {
            f"when its memory is full: maxmemory-policy is {policy}, and should be noeviction": policy != "noeviction",
            "when it restarts: appendonly is no, and should be yes": information.get("aof_enabled", 1) == 0,
        }
        for risk, exists in risks.items():
            if exists:
                warnings.warn(f"Redis may lose tokens {risk}. SqlTokenStore has no such setting.", RuntimeWarning, 4)


class RedisTokenStore(_Tokens, _SyncCommands, TokenStore):
    """A token store in Redis, for several machines. Thread-safe. Forked processes may share the store.

    Redis must keep what it was given: `appendonly yes`, and no `maxmemory-policy` that removes keys. The first call
    warns otherwise, if the server tells. A token is a hash with the fields `text` and `version`. A lease is a text that
    expires. Each method is one command or one Lua script. Redis Cluster is supported.

    Args:
        client: a client of redis-py, with or without `decode_responses`. Its encoding must be UTF-8.
        prefix: the beginning of all keys in Redis. Stores with different prefixes share nothing.

    Raises:
        ConfigurationError: if the client is a client for asyncio.
        StoreError: if Redis cannot be used. Every method raises this error.

    Example:
        >>> from redis import Redis
        >>> from trustoo.stores import RedisTokenStore
        >>> store = RedisTokenStore(Redis.from_url("redis://localhost:6379"), prefix="kettles")
    """

    def load(self, key: str) -> Stored | None:
        return self._stored(self._run(self._client.hmget, self._name(key, "token"), ("text", "version")))

    def save(self, key: str, text: str, *, replaces: Replaces) -> str:
        version = uuid4().hex
        if self._run(self._client.eval, *self._save(key, text, version, replaces)) != 1:
            raise self._conflict(key)
        return version

    def delete(self, key: str) -> None:
        self._run(self._client.delete, self._name(key, "token"))

    def keys(self) -> Iterator[str]:
        names = self._client.scan_iter(match=self._pattern(), count=_PAGE)
        seen = set[str]()  # Redis may list a name several times
        while (name := self._run(next, names, None)) is not None:
            if (key := self._key(name)) not in seen:
                seen.add(key)
                yield key

    def lease(self, key: str, owner: str, seconds: float) -> bool:
        return bool(self._run(self._client.eval, *self._lease(key, owner, seconds)) == 1)

    def release(self, key: str, owner: str) -> None:
        self._run(self._client.eval, *self._release(key, owner))

    def _run(self, command: Callable[..., Any], *arguments: object) -> Any:
        if not self._is_checked:
            self._warn(super()._run(self._information))
        return super()._run(command, *arguments)

    def _information(self) -> Any:
        with suppress(ResponseError):  # a managed server may refuse the command
            return self._client.info()
        return {}


class AsyncRedisTokenStore(_Tokens, _AsyncCommands, AsyncTokenStore):
    """A `RedisTokenStore` whose methods are coroutine functions.

    Args:
        client: a client of `redis.asyncio`. Its encoding must be UTF-8.
        prefix: the beginning of all keys in Redis. Both classes use the same keys, and can share a prefix.

    Raises:
        ConfigurationError: if the client is not a client for asyncio.
        StoreError: if Redis cannot be used. Every method raises this error.

    Example:
        >>> from redis.asyncio import Redis
        >>> from trustoo.stores import AsyncRedisTokenStore
        >>> store = AsyncRedisTokenStore(Redis.from_url("redis://localhost:6379"), prefix="kettles")
    """

    async def load(self, key: str) -> Stored | None:
        return self._stored(await self._run(self._client.hmget, self._name(key, "token"), ("text", "version")))

    async def save(self, key: str, text: str, *, replaces: Replaces) -> str:
        version = uuid4().hex
        if await self._run(self._client.eval, *self._save(key, text, version, replaces)) != 1:
            raise self._conflict(key)
        return version

    async def delete(self, key: str) -> None:
        await self._run(self._client.delete, self._name(key, "token"))

    async def keys(self) -> AsyncIterator[str]:
        names = self._client.scan_iter(match=self._pattern(), count=_PAGE)
        seen = set[str]()
        while (name := await self._run(anext, names, None)) is not None:
            if (key := self._key(name)) not in seen:
                seen.add(key)
                yield key

    async def lease(self, key: str, owner: str, seconds: float) -> bool:
        return bool(await self._run(self._client.eval, *self._lease(key, owner, seconds)) == 1)

    async def release(self, key: str, owner: str) -> None:
        await self._run(self._client.eval, *self._release(key, owner))

    async def _run(self, command: Callable[..., Any], *arguments: object) -> Any:
        if not self._is_checked:
            self._warn(await super()._run(self._information))
        return await super()._run(command, *arguments)

    async def _information(self) -> Any:
        with suppress(ResponseError):
            return await self._client.info()
        return {}


# --- deliveries ---

# The value of a key is "busy" or "done", a space and the owner. Redis removes keys whose time is over.
_CLAIM = """
local state = 'new'
for _, key in ipairs(KEYS) do
  local held = redis.call('GET', key)
  if held and string.sub(held, 1, 5) == 'done ' then return 'done' end
  if held and held ~= 'busy ' .. ARGV[1] then state = 'busy' end
end
if state == 'new' then
  for _, key in ipairs(KEYS) do redis.call('SET', key, 'busy ' .. ARGV[1], 'PX', ARGV[2]) end
end
return state
"""
_SETTLE = """
for _, key in ipairs(KEYS) do
  local held = redis.call('GET', key)
  if held and string.sub(held, 6) ~= ARGV[1] then return 0 end
end
for _, key in ipairs(KEYS) do redis.call('SET', key, 'done ' .. ARGV[1], 'PX', ARGV[2]) end
return 1
"""
_FORGET = """
for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == 'busy ' .. ARGV[1] then redis.call('DEL', key) end
end
"""


class _Deliveries(_Commands):
    def _script(self, script: str, keys: tuple[str, ...], owner: str, *seconds: float) -> tuple[object, ...]:
        """Return the arguments of a script for all keys of a delivery."""
        # The braces are a hash tag: a Redis Cluster keeps the names of all deliveries in one slot.
        names = [f"{{{self._prefix}:deliveries}}:{key}" for key in keys]
        return (script, len(names), *names, owner, *(ceil(one * 1000) for one in seconds))

    @staticmethod
    def _answer(claimed: bytes | str) -> Claim:
        return cast("Claim", _text(claimed))


class RedisReplayStore(_Deliveries, _SyncCommands, ReplayStore):
    """A replay store in Redis, for several machines. Thread-safe. Forked processes may share the store.

    Each method is one Lua script. A delivery has two keys, which Redis removes at the end of their time. If Redis loses
    keys, deliveries that arrive again are handled again. Redis Cluster is supported, with all keys in one slot.

    Args:
        client: a client of redis-py, with or without `decode_responses`. Its encoding must be UTF-8.
        prefix: the beginning of all keys in Redis. Stores with different prefixes share nothing.

    Raises:
        ConfigurationError: if the client is a client for asyncio.
        StoreError: if Redis cannot be used. Every method raises this error.

    Example:
        >>> from redis import Redis
        >>> from trustoo.stores import RedisReplayStore
        >>> store = RedisReplayStore(Redis.from_url("redis://localhost:6379"), prefix="kettles")
    """

    def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        return self._answer(self._run(self._client.eval, *self._script(_CLAIM, keys, owner, seconds)))

    def settle(self, *keys: str, owner: str, seconds: float) -> bool:
        return bool(self._run(self._client.eval, *self._script(_SETTLE, keys, owner, seconds)))

    def forget(self, *keys: str, owner: str) -> None:
        self._run(self._client.eval, *self._script(_FORGET, keys, owner))


class AsyncRedisReplayStore(_Deliveries, _AsyncCommands, AsyncReplayStore):
    """A `RedisReplayStore` whose methods are coroutine functions.

    Args:
        client: a client of `redis.asyncio`. Its encoding must be UTF-8.
        prefix: the beginning of all keys in Redis. Both classes use the same keys, and can share a prefix.

    Raises:
        ConfigurationError: if the client is not a client for asyncio.
        StoreError: if Redis cannot be used. Every method raises this error.

    Example:
        >>> from redis.asyncio import Redis
        >>> from trustoo.stores import AsyncRedisReplayStore
        >>> store = AsyncRedisReplayStore(Redis.from_url("redis://localhost:6379"), prefix="kettles")
    """

    async def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        return self._answer(await self._run(self._client.eval, *self._script(_CLAIM, keys, owner, seconds)))

    async def settle(self, *keys: str, owner: str, seconds: float) -> bool:
        return bool(await self._run(self._client.eval, *self._script(_SETTLE, keys, owner, seconds)))

    async def forget(self, *keys: str, owner: str) -> None:
        await self._run(self._client.eval, *self._script(_FORGET, keys, owner))


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
