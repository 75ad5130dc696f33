from typing import ClassVar

from ..types import Model


class ImageUploadCredentials(Model, kw_only=True, frozen=True, eq=False):
    """Credentials for uploading an image as a form. Further members may appear.

    Evidence: example (image-credentials).
    """

    access_id: str | None = None
    """Becomes the form field `OSSAccessKeyId`. It identifies the key and is not the secret."""

    host: str | None = None
    """Where to post the form."""

    expire: str | None = None
    """Unix seconds in a string. The policy expires at this time."""

    signature: str | None = None
    """Becomes the form field `Signature`."""

    policy: str | None = None
    """Base64. Send it unchanged."""

    dir: str | None = None
    """Start of the object's key, ending in a slash and containing the day."""

    callback: str | None = None
    """Opaque base64. Send it unchanged."""

    secret_: ClassVar[frozenset[str]] = frozenset(
        {
            "signature",
            "policy",
            "callback",
        }
    )
