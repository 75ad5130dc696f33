"""`trustoo media`: uploads of images."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from ..errors import (
    ArgumentError,
    ConfigurationError,
    TransportError,
    TrustooError,
    UnauthenticatedError,
    UploadCallbackError,
)
from ..upload import ImageFile, Journal, UploadOutcome, progress_bar
from .connection import connection
from .exits import Exit, command, exit_code, show_stop, shown
from .files import oserror_context
from .output import AsJson, Output

__all__ = ["upload"]

LARGEST_UNREACHABLE_SERIES = 10
"""A run stops after this number of successive images for which the service or the storage did not respond."""


@command
def upload(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="The images to upload.")],
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="The number of uploads at once.")] = 4,
    allow: Annotated[
        list[str] | None,
        typer.Option(metavar="TYPE", help="Accept this type too. May be repeated."),
    ] = None,
    keep_metadata: Annotated[
        bool, typer.Option("--keep-metadata", help="Publish positions, dates and all other metadata too.")
    ] = False,
    max_pixels: Annotated[int | None, typer.Option(min=1, help="Scale larger images down. Needs Pillow.")] = None,
    quality: Annotated[
        int | None, typer.Option(min=1, max=100, help="Encode the images again with this quality. Needs Pillow.")
    ] = None,
    results: Annotated[
        Path | None,
        typer.Option(help="A file that notes the stored images. A later run with it does not upload them again."),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Upload images, and print their media items.

    A new review takes these items as `media`. If an upload fails, the other uploads continue. Metadata of the images,
    such as positions, is removed.

    With --results, run the command again to continue after a failure. It recognises images by their content.
    """
    output, ended, stopped = Output(as_json), _Ended(), None
    bar = progress_bar() if output.shows_progress else nullcontext(None)
    images = [
        ImageFile(file, allow=allow or (), strip_metadata=not keep_metadata, max_pixels=max_pixels, quality=quality)
        for file in files
    ]
    with connection(context).client() as shop, _journal(results) as journal:
        try:
            with bar as on_progress:
                shop.media.upload_images(
                    images,
                    concurrency=concurrency,
                    results=journal,
                    on_progress=on_progress,
                    on_outcome=ended.add,
                )
        except (OSError, KeyboardInterrupt, TrustooError) as error:
            stopped = error
    places = {file: number for number, file in enumerate(files)}
    outcomes = sorted(ended.outcomes, key=lambda outcome: places[cast("Path", outcome.file)])
    worst = max([_show(output, outcome) for outcome in outcomes], default=Exit.DONE)
    output.note(_summary(outcomes, len(files), results))
    if stopped is None:
        return worst
    show_stop(stopped, *[] if results else ["With --results FILE, the next run would upload only the other images."])
    return Exit.INTERRUPTED if isinstance(stopped, KeyboardInterrupt) else max(worst, Exit.FAILED)


class _Ended:
    """The uploads that have ended. Raises an error that the other images would also get, which ends all uploads."""

    def __init__(self) -> None:
        self.outcomes = list[UploadOutcome]()
        self._unreachable_series = 0

    def add(self, outcome: UploadOutcome) -> None:
        self.outcomes.append(outcome)
        error = outcome.error
        is_unreachable = isinstance(error, TransportError) or isinstance(error and error.__cause__, TransportError)
        self._unreachable_series = self._unreachable_series + 1 if is_unreachable else 0
        fatal = isinstance(error, UnauthenticatedError | ConfigurationError | ArgumentError)
        if error is not None and (fatal or self._unreachable_series >= LARGEST_UNREACHABLE_SERIES):
            raise error


def _journal(results: Path | None) -> AbstractContextManager[Journal | None]:
    if results is None:
        return nullcontext()
    with oserror_context(results):
        return Journal(results)


def _show(output: Output, outcome: UploadOutcome) -> Exit:
    about: dict[str, Any] = {"file": str(outcome.file)}
    code = Exit.DONE
    if outcome.image is not None:
        about["media"] = outcome.image.to_dict()
        if not output.as_json:
            output.text(f"{outcome.file}\t{outcome.image.url}")
    elif outcome.error is not None:
        about["error"], code = shown(outcome.error), exit_code(outcome.error)
        if isinstance(outcome.error, UploadCallbackError):
            about["stored_url"] = outcome.error.stored_url
        if not output.as_json:
            message, name = shown(outcome.error), str(outcome.file)
            output.error(message if repr(name) in message else f"{name}: {message}")
    if output.as_json:
        output.json(about)
    return code


def _summary(outcomes: list[UploadOutcome], number: int, results: Path | None) -> str:
    counts = {
        "stored": sum(outcome.image is not None and not outcome.already_stored for outcome in outcomes),
        "already stored": sum(outcome.already_stored for outcome in outcomes),
        "failed": sum(outcome.error is not None for outcome in outcomes),
        "not uploaded": number - len(outcomes),
    }
    parts = [f"{count:,} {status}" for status, count in counts.items() if count]
    return f"{number:,} image{'s' * (number != 1)}: {', '.join(parts)}.{f' Results: {results}' if results else ''}"
