"""Mistakes that a type checker must find: each line with a `type: ignore` is wrong in the way that it names."""

from __future__ import annotations

from trustoo import APIError, AsyncTrustoo, RetryPolicy, Trustoo, TrustooError
from trustoo_api.api.reviews import reviews_create, reviews_get, reviews_list
from trustoo_api.api.reviews.reviews_list import ReviewsListArguments
from trustoo_api.models import Review


def arguments(shop: Trustoo) -> None:
    shop.reviews.create(rating=5)  # type: ignore[call-arg]
    shop.reviews.create(rating="5", author="a")  # type: ignore[arg-type]
    shop.reviews.create(rating=4.5, author="a")  # type: ignore[arg-type]
    shop.reviews.create(rating=None, author="a")  # type: ignore[arg-type]
    shop.reviews.create(rating=5, author=5)  # type: ignore[arg-type]
    shop.reviews.create(rating=5, author=b"a")  # type: ignore[arg-type]
    shop.reviews.create(rating=5, author="a", reply="thanks")  # type: ignore[arg-type]
    shop.reviews.create(rating=5, author="a", media="a.jpg")  # type: ignore[arg-type]
    shop.reviews.create(rating=5, author="a", media=[5])  # type: ignore[list-item]
    shop.reviews.create(rating=5, author="a", commented_at=5)  # type: ignore[arg-type]
    shop.reviews.create(rating=5, author="a", is_top=2)  # type: ignore[arg-type]
    shop.reviews.list("kettle")  # type: ignore[call-arg]
    shop.reviews.list(keywords="kettle")  # type: ignore[call-arg]
    shop.reviews.list(page="1")  # type: ignore[arg-type]
    shop.reviews.iterate(page=2)  # type: ignore[call-arg]
    shop.reviews.iterate(since="2025-06-20")  # type: ignore[arg-type]
    shop.reviews.iterate(prefetch="4")  # type: ignore[arg-type]
    shop.reviews.list(product_ids=5)  # type: ignore[arg-type]
    shop.reviews.list(product_ids=[5.0])  # type: ignore[list-item]
    shop.reviews.get()  # type: ignore[call-arg]
    shop.reviews.get(id=5.0)  # type: ignore[arg-type]
    shop.reviews.get(id=None)  # type: ignore[arg-type]


async def arguments_asyncio(later: AsyncTrustoo) -> None:
    await later.reviews.create(rating=5)  # type: ignore[call-arg]
    await later.reviews.list("kettle")  # type: ignore[call-arg]
    await later.reviews.list(page="1")  # type: ignore[arg-type]
    await later.webhooks.update(id=1)  # type: ignore[call-arg]
    later.reviews.iterate(page=2)  # type: ignore[call-arg]
    later.orders.iterate(limit="5")  # type: ignore[arg-type]
    later.reviews.iterate(checkpoint={"page": "2"})  # type: ignore[dict-item]


async def arguments_of_raw_responses(shop: Trustoo, later: AsyncTrustoo) -> None:
    shop.reviews.with_raw_response.list(keywords="kettle")  # type: ignore[call-arg]
    shop.reviews.with_raw_response.list(page="1")  # type: ignore[arg-type]
    shop.reviews.with_raw_response.get()  # type: ignore[call-arg]
    await later.reviews.with_raw_response.create(rating="5", author="a")  # type: ignore[arg-type]
    await later.reviews.with_raw_response.list(keywords="kettle")  # type: ignore[call-arg]
    await later.reviews.with_raw_response.get()  # type: ignore[call-arg]


async def arguments_of_functions(shop: Trustoo, later: AsyncTrustoo) -> None:
    reviews_list.build(keywords="kettle")  # type: ignore[call-arg]
    reviews_list.sync(keyword="kettle")  # type: ignore[call-arg]
    reviews_list.sync(client=shop, keywords="kettle")  # type: ignore[call-arg]
    reviews_list.sync(shop, keyword="kettle")  # type: ignore[call-arg]
    reviews_get.sync(client=shop)  # type: ignore[call-arg]
    reviews_list.sync_detailed(client=shop, page="1")  # type: ignore[arg-type]
    reviews_create.sync_detailed(client=shop, rating=5)  # type: ignore[call-arg]
    reviews_list.sync_detailed(client=later)  # type: ignore[arg-type]
    await reviews_list.asyncio(client=later, keywords="kettle")  # type: ignore[call-arg]
    await reviews_create.asyncio(client=later, rating="5", author="a")  # type: ignore[arg-type]
    await reviews_get.asyncio_detailed(client=later)  # type: ignore[call-arg]
    await reviews_list.asyncio_detailed(client=later, page="1")  # type: ignore[arg-type]
    await reviews_list.asyncio_detailed(client=shop)  # type: ignore[arg-type]


def arguments_as_a_dict(shop: Trustoo) -> None:
    wrong: ReviewsListArguments = {"keywords": "kettle"}  # type: ignore[typeddict-unknown-key]
    shop.reviews.list(**wrong)


def names(shop: Trustoo) -> None:
    shop.review  # type: ignore[attr-defined]  # noqa: B018
    shop.reviews.remove(id=1)  # type: ignore[attr-defined]
    shop.reviews.with_raw_response.iterate()  # type: ignore[attr-defined]


def settings(shop: Trustoo) -> None:
    Trustoo(private_tokn="EXAMPLE")  # type: ignore[call-arg]
    Trustoo(timeout="30")  # type: ignore[arg-type]
    Trustoo("p", "EXAMPLE")  # type: ignore[call-arg, arg-type]
    shop.with_options(private_token="EXAMPLE")  # type: ignore[call-arg]
    shop.with_options(headers={"X-Tenant": 1})  # type: ignore[dict-item]
    RetryPolicy(attempts="3")  # type: ignore[arg-type]


def results(shop: Trustoo, review: Review) -> None:
    shop.reviews.get(id="1").stars  # type: ignore[attr-defined]  # noqa: B018
    shop.reviews.create(rating=5, author="a").id.upper()  # type: ignore[union-attr]
    shop.reviews.with_raw_response.get(id="1").content.rating  # type: ignore[attr-defined]  # noqa: B018
    shop.reviews.with_raw_response.get(id="1").rating  # type: ignore[attr-defined]  # noqa: B018
    reviews_get.sync(client=shop, id="1").stars  # type: ignore[attr-defined]  # noqa: B018
    reviews_get.sync_detailed(client=shop, id="1").rating  # type: ignore[attr-defined]  # noqa: B018
    length: int = review.content  # type: ignore[assignment]
    review.content.upper()  # type: ignore[union-attr]
    review.rating = 5  # type: ignore[misc]
    print(length)


def errors(error: TrustooError, api: APIError) -> None:
    error.code  # type: ignore[attr-defined]  # noqa: B018
    api.code.upper()  # type: ignore[attr-defined]


def wrong_kind_of_client(shop: Trustoo, later: AsyncTrustoo) -> None:
    reviews_list.sync(client=later)  # type: ignore[arg-type]
    with later:  # type: ignore[attr-defined]
        pass
    for _ in later.reviews.iterate():  # type: ignore[attr-defined]
        pass


async def forgotten_await(shop: Trustoo, later: AsyncTrustoo) -> None:
    await shop.reviews.list()  # type: ignore[misc]
    later.reviews.list().list  # type: ignore[attr-defined]  # noqa: B018
    later.reviews.with_raw_response.list().parsed  # type: ignore[attr-defined]  # noqa: B018
    await reviews_list.asyncio(client=shop)  # type: ignore[arg-type]
    async for _ in shop.reviews.iterate():  # type: ignore[attr-defined]
        pass
