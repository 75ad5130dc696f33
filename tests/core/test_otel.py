"""trustoo.otel with opentelemetry-api alone, also in its oldest version. contract_tests/world tests it with an SDK."""

from __future__ import annotations

import sys

import pytest
from trustoo import ConfigurationError, otel

from tests.support import Recorder, envelope, shop


def test_a_program_without_an_sdk_calls_as_before() -> None:
    recorder = Recorder(envelope({"page": {}, "list": [{"id": "1"}]}))
    with shop(recorder, **otel.hooks()) as client:
        assert client.reviews.list().list[0].id == "1"
    assert "traceparent" not in recorder.requests[0].headers


def test_without_opentelemetry_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'trustoo\[otel\]'"):
        otel.hooks()
