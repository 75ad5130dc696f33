from typing import ClassVar, Literal

from ..types import Model


class OAuthTokenRequest(Model, kw_only=True, frozen=True, eq=False):
    """Body of a token request. Each grant uses its own members.

    Evidence: example (token-2026-05).
    """

    client_id: str
    """The platform's client id."""

    client_secret: str
    """The platform's client secret."""

    grant_type: Literal["authorization_code", "refresh_token", "client_credentials"] | str | None = None
    """The kind of grant. It decides which of the other members are used."""

    code: str | None = None
    """The code from the callback, for `authorization_code`. It is standard base64, so it needs percent-encoding in addresses."""

    redirect_uri: str | None = None
    """The address that the code was sent to, for `authorization_code`."""

    refresh_token: str | None = None
    """The refresh token to use, for `refresh_token`."""

    shop_id: str | int | None = None
    """Shopify's number of the shop that the token is for, for `client_credentials`."""

    myshopify_domain: str | None = None
    """The Shopify domain of the shop that the token is for, for `client_credentials`."""

    scope: str | None = None
    """Scopes to ask for. The example on the page shows no value."""

    secret_: ClassVar[frozenset[str]] = frozenset(
        {
            "client_secret",
            "code",
            "refresh_token",
        }
    )
