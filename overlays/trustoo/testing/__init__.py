"""trustoo.testing: an offline stand-in for the service, for tests of programs that use trustoo."""

from ..waiting import without_waiting
from .faults import Fault
from .messages import Received, Reply
from .service import FakeTrustoo
from .storage import FakeStorage, Upload

__all__ = ["FakeStorage", "FakeTrustoo", "Fault", "Received", "Reply", "Upload", "without_waiting"]
