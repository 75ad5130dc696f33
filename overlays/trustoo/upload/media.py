"""The media resource with uploads, for threads and for asyncio: the I/O that the flow asks for, and several at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, closing
from typing import Any, TypeVar

import httpx
from trustoo_api.api.media import AsyncMediaResource, MediaResource
from trustoo_api.api.media import media_image_upload_credentials as _operation
from trustoo_api.client import AsyncClient, SyncClient
from trustoo_api.models import ImageUploadCredentials
from trustoo_api.types import Response, ResponseDecoder

from .._clock import server_time
from .._sansio import Sleep, run, run_async, sleep, sleep_async
from ..errors import ConfigurationError, TrustooError, UploadError
from ..transport import HTTPResponse
from ..transport.httpx import translated_errors
from .credentials_cache import UploadCredentialsCache
from .execute import CachedCredentials, GetCredentials, UploadPlan, execute_upload
from .form import Progress
from .image import ImageFile, UploadedImage, UploadOutcome
from .post import FormPost, ObjectOptions
from .progress import Stopped, counters, until
from .source import File, Source, read_source, read_source_async
from .storage import LONGEST_ANSWER, Storage, form_request

__all__ = ["AsyncMedia", "Media"]

C = TypeVar("C", httpx.Client, httpx.AsyncClient)


class _Uploads:
    """What both media resources decide alike."""

    _storage: Storage[Any]
    _ahead = 0.0
    """Seconds by which the service's clock is ahead of ours, learnt whenever credentials are fetched."""

    def _plan(self, image: ImageFile, source: Source, on_progress: Progress | None) -> UploadPlan:
        storage, options = self._storage, ObjectOptions(image.name, image.fields or {})
        return UploadPlan(source, options, storage.rules, storage.retry, self._server_time, on_progress)

    def _server_time(self) -> float:
        return self._storage.clock() + self._ahead

    def _learn(self, response: Response[ImageUploadCredentials]) -> ImageUploadCredentials:
        said = server_time(ResponseDecoder.loose_envelope(response.content).time, response.headers)
        if said is not None:
            self._ahead = said - self._storage.clock()
        return response.parsed


def _concurrency(asked: int) -> int:
    if type(asked) is not int or not 1 <= asked <= 64:
        raise ConfigurationError(f"concurrency must be a whole number from 1 to 64, not {asked!r}.")
    return asked


def _as_image(file: Any) -> ImageFile:
    return file if isinstance(file, ImageFile) else ImageFile(file)


def _size(source: Source | UploadError) -> int:
    return source.size if isinstance(source, Source) else 0


def _looked_at(image: ImageFile) -> Source | UploadError:
    try:
        return read_source(image.file, **image.about)
    except UploadError as error:
        return error


async def _looked_at_async(image: ImageFile) -> Source | UploadError:
    try:
        return await read_source_async(image.file, **image.about)
    except UploadError as error:
        return error


class Media(_Uploads, MediaResource):
    """Media operations, and uploads of images.

    There is no upload of videos: the documentation names an operation that gives an address for one
    (`video_upload_url`), and neither its parameters and answer nor the upload itself could be read.
    """

    def __init__(self, transport: SyncClient, storage: Storage[httpx.Client] | None = None) -> None:
        super().__init__(transport)
        self._storage = storage or Storage()

    def upload_image(
        self,
        file: File,
        *,
        name: str | None = None,
        content_type: str | None = None,
        filename: str | None = None,
        size: int | None = None,
        allow_empty: bool = False,
        fields: Mapping[str, str] | None = None,
        credentials: ImageUploadCredentials | None = None,
        on_progress: Progress | None = None,
    ) -> UploadedImage:
        """Upload one image, streamed straight to the object storage.

        Everything that can be known before is checked before anything is sent. The form is sent again after what a
        read is repeated after, if the image can be read again; and once with new credentials when these expired.

        Args:
            file: a path; bytes; a file opened with "rb", from where it stands to its end; or an iterator of bytes.
            name: the object's name below the credentials' `dir`. Default: a random one. An object of the same name is
                overwritten.
            content_type: default: by the first bytes, else by the name's ending.
            filename: a name for `file`, for its ending and for messages; it is never sent.
            size: bytes; needed for iterators and for files that cannot seek.
            allow_empty: upload an empty file, too.
            fields: further form fields that the storage knows, such as `x-oss-meta-…`.
            credentials: kept ones to use. Default: new ones are fetched. Expired ones are replaced.
            on_progress: called with the bytes handed to the network so far and all bytes; begins anew when the form is
                sent again. What it raises ends the upload, and reaches you. `progress_bar` makes one.

        Raises:
            UploadError: the image, the credentials or the address cannot be used; nothing was sent.
            UploadRejectedError: the storage did not take it.
            UploadCallbackError: it is stored, but the vendor's server was not told.
            UploadInterruptedError: no answer came.
            TrustooError: fetching the credentials failed.
        """
        image = ImageFile(file, name, content_type, filename, size, allow_empty, fields)
        plan = self._plan(image, read_source(image.file, **image.about), on_progress)
        with self._storage.connected(httpx.Client) as client:
            return self._upload(client, plan, UploadCredentialsCache(credentials))

    def upload_images(
        self,
        files: Iterable[File | ImageFile],
        *,
        concurrency: int = 4,
        credentials: ImageUploadCredentials | None = None,
        on_progress: Progress | None = None,
    ) -> list[UploadOutcome]:
        """Upload several images, some at once; credentials are used again as long as they are valid.

        Args:
            files: what `upload_image` takes, or `trustoo.upload.ImageFile` for one with a name, a type or fields of its
                own.
            concurrency: how many at once, from 1 to 64.
            on_progress: as of `upload_image`, for all of them together.

        Returns:
            What came of each, in the order of `files`: one that fails does not keep the others from being uploaded.
        """
        images = [_as_image(file) for file in files]
        sources = [_looked_at(image) for image in images]
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
                plan = self._plan(image, source, until(stopped, counter(number)))
                return UploadOutcome(image.file, self._upload(client, plan, cache))
            except TrustooError as error:
                return UploadOutcome(image.file, error=error)
            except Stopped:
                return UploadOutcome(image.file)  # what ended them all is raised instead
            except BaseException:  # the others are told at once, and not when their turn comes below
                stopped.set()
                raise

        workers = ThreadPoolExecutor(_concurrency(concurrency), "trustoo-upload")
        with self._storage.connected(httpx.Client) as client, workers:
            uploads = [workers.submit(one, number) for number in range(len(images))]
            try:
                return [upload.result() for upload in uploads]
            except BaseException:  # ours to pass on, after the others were told to end
                stopped.set()
                workers.shutdown(wait=False, cancel_futures=True)
                raise

    def _upload(self, client: httpx.Client, plan: UploadPlan, cache: UploadCredentialsCache) -> UploadedImage:
        return run(
            execute_upload(plan),
            {
                GetCredentials: lambda effect: self._credentials(cache, effect.rejected),
                FormPost: lambda post: self._post(client, post),
                Sleep: sleep,
            },
        )

    def _credentials(self, cache: UploadCredentialsCache, rejected: ImageUploadCredentials | None) -> CachedCredentials:
        with cache.lock, cache.fetching():
            kept = cache.kept(rejected)
            return kept or cache.took(self._learn(_operation.sync_detailed(client=self._client)))

    @staticmethod
    def _post(client: httpx.Client, post: FormPost) -> HTTPResponse:
        with post.body.unmasked(), translated_errors(post.http_request), closing(post.body):
            reply = client.send(form_request(client, post), auth=None, follow_redirects=False, stream=True)
            content = bytearray()
            with closing(reply):
                for piece in reply.iter_bytes():
                    content += piece[: LONGEST_ANSWER - len(content)]
                    if len(content) == LONGEST_ANSWER:
                        break
            return HTTPResponse(reply.status_code, reply.headers, bytes(content))


class AsyncMedia(_Uploads, AsyncMediaResource):
    """`Media` for asyncio. Files are read in worker threads, never on the event loop's."""

    def __init__(self, transport: AsyncClient, storage: Storage[httpx.AsyncClient] | None = None) -> None:
        super().__init__(transport)
        self._storage = storage or Storage()

    async def upload_image(
        self,
        file: File | AsyncIterable[bytes],
        *,
        name: str | None = None,
        content_type: str | None = None,
        filename: str | None = None,
        size: int | None = None,
        allow_empty: bool = False,
        fields: Mapping[str, str] | None = None,
        credentials: ImageUploadCredentials | None = None,
        on_progress: Progress | None = None,
    ) -> UploadedImage:
        """As `Media.upload_image`; takes asynchronous iterators, too."""
        image = ImageFile(file, name, content_type, filename, size, allow_empty, fields)
        plan = self._plan(image, await read_source_async(image.file, **image.about), on_progress)
        async with self._storage.connected_async() as client:
            return await self._upload(client, plan, UploadCredentialsCache(credentials))

    async def upload_images(
        self,
        files: Iterable[File | AsyncIterable[bytes] | ImageFile],
        *,
        concurrency: int = 4,
        credentials: ImageUploadCredentials | None = None,
        on_progress: Progress | None = None,
    ) -> list[UploadOutcome]:
        """As `Media.upload_images`."""
        images = [_as_image(file) for file in files]
        sources = [await _looked_at_async(image) for image in images]
        counter, cache = counters(map(_size, sources), on_progress), UploadCredentialsCache(credentials)
        outcomes: dict[int, UploadOutcome] = {}

        async def one(number: int) -> UploadOutcome:
            image, source = images[number], sources[number]
            if isinstance(source, UploadError):
                return UploadOutcome(image.file, error=source)
            try:
                plan = self._plan(image, source, counter(number))
                return UploadOutcome(image.file, await self._upload(client, plan, cache))
            except TrustooError as error:
                return UploadOutcome(image.file, error=error)

        async def worker(numbers: Iterator[int]) -> None:
            for number in numbers:
                outcomes[number] = await one(number)

        left = iter(range(len(images)))
        async with self._storage.connected_async() as client:
            workers = [asyncio.create_task(worker(left)) for _ in range(_concurrency(concurrency))]
            try:
                await asyncio.gather(*workers)
            finally:  # where one failed, or the caller was cancelled, the others end before the client is closed
                for task in workers:
                    task.cancel()
                await asyncio.gather(*workers, return_exceptions=True)
        return [outcomes[number] for number in range(len(images))]

    async def _upload(
        self, client: httpx.AsyncClient, plan: UploadPlan, cache: UploadCredentialsCache
    ) -> UploadedImage:
        return await run_async(
            execute_upload(plan),
            {
                GetCredentials: lambda effect: self._credentials(cache, effect.rejected),
                FormPost: lambda post: self._post(client, post),
                Sleep: sleep_async,
            },
        )

    async def _credentials(
        self, cache: UploadCredentialsCache, rejected: ImageUploadCredentials | None
    ) -> CachedCredentials:
        async with cache.async_lock:
            with cache.fetching():
                kept = cache.kept(rejected)
                return kept or cache.took(self._learn(await _operation.asyncio_detailed(client=self._client)))

    @staticmethod
    async def _post(client: httpx.AsyncClient, post: FormPost) -> HTTPResponse:
        with post.body.unmasked(), translated_errors(post.http_request):
            async with aclosing(post.body):
                request = form_request(client, post)
                reply = await client.send(request, auth=None, follow_redirects=False, stream=True)
                content = bytearray()
                async with aclosing(reply):
                    async for piece in reply.aiter_bytes():
                        content += piece[: LONGEST_ANSWER - len(content)]
                        if len(content) == LONGEST_ANSWER:
                            break
                return HTTPResponse(reply.status_code, reply.headers, bytes(content))
