"""The deployment of docs/scaling.md runs as written, and the page shows the table that the store creates."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis as redis_client
from sqlalchemy import create_engine, inspect, text
from trustoo.oauth import Token
from trustoo.stores import SqlReplayStore, SqlTokenStore
from trustoo.testing import Deliveries

from contract_tests.races import page
from tests.docs.test_guides import DOCS, blocks
from tests.servers import PostgreSQL, Redis
from tests.stores.conftest import ENCRYPTION_KEY

SHOP = "kettles.myshopify.com"


def test_the_deployment_runs_as_written(
    postgresql: PostgreSQL, redis_server: Redis, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with psycopg.connect(postgresql.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE scaling")
    monkeypatch.setenv("DATABASE_URL", postgresql.sqlalchemy_url.rpartition("/")[0] + "/scaling")
    monkeypatch.setenv("REDIS_HOST", "127.0.0.1")
    monkeypatch.setenv("REDIS_PORT", str(redis_server.port))
    monkeypatch.setenv("TOKEN_KEYS", ENCRYPTION_KEY)
    monkeypatch.setenv("CLIENT_ID", "EXAMPLE-client-id")
    monkeypatch.setenv("CLIENT_SECRET", "EXAMPLE-client-secret")
    names: dict[str, Any] = {"__name__": __name__}
    for block in blocks("scaling"):
        exec(compile(block, str(DOCS / "scaling.md"), "exec"), names)
    tokens: SqlTokenStore = names["tokens"]
    tokens.create_tables()
    names["nightly"]()

    names["platform"].save(SHOP, Token("EXAMPLE-access-token"))
    assert list(names["platform"].shops()) == [SHOP]
    stored = tokens.load(SHOP)
    assert stored is not None
    assert "EXAMPLE-access-token" not in stored.text

    made = Deliveries("EXAMPLE-private-token", public_token="EXAMPLE-public-token").make()
    browser = names["app"].test_client()
    url = "/webhooks/review-created"
    for request, status in ((made, 200), (made, 200), (made.tampered_body(), 401)):
        assert browser.post(url, headers=dict(request.headers), data=request.body).status_code == status
    (job,) = names["queue"].jobs
    names["queue"].delete()
    assert job.args == ("EXAMPLE-public-token", "review/created", made.body)
    assert capsys.readouterr().out == "trustoo_refusals bad_signature\n"
    names["platform"].close()
    names["redis"].close()
    names["engine"].dispose()


def test_the_page_shows_the_table_that_the_store_creates(tmp_path: Path) -> None:
    def described(engine: Any) -> object:
        seen = inspect(engine)
        columns = [(column["name"], str(column["type"]), column["nullable"]) for column in seen.get_columns(name)]
        return columns, seen.get_pk_constraint(name)["constrained_columns"], seen.get_indexes(name)

    name = "trustoo_deliveries"
    (shown,) = re.findall(r"```sql\n(.*?)```", (DOCS / "scaling.md").read_text(encoding="utf-8"), re.DOTALL)
    created, by_hand = (create_engine(f"sqlite:///{tmp_path / kind}") for kind in ("created", "by-hand"))
    SqlReplayStore(created).create_tables()
    with by_hand.begin() as connection:
        for statement in filter(str.strip, shown.split(";")):
            connection.execute(text(statement))
    assert described(created) == described(by_hand)
    assert SqlReplayStore(by_hand).claim("a", owner="b", seconds=60) == "new"
    created.dispose()
    by_hand.dispose()


@pytest.mark.parametrize("subject", ["deliveries", "tokens"])
def test_the_page_has_a_place_for_each_table_of_the_races(subject: str, tmp_path: Path) -> None:
    copy = tmp_path / "scaling.md"
    before = (DOCS / "scaling.md").read_text(encoding="utf-8")
    copy.write_text(before, encoding="utf-8")
    for number in (1, 2):
        page.write(subject, page.table(["store"], [[f"EXAMPLE-{number}"]]), copy)
    after = copy.read_text(encoding="utf-8")
    assert "| EXAMPLE-2 |" in after
    assert "EXAMPLE-1" not in after
    assert after.startswith(before.partition("<!-- ")[0])
    with pytest.raises(ValueError, match="no place"):
        page.write("other", "", copy)


def test_the_rate_of_the_page_is_one_for_all_connections(redis_server: Redis) -> None:
    (block,) = (block for block in blocks("scaling") if "class RedisRate" in block)
    names = list[dict[str, Any]]()
    for _ in range(2):  # each process has its own connection
        names.append({"redis": redis_client.Redis(host="127.0.0.1", port=redis_server.port)})
        exec(compile(block.rpartition("\n\n")[0], str(DOCS / "scaling.md"), "exec"), names[-1])
    first, second = (one["RedisRate"]("EXAMPLE-rate", 0.01) for one in names)
    waits = [limiter.reserve() for limiter in (first, second, first, second)]
    assert waits[0] == 0
    assert [round(wait, -1) for wait in waits] == [0, 100, 200, 300]  # each 100 s after the other
    for one in names:
        one["redis"].close()
