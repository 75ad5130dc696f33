"""The pytest plugin of trustoo: the fixture `fake_trustoo`.

It is a module of its own: pytest imports all installed plugins at its start, and this one then imports nothing of
trustoo.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from trustoo.testing import FakeTrustoo

__all__ = ["fake_trustoo"]


@pytest.fixture
def fake_trustoo() -> Iterator[FakeTrustoo]:
    """A fake service for one test (`trustoo.testing.FakeTrustoo`), with the spec's samples.

    While the test runs, no client of the process waits between attempts.
    """
    from trustoo.testing import FakeTrustoo, without_waiting

    with without_waiting():
        yield FakeTrustoo()
