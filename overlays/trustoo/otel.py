"""trustoo.otel: OpenTelemetry for clients. Each attempt of a call becomes a span, over every transport.

`Trustoo(**trustoo.otel.hooks())` switches it on. Names and values follow the stable semantic conventions for HTTP
clients (https://opentelemetry.io/docs/specs/semconv/http/).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypedDict
from urllib.parse import urlsplit

from ._version import __version__
from .errors import ConfigurationError
from .hooks import CallEvent, Hook, RequestHook

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import Span, TracerProvider

__all__ = ["HookSettings", "hooks"]

_SCHEMA = "https://opentelemetry.io/schemas/1.41.0"
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""The boundaries in seconds that the conventions advise."""


class HookSettings(TypedDict):
    """The settings of a client that `hooks` returns."""

    on_request: RequestHook
    on_response: Hook


def hooks(
    *,
    on_request: RequestHook | None = None,
    on_response: Hook | None = None,
    tracer_provider: TracerProvider | None = None,
    meter_provider: MeterProvider | None = None,
) -> HookSettings:
    """Return settings that report each attempt of a call to OpenTelemetry: `Trustoo(**trustoo.otel.hooks())`.

    An attempt becomes a span of the kind CLIENT below the current span, and a value of the histogram
    `http.client.request.duration`. The request gets the headers of the global propagator, such as `traceparent`.
    The settings also fit `AsyncTrustoo`, `with_options`, `Platform` and `AsyncPlatform`.

    Args:
        on_request, on_response: hooks of your own. They are called after the hooks of this function. Pass them here,
            because a client has one hook of each name.
        tracer_provider, meter_provider: where spans and values go. Default: the global providers.

    Returns:
        The settings `on_request` and `on_response`.

    Raises:
        ConfigurationError: if the package opentelemetry-api is not installed (`pip install 'trustoo[otel]'`).

    Example:
        >>> import trustoo.otel
        >>> shop = fake.client(**trustoo.otel.hooks())
        >>> shop.reviews.get(id="1001").rating
        5
    """
    try:
        from opentelemetry import metrics, propagate, trace
    except ImportError as error:
        raise ConfigurationError(
            "trustoo.otel needs the package opentelemetry-api: pip install 'trustoo[otel]'."
        ) from error
    tracer = trace.get_tracer("trustoo", __version__, tracer_provider, _SCHEMA)
    duration = metrics.get_meter("trustoo", __version__, meter_provider, _SCHEMA).create_histogram(
        "http.client.request.duration",
        unit="s",
        description="Duration of HTTP client requests.",
        explicit_bucket_boundaries_advisory=_BUCKETS,
    )
    spans: dict[int, Span] = {}  # of the attempts that have not ended, by call; a call makes one attempt at a time

    def start(event: CallEvent) -> Mapping[str, str]:
        target = _target(event)
        span = spans[event.call] = tracer.start_span(
            f"{event.method} {target['url.template']}",
            kind=trace.SpanKind.CLIENT,
            attributes={
                **target,
                "url.full": event.base_url + event.path,  # without the query, which may have secrets
                "trustoo.operation": event.operation,
                **({"http.request.resend_count": event.attempt - 1} if event.attempt > 1 else {}),
            },
        )
        headers = dict[str, str]()
        propagate.inject(headers, trace.set_span_in_context(span))
        return headers if on_request is None else {**headers, **(on_request(event) or {})}

    def end(event: CallEvent) -> None:
        span = spans.pop(event.call, None)
        if span is not None:  # None if another hook replaced `start`
            result = _result(event)
            span.set_attributes(result)
            if event.code is not None:
                span.set_attribute("trustoo.code", event.code)
            if event.request_id is not None:
                span.set_attribute("trustoo.request_id", event.request_id)
            if event.error is not None:
                span.set_status(trace.StatusCode.ERROR)
            duration.record(event.seconds or 0.0, {**_target(event), **result}, trace.set_span_in_context(span))
            span.end()
        if on_response is not None:
            on_response(event)

    return {"on_request": start, "on_response": end}


def _target(event: CallEvent) -> dict[str, str | int]:
    """The attributes of spans and durations that tell where a request goes."""
    url = urlsplit(event.base_url)
    return {
        "http.request.method": event.method,
        "server.address": url.hostname or "",
        "server.port": url.port or (443 if url.scheme == "https" else 80),
        "url.template": url.path + event.path,
    }


def _result(event: CallEvent) -> dict[str, str | int]:
    """The attributes of spans and durations that tell how an attempt ended."""
    result = {"http.response.status_code": event.status, "error.type": event.error}
    return {name: value for name, value in result.items() if value is not None}
