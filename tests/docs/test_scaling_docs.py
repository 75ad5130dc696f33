"""The files of docs/job-ten-machines.md run as they stand, and docs/scaling.md has the tables of stores and races."""

from __future__ import annotations

import importlib
import re
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
import redis as redis_client
from sqlalchemy import create_engine, inspect, text
from trustoo.oauth import Platform, Token
from trustoo.stores import SqlReplayStore, SqlTokenStore
from trustoo.testing import Deliveries
from werkzeug.serving import make_server

from contract_tests.races import page
from tests.docs.test_guides import DOCS, blocks
from tests.servers import PostgreSQL, Redis
from tests.stores.conftest import ENCRYPTION_KEY

SHOP = "kettles.myshopify.com"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The files of the guide, in a directory from which Python imports. Yields the names of the modules."""
    names = list[str]()
    for block in blocks("job-ten-machines"):
        found = re.match(r"\n*# (\w+)\.py\n", block)
        assert found is not None, block
        names.append(found[1])
        (tmp_path / f"{found[1]}.py").write_text(block, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield names
    for name in names:
        sys.modules.pop(name, None)


def test_the_files_run_as_they_stand(
    files: list[str],
    postgresql: PostgreSQL,
    redis_server: Redis,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with psycopg.connect(postgresql.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE scaling")
    monkeypatch.setenv("DATABASE_URL", postgresql.sqlalchemy_url.rpartition("/")[0] + "/scaling")
    monkeypatch.setenv("REDIS_HOST", "127.0.0.1")
    monkeypatch.setenv("REDIS_PORT", str(redis_server.port))
    monkeypatch.setenv("TOKEN_KEYS", ENCRYPTION_KEY)
    monkeypatch.setenv("CLIENT_ID", "EXAMPLE-client-id")
    monkeypatch.setenv("CLIENT_SECRET", "EXAMPLE-client-secret")
    shared, web, work, _ = (importlib.import_module(name) for name in files)
    tokens: SqlTokenStore = shared.tokens
    tokens.create_tables()
    work.nightly()

    server = make_server("127.0.0.1", 0, web.app)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (sent,) = re.findall(
        r"<<'END'\n(.*?)^ *END$", (DOCS / "job-ten-machines.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    exec(textwrap.dedent(sent).replace("8000", str(server.server_port)), {})
    server.shutdown()
    server.server_close()
    assert capsys.readouterr().out == "[<Response [200 OK]>, <Response [200 OK]>]\n"
    (job,) = web.queue.jobs
    web.queue.empty()

    shared.platform.save(SHOP, Token("EXAMPLE-access-token"))
    assert list(shared.platform.shops()) == [SHOP]
    stored = tokens.load(SHOP)
    assert stored is not None
    assert "EXAMPLE-access-token" not in stored.text

    made = Deliveries("EXAMPLE-private-token", public_token="EXAMPLE-public-token").make(request_id="EXAMPLE-id")
    browser = web.app.test_client()
    url = "/webhooks/review-created"
    for request, status in ((made, 200), (made, 200), (made.tampered_body(), 401)):
        assert browser.post(url, headers=dict(request.headers), data=request.body).status_code == status
    assert capsys.readouterr().out == "trustoo_refusals bad_signature\n"
    (job,) = web.queue.jobs
    web.queue.delete()
    assert job.args == ("EXAMPLE-public-token", "review/created", made.body)
    job.func(*job.args)
    assert capsys.readouterr().out == f"EXAMPLE-public-token review/created {made.body!r}\n"
    shared.platform.close()
    shared.redis.close()
    shared.engine.dispose()


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


def test_the_rate_of_the_guide_is_one_for_all_connections(redis_server: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = (block for block in blocks("job-ten-machines") if "class RedisRate" in block)
    limiters, machines = [], list[SimpleNamespace]()
    for _ in range(2):  # each process has its own connection
        connection = redis_client.Redis(host="127.0.0.1", port=redis_server.port)
        shared = SimpleNamespace(redis=connection, platform=Platform("EXAMPLE-client-id", "EXAMPLE-client-secret"))
        monkeypatch.setitem(sys.modules, "shared", shared)
        names = dict[str, Any]()
        exec(compile(block, str(DOCS / "job-ten-machines.md"), "exec"), names)
        limiters.append(names["RedisRate"]("EXAMPLE-rate", 0.01))
        machines.append(shared)
    first, second = limiters
    waits = [limiter.reserve() for limiter in (first, second, first, second)]
    assert waits[0] == 0
    assert [round(wait, -1) for wait in waits] == [0, 100, 200, 300]  # each 100 s after the other
    for machine in machines:
        machine.platform.close()
        machine.redis.close()
