"""Keep a file of all reviews up to date. Run this program every night, such as from cron, with

    TRUSTOO_PUBLIC_TOKEN=... TRUSTOO_PRIVATE_TOKEN=... python examples/nightly_export.py reviews.jsonl

Each run appends new reviews as JSON, one review per line. If a run is killed, nothing is lost. The next run continues
at the same page. The program does not update or remove reviews that were changed or deleted later. It leaves out
reviews without an id. The file contains e-mail addresses, so protect the file. Start only one run at a time.
"""

import json
import os
import sys
from pathlib import Path

from trustoo import Trustoo, TrustooError


def ids_in(file: Path) -> set[str]:
    """Return the ids of the reviews in a file, and remove an incomplete last line, which a killed run leaves."""
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

    A second file collects new reviews, the newest first. A third file holds the page. When the export reaches the first
    known review, it appends the collected reviews to `file`, so that `file` has no gaps.
    """
    part, reached = file.with_name(file.name + ".part"), file.with_name(file.name + ".page")
    known, collected = ids_in(file), ids_in(part)
    page = 1
    if collected and reached.exists():
        page = max(1, int(reached.read_text(encoding="utf-8")) - 1)  # one page back: reviews may have been deleted
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
    """Append the collected reviews. If this run is killed, the next run does it again and skips reviews in `file`."""
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
    if len(sys.argv) != 2:
        sys.exit("Give the file to keep up to date: python examples/nightly_export.py reviews.jsonl")
    try:
        with Trustoo() as client:
            print(export(client, Path(sys.argv[1])), "new reviews")
    except TrustooError as error:
        sys.exit(f"The export stopped; the next run continues it. {error}")
