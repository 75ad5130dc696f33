"""docs/warehouse.md runs as written, and lists the columns that the tables have. So does its program."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
import trustoo
import trustoo.oauth
from sqlalchemy import create_engine
from trustoo.dlt import TABLES, source
from trustoo.oauth import Token
from trustoo.stores import SqlTokenStore
from trustoo.testing import FakeTrustoo

from examples import warehouse
from tests.docs.test_guides import DOCS, blocks

TEXT = (DOCS / "warehouse.md").read_text(encoding="utf-8")


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeTrustoo:
    """A fake service with 250 reviews, which is the service of each `Trustoo()` and `Platform()`."""
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "dlt"))
    monkeypatch.chdir(tmp_path)
    fake = FakeTrustoo(state="empty")
    for number in range(250):
        fake.reviews.add(id=str(number), rating=5, author_email="zoe@example.com", author_phone="1")
    return fake


def test_the_page_runs_as_written(
    fake: FakeTrustoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = SqlTokenStore(create_engine(url := f"sqlite:///{tmp_path / 'tokens.sqlite3'}"))
    store.create_tables()
    with fake.platform_client(store=store) as platform:
        assert fake.platform is not None
        platform.exchange(fake.platform.code(), shop="a")
        platform.save("lost", Token("EXAMPLE-lost-token"))
        monkeypatch.setenv("DATABASE_URL", url)
        for name in ("CLIENT_ID", "CLIENT_SECRET"):
            monkeypatch.setenv(name, f"EXAMPLE-{name.lower().replace('_', '-')}")
        monkeypatch.setattr(trustoo.oauth, "Platform", lambda *_, **__: platform)
        names: dict[str, Any] = {}
        single, many = blocks("warehouse")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(trustoo, "Trustoo", fake.client)
            exec(compile(single, "warehouse.md", "exec"), names)
        assert fake.processed["reviews.list"] == 3
        exec(compile(many, "warehouse.md", "exec"), names)
    assert capsys.readouterr().err == "Not loaded: lost\n"
    with duckdb.connect("trustoo.duckdb") as connection:
        assert connection.sql("SELECT count(*) FROM shop.reviews").fetchall() == [(250,)]
        (query,) = re.findall(r"```sql\n(.*?)```", TEXT, re.DOTALL)
        assert len(connection.sql(query).fetchall()) == 250
    with duckdb.connect("trustoo_shops.duckdb") as connection:
        assert connection.sql("SELECT shop, count(*) FROM shops.reviews GROUP BY shop").fetchall() == [("a", 250)]


def test_the_program_loads_and_leaves_personal_data_out(fake: FakeTrustoo, capsys: pytest.CaptureFixture[str]) -> None:
    warehouse.load(fake.client(), "new")
    assert "reviews 250 new 0 changed 0 gone" in capsys.readouterr().out
    with duckdb.connect("trustoo.duckdb") as connection:
        rows = connection.sql("SELECT * FROM shop.reviews").fetchall()
    assert len(rows) == 250
    assert "zoe@example.com" not in str(rows)


def test_the_page_lists_the_columns_of_the_tables(fake: FakeTrustoo) -> None:
    """The line of a table that fails is the text to put into the page."""
    shared = re.findall(r"^\| `(\w+)` \| (\w+) \| \w", TEXT, re.MULTILINE)
    for table in TABLES:
        columns = source(fake.client()).resources[table.name].compute_table_schema()["columns"]
        types = {name: column["data_type"] for name, column in columns.items()}
        own = [name for name in types if name not in dict(shared)]
        shown = ", ".join(f"`{name}`" + (f" ({types[name]})" if types[name] != "text" else "") for name in own)
        assert f"| `{table.name}` | {shown} |" in TEXT
        assert [(name, types[name]) for name in types if name not in own] == [
            (name, kind.lower()) for name, kind in shared
        ]


def test_the_program_refuses_a_mode_that_does_not_exist(tmp_path: Path) -> None:
    command = [sys.executable, str(Path(warehouse.__file__)), "fulll"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Unknown arguments: fulll. Give nothing, or full.\n"
