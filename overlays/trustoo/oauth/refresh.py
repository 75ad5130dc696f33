"""When a token is renewed, and what becomes of it: decisions only, no I/O."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from trustoo_api.errors import TrustooError

from .._concurrency import SingleFlight
from ..errors import APIError, ConfigurationError, HTTPStatusError
from ..retry import may_repeat
from .effects import CallBlocking, Effects, RunLocked, RunOnce
from .errors import AuthorizationLostError
from .stores import TokenStore
from .tokens import Token

__all__ = ["RefreshPolicy", "RefreshUrgency", "TokenCache"]

logger = logging.getLogger("trustoo")


@dataclass(frozen=True, slots=True)
class RefreshPolicy:
    """When a token is renewed, in seconds.

    Attributes:
        advisory: so long before its end the first call renews it; other calls go on with the old one meanwhile, and so
            does everyone when it fails.
        mandatory: so long before its end every call waits for the renewal.
        backoff: so long after a failure it is not tried again, unless the token is over or was rejected.

    Both windows shrink for tokens that live so short that they would fill their lives.
    """

    advisory: float = 300.0
    mandatory: float = 60.0
    backoff: float = 30.0

    def __post_init__(self) -> None:
        times = (self.advisory, self.mandatory, self.backoff)
        if not all(isinstance(time, int | float) and 0 <= time < float("inf") for time in times):
            raise ConfigurationError(f"{self!r}: each must be a number of seconds, not negative.")
        if self.mandatory > self.advisory:
            raise ConfigurationError(f"{self!r}: the mandatory window is the later part of the early one.")

    def of(self, token: Token) -> tuple[float, float]:
        """The early and the mandatory window of one token: at most a half and a quarter of its life."""
        if token.expires_at is None or token.obtained_at is None:
            return self.advisory, self.mandatory
        life = max(0.0, token.expires_at - token.obtained_at)
        return min(self.advisory, life / 2), min(self.mandatory, life / 4)


class RefreshUrgency(Enum):
    """How badly a token wants to be renewed."""

    NONE = auto()
    ADVISORY = auto()
    MANDATORY = auto()


class TokenCache:
    """The access token of one shop, as one process sees it.

    Args:
        key: the shop's key in the store.
        renew: gives the flow that gets the next token from the service.
        now: the Unix time in seconds.
    """

    def __init__(
        self,
        key: str,
        store: TokenStore,
        renew: Callable[[Token], Effects[Token]],
        now: Callable[[], float],
        policy: RefreshPolicy,
    ) -> None:
        self.key, self._store, self._ask, self._now, self._policy = key, store, renew, now, policy
        self._flight = SingleFlight()
        self._token: Token | None = None
        self._lost: Token | None = None  # the service has refused to renew this one
        self._why: TrustooError | None = None
        self._unwritten: Token | None = None  # still in the store, which could not be given its successor
        self._backoff_until = float("-inf")
        self._settling: tuple[str, float] = ("", 0.0)  # an access token that replaced a rejected one, and until when

    def __repr__(self) -> str:
        return f"TokenCache({self.key!r}, {self._token!r})"

    def forget(self) -> None:
        """The store knows better, from now on."""
        self._token = self._unwritten = None
        self._backoff_until = float("-inf")

    def access_token(self, rejected: str | None = None) -> Effects[str]:
        """The access token to send. See TokenSource."""
        while True:
            known = self._token
            if known is None or known == self._lost or known.access_token == rejected:
                stored = yield CallBlocking(self._load)
                if self._token is known:  # else a renewal was faster, and knows better
                    self._note(stored)
            need = self.need(rejected)
            if need is RefreshUrgency.NONE:
                break
            ours = yield RunOnce(self._flight, self._renew(rejected), need is RefreshUrgency.MANDATORY)
            if ours or need is RefreshUrgency.ADVISORY:
                break
        return self._current().access_token

    def need(self, rejected: str | None = None) -> RefreshUrgency:
        """How badly the token wants to be renewed now. Raises AuthorizationLostError."""
        token, now = self._current(), self._now()
        if not token.is_renewable:
            return RefreshUrgency.NONE  # used to its end, which the service will tell
        if rejected == token.access_token:
            settling, until = self._settling
            # Whatever it was rejected for, the renewal did not help: a missing scope, say.
            return RefreshUrgency.NONE if rejected == settling and now < until else RefreshUrgency.MANDATORY
        if self._unwritten is not None and now >= self._backoff_until:
            return RefreshUrgency.ADVISORY
        if token.expires_at is None:
            return RefreshUrgency.NONE  # used until it is rejected
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
                f"There is no token of {self.key!r} in the store: the merchant has not authorised this platform, or "
                "the authorisation was given up. Send the merchant to authorize_url().",
                shop=self.key,
            )
        if self._token == self._lost:
            raise AuthorizationLostError(
                f"The token of {self.key!r} cannot be renewed any more ({self._why}) The merchant has to authorise "
                "again: authorize_url(). If every shop is refused, check client_id and client_secret.",
                shop=self.key,
            ) from self._why
        return self._token

    def _load(self) -> Token | None:
        return self._store.load(self.key)

    def _note(self, stored: Token | None) -> None:
        if self._unwritten is not None and stored == self._unwritten:
            return
        self._unwritten = None
        if stored != self._token:
            self._backoff_until = float("-inf")
        self._token = stored

    def _renew(self, rejected: str | None) -> Effects[None]:
        if self.need(rejected) is RefreshUrgency.NONE:
            return  # done by the one before
        try:
            yield RunLocked(self._store.lock(self.key), self._renew_alone(rejected))
        except AuthorizationLostError:
            raise
        except TrustooError as error:
            token, now = self._current(), self._now()
            self._backoff_until = now + self._policy.backoff
            need = RefreshUrgency.MANDATORY if rejected == token.access_token else self.need()
            if need is RefreshUrgency.MANDATORY:
                raise
            logger.warning(
                "The token of %r was not renewed (%s); the old one is used while it lives.",
                *(self.key, type(error).__name__),
            )

    def _renew_alone(self, rejected: str | None) -> Effects[None]:
        """With the store's lock held, by which no other thread, task or process renews."""
        self._note((yield CallBlocking(self._load)))
        if self._unwritten is not None:
            yield from self._write(self._current())
        need, previous = self.need(rejected), self._current()
        if need is RefreshUrgency.NONE:
            return  # done by another process
        try:
            token = yield from self._ask(previous)
        except TrustooError as error:
            if need is RefreshUrgency.MANDATORY and is_refusal(error):
                self._lost, self._why = previous, error
                self._current()  # raises
            raise
        if rejected == previous.access_token:
            self._settling = (token.access_token, self._now() + self._policy.backoff)
        self._token, self._unwritten = token, previous
        yield from self._write(token)

    def _write(self, token: Token) -> Effects[None]:
        """Save a new token. If that fails it still serves this process, which goes on trying: the one before may be
        used up, and then this is the only copy of the way to the next."""
        try:
            yield CallBlocking(lambda: self._store.save(self.key, token))
        except Exception as error:
            self._backoff_until = self._now() + self._policy.backoff
            logger.error(
                "The new token of %r could not be saved (%s); other processes may lose the authorisation.",
                *(self.key, type(error).__name__),
            )
        else:
            self._unwritten = None


def is_refusal(error: TrustooError) -> bool:
    """Whether the service has refused the grant itself, so that asking again is of no use.

    Codes 1 and 8 are not counted: 8 may be a quota. How errors of the token endpoint look is not documented; besides
    the envelope, the statuses of OAuth2's standard (RFC 6749) are read.
    """
    if may_repeat(error, is_write=False):
        return False
    if isinstance(error, APIError):
        return error.code not in (1, 8)
    return isinstance(error, HTTPStatusError) and error.status in (400, 401, 403)
