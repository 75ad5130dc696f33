"""Workflows that schemathesis makes up find the fake service in the state that the calls before have left."""

import sys
from collections.abc import Callable
from typing import Any

import pytest
from trustoo.testing import FakeTrustoo, Store
from trustoo.testing.handlers import HANDLERS

from contract_tests.fake import workflows
from contract_tests.support import options


def test_each_call_finds_what_the_calls_before_have_left() -> None:
    ended = workflows.run(options.seed, -(-options.cases // 3))
    if options.cases >= 30:
        linked = {target for targets in workflows.LINKS.values() for target in targets}
        carried_out, refused = ({name for name, code in ended if bool(code) is failed} for failed in (False, True))
        assert carried_out >= linked, f"not carried out in any workflow: {ended}"
        assert refused >= linked - {"reviews.create"}, f"not refused in any workflow: {ended}"


class FaultyStore(Store):
    """The wrong methods of the faults below."""

    def lose_update(self, item_id: object, **members: object) -> dict[str, Any] | None:
        item = self.get(item_id)
        return None if item is None else item | members

    def keep_removed(self, item_id: object) -> bool:
        return self.get(item_id) is not None

    def hide_newest(self) -> list[dict[str, Any]]:
        return [*self][:-1]

    def ignore_unknown(self, item_id: object) -> bool:
        self._entries.pop(str(item_id), None)
        return True


class FaultyService(FakeTrustoo):
    def deliver_everywhere(self, topic: str, **settings: Any) -> list[Any]:
        topics = {webhook["topic"] for webhook in self.webhooks}
        return [response for each in topics for response in correct_deliver(self, each, **settings)]

    def deliver_nowhere(self, topic: str, **settings: Any) -> list[Any]:
        return []


correct_deliver = FakeTrustoo.deliver


@pytest.mark.parametrize(
    ("faulty", "name", "wrong"),
    [
        pytest.param(Store, "remove", FaultyStore.keep_removed, id="what was deleted stays"),
        pytest.param(Store, "remove", FaultyStore.ignore_unknown, id="what is not there can be deleted"),
        pytest.param(Store, "update", FaultyStore.lose_update, id="an update is lost"),
        pytest.param(Store, "listed", FaultyStore.hide_newest, id="what was created is not listed"),
        pytest.param(HANDLERS, "reviews.delete", lambda *given: None, id="a deleted review stays"),
        pytest.param(HANDLERS, "webhooks.delete", lambda *given: None, id="a deleted subscription stays"),
        pytest.param(HANDLERS, "customers.include", lambda *given: None, id="an included customer stays excluded"),
        pytest.param(FakeTrustoo, "deliver", FaultyService.deliver_everywhere, id="each topic is delivered to all"),
        pytest.param(FakeTrustoo, "deliver", FaultyService.deliver_nowhere, id="a subscribed topic is not delivered"),
    ],
)
def test_a_fault_in_the_state_is_found(
    faulty: Any, name: str, wrong: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    (monkeypatch.setitem if faulty is HANDLERS else monkeypatch.setattr)(faulty, name, wrong)
    with pytest.raises(AssertionError, match="calls:"):
        workflows.run(seed=1, workflows=15)


def test_the_command_of_a_failure_repeats_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Store, "listed", FaultyStore.hide_newest)
    with pytest.raises(AssertionError) as found:
        workflows.run(seed=1, workflows=15)
    command = str(found.value).rpartition("\n  repeat: ")[2]
    assert command.startswith(f"{options.PYTHON} -m contract_tests.fake.workflows ")
    monkeypatch.setattr(sys, "argv", command.split()[2:])
    with pytest.raises(AssertionError) as again:
        workflows.main()
    assert str(again.value) == str(found.value)
