"""Average and star counts: GET /api/v1/openapi/get_rating"""

from collections.abc import Mapping

from ...client import AsyncTransport, Transport, async_transport, sync_transport
from ...models.rating import Rating
from ...operations import REVIEWS_RATING
from ...types import Answer, Request, Response, Rule, query_pairs

ANSWER: Answer[Rating] = Answer(Rating, expected=True)

_QUERY_RULES = {"product_id": Rule(gid="Product")}


def build(
    *,
    product_id: str | int | None = None,
    product_handle: str | None = None,
    is_store_rating: int | None = None,
    is_all_products_rating: int | None = None,
    is_all_rating: int | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Request:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return Request(
        operation=REVIEWS_RATING,
        path=REVIEWS_RATING.path,
        query=query_pairs(
            {
                "product_id": product_id,
                "product_handle": product_handle,
                "is_store_rating": is_store_rating,
                "is_all_products_rating": is_all_products_rating,
                "is_all_rating": is_all_rating,
            },
            extra_query,
            _QUERY_RULES,
        ),
    )


def sync_detailed(
    *,
    client: Transport,
    product_id: str | int | None = None,
    product_handle: str | None = None,
    is_store_rating: int | None = None,
    is_all_products_rating: int | None = None,
    is_all_rating: int | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[Rating]:
    """As `sync`, with status, headers, request id and bytes."""
    return sync_transport(client).send(
        build(
            product_id=product_id,
            product_handle=product_handle,
            is_store_rating=is_store_rating,
            is_all_products_rating=is_all_products_rating,
            is_all_rating=is_all_rating,
            extra_query=extra_query,
        ),
        ANSWER,
    )


def sync(
    *,
    client: Transport,
    product_id: str | int | None = None,
    product_handle: str | None = None,
    is_store_rating: int | None = None,
    is_all_products_rating: int | None = None,
    is_all_rating: int | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Rating:
    """Average and star counts.

    For one product, the store or all products. How the flags combine is not stated; clients send
    `product_id` alone.

    Credentials: hmac or bearer. Scope: read_reviews.
    Evidence: documented (rating).

    Args:
        product_id: Shopify product id. (example)
        product_handle: Shopify handle of the product. (example)
        is_store_rating: 1 for the store's own rating. (example)
        is_all_products_rating: 1 for all products together. (example)
        is_all_rating: 1 for everything together. (example)
    """
    return sync_detailed(
        client=client,
        product_id=product_id,
        product_handle=product_handle,
        is_store_rating=is_store_rating,
        is_all_products_rating=is_all_products_rating,
        is_all_rating=is_all_rating,
        extra_query=extra_query,
    ).parsed


async def asyncio_detailed(
    *,
    client: AsyncTransport,
    product_id: str | int | None = None,
    product_handle: str | None = None,
    is_store_rating: int | None = None,
    is_all_products_rating: int | None = None,
    is_all_rating: int | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[Rating]:
    """As `asyncio`, with status, headers, request id and bytes."""
    return await async_transport(client).send_async(
        build(
            product_id=product_id,
            product_handle=product_handle,
            is_store_rating=is_store_rating,
            is_all_products_rating=is_all_products_rating,
            is_all_rating=is_all_rating,
            extra_query=extra_query,
        ),
        ANSWER,
    )


async def asyncio(
    *,
    client: AsyncTransport,
    product_id: str | int | None = None,
    product_handle: str | None = None,
    is_store_rating: int | None = None,
    is_all_products_rating: int | None = None,
    is_all_rating: int | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Rating:
    """As `sync`, for asyncio."""
    return (
        await asyncio_detailed(
            client=client,
            product_id=product_id,
            product_handle=product_handle,
            is_store_rating=is_store_rating,
            is_all_products_rating=is_all_products_rating,
            is_all_rating=is_all_rating,
            extra_query=extra_query,
        )
    ).parsed
