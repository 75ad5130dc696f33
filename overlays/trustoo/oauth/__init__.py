"""OAuth2 for platforms: merchants authorise a platform, and the platform gets a client for each of their shops."""

from .errors import AuthorizationDeniedError, AuthorizationLostError, StateMismatchError, StoreConflictError, StoreError
from .platform import AsyncPlatform, Callback, Platform
from .protocols import ANY, AsyncTokenStore, Stored, TokenStore
from .refresh import RefreshPolicy
from .state import STATE_LIFETIME
from .stores import FileStore, MemoryStore
from .tokens import Token, read_token

__all__ = [
    "ANY",
    "STATE_LIFETIME",
    "AsyncPlatform",
    "AsyncTokenStore",
    "AuthorizationDeniedError",
    "AuthorizationLostError",
    "Callback",
    "FileStore",
    "MemoryStore",
    "Platform",
    "RefreshPolicy",
    "StateMismatchError",
    "StoreConflictError",
    "StoreError",
    "Stored",
    "Token",
    "TokenStore",
    "read_token",
]
