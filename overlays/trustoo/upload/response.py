"""What the storage's answer to a form means.

The codes, and what helps against them, are those of Alibaba's documentation and of reports by others; none was seen on
the real storage. Its address may be a content network's, so that answers of any form are survived.
"""

from __future__ import annotations

import time
from xml.etree import ElementTree

import msgspec

from .._redaction import excerpt, redact
from ..errors import UploadCallbackError, UploadError, UploadRejectedError
from ..retry import retry_after
from ..transport import HTTPResponse
from .image import UploadedImage
from .post import FormPost

__all__ = ["may_pass_later", "parse_upload_response", "wants_new_credentials"]

_REMEDIES = {
    "InvalidArgument": "A field is missing, misplaced or not valid; if the credentials look right, report it.",
    "MalformedPOSTRequest": "The form arrived damaged, or the storage reads forms differently than is documented.",
    "FieldItemTooLong": "A form field is longer than the storage takes; check the fields= that you gave.",
    "InvalidPolicyDocument": "The policy in the credentials is broken: fetch new ones, and report it to the vendor.",
    "EntityTooLarge": "The image is larger than the storage takes.",
    "EntityTooSmall": "The image is smaller than the storage takes.",
    "InvalidObjectName": "The storage does not take this object name; leave name= out for a random one.",
    "SignatureDoesNotMatch": "The credentials were changed, or the vendor's key was replaced: fetch new ones.",
    "InvalidAccessKeyId": "The key in the credentials is not active: fetch new ones.",
    "FileAlreadyExists": "An object of this name exists: leave name= out for a random one.",
    "MethodNotAllowed": "This address takes no forms; the credentials may name the wrong host.",
    "NoSuchBucket": "The credentials name a storage that does not exist; report it to the vendor.",
    "QpsLimitExceeded": "Too many requests at once; try again later.",
    "ServiceUnavailable": "The storage is busy; try again later.",
}
_DENIED = {
    "expired": "The credentials expired before the whole form had arrived: fetch new ones, or send less at once.",
    "condition": "The form does not meet the credentials' policy.",
}
_CALLBACK_REMEDY = "It was not uploaded again; use the stored one, or upload it anew later."
_KEY_PROBLEMS = {
    *("InvalidAccessKeyId", "InvalidSecurityToken", "AccessKeyIdAndSecurityTokenNotMatch"),
    *("SecurityTokenExpired", "RequestTimeTooSkewed"),
}


def parse_upload_response(post: FormPost, reply: HTTPResponse) -> UploadedImage:
    """The stored image.

    Raises:
        UploadCallbackError: it is stored, and the vendor's server was not told.
        UploadRejectedError: every other response that is not a success.
    """
    request_id = redact(reply.headers.get("x-oss-request-id", ""), post.secrets) or None
    redirected = reply.status == 303 and "success_action_redirect" in post.fields  # the policy asked for it
    if (200 <= reply.status < 300 and reply.status != 203) or redirected:
        source = post.source
        said = _json(reply.content)
        return UploadedImage(post.object_url, post.key, source.size, source.content_type, said, request_id)
    error = {name: redact(text, post.secrets) for name, text in read_error(reply.content).items()}
    code, message, request_id = (
        error.get("Code") or None,
        error.get("Message", ""),
        error.get("RequestId") or request_id,
    )
    if reply.status == 203:
        raise UploadCallbackError(
            f"The image is stored at {post.object_url}, but the vendor's server was not told: "
            f"{message.rstrip('.') or 'its callback failed'}. {_CALLBACK_REMEDY} Request id {request_id or 'unknown'}.",
            status=203,
            code=code or "CallbackFailed",
            message=message,
            remedy=_CALLBACK_REMEDY,
            request_id=request_id,
            stored_url=post.object_url,
        )
    said = f"{code}: {message}".rstrip(": .") if code else excerpt(reply.content, post.secrets) or "an empty answer"
    sentence, remedy = f"The storage refused the image with HTTP {reply.status}, {said}.", _remedy(code, message)
    raise UploadRejectedError(
        " ".join(filter(None, (sentence, remedy, f"Request id {request_id or 'unknown'}."))),
        status=reply.status,
        code=code,
        message=message,
        remedy=remedy,
        request_id=request_id,
        retry_after=retry_after(reply.headers, time.time()),
    )


def wants_new_credentials(error: UploadError) -> bool:
    """Whether the storage refused the credentials and not the form: expired, or with a key that is no longer good."""
    if error.status != 403:
        return False
    return error.code in _KEY_PROBLEMS or (error.code == "AccessDenied" and "policy expired" in error.message.lower())


def may_pass_later(error: UploadError, *, after_fault: bool) -> bool:
    """Whether the same form may be taken when it is sent again. `after_fault`: whether the attempt before ended without
    an answer; only then a damaged form may be the network's fault."""
    status = error.status or 0
    busy = status == 429 or status >= 500 or error.code == "RequestTimeout"
    return busy or (after_fault and error.code == "MalformedPOSTRequest")


def read_error(content: bytes) -> dict[str, str]:
    """The members of an XML error, with or without a namespace; none where it is no such thing."""
    try:
        root = ElementTree.fromstring(content[:65536], ElementTree.XMLParser(target=_Plain()))
        return {element.tag.rsplit("}", 1)[-1]: " ".join((element.text or "").split()) for element in root}
    except (ElementTree.ParseError, ValueError, LookupError):
        return {}  # HTML, JSON, nothing: the excerpt tells


class _Plain(ElementTree.TreeBuilder):
    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        """An error has none; entities that grow without bounds need one."""
        raise ValueError("An error of the storage has no document type.")


def _json(content: bytes) -> object:
    try:
        return msgspec.json.decode(content) if content else None
    except (msgspec.MsgspecError, RecursionError):
        return None  # a 201 carries XML, which says nothing that the key does not


def _remedy(code: str | None, message: str) -> str:
    if code == "AccessDenied":
        return next((remedy for word, remedy in _DENIED.items() if word in message.lower()), "")
    return _REMEDIES.get(code or "", "")
