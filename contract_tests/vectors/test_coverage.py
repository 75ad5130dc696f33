"""Every operation and every error class has vectors of each kind, or is listed below with the reason why not."""

import json
from collections.abc import Iterator
from typing import Any

import trustoo.errors
import trustoo.oauth.errors
from trustoo import TrustooError

from contract_tests.support import options
from contract_tests.support.spec import OPERATIONS, SPEC
from contract_tests.vectors.forms import HERE

FILES = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(HERE.glob("*.json"))}
KINDS = ("sent", "refused", "value", "error")
"""The kinds of vectors of an operation: arguments that are sent or refused, responses that are a value or an error."""
PLACES = {
    "sent": "a request, in `cases` of requests.json",
    "refused": "arguments that are refused, in `refused` of requests.json",
    "value": "a response with a `value`, in `cases` of responses.json",
    "error": "a response with an `error`, in `cases` of responses.json",
}
BASE = "a base: what is raised is one of its subclasses"
OPERATIONS_WITHOUT: dict[tuple[str, str], str] = {}
"""(operation, kind) -> the reason why it has no vector. At present all kinds exist for all operations."""
ERRORS_WITHOUT: dict[str, str] = {
    "OAuthError": BASE,
    "ResponseError": BASE,
    "TransportError": BASE,
    "TrustooError": BASE,
    "ResponseTooLargeError": "depends on a setting of the client (tests/core/test_transports.py)",
    "UnexpectedShapeWarning": "the member `unreadable` of a vector lists what it names",
    "UnexpectedResponseError": "raised by the generated `Client` alone (tests/tools/test_generated_package.py)",
    "PaginationError": "raised by strict clients alone (contract_tests/world/test_walks.py)",
    "WrongClientError": "depends on the kind of client, which a vector does not name (tests/core/test_client.py)",
    "StoreConflictError": "depends on two processes, not on the wire (tests/oauth/test_stores.py)",
    "StoreError": "depends on a file or a lock, not on the wire (tests/oauth/test_stores.py)",
}
"""Error class -> the reason why it has no vector."""


def cases(of: str, part: str = "cases") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = FILES[of][part]
    return found


def kinds() -> Iterator[tuple[str, str]]:
    """Yield (operation, kind) for each vector."""
    for part, kind in (("cases", "sent"), ("refused", "refused")):
        yield from ((case["operation"], kind) for case in cases("requests", part))
    yield from ((case["operation"], "error" if "error" in case else "value") for case in cases("responses"))


def classes() -> Iterator[str]:
    """Yield the error or warning of each vector that has one. All files are read, so new files are also covered."""
    for document in FILES.values():
        for part in ("cases", "refused"):
            for case in document.get(part, ()):
                error = case.get("error", ())
                yield from [error] if isinstance(error, str) else [error["class"]] if error else []
                yield from [case["warns"]] if "warns" in case else []
    yield from ["WebhookError"] if any("refused" in case for case in cases("deliveries")) else []


def test_only_the_listed_operations_lack_a_vector_of_a_kind() -> None:
    if options.only is not None:
        return  # one operation may be tested before its vectors are written
    wanted = {(operation, kind) for operation in OPERATIONS for kind in KINDS}
    there = set(kinds())
    assert there <= wanted, f"no such operations: {there - wanted}"
    missing = wanted - there - set(OPERATIONS_WITHOUT)
    assert not missing, "Add a vector for each, or the reason to OPERATIONS_WITHOUT.\n" + "\n".join(
        f"  {operation}: {PLACES[kind]}" for operation, kind in sorted(missing)
    )
    stale = set(OPERATIONS_WITHOUT) - (wanted - there)
    assert not stale, f"Remove from OPERATIONS_WITHOUT, because a vector exists or the operation does not: {stale}"


def test_only_the_listed_error_classes_lack_a_vector() -> None:
    known = {
        name
        for module in (trustoo.errors, trustoo.oauth.errors)
        for name, kind in vars(module).items()
        if isinstance(kind, type) and issubclass(kind, TrustooError | Warning)
    }
    named = set(classes())
    assert named <= known, f"no such errors: {named - known}"
    assert known - named == set(ERRORS_WITHOUT), "ERRORS_WITHOUT is stale"


def test_each_reason_for_refusing_a_delivery_has_a_vector() -> None:
    (reason,) = trustoo.errors.WebhookError.__init__.__annotations__["reason"].split("Literal[")[1:]
    assert {case["refused"] for case in cases("deliveries") if "refused" in case} == {
        text.strip(" \"'") for text in reason.rstrip("]").split(",")
    }


def test_every_vector_lists_its_sources() -> None:
    known = set(SPEC.document["x-sources"]) | {"ours"}
    for name, document in FILES.items():
        for case in document.get("cases", ()):
            assert set(case.get("source", ["ours"])) <= known, (name, case["name"])
            assert case.get("source", ["ours"]), (name, case["name"])


def test_all_secrets_in_the_vectors_are_recognisably_invented() -> None:
    def secrets(value: Any) -> Iterator[str]:
        for name, item in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(item, str) and name in ("access_token", "refresh_token", "client_secret", "private_token"):
                yield item
            elif isinstance(item, dict | list):
                yield from secrets(item)

    invented = ("EXAMPLE", "RVhBTVBMRS", "$", "test_private_token", "private-token", "string")
    assert [text for text in secrets(list(FILES.values())) if text and not text.startswith(invented)] == []
