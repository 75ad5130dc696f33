"""A certificate of 127.0.0.1 and the authority that signed it, made anew by each run of tests with openssl."""

from __future__ import annotations

import atexit
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

__all__ = ["Certificates", "certificates"]

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
_AUTHORITY = "keyUsage=critical,keyCertSign"
_SERVER = """\
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth
subjectAltName=IP:127.0.0.1,DNS:localhost
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
"""
"""Python 3.13 and newer insist on the uses and the key identifiers."""


class Certificates(NamedTuple):
    """Files: what a client trusts; what a server shows, and its key."""

    authority: Path
    server: Path
    key: Path


@cache
def certificates() -> Certificates:
    """Those of this process; they live for two days, and their files until it ends."""
    temporary = tempfile.TemporaryDirectory(prefix="trustoo-tls-")
    atexit.register(temporary.cleanup)
    folder = Path(temporary.name)
    (folder / "server.cnf").write_text(_SERVER, encoding="utf-8")
    for line in (
        (
            *("req", "-x509", *_KEY, "-days", "2", "-subj", "/CN=EXAMPLE authority", "-addext", _AUTHORITY),
            *("-keyout", "ca.key", "-out", "ca.pem"),
        ),
        ("req", *_KEY, "-subj", "/CN=EXAMPLE server", "-keyout", "server.key", "-out", "server.csr"),
        (
            *("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"),
            *("-days", "2", "-extfile", "server.cnf", "-out", "server.pem"),
        ),
    ):
        subprocess.run(["openssl", *line], check=True, capture_output=True, cwd=folder, timeout=60)
    return Certificates(folder / "ca.pem", folder / "server.pem", folder / "server.key")
