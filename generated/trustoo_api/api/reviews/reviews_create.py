"""Add a review to a product or the store: POST /api/v1/openapi/create_review"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Literal, Required, TypedDict, Unpack

from ...client import AsyncClient, SyncClient, as_async_client, as_sync_client
from ...models.create_review_media import CreateReviewMedia
from ...models.create_review_media_lists import CreateReviewMediaLists
from ...models.create_review_reply import CreateReviewReply
from ...models.created_review import CreatedReview
from ...operations import REVIEWS_CREATE
from ...resources import with_arguments_of
from ...types import (
    JSON,
    Constraint,
    ObjectLike,
    OperationRequest,
    Response,
    ResponseDecoder,
    json_object,
    query_pairs,
)

DECODER = ResponseDecoder[CreatedReview](CreatedReview, bare=CreatedReview, is_write=True)

_BODY = {
    "product_id": Constraint(types=("string", "integer"), min_length=1, gid="Product"),
    "order_id": Constraint(types=("string",), gid="Order"),
    "rating": Constraint(types=("integer",), required=True, one_of=(1, 2, 3, 4, 5)),
    "author": Constraint(types=("string",), required=True, min_length=1, max_length=120),
    "author_email": Constraint(types=("string",), format="email"),
    "author_phone": Constraint(types=("string",)),
    "author_country": Constraint(types=("string",)),
    "title": Constraint(types=("string",), max_length=300),
    "content": Constraint(types=("string",), max_length=10000),
    "commented_at": Constraint(types=("string",), format="instant"),
    "item_type": Constraint(types=("string",), max_length=120),
    "source": Constraint(types=("string",)),
    "tag": Constraint(types=("string",)),
    "is_verified": Constraint(types=("integer",), one_of=(0, 1)),
    "is_featured": Constraint(types=("integer",), one_of=(0, 1)),
    "is_published": Constraint(types=("integer",), one_of=(0, 1)),
    "is_top": Constraint(types=("integer",), one_of=(0, 1)),
    "media": Constraint(
        types=("array", "object"),
        items=Constraint(
            types=("object",),
            members={
                "url": Constraint(types=("string",)),
                "thumbnail_url": Constraint(types=("string",)),
                "type": Constraint(types=("integer",)),
                "is_published": Constraint(types=("integer",)),
            },
        ),
        members={
            "images": Constraint(types=("array",), max_items=10, items=Constraint(types=("string",))),
            "thumbnails": Constraint(types=("array",), items=Constraint(types=("string",))),
            "video": Constraint(types=("string",)),
            "video_thumbnail": Constraint(types=("string",)),
        },
    ),
    "reply": Constraint(
        types=("object",),
        members={
            "content": Constraint(types=("string",)),
            "reply_at": Constraint(types=("string",), format="instant"),
        },
    ),
}


class ReviewsCreateArguments(TypedDict, total=False):
    """The arguments of `build`."""

    rating: Required[Literal[1, 2, 3, 4, 5] | int]
    author: Required[str]
    product_id: str | int | None
    order_id: str | int | None
    author_email: str | None
    author_phone: str | None
    author_country: str | None
    title: str | None
    content: str | None
    commented_at: str | datetime | date | None
    item_type: str | None
    source: (
        Literal[
            "CSV uploaded",
            "AliExpress",
            "Amazon",
            "Store front",
            "Store link",
            "Email request",
            "Auto",
            "Shop",
            "QR Code",
            "Shopee",
            "ChatWILL",
        ]
        | str
        | None
    )
    tag: str | None
    is_verified: bool | Literal[0, 1] | None
    is_featured: bool | Literal[0, 1] | None
    is_published: bool | Literal[0, 1] | None
    is_top: bool | Literal[0, 1] | None
    media: Iterable[CreateReviewMedia | ObjectLike] | CreateReviewMediaLists | ObjectLike | None
    reply: CreateReviewReply | ObjectLike | None
    extra_body: Mapping[str, JSON] | None
    extra_query: Mapping[str, object] | None


def build(
    *,
    rating: Literal[1, 2, 3, 4, 5] | int,
    author: str,
    product_id: str | int | None = None,
    order_id: str | int | None = None,
    author_email: str | None = None,
    author_phone: str | None = None,
    author_country: str | None = None,
    title: str | None = None,
    content: str | None = None,
    commented_at: str | datetime | date | None = None,
    item_type: str | None = None,
    source: Literal[
        "CSV uploaded",
        "AliExpress",
        "Amazon",
        "Store front",
        "Store link",
        "Email request",
        "Auto",
        "Shop",
        "QR Code",
        "Shopee",
        "ChatWILL",
    ]
    | str
    | None = None,
    tag: str | None = None,
    is_verified: bool | Literal[0, 1] | None = None,
    is_featured: bool | Literal[0, 1] | None = None,
    is_published: bool | Literal[0, 1] | None = None,
    is_top: bool | Literal[0, 1] | None = None,
    media: Iterable[CreateReviewMedia | ObjectLike] | CreateReviewMediaLists | ObjectLike | None = None,
    reply: CreateReviewReply | ObjectLike | None = None,
    extra_body: Mapping[str, JSON] | None = None,
    extra_query: Mapping[str, object] | None = None,
) -> OperationRequest:
    """Add a review to a product or the store.

    A second call adds a second review. Two shapes of `media` were published. The newer shape is a list
    of objects.

    Credentials: hmac or bearer. Scope: write_reviews.
    Evidence: documented (review-create).
    The words in parentheses after an argument grade its evidence. docs/evidence.md explains the grades.
    None leaves an argument out of the request.

    Args:
        rating: Number of stars, 5 is best. (documented; meaning inferred)
        author: Shown as the name of the reviewer. That it is not empty is inferred from its being
            required. (documented; meaning inferred)
        product_id: Shopify id of the product that is reviewed. In 2025, 0 meant a review of the store.
            The vendor's table documents an integer, but the newest example has a string. (documented)
        order_id: Shopify id of the order that the review belongs to. (documented)
        author_email: E-mail address of the reviewer. (documented; meaning inferred)
        author_phone: Phone number of the reviewer. (documented; meaning inferred)
        author_country: Country or region of the reviewer, such as `US`. (documented)
        title: Headline of the review. (documented; meaning inferred)
        content: Text of the review. (documented; meaning inferred)
        commented_at: When the review was written. The time zone is not documented. The example has no
            zone; that a time with `Z` is accepted is inferred. (documented)
        item_type: Variant that was bought, such as `Red`. (documented; meaning inferred)
        source: Where the review comes from. A review that is imported from a file has `CSV uploaded`.
            (documented; meaning inferred)
        tag: The merchant's own label for the review. (documented; meaning inferred)
        is_verified: 1 marks the reviewer as a buyer of the product. (documented; meaning inferred)
        is_featured: 1 marks the review as one to highlight. (documented; meaning inferred)
        is_published: 1 shows the review in the shop, 0 hides it. (documented; meaning inferred)
        is_top: 1 pins the review. (documented)
        media: Photos and videos that were uploaded before. Since 2026 a list of objects; each result of
            `media.upload_image` is such an object. In 2025, one object with lists. (documented; meaning
            inferred)
        reply: The merchant's reply, added together with the review. (documented; meaning inferred)
        extra_body: further members of the body, which the OpenAPI spec lacks.
        extra_query: further query parameters, which the OpenAPI spec lacks.

    Returns:
        A `CreatedReview`.
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
        >>> review = shop.reviews.create(
        ...     rating=5,
        ...     author="Zoë Example",
        ...     product_id="8100000000019",
        ...     author_country="US",
        ...     content="Pours well and keeps the tea hot.",
        ...     source="ChatWILL",
        ... )
        >>> review.id
        '1003'
    """
    return OperationRequest(
        operation=REVIEWS_CREATE,
        path=REVIEWS_CREATE.path,
        query=query_pairs({}, extra_query),
        body=json_object(
            {
                "rating": rating,
                "author": author,
                "product_id": product_id,
                "order_id": order_id,
                "author_email": author_email,
                "author_phone": author_phone,
                "author_country": author_country,
                "title": title,
                "content": content,
                "commented_at": commented_at,
                "item_type": item_type,
                "source": source,
                "tag": tag,
                "is_verified": is_verified,
                "is_featured": is_featured,
                "is_published": is_published,
                "is_top": is_top,
                "media": media,
                "reply": reply,
            },
            extra_body,
            _BODY,
        ),
    )


@with_arguments_of(build)
def sync(*, client: SyncClient, **arguments: Unpack[ReviewsCreateArguments]) -> CreatedReview:
    """Add a review to a product or the store. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER).parsed


@with_arguments_of(build)
def sync_detailed(
    *, client: SyncClient, **arguments: Unpack[ReviewsCreateArguments]
) -> Response[CreatedReview]:
    """Like `sync`, but returns the whole response. `build` documents the arguments."""
    return as_sync_client(client).send(build(**arguments), DECODER)


@with_arguments_of(build)
async def asyncio(*, client: AsyncClient, **arguments: Unpack[ReviewsCreateArguments]) -> CreatedReview:
    """Add a review to a product or the store. `build` documents the arguments."""
    return (await as_async_client(client).send_async(build(**arguments), DECODER)).parsed


@with_arguments_of(build)
async def asyncio_detailed(
    *, client: AsyncClient, **arguments: Unpack[ReviewsCreateArguments]
) -> Response[CreatedReview]:
    """Like `asyncio`, but returns the whole response. `build` documents the arguments."""
    return await as_async_client(client).send_async(build(**arguments), DECODER)
