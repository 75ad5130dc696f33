"""trustoo.testing: an offline replacement for the service, for tests of programs that use trustoo."""

from .. import without_waiting
from .authorization import FakePlatform
from .connections import FakeResponse, Received
from .deliveries import Deliveries, SignedDelivery
from .faults import Fault, Throttle
from .replay_checks import check_async_replay_store, check_replay_store
from .service import FakeTrustoo
from .state import Lag, Store
from .storage import FakeStorage, Upload
from .storage_protocol import StorageResponse
from .token_checks import check_async_token_store, check_token_store

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
    "check_async_replay_store",
    "check_async_token_store",
    "check_replay_store",
    "check_token_store",
    "without_waiting",
]
