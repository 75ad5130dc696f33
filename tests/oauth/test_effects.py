"""Platform and AsyncPlatform behave alike: the same calls have the same results."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from trustoo import TrustooError
from trustoo.oauth import AsyncMemoryStore, MemoryStore, Token
from trustoo.testing import FakePlatform, FakeTrustoo, Fault

from tests.oauth.conftest import SHOP, Clock, keep, kept
from tests.support import steady

FAULTS = [
    Fault.refused(),
    Fault.reset(),
    Fault.status(503),
    Fault.code(13),
    Fault.code(8),
    Fault.code(16),
    Fault.html(403),
    Fault.garbage(),
]


class Story:
    """One platform with its own service, and what came of each call."""

    def __init__(self, is_async: bool) -> None:
        self.clock = Clock()
        self.fake = FakeTrustoo(clock=self.clock)
        self.service: FakePlatform = self.fake.add_platform()
        self.store = MemoryStore()
        self.platforms: list[Any] = [
            self.fake.async_platform_client(store=AsyncMemoryStore(self.store))
            if is_async
            else self.fake.platform_client(store=self.store)
            for _ in range(2)
        ]
        self.loop = asyncio.new_event_loop() if is_async else None

    def run(self, function: Any, *given: Any, **named: Any) -> str:
        try:
            if self.loop is None:
                function(*given, **named)
            else:
                self.loop.run_until_complete(function(*given, **named))
        except TrustooError as error:
            return f"{type(error).__name__}: {error}"
        return "fine"

    @property
    def seen(self) -> Any:
        requested = [(one.operation, one.headers.get("Authorization"), one.body) for one in self.fake.received]
        return requested, self.service.counts, kept(self.store)


class BothPlatforms(RuleBasedStateMachine):
    """Runs both at once. Besides, no refresh token is used twice, so that no authorisation is lost unless the
    service took it away."""

    @initialize(rotation=st.booleans(), lifetime=st.sampled_from([None, 30, 600, 7200]))
    def begin(self, rotation: bool, lifetime: float | None) -> None:
        self.stories = Story(False), Story(True)
        self.taken = self.faulty = False
        for story in self.stories:
            story.service.rotation, story.service.lifetime = rotation, lifetime
        self.authorise()

    def tell(self, act: Any) -> str:
        said = [act(story) for story in self.stories]
        assert said[0] == said[1]
        assert self.stories[0].seen == self.stories[1].seen
        return str(said[0])

    @rule()
    def authorise(self) -> None:
        self.taken = False
        for story in self.stories:
            keep(story.store, Token(**{**_members(story.service.issue()), **_times(story)}))

    @rule(process=st.integers(0, 1), write=st.booleans())
    def call(self, process: int, write: bool) -> None:
        def act(story: Story) -> str:
            reviews = story.platforms[process].shop(SHOP).reviews
            return story.run(reviews.create, rating=5, author="Zoë") if write else story.run(reviews.list)

        said = self.tell(act)
        assert said == "fine" or self.taken or self.faulty, said

    @rule(process=st.integers(0, 1), end=st.sampled_from(["revoke", "disconnect"]))
    def end(self, process: int, end: str) -> None:
        self.tell(lambda story: story.run(getattr(story.platforms[process], end), SHOP))
        self.taken = True  # whatever the service responds

    @rule(seconds=st.sampled_from([1, 31, 500, 6950, 7300]))
    def wait(self, seconds: int) -> None:
        for story in self.stories:
            story.clock.now += seconds

    @rule(fault=st.sampled_from(FAULTS))
    def trouble(self, fault: Fault) -> None:
        self.faulty = True
        for story in self.stories:
            story.fake.fail(fault, operation="oauth.token")

    @rule(which=st.sampled_from(["access_token", "refresh_token"]))
    def the_service_forgets(self, which: str) -> None:
        self.taken = self.taken or which == "refresh_token"
        for story in self.stories:
            if (token := kept(story.store)) is not None:
                story.service.revoke(getattr(token, which))

    def teardown(self) -> None:
        for story in getattr(self, "stories", ()):
            if story.loop is not None:
                story.loop.close()


def _members(response: dict[str, Any]) -> dict[str, Any]:
    return {name: response[name] for name in ("access_token", "refresh_token")}


def _times(story: Story) -> dict[str, Any]:
    now, life = story.clock.now, story.service.lifetime
    return {"obtained_at": now, "expires_at": None if life is None else now + life}


TestBothPlatforms = BothPlatforms.TestCase
TestBothPlatforms.settings = type(steady)(steady, max_examples=60, stateful_step_count=25)
