"""Strict clients, and the readers beside the client: token responses, upload credentials, deliveries of webhooks."""

import json
import warnings
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from trustoo import (
    NO_RETRIES,
    ConfigurationError,
    OutcomeUnknownError,
    ResponseDecodeError,
    UnexpectedShapeWarning,
    UploadError,
    WebhookError,
    signature,
)
from trustoo.oauth import Platform
from trustoo.signing import canonical_string
from trustoo.transport import Headers, HTTPResponse
from trustoo.webhooks import HEADERS, WebhookVerifier
from trustoo_api.api.reviews import reviews_list
from trustoo_api.client import Client
from trustoo_api.models import ImageUploadCredentials

from contract_tests.support.pictures import PNG

ClientOf = Callable[..., Any]


def body(data: Any) -> bytes:
    return json.dumps({"code": 0, "request_id": "0ab1", "data": data}).encode()


def always(content: bytes) -> Callable[[Any], HTTPResponse]:
    return lambda request: HTTPResponse(200, Headers([]), content)


ODD: list[Any] = [
    {"list": [{"rating": "5"}]},
    {"list": [{"is_verified": True}]},
    {"list": [{"reply": []}]},
    {"list": [{"created_at": 1750000000}]},
    {"list": [{"created_at": "soon"}]},
    {"list": [{"created_at": "0000-00-00 00:00:00"}]},
    {"list": [None]},
    {"list": {}},
    {"page": [], "list": []},
    {"page": {"count": "12"}, "list": []},
    {"page": {"total_page": 1.0}, "list": []},
    [],
]


@pytest.mark.parametrize("data", ODD)
def test_a_strict_client_raises_where_another_reads(client_of: ClientOf, data: Any) -> None:
    shop = client_of(always(body(data)))
    strict = client_of(always(body(data)), strict=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnexpectedShapeWarning)
        expected = shop.call(lambda client: client.reviews.list())
        assert strict.call(lambda client: client.with_options(strict=False).reviews.list()) == expected
    for client, options in ((strict, {}), (shop, {"strict": True})):
        with pytest.raises(ResponseDecodeError) as caught:
            client.call(lambda client, options=options: client.with_options(**options).reviews.list())
        assert caught.value.content == body(data)
    with pytest.raises(ResponseDecodeError):
        strict.items(lambda client: client.reviews.iterate())


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"list": None},
        {"page": None, "list": [{"id": 7, "product_id": None, "new": {"a": 1}}]},
        {"list": [{"created_at": "2025-06-20 11:06:48", "updated_at": "2025-06-20T11:06:48Z", "source": "a new one"}]},
        {"list": [{"media": None}, {"media": []}, {"media": {"images": None}}]},
    ],
)
def test_a_strict_client_reads_what_the_spec_says(client_of: ClientOf, data: Any) -> None:
    shop = client_of(always(body(data)), strict=True)
    assert shop.call(lambda client: client.reviews.list()).to_dict() == data


@pytest.mark.parametrize("content", [b'{"code": "0", "data": {}}', b"\xef\xbb\xbf" + body({}), body({"x": "\ud83d"})])
def test_a_strict_client_refuses_odd_envelopes_and_broken_text(client_of: ClientOf, content: bytes) -> None:
    with pytest.raises(ResponseDecodeError):
        client_of(always(content), strict=True).call(lambda client: client.reviews.list())


def test_a_strict_client_requires_what_the_spec_requires(client_of: ClientOf) -> None:
    for content in (b'{"list": []}', b'{"page": {}}', b'{"page": null, "list": []}'):
        answer = always(b'{"code": 0, "data": ' + content + b"}")
        assert client_of(answer).call(lambda client: client.orders.list()).list == []
        if b"null" not in content:
            with pytest.raises(ResponseDecodeError, match="is missing"):
                client_of(answer, strict=True).call(lambda client: client.orders.list())


@pytest.mark.parametrize("strict", [None, 1, "yes"])
def test_strict_is_true_or_false(client_of: ClientOf, strict: Any) -> None:
    with pytest.raises(ConfigurationError, match="strict must be True or False"):
        client_of(always(b""), strict=strict)
    shop = client_of(always(b""))
    with pytest.raises(ConfigurationError, match="strict must be True or False"):
        shop.call(lambda client: client.with_options(strict=strict))


def test_the_plain_client_has_the_same_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    content = body({"list": [{"rating": "5", "author": {}}]})
    monkeypatch.setattr(httpx.Client, "send", lambda *args, **kwargs: httpx.Response(200, content=content))
    client = Client()
    with pytest.warns(UnexpectedShapeWarning, match=r"reviews\.list.*Review\.author"):
        page = reviews_list.sync(client=client)
    assert reviews_list.sync_detailed(client=client).unreadable == ("Review.author",)  # and no second warning
    assert (page.list[0].rating, page.list[0].unreadable) == (5, ("author",))
    with pytest.raises(ResponseDecodeError):
        reviews_list.sync(client=Client(strict=True))


# --- tokens


def platform(content: bytes, **settings: Any) -> Platform:
    http_client = httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(200, content=content)))
    return Platform("EXAMPLE-id", "EXAMPLE-secret", http_client=http_client, retry=NO_RETRIES, **settings)


@pytest.mark.parametrize(
    ("content", "refused"),
    [
        (body({"access_token": 12345, "refresh_token": 67890}), ResponseDecodeError),
        (b'\xef\xbb\xbf{"code": "0", "data": {"access_token": "12345", "refresh_token": 67890}}', ResponseDecodeError),
        (b'{"code": 0, "access_token": 12345, "refresh_token": "67890"}', ResponseDecodeError),
        # Neither a code nor a text that a strict client reads states that this one is a success.
        (b'{"access_token": 12345, "refresh_token": "67890", "note": "\\ud83d"}', OutcomeUnknownError),
        (b'{"code": 0, "data": [], "access_token": "12345", "refresh_token": "67890"}', ResponseDecodeError),
    ],
)
def test_a_token_is_read_in_each_spelling(content: bytes, refused: type[Exception]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnexpectedShapeWarning)
        token = platform(content).exchange("EXAMPLE-code", shop="s")
    assert (token.access_token, token.refresh_token) == ("12345", "67890")
    with pytest.raises(refused):
        platform(content, strict=True).exchange("EXAMPLE-code", shop="s")


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(
    "data", [{}, {"access_token": None}, {"access_token": ["x"]}, {"access_token": ""}, None, "x", [1]]
)
def test_a_response_without_a_readable_token_is_an_error(data: Any, strict: bool) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnexpectedShapeWarning)
        with pytest.raises(ResponseDecodeError):
            platform(body(data), strict=strict).exchange("EXAMPLE-code", shop="s")


# --- uploads


@pytest.mark.parametrize("name", ["host", "policy", "signature", "access_id", "dir"])
@pytest.mark.parametrize("value", [None, {"x": 1}, ""])
def test_upload_credentials_that_lack_something_are_named_when_they_are_used(
    client_of: ClientOf, name: str, value: Any
) -> None:
    known = dict.fromkeys(("access_id", "signature", "callback"), "EXAMPLE")
    data = {
        **known,
        "host": "https://storage.example",
        "dir": "d/",
        "policy": "e30=",
        "expire": 1750000000,
        name: value,
    }
    shop = client_of(always(body(data)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnexpectedShapeWarning)
        given = shop.call(lambda client: client.media.image_upload_credentials())
        assert given.expire == "1750000000"
        with pytest.raises(ResponseDecodeError, match=f"have no {name}. Nothing was sent"):
            shop.call(lambda client: client.media.upload_image(PNG))
        by_hand = ImageUploadCredentials(host="https://storage.example")
        with pytest.raises(UploadError, match="have no dir"):
            shop.call(lambda client: client.media.upload_image(PNG, credentials=by_hand))


# --- webhooks

SECRET, NOW = "EXAMPLE-private-token", 1_700_000_000


def delivered(content: bytes, **options: Any) -> Any:
    sign = signature(SECRET, canonical_string((), str(NOW), content))
    headers = dict(zip(HEADERS, ("EXAMPLE-public-token", str(NOW), sign, "EXAMPLE-id"), strict=True))
    return WebhookVerifier(SECRET, clock=lambda: NOW, **options).verify(content, headers)


def test_a_delivery_is_read_by_the_same_rules_and_is_never_lost_for_a_warning() -> None:
    content = b'{"list": [{"id": 7.0, "my_shopify_domain": 5}, null, {"id": [], "note": "\xe9"}]}'
    delivery = delivered(content)  # the test run makes warnings errors
    assert [(item.id, item.my_shopify_domain) for item in delivery.items] == [("7", "5"), (None, None)]
    assert (delivery.payload.unreadable, delivery.payload.received) == (("list",), 3)
    assert (delivery.items[1].unreadable, delivery.items[1].extra) == (("id",), {"note": "\ufffd"})
    with pytest.raises(WebhookError, match="does not match the OpenAPI spec"):
        delivered(content, strict=True)


@pytest.mark.parametrize("content", [b"", b"x", b"null", b"5", b"[1]", b'{"list":'])
def test_a_delivery_that_is_no_object_is_an_error(content: bytes) -> None:
    with pytest.raises(WebhookError):
        delivered(content)
