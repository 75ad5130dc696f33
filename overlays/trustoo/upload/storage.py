"""How a form is posted: with which client, with which limits, and without anything that is the API's."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Generic, TypeVar

import httpx

from ..retry import RetryPolicy
from ..transport.httpx import make_client
from .early import EarlyResponse
from .post import FormPost
from .rules import StorageRules

__all__ = ["LONGEST_ANSWER", "Storage", "form_request"]

C = TypeVar("C", httpx.Client, httpx.AsyncClient)
LONGEST_ANSWER = 1024 * 1024
"""Bytes of an answer that are read: the storage passes on no longer answer of the vendor's server."""


@dataclass(frozen=True)
class Storage(Generic[C]):
    """How forms are posted; `Trustoo` says what the values mean.

    Attributes:
        client: the caller's client to post with; None: a fresh one for each upload, or for several at once.
        clock: the Unix time in seconds, as well as the API's client knows it.
    """

    client: C | None = None
    proxy: str | None = field(default=None, repr=False)
    rules: StorageRules = field(default_factory=StorageRules)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    clock: Callable[[], float] = time.time

    @cached_property
    def tls(self) -> ssl.SSLContext:
        """The certificates that connections trust; loaded once, since that takes tens of milliseconds."""
        return httpx.create_ssl_context()

    def connected(self, kind: Callable[..., Any]) -> Any:
        """A context with the client to post with."""
        if self.client is not None:
            return nullcontext(self.client)
        # Each form has a connection of its own: one that lay idle may be dead, and a form is long.
        return make_client(partial(kind, verify=self.tls, limits=httpx.Limits(max_keepalive_connections=0)), self.proxy)

    @asynccontextmanager
    async def connected_async(self) -> AsyncGenerator[httpx.AsyncClient]:
        """The same for asyncio; the certificates are read in a thread."""
        if self.client is None:
            await asyncio.to_thread(lambda: self.tls)
        async with self.connected(httpx.AsyncClient) as client:
            yield client


def form_request(client: httpx.Client | httpx.AsyncClient, post: FormPost) -> httpx.Request:
    """The request for a form, whose body is streamed."""
    patience = post.timeout
    timeouts = httpx.Timeout(connect=min(10, patience), write=patience, read=patience, pool=patience)
    headers = {**post.http_request.headers, "Accept-Encoding": "identity"}
    request = client.build_request("POST", post.url, headers=headers, timeout=timeouts)
    request.stream, early = post.body, EarlyResponse(after_fault=post.after_fault)
    trace = early.trace_async if isinstance(client, httpx.AsyncClient) else early.trace
    request.extensions = {**request.extensions, "trace": trace}
    return request
