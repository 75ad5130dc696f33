"""When a token is renewed, decided without I/O; and what holds however threads, tasks and processes interleave."""

from __future__ import annotations

import logging
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from trustoo import ConfigurationError, HTTPStatusError, NetworkError, RejectedError, TrustooError, UnauthenticatedError
from trustoo.errors import APIError
from trustoo.oauth import AuthorizationLostError, MemoryStore, RefreshPolicy, StoreError, Token
from trustoo.oauth.effects import Call, CallBlocking, Effects, RunLocked, Runner, RunOnce
from trustoo.oauth.refresh import RefreshUrgency, TokenCache, is_refusal

from tests.oauth.conftest import NOW, SHOP, Clock, token
from tests.support import steady

CONTEXT: dict[str, Any] = {"operation": "oauth.token", "status": 200, "request_id": None, "excerpt": ""}
REFUSED = UnauthenticatedError(code=16, message="", **CONTEXT)
BROKEN = NetworkError("broken", maybe_sent=True)


class Shop:
    """A renewal whose service is a list of responses."""

    def __init__(
        self, first: Token | None, *responses: Token | TrustooError, policy: RefreshPolicy | None = None
    ) -> None:
        self.clock, self.store, self.requested = Clock(), MemoryStore(), 0
        self.responses = list(responses)
        self.policy = policy or RefreshPolicy()
        if first is not None:
            self.store.save(SHOP, first)
        self.token_cache = self.process()
        self.runner = Runner(lambda _: None)  # type: ignore[arg-type, return-value]

    def process(self) -> TokenCache:
        return TokenCache(SHOP, self.store, self._renew, self.clock, self.policy)

    def _renew(self, previous: Token) -> Effects[Token]:
        def ask() -> Token:
            self.requested += 1
            response = self.responses.pop(0)
            if isinstance(response, TrustooError):
                raise response
            return response

        found: Token = yield CallBlocking(ask)
        return found

    def token(self, rejected: str | None = None, of: TokenCache | None = None) -> str:
        return self.runner.run((of or self.token_cache).access_token(rejected)).removeprefix("EXAMPLE-access-")

    def at(self, left: float) -> Shop:
        """So many seconds before the end of a token that lives two hours from NOW."""
        self.clock.now = NOW + 7200 - left
        return self


def next_token(name: str = "2", at: float = NOW + 7200) -> Token:
    return token(name, now=at)


@pytest.mark.parametrize(
    ("left", "need"),
    [
        (7200, RefreshUrgency.NONE),
        (300.5, RefreshUrgency.NONE),
        (300, RefreshUrgency.ADVISORY),
        (60.5, RefreshUrgency.ADVISORY),
        (60, RefreshUrgency.MANDATORY),
        (0, RefreshUrgency.MANDATORY),
        (-1, RefreshUrgency.MANDATORY),
    ],
)
def test_the_windows_of_a_long_lived_token(left: float, need: RefreshUrgency) -> None:
    shop = Shop(token())
    shop.token()
    assert shop.at(left).token_cache.need() is need


def test_windows_shrink_with_the_life_of_the_token() -> None:
    assert RefreshPolicy().of(token(lives=7200)) == (300, 60)
    assert RefreshPolicy().of(token(lives=100)) == (50, 25)
    assert RefreshPolicy().of(Token("EXAMPLE-a", expires_at=NOW)) == (300, 60)
    assert RefreshPolicy(0, 0).of(token()) == (0, 0)


@pytest.mark.parametrize(
    "given", [{"advisory": -1}, {"backoff": float("nan")}, {"mandatory": 400}, {"advisory": "x"}], ids=str
)
def test_invalid_refresh_policies_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        RefreshPolicy(**given)


@pytest.mark.parametrize("left", [300, 60, 0, -1000])
def test_a_token_near_its_end_is_renewed_and_saved(left: float) -> None:
    shop = Shop(token(), next_token()).at(left)
    assert [shop.token(), shop.token()] == ["2", "2"]
    assert shop.requested == 1
    assert shop.store.load(SHOP) == next_token()


@pytest.mark.parametrize("first", [token(lives=None), token(refresh=None)], ids=["no expiry", "no refresh token"])
def test_a_token_without_expiry_or_refresh_token_is_used_as_it_is(first: Token) -> None:
    assert Shop(first).at(-1000).token() == "1"


def test_a_rejected_token_is_renewed_once_whatever_its_expiry() -> None:
    shop = Shop(token(lives=None), token("2", lives=None))
    assert shop.token("EXAMPLE-access-1") == "2"
    assert shop.token("EXAMPLE-access-1") == "2"
    assert shop.requested == 1


def test_a_renewal_that_did_not_help_is_not_repeated_at_once() -> None:
    """The service may respond to a missing scope as to an expired token: each call must not cost a renewal."""
    shop = Shop(token(), next_token("2"), next_token("3"))
    assert shop.token("EXAMPLE-access-1") == "2"
    assert shop.token("EXAMPLE-access-2") == "2"
    shop.clock.now += 31
    assert shop.token("EXAMPLE-access-2") == "3"


def test_a_rejected_token_that_cannot_be_renewed_stays_unless_the_store_has_another() -> None:
    shop = Shop(token(refresh=None))
    assert shop.token("EXAMPLE-access-1") == "1"
    shop.store.save(SHOP, token("2", refresh=None))
    assert shop.token("EXAMPLE-access-1") == "2"


@pytest.mark.parametrize("error", [BROKEN, REFUSED, HTTPStatusError("", **{**CONTEXT, "status": 503})], ids=repr)
def test_a_failed_advisory_renewal_keeps_the_old_token_and_is_not_repeated_during_the_backoff(
    error: TrustooError, caplog: pytest.LogCaptureFixture
) -> None:
    shop = Shop(token(), error, next_token()).at(200)
    with caplog.at_level(logging.WARNING, "trustoo"):
        assert [shop.token(), shop.token()] == ["1", "1"]
    assert shop.requested == 1
    assert "was not refreshed" in caplog.text
    assert "EXAMPLE" not in caplog.text
    shop.clock.now += 31
    assert shop.token() == "2"


def test_in_the_mandatory_window_a_fault_keeps_the_token_until_it_expires_and_then_is_raised() -> None:
    shop = Shop(token(), BROKEN, BROKEN, BROKEN).at(20)
    assert [shop.token(), shop.token()] == ["1", "1"]
    assert shop.requested == 1
    for left in (0, -1):
        with pytest.raises(NetworkError):
            shop.at(left).token()
    assert shop.requested == 3


def test_a_fault_after_a_rejection_is_raised() -> None:
    with pytest.raises(NetworkError):
        Shop(token(), BROKEN).token("EXAMPLE-access-1")


@pytest.mark.parametrize("left", [60, 0])
def test_a_refused_refresh_token_raises_authorization_lost_and_is_not_sent_again(left: float) -> None:
    shop = Shop(token(), REFUSED).at(left)
    for _ in range(3):
        with pytest.raises(AuthorizationLostError, match="authorise again") as caught:
            shop.token()
        assert caught.value.shop == SHOP
        assert caught.value.__cause__ is REFUSED
        assert "EXAMPLE" not in str(caught.value)
    assert shop.requested == 1
    shop.store.save(SHOP, next_token("9"))
    assert shop.token() == "9"


def test_a_possible_quota_is_not_a_refusal() -> None:
    shop = Shop(token(), RejectedError(code=8, message="", **CONTEXT), next_token()).at(0)
    with pytest.raises(RejectedError):
        shop.token()
    assert shop.token() == "2"


@pytest.mark.parametrize(
    ("code", "status", "refusal"),
    [
        (16, 200, True),
        (3, 200, True),
        (5, 400, True),
        (77, 200, True),
        (13, 200, False),
        (4, 200, False),
        (14, 200, False),
        (8, 200, False),
        (1, 200, False),
        (16, 429, False),
        (16, 503, False),
        (None, 400, True),
        (None, 401, True),
        (None, 403, True),
        (None, 404, False),
        (None, 429, False),
        (None, 500, False),
    ],
)
def test_which_errors_refuse_the_grant_itself(code: int | None, status: int, refusal: bool) -> None:
    context = {**CONTEXT, "status": status}
    error = HTTPStatusError("", **context) if code is None else APIError.of_code(code)(code=code, message="", **context)
    assert is_refusal(error) is refusal
    assert not is_refusal(BROKEN)


def test_a_missing_token_raises_authorization_lost_and_is_looked_up_each_time() -> None:
    shop = Shop(None)
    with pytest.raises(AuthorizationLostError, match="no token"):
        shop.token()
    shop.store.save(SHOP, token())
    assert shop.token() == "1"


def test_a_token_renewed_by_another_process_is_used_and_not_renewed_again() -> None:
    shop = Shop(token(), next_token())
    other = shop.process()
    assert [shop.token(), shop.token(of=other)] == ["1", "1"]
    shop.at(100)
    assert [shop.token(), shop.token(of=other)] == ["2", "2"]
    assert shop.requested == 1


def test_a_deleted_token_is_noticed_when_the_service_rejects_it() -> None:
    shop = Shop(token())
    shop.token()
    shop.store.delete(SHOP)
    with pytest.raises(AuthorizationLostError, match="no token"):
        shop.token("EXAMPLE-access-1")


def test_a_token_that_cannot_be_saved_is_used_and_saved_later(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shop = Shop(token(), next_token()).at(100)

    def full(key: str, token: Token) -> None:
        raise StoreError("full")

    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR, "trustoo"):
        patched.setattr(shop.store, "save", full)
        assert [shop.token(), shop.token()] == ["2", "2"]
        shop.clock.now += 31
        assert shop.token() == "2"
    assert caplog.text.count("could not be saved") == 2
    assert shop.token("EXAMPLE-access-1") == "2"
    assert shop.store.load(SHOP) == token()
    shop.clock.now += 31
    assert shop.token() == "2"
    assert shop.store.load(SHOP) == next_token()
    assert shop.requested == 1


def test_a_lock_that_is_not_free_fails_no_call_while_the_token_is_valid() -> None:
    shop = Shop(token())
    shop.store._lock_timeout = 0.01
    with shop.store.lock(SHOP):
        assert shop.at(200).token() == "1"
        with pytest.raises(StoreError):
            shop.at(-1).token()


def test_a_renewal_shows_no_secret() -> None:
    shop = Shop(token())
    shop.token()
    assert "EXAMPLE" not in repr(shop.token_cache)
    assert "EXAMPLE" not in repr(Call(None, None))  # type: ignore[arg-type]


# --- any interleaving ---


@dataclass
class Caller:
    """A thread or task in the middle of asking for a token: a stack of generators, the innermost last."""

    process: int
    rejected: str | None
    stack: list[Any]
    given: Any = None
    raised: BaseException | None = None
    locks: int = 0
    waits_for: object = None
    flights: list[Any] = field(default_factory=list)


class Interleavings(RuleBasedStateMachine):
    """Callers of three processes run one effect at a time in any order, with one store and one service that accepts
    each refresh token once."""

    @initialize()
    def begin(self) -> None:
        self.clock, self.store = Clock(), MemoryStore()
        self.number, self.asking, self.used = 1, 0, set[str]()
        self.valid = "EXAMPLE-access-1"
        self.known_refresh = "EXAMPLE-refresh-1"
        self.locked_by: Caller | None = None
        self.flying: dict[int, Caller] = {}
        self.broken = self.revoked = False
        self.store.save(SHOP, token("1"))
        self.store.lock = lambda key: nullcontext()  # type: ignore[method-assign,assignment,return-value]  # one thread plays them all
        self.renewals = [TokenCache(SHOP, self.store, self.ask, self.clock, RefreshPolicy()) for _ in range(3)]
        self.callers: list[Caller] = []

    def ask(self, previous: Token) -> Effects[Token]:
        found: Token = yield Call(previous, None)  # type: ignore[arg-type]
        return found

    def serve_renewal(self, previous: Token) -> Token:
        if self.broken:
            raise BROKEN
        assert previous.refresh_token is not None
        assert previous.refresh_token not in self.used, "a refresh token was used twice"
        if self.revoked:
            raise REFUSED
        self.used.add(previous.refresh_token)
        assert previous.refresh_token == self.known_refresh
        self.number += 1
        made = token(str(self.number), now=self.clock.now)
        self.valid, self.known_refresh = made.access_token, str(made.refresh_token)
        return made

    @rule(process=st.integers(0, 2), rejected=st.booleans())
    def call(self, process: int, rejected: bool) -> None:
        known = self.renewals[process]._token
        refused = known.access_token if rejected and known and known.access_token != self.valid else None
        self.callers.append(Caller(process, refused, [self.renewals[process].access_token(refused)]))

    @rule(seconds=st.sampled_from([1, 31, 3600, 6950, 7150, 7300]))
    def wait(self, seconds: int) -> None:
        self.clock.now += seconds

    @rule(broken=st.booleans())
    def network(self, broken: bool) -> None:
        self.broken = broken

    @rule()
    def merchant_authorises_again(self) -> None:
        if self.locked_by is not None:
            return  # it is saved under the lock
        self.number += 1
        self.revoked = False
        made = token(str(self.number), now=self.clock.now)
        self.valid, self.known_refresh = made.access_token, str(made.refresh_token)
        self.store.save(SHOP, made)

    @rule()
    def grant_is_revoked(self) -> None:
        self.revoked, self.valid = True, ""

    @rule(data=st.data())
    def advance(self, data: st.DataObject) -> None:
        ready = [caller for caller in self.callers if self.is_ready(caller)]
        assert ready or not self.callers, "everyone waits for someone: a deadlock"
        if ready:
            self.run_effect(data.draw(st.sampled_from(ready)))

    @rule()
    def advance_all_to_the_end(self) -> None:
        turns = 0
        while self.callers:
            ready = [caller for caller in self.callers if self.is_ready(caller)]
            assert ready, "everyone waits for someone: a deadlock"
            self.run_effect(ready[0])
            turns += 1
            assert turns < 5000, "it never ends"

    def is_ready(self, caller: Caller) -> bool:
        if caller.waits_for == "lock":
            return self.locked_by is None
        if isinstance(caller.waits_for, Caller):
            return self.flying.get(caller.process) is not caller.waits_for
        return True

    def run_effect(self, caller: Caller) -> None:
        if caller.waits_for == "lock":
            caller.waits_for, self.locked_by = None, caller
        caller.waits_for = None
        try:
            effects = caller.stack[-1]
            raised, caller.raised = caller.raised, None
            given, caller.given = caller.given, None
            effect = effects.throw(raised) if raised is not None else effects.send(given)
        except StopIteration as done:
            self.leave(caller, done.value, None)
            return
        except TrustooError as error:
            self.leave(caller, None, error)
            return
        try:
            if isinstance(effect, CallBlocking):
                caller.given = effect.function()
            elif isinstance(effect, Call):
                assert self.locked_by is caller, "the service is asked without the lock"
                caller.given = self.serve_renewal(effect.request)  # type: ignore[arg-type]
            elif isinstance(effect, RunLocked):
                caller.stack.append(effect.effects)
                caller.locks = len(caller.stack)
                if self.locked_by is None:
                    self.locked_by = caller
                else:
                    caller.waits_for = "lock"
            elif isinstance(effect, RunOnce):
                other = self.flying.get(caller.process)
                if other is None:
                    self.flying[caller.process] = caller
                    caller.stack.append(effect.effects)
                elif effect.wait:
                    caller.waits_for, caller.given = other, False
                else:
                    caller.given = False
        except TrustooError as error:
            caller.raised = error

    def leave(self, caller: Caller, result: Any, error: TrustooError | None) -> None:
        depth = len(caller.stack)
        caller.stack.pop()
        if not caller.stack:
            self.callers.remove(caller)
            self.check_outcome(caller, result, error)
            return
        if caller.locks == depth:
            self.locked_by, caller.locks = None, 0
            caller.given = result
        else:
            del self.flying[caller.process]
            for other in self.callers:
                if other.waits_for is caller and error is not None:
                    other.raised = error
            caller.given = True
        caller.raised = error

    def check_outcome(self, caller: Caller, result: str | None, error: TrustooError | None) -> None:
        if error is None:
            assert isinstance(result, str)
            assert result.startswith("EXAMPLE-access-")
        else:
            assert isinstance(error, AuthorizationLostError | NetworkError), error

    @invariant()
    def nothing_is_lost(self) -> None:
        if self.locked_by is None and not self.revoked:
            stored = self.store.load(SHOP)
            assert stored is not None
            assert stored.refresh_token == self.known_refresh, "the only copy of a refresh token was lost"

    def teardown(self) -> None:
        self.advance_all_to_the_end()
        assert self.locked_by is None
        assert not self.flying
        if not self.revoked:
            self.broken = False
            self.clock.now += 8000
            for token_cache in self.renewals:
                self.callers.append(Caller(self.renewals.index(token_cache), None, [token_cache.access_token()]))
                self.advance_all_to_the_end()
                assert token_cache._token is not None
                assert token_cache._token.access_token == self.valid


TestInterleavings = Interleavings.TestCase
TestInterleavings.settings = type(steady)(steady, max_examples=150, stateful_step_count=40)
