"""OAuth2 for platforms: merchants authorise a platform, and the platform gets a client for each of their shops."""

from .errors import (
    AuthorizationDeniedError,
    AuthorizationLostError,
    ClientRefusedError,
    StateMismatchError,
    StoreConflictError,
    StoreError,
    TokenRefreshError,
)
from .platform import AsyncPlatform, Callback, Platform, ShopResults
from .protocols import ANY, AsyncTokenStore, Replaces, Stored, TokenStore
from .refresh import RefreshEvent, RefreshPolicy
from .state import STATE_LIFETIME
from .stores import AsyncFileStore, AsyncMemoryStore, FileStore, MemoryStore
from .tokens import Token, read_token

__all__ = [
    "ANY",
    "STATE_LIFETIME",
    "AsyncFileStore",
    "AsyncMemoryStore",
    "AsyncPlatform",
    "AsyncTokenStore",
    "AuthorizationDeniedError",
    "AuthorizationLostError",
    "Callback",
    "ClientRefusedError",
    "FileStore",
    "MemoryStore",
    "Platform",
    "RefreshEvent",
    "RefreshPolicy",
    "Replaces",
    "ShopResults",
    "StateMismatchError",
    "StoreConflictError",
    "StoreError",
    "Stored",
    "Token",
    "TokenRefreshError",
    "TokenStore",
    "read_token",
]
