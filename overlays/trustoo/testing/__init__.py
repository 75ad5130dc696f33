"""trustoo.testing: an offline stand-in for the service, for tests of programs that use trustoo."""

from .._sansio import without_waiting
from .authorization import FakePlatform
from .deliveries import Deliveries, SignedDelivery
from .faults import Fault
from .messages import FakeResponse, Received
from .service import FakeTrustoo
from .state import Lag, Store
from .storage import FakeStorage, StorageResponse, Upload
from .throttle import Throttle

__all__ = [
    "Deliveries",
    "FakePlatform",
    "FakeResponse",
    "FakeStorage",
    "FakeTrustoo",
    "Fault",
    "Lag",
    "Received",
    "SignedDelivery",
    "StorageResponse",
    "Store",
    "Throttle",
    "Upload",
    "without_waiting",
]
