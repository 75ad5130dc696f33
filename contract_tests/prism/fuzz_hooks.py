"""Loaded into schemathesis' command line by `fuzz.py`: leaves out what Prism answers in a form of its own."""

from typing import Any

import schemathesis


@schemathesis.hook
def filter_case(context: Any, case: Any) -> bool:
    """Bytes that are no JSON: Prism refuses them, rightly, with an error body that no description knows."""
    return not isinstance(case.body, bytes)
