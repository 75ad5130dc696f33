"""Import reviews with photos from a CSV file. Run it with

    TRUSTOO_PUBLIC_TOKEN=... TRUSTOO_PRIVATE_TOKEN=... python examples/review_import.py reviews.csv

The columns are product_id, rating, author, title, content, commented_at and photos (paths relative to the file,
separated by semicolons). The program checks all rows before it sends the first row. reviews.csv.report.jsonl holds the
result of each row. Run the program again to send refused rows again. It does not send a row again if the outcome of
the row is unknown. In that case check in the shop whether the review exists. If the review does not exist, delete the
row's lines from the report.
"""

import csv
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from trustoo import ConfigurationError, Trustoo, TrustooError
from trustoo.errors import OutcomeUnknownError, UnauthenticatedError
from trustoo.upload import StorageRules
from trustoo_api.api.reviews import reviews_create

COLUMNS = ["product_id", "rating", "author", "title", "content", "commented_at", "photos"]


def read(file: Path) -> list[tuple[str, dict[str, Any], list[Path]]]:
    """Return key, arguments and photos of each row. Raises ValueError with one line for each mistake in the file."""
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
                reviews_create.build(**given)  # checks the limits of the OpenAPI spec; sends nothing
                if missing := [str(photo) for photo in photos if not photo.is_file()]:
                    raise ValueError(f"missing photos: {', '.join(missing)}")
                if key in keys:
                    raise ValueError("the row occurs twice")
            except (TrustooError, ValueError, TypeError) as error:
                mistakes.append(f"row {number}: {error}")
            keys.add(key)
            rows.append((key, given, photos))
    if mistakes:
        raise ValueError("\n".join(mistakes))
    return rows


def import_reviews(shop: Trustoo, file: Path) -> dict[str, str]:
    """Return the result of each row by the key of the row: "created", "refused" or "unknown"."""
    rows, report = read(file), file.with_name(file.name + ".report.jsonl")
    lines = report.read_text(encoding="utf-8").splitlines() if report.exists() else []
    states = {entry["key"]: entry["state"] for entry in map(json.loads, lines)}
    with report.open("a", encoding="utf-8", buffering=1) as log:
        for key, given, photos in rows:
            if states.get(key, "refused") != "refused":
                continue

            def note(state: str, detail: str, key: str = key) -> None:
                states[key] = state
                log.write(json.dumps({"key": key, "state": state, "detail": detail}, ensure_ascii=False) + "\n")

            try:
                media = [shop.media.upload_image(photo) for photo in photos]
                note("unknown", "about to be sent")  # this state remains if the program is killed now
                made = shop.reviews.create(**given, media=media or None)
                note("created", f"review {made.id or 'without an id'}")
            except (UnauthenticatedError, ConfigurationError) as error:
                note("refused", str(error))
                raise  # other rows would fail in the same way
            except TrustooError as error:
                note("unknown" if isinstance(error, OutcomeUnknownError) else "refused", str(error))
            print(states[key], given["author"], given["rating"])
    return {key: states[key] for key, _, _ in rows}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Give the CSV file: python examples/review_import.py reviews.csv")
    try:
        with Trustoo(storage_rules=StorageRules(hosts=("img.trustoo.io",))) as client:
            outcomes = list(import_reviews(client, Path(sys.argv[1])).values())
    except (OSError, ValueError, TrustooError) as problem:
        sys.exit(f"{problem}")
    sys.exit(0 if set(outcomes) <= {"created"} else 1)
