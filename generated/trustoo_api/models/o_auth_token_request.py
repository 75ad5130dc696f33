from typing import ClassVar, Literal

from ..types import Model


class OAuthTokenRequest(Model, kw_only=True, frozen=True, eq=False):
    """Body of a token request. Each grant uses its own members.

    Evidence: example (token-2026-05).
    """

    client_id: str

    client_secret: str

    grant_type: Literal["authorization_code", "refresh_token", "client_credentials"] | str | None = None
    """The kind of grant."""

    code: str | None = None
    """The code from the callback. Standard base64, so it needs percent-encoding in addresses."""

    redirect_uri: str | None = None
    """The address used for the authorisation."""

    refresh_token: str | None = None

    shop_id: str | int | None = None
    """The shop that the token is for. An integer in the example on the page."""

    myshopify_domain: str | None = None

    scope: str | None = None

    secret_: ClassVar[frozenset[str]] = frozenset(
        {
            "client_secret",
            "code",
            "refresh_token",
        }
    )
