"""Pipelines of dlt whose files are in temporary directories, and which report nothing to anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import dlt
import pytest
from trustoo.dlt import counts, source
from trustoo.testing import FakeTrustoo, without_waiting

from tests.servers import PostgreSQL


@pytest.fixture(autouse=True)
def _quiet_dlt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "dlt"))
    monkeypatch.setenv("DLT_PROJECT_DIR", str(tmp_path))


@pytest.fixture
def fake() -> Iterator[FakeTrustoo]:
    with without_waiting():
        yield FakeTrustoo(state="empty")


class Warehouse:
    """A database, and a pipeline that loads into it. A second object continues where the first one stopped."""

    def __init__(self, folder: Path, destination: Any, dataset: str = "shop") -> None:
        self.pipeline = dlt.pipeline(
            "trustoo", destination=destination, dataset_name=dataset, pipelines_dir=str(folder / "pipelines")
        )

    def load(self, client: Any, *tables: str, **arguments: Any) -> dict[str, dict[str, int]]:
        """Run the pipeline. Returns the numbers of new, changed and gone rows, by table."""
        wanted = source(client, **arguments)
        self.pipeline.run(wanted.with_resources(*tables) if tables else wanted)
        return counts(self.pipeline)

    def rows(self, query: str) -> Sequence[Sequence[Any]]:
        with self.pipeline.sql_client() as client:
            return client.execute_sql(query) or []


@pytest.fixture(params=["duckdb"])
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Warehouse:
    """An empty DuckDB; or an empty PostgreSQL, for tests that are parametrized with "postgresql" indirectly."""
    if request.param == "duckdb":
        return Warehouse(tmp_path, dlt.destinations.duckdb(str(tmp_path / "warehouse.duckdb")))
    server: PostgreSQL = request.getfixturevalue(request.param)
    address = server.url.replace("@", ":EXAMPLE@")
    return Warehouse(tmp_path, dlt.destinations.postgres(address), dataset=f"shop_{tmp_path.name}")


@pytest.fixture
def rows_of(fake: FakeTrustoo) -> Callable[..., list[dict[str, Any]]]:
    """The rows of a table as a load into a new warehouse has them, without such a load."""

    def rows(table: str, client: Any = None, **arguments: Any) -> list[dict[str, Any]]:
        return list(source(client or fake.client(), **arguments).resources[table])

    return rows
