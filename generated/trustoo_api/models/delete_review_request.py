from ..types import Model


class DeleteReviewRequest(Model, kw_only=True, frozen=True, eq=False):
    """The review to delete.

    Evidence: field (clients).
    """

    id: str | int
    """The one client that deletes sends an integer; ids are read as strings."""
