"""A form holds what the credentials say byte for byte, in the storage's order, below `dir`; or it is never made."""

from __future__ import annotations

import re
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
import yaml
from trustoo import ResponseDecodeError, UploadError
from trustoo.upload import StorageRules
from trustoo.upload.content_type import with_extension
from trustoo.upload.plan import check_key
from trustoo.upload.source import read_source
from trustoo_api.models import ImageUploadCredentials

from tests.upload.conftest import DIRECTORY, GIVEN, PNG, a_form, a_plan, credentials, form_of, options, policy
from tools.spec import LOADER

V4: dict[str, Any] = {
    "x_oss_signature_version": "OSS4-HMAC-SHA256",
    "x_oss_credential": "EXAMPLE-credential",
    "x-oss-date": "20260617T000000Z",
    "x_oss_signature": "EXAMPLE-v4-signature",
    "x-oss-security-token": "EXAMPLE-token",
}


def fields_of(*given: Any, **other: Any) -> dict[str, str]:
    """The fields of the form in order, each once."""
    post = a_form(*given, **other)
    found, _, file = form_of(post.headers["Content-Type"], b"".join(post))
    assert file == PNG
    assert len(dict(found)) == len(found)
    assert post.fields == frozenset(dict(found))
    return {name: value.decode() for name, value in found}


def test_the_fields_are_the_documented_ones_in_order() -> None:
    fields = fields_of()
    assert re.fullmatch(re.escape(DIRECTORY) + r"[0-9a-f]{32}\.png", fields.pop("key"))
    assert list(fields.items()) == [
        ("OSSAccessKeyId", GIVEN["access_id"]),
        ("policy", GIVEN["policy"]),
        ("Signature", GIVEN["signature"]),
        ("callback", GIVEN["callback"]),
    ]


def test_the_form_is_that_of_the_spec() -> None:
    spec = yaml.load((Path(__file__).parents[2] / "openapi.yaml").read_bytes(), LOADER)["x-upload-form"]
    fields = fields_of()
    assert [*fields, "file"] == list(spec["fields"])
    for name, about in spec["fields"].items():
        if name == "key":
            assert fields[name].startswith(GIVEN[about["from"]])
        elif name != "file":
            assert fields[name] == GIVEN[about["from"]]
    form = a_form()
    assert form.url == GIVEN[spec["address"]]
    assert form.headers["Content-Type"].partition(";")[0] == spec["content-type"]


@pytest.mark.parametrize("name", ["policy", "signature", "callback", "access_id"])
@pytest.mark.parametrize(
    "value", ['+/=%2B&"', " \t a ", "a\r\nb", "照片 é\u2028", "--x\r\n\r\n", "&amp;\\n\\"], ids=repr
)
def test_the_members_of_the_credentials_are_sent_byte_for_byte(name: str, value: str) -> None:
    field = {"signature": "Signature", "access_id": "OSSAccessKeyId"}.get(name, name)
    assert fields_of(**{name: value})[field] == value


@pytest.mark.parametrize("name", ["access_id", "host", "dir", "policy", "signature"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_member_of_the_credentials_is_named(name: str, value: str | None) -> None:
    with pytest.raises(ResponseDecodeError, match=rf"^The upload credentials have no {name}\. Nothing was sent"):
        a_plan().form(credentials(**{name: value}))
    members: dict[str, Any] = {**GIVEN, name: value}
    by_hand = ImageUploadCredentials(**members)  # and not received
    with pytest.raises(UploadError, match=rf"^The upload credentials have no {name}\. Nothing was sent"):
        a_plan().form(by_hand)


def test_all_members_that_are_missing_are_named_once() -> None:
    with pytest.raises(ResponseDecodeError, match=r"have no host, dir, policy, access_id, signature\. Nothing"):
        a_form(host=None, dir=None, policy=None, access_id=None, signature=None)


@pytest.mark.parametrize("value", [None, ""])
def test_credentials_without_a_callback_make_a_form_without_one(value: str | None) -> None:
    assert list(fields_of(callback=value)) == ["key", "OSSAccessKeyId", "policy", "Signature"]


def test_a_newer_signature_is_passed_on_in_the_storages_spelling() -> None:
    fields = fields_of(access_id=None, signature=None, **V4)
    assert list(fields.items())[1:] == [
        ("policy", GIVEN["policy"]),
        ("callback", GIVEN["callback"]),
        *((name.replace("_", "-"), value) for name, value in V4.items()),
    ]


def test_a_newer_signature_still_needs_host_dir_and_policy() -> None:
    with pytest.raises(ResponseDecodeError, match=r"have no host, dir, policy\. Nothing"):
        a_form(access_id=None, signature=None, host=None, dir="", policy=None, **V4)


def test_a_security_token_is_sent_with_the_older_signature() -> None:
    fields = fields_of(x_oss_security_token="EXAMPLE-token", X_OSS_Number=5)
    assert list(fields)[1:] == [
        *("OSSAccessKeyId", "policy", "Signature", "callback", "x-oss-security-token", "x-oss-number")
    ]
    assert (fields["x-oss-security-token"], fields["x-oss-number"]) == ("EXAMPLE-token", "5")


def test_other_unknown_members_are_not_passed_on() -> None:
    odd = {'x-oss-a"b': "x", "x-oss-a\r\nb": "x", "x-oss-é": "x", f"x-oss-{'a' * 99}": "x", "x-oss-": "x"}
    wrong = {"x-oss-a": True, "x-oss-b": [1], "x-oss-c": None, "x-oss-d": {"a": "b"}, "x-oss-e": 1.5}
    assert list(fields_of(expires_in="60", token="x", xossa="x", **odd, **wrong)) == list(fields_of())


# --- names


def test_each_upload_has_a_random_key_below_dir() -> None:
    keys = {a_form().key for _ in range(5)}
    assert len(keys) == 5
    assert all(re.fullmatch(re.escape(DIRECTORY) + r"[0-9a-f]{32}\.png", key) for key in keys)


def test_a_random_name_has_nothing_of_the_files_name() -> None:
    source = read_source(PNG, filename="照片 secret.JPG")
    assert re.fullmatch(re.escape(DIRECTORY) + r"[0-9a-f]{32}\.png", a_form(source).key)


@pytest.mark.parametrize("name", ["a", "reviews/kettle.jpg", "a b/é 照片.png", "..a", "a..", "...", "a$b{c}", "a?#%2F"])
def test_a_given_name_is_below_dir_and_has_the_extension_of_the_type(name: str) -> None:
    key = DIRECTORY + with_extension(name, "image/png")
    assert a_form(image=options(name)).key == key
    assert fields_of(image=options(name))["key"] == key


@pytest.mark.parametrize("name", ["", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "./a", "a/.", 5, b"a"])
def test_a_name_that_a_url_cannot_have_is_refused(name: Any) -> None:
    with pytest.raises(UploadError, match="has an empty part, '\\.' or"):
        a_form(image=options(name))


@pytest.mark.parametrize("name", ["a\nb", "a\x00", "a\x7f", "a\x85", "a${filename}", "\ud800", "x" * 1024])
def test_a_name_that_the_storage_refuses_is_refused_in_advance(name: str) -> None:
    with pytest.raises(UploadError, match=r"not accept the object name .*Nothing was sent"):
        a_form(image=options(name))


@pytest.mark.parametrize("key", ["a", "d/é 照片.png", "x" * 1023, "é" * 511, "a$b{c}", "a\\b", "a\xa0b"])
def test_keys_that_the_storage_accepts_are_accepted(key: str) -> None:
    assert check_key(key) == key


@pytest.mark.parametrize(
    "key", ["", "/a", "\\a", "x" * 1024, "é" * 512, "a\nb", "a\x00", "a\x1fb", "a\x9fb", "a${filename}", "\ud800"]
)
def test_keys_that_the_storage_refuses_are_refused(key: str) -> None:
    with pytest.raises(UploadError, match="object name"):
        check_key(key)


@pytest.mark.parametrize(
    ("host", "start"),
    [
        ("https://img.example.com", "https://img.example.com/"),
        ("https://img.example.com/", "https://img.example.com/"),
        ("//img.example.com", "https://img.example.com/"),
        ("https://img.example.com/bucket", "https://img.example.com/bucket/"),
        ("https://img.example.com/bucket/", "https://img.example.com/bucket/"),
    ],
)
def test_the_objects_url_is_percent_encoded(host: str, start: str) -> None:
    post = a_form(
        image=options("a b?#%&+é~.png"), rules=StorageRules(path=True), dir="a b/é?/", policy="e30=", host=host
    )
    assert post.object_url == f"{start}a%20b/%C3%A9%3F/a%20b%3F%23%25%26%2B%C3%A9~.png"


# --- fields of the caller and of the policy


def test_the_callers_fields_follow_the_credentials_and_come_before_the_file() -> None:
    fields = fields_of(image=options(fields={"x-oss-meta-a": "ä\r\n", "Cache-Control": ""}))
    assert list(fields)[-3:] == ["callback", "x-oss-meta-a", "Cache-Control"]
    assert (fields["x-oss-meta-a"], fields["Cache-Control"]) == ("ä\r\n", "")


@pytest.mark.parametrize(
    "name",
    [
        *("", 'a"b', "a b", "a\r\nb", "é", "a" * 101, "key", "Key", "FILE", "policy", "Signature", "OSSAccessKeyId"),
        *("callback", "a\x7f", "a\\"),
    ],
)
def test_a_field_that_cannot_be_given_is_refused(name: str) -> None:
    with pytest.raises(UploadError, match=r"cannot have the form field .*Nothing was sent"):
        options(fields={name: "x"})


@pytest.mark.parametrize("value", [None, 5, b"x", ["x"]])
def test_a_field_that_is_not_text_is_refused(value: Any) -> None:
    with pytest.raises(UploadError, match=r"x-oss-meta-a must be text, not"):
        options(fields={"x-oss-meta-a": value})


def test_a_field_that_is_given_twice_is_refused() -> None:
    with pytest.raises(UploadError, match="same field twice"):
        options(fields={"x-oss-meta-a": "b", "X-OSS-Meta-A": "b"})


def test_text_that_is_not_unicode_is_refused() -> None:
    with pytest.raises(UploadError, match=r"field x-oss-meta-a has text that is not Unicode. Nothing was sent"):
        a_form(image=options(fields={"x-oss-meta-a": "\ud800"}))


def test_a_field_of_the_credentials_cannot_be_given_in_any_spelling() -> None:
    with pytest.raises(UploadError, match="cannot have the field x-oss-security-token, which the credentials have"):
        a_form(image=options(fields={"X-OSS-Security-Token": "mine"}), x_oss_security_token="EXAMPLE-token")


def test_fields_that_the_policy_requires_are_added_unless_given() -> None:
    requested = policy(["eq", "$x-oss-object-acl", "private"], ["starts-with", "$content-type", "image/"])
    assert list(fields_of(policy=requested).items())[-2:] == [
        ("x-oss-object-acl", "private"),
        ("Content-Type", "image/png"),
    ]
    given = fields_of(image=options(fields={"X-OSS-Object-ACL": "private"}), policy=requested)
    assert list(given.items())[-2:] == [("X-OSS-Object-ACL", "private"), ("Content-Type", "image/png")]


@pytest.mark.parametrize("name", ["Content-Type", "x-oss-content-type", "Content-Disposition"])
def test_no_field_can_change_how_browsers_treat_the_object(name: str) -> None:
    with pytest.raises(UploadError, match="reserved"):
        options(fields={name: "text/html"})


@pytest.mark.parametrize("name", ['a"b', "a\r\nb: c", "é", "a b", "", "a\\"])
def test_a_required_field_with_an_impossible_name_is_refused(name: str) -> None:
    with pytest.raises(UploadError, match="is missing"):
        a_form(policy=policy(["eq", f"${name}", "x"]))


@pytest.mark.parametrize(
    "condition", [["starts-with", "$key", "elsewhere/"], ["content-length-range", 1, 2], {"x-oss-meta-a": "b"}]
)
def test_a_form_that_the_policy_forbids_is_refused(condition: Any) -> None:
    with pytest.raises(UploadError, match=r"policy.*Nothing was sent"):
        a_form(policy=policy(condition), image=options(fields={"x-oss-meta-a": "a"}))


def test_a_url_that_the_rules_refuse_is_refused() -> None:
    with pytest.raises(UploadError, match="plain http"):
        a_form(host="http://img.example.com")
    assert a_form(host="http://img.example.com", rules=StorageRules(http=True)).url == "http://img.example.com"


# --- what is around the form


def test_the_headers_have_the_forms_type_and_length() -> None:
    form = a_form()
    content = b"".join(form)
    assert form.headers.keys() == {"Content-Type", "Content-Length"}
    assert form.headers["Content-Length"] == str(len(content))
    assert content.startswith(b"--" + form.headers["Content-Type"].partition("boundary=")[2].encode())


def test_a_user_name_in_the_url_becomes_authentication_and_is_published_nowhere() -> None:
    rules = StorageRules(user_info=True)
    form = a_form(image=options("a"), rules=rules, host="https://EXAMPLE-user:EXAMPLE%40word@img.example.com")
    assert form.headers["Authorization"] == f"Basic {b64encode(b'EXAMPLE-user:EXAMPLE@word').decode()}"
    assert form.url == "https://img.example.com"
    assert form.object_url == f"https://img.example.com/{DIRECTORY}a.png"


def test_repr_of_a_form_shows_no_secret() -> None:
    shown = repr(a_form(**V4))
    for secret in (GIVEN["policy"], GIVEN["signature"], GIVEN["callback"], *V4.values()):
        assert secret not in shown


def test_the_secrets_of_a_form_are_known() -> None:
    secrets = a_form(**V4).secrets
    assert {GIVEN["policy"], GIVEN["signature"], GIVEN["callback"], *V4.values()} == set(secrets)
