"""What the flow of a call asks of whoever drives it, beside a Wire to be sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from .transport import Wire

__all__ = ["Pause", "Step", "TokenWanted"]


@dataclass(frozen=True, slots=True)
class Pause:
    """The flow wants to wait."""

    seconds: float


@dataclass(frozen=True, slots=True)
class TokenWanted:
    """The flow wants an access token from the credentials' `tokens`."""

    rejected: str | None = field(default=None, repr=False)


Step: TypeAlias = Wire | Pause | TokenWanted
