"""What a caller sees of a response depends on what it says and not on how it is written, and survives the way there and
back."""

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

ASKED_FOR = [operation for operation in OPERATIONS if options.only in (None, operation)]
pytestmark = pytest.mark.filterwarnings("ignore::trustoo.UnverifiedOperationWarning")
WITH_DATA = [operation for operation in ASKED_FOR if data_schema(operation) is not None]


def read(operation: str, content: bytes) -> Any:
    """The value in a response, or the name of the error where it has none."""
    try:
        return decode(operation, Input("good", 200, (), content)).parsed
    except ResponseDecodeError as error:
        return type(error).__name__


def seen(value: Any) -> Any:
    """What is seen in the attributes, as text: the texts of dates left out, which are as they were written."""

    def without_texts(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: without_texts(item) for name, item in part.items() if not name.endswith("_text")}
        return [without_texts(item) for item in part] if isinstance(part, list) else repr(part)

    return without_texts(known(value))


def to_dict(value: Any) -> Any:
    return [item.to_dict() for item in value] if isinstance(value, list) else value.to_dict()


@pytest.mark.parametrize("operation", ASKED_FOR)
def test_a_response_written_otherwise_reads_the_same(operation: str) -> None:
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
