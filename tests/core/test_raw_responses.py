"""`with_raw_response` gives what the plain methods give, and what surrounded it."""

from __future__ import annotations

import asyncio
import inspect
import json
import pickle
from collections.abc import Callable
from importlib.resources import files
from typing import Any, get_args, get_origin, get_type_hints

import httpx
import pytest
from trustoo import AsyncTrustoo, NotFoundError, Trustoo
from trustoo_api.operations import OPERATIONS
from trustoo_api.types import Response

from tests.support import ACCESS, MERCHANT, Recorder, arguments_of, async_shop, body_of, local_server, module_of, shop

pytestmark = pytest.mark.filterwarnings("ignore::trustoo.UnverifiedOperationWarning")
SAMPLES = json.loads(files("trustoo_api").joinpath("samples.json").read_text(encoding="utf-8"))
EVERY = pytest.mark.parametrize("operation", OPERATIONS)


def settings_for(operation: str) -> dict[str, Any]:
    if OPERATIONS[operation].credentials == ("bearer",):
        return {"public_token": None, "private_token": None, "access_token": ACCESS}
    return {"merchant_session": MERCHANT}


def content_for(operation: str) -> bytes:
    answer = dict(SAMPLES[operation]["answer"])
    return body_of(answer | {"request_id": "EXAMPLE-id"} if "code" in answer else answer)


def answering(operation: str) -> Recorder:
    return Recorder(
        lambda request: httpx.Response(201, content=content_for(operation), headers={"X-Answer": operation})
    )


def methods(client: Any, operation: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    tag, name = operation.split(".")
    resource = getattr(client, tag)
    return getattr(resource, name), getattr(resource.with_raw_response, name)


def check(operation: str, plain: Any, raw: Any) -> None:
    assert isinstance(raw, Response)
    assert raw.parsed == plain
    assert type(raw.parsed) is type(plain)
    assert (raw.status_code, raw.content) == (201, content_for(operation))
    assert raw.headers["x-answer"] == raw.headers["X-ANSWER"] == operation
    assert raw.request_id == ("EXAMPLE-id" if b"EXAMPLE-id" in raw.content else None)


@EVERY
def test_the_functions_of_an_operation_return_what_its_methods_return(operation: str) -> None:
    module, recorder = module_of(operation), answering(operation)
    arguments = arguments_of(module.build)
    with shop(recorder, **settings_for(operation)) as client:
        plain, _ = methods(client, operation)
        value = plain(**arguments)
        assert module.sync(client=client, **arguments) == value
        check(operation, value, module.sync_detailed(client=client, **arguments))

    async def later() -> None:
        async with async_shop(recorder, **settings_for(operation)) as client:
            assert await module.asyncio(client=client, **arguments) == value
            check(operation, value, await module.asyncio_detailed(client=client, **arguments))

    asyncio.run(later())
    assert len({(request.method, request.url, request.content) for request in recorder.requests}) == 1
    assert len(recorder.requests) == 5


@EVERY
def test_the_value_is_the_plain_methods_and_the_rest_is_the_answers(operation: str) -> None:
    recorder = answering(operation)
    with shop(recorder, **settings_for(operation)) as client:
        plain, raw = methods(client, operation)
        check(operation, plain(**arguments_of(plain)), raw(**arguments_of(plain)))
    first, second = recorder.requests
    assert (first.method, first.url, first.content) == (second.method, second.url, second.content)
    assert first.headers == second.headers


@EVERY
def test_it_is_the_same_for_asyncio(operation: str) -> None:
    recorder = answering(operation)

    async def run() -> None:
        async with async_shop(recorder, **settings_for(operation)) as client:
            plain, raw = methods(client, operation)
            check(operation, await plain(**arguments_of(plain)), await raw(**arguments_of(plain)))

    asyncio.run(run())
    first, second = recorder.requests
    assert (first.method, first.url, first.content) == (second.method, second.url, second.content)


@EVERY
@pytest.mark.parametrize("kind", [Trustoo, AsyncTrustoo])
def test_the_arguments_are_those_of_the_plain_method(operation: str, kind: Any) -> None:
    plain, raw = methods(kind(access_token=ACCESS), operation)
    one, other = inspect.signature(plain), inspect.signature(raw)
    assert one.parameters == other.parameters
    assert inspect.iscoroutinefunction(plain) is inspect.iscoroutinefunction(raw) is (kind is AsyncTrustoo)
    assert raw.__name__ == plain.__name__


@EVERY
@pytest.mark.parametrize("kind", [Trustoo, AsyncTrustoo])
def test_the_result_is_a_response_of_the_plain_methods_result(operation: str, kind: Any) -> None:
    plain, raw = (get_type_hints(method)["return"] for method in methods(kind(access_token=ACCESS), operation))
    assert get_origin(raw) is Response
    assert get_args(raw) == (plain,)


def test_every_method_has_its_raw_twin_and_there_are_no_others() -> None:
    for kind in (Trustoo, AsyncTrustoo):
        client: Any = kind(access_token=ACCESS)
        twins = {
            f"{tag}.{name}"
            for tag in {operation.split(".")[0] for operation in OPERATIONS}
            for name, _ in inspect.getmembers(type(getattr(client, tag).with_raw_response), inspect.isfunction)
            if not name.startswith("_")
        }
        assert twins == set(OPERATIONS)


def test_an_error_is_raised_and_not_wrapped() -> None:
    with shop(Recorder(b'{"code": 5}')) as client, pytest.raises(NotFoundError):
        client.reviews.with_raw_response.list()


def test_a_resource_and_its_raw_twin_call_through_the_same_client() -> None:
    client = Trustoo(access_token=ACCESS)
    derived = client.with_options(timeout=5)
    assert derived.reviews.with_raw_response._client is derived
    assert client.media.with_raw_response._client is client


def test_repr_of_a_response_shows_the_value_and_neither_headers_nor_bytes() -> None:
    response = Response(200, {"Location": "https://x.test/?code=LEAK"}, b"LEAK", "value", "r1")
    assert repr(response) == "Response(status_code=200, parsed='value', request_id='r1')"


SENDERS = [("sync", name) for name in ("httpcore", "httpx", "pyreqwest")]
SENDERS += [("asyncio", name) for name in ("httpcore", "httpx", "pyreqwest", "aiohttp")]
RESULTS = ["reviews.list", "webhooks.list", "reviews.rating", "reviews.create", "webhooks.delete", "oauth.token"]


@pytest.mark.parametrize(("kind", "transport"), SENDERS)
def test_raw_responses_of_every_transport_can_be_pickled(kind: str, transport: Any) -> None:
    content = body_of({"code": 0, "request_id": "r1", "data": {"page": {}, "list": [{"id": 7, "new": {"a": [1]}}]}})

    async def later(address: str) -> Any:
        async with AsyncTrustoo(base_url=address, access_token=ACCESS, transport=transport) as client:
            return await client.reviews.with_raw_response.list()

    with local_server(content) as (address, _):
        if kind == "asyncio":
            raw = asyncio.run(later(address))
        else:
            with Trustoo(base_url=address, access_token=ACCESS, transport=transport) as client:
                raw = client.reviews.with_raw_response.list()
    again = pickle.loads(pickle.dumps(raw))
    assert again == raw
    assert (again.headers["CONTENT-LENGTH"], again.content) == (str(len(content)), content)
    (review,) = again.parsed.list
    assert (review.id, review.extra, review.has("new"), review.has("title")) == ("7", {"new": {"a": [1]}}, True, False)
    assert review.to_dict() == {"id": 7, "new": {"a": [1]}}


@pytest.mark.parametrize("operation", RESULTS)
def test_results_of_every_kind_can_be_pickled(operation: str) -> None:
    with shop(answering(operation), **settings_for(operation)) as client:
        plain, raw = methods(client, operation)
        for result in (plain(**arguments_of(plain)), raw(**arguments_of(plain))):
            again = pickle.loads(pickle.dumps(result))
            assert type(again) is type(result)
            assert again == result
