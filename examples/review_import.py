"""Import reviews with photos from a CSV file. Run it with

    TRUSTOO_PUBLIC_TOKEN=... TRUSTOO_PRIVATE_TOKEN=... python examples/review_import.py reviews.csv

The columns are product_id, rating, author, title, content, commented_at and photos (paths beside the file, separated by
semicolons). All rows are checked before the first is sent. What became of each is in reviews.csv.report.jsonl; run it
again, and only rows that were refused are sent again. A row whose outcome is unknown never is: look in the shop whether
it is there. If it is not, delete its lines from the report.
"""

import csv
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from trustoo import (
    ConfigurationError,
    OutcomeUnknownError,
    ResponseDecodeError,
    Trustoo,
    TrustooError,
    UnauthenticatedError,
)
from trustoo_api.api.reviews import reviews_create

COLUMNS = ["product_id", "rating", "author", "title", "content", "commented_at", "photos"]


def read(file: Path) -> list[tuple[str, dict[str, Any], list[Path]]]:
    """Key, arguments and photos of each row. Raises ValueError with a line for every mistake of the file."""
    rows, mistakes, keys = [], [], set()
    with file.open(encoding="utf-8-sig", newline="") as lines:
        table = csv.DictReader(lines)
        if table.fieldnames is None or set(table.fieldnames) != set(COLUMNS):
            raise ValueError(f"{file} must have the columns {', '.join(COLUMNS)}.")
        for number, row in enumerate(table, 2):
            key = hashlib.sha256(json.dumps(row).encode()).hexdigest()[:16]
            photos = [file.parent / name.strip() for name in (row.pop("photos") or "").split(";") if name.strip()]
            try:
                if row["rating"] not in list("12345") or not row["author"]:
                    raise ValueError(f"a rating from 1 to 5 and an author are needed, not {row['rating']!r}")
                given: dict[str, Any] = {name: value for name, value in row.items() if value}
                given["rating"] = int(row["rating"])
                reviews_create.build(**given)  # the description's own limits; sends nothing
                if missing := [str(photo) for photo in photos if not photo.is_file()]:
                    raise ValueError(f"there is no {', '.join(missing)}")
                if key in keys:
                    raise ValueError("the row is there twice")
            except (TrustooError, ValueError, TypeError) as error:
                mistakes.append(f"row {number}: {error}")
            keys.add(key)
            rows.append((key, given, photos))
    if mistakes:
        raise ValueError("\n".join(mistakes))
    return rows


def import_reviews(shop: Trustoo, file: Path) -> dict[str, str]:
    """What became of each row, by its key: "created", "refused" or "unknown"."""
    rows, report = read(file), file.with_name(file.name + ".report.jsonl")
    lines = report.read_text(encoding="utf-8").splitlines() if report.exists() else []
    states = {entry["key"]: entry["state"] for entry in map(json.loads, lines)}
    with report.open("a", encoding="utf-8", buffering=1) as log:
        for key, given, photos in rows:
            if states.get(key, "refused") != "refused":
                continue

            def note(state: str, said: str, key: str = key) -> None:
                states[key] = state
                log.write(json.dumps({"key": key, "state": state, "said": said}, ensure_ascii=False) + "\n")

            sent = False
            try:
                media = [shop.media.upload_image(photo) for photo in photos]
                note("unknown", "about to be sent")  # stays if this program is killed now
                sent = True
                made = shop.reviews.create(**given, media=media or None)
                note("created", f"review {made.id if made else 'without an id'}")
            except (UnauthenticatedError, ConfigurationError) as error:
                note("refused", str(error))
                raise  # no other row would fare better
            except TrustooError as error:
                doubtful = isinstance(error, OutcomeUnknownError) or (sent and isinstance(error, ResponseDecodeError))
                note("unknown" if doubtful else "refused", str(error))
            print(states[key], given["author"], given["rating"])
    return {key: states[key] for key, _, _ in rows}


if __name__ == "__main__":
    try:
        with Trustoo() as client:
            outcomes = list(import_reviews(client, Path(sys.argv[1])).values())
    except (OSError, ValueError, TrustooError) as problem:
        sys.exit(f"{problem}")
    sys.exit(0 if set(outcomes) <= {"created"} else 1)
