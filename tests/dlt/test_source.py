"""trustoo.dlt without a warehouse: the arguments, the columns and the rows."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from trustoo import AsyncTrustoo, ConfigurationError, PaginationWarning, UnexpectedShapeWarning
from trustoo.dlt import TABLES, source
from trustoo.errors import ArgumentError
from trustoo.testing import FakeTrustoo, Fault
from trustoo_api.decoding import members

Rows = Callable[..., list[dict[str, Any]]]
NAMES = ("reviews", "orders", "customer_events", "exclusions", "ratings")


def test_importing_trustoo_dlt_imports_nothing_of_dlt() -> None:
    program = "import sys, trustoo.dlt; print(*{name.partition('.')[0] for name in sys.modules} & {'dlt', 'duckdb'})"
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == ""


def test_without_dlt_the_error_says_what_to_install(fake: FakeTrustoo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dlt", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'trustoo\[dlt\]'"):
        source(fake.client())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"mode": "all"}, '"new" or "full", not \'all\''),
        ({"without": "author_email"}, "must be a list"),
        ({"without": ["author_emial"]}, "author_emial is not in the OpenAPI spec"),
        ({"without": ["id"]}, "id cannot be left out"),
        ({"without": ["_digest"]}, "_digest cannot be left out"),
        ({"product_ids": "81"}, "product_ids must be a list"),
        ({"shops": ["a"]}, "need a Platform"),
        ({"on_error": print}, "need a Platform"),
        ({"page_size": "many"}, "page_size"),
    ],
)
def test_a_wrong_argument_fails_before_anything_is_sent(
    fake: FakeTrustoo, arguments: dict[str, Any], said: str
) -> None:
    with pytest.raises(ArgumentError, match=said):
        source(fake.client(), **arguments)
    assert not fake.received


def test_a_client_for_asyncio_is_refused(fake: FakeTrustoo) -> None:
    client: Any = AsyncTrustoo(access_token="EXAMPLE-access-token")
    with pytest.raises(ConfigurationError, match="not AsyncTrustoo"):
        source(client)


def test_the_columns_are_the_members_of_the_spec(fake: FakeTrustoo) -> None:
    tables = source(fake.client()).resources
    assert tuple(tables) == NAMES
    for table in TABLES:
        columns = tables[table.name].compute_table_schema()["columns"]
        wire = [name for _, name in members(table.model)]
        key = [] if table.key in wire else [table.key]
        assert [*columns] == [*key, *wire, "extra", "_added_at", "_changed_at", "_deleted_at", "_digest"]
        assert [name for name, column in columns.items() if column.get("primary_key")] == [table.key]
    reviews = {
        name: column["data_type"] for name, column in tables["reviews"].compute_table_schema()["columns"].items()
    }
    assert {name: reviews[name] for name in ("id", "rating", "is_verified", "created_at", "media", "reply")} == {
        "id": "text",
        "rating": "double",
        "is_verified": "bigint",
        "created_at": "timestamp",
        "media": "json",
        "reply": "json",
    }
    ratings = tables["ratings"].compute_table_schema()["columns"]
    assert (ratings["rating_value"]["data_type"], ratings["star5_count"]["data_type"]) == ("double", "bigint")


def test_values_are_typed_and_what_fits_no_column_is_in_extra(fake: FakeTrustoo, rows_of: Rows) -> None:
    fake.reviews.add(id="1", rating=4.5, created_at="2026-05-14T08:00:00Z", reply={"content": "Thanks"}, mood={"a": 1})
    fake.reviews.add(
        id="2", rating="five", is_verified=2**70, media="a.jpg", title=["x"], commented_at="soon", updated_at=""
    )
    with pytest.warns(UnexpectedShapeWarning):
        typed, odd = sorted(rows_of("reviews"), key=lambda row: str(row["id"]))
    assert (typed["rating"], typed["created_at"]) == (4.5, datetime(2026, 5, 14, 8, tzinfo=UTC))
    assert (typed["reply"], typed["extra"]) == ({"content": "Thanks"}, {"mood": {"a": 1}})
    misfits = {"rating": "five", "is_verified": str(2**70), "media": "a.jpg", "title": ["x"], "commented_at": "soon"}
    assert odd["extra"] == misfits
    assert {odd[name] for name in (*misfits, "updated_at")} == {None}


def test_text_that_databases_refuse_is_replaced(fake: FakeTrustoo, rows_of: Rows) -> None:
    fake.reviews.add(id="1", content="a\0b", mood=["\0", {"\0": 2**64}])
    (row,) = rows_of("reviews")
    assert (row["content"], row["extra"]) == ("a\ufffdb", {"mood": ["\ufffd", {"\ufffd": str(2**64)}]})


def test_personal_data_is_left_out_of_columns_and_of_extra(fake: FakeTrustoo, rows_of: Rows) -> None:
    fake.reviews.add(id="1", author="Zoë", author_email="zoe@example.com", author_phone="1", mood="good")
    without = ("author", "author_email", "author_phone")
    (row,) = rows_of("reviews", without=without)
    assert not {"author", "author_email"} & row.keys()
    assert row["extra"] == {"mood": "good"}
    columns = source(fake.client(), without=without).resources["reviews"].compute_table_schema()["columns"]
    assert not set(without) & columns.keys()
    (bare,) = rows_of("reviews", without=["extra"])
    assert "extra" not in bare
    assert "good" not in str(bare)


def test_items_without_an_id_are_told_apart_by_content_and_number(fake: FakeTrustoo, rows_of: Rows) -> None:
    fake.orders.add(id=5, status="sent")
    fake.customer_events.add(event_type="VIEW_REVIEW")
    fake.customer_events.add(event_type="VIEW_REVIEW")
    fake.customer_events.add(event_type="CLICK_MEDIA")
    (order,) = rows_of("orders")
    assert (order["id"], order["extra"]) == ("5", {"status": "sent"})
    ids = [row["id"] for row in rows_of("customer_events")]
    assert len(set(ids)) == 3
    assert sorted(name.rpartition("-")[2] for name in ids) == ["1", "1", "2"]
    assert [row["id"] for row in rows_of("customer_events")] == ids


def test_the_ratings_are_those_of_the_shop_and_of_the_products(fake: FakeTrustoo, rows_of: Rows) -> None:
    fake.reviews.add(product_id="7", rating=4)
    fake.reviews.add(product_id="0", rating=1)
    rows = rows_of("ratings", product_ids=["gid://shopify/Product/7"])
    assert [(row["id"], row["rating_value"], row["review_count"]) for row in rows] == [
        ("all", 2.5, 2),
        ("all_products", 4.0, 1),
        ("store", 1.0, 1),
        ("7", 4.0, 1),
    ]
    fake.fail(Fault.code(5), operation="reviews.rating")
    assert [row["id"] for row in rows_of("ratings")] == ["all_products", "store"]


def test_the_rows_of_a_page_are_loaded_before_the_next_page_is_fetched(fake: FakeTrustoo) -> None:
    for number in range(250):
        fake.reviews.add(id=str(number))
    rows = iter(source(fake.client()).resources["reviews"])
    next(rows)
    assert len(fake.received) == 1
    assert {name: dict(fake.received[0].query)[name] for name in ("page_size", "sort_by")} == {
        "page_size": "100",
        "sort_by": "created-descending",
    }
    assert len([*rows]) == 249
    assert len(fake.received) == 3


def test_a_walk_that_missed_items_goes_on_and_warns(fake: FakeTrustoo, rows_of: Rows) -> None:
    for number in range(30):
        fake.reviews.add(id=str(number), created_at=f"2026-05-14 08:00:{number:02}")
    client = fake.client(on_response=lambda event: fake.reviews.remove("29"))
    with pytest.warns(PaginationWarning, match="The next run reads everything"):
        rows = rows_of("reviews", client, page_size=10)
    assert len(rows) == 29
