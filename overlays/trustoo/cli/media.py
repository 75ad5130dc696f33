"""`trustoo media`: uploads of images."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import UploadCallbackError
from ..upload import ImageFile, progress_bar
from .connection import connection
from .exits import Exit, command, exit_code, shown
from .output import AsJson, Output

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Images for reviews.")


@app.callback()
def group() -> None:
    """Images for reviews."""


@app.command()
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
    as_json: AsJson = False,
) -> int:
    """Upload images, and print the media item of each image.

    A new review takes these items as `media`. If an upload fails, the other uploads continue. Metadata of the images,
    such as positions, is removed.
    """
    output, worst = Output(as_json), int(Exit.DONE)
    bar = progress_bar() if output.shows_progress else nullcontext(None)
    images = [
        ImageFile(file, allow=allow or (), strip_metadata=not keep_metadata, max_pixels=max_pixels, quality=quality)
        for file in files
    ]
    with connection(context).client() as shop, bar as on_progress:
        outcomes = shop.media.upload_images(images, concurrency=concurrency, on_progress=on_progress)
    for outcome in outcomes:
        about: dict[str, Any] = {"file": str(outcome.file)}
        if outcome.image is not None:
            about["media"] = outcome.image.to_dict()
            if not as_json:
                output.text(f"{outcome.file}\t{outcome.image.url}")
        elif outcome.error is not None:
            about["error"] = shown(outcome.error)
            if isinstance(outcome.error, UploadCallbackError):
                about["stored_url"] = outcome.error.stored_url
            worst = max(worst, int(exit_code(outcome.error)))
            if not as_json:
                output.error(f"{outcome.file}: {shown(outcome.error)}")
        if as_json:
            output.json(about)
    return worst
