"""trustoo.oauth: a platform, the merchants who authorise it, and the clients of their shops."""

from .errors import AuthorizationDeniedError, AuthorizationLostError, StateMismatchError, StoreError
from .platform import AsyncPlatform, Callback, Platform
from .refresh import RefreshPolicy
from .state import STATE_LIFETIME
from .stores import FileStore, MemoryStore, TokenStore
from .tokens import Token, read_token

__all__ = [
    "STATE_LIFETIME",
    "AsyncPlatform",
    "AuthorizationDeniedError",
    "AuthorizationLostError",
    "Callback",
    "FileStore",
    "MemoryStore",
    "Platform",
    "RefreshPolicy",
    "StateMismatchError",
    "StoreError",
    "Token",
    "TokenStore",
    "read_token",
]
