from ..types import Model


class DeleteReviewRequest(Model, kw_only=True, frozen=True, eq=False):
    """The review to delete.

    Evidence: field (clients).
    """

    id: str | int
    """Id of the review to delete. The only known client that deletes reviews sends an integer. Ids in responses are read as strings."""
