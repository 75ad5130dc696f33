"""Workflows that schemathesis makes up: it calls the fake service with values of earlier responses.

The requests are schemathesis' own, and the second implementation of the signature signs them. The checks are ours,
because schemathesis finds deletions by the method DELETE, which this API does not have.
`python -m contract_tests.fake.workflows TOKEN` repeats the workflow of a failure.
"""

import argparse
import copy
import json
import re
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import httpx
import hypothesis
import requests
import schemathesis
import urllib3
from hypothesis import HealthCheck, Phase, reproduce_failure, settings
from hypothesis import seed as seeded
from hypothesis.stateful import run_state_machine_as_test
from requests.adapters import BaseAdapter, HTTPAdapter
from trustoo.testing import FakeTrustoo
from trustoo.webhooks import WebhookVerifier

from contract_tests.report import recording
from contract_tests.support import cases  # noqa: F401 - it registers the formats
from contract_tests.support.cases import body_of, describe, operation_of
from contract_tests.support.options import PYTHON
from contract_tests.support.shop import CLOCK, TOKENS
from contract_tests.support.signature import canonical, sign
from contract_tests.support.spec import SPEC, parts

NOT_FOUND, ALREADY_EXISTS, INVALID = 5, 6, 3
REFUSED = 400
"""The HTTP status of refusals. Links belong to status 200, so schemathesis follows successes only."""
STEPS = 40
CREATED, SENT = "$response.body#/data", "$request.body#"
LINKS: dict[str, dict[str, dict[str, Any]]] = {
    # schemathesis takes `product_id` and `customer_id` for ids that another operation must create, so it does not begin
    # with these operations. Links without values let them follow a list.
    "webhooks.list": {"reviews.create": {}, "webhooks.create": {}, "customers.exclude": {}},
    "reviews.create": {
        "reviews.get": {"parameters": {"id": f"{CREATED}/id"}},
        "reviews.delete": {"requestBody": {"id": f"{CREATED}/id"}},
    },
    "webhooks.create": {
        "webhooks.create": {"requestBody": {"topic": f"{SENT}/topic", "url": f"{SENT}/url"}},
        "webhooks.update": {"requestBody": {"id": f"{CREATED}/id"}},
        "webhooks.delete": {"requestBody": {"id": f"{CREATED}/id"}},
    },
    "customers.exclude": {
        "customers.exclude": {"requestBody": {"customer_id": f"{CREATED}/customer_id"}},
        "customers.include": {"requestBody": {"customer_id": f"{CREATED}/customer_id"}},
    },
}
"""Operation -> the operations that may follow, with the values that they take from its request and response. A link can
be followed several times, also after the item was deleted."""


def _linked() -> Any:
    """The spec with the links, as schemathesis loads it. `openapi.yaml` itself has no links."""
    document = copy.deepcopy(SPEC.document)
    for source, targets in LINKS.items():
        path, method, _ = parts(source)
        response = document["paths"][path][method.lower()]["responses"]["200"]
        response["links"] = {
            # Without this, members of a generated body would stay beside the link's: an email beside a customer_id.
            target: {"operationId": target, **values, "x-schemathesis": {"merge_body": target != "customers.include"}}
            for target, values in targets.items()
        }
    config = {
        "generation": {"mode": "positive", "database": "none", "with-security-parameters": False},
        "phases": {"stateful": {"inference": {"algorithms": []}}},
        "checks": {
            # A refusal because of the state is right. The expected codes are checked below.
            "positive_data_acceptance": {"enabled": False},
            # It sends the request again without credentials. `contract_tests/prism/test_credentials.py` does so too.
            "ignored_auth": {"enabled": False},
        },
    }
    loaded = schemathesis.openapi.from_dict(document, config=schemathesis.Config.from_dict(config))
    loaded.config.update(base_url="https://fake.trustoo.invalid")
    return loaded


class Signed(requests.auth.AuthBase):
    """Signs requests with the shop's tokens, by the second implementation of the rule."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        tokens, body = TOKENS["hmac"], request.body or b""
        message = canonical(str(request.url), str(CLOCK), body if isinstance(body, bytes) else body.encode())
        request.headers["Public-Token"], request.headers["Timestamp"] = tokens["public_token"], str(CLOCK)
        request.headers["Sign"] = sign(tokens["private_token"], message)
        return request


class InProcess(BaseAdapter):
    """Lets a session of requests call a fake service in this process."""

    def __init__(self, fake: FakeTrustoo) -> None:
        super().__init__()
        self._fake, self._responses = fake, HTTPAdapter()

    def send(self, request: requests.PreparedRequest, *args: Any, **settings: Any) -> requests.Response:
        parts, body = urlsplit(str(request.url)), request.body or b""
        content = body if isinstance(body, bytes) else body.encode()
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        answered = self._fake.handle(str(request.method), target, dict(request.headers), content)
        raw = urllib3.HTTPResponse(BytesIO(answered.body), answered.headers, answered.status, preload_content=False)
        return self._responses.build_response(request, raw)

    def close(self) -> None:
        self._responses.close()


class Model:
    """What the shop must hold, by what was called so far."""

    def __init__(self) -> None:
        self.reviews: dict[str, dict[str, Any]] = {}
        self.webhooks: dict[str, tuple[str, str]] = {}
        self.exclusions: dict[str, str] = {}
        self.deleted: set[str] = set()
        self.topics: set[str] = set()

    def code(self, operation: str, body: dict[str, Any], query: dict[str, Any]) -> int:
        """Return the code that a call must end with."""
        if operation in ("reviews.get", "reviews.delete"):
            return 0 if str((body or query)["id"]) in self.reviews else NOT_FOUND
        if operation in ("webhooks.create", "webhooks.update"):
            others = [held for name, held in self.webhooks.items() if name != str(body.get("id"))]
            if (body["topic"], body["url"]) in others:
                return ALREADY_EXISTS
        if operation in ("webhooks.update", "webhooks.delete"):
            return 0 if str(body["id"]) in self.webhooks else NOT_FOUND
        if operation in ("customers.exclude", "customers.include"):
            return self._exclusion_code(operation, body)
        # JSON Schema applies a format to text only, so numbers below 0 are generated too.
        return 0 if str(body.get("product_id") or 0).isdigit() else INVALID

    def _exclusion_code(self, operation: str, body: dict[str, Any]) -> int:
        customer, email = (str(body.get(name, "")) for name in ("customer_id", "email"))
        is_known = (customer and customer in self.exclusions) or (email and email in self.exclusions.values())
        if not customer and not email:
            return INVALID
        if operation == "customers.exclude":
            return ALREADY_EXISTS if is_known else 0
        return 0 if is_known else NOT_FOUND

    def carry_out(self, operation: str, body: dict[str, Any], data: Any) -> None:
        """Note a call that was carried out."""
        match operation:
            case "reviews.create":
                assert data["id"] not in self.reviews.keys() | self.deleted, "an id was given twice"
                self.reviews[data["id"]] = body
            case "reviews.delete":
                del self.reviews[str(body["id"])]
                self.deleted.add(str(body["id"]))
            case "webhooks.create" | "webhooks.update":
                self.webhooks[data["id"]] = (body["topic"], body["url"])
                self.topics.add(body["topic"])
            case "webhooks.delete":
                del self.webhooks[str(body["id"])]
            case "customers.exclude":
                self.exclusions[data["customer_id"]] = body.get("email", "")
            case "customers.include":
                given = {str(body.get(name, "")) for name in ("customer_id", "email")} - {""}
                del self.exclusions[next(name for name, email in self.exclusions.items() if given & {name, email})]


class Workflow(_linked().as_state_machine()):  # type: ignore[misc]  # schemathesis makes the class
    """A shop whose service is the fake. After each call of schemathesis, the lists must show what the model holds."""

    def setup(self) -> None:
        self.fake = FakeTrustoo(clock=lambda: CLOCK, error_status=REFUSED, state="empty")
        self.session = requests.Session()
        self.session.mount("https://", InProcess(self.fake))
        self.inbox = httpx.Client(transport=httpx.MockTransport(self.receive))
        self.verifier = WebhookVerifier(TOKENS["hmac"]["private_token"], clock=lambda: CLOCK)
        self.delivered: list[str] = []
        self.model = Model()
        self.steps: list[str] = []
        self.ended: Counter[tuple[str, int]] = Counter()

    def teardown(self) -> None:
        self.session.close()
        self.inbox.close()

    def receive(self, request: httpx.Request) -> httpx.Response:
        self.verifier.verify(request.content, request.headers.raw)
        self.delivered.append(str(request.url))
        return httpx.Response(200)

    def get_call_kwargs(self, case: Any) -> dict[str, Any]:
        return {"session": self.session, "auth": Signed()}

    def validate_response(self, response: Any, case: Any, **settings: Any) -> None:
        self.steps.append(describe(case))
        recording.checked(operation_of(case))
        try:
            super().validate_response(response, case, additional_checks=[self.check], **settings)
        except BaseExceptionGroup as failures:  # hypothesis does not take a group for a failure
            raise AssertionError("\n".join(map(str, failures.exceptions))) from None

    def check(self, context: Any, response: Any, case: Any) -> None:
        """A check of schemathesis, which runs beside its own."""
        operation, body, query = operation_of(case), body_of(case) or {}, case.query or {}
        given = json.loads(response.content)
        self.ended[operation, given["code"]] += 1
        expected = self.model.code(operation, body, query)
        assert given["code"] == expected, f"{operation} ended with code {given['code']}, expected {expected}"
        if given["code"] == 0:
            self.model.carry_out(operation, body, given.get("data"))
        SHOWN[operation.partition(".")[0]](self)

    def call_operation(self, operation: str, **query: Any) -> Any:
        """Return the response of another call, as JSON."""
        path, method, _ = parts(operation)
        case = self.schema[path][method].Case(query=query or None)
        return json.loads(case.call(**self.get_call_kwargs(case)).content)

    def show_reviews(self) -> None:
        listed = self.call_operation("reviews.list", page_size=100)["data"]
        kept = self.model.reviews
        assert {review["id"] for review in listed["list"]} == kept.keys(), "the list is not what was created"
        assert listed["page"]["count"] == len(kept), "the list counts other reviews than it has"
        for review, members in kept.items():
            found = self.call_operation("reviews.get", id=review)["data"]
            sent = {name: value for name, value in members.items() if name not in ("id", "created_at", "updated_at")}
            assert sent.items() <= found.items(), f"review {review} is {found}, but {sent} was sent"
        for review in self.model.deleted:
            code = self.call_operation("reviews.get", id=review)["code"]
            assert code == NOT_FOUND, f"the deleted review {review} is answered with code {code}"

    def show_webhooks(self) -> None:
        listed = self.call_operation("webhooks.list")["data"]
        shown = {webhook["id"]: (webhook["topic"], webhook["url"]) for webhook in listed}
        assert shown == self.model.webhooks, f"subscriptions are listed as {shown}, expected {self.model.webhooks}"
        for topic in self.model.topics:
            self.delivered.clear()
            self.fake.deliver(topic, client=self.inbox)
            expected = sorted(str(httpx.URL(url)) for held, url in self.model.webhooks.values() if held == topic)
            assert sorted(self.delivered) == expected, f"{topic} was delivered to {self.delivered}, expected {expected}"

    def show_exclusions(self) -> None:
        listed = self.call_operation("customers.exclusions", page_size=100)["data"]["list"]
        shown = {entry["customer_id"]: entry["email"] for entry in listed}
        assert shown == self.model.exclusions, f"exclusions are listed as {shown}, expected {self.model.exclusions}"


SHOWN: dict[str, Callable[[Workflow], None]] = {
    "reviews": Workflow.show_reviews,
    "webhooks": Workflow.show_webhooks,
    "customers": Workflow.show_exclusions,
}


def run(seed: int, workflows: int, token: str | None = None) -> Counter[tuple[str, int]]:
    """Run this many workflows, or only the workflow of a token. Return the number of calls by operation and code.

    Raises AssertionError for the first workflow with a problem, with its calls and the command that repeats it.
    """
    made: list[Workflow] = []

    class Counted(Workflow):
        def setup(self) -> None:
            super().setup()
            made.append(self)

    repeated = seeded(seed) if token is None else reproduce_failure(hypothesis.__version__, token.encode())
    limits = settings(
        max_examples=workflows,
        stateful_step_count=STEPS,
        phases=[Phase.generate],  # shrinking a workflow would take minutes
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    try:
        run_state_machine_as_test(repeated(Counted), settings=limits)
    except Exception as error:
        found = re.search("@reproduce_failure[(].*, b'(.*)'[)]", "\n".join(getattr(error, "__notes__", ())))
        calls = "\n    ".join(made[-1].steps)
        repeat = f"{PYTHON} -m contract_tests.fake.workflows {found[1] if found else token}"
        raise AssertionError(f"{type(error).__name__}: {error}\n  calls:\n    {calls}\n  repeat: {repeat}") from None
    return sum((one.ended for one in made), Counter[tuple[str, int]]())


def main() -> None:
    """Repeat one workflow."""
    parser = argparse.ArgumentParser(prog="python -m contract_tests.fake.workflows", description=main.__doc__)
    parser.add_argument("token", help="the token in the message of a failure")
    run(0, 1, parser.parse_args().token)


if __name__ == "__main__":
    main()
