"""The operations of a platform without I/O. `Platform` and `AsyncPlatform` run these operations."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from secrets import token_hex
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from trustoo_api.api.oauth import oauth_authorize_url, oauth_revoke, oauth_token
from trustoo_api.api.platform import platform_authorization_info, platform_disconnect, platform_installation_status
from trustoo_api.errors import ResponseDecodeError, TrustooError
from trustoo_api.models import AuthorizeUrl, OAuthToken, ShopAuthorization, ShopInstallation
from trustoo_api.types import Response, decode

from .._redaction import excerpt
from .._sansio import Sleep
from ..errors import ArgumentError, ConfigurationError
from ..hooks import check_hook
from ..transport.protocols import parse_http_url
from .effects import Call, Effects, holding, in_store
from .errors import AuthorizationDeniedError, ClientRefusedError, StateMismatchError, StoreError
from .protocols import ANY
from .refresh import RefreshHook, RefreshPolicy, Refusal, TokenCache, load_token, reason_of, refusal_of
from .state import make_state, read_state
from .tokens import Token, read_token

__all__ = ["Callback", "Operations"]

logger = logging.getLogger("trustoo")
PATIENCE = 5.0
"""Seconds that an authorisation waits for a refresh in another process. It then goes on, because its token is newer."""


@dataclass(frozen=True, slots=True)
class Callback:
    """The return of a merchant with a code. The state of the callback was verified.

    Attributes:
        code: the code, which `exchange` turns into a token. The service accepts it once.
        shop: the shop that was passed to `authorize_url`; None if `authorize_url` was called without a shop.
    """

    code: str = field(repr=False)
    shop: str | None = None


class Operations:
    """The operations of both platforms as generators of effects."""

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        redirect_uri: str | None,
        policy: RefreshPolicy | None,
        on_refresh: RefreshHook | None,
        lease: float,
        now: Callable[[], float],
        strict: bool,
    ) -> None:
        for name, value in (("client_id", client_id), ("client_secret", client_secret)):
            if not isinstance(value, str) or not value.strip():
                raise ConfigurationError(f"{name} is missing or blank. The vendor gives each platform its own value.")
        if redirect_uri is not None:
            if not isinstance(redirect_uri, str):
                raise ConfigurationError(f"redirect_uri must be text, not {type(redirect_uri).__name__}.")
            try:
                parse_http_url(redirect_uri)
            except ValueError as problem:
                raise ConfigurationError(
                    f"redirect_uri must look like https://your.host/callback: {problem}."
                ) from None
        policy = RefreshPolicy() if policy is None else policy
        if not isinstance(policy, RefreshPolicy):
            raise ConfigurationError(f"refresh_policy must be a RefreshPolicy, not {type(policy).__name__}.")
        self.client_id, self._client_secret, self._redirect_uri = client_id, client_secret, redirect_uri
        check_hook("on_refresh", on_refresh, "RefreshEvent")
        self._policy, self._on_refresh, self._lease, self._now, self._strict = policy, on_refresh, lease, now, strict
        self._token_caches: dict[str, TokenCache] = {}

    @property
    def _client_credentials(self) -> dict[str, Any]:
        return {"client_id": self.client_id, "client_secret": self._client_secret}

    @property
    def _state_key(self) -> bytes:
        message = f"trustoo authorisation state\0{self.client_id}\0{self._redirect_uri}"
        return hmac.digest(self._client_secret.encode(), message.encode(), "sha256")

    def token_cache(self, key: str) -> TokenCache:
        if (known := self._token_caches.get(key)) is None:
            made = TokenCache(
                _checked_key(key), self._renew, self._now, self._policy, self._lease, on_refresh=self._on_refresh
            )
            known = self._token_caches.setdefault(key, made)
        return known

    # --- authorisation ---

    def authorize_url(self, shop: str | None, scope: str | Iterable[str] | None, bound_to: str) -> Effects[str]:
        state = make_state(self._state_key, self._now(), shop and _checked_key(shop), bound_to)
        scopes = scope if scope is None or isinstance(scope, str) else " ".join(scope)
        request = oauth_authorize_url.build(
            client_id=self.client_id, redirect_uri=self._redirect_uri, state=state, scope=scopes
        )
        response: Response[AuthorizeUrl] = yield Call(request, oauth_authorize_url.DECODER)
        url = response.parsed.authorize_url
        if not url or not url.isprintable() or urlsplit(url).scheme not in ("http", "https"):
            raise _unusable("oauth.authorize_url", response, "The response has no valid authorize_url", ())
        return url

    def callback(self, url_or_query: str | Mapping[str, str], bound_to: str) -> Callback:
        found: dict[str, str] = {}
        for name, value in _parameters(url_or_query):
            if name in ("state", "code", "error", "error_description") and found.setdefault(name, value) != value:
                raise StateMismatchError(f"The callback has {name} twice.")
        if not found.get("state"):
            raise StateMismatchError("The callback has no state.")
        shop = read_state(self._state_key, self._now(), found["state"], bound_to)
        if error := found.get("error"):
            description = excerpt(found.get("error_description", ""), (self._client_secret,))
            raise AuthorizationDeniedError(excerpt(error, (self._client_secret,)), description, shop)
        if not found.get("code"):
            raise StateMismatchError("The callback has neither a code nor an error.")
        # Codes are standard base64, and a "+" that was not percent-encoded reads as a space.
        return Callback(found["code"].replace(" ", "+"), shop)

    # --- tokens ---

    def exchange(self, callback: Callback | str, shop: str | None) -> Effects[Token]:
        code, key = (callback, shop) if isinstance(callback, str) else (callback.code, shop or callback.shop)
        if not code:
            raise ArgumentError("The code is empty. Pass the callback or its code.")
        request = self._request_token(grant_type="authorization_code", code=code, redirect_uri=self._redirect_uri)
        return (yield from (request if key is None else self._request_and_save(_checked_key(key), request)))

    def client_credentials(
        self, shop_id: str | int | None, myshopify_domain: str | None, scope: str | None, key: str | None
    ) -> Effects[Token]:
        given = {"shop_id": shop_id, "myshopify_domain": myshopify_domain, "scope": scope}
        requested = {name: str(value) for name, value in given.items() if value is not None}
        key = key or myshopify_domain or requested.get("shop_id")
        if key is None:
            raise ArgumentError(
                "client_credentials needs shop_id or myshopify_domain, or a key to save the token under."
            )
        return (yield from self._request_and_save(_checked_key(key), self._request_with_credentials(requested)))

    def _request_and_save(self, key: str, request: Effects[Token]) -> Effects[Token]:
        """Get a token and save it. The lease is taken before, so that no code is lost if the store does not work."""

        def requested() -> Effects[Token]:
            yield from self._take_lease(key, owner)
            token = yield from request
            try:
                yield from self.save(key, token)
            except StoreError as error:
                error.token = token
                raise
            return token

        owner = token_hex(16)
        return (yield from holding(key, owner, requested()))

    def _take_lease(self, key: str, owner: str) -> Effects[None]:
        began, pause = monotonic(), 0.02
        while not (yield from in_store("lease", key, owner, self._lease)) and monotonic() - began < PATIENCE:
            yield Sleep(pause)
            pause = min(2 * pause, 0.5)

    def save(self, key: str, token: Token) -> Effects[None]:
        token_cache = self.token_cache(key)
        version = yield from in_store("save", key, token.to_json(), replaces=ANY)
        token_cache.note((token, version))

    def load(self, key: str) -> Effects[Token | None]:
        found = yield from load_token(_checked_key(key))
        return None if found is None else found[0]

    def forget(self, key: str) -> Effects[None]:
        yield from in_store("delete", _checked_key(key))
        if (token_cache := self._token_caches.pop(key, None)) is not None:
            token_cache.note(None)  # for clients of the shop that the program has kept

    def revoke(self, key: str) -> Effects[None]:
        owner = token_hex(16)
        yield from holding(_checked_key(key), owner, self._revoke(key, owner))

    def _revoke(self, key: str, owner: str) -> Effects[None]:
        try:
            yield from self._take_lease(key, owner)
            token = yield from self.load(key)
            if token is not None:
                yield from self._revoke_tokens(key, token)
        finally:
            yield from self.forget(key)

    def _revoke_tokens(self, key: str, token: Token) -> Effects[None]:
        """Revoke both tokens. Raises the error for the access token.

        It is not documented whether the endpoint also accepts refresh tokens.
        """
        try:
            yield self._revocation(token.access_token)
        finally:
            if token.refresh_token is not None:
                try:
                    yield self._revocation(token.refresh_token)
                except TrustooError as error:
                    logger.warning("The refresh token of %r was not revoked (%s).", key, type(error).__name__)

    def _revocation(self, token: str) -> Call:
        return Call(oauth_revoke.build(**self._client_credentials, token=token), oauth_revoke.DECODER)

    def disconnect(self, key: str) -> Effects[None]:
        _checked_key(key)
        try:
            yield Call(platform_disconnect.build(), platform_disconnect.DECODER, shop=key)
        finally:
            yield from self.forget(key)

    def _renew(self, previous: Token) -> Effects[Token]:
        if previous.refresh_token is None:
            return (yield from self._request_with_credentials(previous.requested or {}))
        return (
            yield from self._request_token(
                grant_type="refresh_token", refresh_token=previous.refresh_token, previous=previous
            )
        )

    def _request_with_credentials(self, requested: Mapping[str, str]) -> Effects[Token]:
        arguments: dict[str, Any] = dict(requested)
        if (shop_id := requested.get("shop_id", "")).isascii() and shop_id.isdigit():
            arguments["shop_id"] = int(shop_id)  # an integer in the vendor's example
        return (yield from self._request_token(grant_type="client_credentials", requested=requested, **arguments))

    def _request_token(
        self, *, previous: Token | None = None, requested: Mapping[str, str] | None = None, **arguments: Any
    ) -> Effects[Token]:
        request = oauth_token.build(**self._client_credentials, **arguments)
        try:
            response: Response[OAuthToken] = yield Call(request, oauth_token.DECODER)
        except TrustooError as error:
            if refusal_of(error) is Refusal.CLIENT:
                raise ClientRefusedError(
                    f"The service refused this platform ({reason_of(error)}). Check client_id and client_secret. "
                    "No merchant needs to authorise again."
                ) from error
            raise
        requested = requested if requested is not None else previous.requested if previous else None
        try:
            # The token may be beside `code` instead of in `data`, although the OpenAPI spec says otherwise.
            found = response.parsed
            if not found.access_token:
                found = decode(response.content, OAuthToken, strict=self._strict)
            return read_token(
                found,
                self._now(),
                previous=previous,
                requested=requested,
            )
        except ResponseDecodeError as error:
            secrets = (self._client_secret, *(arguments.get(name) or "" for name in ("code", "refresh_token")))
            raise _unusable("oauth.token", response, str(error).rstrip("."), secrets) from None

    # --- the platform's authorisation at a shop ---

    def authorization(self, shop_id: str | None, myshopify_domain: str | None) -> Effects[ShopAuthorization]:
        request = platform_authorization_info.build(
            **self._client_credentials, shop_id=shop_id, myshopify_domain=myshopify_domain
        )
        response: Response[ShopAuthorization] = yield Call(request, platform_authorization_info.DECODER)
        return response.parsed

    def installation(self, shop_id: str | None, myshopify_domain: str | None) -> Effects[ShopInstallation]:
        request = platform_installation_status.build(
            **self._client_credentials, shop_id=shop_id, myshopify_domain=myshopify_domain
        )
        response: Response[ShopInstallation] = yield Call(request, platform_installation_status.DECODER)
        return response.parsed


def _checked_key(key: str) -> str:
    if not isinstance(key, str) or not key.strip():
        raise ArgumentError(f"The key of a shop must be non-blank text, not {key!r}.")
    return key


def _parameters(url_or_query: str | Mapping[str, str]) -> Iterable[tuple[str, str]]:
    if not isinstance(url_or_query, str):
        return [(str(name), str(value)) for name, value in url_or_query.items()]
    query = url_or_query.partition("#")[0]
    if "?" in query:
        query = query.partition("?")[2]
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        raise StateMismatchError("The callback cannot be read.") from None


def _unusable(operation: str, response: Response[Any], why: str, secrets: Iterable[str]) -> ResponseDecodeError:
    return ResponseDecodeError(
        f"{operation}: HTTP {response.status_code}, but the response is invalid. {why}.",
        operation=operation,
        status=response.status_code,
        request_id=response.request_id,
        headers=response.headers,
        content=response.content,
        excerpt=excerpt(response.content, secrets),
    )
