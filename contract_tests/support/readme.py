"""Reads examples from the README, so that tests can run them."""

import re
from pathlib import Path


def readme_lines(public_token: str, private_token: str) -> str:
    """Return the first Python example of the README, with tokens instead of the dots."""
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert found is not None
    lines = found[1].replace("public_token=...", f"public_token={public_token!r}")
    assert lines != found[1]
    return lines.replace("private_token=...", f"private_token={private_token!r}")
