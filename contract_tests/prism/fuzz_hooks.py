"""Loaded into schemathesis' command line by `fuzz.py`: leaves out the responses that Prism gives in its own form."""

from typing import Any

import schemathesis


@schemathesis.hook
def filter_case(context: Any, case: Any) -> bool:
    """Bytes that are not JSON: Prism rightly refuses them, with an error body of its own."""
    return not isinstance(case.body, bytes)
