"""One upload without I/O: when credentials are fetched, when the form is sent, what is tried again.

An upload is repeated after what a read is repeated after: writing the same object again changes nothing. The key stays
the same as long as the credentials do, so that a repetition overwrites and does not add. New credentials, with a new
key since their `dir` contains the day, are fetched once: when the storage says that the old ones expired, and when
they are known to have expired before or while the form was sent.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from trustoo_api.models import ImageUploadCredentials

from ..errors import TransportError, UploadError, UploadInterrupted
from ..retry import RetryPolicy
from ..steps import Pause
from ..transport import Reply
from .answer import judge, may_pass_later, wants_new_credentials
from .form import Progress
from .image import UploadedImage
from .policy import expires_at
from .post import FormPost, Wish, form_post
from .rules import StorageRules
from .source import Source

__all__ = ["CredentialsWanted", "Grant", "Plan", "UploadFlow", "upload_flow"]

logger = logging.getLogger("trustoo")


@dataclass(frozen=True, slots=True)
class CredentialsWanted:
    """The flow wants credentials. `rejected`: those that are of no use any more."""

    rejected: ImageUploadCredentials | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Grant:
    """Credentials, and whether they were kept: fetched before this upload began. Only then a preflight looks at their
    expiry, since the documented example expires in the very second in which it was handed out."""

    credentials: ImageUploadCredentials = field(repr=False)
    kept: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What one upload is made of.

    Attributes:
        server_time: the service's Unix time in seconds, as well as it is known.
    """

    source: Source
    wish: Wish
    rules: StorageRules
    retry: RetryPolicy
    server_time: Callable[[], float]
    on_progress: Progress | None = None


UploadFlow: TypeAlias = Generator[CredentialsWanted | FormPost | Pause, Grant | Reply | None, UploadedImage]


def upload_flow(plan: Plan) -> UploadFlow:
    """Yields CredentialsWanted, to be resumed with a Grant; a FormPost, with its Reply or a TransportError thrown in;
    a Pause. Returns the stored image. Raises UploadError."""
    grant = yield from _credentials(None)
    renewed = False
    if grant.kept and _expired(grant, plan):
        grant, renewed = (yield from _credentials(grant)), True
    post = _post(grant, plan)
    attempt, elapsed = 1, 0.0
    while True:
        began = time.monotonic()
        try:
            reply = yield post
            assert isinstance(reply, Reply)
            return judge(post, reply)
        except (TransportError, UploadError) as caught:
            elapsed += time.monotonic() - began
            error = _interrupted(caught, post) if isinstance(caught, TransportError) else caught
            fault = caught if isinstance(caught, TransportError) else None
            worn_out = not renewed and _is_worn_out(error, fault, grant, plan)
            if worn_out and plan.source.repeatable:
                logger.info("media.upload_image: the credentials expired, new ones follow")
                grant, renewed = (yield from _credentials(grant)), True
                post = _post(grant, plan)
                continue
            pause = None
            if fault is not None or may_pass_later(error, after_fault=post.after_fault):
                pause = plan.retry.pause(attempt, elapsed, error.retry_after)
            if (worn_out or pause is not None) and not plan.source.repeatable:
                error.add_note(f"{plan.source.label} can be read only once, so it was not sent again.")
                pause = None
            if pause is None:
                raise error from fault or error.__cause__
            logger.info("media.upload_image: attempt %d failed, the next one follows in %.1f s", attempt, pause)
            yield Pause(pause)
            attempt, elapsed = attempt + 1, elapsed + pause
            post = replace(post, after_fault=fault is not None)


def _credentials(old: Grant | None) -> Generator[CredentialsWanted, Grant | Reply | None, Grant]:
    grant = yield CredentialsWanted(old.credentials if old is not None else None)
    assert isinstance(grant, Grant)
    return grant


def _post(grant: Grant, plan: Plan) -> FormPost:
    return form_post(grant.credentials, plan.source, plan.wish, plan.rules, plan.on_progress)


def _expired(grant: Grant, plan: Plan) -> bool:
    ends = expires_at(grant.credentials)
    return ends is not None and ends <= plan.server_time()


def _is_worn_out(error: UploadError, fault: TransportError | None, grant: Grant, plan: Plan) -> bool:
    if fault is None:
        return wants_new_credentials(error)
    return fault.maybe_sent and _expired(grant, plan)  # the storage may have hung up for that


def _interrupted(error: TransportError, post: FormPost) -> UploadError:
    if not error.maybe_sent:
        return UploadError(f"The storage cannot be reached ({error}) Nothing was sent.")
    return UploadInterrupted(
        f"No answer from the storage ({error}) It may have refused the form before reading all of it, or have stored "
        f"the image at {post.object_url}; uploading again stores it under another name."
    )
