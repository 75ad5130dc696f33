"""Exclude a customer from invitations: POST /api/v1/openapi/create_customer_exclude"""

from collections.abc import Mapping
from typing import TypedDict, Unpack

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.customer_exclusion import CustomerExclusion
from ...operations import CUSTOMERS_EXCLUDE
from ...resources import with_arguments_of
from ...types import JSON, Constraint, OperationRequest, Response, ResponseDecoder, json_object, query_pairs

DECODER = ResponseDecoder[CustomerExclusion](CustomerExclusion, is_write=True)

_BODY = {
    "email": Constraint(types=("string",), format="email"),
    "customer_id": Constraint(types=("string", "integer")),
}


class CustomersExcludeArguments(TypedDict, total=False):
    """The arguments of `build`."""

    email: str | None
    customer_id: str | int | None
    extra_body: Mapping[str, JSON] | None
    extra_query: Mapping[str, object] | None


def build(
    *,
    email: str | None = None,
    customer_id: str | int | None = None,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Exclude a customer from invitations.

    Known from a page of 2025 that called itself a test version. The newest page could not be read.

    Credentials: hmac or bearer. Scope: not documented.
    Evidence: documented (exclusion-create-2025).
    The words in parentheses after an argument grade its evidence. docs/evidence.md explains the grades.
    None leaves an argument out of the request.

    Args:
        email: E-mail address of the customer. (example)
        customer_id: Inferred from the call that removes a customer from the list. Id of the customer.
            (inferred)
        extra_body: further members of the body, which the OpenAPI spec lacks.
        extra_query: further query parameters, which the OpenAPI spec lacks.

    Returns:
        A `CustomerExclusion`.
        An attribute is None if the response lacks it, has null there, or has a value that cannot be read.

    Raises:
        ArgumentError: if an argument cannot be sent. Nothing was sent.
        ConfigurationError: if the client lacks the credentials. Nothing was sent.
        APIError: if the service refused the call. docs/errors.md lists the subclasses and all other errors.
        HTTPStatusError: if the HTTP status is not 2xx, and the response has no envelope.
        ResponseDecodeError: if the response cannot be read.
        TransportError: if the call was not sent.
        OutcomeUnknownError: if the call may have been carried out. It was not repeated.

    Example:
        >>> exclusion = shop.customers.exclude(email="shopper@example.com")
        >>> exclusion.customer_id
        '10000000000001'
    """
    return OperationRequest(
        operation=CUSTOMERS_EXCLUDE,
        path=CUSTOMERS_EXCLUDE.path,
        query=query_pairs({}, extra_query),
        body=json_object(
            {
                "email": email,
                "customer_id": customer_id,
            },
            extra_body,
            _BODY,
        ),
    )


@with_arguments_of(build)
def sync(*, client: SyncClient, **arguments: Unpack[CustomersExcludeArguments]) -> CustomerExclusion:
    """Exclude a customer from invitations. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER).parsed


@with_arguments_of(build)
def sync_detailed(
    *, client: SyncClient, **arguments: Unpack[CustomersExcludeArguments]
) -> Response[CustomerExclusion]:
    """Like `sync`, but returns the whole response. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER)


@with_arguments_of(build)
async def asyncio(
    *, client: AsyncClient, **arguments: Unpack[CustomersExcludeArguments]
) -> CustomerExclusion:
    """Exclude a customer from invitations. `build` documents the arguments."""
    return (await as_async_client(client).send_async(build(**arguments), DECODER)).parsed


@with_arguments_of(build)
async def asyncio_detailed(
    *, client: AsyncClient, **arguments: Unpack[CustomersExcludeArguments]
) -> Response[CustomerExclusion]:
    """Like `asyncio`, but returns the whole response. `build` documents the arguments."""
    return await as_async_client(client).send_async(build(**arguments), DECODER)
