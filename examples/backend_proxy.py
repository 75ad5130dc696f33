"""Serve reviews to a shop's pages without giving them the private token. Run it with

    TRUSTOO_PUBLIC_TOKEN=... TRUSTOO_PRIVATE_TOKEN=... uvicorn --factory examples.backend_proxy:app

The shop's pages can then read /products/8100000000019/reviews and /products/8100000000019/rating. They cannot reach
any other part of the API. Only the fields below leave this server, so it sends no names and no addresses. It removes
e-mail addresses from the text of reviews.
"""

import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Request
from fastapi.responses import JSONResponse
from trustoo import AsyncTrustoo, NetworkError, NotFoundError, RequestTimeoutError, TrustooError

FIELDS = ("id", "rating", "title", "content", "commented_at", "is_verified")
MEDIA_FIELDS = ("url", "thumbnail_url")
EMAIL = re.compile(r"[^\s@<>()\"',;:]+@[^\s@<>()\"',;:]+\.[^\s@<>()\"',;:]+")
TTL = 60.0  # seconds for which a rating is cached
CACHED = 10_000  # the largest number of products

ProductId = Annotated[str, Path(pattern=r"^[0-9]{1,20}$")]


def shown(values: Mapping[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    """Return the allowed members with plain values, without e-mail addresses."""
    kept = {name: values[name] for name in fields if isinstance(values.get(name), str | int | float)}
    return {name: EMAIL.sub("…", value) if isinstance(value, str) else value for name, value in kept.items()}


def create_app(shop: AsyncTrustoo) -> FastAPI:
    """Return the proxy of one shop. The proxy closes `shop` when it ends."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with shop:
            yield

    proxy = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    ratings: dict[str, tuple[float, dict[str, Any]]] = {}

    @proxy.exception_handler(TrustooError)
    async def failed(_: Request, error: TrustooError) -> JSONResponse:
        """Log the error, and do not show the error to the customer."""
        status = 404 if isinstance(error, NotFoundError) else 504 if isinstance(error, RequestTimeoutError) else 502
        print(f"{type(error).__name__}: {error}", flush=True)
        retry = {"Retry-After": "5"} if isinstance(error, NetworkError | RequestTimeoutError) else None
        return JSONResponse({"error": "The reviews cannot be shown now."}, status, headers=retry)

    @proxy.get("/products/{product_id}/reviews")
    async def reviews(product_id: ProductId, page: Annotated[int, Query(ge=1, le=1000)] = 1) -> dict[str, Any]:
        found = await shop.reviews.list(product_ids=[product_id], page=page, page_size=20, sort_by="created-descending")
        return {"page": page, "reviews": [review_shown(review.to_dict()) for review in found.list]}

    @proxy.get("/products/{product_id}/rating")
    async def rating(product_id: ProductId) -> dict[str, Any]:
        until, cached = ratings.get(product_id, (0.0, {}))
        if time.monotonic() >= until:
            found = await shop.reviews.rating(product_id=product_id)
            cached = {"average": found.rating_value, "count": found.review_count}
            while len(ratings) >= CACHED:
                del ratings[next(iter(ratings))]  # the oldest
            ratings[product_id] = (time.monotonic() + TTL, cached)
        return cached

    return proxy


def review_shown(review: Mapping[str, Any]) -> dict[str, Any]:
    """Return a review as customers see it. If media is not a list, as in older responses, it is left out."""
    media = review.get("media")
    photos = [shown(photo, MEDIA_FIELDS) for photo in media] if isinstance(media, list) else []
    return {**shown(review, FIELDS), "photos": photos}


def app() -> FastAPI:
    """Return the proxy of the shop whose tokens are in the environment."""
    return create_app(AsyncTrustoo(timeout=5))
