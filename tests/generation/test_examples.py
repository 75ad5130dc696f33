"""The examples in docstrings have the values of the spec, or none are written."""

from __future__ import annotations

from typing import Any

from tests.generation.small import body, document, parameter, schema, success, text_of, with_schemas
from tools.examples import WIDTH
from tools.generate import facts
from tools.spec import Spec


def examples_of(spec: dict[str, Any]) -> dict[str, list[str]]:
    (fact,) = facts(Spec(text_of(spec).encode()))["operations"].values()
    found: dict[str, list[str]] = fact["examples"]
    return found


def with_sample(data: object) -> dict[str, Any]:
    response = success()
    response["content"]["application/json"]["examples"] = {"one": {"value": {"code": 0, "message": "", "data": data}}}
    return {"200": response}


def with_body(value: object) -> dict[str, Any]:
    sent = body()
    sent["content"]["application/json"]["examples"] = {"one": {"value": value}, "two": {"value": {}}}
    return sent


def test_a_required_argument_without_an_example_leaves_no_example() -> None:
    assert examples_of(document(parameters=[parameter("colour", "query", required=True)])) == {}
    about = [parameter("colour", "query", required=True, example='"red"\\')]
    assert examples_of(document(parameters=about))["call"] == ['>>> thing = shop.things.get(colour="\\"red\\"\\\\")']


def test_of_the_other_parameters_the_first_with_an_example_is_shown() -> None:
    about = [
        parameter("size", "query"),
        parameter("colour", "query", example="red"),
        parameter("page", "query", example=2),
    ]
    assert examples_of(document(parameters=about))["call"] == ['>>> thing = shop.things.get(colour="red")']


def test_the_first_example_of_a_body_becomes_arguments_without_its_objects_and_lists() -> None:
    sent = {"name": "kettle", "parts": [{"name": "lid"}], "colour": "red"}
    spec = document("post", requestBody=with_body(sent))
    about = schema(name={"type": "string"}, parts={"type": "array", "items": {}}, colour={"type": "string"})
    found = examples_of(with_schemas(spec, ThingRequest=about))
    assert found["call"] == ['>>> thing = shop.things.get(name="kettle", colour="red")']


def test_a_long_call_has_a_line_for_each_argument() -> None:
    spec = document("post", requestBody=with_body({"name": "n" * WIDTH, "colour": "red"}))
    about = schema(name={"type": "string"}, colour={"type": "string"})
    assert examples_of(with_schemas(spec, ThingRequest=about))["call"] == [
        ">>> thing = shop.things.get(",
        f'...     name="{"n" * WIDTH}",',
        '...     colour="red",',
        "... )",
    ]


def test_the_result_is_shown_by_its_first_plain_value_as_the_model_reads_it() -> None:
    members = {"made": {"type": "string", "format": "instant"}, "id": {"type": ["string", "integer"]}}
    spec = document(responses=with_sample({"made": "2026-05-14 08:30:00", "id": 7}))
    assert examples_of(with_schemas(spec, Thing=schema(**members)))["call"][1:] == [">>> thing.id", "'7'"]
    assert examples_of(document(responses=with_sample({})))["call"] == [">>> thing = shop.things.get()"]
