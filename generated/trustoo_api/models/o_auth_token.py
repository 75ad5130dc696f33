from typing import ClassVar

from ..types import Model


class OAuthToken(Model, kw_only=True, frozen=True, eq=False):
    """Inferred object. The Quick Start mentions the two tokens and nothing else.

    Evidence: inferred (quick-start).
    """

    access_token: str | None = None
    """The bearer token of the calls."""

    refresh_token: str | None = None
    """For getting the next access token."""

    secret_: ClassVar[frozenset[str]] = frozenset(
        {
            "access_token",
            "refresh_token",
        }
    )

    required_: ClassVar[frozenset[str]] = frozenset(
        {
            "access_token",
        }
    )
