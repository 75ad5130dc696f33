"""One review: GET /api/v1/openapi/get_review"""

from collections.abc import Mapping

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.review import Review
from ...operations import REVIEWS_GET
from ...types import OperationRequest, Response, ResponseDecoder, query_pairs

DECODER: ResponseDecoder[Review] = ResponseDecoder(Review, expected=True)


def build(
    *,
    id: str,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return OperationRequest(
        operation=REVIEWS_GET,
        path=REVIEWS_GET.path,
        query=query_pairs(
            {
                "id": id,
            },
            extra_query,
        ),
    )


def sync_detailed(
    *,
    client: SyncClient,
    id: str,
    extra_query: Mapping[str, object] | None = None,
) -> Response[Review]:
    """As `sync`, with status, headers, request id and bytes."""
    return as_sync_client(client).send(
        build(
            id=id,
            extra_query=extra_query,
        ),
        DECODER,
    )


def sync(
    *,
    client: SyncClient,
    id: str,
    extra_query: Mapping[str, object] | None = None,
) -> Review:
    """One review.

    Looks a review up by its id.

    Credentials: hmac or bearer. Scope: read_reviews.
    Evidence: documented (review-detail).

    Args:
        id: Inferred name of the review id; the page says that one review is found by id but its parameter
            table could not be read. (inferred)
    """
    return sync_detailed(
        client=client,
        id=id,
        extra_query=extra_query,
    ).parsed


async def asyncio_detailed(
    *,
    client: AsyncClient,
    id: str,
    extra_query: Mapping[str, object] | None = None,
) -> Response[Review]:
    """As `asyncio`, with status, headers, request id and bytes."""
    return await as_async_client(client).send_async(
        build(
            id=id,
            extra_query=extra_query,
        ),
        DECODER,
    )


async def asyncio(
    *,
    client: AsyncClient,
    id: str,
    extra_query: Mapping[str, object] | None = None,
) -> Review:
    """As `sync`, for asyncio."""
    return (
        await asyncio_detailed(
            client=client,
            id=id,
            extra_query=extra_query,
        )
    ).parsed
