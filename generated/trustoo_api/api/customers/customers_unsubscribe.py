"""Stop e-mails of one kind to an address: POST /api/v1/openapi/email_unsubscribe"""

from collections.abc import Mapping
from typing import Literal, Required, TypedDict, Unpack

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...operations import CUSTOMERS_UNSUBSCRIBE
from ...resources import with_arguments_of
from ...types import JSON, Constraint, OperationRequest, Response, ResponseDecoder, json_object, query_pairs

DECODER = ResponseDecoder[None](is_write=True)

_BODY = {
    "email": Constraint(types=("string",), required=True, min_length=1, format="email"),
    "email_type": Constraint(types=("string",), required=True),
}


class CustomersUnsubscribeArguments(TypedDict, total=False):
    """The arguments of `build`."""

    email: Required[str]
    email_type: Required[
        Literal[
            "all",
            "review_request",
            "review_request_test",
            "discount_for_photo_review",
            "left_review",
            "market_email",
            "question_notification",
            "answer_notification",
            "review_request_quota_exhausted",
            "review_display_quota_exhausted",
            "reply_to_review",
            "post_purchase_referral",
            "advocate_reward_paid",
            "advocate_reward_refund",
            "review_media_remind",
            "auto_leave_review",
            "request_update_review",
        ]
        | str
    ]
    extra_body: Mapping[str, JSON] | None
    extra_query: Mapping[str, object] | None


def build(
    *,
    email: str,
    email_type: Literal[
        "all",
        "review_request",
        "review_request_test",
        "discount_for_photo_review",
        "left_review",
        "market_email",
        "question_notification",
        "answer_notification",
        "review_request_quota_exhausted",
        "review_display_quota_exhausted",
        "reply_to_review",
        "post_purchase_referral",
        "advocate_reward_paid",
        "advocate_reward_refund",
        "review_media_remind",
        "auto_leave_review",
        "request_update_review",
    ]
    | str,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Stop e-mails of one kind to an address.

    Known from pages of 2025, because the newest page could not be read.

    Credentials: hmac or bearer. Scope: not documented.
    Evidence: documented (unsubscribe-2025).
    The words in parentheses after an argument grade its evidence. docs/evidence.md explains the grades.
    None leaves an argument out of the request.

    Args:
        email: E-mail address of the customer. (documented)
        email_type: Kind of e-mail, `all` for every kind. (documented)
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
        >>> shop.customers.unsubscribe(
        ...     email="shopper@example.com",
        ...     email_type="request_update_review",
        ... )
    """
    return OperationRequest(
        operation=CUSTOMERS_UNSUBSCRIBE,
        path=CUSTOMERS_UNSUBSCRIBE.path,
        query=query_pairs({}, extra_query),
        body=json_object(
            {
                "email": email,
                "email_type": email_type,
            },
            extra_body,
            _BODY,
        ),
    )


@with_arguments_of(build)
def sync(*, client: SyncClient, **arguments: Unpack[CustomersUnsubscribeArguments]) -> None:
    """Stop e-mails of one kind to an address. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER).parsed


@with_arguments_of(build)
def sync_detailed(
    *, client: SyncClient, **arguments: Unpack[CustomersUnsubscribeArguments]
) -> Response[None]:
    """Like `sync`, but returns the whole response. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER)


@with_arguments_of(build)
async def asyncio(*, client: AsyncClient, **arguments: Unpack[CustomersUnsubscribeArguments]) -> None:
    """Stop e-mails of one kind to an address. `build` documents the arguments."""
    return (await as_async_client(client).send_async(build(**arguments), DECODER)).parsed


@with_arguments_of(build)
async def asyncio_detailed(
    *, client: AsyncClient, **arguments: Unpack[CustomersUnsubscribeArguments]
) -> Response[None]:
    """Like `asyncio`, but returns the whole response. `build` documents the arguments."""
    return await as_async_client(client).send_async(build(**arguments), DECODER)
