from typing import ClassVar

from ..types import Model


class AuthorizationCode(Model, kw_only=True, frozen=True, eq=False):
    """The outcome of an authorisation as JSON.

    Evidence: example (authorize-2026-05).
    """

    code: str | None = None
    """To be exchanged for tokens."""

    redirect_url: str | None = None
    """The complete callback address, which contains the code."""

    state: str | None = None
    """The value that the caller sent."""

    secret_: ClassVar[frozenset[str]] = frozenset(
        {
            "code",
            "redirect_url",
        }
    )
