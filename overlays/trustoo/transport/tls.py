"""The certificates that connections trust."""

from __future__ import annotations

import os
import ssl

__all__ = ["trusted_certificates"]


def trusted_certificates() -> ssl.SSLContext:
    """The certificates that httpx trusts: those of the environment's SSL_CERT_FILE or SSL_CERT_DIR, else certifi's."""
    if file := os.environ.get("SSL_CERT_FILE"):
        return ssl.create_default_context(cafile=file)
    if folder := os.environ.get("SSL_CERT_DIR"):
        return ssl.create_default_context(capath=folder)
    import certifi

    return ssl.create_default_context(cafile=certifi.where())
