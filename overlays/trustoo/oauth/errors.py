"""The errors of authorisations and of token stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import OAuthError

if TYPE_CHECKING:
    from .tokens import Token

__all__ = [
    "AuthorizationDeniedError",
    "AuthorizationLostError",
    "ClientRefusedError",
    "StateMismatchError",
    "StoreConflictError",
    "StoreError",
    "TokenRefreshError",
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
    """The shop has no access token, or the service has refused its token. The merchant must authorise the platform.

    Send the merchant to `authorize_url`, then call `exchange`. Calls work again as soon as the store has the new token.
    In case the service was wrong, it is asked again after a time that grows from `RefreshPolicy.backoff` to an hour.
    `__cause__` is the error with which the service refused the token; None if the store has no token.

    Attributes:
        shop: the shop's key in the store.
    """

    def __init__(self, message: str, *, shop: str) -> None:
        super().__init__(message)
        self.shop = shop


class TokenRefreshError(OAuthError):
    """A call was not sent, because the shop's token could not be refreshed. The service did not refuse the token.

    Call again later. `__cause__` is the error of the refresh, such as a TransportError or an HTTPStatusError.

    Attributes:
        shop: the shop's key in the store.
    """

    def __init__(self, message: str, *, shop: str) -> None:
        super().__init__(message)
        self.shop = shop

    def __str__(self) -> str:
        return f"{self.call or 'The call was not sent'}: {super().__str__()}"


class ClientRefusedError(OAuthError):
    """The service refused `client_id` and `client_secret`. Correct them; merchants need not authorise again.

    `__cause__` is the error with which the service refused them.
    """


class StoreError(OAuthError):
    """The store could not read, write or delete a token.

    Attributes:
        token: the new token that `exchange` or `client_credentials` could not save; None for other errors. Save it with
            `platform.save`, because the service accepts a code only once. The token has the secrets; its `repr` does
            not show them.
    """

    token: Token | None = None


class StoreConflictError(StoreError):
    """A token was not saved, because the store has another version than the one that the save replaces."""
