"""Parses the storage's response to a form.

The codes and remedies come from Alibaba's documentation and from reports of other users. None of the codes was seen at
the real storage. A content delivery network may respond instead of the storage, so responses of any form are handled.
"""

from __future__ import annotations

import time
from xml.etree import ElementTree

import msgspec

from .._redaction import excerpt
from ..errors import UploadCallbackError, UploadError, UploadRejectedError
from ..retry import outcome_of, retry_after
from ..transport import HTTPResponse
from .form import Form
from .image import UploadedImage

__all__ = ["may_succeed_later", "needs_new_credentials", "parse_upload_response"]

_REMEDIES = {
    "InvalidArgument": "A field is missing, misplaced or invalid. If the credentials look right, report the problem.",
    "MalformedPOSTRequest": "The form was damaged on its way, or the storage reads forms differently than documented.",
    "FieldItemTooLong": "A form field is longer than the storage allows. Check fields=.",
    "InvalidPolicyDocument": "The policy in the credentials is invalid. Fetch new credentials and inform the vendor.",
    "EntityTooLarge": "The image is larger than the storage allows.",
    "EntityTooSmall": "The image is smaller than the storage allows.",
    "InvalidObjectName": "The storage does not accept this object name. Omit name= to get a random name.",
    "SignatureDoesNotMatch": "The credentials were changed, or the vendor's key was replaced. Fetch new credentials.",
    "InvalidAccessKeyId": "The key in the credentials is not active. Fetch new credentials.",
    "FileAlreadyExists": "An object with this name exists. Omit name= to get a random name.",
    "MethodNotAllowed": "This URL does not accept forms. The credentials may contain the wrong host.",
    "NoSuchBucket": "The credentials refer to a storage that does not exist. Report this problem to the vendor.",
    "QpsLimitExceeded": "Too many requests. Try again later.",
    "ServiceUnavailable": "The storage is busy. Try again later.",
}
_DENIED = {
    "expired": "The credentials expired before the whole form arrived. Fetch new credentials, or send less at once.",
    "condition": "The form does not meet the credentials' policy.",
}
_CALLBACK_REMEDY = "It was not uploaded again. Use the stored image, or upload the image again later."
_KEY_PROBLEMS = {
    *("InvalidAccessKeyId", "InvalidSecurityToken", "AccessKeyIdAndSecurityTokenNotMatch"),
    *("SecurityTokenExpired", "RequestTimeTooSkewed"),
}


def parse_upload_response(form: Form, response: HTTPResponse) -> UploadedImage:
    """Return the stored image.

    Raises:
        UploadCallbackError: if the image is stored, but the storage could not notify the vendor's server.
        UploadRejectedError: for every other response that is not a success.
    """
    request_id = excerpt(response.headers.get("x-oss-request-id", ""), form.secrets, 100) or None
    redirected = response.status == 303 and "success_action_redirect" in form.fields  # the policy asked for it
    if (200 <= response.status < 300 and response.status != 203) or redirected:
        source = form.source
        callback = _json(response.content)
        return UploadedImage(form.object_url, form.key, source.known_size, source.content_type, callback, request_id)
    error = {name: excerpt(text, form.secrets) for name, text in read_error(response.content).items()}
    code, message, request_id = (
        error.get("Code") or None,
        error.get("Message", ""),
        error.get("RequestId") or request_id,
    )
    if response.status == 203:
        raise UploadCallbackError(
            f"The image is stored at {form.object_url}, but the vendor's server was not notified: "
            f"{message.rstrip('.') or 'its callback failed'}. {_CALLBACK_REMEDY} Request id {request_id or 'unknown'}.",
            status=203,
            code=code or "CallbackFailed",
            message=message,
            remedy=_CALLBACK_REMEDY,
            request_id=request_id,
            stored_url=form.object_url,
        )
    quoted = (
        f"{code}: {message}".rstrip(": .") if code else excerpt(response.content, form.secrets) or "an empty response"
    )
    sentence, remedy = f"The storage refused the image with HTTP {response.status}, {quoted}.", _remedy(code, message)
    raise UploadRejectedError(
        " ".join(filter(None, (sentence, remedy, f"Request id {request_id or 'unknown'}."))),
        status=response.status,
        code=code,
        message=message,
        remedy=remedy,
        request_id=request_id,
        retry_after=retry_after(response.headers, time.time()),
    )


def needs_new_credentials(error: UploadError) -> bool:
    """Return whether the storage refused the credentials because they expired or their key is no longer valid."""
    if error.status != 403:
        return False
    return error.code in _KEY_PROBLEMS or (error.code == "AccessDenied" and "policy expired" in error.message.lower())


def may_succeed_later(error: UploadError, *, after_fault: bool) -> bool:
    """Return whether the storage may accept the same form when it is sent again.

    `after_fault` states whether the previous attempt ended without a response. In that case the network may have
    damaged the form.
    """
    busy = outcome_of(error, is_write=False).may_repeat or error.code == "RequestTimeout"
    return busy or (after_fault and error.code == "MalformedPOSTRequest")


def read_error(content: bytes) -> dict[str, str]:
    """Return the members of an XML error, with or without a namespace. Other content has no members."""
    try:
        root = ElementTree.fromstring(content[:65536], ElementTree.XMLParser(target=_WithoutDoctype()))
        return {element.tag.rsplit("}", 1)[-1]: " ".join((element.text or "").split()) for element in root}
    except (ElementTree.ParseError, ValueError, LookupError):
        return {}  # HTML, JSON or nothing; the error message has an excerpt


class _WithoutDoctype(ElementTree.TreeBuilder):
    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        """Refuse a document type, because entities that grow without bounds need one."""
        raise ValueError("Errors of the storage have no document type.")


def _json(content: bytes) -> object:
    try:
        return msgspec.json.decode(content) if content else None
    except (msgspec.MsgspecError, RecursionError):
        return None  # a 201 has XML, which repeats the key


def _remedy(code: str | None, message: str) -> str:
    if code == "AccessDenied":
        return next((remedy for word, remedy in _DENIED.items() if word in message.lower()), "")
    return _REMEDIES.get(code or "", "")
