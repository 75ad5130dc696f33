"""Address for uploading a video: GET /api/v1/openapi/get_video_upload_url"""

from collections.abc import Mapping
from typing import TypedDict, Unpack

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.video_upload import VideoUpload
from ...operations import MEDIA_VIDEO_UPLOAD_URL
from ...resources import with_arguments_of
from ...types import OperationRequest, Response, ResponseDecoder, query_pairs

DECODER = ResponseDecoder[VideoUpload](
    VideoUpload,
    expected=True,
)


class MediaVideoUploadUrlArguments(TypedDict, total=False):
    """The arguments of `build`."""

    extra_query: Mapping[str, object] | None


def build(
    *,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Address for uploading a video.

    Inferred from a title and a method in the navigation. The path is a guess. The parameters, the
    response and the upload itself are unknown.

    Credentials: hmac or bearer. Scope: not documented.
    Evidence: inferred (navigation).
    docs/evidence.md explains the grades.

    Args:
        extra_query: further query parameters, which the OpenAPI spec lacks.

    Returns:
        A `VideoUpload`.
        An attribute is None if the response lacks it, has null there, or has a value that cannot be read.

    Raises:
        ArgumentError: if an argument cannot be sent. Nothing was sent.
        ConfigurationError: if the client lacks the credentials. Nothing was sent.
        APIError: if the service refused the call. docs/errors.md lists the subclasses and all other errors.
        HTTPStatusError: if the HTTP status is not 2xx, and the response has no envelope.
        ResponseDecodeError: if the response cannot be read.
        TransportError: if no usable response arrived.

    Example:
        >>> upload = shop.media.video_upload_url()
    """
    return OperationRequest(
        operation=MEDIA_VIDEO_UPLOAD_URL,
        path=MEDIA_VIDEO_UPLOAD_URL.path,
        query=query_pairs({}, extra_query),
    )


@with_arguments_of(build)
def sync(*, client: SyncClient, **arguments: Unpack[MediaVideoUploadUrlArguments]) -> VideoUpload:
    """Address for uploading a video. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER).parsed


@with_arguments_of(build)
def sync_detailed(
    *, client: SyncClient, **arguments: Unpack[MediaVideoUploadUrlArguments]
) -> Response[VideoUpload]:
    """Like `sync`, but returns the whole response. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER)


@with_arguments_of(build)
async def asyncio(*, client: AsyncClient, **arguments: Unpack[MediaVideoUploadUrlArguments]) -> VideoUpload:
    """Address for uploading a video. `build` documents the arguments."""
    return (await as_async_client(client).send_async(build(**arguments), DECODER)).parsed


@with_arguments_of(build)
async def asyncio_detailed(
    *, client: AsyncClient, **arguments: Unpack[MediaVideoUploadUrlArguments]
) -> Response[VideoUpload]:
    """Like `asyncio`, but returns the whole response. `build` documents the arguments."""
    return await as_async_client(client).send_async(build(**arguments), DECODER)
