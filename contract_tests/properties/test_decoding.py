"""Everything that a server sends for an operation becomes a complete value or a documented error."""

import pytest

from contract_tests.properties.decoding import explore
from contract_tests.properties.inputs import KINDS
from contract_tests.report import recording
from contract_tests.support import options
from contract_tests.support.spec import OPERATIONS

SELECTED = [operation for operation in OPERATIONS if options.only in (None, operation)]


@pytest.mark.parametrize("strict", [False, True], ids=["tolerant", "strict"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("operation", SELECTED)
def test_any_response_is_a_complete_value_or_a_documented_error(operation: str, kind: str, strict: bool) -> None:
    counts = explore(operation, kind, options.cases, options.seed, strict)
    recording.checked(operation, counts.total())
    assert counts.total() >= options.cases
    if kind == "mutated" and options.cases >= 20:
        assert counts["value"] > 0, f"Nothing was read: {counts}"
        assert len(counts) > 1, f"Nothing was refused: {counts}"
