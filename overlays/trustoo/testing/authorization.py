"""A platform of the fake service: its codes, its tokens, which expire, and the responses of the token endpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from urllib.parse import urlencode

from .checks import INVALID_ARGUMENT, NOT_FOUND, UNAUTHENTICATED, RefusedError, Scopes, scopes_in
from .connections import Received

__all__ = ["PLATFORM_OPERATIONS", "FakePlatform"]


@dataclass(frozen=True, slots=True)
class _Grant:
    """A merchant's consent, or the access that a platform has without a consent."""

    number: int
    scope: str | None


@dataclass
class FakePlatform:
    """One platform of the fake service. It issues, refreshes and revokes tokens. `FakeTrustoo.add_platform` creates it.

    Thread-safe. The vendor does not document the lifetime of tokens, the rotation of refresh tokens, and the members of
    a token response. Set the attributes at any time to try each case.

    Attributes:
        client_id, client_secret: the credentials that the token endpoint accepts.
        clock: returns the Unix time in seconds.
        redirect_uri: the only redirect URI that is accepted. Default: None, which accepts any redirect URI.
        lifetime: seconds until an access token expires. Default: 7200. None means that tokens do not expire, and that
            the token response has no `expires_in`.
        rotation: whether a refresh token can be used only once. With rotation, a refresh also revokes the access tokens
            of the same grant. Default: True.
        counts: the number of successes of each grant type, of "revoke" (access tokens and refresh tokens) and of
            "disconnect".
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
        """The number of successful refreshes."""
        return self.counts.get("refresh_token", 0)

    # --- for tests ---

    def code(self, scope: str | None = None) -> str:
        """Return an authorization code, as if a merchant had agreed. The code can be exchanged once.

        Args:
            scope: the scopes of the tokens, separated by spaces. Default: None, which allows every operation.

        Example:
            >>> token = platform.exchange(fake_platform.code("read_reviews"))
            >>> token.scope
            'read_reviews'
        """
        with self._lock:
            code = f"{self._new_token('code')}+/=="  # as standard base64 may be
            self._codes[code] = self._grant(scope)
            return code

    def return_url(
        self,
        authorize_url_state: str,
        redirect_uri: str = "https://platform.example/callback",
        scope: str | None = None,
    ) -> str:
        """Return the URL to which the browser returns after a merchant has agreed.

        Args:
            authorize_url_state: the `state` parameter of the authorize URL.
            redirect_uri: the URL that the code is added to.
            scope: as in `code()`.

        Example:
            >>> from urllib.parse import parse_qs, urlsplit
            >>> url = platform.authorize_url("kettles.myshopify.com")
            >>> (state,) = parse_qs(urlsplit(url).query)["state"]
            >>> platform.callback(fake_platform.return_url(state)).shop
            'kettles.myshopify.com'
        """
        return f"{redirect_uri}?{urlencode({'code': self.code(scope), 'state': authorize_url_state})}"

    def issue(self, scope: str | None = None) -> dict[str, Any]:
        """Return the members of a token response, as if a new code had been exchanged.

        Args:
            scope: as in `code()`.

        Example:
            >>> sorted(fake_platform.issue())
            ['access_token', 'expires_in', 'refresh_token']
        """
        with self._lock:
            return self._issue(self._grant(scope))

    def revoke(self, token: str) -> None:
        """Revoke an access token or a refresh token. An unknown token changes nothing.

        Args:
            token: the token.

        Example:
            >>> fake_platform.revoke(token.access_token)
            >>> fake_platform.accepts(token.access_token)
            False
        """
        with self._lock:
            self._access.pop(token, None)
            self._refresh.pop(token, None)

    def accepts(self, access_token: str) -> bool:
        """Return whether the access token is valid now.

        Args:
            access_token: the token.

        Example:
            >>> fake_platform.accepts(token.access_token)
            True
        """
        with self._lock:
            return self._access.get(access_token, (None, float("-inf")))[1] > self.clock()

    def scopes(self, access_token: str) -> Scopes:
        """Return the scopes of an access token; None if the token allows every operation.

        Args:
            access_token: the token.

        Example:
            >>> issued = fake_platform.issue("read_reviews")
            >>> fake_platform.scopes(issued["access_token"])
            frozenset({'read_reviews'})
        """
        with self._lock:
            grant, _ = self._access.get(access_token, (None, 0))
        return scopes_in(grant.scope) if grant is not None and grant.scope is not None else None

    # --- for the service ---

    def respond(self, received: Received) -> Mapping[str, Any] | None:
        """Return the response's `data`; None if the response has no data. `FakeTrustoo` calls this method.

        Args:
            received: a request of an operation of platforms.

        Raises:
            RefusedError: with the code and the message of the refusal.

        Example:
            >>> url = platform.authorize_url()
            >>> fake_platform.respond(fake.received[-1])["authorize_url"] == url
            True
        """
        if received.operation == "platform.disconnect":
            self._disconnect(received.bearer or "")
            return None
        if received.operation == "oauth.authorize_url":
            return {"authorize_url": f"https://shop.example/authorize?{urlencode(received.query)}"}
        given: dict[str, Any] = dict(received.query) if received.method == "GET" else received.json
        if given.get("client_id") != self.client_id or given.get("client_secret") != self.client_secret:
            raise RefusedError(UNAUTHENTICATED, "client_id or client_secret is wrong")
        if received.operation == "oauth.revoke":
            self._revoke(str(given.get("token")))
            return None
        grant_type = given.get("grant_type")
        with self._lock:
            if grant_type == "authorization_code":
                if self.redirect_uri not in (None, given.get("redirect_uri")):
                    raise RefusedError(INVALID_ARGUMENT, "redirect_uri is not the one of this platform")
                grant = self._codes.pop(given.get("code", ""), None)
            elif grant_type == "refresh_token":
                grant = self._refresh.get(given.get("refresh_token", ""))
                if grant and self.rotation:
                    del self._refresh[given["refresh_token"]]
                    self._access = {token: value for token, value in self._access.items() if value[0] != grant}
            elif grant_type == "client_credentials":
                grant = self._grant(given.get("scope"))
            else:
                raise RefusedError(INVALID_ARGUMENT, "grant_type is unknown")
            if grant is None:
                raise RefusedError(UNAUTHENTICATED, f"the {grant_type} is unknown or was used before")
            self._count(grant_type)
            data = self._issue(grant)
        if grant_type == "client_credentials" or (grant_type == "refresh_token" and not self.rotation):
            del data["refresh_token"]
        return data

    def _disconnect(self, token: str) -> None:
        with self._lock:
            grant, _ = self._access.pop(token, (None, 0))
            self._access = {token: value for token, value in self._access.items() if value[0] != grant}
            self._refresh = {token: value for token, value in self._refresh.items() if value != grant}
            self._count("disconnect")

    def _revoke(self, token: str) -> None:
        with self._lock:
            if self._access.pop(token, None) is None and self._refresh.pop(token, None) is None:
                raise RefusedError(NOT_FOUND, "the token is unknown")
            self._count("revoke")

    def _issue(self, grant: _Grant) -> dict[str, Any]:
        access, refresh = self._new_token("access-token"), self._new_token("refresh-token")
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

    def _new_token(self, kind: str) -> str:
        self._made += 1
        return f"EXAMPLE-{kind}-{self._made}"

    def _count(self, event: str) -> None:
        self.counts[event] = self.counts.get(event, 0) + 1


PLATFORM_OPERATIONS = frozenset(["oauth.authorize_url", "oauth.token", "oauth.revoke", "platform.disconnect"])
"""The operations to which a platform responds."""
