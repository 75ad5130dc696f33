"""The media resource with uploads: `Media` for threads and `AsyncMedia` for asyncio."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Collection, Iterable, Mapping
from contextlib import aclosing, closing, nullcontext
from typing import Any

from trustoo_api.api.media import AsyncMediaResource, MediaResource
from trustoo_api.api.media import media_image_upload_credentials as _operation
from trustoo_api.client import AsyncClient, SyncClient
from trustoo_api.models import ImageUploadCredentials
from trustoo_api.types import Response, ResponseDecoder

from .._clock import server_time
from .._concurrency import check_event_loop, for_each, for_each_async
from .._config import Config
from .._docstrings import same_as
from .._sansio import Sleep, run, run_async, sleep, sleep_async
from ..credentials import Credentials
from ..errors import ArgumentError
from ..transport import AsyncNamedTransport, AsyncTransport, HTTPRequest, HTTPResponse, NamedTransport, Transport
from .batch import Batch, Upload, known_sizes
from .execute import CachedCredentials, GetCredentials, UploadCredentialsCache, execute_upload
from .form import Form, Progress
from .image import ImageFile, UploadedImage, UploadOutcome
from .journal import Journal, open_journal
from .plan import UploadPlan
from .prepare import prepared, prepared_async, readable_again, readable_again_async
from .progress import until
from .rules import StorageRules
from .source import AsyncFile, File, Source, read_source, read_source_async

__all__ = ["AsyncMedia", "Media"]


class _Uploads:
    """The methods that both media resources share."""

    _config: Config
    _server_offset = 0.0
    """Seconds by which the service's clock is ahead of this machine's clock. Updated when credentials are fetched."""

    @property
    def _rules(self) -> StorageRules:
        return self._config.storage_rules or StorageRules()

    def _plan(self, image: ImageFile, source: Source, on_progress: Progress | None) -> UploadPlan:
        return UploadPlan(image, source, self._rules, self._config.retry, self._server_time, on_progress)

    def _server_time(self) -> float:
        return self._config.clock() + self._server_offset

    def _request(self, form: Form) -> HTTPRequest:
        """The request that posts a form. It has none of the API's headers, which have the shop's credentials."""
        config, timeout = self._config, self._rules.timeout
        deadline = 5 * timeout if config.deadline is ... else config.deadline
        headers = {"User-Agent": config.user_agent, **form.headers}
        return HTTPRequest("POST", form.url, headers, form, timeout, deadline, config.max_response_bytes)

    def _read_credentials(self, response: Response[ImageUploadCredentials]) -> ImageUploadCredentials:
        now = server_time(ResponseDecoder.loose_envelope(response.content).time, response.headers)
        if now is not None:
            self._server_offset = now - self._config.clock()
        return response.parsed


def _checked_concurrency(concurrency: int) -> int:
    if type(concurrency) is not int or not 1 <= concurrency <= 64:
        raise ArgumentError(f"concurrency must be a whole number from 1 to 64, not {concurrency!r}.")
    return concurrency


def _check_several(files: object) -> None:
    """Raises ArgumentError if `files` is one file. The items of a text are characters, and those of a file lines."""
    is_one = isinstance(files, str | bytes | bytearray | memoryview | os.PathLike | ImageFile)
    if is_one or callable(getattr(files, "read", None)):
        raise ArgumentError(
            f"upload_images takes several files, such as a list, not one of type {type(files).__name__}. Use "
            "upload_image, or put the file into a list. Nothing was sent."
        )


class Media(_Uploads, MediaResource):
    """Media operations, and uploads of images.

    Videos cannot be uploaded. The documentation mentions an operation for videos (`video_upload_url`), but its
    parameters, its response and the upload itself are unknown.

    `shop.media` is such an object. Programs do not create it.

    Args:
        client: the client that fetches credentials.
        config: the client's settings. Default: the default settings.
        storage: sends the forms. Default: httpcore.

    Example:
        >>> image = shop.media.upload_image("kettle.jpg")
        >>> review = shop.reviews.create(rating=5, author="Zoë Example", media=[image])
    """

    def __init__(self, client: SyncClient, config: Config | None = None, storage: Transport | None = None) -> None:
        """`storage` sends the forms. Default: a transport with the default settings."""
        super().__init__(client)
        self._config, self._storage = config or Config(Credentials()), storage or NamedTransport()

    def upload_image(
        self,
        file: File,
        *,
        name: str | None = None,
        allow: Collection[str] = (),
        strip_metadata: bool = True,
        max_pixels: int | None = None,
        quality: int | None = None,
        filename: str | None = None,
        size: int | None = None,
        str_paths: bool = True,
        fields: Mapping[str, str] | None = None,
        credentials: ImageUploadCredentials | None = None,
        on_progress: Progress | None = None,
    ) -> UploadedImage:
        """Upload one image. A `str` is a path.

        The content decides what is accepted: JPEG, PNG, GIF, WebP, AVIF and HEIC. Metadata is removed: positions,
        dates, names, comments, thumbnails, and all bytes after the image. Pixels, colour profile, animation and
        orientation stay. JPEG, PNG, GIF and WebP are not encoded again. AVIF and TIFF with metadata are encoded again,
        and HEIC is turned into JPEG, which needs the extra `images`. If Pillow is installed, it verifies the image.

        The image is streamed to the object storage. A source that can be read only once is first copied to a temporary
        file. The form is checked before anything is sent. If the image can be read again, the form is retried after the
        same errors as a read (`RetryPolicy`). If the credentials expired, the form is sent once more with new
        credentials.

        Args:
            file: a path, bytes, a file opened with "rb" (read from its position to its end), a file of a web framework,
                or an iterator of bytes.
            name: the object's name below the credentials' `dir`. Default: a random name. The name gets the extension of
                the content type. An object with the same name is overwritten.
            allow: content types that are accepted in addition: "image/bmp", "image/jxl", "image/svg+xml", "image/tiff",
                "application/pdf". Default: none.
            strip_metadata: whether metadata is removed. Default: True. With False, the file is sent as it is.
            max_pixels: the largest number of pixels. A larger image is scaled down and encoded again, without metadata.
                Needs the extra `images`. Default: no limit.
            quality: 1 to 100. JPEG, WebP, AVIF and HEIC are encoded again with this quality, without metadata. Needs
                the extra `images`. Default: 90 for images that must be encoded again.
            filename: a name for `file` in error messages. It is not sent.
            size: the size of `file` in bytes. It is checked. An iterator with a size and `strip_metadata=False` is sent
                while it is read, without a copy.
            str_paths: whether a `str` is a path. Use False in a server whose users choose `file`: then only a
                `pathlib.Path` is a path. Default: True.
            fields: additional form fields for the storage, such as `x-oss-meta-…`.
            credentials: credentials from an earlier call. Expired credentials are replaced. Default: new credentials
                are fetched.
            on_progress: a function that is called with the number of bytes passed to the network and the size. The
                number starts again from 0 when the form is sent again. Errors of the function end the upload and are
                raised here. `progress_bar` returns such a function.

        Returns:
            The stored image, for `media` of `reviews.create`.

        Raises:
            ArgumentError: if `allow`, `max_pixels` or `quality` is invalid. Nothing was sent.
            UploadError: if the image, the credentials or the storage's URL are invalid, or if the metadata cannot be
                removed. Nothing is stored.
            UploadRejectedError: if the storage refused the form.
            UploadCallbackError: if the image is stored, but the storage could not notify the vendor's server.
            UploadInterruptedError: if the storage did not respond. The image may be stored.
            ResponseDecodeError: if the service sent credentials that lack a member. Nothing was sent.
            TrustooError: if the credentials could not be fetched.

        Example:
            >>> image = shop.media.upload_image("kettle.jpg")
            >>> image.content_type
            'image/jpeg'
        """
        image = ImageFile(file, name, allow, strip_metadata, max_pixels, quality, filename, size, str_paths, fields)
        source = read_source(image.file, **image.source_options)
        return self._upload(image, source, UploadCredentialsCache(credentials), on_progress)

    def upload_images(
        self,
        files: Iterable[File | ImageFile],
        *,
        concurrency: int = 4,
        credentials: ImageUploadCredentials | None = None,
        results: str | os.PathLike[str] | Journal | None = None,
        on_progress: Progress | None = None,
        on_outcome: Callable[[UploadOutcome], object] | None = None,
    ) -> list[UploadOutcome]:
        """Upload several images concurrently. The uploads share credentials as long as the credentials are valid.

        A file is opened when its turn comes, and closed before its outcome is known. `files` can be a generator of
        thousands of paths. It is read in the caller's thread, as far as uploads have ended. The outcomes refer to the
        files, so many files should be paths, not bytes.

        Args:
            files: files as for `upload_image`, or `trustoo.upload.ImageFile` objects with their own options.
            concurrency: the number of concurrent uploads, from 1 to 64.
            credentials: the same as for `upload_image`.
            results: a file that notes each stored image, so that a later call with the same file does not upload it
                again, also if this process is killed. It recognises an image by its content and options, not by its
                name. A path is enough for one call after the other. A `trustoo.upload.Journal` is such a file for
                several calls at once. Use one file for each shop.
            on_progress: the same as for `upload_image`, with the sums of all images. If `files` is a list or tuple, the
                total has the sizes of all files from the start. Otherwise it grows.
            on_outcome: a function that is called with each outcome when the upload has ended, in any order and thread,
                one call at a time. An error of the function ends all uploads and is raised here.

        Returns:
            The outcome of each file, in the order of `files`. A failed upload does not stop the others.

        Raises:
            ArgumentError: if `files` is one file, or if `concurrency` is not a whole number from 1 to 64. Nothing was
                sent.
            ConfigurationError: if `results` is another file, or if another process uses it. Nothing was sent.
            OSError: if `results` cannot be read or written. The uploads end, and `on_outcome` was called for those that
                had ended.

        Example:
            >>> outcomes = shop.media.upload_images(["kettle.jpg", "missing.jpg"], results="uploads.jsonl")
            >>> [outcome.error is None for outcome in outcomes]
            [True, False]
        """
        _check_several(files)
        concurrency = _checked_concurrency(concurrency)
        cache, stopped = UploadCredentialsCache(credentials), threading.Event()

        def attempt(upload: Upload) -> None:
            source = until(stopped, read_source(upload.image.file, **upload.image.source_options))
            with readable_again(source) if batch.journal else nullcontext(source) as readable:
                if not batch.find(upload, readable):
                    upload.stored = self._upload(upload.image, readable, cache, upload.on_progress)
                    batch.note(upload, source)

        def one(upload: Upload) -> None:
            with batch.outcome_of(upload):
                attempt(upload)

        with open_journal(results) as journal:
            batch = Batch(known_sizes(files, on_progress), on_progress, on_outcome, journal)
            for_each(map(batch.take, files), one, concurrency, stopped)
        return batch.outcomes

    def _upload(
        self, image: ImageFile, source: Source, cache: UploadCredentialsCache, on_progress: Progress | None
    ) -> UploadedImage:
        with prepared(source, image) as ready:
            return run(
                execute_upload(self._plan(image, ready, on_progress)),
                {
                    GetCredentials: lambda effect: self._credentials(cache, effect.rejected),
                    Form: self._post,
                    Sleep: sleep,
                },
            )

    def _credentials(self, cache: UploadCredentialsCache, rejected: ImageUploadCredentials | None) -> CachedCredentials:
        with cache.lock, cache.fetching():
            cached = cache.get(rejected)
            return cached or cache.put(self._read_credentials(_operation.sync_detailed(client=self._client)))

    def _post(self, form: Form) -> HTTPResponse:
        with form.unmasked(), closing(form):
            return self._storage.send(self._request(form))


class AsyncMedia(_Uploads, AsyncMediaResource):
    """The asyncio version of `Media`. Files are read in worker threads, not in the event loop.

    `shop.media` of an `AsyncTrustoo` is such an object. Programs do not create it.

    Args:
        client: the client that fetches credentials.
        config: the client's settings. Default: the default settings.
        storage: sends the forms. Default: httpcore.

    Example:
        >>> image = await shop.media.upload_image("kettle.jpg")
        >>> review = await shop.reviews.create(rating=5, author="Zoë Example", media=[image])
    """

    def __init__(
        self, client: AsyncClient, config: Config | None = None, storage: AsyncTransport | None = None
    ) -> None:
        """`storage` sends the forms. Default: a transport with the default settings."""
        super().__init__(client)
        self._config, self._storage = config or Config(Credentials()), storage or AsyncNamedTransport()

    @same_as(Media.upload_image)
    async def upload_image(
        self,
        file: File | AsyncFile,
        *,
        name: str | None = None,
        allow: Collection[str] = (),
        strip_metadata: bool = True,
        max_pixels: int | None = None,
        quality: int | None = None,
        filename: str | None = None,
        size: int | None = None,
        str_paths: bool = True,
        fields: Mapping[str, str] | None = None,
        credentials: ImageUploadCredentials | None = None,
        on_progress: Progress | None = None,
    ) -> UploadedImage:
        """Same as `Media.upload_image`. A `str` is a path.

        `file` may also be an asynchronous iterator of bytes, or a file with an asynchronous `read(size)`, such as
        FastAPI's UploadFile and `response.content` of aiohttp.
        """
        image = ImageFile(file, name, allow, strip_metadata, max_pixels, quality, filename, size, str_paths, fields)
        source = await read_source_async(image.file, **image.source_options)
        return await self._upload(image, source, UploadCredentialsCache(credentials), on_progress)

    @same_as(Media.upload_images)
    async def upload_images(
        self,
        files: Iterable[File | AsyncFile | ImageFile] | AsyncIterable[File | AsyncFile | ImageFile],
        *,
        concurrency: int = 4,
        credentials: ImageUploadCredentials | None = None,
        results: str | os.PathLike[str] | Journal | None = None,
        on_progress: Progress | None = None,
        on_outcome: Callable[[UploadOutcome], object] | None = None,
    ) -> list[UploadOutcome]:
        """Same as `Media.upload_images`. `files` may also be an asynchronous iterable."""
        _check_several(files)
        concurrency, cache = _checked_concurrency(concurrency), UploadCredentialsCache(credentials)

        async def attempt(upload: Upload) -> None:
            source = await read_source_async(upload.image.file, **upload.image.source_options)
            async with readable_again_async(source) if batch.journal else nullcontext(source) as readable:
                if not await asyncio.to_thread(batch.find, upload, readable):
                    upload.stored = await self._upload(upload.image, readable, cache, upload.on_progress)
                    await asyncio.to_thread(batch.note, upload, source)

        async def one(upload: Upload) -> None:
            with batch.outcome_of(upload):
                await attempt(upload)

        check_event_loop()
        sizes = await asyncio.to_thread(known_sizes, files, on_progress)
        with await asyncio.to_thread(open_journal, results) as journal:
            batch = Batch(sizes, on_progress, on_outcome, journal)
            async with aclosing(_taken(batch, files)) as uploads:
                await for_each_async(uploads, one, concurrency)
        return batch.outcomes

    async def _upload(
        self, image: ImageFile, source: Source, cache: UploadCredentialsCache, on_progress: Progress | None
    ) -> UploadedImage:
        async with prepared_async(source, image) as ready:
            return await run_async(
                execute_upload(self._plan(image, ready, on_progress)),
                {
                    GetCredentials: lambda effect: self._credentials(cache, effect.rejected),
                    Form: self._post,
                    Sleep: sleep_async,
                },
            )

    async def _credentials(
        self, cache: UploadCredentialsCache, rejected: ImageUploadCredentials | None
    ) -> CachedCredentials:
        async with cache.async_lock:
            with cache.fetching():
                cached = cache.get(rejected)
                return cached or cache.put(
                    self._read_credentials(await _operation.asyncio_detailed(client=self._client))
                )

    async def _post(self, form: Form) -> HTTPResponse:
        with form.unmasked():
            async with aclosing(form):
                return await self._storage.send(self._request(form))


async def _taken(batch: Batch, files: Iterable[Any] | AsyncIterable[Any]) -> AsyncGenerator[Upload]:
    if isinstance(files, AsyncIterable):
        async for file in files:
            yield batch.take(file)
    else:
        for file in files:
            yield batch.take(file)
