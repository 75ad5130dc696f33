"""trustoo.oauth: a platform, the merchants who authorise it, and the clients of their shops."""

from .errors import AuthorizationDenied, AuthorizationLost, StateMismatch, StoreError
from .platform import AsyncPlatform, Callback, Platform
from .refresh import Windows
from .stores import FileStore, MemoryStore, TokenStore
from .tokens import Token, read_token

__all__ = [
    "AsyncPlatform",
    "AuthorizationDenied",
    "AuthorizationLost",
    "Callback",
    "FileStore",
    "MemoryStore",
    "Platform",
    "StateMismatch",
    "StoreError",
    "Token",
    "TokenStore",
    "Windows",
    "read_token",
]
