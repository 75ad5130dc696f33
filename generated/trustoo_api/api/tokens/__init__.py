"""A merchant's own API tokens, read with a merchant session."""

from collections.abc import Mapping

from ...client import AsyncTransport, Transport
from ...models.private_token import PrivateToken
from ...models.public_token import PublicToken
from . import tokens_private, tokens_public


class Tokens:
    """A merchant's own API tokens, read with a merchant session."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

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
            client=self._transport,
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
            client=self._transport,
            extra_query=extra_query,
        )


class AsyncTokens:
    """A merchant's own API tokens, read with a merchant session."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

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
            client=self._transport,
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
            client=self._transport,
            extra_query=extra_query,
        )
