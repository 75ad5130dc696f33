"""When a token is refreshed, decided without I/O; and what holds however threads, tasks and processes interleave."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from trustoo import (
    ConfigurationError,
    HTTPStatusError,
    NetworkError,
    OutcomeUnknownError,
    RejectedError,
    ResponseDecodeError,
    TrustooError,
    UnauthenticatedError,
)
from trustoo._sansio import Handlers, Sleep, run
from trustoo.errors import APIError
from trustoo.oauth import (
    AuthorizationLostError,
    ClientRefusedError,
    MemoryStore,
    RefreshEvent,
    RefreshPolicy,
    StoreConflictError,
    StoreError,
    Token,
    TokenRefreshError,
)
from trustoo.oauth import refresh as refresh_module
from trustoo.oauth.effects import Call, Effects, StoreCall, holding
from trustoo.oauth.refresh import RefreshUrgency, Refusal, TokenCache, lease_seconds, refusal_of
from trustoo.retry import NO_RETRIES, RetryPolicy

from contract_tests.support.clock import set_clock_at_each_reading
from tests.oauth.conftest import NOW, SHOP, Clock, keep, kept, token
from tests.support import steady

CONTEXT: dict[str, Any] = {"operation": "oauth.token", "status": 200, "request_id": None, "excerpt": ""}
REFUSED = UnauthenticatedError(code=16, message="", **CONTEXT)
BROKEN = NetworkError("broken", maybe_sent=True)
PAGE = HTTPStatusError("oauth.token: HTTP 403: an HTML page", **{**CONTEXT, "status": 403})
CLIENT_REFUSED = ClientRefusedError("wrong client_secret")
ELAPSED = Clock(0)
Response = Token | TrustooError | Callable[[], Token]


@pytest.fixture(autouse=True)
def elapsed(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time that leases and pauses are measured by. It stands still but for the pauses of effects."""
    monkeypatch.setattr(refresh_module, "monotonic", ELAPSED)
    return ELAPSED


class Shop:
    """A token cache whose service is a list of responses."""

    def __init__(self, first: Token | None, *responses: Response, policy: RefreshPolicy | None = None) -> None:
        self.clock, self.store, self.requested = Clock(), MemoryStore(), 0
        self.elapsed = ELAPSED
        self.on_sleep: Callable[[], object] = lambda: None
        self.responses, self.policy = list(responses), policy or RefreshPolicy()
        self.events: list[RefreshEvent] = []
        if first is not None:
            keep(self.store, first)
        self.token_cache = self.process()

    def process(self) -> TokenCache:
        return TokenCache(SHOP, self._request, self.clock, self.policy, 100, self.events.append)

    def _request(self, previous: Token) -> Effects[Token]:
        found: Token = yield Call(previous, None)  # type: ignore[arg-type]
        return found

    def _respond(self, _: Call) -> Token:
        self.requested += 1
        response = self.responses.pop(0)
        if isinstance(response, TrustooError):
            raise response
        return response if isinstance(response, Token) else response()

    def _sleep(self, effect: Sleep) -> None:
        self.elapsed.now += effect.seconds
        self.on_sleep()

    def token(self, rejected: str | None = None, of: TokenCache | None = None) -> str | None:
        """The access token's name, as a caller of this process gets it; None if another process has the lease."""
        cache = of or self.token_cache
        handlers: Handlers = {StoreCall: lambda effect: effect.of(self.store), Call: self._respond, Sleep: self._sleep}
        found = cache.usable(rejected) or run(cache.refresh(rejected), handlers)
        return found and found.removeprefix("EXAMPLE-access-")

    def at(self, left: float) -> Shop:
        self.clock.now = NOW + 7200 - left
        return self


def repeat(function: Callable[[], object]) -> None:
    while True:
        function()


def next_token(name: str = "2", at: float = NOW + 7200) -> Token:
    return token(name, now=at)


# --- when ---


@pytest.mark.parametrize(
    ("left", "urgency"),
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
def test_the_windows_of_a_long_lived_token(left: float, urgency: RefreshUrgency) -> None:
    shop = Shop(token())
    shop.token()
    assert shop.at(left).token_cache.urgency() is urgency


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


def test_a_lease_lasts_longer_than_the_longest_request() -> None:
    assert lease_seconds(2, NO_RETRIES) == 2 + 10
    assert lease_seconds(2, RetryPolicy(attempts=2, cap=1, retry_after_cap=3)) == 2 + 3 + 2 + 10
    for attempts in (1, 2, 3, 4, 9):
        often = RetryPolicy(attempts=attempts, cap=1, retry_after_cap=3, budget=600)
        assert lease_seconds(2, often) == attempts * 2 + (attempts - 1) * 3 + 10
    assert lease_seconds(30, RetryPolicy()) == 60 + 30 + 10  # no attempt starts after the budget of 60 s


@pytest.mark.parametrize("left", [300, 60, 0, -1000])
def test_a_token_near_its_end_is_refreshed_and_saved(left: float) -> None:
    shop = Shop(token(), next_token()).at(left)
    assert [shop.token(), shop.token()] == ["2", "2"]
    assert shop.requested == 1
    assert kept(shop.store) == next_token()


def test_a_valid_token_is_returned_without_a_look_at_the_store() -> None:
    shop = Shop(token())
    assert shop.token() == "1"
    shop.store.delete(SHOP)
    assert shop.token_cache.usable() == "EXAMPLE-access-1"


@pytest.mark.parametrize("first", [token(lives=None), token(refresh=None)], ids=["no expiry", "no refresh token"])
def test_a_token_without_expiry_or_refresh_token_is_used_as_it_is(first: Token) -> None:
    assert Shop(first).at(-1000).token() == "1"


def test_a_rejected_token_is_refreshed_once_whatever_its_expiry() -> None:
    shop = Shop(token(lives=None), token("2", lives=None))
    assert shop.token("EXAMPLE-access-1") == "2"
    assert shop.token("EXAMPLE-access-1") == "2"
    assert shop.requested == 1


def test_a_refresh_that_did_not_help_is_not_repeated_at_once() -> None:
    """The service may respond to a missing scope as to an expired token: each call must not cost a refresh."""
    shop = Shop(token(), next_token("2"), next_token("3"))
    assert shop.token("EXAMPLE-access-1") == "2"
    assert shop.token("EXAMPLE-access-2") == "2"
    shop.clock.now += 31
    assert shop.token("EXAMPLE-access-2") == "3"


def test_a_rejected_token_that_cannot_be_refreshed_stays_unless_the_store_has_another() -> None:
    shop = Shop(token(refresh=None))
    assert shop.token("EXAMPLE-access-1") == "1"
    keep(shop.store, token("2", refresh=None))
    assert shop.token("EXAMPLE-access-1") == "2"


# --- when it fails ---


@pytest.mark.parametrize("error", [BROKEN, REFUSED, PAGE, CLIENT_REFUSED], ids=repr)
def test_a_failed_advisory_refresh_keeps_the_old_token_and_is_not_repeated_during_the_backoff(
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


def test_a_fault_in_the_mandatory_window_keeps_the_token_until_it_expires() -> None:
    shop = Shop(token(), BROKEN, BROKEN).at(20)
    assert [shop.token(), shop.token()] == ["1", "1"]
    assert shop.requested == 1
    with pytest.raises(TokenRefreshError):
        shop.at(0).token()
    assert shop.requested == 2


@pytest.mark.parametrize("error", [BROKEN, PAGE, RejectedError(code=8, message="", **CONTEXT)], ids=repr)
def test_a_passing_fault_fails_calls_for_a_short_time_only(error: TrustooError) -> None:
    shop = Shop(token(), *[error] * 3, next_token()).at(0)
    for number, quiet in enumerate([1, 2, 4], 1):
        for _ in range(3):
            with pytest.raises(TokenRefreshError) as caught:
                shop.token()
            assert caught.value.__cause__ is error
            assert caught.value.shop == SHOP
        assert shop.requested == number
        shop.clock.now += quiet
    assert shop.token() == "2"


def test_the_time_between_attempts_grows_and_has_a_limit() -> None:
    policy = RefreshPolicy(backoff=30)
    assert [policy.quiet(n, True, False) for n in (1, 5, 6, 999)] == [1, 16, 30, 30]
    assert [policy.quiet(n, True, True) for n in (1, 2, 7, 8, 999)] == [30, 60, 1920, 3600, 3600]
    assert [policy.quiet(n, False, True) for n in (1, 2, 999)] == [30, 30, 30]


def test_a_fault_after_a_rejection_is_raised_and_the_lost_response_is_not_an_unknown_outcome() -> None:
    lost = OutcomeUnknownError.of("oauth.token", BROKEN)
    lost.__cause__ = BROKEN
    with pytest.raises(
        TokenRefreshError, match=r"not sent: the token of .* could not be refreshed \(broken\)"
    ) as caught:
        Shop(token(), lost).token("EXAMPLE-access-1")
    assert caught.value.__cause__ is lost


@pytest.mark.parametrize("left", [60, 0])
def test_a_refused_token_is_lost_and_is_tried_again_after_a_growing_time(left: float) -> None:
    shop = Shop(token(), REFUSED, REFUSED, next_token()).at(left)
    for number, quiet in ((1, 30), (2, 60)):
        for _ in range(3):
            with pytest.raises(AuthorizationLostError, match="authorise again") as caught:
                shop.token()
            assert caught.value.shop == SHOP
            assert caught.value.__cause__ is REFUSED
            assert "EXAMPLE" not in str(caught.value)
        assert shop.requested == number
        shop.clock.now += quiet
    assert shop.token() == "2"


def test_a_lost_token_is_replaced_as_soon_as_the_store_has_another() -> None:
    shop = Shop(token(), REFUSED).at(0)
    with pytest.raises(AuthorizationLostError):
        shop.token()
    keep(shop.store, next_token("9"))
    assert shop.token() == "9"


def test_a_refused_client_is_an_error_of_its_own_until_the_token_expires_nobody_notices() -> None:
    shop = Shop(token(), *[CLIENT_REFUSED] * 3).at(30)
    assert shop.token() == "1"
    shop.at(0)
    for _ in range(3):
        with pytest.raises(ClientRefusedError, match="client_secret"):
            shop.token()
    assert shop.requested == 2


def response(code: int | None, status: int = 200, message: str = "", body: object = None) -> TrustooError:
    context = {**CONTEXT, "status": status, "content": b"" if body is None else json.dumps(body).encode()}
    if code is None:
        return HTTPStatusError("", **context)
    return APIError.of_code(code)(code=code, message=message, **context)


UNCLEAR = ResponseDecodeError("", **{**CONTEXT, "content": b'{"error": "invalid_grant"}'})


@pytest.mark.parametrize(
    ("error", "refusal"),
    [
        *((response(code), Refusal.TOKEN) for code in (3, 5, 7, 16)),
        *((response(code, 400), Refusal.TOKEN) for code in (3, 5, 7, 16)),
        *((response(code), None) for code in (1, 4, 6, 8, 13, 14, 77)),
        *((response(16, status), None) for status in (429, 500, 503)),
        *((response(None, status), None) for status in (400, 401, 403, 404, 429, 500)),
        (response(None, 400, body={"error": "invalid_grant"}), Refusal.TOKEN),
        (response(None, 401, body={"error": "invalid_client"}), Refusal.CLIENT),
        (response(None, 400, body={"error": "unauthorized_client"}), Refusal.CLIENT),
        (response(None, 400, body={"error": "invalid_request"}), None),
        (response(None, 400, body={"error": {}}), None),
        (response(None, 400, body=["error"]), None),
        (response(None, 503, body={"error": "invalid_grant"}), None),
        (response(77, body={"error": "invalid_grant"}), Refusal.TOKEN),
        (response(16, message="Client_id or client_secret is wrong"), Refusal.CLIENT),
        (response(16, message="the refresh token is not one of this client"), Refusal.TOKEN),
        (OutcomeUnknownError.of("oauth.token", UNCLEAR), Refusal.TOKEN),
        (OutcomeUnknownError.of("oauth.token", BROKEN), None),
        (BROKEN, None),
    ],
)
def test_a_refusal_needs_a_statement_of_the_service(error: TrustooError, refusal: Refusal | None) -> None:
    assert refusal_of(error) is refusal


@pytest.mark.parametrize("code", [*range(1, 18), 77])
def test_a_refusal_of_each_code_and_status_can_be_told_from_a_fault_that_passes(code: int) -> None:
    stated = {"error": "invalid_grant"}  # as RFC 6749 says it, whatever the code is
    for status in (200, 302, 400, 401, 403, 404, 422):
        assert refusal_of(response(code, status)) is (Refusal.TOKEN if code in (3, 5, 7, 16) else None), status
        assert refusal_of(response(code, status, body=stated)) is Refusal.TOKEN, status
    for status in (429, 500, 502, 503, 504):
        assert refusal_of(response(code, status)) is None, status
        assert refusal_of(response(code, status, body=stated)) is None, status


def test_a_missing_token_raises_authorization_lost_and_is_looked_up_each_time() -> None:
    shop = Shop(None)
    with pytest.raises(AuthorizationLostError, match="no token"):
        shop.token()
    keep(shop.store, token())
    assert shop.token() == "1"


def test_a_deleted_token_is_noticed_when_the_service_rejects_it() -> None:
    shop = Shop(token())
    shop.token()
    shop.store.delete(SHOP)
    with pytest.raises(AuthorizationLostError, match="no token"):
        shop.token("EXAMPLE-access-1")


def test_the_hook_hears_of_each_request_for_a_token() -> None:
    shop = Shop(token(), BROKEN, REFUSED, next_token()).at(0)
    for wait in (1, 30):
        with pytest.raises(TrustooError):
            shop.token()
        shop.clock.now += wait
    shop.token()
    assert [(event.shop, event.error) for event in shop.events] == [
        (SHOP, "TokenRefreshError"),
        (SHOP, "AuthorizationLostError"),
        (SHOP, None),
    ]
    assert all(event.seconds >= 0 for event in shop.events)


# --- other processes ---


def test_a_token_refreshed_by_another_process_is_used_and_not_refreshed_again() -> None:
    shop = Shop(token(), next_token())
    other = shop.process()
    assert [shop.token(), shop.token(of=other)] == ["1", "1"]
    shop.at(100)
    assert [shop.token(), shop.token(of=other)] == ["2", "2"]
    assert shop.requested == 1


def test_while_another_process_has_the_lease_a_living_token_is_used_and_others_wait() -> None:
    shop = Shop(token(), next_token())
    assert shop.store.lease(SHOP, "other", 100)
    assert shop.at(200).token() == "1"
    assert shop.at(60).token() is None
    assert shop.at(-1).token() is None
    assert shop.requested == 0
    shop.store.release(SHOP, "other")
    assert shop.token() == "2"


def test_waiting_for_a_lease_ends_with_a_store_error(monkeypatch: pytest.MonkeyPatch) -> None:
    cache, clock = Shop(token()).token_cache, Clock(0)
    monkeypatch.setattr(refresh_module, "monotonic", clock)
    waited, pauses = [], cache.pauses()

    def wait() -> None:
        waited.append(next(pauses))
        clock.now += waited[-1]

    with pytest.raises(StoreError, match="100 s"):
        repeat(wait)
    assert waited[0] < 0.05
    assert max(waited) == 0.5
    assert 99 < sum(waited) < 101


def test_waiting_for_a_lease_goes_on_although_the_clock_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock_at_each_reading(monkeypatch)
    assert [*islice(Shop(token()).token_cache.pauses(), 3)] == [0.02, 0.04, 0.08]


def test_a_refusal_is_no_loss_if_the_store_has_a_new_token_meanwhile() -> None:
    """A process that was stopped until its lease ran out sends a refresh token that another process has used."""
    shop = Shop(token()).at(0)

    def respond() -> Token:
        keep(shop.store, next_token("9"))
        raise REFUSED

    shop.responses.append(respond)
    assert shop.token() == "9"
    assert kept(shop.store) == next_token("9")


def test_a_save_after_the_lease_ran_out_does_not_replace_a_newer_authorisation() -> None:
    shop = Shop(token()).at(0)

    def respond() -> Token:
        keep(shop.store, next_token("9"))
        return next_token("2")

    shop.responses.append(respond)
    assert shop.token() == "9"
    assert kept(shop.store) == next_token("9")


def test_a_save_after_the_token_was_deleted_does_not_bring_it_back() -> None:
    shop = Shop(token()).at(0)

    def respond() -> Token:
        shop.store.delete(SHOP)
        return next_token("2")

    shop.responses.append(respond)
    with pytest.raises(AuthorizationLostError, match="no token"):
        shop.token()
    assert kept(shop.store) is None


def test_an_authorisation_that_ends_during_a_refresh_is_used_at_once() -> None:
    shop = Shop(token(), next_token()).at(0)
    save = shop.store.save

    def saved_then_replaced(key: str, text: str, **more: Any) -> str:
        version = save(key, text, **more)
        newest = next_token("9")
        shop.token_cache.note((newest, save(key, newest.to_json(), replaces=version)))  # as another thread does
        return version

    shop.store.save = saved_then_replaced  # type: ignore[method-assign]
    assert [shop.token(), shop.token()] == ["9", "9"]


def test_a_refresh_whose_event_loop_was_closed_ends_without_another_effect() -> None:
    shop = Shop(token()).at(0)
    effects = holding(SHOP, "owner", shop.token_cache._refresh("owner", None))
    assert next(effects) == StoreCall("lease", (SHOP, "owner", 100), {})
    effects.close()


def test_a_new_version_of_the_same_token_does_not_lose_its_successor() -> None:
    """A store that is copied, or encrypted with another key, changes versions."""
    shop = Shop(token()).at(0)

    def respond() -> Token:
        keep(shop.store, token())
        return next_token("2")

    shop.responses.append(respond)
    assert shop.token() == "2"
    assert kept(shop.store) == next_token("2")


def test_a_process_that_was_stopped_takes_the_lease_again_before_it_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    shop, clock = Shop(token(), next_token()).at(0), Clock(0)
    monkeypatch.setattr(refresh_module, "monotonic", clock)
    calls: list[str] = []

    class Stopped(MemoryStore):
        def load(self, key: str) -> Any:
            calls.append("load")
            if calls.count("load") == 2:
                clock.now += 50  # the process is stopped here, and half of the lease runs out
            return super().load(key)

        def lease(self, key: str, owner: str, seconds: float) -> bool:
            calls.append("lease")
            return super().lease(key, owner, seconds)

    store = Stopped()
    keep(store, token())
    shop.store = store
    assert shop.token() == "2"
    assert calls == ["load", "lease", "load", "lease", "load"]
    shop.responses.append(next_token("3"))
    calls.clear()
    keep(store, token())
    leases = iter([True, False])
    monkeypatch.setattr(store, "lease", lambda *_: next(leases))
    assert shop.token("EXAMPLE-access-2") is None  # another process took the lease meanwhile
    assert shop.responses


# --- a store that does not work ---


class Broken(MemoryStore):
    """A store some of whose methods raise an error."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error, self.broken = error, set[str]()

    def __getattribute__(self, name: str) -> Any:
        if name in ("load", "save", "lease", "release") and name in object.__getattribute__(self, "broken"):
            raise object.__getattribute__(self, "error")
        return object.__getattribute__(self, name)


def with_store(shop: Shop, store: MemoryStore) -> Shop:
    keep(store, token())
    shop.store = store
    shop.token()
    return shop


@pytest.mark.parametrize("error", [StoreError("away"), OSError("connection reset")], ids=repr)
@pytest.mark.parametrize("method", ["load", "lease"])
def test_a_store_that_does_not_work_fails_no_call_while_the_token_lives(
    method: str, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    store = Broken(error)
    shop = with_store(Shop(None, next_token()), store).at(200)
    store.broken.add(method)
    with caplog.at_level(logging.WARNING, "trustoo"):
        assert [shop.token(), shop.token()] == ["1", "1"]
    assert caplog.text.count("was not refreshed (StoreError)") == 1
    shop.at(-1)
    with pytest.raises(StoreError) as caught:
        shop.token()
    assert caught.value.__cause__ is (None if isinstance(error, StoreError) else error)
    assert shop.requested == 0
    store.broken.clear()
    shop.clock.now += 1
    assert shop.token() == "2"


def test_a_lease_that_cannot_be_released_fails_no_call() -> None:
    store = Broken(OSError("connection reset"))
    shop = with_store(Shop(None, next_token()), store).at(-1)
    store.broken.add("release")
    assert shop.token() == "2"


def test_a_token_that_cannot_be_saved_is_used_and_saved_later(caplog: pytest.LogCaptureFixture) -> None:
    store = Broken(OSError("disk full"))
    shop = with_store(Shop(None, next_token()), store).at(100)
    store.broken.add("save")
    with caplog.at_level(logging.ERROR, "trustoo"):
        assert [shop.token(), shop.token()] == ["2", "2"]
        shop.clock.now += 31
        assert shop.token() == "2"
    assert caplog.text.count("could not be saved") == 2
    assert kept(store) == token()
    store.broken.clear()
    shop.clock.now += 31
    assert shop.token() == "2"
    assert kept(store) == next_token()
    assert shop.requested == 1


def test_a_save_that_fails_is_repeated_under_the_lease_that_others_wait_for() -> None:
    store = Broken(OSError("the server is being restarted"))
    shop = with_store(Shop(None, next_token()), store).at(0)
    store.broken.add("save")
    began, waiting = ELAPSED.now, shop.process()

    def other_process() -> None:
        assert shop.token(of=waiting) is None
        if ELAPSED.now - began > 60:
            store.broken.clear()

    shop.on_sleep = other_process
    assert shop.token() == "2"
    assert kept(store) == next_token()
    assert shop.token(of=waiting) == "2"
    assert shop.requested == 1


def test_a_save_is_not_repeated_after_the_lease() -> None:
    store = Broken(OSError("disk full"))
    shop = with_store(Shop(None, next_token()), store).at(0)
    store.broken.add("save")
    began = ELAPSED.now
    assert shop.token() == "2"
    assert 90 < ELAPSED.now - began < 95.1


def test_a_token_that_was_never_saved_is_refreshed_and_its_successor_is_saved() -> None:
    """The store then still has the token before the one that was refreshed."""
    store = Broken(OSError("disk full"))
    shop = with_store(Shop(None, next_token(), token("3", now=NOW + 20_000)), store).at(0)
    store.broken.add("save")
    assert shop.token() == "2"
    shop.clock.now = NOW + 20_000
    assert shop.token() == "3"
    shop.clock.now += 31
    store.broken.clear()
    assert shop.token() == "3"
    assert kept(store) == token("3", now=NOW + 20_000)


def test_a_token_whose_save_succeeded_although_it_raised_is_recognised() -> None:
    shop = Shop(token(), next_token()).at(0)
    save = shop.store.save

    def lost_reply(key: str, text: str, **more: Any) -> str:
        save(key, text, **more)
        raise StoreConflictError("the client sent it again")

    shop.store.save = lost_reply  # type: ignore[method-assign]
    assert shop.token() == "2"
    assert kept(shop.store) == next_token()


def test_a_damaged_text_is_a_store_error_that_names_the_shop_and_not_the_text() -> None:
    shop = Shop(None)
    shop.store.save(SHOP, '{"access_token": 7, "x": "EXAMPLE-secret"}', replaces=None)
    with pytest.raises(StoreError, match=SHOP) as caught:
        shop.token()
    assert "EXAMPLE" not in str(caught.value)


def test_a_cache_and_its_effects_show_no_secret() -> None:
    shop = Shop(token())
    shop.token()
    assert "EXAMPLE" not in repr(shop.token_cache)
    assert "EXAMPLE" not in repr(Call(None, None))  # type: ignore[arg-type]
    assert "EXAMPLE" not in repr(StoreCall("save", (SHOP, token().to_json()), {"replaces": None}))


# --- any interleaving ---


class ClockedStore(MemoryStore):
    """A store whose leases run out by a clock of the test."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock, self.leases = clock, dict[str, tuple[str, float]]()

    def lease(self, key: str, owner: str, seconds: float) -> bool:
        holder, until = self.leases.get(key, (owner, 0.0))
        if holder != owner and self.clock.now < until:
            return False
        self.leases[key] = owner, self.clock.now + seconds
        return True

    def release(self, key: str, owner: str) -> None:
        if self.leases.get(key, ("", 0.0))[0] == owner:
            del self.leases[key]


class Interleavings(RuleBasedStateMachine):
    """Three processes run one effect at a time in any order, with one store and one service with rotation.

    Any process may be stopped for longer than its lease, but not between its last look at the lease and the request.
    """

    @initialize()
    def begin(self) -> None:
        self.clock = Clock()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(refresh_module, "monotonic", self.clock)
        self.store = ClockedStore(self.clock)
        self.number, self.alive = 0, dict[str, str]()  # the access token by refresh token
        self.used, self.broken, self.revoked, self.stopped = set[str](), False, False, False
        self.caches = [TokenCache(SHOP, self.ask, self.clock, RefreshPolicy(), 100) for _ in range(3)]
        self.running: dict[int, Any] = {}  # a refresh by process, and what it is sent next
        self.merchant_authorises()

    def issue(self) -> Token:
        self.number += 1
        made = token(str(self.number), now=self.clock.now)
        self.alive[str(made.refresh_token)] = made.access_token
        return made

    def ask(self, previous: Token) -> Effects[Token]:
        found: Token = yield Call(previous, None)  # type: ignore[arg-type]
        return found

    def respond(self, previous: Any) -> Token | TrustooError:
        if self.broken:
            return BROKEN
        if previous.refresh_token in self.used:
            assert self.stopped, "a refresh token was used twice, although no lease ran out"
        if self.alive.pop(previous.refresh_token, None) is None:
            return REFUSED
        self.used.add(previous.refresh_token)
        return self.issue()

    @rule(process=st.integers(0, 2), rejected=st.booleans())
    def call(self, process: int, rejected: bool) -> None:
        cache = self.caches[process]
        known = cache._known
        refused = known[0].access_token if rejected and known else None
        if refused in self.alive.values():
            refused = None
        if process not in self.running and cache.usable(refused) is None:
            self.running[process] = [cache.refresh(refused), None]

    @rule(seconds=st.sampled_from([1, 31, 3600, 6950, 7150, 7300]))
    def wait(self, seconds: int) -> None:
        self.clock.now += seconds
        self.stopped = self.stopped or bool(self.running)

    @rule(broken=st.booleans())
    def network(self, broken: bool) -> None:
        self.broken = broken

    @rule()
    def merchant_authorises(self) -> None:
        self.revoked = False
        keep(self.store, self.issue())

    @rule()
    def grant_is_revoked(self) -> None:
        self.revoked = True
        self.alive.clear()

    @rule(data=st.data())
    def advance(self, data: st.DataObject) -> None:
        if self.running:
            self.step(data.draw(st.sampled_from(sorted(self.running))))

    @rule()
    def advance_all_to_the_end(self) -> None:
        while self.running:
            self.step(min(self.running))

    def step(self, process: int) -> None:
        effects, given = self.running[process]
        try:
            effect = effects.throw(given) if isinstance(given, TrustooError) else effects.send(given)
        except (StopIteration, AuthorizationLostError, TokenRefreshError):
            del self.running[process]
            return
        if isinstance(effect, Call):
            self.running[process][1] = self.respond(effect.request)
            return
        if isinstance(effect, Sleep):
            self.clock.now += effect.seconds
            self.running[process][1] = None
            return
        try:
            self.running[process][1] = effect.of(self.store)
        except StoreConflictError as error:
            self.running[process][1] = error

    @invariant()
    def nothing_is_lost(self) -> None:
        if not self.running and not self.revoked and not self.stopped:
            stored = kept(self.store)
            assert stored is not None
            assert stored.refresh_token in self.alive, "the only copy of a refresh token was lost"

    def teardown(self) -> None:
        try:
            self.advance_all_to_the_end()
            self.broken = False
            self.clock.now += 8000
            for process, cache in enumerate(self.caches):
                if not self.revoked:
                    self.running[process] = [cache.refresh(), None]
                    self.advance_all_to_the_end()
                    assert cache.usable() in self.alive.values()
        finally:
            self.patch.undo()


TestInterleavings = Interleavings.TestCase
TestInterleavings.settings = type(steady)(steady, max_examples=80, stateful_step_count=40)
