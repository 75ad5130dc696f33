"""Loads into DuckDB. tests/dlt/long_loads.py has PostgreSQL, and programs that are killed."""

from __future__ import annotations

import pytest
from trustoo.dlt import source
from trustoo.errors import TrustooError
from trustoo.hooks import CallEvent
from trustoo.oauth import MemoryStore
from trustoo.testing import FakeTrustoo, Fault

from tests.dlt.conftest import Warehouse
from tests.dlt.scenario import NOTHING, check_the_modes, with_reviews


@pytest.mark.filterwarnings("ignore:The path of customers.exclusions is inferred")
def test_new_adds_rows_and_full_also_changes_and_marks_them(fake: FakeTrustoo, warehouse: Warehouse) -> None:
    check_the_modes(fake, warehouse)


def test_a_shop_that_fails_does_not_stop_the_others_and_leaves_no_gap(fake: FakeTrustoo, warehouse: Warehouse) -> None:
    with_reviews(fake, 250)
    merchants, failed, calls = fake.add_platform(), list[str](), list[str]()

    def note(shop: str, error: TrustooError) -> None:
        failed.append(f"{shop}: {type(error).__name__}")

    def fail_the_fifth(event: CallEvent) -> None:
        calls.append(event.operation)
        if calls.count("reviews.list") == 4:
            fake.fail(Fault.code(3), operation="reviews.list")

    with fake.platform_client(store=MemoryStore(), on_response=fail_the_fifth) as platform:
        for shop in ("a", "b"):
            platform.exchange(merchants.code(), shop=shop)
        shops = source(platform).resources["reviews"].compute_table_schema()["columns"]
        assert next(iter(shops)) == "shop"
        assert [name for name, column in shops.items() if column.get("primary_key")] == ["shop", "id"]
        query = "SELECT shop, count(*), count(DISTINCT id) FROM reviews GROUP BY shop ORDER BY shop"
        warehouse.load(platform, "reviews", shops=["a", "b"], on_error=note)
        assert failed == ["b: InvalidArgumentError"]
        assert warehouse.rows(query) == [("a", 250, 250), ("b", 100, 100)]
        fake.received.clear()
        assert warehouse.load(platform, "reviews", on_error=note) == {"reviews": NOTHING | {"new": 150}}
        assert warehouse.rows(query) == [("a", 250, 250), ("b", 250, 250)]
        assert len(fake.received) == 1 + 3
