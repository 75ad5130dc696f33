"""The type of the entries of `operations.py`. Its module is separate, so that importing them loads nothing else."""

from typing import NamedTuple


class Operation(NamedTuple):
    """The facts of `openapi.yaml` about one operation. `operations.py` has the instances."""

    id: str
    method: str
    path: str
    credentials: tuple[str, ...]
    """Kinds of credentials that it accepts: "hmac", "bearer", "merchant_session". Empty if it is sent without any."""
    scopes: tuple[str, ...]
    evidence: str
    sources: tuple[str, ...]
    redirect_to: str | None = None
    """The member of `data` that the Location of a documented redirect fills."""
    title: str = ""
    """The title of the vendor's page on it. Empty if there is no page."""
    anonymous: bool = False
    """Whether it may also be sent without credentials."""
    deprecated: bool = False
    """Whether the vendor plans to remove it."""
    deprecated_arguments: tuple[str, ...] = ()
    """The wire names of the parameters and members of the body that the vendor plans to remove."""

    @property
    def is_write(self) -> bool:
        """Whether a call of the operation may change something."""
        return self.method != "GET"
