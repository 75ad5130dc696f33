"""The effects of one upload: the same key with the same credentials, new credentials once."""

from __future__ import annotations

import re
from typing import Any

import pytest
from trustoo import (
    ConnectError,
    NetworkError,
    RequestTimeoutError,
    ResponseDecodeError,
    TransportError,
    UploadCallbackError,
    UploadError,
    UploadInterruptedError,
)
from trustoo._sansio import Sleep
from trustoo.errors import UploadRejectedError
from trustoo.retry import NO_RETRIES, RetryPolicy
from trustoo.upload.execute import CachedCredentials, GetCredentials, execute_upload
from trustoo.upload.form import Form
from trustoo.upload.source import Source, read_source

from tests.support import http_response
from tests.upload.conftest import PNG, Course, a_plan, course, credentials, policy

OK = http_response(b'{"Status":"OK"}')
UNREACHED = ConnectError("POST img.example.com: refused.", maybe_sent=False)
BROKEN = NetworkError("POST img.example.com: broke.", maybe_sent=True)
LATE = RequestTimeoutError("POST img.example.com: late.", maybe_sent=True)
BUSY = http_response("<Error><Code>ServiceUnavailable</Code></Error>", 503)
DAMAGED = http_response("<Error><Code>MalformedPOSTRequest</Code></Error>", 400)
ENDED = http_response("<Error><Code>AccessDenied</Code><Message>Policy expired.</Message></Error>", 403)
REPLACED = http_response("<Error><Code>InvalidAccessKeyId</Code></Error>", 403)
NOT_TOLD = http_response("<Error><Code>CallbackFailed</Code></Error>", 203)
NEW_DIR = "EXAMPLE-shop/2026/6/18/"
END = 1893456000.0
"""When the credentials of these tests end: 2030-01-01."""


def cached(*, reused: bool = False, **other: Any) -> CachedCredentials:
    return CachedCredentials(credentials(**other), reused)


def new() -> CachedCredentials:
    return cached(dir=NEW_DIR, policy=policy(["starts-with", "$key", NEW_DIR]))


def once() -> Source:
    return read_source(iter([PNG]), size=len(PNG))


def counts(of: Course) -> tuple[int, int, int]:
    """Credentials asked for, forms, pauses."""
    return len(of.requested), len(of.posts), len(of.pauses)


def test_an_upload_gets_credentials_and_sends_one_form() -> None:
    seen = course(a_plan(), [OK])
    assert counts(seen) == (1, 1, 0)
    assert seen.requested == [GetCredentials(None)]
    assert seen.image is not None
    assert seen.image.key == seen.keys[0]


# --- what is sent again


@pytest.mark.parametrize(
    "outcome",
    [UNREACHED, BROKEN, LATE, BUSY, http_response("", 429), http_response("<html>", 502), http_response("", 500)],
    ids=["unreached", "broken", "late", "503", "429", "502", "500"],
)
def test_after_a_temporary_error_the_form_is_sent_again_with_the_same_key(outcome: Any) -> None:
    seen = course(a_plan(), [outcome, outcome, OK])
    assert counts(seen) == (1, 3, 2)
    assert len(set(seen.keys)) == 1
    assert seen.image is not None
    assert seen.image.key == seen.keys[0]


@pytest.mark.parametrize(
    "outcome",
    [
        *(
            http_response("<Error><Code>InvalidArgument</Code></Error>", 400),
            http_response("", 404),
            http_response("", 403),
            http_response("", 307),
        ),
        *(DAMAGED, http_response("<Error><Code>SignatureDoesNotMatch</Code></Error>", 403)),
    ],
    ids=["400", "404", "403", "307", "damaged", "signature"],
)
def test_a_permanent_error_is_raised_at_once(outcome: Any) -> None:
    seen = course(a_plan(), [outcome])
    assert counts(seen) == (1, 1, 0)
    assert type(seen.error) is UploadRejectedError


def test_a_damaged_form_is_sent_again_only_after_a_fault() -> None:
    assert counts(course(a_plan(), [BROKEN, DAMAGED, OK])) == (1, 3, 2)
    for before in ([BUSY], [BROKEN, BUSY]):
        seen = course(a_plan(retry=RetryPolicy(attempts=9, base=0)), [*before, DAMAGED])
        assert isinstance(seen.error, UploadRejectedError)
        assert len(seen.pauses) == len(before)


def test_an_image_that_is_stored_is_never_sent_again() -> None:
    seen = course(a_plan(), [NOT_TOLD])
    assert counts(seen) == (1, 1, 0)
    assert isinstance(seen.error, UploadCallbackError)
    assert seen.error.stored_url is not None
    assert seen.error.stored_url.endswith(seen.keys[0])
    assert counts(course(a_plan(), [BROKEN, NOT_TOLD])) == (1, 2, 1)


@pytest.mark.parametrize("attempts", [1, 2, 5])
@pytest.mark.parametrize("outcome", [BROKEN, BUSY], ids=["fault", "503"])
def test_the_policy_limits_the_attempts(outcome: Any, attempts: int) -> None:
    seen = course(a_plan(retry=RetryPolicy(attempts=attempts, base=0)), [outcome] * attempts)
    assert counts(seen) == (1, attempts, attempts - 1)
    assert isinstance(seen.error, UploadInterruptedError if outcome is BROKEN else UploadRejectedError)


@pytest.mark.parametrize("outcome", [BROKEN, BUSY, http_response("", 429)], ids=["fault", "503", "429"])
def test_without_retries_there_is_one_attempt(outcome: Any) -> None:
    assert counts(course(a_plan(retry=NO_RETRIES), [outcome])) == (1, 1, 0)


def test_the_pause_is_the_storages_retry_after_up_to_the_cap() -> None:
    def busy(seconds: int) -> Any:
        return http_response("", 503, {"Retry-After": str(seconds)})

    assert course(a_plan(), [busy(7), busy(9), OK]).pauses == [7, 9]
    too_long = course(a_plan(), [busy(61)])
    assert counts(too_long) == (1, 1, 0)
    assert isinstance(too_long.error, UploadRejectedError)
    assert too_long.error.retry_after == 61


def test_the_pauses_grow_as_the_policy_says() -> None:
    pauses = course(a_plan(retry=RetryPolicy(attempts=4, base=0.5, cap=1)), [BUSY, BROKEN, BUSY, OK]).pauses
    assert [pause <= most for pause, most in zip(pauses, (0.5, 1, 1), strict=True)] == [True] * 3
    assert sum(pauses) > 0


def test_pauses_count_towards_the_budget() -> None:
    retry = RetryPolicy(attempts=9, budget=20)
    busy = http_response("", 503, {"Retry-After": "8"})
    assert course(a_plan(retry=retry), [busy, busy, busy]).pauses == [8, 8]


def test_the_time_for_sending_forms_counts_towards_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("trustoo.retry.time.monotonic", lambda: now)
    effects = execute_upload(a_plan(retry=RetryPolicy(attempts=9, base=0, budget=40)))
    next(effects)
    assert isinstance(effects.send(cached()), Form)
    for _ in range(2):
        now += 15
        assert isinstance(effects.send(BUSY), Sleep)
        assert isinstance(next(effects), Form)
    now += 15  # 45 s: no other attempt
    with pytest.raises(UploadRejectedError):
        effects.send(BUSY)


# --- what can be read once


@pytest.mark.parametrize("outcome", [BROKEN, UNREACHED, BUSY], ids=["broken", "unreached", "503"])
def test_a_source_that_can_be_read_once_is_sent_once_with_a_note(outcome: Any) -> None:
    seen = course(a_plan(once()), [outcome])
    assert counts(seen) == (1, 1, 0)
    assert seen.error is not None
    assert seen.error.__notes__ == ["The iterator can be read only once, so it was not sent again."]


@pytest.mark.parametrize("outcome", [ENDED, REPLACED], ids=["expired", "replaced"])
def test_no_new_credentials_for_a_source_that_can_be_read_once(outcome: Any) -> None:
    seen = course(a_plan(once()), [outcome])
    assert counts(seen) == (1, 1, 0)
    assert seen.error is not None
    assert seen.error.__notes__ == ["The iterator can be read only once, so it was not sent again."]


@pytest.mark.parametrize("outcome", [DAMAGED, NOT_TOLD, http_response("", 404)], ids=["damaged", "203", "404"])
def test_there_is_no_note_when_the_form_would_not_be_sent_again(outcome: Any) -> None:
    error = course(a_plan(once()), [outcome]).error
    assert not hasattr(error, "__notes__")
    last = course(a_plan(once(), retry=NO_RETRIES), [BROKEN]).error
    assert not hasattr(last, "__notes__")


# --- new credentials


@pytest.mark.parametrize("outcome", [ENDED, REPLACED], ids=["expired", "replaced"])
@pytest.mark.parametrize("reused", [False, True])
def test_refused_credentials_are_replaced_with_a_new_key_and_without_a_pause(outcome: Any, reused: bool) -> None:
    old = cached(reused=reused)
    seen = course(a_plan(), [outcome, OK], old, new())
    assert counts(seen) == (2, 2, 0)
    assert seen.requested[1].rejected is old.credentials
    assert re.fullmatch(re.escape(NEW_DIR) + r"[0-9a-f]{32}\.png", seen.keys[1])
    assert seen.keys[0].split("/")[-1] != seen.keys[1].split("/")[-1]
    assert seen.image is not None
    assert seen.image.key == seen.keys[1]


def test_credentials_are_replaced_once() -> None:
    seen = course(a_plan(), [ENDED, ENDED], cached(), new())
    assert counts(seen) == (2, 2, 0)
    assert isinstance(seen.error, UploadRejectedError)
    assert course(a_plan(), [BUSY, ENDED, BUSY, OK], cached(), new()).image is not None


def test_replacing_credentials_does_not_use_up_an_attempt() -> None:
    seen = course(a_plan(retry=NO_RETRIES), [ENDED, OK], cached(), new())
    assert seen.image is not None
    seen = course(a_plan(retry=RetryPolicy(attempts=2, base=0)), [ENDED, BUSY, OK], cached(), new())
    assert counts(seen) == (2, 3, 1)
    assert seen.keys[1] == seen.keys[2]


def test_new_credentials_are_used_whatever_their_expiry() -> None:
    """The documented example ends in the second in which it is handed out."""
    for now in (END - 1, END, END + 1e6):
        assert counts(course(a_plan(now=now), [OK], cached())) == (1, 1, 0)


@pytest.mark.parametrize(("now", "is_replaced"), [(END - 0.5, False), (END, True), (END + 1, True), (0.0, False)])
def test_reused_credentials_that_have_expired_are_replaced_before_anything_is_sent(
    now: float, is_replaced: bool
) -> None:
    old = cached(reused=True)
    seen = course(a_plan(now=now), [OK], *([old, new()] if is_replaced else [old]))
    assert counts(seen) == (1 + is_replaced, 1, 0)
    assert seen.keys[0].startswith(NEW_DIR) is is_replaced
    if is_replaced:
        assert seen.requested[1].rejected is old.credentials


def test_reused_credentials_without_a_known_expiry_are_used() -> None:
    old = cached(reused=True, policy="e30=", expire="soon")
    assert counts(course(a_plan(now=1e12), [OK], old)) == (1, 1, 0)


def test_credentials_that_were_replaced_are_not_replaced_again() -> None:
    ended = CachedCredentials(new().credentials, reused=True)  # another upload's, ended too
    assert counts(course(a_plan(now=END + 1), [OK], cached(reused=True), ended)) == (2, 1, 0)
    seen = course(a_plan(now=END + 1), [ENDED], cached(reused=True), new())
    assert counts(seen) == (2, 1, 0)
    assert isinstance(seen.error, UploadRejectedError)


@pytest.mark.parametrize("fault", [BROKEN, LATE], ids=["broken", "late"])
def test_a_fault_after_the_expiry_replaces_the_credentials(fault: TransportError) -> None:
    seen = course(a_plan(now=END + 1), [fault, OK], cached(), new())
    assert counts(seen) == (2, 2, 0)
    assert counts(course(a_plan(now=END - 1), [fault, OK])) == (1, 2, 1)


def test_an_unreachable_storage_does_not_replace_the_credentials() -> None:
    seen = course(a_plan(now=END + 1), [UNREACHED, OK], cached())
    assert counts(seen) == (1, 2, 1)
    assert seen.keys[0] == seen.keys[1]


# --- what is raised in the end


def test_an_unreachable_storage_stores_nothing() -> None:
    error = course(a_plan(retry=NO_RETRIES), [UNREACHED]).error
    assert type(error) is UploadError
    assert error.__cause__ is UNREACHED
    assert "cannot be reached" in str(error)
    assert "Nothing was sent" in str(error)


@pytest.mark.parametrize("fault", [BROKEN, LATE], ids=["broken", "late"])
def test_no_response_is_an_interrupted_upload_that_names_the_url(fault: TransportError) -> None:
    seen = course(a_plan(retry=NO_RETRIES), [fault])
    assert type(seen.error) is UploadInterruptedError
    assert seen.error.__cause__ is fault
    assert seen.posts[0].object_url in str(seen.error)
    assert (seen.error.status, seen.error.stored_url) == (None, None)


def test_an_error_of_reading_the_image_is_raised_at_once_with_its_cause() -> None:
    cause = OSError(5, "Input/output error")
    broken = UploadError("a.png cannot be read")
    broken.__cause__ = cause
    seen = course(a_plan(), [broken])
    assert (counts(seen), seen.error) == ((1, 1, 0), broken)
    assert broken.__cause__ is cause


def test_unusable_credentials_send_nothing() -> None:
    seen = course(a_plan(), [], cached(signature=None))
    assert counts(seen) == (1, 0, 0)
    assert isinstance(seen.error, ResponseDecodeError)
