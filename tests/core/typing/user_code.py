"""What users write, for type checkers only: every operation, sync and async, with the type of what it gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import assert_type

import attrs
import pydantic
from trustoo import (
    NO_RETRIES,
    STORE_REVIEW,
    APIError,
    AsyncTrustoo,
    CallEvent,
    HTTPStatusError,
    NotFoundError,
    OutcomeUnknownError,
    RetryPolicy,
    TransportError,
    Trustoo,
    TrustooError,
    UploadError,
    otel,
)
from trustoo.upload import UploadedImage
from trustoo_api.api.customer_events import customer_events_list
from trustoo_api.api.customers import customers_exclude, customers_exclusions, customers_include, customers_unsubscribe
from trustoo_api.api.media import media_image_upload_credentials, media_video_upload_url
from trustoo_api.api.oauth import oauth_authorize, oauth_authorize_url, oauth_revoke, oauth_token
from trustoo_api.api.orders import orders_list
from trustoo_api.api.platform import (
    platform_authorization_info,
    platform_cancel,
    platform_disconnect,
    platform_installation_status,
)
from trustoo_api.api.reviews import reviews_create, reviews_delete, reviews_get, reviews_list, reviews_rating
from trustoo_api.api.reviews.reviews_list import ReviewsListArguments
from trustoo_api.api.tokens import tokens_private, tokens_public
from trustoo_api.api.webhooks import webhooks_create, webhooks_delete, webhooks_list, webhooks_update
from trustoo_api.models import (
    AuthorizationCode,
    AuthorizeUrl,
    CreatedReview,
    CreateReviewMedia,
    CustomerEvent,
    CustomerEventPage,
    CustomerExclusion,
    CustomerExclusionPage,
    ImageUploadCredentials,
    OAuthToken,
    Order,
    OrderPage,
    PrivateToken,
    PublicToken,
    Rating,
    Review,
    ReviewPage,
    ShopAuthorization,
    ShopInstallation,
    VideoUpload,
    Webhook,
)
from trustoo_api.types import AsyncPaginator, OperationRequest, Paginator, Response


def every_operation_sync(shop: Trustoo) -> None:
    assert_type(
        shop.oauth.authorize(client_id="id", redirect_uri="https://x.test", scope="read_reviews", state="s"),
        AuthorizationCode,
    )
    assert_type(
        shop.oauth.authorize_url(client_id="id", redirect_uri="https://x.test", scope="read_reviews", state="s"),
        AuthorizeUrl,
    )
    assert_type(
        shop.oauth.token(client_id="id", client_secret="EXAMPLE", grant_type="authorization_code", code="c"),
        OAuthToken,
    )
    shop.oauth.revoke(client_id="id", client_secret="EXAMPLE", token="t")
    shop.platform.disconnect()
    assert_type(
        shop.platform.authorization_info(client_id="id", client_secret="EXAMPLE", shop_id="1"), ShopAuthorization
    )
    assert_type(shop.platform.installation_status(client_id="id", client_secret="EXAMPLE"), ShopInstallation)
    shop.platform.cancel(unverified=True)
    assert_type(shop.webhooks.create(topic="review/created", url="https://x.test"), Webhook)
    assert_type(shop.webhooks.update(id=1, topic="review/updated", url="https://x.test", unverified=True), Webhook)
    shop.webhooks.delete(id="1")
    assert_type(shop.webhooks.list(), list[Webhook])
    assert_type(shop.reviews.get(id="1"), Review)
    assert_type(
        shop.reviews.list(product_ids=["1", 2], sort_by="created-descending", page=1, page_size=100), ReviewPage
    )
    assert_type(
        shop.reviews.create(rating=5, author="Zoë", product_id=STORE_REVIEW, is_top=True, media=[{"url": "u"}]),
        CreatedReview,
    )
    shop.reviews.delete(id=1)
    assert_type(shop.reviews.rating(product_id="gid://shopify/Product/1"), Rating)
    assert_type(shop.media.video_upload_url(), VideoUpload)
    assert_type(shop.media.image_upload_credentials(), ImageUploadCredentials)
    assert_type(shop.orders.list(type="1", page=2), OrderPage)
    assert_type(shop.customer_events.list(event_type="VIEW_REVIEW"), CustomerEventPage)
    shop.customers.unsubscribe(email="a@example.test", email_type="all")
    assert_type(shop.customers.exclude(), CustomerExclusion)
    shop.customers.include()
    assert_type(shop.customers.exclusions(page=1), CustomerExclusionPage)
    assert_type(shop.tokens.public(), PublicToken)
    assert_type(shop.tokens.private(), PrivateToken)


@dataclass
class Answer:
    content: str


@attrs.define
class AttrsAnswer:
    content: str


class PydanticAnswer(pydantic.BaseModel):
    content: str


def values_from_elsewhere(shop: Trustoo, row: dict[str, str], photo: UploadedImage) -> None:
    shop.reviews.get(id=5)
    shop.reviews.delete(id=5)
    shop.reviews.list(ratings=[4, "5"], product_ids=(int(text) for text in row), sources=set(row), is_store_review=True)
    shop.reviews.iterate(product_ids=map(str, row), ratings=range(4, 6))
    shop.reviews.create(rating=int(row["rating"]), author="a", commented_at=date(2025, 6, 20), media=photo)
    for reply in (Answer("a"), AttrsAnswer("a"), PydanticAnswer(content="a"), {"content": "a"}):
        shop.reviews.create(rating=5, author="a", reply=reply, media=iter([photo]))
    shop.reviews.create(rating=5, author="a", reply=Answer("a"), media=[CreateReviewMedia(url="a"), {"url": "b"}])
    shop.reviews.create(rating=5, author="a", reply=AttrsAnswer("a"), media={"images": ["a"]})
    shop.reviews.create(rating=5, author="a", reply=PydanticAnswer(content="a"), media=CreateReviewMedia(url="a"))


def every_raw_response_sync(shop: Trustoo) -> None:
    assert_type(
        shop.oauth.with_raw_response.authorize(
            client_id="id", redirect_uri="https://x.test", scope="read_reviews", state="s"
        ),
        Response[AuthorizationCode],
    )
    assert_type(
        shop.oauth.with_raw_response.authorize_url(
            client_id="id", redirect_uri="https://x.test", scope="read_reviews", state="s"
        ),
        Response[AuthorizeUrl],
    )
    assert_type(
        shop.oauth.with_raw_response.token(
            client_id="id", client_secret="EXAMPLE", grant_type="authorization_code", code="c"
        ),
        Response[OAuthToken],
    )
    assert_type(shop.oauth.with_raw_response.revoke(client_id="id", client_secret="EXAMPLE", token="t"), Response[None])
    assert_type(shop.platform.with_raw_response.disconnect(), Response[None])
    assert_type(
        shop.platform.with_raw_response.authorization_info(client_id="id", client_secret="EXAMPLE", shop_id="1"),
        Response[ShopAuthorization],
    )
    assert_type(
        shop.platform.with_raw_response.installation_status(client_id="id", client_secret="EXAMPLE"),
        Response[ShopInstallation],
    )
    assert_type(shop.platform.with_raw_response.cancel(unverified=True), Response[None])
    assert_type(shop.webhooks.with_raw_response.create(topic="review/created", url="https://x.test"), Response[Webhook])
    assert_type(
        shop.webhooks.with_raw_response.update(id=1, topic="review/updated", url="https://x.test", unverified=True),
        Response[Webhook],
    )
    assert_type(shop.webhooks.with_raw_response.delete(id="1"), Response[None])
    assert_type(shop.webhooks.with_raw_response.list(), Response[list[Webhook]])
    assert_type(shop.reviews.with_raw_response.get(id="1"), Response[Review])
    assert_type(
        shop.reviews.with_raw_response.list(product_ids=["1", 2], sort_by="created-descending", page=1, page_size=100),
        Response[ReviewPage],
    )
    assert_type(
        shop.reviews.with_raw_response.create(
            rating=5, author="Zoë", product_id=STORE_REVIEW, is_top=True, media=[{"url": "u"}]
        ),
        Response[CreatedReview],
    )
    assert_type(shop.reviews.with_raw_response.delete(id=1), Response[None])
    assert_type(shop.reviews.with_raw_response.rating(product_id="gid://shopify/Product/1"), Response[Rating])
    assert_type(shop.media.with_raw_response.video_upload_url(), Response[VideoUpload])
    assert_type(shop.media.with_raw_response.image_upload_credentials(), Response[ImageUploadCredentials])
    assert_type(shop.orders.with_raw_response.list(type="1", page=2), Response[OrderPage])
    assert_type(shop.customer_events.with_raw_response.list(event_type="VIEW_REVIEW"), Response[CustomerEventPage])
    assert_type(shop.customers.with_raw_response.unsubscribe(email="a@example.test", email_type="all"), Response[None])
    assert_type(shop.customers.with_raw_response.exclude(), Response[CustomerExclusion])
    assert_type(shop.customers.with_raw_response.include(), Response[None])
    assert_type(shop.customers.with_raw_response.exclusions(page=1), Response[CustomerExclusionPage])
    assert_type(shop.tokens.with_raw_response.public(), Response[PublicToken])
    assert_type(shop.tokens.with_raw_response.private(), Response[PrivateToken])


def every_listing_sync(shop: Trustoo) -> None:
    assert_type(
        shop.reviews.iterate(since=datetime(2025, 1, 1, tzinfo=UTC), limit=5, known_ids={"1"}), Paginator[Review]
    )
    assert_type(shop.orders.iterate(), Paginator[Order])
    assert_type(shop.customer_events.iterate(checkpoint={"page": 2, "done": 0}), Paginator[CustomerEvent])
    assert_type(shop.customers.iterate_exclusions(page_size=50), Paginator[CustomerExclusion])
    for review in shop.reviews.iterate():
        assert_type(review, Review)
        assert_type(review.rating, int | float | None)
        assert_type(review.id, str | None)
        assert_type(review.commented_at, datetime | None)
    assert_type(next(shop.reviews.iterate(known_ids=[1, "2"], prefetch=4)), Review)
    assert_type(shop.reviews.iterate().checkpoint, dict[str, int])
    assert_type([item.email for item in shop.customers.iterate_exclusions()], list[str | None])


async def every_operation_asyncio(shop: AsyncTrustoo) -> None:
    assert_type(
        await shop.oauth.authorize(client_id="id", redirect_uri="https://x.test", scope="read_reviews", state="s"),
        AuthorizationCode,
    )
    assert_type(
        await shop.oauth.authorize_url(client_id="id", redirect_uri="https://x.test", scope="read_reviews", state="s"),
        AuthorizeUrl,
    )
    assert_type(
        await shop.oauth.token(client_id="id", client_secret="EXAMPLE", grant_type="authorization_code", code="c"),
        OAuthToken,
    )
    await shop.oauth.revoke(client_id="id", client_secret="EXAMPLE", token="t")
    await shop.platform.disconnect()
    assert_type(
        await shop.platform.authorization_info(client_id="id", client_secret="EXAMPLE", shop_id="1"), ShopAuthorization
    )
    assert_type(await shop.platform.installation_status(client_id="id", client_secret="EXAMPLE"), ShopInstallation)
    await shop.platform.cancel(unverified=True)
    assert_type(await shop.webhooks.create(topic="review/created", url="https://x.test"), Webhook)
    assert_type(
        await shop.webhooks.update(id=1, topic="review/updated", url="https://x.test", unverified=True), Webhook
    )
    await shop.webhooks.delete(id="1")
    assert_type(await shop.webhooks.list(), list[Webhook])
    assert_type(await shop.reviews.get(id="1"), Review)
    assert_type(
        await shop.reviews.list(product_ids=["1", 2], sort_by="created-descending", page=1, page_size=100), ReviewPage
    )
    assert_type(
        await shop.reviews.create(rating=5, author="Zoë", product_id=STORE_REVIEW, is_top=True, media=[{"url": "u"}]),
        CreatedReview,
    )
    await shop.reviews.delete(id=1)
    assert_type(await shop.reviews.rating(product_id="gid://shopify/Product/1"), Rating)
    assert_type(await shop.media.video_upload_url(), VideoUpload)
    assert_type(await shop.media.image_upload_credentials(), ImageUploadCredentials)
    assert_type(await shop.orders.list(type="1", page=2), OrderPage)
    assert_type(await shop.customer_events.list(event_type="VIEW_REVIEW"), CustomerEventPage)
    await shop.customers.unsubscribe(email="a@example.test", email_type="all")
    assert_type(await shop.customers.exclude(), CustomerExclusion)
    await shop.customers.include()
    assert_type(await shop.customers.exclusions(page=1), CustomerExclusionPage)
    assert_type(await shop.tokens.public(), PublicToken)
    assert_type(await shop.tokens.private(), PrivateToken)


async def every_raw_response_asyncio(shop: AsyncTrustoo) -> None:
    assert_type(
        await shop.oauth.with_raw_response.authorize(
            client_id="id", redirect_uri="https://x.test", scope="read_reviews", state="s"
        ),
        Response[AuthorizationCode],
    )
    assert_type(
        await shop.oauth.with_raw_response.authorize_url(
            client_id="id", redirect_uri="https://x.test", scope="read_reviews", state="s"
        ),
        Response[AuthorizeUrl],
    )
    assert_type(
        await shop.oauth.with_raw_response.token(
            client_id="id", client_secret="EXAMPLE", grant_type="authorization_code", code="c"
        ),
        Response[OAuthToken],
    )
    assert_type(
        await shop.oauth.with_raw_response.revoke(client_id="id", client_secret="EXAMPLE", token="t"), Response[None]
    )
    assert_type(await shop.platform.with_raw_response.disconnect(), Response[None])
    assert_type(
        await shop.platform.with_raw_response.authorization_info(client_id="id", client_secret="EXAMPLE", shop_id="1"),
        Response[ShopAuthorization],
    )
    assert_type(
        await shop.platform.with_raw_response.installation_status(client_id="id", client_secret="EXAMPLE"),
        Response[ShopInstallation],
    )
    assert_type(await shop.platform.with_raw_response.cancel(unverified=True), Response[None])
    assert_type(
        await shop.webhooks.with_raw_response.create(topic="review/created", url="https://x.test"), Response[Webhook]
    )
    assert_type(
        await shop.webhooks.with_raw_response.update(
            id=1, topic="review/updated", url="https://x.test", unverified=True
        ),
        Response[Webhook],
    )
    assert_type(await shop.webhooks.with_raw_response.delete(id="1"), Response[None])
    assert_type(await shop.webhooks.with_raw_response.list(), Response[list[Webhook]])
    assert_type(await shop.reviews.with_raw_response.get(id="1"), Response[Review])
    assert_type(
        await shop.reviews.with_raw_response.list(
            product_ids=["1", 2], sort_by="created-descending", page=1, page_size=100
        ),
        Response[ReviewPage],
    )
    assert_type(
        await shop.reviews.with_raw_response.create(
            rating=5, author="Zoë", product_id=STORE_REVIEW, is_top=True, media=[{"url": "u"}]
        ),
        Response[CreatedReview],
    )
    assert_type(await shop.reviews.with_raw_response.delete(id=1), Response[None])
    assert_type(await shop.reviews.with_raw_response.rating(product_id="gid://shopify/Product/1"), Response[Rating])
    assert_type(await shop.media.with_raw_response.video_upload_url(), Response[VideoUpload])
    assert_type(await shop.media.with_raw_response.image_upload_credentials(), Response[ImageUploadCredentials])
    assert_type(await shop.orders.with_raw_response.list(type="1", page=2), Response[OrderPage])
    assert_type(
        await shop.customer_events.with_raw_response.list(event_type="VIEW_REVIEW"), Response[CustomerEventPage]
    )
    assert_type(
        await shop.customers.with_raw_response.unsubscribe(email="a@example.test", email_type="all"), Response[None]
    )
    assert_type(await shop.customers.with_raw_response.exclude(), Response[CustomerExclusion])
    assert_type(await shop.customers.with_raw_response.include(), Response[None])
    assert_type(await shop.customers.with_raw_response.exclusions(page=1), Response[CustomerExclusionPage])
    assert_type(await shop.tokens.with_raw_response.public(), Response[PublicToken])
    assert_type(await shop.tokens.with_raw_response.private(), Response[PrivateToken])


async def every_listing_asyncio(shop: AsyncTrustoo) -> None:
    assert_type(
        shop.reviews.iterate(since=datetime(2025, 1, 1, tzinfo=UTC), limit=5, known_ids={"1"}), AsyncPaginator[Review]
    )
    assert_type(shop.orders.iterate(), AsyncPaginator[Order])
    assert_type(shop.customer_events.iterate(checkpoint={"page": 2, "done": 0}), AsyncPaginator[CustomerEvent])
    assert_type(shop.customers.iterate_exclusions(page_size=50), AsyncPaginator[CustomerExclusion])
    async for review in shop.reviews.iterate():
        assert_type(review, Review)
        assert_type(review.rating, int | float | None)
        assert_type(review.id, str | None)
        assert_type(review.commented_at, datetime | None)
    assert_type(await anext(shop.reviews.iterate(known_ids=[1, "2"], prefetch=4)), Review)
    assert_type(shop.reviews.iterate().checkpoint, dict[str, int])
    assert_type([item.email async for item in shop.customers.iterate_exclusions()], list[str | None])


def every_function_sync(shop: Trustoo) -> None:
    assert_type(
        oauth_authorize.sync(
            client=shop, client_id="id", redirect_uri="https://x.test", scope="read_reviews", state="s"
        ),
        AuthorizationCode,
    )
    assert_type(
        oauth_authorize_url.sync(
            client=shop, client_id="id", redirect_uri="https://x.test", scope="read_reviews", state="s"
        ),
        AuthorizeUrl,
    )
    assert_type(
        oauth_token.sync(
            client=shop, client_id="id", client_secret="EXAMPLE", grant_type="authorization_code", code="c"
        ),
        OAuthToken,
    )
    oauth_revoke.sync(client=shop, client_id="id", client_secret="EXAMPLE", token="t")
    platform_disconnect.sync(client=shop)
    assert_type(
        platform_authorization_info.sync(client=shop, client_id="id", client_secret="EXAMPLE", shop_id="1"),
        ShopAuthorization,
    )
    assert_type(
        platform_installation_status.sync(client=shop, client_id="id", client_secret="EXAMPLE"), ShopInstallation
    )
    platform_cancel.sync(client=shop, unverified=True)
    assert_type(webhooks_create.sync(client=shop, topic="review/created", url="https://x.test"), Webhook)
    assert_type(
        webhooks_update.sync(client=shop, id=1, topic="review/updated", url="https://x.test", unverified=True),
        Webhook,
    )
    webhooks_delete.sync(client=shop, id="1")
    assert_type(webhooks_list.sync(client=shop), list[Webhook])
    assert_type(reviews_get.sync(client=shop, id="1"), Review)
    assert_type(
        reviews_list.sync(client=shop, product_ids=["1", 2], sort_by="created-descending", page=1, page_size=100),
        ReviewPage,
    )
    assert_type(
        reviews_create.sync(
            client=shop, rating=5, author="Zoë", product_id=STORE_REVIEW, is_top=True, media=[{"url": "u"}]
        ),
        CreatedReview,
    )
    reviews_delete.sync(client=shop, id=1)
    assert_type(reviews_rating.sync(client=shop, product_id="gid://shopify/Product/1"), Rating)
    assert_type(media_video_upload_url.sync(client=shop), VideoUpload)
    assert_type(media_image_upload_credentials.sync(client=shop), ImageUploadCredentials)
    assert_type(orders_list.sync(client=shop, type="1", page=2), OrderPage)
    assert_type(customer_events_list.sync(client=shop, event_type="VIEW_REVIEW"), CustomerEventPage)
    customers_unsubscribe.sync(client=shop, email="a@example.test", email_type="all")
    assert_type(customers_exclude.sync(client=shop), CustomerExclusion)
    customers_include.sync(client=shop)
    assert_type(customers_exclusions.sync(client=shop, page=1), CustomerExclusionPage)
    assert_type(tokens_public.sync(client=shop), PublicToken)
    assert_type(tokens_private.sync(client=shop), PrivateToken)


def every_function_sync_detailed(shop: Trustoo) -> None:
    assert_type(
        oauth_authorize.sync_detailed(
            client=shop, client_id="id", redirect_uri="https://x.test", scope="read_reviews", state="s"
        ),
        Response[AuthorizationCode],
    )
    assert_type(
        oauth_authorize_url.sync_detailed(
            client=shop, client_id="id", redirect_uri="https://x.test", scope="read_reviews", state="s"
        ),
        Response[AuthorizeUrl],
    )
    assert_type(
        oauth_token.sync_detailed(
            client=shop, client_id="id", client_secret="EXAMPLE", grant_type="authorization_code", code="c"
        ),
        Response[OAuthToken],
    )
    assert_type(
        oauth_revoke.sync_detailed(client=shop, client_id="id", client_secret="EXAMPLE", token="t"), Response[None]
    )
    assert_type(platform_disconnect.sync_detailed(client=shop), Response[None])
    assert_type(
        platform_authorization_info.sync_detailed(client=shop, client_id="id", client_secret="EXAMPLE", shop_id="1"),
        Response[ShopAuthorization],
    )
    assert_type(
        platform_installation_status.sync_detailed(client=shop, client_id="id", client_secret="EXAMPLE"),
        Response[ShopInstallation],
    )
    assert_type(platform_cancel.sync_detailed(client=shop, unverified=True), Response[None])
    assert_type(
        webhooks_create.sync_detailed(client=shop, topic="review/created", url="https://x.test"), Response[Webhook]
    )
    assert_type(
        webhooks_update.sync_detailed(client=shop, id=1, topic="review/updated", url="https://x.test", unverified=True),
        Response[Webhook],
    )
    assert_type(webhooks_delete.sync_detailed(client=shop, id="1"), Response[None])
    assert_type(webhooks_list.sync_detailed(client=shop), Response[list[Webhook]])
    assert_type(reviews_get.sync_detailed(client=shop, id="1"), Response[Review])
    assert_type(
        reviews_list.sync_detailed(
            client=shop, product_ids=["1", 2], sort_by="created-descending", page=1, page_size=100
        ),
        Response[ReviewPage],
    )
    assert_type(
        reviews_create.sync_detailed(
            client=shop, rating=5, author="Zoë", product_id=STORE_REVIEW, is_top=True, media=[{"url": "u"}]
        ),
        Response[CreatedReview],
    )
    assert_type(reviews_delete.sync_detailed(client=shop, id=1), Response[None])
    assert_type(reviews_rating.sync_detailed(client=shop, product_id="gid://shopify/Product/1"), Response[Rating])
    assert_type(media_video_upload_url.sync_detailed(client=shop), Response[VideoUpload])
    assert_type(media_image_upload_credentials.sync_detailed(client=shop), Response[ImageUploadCredentials])
    assert_type(orders_list.sync_detailed(client=shop, type="1", page=2), Response[OrderPage])
    assert_type(customer_events_list.sync_detailed(client=shop, event_type="VIEW_REVIEW"), Response[CustomerEventPage])
    assert_type(
        customers_unsubscribe.sync_detailed(client=shop, email="a@example.test", email_type="all"), Response[None]
    )
    assert_type(customers_exclude.sync_detailed(client=shop), Response[CustomerExclusion])
    assert_type(customers_include.sync_detailed(client=shop), Response[None])
    assert_type(customers_exclusions.sync_detailed(client=shop, page=1), Response[CustomerExclusionPage])
    assert_type(tokens_public.sync_detailed(client=shop), Response[PublicToken])
    assert_type(tokens_private.sync_detailed(client=shop), Response[PrivateToken])


async def every_function_asyncio(shop: AsyncTrustoo) -> None:
    assert_type(
        await oauth_authorize.asyncio(
            client=shop, client_id="id", redirect_uri="https://x.test", scope="read_reviews", state="s"
        ),
        AuthorizationCode,
    )
    assert_type(
        await oauth_authorize_url.asyncio(
            client=shop, client_id="id", redirect_uri="https://x.test", scope="read_reviews", state="s"
        ),
        AuthorizeUrl,
    )
    assert_type(
        await oauth_token.asyncio(
            client=shop, client_id="id", client_secret="EXAMPLE", grant_type="authorization_code", code="c"
        ),
        OAuthToken,
    )
    await oauth_revoke.asyncio(client=shop, client_id="id", client_secret="EXAMPLE", token="t")
    await platform_disconnect.asyncio(client=shop)
    assert_type(
        await platform_authorization_info.asyncio(client=shop, client_id="id", client_secret="EXAMPLE", shop_id="1"),
        ShopAuthorization,
    )
    assert_type(
        await platform_installation_status.asyncio(client=shop, client_id="id", client_secret="EXAMPLE"),
        ShopInstallation,
    )
    await platform_cancel.asyncio(client=shop, unverified=True)
    assert_type(await webhooks_create.asyncio(client=shop, topic="review/created", url="https://x.test"), Webhook)
    assert_type(
        await webhooks_update.asyncio(client=shop, id=1, topic="review/updated", url="https://x.test", unverified=True),
        Webhook,
    )
    await webhooks_delete.asyncio(client=shop, id="1")
    assert_type(await webhooks_list.asyncio(client=shop), list[Webhook])
    assert_type(await reviews_get.asyncio(client=shop, id="1"), Review)
    assert_type(
        await reviews_list.asyncio(
            client=shop, product_ids=["1", 2], sort_by="created-descending", page=1, page_size=100
        ),
        ReviewPage,
    )
    assert_type(
        await reviews_create.asyncio(
            client=shop, rating=5, author="Zoë", product_id=STORE_REVIEW, is_top=True, media=[{"url": "u"}]
        ),
        CreatedReview,
    )
    await reviews_delete.asyncio(client=shop, id=1)
    assert_type(await reviews_rating.asyncio(client=shop, product_id="gid://shopify/Product/1"), Rating)
    assert_type(await media_video_upload_url.asyncio(client=shop), VideoUpload)
    assert_type(await media_image_upload_credentials.asyncio(client=shop), ImageUploadCredentials)
    assert_type(await orders_list.asyncio(client=shop, type="1", page=2), OrderPage)
    assert_type(await customer_events_list.asyncio(client=shop, event_type="VIEW_REVIEW"), CustomerEventPage)
    await customers_unsubscribe.asyncio(client=shop, email="a@example.test", email_type="all")
    assert_type(await customers_exclude.asyncio(client=shop), CustomerExclusion)
    await customers_include.asyncio(client=shop)
    assert_type(await customers_exclusions.asyncio(client=shop, page=1), CustomerExclusionPage)
    assert_type(await tokens_public.asyncio(client=shop), PublicToken)
    assert_type(await tokens_private.asyncio(client=shop), PrivateToken)


async def every_function_asyncio_detailed(shop: AsyncTrustoo) -> None:
    assert_type(
        await oauth_authorize.asyncio_detailed(
            client=shop, client_id="id", redirect_uri="https://x.test", scope="read_reviews", state="s"
        ),
        Response[AuthorizationCode],
    )
    assert_type(
        await oauth_authorize_url.asyncio_detailed(
            client=shop, client_id="id", redirect_uri="https://x.test", scope="read_reviews", state="s"
        ),
        Response[AuthorizeUrl],
    )
    assert_type(
        await oauth_token.asyncio_detailed(
            client=shop, client_id="id", client_secret="EXAMPLE", grant_type="authorization_code", code="c"
        ),
        Response[OAuthToken],
    )
    assert_type(
        await oauth_revoke.asyncio_detailed(client=shop, client_id="id", client_secret="EXAMPLE", token="t"),
        Response[None],
    )
    assert_type(await platform_disconnect.asyncio_detailed(client=shop), Response[None])
    assert_type(
        await platform_authorization_info.asyncio_detailed(
            client=shop, client_id="id", client_secret="EXAMPLE", shop_id="1"
        ),
        Response[ShopAuthorization],
    )
    assert_type(
        await platform_installation_status.asyncio_detailed(client=shop, client_id="id", client_secret="EXAMPLE"),
        Response[ShopInstallation],
    )
    assert_type(await platform_cancel.asyncio_detailed(client=shop, unverified=True), Response[None])
    assert_type(
        await webhooks_create.asyncio_detailed(client=shop, topic="review/created", url="https://x.test"),
        Response[Webhook],
    )
    assert_type(
        await webhooks_update.asyncio_detailed(
            client=shop, id=1, topic="review/updated", url="https://x.test", unverified=True
        ),
        Response[Webhook],
    )
    assert_type(await webhooks_delete.asyncio_detailed(client=shop, id="1"), Response[None])
    assert_type(await webhooks_list.asyncio_detailed(client=shop), Response[list[Webhook]])
    assert_type(await reviews_get.asyncio_detailed(client=shop, id="1"), Response[Review])
    assert_type(
        await reviews_list.asyncio_detailed(
            client=shop, product_ids=["1", 2], sort_by="created-descending", page=1, page_size=100
        ),
        Response[ReviewPage],
    )
    assert_type(
        await reviews_create.asyncio_detailed(
            client=shop, rating=5, author="Zoë", product_id=STORE_REVIEW, is_top=True, media=[{"url": "u"}]
        ),
        Response[CreatedReview],
    )
    assert_type(await reviews_delete.asyncio_detailed(client=shop, id=1), Response[None])
    assert_type(
        await reviews_rating.asyncio_detailed(client=shop, product_id="gid://shopify/Product/1"), Response[Rating]
    )
    assert_type(await media_video_upload_url.asyncio_detailed(client=shop), Response[VideoUpload])
    assert_type(await media_image_upload_credentials.asyncio_detailed(client=shop), Response[ImageUploadCredentials])
    assert_type(await orders_list.asyncio_detailed(client=shop, type="1", page=2), Response[OrderPage])
    assert_type(
        await customer_events_list.asyncio_detailed(client=shop, event_type="VIEW_REVIEW"), Response[CustomerEventPage]
    )
    assert_type(
        await customers_unsubscribe.asyncio_detailed(client=shop, email="a@example.test", email_type="all"),
        Response[None],
    )
    assert_type(await customers_exclude.asyncio_detailed(client=shop), Response[CustomerExclusion])
    assert_type(await customers_include.asyncio_detailed(client=shop), Response[None])
    assert_type(await customers_exclusions.asyncio_detailed(client=shop, page=1), Response[CustomerExclusionPage])
    assert_type(await tokens_public.asyncio_detailed(client=shop), Response[PublicToken])
    assert_type(await tokens_private.asyncio_detailed(client=shop), Response[PrivateToken])


def arguments_as_a_dict(shop: Trustoo) -> None:
    wanted: ReviewsListArguments = {"keyword": "kettle", "page": 2}
    assert_type(shop.reviews.list(**wanted), ReviewPage)
    assert_type(reviews_list.sync(client=shop, **wanted), ReviewPage)
    assert_type(reviews_list.build(**wanted), OperationRequest)


def clients(merchant: str) -> None:
    with Trustoo(public_token="p", private_token="EXAMPLE", timeout=5, retry=RetryPolicy(attempts=5)) as shop:
        assert_type(shop, Trustoo)
        derived = shop.with_options(merchant_session=merchant, retry=NO_RETRIES, application="shop/1")
        assert_type(derived, Trustoo)

    def heard(event: CallEvent) -> None:
        assert_type(event.status, int | None)
        assert_type(event.operation, str)

    Trustoo(access_token="EXAMPLE", on_request=heard, on_response=heard, on_retry=heard, clock=lambda: 0.0)
    Trustoo(access_token="EXAMPLE", headers={"X-Tenant": "1"}, on_request=lambda event: {"X-Call": str(event.call)})
    traced = Trustoo(access_token="EXAMPLE", **otel.hooks(on_request=heard, on_response=heard))
    assert_type(traced.with_options(**otel.hooks(), headers={"X-Task": "1"}), Trustoo)


async def clients_asyncio() -> None:
    async with AsyncTrustoo(access_token="EXAMPLE", proxy="http://127.0.0.1:9") as shop:
        assert_type(shop, AsyncTrustoo)
        assert_type(shop.with_options(timeout=1.5), AsyncTrustoo)


def surroundings(response: Response[ReviewPage]) -> None:
    assert_type(response.parsed.list, list[Review])
    assert_type(response.parsed.page.count, int | None)
    assert_type(response.parsed.received, int)
    assert_type(list(response.parsed), list[Review])
    assert_type(response.status_code, int)
    assert_type(response.headers, Mapping[str, str])
    assert_type(response.content, bytes)
    assert_type(response.request_id, str | None)


def models(review: Review) -> None:
    assert_type(review.content, str | None)
    assert_type(review.has("content"), bool)
    assert_type(review.keys(), Iterator[str])
    for name in review.extra:
        assert_type(name, str)


def uploads(shop: Trustoo) -> None:
    photo = shop.media.upload_image("kettle.jpg")
    assert_type(photo.url, str)
    shop.reviews.create(rating=5, author="Zoë", media=[photo])


async def uploads_asyncio(shop: AsyncTrustoo) -> None:
    photo = await shop.media.upload_image(b"GIF89a")
    await shop.reviews.create(rating=4, author="Zoë", media=[photo])


def errors(shop: Trustoo) -> None:
    try:
        shop.reviews.list()
    except NotFoundError as error:
        assert_type(error.code, int)
    except APIError as error:
        assert_type(error.message, str)
        assert_type(error.request_id, str | None)
        assert_type(error.retry_after, float | None)
    except HTTPStatusError as error:
        assert_type(error.status, int)
        assert_type(error.excerpt, str)
    except TransportError as error:
        assert_type(error.maybe_sent, bool)
    except OutcomeUnknownError as error:
        assert_type(error.operation, str)
    except UploadError as error:
        assert_type(error.stored_url, str | None)
    except TrustooError:
        raise
