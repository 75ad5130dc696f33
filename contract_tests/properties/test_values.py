"""The values that a caller sees depend on the content of a response and not on its encoding.

The values stay the same when they are written and read again.
"""

import json
from typing import Any

import pytest
from trustoo import ResponseDecodeError
from trustoo_api.types import Model

from contract_tests.properties.decoding import decode, known
from contract_tests.properties.equivalent_encodings import twice
from contract_tests.properties.inputs import Input, good_responses
from contract_tests.properties.runs import check_all
from contract_tests.support import options
from contract_tests.support.spec import OPERATIONS, data_schema

SELECTED = [operation for operation in OPERATIONS if options.only in (None, operation)]
pytestmark = pytest.mark.filterwarnings("ignore::trustoo.UnverifiedOperationWarning")
WITH_DATA = [operation for operation in SELECTED if data_schema(operation) is not None]


def read(operation: str, content: bytes) -> Any:
    """Return the value in a response, or the name of the error if the response has no value."""
    try:
        return decode(operation, Input("good", 200, (), content)).parsed
    except ResponseDecodeError as error:
        return type(error).__name__


def seen(value: Any) -> Any:
    """Return the values of the attributes as text. The texts of dates are omitted, because they keep their encoding."""

    def without_texts(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: without_texts(item) for name, item in part.items() if not name.endswith("_text")}
        return [without_texts(item) for item in part] if isinstance(part, list) else repr(part)

    return without_texts(known(value))


def to_dict(value: Any) -> Any:
    return [item.to_dict() for item in value] if isinstance(value, list) else value.to_dict()


@pytest.mark.parametrize("operation", SELECTED)
def test_an_equivalent_encoding_of_a_response_reads_the_same(operation: str) -> None:
    def check(contents: tuple[bytes, bytes]) -> None:
        one, other = (seen(read(operation, content)) for content in contents)
        assert one == other, f"{one} became {other}"

    check_all(operation, "responses", twice(operation), check)


@pytest.mark.parametrize("operation", WITH_DATA)
def test_a_value_that_is_written_and_read_again_is_the_same(operation: str) -> None:
    def check(response: Any) -> None:
        value = read(operation, json.dumps(response).encode())
        if not isinstance(value, Model | list):
            return  # a response without data
        again = read(operation, json.dumps({"code": 0, "data": to_dict(value)}).encode())
        assert seen(again) == seen(value)
        assert json.dumps(to_dict(again)) == json.dumps(to_dict(value))

    check_all(operation, "responses", good_responses(operation), check)
