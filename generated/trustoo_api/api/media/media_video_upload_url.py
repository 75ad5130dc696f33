"""Address for uploading a video: GET /api/v1/openapi/get_video_upload_url"""

from collections.abc import Mapping

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.video_upload import VideoUpload
from ...operations import MEDIA_VIDEO_UPLOAD_URL
from ...types import OperationRequest, Response, ResponseDecoder, query_pairs

DECODER: ResponseDecoder[VideoUpload] = ResponseDecoder(VideoUpload, expected=True)


def build(
    *,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return OperationRequest(
        operation=MEDIA_VIDEO_UPLOAD_URL,
        path=MEDIA_VIDEO_UPLOAD_URL.path,
        query=query_pairs({}, extra_query),
    )


def sync_detailed(
    *,
    client: SyncClient,
    extra_query: Mapping[str, object] | None = None,
) -> Response[VideoUpload]:
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
) -> VideoUpload:
    """Address for uploading a video.

    Inferred from a title and a method in the navigation. The path is our guess; parameters, response and
    the upload itself are unknown.

    Credentials: hmac or bearer. Scope: not documented.
    Evidence: inferred (navigation).
    """
    return sync_detailed(
        client=client,
        extra_query=extra_query,
    ).parsed


async def asyncio_detailed(
    *,
    client: AsyncClient,
    extra_query: Mapping[str, object] | None = None,
) -> Response[VideoUpload]:
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
) -> VideoUpload:
    """As `sync`, for asyncio."""
    return (
        await asyncio_detailed(
            client=client,
            extra_query=extra_query,
        )
    ).parsed
