"""Average and star counts: GET /api/v1/openapi/get_rating"""

from collections.abc import Mapping

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.rating import Rating
from ...operations import REVIEWS_RATING
from ...types import Constraint, OperationRequest, Response, ResponseDecoder, query_pairs

DECODER: ResponseDecoder[Rating] = ResponseDecoder(Rating, expected=True)

_QUERY_RULES = {"product_id": Constraint(gid="Product")}


def build(
    *,
    product_id: str | int | None = None,
    product_handle: str | None = None,
    is_store_rating: int | None = None,
    is_all_products_rating: int | None = None,
    is_all_rating: int | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return OperationRequest(
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
    client: SyncClient,
    product_id: str | int | None = None,
    product_handle: str | None = None,
    is_store_rating: int | None = None,
    is_all_products_rating: int | None = None,
    is_all_rating: int | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[Rating]:
    """As `sync`, with status, headers, request id and bytes."""
    return as_sync_client(client).send(
        build(
            product_id=product_id,
            product_handle=product_handle,
            is_store_rating=is_store_rating,
            is_all_products_rating=is_all_products_rating,
            is_all_rating=is_all_rating,
            extra_query=extra_query,
        ),
        DECODER,
    )


def sync(
    *,
    client: SyncClient,
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
    client: AsyncClient,
    product_id: str | int | None = None,
    product_handle: str | None = None,
    is_store_rating: int | None = None,
    is_all_products_rating: int | None = None,
    is_all_rating: int | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[Rating]:
    """As `asyncio`, with status, headers, request id and bytes."""
    return await as_async_client(client).send_async(
        build(
            product_id=product_id,
            product_handle=product_handle,
            is_store_rating=is_store_rating,
            is_all_products_rating=is_all_products_rating,
            is_all_rating=is_all_rating,
            extra_query=extra_query,
        ),
        DECODER,
    )


async def asyncio(
    *,
    client: AsyncClient,
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
