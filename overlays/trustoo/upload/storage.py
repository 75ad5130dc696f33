"""Posts forms. This module sets the client and the limits, and omits the headers of the API."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar

import httpx

from .._concurrency import check_event_loop
from ..retry import RetryPolicy
from ..transport.connections import trusted_certificates
from ..transport.httpx import make_client
from .early import EarlyResponse
from .post import FormPost
from .rules import StorageRules

__all__ = ["MAX_RESPONSE_BYTES", "Storage", "form_request"]

C = TypeVar("C", httpx.Client, httpx.AsyncClient)
MAX_RESPONSE_BYTES = 1024 * 1024
"""The maximum number of bytes that are read of a response. The storage does not forward longer responses."""


@dataclass(frozen=True)
class Storage(Generic[C]):
    """The settings for posting forms. The docstring of `Trustoo` documents the settings.

    Attributes:
        client: the caller's HTTP client; None for a new client in each call of `upload_image` or `upload_images`.
        clock: returns the Unix time in seconds, corrected by the API's client.
    """

    client: C | None = None
    proxy: str | None = field(default=None, repr=False)
    rules: StorageRules = field(default_factory=StorageRules)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    clock: Callable[[], float] = time.time

    @cached_property
    def tls(self) -> ssl.SSLContext:
        """The trusted certificates, which are loaded only once because loading takes tens of milliseconds."""
        return trusted_certificates()

    def connected(self, kind: Callable[..., Any]) -> Any:
        """Return a context with the HTTP client."""
        if self.client is not None:
            return nullcontext(self.client)
        # Each form has its own connection, because an idle connection may be dead and a form is long.
        return make_client(kind, self.proxy, verify=self.tls, limits=httpx.Limits(max_keepalive_connections=0))

    @asynccontextmanager
    async def connected_async(self) -> AsyncGenerator[httpx.AsyncClient]:
        """The asyncio version of `connected`. The certificates are loaded in a thread."""
        if self.client is None:
            check_event_loop()
            await asyncio.to_thread(lambda: self.tls)
        async with self.connected(httpx.AsyncClient) as client:
            yield client


def form_request(client: httpx.Client | httpx.AsyncClient, post: FormPost) -> httpx.Request:
    """Return the HTTP request that uploads a form. The request's body is streamed."""
    timeouts = httpx.Timeout(post.timeout, connect=min(10, post.timeout))
    headers = {**post.http_request.headers, "Accept-Encoding": "identity"}
    request = client.build_request("POST", post.url, headers=headers, timeout=timeouts)
    request.stream, early = post.body, EarlyResponse(after_fault=post.after_fault)
    trace = early.trace_async if isinstance(client, httpx.AsyncClient) else early.trace
    request.extensions = {**request.extensions, "trace": trace}
    return request
