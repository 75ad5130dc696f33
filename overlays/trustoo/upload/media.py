"""The media resource with uploads: `Media` for threads and `AsyncMedia` for asyncio."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, closing
from typing import Any

from trustoo_api.api.media import AsyncMediaResource, MediaResource
from trustoo_api.api.media import media_image_upload_credentials as _operation
from trustoo_api.client import AsyncClient, SyncClient
from trustoo_api.models import ImageUploadCredentials
from trustoo_api.types import Response, ResponseDecoder

from .._clock import server_time
from .._config import Config
from .._sansio import Sleep, run, run_async, sleep, sleep_async
from ..credentials import Credentials
from ..errors import ArgumentError, TrustooError, UploadError
from ..transport import AsyncNamedTransport, AsyncTransport, HTTPRequest, HTTPResponse, NamedTransport, Transport
from .execute import CachedCredentials, GetCredentials, UploadCredentialsCache, execute_upload
from .form import Form, Progress
from .image import ImageFile, UploadedImage, UploadOutcome
from .plan import UploadPlan
from .prepare import prepared, prepared_async
from .progress import UploadStoppedError, counters, until
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


def _as_image(file: Any) -> ImageFile:
    return file if isinstance(file, ImageFile) else ImageFile(file)


def _size(source: Source | UploadError) -> int:
    return source.size or 0 if isinstance(source, Source) else 0


def _source_or_error(image: ImageFile) -> Source | UploadError:
    try:
        return read_source(image.file, **image.source_options)
    except UploadError as error:
        return error


async def _source_or_error_async(image: ImageFile) -> Source | UploadError:
    try:
        return await read_source_async(image.file, **image.source_options)
    except UploadError as error:
        return error


class Media(_Uploads, MediaResource):
    """Media operations, and uploads of images.

    Videos cannot be uploaded. The documentation mentions an operation for videos (`video_upload_url`), but its
    parameters, its response and the upload itself are unknown.
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

        Raises:
            ArgumentError: if `allow`, `max_pixels` or `quality` is invalid. Nothing was sent.
            UploadError: if the image, the credentials or the storage's URL are invalid, or if the metadata cannot be
                removed. Nothing is stored.
            UploadRejectedError: if the storage refused the form.
            UploadCallbackError: if the image is stored, but the storage could not notify the vendor's server.
            UploadInterruptedError: if the storage did not respond. The image may be stored.
            ResponseDecodeError: if the service sent credentials that lack a member. Nothing was sent.
            TrustooError: if the credentials could not be fetched.
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
        on_progress: Progress | None = None,
    ) -> list[UploadOutcome]:
        """Upload several images concurrently. The uploads share credentials as long as the credentials are valid.

        Args:
            files: files as for `upload_image`, or `trustoo.upload.ImageFile` objects with their own options.
            concurrency: the number of concurrent uploads, from 1 to 64.
            credentials: the same as for `upload_image`.
            on_progress: the same as for `upload_image`, with the sums of all images.

        Returns:
            The outcome of each file, in the order of `files`. A failed upload does not stop the others.

        Raises:
            ArgumentError: if `concurrency` is not a whole number from 1 to 64.
        """
        images = [_as_image(file) for file in files]
        sources = [_source_or_error(image) for image in images]
        counter, cache, stopped = (
            counters(map(_size, sources), on_progress),
            UploadCredentialsCache(credentials),
            threading.Event(),
        )

        def one(number: int) -> UploadOutcome:
            image, source = images[number], sources[number]
            if isinstance(source, UploadError):
                return UploadOutcome(image.file, error=source)
            if stopped.is_set():
                return UploadOutcome(image.file)
            try:
                stored = self._upload(image, until(stopped, source), cache, counter(number))
                return UploadOutcome(image.file, stored)
            except TrustooError as error:
                return UploadOutcome(image.file, error=error)
            except UploadStoppedError:
                return UploadOutcome(image.file)  # the error that stopped all uploads is raised instead
            except BaseException:  # stop the others at once, not when their turn comes below
                stopped.set()
                raise

        workers = ThreadPoolExecutor(_checked_concurrency(concurrency), "trustoo-upload")
        with workers:
            uploads = [workers.submit(one, number) for number in range(len(images))]
            try:
                return [upload.result() for upload in uploads]
            except BaseException:  # stop the others first
                stopped.set()
                workers.shutdown(wait=False, cancel_futures=True)
                raise

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
    """The asyncio version of `Media`. Files are read in worker threads, not in the event loop."""

    def __init__(
        self, client: AsyncClient, config: Config | None = None, storage: AsyncTransport | None = None
    ) -> None:
        """`storage` sends the forms. Default: a transport with the default settings."""
        super().__init__(client)
        self._config, self._storage = config or Config(Credentials()), storage or AsyncNamedTransport()

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

    async def upload_images(
        self,
        files: Iterable[File | AsyncFile | ImageFile],
        *,
        concurrency: int = 4,
        credentials: ImageUploadCredentials | None = None,
        on_progress: Progress | None = None,
    ) -> list[UploadOutcome]:
        """Same as `Media.upload_images`."""
        images = [_as_image(file) for file in files]
        sources = [await _source_or_error_async(image) for image in images]
        counter, cache = counters(map(_size, sources), on_progress), UploadCredentialsCache(credentials)
        outcomes: dict[int, UploadOutcome] = {}

        async def one(number: int) -> UploadOutcome:
            image, source = images[number], sources[number]
            if isinstance(source, UploadError):
                return UploadOutcome(image.file, error=source)
            try:
                stored = await self._upload(image, source, cache, counter(number))
                return UploadOutcome(image.file, stored)
            except TrustooError as error:
                return UploadOutcome(image.file, error=error)

        async def worker(numbers: Iterator[int]) -> None:
            for number in numbers:
                outcomes[number] = await one(number)

        left = iter(range(len(images)))
        workers = [asyncio.create_task(worker(left)) for _ in range(_checked_concurrency(concurrency))]
        try:
            await asyncio.gather(*workers)
        finally:  # after an error or a cancellation the others must end before the client is closed
            for task in workers:
                task.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
        return [outcomes[number] for number in range(len(images))]

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
