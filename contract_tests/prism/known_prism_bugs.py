"""Where Prism 5.14.2 is known to be wrong about a valid request or an invalid one, each with its reason.

Requests that would end its process are caught in `guard.cjs`. What stands here is checked as far as it goes: the
wire of a refused call is still compared, and the client must still raise a documented error.
"""

from typing import Any

from contract_tests.support.cases import body_of, wire_query
from contract_tests.support.known import Known
from contract_tests.support.spec import body_pointer, is_valid, parameters


def refuses_although_valid(case: Any, operation: str) -> Known | None:
    """Why Prism refuses this valid case, None when it should not."""
    required = {name for name, about in parameters(operation).items() if about.get("required")}
    if any(value == "" and name in required for name, value in wire_query(case)):
        return Known("Prism takes a required query parameter with an empty value for a missing one")
    return None


def accepts_although_invalid(case: Any, operation: str) -> str | None:
    """Why Prism is right, or known to be lenient, to accept this negative case; None when it should not be."""
    body = body_of(case)
    if body is not None and not is_valid(body_pointer(operation), body):
        return None
    known = parameters(operation)
    for name, values in _by_name(wire_query(case)).items():
        if name not in known:
            continue
        declared = known[name]["schema"]
        if declared.get("type") == "integer" and not all(map(_reads_as_integer, values)):
            return None
        if declared.get("type") != "array" and len(values) > 1:
            return "Prism takes a parameter that is given several times for its values joined"
    missing = {name for name, about in known.items() if about.get("required")} - set(_by_name(wire_query(case)))
    if missing:
        return None
    return "accepted by design: as text in a query, or as a member that no schema names, the value is valid"


def _by_name(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _reads_as_integer(text: str) -> bool:
    try:
        return float(text.strip() or 0).is_integer()  # as JavaScript, which reads white space as 0
    except (ValueError, OverflowError):
        return False
