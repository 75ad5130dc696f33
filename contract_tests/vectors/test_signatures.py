"""The signature vectors hold for the client's signer and for the independent one; retired rules match neither."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import trustoo

from contract_tests.support import signature as independent

CASES = json.loads((Path(__file__).parent / "signatures.json").read_text(encoding="utf-8"))["cases"]


def by_client(case: dict[str, Any]) -> tuple[bytes, str]:
    body = None if case["body"] is None else case["body"].encode()
    message = trustoo.canonical_string([tuple(pair) for pair in case["query"]], case["timestamp"], body)
    return message, trustoo.signature(case["private_token"], message)


def by_tests(case: dict[str, Any]) -> tuple[bytes, str]:
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in case["query"])
    url = f"https://example.com/path{'?' if query else ''}{query}"
    message = independent.canonical(url, case["timestamp"], (case["body"] or "").encode())
    return message, independent.sign(case["private_token"], message)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
@pytest.mark.parametrize("implementation", [by_client, by_tests])
def test_a_signature_vector_holds(
    implementation: Callable[[dict[str, Any]], tuple[bytes, str]], case: dict[str, Any]
) -> None:
    message, signature = implementation(case)
    assert message.decode() == case["message"]
    assert signature == case["sign"]
    for rule, other in case.get("must_not_match", {}).items():
        assert signature != other, rule
