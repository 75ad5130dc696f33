"""Strategies for the typed arguments of an operation, each with the expected value in the request.

The expected request is computed here from `openapi.yaml`. An argument's entry states its place and name, and the type
determines the text. Values usually differ from each other, so that the tests notice two swapped values.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

import trustoo_api.models
from hypothesis import strategies as st

from contract_tests.properties.inputs import UNICODE
from contract_tests.support.shop import module
from contract_tests.support.spec import SPEC, attribute, parameters, parts
from tools.spec import Node

Pair = tuple[Any, Any]
"""The value that a caller passes, and the value in the request."""
OMITTED: Pair = (..., ...)
EXTRAS: st.SearchStrategy[dict[str, str]] = st.sampled_from([{}, {"x_new": "1&2"}])
"""Parameters or members that the spec lacks."""
WORDS = st.sampled_from(
    ["", "a b", "a&b=c", "100%", "1+1", "Zoë 王", "😀", "a/b?c#d", '"\\', "true", "null", "0", "\u2028"]
)
TEXTS = st.one_of(WORDS, st.text(UNICODE, max_size=8))
NUMBERS = st.one_of(st.integers(0, 10**6), st.sampled_from([2**31, 2**53 + 1, 8100000000019]))
DATES = st.builds(
    lambda when, minutes: when.replace(tzinfo=timezone(timedelta(minutes=minutes))),
    st.datetimes(datetime(1971, 1, 1), datetime(2099, 1, 1)),
    st.sampled_from([0, 60, -480, 345, 840]),
)


@dataclass(frozen=True)
class Arguments:
    """The arguments of one call, and the expected request."""

    given: dict[str, Any]
    path: str
    query: list[tuple[str, str]] = field(default_factory=list)
    body: dict[str, Any] | None = None

    def __str__(self) -> str:
        return repr(self.given)


def alike(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Pair]:
    """Values that are sent unchanged."""
    return strategy.map(lambda value: (value, value))


def utc(when: datetime) -> str:
    """Return an instant in the format of requests."""
    return (when.replace(tzinfo=None) - (when.utcoffset() or timedelta())).strftime("%Y-%m-%d %H:%M:%S")


def gids(kind: str, takes_numbers: bool) -> st.SearchStrategy[Pair]:
    """Ids of a Shopify object in every accepted spelling."""
    return st.builds(
        lambda number, spelling: {
            "number": (number, number if takes_numbers else str(number)),
            "text": (str(number), str(number)),
            "gid": (f"gid://shopify/{kind}/{number}", str(number)),
        }[spelling],
        NUMBERS,
        st.sampled_from(["number", "text", "gid"]),
    )


WRITTEN = {
    "email": ["", "zoe@example.com", "Zoë+x@bücher.example"],
    "uri": ["https://example.com/hook?a=1&b=2", "http://localhost:8000"],
}
"""Texts of formats of the spec."""


def values(schema: Node) -> st.SearchStrategy[Pair]:
    """Values of a schema, each with its JSON."""
    name = str(schema.get("$ref", "")).rsplit("/", 1)[-1]
    schema = SPEC.resolve(schema)
    if "format" in schema and (kind := _gid_kind(schema)) is not None:
        return gids(kind, takes_numbers=schema.get("type") != "string")
    if "anyOf" in schema:
        return st.one_of(*map(values, schema["anyOf"]))
    if schema.get("enum") == [0, 1]:
        return st.sampled_from([(0, 0), (1, 1), (False, 0), (True, 1)])
    if "enum" in schema:
        return alike(st.sampled_from(schema["enum"]))
    if schema.get("format") == "instant":
        return DATES.flatmap(lambda when: st.sampled_from([(when, utc(when)), (when.isoformat(), utc(when)), ("", "")]))
    if schema.get("format") in WRITTEN:
        return alike(
            st.sampled_from(WRITTEN[schema["format"]]).filter(lambda text: text or not schema.get("minLength"))
        )
    if schema.get("type") == "array":
        several = st.lists(values(schema["items"]), max_size=3)
        return st.builds(_list, several, st.sampled_from([list, tuple]))
    if schema.get("type") == "object":
        members = {name: values(about) for name, about in SPEC.properties(schema).items()}
        return st.builds(_object, st.fixed_dictionaries({}, optional=members), st.just(name), st.booleans())
    if schema.get("minLength"):
        return alike(TEXTS.filter(lambda text: any(map(str.isalnum, text))))
    return alike({"string": TEXTS, "integer": NUMBERS}[schema["type"]])


def _gid_kind(schema: Node) -> str | None:
    return {"shopify-product-id": "Product", "shopify-order-id": "Order"}.get(schema["format"])


def _list(pairs: list[Pair], kind: type) -> Pair:
    return kind(given for given, _ in pairs), [wire for _, wire in pairs]


def _object(members: Mapping[str, Pair], name: str, as_model: bool) -> Pair:
    given = {key: value for key, (value, _) in members.items()}
    wire = {key: value for key, (_, value) in members.items()}
    model = getattr(trustoo_api.models, name)
    return model(**{attribute(key): value for key, value in given.items()}) if as_model else given, wire


def _filters(pair: Pair) -> bool:
    """Whether a query parameter is sent. The client refuses an empty list."""
    return bool(pair[1] != [])


def _optional(strategy: st.SearchStrategy[Pair], required: object) -> st.SearchStrategy[Pair]:
    return strategy if required else st.one_of(strategy, strategy, st.just(OMITTED), st.just((None, ...)))


def arguments(operation: str, complete: bool = False) -> st.SearchStrategy[Arguments]:
    """Strategy for the arguments of the operation's public method; with `complete`, all of them in each call."""
    path, _, node = parts(operation)
    fields = parameters(operation)
    places = {name: about["in"] for name, about in fields.items()}
    drawn = {
        name: values(about["schema"]).filter(lambda pair: pair[0] not in ("", ".", ".."))
        if about["in"] == "path"
        else _optional(values(about["schema"]).filter(_filters), complete or about.get("required"))
        for name, about in fields.items()
    }
    has_body = "requestBody" in node
    members = SPEC.body_members(node)
    if has_body:
        needed = SPEC.required_members(node)
        assert not members.keys() & drawn.keys(), "an argument has two places"
        drawn |= {name: _optional(values(about), complete or name in needed) for name, about in members.items()}
        places |= dict.fromkeys(members, "body")
    consent = {"unverified": True} if "unverified" in module(operation).build.__annotations__ else {}

    def wire_arguments(pairs: dict[str, Pair], extra_query: dict[str, str], extra_body: dict[str, str]) -> Arguments:
        target, query, body = path, [], {}
        for name in drawn:  # the spec's order, which is not that of `pairs`
            wire = pairs[name][1]
            if wire is ...:
                continue
            if places[name] == "path":
                target = target.replace(f"{{{name}}}", quote(str(wire), safe=""))
            elif places[name] == "query":
                query += [(name, str(item)) for item in (wire if isinstance(wire, list) else [wire])]
            else:
                body[name] = wire
        given = {attribute(name): value for name, (value, _) in pairs.items() if value is not ...}
        further = {"extra_query": extra_query, "extra_body": extra_body}
        given |= {name: members for name, members in further.items() if members}
        query += extra_query.items()
        return Arguments({**given, **consent}, target, query, body | extra_body if has_body else None)

    extras = EXTRAS.filter(bool) if complete else EXTRAS
    more = extras, extras if has_body else st.just({})

    if not (one_of := SPEC.body_one_of(node)):
        return st.builds(wire_arguments, st.fixed_dictionaries(drawn), *more)
    nothing = st.sampled_from([OMITTED, (None, ...)])
    return st.sampled_from(one_of).flatmap(
        lambda chosen: st.builds(
            wire_arguments,
            st.fixed_dictionaries(drawn | dict.fromkeys(one_of, nothing) | {chosen: values(members[chosen])}),
            *more,
        )
    )
