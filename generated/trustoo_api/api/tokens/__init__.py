"""A merchant's own API tokens, read with a merchant session."""

from functools import cached_property

from ...resources import AsyncRawResource, AsyncResource, Method, RawResource, SyncResource
from . import tokens_private, tokens_public


class _Operations:
    public = Method(tokens_public.build, tokens_public.DECODER)
    """The shop's public token."""
    private = Method(tokens_private.build, tokens_private.DECODER)
    """The shop's private token."""


class TokensRawResource(_Operations, RawResource):
    """A merchant's own API tokens, read with a merchant session. Each method returns the whole response."""


class AsyncTokensRawResource(_Operations, AsyncRawResource):
    """A merchant's own API tokens, read with a merchant session. Each method returns the whole response."""


class TokensResource(_Operations, SyncResource):
    """A merchant's own API tokens, read with a merchant session."""

    @cached_property
    def with_raw_response(self) -> TokensRawResource:
        """The same methods. They return the result as `.parsed`, with status, headers, request id and bytes."""
        return TokensRawResource(self._client)


class AsyncTokensResource(_Operations, AsyncResource):
    """A merchant's own API tokens, read with a merchant session."""

    @cached_property
    def with_raw_response(self) -> AsyncTokensRawResource:
        """The same methods. They return the result as `.parsed`, with status, headers, request id and bytes."""
        return AsyncTokensRawResource(self._client)
