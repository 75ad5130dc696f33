from typing import ClassVar

from ..types import Model


class PrivateToken(Model, kw_only=True, frozen=True, eq=False):
    """Inferred object. The member is named after the token's title in the Quick Start.

    Evidence: inferred (quick-start).
    """

    private_token: str | None = None
    """Inferred from the token's title."""

    secret_: ClassVar[frozenset[str]] = frozenset(
        {
            "private_token",
        }
    )
