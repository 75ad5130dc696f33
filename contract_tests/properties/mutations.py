"""Mutations that put one defect into a good response."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, TypeAlias

from hypothesis import strategies as st

from contract_tests.support.spec import KNOWN_CODES

Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]
CODES: tuple[Any, ...] = (0, *KNOWN_CODES, 7, 14, 2000, -1, 2**70, "0", "16", 0.0, 1.5, True, None, [], {})
OTHERS: tuple[Any, ...] = (
    None,
    True,
    0,
    7,
    -1,
    1.5,
    10**30,
    "",
    "x",
    "12",
    [],
    {},
    [[]],
    [None],
    {"a": 1},
    [{}],
    [{"id": 1}],
    "2025",
)
DATES = (
    *(
        "2025-06-20T11:06:48+02:00",
        "2025-06-20T11:06:48.123456Z",
        "2025-06-20",
        "20250620T110648Z",
        "2025-W25-5",
        "now",
    ),
    *(
        "2025-02-30 00:00:00",
        "0000-00-00 00:00:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "1750417608",
    ),
    *(
        1750417608,
        1750417608.5,
        "Fri, 20 Jun 2025 11:06:48 GMT",
        "２０２５-06-20",
        "2025-06-20T24:00:00Z",
        " 2025-06-20 ",
    ),
)
UNKNOWN_NAMES = (
    "unknown_member",
    "Unbekanntes",
    "未知",
    "a b",
    "",
    "to_dict",
    "extra",
    "__class__",
    "origin_",
    "index_",
)
PAGE = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><h1>502</h1></body></html>"


@dataclass(frozen=True)
class Mutated:
    """The bytes of a response and the kind of mutation. `original` is set if only unknown members were added."""

    kind: str
    content: bytes
    original: bytes | None = None


Place: TypeAlias = tuple[Any, Any]
"""A container and the key or index of one of its values."""


def places(container: Any) -> Iterator[Place]:
    """Yield the place of every value in `container`."""
    for key, value in list(container.items()) if isinstance(container, dict) else list(enumerate(container)):
        yield container, key
        if isinstance(value, dict | list):
            yield from places(value)


def encoded(response: Any, draw: Draw) -> bytes:
    """Return the response as JSON. Servers differ in whether this text is ASCII, so both occur."""
    return json.dumps(response, ensure_ascii=draw(st.booleans())).encode()


def _member(draw: Draw, response: Any) -> Place | None:
    members = [place for place in places([response]) if isinstance(place[0], dict)]
    return draw(st.sampled_from(members)) if members else None


def nothing(draw: Draw, response: Any) -> Mutated:
    """The response is unchanged."""
    return Mutated("good", encoded(response, draw))


def removed(draw: Draw, response: Any) -> Mutated:
    """A member is missing."""
    response = deepcopy(response)
    if place := _member(draw, response):
        del place[0][place[1]]
    return Mutated("removed", encoded(response, draw))


def replaced(draw: Draw, response: Any) -> Mutated:
    """A member or an item is null, or has another type."""
    whole = [deepcopy(response)]
    container, key = draw(st.sampled_from(list(places(whole))))
    container[key] = draw(st.none() | st.sampled_from(OTHERS))
    return Mutated("replaced", encoded(whole[0], draw))


def renamed(draw: Draw, response: Any) -> Mutated:
    """A member has another name."""
    response = deepcopy(response)
    if place := _member(draw, response):
        container, key = place
        container[draw(st.sampled_from([key.upper(), f"{key}s", *UNKNOWN_NAMES]))] = container.pop(key)
    return Mutated("renamed", encoded(response, draw))


def unknown_added(draw: Draw, response: Any) -> Mutated:
    """An object has an unknown member."""
    changed = [deepcopy(response)]
    objects = [value for value in (c[k] for c, k in places(changed)) if isinstance(value, dict)]
    holder = draw(st.sampled_from(objects)) if response else None  # a member in {} makes it another response
    if holder is None:
        return nothing(draw, response)
    members = list(holder.items())
    members.insert(draw(st.integers(0, len(members))), (draw(st.sampled_from(UNKNOWN_NAMES)), draw(UNKNOWN)))
    holder.clear()
    holder.update(members)
    return Mutated("unknown added", encoded(changed[0], draw), encoded(response, draw))


UNKNOWN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.just("ü"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "x"]), inner, max_size=2),
    max_leaves=3,
)


def item_changed(draw: Draw, response: Any) -> Mutated:
    """A list has an item twice, or an item of another kind."""
    response = deepcopy(response)
    lists = [value for value in (c[k] for c, k in places([response])) if isinstance(value, list)]
    if lists:
        chosen = draw(st.sampled_from(lists))
        item = draw(st.sampled_from([*chosen, *OTHERS]))
        chosen.insert(draw(st.integers(0, len(chosen))), deepcopy(item))
    return Mutated("item", encoded(response, draw))


def number_or_text(draw: Draw, response: Any) -> Mutated:
    """A number is sent as text, or a text as a number."""
    whole = [deepcopy(response)]
    leaves = [place for place in places(whole) if isinstance(place[0][place[1]], int | float | str)]
    if leaves:
        container, key = draw(st.sampled_from(leaves))
        value = container[key]
        as_number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else 7
        container[key] = as_number if isinstance(value, str) else str(value)
    return Mutated("number or text", encoded(whole[0], draw))


def date_changed(draw: Draw, response: Any) -> Mutated:
    """A text, such as a date, has another style."""
    whole = [deepcopy(response)]
    texts = [place for place in places(whole) if isinstance(place[0][place[1]], str)]
    dates = [place for place in texts if str(place[1]).endswith("_at")] or texts
    if dates:
        container, key = draw(st.sampled_from(dates))
        container[key] = draw(st.sampled_from(DATES))
    return Mutated("date", encoded(whole[0], draw))


def truncated(draw: Draw, response: Any) -> Mutated:
    """The response breaks off."""
    content = encoded(response, draw)
    return Mutated("truncated", content[: draw(st.integers(0, len(content) - 1))])


def code_changed(draw: Draw, response: Any) -> Mutated:
    """The code of the envelope is different."""
    return Mutated("code", encoded({**response, "code": draw(st.sampled_from(CODES))}, draw))


def html(draw: Draw, response: Any) -> Mutated:
    """The page of a gateway is sent instead of the response, before it or after it."""
    return Mutated(
        "html", draw(st.sampled_from([PAGE, PAGE + encoded(response, draw), encoded(response, draw) + PAGE]))
    )


MUTATIONS: tuple[Callable[[Draw, Any], Mutated], ...] = (
    *(nothing, removed, replaced, replaced, renamed, unknown_added, unknown_added, item_changed, number_or_text),
    *(date_changed, truncated, code_changed, html),
)
