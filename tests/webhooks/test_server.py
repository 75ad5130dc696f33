"""Deliveries over a socket: a real ASGI server runs examples/fastapi_webhooks.py, is killed, and runs again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import httpx
import pytest
from redis import Redis
from trustoo.testing import Deliveries, SignedDelivery
from trustoo.webhooks import AsgiApp, Delivery, Receiver, SqliteReplayStore, WebhookVerifier, WsgiApp

from tests.servers import Redis as RedisServer
from tests.support import PRIVATE
from tests.webhooks.support import CREATED, serve_asgi

ROOT = Path(__file__).resolve().parents[2]
OLDER = "EXAMPLE-older-private-token"


class Server:
    """An example in a process of its own, on a free port of 127.0.0.1."""

    def __init__(self, folder: Path, *command: str, **environment: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url, self._output = f"http://127.0.0.1:{port}", folder / f"{port}.txt"
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, *(part.replace("PORT", str(port)) for part in command)],
                cwd=ROOT,
                env=os.environ | {"DELIVERIES_DATABASE": str(folder / "deliveries.sqlite3"), **environment},
                stdout=output,
                stderr=output,
            )
        for _ in range(300):
            try:
                httpx.get(self.url, trust_env=False)
                return
            except httpx.ConnectError:
                assert self.process.poll() is None, self.output
                time.sleep(0.1)
        raise AssertionError(f"The server did not start: {self.output}")

    @property
    def output(self) -> str:
        return self._output.read_text(encoding="utf-8")

    @property
    def handled(self) -> list[str]:
        """What the example's handlers printed."""
        return [line for line in self.output.splitlines() if " review/" in f" {line}"]

    def kill(self) -> None:
        self.process.kill() if hasattr(signal, "SIGKILL") else self.process.terminate()
        self.process.wait(20)


@contextmanager
def example(folder: Path) -> Iterator[Server]:
    command = ("-m", "uvicorn", "examples.fastapi_webhooks:app", "--port=PORT", "--log-level=info")
    server = Server(folder, *command, TRUSTOO_PRIVATE_TOKEN=f"{PRIVATE},{OLDER}")
    try:
        yield server
    finally:
        server.kill()


def numbered(source: Deliveries, number: int) -> SignedDelivery:
    return source.make({"list": [{"id": number, "my_shopify_domain": "a.example"}]})


def test_a_server_receives_each_delivery_once_also_across_a_restart(tmp_path: Path) -> None:
    source, older = Deliveries(PRIVATE), Deliveries(OLDER)
    made = [numbered(source, number) for number in range(5)]
    with example(tmp_path) as server:
        assert httpx.get(server.url, trust_env=False).json() == {"addresses": [CREATED, "/webhooks/review-deleted"]}
        responses = source.send(server.url + CREATED, *made, *made[::-1], source.again(made[0]))
        assert [response.status_code for response in responses] == [200] * 11
        assert all(response.content == b'{"code":0,"message":"success"}' for response in responses)
        assert server.handled == [f"review/created a.example {number}" for number in range(5)]
        rotated = older.make({"list": [{"id": 9}]}, request_id="EXAMPLE-rotated")
        assert older.send(f"{server.url}/webhooks/review-deleted", rotated)[0].status_code == 200
        assert server.handled[5:] == ["review/deleted None 9"]
        server.kill()
    with example(tmp_path) as server:
        responses = source.send(server.url + CREATED, *made, source.again(made[1]), numbered(source, 7))
        assert [response.status_code for response in responses] == [200] * 7
        assert server.handled == ["review/created a.example 7"]
        assert PRIVATE not in server.output


def test_a_server_refuses_requests_that_are_not_deliveries(tmp_path: Path) -> None:
    source = Deliveries(PRIVATE)
    made = source.make()
    with example(tmp_path) as server:
        address = server.url + CREATED
        bad = [made.tampered_body(), made.tampered_signature(), source.make(late=1000), source.make(late=-1000)]
        responses = source.send(address, *bad, Deliveries("EXAMPLE-another-secret").make(), source.make(b"[]"))
        assert [(response.status_code, response.content) for response in responses] == [(401, b"")] * 5 + [(400, b"")]
        with httpx.Client(trust_env=False) as http:
            big = {"headers": dict(made.headers), "content": b"x" * (1 << 20) + b"x"}
            assert http.post(address, **big).status_code == 413  # type: ignore[arg-type]
            assert http.post(f"{server.url}/webhooks/other", content=made.body).status_code == 404
            assert http.get(address).status_code == 405
        assert source.send(address, made)[0].status_code == 200
        assert server.handled == ["review/created example.myshopify.com 123"]


def test_concurrent_repetitions_are_handled_once(tmp_path: Path) -> None:
    handled: list[str] = []
    lock = threading.Lock()

    def handler(delivery: Delivery) -> None:
        time.sleep(0.01)
        with lock:
            handled.append(delivery.request_id)

    store = SqliteReplayStore(tmp_path / "deliveries.sqlite3")
    receiver = Receiver(WebhookVerifier(PRIVATE), {"review/created": handler}, store=store)
    source = Deliveries(PRIVATE)
    made = [numbered(source, number) for number in range(10)]
    with serve_asgi(AsgiApp(receiver)) as url, ThreadPoolExecutor(8) as pool:
        responses = pool.map(lambda one: source.send(url + CREATED, one)[0].status_code, made * 5)
        assert set(responses) <= {200, 503}, "503 while the first is being handled"
        assert [response.status_code for response in source.send(url + CREATED, *made)] == [200] * 10
    assert sorted(handled) == sorted(one.request_id for one in made)


def test_a_failed_delivery_is_repeated_over_a_socket() -> None:
    tries: list[str] = []

    async def handler(delivery: Delivery) -> None:
        tries.append(delivery.request_id)
        if len(tries) < 3:
            raise ValueError("broken on purpose")

    source = Deliveries(PRIVATE)
    made = source.make()
    with serve_asgi(AsgiApp(Receiver(WebhookVerifier(PRIVATE), {"review/created": handler}))) as url:
        responses = source.send(url + CREATED, made, source.again(made), made, made)
    assert [response.status_code for response in responses] == [500, 500, 200, 200]
    assert len(tries) == 3


def test_a_wsgi_server_receives_deliveries() -> None:
    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *args: object) -> None: ...

    handled: list[Delivery] = []
    app = WsgiApp(Receiver(WebhookVerifier(PRIVATE), {"review/created": handled.append}))
    source = Deliveries(PRIVATE)
    made = source.make()
    with make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}{CREATED}"
            responses = source.send(url, made, made, made.tampered_body())
        finally:
            server.shutdown()
            thread.join()
    assert [response.status_code for response in responses] == [200, 200, 401]
    assert len(handled) == 1


@pytest.mark.parametrize("secret", ["", "short"])
def test_the_example_does_not_start_without_a_secret(secret: str, tmp_path: Path) -> None:
    environment = os.environ | {"TRUSTOO_PRIVATE_TOKEN": secret, "DELIVERIES_DATABASE": str(tmp_path / "a")}
    command = [sys.executable, "-c", "import examples.fastapi_webhooks"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "ConfigurationError: Secret 1 has" in done.stderr


def test_a_django_project_receives_the_deliveries_of_many_shops(tmp_path: Path) -> None:
    shops = {"EXAMPLE-public-a": PRIVATE, "EXAMPLE-public-b": OLDER}
    (tmp_path / "shops.json").write_text(json.dumps(shops), encoding="utf-8")
    of_a, of_b = (Deliveries(secret, public_token=token) for token, secret in shops.items())
    forged = Deliveries(OLDER, public_token="EXAMPLE-public-a")
    command = ("examples/django_webhooks.py", "runserver", "--noreload", "127.0.0.1:PORT")
    server = Server(tmp_path, *command, SHOPS=str(tmp_path / "shops.json"))
    try:
        made = [source.make({"list": [{"id": 7}]}, request_id="EXAMPLE-1") for source in (of_a, of_b, forged)]
        responses = of_a.send(f"{server.url}/hooks/review-created", *made, made[0])
        assert [response.status_code for response in responses] == [200, 200, 401, 200]
        assert httpx.get(f"{server.url}/hooks/review-deleted", trust_env=False).status_code == 405
        for _ in range(100):
            if "refused 405 method_not_allowed" in server.output:
                break
            time.sleep(0.05)
        assert server.handled == ["EXAMPLE-public-a review/created 7", "EXAMPLE-public-b review/created 7"]
        assert "refused 401 bad_signature" in server.output
        assert PRIVATE not in server.output
    finally:
        server.kill()


def test_a_queue_processes_each_delivery_once_also_after_the_server_died_behind_the_queue(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    """The claim of a server that died is gone, and its job is in the queue: the state that a kill leaves behind."""
    url = redis_server.url.replace("/0", "/5")  # a database without keys of other tests
    redis, source = Redis.from_url(url), Deliveries(PRIVATE)
    made = [numbered(source, number) for number in (1, 2)]
    command = ("-m", "flask", "--app", "examples.queued_webhooks", "run", "--port", "PORT")
    worker = [sys.executable, "-m", "rq.cli", "worker", "--burst", "--url", url, "webhooks"]

    def work() -> list[str]:
        done = subprocess.run(worker, cwd=ROOT, capture_output=True, text=True, timeout=60)
        return [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("processed")]

    def send_all() -> set[int]:
        responses = source.send(server.url + CREATED, *made, *made, source.again(made[0]), made[1].tampered_body())
        return {response.status_code for response in responses}

    def forget_all_claims() -> None:
        keys = list(redis.scan_iter("{trustoo:deliveries}:*"))
        assert len(keys) == 4
        redis.delete(*keys)

    server = Server(tmp_path, *command, TRUSTOO_PRIVATE_TOKEN=PRIVATE, REDIS_URL=url)
    try:
        assert send_all() == {200, 401}
        forget_all_claims()
        assert send_all() == {200, 401}
        assert redis.llen("rq:queue:webhooks") == 2
        assert work() == ["processed review/created 1", "processed review/created 2"]
        forget_all_claims()
        assert send_all() == {200, 401}
        assert redis.llen("rq:queue:webhooks") == 0
        assert PRIVATE not in server.output
    finally:
        server.kill()
