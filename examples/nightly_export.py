"""Keep a file of all reviews up to date. Run it every night, such as from cron, with

    TRUSTOO_PUBLIC_TOKEN=... TRUSTOO_PRIVATE_TOKEN=... python examples/nightly_export.py reviews.jsonl

Each run appends new reviews, one a line, as JSON. A run that is killed loses nothing: the next run continues at its
page. Reviews that were changed or deleted later stay in the file as they were; a review without an id is left out. The
file contains e-mail addresses: protect it. Start one run at a time.
"""

import json
import os
import sys
from pathlib import Path

from trustoo import Trustoo, TrustooError


def ids_in(file: Path) -> set[str]:
    """The ids of the reviews in a file. An incomplete last line, which a killed run leaves, is removed."""
    if not file.exists():
        return set()
    with file.open("rb+") as lines:
        complete, ids = 0, set()
        for line in lines:
            if not line.endswith(b"\n"):
                break
            complete += len(line)
            ids.add(str(json.loads(line)["id"]))
        lines.truncate(complete)
    return ids


def write(file: Path, content: str) -> None:
    """Replace a file atomically."""
    new = file.with_name(file.name + ".new")
    new.write_text(content, encoding="utf-8")
    os.replace(new, file)


def export(shop: Trustoo, file: Path) -> int:
    """Bring `file` up to date. Returns the number of new reviews.

    New reviews are collected, newest first, in a second file; a third one holds the page. They are appended to `file`
    when the first known review is reached, so that `file` has no gaps.
    """
    part, reached = file.with_name(file.name + ".part"), file.with_name(file.name + ".page")
    known, collected = ids_in(file), ids_in(part)
    page = 1
    if collected and reached.exists():
        page = max(1, int(reached.read_text(encoding="utf-8")) - 1)  # one back: reviews may have been deleted
    pages = shop.reviews.iterate(
        sort_by="created-descending", page_size=100, known_ids=known, checkpoint={"page": page, "done": 0}
    )
    with part.open("a", encoding="utf-8", newline="\n") as lines:
        for review in pages:
            if pages.checkpoint["page"] != page:
                page = pages.checkpoint["page"]
                lines.flush()
                write(reached, str(page))
            if review.id is not None and review.id not in collected:
                collected.add(review.id)
                lines.write(json.dumps(review.to_dict(), ensure_ascii=False) + "\n")
    return finish(file, part, reached)


def finish(file: Path, part: Path, reached: Path) -> int:
    """Append the collected reviews. When it is killed, the next run repeats it and skips reviews that `file` has."""
    known = ids_in(file)
    lines = part.read_text(encoding="utf-8").splitlines(keepends=True)
    new = [line for line in lines if str(json.loads(line)["id"]) not in known]
    with file.open("a", encoding="utf-8", newline="\n") as target:
        target.writelines(new)
        target.flush()
        os.fsync(target.fileno())
    reached.unlink(missing_ok=True)
    part.unlink()
    return len(new)


if __name__ == "__main__":
    try:
        with Trustoo() as client:
            print(export(client, Path(sys.argv[1])), "new reviews")
    except TrustooError as error:
        sys.exit(f"The export stopped; the next run continues it. {error}")
