"""A platform as the fake service knows it: codes, tokens that end, and the answers of the token endpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from urllib.parse import urlencode

from .checks import Scopes, scopes_in
from .messages import Received, Refused

__all__ = ["SERVED", "FakePlatform"]

INVALID, NOT_FOUND, UNAUTHENTICATED = 3, 5, 16


@dataclass(frozen=True, slots=True)
class _Grant:
    """What a merchant agreed to, or a platform may do anyway."""

    number: int
    scope: str | None


@dataclass
class FakePlatform:
    """What the fake service does for one platform. Get it from `FakeTrustoo.add_platform`; threads may share it.

    How long tokens live, whether refresh tokens rotate and what a token answer holds is not documented; all of it can
    be set at any time.

    Attributes:
        client_id, client_secret: what the token endpoint asks for.
        redirect_uri: if set, the only one that is accepted.
        lifetime: seconds that access tokens live; None for tokens without an end, whose answer names none.
        rotation: whether each refresh token is good for one renewal only, and ends the access token before it.
        counts: how often each grant type, and "revoke" and "disconnect", was carried out.
    """

    client_id: str
    client_secret: str = field(repr=False)
    clock: Callable[[], float]
    redirect_uri: str | None = None
    lifetime: float | None = 7200
    rotation: bool = True
    counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lock = Lock()
        self._made = 0
        self._codes: dict[str, _Grant] = {}
        self._refresh: dict[str, _Grant] = {}
        self._access: dict[str, tuple[_Grant, float]] = {}

    @property
    def refreshes(self) -> int:
        """How often a token was renewed with a refresh token."""
        return self.counts.get("refresh_token", 0)

    # --- what tests do ---

    def code(self, scope: str | None = None) -> str:
        """A merchant agrees: a code, good for one exchange.

        Args:
            scope: what the tokens are good for, several separated by spaces; None for everything.
        """
        with self._lock:
            code = f"{self._name('code')}+/=="  # as standard base64 may be
            self._codes[code] = self._grant(scope)
            return code

    def return_url(
        self,
        authorize_url_state: str,
        redirect_uri: str = "https://platform.example/callback",
        scope: str | None = None,
    ) -> str:
        """A merchant agrees: the address that the browser comes back to. `scope` as of `code()`."""
        return f"{redirect_uri}?{urlencode({'code': self.code(scope), 'state': authorize_url_state})}"

    def issue(self, scope: str | None = None) -> dict[str, Any]:
        """The members of a token answer for a new grant, as if it had been exchanged. `scope` as of `code()`."""
        with self._lock:
            return self._issue(self._grant(scope))

    def revoke(self, token: str) -> None:
        """An access token, or a refresh token, is good no more."""
        with self._lock:
            self._access.pop(token, None)
            self._refresh.pop(token, None)

    def accepts(self, access_token: str) -> bool:
        """Whether a call with this token is let through now."""
        with self._lock:
            return self._access.get(access_token, (None, float("-inf")))[1] > self.clock()

    def scopes(self, access_token: str) -> Scopes:
        """What a token is good for: the scopes of its grant, None for everything."""
        with self._lock:
            grant, _ = self._access.get(access_token, (None, 0))
        return scopes_in(grant.scope) if grant is not None and grant.scope is not None else None

    # --- what the service does ---

    def answer(self, received: Received) -> Mapping[str, Any] | None:
        """The data of an answer, None for none. Raises Refused."""
        if received.operation == "platform.disconnect":
            self._disconnect(received.bearer or "")
            return None
        if received.operation == "oauth.authorize_url":
            return {"authorize_url": f"https://shop.example/authorize?{urlencode(received.query)}"}
        given: dict[str, Any] = dict(received.query) if received.method == "GET" else received.json
        if given.get("client_id") != self.client_id or given.get("client_secret") != self.client_secret:
            raise Refused(UNAUTHENTICATED, "client_id or client_secret is wrong")
        if received.operation == "oauth.revoke":
            self._revoked(str(given.get("token")))
            return None
        grant_type = given.get("grant_type")
        with self._lock:
            if grant_type == "authorization_code":
                if self.redirect_uri not in (None, given.get("redirect_uri")):
                    raise Refused(INVALID, "redirect_uri is another one")
                grant = self._codes.pop(given.get("code", ""), None)
            elif grant_type == "refresh_token":
                grant = self._refresh.get(given.get("refresh_token", ""))
                if grant and self.rotation:
                    del self._refresh[given["refresh_token"]]
                    self._access = {token: kept for token, kept in self._access.items() if kept[0] != grant}
            elif grant_type == "client_credentials":
                grant = self._grant(given.get("scope"))
            else:
                raise Refused(INVALID, "grant_type is not known")
            if grant is None:
                raise Refused(UNAUTHENTICATED, f"the {grant_type} is not known, or was used before")
            self._count(grant_type)
            data = self._issue(grant)
        if grant_type == "client_credentials" or (grant_type == "refresh_token" and not self.rotation):
            del data["refresh_token"]
        return data

    def _disconnect(self, token: str) -> None:
        with self._lock:
            grant, _ = self._access.pop(token, (None, 0))
            self._access = {kept: value for kept, value in self._access.items() if value[0] != grant}
            self._refresh = {kept: value for kept, value in self._refresh.items() if value != grant}
            self._count("disconnect")

    def _revoked(self, token: str) -> None:
        with self._lock:
            if token not in self._access:
                raise Refused(NOT_FOUND, "the token is not known")
            del self._access[token]
            self._count("revoke")

    def _issue(self, grant: _Grant) -> dict[str, Any]:
        access, refresh = self._name("access-token"), self._name("refresh-token")
        until = float("inf") if self.lifetime is None else self.clock() + self.lifetime
        self._access[access], self._refresh[refresh] = (grant, until), grant
        data = {"access_token": access, "refresh_token": refresh}
        return (
            data
            | ({"expires_in": self.lifetime} if self.lifetime is not None else {})
            | ({"scope": grant.scope} if grant.scope else {})
        )

    def _grant(self, scope: str | None) -> _Grant:
        self._made += 1
        return _Grant(self._made, scope)

    def _name(self, kind: str) -> str:
        self._made += 1
        return f"EXAMPLE-{kind}-{self._made}"

    def _count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1


SERVED = frozenset(["oauth.authorize_url", "oauth.token", "oauth.revoke", "platform.disconnect"])
"""Operations that a platform's state decides on."""
