"""Writes the same response in another encoding. The values that a caller sees must not depend on the encoding."""

import json
from typing import Any

from hypothesis import strategies as st

from contract_tests.properties.inputs import good_responses
from contract_tests.properties.mutations import Draw
from contract_tests.support.spec import SPEC, success_variants
from tools.spec import Node

NEEDED = frozenset(["data", "code", "message", "request_id", "time"])
"""Members of the envelope. Their absence has a meaning."""


def rewritten(draw: Draw, schema: Node, value: Any) -> Any:
    """Return `value` in an equivalent encoding.

    Members are in another order, ids are text or numbers, and dates have the other style. Missing members may become
    null and the other way round, empty lists may become null, and members that the spec does not know may be added.
    """
    schema = SPEC.resolve(schema)
    types = schema.get("type", ())
    if "anyOf" in schema:
        if isinstance(value, int) and not isinstance(value, bool) and {"type": "string"} in schema["anyOf"]:
            return str(value) if draw(st.booleans()) else value
        fitting = "array" if isinstance(value, list) else "object" if isinstance(value, dict) else ""
        variants = map(SPEC.resolve, schema["anyOf"])
        variant = next((one for one in variants if one.get("type") == fitting), None)
        return value if variant is None else rewritten(draw, variant, value)
    if isinstance(value, list):
        if not value and "null" in types and draw(st.booleans()):
            return None
        return [rewritten(draw, schema["items"], item) for item in value]
    if schema.get("format") == "instant" and draw(st.booleans()):
        return value.replace("T", " ").removesuffix("Z") if value.endswith("Z") else value.replace(" ", "T") + "Z"
    return _members(draw, schema, value) if isinstance(value, dict) else value


def _members(draw: Draw, schema: Node, value: dict[str, Any]) -> dict[str, Any]:
    known = SPEC.properties(schema)
    found = {name: rewritten(draw, known[name], item) if name in known else item for name, item in value.items()}
    optional = [name for name in known if name not in SPEC.required(schema) | NEEDED]
    for name in optional:
        if found.get(name, ...) is None and draw(st.booleans()):
            del found[name]
        elif name not in found and draw(st.integers(0, 3)) == 0:
            found[name] = None
    if schema.get("additionalProperties") is not False and draw(st.integers(0, 3)) == 0:
        found["EXAMPLE new"] = draw(st.sampled_from([None, 1, "x", [{}], {"id": 2}]))
    return {name: found[name] for name in draw(st.permutations(list(found)))}


def text(draw: Draw, value: Any) -> bytes:
    """Return the value as JSON in one of several encodings."""
    indent, ascii_only = draw(st.sampled_from([None, 1])), draw(st.booleans())
    return json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()


@st.composite
def twice(draw: Draw, operation: str) -> tuple[bytes, bytes]:
    """A good response, and the same response in another encoding."""
    response = draw(good_responses(operation))
    variants = list(success_variants(operation))
    schema = next((one for one in variants if ("message" in SPEC.properties(one)) is ("code" in response)), variants[0])
    return json.dumps(response).encode(), text(draw, rewritten(draw, schema, response))
