"""One review: GET /api/v1/openapi/get_review"""

from collections.abc import Mapping

from ...client import AsyncTransport, Transport, async_transport, sync_transport
from ...models.review import Review
from ...operations import REVIEWS_GET
from ...types import Answer, Request, Response, query_pairs

ANSWER: Answer[Review] = Answer(Review, expected=True)


def build(
    *,
    id: str,
    extra_query: Mapping[str, object] | None = None,
) -> Request:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return Request(
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
    client: Transport,
    id: str,
    extra_query: Mapping[str, object] | None = None,
) -> Response[Review]:
    """As `sync`, with status, headers, request id and bytes."""
    return sync_transport(client).send(
        build(
            id=id,
            extra_query=extra_query,
        ),
        ANSWER,
    )


def sync(
    *,
    client: Transport,
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
    client: AsyncTransport,
    id: str,
    extra_query: Mapping[str, object] | None = None,
) -> Response[Review]:
    """As `asyncio`, with status, headers, request id and bytes."""
    return await async_transport(client).send_async(
        build(
            id=id,
            extra_query=extra_query,
        ),
        ANSWER,
    )


async def asyncio(
    *,
    client: AsyncTransport,
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
