"""The errors of authorisations and of token stores."""

from __future__ import annotations

from ..errors import OAuthError

__all__ = [
    "AuthorizationDeniedError",
    "AuthorizationLostError",
    "StateMismatchError",
    "StoreConflictError",
    "StoreError",
]


class AuthorizationDeniedError(OAuthError):
    """The merchant or the service refused the authorisation: the callback has an error instead of a code.

    Attributes:
        error: the `error` of the callback, such as "access_denied".
        description: the `error_description` of the callback; "" if the callback has no description.
        shop: the shop that was passed to `authorize_url`; None if `authorize_url` was called without a shop.
    """

    def __init__(self, error: str, description: str = "", shop: str | None = None) -> None:
        super().__init__(f"The authorisation was refused: {error}{f' ({description})' if description else ''}.")
        self.error, self.description, self.shop = error, description, shop


class StateMismatchError(OAuthError):
    """The callback does not belong to an authorisation of this platform and session in the last ten minutes.

    Do not use the callback's code. Start again with `authorize_url`.
    """


class AuthorizationLostError(OAuthError):
    """The shop has no access token, or the token cannot be refreshed. The merchant must authorise the platform again.

    Send the merchant to `authorize_url`, then call `exchange`. Calls work again as soon as the store has the new token.
    `__cause__` is the error with which the service refused the refresh; None if the service did not refuse a refresh.

    Attributes:
        shop: the shop's key in the store.
    """

    def __init__(self, message: str, *, shop: str) -> None:
        super().__init__(message)
        self.shop = shop


class StoreError(OAuthError):
    """The store could not read, write or delete a token, or the store's lock was not free in time."""


class StoreConflictError(StoreError):
    """A token was not saved, because the store has another version than the one that the save replaces."""
