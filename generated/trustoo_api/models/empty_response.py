from ..types import Model


class EmptyResponse(Model, kw_only=True, frozen=True, eq=False, forbid_unknown_fields=True):
    """A response without any member.

    Evidence: example (revoke-2026-06).
    """
