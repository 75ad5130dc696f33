"""trustoo.stores: stores in Redis and in SQL databases, encryption of stored tokens, and copying between stores.

Each class needs the package of an extra: `trustoo[redis]`, `trustoo[sql]` or `trustoo[encryption]`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError
from ._copying import Summary, copy_tokens, copy_tokens_async

if TYPE_CHECKING:
    from .encryption import AsyncEncryptedStore, EncryptedStore
    from .redis import AsyncRedisReplayStore, AsyncRedisTokenStore, RedisReplayStore, RedisTokenStore
    from .sql import AsyncSqlReplayStore, AsyncSqlTokenStore, SqlReplayStore, SqlTokenStore

__all__ = [
    "AsyncEncryptedStore",
    "AsyncRedisReplayStore",
    "AsyncRedisTokenStore",
    "AsyncSqlReplayStore",
    "AsyncSqlTokenStore",
    "EncryptedStore",
    "RedisReplayStore",
    "RedisTokenStore",
    "SqlReplayStore",
    "SqlTokenStore",
    "Summary",
    "copy_tokens",
    "copy_tokens_async",
]

_MODULES = {"Encrypted": "encryption", "Redis": "redis", "Sql": "sql"}
_PACKAGES = {"encryption": "cryptography", "redis": "redis", "sql": "sqlalchemy"}


def __getattr__(name: str) -> Any:
    """Import the module of a class when the class is used, so that the other extras need not be installed."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = next(module for word, module in _MODULES.items() if word in name)
    try:
        return getattr(import_module(f".{module}", __name__), name)
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f'{name} needs the package {_PACKAGES[module]}: pip install "trustoo[{module}]".'
        ) from error
