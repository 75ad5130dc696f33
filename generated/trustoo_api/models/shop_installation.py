from datetime import datetime

import msgspec

from ..types import Model, instant


class ShopInstallation(Model, kw_only=True, frozen=True, eq=False):
    """States whether a shop has installed the platform, and since when.

    Evidence: example (installation-status-2026-05).
    """

    is_installed: int | None = None
    """1 for yes."""

    installed_at_text: str | None = msgspec.field(default=None, name="installed_at")
    """Since when."""

    @property
    def installed_at(self) -> datetime | None:
        """`installed_at` as an aware UTC date-time. None if the text is missing or has an unknown format."""
        return instant(self.installed_at_text)
