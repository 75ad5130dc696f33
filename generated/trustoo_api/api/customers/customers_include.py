"""End a customer's exclusion from invitations: POST /api/v1/openapi/delete_customer_exclude"""

from collections.abc import Mapping
from typing import TypedDict, Unpack

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...operations import CUSTOMERS_INCLUDE
from ...resources import with_arguments_of
from ...types import JSON, Constraint, OperationRequest, Response, ResponseDecoder, json_object, query_pairs

DECODER = ResponseDecoder[None](is_write=True)

_BODY = {
    "customer_id": Constraint(types=("string", "integer")),
    "email": Constraint(types=("string",), format="email"),
}


class CustomersIncludeArguments(TypedDict, total=False):
    """The arguments of `build`."""

    customer_id: str | int | None
    email: str | None
    extra_body: Mapping[str, JSON] | None
    extra_query: Mapping[str, object] | None


def build(
    *,
    customer_id: str | int | None = None,
    email: str | None = None,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """End a customer's exclusion from invitations.

    Removes a customer from the exclusion list. The customer is identified by customer id or by e-mail
    address.

    Credentials: hmac or bearer. Scope: write_customers.
    Evidence: documented (exclusion-delete).
    The words in parentheses after an argument grade its evidence. docs/evidence.md explains the grades.
    None leaves an argument out of the request.

    Args:
        customer_id: Id of the customer, as `customers.exclusions` returns it. (documented; meaning
            inferred)
        email: E-mail address of the customer. (documented)
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
        >>> shop.customers.include(email="shopper@example.com")
    """
    return OperationRequest(
        operation=CUSTOMERS_INCLUDE,
        path=CUSTOMERS_INCLUDE.path,
        query=query_pairs({}, extra_query),
        body=json_object(
            {
                "customer_id": customer_id,
                "email": email,
            },
            extra_body,
            _BODY,
            one_of=("customer_id", "email"),
        ),
    )


@with_arguments_of(build)
def sync(*, client: SyncClient, **arguments: Unpack[CustomersIncludeArguments]) -> None:
    """End a customer's exclusion from invitations. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER).parsed


@with_arguments_of(build)
def sync_detailed(*, client: SyncClient, **arguments: Unpack[CustomersIncludeArguments]) -> Response[None]:
    """Like `sync`, but returns the whole response. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER)


@with_arguments_of(build)
async def asyncio(*, client: AsyncClient, **arguments: Unpack[CustomersIncludeArguments]) -> None:
    """End a customer's exclusion from invitations. `build` documents the arguments."""
    return (await as_async_client(client).send_async(build(**arguments), DECODER)).parsed


@with_arguments_of(build)
async def asyncio_detailed(
    *, client: AsyncClient, **arguments: Unpack[CustomersIncludeArguments]
) -> Response[None]:
    """Like `asyncio`, but returns the whole response. `build` documents the arguments."""
    return await as_async_client(client).send_async(build(**arguments), DECODER)
