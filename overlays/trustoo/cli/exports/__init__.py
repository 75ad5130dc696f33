"""Exports of rows, such as reviews, to files and databases.

    layout = layout_of(Review, "reviews", first=20).without(["author_email"])
    with open_export(Path("shop.duckdb"), ExportFormat.duckdb, layout) as export:
        done = export.run(partial(shop.reviews.iterate, sort_by=NEWEST_FIRST), Mode.full)

- `layout_of`: the columns of a model. `Layout` can also be made by hand, for any JSON objects.
- `open_export`: an export that a later run continues: `Export.run` for pages, and `Export.take` for any iterable.
- `write_rows`: one file, or standard output, without a state.

A format is a function that writes rows to a file (`writers.file_writer`), or a subclass of `database.Table`. The module
of a format, which imports its library, is imported when the format is used.
"""

from __future__ import annotations

from .formats import NEWEST_FIRST, ExportFormat, FileOptions, Mode, format_of
from .job import Export, Exported, open_export, write_rows
from .layout import Column, Kind, Layout, layout_of

__all__ = [
    "NEWEST_FIRST",
    "Column",
    "Export",
    "ExportFormat",
    "Exported",
    "FileOptions",
    "Kind",
    "Layout",
    "Mode",
    "format_of",
    "layout_of",
    "open_export",
    "write_rows",
]
