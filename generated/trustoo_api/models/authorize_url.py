from ..types import Model


class AuthorizeUrl(Model, kw_only=True, frozen=True, eq=False):
    """Where to send the merchant.

    Evidence: example (authorize-url-2026-05).
    """

    authorize_url: str | None = None
    """The address at which the merchant confirms."""
