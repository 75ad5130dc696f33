"""trustoo.testing: an offline stand-in for the service, for tests of programs that use trustoo."""

from ..waiting import without_waiting
from .authorization import FakePlatform
from .deliveries import Deliveries, SignedDelivery
from .faults import Fault
from .messages import Received, Reply
from .service import FakeTrustoo
from .storage import FakeStorage, StorageAnswer, Upload

__all__ = [
    "Deliveries",
    "FakePlatform",
    "FakeStorage",
    "FakeTrustoo",
    "Fault",
    "Received",
    "Reply",
    "SignedDelivery",
    "StorageAnswer",
    "Upload",
    "without_waiting",
]
