"""Loads that take too long for every change: into PostgreSQL, and by programs that are killed. `make test-long`.

pytest does not collect this file by itself, because of its name.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dlt
import duckdb
import pytest
import uvicorn
from dlt.pipeline.exceptions import PipelineStepFailed
from trustoo import PaginationWarning
from trustoo.dlt import source
from trustoo.testing import FakeTrustoo, Fault

from tests.dlt.conftest import Warehouse
from tests.dlt.scenario import NOTHING, check_the_modes, with_reviews

PROGRAM = Path(__file__).resolve().parents[2] / "examples" / "warehouse.py"
KILLS = 20


@pytest.mark.parametrize("warehouse", ["postgresql"], indirect=True)
@pytest.mark.filterwarnings("ignore:The path of customers.exclusions is inferred")
def test_postgresql_gets_what_duckdb_gets(fake: FakeTrustoo, warehouse: Warehouse) -> None:
    check_the_modes(fake, warehouse)


def test_a_run_that_was_stopped_leaves_no_gap(fake: FakeTrustoo, warehouse: Warehouse, tmp_path: Path) -> None:
    with_reviews(fake, 250)
    fake.fail(Fault.code(3), operation="orders.list")
    with pytest.raises(PipelineStepFailed, match="code 3"):
        warehouse.load(fake.client(), "reviews", "orders")
    assert not warehouse.pipeline.has_pending_data
    warehouse.load(fake.client(), "orders")

    # A run that ends after the first page, in a program that ends before it loads this page. Another program goes on.
    warehouse.pipeline.extract(source(fake.client()).with_resources("reviews").add_limit(2))
    later = Warehouse(tmp_path, warehouse.pipeline.destination)
    assert later.pipeline.has_pending_data
    later.pipeline.run()
    ((number,),) = later.rows("SELECT count(*) FROM reviews")
    assert 0 < number < 250
    assert later.load(fake.client(), "reviews") == {"reviews": NOTHING | {"new": 250 - number}}

    with_reviews(fake, 1, first=250)
    fake.received.clear()
    later.pipeline.run(source(fake.client()).with_resources("reviews"), refresh="drop_data")
    assert later.rows("SELECT count(*), count(DISTINCT id) FROM reviews") == [(251, 251)]


def test_a_new_column_is_added_behind_the_others(fake: FakeTrustoo, warehouse: Warehouse) -> None:
    with_reviews(fake, 5)
    warehouse.load(fake.client(), "reviews", without=["content"])
    fake.reviews.remove("3")
    assert warehouse.load(fake.client(), "reviews", mode="full") == {"reviews": {"new": 0, "changed": 4, "gone": 1}}
    assert warehouse.rows("SELECT id FROM reviews WHERE content IS NULL AND _deleted_at IS NOT NULL") == [("3",)]
    order = "SELECT column_name FROM information_schema.columns WHERE table_name = 'reviews' ORDER BY ordinal_position"
    assert next(reversed([name for (name,) in warehouse.rows(order)])) == "content"
    assert warehouse.load(fake.client(), "reviews", mode="full") == {"reviews": NOTHING}


def test_no_row_is_marked_if_items_were_missed(fake: FakeTrustoo, warehouse: Warehouse) -> None:
    with_reviews(fake, 30)
    warehouse.load(fake.client(), "reviews", mode="full")
    fake.reviews.remove("20")
    moving = fake.client(on_response=lambda event: fake.reviews.remove("29"))  # the next page begins an item too late
    with pytest.warns(PaginationWarning, match="The next run reads everything"):
        loaded = warehouse.load(moving, "reviews", mode="full", page_size=15)
    assert loaded == {"reviews": NOTHING}
    fake.received.clear()
    assert warehouse.load(fake.client(), "reviews", page_size=10) == {"reviews": NOTHING}
    assert len(fake.received) == 3
    loaded = warehouse.load(fake.client(), "reviews", mode="full")
    assert loaded == {"reviews": NOTHING | {"gone": 2}}


def test_the_pipeline_can_load_into_another_destination(
    fake: FakeTrustoo, warehouse: Warehouse, tmp_path: Path
) -> None:
    with_reviews(fake, 5)
    warehouse.load(fake.client(), "reviews")
    other = Warehouse(tmp_path, dlt.destinations.duckdb(str(tmp_path / "other.duckdb")))
    other.pipeline.extract(source(fake.client()).with_resources("reviews"))
    other.pipeline.normalize()
    other.pipeline.load()
    assert other.rows("SELECT count(*) FROM reviews") == [(5,)]


@contextmanager
def served(fake: FakeTrustoo) -> Iterator[str]:
    """The address of the fake service on a port of 127.0.0.1."""
    server = uvicorn.Server(uvicorn.Config(fake.asgi, port=0, log_level="error", lifespan="off", date_header=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.02)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)


@pytest.mark.timeout(600)
def test_a_program_that_is_killed_at_any_moment_goes_on(fake: FakeTrustoo, tmp_path: Path) -> None:
    with_reviews(fake, 450)
    database = tmp_path / "trustoo.duckdb"
    with served(fake) as address:
        settings = {
            "TRUSTOO_PUBLIC_TOKEN": fake.tokens.public_token,
            "TRUSTOO_PRIVATE_TOKEN": fake.tokens.private_token,
            "TRUSTOO_BASE_URL": address,
            "DLT_DATA_DIR": str(tmp_path / "dlt"),
        }

        def start() -> subprocess.Popen[str]:
            return subprocess.Popen(
                [sys.executable, str(PROGRAM), "full"],
                cwd=tmp_path,
                env=os.environ | settings,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )

        def finish() -> str:
            with start() as process:
                output, errors = process.communicate(timeout=120)
            assert process.returncode == 0, errors
            return output

        began = time.monotonic()
        finish()
        whole = time.monotonic() - began
        for number in range(KILLS):
            with_reviews(fake, 10, first=450 + number * 10)
            fake.reviews.remove(str(number))
            fake.reviews.update(str(100 + number), content="Cold")
            with start() as process:
                try:
                    process.wait(whole * number / KILLS)
                except subprocess.TimeoutExpired:
                    process.kill()
            with duckdb.connect(str(database)) as connection:
                found = connection.sql("SELECT count(*), count(DISTINCT id) FROM shop.reviews").fetchall()
            assert found[0][0] == found[0][1], f"kill {number} after {whole * number / KILLS:.2f} s"
        finish()
        assert "reviews 0 new 0 changed 0 gone" in finish()
    with duckdb.connect(str(database)) as connection:
        rows = connection.sql("SELECT id, content, _deleted_at IS NULL FROM shop.reviews").fetchall()
    kept = {review["id"]: review["content"].replace("\0", "\ufffd") for review in fake.reviews}
    assert {name: content for name, content, is_kept in rows if is_kept} == kept
    assert {name for name, _, is_kept in rows if not is_kept} == set(map(str, range(KILLS)))
    assert len(rows) == 450 + KILLS * 10
