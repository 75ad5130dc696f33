"""Credentials for uploading images: GET /api/v1/openapi/get_image_upload_policy_token"""

from collections.abc import Mapping

from ...client import AsyncTransport, Transport, async_transport, sync_transport
from ...models.image_upload_credentials import ImageUploadCredentials
from ...operations import MEDIA_IMAGE_UPLOAD_CREDENTIALS
from ...types import Answer, Request, Response, query_pairs

ANSWER: Answer[ImageUploadCredentials] = Answer(ImageUploadCredentials, expected=True)


def build(
    *,
    extra_query: Mapping[str, object] | None = None,
) -> Request:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return Request(
        operation=MEDIA_IMAGE_UPLOAD_CREDENTIALS,
        path=MEDIA_IMAGE_UPLOAD_CREDENTIALS.path,
        query=query_pairs({}, extra_query),
    )


def sync_detailed(
    *,
    client: Transport,
    extra_query: Mapping[str, object] | None = None,
) -> Response[ImageUploadCredentials]:
    """As `sync`, with status, headers, request id and bytes."""
    return sync_transport(client).send(
        build(
            extra_query=extra_query,
        ),
        ANSWER,
    )


def sync(
    *,
    client: Transport,
    extra_query: Mapping[str, object] | None = None,
) -> ImageUploadCredentials:
    """Credentials for uploading images.

    Short-lived credentials for posting image files straight to object storage. The page's sample sends
    the public token alone, its text asks for the usual credentials.

    Credentials: hmac or bearer. Scope: write_reviews.
    Evidence: documented (image-credentials).
    """
    return sync_detailed(
        client=client,
        extra_query=extra_query,
    ).parsed


async def asyncio_detailed(
    *,
    client: AsyncTransport,
    extra_query: Mapping[str, object] | None = None,
) -> Response[ImageUploadCredentials]:
    """As `asyncio`, with status, headers, request id and bytes."""
    return await async_transport(client).send_async(
        build(
            extra_query=extra_query,
        ),
        ANSWER,
    )


async def asyncio(
    *,
    client: AsyncTransport,
    extra_query: Mapping[str, object] | None = None,
) -> ImageUploadCredentials:
    """As `sync`, for asyncio."""
    return (
        await asyncio_detailed(
            client=client,
            extra_query=extra_query,
        )
    ).parsed
