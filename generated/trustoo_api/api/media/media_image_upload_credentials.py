"""Credentials for uploading images: GET /api/v1/openapi/get_image_upload_policy_token"""

from collections.abc import Mapping

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.image_upload_credentials import ImageUploadCredentials
from ...operations import MEDIA_IMAGE_UPLOAD_CREDENTIALS
from ...types import OperationRequest, Response, ResponseDecoder, query_pairs

DECODER: ResponseDecoder[ImageUploadCredentials] = ResponseDecoder(ImageUploadCredentials, expected=True)


def build(
    *,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return OperationRequest(
        operation=MEDIA_IMAGE_UPLOAD_CREDENTIALS,
        path=MEDIA_IMAGE_UPLOAD_CREDENTIALS.path,
        query=query_pairs({}, extra_query),
    )


def sync_detailed(
    *,
    client: SyncClient,
    extra_query: Mapping[str, object] | None = None,
) -> Response[ImageUploadCredentials]:
    """As `sync`, with status, headers, request id and bytes."""
    return as_sync_client(client).send(
        build(
            extra_query=extra_query,
        ),
        DECODER,
    )


def sync(
    *,
    client: SyncClient,
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
    client: AsyncClient,
    extra_query: Mapping[str, object] | None = None,
) -> Response[ImageUploadCredentials]:
    """As `asyncio`, with status, headers, request id and bytes."""
    return await as_async_client(client).send_async(
        build(
            extra_query=extra_query,
        ),
        DECODER,
    )


async def asyncio(
    *,
    client: AsyncClient,
    extra_query: Mapping[str, object] | None = None,
) -> ImageUploadCredentials:
    """As `sync`, for asyncio."""
    return (
        await asyncio_detailed(
            client=client,
            extra_query=extra_query,
        )
    ).parsed
