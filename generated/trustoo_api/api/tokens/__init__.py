"""A merchant's own API tokens, read with a merchant session."""

from collections.abc import Mapping

from ...client import AsyncClient, SyncClient
from ...models.private_token import PrivateToken
from ...models.public_token import PublicToken
from ...types import Response
from . import tokens_private, tokens_public


class Tokens:
    """A merchant's own API tokens, read with a merchant session."""

    def __init__(self, client: SyncClient) -> None:
        self._client = client

    @property
    def with_raw_response(self) -> "TokensWithRawResponse":
        """The same methods, returning status, headers, request id and bytes beside the value (`.parsed`)."""
        return TokensWithRawResponse(self._client)

    def public(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
    ) -> PublicToken:
        """The shop's public token.

        Read with the session of a logged-in merchant.

        Credentials: merchant_session. Scope: not documented.
        Evidence: documented (quick-start).
        """
        return tokens_public.sync(
            client=self._client,
            extra_query=extra_query,
        )

    def private(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
    ) -> PrivateToken:
        """The shop's private token.

        Read with the session of a logged-in merchant. The token signs every HMAC request, so it is a
        secret.

        Credentials: merchant_session. Scope: not documented.
        Evidence: documented (quick-start).
        """
        return tokens_private.sync(
            client=self._client,
            extra_query=extra_query,
        )


class TokensWithRawResponse:
    """A merchant's own API tokens, read with a merchant session. Each method returns the whole response."""

    def __init__(self, client: SyncClient) -> None:
        self._client = client

    def public(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[PublicToken]:
        """As `Tokens.public`."""
        return tokens_public.sync_detailed(
            client=self._client,
            extra_query=extra_query,
        )

    def private(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[PrivateToken]:
        """As `Tokens.private`."""
        return tokens_private.sync_detailed(
            client=self._client,
            extra_query=extra_query,
        )


class AsyncTokens:
    """A merchant's own API tokens, read with a merchant session."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    @property
    def with_raw_response(self) -> "AsyncTokensWithRawResponse":
        """The same methods, returning status, headers, request id and bytes beside the value (`.parsed`)."""
        return AsyncTokensWithRawResponse(self._client)

    async def public(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
    ) -> PublicToken:
        """The shop's public token.

        Read with the session of a logged-in merchant.

        Credentials: merchant_session. Scope: not documented.
        Evidence: documented (quick-start).
        """
        return await tokens_public.asyncio(
            client=self._client,
            extra_query=extra_query,
        )

    async def private(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
    ) -> PrivateToken:
        """The shop's private token.

        Read with the session of a logged-in merchant. The token signs every HMAC request, so it is a
        secret.

        Credentials: merchant_session. Scope: not documented.
        Evidence: documented (quick-start).
        """
        return await tokens_private.asyncio(
            client=self._client,
            extra_query=extra_query,
        )


class AsyncTokensWithRawResponse:
    """A merchant's own API tokens, read with a merchant session. Each method returns the whole response."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def public(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[PublicToken]:
        """As `AsyncTokens.public`."""
        return await tokens_public.asyncio_detailed(
            client=self._client,
            extra_query=extra_query,
        )

    async def private(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[PrivateToken]:
        """As `AsyncTokens.private`."""
        return await tokens_private.asyncio_detailed(
            client=self._client,
            extra_query=extra_query,
        )
