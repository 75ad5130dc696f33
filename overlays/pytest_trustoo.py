"""The pytest plugin of trustoo: the fixture `fake_trustoo`.

It is a module of its own, because pytest imports plugins when it starts, wanted or not: importing it imports nothing
of trustoo.
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
    """A fake service (`trustoo.testing.FakeTrustoo`) of the test's own. While the test runs, no client waits between
    attempts."""
    from trustoo.testing import FakeTrustoo, without_waiting

    with without_waiting():
        yield FakeTrustoo()
