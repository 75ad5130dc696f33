from ..types import Model


class PublicToken(Model, kw_only=True, frozen=True, eq=False):
    """Inferred object. The member is named after the token's title in the Quick Start.

    Evidence: inferred (quick-start).
    """

    public_token: str | None = None
    """Inferred from the token's title."""
