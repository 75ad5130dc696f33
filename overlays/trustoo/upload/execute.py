"""One upload without I/O. This module decides when credentials are fetched and when the form is sent again.

An upload is retried like a read, because writing the same object again changes nothing. The object's key stays the same
as long as the credentials stay the same, so a retry overwrites the object. New credentials are fetched once. They are
fetched if the storage reports that the old credentials expired, or if the old credentials are known to have expired
before or while the form was sent. The `dir` of credentials contains the day, so new credentials lead to a new key.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from trustoo_api.models import ImageUploadCredentials

from .._sansio import Sleep
from ..errors import (
    ConfigurationError,
    TransportError,
    TrustooError,
    UnauthenticatedError,
    UploadError,
    UploadInterruptedError,
)
from ..retry import Attempts, outcome_of
from ..transport import HTTPResponse
from .form import Form
from .image import UploadedImage
from .plan import UploadPlan
from .policy import expires_at
from .response import may_succeed_later, needs_new_credentials, parse_upload_response

__all__ = ["CachedCredentials", "GetCredentials", "UploadCredentialsCache", "UploadEffects", "execute_upload"]

logger = logging.getLogger("trustoo")


@dataclass(frozen=True, slots=True)
class GetCredentials:
    """Get upload credentials. `rejected` are credentials that are no longer valid."""

    rejected: ImageUploadCredentials | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class CachedCredentials:
    """Upload credentials.

    Attributes:
        reused: whether the credentials were fetched before this upload began. Only then the expiry is checked in
            advance, because the documented example expires in the second in which it was issued.
    """

    credentials: ImageUploadCredentials = field(repr=False)
    reused: bool


UploadEffects: TypeAlias = Generator[
    GetCredentials | Form | Sleep, CachedCredentials | HTTPResponse | None, UploadedImage
]


def execute_upload(plan: UploadPlan) -> UploadEffects:
    """Run one upload and return the stored image. Raises UploadError.

    Yields:
        GetCredentials, which must be resumed with CachedCredentials. A Form, which must be resumed with its
        HTTPResponse or by raising a TransportError. A Sleep.
    """
    cached = yield from _credentials(None)
    renewed = False
    if cached.reused and _expired(cached, plan):
        cached, renewed = (yield from _credentials(cached)), True
    form = plan.form(cached.credentials)
    attempts, after_fault = Attempts(plan.retry), False
    while True:
        attempts.begin()
        try:
            response = yield form
            assert isinstance(response, HTTPResponse)
            return parse_upload_response(form, response)
        except (TransportError, UploadError) as caught:
            attempts.end()
            error = _interrupted(caught, form) if isinstance(caught, TransportError) else caught
            fault = caught if isinstance(caught, TransportError) else None
            needs_renewal = not renewed and _needs_renewal(error, fault, cached, plan)
            if needs_renewal and plan.source.repeatable:
                logger.info("media.upload_image: the credentials expired, new credentials follow")
                cached, renewed = (yield from _credentials(cached)), True
                form, after_fault = plan.form(cached.credentials), False
                continue
            may_pass = fault is not None and outcome_of(fault, is_write=False).may_repeat
            pause = None
            if may_pass or may_succeed_later(error, after_fault=after_fault):
                pause = attempts.pause(error.retry_after)
            if (needs_renewal or pause is not None) and not plan.source.repeatable:
                error.add_note(f"{plan.source.label} can be read only once, so it was not sent again.")
                pause = None
            if pause is None:
                raise error from fault or error.__cause__
            logger.info("media.upload_image: attempt %d failed, the next one follows in %.1f s", attempts.number, pause)
            attempts.next(pause)
            yield Sleep(pause)
            after_fault = fault is not None


def _credentials(
    old: CachedCredentials | None,
) -> Generator[GetCredentials, Any, CachedCredentials]:
    cached = yield GetCredentials(old.credentials if old is not None else None)
    assert isinstance(cached, CachedCredentials)
    return cached


def _expired(cached: CachedCredentials, plan: UploadPlan) -> bool:
    ends = expires_at(cached.credentials)
    return ends is not None and ends <= plan.server_time()


def _needs_renewal(
    error: UploadError, fault: TransportError | None, cached: CachedCredentials, plan: UploadPlan
) -> bool:
    if fault is None:
        return needs_new_credentials(error)
    return fault.maybe_sent and _expired(cached, plan)  # the expiry may be why the storage closed the connection


def _interrupted(error: TransportError, form: Form) -> UploadError:
    if not outcome_of(error, is_write=True).is_open:
        return UploadError(f"The storage cannot be reached ({error}) Nothing was sent.")
    return UploadInterruptedError(
        f"The storage did not respond ({error}) The storage may have refused the form before it read all of the form, "
        f"or it may have stored the image at {form.object_url}. If you upload the image again, the storage stores it "
        "under another name."
    )


class UploadCredentialsCache:
    """The current upload credentials, and the locks for reading them. One lock is for threads, the other for asyncio.

    Args:
        credentials: the caller's credentials, if any.
    """

    def __init__(self, credentials: ImageUploadCredentials | None = None) -> None:
        self._credentials = credentials
        self._fatal_error: TrustooError | None = None
        self.lock, self.async_lock = threading.Lock(), asyncio.Lock()

    def get(self, rejected: ImageUploadCredentials | None) -> CachedCredentials | None:
        """Return the cached credentials, or None if new credentials must be fetched.

        The cached credentials are not returned if they are the rejected credentials.

        Raises the error of an earlier fetch if another fetch would also fail. A thousand images with a wrong token
        therefore do not make a thousand calls.
        """
        if self._fatal_error is not None:
            raise self._fatal_error.with_traceback(None)  # it would grow with each raise
        if self._credentials is None or self._credentials is rejected:
            return None
        return CachedCredentials(self._credentials, reused=True)

    def put(self, credentials: ImageUploadCredentials) -> CachedCredentials:
        """Cache credentials that were just fetched, and return them."""
        self._credentials = credentials
        return CachedCredentials(credentials, reused=False)

    @contextmanager
    def fetching(self) -> Generator[None]:
        """A context that surrounds a fetch and remembers errors that another fetch would raise again."""
        try:
            yield
        except (ConfigurationError, UnauthenticatedError) as error:
            self._fatal_error = error
            raise
