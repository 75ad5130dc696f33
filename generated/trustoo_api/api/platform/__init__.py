"""Whether a shop has installed or authorised a platform, and how to end the authorisation."""

from functools import cached_property

from ...resources import AsyncRawResource, AsyncResource, Method, RawResource, SyncResource
from . import platform_authorization_info, platform_cancel, platform_disconnect, platform_installation_status


class _Operations:
    disconnect = Method(platform_disconnect.build, platform_disconnect.DECODER)
    """Give up a shop's authorisation."""
    authorization_info = Method(platform_authorization_info.build, platform_authorization_info.DECODER)
    """A shop's authorisation of this platform."""
    installation_status = Method(platform_installation_status.build, platform_installation_status.DECODER)
    """Whether a shop has installed this platform."""
    cancel = Method(platform_cancel.build, platform_cancel.DECODER)
    """Cancel a platform's authorisation."""


class PlatformRawResource(_Operations, RawResource):
    """Whether a shop has installed or authorised a platform, and how to end the authorisation. Each method returns the whole response."""


class AsyncPlatformRawResource(_Operations, AsyncRawResource):
    """Whether a shop has installed or authorised a platform, and how to end the authorisation. Each method returns the whole response."""


class PlatformResource(_Operations, SyncResource):
    """Whether a shop has installed or authorised a platform, and how to end the authorisation."""

    @cached_property
    def with_raw_response(self) -> PlatformRawResource:
        """The same methods. They return the result as `.parsed`, with status, headers, request id and bytes."""
        return PlatformRawResource(self._client)


class AsyncPlatformResource(_Operations, AsyncResource):
    """Whether a shop has installed or authorised a platform, and how to end the authorisation."""

    @cached_property
    def with_raw_response(self) -> AsyncPlatformRawResource:
        """The same methods. They return the result as `.parsed`, with status, headers, request id and bytes."""
        return AsyncPlatformRawResource(self._client)
