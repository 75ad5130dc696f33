"""Recorded requests with their responses, and how they are read from a HAR file."""

import base64
import binascii
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from trustoo_api.operations import BASE_URL, OPERATIONS

__all__ = ["HOSTS", "Exchange", "RecordingError", "SkippedError", "exchange_of", "of_httpx", "read_har"]

HOSTS = frozenset([urlsplit(BASE_URL).netloc])
"""The API's hosts. Nothing else is read from a recording."""
_PATHS = {(operation.method, operation.path): name for name, operation in OPERATIONS.items()}


class RecordingError(Exception):
    """A file cannot be read, or is not what it should be. The message says why."""


class SkippedError(Exception):
    """A recorded entry gives no vector. The message says why, without any value of the entry."""


@dataclass(frozen=True)
class Exchange:
    """One request and its response, with all their values. They never leave this package as they are.

    Attributes:
        operation: the operationId.
        query: names and plain values of the query, in order.
        headers: the request's headers, by lowercase name.
        body: the request's JSON object; None if the request has no body.
        answer_headers: the response's headers, by lowercase name.
        answer: the response's JSON.
    """

    operation: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: Mapping[str, Any] | None
    status: int
    answer_headers: Mapping[str, str]
    answer: Any


def exchange_of(
    method: str,
    url: str,
    headers: Iterable[tuple[str, str]],
    body: bytes,
    status: int,
    answer_headers: Iterable[tuple[str, str]],
    answer: bytes,
    hosts: Iterable[str] = HOSTS,
) -> Exchange:
    """Return the exchange. Raises SkippedError if it is not about a known operation, or has no JSON."""
    parts = urlsplit(url)
    if parts.netloc.rpartition("@")[2].lower().removesuffix(":443") not in hosts:
        raise SkippedError("another host")
    operation = _PATHS.get((method.upper(), parts.path))
    if operation is None:
        raise SkippedError("no known operation")
    if not 200 <= status < 600:
        raise SkippedError("no response")
    query = tuple(pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "timestamp")
    given = _json(body, "the request") if body else None
    if given is not None and not isinstance(given, dict):
        raise SkippedError("the request has no JSON object")
    return Exchange(
        operation,
        query,
        {name.lower(): value for name, value in headers},
        given,
        status,
        {name.lower(): value for name, value in answer_headers},
        _json(answer, "the response"),
    )


def of_httpx(response: httpx.Response, host: str) -> Exchange:
    """Return the exchange that a response of httpx ends. Raises SkippedError."""
    request = response.request
    return exchange_of(
        request.method,
        str(request.url),
        request.headers.multi_items(),
        request.read(),
        response.status_code,
        response.headers.multi_items(),
        response.content,
        [host],
    )


def read_har(path: Path, hosts: Iterable[str], skipped: Counter[str]) -> Iterator[Exchange]:
    """Yield the exchanges of a HAR file, and count the reasons why others are skipped. Raises RecordingError."""
    try:
        document = json.loads(path.read_bytes().decode("utf-8-sig"))
        entries = document["log"]["entries"]
        if not isinstance(entries, list):
            raise TypeError
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, TypeError, KeyError, RecursionError):
        raise RecordingError(
            f"{path} is not a HAR file. Export one from the network panel of a browser or from a proxy, with content."
        ) from None
    for entry in entries:
        try:
            yield _of_entry(entry, hosts)
        except SkippedError as reason:
            skipped[str(reason)] += 1
        except (TypeError, KeyError, ValueError, AttributeError, binascii.Error, RecursionError):
            skipped["not an entry of HAR 1.2"] += 1


def _of_entry(entry: Any, hosts: Iterable[str]) -> Exchange:
    request, response = entry["request"], entry["response"]
    content = response.get("content") or {}
    text = content.get("text", "")
    return exchange_of(
        request["method"],
        request["url"],
        _pairs(request),
        (request.get("postData") or {}).get("text", "").encode(),
        response["status"],
        _pairs(response),
        base64.b64decode(text) if content.get("encoding") == "base64" else text.encode(),
        hosts,
    )


def _pairs(message: Any) -> list[tuple[str, str]]:
    return [(header["name"], header["value"]) for header in message.get("headers") or []]


def _json(content: bytes, of: str) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise SkippedError(f"{of} has no JSON") from None


def _refuse(constant: str) -> None:
    raise ValueError(constant)
