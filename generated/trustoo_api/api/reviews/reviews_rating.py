"""Average and star counts: GET /api/v1/openapi/get_rating"""

from collections.abc import Mapping
from typing import TypedDict, Unpack

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.rating import Rating
from ...operations import REVIEWS_RATING
from ...resources import with_arguments_of
from ...types import Constraint, OperationRequest, Response, ResponseDecoder, query_pairs

DECODER = ResponseDecoder[Rating](
    Rating,
    expected=True,
)

_QUERY = {
    "product_id": Constraint(types=("string",), min_length=1, gid="Product"),
    "product_handle": Constraint(types=("string",)),
    "is_store_rating": Constraint(types=("integer",)),
    "is_all_products_rating": Constraint(types=("integer",)),
    "is_all_rating": Constraint(types=("integer",)),
}


class ReviewsRatingArguments(TypedDict, total=False):
    """The arguments of `build`."""

    product_id: str | int | None
    product_handle: str | None
    is_store_rating: int | None
    is_all_products_rating: int | None
    is_all_rating: int | None
    extra_query: Mapping[str, object] | None


def build(
    *,
    product_id: str | int | None = None,
    product_handle: str | None = None,
    is_store_rating: int | None = None,
    is_all_products_rating: int | None = None,
    is_all_rating: int | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Average and star counts.

    Returns the figures of one product, of the store or of all products. The documentation does not state
    how the flags combine. Public clients send only `product_id`.

    Credentials: hmac or bearer. Scope: read_reviews.
    Evidence: documented (rating).
    The words in parentheses after an argument grade its evidence. docs/evidence.md explains the grades.
    None leaves an argument out of the request.

    Args:
        product_id: Shopify product id of the product to count. (example; meaning inferred)
        product_handle: Shopify handle of the product to count. (example; meaning inferred)
        is_store_rating: 1 for the store's own rating. (example; meaning inferred)
        is_all_products_rating: 1 for all products together. (example; meaning inferred)
        is_all_rating: 1 for everything together, products and store. (example; meaning inferred)
        extra_query: further query parameters, which the OpenAPI spec lacks.

    Returns:
        A `Rating`.
        An attribute is None if the response lacks it, has null there, or has a value that cannot be read.

    Raises:
        ArgumentError: if an argument cannot be sent. Nothing was sent.
        ConfigurationError: if the client lacks the credentials. Nothing was sent.
        APIError: if the service refused the call. docs/errors.md lists the subclasses and all other errors.
        HTTPStatusError: if the HTTP status is not 2xx, and the response has no envelope.
        ResponseDecodeError: if the response cannot be read.
        TransportError: if no usable response arrived.

    Example:
        >>> rating = shop.reviews.rating(product_id="8100000000019")
        >>> rating.rating_value
        4.5
    """
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
            _QUERY,
        ),
    )


@with_arguments_of(build)
def sync(*, client: SyncClient, **arguments: Unpack[ReviewsRatingArguments]) -> Rating:
    """Average and star counts. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER).parsed


@with_arguments_of(build)
def sync_detailed(*, client: SyncClient, **arguments: Unpack[ReviewsRatingArguments]) -> Response[Rating]:
    """Like `sync`, but returns the whole response. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER)


@with_arguments_of(build)
async def asyncio(*, client: AsyncClient, **arguments: Unpack[ReviewsRatingArguments]) -> Rating:
    """Average and star counts. `build` documents the arguments."""
    return (await as_async_client(client).send_async(build(**arguments), DECODER)).parsed


@with_arguments_of(build)
async def asyncio_detailed(
    *, client: AsyncClient, **arguments: Unpack[ReviewsRatingArguments]
) -> Response[Rating]:
    """Like `asyncio`, but returns the whole response. `build` documents the arguments."""
    return await as_async_client(client).send_async(build(**arguments), DECODER)
