"""Constructs that work: what the generated client sends and reads is what the spec says."""

from __future__ import annotations

import io
import json
import warnings
from datetime import UTC, date, datetime
from email import message_from_bytes
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from trustoo import ArgumentError, OutcomeUnknownError, ResponseDecodeError, UnexpectedShapeWarning
from trustoo.transport import HTTPRequest

from tests.generation.small import Package, body, document, generated, parameter, schema, success, with_schemas
from tests.support import SHOP, call, envelope, http_response, local_server, session


def query(request: HTTPRequest) -> list[tuple[str, str]]:
    """The query as a server reads it."""
    return parse_qsl(urlsplit(request.url).query, keep_blank_values=True)


def content(request: HTTPRequest) -> bytes:
    assert isinstance(request.content, bytes)
    return request.content


def refused(package: Package, **arguments: Any) -> str:
    """The message with which a call is refused before anything is sent."""
    with pytest.raises(ArgumentError) as caught:
        package.build(**arguments)
    return str(caught.value)


def test_a_header_and_a_cookie_are_sent_and_not_signed() -> None:
    spec = document(
        parameters=[
            parameter("X-Request-Kind", "header", {"type": "integer", "maximum": 5}, required=True),
            parameter("X-Ids", "header", {"type": "array", "items": {"type": "integer"}}),
            parameter("visit", "cookie"),
        ]
    )
    with generated(spec) as package:
        sent = package.sent(x_request_kind=3, x_ids=[1, 2], visit="a;b c")
        assert sent.headers["x-request-kind"] == "3"
        assert sent.headers["x-ids"] == "1,2"
        assert sent.headers["cookie"] == "visit=a%3Bb%20c"
        assert query(sent) == []
        plain = package.sent(x_request_kind=3)
        assert not {"x-ids", "cookie"} & plain.headers.keys()
        assert plain.headers["Sign"] == sent.headers["Sign"]
        assert refused(package, x_request_kind=9) == "X-Request-Kind is 9; the API takes at most 5."
        assert "X-Request-Kind is None" in refused(package, x_request_kind=None)


def test_a_header_with_a_line_break_is_refused() -> None:
    with generated(document(parameters=[parameter("X-Kind", "header")])) as package:
        assert "printable ASCII" in refused(package, x_kind="a\r\nHost: evil.example")


def test_a_secret_header_is_not_quoted_in_errors() -> None:
    spec = document(parameters=[parameter("X-Code", "header", {"type": "string", "format": "password"})])
    spec["paths"]["/things"]["get"]["parameters"][0]["name"] = "code"  # SECRETS are those of the real package
    with generated(spec) as package:
        module = package.module()
        answer = http_response(b'{"code": 3, "message": "bad EXAMPLE-hidden-word"}', 400)
        with pytest.raises(Exception, match="bad") as caught:
            call(module.build(code="EXAMPLE-hidden-word"), module.DECODER, answer, session(SHOP))
        assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(("style", "separator"), [("form", ","), ("spaceDelimited", " "), ("pipeDelimited", "|")])
def test_a_list_without_explode_is_one_text(style: str, separator: str) -> None:
    about = {"type": "array", "items": {"type": "string"}}
    with generated(document(parameters=[parameter("ids", "query", about, style=style, explode=False)])) as package:
        assert query(package.sent(ids=["a", "b&c"])) == [("ids", f"a{separator}b&c")]
        assert "separates the items" in refused(package, ids=["a", f"b{separator}c"])


def test_a_list_with_explode_is_repeated() -> None:
    about = {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 3}
    with generated(document(parameters=[parameter("ids", "query", about, explode=True)])) as package:
        assert query(package.sent(ids=["a", "b,c"])) == [("ids", "a"), ("ids", "b,c")]
        assert refused(package, ids=["a"]) == "ids has 1 items; the API takes 2 or more."
        assert "3 at most" in refused(package, ids=["a"] * 4)


def test_a_deep_object_has_a_name_for_each_member() -> None:
    about = {"type": "object", "properties": {"from": {"type": "integer", "minimum": 1}, "to": {"type": "integer"}}}
    with generated(document(parameters=[parameter("range", "query", about, style="deepObject")])) as package:
        assert query(package.sent(range={"from": 1, "to": 5})) == [("range[from]", "1"), ("range[to]", "5")]
        assert refused(package, range={"from": 0}) == "range.from is 0; the API takes at least 1."


def test_limits_of_parameters_are_checked_before_sending() -> None:
    spec = document(
        parameters=[
            parameter("page", "query", {"type": "integer", "minimum": 1, "maximum": 9}),
            parameter("part", "query", {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}),
            parameter("word", "query", {"type": "string", "pattern": "^[a-z]+$", "minLength": 2, "maxLength": 4}),
            parameter("fixed", "query", {"const": "on"}),
        ]
    )
    with generated(spec) as package:
        sent = package.sent(page=9, part=0.5, word="abcd", fixed="on")
        assert query(sent) == [("page", "9"), ("part", "0.5"), ("word", "abcd"), ("fixed", "on")]
        assert refused(package, page=0) == "page is 0; the API takes at least 1."
        assert refused(package, page=10) == "page is 10; the API takes at most 9."
        assert refused(package, part=0) == "part is 0; the API takes more than 0."
        assert refused(package, part=1.0) == "part is 1.0; the API takes less than 1."
        assert "form that the API takes" in refused(package, word="ab1")
        assert "form that the API takes" in refused(package, word="ab\n")
        assert refused(package, word="a") == "word has 1 characters; the API takes 2 or more characters."
        assert refused(package, word="abcde") == "word has 5 characters; the API takes 4 at most."
        assert "fixed is" in refused(package, fixed="off")


def test_a_path_variable_is_checked_and_encoded() -> None:
    spec = document(path="/things/{id}", parameters=[parameter("id", "path", {"type": "integer", "minimum": 1})])
    with generated(spec) as package:
        assert urlsplit(package.sent(id=7).url).path == "/things/7"
        assert refused(package, id=0) == "id is 0; the API takes at least 1."


def test_dates_are_sent_as_their_format_says() -> None:
    spec = document(
        parameters=[
            parameter("since", "query", {"type": "string", "format": "date-time"}),
            parameter("day", "query", {"type": "string", "format": "date"}),
            parameter("at", "query", {"type": "string", "format": "instant"}),
        ]
    )
    with generated(spec) as package:
        noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
        sent = package.sent(since=noon, day=date(2026, 1, 31), at=noon)
        assert query(sent) == [("since", "2026-01-01T12:00:00Z"), ("day", "2026-01-31"), ("at", "2026-01-01 12:00:00")]
        assert query(package.sent(since="2026-01-01T08:00:00+01:00"))[0][1] == "2026-01-01T08:00:00+01:00"
        assert "2026-01-31T08:00:00Z" in refused(package, since="2026-01-01 08:00:00")
        assert "give a date" in refused(package, day="31.01.2026")
        assert "no time zone" in refused(package, since=datetime(2026, 1, 1))


def test_a_form_is_sent_as_a_form() -> None:
    form = schema(name={"type": "string"}, tags={"type": "array", "items": {"type": "string"}}, on={"type": "boolean"})
    spec = document("post", requestBody=body(media_type="application/x-www-form-urlencoded"))
    with generated(with_schemas(spec, ThingRequest=form)) as package:
        sent = package.sent(name="Zoë & co", tags=["a", "b"], on=True)
        assert sent.headers["Content-Type"] == "application/x-www-form-urlencoded"
        pairs = parse_qsl(content(sent).decode())
        assert pairs == [("name", "Zoë & co"), ("tags", "a"), ("tags", "b"), ("on", "true")]


def test_a_multipart_body_holds_texts_and_files(tmp_path: Path) -> None:
    binary = {"type": "string", "format": "binary"}
    form = schema(title={"type": "string"}, photo=binary, more={"type": "array", "items": binary}, required_=["photo"])
    spec = document("post", requestBody=body(media_type="multipart/form-data"))
    (tmp_path / "kettle.png").write_bytes(b"PNG\r\n--x--")
    with generated(with_schemas(spec, ThingRequest=form)) as package:
        sent = package.sent(title="Zoë", photo=tmp_path / "kettle.png", more=[b"1", io.BytesIO(b"2")])
        kind = sent.headers["Content-Type"]
        message = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + content(sent))
        parts: Any = message.get_payload()
        found = [(one.get_param("name", header="content-disposition"), one.get_payload(decode=True)) for one in parts]
        assert found == [("photo", b"PNG\r\n--x--"), ("title", "Zoë".encode()), ("more", b"1"), ("more", b"2")]
        assert (parts[0].get_filename(), parts[0].get_content_type()) == ("kettle.png", "image/png")
        assert "give bytes, a path" in refused(package, photo="kettle.png")
        assert "photo is None" in refused(package, photo=None)


def test_a_deprecated_operation_and_argument_warn_once() -> None:
    spec = document(deprecated=True, parameters=[parameter("old", "query", deprecated=True), parameter("new", "query")])
    with generated(spec) as package:
        module, pipeline, said = package.module(), session(SHOP), list[str]()
        for _ in range(2):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                call(module.build(old="x"), module.DECODER, http_response(envelope({})), pipeline)
            said += [str(one.message) for one in caught if one.category is DeprecationWarning]
        assert said == ["things.get is deprecated.", "The argument old of things.get is deprecated."]
        doc = module.build.__doc__ or ""
        assert "Deprecated: the vendor plans to remove this operation." in doc
        assert "old: Deprecated." in doc
        assert "new: Deprecated." not in doc


@pytest.mark.parametrize("status", ["201", "202"])
def test_a_success_may_have_another_status(status: str) -> None:
    with generated(document("post", responses={status: success()})) as package:
        assert package.read(envelope({"name": "kettle"}), status=int(status)).parsed.name == "kettle"


def test_a_success_without_content_is_none() -> None:
    with generated(document("delete", responses={"204": success(None)})) as package:
        assert package.read(b"", status=204).parsed is None
        with pytest.raises(OutcomeUnknownError):
            package.read(b"<html>", status=200)


def test_an_operation_may_be_called_without_credentials() -> None:
    from tests.generation.small import HMAC

    with generated(document(security=[HMAC, {}])) as package:
        module, answer = package.module(), http_response(envelope({}))
        from trustoo.credentials import Credentials

        assert "Sign" not in call(module.build(), module.DECODER, answer, session(Credentials()))[0].headers
        assert "Sign" in call(module.build(), module.DECODER, answer, session(SHOP))[0].headers


def test_one_of_several_objects_reads_as_plain_values() -> None:
    spec = document()
    either = {"oneOf": [{"$ref": "#/components/schemas/Thing"}, {"$ref": "#/components/schemas/Other"}]}
    data = spec["components"]["schemas"]["ThingResponse"]["allOf"][1]
    data["properties"]["data"] = either
    with generated(with_schemas(spec, Other=schema(size={"type": "integer"}))) as package:
        assert package.read(envelope({"size": 4})).parsed == {"size": 4}


def test_a_schema_may_contain_itself() -> None:
    node = schema(
        name={"type": "string"},
        child={"$ref": "#/components/schemas/Thing"},
        children={"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
    )
    with generated(with_schemas(document(), Thing=node)) as package:
        value = {"name": "a", "child": {"name": "b"}, "children": [{"children": [{"name": "c"}]}], "more": 1}
        parsed = package.read(envelope(value)).parsed
        assert parsed.child.name == "b"
        assert parsed.children[0].children[0].name == "c"
        assert parsed.to_dict() == value
        with pytest.warns(UnexpectedShapeWarning, match=r"Thing\.name"):
            odd = package.read(envelope({"child": {"name": 7}, "children": [{"name": True}]}))
        assert odd.parsed.child.name == "7"
        assert odd.parsed.children[0].unreadable == ("name",)


def test_members_without_a_name_have_the_type_of_additional_properties() -> None:
    counts = schema(total={"type": "integer"}, additionalProperties_={"type": "integer"})
    with generated(with_schemas(document(), Thing=counts)) as package:
        parsed = package.read(envelope({"total": 3, "five": 2, "four": "x"})).parsed
        assert (parsed.extra, parsed.unreadable) == ({"five": 2, "four": "x"}, ("four",))
        with pytest.raises(ResponseDecodeError, match=r"Thing\.four"):
            package.read(envelope({"total": 3, "four": "x"}), strict=True)
    spec = document("post", requestBody=body())
    with generated(with_schemas(spec, ThingRequest=counts)) as package:
        assert json.loads(content(package.sent(total=1, extra_body={"five": 2}))) == {"total": 1, "five": 2}
        assert "extra_body.five" in refused(package, total=1, extra_body={"five": "x"})


def test_objects_without_members_are_plain_values() -> None:
    spec = document("post", requestBody=body())
    with_schemas(spec, Thing=schema(any={"type": "object"}, title={"type": "string", "title": "Not a class"}))
    with generated(with_schemas(spec, ThingRequest=schema(any={"type": "object"}))) as package:
        assert json.loads(content(package.sent(any={"a": [1]}))) == {"any": {"a": [1]}}
        assert package.read(envelope({"any": {"a": [1]}, "title": "x"})).parsed.any == {"a": [1]}


def test_known_values_may_be_an_enum_beside_any_text() -> None:
    known = {"anyOf": [{"enum": ["a"]}, {"type": "string", "enum": ["b"]}, {"type": "string"}]}
    with generated(document(parameters=[parameter("kind", "query", known)])) as package:
        assert query(package.sent(kind="c")) == [("kind", "c")]
        assert 'Literal["a", "b"] | str' in package.module().__loader__.get_source(package.module().__name__)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("parameters", "arguments", "path", "pairs"),
    [
        ([parameter("client", "query")], {"client_": "x"}, "/things", [("client", "x")]),
        ([parameter("self", "query")], {"self_": "x"}, "/things", [("self", "x")]),
        ([parameter("json_object", "query")], {"json_object_": "x"}, "/things", [("json_object", "x")]),
        ([parameter("class", "query")], {"class_": "x"}, "/things", [("class", "x")]),
        ([parameter("str", "query")], {"str": "x"}, "/things", [("str", "x")]),
        ([parameter("sort-by", "query")], {"sort_by": "x"}, "/things", [("sort-by", "x")]),
        (
            [parameter("fooBar", "query"), parameter("foo_bar", "query")],
            {"foo_bar": "x", "foo_bar_query": "y"},
            "/things",
            [("fooBar", "x"), ("foo_bar", "y")],
        ),
        (
            [parameter("id", "path"), parameter("id", "query"), parameter("id", "header")],
            {"id": "p", "id_query": "q", "id_header": "h"},
            "/things/{id}",
            [("id", "q")],
        ),
    ],
)
def test_names_that_clash_are_renamed(
    parameters: list[Any], arguments: dict[str, str], path: str, pairs: list[tuple[str, str]]
) -> None:
    with generated(document(path=path, parameters=parameters)) as package:
        sent = package.sent(**arguments)
        assert query(sent) == pairs
        assert urlsplit(sent.url).path == path.replace("{id}", "p")


def test_the_same_name_in_body_and_query_is_two_arguments() -> None:
    spec = document("post", parameters=[parameter("id", "query")], requestBody=body())
    with generated(with_schemas(spec, ThingRequest=schema(id={"type": "string"}))) as package:
        sent = package.sent(id="b", id_query="q")
        assert (query(sent), json.loads(content(sent))) == ([("id", "q")], {"id": "b"})


def test_a_paged_list_may_have_a_parameter_limit() -> None:
    page = schema(page={"type": "integer"}, list={"type": "array", "items": {"$ref": "#/components/schemas/Item"}})
    spec = document(parameters=[parameter("page", "query", {"type": "integer"}), parameter("limit", "query")])
    with generated(with_schemas(spec, Thing=page, Item=schema(id={"type": "string"}))) as package:
        wanted = package.module().iterate(limit=3, limit_="x")
        assert (wanted.options["limit"], wanted.build(2).query) == (3, (("page", "2"), ("limit", "x")))


def test_members_do_not_hide_the_methods_of_models() -> None:
    names = ("keys", "has", "extra", "to_dict", "unreadable", "date", "str", "class")
    members = {name: {"type": "string"} for name in names}
    with generated(with_schemas(document(), Thing=schema(**members))) as package:
        value = {name: f"{name}!" for name in names}
        parsed = package.read(envelope(value)).parsed
        assert dict(parsed) == value
        assert [getattr(parsed, f"{name}_") for name in names] == list(value.values())


def test_an_operation_may_have_the_name_of_a_property_of_resources() -> None:
    with generated(document(operationId="things.with_raw_response")) as package:
        resource = package.module("api.things").ThingsResource
        assert callable(resource.with_raw_response_)
        assert hasattr(resource(None).with_raw_response, "with_raw_response_")


def test_the_plain_client_of_the_package_sends_the_same() -> None:
    form = schema(name={"type": "string"})
    spec = document(
        "post",
        deprecated=True,
        parameters=[parameter("X-Kind", "header"), parameter("visit", "cookie")],
        requestBody=body(media_type="application/x-www-form-urlencoded"),
    )
    with generated(with_schemas(spec, ThingRequest=form)) as package, local_server(envelope({})) as (address, heard):
        client, warned = package.module("client").Client(base_url=address), list[int]()
        for _ in range(2):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                package.module().sync(client=client, name="Zoë", x_kind="1", visit="a b")
            warned.append(len(caught))
        assert warned == [1, 0]
        [first, _] = heard
        assert first.content == b"name=Zo%C3%AB"
        found = [first.headers[name] for name in ("content-type", "x-kind", "cookie")]
        assert found == ["application/x-www-form-urlencoded", "1", "visit=a%20b"]


def test_a_closed_object_in_a_request_takes_no_other_members() -> None:
    closed = schema(name={"type": "string", "maxLength": 3}, additionalProperties_=False)
    outer = schema(part={"$ref": "#/components/schemas/Part"})
    spec = document("post", requestBody=body())
    with generated(with_schemas(spec, ThingRequest=outer, Part=closed)) as package:
        assert json.loads(content(package.sent(part={"name": "a"}))) == {"part": {"name": "a"}}
        assert refused(package, part={"nam": "a"}) == "part has nam; the API takes name."
        assert "part.name has 4 characters" in refused(package, part={"name": "abcd"})


def test_formats_without_a_form_of_their_own_are_sent_as_they_are() -> None:
    formats = {"uuid": "string", "password": "string", "decimal": "string", "int64": "integer", "double": "number"}
    parameters = [parameter(name, "query", {"type": kind, "format": name}) for name, kind in formats.items()]
    with generated(document(parameters=parameters)) as package:
        given = {"uuid": "0-1", "password": "p w", "decimal": "1.50", "int64": 2**40, "double": 0.5}
        assert query(package.sent(**given)) == [(name, str(value)) for name, value in given.items()]
