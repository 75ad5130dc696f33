"""The token store in Redis: what the server must keep, what a client may do, and what errors say."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import redis
import redis.asyncio
from trustoo import ConfigurationError
from trustoo.oauth import ANY, StoreConflictError, StoreError
from trustoo.stores import AsyncRedisTokenStore, RedisTokenStore
from trustoo.testing import check_async_token_store, check_token_store

from tests.servers import Redis

SECRET = "EXAMPLE-secret-text"


def test_a_server_that_may_lose_tokens_is_warned_of_once(redis_server: Redis) -> None:
    with Redis(appendonly="no", maxmemory_policy="allkeys-lru") as server, redis.Redis.from_url(server.url) as client:
        store = RedisTokenStore(client)
        with pytest.warns(RuntimeWarning) as seen:
            store.load("a")
        assert [str(one.message).partition(". ")[0] for one in seen] == [
            "Redis may lose tokens when its memory is full: maxmemory-policy is allkeys-lru, and should be noeviction",
            "Redis may lose tokens when it restarts: appendonly is no, and should be yes",
        ]
        assert {one.filename for one in seen} == {__file__}
        store.load("a")  # pytest makes warnings errors

        async def warned() -> None:
            async with redis.asyncio.Redis.from_url(server.url) as async_client:
                with pytest.warns(RuntimeWarning) as seen:
                    await AsyncRedisTokenStore(async_client).load("a")
                assert len(seen) == 2
                assert {one.filename for one in seen} == {__file__}

        asyncio.run(warned())


def test_a_server_that_tells_nothing_of_its_settings_is_used_without_a_warning(redis_server: Redis) -> None:
    with redis.Redis.from_url(redis_server.url) as administrator:
        administrator.execute_command("ACL", "SETUSER", "shop", "on", ">EXAMPLE", "~*", "+@all", "-info", "-config")
        try:
            with redis.Redis(port=redis_server.port, username="shop", password="EXAMPLE") as client:
                assert RedisTokenStore(client, prefix="acl").load("a") is None
        finally:
            administrator.execute_command("ACL", "DELUSER", "shop")


def test_what_was_saved_and_leased_survives_a_killed_server(redis_server: Redis) -> None:
    with Redis() as server, redis.Redis.from_url(server.url) as client:
        store = RedisTokenStore(client)
        version = store.save("a", SECRET, replaces=None)
        assert store.lease("a", "owner-1", 60)
        server.kill()
        with pytest.raises(StoreError):
            store.load("a")
        server.start()
        stored = store.load("a")
        assert stored == (SECRET, version)
        assert not store.lease("a", "owner-2", 60)
        assert store.save("a", SECRET, replaces=version) != version


def test_a_save_whose_response_was_lost_succeeds_when_the_client_repeats_it(redis_server: Redis) -> None:
    class Repeats(redis.Redis):
        def eval(self, *arguments: Any) -> Any:
            super().eval(*arguments)
            return super().eval(*arguments)

    with Repeats.from_url(redis_server.url) as client:
        store = RedisTokenStore(client, prefix="repeats")
        version = store.save("a", "one", replaces=None)
        version = store.save("a", "two", replaces=version)
        assert store.load("a") == ("two", version)
        with pytest.raises(StoreConflictError):
            store.save("a", "three", replaces=None)


def test_stores_with_different_prefixes_share_nothing(redis_server: Redis) -> None:
    with redis.Redis.from_url(redis_server.url) as client:
        prefixes = ("p", "p:q", "p*", "p?", "[p]", "p\\", "{p}", "p^-")
        stores = [RedisTokenStore(client, prefix=prefix) for prefix in prefixes]
        for store, prefix in zip(stores, prefixes, strict=True):
            assert store.lease("a", prefix, 60)
            store.save("q:a", prefix, replaces=ANY)
        stores[1].save("a", "p:q", replaces=ANY)
        assert [sorted(store.keys()) for store in stores[1:]] == [["a", "q:a"], *[["q:a"]] * (len(stores) - 2)]
        assert [stored.text for store in stores[1:] if (stored := store.load("q:a"))] == [*prefixes[1:]]


def test_a_key_that_redis_lists_twice_is_returned_once() -> None:
    class Client(redis.Redis):
        def scan_iter(self, *_: Any, **__: Any) -> Any:
            return iter([b"{trustoo:a}:token", b"{trustoo:b}:token", b"{trustoo:a}:token"])

        def info(self, *_: Any, **__: Any) -> Any:
            return {}

    assert list(RedisTokenStore(Client()).keys()) == ["a", "b"]


def test_a_cluster_keeps_the_rules(redis_server: Redis) -> None:
    with Redis(cluster_enabled="yes") as server:
        with redis.Redis(port=server.port) as node:
            node.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
            while b"cluster_state:ok" not in bytes(node.execute_command("CLUSTER", "INFO", NEVER_DECODE=[])):
                pass
        with redis.RedisCluster(host="127.0.0.1", port=server.port) as client:
            check_token_store(lambda: RedisTokenStore(client))
            slots = {client.keyslot(f"{{trustoo:{{a}}}}:{kind}") for kind in ("token", "lease")}
            assert len(slots) == 1

        async def check() -> None:
            async with redis.asyncio.RedisCluster(host="127.0.0.1", port=server.port) as client:
                await check_async_token_store(lambda: AsyncRedisTokenStore(client))

        asyncio.run(check())


def test_a_client_of_the_other_kind_is_refused() -> None:
    sync, asynchronous = redis.Redis(), redis.asyncio.Redis()
    with pytest.raises(ConfigurationError, match=r"RedisTokenStore needs a client of the module redis\."):
        RedisTokenStore(asynchronous)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=r"AsyncRedisTokenStore needs a client of the module redis.asyncio\."):
        AsyncRedisTokenStore(sync)  # type: ignore[arg-type]


def test_an_error_names_the_store_and_has_no_secrets(redis_server: Redis) -> None:
    with redis.Redis.from_url(redis_server.url) as administrator:
        administrator.execute_command("ACL", "SETUSER", "shop", "on", ">EXAMPLE-password", "~*", "+@all", "-eval")
        try:
            with redis.Redis(port=redis_server.port, username="shop", password="EXAMPLE-password") as client:
                store = RedisTokenStore(client, prefix="errors")
                with pytest.raises(StoreError, match="The store in Redis cannot be used: NoPerm") as seen:
                    store.save("a", SECRET, replaces=None)
        finally:
            administrator.execute_command("ACL", "DELUSER", "shop")
    assert "EXAMPLE" not in str(seen.value)
    assert seen.value.__cause__ is None
    assert seen.value.__context__ is None


def test_an_error_does_not_show_the_arguments_that_redis_repeats(redis_server: Redis) -> None:
    class Renamed(redis.Redis):
        def eval(self, script: str, *arguments: Any) -> Any:
            command: Any = self.execute_command
            return command("RENAMED", *arguments)

    with Renamed.from_url(redis_server.url) as client:
        with pytest.raises(redis.ResponseError, match=SECRET):
            client.eval("", 1, "a", SECRET)
        with pytest.raises(StoreError, match="unknown command 'RENAMED'") as seen:
            RedisTokenStore(client).save("a", SECRET, replaces=None)
        assert SECRET not in str(seen.value)


@pytest.mark.parametrize("decode", [False, True])
def test_a_text_that_is_not_unicode_is_refused(redis_server: Redis, decode: bool) -> None:
    with redis.Redis.from_url(redis_server.url, decode_responses=decode) as client:
        with pytest.raises(StoreError, match="surrogates not allowed") as seen:
            RedisTokenStore(client).save("a", f"{SECRET}\ud800", replaces=None)
        assert SECRET not in str(seen.value)
        assert seen.value.__context__ is None
