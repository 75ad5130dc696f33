"""One upload without I/O. This module decides when credentials are fetched and when the form is sent again.

An upload is retried like a read, because writing the same object again changes nothing. The object's key stays the same
as long as the credentials stay the same, so a retry overwrites the object. New credentials are fetched once. They are
fetched if the storage reports that the old credentials expired, or if the old credentials are known to have expired
before or while the form was sent. The `dir` of credentials contains the day, so new credentials lead to a new key.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from trustoo_api.models import ImageUploadCredentials

from .._sansio import Sleep
from ..errors import TransportError, UploadError, UploadInterruptedError
from ..retry import Attempts, RetryPolicy, outcome_of
from ..transport import HTTPResponse
from .form import Progress
from .image import UploadedImage
from .policy import expires_at
from .post import FormPost, ObjectOptions, form_post
from .response import may_succeed_later, needs_new_credentials, parse_upload_response
from .rules import StorageRules
from .source import Source

__all__ = ["CachedCredentials", "GetCredentials", "UploadEffects", "UploadPlan", "execute_upload"]

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


@dataclass(frozen=True, slots=True)
class UploadPlan:
    """The input of one upload.

    Attributes:
        server_time: returns the Unix time in seconds by the service's clock, as far as that clock is known.
    """

    source: Source
    options: ObjectOptions
    rules: StorageRules
    retry: RetryPolicy
    server_time: Callable[[], float]
    on_progress: Progress | None = None


UploadEffects: TypeAlias = Generator[
    GetCredentials | FormPost | Sleep, CachedCredentials | HTTPResponse | None, UploadedImage
]


def execute_upload(plan: UploadPlan) -> UploadEffects:
    """Run one upload and return the stored image. Raises UploadError.

    Yields:
        GetCredentials, which must be resumed with CachedCredentials. A FormPost, which must be resumed with its
        HTTPResponse or by raising a TransportError. A Sleep.
    """
    cached = yield from _credentials(None)
    renewed = False
    if cached.reused and _expired(cached, plan):
        cached, renewed = (yield from _credentials(cached)), True
    post = _post(cached, plan)
    attempts = Attempts(plan.retry)
    while True:
        attempts.begin()
        try:
            response = yield post
            assert isinstance(response, HTTPResponse)
            return parse_upload_response(post, response)
        except (TransportError, UploadError) as caught:
            attempts.end()
            error = _interrupted(caught, post) if isinstance(caught, TransportError) else caught
            fault = caught if isinstance(caught, TransportError) else None
            needs_renewal = not renewed and _needs_renewal(error, fault, cached, plan)
            if needs_renewal and plan.source.repeatable:
                logger.info("media.upload_image: the credentials expired, new credentials follow")
                cached, renewed = (yield from _credentials(cached)), True
                post = _post(cached, plan)
                continue
            may_pass = fault is not None and outcome_of(fault, is_write=False).may_repeat
            pause = None
            if may_pass or may_succeed_later(error, after_fault=post.after_fault):
                pause = attempts.pause(error.retry_after)
            if (needs_renewal or pause is not None) and not plan.source.repeatable:
                error.add_note(f"{plan.source.label} can be read only once, so it was not sent again.")
                pause = None
            if pause is None:
                raise error from fault or error.__cause__
            logger.info("media.upload_image: attempt %d failed, the next one follows in %.1f s", attempts.number, pause)
            attempts.next(pause)
            yield Sleep(pause)
            post = replace(post, after_fault=fault is not None)


def _credentials(
    old: CachedCredentials | None,
) -> Generator[GetCredentials, Any, CachedCredentials]:
    cached = yield GetCredentials(old.credentials if old is not None else None)
    assert isinstance(cached, CachedCredentials)
    return cached


def _post(cached: CachedCredentials, plan: UploadPlan) -> FormPost:
    return form_post(cached.credentials, plan.source, plan.options, plan.rules, plan.on_progress)


def _expired(cached: CachedCredentials, plan: UploadPlan) -> bool:
    ends = expires_at(cached.credentials)
    return ends is not None and ends <= plan.server_time()


def _needs_renewal(
    error: UploadError, fault: TransportError | None, cached: CachedCredentials, plan: UploadPlan
) -> bool:
    if fault is None:
        return needs_new_credentials(error)
    return fault.maybe_sent and _expired(cached, plan)  # the expiry may be why the storage closed the connection


def _interrupted(error: TransportError, post: FormPost) -> UploadError:
    if not outcome_of(error, is_write=True).is_open:
        return UploadError(f"The storage cannot be reached ({error}) Nothing was sent.")
    return UploadInterruptedError(
        f"The storage did not respond ({error}) The storage may have refused the form before it read all of the form, "
        f"or it may have stored the image at {post.object_url}. If you upload the image again, the storage stores it "
        "under another name."
    )
