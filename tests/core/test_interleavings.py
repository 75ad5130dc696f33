"""What threads share is right in every order of their steps: nothing is given twice, and nothing is lost.

The tests of tokens, deliveries, uploads, the fake service and the command line have more of these for their classes.
"""

import importlib
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import trustoo._sansio
import trustoo.rate
from trustoo.rate import LocalRateLimiter
from trustoo.testing import without_waiting
from trustoo.transport.connections import Origin
from trustoo.transport.httpcore import HttpcoreTransport
from trustoo.transport.httpx import HttpxTransport
from trustoo.transport.pyreqwest import PyreqwestTransport

from contract_tests.support.interleaving import Calls, interleavings, not_serial, twice


def test_two_calls_at_once_get_different_turns() -> None:
    outcomes = list(interleavings(lambda: twice(LocalRateLimiter(2, clock=lambda: 1000.0).reserve), trustoo.rate))
    assert outcomes
    assert [pair for pair in outcomes if pair[0] == pair[1] or None in pair] == []
    assert [one for pair in outcomes for one in pair if isinstance(one, Exception)] == []


ORIGIN = Origin("http", "127.0.0.1", 80, "127.0.0.1")


def connections(transport: str) -> Calls:
    """What two first calls of a transport open."""
    if transport == "httpcore":
        pools = HttpcoreTransport()
        return twice(lambda: pools._open(ORIGIN))
    if transport == "httpx":
        client = HttpxTransport()
        return twice(client._open)
    clients = PyreqwestTransport()._clients
    return twice(lambda: clients.get(30.0))


@pytest.mark.parametrize("transport", ["httpcore", "httpx", "pyreqwest"])
def test_two_first_calls_share_their_connections(transport: str) -> None:
    module = importlib.import_module(f"trustoo.transport.{transport}")
    outcomes = list(interleavings(lambda: connections(transport), module))
    assert outcomes
    assert [pair for pair in outcomes if pair[0] is not pair[1] or isinstance(pair[0], Exception)] == []


def test_a_transport_is_closed_once_and_serves_a_call_that_is_made_meanwhile() -> None:
    """Either call may come first. A call never gets a client that is no longer there."""

    def prepare(call: str) -> tuple[Callable[[], Any], Callable[[], Any], Callable[[], Any]]:
        transport = HttpxTransport()
        transport._open()
        open_or_close = {"open": lambda: transport._open() is not None, "close": transport.close}
        first, _, second = call.partition(" ")
        return open_or_close[first], open_or_close[second], lambda: None

    module = importlib.import_module("trustoo.transport.httpx")
    for calls in ("open close", "close open", "close close"):
        assert not_serial(partial(prepare, calls), module) == []


@pytest.mark.parametrize("ends", [True, False])
def test_blocks_without_waiting_that_overlap_are_all_counted(ends: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """An end that is lost would let the whole program not wait any more."""

    def prepare() -> tuple[Callable[[], Any], Callable[[], Any], Callable[[], Any]]:
        monkeypatch.setattr(trustoo._sansio, "_without", 0)
        blocks = [without_waiting() for _ in range(2)]
        calls: list[Callable[[], Any]] = [partial(block.__enter__) for block in blocks]
        if ends:
            for call in calls:
                call()
            calls = [partial(block.__exit__, None, None, None) for block in blocks]

        def left() -> bool:
            waiting = trustoo._sansio.waits()
            for block in () if ends else blocks:
                assert not trustoo._sansio.waits()
                block.__exit__(None, None, None)
            waited.append(trustoo._sansio.waits())
            return waiting

        return calls[0], calls[1], left

    waited = list[bool]()
    assert not_serial(prepare, trustoo._sansio) == []
    assert all(waited)


def test_clients_wait_again_after_a_block_that_failed() -> None:
    with pytest.raises(KeyboardInterrupt), without_waiting():
        raise KeyboardInterrupt
    assert trustoo._sansio.waits()
