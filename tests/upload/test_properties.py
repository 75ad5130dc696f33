"""Any arguments make one valid form or an UploadError; any response gives an image or an UploadError."""

from __future__ import annotations

import base64
import json
import string
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from trustoo import UploadError
from trustoo.upload import UploadedImage
from trustoo.upload.content_type import with_extension
from trustoo.upload.response import parse_upload_response
from trustoo.upload.source import read_source

from contract_tests.support.pictures import JPEG, PNG, png
from tests.support import http_response, steady
from tests.upload.conftest import DIRECTORY, GIVEN, Storage, a_form, api, form_of, options, run, run_async

TEXT = st.text(max_size=30)
NAMES = st.one_of(
    st.none(), TEXT, st.text(string.ascii_letters + "./\\é $?#%", max_size=12), st.sampled_from(["x" * 990, "é" * 500])
)
FIELD_NAMES = st.one_of(
    TEXT, st.sampled_from(["x-oss-meta-a", "X-OSS-Meta-A", "Content-Type", "x-oss-object-acl", "key", 'a"b', "a\\"])
)
FIELDS = st.dictionaries(FIELD_NAMES, TEXT, max_size=3)
FILES = st.one_of(st.binary(max_size=64), st.sampled_from([PNG, JPEG, JPEG + b"\r\n--", png(600_000)]))
FEW_IMAGES = st.integers(0, 60).map(lambda more: png(len(PNG) + more))
WORDS = st.sampled_from(["", "a", "A", "ab", DIRECTORY, f"{DIRECTORY}a.png", "image/png", "application/octet-stream"])


def conditions(*names: str) -> st.SearchStrategy[Any]:
    """Conditions of a policy on these fields, or on any."""
    others = ("key", "KEY", "x-oss-meta-a", "content-type", "x-oss-object-acl", "b c", 'a"b', "")
    fields = st.sampled_from(names or others)
    named = st.builds(lambda name, dollar: f"${name}" if dollar else name, fields, st.booleans())
    return st.one_of(
        st.tuples(st.sampled_from(["eq", "EQ", "starts-with"]), named, WORDS).map(list),
        st.tuples(st.sampled_from(["in", "not-in"]), named, st.lists(WORDS, max_size=3)).map(list),
        st.tuples(st.just("content-length-range"), st.integers(0, 140), st.integers(40, 180)).map(list),
        st.dictionaries(fields, WORDS, max_size=2),
    )


def in_base64(listed: list[Any]) -> str:
    return base64.b64encode(json.dumps({"expiration": "2030-01-01T00:00:00Z", "conditions": listed}).encode()).decode()


def holds(condition: Any, fields: dict[str, str], size: int) -> bool:
    """Alibaba's rules, written once more; whether a missing field has an empty value is left to OSS."""
    if isinstance(condition, dict):
        return all(holds(["eq", name, value], fields, size) for name, value in condition.items())
    operator, name, wanted = condition
    if operator == "content-length-range":
        return bool(name > wanted or name <= size <= wanted)  # a range that is none is left to OSS
    value = fields.get(name.lower().lstrip("$"))
    match operator.lower():
        case "eq":
            return value == wanted or (value is None and wanted == "")
        case "starts-with":
            return (value or "").startswith(wanted)
        case "in":
            return value in wanted or (value is None and wanted == [""])
        case "not-in":
            return value not in wanted
    raise AssertionError(operator)


def as_sent(post: Any) -> tuple[dict[str, str], str, bytes]:
    """The form as an independent parser reads it; each name once, whatever the letters' size."""
    content = b"".join(post)
    assert len(content) == int(post.headers["Content-Length"])
    found, kind, file = form_of(post.headers["Content-Type"], content)
    assert len({name.lower() for name, _ in found}) == len(found)
    return {name: value.decode() for name, value in found}, kind, file


@given(NAMES, FIELDS, FILES, st.lists(conditions(), max_size=3))
@example(None, {"a\\": "x"}, PNG, [])
@example(None, {"x-oss-meta-a": "1", "X-OSS-Meta-A": "2"}, PNG, [])
@example(None, {}, PNG, [{'a"b': "x"}])
@steady
def test_a_form_is_parsed_as_it_was_given_or_refused(
    name: str | None, fields: dict[str, str], file: bytes, listed: list[Any]
) -> None:
    policy = in_base64(listed)
    try:
        source = read_source(file)
        post = a_form(source, options(name, fields), policy=policy)
    except UploadError:
        return
    sent, kind, content = as_sent(post)
    assert (content, kind) == (file, source.content_type)
    known = {
        "key": post.key,
        "OSSAccessKeyId": GIVEN["access_id"],
        "policy": policy,
        "Signature": GIVEN["signature"],
        "callback": GIVEN["callback"],
        **fields,
    }
    assert list(sent.items())[: len(known)] == list(known.items())
    assert post.key.startswith(DIRECTORY)
    if name is not None:
        assert post.key == DIRECTORY + with_extension(name, source.content_type)


@given(st.lists(conditions(), min_size=1, max_size=3), FEW_IMAGES)
@steady
def test_an_accepted_form_meets_its_policy(listed: list[Any], file: bytes) -> None:
    with suppress(UploadError):
        post = a_form(file, options("a"), policy=in_base64(listed))
        fields = {name.lower(): value for name, value in as_sent(post)[0].items()}
        assert all(holds(condition, fields, len(file)) for condition in listed), (listed, fields)


@given(
    st.lists(conditions("key", "KEY", "x-oss-meta-a", "x-oss-meta-b"), min_size=1, max_size=2), FEW_IMAGES, WORDS, WORDS
)
@steady
def test_a_form_is_accepted_if_and_only_if_it_meets_its_policy(
    listed: list[Any], file: bytes, one: str, two: str
) -> None:
    """For policies about fields that the form has."""
    fields = {"x-oss-meta-a": one, "X-oss-meta-b": two}
    wanted = {"key": f"{DIRECTORY}a.png", "x-oss-meta-a": one, "x-oss-meta-b": two}
    try:
        a_form(file, options("a", fields), policy=in_base64(listed))
        made = True
    except UploadError:
        made = False
    assert made is all(holds(condition, wanted, len(file)) for condition in listed)


@given(
    st.binary(max_size=200),
    st.integers(200, 599),
    st.dictionaries(
        st.sampled_from(["x-oss-request-id", "Retry-After", "Content-Type"]), st.text(string.printable[:94], max_size=8)
    ),
)
@example(b"<Error><Code>x</Code></Error>", 203, {})
@example(b"<?xml version='1.0' encoding='utf-16'?>", 400, {})
@steady
def test_any_response_gives_an_image_or_an_upload_error(content: bytes, status: int, headers: dict[str, str]) -> None:
    post = a_form()
    if 200 <= status < 300 and status != 203:
        assert isinstance(parse_upload_response(post, http_response(content, status, headers)), UploadedImage)
        return
    with pytest.raises(UploadError) as caught:
        parse_upload_response(post, http_response(content, status, headers))
    assert caught.value.status == status
    assert (caught.value.stored_url == post.object_url) is (status == 203)
    assert len(str(caught.value)) < 1500


MARKUP = st.lists(
    st.sampled_from(["<Error>", "</Error>", "<Code>", "</Code>", "<Message>", "</Message>", "&amp;", "&a;", "x", "é"]),
    max_size=12,
).map("".join)


@given(st.one_of(MARKUP, MARKUP.map(lambda text: f"<Error>{text}</Error>")), st.sampled_from([203, 400, 403, 503]))
@steady
def test_any_markup_gives_an_upload_error(text: str, status: int) -> None:
    with pytest.raises(UploadError) as caught:
        parse_upload_response(a_form(), http_response(text, status))
    assert caught.value.code is None or caught.value.code


@pytest.mark.parametrize("run", [run, run_async], ids=["sync", "async"])
@given(file=FILES, name=NAMES, fields=FIELDS, strip=st.booleans(), size=st.none() | st.integers(-1, 70))
@steady
def test_an_upload_posts_one_form_or_nothing(
    run: Any, file: bytes, name: str | None, fields: dict[str, str], strip: bool, size: int | None
) -> None:
    storage, image = Storage(), None
    with suppress(UploadError):
        image = run("upload_image", api(), storage, file, name=name, fields=fields, strip_metadata=strip, size=size)
    assert len(storage.requests) == (image is not None)
    for request in storage.requests:
        assert form_of(request.headers["content-type"], request.content)[2] in (file, JPEG if strip else file)
