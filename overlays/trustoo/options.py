"""What a call can override, beside credentials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ._version import __version__
from .errors import ConfigurationError
from .events import Hook
from .retry import RetryPolicy

__all__ = ["Options"]


@dataclass(frozen=True, slots=True)
class Options:
    """What a call can override; `Trustoo` says what the values mean."""

    timeout: float = 30.0
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    application: str = ""
    on_request: Hook | None = None
    on_response: Hook | None = None
    on_retry: Hook | None = None

    def __post_init__(self) -> None:
        number = isinstance(self.timeout, int | float) and not isinstance(self.timeout, bool)
        if not number or not 0 < self.timeout < float("inf"):
            raise ConfigurationError(f"timeout must be a positive number of seconds, not {self.timeout!r}.")
        if not (self.application.isascii() and (self.application.isprintable() or not self.application)):
            raise ConfigurationError(f"application must be printable ASCII, not {self.application!r}.")

    @property
    def user_agent(self) -> str:
        """The User-Agent header: the application's name, if any, and ours."""
        return f"{self.application} trustoo/{__version__}".strip()

    def with_changes(self, given: Mapping[str, Any]) -> Options:
        """The same with those of the `given` settings that are options."""
        return replace(self, **{name: given[name] for name in self.__slots__ if name in given})
