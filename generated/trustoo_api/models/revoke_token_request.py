from typing import ClassVar

from ..types import Model


class RevokeTokenRequest(Model, kw_only=True, frozen=True, eq=False):
    """The token to revoke and the client's own credentials.

    Evidence: example (revoke-2026-06).
    """

    client_id: str

    client_secret: str

    token: str
    """Access token. The documentation does not state whether a refresh token is also accepted."""

    secret_: ClassVar[frozenset[str]] = frozenset(
        {
            "client_secret",
            "token",
        }
    )
