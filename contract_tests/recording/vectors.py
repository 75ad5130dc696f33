"""Makes vectors and examples of recorded exchanges, with invented values, and writes them to files."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import yaml
from trustoo import APIError
from trustoo_api.operations import OPERATIONS

from contract_tests.live.differences import compare_response
from contract_tests.live.semantics import MEDIA_TYPES
from contract_tests.live.shapes import shape_of
from contract_tests.properties.misbehaviour import may_be_processed
from contract_tests.support import shop, signature
from contract_tests.support.spec import (
    SPEC,
    attribute,
    bare_schema,
    data_schema,
    has_unparsed_text,
    parameters,
    parts,
    reading,
    success_variants,
)

from .exchanges import Exchange, RecordingError, SkippedError
from .inventing import TIME, Inventor

__all__ = ["Recording"]

ABOUT = (
    "Requests and responses of recorded traffic, with invented values of the same shape. "
    "README.md says how they were made."
)
_CREDENTIALS: Mapping[str, Mapping[str, str]] = {
    "hmac": {"public_token": "EXAMPLE-public-token", "private_token": "EXAMPLE-private-token"},
    "bearer": {"access_token": "EXAMPLE-access-token"},
    "merchant_session": {"merchant_session": "EXAMPLE.merchant.session"},
    "none": {},
}
_CLOCK = 1700465771.75
_ERROR = {"$ref": "#/components/schemas/ErrorResponse"}
_CONTENT_TYPE = re.compile(
    rf"({'|'.join(map(re.escape, MEDIA_TYPES))})(; ?charset=(utf-8|utf8|iso-8859-1|us-ascii))?", re.IGNORECASE
)
_LARGEST_CODE = 999
# A client refuses a response with such a difference, or with a text that has not the form of a date or number.
_UNREADABLE = ("missing member", "other type")

Case = dict[str, Any]


@dataclass
class Recording:
    """Vectors and examples. Of several with the same shape, the first is kept."""

    requests: list[Case] = field(default_factory=list)
    responses: list[Case] = field(default_factory=list)
    examples: dict[str, list[Any]] = field(default_factory=dict)
    """The responses by operation, as examples of the spec."""
    skipped: Counter[str] = field(default_factory=Counter)
    _shapes: set[str] = field(default_factory=set)

    def add_all(self, exchanges: Iterable[Exchange]) -> None:
        """Add exchanges, and count the reasons why others are skipped."""
        for exchange in exchanges:
            try:
                self.add(exchange)
            except SkippedError as reason:
                self.skipped[str(reason)] += 1
            except RecursionError:
                self.skipped["nested too deeply"] += 1

    def add(self, exchange: Exchange) -> None:
        """Add what one exchange shows. Raises SkippedError if it shows nothing that a vector can say."""
        name, inventor = exchange.operation, Inventor()
        kind = _credentials(exchange)
        query, body = _invented_request(exchange, inventor)
        answer = _settled(_invented_answer(exchange, inventor))
        arguments = _arguments(name, query, body)
        call: Case = {"operation": name, "source": ["recorded"], "credentials": kind, "arguments": arguments}
        request = call | {"request": _request(name, kind, query, body)}
        if "unverified" in arguments or OPERATIONS[name].evidence == "inferred":
            request["warns"] = "UnverifiedOperationWarning"
        self._keep(self.requests, request)
        # Also a response that differs from the spec is an example, by which somebody can correct the spec.
        self._keep_example(name, answer)
        self._keep(self.responses, call | {"answer": _answer(exchange, answer)} | _outcome(exchange, answer))

    @classmethod
    def read(cls, path: Path) -> Self:
        """The vectors of a file; none if there is no such file. Raises RecordingError."""
        recording = cls()
        if not path.exists():
            return recording
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            for kept, part in ((recording.requests, "requests"), (recording.responses, "responses")):
                for case in document[part]:
                    recording._shapes.add(_shape(case))
                    if "answer" in case:
                        recording._shapes.add(_example_shape(case["operation"], json.loads(case["answer"]["body"])))
                    kept.append(case)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            raise RecordingError(
                f"{path} is not a file of recorded vectors. Correct it or name another file."
            ) from None
        return recording

    def write(self, vectors: Path, examples: Path) -> None:
        """Write the vectors as JSON, and add the examples to YAML that can be pasted into `openapi.yaml`."""
        every: dict[str, dict[str, Any]] = yaml.safe_load(examples.read_bytes()) if examples.exists() else {}
        for operation, added in self.examples.items():
            kept = every.setdefault(operation, {})
            kept |= {f"recorded-{number}": example for number, example in enumerate(added, len(kept) + 1)}
        document = {"about": ABOUT, "base_url": SPEC.document["servers"][0]["url"], "clock": _CLOCK}
        document |= {"credentials": _CREDENTIALS, "requests": self.requests, "responses": self.responses}
        for path, text in (
            (vectors, _layout(document)),
            (examples, yaml.safe_dump(every, sort_keys=False, allow_unicode=True, width=160)),
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def _keep(self, kept: list[Case], case: Case) -> None:
        """Keep a case with a name, unless there is a case of its shape."""
        if (shape := _shape(case)) not in self._shapes:
            self._shapes.add(shape)
            taken = {other["name"] for other in kept}
            number = next(n for n in range(1, len(kept) + 2) if f"{case['operation']}, recorded {n}" not in taken)
            kept.append({"name": f"{case['operation']}, recorded {number}"} | case)

    def _keep_example(self, operation: str, answer: Any) -> None:
        """Keep a response as an example, unless there is one of its shape."""
        if (shape := _example_shape(operation, answer)) not in self._shapes:
            self._shapes.add(shape)
            example = {"summary": "Recorded, all values invented", "value": answer}
            self.examples.setdefault(operation, []).append(example)


def _layout(document: Mapping[str, Any]) -> str:
    """The JSON text, with a line for each member of a case."""

    def text(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    def of_case(case: Case) -> str:
        return (
            "    {\n" + ",\n".join(f"      {text(name)}: {text(member)}" for name, member in case.items()) + "\n    }"
        )

    def of_member(value: object) -> str:
        return "[\n" + ",\n".join(map(of_case, value)) + "\n  ]" if isinstance(value, list) and value else text(value)

    return "{\n" + ",\n".join(f"  {text(name)}: {of_member(value)}" for name, value in document.items()) + "\n}\n"


def _shape(case: Case) -> str:
    """The operation, the credentials, and the shapes of the arguments and of the response."""
    answer = case.get("answer")
    about: list[Any] = [case["operation"], case["credentials"], shape_of(case["arguments"]).to_json()]
    if answer is not None:
        body = json.loads(answer["body"])
        about = [about[0], answer["status"], case.get("error"), answer["headers"], shape_of(body).to_json()]
    return json.dumps([answer is None, *about], sort_keys=True)


def _example_shape(operation: str, answer: Any) -> str:
    return json.dumps(["example", operation, answer.get("code") == 0, shape_of(answer).to_json()], sort_keys=True)


def _credentials(exchange: Exchange) -> str:
    """The kind that the request has. A kind that the operation does not take counts as its first kind."""
    kinds = OPERATIONS[exchange.operation].credentials
    if not kinds:
        return "none"
    authorization = exchange.headers.get("authorization", "")
    found = "bearer" if authorization.startswith("Bearer ") else "merchant_session" if authorization else "hmac"
    return found if found in kinds else kinds[0]


def _invented_request(exchange: Exchange, inventor: Inventor) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The query by name and the body, in the order of the spec: the order of parameters says nothing about the API."""
    known = parameters(exchange.operation)
    query: dict[str, Any] = {}
    for name, text in exchange.query:
        schema = known.get(name, {}).get("schema", {})
        is_list = SPEC.resolve(schema).get("type") == "array"
        value = inventor.value(text, SPEC.resolve(schema).get("items") if is_list else schema, name)
        shown = inventor.name(name)
        if is_list:
            query.setdefault(shown, []).append(value)
        elif shown in query:
            raise SkippedError("a query parameter occurs twice")
        else:
            query[shown] = value
    if (exchange.body is None) == ("requestBody" in parts(exchange.operation)[2]):
        raise SkippedError("a body is missing, or there is one that the spec does not have")
    return _in_order(query, exchange.operation), _invented_body(exchange, inventor)


def _invented_body(exchange: Exchange, inventor: Inventor) -> dict[str, Any] | None:
    if exchange.body is None:
        return None
    _, _, operation = parts(exchange.operation)
    schema = SPEC.resolve(operation["requestBody"])["content"]["application/json"]["schema"]
    body: dict[str, Any] = inventor.value(dict(exchange.body), schema)
    resolved = SPEC.resolve(schema)
    return _sorted(body, list(SPEC.properties(resolved)), SPEC.required(resolved))


def _in_order(query: dict[str, Any], operation: str) -> dict[str, Any]:
    known = parameters(operation)
    return _sorted(query, list(known), {name for name, about in known.items() if about.get("required")})


def _sorted(values: dict[str, Any], known: list[str], required: set[str]) -> dict[str, Any]:
    order = [name for name in known if name in required] + [name for name in known if name not in required]
    return {name: values[name] for name in (*order, *values) if name in values}


def _arguments(operation: str, query: dict[str, Any], body: dict[str, Any] | None) -> dict[str, Any]:
    try:
        return shop.arguments(operation, query, body)
    except ValueError:
        raise SkippedError("a query parameter is not a whole number") from None


def _request(operation: str, kind: str, query: dict[str, Any], body: dict[str, Any] | None) -> Case:
    """The request that a client must send, signed with the invented tokens."""
    path, method, _ = parts(operation)
    pairs = [(name, text) for name, value in query.items() for text in (value if isinstance(value, list) else [value])]
    encoded = "&".join(f"{quote(name, safe='')}={quote(text, safe='')}" for name, text in pairs)
    text = None if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    headers = {"Accept": "application/json"} | ({} if text is None else {"Content-Type": "application/json"})
    tokens, timestamp, target = _CREDENTIALS[kind], str(int(_CLOCK)), f"{path}?{encoded}" if pairs else path
    if kind == "hmac":
        message = signature.canonical(f"https://example.com{target}", timestamp, (text or "").encode())
        sign = signature.sign(tokens["private_token"], message)
        headers |= {"Public-Token": tokens["public_token"], "Sign": sign, "Timestamp": timestamp}
    elif kind == "bearer":
        headers["Authorization"] = f"Bearer {tokens['access_token']}"
    elif kind == "merchant_session":
        headers["Authorization"] = tokens["merchant_session"]
    return {"method": method, "path": path, "query": pairs, "target": target, "headers": headers, "body": text}


def _invented_answer(exchange: Exchange, inventor: Inventor) -> Any:
    answer = exchange.answer
    if not isinstance(answer, dict):
        raise SkippedError("the response is not a JSON object")
    invented = inventor.value(answer, {"anyOf": [*success_variants(exchange.operation), _ERROR]})
    code = answer.get("code")
    if type(code) is int and 0 <= code <= _LARGEST_CODE:
        invented["code"] = code
    if type(answer.get("time")) is int:
        invented["time"] = TIME
    return invented


def _settled(answer: Any) -> Any:
    """The response with figures that add up again, as the list has fewer items and the figures are invented."""
    data = answer.get("data")
    if not isinstance(data, dict):
        return answer
    about, entries = data.get("page"), data.get("list")
    if isinstance(about, dict) and _are_whole(about, "page", "page_size", "total_page", "count"):
        number = len(entries) if isinstance(entries, list) else 0
        before = (max(about["page"], 1) - 1) * about["page_size"]
        about |= {"count": before + number, "total_page": max(about["page"], 1) - (number == 0)}
    stars = [f"star{number}_count" for number in range(1, 6)]
    if _are_whole(data, "review_count", *stars) and isinstance(data.get("rating_value"), str):
        counts = [data[name] for name in stars]
        data["review_count"] = sum(counts)
        average = sum(number * count for number, count in enumerate(counts, 1)) / (sum(counts) or 1)
        decimals = len(data["rating_value"].partition(".")[2])
        if decimals or average == int(average):
            data["rating_value"] = f"{average:.{decimals}f}"
    return answer


def _are_whole(values: Mapping[str, Any], *names: str) -> bool:
    return all(type(values.get(name)) is int and values[name] >= 0 for name in names)


def _answer(exchange: Exchange, answer: Any) -> Case:
    content_type = exchange.answer_headers.get("content-type", "")
    headers = [["Content-Type", content_type]] if _CONTENT_TYPE.fullmatch(content_type) else []
    body = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    return {"status": exchange.status, "headers": headers, "body": body}


def _outcome(exchange: Exchange, answer: Any) -> Case:
    """What a caller must get: a value, or an error. Raises SkippedError if the response differs from the spec."""
    operation, code = exchange.operation, answer.get("code")
    found = compare_response(operation, answer)
    if differences := [one for one in found.differences if one.kind in _UNREADABLE]:
        places = ", ".join(sorted({one.place for one in differences}))
        raise SkippedError(f"{operation}: the response differs from the spec at {places}; correct the spec first")
    if type(code) is int and code != 0:
        if OPERATIONS[operation].is_write and may_be_processed(exchange.status, code):
            return {"error": {"class": "OutcomeUnknownError"}}
        attributes = {"code": code, "status": exchange.status, "request_id": answer.get("request_id")}
        return {"error": {"class": APIError.of_code(code).__name__, "attributes": attributes}}
    if exchange.status >= 300:
        raise SkippedError("an HTTP status without a code")
    bare, data = bare_schema(operation), data_schema(operation)
    schema, raw = (data, answer.get("data")) if "code" in answer else (bare, answer)
    seen = None if schema is None else reading(schema, raw)
    if has_unparsed_text(seen):
        raise SkippedError(f"{operation}: a date or number in the response has a form that the spec does not know")
    value = _value(seen, raw)
    return (
        {"value": value, "request_id": answer.get("request_id")}
        if value is not None
        else {"request_id": answer.get("request_id")}
    )


def _value(seen: Any, raw: Any) -> Any:
    """What a caller sees, as vectors write it."""
    if isinstance(seen, datetime):
        return {"$datetime": f"{seen:%Y-%m-%dT%H:%M:%SZ}"}
    if isinstance(seen, list):
        return [_value(item, received) for item, received in zip(seen, raw or [], strict=True)]
    if not isinstance(seen, dict) or "to_dict" not in seen:
        return seen
    raw = raw or {}
    members = {name: item for name, item in seen.items() if name not in ("extra", "to_dict")}
    value = {
        attribute(name): _value(item, raw.get(name))
        for name, item in members.items()
        if item is not None and item != []
    }
    value |= {"$extra": seen["extra"]} if seen["extra"] else {}
    nulls = [name for name in members if name in raw and raw[name] is None]
    return value | ({"$null": nulls} if nulls else {})
