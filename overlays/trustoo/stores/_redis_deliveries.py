"""Replay stores in Redis."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from typing import TYPE_CHECKING, Any

from redis import RedisError

from ..oauth import StoreError

if TYPE_CHECKING:
    from redis import Redis, RedisCluster
    from redis.asyncio import Redis as AsyncRedis
    from redis.asyncio import RedisCluster as AsyncRedisCluster

    from ..webhooks import Claim

__all__ = ["AsyncRedisReplayStore", "RedisReplayStore"]

# The value of a key is its state, a space and its owner. Redis removes keys whose time is over.
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


@contextmanager
def store_errors() -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        raise StoreError(f"The store in Redis cannot be used: {type(error).__name__}: {error}") from error


class _Deliveries:
    def __init__(self, client: Any, prefix: str) -> None:
        self._tag = f"{{{prefix}:deliveries}}:"
        self._claim, self._settle, self._forget = map(client.register_script, (_CLAIM, _SETTLE, _FORGET))

    def _arguments(self, keys: tuple[str, ...], owner: str, *seconds: float) -> dict[str, Any]:
        return {
            "keys": [self._tag + key for key in keys],
            "args": [owner, *(ceil(one * 1000) for one in seconds)],
        }


class RedisReplayStore(_Deliveries):
    """A replay store in Redis, for several machines. Thread-safe.

    Each method is one Lua script. All keys have one hash tag, so that they are in one slot of a Redis Cluster.

    Args:
        client: a client of redis-py, with or without `decode_responses`.
        prefix: the beginning of all keys.

    Raises:
        StoreError: if Redis cannot be used. Every method raises this error.
    """

    def __init__(self, client: Redis | RedisCluster, *, prefix: str = "trustoo") -> None:
        super().__init__(client, prefix)

    def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        with store_errors():
            return _claim(self._claim(**self._arguments(keys, owner, seconds)))

    def settle(self, *keys: str, owner: str, seconds: float) -> bool:
        with store_errors():
            return bool(self._settle(**self._arguments(keys, owner, seconds)))

    def forget(self, *keys: str, owner: str) -> None:
        with store_errors():
            self._forget(**self._arguments(keys, owner))


class AsyncRedisReplayStore(_Deliveries):
    """A `RedisReplayStore` whose methods are coroutine functions. `client` is a client of `redis.asyncio`."""

    def __init__(self, client: AsyncRedis | AsyncRedisCluster, *, prefix: str = "trustoo") -> None:
        super().__init__(client, prefix)

    async def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        with store_errors():
            return _claim(await self._claim(**self._arguments(keys, owner, seconds)))

    async def settle(self, *keys: str, owner: str, seconds: float) -> bool:
        with store_errors():
            return bool(await self._settle(**self._arguments(keys, owner, seconds)))

    async def forget(self, *keys: str, owner: str) -> None:
        with store_errors():
            await self._forget(**self._arguments(keys, owner))


def _claim(answer: bytes | str) -> Claim:
    text: Any = answer.decode() if isinstance(answer, bytes) else answer
    return text
