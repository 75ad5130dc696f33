"""Uploading an image: fetch credentials, post a form to the object storage, say what came of it.

The storage is Alibaba OSS; what it asks of a form is documented by Alibaba and by those who found its limits:
fields in a fixed order with `file` last, `Content-Disposition` as the first header of the file part, one plain
ASCII `filename`, and `policy`, `Signature` and `callback` byte for byte as they were handed out. None of it could
be tried against the real service.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Generator
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

import httpx
import msgspec
from trustoo_api.api.media import AsyncMedia as _AsyncMedia
from trustoo_api.api.media import Media as _Media
from trustoo_api.client import AsyncTransport, Transport
from trustoo_api.models import ImageUploadCredentials

from .errors import TransportError, UploadError
from .form import FormBody, Source, read_source
from .redaction import excerpt, redact
from .transport import Reply, Wire, translated

__all__ = ["AsyncMedia", "Media", "UploadedImage"]

TIMEOUTS = httpx.Timeout(connect=10, write=60, read=60, pool=10)
"""The storage answers only after the vendor's server answered it, for which it allows 5 s: reading waits long."""
IMAGE = 1
"""`media[].type` of an image, seen in the vendor's example."""


@dataclass(frozen=True, slots=True)
class UploadedImage:
    """A stored image. Hand it to `reviews.create(media=[...])` as it is.

    Attributes:
        url, thumbnail_url: the image in the two styles that the vendor's review example uses.
        object_url: the image without a style.
        key: the object's name in the storage.
        callback: what the vendor's server answered to the storage; None when it answered nothing.
        request_id: the storage's id of the upload, which support asks for.
    """

    object_url: str
    key: str
    callback: Any = None
    request_id: str | None = None

    @property
    def url(self) -> str:
        return f"{self.object_url}?x-oss-process=style/trustoo_big"

    @property
    def thumbnail_url(self) -> str:
        return f"{self.object_url}?x-oss-process=style/trustoo_small"

    def to_dict(self) -> dict[str, Any]:
        """The item of `media` that creating a review takes."""
        return {"url": self.url, "thumbnail_url": self.thumbnail_url, "type": IMAGE, "is_published": 1}


@dataclass(frozen=True, slots=True)
class FormPost:
    """A form on its way to the storage."""

    url: str
    body: FormBody
    key: str
    secrets: tuple[str, ...] = field(repr=False)

    @property
    def object_url(self) -> str:
        return f"{self.url.rstrip('/')}/{quote(self.key, safe='/')}"

    @property
    def wire(self) -> Wire:
        """Method and headers; the body is streamed beside it."""
        headers = {"Content-Type": self.body.content_type, "Content-Length": str(self.body.length)}
        return Wire("POST", self.url, headers)


def upload_flow(source: Source) -> Generator[FormPost | None, ImageUploadCredentials | Reply, UploadedImage]:
    """One upload without I/O: yields None for credentials, then the form; returns the result. Raises UploadError."""
    credentials = yield None
    assert isinstance(credentials, ImageUploadCredentials)
    post = form_post(credentials, source)
    reply = yield post
    assert isinstance(reply, Reply)
    return judge(post, reply)


def form_post(credentials: ImageUploadCredentials, source: Source) -> FormPost:
    """The form for `source`. Raises UploadError when the credentials cannot be used."""
    missing = [
        name
        for name in ("access_id", "host", "dir", "policy", "signature")
        if not isinstance(getattr(credentials, name), str) or not getattr(credentials, name)
    ]
    if missing:
        raise UploadError(f"The upload credentials have no {', '.join(missing)}; nothing was sent.")
    host, directory = check_host(str(credentials.host)), str(credentials.dir)
    key = check_key(f"{directory}{uuid.uuid4().hex}{source.suffix}")
    fields = {
        "key": key,
        "OSSAccessKeyId": credentials.access_id,
        "policy": credentials.policy,
        "Signature": credentials.signature,
        "callback": credentials.callback,
    }
    body = FormBody({name: value for name, value in fields.items() if value is not None}, source)
    return FormPost(
        host, body, key, tuple(filter(None, (credentials.policy, credentials.signature, credentials.callback)))
    )


def check_host(host: str) -> str:
    """The storage's address. Raises UploadError unless it is an https URL of a host, without user name or path."""
    url = f"https:{host}" if host.startswith("//") else host
    try:
        parts = urlsplit(url)
        fine = parts.scheme == "https" and bool(parts.hostname) and parts.port is None
    except ValueError:
        fine, parts = False, urlsplit("")
    if not fine or parts.username is not None or any(character in url for character in "?#") or parts.path.strip("/"):
        raise UploadError(f"The upload credentials name the host {host!r}, which is no plain https address.")
    return url


def check_key(key: str) -> str:
    """The object's name. Raises UploadError for names that the storage refuses: 1 to 1023 bytes of UTF-8, no slash
    or backslash in front; `${filename}` would be replaced by the storage."""
    size = len(key.encode("utf-8", "surrogatepass"))
    if not 1 <= size <= 1023 or key[0] in "/\\" or not key.isprintable() or "${" in key:
        raise UploadError(f"The object name {key[:80]!r} ({size} bytes) is none that the storage takes.")
    return key


def judge(post: FormPost, reply: Reply) -> UploadedImage:
    """What the storage's answer means. Raises UploadError; with `stored_url` when the image lies there all the same."""
    request_id = reply.headers.get("x-oss-request-id")
    if reply.status in (200, 201, 204):
        try:
            said = msgspec.json.decode(reply.content) if reply.content else None
        except (msgspec.MsgspecError, RecursionError):
            said = None  # a 201 carries XML, which says nothing that the key does not
        return UploadedImage(post.object_url, post.key, said, request_id)
    code, message, quoted = read_error(reply.content)
    message = redact(message or "", post.secrets)
    if reply.status == 203:
        raise UploadError(
            f"The image is stored at {post.object_url}, but the vendor's server was not told: "
            f"{message or 'its callback failed'}. It was not uploaded again.",
            status=203,
            code=code or "CallbackFailed",
            request_id=quoted or request_id,
            stored_url=post.object_url,
        )
    plain = excerpt(reply.content, post.secrets) or "an empty answer"
    said = f"{code}: {message}".rstrip(": .") if code else plain
    raise UploadError(
        f"The storage refused the image with HTTP {reply.status}, {said}.",
        status=reply.status,
        code=code,
        request_id=quoted or request_id,
    )


def read_error(content: bytes) -> tuple[str | None, str | None, str | None]:
    """Code, Message and RequestId of an XML error, with or without a namespace; None each for what is not there."""
    found: dict[str, str] = {}
    try:
        for element in ElementTree.fromstring(content[:65536]):
            found[element.tag.rsplit("}", 1)[-1]] = " ".join((element.text or "").split())
    except (ElementTree.ParseError, ValueError, LookupError):
        return None, None, None  # HTML, JSON, nothing: the excerpt tells
    return found.get("Code"), found.get("Message"), found.get("RequestId")


def _form_request(client: httpx.Client | httpx.AsyncClient, post: FormPost) -> httpx.Request:
    request = client.build_request("POST", post.url, headers=dict(post.wire.headers), timeout=TIMEOUTS)
    request.stream = post.body
    return request


def _no_answer(error: TransportError) -> UploadError:
    return UploadError(
        f"No answer from the storage ({error}). It may have refused the form before reading all of it, or have "
        "stored the image; uploading again stores it under another name."
    )


class Media(_Media):
    """Media operations, and uploads."""

    def __init__(self, transport: Transport, storage: httpx.Client | None = None, proxy: str | None = None) -> None:
        """`storage`: a client of the caller's to post to the object storage with; else a fresh one an upload."""
        super().__init__(transport)
        self._storage, self._proxy = storage, proxy

    def upload_image(self, file: str | os.PathLike[str] | bytes, *, content_type: str | None = None) -> UploadedImage:
        """Upload one image, streamed straight to the object storage.

        Args:
            file: a path, or the image's bytes.
            content_type: default: by the first bytes, else by the path's ending.

        Raises:
            UploadError: the file cannot be read or is empty (nothing was sent), or the storage refused it.
            TrustooError: fetching the credentials failed.
        """
        flow = upload_flow(read_source(file, content_type))
        next(flow)
        try:
            step = flow.send(self.image_upload_credentials())
            while True:
                assert step is not None
                step = flow.send(self._post(step))
        except StopIteration as done:
            uploaded: UploadedImage = done.value
            return uploaded

    def _post(self, post: FormPost) -> Reply:
        one = nullcontext(self._storage) if self._storage is not None else httpx.Client(proxy=self._proxy)
        try:
            with translated(post.wire), one as client:
                reply = client.send(_form_request(client, post), follow_redirects=False)
                return Reply(reply.status_code, reply.headers, reply.content)
        except TransportError as error:
            raise _no_answer(error) from error


class AsyncMedia(_AsyncMedia):
    """Media operations, and uploads, for asyncio."""

    def __init__(
        self, transport: AsyncTransport, storage: httpx.AsyncClient | None = None, proxy: str | None = None
    ) -> None:
        """As `Media`."""
        super().__init__(transport)
        self._storage, self._proxy = storage, proxy

    async def upload_image(
        self, file: str | os.PathLike[str] | bytes, *, content_type: str | None = None
    ) -> UploadedImage:
        """As `Media.upload_image`; the file is read in a worker thread."""
        flow = upload_flow(read_source(file, content_type))
        next(flow)
        try:
            step = flow.send(await self.image_upload_credentials())
            while True:
                assert step is not None
                step = flow.send(await self._post(step))
        except StopIteration as done:
            uploaded: UploadedImage = done.value
            return uploaded

    async def _post(self, post: FormPost) -> Reply:
        one = nullcontext(self._storage) if self._storage is not None else httpx.AsyncClient(proxy=self._proxy)
        try:
            with translated(post.wire):
                async with one as client:
                    reply = await client.send(_form_request(client, post), follow_redirects=False)
                    return Reply(reply.status_code, reply.headers, reply.content)
        except TransportError as error:
            raise _no_answer(error) from error
