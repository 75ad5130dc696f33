"""A shop without a network: a transport that answers with pages of a list."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from trustoo import Trustoo
from trustoo.cli.exports import NEWEST_FIRST, Exported, ExportFormat, Layout, Mode, layout_of, open_export
from trustoo.transport import Headers, HTTPRequest, HTTPResponse
from trustoo_api.models import Review

PUBLIC, PRIVATE = "RVhBTVBMRS1QVUJMSUMtMQ==", "EXAMPLE-private-token"
LAYOUT = layout_of(Review, "reviews", first=20)


class Pages:
    """A transport whose service has these items, newest first."""

    def __init__(self, items: Sequence[Mapping[str, Any]]) -> None:
        self.items, self.requests = items, 0

    def send(self, http_request: HTTPRequest) -> HTTPResponse:
        self.requests += 1
        query = dict(parse_qsl(urlsplit(http_request.url).query))
        page, size = int(query["page"]), int(query.get("page_size", 100))
        count = len(self.items)
        about = {"page": page, "page_size": size, "total_page": -(-count // size), "count": count}
        data = {"list": self.items[(page - 1) * size : page * size], "page": about}
        content = json.dumps({"code": 0, "message": "success", "data": data}).encode()
        return HTTPResponse(200, Headers(tuple), content)

    def close(self) -> None: ...


def export(
    items: Sequence[Mapping[str, Any]], file: Path, mode: Mode = Mode.full, *, layout: Layout = LAYOUT, size: int = 100
) -> Exported:
    """Export the reviews of a shop that has these."""
    return export_from(Pages(items), file, mode, layout=layout, size=size)


def export_from(transport: Pages, file: Path, mode: Mode, *, layout: Layout = LAYOUT, size: int = 100) -> Exported:
    """Export the reviews of a service."""
    with (
        Trustoo(public_token=PUBLIC, private_token=PRIVATE, transport=transport) as shop,
        open_export(file, ExportFormat(file.suffix[1:]), layout) as opened,
    ):
        return opened.run(partial(shop.reviews.iterate, sort_by=NEWEST_FIRST), mode, page_size=size)
