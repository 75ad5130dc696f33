"""Specs that combine constructs: `python -m tests.generation.combinations --specs 200 --seed 1`.

Each spec is either refused, with one line for each reason, or its client sends what the spec says. What the spec says
is written here a second time, from OpenAPI's own rules, and what was sent is read with Python's parsers.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import warnings
from collections import Counter
from datetime import UTC, date, datetime
from email import message_from_bytes
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from trustoo.transport import HTTPRequest

from tests.generation.small import (
    HMAC,
    Node,
    body,
    document,
    generated,
    parameter,
    schema,
    success,
    text_of,
    with_schemas,
)
from tools.generate import facts
from tools.generator import GenerationError
from tools.spec import Spec

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TEXT: Node = {"type": "string"}
NAMES = [
    *("id", "client", "self", "page", "limit", "fooBar", "foo_bar", "class", "X-Kind", "x-kind", "sort-by", "str"),
    *("keys", "build", "extra_query", "json_object", "_x", "a b", "datetime", "Ab", "ab"),
]
# A schema, a value that it allows, and the text or texts that are sent for it.
KINDS: dict[str, tuple[Node, Any, list[str]]] = {
    "text": ({"type": "string", "minLength": 1, "maxLength": 9}, "a b&c=%", ["a b&c=%"]),
    "pattern": ({"type": "string", "pattern": "^[a-z]+$"}, "abc", ["abc"]),
    "integer": ({"type": "integer", "minimum": 1, "maximum": 9}, 7, ["7"]),
    "number": ({"type": "number", "exclusiveMinimum": 0}, 0.5, ["0.5"]),
    "boolean": ({"type": "boolean"}, True, ["true"]),
    "nullable": ({"type": ["integer", "null"]}, 3, ["3"]),
    "values": ({"enum": ["a", "b"]}, "b", ["b"]),
    "known": ({"anyOf": [{"enum": ["a"]}, TEXT]}, "c", ["c"]),
    "const": ({"const": "on"}, "on", ["on"]),
    "date-time": ({"type": "string", "format": "date-time"}, NOON, ["2026-01-01T12:00:00Z"]),
    "date": ({"type": "string", "format": "date"}, date(2026, 1, 31), ["2026-01-31"]),
    "instant": ({"type": "string", "format": "instant"}, NOON, ["2026-01-01 12:00:00"]),
    "list": ({"type": "array", "items": TEXT, "maxItems": 3}, ["a b", "c"], ["a b", "c"]),
    "numbers": ({"type": "array", "items": {"type": "integer"}}, [1, 2], ["1", "2"]),
    "either": ({"anyOf": [TEXT, {"type": "integer"}]}, 5, ["5"]),
    "object": ({"type": "object", "properties": {"a": TEXT, "b": {"type": "integer"}}}, {"a": "x", "b": 2}, []),
    "file": ({"type": "string", "format": "binary"}, b"\x00\r\n--x", ["\x00\r\n--x"]),
    "multiple": ({"type": "integer", "multipleOf": 5}, 5, ["5"]),
    "int": ({"type": "int"}, 5, ["5"]),
}
RARE = {"multiple", "int", "object", "file"}
PHASES = (Phase.explicit, Phase.generate)
SEPARATORS = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|"}


class Combination:
    """A random spec with the values of one call, and what must be sent for them."""

    def __init__(self, choose: random.Random) -> None:
        self._choose = choose
        self.values: dict[tuple[str, str], Any] = {}
        self.sent: dict[str, list[tuple[str, str]]] = {"query": [], "header": [], "cookie": [], "form": []}
        self.json: Node = {}
        self.warned: list[str] = []
        self.path = "/things"
        parameters = [self._parameter() for _ in range(choose.choice([0, 1, 2, 3, 4]))]
        self.media_type = choose.choice(
            [None, "application/json", "application/x-www-form-urlencoded", "multipart/form-data"]
        )
        parts: Node = {
            "parameters": parameters,
            "security": choose.choice([[HMAC], [HMAC, {}], [], [{"oauth2": []}, HMAC]]),
        }
        if choose.random() < 0.2:
            parts["deprecated"] = True
            self.warned.append("things.get is deprecated.")
        status = choose.choice(["200", "200", "201", "204"])
        responses = {status: success(None if status == "204" else "ThingResponse")}
        if self.media_type is not None:
            parts["requestBody"] = body(media_type=self.media_type)
        method = choose.choice(["post", "put", "patch", "delete"] if self.media_type else ["get", "post", "delete"])
        self.spec = document(method, self.path, responses, **parts)
        if self.media_type is not None:
            with_schemas(self.spec, ThingRequest=self._body())

    def _kind(self) -> str:
        common = [name for name in KINDS if name not in RARE]
        return self._choose.choice(sorted(RARE) if self._choose.random() < 0.05 else common)

    def _parameter(self) -> Node:
        choose, kind = self._choose, self._kind()
        where = choose.choice(["query", "query", "query", "header", "cookie", "path"])
        name = choose.choice(NAMES)
        if where in ("path", "cookie") and kind in ("list", "numbers", "object") and choose.random() < 0.9:
            kind = "integer"  # a list is refused there
        if where != "query":
            name = name.replace(" ", "-")
        about, value, texts = KINDS[kind]
        more: Node = {}
        if where == "path":
            self.path += f"/{{{name}}}"
        if where == "query" and kind in ("list", "numbers"):
            more["style"] = choose.choice(list(SEPARATORS))
            more["explode"] = choose.choice([True, False])
            if not more["explode"]:
                texts = [SEPARATORS[more["style"]].join(texts)]
                value = ["a", "c"] if kind == "list" else value
                texts = [SEPARATORS[more["style"]].join(map(str, value))]
        elif where == "header" and kind in ("list", "numbers"):
            texts = [",".join(texts)]
        elif where == "query" and kind == "object":
            more["style"] = choose.choice(["deepObject", "form"])
        is_required = where == "path" or choose.random() < 0.5
        if is_required or choose.random() < 0.7:
            self.values[where, name] = value
            if where == "path":
                self.sent.setdefault(name, []).append(("", texts[0] if texts else ""))
            elif kind == "object":
                self.sent["query"] += [(f"{name}[a]", "x"), (f"{name}[b]", "2")]
            else:
                self.sent[where] += [(name, text) for text in texts]
        return parameter(name, where, about, **({"required": True} if is_required else {}), **more)

    def _body(self) -> Node:
        members, required = dict[str, Node](), list[str]()
        for name in self._choose.sample(NAMES, self._choose.choice([1, 2, 3])):
            kind = self._kind()
            about, value, texts = KINDS[kind]
            members[name] = about
            if self._choose.random() < 0.5:
                required.append(name)
            if name in required or self._choose.random() < 0.7:
                self.values["body", name] = value
                self.sent["form"] += [(name, text) for text in texts]
                self.json[name] = texts[0] if isinstance(value, date) else value
        return schema(**members, **({"required_": required} if required else {}))

    def check(self) -> str:
        """Generate and call. Returns "refused" or "sent". Raises AssertionError."""
        try:
            with generated(self.spec) as package:
                with warnings.catch_warnings(record=True) as caught:
                    warnings.simplefilter("always")
                    self._compare(package.sent(**self._arguments()))
                assert [str(one.message) for one in caught] == self.warned
                return "sent"
        except GenerationError as error:
            for line in str(error).splitlines():
                assert re.fullmatch(r"openapi\.yaml:[1-9][0-9]*: \S.*[.]", line), line
            return "refused"

    def _arguments(self) -> Node:
        spec = Spec(b"{}")
        spec.document = self.spec
        known = facts(spec)["operations"]["things_get"]["arguments"]
        names = {(one["place"], one["wire"]): one["name"] for one in known}
        return {names[key]: value for key, value in self.values.items()}

    def _compare(self, sent: HTTPRequest) -> None:
        path = re.sub(r"\{([^}]*)\}", lambda found: quote(self.sent[found[1]][0][1], safe=""), self.path)
        parts = urlsplit(sent.url)
        assert parts.path == path
        assert sorted(parse_qsl(parts.query, keep_blank_values=True)) == sorted(self.sent["query"])
        for name, text in self.sent["header"]:
            assert sent.headers[name.lower()] == text
        cookies = [one.split("=", 1) for one in sent.headers.get("cookie", "").split("; ") if one]
        assert sorted((name, unquote(text)) for name, text in cookies) == sorted(self.sent["cookie"])
        self._compare_body(sent)

    def _compare_body(self, sent: HTTPRequest) -> None:
        content, kind = sent.content, sent.headers.get("Content-Type", "")
        if self.media_type is None:
            assert (content, kind) == (None, "")
            return
        assert isinstance(content, bytes)
        assert kind.partition(";")[0] == self.media_type
        if self.media_type == "application/json":
            assert json.loads(content) == self.json
        elif self.media_type == "application/x-www-form-urlencoded":
            assert Counter(parse_qsl(content.decode(), keep_blank_values=True)) == Counter(self.sent["form"])
        else:
            message = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + content)
            found = Counter[tuple[str, str]]()
            for part in message.get_payload() if message.is_multipart() else ():
                payload: Any = part.get_payload(decode=True)  # type: ignore[union-attr]
                found[str(part.get_param("name", header="content-disposition")), payload.decode("latin-1")] += 1  # type: ignore[union-attr]
            assert found == Counter(self.sent["form"])


def run(specs: int, seed: int) -> Counter[str]:
    """How many specs were sent and refused. Raises AssertionError for the simplest spec that is neither."""
    outcomes = Counter[str]()

    @hypothesis.seed(seed)
    @settings(
        max_examples=specs,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        phases=PHASES,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**32))
    def each(number: int) -> None:
        combination = Combination(random.Random(number))
        hypothesis.note(text_of(combination.spec))
        outcomes[combination.check()] += 1

    each()
    return outcomes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--specs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    outcomes = run(options.specs, options.seed)
    print(f"{outcomes['sent']} combinations are sent as the spec says, {outcomes['refused']} are refused.")


if __name__ == "__main__":
    main()
