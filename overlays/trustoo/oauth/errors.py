"""What can go wrong with an authorisation, beside what any call can raise."""

from __future__ import annotations

from ..errors import OAuthError

__all__ = ["AuthorizationDeniedError", "AuthorizationLostError", "StateMismatchError", "StoreError"]


class AuthorizationDeniedError(OAuthError):
    """The merchant, or the service, said no: the callback carries an error instead of a code.

    Attributes:
        error: the callback's `error`, such as "access_denied".
        description: its `error_description`, "" where there is none.
        shop: the shop that `authorize_url` was called for; None where it was called for none.
    """

    def __init__(self, error: str, description: str = "", shop: str | None = None) -> None:
        super().__init__(f"The authorisation was not granted: {error}{f' ({description})' if description else ''}.")
        self.error, self.description, self.shop = error, description, shop


class StateMismatchError(OAuthError):
    """The callback does not belong to an authorisation that was begun here, for this session, a short time ago.

    Do not use its code. Begin anew with `authorize_url`.
    """


class AuthorizationLostError(OAuthError):
    """There is no access token for the shop, and no way to a new one: the merchant has to authorise again.

    Send the merchant to `authorize_url` and finish with `exchange`; calls work again as soon as the new token is in
    the store. `__cause__` is the service's refusal, where there was one.

    Attributes:
        shop: the shop's key in the store.
    """

    def __init__(self, message: str, *, shop: str) -> None:
        super().__init__(message)
        self.shop = shop


class StoreError(OAuthError):
    """A token could not be read from the store or written to it, or its lock was not free in time."""
