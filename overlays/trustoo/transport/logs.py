"""Takes secrets out of what the HTTP libraries log."""

from __future__ import annotations

import logging

from ..redaction import redact

__all__ = ["quieten"]

_NAMES = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy")


class _Redacting(logging.Filter):
    """httpx logs each request's URL and httpcore each answer's headers; a few operations carry a secret there."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(arg if isinstance(arg, int | float) else redact(str(arg)) for arg in record.args)
        if not record.args:
            record.msg = redact(str(record.msg))
        return True


_REDACTING = _Redacting()


def quieten() -> None:
    """Take secrets out of the log lines of httpx and httpcore; harmless when it is done twice."""
    for name in _NAMES:
        logging.getLogger(name).addFilter(_REDACTING)
