"""A policy is read leniently and held to exactly: what would be refused is not sent, what is not understood is."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from trustoo import UploadError
from trustoo.upload.policy import Policy, expires_at
from trustoo.upload.source import MAX_BYTES

from tests.upload.conftest import credentials, policy

FIELDS = {"key": "dir/a.png", "policy": "p", "Signature": "s", "OSSAccessKeyId": "i", "callback": "EXAMPLE-callback"}


def met(condition: Any, size: int = 10, **fields: str) -> bool:
    """Whether the form meets the condition, once what the policy demands was added."""
    read = Policy.read(policy(condition))
    whole = {**FIELDS, **{name.replace("_", "-"): value for name, value in fields.items()}}
    whole |= read.missing(whole, "image/png")
    try:
        read.check(whole, size)
    except UploadError:
        return False
    return True


@pytest.mark.parametrize(
    ("condition", "is_met"),
    [
        (["eq", "$key", "dir/a.png"], True),
        (["eq", "$key", "dir/A.png"], False),
        (["EQ", "$KEY", "dir/a.png"], True),
        ({"key": "dir/a.png"}, True),
        ({"key": "dir/b.png"}, False),
        ({"KEY": "dir/a.png", "callback": "EXAMPLE-callback"}, True),
        ({"KEY": "dir/a.png", "callback": "other"}, False),
        (["starts-with", "$key", "dir/"], True),
        (["starts-with", "key", "dir/"], True),
        (["starts-with", "$key", ""], True),
        (["starts-with", "$key", "Dir/"], False),
        (["starts-with", "$key", "dir/a.png/"], False),
        (["in", "$key", ["x", "dir/a.png"]], True),
        (["in", "$key", ["x"]], False),
        (["in", "$key", []], False),
        (["not-in", "$key", ["x"]], True),
        (["not-in", "$key", ["dir/a.png"]], False),
        (["not-in", "$x-oss-meta-a", ["x"]], True),
        (["starts-with", "$x-oss-meta-a", ""], True),
        (["starts-with", "$x-oss-meta-a", "b"], False),
        (["in", "$x-oss-meta-a", ["b"]], False),
        (["eq", "$callback", "EXAMPLE-callback"], True),
        (["eq", "$Callback", "other"], False),
    ],
)
def test_conditions_on_fields(condition: Any, is_met: bool) -> None:
    assert met(condition) is is_met


@pytest.mark.parametrize(
    ("condition", "added"),
    [
        (["eq", "$success_action_status", "200"], {"success_action_status": "200"}),
        ({"x-oss-object-acl": "private"}, {"x-oss-object-acl": "private"}),
        (["eq", "$content-type", "image/png"], {"Content-Type": "image/png"}),
        (["starts-with", "$Content-Type", "image/"], {"Content-Type": "image/png"}),
        (["in", "$x-oss-content-type", ["image/png"]], {"x-oss-content-type": "image/png"}),
        (["eq", "$content-type", "image/gif"], {"Content-Type": "image/png"}),
        (["eq", "$key", "other"], {}),
        (["eq", "$bucket", "b"], {}),
        (["eq", "$policy", "b"], {}),
        (["in", "$x-oss-meta-a", ["b"]], {}),
    ],
)
def test_required_fields_with_a_known_value_are_added(condition: Any, added: dict[str, str]) -> None:
    assert Policy.read(policy(condition)).missing(FIELDS, "image/png") == added


def test_a_condition_on_the_content_type_is_checked() -> None:
    assert met(["eq", "$content-type", "image/png"])
    assert not met(["eq", "$content-type", "image/gif"])


@pytest.mark.parametrize(("size", "is_met"), [(4, False), (5, True), (7, True), (9, True), (10, False)])
def test_a_range_of_sizes_includes_both_ends(size: int, is_met: bool) -> None:
    assert met(["content-length-range", 5, 9], size) is is_met
    assert met(["content-length-range", "5", "9"], size) is is_met


def test_without_a_range_the_storages_limit_applies() -> None:
    assert MAX_BYTES == 5 * 1024**3
    assert met(["starts-with", "$key", ""], MAX_BYTES)
    assert not met(["starts-with", "$key", ""], MAX_BYTES + 1)


@pytest.mark.parametrize(
    "condition",
    [
        *(None, 5, "eq", [], ["eq"], ["eq", "$key"], ["eq", "$key", 5], ["matches", "$key", "x"]),
        *(["in", "$key", "dir/b.png"], ["in", "$key", [5]], ["eq", 5, "x"], {"key": 5}, {"key": None}, {}),
        *(["content-length-range", 9, 5], ["content-length-range", "a", 5], ["content-length-range", 1.5, 2]),
        *(["content-length-range", True, False], ["content-length-range", 1], ["content-length-range", None, None]),
        *({"bucket": "b"}, ["eq", "$bucket", "b"], ["eq", "$policy", "x"], ["eq", "$signature", "x"]),
        ["starts-with", "$success_action_redirect", "https://x"],
    ],
    ids=repr,
)
def test_unknown_conditions_are_left_to_the_storage(condition: Any) -> None:
    assert met(condition)


@pytest.mark.parametrize(
    "text",
    [
        *("", "?", "e30", "e30=", "bnVsbA==", "W10=", base64.b64encode(b"\xff").decode(), "\ud800"),
        *(base64.b64encode(text).decode() for text in (b'{"conditions": 5}', b"[" * 5000, b'{"conditions":{}}')),
    ],
)
def test_an_unreadable_policy_is_left_to_the_storage(text: str) -> None:
    assert Policy.read(text) == Policy(None, (), ())


def test_a_refusal_quotes_the_condition_and_the_value() -> None:
    with pytest.raises(UploadError, match=r'condition \["starts-with","\$key","b"\].*key is .dir/a\.png'):
        Policy.read(policy(["starts-with", "$key", "b"])).check(FIELDS, 1)
    with pytest.raises(UploadError, match=r'\["in","\$x",\["a","b"\]\].*x is missing'):
        Policy.read(policy(["in", "x", ["a", "b"]])).check(FIELDS, 1)
    with pytest.raises(UploadError, match=r"has 11 bytes\. The policy.* allows 1 to 10\. Nothing was sent"):
        Policy.read(policy(["content-length-range", 1, 10])).check(FIELDS, 11)


@pytest.mark.parametrize("field", ["callback", "x-oss-security-token", "x-oss-signature", "x-oss-credential"])
def test_a_refusal_never_quotes_a_secret(field: str) -> None:
    with pytest.raises(UploadError, match="condition") as caught:
        Policy.read(policy(["eq", field, "EXAMPLE-wanted"])).check({field: "EXAMPLE-had"}, 1)
    assert "EXAMPLE" not in str(caught.value)


NEW_YEAR = datetime(2030, 1, 1, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        ("2030-01-01T00:00:00Z", NEW_YEAR),
        ("2030-01-01T00:00:00.000Z", NEW_YEAR),
        ("2030-01-01T00:00:00.500Z", NEW_YEAR + 0.5),
        ("soon", 1893456789.0),
        ("", 1893456789.0),
    ],
)
def test_credentials_expire_when_their_policy_does(stated: str, seconds: float) -> None:
    given = credentials(policy=policy(expiration=stated), expire="1893456789")
    assert expires_at(given) == seconds


@pytest.mark.parametrize("expire", [None, "", "soon", "-5", "1.5", "１８"])
def test_credentials_with_an_unreadable_expiry_have_none(expire: Any) -> None:
    assert expires_at(credentials(policy=None, expire=expire)) is None
