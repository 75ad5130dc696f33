from ..types import Model


class VideoUpload(Model, kw_only=True, frozen=True, eq=False):
    """Inferred object; nothing is known of its members.

    Evidence: inferred (navigation).
    """
