"""What the API's description says, in the form a server asks for it: by path, and with a sample of each answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from trustoo_api.operations import OPERATIONS
from trustoo_api.types import Operation

__all__ = ["SAMPLES", "Routes", "Sample", "at", "routes"]

Routes = list[tuple[re.Pattern[str], dict[str, Operation]]]


@dataclass(frozen=True, slots=True)
class Sample:
    """A success envelope of one operation, and what a request for it cannot do without."""

    answer: Mapping[str, Any]
    required_parameters: tuple[str, ...]
    required_members: tuple[str, ...] | None
    """None: no body is asked for."""
    scopes_by_topic: Mapping[str, str]
    """Scopes that depend on the body's `topic`."""
    examples: Mapping[str, Any]
    """Examples of query parameters by name."""
    parameters: Mapping[str, Mapping[str, Any]]
    """Schemas of query parameters by name."""
    body: Mapping[str, Any] | None
    """The body's schema."""

    @property
    def is_paged(self) -> bool:
        """Whether the data is a page of a list."""
        data = self.answer.get("data")
        return isinstance(data, dict) and isinstance(data.get("page"), dict) and isinstance(data.get("list"), list)


def _samples(text: str) -> dict[str, Sample]:
    return {
        operation: Sample(
            known["answer"],
            tuple(known["required_parameters"]),
            None if known["required_members"] is None else tuple(known["required_members"]),
            known["scopes_by_topic"],
            known["examples"],
            known["parameters"],
            known["body"],
        )
        for operation, known in json.loads(text).items()
    }


def routes(operations: Iterable[Operation]) -> Routes:
    """A pattern for each path with its operations by method; paths without parameters come first."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    ordered = sorted(by_path.items(), key=lambda route: route[0].count("{"))
    return [(re.compile(re.sub(r"\\\{[^/]*?\\\}", "[^/]+", re.escape(path))), known) for path, known in ordered]


SAMPLES = _samples(files("trustoo_api").joinpath("samples.json").read_text(encoding="utf-8"))
ROUTES = routes(OPERATIONS.values())


def at(path: str, known: Routes = ROUTES) -> dict[str, Operation]:
    """The operations of a path by method; none for an unknown path."""
    return next((operations for pattern, operations in known if pattern.fullmatch(path)), {})
