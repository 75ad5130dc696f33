"""Reading, writing and counting reviews."""

from functools import cached_property

from ...resources import AsyncRawResource, AsyncResource, Method, PaginatedMethod, RawResource, SyncResource
from . import reviews_create, reviews_delete, reviews_get, reviews_list, reviews_rating


class _Operations:
    get = Method(reviews_get.build, reviews_get.DECODER)
    """One review."""
    list = Method(reviews_list.build, reviews_list.DECODER)
    """Reviews by filter, page by page."""
    create = Method(reviews_create.build, reviews_create.DECODER)
    """Add a review to a product or the store."""
    delete = Method(reviews_delete.build, reviews_delete.DECODER)
    """Delete a review."""
    rating = Method(reviews_rating.build, reviews_rating.DECODER)
    """Average and star counts."""


class _Iterations:
    iterate = PaginatedMethod(reviews_list.iterate)
    """Every item of `list`, fetched page by page during iteration."""


class ReviewsRawResource(_Operations, RawResource):
    """Reading, writing and counting reviews. Each method returns the whole response."""


class AsyncReviewsRawResource(_Operations, AsyncRawResource):
    """Reading, writing and counting reviews. Each method returns the whole response."""


class ReviewsResource(_Operations, _Iterations, SyncResource):
    """Reading, writing and counting reviews."""

    @cached_property
    def with_raw_response(self) -> ReviewsRawResource:
        """The same methods. They return the result as `.parsed`, with status, headers, request id and bytes."""
        return ReviewsRawResource(self._client)


class AsyncReviewsResource(_Operations, _Iterations, AsyncResource):
    """Reading, writing and counting reviews."""

    @cached_property
    def with_raw_response(self) -> AsyncReviewsRawResource:
        """The same methods. They return the result as `.parsed`, with status, headers, request id and bytes."""
        return AsyncReviewsRawResource(self._client)
