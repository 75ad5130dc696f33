"""One review: GET /api/v1/openapi/get_review"""

from collections.abc import Mapping
from typing import Required, TypedDict, Unpack

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.review import Review
from ...operations import REVIEWS_GET
from ...resources import with_arguments_of
from ...types import Constraint, OperationRequest, Response, ResponseDecoder, query_pairs

DECODER = ResponseDecoder[Review](
    Review,
    expected=True,
)

_QUERY = {"id": Constraint(types=("string", "integer"), required=True)}


class ReviewsGetArguments(TypedDict, total=False):
    """The arguments of `build`."""

    id: Required[str | int]
    extra_query: Mapping[str, object] | None


def build(
    *,
    id: str | int,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """One review.

    Gets one review by its id.

    Credentials: hmac or bearer. Scope: read_reviews.
    Evidence: documented (review-detail).
    The words in parentheses after an argument grade its evidence. docs/evidence.md explains the grades.
    None leaves an argument out of the request.

    Args:
        id: Inferred name of the review id. The page states that a review is found by its id, but the
            table of parameters could not be read. (inferred)
        extra_query: further query parameters, which the OpenAPI spec lacks.

    Returns:
        A `Review`.
        An attribute is None if the response lacks it, has null there, or has a value that cannot be read.

    Raises:
        ArgumentError: if an argument cannot be sent. Nothing was sent.
        ConfigurationError: if the client lacks the credentials. Nothing was sent.
        APIError: if the service refused the call. docs/errors.md lists the subclasses and all other errors.
        HTTPStatusError: if the HTTP status is not 2xx, and the response has no envelope.
        ResponseDecodeError: if the response cannot be read.
        TransportError: if no usable response arrived.

    Example:
        >>> review = shop.reviews.get(id="1001")
        >>> review.rating
        5
    """
    return OperationRequest(
        operation=REVIEWS_GET,
        path=REVIEWS_GET.path,
        query=query_pairs(
            {
                "id": id,
            },
            extra_query,
            _QUERY,
        ),
    )


@with_arguments_of(build)
def sync(*, client: SyncClient, **arguments: Unpack[ReviewsGetArguments]) -> Review:
    """One review. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER).parsed


@with_arguments_of(build)
def sync_detailed(*, client: SyncClient, **arguments: Unpack[ReviewsGetArguments]) -> Response[Review]:
    """Like `sync`, but returns the whole response. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER)


@with_arguments_of(build)
async def asyncio(*, client: AsyncClient, **arguments: Unpack[ReviewsGetArguments]) -> Review:
    """One review. `build` documents the arguments."""
    return (await as_async_client(client).send_async(build(**arguments), DECODER)).parsed


@with_arguments_of(build)
async def asyncio_detailed(
    *, client: AsyncClient, **arguments: Unpack[ReviewsGetArguments]
) -> Response[Review]:
    """Like `asyncio`, but returns the whole response. `build` documents the arguments."""
    return await as_async_client(client).send_async(build(**arguments), DECODER)
