"""Address to send a merchant to: GET /api/v1/openapi/get_oauth_authorize_url"""

from collections.abc import Mapping
from typing import Literal

from ...client import AsyncTransport, Transport, async_transport, sync_transport
from ...models.authorize_url import AuthorizeUrl
from ...operations import OAUTH_AUTHORIZE_URL
from ...types import Answer, Request, Response, query_pairs

ANSWER: Answer[AuthorizeUrl] = Answer(AuthorizeUrl, expected=True)


def build(
    *,
    client_id: str | None = None,
    redirect_uri: str | None = None,
    state: str | None = None,
    scope: Literal["read_reviews", "write_reviews", "read_customer_events", "write_customers"]
    | str
    | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Request:
    """Describe the request without sending it; `sync` says what the arguments mean."""
    return Request(
        operation=OAUTH_AUTHORIZE_URL,
        path=OAUTH_AUTHORIZE_URL.path,
        query=query_pairs(
            {
                "client_id": client_id,
                "redirect_uri": redirect_uri,
                "state": state,
                "scope": scope,
            },
            extra_query,
        ),
    )


def sync_detailed(
    *,
    client: Transport,
    client_id: str | None = None,
    redirect_uri: str | None = None,
    state: str | None = None,
    scope: Literal["read_reviews", "write_reviews", "read_customer_events", "write_customers"]
    | str
    | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[AuthorizeUrl]:
    """As `sync`, with status, headers, request id and bytes."""
    return sync_transport(client).send(
        build(
            client_id=client_id,
            redirect_uri=redirect_uri,
            state=state,
            scope=scope,
            extra_query=extra_query,
        ),
        ANSWER,
    )


def sync(
    *,
    client: Transport,
    client_id: str | None = None,
    redirect_uri: str | None = None,
    state: str | None = None,
    scope: Literal["read_reviews", "write_reviews", "read_customer_events", "write_customers"]
    | str
    | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> AuthorizeUrl:
    """Address to send a merchant to.

    First step of the authorization-code grant. Which parameters are needed is not stated.

    Credentials: none besides the parameters. Scope: not documented.
    Evidence: documented (authorize-url-2026-05, authorize-url-2026-06).

    Args:
        client_id: The platform's client id. (example)
        redirect_uri: Where the merchant returns to. (example)
        state: Opaque value that comes back with the code. (example)
        scope: Scope asked for. How several are separated is not stated. (example)
    """
    return sync_detailed(
        client=client,
        client_id=client_id,
        redirect_uri=redirect_uri,
        state=state,
        scope=scope,
        extra_query=extra_query,
    ).parsed


async def asyncio_detailed(
    *,
    client: AsyncTransport,
    client_id: str | None = None,
    redirect_uri: str | None = None,
    state: str | None = None,
    scope: Literal["read_reviews", "write_reviews", "read_customer_events", "write_customers"]
    | str
    | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> Response[AuthorizeUrl]:
    """As `asyncio`, with status, headers, request id and bytes."""
    return await async_transport(client).send_async(
        build(
            client_id=client_id,
            redirect_uri=redirect_uri,
            state=state,
            scope=scope,
            extra_query=extra_query,
        ),
        ANSWER,
    )


async def asyncio(
    *,
    client: AsyncTransport,
    client_id: str | None = None,
    redirect_uri: str | None = None,
    state: str | None = None,
    scope: Literal["read_reviews", "write_reviews", "read_customer_events", "write_customers"]
    | str
    | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> AuthorizeUrl:
    """As `sync`, for asyncio."""
    return (
        await asyncio_detailed(
            client=client,
            client_id=client_id,
            redirect_uri=redirect_uri,
            state=state,
            scope=scope,
            extra_query=extra_query,
        )
    ).parsed
