"""Runs `vectors/signer.mjs`, a signer in another language that was written from the vectors alone."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import msgspec

from tools.node import child_environment, find_node

SIGNER = Path(__file__).parents[1] / "vectors" / "signer.mjs"


class Stages(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The stages of a signature, as in signatures.json."""

    target: str
    message: str
    sign: str
    headers: dict[str, str]


class SecondSigner:
    """One process of Node for many signatures. It ends with the block.

    Raises NodeMissingError if there is no Node.
    """

    def __enter__(self) -> SecondSigner:
        line = [find_node().executable, str(SIGNER)]
        self._process = subprocess.Popen(
            line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", env=child_environment()
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._process.communicate(timeout=10)  # closes its standard input, at which it ends
        finally:
            self._process.kill()

    def sign(
        self,
        query: Sequence[tuple[str, str]],
        body: str | None,
        timestamp: str,
        *,
        path: str = "/path",
        public_token: str,
        private_token: str,
    ) -> Stages:
        """The stages of a request's signature. `query` has plain text in the order of sending."""
        request = {"path": path, "query": query, "body": body, "timestamp": timestamp}
        tokens = {"public_token": public_token, "private_token": private_token}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request | tokens) + "\n")
        self._process.stdin.flush()
        response = self._process.stdout.readline()
        assert response, f"the second signer ended at {request}"
        return msgspec.json.decode(response, type=Stages)
