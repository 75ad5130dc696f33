from typing import ClassVar

from ..types import Model


class RevokeTokenRequest(Model, kw_only=True, frozen=True, eq=False):
    """The token to revoke and the client's own credentials.

    Evidence: example (revoke-2026-06).
    """

    client_id: str
    """The platform's client id."""

    client_secret: str
    """The platform's client secret."""

    token: str
    """The token to revoke. Whether it is an access token, a refresh token or either is unknown."""

    secret_: ClassVar[frozenset[str]] = frozenset(
        {
            "client_secret",
            "token",
        }
    )
