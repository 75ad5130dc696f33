"""The errors of authorisations and of token stores."""

from __future__ import annotations

from ..errors import OAuthError

__all__ = ["AuthorizationDeniedError", "AuthorizationLostError", "StateMismatchError", "StoreError"]


class AuthorizationDeniedError(OAuthError):
    """The merchant or the service refused the authorisation: the callback has an error instead of a code.

    Attributes:
        error: the callback's `error`, such as "access_denied".
        description: the callback's `error_description`; "" when it has none.
        shop: the shop that `authorize_url` was called with; None when it was called without one.
    """

    def __init__(self, error: str, description: str = "", shop: str | None = None) -> None:
        super().__init__(f"The authorisation was refused: {error}{f' ({description})' if description else ''}.")
        self.error, self.description, self.shop = error, description, shop


class StateMismatchError(OAuthError):
    """The callback does not belong to an authorisation of this platform and session in the last ten minutes.

    Do not use the callback's code. Start again with `authorize_url`.
    """


class AuthorizationLostError(OAuthError):
    """The shop has no access token, or its token cannot be renewed. The merchant has to authorise the platform again.

    Send the merchant to `authorize_url`, then call `exchange`. Calls work again as soon as the store has the new token.
    `__cause__` is the service's refusal; None when there was none.

    Attributes:
        shop: the shop's key in the store.
    """

    def __init__(self, message: str, *, shop: str) -> None:
        super().__init__(message)
        self.shop = shop


class StoreError(OAuthError):
    """The store could not read, write or delete a token, or its lock was not free in time."""
