"""A platform from the address to the shop's calls, with threads and with asyncio alike."""

from __future__ import annotations

import asyncio
import logging
import pickle
from contextlib import suppress
from itertools import combinations
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trustoo import (
    NO_RETRIES,
    ArgumentError,
    ConfigurationError,
    NotFoundError,
    OutcomeUnknownError,
    ResponseDecodeError,
    Trustoo,
    TrustooError,
    UnauthenticatedError,
)
from trustoo.oauth import (
    ANY,
    AsyncFileStore,
    AsyncMemoryStore,
    AsyncPlatform,
    AuthorizationDeniedError,
    AuthorizationLostError,
    Callback,
    ClientRefusedError,
    MemoryStore,
    Platform,
    RefreshEvent,
    RefreshPolicy,
    StateMismatchError,
    Stored,
    StoreError,
    Token,
    TokenRefreshError,
)
from trustoo.rate import LocalRateLimiter
from trustoo.testing import FakePlatform, FakeResponse, FakeTrustoo, Fault

from contract_tests.support.clock import set_clock_at_each_reading
from contract_tests.support.pictures import PNG
from tests.oauth.conftest import NOW, SHOP, Both, Clock, both, done, gathered, kept
from tests.support import steady

SECRET = "EXAMPLE-client-secret"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fake(clock: Clock) -> FakeTrustoo:
    fake = FakeTrustoo(clock=clock)
    fake.add_platform(redirect_uri="https://platform.example/callback")
    return fake


@pytest.fixture
def service(fake: FakeTrustoo) -> FakePlatform:
    assert fake.platform is not None
    return fake.platform


@pytest.fixture(params=["threads", "asyncio"])
def platform(request: pytest.FixtureRequest, fake: FakeTrustoo) -> Both:
    return both(fake, request.param == "asyncio")


def state_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["state"][0]


def begin(platform: Both, **more: Any) -> str:
    return state_of(platform.authorize_url(SHOP, **more))


def callback(state: str, **members: str) -> dict[str, str]:
    return {"state": state, "code": "EXAMPLE-code", **members}


# --- authorising ---


def test_an_authorisation_from_the_url_to_the_first_call(platform: Both, service: FakePlatform) -> None:
    url = platform.authorize_url(SHOP, scope=["read_reviews", "write_reviews"], bound_to="session 1")
    sent = dict(parse_qsl(urlsplit(url).query))
    assert (sent["client_id"], sent["redirect_uri"]) == ("EXAMPLE-client-id", "https://platform.example/callback")
    assert sent["scope"] == "read_reviews write_reviews"
    returned = platform.callback(service.return_url(sent["state"]), bound_to="session 1")
    assert returned.shop == SHOP
    token = platform.exchange(returned)
    assert token.expires_at == NOW + 7200
    assert platform.token(SHOP) == token
    assert platform.reviews().list
    assert platform.create() is not None
    assert service.counts == {"authorization_code": 1}


def test_a_code_can_be_exchanged_once(platform: Both, service: FakePlatform) -> None:
    code = service.code()
    platform.exchange(code, shop=SHOP)
    with pytest.raises(UnauthenticatedError) as caught:
        platform.exchange(code, shop=SHOP)
    assert code not in str(caught.value)


def test_a_bare_code_without_a_shop_is_not_saved(platform: Both, service: FakePlatform) -> None:
    assert isinstance(platform.exchange(service.code()), Token)
    assert platform.token(SHOP) is None
    for empty in ("", Callback("")):
        with pytest.raises(ArgumentError):
            platform.exchange(empty)


@pytest.mark.parametrize("form", ["url", "query", "mapping", "unencoded"])
def test_every_form_of_a_callback_can_be_read(platform: Both, form: str) -> None:
    state, code = begin(platform), "6y/ly4b0+EXAMPLE=="
    url = str(httpx.URL("https://platform.example/callback", params={"code": code, "state": state}))
    given: Any = {
        "url": url + "#_=_",
        "query": urlsplit(url).query,
        "mapping": {"code": code, "state": state, "other": "x"},
        "unencoded": f"/callback?state={state}&code={code}",
    }[form]
    assert platform.platform.callback(given) == Callback(code, SHOP)


def test_a_callback_may_have_a_hundred_parameters(platform: Both) -> None:
    state, read = begin(platform), platform.platform.callback
    more = "".join(f"&other{number}=x" for number in range(98))
    assert read(f"state={state}&code=EXAMPLE{more}").shop == SHOP
    with pytest.raises(StateMismatchError, match="cannot be read"):
        read(f"state={state}&code=EXAMPLE{more}&last=x")


def test_a_state_is_valid_for_ten_minutes_for_its_platform_and_session(platform: Both, clock: Clock) -> None:
    state, read = begin(platform, bound_to="1"), platform.platform.callback
    clock.now += 599
    assert read(callback(state), bound_to="1").shop == SHOP
    for other in ("", "2", "11"):
        with pytest.raises(StateMismatchError, match="session"):
            read(callback(state), bound_to=other)
    clock.now += 1
    with pytest.raises(StateMismatchError, match=r"too late: a state is valid for 10 minutes\.$"):
        read(callback(state), bound_to="1")


def test_states_differ_and_another_platform_refuses_them(platform: Both, fake: FakeTrustoo) -> None:
    state = begin(platform)
    assert state != begin(platform)
    for more in ({"client_id": "x"}, {"client_secret": "x"}, {"redirect_uri": "https://x.example"}):
        known: dict[str, Any] = {
            "client_id": "EXAMPLE-client-id",
            "client_secret": SECRET,
            "redirect_uri": "https://platform.example/callback",
        }
        with Platform(**{**known, **more}, clock=lambda: NOW) as other, pytest.raises(StateMismatchError):
            other.callback(callback(state))
    with Platform(**known, clock=lambda: NOW) as same:
        assert same.callback(callback(state)).shop == SHOP


@pytest.mark.parametrize(
    "given",
    [
        "",
        "?",
        "code=EXAMPLE",
        "code=EXAMPLE&state=",
        "code=EXAMPLE&state=x",
        "code=EXAMPLE&state=x.y",
        "state=a.b.c",
        "&" * 1000,
        "code=EXAMPLE&state=%ff.%00",
        {},
        {"state": "ü.ü"},
        "state=1.2&state=3.4",
        "code=x&" * 200,
    ],
    ids=lambda given: repr(given)[:30],
)
def test_callbacks_without_a_valid_state_are_refused(platform: Both, given: Any) -> None:
    with pytest.raises(StateMismatchError) as caught:
        platform.platform.callback(given)
    assert "EXAMPLE" not in str(caught.value)


@steady
@given(st.text(), st.integers(0, 200), st.text(min_size=1, max_size=1))
def test_a_changed_state_is_refused(text: str, place: int, put: str) -> None:
    fake = FakeTrustoo(clock=lambda: NOW)
    with fake.platform_client() as platform:
        state = state_of(platform.authorize_url(SHOP))
        changed = state[:place] + put + state[place + 1 :]
        for other in (text, changed, text + state, state[:-1]):
            if other == state:
                continue
            with pytest.raises(StateMismatchError):
                platform.callback(callback(other))


def test_a_callback_with_two_states_or_without_code_and_error_is_refused(platform: Both) -> None:
    state, read = begin(platform), platform.platform.callback
    for one in (f"state={state}&code=a&code=b", f"state={state}&state=x&code=a", f"state={state}"):
        with pytest.raises(StateMismatchError):
            read(one)


def test_a_denial_is_raised_after_its_state_was_verified(platform: Both) -> None:
    state, read = begin(platform), platform.platform.callback
    given = {"error": "access_denied", "error_description": f"no, {SECRET}"}
    with pytest.raises(AuthorizationDeniedError, match="access_denied") as caught:
        read({**given, "state": state})
    assert (caught.value.error, caught.value.description, caught.value.shop) == ("access_denied", "no, ***", SHOP)
    with pytest.raises(StateMismatchError):
        read({**given, "state": "x"})


@pytest.mark.parametrize("url", [None, "", "javascript:alert(1)", "/authorize", "https://a\nb"])
def test_an_unusable_authorize_url_is_refused(platform: Both, fake: FakeTrustoo, url: Any) -> None:
    fake.respond_once("oauth.authorize_url", FakeResponse.of_json({"code": 0, "data": {"authorize_url": url}}))
    with pytest.raises(ResponseDecodeError):
        platform.authorize_url(SHOP)


# --- tokens ---


@pytest.mark.parametrize(
    "response",
    [
        {"code": 0, "data": {"access_token": "EXAMPLE-a", "expires_in": "60", "new": 1}},
        {"code": 0, "access_token": "EXAMPLE-a", "expires_in": 60, "new": 1},
        {"access_token": "EXAMPLE-a", "expires_at": NOW + 60, "new": 1},
    ],
    ids=["in data", "beside code", "bare"],
)
def test_a_token_is_read_from_every_form_of_response(
    platform: Both, fake: FakeTrustoo, response: dict[str, Any]
) -> None:
    fake.respond_once("oauth.token", FakeResponse.of_json(response))
    token = platform.exchange("EXAMPLE-code")
    assert (token.access_token, token.expires_at) == ("EXAMPLE-a", NOW + 60)
    assert token.extra["new"] == 1


@pytest.mark.parametrize(
    "response",
    [
        {"code": 0},
        {"code": 0, "data": None},
        {"code": 0, "data": {"access_token": ""}},
        {"error": f"no {SECRET}"},
        {"code": 0, "data": {"access_token": "a\n", "refresh_token": "EXAMPLE-code"}},
    ],
    ids=str,
)
def test_a_response_without_a_token_is_a_decode_error(
    platform: Both, fake: FakeTrustoo, response: dict[str, Any]
) -> None:
    fake.respond_once("oauth.token", FakeResponse.of_json(response))
    with pytest.raises(ResponseDecodeError if "code" in response else OutcomeUnknownError) as caught:
        platform.exchange("EXAMPLE-code", shop=SHOP)
    error = caught.value
    decode_error = error.response if isinstance(error, OutcomeUnknownError) else error
    assert isinstance(decode_error, ResponseDecodeError)
    assert "EXAMPLE" not in f"{error} {decode_error.excerpt}"
    assert platform.token(SHOP) is None


def test_a_token_is_renewed_in_the_advisory_window_saved_and_used(
    platform: Both, service: FakePlatform, clock: Clock
) -> None:
    platform.exchange(service.code("read_reviews"), shop=SHOP)
    clock.now += 7000
    platform.reviews()
    platform.reviews()
    assert service.refreshes == 1
    token = platform.token(SHOP)
    assert (token.expires_at, token.scope) == (clock.now + 7200, "read_reviews")


def test_without_rotation_the_refresh_token_is_kept(platform: Both, service: FakePlatform, clock: Clock) -> None:
    service.rotation = False
    previous = platform.exchange(service.code(), shop=SHOP)
    for turn in (1, 2):
        clock.now += 7300
        platform.reviews()
        assert service.refreshes == turn
        assert platform.token(SHOP).refresh_token == previous.refresh_token


@pytest.mark.parametrize("call", ["reviews", "create"])
def test_a_rejected_token_is_renewed_and_the_call_is_repeated(
    platform: Both, fake: FakeTrustoo, service: FakePlatform, call: str
) -> None:
    token = platform.exchange(service.code(), shop=SHOP)
    service.revoke(token.access_token)
    getattr(platform, call)()
    first, token_cache, second = fake.received[-3:]
    assert (first.body, first.path, first.query) == (second.body, second.path, second.query)
    assert (token_cache.operation, service.refreshes) == ("oauth.token", 1)
    assert fake.processed[f"reviews.{'list' if call == 'reviews' else 'create'}"] == 1


def test_a_call_that_is_refused_twice_renews_once_and_names_the_scope(
    platform: Both, fake: FakeTrustoo, service: FakePlatform
) -> None:
    platform.exchange(service.code(), shop=SHOP)
    for _ in range(3):
        fake.fail(Fault.code(16), times=2 if not service.refreshes else 1, operation="reviews.list")
        with pytest.raises(UnauthenticatedError, match="read_reviews"):
            platform.reviews()
    assert service.refreshes == 1
    platform.create()


def test_a_revoked_authorisation_is_raised_and_not_requested_again(
    platform: Both, fake: FakeTrustoo, service: FakePlatform
) -> None:
    token = platform.exchange(service.code(), shop=SHOP)
    service.revoke(token.access_token)
    service.revoke(str(token.refresh_token))
    with pytest.raises(AuthorizationLostError, match=SHOP):
        platform.reviews()
    requested = len(fake.received)
    for _ in range(3):
        with pytest.raises(AuthorizationLostError):
            platform.create()
    assert len(fake.received) == requested
    platform.exchange(service.code(), shop=SHOP)
    platform.reviews()


def test_calls_succeed_when_a_renewal_in_the_advisory_window_fails(
    platform: Both, fake: FakeTrustoo, service: FakePlatform, clock: Clock
) -> None:
    platform.exchange(service.code(), shop=SHOP)
    clock.now += 7000
    fake.fail(Fault.status(503), operation="oauth.token")
    platform.reviews()
    platform.reviews()
    assert [one.operation for one in fake.received[-3:]] == ["oauth.token", "reviews.list", "reviews.list"]


def test_a_lost_response_of_a_refresh_is_told_as_a_call_that_was_not_sent(
    platform: Both, fake: FakeTrustoo, service: FakePlatform, clock: Clock
) -> None:
    platform.exchange(service.code(), shop=SHOP)
    clock.now += 7300
    fake.fail(Fault.reset(), operation="oauth.token")
    for _ in range(2):
        with pytest.raises(TokenRefreshError, match=r"^reviews\.create was not sent: the token of ") as caught:
            platform.create()
        assert (caught.value.shop, caught.value.call) == (SHOP, "reviews.create was not sent")
        assert isinstance(caught.value.__cause__, OutcomeUnknownError)
    assert len(fake.received) == 2  # the exchange and one refresh
    assert "reviews.create" not in fake.processed


def test_a_refresh_that_fails_after_a_refusal_tells_that_the_call_was_not_sent_again(
    platform: Both, fake: FakeTrustoo, service: FakePlatform
) -> None:
    token = platform.exchange(service.code(), shop=SHOP)
    service.revoke(token.access_token)
    fake.fail(Fault.refused(), operation="oauth.token", times=9)
    with pytest.raises(TokenRefreshError, match=r"^reviews\.create was refused \(code 16\) and was not sent again: "):
        platform.create()


@pytest.mark.parametrize("fault", [Fault.html(403), Fault.html(401), Fault.status(400), Fault.html(404)], ids=repr)
def test_one_page_of_a_gateway_does_not_lock_a_shop_out(
    platform: Both, fake: FakeTrustoo, service: FakePlatform, clock: Clock, fault: Fault
) -> None:
    platform.exchange(service.code(), shop=SHOP)
    clock.now += 7300
    fake.fail(fault, operation="oauth.token")
    with pytest.raises(TokenRefreshError, match=r"reviews\.list was not sent"):
        platform.reviews()
    clock.now += 1
    platform.reviews()


@pytest.mark.parametrize(
    ("fault", "is_lost"),
    [
        (Fault.reset(), True),
        (Fault.timeout(processed=True), True),
        (Fault.garbage(), True),
        (Fault.timeout(processed=False), False),
        (Fault.html(502), False),
        (Fault.refused(), False),
    ],
    ids=repr,
)
@pytest.mark.parametrize("left", [40, -21])
def test_a_lost_response_loses_a_shop_only_if_the_service_has_exchanged_the_refresh_token(
    platform: Both, fake: FakeTrustoo, service: FakePlatform, clock: Clock, fault: Fault, is_lost: bool, left: int
) -> None:
    """With rotation, a response that is lost after the exchange takes the next refresh token with it."""
    platform.exchange(service.code(), shop=SHOP)
    clock.now += 7200 - left
    fake.fail(fault, operation="oauth.token", times=3 if fault == Fault.refused() else 1)
    if left > 0 and not is_lost:
        platform.reviews()  # the old token is still valid
    else:
        with pytest.raises(AuthorizationLostError if left > 0 else TokenRefreshError):
            platform.reviews()
    clock.now += 61
    if is_lost:
        with pytest.raises(AuthorizationLostError):
            platform.reviews()
    else:
        platform.reviews()


@pytest.mark.parametrize("code", [5, 7, 16])
def test_a_wrong_refusal_of_the_service_heals_without_a_restart(
    platform: Both, fake: FakeTrustoo, service: FakePlatform, clock: Clock, code: int
) -> None:
    platform.exchange(service.code(), shop=SHOP)
    clock.now += 7300
    fake.fail(Fault.code(code), operation="oauth.token")
    for _ in range(2):
        with pytest.raises(AuthorizationLostError):
            platform.reviews()
    clock.now += 30
    platform.reviews()
    assert service.refreshes == 1


def test_a_wrong_client_secret_is_no_loss_of_shops_and_sends_no_merchant_away(
    fake: FakeTrustoo, service: FakePlatform, clock: Clock
) -> None:
    store = MemoryStore()
    with fake.platform_client(store=store) as good:
        for number in range(3):
            good.exchange(service.code(), shop=f"shop {number}")
    clock.now += 7300
    settings: dict[str, Any] = {"store": store, "base_url": "https://fake.trustoo.invalid", "clock": clock}
    http = httpx.Client(transport=fake.transport)
    with http, Platform(service.client_id, "EXAMPLE-wrong-secret", http_client=http, **settings) as bad:
        for number in range(3):
            with pytest.raises(ClientRefusedError, match="Check client_id and client_secret") as caught:
                bad.shop(f"shop {number}").reviews.list()
            assert "authorize_url" not in str(caught.value)
            assert "private token" not in str(caught.value)
            assert "EXAMPLE-wrong-secret" not in f"{caught.value} {caught.value.__cause__}"
            assert caught.value.call == "reviews.list was not sent"
        with pytest.raises(ClientRefusedError):
            bad.exchange(service.code(), shop="another")
    with fake.platform_client(store=store) as good:
        good.shop("shop 1").reviews.list()


def test_client_credentials_are_requested_again_instead_of_renewed(
    platform: Both, fake: FakeTrustoo, service: FakePlatform, clock: Clock
) -> None:
    token = platform.client_credentials(shop_id="10000000001", myshopify_domain=SHOP)
    assert (token.refresh_token, token.is_renewable) == (None, True)
    platform.reviews()
    clock.now += 7300
    platform.reviews()
    first, second = (one.json for one in fake.received if one.operation == "oauth.token")
    assert first == second
    assert (first["grant_type"], first["shop_id"], first["myshopify_domain"]) == (
        "client_credentials",
        10000000001,
        SHOP,
    )
    assert service.counts == {"client_credentials": 2}
    platform.client_credentials(shop_id=7)
    assert platform.token("7") is not None
    with pytest.raises(ArgumentError):
        platform.client_credentials()


@pytest.mark.parametrize("end", ["revoke", "disconnect"])
def test_revoke_and_disconnect_end_the_authorisation_and_delete_the_tokens(
    platform: Both, fake: FakeTrustoo, service: FakePlatform, end: str
) -> None:
    token = platform.exchange(service.code(), shop=SHOP)
    platform.reviews()
    getattr(platform, end)(SHOP)
    assert service.counts[end] == {"revoke": 2, "disconnect": 1}[end]
    assert platform.token(SHOP) is None
    assert not service.accepts(token.access_token)
    with pytest.raises(AuthorizationLostError):
        platform.reviews()
    before = len(fake.received)
    with fake.platform_client(store=MemoryStore()) as other:  # the refresh token has ended at the service
        other.save(SHOP, Token("EXAMPLE-a", token.refresh_token, NOW - 1))
        with pytest.raises(AuthorizationLostError):
            other.shop(SHOP).reviews.list()
    assert len(fake.received) == before + 1


class Overtaken(MemoryStore):
    """A store into which another process saves a token, just before this process gets the lease."""

    newer: Stored | None = None

    def lease(self, key: str, owner: str, seconds: float) -> bool:
        if self.newer is not None:
            self.save(key, self.newer.text, replaces=ANY)
        return super().lease(key, owner, seconds)


def test_the_token_that_another_process_has_just_saved_is_revoked(fake: FakeTrustoo, service: FakePlatform) -> None:
    store, other = Overtaken(), MemoryStore()
    issued = service.issue()
    with fake.platform_client(store=store) as platform, fake.platform_client(store=other) as elsewhere:
        platform.exchange(service.code(), shop=SHOP)
        elsewhere.save(SHOP, Token(issued["access_token"], issued["refresh_token"]))
        store.newer = other.load(SHOP)
        platform.revoke(SHOP)
    assert not service.accepts(issued["access_token"])
    assert store.load(SHOP) is None


def test_without_a_token_revoke_does_nothing_and_disconnect_says_so(platform: Both, fake: FakeTrustoo) -> None:
    platform.revoke(SHOP)
    with pytest.raises(AuthorizationLostError):
        platform.disconnect(SHOP)
    assert not fake.received
    for end in ("revoke", "disconnect", "forget"):
        with pytest.raises(ArgumentError):
            getattr(platform, end)(" ")


@pytest.mark.parametrize("end", ["revoke", "disconnect"])
@pytest.mark.parametrize("trouble", ["uninstalled", "no response", "code 13"])
def test_a_shop_is_always_deleted_here_and_what_the_service_said_is_raised(
    platform: Both, fake: FakeTrustoo, service: FakePlatform, end: str, trouble: str
) -> None:
    token = platform.exchange(service.code(), shop=SHOP)
    if trouble == "uninstalled":
        service.revoke(token.access_token)
        service.revoke(str(token.refresh_token))
        expected: type[Exception] = NotFoundError if end == "revoke" else AuthorizationLostError
    else:
        fake.fail(Fault.timeout(processed=False) if trouble == "no response" else Fault.code(13), times=9)
        expected = OutcomeUnknownError
    with pytest.raises(expected):
        getattr(platform, end)(SHOP)
    fake.fail(Fault.code(13), times=99)
    assert platform.token(SHOP) is None
    with pytest.raises(AuthorizationLostError, match="no token"):
        platform.reviews()


def test_the_refresh_token_is_revoked_although_the_access_token_has_ended(
    platform: Both, fake: FakeTrustoo, service: FakePlatform
) -> None:
    token = platform.exchange(service.code(), shop=SHOP)
    service.revoke(token.access_token)
    with pytest.raises(NotFoundError):
        platform.revoke(SHOP)
    assert [one.json["token"] for one in fake.received[-2:]] == [token.access_token, token.refresh_token]
    assert service.counts["revoke"] == 1


def test_forget_deletes_a_shop_here_without_a_request(platform: Both, fake: FakeTrustoo, service: FakePlatform) -> None:
    token = platform.exchange(service.code(), shop=SHOP)
    platform.reviews()
    before, client = len(fake.received), platform.platform.shop(SHOP)
    platform.forget(SHOP)
    platform.forget(SHOP)
    assert platform.token(SHOP) is None
    assert (len(fake.received), service.accepts(token.access_token)) == (before, True)
    assert platform.platform.shop(SHOP) is not client
    assert list(platform.platform._operations._token_caches) == [SHOP]
    for kept_client in (client, platform.platform.shop(SHOP)):  # also a client that the program has kept
        with pytest.raises(AuthorizationLostError):
            Both(type("P", (), {"shop": lambda self, key, found=kept_client: found})()).reviews()
    platform.exchange(service.code(), shop=SHOP)
    Both(type("P", (), {"shop": lambda self, key: client})()).reviews()


@pytest.mark.parametrize("end", ["forget", "revoke", "disconnect"])
@pytest.mark.parametrize("refused", [False, True], ids=["ended", "refused"])
def test_the_client_of_an_ended_shop_is_not_kept(
    platform: Both, fake: FakeTrustoo, service: FakePlatform, end: str, refused: bool
) -> None:
    """A platform with many shops that come and go would keep a client of each."""
    for key in ("a", "b"):
        platform.exchange(service.code(), shop=key)
    other, client = platform.platform.shop("a"), platform.platform.shop("b")
    if refused:
        fake.fail(Fault.code(13), times=9)
    with suppress(OutcomeUnknownError):
        getattr(platform, end)("b")
    assert platform.platform.shop("a") is other
    assert platform.platform.shop("b") is not client


# --- stores and leases ---


class FailingStore(MemoryStore):
    """A store whose methods fail while `broken` names them."""

    broken = ""

    def lease(self, key: str, owner: str, seconds: float) -> bool:
        if self.broken == "lease":
            raise OSError("connection reset")
        return super().lease(key, owner, seconds)

    def save(self, key: str, text: str, **more: Any) -> str:
        if self.broken == "save":
            raise OSError(f"cannot save {text}")
        return super().save(key, text, **more)


@pytest.mark.parametrize("is_async", [False, True])
def test_an_exchange_spends_no_code_if_the_store_does_not_work(
    fake: FakeTrustoo, service: FakePlatform, is_async: bool
) -> None:
    store, code = FailingStore(), service.code()
    platform = both(fake, is_async, store=AsyncMemoryStore(store) if is_async else store)
    store.broken = "lease"
    with pytest.raises(StoreError):
        platform.exchange(code, shop=SHOP)
    assert not fake.received
    store.broken = ""
    assert platform.exchange(code, shop=SHOP) == platform.token(SHOP)


@pytest.mark.parametrize("is_async", [False, True])
def test_a_token_that_cannot_be_saved_is_in_the_error(fake: FakeTrustoo, service: FakePlatform, is_async: bool) -> None:
    store = FailingStore()
    platform = both(fake, is_async, store=AsyncMemoryStore(store) if is_async else store)
    store.broken = "save"
    with pytest.raises(StoreError) as caught:
        platform.exchange(service.code(), shop=SHOP)
    token = caught.value.token
    assert token is not None
    assert token.access_token not in f"{caught.value} {caught.value!r}"
    store.broken = ""
    platform.save(SHOP, token)
    platform.reviews()
    assert store.lease(SHOP, "another", 1)  # the lease was released


def test_an_exchange_waits_a_moment_for_a_refresh_and_then_replaces_it(
    platform: Both, service: FakePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trustoo.oauth import operations

    monkeypatch.setattr(operations, "PATIENCE", 0.05)
    store = platform.platform._store
    getattr(store, "_store", store).lease(SHOP, "another process", 60)
    assert platform.exchange(service.code(), shop=SHOP) == platform.token(SHOP)
    platform.reviews()


def test_an_exchange_waits_for_a_lease_although_the_clock_is_set(
    platform: Both, service: FakePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The code is exchanged under the lease, so the exchange tries again until the other process has released it."""
    set_clock_at_each_reading(monkeypatch)
    store, answers = platform.platform._store, list[bool]()
    kept = getattr(store, "_store", store)
    lease = kept.lease

    def lease_at_the_third_time(*arguments: Any) -> bool:
        answers.append(len(answers) == 2 and lease(*arguments))
        return answers[-1]

    monkeypatch.setattr(kept, "lease", lease_at_the_third_time)
    platform.exchange(service.code(), shop=SHOP)
    assert answers == [False, False, True]


@pytest.mark.parametrize("kind", [Platform, AsyncPlatform])
def test_a_lease_outlives_the_longest_request_and_no_deadline_is_refused(kind: Any, monkeypatch: Any) -> None:
    def lease_of(**settings: Any) -> float:
        made = kind("EXAMPLE-id", "EXAMPLE-secret", **settings)
        request = made._token_client._config
        assert request.attempt_deadline * request.retry.attempts < made._operations._lease or "retry" not in settings
        return float(made._operations._lease)

    assert lease_of(timeout=2, retry=NO_RETRIES) == 12
    assert lease_of(timeout=2, deadline=7, retry=NO_RETRIES) == 17
    assert lease_of(timeout=600, retry=NO_RETRIES) < 600, "a token request ends sooner than others"
    assert lease_of() == 100
    assert lease_of(timeout=600) == 130
    with pytest.raises(ConfigurationError, match="deadline"):
        lease_of(deadline=None)


@pytest.mark.parametrize("is_async", [False, True], ids=["threads", "asyncio"])
def test_each_setting_of_a_platform_counts_beside_all_others(
    fake: FakeTrustoo, service: FakePlatform, clock: Clock, is_async: bool
) -> None:
    """The clients of the fake are settings, too: without them, a request would leave this computer."""
    events, tokens = list[RefreshEvent](), MemoryStore()
    platform = both(
        fake,
        is_async,
        redirect_uri="https://platform.example/callback",
        store=AsyncMemoryStore(tokens) if is_async else tokens,
        refresh_policy=RefreshPolicy(advisory=2000),
        on_refresh=events.append,
    )
    assert "redirect_uri=https" in platform.authorize_url(SHOP)
    platform.exchange(service.code(), shop=SHOP)
    assert [*tokens.keys()] == [SHOP]
    clock.now += 5300  # 1900 seconds are left
    done(platform.platform.shop(SHOP).media.upload_image, PNG)
    assert [event.shop for event in events] == [SHOP]
    assert kept(tokens) == platform.token(SHOP)
    assert service.refreshes == 1
    assert "MemoryStore" in repr(platform.platform)
    other = MemoryStore() if is_async else AsyncMemoryStore()
    with pytest.raises(ConfigurationError, match="store must be"):
        both(fake, is_async, store=other, refresh_policy=RefreshPolicy(), on_refresh=events.append)


@pytest.mark.parametrize("kind", [Platform, AsyncPlatform])
def test_the_shops_of_a_platform_have_a_number_each_and_an_object_together(kind: Any) -> None:
    def limits(rate: object) -> list[object]:
        platform = kind("EXAMPLE-client-id", "EXAMPLE-client-secret", rate=rate)
        clients = [platform.shop("a"), platform.shop("b"), platform.client]
        assert platform.shop("a") is clients[0]
        assert platform._token_client._config.rate is None  # others wait for its token, under a lease
        return [client._config.rate for client in clients]

    own = limits(10)
    assert len({*map(id, own)}) == 3
    assert [limit.per_second for limit in own if isinstance(limit, LocalRateLimiter)] == [10, 10, 10]
    shared = LocalRateLimiter(10)
    assert limits(shared) == [shared] * 3
    assert limits(None) == [None] * 3


@pytest.mark.parametrize("kind", [Platform, AsyncPlatform])
@pytest.mark.parametrize("address", ["", "me.example/callback", "/callback", "https:///callback", "ftp://me.example"])
def test_a_callback_to_which_no_browser_can_return_is_refused(kind: Any, address: str) -> None:
    with pytest.raises(ConfigurationError, match=r"redirect_uri must look like \S+/callback: it does not"):
        kind("EXAMPLE-client-id", "EXAMPLE-client-secret", address)
    kind("EXAMPLE-client-id", "EXAMPLE-client-secret", "http://127.0.0.1:8000/callback")


def test_an_image_of_a_shop_goes_through_the_storage_client_of_the_platform(
    platform: Both, fake: FakeTrustoo, service: FakePlatform
) -> None:
    platform.exchange(service.code(), shop=SHOP)
    image = done(platform.platform.shop(SHOP).media.upload_image, PNG)
    assert [stored.fields["key"] for stored in fake.storage.uploads] == [image.key]
    assert all(received.operation for received in fake.received), "no form went to the API"


def test_the_hook_of_a_platform_hears_of_refreshes(fake: FakeTrustoo, service: FakePlatform, clock: Clock) -> None:
    events = list[RefreshEvent]()
    for is_async in (False, True):
        platform = both(fake, is_async, on_refresh=events.append)
        platform.exchange(service.code(), shop=SHOP)
        clock.now += 7300
        platform.reviews()
        with pytest.raises(ConfigurationError, match="RefreshEvent"):
            both(fake, is_async, on_refresh=7)
    assert [(event.shop, event.error) for event in events] == [(SHOP, None)] * 2


def test_a_new_authorisation_replaces_the_old_one_at_once(
    platform: Both, fake: FakeTrustoo, service: FakePlatform
) -> None:
    for _ in range(2):
        token = platform.exchange(service.code(), shop=SHOP)
        platform.reviews()
        assert fake.received[-1].headers["Authorization"] == f"Bearer {token.access_token}"


def test_each_shop_has_its_own_token_and_one_client(platform: Both, fake: FakeTrustoo, service: FakePlatform) -> None:
    tokens = {key: platform.exchange(service.code(), shop=key) for key in ("a", "b")}
    for key, token in tokens.items():
        platform.reviews(key)
        assert fake.received[-1].headers["Authorization"] == f"Bearer {token.access_token}"
    assert platform.platform.shop("a") is platform.platform.shop("a")
    assert platform.platform.shop("a") is not platform.platform.shop("b")
    for bad in ("", " ", None, 7):
        with pytest.raises(ArgumentError):
            platform.platform.shop(bad)


def test_the_client_of_a_shop_keeps_its_token_with_other_options(platform: Both, service: FakePlatform) -> None:
    platform.exchange(service.code(), shop=SHOP)
    shop = platform.platform.shop(SHOP).with_options(timeout=5, merchant_session="EXAMPLE.session")
    Both(type("P", (), {"shop": lambda self, key: shop})()).reviews()


def test_the_platforms_own_client_has_no_access_token(platform: Both) -> None:
    with pytest.raises(ConfigurationError, match="shop"):
        Both(type("P", (), {"shop": lambda self, key: platform.platform.client})()).reviews()


def test_each_argument_of_a_token_without_the_merchant_counts_beside_each_other(
    platform: Both, fake: FakeTrustoo
) -> None:
    given = {"shop_id": "10000000001", "myshopify_domain": SHOP, "scope": "read_reviews", "key": "own"}
    for names in (*combinations(given, 2), tuple(given)):
        asked = {name: given[name] for name in names if name != "key"}
        try:
            token = platform.client_credentials(**{name: given[name] for name in names})
        except ArgumentError:
            assert names == ("scope", "key")
            continue
        sent = {name: str(value) for name, value in fake.received[-1].json.items() if name in given}
        assert sent == token.requested == asked, names
        saved_as = next(given[name] for name in ("key", "myshopify_domain", "shop_id") if name in names)
        assert platform.token(saved_as) == token, names


def test_a_shop_is_asked_for_by_its_id_beside_its_domain(platform: Both, fake: FakeTrustoo) -> None:
    shop = {"shop_id": "10000000001", "myshopify_domain": SHOP}
    for call in (platform.authorization, platform.installation):
        call(**shop)
        assert shop.items() <= dict(fake.received[-1].query).items()


def test_a_shop_a_scope_and_a_session_are_in_one_authorisation(platform: Both, service: FakePlatform) -> None:
    given = {"shop": SHOP, "scope": "read_reviews", "bound_to": "session 1"}
    for names in (*combinations(given, 2), tuple(given)):
        url = platform.authorize_url(**{name: given[name] for name in names})
        assert dict(parse_qsl(urlsplit(url).query)).get("scope") == ("read_reviews" if "scope" in names else None)
        returned = callback(state_of(url))
        session = {"bound_to": "session 1"} if "bound_to" in names else {}
        assert platform.callback(returned, **session).shop == (SHOP if "shop" in names else None)
        with pytest.raises(StateMismatchError):
            platform.callback(returned, bound_to="session 2")


def test_a_renewed_token_keeps_what_the_response_lacks_beside_each_other(
    platform: Both, fake: FakeTrustoo, clock: Clock
) -> None:
    first = {"access_token": "EXAMPLE-1", "refresh_token": "EXAMPLE-r", "scope": "read_reviews", "expires_in": 60}
    fake.respond_once("oauth.token", FakeResponse.of_json(first))
    asked = platform.client_credentials(myshopify_domain=SHOP).requested
    clock.now += 61
    fake.respond_once("oauth.token", FakeResponse.of_json({"access_token": fake.tokens.access_token}))
    platform.reviews()
    token = platform.token(SHOP)
    assert (token.refresh_token, token.scope, token.requested) == ("EXAMPLE-r", "read_reviews", asked)
    assert asked == {"myshopify_domain": SHOP}


def test_authorization_and_installation_send_the_platforms_credentials(platform: Both, fake: FakeTrustoo) -> None:
    assert platform.authorization(shop_id="10000000001").shop_id
    assert platform.installation(myshopify_domain=SHOP) is not None
    for one in fake.received:
        assert dict(one.query)["client_secret"] == SECRET
        assert "Authorization" not in one.headers


def test_the_error_for_a_wrong_client_secret_does_not_show_it(fake: FakeTrustoo, service: FakePlatform) -> None:
    service.client_secret = "EXAMPLE-other"
    with fake.platform_client() as platform:
        service.client_secret = "EXAMPLE-changed"
        with pytest.raises(ClientRefusedError) as caught:
            platform.exchange("EXAMPLE-code")
        assert "EXAMPLE" not in str(caught.value)


def test_secrets_are_in_no_repr_log_or_error(
    platform: Both, fake: FakeTrustoo, service: FakePlatform, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        returned = platform.platform.callback(service.return_url(begin(platform)))
        token = platform.exchange(returned)
        platform.reviews()
        clock.now += 7300
        platform.reviews()
        platform.authorization(shop_id="10000000001")
        fake.fail(Fault.status(500), times=3)
        with pytest.raises(TrustooError) as caught:
            platform.authorization(shop_id="10000000001")
    renewed = platform.token(SHOP)
    objects = [
        platform.platform,
        platform.platform.shop(SHOP),
        returned,
        token,
        service,
        platform.platform._store,
    ]
    shown = "\n".join([caplog.text, str(caught.value), repr(caught.value), *map(repr, objects)])
    assert "get_shop_authorization_info" in shown
    for secret in (SECRET, returned.code, *token.secrets, *renewed.secrets):
        assert secret not in shown
        assert str(httpx.QueryParams({"x": secret}))[2:] not in shown
    for one in (platform.platform, platform.platform.shop(SHOP)):
        with pytest.raises(TypeError):
            pickle.dumps(one)


@pytest.mark.parametrize("kind", [Platform, AsyncPlatform])
@pytest.mark.parametrize(
    "given",
    [
        {"client_id": ""},
        {"client_secret": " "},
        {"client_secret": None},
        {"access_token": "x"},
        {"public_token": "x"},
        {"tokens": object()},
        {"unknown": 1},
        {"base_url": "x"},
        {"deadline": None},
        {"refresh_policy": 7},
    ],
    ids=[
        "no id",
        "blank secret",
        "no secret",
        "access_token",
        "public_token",
        "tokens",
        "unknown",
        "base_url",
        "deadline",
        "policy",
    ],
)
def test_settings_that_cannot_be_used_are_refused(kind: Any, given: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        kind(**{"client_id": "x", "client_secret": "y", **given})


def test_tokens_in_the_environment_are_ignored(
    monkeypatch: pytest.MonkeyPatch, fake: FakeTrustoo, service: FakePlatform
) -> None:
    monkeypatch.setenv("TRUSTOO_PUBLIC_TOKEN", "x")
    monkeypatch.setenv("TRUSTOO_ACCESS_TOKEN", "y")
    with fake.platform_client() as platform:
        platform.exchange(service.code(), shop=SHOP)
        platform.shop(SHOP).reviews.list()


# --- asyncio only ---


def test_tasks_share_one_renewal_even_when_some_are_cancelled(
    fake: FakeTrustoo, service: FakePlatform, clock: Clock, tmp_path: Any
) -> None:
    async def run() -> None:
        async with fake.async_platform_client(store=AsyncFileStore(tmp_path)) as platform:
            await platform.exchange(service.code(), shop=SHOP)
            clock.now += 7300
            shop = platform.shop(SHOP)
            tasks = [asyncio.ensure_future(shop.reviews.list()) for _ in range(100)]
            await asyncio.sleep(0.001)
            for task in tasks[:50]:  # the one that began the renewal is among them
                task.cancel()
            results = await gathered(*tasks)
            assert all(isinstance(result, asyncio.CancelledError) for result in results[:50])
            assert not [result for result in results[50:] if isinstance(result, BaseException)]
            assert service.refreshes == 1

    asyncio.run(run())


def test_a_renewal_outlives_its_callers(fake: FakeTrustoo, service: FakePlatform, clock: Clock) -> None:
    """With rotation the response holds the only copy of the next refresh token."""

    async def run() -> None:
        async with fake.async_platform_client() as platform:
            await platform.exchange(service.code(), shop=SHOP)
            clock.now += 7300
            task = asyncio.ensure_future(platform.shop(SHOP).reviews.list())
            await asyncio.sleep(0.001)
            task.cancel()
            for _ in range(200):
                await asyncio.sleep(0.005)
                if service.refreshes and (await platform.token(SHOP)).expires_at == clock.now + 7200:  # type: ignore[union-attr]
                    break
            else:
                pytest.fail("the renewal was cut short")
            await platform.shop(SHOP).reviews.list()
            assert service.refreshes == 1

    asyncio.run(run())


def test_many_shops_are_refreshed_at_once_although_others_have_their_leases_for_a_while(
    fake: FakeTrustoo, service: FakePlatform, clock: Clock
) -> None:
    async def run() -> None:
        store = MemoryStore()
        async with fake.async_platform_client(store=AsyncMemoryStore(store)) as platform:
            keys = [f"shop-{number}" for number in range(60)]
            for key in keys:
                await platform.exchange(service.code(), shop=key)
                assert store.lease(key, "another process", 60)
            clock.now += 7300
            calls = asyncio.ensure_future(gathered(*(platform.shop(key).reviews.list() for key in keys)))
            await asyncio.sleep(0.05)
            assert service.refreshes == 0
            for key in keys:
                store.release(key, "another process")
            assert not [result for result in await calls if isinstance(result, BaseException)]
            assert service.refreshes == 60

    asyncio.run(run())


def test_a_call_that_waits_for_a_lease_can_be_cancelled(fake: FakeTrustoo, service: FakePlatform, clock: Clock) -> None:
    async def run() -> None:
        store = MemoryStore()
        async with fake.async_platform_client(store=AsyncMemoryStore(store)) as platform:
            await platform.exchange(service.code(), shop=SHOP)
            assert store.lease(SHOP, "a process that was killed", 60)
            clock.now += 7300
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(platform.shop(SHOP).reviews.list(), 0.1)

    asyncio.run(asyncio.wait_for(run(), 5))


def test_one_platform_serves_several_event_loops(fake: FakeTrustoo, service: FakePlatform, clock: Clock) -> None:
    platform = both(fake, True)
    platform.exchange(service.code(), shop=SHOP)
    for turn in (1, 2):
        clock.now += 7300

        async def many() -> list[Any]:
            return await gathered(*(platform.platform.shop(SHOP).reviews.list() for _ in range(20)))

        assert not [result for result in asyncio.run(many()) if isinstance(result, BaseException)]
        assert service.refreshes == turn


def test_the_wrong_kind_of_token_source_is_refused() -> None:
    class OnlySync:
        def token(self, rejected: str | None = None) -> str:
            return "EXAMPLE-a"

    from trustoo import AsyncTrustoo

    Trustoo(tokens=OnlySync()).close()
    with pytest.raises(ConfigurationError, match="token_async"):
        AsyncTrustoo(tokens=OnlySync())
