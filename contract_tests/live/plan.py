"""What a live run calls: reads whose path is documented, ids taken from a listing's response."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trustoo_api.operations import OPERATIONS
from trustoo_api.types import Operation

from contract_tests.support.spec import SPEC, parameters

__all__ = ["NEEDS", "Need", "Step", "plan"]


@dataclass(frozen=True)
class Need:
    """A parameter whose value must come from an earlier response."""

    parameter: str
    listing: str
    """The operation that lists it, among the entries of its `data.list`."""
    member: str
    otherwise: Mapping[str, int] | None = None
    """What to ask instead where the listing has none; None: the call is left out."""


NEEDS = {
    "reviews.get": Need("id", "reviews.list", "id"),
    "reviews.rating": Need("product_id", "reviews.list", "product_id", otherwise={"is_store_rating": 1}),
}
# A small page; and parameters are what a signature rule can be wrong about.
_PAGE = {"page": 1, "page_size": 20}


@dataclass(frozen=True)
class Step:
    """One call."""

    operation: Operation
    arguments: Mapping[str, int] = field(default_factory=dict)
    need: Need | None = None

    def arguments_after(self, responses: Mapping[str, Any]) -> dict[str, Any] | None:
        """What to pass, given the JSON responses so far by operation; None where a needed value was not among them."""
        if self.need is None:
            return dict(self.arguments)
        for entry in _entries(responses.get(self.need.listing)):
            value = entry.get(self.need.member) if isinstance(entry, dict) else None
            if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
                return {**self.arguments, self.need.parameter: str(value)}
        return None if self.need.otherwise is None else {**self.arguments, **self.need.otherwise}


def plan(kind: str) -> tuple[list[Step], dict[str, str]]:
    """The calls for credentials of `kind` ("hmac" or "bearer") in their order, and why other reads are left out."""
    steps, left_out = [], {}
    for name, operation in OPERATIONS.items():
        if operation.is_write:
            continue
        given = parameters(name)
        required = [parameter for parameter, about in given.items() if about.get("required")]
        need = NEEDS.get(name)
        if operation.evidence != "documented":
            left_out[name] = f"its path is not documented ({operation.evidence})"
        elif operation.credentials and kind not in operation.credentials:
            left_out[name] = f"it takes {' or '.join(operation.credentials)}, and this run has {kind}"
        elif missing := [parameter for parameter in required if need is None or parameter != need.parameter]:
            left_out[name] = f"it requires {', '.join(missing)}, which no listing gives"
        else:
            page = _PAGE if SPEC.item_of_pages(SPEC.by_id[name][2]) else {}
            steps.append(Step(operation, page, need))
    return sorted(steps, key=lambda step: step.need is not None), left_out


def _entries(response: Any) -> list[Any]:
    data = response.get("data") if isinstance(response, dict) else None
    entries = data.get("list") if isinstance(data, dict) else None
    return entries if isinstance(entries, list) else []
