"""Strategies for what a server may send: bytes, JSON of any shape, and good responses with one defect."""

import base64
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from hypothesis import strategies as st

from contract_tests.properties.mutations import MUTATIONS, Draw, Mutated
from contract_tests.support.spec import SPEC, success_variants
from tools.spec import Node

T = TypeVar("T")
KINDS = ("bytes", "json", "mutated")


@dataclass(frozen=True)
class Input:
    """One response to decode.

    Attributes:
        kind: how the input was made.
        original: the good response, if `content` differs from it only by unknown members.
    """

    kind: str
    status: int
    headers: tuple[tuple[str, str], ...]
    content: bytes
    original: bytes | None = None

    def token(self) -> str:
        """Return the input as one line, for the command that checks the input again."""
        held = [
            self.kind,
            self.status,
            self.headers,
            *(None if part is None else part.decode("latin-1") for part in (self.content, self.original)),
        ]
        return base64.urlsafe_b64encode(zlib.compress(json.dumps(held).encode(), 9)).decode()

    @classmethod
    def of_token(cls, token: str) -> "Input":
        """Return the input that `token` encodes."""
        kind, status, headers, *both = json.loads(zlib.decompress(base64.urlsafe_b64decode(token)))
        content, original = (None if part is None else part.encode("latin-1") for part in both)
        return cls(kind, status, tuple((name, value) for name, value in headers), content or b"", original)


# --- what surrounds the bytes


def often(*weighed: tuple[int, st.SearchStrategy[T]]) -> st.SearchStrategy[T]:
    """One of the strategies, weighted by the numbers. `one_of` would choose each strategy equally often."""
    return st.sampled_from([strategy for weight, strategy in weighed for _ in range(weight)]).flatmap(_same)


def _same(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    return strategy


STATUSES = often(
    (4, st.just(200)), (1, st.sampled_from([200, 201, 204, 302, 302, 400, 401, 403, 404, 429, 500, 502, 503]))
)
HEADER_TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=20)
DATES = st.sampled_from(
    [
        "Mon, 20 Nov 2023 07:36:11 GMT",
        "Mon, 20 Nov 2023 07:36:11 +99999999999999999999",
        "Mon, 20 Nov 99999999999999999999 07:36:11 GMT",
        "Mon, 01 Jan 0001 00:00:00 +2359",
        "0 Jan 0",
        "",
    ]
)
ODD_HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "retry-after": st.sampled_from(["0", "3", "9" * 400, "-1", "1.5"]) | DATES | HEADER_TEXT,
        "location": st.just("https://shop.example/callback?code=EXAMPLE&state=x") | HEADER_TEXT,
        "date": DATES | HEADER_TEXT,
    },
).map(lambda headers: tuple(headers.items()))
HEADERS: st.SearchStrategy[tuple[tuple[str, str], ...]] = often((3, st.just(())), (1, ODD_HEADERS))

# --- arbitrary JSON text

LITERALS = st.sampled_from(
    [
        *(b"null", b"true", b"false", b"0", b"-0", b"1", b"16", b"-1", b"0.0", b"1.0", b"1e2", b"1e999", b"-1e999"),
        *(b"9" * 19, b"9" * 50, b"9" * 5000, b"18446744073709551616", b"1e-400", b"0.1", b"1" + b"0" * 400 + b".5"),
        *(
            b'"\\ud83d\\ude00"',
            b'"\\u0000"',
            b'"\xef\xbb\xbf"',
            '"\u2028\U0001f600"'.encode(),
            b'"\\\\"',
            b'""',
            b"[[]]",
        ),
        *(b'"2025-06-20T11:06:48Z"', b'"2025-06-20 11:06:48"', b'"0001-01-01T00:00:00+14:00"', b"{}", b"[]", b'"7"'),
    ]
)
WRONG = st.sampled_from(
    [
        *(b"NaN", b"Infinity", b"-Infinity", b"01", b"1.", b".5", b"+1", b"0x1", b"tru", b"", b"'x'", b"undefined"),
        *(
            b'"\\ud800"',
            b'"\\udc00\\ud800"',
            b'"\\x"',
            b'"\xff"',
            b'"a\xed\xa0\x80"',
            b'"\xc3"',
            b'"\x00"',
            b'"\n"',
            b'"',
        ),
    ]
)
UNICODE = st.characters(exclude_categories=["Cs"])
TEXTS = st.builds(
    lambda text, ascii_only: json.dumps(text, ensure_ascii=ascii_only).encode(),
    st.text(UNICODE, max_size=6),
    st.booleans(),
)
NUMBERS = st.integers().map(lambda number: str(number).encode()) | st.floats().map(lambda n: json.dumps(n).encode())
DEPTHS = st.sampled_from((2, 20, 100, 400, 800, 1200, 5000, 100_000))
DEEP = st.builds(lambda depth: b"[" * depth + b"]" * depth, DEPTHS) | st.builds(
    lambda depth: b'{"a":' * depth + b"0" + b"}" * depth, DEPTHS
)
ENDS = often((9, st.just(b"")), (1, st.sampled_from([b" ", b"\n", b",", b"}", b"\x00", b"\xff", b"{}"])))
STARTS = often((9, st.just(b"")), (1, st.sampled_from([b" \n", b"\xef\xbb\xbf", b"\xff\xfe", b")]}',\n"])))


def _joined(pairs: list[tuple[bytes, bytes]]) -> bytes:
    return b"{" + b",".join(name + b":" + value for name, value in pairs) + b"}"


@cache
def json_texts(operation: str) -> st.SearchStrategy[bytes]:
    """Valid and almost valid JSON. Its member names include names that the operation knows, and duplicate names."""
    known = st.sampled_from([json.dumps(name).encode() for name in names(operation)])
    name = often((3, known), (1, TEXTS), (1, LITERALS.filter(lambda text: text.startswith(b'"'))))
    tree = st.recursive(
        often((5, LITERALS), (3, TEXTS), (3, NUMBERS), (1, DEEP), (1, WRONG)),
        lambda inner: (
            st.lists(inner, max_size=3).map(lambda items: b"[" + b",".join(items) + b"]")
            | st.lists(st.tuples(name, inner), max_size=4).map(_joined)
        ),
        max_leaves=6,
    )
    objects = st.lists(st.tuples(name, tree), max_size=4).map(_joined)
    data = often((3, objects), (1, tree))
    codes = often(
        (6, st.just(b'"code":0,')),
        (1, st.sampled_from([b"", b'"code":16,', b'"code":7,', b'"code":null,', b'"code":"0",', b'"code":0.0,'])),
    )
    responses = st.builds(
        lambda code, value, more: b"{" + code + b'"data":' + value + more + b"}",
        codes,
        st.one_of(
            data,
            st.tuples(data, data).map(lambda items: b'{"page":{},"list":[' + b",".join(items) + b"]}"),
            data.map(lambda item: b"[" + item + b"]"),
        ),
        often(
            (3, st.just(b"")),
            (1, st.builds(lambda key, value: b"," + key + b":" + value, name, tree)),
        ),
    )
    return st.builds(lambda *part: b"".join(part), STARTS, often((4, responses), (1, tree)), ENDS)


@cache
def names(operation: str) -> tuple[str, ...]:
    """Return every member name in the operation's responses, and the names that models use internally."""
    found = {"\uffffo", "\uffffi"}

    def collect(schema: Node) -> None:
        schema = SPEC.resolve(schema)
        for variant in (*schema.get("anyOf", ()), *(schema[key] for key in ("items",) if key in schema)):
            collect(variant)
        for name, about in SPEC.properties(schema).items():
            found.add(name)
            collect(about)

    for variant in success_variants(operation):
        collect(variant)
    return tuple(sorted(found))


# --- good responses

WORDS = st.sampled_from(["", "EXAMPLE", "Zoë", "0", "12", "8100000000019", "5.0", "null", "\u2028", "<b>", '"\\'])
STRINGS = st.one_of(WORDS, WORDS, st.text(UNICODE, max_size=6))
INTEGERS = st.one_of(st.integers(0, 30), st.integers(), st.sampled_from([2**31, 2**53 + 1, 2**63, 2**64, 10**30]))
INSTANTS = st.builds(
    lambda when, style: style.format(when.isoformat(timespec="seconds")),
    st.datetimes(),
    st.sampled_from(["{}Z", "{}"]),
).map(lambda text: text if text.endswith("Z") else text.replace("T", " "))

DECIMALS = st.sampled_from(["0", "5", "4.8", "4.53", "1e1", "-0.5", "1" * 300])
FORMATS: dict[str, st.SearchStrategy[Any]] = {"instant": INSTANTS, "decimal": DECIMALS}


def values(schema: Node) -> st.SearchStrategy[Any]:
    """Values that are valid against a schema of `openapi.yaml`."""
    schema = SPEC.resolve(schema)
    if "anyOf" in schema:
        return st.one_of(*map(values, schema["anyOf"]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    declared = schema.get("type", "object")
    if isinstance(declared, list):
        return st.one_of(*(values({**schema, "type": one}) for one in declared))
    if declared == "object":
        if schema.get("additionalProperties") is False:
            return st.just({})
        needed = SPEC.required(schema) | {"data", "list"}  # responses need these members; a mutation removes them
        members = {name: values(about) for name, about in SPEC.properties(schema).items()}
        return st.fixed_dictionaries(
            {name: strategy for name, strategy in members.items() if name in needed},
            optional={name: strategy for name, strategy in members.items() if name not in needed},
        )
    if declared == "array":
        return st.lists(values(schema["items"]), max_size=3)
    if schema.get("format") in FORMATS:
        return FORMATS[schema["format"]]
    return {
        "string": STRINGS,
        "integer": INTEGERS,
        "number": st.integers(0, 5) | st.floats(0, 5),
        "boolean": st.booleans(),
        "null": st.none(),
    }[declared]


@cache
def good_responses(operation: str) -> st.SearchStrategy[Any]:
    """Successful responses of an operation, as JSON values."""
    return st.one_of(*(values(variant) for variant in success_variants(operation)))


@st.composite
def mutated(draw: Draw, operation: str, mutations: tuple[Callable[..., Mutated], ...] = MUTATIONS) -> Mutated:
    """A good response with one defect."""
    response = draw(good_responses(operation))
    changed: Mutated = draw(st.sampled_from(mutations))(draw, response)
    return changed


@cache
def inputs(operation: str, kind: str) -> st.SearchStrategy[Input]:
    """Inputs of one of the `KINDS`."""
    if kind == "mutated":
        return st.builds(
            lambda result, status, headers: Input(result.kind, status, headers, result.content, result.original),
            mutated(operation),
            STATUSES,
            HEADERS,
        )
    texts = json_texts(operation) if kind == "json" else _bytes()
    return st.builds(lambda status, headers, content: Input(kind, status, headers, content), STATUSES, HEADERS, texts)


def _bytes() -> st.SearchStrategy[bytes]:
    heads = st.sampled_from(
        [b"", b"{", b'{"code":0,"data":', b'{"code":0}', b"[", b'"', b"<html>", b"\x1f\x8b", b"\xef\xbb\xbf{"]
    )
    return st.one_of(
        st.binary(max_size=60),
        st.builds(lambda head, rest: head + rest, heads, st.binary(max_size=30)),
        st.builds(lambda head, text: head + text.encode(), heads, st.text(UNICODE, max_size=20)),
    )
