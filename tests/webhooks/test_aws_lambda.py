"""The handler for AWS Lambda gets events as API Gateway, function URLs and load balancers send them."""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import logging
from typing import Any

import pytest
from trustoo.errors import ArgumentError
from trustoo.testing import SignedDelivery
from trustoo.webhooks import HEADERS, Delivery, Refusal
from trustoo.webhooks.adapters import lambda_handler

from tests.webhooks.support import CREATED, AsyncStore, deliveries, receiver

Event = dict[str, Any]
CONTEXT = object()


def encoded(made: SignedDelivery, is_base64: bool) -> Event:
    body = base64.b64encode(made.body).decode() if is_base64 else made.body.decode()
    return {"body": body, "isBase64Encoded": is_base64}


def rest_api(made: SignedDelivery, path: str, is_base64: bool) -> Event:
    """An event of format 1.0. Its `path` has no stage, but the base path of a custom domain."""
    return {
        "version": "1.0",
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": "POST",
        "headers": {**made.headers, "Host": "EXAMPLE.execute-api.eu-central-1.amazonaws.com"},
        "multiValueHeaders": {
            **{name: [value] for name, value in made.headers.items()},
            "X-Forwarded-For": ["192.0.2.1", "192.0.2.2"],
        },
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"proxy": path.lstrip("/")},
        "stageVariables": None,
        "requestContext": {
            "resourceId": "EXAMPLE",
            "resourcePath": "/{proxy+}",
            "httpMethod": "POST",
            "path": f"/prod{path}",
            "accountId": "123456789012",
            "protocol": "HTTP/1.1",
            "stage": "prod",
            "requestTimeEpoch": 1700465771000,
            "requestId": "EXAMPLE-request-id",
            "identity": {"sourceIp": "192.0.2.1", "userAgent": "EXAMPLE"},
            "domainName": "EXAMPLE.execute-api.eu-central-1.amazonaws.com",
            "apiId": "EXAMPLE",
        },
        **encoded(made, is_base64),
    }


def http_api(made: SignedDelivery, path: str, is_base64: bool, stage: str = "prod") -> Event:
    """An event of format 2.0. Its paths begin with the stage, unless the stage is $default."""
    raw_path = path if stage == "$default" else f"/{stage}{path}"
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": raw_path,
        "rawQueryString": "",
        "headers": {
            **{name.lower(): value for name, value in made.headers.items()},
            "host": "EXAMPLE.execute-api.eu-central-1.amazonaws.com",
            "x-forwarded-for": "192.0.2.1,192.0.2.2",
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "EXAMPLE",
            "domainName": "EXAMPLE.execute-api.eu-central-1.amazonaws.com",
            "domainPrefix": "EXAMPLE",
            "http": {
                "method": "POST",
                "path": raw_path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "EXAMPLE",
            },
            "requestId": "EXAMPLE-request-id",
            "routeKey": "$default",
            "stage": stage,
            "time": "20/Nov/2023:07:36:11 +0000",
            "timeEpoch": 1700465771000,
        },
        **encoded(made, is_base64),
    }


def function_url(made: SignedDelivery, path: str, is_base64: bool) -> Event:
    return http_api(made, path, is_base64, "$default")


def load_balancer(made: SignedDelivery, path: str, is_base64: bool) -> Event:
    return {
        "requestContext": {
            "elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/EXAMPLE"}
        },
        "httpMethod": "POST",
        "path": path,
        "queryStringParameters": {},
        "headers": {name.lower(): value for name, value in made.headers.items()},
        **encoded(made, is_base64),
    }


def load_balancer_with_lists(made: SignedDelivery, path: str, is_base64: bool) -> Event:
    event = load_balancer(made, path, is_base64)
    return {**event, "multiValueHeaders": {name: [value] for name, value in event.pop("headers").items()}}


EVENTS = [rest_api, http_api, function_url, load_balancer, load_balancer_with_lists]
every_event = pytest.mark.parametrize("make", EVENTS)


@every_event
@pytest.mark.parametrize("is_base64", [False, True])
@pytest.mark.parametrize("path", [CREATED, f"/base/path{CREATED}", "/review-created"])
def test_a_delivery_is_handled_once(make: Any, is_base64: bool, path: str) -> None:
    seen: list[Delivery] = []
    handle, made = lambda_handler(receiver(seen.append)), deliveries().make({"list": [{"author": "Zoë"}]})
    for _ in range(2):
        assert handle(make(made, path, is_base64), CONTEXT) == {
            "statusCode": 200,
            "headers": {"Content-Type": "application/json"},
            "body": '{"code":0,"message":"success"}',
            "isBase64Encoded": False,
        }
    assert [delivery.body for delivery in seen] == [made.body]


@every_event
def test_refusals_are_json(make: Any) -> None:
    counted: list[Refusal] = []
    handle = lambda_handler(receiver(print, on_refused=counted.append, limit=300))
    made = deliveries().make()
    events = [
        make(made.tampered_body(), CREATED, True),
        make(made, "/nowhere", False),
        make(deliveries().make(b"[]" + b" " * 300), CREATED, True),
        {**make(made, CREATED, False), "body": None},
        {**make(made, CREATED, True), "body": "no base64 =é"},
        {**make(made, CREATED, False), "body": "\ud800"},
        {**make(made, CREATED, False), "headers": None, "multiValueHeaders": None},
    ]
    responses = [json.loads(json.dumps(handle(event, CONTEXT))) for event in events]
    assert [response["statusCode"] for response in responses] == [401, 404, 413, 401, 401, 401, 401]
    assert len(counted) == 7


@pytest.mark.parametrize("make", [rest_api, load_balancer_with_lists])
def test_headers_that_come_twice_are_told(make: Any, caplog: pytest.LogCaptureFixture) -> None:
    event = make(deliveries().make(), CREATED, False)
    lists = {name.lower(): values for name, values in event["multiValueHeaders"].items()}
    event["multiValueHeaders"] = {**lists, HEADERS[2].lower(): lists[HEADERS[2].lower()] * 2}
    with caplog.at_level(logging.WARNING, "trustoo.webhooks"):
        assert lambda_handler(receiver(print))(event, CONTEXT)["statusCode"] == 401
    assert "Sign is given more than once" in caplog.text


@every_event
def test_a_route_may_have_one_topic(make: Any) -> None:
    seen: list[Delivery] = []
    handle = lambda_handler(receiver(seen.append), "review/created")
    assert handle(make(deliveries().make(), "/own/hook", True), CONTEXT)["statusCode"] == 200
    assert [delivery.topic for delivery in seen] == ["review/created"]
    with pytest.raises(ArgumentError, match="no handler"):
        lambda_handler(receiver(print), "review/deleted")


def test_other_methods_are_refused() -> None:
    event = rest_api(deliveries().make(), CREATED, False) | {"httpMethod": "GET"}
    response = lambda_handler(receiver(print))(event, CONTEXT)
    assert (response["statusCode"], response["headers"], response["body"]) == (405, {"Allow": "POST"}, "")


@every_event
def test_coroutine_functions_run_in_one_loop(make: Any) -> None:
    loops: list[asyncio.AbstractEventLoop] = []

    async def handler(delivery: Delivery) -> None:
        loops.append(asyncio.get_running_loop())

    handle = lambda_handler(receiver(handler, store=AsyncStore()))
    for number in range(2):
        made = deliveries().make(request_id=f"EXAMPLE-{number}") if number else deliveries().make({"list": []})
        assert handle(make(made, CREATED, True), CONTEXT)["statusCode"] == 200
    assert len(loops) == 2
    assert loops[0] is loops[1]
    del handle
    gc.collect()
    assert loops[0].is_closed()


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"Records": [{"eventSource": "aws:sqs", "body": "{}"}]},
        {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}},
        {"httpMethod": "POST"},
        {"version": "2.0", "rawPath": CREATED, "requestContext": {}},
        {"version": "2.0", "rawPath": CREATED, "requestContext": None},
    ],
)
def test_events_of_other_services_are_an_error(event: Event) -> None:
    with pytest.raises(ArgumentError, match="not a request of API Gateway"):
        lambda_handler(receiver(print))(event, CONTEXT)
