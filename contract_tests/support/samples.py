"""One ordinary call of each operation. The required arguments come from the examples in the spec."""

from collections.abc import Callable
from functools import cache
from typing import Any

from trustoo_api.types import OperationRequest, ResponseDecoder

from contract_tests.support.shop import arguments, module
from contract_tests.support.spec import SPEC, parameters, parts


@cache
def sample_values(operation: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return (parameters, body): the required path and query parameters, and the first example of the body."""
    _, _, node = parts(operation)
    needed = [name for name, about in parameters(operation).items() if about.get("required")]
    query = {name: f"EXAMPLE-{name}" for name in needed}
    if "requestBody" not in node:
        return query, None
    examples = SPEC.resolve(node["requestBody"])["content"]["application/json"]["examples"]
    first: dict[str, Any] = SPEC.resolve(next(iter(examples.values())))["value"]
    return query, first


def sample(operation: str) -> tuple[Callable[[], OperationRequest], ResponseDecoder[Any]]:
    """Return a function that builds the request, and the decoder of the response."""
    generated, (query, body) = module(operation), sample_values(operation)
    return lambda: generated.build(**arguments(operation, query, body)), generated.DECODER
