"""Credentials for uploading images: GET /api/v1/openapi/get_image_upload_policy_token"""

from collections.abc import Mapping
from typing import TypedDict, Unpack

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.image_upload_credentials import ImageUploadCredentials
from ...operations import MEDIA_IMAGE_UPLOAD_CREDENTIALS
from ...resources import with_arguments_of
from ...types import OperationRequest, Response, ResponseDecoder, query_pairs

DECODER = ResponseDecoder[ImageUploadCredentials](
    ImageUploadCredentials,
    expected=True,
)


class MediaImageUploadCredentialsArguments(TypedDict, total=False):
    """The arguments of `build`."""

    extra_query: Mapping[str, object] | None


def build(
    *,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Credentials for uploading images.

    Returns short-lived credentials for uploading image files directly to object storage. `x-upload-form`
    describes the form to send. The sample on the page sends only the public token, but the text of the
    page asks for the usual credentials.

    Credentials: hmac or bearer. Scope: write_reviews.
    Evidence: documented (image-credentials).
    docs/evidence.md explains the grades.

    Args:
        extra_query: further query parameters, which the OpenAPI spec lacks.

    Returns:
        An `ImageUploadCredentials`.
        An attribute is None if the response lacks it, has null there, or has a value that cannot be read.

    Raises:
        ArgumentError: if an argument cannot be sent. Nothing was sent.
        ConfigurationError: if the client lacks the credentials. Nothing was sent.
        APIError: if the service refused the call. docs/errors.md lists the subclasses and all other errors.
        HTTPStatusError: if the HTTP status is not 2xx, and the response has no envelope.
        ResponseDecodeError: if the response cannot be read.
        TransportError: if no usable response arrived.

    Example:
        >>> credentials = shop.media.image_upload_credentials()
        >>> credentials.access_id
        'EXAMPLE-access-id'
    """
    return OperationRequest(
        operation=MEDIA_IMAGE_UPLOAD_CREDENTIALS,
        path=MEDIA_IMAGE_UPLOAD_CREDENTIALS.path,
        query=query_pairs({}, extra_query),
    )


@with_arguments_of(build)
def sync(
    *, client: SyncClient, **arguments: Unpack[MediaImageUploadCredentialsArguments]
) -> ImageUploadCredentials:
    """Credentials for uploading images. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER).parsed


@with_arguments_of(build)
def sync_detailed(
    *, client: SyncClient, **arguments: Unpack[MediaImageUploadCredentialsArguments]
) -> Response[ImageUploadCredentials]:
    """Like `sync`, but returns the whole response. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER)


@with_arguments_of(build)
async def asyncio(
    *, client: AsyncClient, **arguments: Unpack[MediaImageUploadCredentialsArguments]
) -> ImageUploadCredentials:
    """Credentials for uploading images. `build` documents the arguments."""
    return (await as_async_client(client).send_async(build(**arguments), DECODER)).parsed


@with_arguments_of(build)
async def asyncio_detailed(
    *, client: AsyncClient, **arguments: Unpack[MediaImageUploadCredentialsArguments]
) -> Response[ImageUploadCredentials]:
    """Like `asyncio`, but returns the whole response. `build` documents the arguments."""
    return await as_async_client(client).send_async(build(**arguments), DECODER)
