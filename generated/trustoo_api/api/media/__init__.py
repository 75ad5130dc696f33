"""Credentials for uploading review images and videos."""

from functools import cached_property

from ...resources import AsyncRawResource, AsyncResource, Method, RawResource, SyncResource
from . import media_image_upload_credentials, media_video_upload_url


class _Operations:
    video_upload_url = Method(media_video_upload_url.build, media_video_upload_url.DECODER)
    """Address for uploading a video."""
    image_upload_credentials = Method(
        media_image_upload_credentials.build, media_image_upload_credentials.DECODER
    )
    """Credentials for uploading images."""


class MediaRawResource(_Operations, RawResource):
    """Credentials for uploading review images and videos. Each method returns the whole response."""


class AsyncMediaRawResource(_Operations, AsyncRawResource):
    """Credentials for uploading review images and videos. Each method returns the whole response."""


class MediaResource(_Operations, SyncResource):
    """Credentials for uploading review images and videos."""

    @cached_property
    def with_raw_response(self) -> MediaRawResource:
        """The same methods. They return the result as `.parsed`, with status, headers, request id and bytes."""
        return MediaRawResource(self._client)


class AsyncMediaResource(_Operations, AsyncResource):
    """Credentials for uploading review images and videos."""

    @cached_property
    def with_raw_response(self) -> AsyncMediaRawResource:
        """The same methods. They return the result as `.parsed`, with status, headers, request id and bytes."""
        return AsyncMediaRawResource(self._client)
