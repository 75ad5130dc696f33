"""Credentials for uploading review images and videos."""

from collections.abc import Mapping

from ...client import AsyncTransport, Transport
from ...models.image_upload_credentials import ImageUploadCredentials
from ...models.video_upload import VideoUpload
from . import media_image_upload_credentials, media_video_upload_url


class Media:
    """Credentials for uploading review images and videos."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def video_upload_url(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
    ) -> VideoUpload:
        """Address for uploading a video.

        Inferred from a title and a method in the navigation. The path is our guess; parameters, answer
        and the upload itself are unknown.

        Credentials: hmac or bearer. Scope: not documented.
        Evidence: inferred (navigation).
        """
        return media_video_upload_url.sync(
            client=self._transport,
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
            client=self._transport,
            extra_query=extra_query,
        )


class AsyncMedia:
    """Credentials for uploading review images and videos."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def video_upload_url(
        self,
        *,
        extra_query: Mapping[str, object] | None = None,
    ) -> VideoUpload:
        """Address for uploading a video.

        Inferred from a title and a method in the navigation. The path is our guess; parameters, answer
        and the upload itself are unknown.

        Credentials: hmac or bearer. Scope: not documented.
        Evidence: inferred (navigation).
        """
        return await media_video_upload_url.asyncio(
            client=self._transport,
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
            client=self._transport,
            extra_query=extra_query,
        )
