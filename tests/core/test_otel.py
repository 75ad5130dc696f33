"""trustoo.otel with opentelemetry-api alone, also in its oldest version. contract_tests/world tests it with an SDK."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from opentelemetry import metrics, trace
from trustoo import ConfigurationError, otel

from tests.support import Recorder, envelope, shop


def test_a_program_without_an_sdk_calls_as_before() -> None:
    recorder = Recorder(envelope({"page": {}, "list": [{"id": "1"}]}))
    with shop(recorder, **otel.hooks()) as client:
        assert client.reviews.list().list[0].id == "1"
    assert "traceparent" not in recorder.requests[0].headers


def test_each_argument_of_the_hooks_counts_beside_all_others() -> None:
    asked, heard = list[str](), list[str]()

    class Tracers(trace.NoOpTracerProvider):
        def get_tracer(self, instrumenting_module_name: str, *more: Any, **other: Any) -> trace.Tracer:
            asked.append(f"tracer {instrumenting_module_name}")
            return super().get_tracer(instrumenting_module_name, *more, **other)

    class Meters(metrics.NoOpMeterProvider):
        def get_meter(self, name: str, *more: Any, **other: Any) -> metrics.Meter:
            asked.append(f"meter {name}")
            return super().get_meter(name, *more, **other)

    hooks = otel.hooks(
        tracer_provider=Tracers(),
        meter_provider=Meters(),
        on_request=lambda event: heard.append("request"),
        on_response=lambda event: heard.append("response"),
    )
    with shop(Recorder(envelope({"page": {}, "list": []})), **hooks) as client:
        client.reviews.list()
    assert (asked, heard) == (["tracer trustoo", "meter trustoo"], ["request", "response"])


def test_without_opentelemetry_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'trustoo\[otel\]'"):
        otel.hooks()
