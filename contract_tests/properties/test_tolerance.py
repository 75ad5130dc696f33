"""One member of a good response has any other value: the response is read, and everything else reads as before."""

import json
from copy import deepcopy
from typing import Any
from zlib import crc32

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from contract_tests.properties.decoding import check
from contract_tests.properties.inputs import Input, good_responses
from contract_tests.properties.mutations import DATES, OTHERS, places
from contract_tests.support import options
from contract_tests.support.spec import OPERATIONS, SPEC, data_schema, types_of


def _has_members(operation: str) -> bool:
    schema = data_schema(operation)
    return schema is not None and ("array" in types_of(schema) or bool(SPEC.properties(SPEC.resolve(schema))))


SELECTED = [operation for operation in OPERATIONS if options.only in (None, operation) and _has_members(operation)]
SPELLINGS = ("0", "1", "1.0", "-3", "01", " 1", "1e3", "1e400", "NaN", "null", "true", "[]", "{}", "0000-00-00")
NUMBERS = (0.0, 1.0, -0.0, 4.5, 2.0**53, 1e300, 1750000000, 1750000000000, 10**400)
VALUES = st.recursive(
    st.sampled_from([*OTHERS, *DATES, *SPELLINGS, *NUMBERS, True, False, None])
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "list", "url", "x"]), inner),
    max_leaves=4,
)


@st.composite
def odd_responses(draw: Any, operation: str) -> bytes:
    """A good response with an envelope, in whose data one value is replaced."""
    response = deepcopy(draw(good_responses(operation).filter(lambda found: found.get("data"))))
    container, key = draw(st.sampled_from([*places(response["data"])]))
    container[key] = draw(VALUES)
    return json.dumps(response, ensure_ascii=draw(st.booleans())).encode()


@pytest.mark.parametrize("operation", SELECTED)
def test_a_value_of_any_kind_in_the_data_never_loses_the_response(operation: str) -> None:
    @seed(crc32(f"{options.seed}/{operation}".encode()))
    @settings(
        max_examples=2 * options.cases,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(odd_responses(operation))
    def inspect(content: bytes) -> None:
        assert check(operation, Input("odd", 200, (), content)) == "value", content

    inspect()
