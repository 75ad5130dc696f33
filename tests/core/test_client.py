"""`Trustoo` and `AsyncTrustoo` are one client in two ways of calling."""

from __future__ import annotations

import asyncio
import inspect
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from trustoo import (
    AsyncTrustoo,
    ConfigurationError,
    OutcomeUnknownError,
    ResponseDecodeError,
    Trustoo,
    TrustooError,
    UnexpectedShapeWarning,
    UnverifiedOperationWarning,
    WrongClientError,
)
from trustoo.testing import FakeTrustoo
from trustoo.upload import AsyncMedia, Media
from trustoo_api.api.customers import customers_exclusions
from trustoo_api.api.reviews import reviews_list
from trustoo_api.operations import BASE_URL, OPERATIONS
from trustoo_api.types import Response

from tests.support import (
    ACCESS,
    MERCHANT,
    PRIVATE,
    PUBLIC,
    Recorder,
    arguments_of,
    async_shop,
    envelope,
    local_server,
    shop,
)

PAGE = envelope({"page": {"count": 1}, "list": [{"id": 1, "new": True}]})
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("reviews.list", {"keyword": "Zoë & co", "product_ids": ["1", "2"], "extra_query": {"k": ""}}),
    ("reviews.create", {"rating": 5, "author": "Zoë", "media": [{"url": "u"}]}),
    ("webhooks.delete", {"id": 5}),
]


def http_request(request: httpx.Request) -> tuple[str, bytes, bytes, dict[str, str]]:
    dropped = {"user-agent", "connection", "accept-encoding"}
    headers = {name: value for name, value in request.headers.items() if name not in dropped}
    return request.method, request.url.raw_path, request.content, headers


def run_both(call: tuple[str, dict[str, Any]], answer: bytes) -> tuple[Recorder, Any, Any]:
    (tag, method), arguments = call[0].split("."), call[1]
    recorder = Recorder(answer)
    with shop(recorder) as client:
        first = getattr(getattr(client, tag), method)(**arguments)

    async def later() -> Any:
        async with async_shop(recorder) as client:
            return await getattr(getattr(client, tag), method)(**arguments)

    return recorder, first, asyncio.run(later())


@pytest.mark.parametrize("call", CALLS, ids=lambda call: str(call[0]))
def test_both_clients_send_the_same_bytes(call: tuple[str, dict[str, Any]]) -> None:
    recorder, *_ = run_both(call, envelope({"id": "1"}))
    first, second = map(http_request, recorder.requests)
    assert first == second
    assert {"public-token", "sign", "timestamp"} <= set(first[3])


def test_both_clients_read_the_same_result() -> None:
    _, first, second = run_both(CALLS[0], PAGE)
    assert first == second
    assert (first.page.count, first.list[0].id, first.list[0].extra) == (1, "1", {"new": True})


def test_both_clients_raise_the_same_error() -> None:
    said = set()
    for send in (run_sync, run_async):
        with pytest.raises(TrustooError) as caught:
            send(Recorder(b'{"code": 5, "message": "gone"}'))
        said.add((type(caught.value), str(caught.value)))
    assert len(said) == 1


def run_sync(recorder: Recorder) -> Any:
    with shop(recorder) as client:
        return client.reviews.create(rating=5, author="a")


def run_async(recorder: Recorder) -> Any:
    async def later() -> Any:
        async with async_shop(recorder) as client:
            return await client.reviews.create(rating=5, author="a")

    return asyncio.run(later())


@pytest.mark.parametrize("send", [run_sync, run_async])
def test_a_write_whose_answer_is_lost_is_sent_once_and_its_outcome_unknown(send: Any) -> None:
    def lose(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("late")

    recorder = Recorder(lose)
    with pytest.raises(OutcomeUnknownError):
        send(recorder)
    assert len(recorder.requests) == 1


def test_a_client_is_the_transport_of_generated_functions() -> None:
    recorder = Recorder(PAGE)
    with shop(recorder) as client:
        detailed = reviews_list.sync_detailed(client=client)
        assert isinstance(detailed, Response)
        assert detailed.request_id == "0ab1"
        assert reviews_list.sync(client=client) == detailed.parsed

    async def later() -> object:
        async with async_shop(recorder) as client:
            return (await reviews_list.asyncio_detailed(client=client)).parsed

    assert asyncio.run(later()) == detailed.parsed


def test_the_wrong_kind_of_client_is_refused_both_ways() -> None:
    one: Any = Trustoo(public_token=PUBLIC, private_token=PRIVATE)
    other: Any = AsyncTrustoo(public_token=PUBLIC, private_token=PRIVATE)
    with pytest.raises(WrongClientError, match="AsyncTrustoo has no send method"):
        reviews_list.sync(client=other)
    with pytest.raises(WrongClientError, match="Trustoo has no send_async method"):
        asyncio.run(reviews_list.asyncio(client=one))


def test_clients_close_what_they_opened_at_the_end_of_with() -> None:
    settings: Any = {"public_token": PUBLIC, "private_token": PRIVATE, "transport": "httpx"}
    with local_server(PAGE) as (address, heard):
        with Trustoo(base_url=address, **settings) as client:
            client.reviews.list()
            own: Any = client._transport
            opened = next(iter(own._opened.values()))._client

        async def later() -> None:
            async with AsyncTrustoo(base_url=address, **settings) as client:
                await client.reviews.list()
                own: Any = client._transport
                opened = next(iter(next(iter(own._opened.values()))._loops._opened.values())).connections
            assert opened.is_closed

        asyncio.run(later())
    assert opened.is_closed
    assert [request.path for request in heard] == ["/api/v1/openapi/get_reviews"] * 2


@pytest.mark.parametrize("kind", [Trustoo, AsyncTrustoo])
def test_repr_shows_no_secret(kind: type[Trustoo]) -> None:
    client = kind(public_token=PUBLIC, private_token=PRIVATE, merchant_session=MERCHANT)
    assert repr(client) == f"{kind.__name__}(base_url={BASE_URL!r}, public_token={PUBLIC!r})"
    assert ACCESS not in repr(kind(access_token=ACCESS))


@pytest.mark.parametrize("kind", [Trustoo, AsyncTrustoo])
def test_an_unknown_setting_is_an_error(kind: Any) -> None:
    with pytest.raises(ConfigurationError, match="Unknown settings: private_tokn, retries"):
        kind(private_tokn="x", retries=3)


@pytest.mark.parametrize("kind", [Trustoo, AsyncTrustoo])
def test_a_misspelt_setting_is_named_as_it_is_spelt(kind: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"private_tokn, timeot\. Did you mean private_token and timeout\?$"):
        kind(private_tokn="x", timeot=3)
    with pytest.raises(ConfigurationError, match=r"Unknown settings: colour\.$"):
        kind(colour="x")
    with pytest.raises(ConfigurationError, match=r"timeot\. Did you mean timeout\?$"):
        kind(public_token=PUBLIC, private_token=PRIVATE).with_options(timeot=3)


@pytest.mark.parametrize("timeout", [0, -1, float("inf"), float("nan"), True, "30", None])
def test_a_timeout_must_be_a_positive_number_of_seconds(timeout: Any) -> None:
    with pytest.raises(ConfigurationError, match="timeout must be a positive number"):
        Trustoo(access_token=ACCESS, timeout=timeout)


def test_the_timeout_goes_into_every_request() -> None:
    recorder = Recorder(PAGE)
    with shop(recorder, timeout=3) as client:
        client.reviews.list()
    assert recorder.requests[0].extensions["timeout"]["read"] == 3.0


def test_base_url_comes_from_the_argument_then_the_environment_then_the_description(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert BASE_URL in repr(Trustoo())
    monkeypatch.setenv("TRUSTOO_BASE_URL", "https://variable.test")
    assert "https://variable.test" in repr(Trustoo())
    assert "https://argument.test" in repr(Trustoo(base_url="https://argument.test"))
    with pytest.raises(ConfigurationError, match="base_url"):
        Trustoo(base_url="nonsense")


def test_credentials_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTOO_ACCESS_TOKEN", ACCESS)
    recorder = Recorder(PAGE)
    with httpx.Client(transport=httpx.MockTransport(recorder)) as http:
        Trustoo(http_client=http).reviews.list()
    assert recorder.requests[0].headers["authorization"] == f"Bearer {ACCESS}"


def test_a_client_without_credentials_makes_unsigned_calls() -> None:
    recorder = Recorder(envelope({"authorize_url": "https://example.test"}))
    with shop(recorder, public_token=None, private_token=None) as client:
        client.oauth.authorize_url(client_id="a", redirect_uri="b", state="c", scope="d")
    assert not {"sign", "public-token", "authorization"} & set(recorder.requests[0].headers)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_is_a_method_of_both_clients_with_one_signature(operation: str) -> None:
    tag, name = operation.split(".")
    one = getattr(getattr(Trustoo(access_token=ACCESS), tag), name)
    other = getattr(getattr(AsyncTrustoo(access_token=ACCESS), tag), name)
    assert inspect.signature(one) == inspect.signature(other)
    assert not inspect.iscoroutinefunction(one)
    assert inspect.iscoroutinefunction(other)
    assert f"Evidence: {OPERATIONS[operation].evidence} " in (inspect.getdoc(one) or "")


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.filterwarnings("ignore::trustoo.UnverifiedOperationWarning")
def test_every_method_sends_its_own_operation(operation: str) -> None:
    tag, name = operation.split(".")
    kinds: dict[str, Any] = {"merchant_session": MERCHANT}
    if OPERATIONS[operation].credentials == ("bearer",):
        kinds |= {"public_token": None, "private_token": None, "access_token": ACCESS}
    recorder = Recorder(b'{"code": 5}')
    with shop(recorder, **kinds) as client:
        method = getattr(getattr(client, tag), name)
        with pytest.raises(TrustooError, match=f"^{operation}: code 5"):
            method(**arguments_of(method))
    sent = recorder.requests[0]
    assert (sent.method, sent.url.path) == (OPERATIONS[operation].method, OPERATIONS[operation].path)


# As the pages have it, or clients where there is no page. What is missing here requires nothing.
NEEDED = {
    "oauth.token": {"client_id", "client_secret"},
    "oauth.revoke": {"client_id", "client_secret", "token"},
    "platform.authorization_info": {"client_id", "client_secret"},
    "platform.installation_status": {"client_id", "client_secret"},
    "webhooks.create": {"topic", "url"},
    "webhooks.update": {"id", "topic", "url"},
    "webhooks.delete": {"id"},
    "reviews.get": {"id"},
    "reviews.create": {"rating", "author"},
    "reviews.delete": {"id"},
    "customers.unsubscribe": {"email", "email_type"},
}
MAY_HAVE_NO_DATA = {
    *("oauth.token", "oauth.revoke", "platform.disconnect", "platform.cancel"),
    *("webhooks.update", "webhooks.delete", "reviews.create", "reviews.delete"),
    *("customers.unsubscribe", "customers.exclude", "customers.include"),
}
"""Writes whose pages show no answer, or one without data; and the token, which may come without an envelope."""


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_method_requires_what_the_operation_does(operation: str) -> None:
    tag, name = operation.split(".")
    given = inspect.signature(getattr(getattr(Trustoo(access_token=ACCESS), tag), name)).parameters.values()
    required = {parameter.name for parameter in given if parameter.default is parameter.empty}
    assert required == NEEDED.get(operation, set())


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_method_takes_several_values_where_the_operation_does(operation: str) -> None:
    tag, name = operation.split(".")
    given = inspect.signature(getattr(getattr(Trustoo(access_token=ACCESS), tag), name)).parameters.values()
    several = {
        parameter.name for parameter in given if re.search(r"\b(Sequence|Iterable)\b", str(parameter.annotation))
    }
    known = {"reviews.list": {"product_ids", "ratings", "sources"}, "reviews.create": {"media"}}
    assert several == known.get(operation, set())


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.filterwarnings("ignore::trustoo.UnverifiedOperationWarning")
def test_a_success_without_data_is_no_answer_to_a_read_where_data_is_what_was_asked_for(operation: str) -> None:
    tag, name = operation.split(".")
    kinds: dict[str, Any] = {"merchant_session": MERCHANT}
    if OPERATIONS[operation].credentials == ("bearer",):
        kinds |= {"public_token": None, "private_token": None, "access_token": ACCESS}
    with shop(Recorder(b'{"code": 0, "message": "success"}'), **kinds) as client:
        method = getattr(getattr(client, tag), name)
        if operation in MAY_HAVE_NO_DATA:
            result = method(**arguments_of(method))
            assert result is None or (result.to_dict(), result.unreadable) == ({}, ())
        elif OPERATIONS[operation].is_write:
            with pytest.warns(UnexpectedShapeWarning, match=f"{operation} has parts that cannot be read: data"):
                result = method(**arguments_of(method))
            assert (result.to_dict(), result.unreadable) == ({}, ("data",))
        else:
            with pytest.raises(ResponseDecodeError, match=f"^{operation}: .* it has no data"):
                method(**arguments_of(method))


EXCLUSIONS: dict[str, Callable[[Any], Any]] = {
    "method": lambda client: client.customers.exclusions(),
    "raw": lambda client: client.customers.with_raw_response.exclusions(),
    "pages": lambda client: list(client.customers.iterate_exclusions()),
    "options": lambda client: client.with_options(timeout=3).customers.exclusions(),
    "function": lambda client: customers_exclusions.sync(client=client),
}


@pytest.mark.parametrize("way", EXCLUSIONS)
def test_the_warning_of_an_inferred_path_names_the_line_that_called(way: str) -> None:
    with FakeTrustoo().client() as client, pytest.warns(UnverifiedOperationWarning) as caught:
        EXCLUSIONS[way](client)
    assert [(one.filename, one.lineno) for one in caught] == [(__file__, EXCLUSIONS[way].__code__.co_firstlineno)]


def test_the_warning_of_an_inferred_path_names_the_line_that_awaited() -> None:
    async def run() -> None:
        async with FakeTrustoo().async_client() as client:
            await client.customers.exclusions()

    with pytest.warns(UnverifiedOperationWarning) as caught:
        asyncio.run(run())
    assert [(one.filename, one.lineno) for one in caught] == [(__file__, run.__code__.co_firstlineno + 2)]


def test_resources_are_made_once() -> None:
    client = Trustoo(access_token=ACCESS)
    assert client.reviews is client.reviews
    assert client.media is client.media


def test_media_can_upload() -> None:
    assert type(Trustoo(access_token=ACCESS).media) is Media
    assert type(AsyncTrustoo(access_token=ACCESS).media) is AsyncMedia


def test_a_subclass_may_bring_its_own_media() -> None:
    class Recording(Media):
        pass

    class Mine(Trustoo):
        @property
        def media(self) -> Recording:
            return Recording(self)

    recorder = Recorder(envelope({"host": "https://img.test"}))
    with httpx.Client(transport=httpx.MockTransport(recorder)) as http:
        media = Mine(access_token=ACCESS, http_client=http).media
        assert type(media) is Recording
        assert media.image_upload_credentials().host == "https://img.test"


def test_importing_trustoo_loads_no_http_library_and_no_model() -> None:
    code = (
        "import sys, trustoo; trustoo.Trustoo(access_token='EXAMPLE')\n"
        "print([n for n in sys.modules if n.split('.')[0] in ('httpx', 'httpcore', 'h11', 'anyio', 'yaml')\n"
        "       or n.startswith('trustoo_api.models.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
