"""A server that sends lists page by page, as a function that makes its pages."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from trustoo.transport import Headers, HTTPRequest, HTTPResponse

from contract_tests.world.client import Client, Respond

Items = Sequence[Mapping[str, Any]]
Pages = Callable[[int], tuple[Items, Mapping[str, Any]]]
"""Returns the items of a page, and what the server says about the page and the list."""


def page_number(request: HTTPRequest) -> int:
    """The page that a request asks for."""
    (number,) = parse_qs(urlsplit(request.url).query)["page"]
    return int(number)


def server(pages: Pages) -> Respond:
    """Return the function that responds to the requests for pages."""

    def respond(request: HTTPRequest) -> HTTPResponse:
        items, about = pages(page_number(request))
        data = {"page": about, "list": items}
        return HTTPResponse(200, Headers([]), json.dumps({"code": 0, "data": data}).encode())

    return respond


def reviews(*numbers: int) -> list[dict[str, Any]]:
    """Reviews with these ids."""
    return [{"id": str(number), "rating": 5} for number in numbers]


def listing(items: Items, size: int, **lies: Any) -> Pages:
    """A list in pages of `size` items. `lies` replace totals, or take them out (None)."""

    def pages(number: int) -> tuple[Items, Mapping[str, Any]]:
        found = items[(number - 1) * size : number * size]
        about = {"page": number, "page_size": size, "total_page": -(-len(items) // size), "count": len(items)}
        about |= {name: lie(found) if callable(lie) else lie for name, lie in lies.items()}
        return found, {name: value for name, value in about.items() if value is not None}

    return pages


def ids(*numbers: int) -> list[str]:
    """The ids of reviews with these numbers."""
    return [str(number) for number in numbers]


def walked(client: Client, **arguments: Any) -> list[str]:
    """The ids that a walk returns."""
    return [review.id for review in client.items(lambda shop: shop.reviews.iterate(**arguments))]


def collect(client: Client, walk: Any, found: list[str]) -> None:
    """Add the ids that a walk returns to `found`, also those before an error."""
    while part := client.items(lambda shop: walk, 1):
        found.extend(review.id for review in part)
