"""E-mail opt-outs and the list of customers who are never invited."""

from functools import cached_property

from ...resources import AsyncRawResource, AsyncResource, Method, PaginatedMethod, RawResource, SyncResource
from . import customers_exclude, customers_exclusions, customers_include, customers_unsubscribe


class _Operations:
    unsubscribe = Method(customers_unsubscribe.build, customers_unsubscribe.DECODER)
    """Stop e-mails of one kind to an address."""
    exclude = Method(customers_exclude.build, customers_exclude.DECODER)
    """Exclude a customer from invitations."""
    include = Method(customers_include.build, customers_include.DECODER)
    """End a customer's exclusion from invitations."""
    exclusions = Method(customers_exclusions.build, customers_exclusions.DECODER)
    """Customers who are excluded from invitations."""


class _Iterations:
    iterate_exclusions = PaginatedMethod(customers_exclusions.iterate)
    """Every item of `exclusions`, fetched page by page during iteration."""


class CustomersRawResource(_Operations, RawResource):
    """E-mail opt-outs and the list of customers who are never invited. Each method returns the whole response."""


class AsyncCustomersRawResource(_Operations, AsyncRawResource):
    """E-mail opt-outs and the list of customers who are never invited. Each method returns the whole response."""


class CustomersResource(_Operations, _Iterations, SyncResource):
    """E-mail opt-outs and the list of customers who are never invited."""

    @cached_property
    def with_raw_response(self) -> CustomersRawResource:
        """The same methods. They return the result as `.parsed`, with status, headers, request id and bytes."""
        return CustomersRawResource(self._client)


class AsyncCustomersResource(_Operations, _Iterations, AsyncResource):
    """E-mail opt-outs and the list of customers who are never invited."""

    @cached_property
    def with_raw_response(self) -> AsyncCustomersRawResource:
        """The same methods. They return the result as `.parsed`, with status, headers, request id and bytes."""
        return AsyncCustomersRawResource(self._client)
