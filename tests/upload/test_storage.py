"""Forms go out with a client of the caller's, or with one of ours, whose certificates are read beside the loop."""

from __future__ import annotations

import asyncio
import ssl
import threading
from typing import Any

import httpx
import pytest
from trustoo.transport.connections import _load_certificates
from trustoo.upload.storage import Storage


@pytest.mark.parametrize("is_given", [False, True])
def test_certificates_are_loaded_only_for_an_own_client_and_not_in_the_event_loop(
    is_given: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers: list[threading.Thread] = []
    create = ssl.create_default_context

    def creating(**options: Any) -> ssl.SSLContext:
        readers.append(threading.current_thread())
        return create(**options)

    async def run() -> None:
        async with httpx.AsyncClient() as theirs:
            storage = Storage(theirs if is_given else None)
            _load_certificates.cache_clear()
            monkeypatch.setattr(ssl, "create_default_context", creating)
            for _ in range(2):
                async with storage.connected_async() as client:
                    assert (client is theirs) is is_given

    asyncio.run(run())
    assert len(readers) == (0 if is_given else 1)
    assert threading.main_thread() not in readers
