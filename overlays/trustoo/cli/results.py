"""The result of one call: one object, several objects, or the fact that it was carried out."""

from __future__ import annotations

from trustoo_api.decoding import Listing, Model

from .operations import OperationSpec
from .output import Output

__all__ = ["show_result"]


def show_result(output: Output, spec: OperationSpec, found: object, *, show_secrets: bool = False) -> None:
    """Print the result of a call. Secrets are hidden, unless `show_secrets` is set."""
    if isinstance(found, Listing) and not output.as_json:
        found = found.list
    if isinstance(found, list) and not output.as_json:
        rows = [item.to_dict() for item in found]
        output.records(rows, [*dict.fromkeys(name for row in rows for name in row)])
    elif isinstance(found, Model) and show_secrets:
        output.record(found.to_dict())
    elif isinstance(found, Model):
        shown = spec.shown(found)
        output.record(shown or {"operation": spec.id, "status": "done"})
    elif isinstance(found, list):
        for item in spec.shown(found):
            output.json(item)
    else:
        output.record({"operation": spec.id, "status": "done"})
