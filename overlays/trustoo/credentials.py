"""Credentials: the kinds that a client has, and the headers that they add to a request."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn, Protocol, runtime_checkable

from trustoo_api.operation import Operation
from trustoo_api.operations import HEADERS

from .errors import ConfigurationError
from .signing import canonical_string, signature

__all__ = ["CREDENTIAL_VARIABLES", "AsyncTokenSource", "Credentials", "TokenSource"]

CREDENTIAL_VARIABLES: Mapping[str, str] = {
    "public_token": "TRUSTOO_PUBLIC_TOKEN",
    "private_token": "TRUSTOO_PRIVATE_TOKEN",
    "access_token": "TRUSTOO_ACCESS_TOKEN",
    "merchant_session": "TRUSTOO_MERCHANT_SESSION",
}
"""The environment variables by the names of the client's arguments. They replace credentials that are not passed."""
_NEEDED = {
    "hmac": ("public_token", "private_token"),
    "bearer": ("access_token",),
    "merchant_session": ("merchant_session",),
}
_PUBLIC_TOKEN, _SIGN, _TIMESTAMP = (HEADERS[scheme] for scheme in ("publicToken", "sign", "timestamp"))
# Documented public tokens are 16 bytes in base64. The form of a private token is unknown.
_LOOKS_PUBLIC = re.compile(r"[A-Za-z0-9+/]{22}==")


@runtime_checkable
class TokenSource(Protocol):
    """Returns access tokens and refreshes them. A TokenSource must be thread-safe."""

    def token(self, rejected: str | None = None) -> str:
        """Return the access token to send now.

        Args:
            rejected: the token that the service has just refused. Return the same token if there is no better token.
                The client then raises the refusal.

        Raises:
            TrustooError: if there is no token.

        Example:
            >>> class OneToken:
            ...     def token(self, rejected=None):
            ...         return "EXAMPLE-access-token"
            >>> with fake.client(tokens=OneToken()) as shop:
            ...     print(shop.reviews.get(id="1001").rating)
            5
        """
        ...


@runtime_checkable
class AsyncTokenSource(Protocol):
    """Returns access tokens and refreshes them, for asyncio."""

    async def token_async(self, rejected: str | None = None) -> str:
        """Return the access token to send now.

        Args:
            rejected: the token that the service has just refused; None for the first attempt of a call. See
                `TokenSource.token`.

        Raises:
            TrustooError: if there is no token.

        Example:
            >>> class OneToken:
            ...     async def token_async(self, rejected=None):
            ...         return "EXAMPLE-access-token"
            >>> async with fake.async_client(tokens=OneToken()) as shop:
            ...     print((await shop.reviews.get(id="1001")).rating)
            5
        """
        ...


@dataclass(frozen=True, slots=True)
class Credentials:
    """A shop's tokens or a platform's access token, and a merchant's session. Each of them can be None.

    Programs pass them to `Trustoo` one by one, and do not create this object.

    Args:
        public_token, private_token, access_token, merchant_session, tokens: the same as for `Trustoo`.

    Raises:
        ConfigurationError: if a credential cannot be used, or if credentials do not go together.
    """

    public_token: str | None = None
    private_token: str | None = field(default=None, repr=False)
    access_token: str | None = field(default=None, repr=False)
    merchant_session: str | None = field(default=None, repr=False)
    tokens: TokenSource | AsyncTokenSource | None = field(default=None, repr=False)
    """The object that returns the access token for each call, instead of `access_token`."""
    kinds: frozenset[str] = field(init=False, repr=False, compare=False)
    """The kinds whose credentials are complete: "hmac", "bearer" and "merchant_session"."""

    def __post_init__(self) -> None:
        for name in CREDENTIAL_VARIABLES:
            _check_text(name, getattr(self, name))
        if self.tokens is not None and (self.access_token or self.public_token or self.private_token):
            raise ConfigurationError("Give tokens= alone: it replaces access_token, public_token and private_token.")
        if self.access_token and (self.public_token or self.private_token):
            raise ConfigurationError(
                "Both shop tokens (public_token, private_token) and an access_token were given. If both are sent, the "
                "API checks only the access token; give one kind."
            )
        if bool(self.public_token) != bool(self.private_token):
            missing = "private_token" if self.public_token else "public_token"
            raise ConfigurationError(
                f"{missing} is missing: signing needs both tokens. "
                f"Pass {missing}= or set {CREDENTIAL_VARIABLES[missing]}."
            )
        if self.public_token and self.private_token:
            _check_pair(self.public_token, self.private_token)
        kinds = {kind for kind, names in _NEEDED.items() if all(getattr(self, name) for name in names)}
        kinds |= {"bearer"} if self.tokens is not None else set()
        object.__setattr__(self, "kinds", frozenset(kinds))

    @classmethod
    def find(cls, given: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Credentials:
        """Return the credentials in `given`. The environment supplies missing credentials.

        If `given` has a credential of one kind, the variables of the other kind are not read. An explicit access token
        therefore works even if TRUSTOO_PUBLIC_TOKEN is set.

        Args:
            given: the credentials by the names of the client's arguments.
            environment: the variables of CREDENTIAL_VARIABLES. Default: those of this process.

        Raises:
            ConfigurationError: if a credential cannot be used, or if credentials do not go together.

        Example:
            >>> from trustoo import Credentials
            >>> Credentials.find({}, {"TRUSTOO_ACCESS_TOKEN": "EXAMPLE-access-token"}).kinds
            frozenset({'bearer'})
        """
        explicit = {kind for kind, names in _NEEDED.items() if any(given.get(name) is not None for name in names)}
        tokens = given.get("tokens")
        environment = os.environ if environment is None else environment  # help() shows a default, with its secrets
        wanted = set() if tokens is not None else explicit & {"hmac", "bearer"} or {"hmac", "bearer"}
        found = {name: given.get(name) for name in CREDENTIAL_VARIABLES}
        for kind in wanted | {"merchant_session"}:
            for name in _NEEDED[kind]:
                if found[name] is None:
                    found[name] = environment.get(CREDENTIAL_VARIABLES[name])
        return cls(**found, tokens=tokens)

    def with_access_token(self, token: str) -> Credentials:
        """Return the credentials for one attempt, with an access `token` that `tokens` returned.

        Example:
            >>> from trustoo import Credentials
            >>> Credentials().with_access_token("EXAMPLE-access-token").kinds
            frozenset({'bearer'})
        """
        return replace(self, access_token=token, tokens=None)

    def kind_for(self, operation: Operation) -> str:
        """Return the kind of credentials for an `operation`: "hmac", "bearer", "merchant_session", or "" for none.

        Raises:
            ConfigurationError: if the client lacks the kind that the operation needs.

        Example:
            >>> from trustoo import Credentials
            >>> from trustoo_api.operations import OPERATIONS
            >>> Credentials(access_token="EXAMPLE-access-token").kind_for(OPERATIONS["reviews.list"])
            'bearer'
        """
        if not operation.credentials:
            return ""
        for kind in operation.credentials:
            if kind in self.kinds:
                return kind
        if operation.anonymous:
            return ""
        wanted = " or ".join(" and ".join(_NEEDED[kind]) for kind in operation.credentials)
        variables = " or ".join(
            " and ".join(CREDENTIAL_VARIABLES[name] for name in _NEEDED[kind]) for kind in operation.credentials
        )
        raise ConfigurationError(
            f"{operation.id} needs {wanted}, and this client has {self._had()}. "
            f"Pass one kind to the client, or set {variables}."
        )

    def _had(self) -> str:
        return ", ".join(name for name in (*CREDENTIAL_VARIABLES, "tokens") if getattr(self, name)) or "no credentials"

    def headers(self, kind: str, query: Iterable[tuple[str, str]], body: bytes | None, now: float) -> dict[str, str]:
        """Return the headers that authenticate one request.

        Args:
            kind: the kind that `kind_for` returned.
            query: the names and values of the query, as plain text.
            body: the exact bytes of the body; None for no body.
            now: the time of the signature, in Unix seconds.

        Example:
            >>> from trustoo import Credentials
            >>> Credentials(access_token="EXAMPLE-access-token").headers("bearer", [], None, 0)
            {'Authorization': 'Bearer EXAMPLE-access-token'}
        """
        if kind == "hmac":
            timestamp = str(int(now))
            sign = signature(str(self.private_token), canonical_string(query, timestamp, body))
            return {_PUBLIC_TOKEN: str(self.public_token), _SIGN: sign, _TIMESTAMP: timestamp}
        if kind == "bearer":
            return {"Authorization": f"Bearer {self.access_token}"}
        if kind == "merchant_session":
            return {"Authorization": str(self.merchant_session)}  # unchanged: whether "Bearer " is needed is unknown
        return {}

    def __reduce__(self) -> NoReturn:
        raise TypeError("Credentials cannot be pickled or copied: they hold secrets.")

    def secrets(self) -> tuple[str, ...]:
        """Return the values that must not be shown: the private token, the access token and the merchant session.

        Example:
            >>> from trustoo import Credentials
            >>> Credentials(access_token="EXAMPLE-access-token").secrets()
            ('EXAMPLE-access-token',)
        """
        return tuple(filter(None, (self.private_token, self.access_token, self.merchant_session)))


def _check_text(name: str, value: str | None) -> None:
    if value is None:
        return
    if not isinstance(value, str):
        raise ConfigurationError(f"{name} must be text, not {type(value).__name__}.")
    if not value.strip():
        raise ConfigurationError(f"{name} is blank. Pass {name}= or set {CREDENTIAL_VARIABLES[name]}.")
    if value != value.strip() or not value.isascii() or not value.isprintable():
        raise ConfigurationError(
            f"{name} has spaces around it, a line break or a character that no token has; copy it again."
        )


def _check_pair(public_token: str, private_token: str) -> None:
    if public_token == private_token:
        raise ConfigurationError("public_token and private_token are the same text; correct one of them.")
    if _LOOKS_PUBLIC.fullmatch(private_token) and not _LOOKS_PUBLIC.fullmatch(public_token):
        raise ConfigurationError(
            "public_token and private_token look swapped: private_token has the form of a public token (24 characters "
            "that end in ==), and public_token does not."
        )
