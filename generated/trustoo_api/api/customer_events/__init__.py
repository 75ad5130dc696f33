"""Events of shoppers at the review widgets."""

from functools import cached_property

from ...resources import AsyncRawResource, AsyncResource, Method, PaginatedMethod, RawResource, SyncResource
from . import customer_events_list


class _Operations:
    list = Method(customer_events_list.build, customer_events_list.DECODER)
    """Customer events by filter, page by page."""


class _Iterations:
    iterate = PaginatedMethod(customer_events_list.iterate)
    """Every item of `list`, fetched page by page during iteration."""


class CustomerEventsRawResource(_Operations, RawResource):
    """Events of shoppers at the review widgets. Each method returns the whole response."""


class AsyncCustomerEventsRawResource(_Operations, AsyncRawResource):
    """Events of shoppers at the review widgets. Each method returns the whole response."""


class CustomerEventsResource(_Operations, _Iterations, SyncResource):
    """Events of shoppers at the review widgets."""

    @cached_property
    def with_raw_response(self) -> CustomerEventsRawResource:
        """The same methods. They return the result as `.parsed`, with status, headers, request id and bytes."""
        return CustomerEventsRawResource(self._client)


class AsyncCustomerEventsResource(_Operations, _Iterations, AsyncResource):
    """Events of shoppers at the review widgets."""

    @cached_property
    def with_raw_response(self) -> AsyncCustomerEventsRawResource:
        """The same methods. They return the result as `.parsed`, with status, headers, request id and bytes."""
        return AsyncCustomerEventsRawResource(self._client)
