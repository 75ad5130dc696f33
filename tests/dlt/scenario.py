"""What every warehouse must show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from trustoo.testing import FakeTrustoo

from tests.dlt.conftest import Warehouse

TABLES = ("reviews", "orders", "customer_events", "exclusions", "ratings")
NOTHING = {"new": 0, "changed": 0, "gone": 0}
SPECIAL = 'It says "hot", \\ and \0 in Zürich 🫖'


def with_reviews(fake: FakeTrustoo, number: int, *, first: int = 0) -> None:
    """Add reviews to the fake service, each a second younger than the one before."""
    for one in range(first, first + number):
        fake.reviews.add(
            id=str(one),
            product_id="7",
            rating=4,
            content=SPECIAL,
            created_at=f"2026-05-14 08:{one // 60:02}:{one % 60:02}",
            media=[{"url": "https://img.example/1.jpg", "type": 1}],
            mood={"tea": one},
        )


def check_the_modes(fake: FakeTrustoo, warehouse: Warehouse) -> None:
    """Load, load again, and load what was added, changed and deleted since."""
    with_reviews(fake, 250)
    fake.orders.add(id="1", status="waiting")
    fake.customer_events.add(event_type="VIEW_REVIEW")
    fake.customer_events.add(event_type="VIEW_REVIEW")
    fake.exclusions.add(customer_id="1", email="zoe@example.com")
    client = fake.client()

    loaded = warehouse.load(client)
    assert {name: counts["new"] for name, counts in loaded.items()} == dict(zip(TABLES, (250, 1, 2, 1, 3), strict=True))
    assert len(fake.received) == 9
    assert warehouse.rows("SELECT rating, content, created_at, _deleted_at FROM reviews WHERE id = '61'") == [
        (4, SPECIAL.replace("\0", "\ufffd"), datetime(2026, 5, 14, 8, 1, 1, tzinfo=UTC), None)
    ]
    before = contents(warehouse)
    assert warehouse.load(client, mode="full") == dict.fromkeys(TABLES, NOTHING)
    assert contents(warehouse) == before

    fake.reviews.remove("7")
    fake.reviews.remove("17")
    fake.reviews.update("8", content="Cold")
    fake.exclusions.remove("1")
    with_reviews(fake, 2, first=250)
    loaded = warehouse.load(client)
    assert loaded["reviews"] == NOTHING | {"new": 2}
    assert loaded["exclusions"] == NOTHING | {"gone": 1}
    loaded = warehouse.load(client, mode="full")
    assert loaded == dict.fromkeys(TABLES, NOTHING) | {"reviews": {"new": 0, "changed": 1, "gone": 2}}
    marked = warehouse.rows("SELECT id, created_at FROM reviews WHERE _deleted_at = _changed_at ORDER BY id")
    assert [*marked] == [(one, datetime(2026, 5, 14, 8, 0, int(one), tzinfo=UTC)) for one in ("17", "7")]
    assert warehouse.rows("SELECT id, content FROM reviews WHERE _added_at < _changed_at AND _deleted_at IS NULL") == [
        ("8", "Cold")
    ]
    texts = warehouse.rows("SELECT media, extra FROM reviews WHERE id IN ('7', '9') ORDER BY id")
    assert str(texts[0]).replace("7", "9") == str(texts[1])  # a row that is gone keeps its values

    with_reviews(fake, 1, first=7)
    assert warehouse.load(client, "reviews", mode="full") == {"reviews": NOTHING | {"changed": 1}}
    assert warehouse.rows("SELECT count(*), count(DISTINCT id), count(_deleted_at) FROM reviews") == [(252, 252, 1)]


def contents(warehouse: Warehouse) -> list[Sequence[Any]]:
    """All rows, and the loads."""
    rows = [row for table in TABLES for row in warehouse.rows(f"SELECT * FROM {table} ORDER BY _dlt_id")]
    return [*rows, *warehouse.rows("SELECT load_id FROM _dlt_loads ORDER BY load_id")]
