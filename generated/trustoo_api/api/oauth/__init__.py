"""Getting, renewing and revoking OAuth2 tokens for a platform."""

from collections.abc import Mapping
from typing import Literal

from ...client import AsyncClient, SyncClient
from ...models.authorization_code import AuthorizationCode
from ...models.authorize_url import AuthorizeUrl
from ...models.o_auth_token import OAuthToken
from ...types import JSON, Response
from . import oauth_authorize, oauth_authorize_url, oauth_revoke, oauth_token


class Oauth:
    """Getting, renewing and revoking OAuth2 tokens for a platform."""

    def __init__(self, client: SyncClient) -> None:
        self._client = client

    @property
    def with_raw_response(self) -> "OauthWithRawResponse":
        """The same methods, returning status, headers, request id and bytes beside the value (`.parsed`)."""
        return OauthWithRawResponse(self._client)

    def authorize(
        self,
        *,
        client_id: str | None = None,
        redirect_uri: str | None = None,
        state: str | None = None,
        scope: Literal["read_reviews", "write_reviews", "read_customer_events", "write_customers"]
        | str
        | None = None,
        response_type: str | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> AuthorizationCode:
        """Authorise a platform as the logged-in merchant.

        Merchant-facing step of the authorization-code grant. The newest page redirects to `redirect_uri`
        with a code; an older one responded with JSON.

        Credentials: merchant_session. Scope: not documented.
        Evidence: documented (authorize).

        Args:
            client_id: The platform's client id. (example)
            redirect_uri: Where the merchant returns to. (example)
            state: Opaque value that comes back with the code. (example)
            scope: Requested scope. How several are separated is not stated. (example)
            response_type: Kind of the requested grant. Its value is not visible in the documentation. (example)
        """
        return oauth_authorize.sync(
            client=self._client,
            client_id=client_id,
            redirect_uri=redirect_uri,
            state=state,
            scope=scope,
            response_type=response_type,
            extra_query=extra_query,
        )

    def authorize_url(
        self,
        *,
        client_id: str | None = None,
        redirect_uri: str | None = None,
        state: str | None = None,
        scope: Literal["read_reviews", "write_reviews", "read_customer_events", "write_customers"]
        | str
        | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> AuthorizeUrl:
        """Address to send a merchant to.

        First step of the authorization-code grant. Which parameters are needed is not stated.

        Credentials: none besides the parameters. Scope: not documented.
        Evidence: documented (authorize-url-2026-05, authorize-url-2026-06).

        Args:
            client_id: The platform's client id. (example)
            redirect_uri: Where the merchant returns to. (example)
            state: Opaque value that comes back with the code. (example)
            scope: Requested scope. How several are separated is not stated. (example)
        """
        return oauth_authorize_url.sync(
            client=self._client,
            client_id=client_id,
            redirect_uri=redirect_uri,
            state=state,
            scope=scope,
            extra_query=extra_query,
        )

    def token(
        self,
        *,
        client_id: str,
        client_secret: str,
        grant_type: Literal["authorization_code", "refresh_token", "client_credentials"] | str | None = None,
        code: str | None = None,
        redirect_uri: str | None = None,
        refresh_token: str | None = None,
        shop_id: str | int | None = None,
        myshopify_domain: str | None = None,
        scope: str | None = None,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> OAuthToken | None:
        """Get or refresh an access token.

        The client's id and secret travel in the JSON body. `client_credentials` works only for platforms
        the vendor has exempted from merchant authorisation.

        Credentials: none besides the parameters. Scope: not documented.
        Evidence: documented (token).

        Args:
            client_id: Not described. (documented)
            client_secret: Not described. (documented)
            grant_type: Which grant this is. (documented)
            code: The code from the callback. Standard base64, so it needs percent-encoding in addresses.
                (documented)
            redirect_uri: The address used for the authorisation. (documented)
            refresh_token: Not described. (documented)
            shop_id: Shop the token is for, an integer in the page's example. (documented)
            myshopify_domain: Not described. (documented)
            scope: Not described. (documented)
        """
        return oauth_token.sync(
            client=self._client,
            client_id=client_id,
            client_secret=client_secret,
            grant_type=grant_type,
            code=code,
            redirect_uri=redirect_uri,
            refresh_token=refresh_token,
            shop_id=shop_id,
            myshopify_domain=myshopify_domain,
            scope=scope,
            extra_body=extra_body,
            extra_query=extra_query,
        )

    def revoke(
        self,
        *,
        client_id: str,
        client_secret: str,
        token: str,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> None:
        """Revoke a token.

        The path comes from the last readable page; the newest could not be read, and its sibling
        `oauth/disconnect` shows that names did change.

        Credentials: none besides the parameters. Scope: not documented.
        Evidence: documented (revoke-2026-06).

        Args:
            client_id: Not described. (documented)
            client_secret: Not described. (documented)
            token: Access token; whether a refresh token is accepted too is not stated. (documented)
        """
        return oauth_revoke.sync(
            client=self._client,
            client_id=client_id,
            client_secret=client_secret,
            token=token,
            extra_body=extra_body,
            extra_query=extra_query,
        )


class OauthWithRawResponse:
    """Getting, renewing and revoking OAuth2 tokens for a platform. Each method returns the whole response."""

    def __init__(self, client: SyncClient) -> None:
        self._client = client

    def authorize(
        self,
        *,
        client_id: str | None = None,
        redirect_uri: str | None = None,
        state: str | None = None,
        scope: Literal["read_reviews", "write_reviews", "read_customer_events", "write_customers"]
        | str
        | None = None,
        response_type: str | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[AuthorizationCode]:
        """As `Oauth.authorize`."""
        return oauth_authorize.sync_detailed(
            client=self._client,
            client_id=client_id,
            redirect_uri=redirect_uri,
            state=state,
            scope=scope,
            response_type=response_type,
            extra_query=extra_query,
        )

    def authorize_url(
        self,
        *,
        client_id: str | None = None,
        redirect_uri: str | None = None,
        state: str | None = None,
        scope: Literal["read_reviews", "write_reviews", "read_customer_events", "write_customers"]
        | str
        | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[AuthorizeUrl]:
        """As `Oauth.authorize_url`."""
        return oauth_authorize_url.sync_detailed(
            client=self._client,
            client_id=client_id,
            redirect_uri=redirect_uri,
            state=state,
            scope=scope,
            extra_query=extra_query,
        )

    def token(
        self,
        *,
        client_id: str,
        client_secret: str,
        grant_type: Literal["authorization_code", "refresh_token", "client_credentials"] | str | None = None,
        code: str | None = None,
        redirect_uri: str | None = None,
        refresh_token: str | None = None,
        shop_id: str | int | None = None,
        myshopify_domain: str | None = None,
        scope: str | None = None,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[OAuthToken | None]:
        """As `Oauth.token`."""
        return oauth_token.sync_detailed(
            client=self._client,
            client_id=client_id,
            client_secret=client_secret,
            grant_type=grant_type,
            code=code,
            redirect_uri=redirect_uri,
            refresh_token=refresh_token,
            shop_id=shop_id,
            myshopify_domain=myshopify_domain,
            scope=scope,
            extra_body=extra_body,
            extra_query=extra_query,
        )

    def revoke(
        self,
        *,
        client_id: str,
        client_secret: str,
        token: str,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[None]:
        """As `Oauth.revoke`."""
        return oauth_revoke.sync_detailed(
            client=self._client,
            client_id=client_id,
            client_secret=client_secret,
            token=token,
            extra_body=extra_body,
            extra_query=extra_query,
        )


class AsyncOauth:
    """Getting, renewing and revoking OAuth2 tokens for a platform."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    @property
    def with_raw_response(self) -> "AsyncOauthWithRawResponse":
        """The same methods, returning status, headers, request id and bytes beside the value (`.parsed`)."""
        return AsyncOauthWithRawResponse(self._client)

    async def authorize(
        self,
        *,
        client_id: str | None = None,
        redirect_uri: str | None = None,
        state: str | None = None,
        scope: Literal["read_reviews", "write_reviews", "read_customer_events", "write_customers"]
        | str
        | None = None,
        response_type: str | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> AuthorizationCode:
        """Authorise a platform as the logged-in merchant.

        Merchant-facing step of the authorization-code grant. The newest page redirects to `redirect_uri`
        with a code; an older one responded with JSON.

        Credentials: merchant_session. Scope: not documented.
        Evidence: documented (authorize).

        Args:
            client_id: The platform's client id. (example)
            redirect_uri: Where the merchant returns to. (example)
            state: Opaque value that comes back with the code. (example)
            scope: Requested scope. How several are separated is not stated. (example)
            response_type: Kind of the requested grant. Its value is not visible in the documentation. (example)
        """
        return await oauth_authorize.asyncio(
            client=self._client,
            client_id=client_id,
            redirect_uri=redirect_uri,
            state=state,
            scope=scope,
            response_type=response_type,
            extra_query=extra_query,
        )

    async def authorize_url(
        self,
        *,
        client_id: str | None = None,
        redirect_uri: str | None = None,
        state: str | None = None,
        scope: Literal["read_reviews", "write_reviews", "read_customer_events", "write_customers"]
        | str
        | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> AuthorizeUrl:
        """Address to send a merchant to.

        First step of the authorization-code grant. Which parameters are needed is not stated.

        Credentials: none besides the parameters. Scope: not documented.
        Evidence: documented (authorize-url-2026-05, authorize-url-2026-06).

        Args:
            client_id: The platform's client id. (example)
            redirect_uri: Where the merchant returns to. (example)
            state: Opaque value that comes back with the code. (example)
            scope: Requested scope. How several are separated is not stated. (example)
        """
        return await oauth_authorize_url.asyncio(
            client=self._client,
            client_id=client_id,
            redirect_uri=redirect_uri,
            state=state,
            scope=scope,
            extra_query=extra_query,
        )

    async def token(
        self,
        *,
        client_id: str,
        client_secret: str,
        grant_type: Literal["authorization_code", "refresh_token", "client_credentials"] | str | None = None,
        code: str | None = None,
        redirect_uri: str | None = None,
        refresh_token: str | None = None,
        shop_id: str | int | None = None,
        myshopify_domain: str | None = None,
        scope: str | None = None,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> OAuthToken | None:
        """Get or refresh an access token.

        The client's id and secret travel in the JSON body. `client_credentials` works only for platforms
        the vendor has exempted from merchant authorisation.

        Credentials: none besides the parameters. Scope: not documented.
        Evidence: documented (token).

        Args:
            client_id: Not described. (documented)
            client_secret: Not described. (documented)
            grant_type: Which grant this is. (documented)
            code: The code from the callback. Standard base64, so it needs percent-encoding in addresses.
                (documented)
            redirect_uri: The address used for the authorisation. (documented)
            refresh_token: Not described. (documented)
            shop_id: Shop the token is for, an integer in the page's example. (documented)
            myshopify_domain: Not described. (documented)
            scope: Not described. (documented)
        """
        return await oauth_token.asyncio(
            client=self._client,
            client_id=client_id,
            client_secret=client_secret,
            grant_type=grant_type,
            code=code,
            redirect_uri=redirect_uri,
            refresh_token=refresh_token,
            shop_id=shop_id,
            myshopify_domain=myshopify_domain,
            scope=scope,
            extra_body=extra_body,
            extra_query=extra_query,
        )

    async def revoke(
        self,
        *,
        client_id: str,
        client_secret: str,
        token: str,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> None:
        """Revoke a token.

        The path comes from the last readable page; the newest could not be read, and its sibling
        `oauth/disconnect` shows that names did change.

        Credentials: none besides the parameters. Scope: not documented.
        Evidence: documented (revoke-2026-06).

        Args:
            client_id: Not described. (documented)
            client_secret: Not described. (documented)
            token: Access token; whether a refresh token is accepted too is not stated. (documented)
        """
        return await oauth_revoke.asyncio(
            client=self._client,
            client_id=client_id,
            client_secret=client_secret,
            token=token,
            extra_body=extra_body,
            extra_query=extra_query,
        )


class AsyncOauthWithRawResponse:
    """Getting, renewing and revoking OAuth2 tokens for a platform. Each method returns the whole response."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def authorize(
        self,
        *,
        client_id: str | None = None,
        redirect_uri: str | None = None,
        state: str | None = None,
        scope: Literal["read_reviews", "write_reviews", "read_customer_events", "write_customers"]
        | str
        | None = None,
        response_type: str | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[AuthorizationCode]:
        """As `AsyncOauth.authorize`."""
        return await oauth_authorize.asyncio_detailed(
            client=self._client,
            client_id=client_id,
            redirect_uri=redirect_uri,
            state=state,
            scope=scope,
            response_type=response_type,
            extra_query=extra_query,
        )

    async def authorize_url(
        self,
        *,
        client_id: str | None = None,
        redirect_uri: str | None = None,
        state: str | None = None,
        scope: Literal["read_reviews", "write_reviews", "read_customer_events", "write_customers"]
        | str
        | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[AuthorizeUrl]:
        """As `AsyncOauth.authorize_url`."""
        return await oauth_authorize_url.asyncio_detailed(
            client=self._client,
            client_id=client_id,
            redirect_uri=redirect_uri,
            state=state,
            scope=scope,
            extra_query=extra_query,
        )

    async def token(
        self,
        *,
        client_id: str,
        client_secret: str,
        grant_type: Literal["authorization_code", "refresh_token", "client_credentials"] | str | None = None,
        code: str | None = None,
        redirect_uri: str | None = None,
        refresh_token: str | None = None,
        shop_id: str | int | None = None,
        myshopify_domain: str | None = None,
        scope: str | None = None,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[OAuthToken | None]:
        """As `AsyncOauth.token`."""
        return await oauth_token.asyncio_detailed(
            client=self._client,
            client_id=client_id,
            client_secret=client_secret,
            grant_type=grant_type,
            code=code,
            redirect_uri=redirect_uri,
            refresh_token=refresh_token,
            shop_id=shop_id,
            myshopify_domain=myshopify_domain,
            scope=scope,
            extra_body=extra_body,
            extra_query=extra_query,
        )

    async def revoke(
        self,
        *,
        client_id: str,
        client_secret: str,
        token: str,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[None]:
        """As `AsyncOauth.revoke`."""
        return await oauth_revoke.asyncio_detailed(
            client=self._client,
            client_id=client_id,
            client_secret=client_secret,
            token=token,
            extra_body=extra_body,
            extra_query=extra_query,
        )
