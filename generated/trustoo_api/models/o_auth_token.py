from typing import ClassVar

from ..types import Model


class OAuthToken(Model, kw_only=True, frozen=True, eq=False):
    """Inferred object. The Quick Start mentions the two tokens and nothing else.

    Evidence: inferred (quick-start).
    """

    access_token: str | None = None

    refresh_token: str | None = None

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
