from ..types import Model


class VideoUpload(Model, kw_only=True, frozen=True, eq=False):
    """Inferred object. Nothing is known about its members.

    Evidence: inferred (navigation).
    """
