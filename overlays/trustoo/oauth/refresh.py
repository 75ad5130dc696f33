"""Decides when a token is refreshed, and refreshes it. No I/O: the effects are carried out elsewhere."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass
from enum import Enum, auto
from secrets import token_hex
from time import monotonic

from trustoo_api.errors import TrustooError

from .._sansio import Sleep
from ..errors import APIError, ConfigurationError, OAuthError, OutcomeUnknownError, ResponseError
from ..hooks import call_hook
from ..retry import RetryPolicy
from .effects import Effects, holding, in_store
from .errors import AuthorizationLostError, ClientRefusedError, StoreConflictError, StoreError, TokenRefreshError
from .tokens import Token

__all__ = [
    "RefreshEvent",
    "RefreshHook",
    "RefreshPolicy",
    "RefreshUrgency",
    "Refusal",
    "TokenCache",
    "lease_seconds",
    "load_token",
    "reason_of",
    "refusal_of",
]

logger = logging.getLogger("trustoo")
LONGEST_QUIET = 3600.0
"""The longest time in seconds before the service is asked again about a token that it has refused."""
LEASE_MARGIN = 10.0
"""Seconds that a lease lasts longer than the longest request: for taking the lease, and for saving the token."""


@dataclass(frozen=True, slots=True)
class RefreshEvent:
    """The end of a request for a shop's next token. An event has no secret.

    Attributes:
        shop: the shop's key in the store.
        seconds: the duration of the request.
        error: the name of the error's class, such as "AuthorizationLostError"; None for a success.
    """

    shop: str
    seconds: float
    error: str | None = None


RefreshHook = Callable[[RefreshEvent], None]
"""A function of the caller. An exception that it raises is logged, and changes nothing for the refresh."""


@dataclass(frozen=True, slots=True)
class RefreshPolicy:
    """Decides when tokens are refreshed.

    Attributes:
        advisory: seconds before a token expires. From then on the next call refreshes the token. Meanwhile other calls
            use the old token. All calls use the old token if the refresh fails.
        mandatory: seconds before a token expires. From then on every call waits for the refresh.
        backoff: seconds between a failed refresh and the next attempt, while calls can use the old token. If they
            cannot, because it has expired or was rejected, the next attempt follows after 1, 2, 4 … seconds, at most
            after `backoff`. If the service has refused the token itself, the time doubles from `backoff` to an hour.

    For a token with a short lifetime, `advisory` is at most half of the lifetime, and `mandatory` at most a quarter.

    Raises:
        ConfigurationError: if a number is invalid.

    Example:
        >>> from trustoo.oauth import RefreshPolicy
        >>> platform = fake.platform_client(refresh_policy=RefreshPolicy(advisory=600))
    """

    advisory: float = 300.0
    mandatory: float = 60.0
    backoff: float = 30.0

    def __post_init__(self) -> None:
        times = (self.advisory, self.mandatory, self.backoff)
        if not all(isinstance(time, int | float) and 0 <= time < float("inf") for time in times):
            raise ConfigurationError(f"{self!r}: each value must be a number of seconds, 0 or greater.")
        if self.mandatory > self.advisory:
            raise ConfigurationError(f"{self!r}: mandatory must not be greater than advisory.")

    def of(self, token: Token) -> tuple[float, float]:
        """Return the advisory and the mandatory window of one token, in seconds.

        Args:
            token: the token. Without `expires_at` or `obtained_at`, the windows are those of the policy.

        Example:
            >>> from trustoo.oauth import RefreshPolicy, Token
            >>> RefreshPolicy().of(Token("EXAMPLE-access-token", expires_at=200.0, obtained_at=100.0))
            (50.0, 25.0)
        """
        if token.expires_at is None or token.obtained_at is None:
            return self.advisory, self.mandatory
        lifetime = max(0.0, token.expires_at - token.obtained_at)
        return min(self.advisory, lifetime / 2), min(self.mandatory, lifetime / 4)

    def quiet(self, failures: int, is_blocked: bool, is_refused: bool) -> float:
        """Return the seconds until the next attempt.

        Args:
            failures: the number of failures in a row.
            is_blocked: whether calls fail because they cannot use the token.
            is_refused: whether the service has refused the token or the client.

        Example:
            >>> from trustoo.oauth import RefreshPolicy
            >>> [RefreshPolicy().quiet(failures, is_blocked=True, is_refused=False) for failures in (1, 2, 3)]
            [1, 2, 4]
        """
        doubled: float = 2 ** min(failures - 1, 20)
        if is_blocked and is_refused:
            return min(self.backoff * doubled, LONGEST_QUIET)
        return min(self.backoff, doubled) if is_blocked else self.backoff


class RefreshUrgency(Enum):
    """How urgently a token must be refreshed."""

    NONE = auto()
    ADVISORY = auto()
    MANDATORY = auto()


def lease_seconds(deadline: float, retry: RetryPolicy) -> float:
    """Return how long a lease must last for one refresh, whose attempts last at most `deadline` seconds each."""
    pauses = (retry.attempts - 1) * max(retry.cap, retry.retry_after_cap)
    return min(retry.attempts * deadline + pauses, retry.budget + deadline) + LEASE_MARGIN


def load_token(key: str) -> Effects[tuple[Token, str] | None]:
    """Return the token and its version in the store; None if the store has no token. Raises StoreError."""
    stored = yield from in_store("load", key)
    if stored is None:
        return None
    try:
        return Token.from_json(stored.text), stored.version
    except StoreError as error:
        raise StoreError(f"The token of {key!r} cannot be read. {error}") from None


class TokenCache:
    """The token of one shop in this process. It decides when the token is refreshed, as `RefreshPolicy` says.

    - `usable` is asked first. It returns the token that the last look at the store has found, unless the token must be
      refreshed, or the service has rejected it.
    - `refresh` reads the store again. Another process may have refreshed the token.
    - One owner at a time has the lease of the key, and sends the refresh token. Others wait and look at the store. In
      the advisory window nobody waits.
    - The new token is saved only if the store still has the version that was refreshed. Otherwise the token in the
      store is used, because it is newer. If saving fails, this process tries again until the lease ends, and later,
      because it may hold the only copy of the next refresh token. Meanwhile its calls use the new token.

    Args:
        key: the shop's key in the store.
        request: returns the effects that get the next token from the service.
        now: returns the Unix time in seconds.
        lease: seconds that a lease lasts, see `lease_seconds`.
        on_refresh: the caller's hook.
    """

    def __init__(
        self,
        key: str,
        request: Callable[[Token], Effects[Token]],
        now: Callable[[], float],
        policy: RefreshPolicy,
        lease: float,
        on_refresh: RefreshHook | None = None,
    ) -> None:
        self.key, self._request, self._now, self._policy, self._lease = key, request, now, policy, lease
        self._on_refresh = on_refresh
        self._known: tuple[Token, str] | None = None  # the token, and the version of the store that it belongs to
        self._unsaved_over: Token | None = None  # the token in the store, if saving its successor failed
        self._settling = ("", 0.0)  # the access token that replaced a rejected one, and the time until which it is new
        self._recover()

    def __repr__(self) -> str:
        return f"TokenCache({self.key!r}, {self._known[0] if self._known else None!r})"

    def _recover(self) -> None:
        self._failures, self._quiet_until = 0, float("-inf")
        self._error: TrustooError | None = None  # why the last refresh failed
        self._failed_as = (False, False)  # whether calls failed, and whether the service has refused something
        self._lost = False  # whether the service has refused the token

    def note(self, stored: tuple[Token, str] | None) -> None:
        """Take over the token and the version that the store has now; None if it has no token."""
        known = self._known
        if stored is not None and known is not None and stored[0] == self._unsaved_over:
            self._known = known[0], stored[1]
            return
        self._unsaved_over = None
        if stored is None or known is None or stored[0] != known[0]:
            self._recover()
        self._known = stored

    def usable(self, rejected: str | None = None) -> str | None:
        """Return the access token, if it can be sent without a look at the store; else None."""
        known = self._known
        if known is None or known[0].access_token == rejected or self.urgency() is not RefreshUrgency.NONE:
            return None
        return known[0].access_token

    def current(self) -> str:
        """Return the access token, whatever its state. Raises AuthorizationLostError if there is none."""
        known = self._known
        if known is None:
            raise AuthorizationLostError(
                f"The store has no token for {self.key!r}. The merchant has not authorised this platform, or the "
                "authorisation was ended. Send the merchant to authorize_url().",
                shop=self.key,
            )
        return known[0].access_token

    def urgency(self, rejected: str | None = None) -> RefreshUrgency:
        """Return how urgently the token must be refreshed now. `rejected` is the token that the service refused."""
        known, now = self._known, self._now()
        if known is None or self._lost:
            return RefreshUrgency.MANDATORY
        token = known[0]
        if not token.is_renewable:
            return RefreshUrgency.NONE  # the token is used until the service rejects it
        if rejected == token.access_token:
            settling, until = self._settling
            # The refresh did not help. The token was rejected for another reason, such as a missing scope.
            return RefreshUrgency.NONE if rejected == settling and now < until else RefreshUrgency.MANDATORY
        left = float("inf") if token.expires_at is None else token.expires_at - now
        if left <= 0:
            return RefreshUrgency.MANDATORY
        advisory, mandatory = self._policy.of(token)
        if now < self._quiet_until or (left > advisory and self._unsaved_over is None):
            return RefreshUrgency.NONE
        return RefreshUrgency.MANDATORY if left <= mandatory else RefreshUrgency.ADVISORY

    def pauses(self) -> Iterator[float]:
        """Yield the seconds between looks at a lease that others have. Raises StoreError if it takes too long."""
        began, pause = monotonic(), 0.02
        while monotonic() - began <= self._lease:
            yield pause
            pause = min(2 * pause, 0.5)
        raise StoreError(f"Other processes had the lease of {self.key!r} for {self._lease:.0f} s.")

    def refresh(self, rejected: str | None = None) -> Effects[str | None]:
        """Read the store, refresh the token if that is necessary, and return the access token. Raises OAuthError.

        The result is None if another process is refreshing the token, and this token cannot be used.
        """
        is_done, is_quiet = True, False
        try:
            self.note((yield from load_token(self.key)))
            self.current()
            if self.urgency(rejected) is not RefreshUrgency.NONE:
                is_quiet = self._failed_as[0] and self._now() < self._quiet_until
                if not is_quiet:
                    owner = token_hex(16)
                    is_done = yield from holding(self.key, owner, self._refresh(owner, rejected))
        except OAuthError as error:
            self._fail(error, rejected)
            if not self._is_usable(rejected):
                raise
            logger.warning(
                "The token of %r was not refreshed (%s). The old token is used until it expires.",
                *(self.key, type(error).__name__),
            )
        if is_quiet and self._error is not None:
            raise copy(self._error) from self._error.__cause__
        return self.current() if is_done or self.urgency(rejected) is not RefreshUrgency.MANDATORY else None

    def _refresh(self, owner: str, rejected: str | None) -> Effects[bool]:
        """Take the lease, look at the store again, and exchange the refresh token for the next token.

        The result is False if another process is refreshing the token.
        """
        leased_at = float("-inf")
        while monotonic() - leased_at > LEASE_MARGIN / 2:  # also if this process was stopped meanwhile
            leased_at = monotonic()
            if not (yield from in_store("lease", self.key, owner, self._lease)):
                return False
            self.note((yield from load_token(self.key)))
            yield from self._save(leased_at + LEASE_MARGIN / 2)
            if self.urgency(rejected) is RefreshUrgency.NONE:
                return True  # another process has refreshed the token
        if (known := self._known) is None:
            return False  # the token has just been deleted
        previous, version = known
        token = yield from self._ask(previous, self.urgency(rejected))
        if token is None:
            return False
        if rejected == previous.access_token:
            self._settling = (token.access_token, self._now() + self._policy.backoff)
        self._known, self._unsaved_over = (token, version), self._unsaved_over or previous
        self._recover()
        yield from self._save(leased_at + self._lease - LEASE_MARGIN / 2)
        return True

    def _ask(self, previous: Token, urgency: RefreshUrgency) -> Effects[Token | None]:
        """Return the next token from the service; None if the store has another token, although this one was refused.

        Raises AuthorizationLostError, ClientRefusedError or TokenRefreshError.
        """
        began = monotonic()
        try:
            token = yield from self._request(previous)
        except TrustooError as error:
            failed: TrustooError = error
            if refusal_of(error) is Refusal.TOKEN:
                self.note((yield from load_token(self.key)))
                self.current()
                if self._known is None or self._known[0] != previous:
                    self._report(began, error)
                    return None
                self._lost = urgency is RefreshUrgency.MANDATORY
                failed = AuthorizationLostError(
                    f"The service refused to refresh the token of {self.key!r} ({reason_of(error)}). The merchant must "
                    "authorise again, see authorize_url(). If the service refuses every shop, check client_id and "
                    "client_secret.",
                    shop=self.key,
                )
            elif not isinstance(error, ClientRefusedError):
                failed = TokenRefreshError(
                    f"the token of {self.key!r} could not be refreshed ({reason_of(error)}). Try again later.",
                    shop=self.key,
                )
            self._report(began, failed)
            if failed is error:
                raise
            raise failed from error
        self._report(began, None)
        return token

    def _save(self, until: float) -> Effects[None]:
        """Save the token, unless the store has another one than its predecessor.

        While others wait for the lease, a save that fails is repeated. They would use the old refresh token, and a
        service may then end the authorisation.
        """
        pause = 0.1
        while (known := self._known) is not None and self._unsaved_over is not None:
            try:
                yield from self._save_once(*known)
            except StoreError as error:
                if monotonic() + pause > until:
                    self._quiet_until = self._now() + self._policy.backoff
                    logger.error(
                        "The new token of %r could not be saved (%s). Other processes may lose the authorisation.",
                        *(self.key, type(error).__name__),
                    )
                    return
                yield Sleep(pause)
                pause = min(2 * pause, 2.0)

    def _save_once(self, token: Token, replaces: str) -> Effects[None]:
        known = self._known
        try:
            version = yield from in_store("save", self.key, token.to_json(), replaces=replaces)
        except StoreConflictError:
            # The version also changes if a store is copied or encrypted anew, or if the response to a save was lost.
            self.note((yield from load_token(self.key)))
            if self._unsaved_over is not None:
                raise
            if self._known is None or self._known[0] != token:
                logger.warning("The new token of %r was not saved, because the store has a newer one.", self.key)
        else:
            if self._known is known:
                self._known, self._unsaved_over = (token, version), None

    def _fail(self, error: TrustooError, rejected: str | None) -> None:
        if self._known is None:
            return
        kind = (not self._is_usable(rejected), self._lost or isinstance(error, ClientRefusedError))
        self._failures = self._failures + 1 if kind == self._failed_as else 1
        self._error, self._failed_as = error, kind
        self._quiet_until = self._now() + self._policy.quiet(self._failures, *kind)

    def _is_usable(self, rejected: str | None) -> bool:
        """Whether calls can go on with the token, although it was not refreshed."""
        if self._known is None or self._lost or self._known[0].access_token == rejected:
            return False
        expires_at = self._known[0].expires_at
        return expires_at is None or self._now() < expires_at

    def _report(self, began: float, error: TrustooError | None) -> None:
        if self._on_refresh is not None:
            name = type(error).__name__ if error is not None else None
            call_hook("on_refresh", self._on_refresh, RefreshEvent(self.key, monotonic() - began, name))


def reason_of(error: BaseException) -> str:
    """Return the message of an error of the token endpoint, for a longer message, without its advice."""
    if isinstance(error, OutcomeUnknownError) and error.__cause__ is not None:
        error = error.__cause__
    advice = error.remedy if isinstance(error, APIError) else ""
    return str(error).removesuffix(advice).rstrip(" .") if isinstance(error, TrustooError) else type(error).__name__


class Refusal(Enum):
    """What the service has refused."""

    TOKEN = auto()
    CLIENT = auto()


_RFC_6749 = {
    "invalid_grant": Refusal.TOKEN,
    "invalid_client": Refusal.CLIENT,
    "unauthorized_client": Refusal.CLIENT,
}
_REFUSED = (3, 5, 7, 16)


def refusal_of(error: Exception) -> Refusal | None:
    """Return what the service states that it refuses; None if the error may pass.

    A refusal needs a statement of the service itself: an `error` of RFC 6749, or an envelope with code 3, 5, 7 or 16.
    An HTML page, a status without an envelope, HTTP 429 and 5xx, and any other code may come from a gateway or a fault,
    and may pass. The errors of the token endpoint are not documented. Code 16 may mean the token or the client;
    if the message names the client and not the token, it means the client.
    """
    response = error.response if isinstance(error, OutcomeUnknownError) else error
    if not isinstance(response, ResponseError) or response.status == 429 or response.status >= 500:
        return None
    try:
        stated = json.loads(response.content)["error"]
        return _RFC_6749[stated]
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    if not isinstance(response, APIError) or response.code not in _REFUSED:
        return None
    message = response.message.lower()
    names_client = "client" in message and not any(word in message for word in ("token", "grant", "code"))
    return Refusal.CLIENT if names_client else Refusal.TOKEN
