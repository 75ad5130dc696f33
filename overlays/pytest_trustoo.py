"""The pytest plugin of trustoo: the fixture `fake_trustoo`.

The plugin is a separate module, because pytest imports all installed plugins when it starts. This module imports
trustoo only when a test uses the fixture.
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
    """A fake service for one test (`trustoo.testing.FakeTrustoo`), with the samples of the OpenAPI spec.

    While the test runs, no client of this process waits between attempts.
    """
    from trustoo.testing import FakeTrustoo, without_waiting

    with without_waiting():
        yield FakeTrustoo()
