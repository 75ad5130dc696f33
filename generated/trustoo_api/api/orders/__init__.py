"""Orders in the review-request pipeline."""

from functools import cached_property

from ...resources import AsyncRawResource, AsyncResource, Method, PaginatedMethod, RawResource, SyncResource
from . import orders_list


class _Operations:
    list = Method(orders_list.build, orders_list.DECODER)
    """Orders by filter, page by page."""


class _Iterations:
    iterate = PaginatedMethod(orders_list.iterate)
    """Every item of `list`, fetched page by page during iteration."""


class OrdersRawResource(_Operations, RawResource):
    """Orders in the review-request pipeline. Each method returns the whole response."""


class AsyncOrdersRawResource(_Operations, AsyncRawResource):
    """Orders in the review-request pipeline. Each method returns the whole response."""


class OrdersResource(_Operations, _Iterations, SyncResource):
    """Orders in the review-request pipeline."""

    @cached_property
    def with_raw_response(self) -> OrdersRawResource:
        """The same methods. They return the result as `.parsed`, with status, headers, request id and bytes."""
        return OrdersRawResource(self._client)


class AsyncOrdersResource(_Operations, _Iterations, AsyncResource):
    """Orders in the review-request pipeline."""

    @cached_property
    def with_raw_response(self) -> AsyncOrdersRawResource:
        """The same methods. They return the result as `.parsed`, with status, headers, request id and bytes."""
        return AsyncOrdersRawResource(self._client)
