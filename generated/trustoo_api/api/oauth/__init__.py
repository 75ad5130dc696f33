"""Getting, refreshing and revoking OAuth2 tokens for a platform."""

from functools import cached_property

from ...resources import AsyncRawResource, AsyncResource, Method, RawResource, SyncResource
from . import oauth_authorize, oauth_authorize_url, oauth_revoke, oauth_token


class _Operations:
    authorize = Method(oauth_authorize.build, oauth_authorize.DECODER)
    """Authorise a platform as the logged-in merchant."""
    authorize_url = Method(oauth_authorize_url.build, oauth_authorize_url.DECODER)
    """Authorization URL to send a merchant to."""
    token = Method(oauth_token.build, oauth_token.DECODER)
    """Get or refresh an access token."""
    revoke = Method(oauth_revoke.build, oauth_revoke.DECODER)
    """Revoke a token."""


class OauthRawResource(_Operations, RawResource):
    """Getting, refreshing and revoking OAuth2 tokens for a platform. Each method returns the whole response."""


class AsyncOauthRawResource(_Operations, AsyncRawResource):
    """Getting, refreshing and revoking OAuth2 tokens for a platform. Each method returns the whole response."""


class OauthResource(_Operations, SyncResource):
    """Getting, refreshing and revoking OAuth2 tokens for a platform."""

    @cached_property
    def with_raw_response(self) -> OauthRawResource:
        """The same methods. They return the result as `.parsed`, with status, headers, request id and bytes."""
        return OauthRawResource(self._client)


class AsyncOauthResource(_Operations, AsyncResource):
    """Getting, refreshing and revoking OAuth2 tokens for a platform."""

    @cached_property
    def with_raw_response(self) -> AsyncOauthRawResource:
        """The same methods. They return the result as `.parsed`, with status, headers, request id and bytes."""
        return AsyncOauthRawResource(self._client)
