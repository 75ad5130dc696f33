"""What a live run calls: reads whose path is documented, with ids of a listing's response, and two signing probes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from trustoo import SigningProbe, signing_probes
from trustoo_api.operations import OPERATIONS, REVIEWS_LIST
from trustoo_api.types import Operation

from contract_tests.support.spec import SPEC, parameters

__all__ = ["NEEDS", "PAGE_SIZE", "Need", "NeedsId", "NeedsProducts", "NeedsSecondPage", "Step", "entries_of", "plan"]

PAGE_SIZE = 10
"""The size of the pages. It is not the documented default, so that a service which ignores the parameter shows."""


class Need(Protocol):
    """What a call takes from earlier responses."""

    def arguments_from(self, responses: Mapping[str, Any]) -> dict[str, Any] | str:
        """The arguments, given the JSON responses so far by step; or the reason why the call is left out."""
        ...


@dataclass(frozen=True)
class NeedsId:
    """A parameter whose value must come from an earlier response."""

    parameter: str
    listing: str
    """The operation that lists it, among the entries of its `data.list`."""
    member: str
    otherwise: Mapping[str, int] | None = None
    """What to ask instead where the listing has none; None: the call is left out."""

    def arguments_from(self, responses: Mapping[str, Any]) -> dict[str, Any] | str:
        """See Need."""
        for value in _values(responses.get(self.listing), self.member):
            return {self.parameter: value}
        return f"{self.listing} gave no {self.member} to call it with" if self.otherwise is None else {**self.otherwise}


@dataclass(frozen=True)
class NeedsSecondPage:
    """A listing that has a second page."""

    listing: str

    def arguments_from(self, responses: Mapping[str, Any]) -> dict[str, Any] | str:
        """See Need."""
        full = len(entries_of(responses.get(self.listing))) >= PAGE_SIZE
        return {"page": 2, "page_size": PAGE_SIZE} if full else f"{self.listing} has no second page"


@dataclass(frozen=True)
class NeedsProducts:
    """A signing probe, which asks for products of the shop."""

    name: str

    def probe(self, responses: Mapping[str, Any]) -> SigningProbe:
        """The probe, with products among the reviews."""
        known = _values(responses.get(REVIEWS_LIST.id), "product_id")
        return next(probe for probe in signing_probes(known) if probe.name == self.name)

    def arguments_from(self, responses: Mapping[str, Any]) -> dict[str, Any] | str:
        """See Need."""
        return dict(self.probe(responses).arguments)


@dataclass(frozen=True)
class Step:
    """One call."""

    operation: Operation
    arguments: Mapping[str, int] = field(default_factory=dict)
    need: Need | None = None
    about: str = ""
    """What distinguishes the call from the operation's first call."""
    is_control: bool = False
    """Whether the call is signed with a wrong private token. Then the service must refuse it."""

    @property
    def name(self) -> str:
        """The step in reports."""
        return f"{self.operation.id}, {self.about}" if self.about else self.operation.id

    def arguments_after(self, responses: Mapping[str, Any]) -> dict[str, Any] | str:
        """What to pass, given the JSON responses so far by step; or the reason why the call is left out."""
        needed = {} if self.need is None else self.need.arguments_from(responses)
        return needed if isinstance(needed, str) else {**self.arguments, **needed}


NEEDS = {
    "reviews.get": NeedsId("id", "reviews.list", "id"),
    "reviews.rating": NeedsId("product_id", "reviews.list", "product_id", otherwise={"is_store_rating": 1}),
}
# A small page; and parameters are what a signature rule can be wrong about.
_PAGE = {"page": 1, "page_size": PAGE_SIZE}


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
            steps.append(Step(operation, _PAGE if _is_paged(name) else {}, need))
    steps.sort(key=lambda step: step.need is not None)
    steps += [
        Step(step.operation, need=NeedsSecondPage(step.name), about="page 2")
        for step in steps
        if _is_paged(step.operation.id)
    ]
    return steps + (_probes() if kind == "hmac" else []), left_out


def _probes() -> list[Step]:
    """The signing probes, and a read with a wrong signature, without which an accepted probe shows nothing.

    They come last, because a refused call may count against the shop.
    """
    probe = partial(Step, REVIEWS_LIST)
    return [
        *(probe(need=NeedsProducts(about.name), about=about.name) for about in signing_probes()),
        probe({"page": 1, "page_size": 1}, about="wrong signature", is_control=True),
    ]


def _is_paged(operation: str) -> bool:
    return SPEC.item_of_pages(SPEC.by_id[operation][2]) is not None


def entries_of(response: Any) -> list[Any]:
    """The entries of a listing's `data.list`; none for another response."""
    data = response.get("data") if isinstance(response, dict) else None
    entries = data.get("list") if isinstance(data, dict) else None
    return entries if isinstance(entries, list) else []


def _values(response: Any, member: str) -> list[str]:
    """The ids in a member of a listing's entries, as text."""
    values = [entry.get(member) for entry in entries_of(response) if isinstance(entry, dict)]
    return [
        str(value) for value in values if isinstance(value, str | int) and not isinstance(value, bool) and value != ""
    ]
