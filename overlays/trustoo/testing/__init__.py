"""trustoo.testing: an offline stand-in for the service, for tests of programs that use trustoo."""

from ..waiting import without_waiting
from .authorization import FakePlatform
from .deliveries import Deliveries, SignedDelivery
from .faults import Fault
from .messages import Received, Reply
from .service import FakeTrustoo
from .state import Lag, Store
from .storage import FakeStorage, StorageAnswer, Upload
from .throttle import Throttle

__all__ = [
    "Deliveries",
    "FakePlatform",
    "FakeStorage",
    "FakeTrustoo",
    "Fault",
    "Lag",
    "Received",
    "Reply",
    "SignedDelivery",
    "StorageAnswer",
    "Store",
    "Throttle",
    "Upload",
    "without_waiting",
]
