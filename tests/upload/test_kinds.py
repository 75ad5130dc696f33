"""The table in docs/uploads.md says what happens to each kind of file, and each of its cells is tried."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from trustoo import UploadError
from trustoo.testing import FakeTrustoo

from contract_tests.support.pictures import AVIF, HEIC, JPEG, PNG
from tests.upload.test_metadata import PROFILE, SECRET, animation, exif, picture, pixels, png_text

PAGE = (Path(__file__).parents[2] / "docs" / "uploads.md").read_text(encoding="utf-8")
COLUMNS = ("without `images`", "with `images`", "`strip_metadata=False`")
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0\0\0\x08mdat"


def mpo() -> bytes:
    content = io.BytesIO()
    first, second = (Image.new("RGB", (16, 16), colour) for colour in ("red", "blue"))
    first.save(content, "MPO", save_all=True, append_images=[second])
    return content.getvalue()


def bitmap() -> bytes:
    return picture("BMP")


FILES: dict[str, Callable[[], bytes]] = {
    "JPEG of a phone, with a position": lambda: picture("JPEG", exif=exif(6)),
    "JPEG with an orientation": lambda: picture("JPEG", exif=exif(3)),
    "progressive JPEG with a comment and a colour profile": lambda: picture(
        "JPEG", progressive=True, comment=SECRET, icc_profile=PROFILE
    ),
    "CMYK JPEG with Exif": lambda: picture("JPEG", "CMYK", exif=exif()),
    "JPEG with a video after it (motion photo)": lambda: JPEG + MP4,
    "JPEG with several images (MPO)": mpo,
    "JPEG without metadata, named .html": lambda: JPEG,
    "JPEG that ends too early": lambda: JPEG[:-5],
    "PNG with text and Exif": lambda: picture("PNG", exif=exif(), pnginfo=png_text()),
    "PNG with transparency": lambda: picture("PNG", "RGBA"),
    "animated PNG with text": lambda: animation("PNG", pnginfo=png_text()),
    "PNG with a wrong checksum": lambda: PNG[:-16] + b"\0\0\0\0" + PNG[-12:],
    "GIF with a comment": lambda: picture("GIF", comment=SECRET),
    "animated GIF": lambda: animation("GIF"),
    "WebP with Exif and XMP": lambda: picture("WEBP", exif=exif(), xmp=SECRET),
    "animated WebP with Exif": lambda: animation("WEBP", exif=exif()),
    "lossless WebP": lambda: picture("WEBP", lossless=True),
    "AVIF without metadata": lambda: AVIF,
    "AVIF with Exif": lambda: picture("AVIF", exif=exif()),
    "HEIC of a phone": lambda: HEIC,
    "HEIC named .jpg": lambda: HEIC,
    "TIFF": lambda: picture("TIFF", description=SECRET.decode()),
    "BMP": bitmap,
    "JPEG XL": lambda: b"\xff\x0aEXAMPLE",
    "SVG with a script": lambda: SVG,
    "SVG": lambda: SVG,
    "PDF named .jpg": lambda: b"%PDF-1.7 EXAMPLE",
    "PDF": lambda: b"%PDF-1.7 EXAMPLE",
    "HTML page named .jpg": lambda: b"<!DOCTYPE html><html></html>",
    "MP4 video": lambda: MP4,
    "text file, such as /etc/passwd": lambda: b"root:x:0:0:root:/root:/bin/bash\n",
    "empty file": lambda: b"",
}


def rows() -> list[tuple[str, str, str]]:
    """The file, the column and the outcome of each cell."""
    table = re.search(r"^\| file \|(.*?)\n\n", PAGE, re.MULTILINE | re.DOTALL)
    assert table is not None
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in table[1].splitlines()]
    assert tuple(found[0][:3]) == COLUMNS
    return [(row[0], column, cell) for row in found[2:] for column, cell in zip(COLUMNS, row[1:], strict=True)]


def test_the_table_has_thirty_kinds_of_files() -> None:
    assert len({name for name, _, _ in rows()}) >= 30
    assert {name.partition(" with `allow")[0] for name, _, _ in rows()} == set(FILES)


@pytest.mark.parametrize(("name", "column", "outcome"), rows())
def test_what_happens_to_a_file_is_what_the_table_says(
    name: str, column: str, outcome: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, _, allowed = name.partition(" with `allow=")
    file = FILES[plain]()
    ending = re.search(r"named (\.[a-z]+)", name)
    path = tmp_path / f"file{ending[1] if ending else '.jpg'}"
    path.write_bytes(file)
    options: dict[str, Any] = {"strip_metadata": column != COLUMNS[2], "allow": re.findall('"(.*?)"', allowed)}
    if column == COLUMNS[0]:
        monkeypatch.setattr("trustoo.upload.prepare.pillow", lambda: None)
    fake = FakeTrustoo()
    if outcome == "refused":
        with pytest.raises(UploadError, match=r"Nothing (was sent|is stored)"):
            fake.client().media.upload_image(path, **options)
        assert fake.received == []
        return
    what, _, extension = outcome.partition(", ")
    stored = fake.client().media.upload_image(path, **options)
    (upload,) = fake.storage.uploads
    assert stored.key.endswith(extension.strip("`"))
    assert (upload.content == file) is (what == "as it is")
    if what == "without metadata":
        assert pixels(upload.content) == pixels(file)[: 1 if name.endswith("(MPO)") else None]
    if what == "encoded again":
        with Image.open(io.BytesIO(upload.content)) as image:
            assert not image.getexif().get_ifd(0x8825)
    if what != "as it is":
        assert b"EXAMPLE-secret" not in upload.content
        assert MP4[:12] not in upload.content
