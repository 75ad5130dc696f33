from ..types import Model


class Pagination(Model, kw_only=True, frozen=True, eq=False):
    """Position within a paged list.

    Evidence: field (clients).
    """

    page: int | None = None
    """This page's number."""

    page_size: int | None = None
    """Number of entries per page."""

    total_page: int | None = None
    """Number of pages."""

    count: int | None = None
    """Number of entries on all pages."""
