"""All operations by tag, and the resources of a client."""

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..client import AsyncClient, SyncClient
    from .customer_events import AsyncCustomerEventsResource, CustomerEventsResource
    from .customers import AsyncCustomersResource, CustomersResource
    from .media import AsyncMediaResource, MediaResource
    from .oauth import AsyncOauthResource, OauthResource
    from .orders import AsyncOrdersResource, OrdersResource
    from .platform import AsyncPlatformResource, PlatformResource
    from .reviews import AsyncReviewsResource, ReviewsResource
    from .tokens import AsyncTokensResource, TokensResource
    from .webhooks import AsyncWebhooksResource, WebhooksResource
else:
    AsyncClient = SyncClient = object  # so that a client loads no decoder before its first call


class Resources(SyncClient):
    """The resources of the API. A subclass is the client that sends their requests."""

    @cached_property
    def oauth(self) -> "OauthResource":
        """Getting, refreshing and revoking OAuth2 tokens for a platform."""
        from .oauth import OauthResource

        return OauthResource(self)

    @cached_property
    def platform(self) -> "PlatformResource":
        """Whether a shop has installed or authorised a platform, and how to end the authorisation."""
        from .platform import PlatformResource

        return PlatformResource(self)

    @cached_property
    def webhooks(self) -> "WebhooksResource":
        """Subscriptions to review and customer-event notifications."""
        from .webhooks import WebhooksResource

        return WebhooksResource(self)

    @cached_property
    def reviews(self) -> "ReviewsResource":
        """Reading, writing and counting reviews."""
        from .reviews import ReviewsResource

        return ReviewsResource(self)

    @cached_property
    def media(self) -> "MediaResource":
        """Credentials for uploading review images and videos."""
        from .media import MediaResource

        return MediaResource(self)

    @cached_property
    def orders(self) -> "OrdersResource":
        """Orders in the review-request pipeline."""
        from .orders import OrdersResource

        return OrdersResource(self)

    @cached_property
    def customer_events(self) -> "CustomerEventsResource":
        """Events of shoppers at the review widgets."""
        from .customer_events import CustomerEventsResource

        return CustomerEventsResource(self)

    @cached_property
    def customers(self) -> "CustomersResource":
        """E-mail opt-outs and the list of customers who are never invited."""
        from .customers import CustomersResource

        return CustomersResource(self)

    @cached_property
    def tokens(self) -> "TokensResource":
        """A merchant's own API tokens, read with a merchant session."""
        from .tokens import TokensResource

        return TokensResource(self)


class AsyncResources(AsyncClient):
    """The resources of the API, for asyncio. A subclass is the client that sends their requests."""

    @cached_property
    def oauth(self) -> "AsyncOauthResource":
        """Getting, refreshing and revoking OAuth2 tokens for a platform."""
        from .oauth import AsyncOauthResource

        return AsyncOauthResource(self)

    @cached_property
    def platform(self) -> "AsyncPlatformResource":
        """Whether a shop has installed or authorised a platform, and how to end the authorisation."""
        from .platform import AsyncPlatformResource

        return AsyncPlatformResource(self)

    @cached_property
    def webhooks(self) -> "AsyncWebhooksResource":
        """Subscriptions to review and customer-event notifications."""
        from .webhooks import AsyncWebhooksResource

        return AsyncWebhooksResource(self)

    @cached_property
    def reviews(self) -> "AsyncReviewsResource":
        """Reading, writing and counting reviews."""
        from .reviews import AsyncReviewsResource

        return AsyncReviewsResource(self)

    @cached_property
    def media(self) -> "AsyncMediaResource":
        """Credentials for uploading review images and videos."""
        from .media import AsyncMediaResource

        return AsyncMediaResource(self)

    @cached_property
    def orders(self) -> "AsyncOrdersResource":
        """Orders in the review-request pipeline."""
        from .orders import AsyncOrdersResource

        return AsyncOrdersResource(self)

    @cached_property
    def customer_events(self) -> "AsyncCustomerEventsResource":
        """Events of shoppers at the review widgets."""
        from .customer_events import AsyncCustomerEventsResource

        return AsyncCustomerEventsResource(self)

    @cached_property
    def customers(self) -> "AsyncCustomersResource":
        """E-mail opt-outs and the list of customers who are never invited."""
        from .customers import AsyncCustomersResource

        return AsyncCustomersResource(self)

    @cached_property
    def tokens(self) -> "AsyncTokensResource":
        """A merchant's own API tokens, read with a merchant session."""
        from .tokens import AsyncTokensResource

        return AsyncTokensResource(self)
