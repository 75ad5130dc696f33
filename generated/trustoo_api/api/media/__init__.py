"""Credentials for uploading review images and videos."""

from collections.abc import Mapping

from ...client import AsyncClient, SyncClient
from ...models.image_upload_credentials import ImageUploadCredentials
from ...models.video_upload import VideoUpload
from ...types import Response
from . import media_image_upload_credentials, media_video_upload_url


class Media:
    """Credentials for uploading review images and videos."""

    def __init__(self, client: SyncClient) -> None:
        self._client = client

    @property
    def with_raw_response(self) -> "MediaWithRawResponse":
        """The same methods, returning status, headers, request id and bytes beside the value (`.parsed`)."""
        return MediaWithRawResponse(self._client)

    def video_upload_url(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
    ) -> VideoUpload:
        """Address for uploading a video.

        Inferred from a title and a method in the navigation. The path is our guess; parameters, response
        and the upload itself are unknown.

        Credentials: hmac or bearer. Scope: not documented.
        Evidence: inferred (navigation).
        """
        return media_video_upload_url.sync(
            client=self._client,
            extra_query=extra_query,
        )

    def image_upload_credentials(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
    ) -> ImageUploadCredentials:
        """Credentials for uploading images.

        Short-lived credentials for posting image files straight to object storage. The page's sample
        sends the public token alone, its text asks for the usual credentials.

        Credentials: hmac or bearer. Scope: write_reviews.
        Evidence: documented (image-credentials).
        """
        return media_image_upload_credentials.sync(
            client=self._client,
            extra_query=extra_query,
        )


class MediaWithRawResponse:
    """Credentials for uploading review images and videos. Each method returns the whole response."""

    def __init__(self, client: SyncClient) -> None:
        self._client = client

    def video_upload_url(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[VideoUpload]:
        """As `Media.video_upload_url`."""
        return media_video_upload_url.sync_detailed(
            client=self._client,
            extra_query=extra_query,
        )

    def image_upload_credentials(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[ImageUploadCredentials]:
        """As `Media.image_upload_credentials`."""
        return media_image_upload_credentials.sync_detailed(
            client=self._client,
            extra_query=extra_query,
        )


class AsyncMedia:
    """Credentials for uploading review images and videos."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    @property
    def with_raw_response(self) -> "AsyncMediaWithRawResponse":
        """The same methods, returning status, headers, request id and bytes beside the value (`.parsed`)."""
        return AsyncMediaWithRawResponse(self._client)

    async def video_upload_url(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
    ) -> VideoUpload:
        """Address for uploading a video.

        Inferred from a title and a method in the navigation. The path is our guess; parameters, response
        and the upload itself are unknown.

        Credentials: hmac or bearer. Scope: not documented.
        Evidence: inferred (navigation).
        """
        return await media_video_upload_url.asyncio(
            client=self._client,
            extra_query=extra_query,
        )

    async def image_upload_credentials(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
    ) -> ImageUploadCredentials:
        """Credentials for uploading images.

        Short-lived credentials for posting image files straight to object storage. The page's sample
        sends the public token alone, its text asks for the usual credentials.

        Credentials: hmac or bearer. Scope: write_reviews.
        Evidence: documented (image-credentials).
        """
        return await media_image_upload_credentials.asyncio(
            client=self._client,
            extra_query=extra_query,
        )


class AsyncMediaWithRawResponse:
    """Credentials for uploading review images and videos. Each method returns the whole response."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def video_upload_url(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[VideoUpload]:
        """As `AsyncMedia.video_upload_url`."""
        return await media_video_upload_url.asyncio_detailed(
            client=self._client,
            extra_query=extra_query,
        )

    async def image_upload_credentials(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
    ) -> Response[ImageUploadCredentials]:
        """As `AsyncMedia.image_upload_credentials`."""
        return await media_image_upload_credentials.asyncio_detailed(
            client=self._client,
            extra_query=extra_query,
        )
