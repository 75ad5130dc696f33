"""All operations by tag, and the resources that a client offers."""

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..client import AsyncTransport, Transport
    from .customer_events import AsyncCustomerEvents, CustomerEvents
    from .customers import AsyncCustomers, Customers
    from .media import AsyncMedia, Media
    from .oauth import AsyncOauth, Oauth
    from .orders import AsyncOrders, Orders
    from .platform import AsyncPlatform, Platform
    from .reviews import AsyncReviews, Reviews
    from .tokens import AsyncTokens, Tokens
    from .webhooks import AsyncWebhooks, Webhooks


class Resources:
    """The resources of the API; a subclass is their transport."""

    _transport: "Transport"

    @cached_property
    def oauth(self) -> "Oauth":
        from .oauth import Oauth

        return Oauth(self._transport)

    @cached_property
    def platform(self) -> "Platform":
        from .platform import Platform

        return Platform(self._transport)

    @cached_property
    def webhooks(self) -> "Webhooks":
        from .webhooks import Webhooks

        return Webhooks(self._transport)

    @cached_property
    def reviews(self) -> "Reviews":
        from .reviews import Reviews

        return Reviews(self._transport)

    @cached_property
    def media(self) -> "Media":
        from .media import Media

        return Media(self._transport)

    @cached_property
    def orders(self) -> "Orders":
        from .orders import Orders

        return Orders(self._transport)

    @cached_property
    def customer_events(self) -> "CustomerEvents":
        from .customer_events import CustomerEvents

        return CustomerEvents(self._transport)

    @cached_property
    def customers(self) -> "Customers":
        from .customers import Customers

        return Customers(self._transport)

    @cached_property
    def tokens(self) -> "Tokens":
        from .tokens import Tokens

        return Tokens(self._transport)


class AsyncResources:
    """The resources of the API, for asyncio; a subclass is their transport."""

    _transport: "AsyncTransport"

    @cached_property
    def oauth(self) -> "AsyncOauth":
        from .oauth import AsyncOauth

        return AsyncOauth(self._transport)

    @cached_property
    def platform(self) -> "AsyncPlatform":
        from .platform import AsyncPlatform

        return AsyncPlatform(self._transport)

    @cached_property
    def webhooks(self) -> "AsyncWebhooks":
        from .webhooks import AsyncWebhooks

        return AsyncWebhooks(self._transport)

    @cached_property
    def reviews(self) -> "AsyncReviews":
        from .reviews import AsyncReviews

        return AsyncReviews(self._transport)

    @cached_property
    def media(self) -> "AsyncMedia":
        from .media import AsyncMedia

        return AsyncMedia(self._transport)

    @cached_property
    def orders(self) -> "AsyncOrders":
        from .orders import AsyncOrders

        return AsyncOrders(self._transport)

    @cached_property
    def customer_events(self) -> "AsyncCustomerEvents":
        from .customer_events import AsyncCustomerEvents

        return AsyncCustomerEvents(self._transport)

    @cached_property
    def customers(self) -> "AsyncCustomers":
        from .customers import AsyncCustomers

        return AsyncCustomers(self._transport)

    @cached_property
    def tokens(self) -> "AsyncTokens":
        from .tokens import AsyncTokens

        return AsyncTokens(self._transport)
