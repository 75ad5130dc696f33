"""Replaces values by invented values of the same shape. Only values that cannot tell anything about anybody are kept.

Kept are booleans, null, numbers of one digit, values that the spec lists, and page numbers. Every other value is
replaced by a value that depends only on its form and on the order in which values are met.
"""

import base64
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from contract_tests.live.shapes import KNOWN_NAMES, WITHHELD, safe_name, shape_of
from contract_tests.support.spec import OPERATIONS, SPEC, parameters
from tools.spec import Node

__all__ = ["TIME", "Inventor"]

TIME = 1700465772
"""The `time` of invented envelopes. It is that of the vectors' clock, so that a client does not correct its clock."""
_START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_MOST_ITEMS = 3
"""The items of a list that are kept. Items of different shapes come first."""
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*|[a-z]+([A-Z][a-z0-9]+)*")
_SECRETS = SPEC.secrets()
_SECRET = re.compile(
    r"token|secret|password|signature|policy|callback|session|cookie|auth(?!or)|jwt|credential|(^|_)(key|code)$", re.I
)
_MESSAGES = ("success", "OK")
_PAGE_FIGURES = ("page", "page_size")
_LARGEST_PAGE = 999
_GID_KINDS = ("Product", "Order", "Customer", "Shop")
_PARAMETERS = {name for operation in OPERATIONS for name in parameters(operation)}


class Inventor:
    """Invents the values of one exchange. Equal values become equal values, so that ids still match."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str], str] = {}
        self._counts: Counter[str] = Counter()

    def value(self, value: Any, schema: Node | None = None, name: str = "") -> Any:
        """Return an invented value.

        Args:
            value: a JSON value.
            schema: the schema of the value, if the spec has one.
            name: the name of the member that has the value.
        """
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, dict):
            known = _members(schema)
            named = [(self.name(key, len(value)), known.get(key), key, member) for key, member in value.items()]
            return {shown: self.value(member, about, key) for shown, about, key, member in named}
        if isinstance(value, list):
            return [self.value(item, _items(schema), name) for item in _representatives(value)]
        if value in _known_values(schema):
            return value
        return self._text(value, name) if isinstance(value, str) else self._number(value, name)

    def name(self, name: str, siblings: int = 1) -> str:
        """Return the name of a member, if it is one of the spec or looks like one. Otherwise an invented name."""
        base = re.sub(r"\[\d{0,2}\]$", "", name, flags=re.ASCII)
        if base in KNOWN_NAMES or base in _PARAMETERS:
            return name
        if safe_name(name, siblings) != WITHHELD and _NAME.fullmatch(name):
            return name
        return self.once("name", name, lambda number: f"withheld_{number}")

    def digits(self, digits: str) -> str:
        """Return as many digits. A single digit is kept."""
        if len(digits) == 1:
            return digits
        smallest = 10 ** (len(digits) - 1)
        return self.once("digits", digits, lambda number: str(smallest + number % smallest))

    def once(self, kind: str, value: str, make: Callable[[int], str]) -> str:
        """Return the invented text for `value`. At the first time, `make` returns it for the next number."""
        if (kind, value) not in self._made:
            self._counts[kind] += 1
            if (made := make(self._counts[kind])) == value:  # the recorded value looks like an invented one
                self._counts[kind] += 1
                made = make(self._counts[kind])
            self._made[kind, value] = made
        return self._made[kind, value]

    def _number(self, value: float, name: str) -> float:
        if abs(value) < 10 and value == value // 1:
            return value
        if name in _PAGE_FIGURES and isinstance(value, int) and 0 < value <= _LARGEST_PAGE:
            return value
        invented = self.digits(str(abs(int(value)))) if abs(value) >= 10 else "3"
        return (-1 if value < 0 else 1) * (int(invented) if isinstance(value, int) else float(f"{invented}.5"))

    def _text(self, value: str, name: str) -> str:
        if name == "message" and value in _MESSAGES:
            return value
        if name in _PAGE_FIGURES and re.fullmatch(r"[1-9]\d{0,2}", value, re.ASCII):
            return value
        if value and (name in _SECRETS or _SECRET.search(name)):
            shown = name if name in _SECRETS else "secret"
            return self.once("secret", value, lambda number: f"EXAMPLE-{shown.replace('_', '-')}-{number}")
        for form, invent in _FORMS:
            if match := form.fullmatch(value):
                return invent(self, match)
        # Other text keeps whether it has spaces, line breaks and characters that are not ASCII.
        has_spaces = re.search(r"\s", value) is not None
        words = ["EXAMPLE", *(["text"] if has_spaces else []), *([] if value.isascii() else ["Zoë"])]
        between, end = " " if has_spaces else "-", "\n" if "\n" in value else ""
        return self.once("text", value, lambda number: between.join([*words, str(number)]) + end)


def _decimal(inventor: Inventor, match: re.Match[str]) -> str:
    sign, whole, decimals = match.groups()
    return f"{sign}{'3' if len(whole) == 1 else inventor.digits(whole)}.{'5' * len(decimals)}"


def _date_time(inventor: Inventor, match: re.Match[str]) -> str:
    between, fraction, zone = match.groups()
    decimals = f".{'5' * (len(fraction) - 1)}" if fraction else ""
    offset = "" if zone is None else "Z" if zone == "Z" else "+00:00" if ":" in zone else "+0000"
    time = inventor.once("time", match[0], lambda number: f"{_START + timedelta(minutes=number):%Y-%m-%d|%H:%M:%S}")
    return time.replace("|", between) + decimals + offset


def _gid(inventor: Inventor, match: re.Match[str]) -> str:
    kind = match[1] if match[1] in _GID_KINDS else "Object"
    return f"gid://shopify/{kind}/{inventor.digits(match[2])}"


def _url(inventor: Inventor, match: re.Match[str]) -> str:
    scheme, ending = match[1].lower(), (match[2] or "").lower()
    return inventor.once("url", match[0], lambda number: f"{scheme}://example.com/EXAMPLE-{number}{ending}")


def _hex(inventor: Inventor, match: re.Match[str]) -> str:
    return inventor.once("id", match[0], lambda number: f"{number:0{len(match[0])}x}")


def _numbered(kind: str, template: str) -> "Invent":
    return lambda inventor, match: inventor.once(kind, match[0], template.format)


def _base64(inventor: Inventor, match: re.Match[str]) -> str:
    return inventor.once("base64", match[0], lambda number: base64.b64encode(f"EXAMPLE-{number}".encode()).decode())


Invent: TypeAlias = Callable[[Inventor, re.Match[str]], str]
_FORMS: list[tuple[re.Pattern[str], Invent]] = [
    (re.compile(form, re.ASCII), invent)
    for form, invent in (
        ("", lambda inventor, match: ""),
        (r"[0-9]{1,20}", lambda inventor, match: inventor.digits(match[0])),
        (r"(-?)([0-9]{1,20})\.([0-9]{1,9})", _decimal),
        (r"\d{4}-\d\d-\d\d", lambda inventor, match: "2026-01-02"),
        (r"\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?", _date_time),
        (r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", _numbered("id", "00000000-0000-4000-8000-{:012x}")),
        (r"[0-9a-f]{16,64}", _hex),
        (r"gid://shopify/([A-Za-z]{1,40})/([0-9]{1,20})", _gid),
        (r"([Hh][Tt][Tt][Pp][Ss]?)://\S+?(\.(?:jpe?g|png|webp|gif|heic|mp4))?", _url),
        (r"[^@\s]+@[^@\s]+\.[^@\s]+", _numbered("email", "ada{}@example.com")),
        (r"[a-z0-9-]+\.myshopify\.com", _numbered("shop", "example-{}.myshopify.com")),
        (r"(?=.*[0-9+/=])(?=.*[A-Z])[A-Za-z0-9+/]{16,}={0,2}", _base64),
    )
]
"""The forms of text, each with the invention for it. The first form that fits counts."""


def _variants(schema: Node | None) -> list[Node]:
    if schema is None:
        return []
    resolved = SPEC.resolve(schema)
    return [resolved, *(inner for variant in resolved.get("anyOf", ()) for inner in _variants(variant))]


def _members(schema: Node | None) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for variant in _variants(schema):
        found |= SPEC.properties(variant)
    return found


def _items(schema: Node | None) -> Node | None:
    return next((variant["items"] for variant in _variants(schema) if "items" in variant), None)


def _known_values(schema: Node | None) -> list[Any]:
    """The values that the spec lists."""
    return [
        value for variant in _variants(schema) for key in ("enum", "x-known-values") for value in variant.get(key, ())
    ]


def _representatives(items: list[Any]) -> list[Any]:
    """Some of the items, in their order."""
    shapes = [str(shape_of(item).to_json()) for item in items]
    first = {shape: place for place, shape in reversed(list(enumerate(shapes)))}
    places = list(dict.fromkeys([*sorted(first.values()), *range(len(items))]))[:_MOST_ITEMS]
    return [items[place] for place in sorted(places)]
