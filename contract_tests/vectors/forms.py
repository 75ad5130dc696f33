"""The structure of the vector files. README.md explains the members.

Every member has a type, and unknown members are refused. Therefore a misspelt expectation cannot pass unnoticed.
"""

import base64
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from contract_tests.support import options
from contract_tests.support.script import Fault, ScriptedResponse, ScriptItem
from contract_tests.support.spec import OPERATIONS

HERE = Path(__file__).parent


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An object of a vector file."""


class Expected(Strict, frozen=True, kw_only=True):
    """A request that the client must send."""

    method: str
    path: str
    query: list[tuple[str, str]]
    target: str
    headers: dict[str, str]
    body: str | None


class VectorResponse(Strict, frozen=True, kw_only=True):
    """A response, or the fault that occurs instead of a response."""

    status: int = 200
    headers: list[tuple[str, str]] = []
    body: str = ""
    body_base64: str | None = None
    fault: str | None = None

    @property
    def content(self) -> bytes:
        """The bytes of the body."""
        return _bytes(self.body, self.body_base64)

    @property
    def step(self) -> ScriptItem:
        """The response or the fault as an item of a script."""
        return (
            Fault(self.fault)
            if self.fault is not None
            else ScriptedResponse(self.status, tuple(self.headers), self.content)
        )


class Failure(Strict, frozen=True, kw_only=True):
    """An error that must be raised."""

    class_: str = msgspec.field(name="class")
    attributes: dict[str, Any] = {}
    says: list[str] = []
    hides: list[str] = []


class Case(Strict, frozen=True, kw_only=True):
    """One vector. `operation` is set if the vector is about an operation."""

    name: str
    operation: str | None = None


class CallCase(Case, frozen=True, kw_only=True):
    """One call of an operation."""

    operation: str
    credentials: Literal["hmac", "bearer", "merchant_session", "hmac and merchant_session", "none"]
    arguments: dict[str, Any]


class RequestCase(CallCase, frozen=True, kw_only=True):
    """`cases` of requests.json."""

    source: list[str]
    warns: str | None = None
    request: Expected


class RefusedCase(CallCase, frozen=True, kw_only=True):
    """`refused` of requests.json."""

    error: str
    says: list[str] = []
    hides: list[str] = []

    @property
    def failure(self) -> Failure:
        """The expected error."""
        return Failure(class_=self.error, says=self.says, hides=self.hides)


class Tolerant(Strict, frozen=True, kw_only=True):
    """The value that a tolerant client returns where a strict one raises an error."""

    value: Any
    unreadable: list[str]


class ResponseCase(CallCase, frozen=True, kw_only=True):
    """`cases` of responses.json."""

    source: list[str]
    answer: VectorResponse
    value: Any = None
    request_id: str | None = None
    error: Failure | None = None
    tolerant: Tolerant | None = None


class WalkCase(Case, frozen=True, kw_only=True):
    """`cases` of pagination.json."""

    operation: str
    arguments: dict[str, Any]
    answers: list[str]
    targets: list[str]
    ids: list[str | None]
    checkpoint: dict[str, int]
    warns: Literal["PaginationWarning"] | None = None
    error: Failure | None = None


class SignatureCase(Case, frozen=True, kw_only=True):
    """`cases` of signatures.json."""

    public_token: str
    private_token: str
    timestamp: str
    query: list[tuple[str, str]]
    target: str
    body: str | None
    message: str
    sign: str
    headers: dict[str, str]
    must_not_match: dict[str, str] = {}


class Accepted(Strict, frozen=True, kw_only=True):
    """The values that a receiver sees in a delivery."""

    public_token: str
    request_id: str
    timestamp: int
    shop_domain: str | None
    items: list[dict[str, Any]]
    extra: dict[str, Any] = {}


class DeliveryCase(Case, frozen=True, kw_only=True):
    """`cases` of deliveries.json."""

    source: list[str]
    secrets: list[str] = []
    shops: dict[str, list[str] | None] = {}
    clock: float
    window: float = 900
    headers: list[tuple[str, str]]
    body: str = ""
    body_base64: str | None = None
    accepted: Accepted | None = None
    refused: str | None = None
    answered: int
    tolerant: Accepted | None = None

    @property
    def content(self) -> bytes:
        """The bytes of the body."""
        return _bytes(self.body, self.body_base64)


class PlatformCall(Strict, frozen=True, kw_only=True):
    """A method of a platform, or an operation of one of its shops."""

    method: str
    arguments: dict[str, Any]
    shop: str | None = None


class Exchange(Strict, frozen=True, kw_only=True):
    """A request and its response."""

    request: Expected
    answer: VectorResponse


class OAuthCase(Case, frozen=True, kw_only=True):
    """`cases` of oauth.json."""

    source: list[str]
    clock: float | None = None
    tokens: dict[str, dict[str, Any]] = {}
    call: PlatformCall
    exchanges: list[Exchange]
    returns: Any = None
    error: Failure | None = None
    tokens_after: dict[str, dict[str, Any] | None] = {}


class Signatures(Strict, frozen=True, kw_only=True):
    """signatures.json."""

    about: str
    cases: list[SignatureCase]


class Deliveries(Strict, frozen=True, kw_only=True):
    """deliveries.json."""

    about: str
    cases: list[DeliveryCase]


class Shared(Strict, frozen=True, kw_only=True):
    """The members that all calls of a file share."""

    about: str
    base_url: str
    clock: float
    credentials: dict[str, dict[str, str]]

    def settings(self, kind: str) -> dict[str, Any]:
        """Return the arguments of a client."""
        return {**self.credentials[kind], "base_url": self.base_url, "clock": lambda: self.clock}


class Requests(Shared, frozen=True, kw_only=True):
    """requests.json."""

    cases: list[RequestCase]
    refused: list[RefusedCase]


class Responses(Shared, frozen=True, kw_only=True):
    """responses.json."""

    cases: list[ResponseCase]


class Recorded(Shared, frozen=True, kw_only=True):
    """recorded.json, see README.md."""

    requests: list[RequestCase] = []
    responses: list[ResponseCase] = []


class Walks(Shared, frozen=True, kw_only=True):
    """pagination.json."""

    cases: list[WalkCase]


class OAuth(Strict, frozen=True, kw_only=True):
    """oauth.json."""

    about: str
    base_url: str
    clock: float
    platform: dict[str, str]
    cases: list[OAuthCase]


T = TypeVar("T")
C = TypeVar("C", bound=Case)


def read(name: str, form: type[T]) -> T:
    """Read a vector file. Raises msgspec.ValidationError, with the place, for anything that `form` does not contain."""
    return msgspec.json.decode((HERE / name).read_bytes(), type=form)


def read_recorded(directory: Path = HERE) -> Recorded:
    """Read the vectors of recorded traffic. There are none until somebody records traffic."""
    if (directory / "recorded.json").exists():
        return msgspec.json.decode((directory / "recorded.json").read_bytes(), type=Recorded)
    return Recorded(about="", base_url="", clock=0, credentials={})


def selected(cases: list[C]) -> list[C]:
    """Return the cases that the run selects.

    With the option `only` these are the cases of that operation and the cases without an operation. Otherwise these are
    all cases.
    """
    names = [case.name for case in cases]
    assert len(set(names)) == len(names), f"A name stands twice: {sorted(names)}"
    operations = {case.operation for case in cases} - {None}
    assert operations <= set(OPERATIONS), f"No such operation: {operations - set(OPERATIONS)}"
    return [case for case in cases if options.only is None or case.operation in (None, options.only)]


def plain(value: Any) -> Any:
    """Return a value in which objects such as `{"$bytes": …}` are replaced by the values that JSON lacks."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    match list(value.items()):
        case [("$datetime", text)]:
            return datetime.fromisoformat(text)
        case [("$bytes", text)]:
            return base64.b64decode(text)
        case [("$float", text)]:
            return float(text)
        case [("$repeat", [text, times])]:
            return text * times
    return {name: plain(item) for name, item in value.items()}


def _bytes(text: str, encoded: str | None) -> bytes:
    return text.encode() if encoded is None else base64.b64decode(encoded)
