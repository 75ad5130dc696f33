"""Measures pages with members in another form against the same page as the OpenAPI spec describes it.

`python -m benchmarks.odd_pages` prints the figures of docs/responses.md.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from trustoo_api.api.reviews.reviews_list import DECODER

from benchmarks.cold import Turns
from benchmarks.parts import repeated
from benchmarks.server import body

GOOD = "as the spec says"
Change = Callable[[dict[str, Any]], object]
CHANGES: dict[str, Change] = {
    "another spelling": lambda review: review.update(rating=str(review["rating"])),
    "an unreadable member": lambda review: review.update(author={"name": "x"}),
    "a nested member": lambda review: review.update(media=[{"url": 5}]),
    "three members": lambda review: review.update(rating=str(review["rating"]), is_verified=True, reply=[]),
}


def odd_page(size: int, changed: Sequence[int], change: Change) -> bytes:
    """A page of reviews, of which the reviews with the numbers `changed` are changed."""
    page = json.loads(body(size))
    for number in changed:
        change(page["data"]["list"][number])
    return json.dumps(page).encode()


def pages(size: int = 100) -> dict[str, bytes]:
    """The pages by name."""
    good, last = body(size), size - 1
    found = {GOOD: good}
    for name, change in CHANGES.items():
        found[f"{name}, in the first review"] = odd_page(size, [0], change)
        found[f"{name}, in the last review"] = odd_page(size, [last], change)
        found[f"{name}, in every review"] = odd_page(size, range(size), change)
    at = good.rindex(b'"author": "') + len(b'"author": "')
    found["half an emoji, in the last review"] = good[:at] + rb"\ud83d" + good[at:]
    found["a byte that is not UTF-8, in the last review"] = good[:at] + b"\xe9" + good[at:]
    return found


def turns(size: int = 100) -> Turns:
    """Decoding each of the pages."""
    times = max(1, 2000 // size)
    return {
        name: repeated(lambda page=page: DECODER.value(DECODER.envelope(page)), times)  # type: ignore[misc]
        for name, page in pages(size).items()
    }


def main() -> None:
    """Print a Markdown table with the ratios to a good page."""
    from benchmarks.bench import interleaved

    warnings.simplefilter("ignore")
    sizes = {size: interleaved(15, turns(size), GOOD) for size in (100, 1000)}
    print("| page | 100 reviews | 1,000 reviews |\n| --- | --- | --- |")
    for name in pages(1):
        figures = [f"{rows[name]['ratio']:.2f}" for rows in sizes.values()]
        print(f"| {name} | {' | '.join(figures)} |")


if __name__ == "__main__":
    main()
