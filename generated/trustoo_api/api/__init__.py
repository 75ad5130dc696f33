"""All operations by tag, and the resources of a client."""

from functools import cached_property
from typing import TYPE_CHECKING

from ..client import AsyncClient, SyncClient

if TYPE_CHECKING:
    from .customer_events import AsyncCustomerEvents, CustomerEvents
    from .customers import AsyncCustomers, Customers
    from .media import AsyncMedia, Media
    from .oauth import AsyncOauth, Oauth
    from .orders import AsyncOrders, Orders
    from .platform import AsyncPlatform, Platform
    from .reviews import AsyncReviews, Reviews
    from .tokens import AsyncTokens, Tokens
    from .webhooks import AsyncWebhooks, Webhooks


class Resources(SyncClient):
    """The resources of the API. A subclass is the client that sends their requests."""

    @cached_property
    def oauth(self) -> "Oauth":
        from .oauth import Oauth

        return Oauth(self)

    @cached_property
    def platform(self) -> "Platform":
        from .platform import Platform

        return Platform(self)

    @cached_property
    def webhooks(self) -> "Webhooks":
        from .webhooks import Webhooks

        return Webhooks(self)

    @cached_property
    def reviews(self) -> "Reviews":
        from .reviews import Reviews

        return Reviews(self)

    @cached_property
    def media(self) -> "Media":
        from .media import Media

        return Media(self)

    @cached_property
    def orders(self) -> "Orders":
        from .orders import Orders

        return Orders(self)

    @cached_property
    def customer_events(self) -> "CustomerEvents":
        from .customer_events import CustomerEvents

        return CustomerEvents(self)

    @cached_property
    def customers(self) -> "Customers":
        from .customers import Customers

        return Customers(self)

    @cached_property
    def tokens(self) -> "Tokens":
        from .tokens import Tokens

        return Tokens(self)


class AsyncResources(AsyncClient):
    """The resources of the API, for asyncio. A subclass is the client that sends their requests."""

    @cached_property
    def oauth(self) -> "AsyncOauth":
        from .oauth import AsyncOauth

        return AsyncOauth(self)

    @cached_property
    def platform(self) -> "AsyncPlatform":
        from .platform import AsyncPlatform

        return AsyncPlatform(self)

    @cached_property
    def webhooks(self) -> "AsyncWebhooks":
        from .webhooks import AsyncWebhooks

        return AsyncWebhooks(self)

    @cached_property
    def reviews(self) -> "AsyncReviews":
        from .reviews import AsyncReviews

        return AsyncReviews(self)

    @cached_property
    def media(self) -> "AsyncMedia":
        from .media import AsyncMedia

        return AsyncMedia(self)

    @cached_property
    def orders(self) -> "AsyncOrders":
        from .orders import AsyncOrders

        return AsyncOrders(self)

    @cached_property
    def customer_events(self) -> "AsyncCustomerEvents":
        from .customer_events import AsyncCustomerEvents

        return AsyncCustomerEvents(self)

    @cached_property
    def customers(self) -> "AsyncCustomers":
        from .customers import AsyncCustomers

        return AsyncCustomers(self)

    @cached_property
    def tokens(self) -> "AsyncTokens":
        from .tokens import AsyncTokens

        return AsyncTokens(self)
