"""Measures the forms that a model could have; docs/models.md draws the conclusion. `make bench-models` runs it."""

import contextvars
import gc
import itertools
import json
import statistics
import threading
import time
import tracemalloc
from collections.abc import Callable
from datetime import datetime
from typing import Any

import attrs
import msgspec

ROUNDS, REPEATS = 15, 40
TEXTS = (
    "author",
    "author_email",
    "author_country",
    "title",
    "content",
    "commented_at",
    "created_at",
    "updated_at",
    "source",
    "product_title",
    "product_handle",
    "item_type",
)
CHECKS = (
    dict.fromkeys(TEXTS, str) | {"rating": int, "is_verified": int} | dict.fromkeys(("id", "product_id"), str | int)
)


def review(number: int) -> dict[str, Any]:
    """One review as an answer has it, with one member (`likes`) that no description knows."""
    return {
        **{name: f"{name} of customer {number}" for name in TEXTS},
        **dict.fromkeys(("commented_at", "created_at", "updated_at"), "2025-06-20T11:06:48Z"),
        "content": "It keeps the water hot and pours well. " * 2,
        "id": str(10**12 + number),
        "rating": 1 + number % 5,
        "product_id": str(9 * 10**12 + number),
        "is_verified": 1,
        "media": [{"url": f"https://img.example.com/{number}.jpeg", "thumbnail_url": "", "type": 1}]
        if number % 2
        else None,
        "reply": {"content": "Thank you", "reply_at": "2025-06-21 00:00:00"} if number % 3 == 0 else None,
        "likes": number,
    }


PAGE = json.dumps({"code": 0, "data": {"list": [review(number) for number in range(100)]}}).encode()
ORIGIN: contextvars.ContextVar[Any] = contextvars.ContextVar("origin", default=None)
COUNT, LOCK = itertools.count(), threading.Lock()


class Plain(msgspec.Struct, kw_only=True, frozen=True, eq=False):
    """A struct that forgets what it does not know."""


class Tracked(msgspec.Struct, kw_only=True, frozen=True, eq=False, rename={"origin_": "\uffffo", "index_": "\uffffi"}):
    """A struct that notes where it came from, so that unknown members can be found again."""

    origin_: object = msgspec.field(default_factory=ORIGIN.get)
    index_: object = msgspec.field(default_factory=COUNT.__next__)


def decoder(base: type[msgspec.Struct], normalise: bool) -> msgspec.json.Decoder[Any]:
    """A decoder of the page into structs that derive from `base`."""
    options: dict[str, Any] = {"kw_only": True, "frozen": True, "eq": False, "bases": (base,)}
    media = msgspec.defstruct(
        "Media", [(n, str | int | None, None) for n in ("url", "thumbnail_url", "type")], **options
    )
    reply = msgspec.defstruct("Reply", [(n, str | None, None) for n in ("content", "reply_at")], **options)
    fields: list[Any] = [(name, form | None, None) for name, form in CHECKS.items()]
    fields += [("media", list[media] | None, None), ("reply", reply | None, None)]  # type: ignore[valid-type]

    def after(self: Any) -> None:
        if self.id.__class__ is int:
            msgspec.structs.force_setattr(self, "id", str(self.id))
        if self.product_id.__class__ is int:
            msgspec.structs.force_setattr(self, "product_id", str(self.product_id))
        if self.media is None:
            msgspec.structs.force_setattr(self, "media", [])

    namespace = {"__post_init__": after} if normalise else {}
    whole = msgspec.defstruct("Review", fields, namespace=namespace, **options)
    data = msgspec.defstruct("Data", [("list", list[whole])], **options)  # type: ignore[valid-type]
    return msgspec.json.Decoder(msgspec.defstruct("Answer", [("code", int), ("data", data)]))


def tracked(form: msgspec.json.Decoder[Any]) -> Callable[[bytes], Any]:
    """Decoding that leaves its trace in every object."""

    def decode(content: bytes) -> Any:
        with LOCK:
            token = ORIGIN.set([content, next(COUNT)])
            try:
                return form.decode(content)
            finally:
                ORIGIN.reset(token)

    return decode


class View:
    """A typed view over a dict."""

    __slots__ = ("_raw",)

    def __init__(self, raw: dict[str, Any]) -> None:
        self._raw = raw


def views(check: bool) -> Callable[[bytes], Any]:
    """Untyped decoding, then a view an object, its known members checked or not."""
    untyped = msgspec.json.Decoder()
    checks = tuple(CHECKS.items())

    def decode(content: bytes) -> Any:
        found = []
        for raw in untyped.decode(content)["data"]["list"]:
            if check:
                for name, form in checks:
                    if (value := raw.get(name)) is not None and not isinstance(value, form):
                        raise TypeError(name)
            found.append(View(raw))
        return found

    return decode


Stock = attrs.make_class("Stock", [*CHECKS, "media", "reply", "additional_properties"])


def stock(content: bytes) -> Any:
    """The stock generator's way: dicts, popped member by member into attrs classes."""
    found = []
    for raw in json.loads(content)["data"]["list"]:
        left = dict(raw)
        values = {name: left.pop(name, None) for name in (*CHECKS, "media", "reply")}
        for name in ("commented_at", "created_at", "updated_at"):
            values[name] = datetime.fromisoformat(values[name])
        found.append(Stock(**values, additional_properties=left))
    return found


def forms() -> dict[str, Callable[[bytes], Any]]:
    """All that are compared, by name."""
    lost, untyped = decoder(Plain, False), msgspec.json.Decoder()
    return {
        "json.loads, plain dicts": json.loads,
        "structs, unknown members lost": lost.decode,
        "structs, unknown members found again": tracked(decoder(Tracked, False)),
        "the same, ids and null lists normalised": tracked(decoder(Tracked, True)),
        "structs and an untyped pass each time": lambda content: (lost.decode(content), untyped.decode(content)),
        "views, unchecked": views(check=False),
        "views, known members checked": views(check=True),
        "attrs, as the stock generator": stock,
    }


def main() -> None:
    """Print time, ratio to json.loads of the same round, and memory kept, a form a line."""
    compared = forms()
    rounds: dict[str, list[float]] = {name: [] for name in compared}
    for decode in compared.values():
        decode(PAGE)
    for _ in range(ROUNDS):
        for name, decode in compared.items():
            start = time.perf_counter()
            for _ in range(REPEATS):
                decode(PAGE)
            rounds[name].append((time.perf_counter() - start) / REPEATS)
    base = rounds["json.loads, plain dicts"]
    print(f"{len(PAGE)} bytes, 100 reviews; median of {ROUNDS} rounds of {REPEATS}")
    for name, decode in compared.items():
        gc.collect()
        tracemalloc.start()
        kept = decode(PAGE)
        size = tracemalloc.get_traced_memory()[0] / 1024
        tracemalloc.stop()
        del kept
        ratio = statistics.median(one / other for one, other in zip(rounds[name], base, strict=True))
        print(f"{name:42} {statistics.median(rounds[name]) * 1e6:8.0f} us  ratio {ratio:.2f}  keeps {size:.0f} KiB")


if __name__ == "__main__":
    main()
