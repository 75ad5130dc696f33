"""Delete a review: POST /api/v1/openapi/delete_review"""

from collections.abc import Mapping
from typing import Required, TypedDict, Unpack

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...operations import REVIEWS_DELETE
from ...resources import with_arguments_of
from ...types import JSON, Constraint, OperationRequest, Response, ResponseDecoder, json_object, query_pairs

DECODER = ResponseDecoder[None](is_write=True)

_BODY = {"id": Constraint(types=("string", "integer"), required=True)}


class ReviewsDeleteArguments(TypedDict, total=False):
    """The arguments of `build`."""

    id: Required[str | int]
    extra_body: Mapping[str, JSON] | None
    extra_query: Mapping[str, object] | None


def build(
    *,
    id: str | int,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Delete a review.

    The path and the body come from one public client of 2025. Only the title and the method are
    documented.

    Credentials: hmac or bearer. Scope: not documented.
    Evidence: field (clients, navigation).
    The words in parentheses after an argument grade its evidence. docs/evidence.md explains the grades.
    None leaves an argument out of the request.

    Args:
        id: Id of the review to delete. The only known client that deletes reviews sends an integer. Ids
            in responses are read as strings. (field)
        extra_body: further members of the body, which the OpenAPI spec lacks.
        extra_query: further query parameters, which the OpenAPI spec lacks.

    Returns:
        None. The response has no result.

    Raises:
        ArgumentError: if an argument cannot be sent. Nothing was sent.
        ConfigurationError: if the client lacks the credentials. Nothing was sent.
        APIError: if the service refused the call. docs/errors.md lists the subclasses and all other errors.
        HTTPStatusError: if the HTTP status is not 2xx, and the response has no envelope.
        ResponseDecodeError: if the response cannot be read.
        TransportError: if the call was not sent.
        OutcomeUnknownError: if the call may have been carried out. It was not repeated.

    Example:
        >>> shop.reviews.delete(id=1003)
    """
    return OperationRequest(
        operation=REVIEWS_DELETE,
        path=REVIEWS_DELETE.path,
        query=query_pairs({}, extra_query),
        body=json_object(
            {
                "id": id,
            },
            extra_body,
            _BODY,
        ),
    )


@with_arguments_of(build)
def sync(*, client: SyncClient, **arguments: Unpack[ReviewsDeleteArguments]) -> None:
    """Delete a review. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER).parsed


@with_arguments_of(build)
def sync_detailed(*, client: SyncClient, **arguments: Unpack[ReviewsDeleteArguments]) -> Response[None]:
    """Like `sync`, but returns the whole response. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER)


@with_arguments_of(build)
async def asyncio(*, client: AsyncClient, **arguments: Unpack[ReviewsDeleteArguments]) -> None:
    """Delete a review. `build` documents the arguments."""
    return (await as_async_client(client).send_async(build(**arguments), DECODER)).parsed


@with_arguments_of(build)
async def asyncio_detailed(
    *, client: AsyncClient, **arguments: Unpack[ReviewsDeleteArguments]
) -> Response[None]:
    """Like `asyncio`, but returns the whole response. `build` documents the arguments."""
    return await as_async_client(client).send_async(build(**arguments), DECODER)
