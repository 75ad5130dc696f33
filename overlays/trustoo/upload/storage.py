"""Posts forms. This module sets the client and the limits, and omits the headers of the API."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

import httpx

from .._concurrency import check_event_loop
from ..retry import RetryPolicy
from ..transport.connections import trusted_certificates
from ..transport.deadline import close_if_cancelled, limit_reads
from ..transport.exchange import Exchange
from ..transport.httpx import make_client
from .early import EarlyResponse
from .post import FormPost
from .rules import StorageRules

__all__ = ["Storage", "form_request"]

C = TypeVar("C", httpx.Client, httpx.AsyncClient)


@dataclass(frozen=True)
class Storage(Generic[C]):
    """The settings for posting forms. The docstring of `Trustoo` documents the settings.

    Attributes:
        client: the caller's HTTP client; None for a new client in each call of `upload_image` or `upload_images`.
        clock: returns the Unix time in seconds, corrected by the API's client.
        deadline: seconds from the last byte of the form to the last byte of the response.
    """

    client: C | None = None
    proxy: str | None = field(default=None, repr=False)
    rules: StorageRules = field(default_factory=StorageRules)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    clock: Callable[[], float] = time.time
    deadline: float | None = 300.0
    max_response_bytes: int | None = 64 * 1024 * 1024

    def connected(self, kind: Callable[..., Any]) -> Any:
        """Return a context with the HTTP client."""
        if self.client is not None:
            return nullcontext(self.client)
        # Each form has its own connection, because an idle connection may be dead and a form is long.
        return make_client(kind, self.proxy, limits=httpx.Limits(max_keepalive_connections=0))

    @asynccontextmanager
    async def connected_async(self) -> AsyncGenerator[httpx.AsyncClient]:
        """The asyncio version of `connected`. The certificates are loaded in a thread."""
        if self.client is None:
            check_event_loop()
            await asyncio.to_thread(trusted_certificates)
        async with self.connected(httpx.AsyncClient) as client:
            yield client

    def exchange(self, post: FormPost) -> Exchange:
        """Return the state of the exchange for a form."""
        most = self.max_response_bytes
        return Exchange.of(replace(post.http_request, deadline=self.deadline, max_response_bytes=most))


def form_request(
    client: httpx.Client | httpx.AsyncClient, post: FormPost, exchange: Exchange, begin: Callable[[], None]
) -> httpx.Request:
    """Return the HTTP request that uploads a form. The request's body is streamed.

    `begin` is called when the whole body was sent, or cannot be sent. The deadline counts from then on.
    """
    timeouts = {"connect": min(10, post.timeout), "read": exchange, "write": post.timeout, "pool": post.timeout}
    headers = {**post.http_request.headers, "Accept-Encoding": "identity"}
    request = client.build_request("POST", post.url, headers=headers, extensions={"timeout": timeouts})
    request.stream, early = post.body, EarlyResponse(after_fault=post.after_fault)

    def trace(event: str, info: dict[str, Any]) -> None:
        exchange.watch(event, info)
        if event.endswith(".connect_tcp.complete"):
            limit_reads(info["return_value"])
        elif event.endswith((".send_request_body.complete", ".send_request_body.failed")):
            begin()
        early.trace(event, info)

    async def trace_async(event: str, info: dict[str, Any]) -> None:
        exchange.watch(event, info)
        if event.endswith(".connect_tcp.complete"):
            close_if_cancelled(info["return_value"])
        elif event.endswith((".send_request_body.complete", ".send_request_body.failed")):
            begin()
        await early.trace_async(event, info)

    request.extensions["trace"] = trace_async if isinstance(client, httpx.AsyncClient) else trace
    return request
