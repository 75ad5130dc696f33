"""The type of `operations.py`'s entries, in a module of its own so that importing them loads nothing else."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operation:
    """The facts of `openapi.yaml` about one operation. `operations.py` has the instances."""

    id: str
    method: str
    path: str
    credentials: tuple[str, ...]
    """Kinds that authenticate it: "hmac", "bearer", "merchant_session"; empty: sent without any."""
    scopes: tuple[str, ...]
    evidence: str
    sources: tuple[str, ...]
    redirect_to: str | None = None
    """The member of `data` that the Location of a documented redirect fills."""

    @property
    def is_write(self) -> bool:
        """Whether calling it may change something."""
        return self.method != "GET"
