"""Decides when a token is refreshed, and keeps the current token of a shop. No I/O."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from trustoo_api.errors import TrustooError

from .._concurrency import SingleFlight
from ..errors import APIError, ConfigurationError, HTTPStatusError
from ..retry import outcome_of
from .effects import CallBlocking, Effects, RunLocked, RunOnce
from .errors import AuthorizationLostError
from .stores import TokenStore
from .tokens import Token

__all__ = ["RefreshPolicy", "RefreshUrgency", "TokenCache"]

logger = logging.getLogger("trustoo")


@dataclass(frozen=True, slots=True)
class RefreshPolicy:
    """Decides when tokens are refreshed.

    Attributes:
        advisory: seconds before a token expires. From then on the next call refreshes the token. Meanwhile other calls
            use the old token. All calls use the old token if the refresh fails.
        mandatory: seconds before a token expires. From then on every call waits for the refresh.
        backoff: seconds between a failed refresh and the next attempt. An expired or rejected token is refreshed at
            once.

    For a token with a short lifetime, `advisory` is at most half of the lifetime, and `mandatory` at most a quarter.
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
        """Return the advisory and the mandatory window of one token, in seconds."""
        if token.expires_at is None or token.obtained_at is None:
            return self.advisory, self.mandatory
        lifetime = max(0.0, token.expires_at - token.obtained_at)
        return min(self.advisory, lifetime / 2), min(self.mandatory, lifetime / 4)


class RefreshUrgency(Enum):
    """How urgently a token must be refreshed."""

    NONE = auto()
    ADVISORY = auto()
    MANDATORY = auto()


class TokenCache:
    """The access token of one shop in this process.

    Args:
        key: the shop's key in the store.
        renew: returns the effects that get the next token from the service.
        now: returns the Unix time in seconds.
    """

    def __init__(
        self,
        key: str,
        store: TokenStore,
        renew: Callable[[Token], Effects[Token]],
        now: Callable[[], float],
        policy: RefreshPolicy,
    ) -> None:
        self.key, self._store, self._request, self._now, self._policy = key, store, renew, now, policy
        self._flight = SingleFlight()
        self._token: Token | None = None
        self._lost: Token | None = None  # the service has refused to refresh this token
        self._refusal: TrustooError | None = None
        self._unsaved_over: Token | None = None  # the token in the store, if saving its successor failed
        self._backoff_until = float("-inf")
        self._settling = ("", 0.0)  # the access token that replaced a rejected one, and the time until which it is new

    def __repr__(self) -> str:
        return f"TokenCache({self.key!r}, {self._token!r})"

    def forget(self) -> None:
        """Read the token from the store at the next call."""
        self._token = self._unsaved_over = None
        self._backoff_until = float("-inf")

    def access_token(self, rejected: str | None = None) -> Effects[str]:
        """Return the access token to send. `rejected` is the token that the service has just refused."""
        while True:
            known = self._token
            if known is None or known == self._lost or known.access_token == rejected:
                stored = yield CallBlocking(self._load)
                if self._token is known:  # otherwise a refresh was faster, and self._token is newer
                    self._note(stored)
            need = self.need(rejected)
            if need is RefreshUrgency.NONE:
                break
            ours = yield RunOnce(self._flight, self._renew(rejected), need is RefreshUrgency.MANDATORY)
            if ours or need is RefreshUrgency.ADVISORY:
                break
        return self._current().access_token

    def need(self, rejected: str | None = None) -> RefreshUrgency:
        """Return how urgently the token must be refreshed now. Raises AuthorizationLostError."""
        token, now = self._current(), self._now()
        if not token.is_renewable:
            return RefreshUrgency.NONE  # the token is used until the service rejects it
        if rejected == token.access_token:
            settling, until = self._settling
            # The refresh did not help. The token was rejected for another reason, such as a missing scope.
            return RefreshUrgency.NONE if rejected == settling and now < until else RefreshUrgency.MANDATORY
        if self._unsaved_over is not None and now >= self._backoff_until:
            return RefreshUrgency.ADVISORY
        if token.expires_at is None:
            return RefreshUrgency.NONE  # the token is used until the service rejects it
        left = token.expires_at - now
        if left <= 0:
            return RefreshUrgency.MANDATORY
        advisory, mandatory = self._policy.of(token)
        if left > advisory or now < self._backoff_until:
            return RefreshUrgency.NONE
        return RefreshUrgency.MANDATORY if left <= mandatory else RefreshUrgency.ADVISORY

    def _current(self) -> Token:
        if self._token is None:
            raise AuthorizationLostError(
                f"The store has no token for {self.key!r}. The merchant has not authorised this platform, or the "
                "authorisation was ended. Send the merchant to authorize_url().",
                shop=self.key,
            )
        if self._token == self._lost:
            raise AuthorizationLostError(
                f"The service refused to refresh the token of {self.key!r} ({self._refusal}) The merchant must "
                "authorise again, see authorize_url(). If the service refuses every shop, check client_id and "
                "client_secret.",
                shop=self.key,
            ) from self._refusal
        return self._token

    def _load(self) -> Token | None:
        return self._store.load(self.key)

    def _note(self, stored: Token | None) -> None:
        if self._unsaved_over is not None and stored == self._unsaved_over:
            return
        self._unsaved_over = None
        if stored != self._token:
            self._backoff_until = float("-inf")
        self._token = stored

    def _renew(self, rejected: str | None) -> Effects[None]:
        if self.need(rejected) is RefreshUrgency.NONE:
            return  # another call has refreshed the token
        try:
            yield RunLocked(self._store.lock(self.key), self._renew_locked(rejected))
        except AuthorizationLostError:
            raise
        except TrustooError as error:
            token, now = self._current(), self._now()
            self._backoff_until = now + self._policy.backoff
            need = RefreshUrgency.MANDATORY if rejected == token.access_token else self.need()
            if need is RefreshUrgency.MANDATORY:
                raise
            logger.warning(
                "The token of %r was not refreshed (%s). The old token is used until it expires.",
                *(self.key, type(error).__name__),
            )

    def _renew_locked(self, rejected: str | None) -> Effects[None]:
        """Refresh the token while the store's lock is held, so that no other thread, task or process refreshes it."""
        self._note((yield CallBlocking(self._load)))
        if self._unsaved_over is not None:
            yield from self._write(self._current())
        need, previous = self.need(rejected), self._current()
        if need is RefreshUrgency.NONE:
            return  # another process has refreshed the token
        try:
            token = yield from self._request(previous)
        except TrustooError as error:
            if need is RefreshUrgency.MANDATORY and is_refusal(error):
                self._lost, self._refusal = previous, error
                self._current()  # raises
            raise
        if rejected == previous.access_token:
            self._settling = (token.access_token, self._now() + self._policy.backoff)
        self._token, self._unsaved_over = token, previous
        yield from self._write(token)

    def _write(self, token: Token) -> Effects[None]:
        """Save a new token.

        If saving fails, this process uses the token and tries to save it again later. Otherwise the only copy of the
        next refresh token could be lost.
        """
        try:
            yield CallBlocking(lambda: self._store.save(self.key, token))
        except Exception as error:
            self._backoff_until = self._now() + self._policy.backoff
            logger.error(
                "The new token of %r could not be saved (%s). Other processes may lose the authorisation.",
                *(self.key, type(error).__name__),
            )
        else:
            self._unsaved_over = None


def is_refusal(error: TrustooError) -> bool:
    """Return whether the service refused the grant itself, so that another attempt would also fail.

    Codes 1 and 8 do not count as a refusal, because 8 may be a quota. The errors of the token endpoint are not
    documented. Therefore the statuses of the OAuth2 standard (RFC 6749) also count as a refusal.
    """
    if outcome_of(error, is_write=False).may_repeat:
        return False
    if isinstance(error, APIError):
        return error.code not in (1, 8)
    return isinstance(error, HTTPStatusError) and error.status in (400, 401, 403)
