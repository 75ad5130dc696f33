"""Exports of rows, such as reviews, to files and databases.

    layout = layout_of(Review, "reviews", first="reply").without(["author_email"])
    with open_export(Path("shop.duckdb"), ExportFormat.duckdb, layout) as export:
        done = export.run(partial(shop.reviews.iterate, sort_by=NEWEST_FIRST), Mode.full)

- `layout.layout_of`: the columns of a model. `layout.Layout` can also be made by hand, for any JSON objects.
- `formats`: the formats and modes, which the options of a command need.
- `job.open_export`: an export that a later run continues: `Export.run` for pages, `Export.take` for any iterable.
- `job.write_rows`: one file, or standard output, without a state.

A format is a function that writes rows to a file (`writers.file_writer`), or a subclass of `database.Table`. Import the
modules by name: `job` imports SQLite, and a format's module its library.
"""
