"""trustoo.testing: an offline stand-in for the service, for tests of programs that use trustoo."""

from ..waiting import without_waiting
from .authorization import FakePlatform
from .deliveries import Deliveries, SignedDelivery
from .faults import Fault
from .messages import Received, Reply
from .service import FakeTrustoo
from .storage import FakeStorage, Upload

__all__ = [
    "Deliveries",
    "FakePlatform",
    "FakeStorage",
    "FakeTrustoo",
    "Fault",
    "Received",
    "Reply",
    "SignedDelivery",
    "Upload",
    "without_waiting",
]
