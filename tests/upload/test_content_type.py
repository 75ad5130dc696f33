"""The first bytes decide the type of a file, and the type decides the extension of the object's name."""

import pytest
from trustoo import ArgumentError
from trustoo.upload.content_type import IMAGES, OTHERS, check_allowed, content_type_of, with_extension


def media_file(*brands: bytes) -> bytes:
    """The start of an ISO media file with a main brand and compatible brands."""
    size = 8 + 4 + 4 * len(brands)
    return size.to_bytes(4) + b"ftyp" + brands[0] + bytes(4) + b"".join(brands[1:]) + b"avif"  # beyond the box


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe1", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"GIF88a", None),
        (b"BM\x00", "image/bmp"),
        (b"RIFF\n\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"XXXX\x00\x00\x00\x00WEBPVP8 ", None),
        (b"RIFF\x00\x00\x00\x00WAVE", None),
        (media_file(b"avif"), "image/avif"),
        (media_file(b"avis", b"msf1"), "image/avif"),
        *((media_file(brand), "image/heic") for brand in (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx")),
        *((media_file(brand), "image/heic") for brand in (b"hevm", b"hevs")),
        (media_file(b"mif1", b"heic"), "image/heic"),
        (media_file(b"mif1", b"miaf", b"avif"), "image/avif"),
        (media_file(b"msf1", b"hevc"), "image/heic"),
        (media_file(b"mif1"), "image/heif"),
        (media_file(b"mif1", b"miaf"), "image/heif"),
        (media_file(b"isom", b"mif1"), None),
        (media_file(b"mp42"), None),
        (b"\0\0\0\x18ftyp", None),
        (b"II*\0", "image/tiff"),
        (b"MM\0*", "image/tiff"),
        (b"\xff\x0a", "image/jxl"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "image/jxl"),
        (b"%PDF-1.7", "application/pdf"),
        (b"<svg>", "image/svg+xml"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a --><svg onload='x'>", "image/svg+xml"),
        (b"<html><svg>", None),
        (b"<!DOCTYPE html><html>", None),
        (b"#!/bin/sh", None),
        (b"", None),
    ],
)
def test_the_content_type_comes_from_the_first_bytes(head: bytes, kind: str | None) -> None:
    assert content_type_of(head) == kind


@pytest.mark.parametrize(
    ("name", "kind", "result"),
    [
        ("a", "image/png", "a.png"),
        ("a.png", "image/png", "a.png"),
        ("a.PNG", "image/png", "a.PNG"),
        ("a.JPG", "image/jpeg", "a.JPG"),
        ("a.jpg", "image/png", "a.png"),
        ("a.heic", "image/jpeg", "a.jpeg"),
        ("a.html", "image/jpeg", "a.html.jpeg"),
        ("a.jpg.html", "image/jpeg", "a.jpg.html.jpeg"),
        ("a.svg", "image/gif", "a.gif"),
        ("a.b/c", "image/webp", "a.b/c.webp"),
        (".png", "image/png", ".png.png"),
        ("a", "application/pdf", "a.pdf"),
    ],
)
def test_a_name_gets_the_extension_of_the_type(name: str, kind: str, result: str) -> None:
    assert with_extension(name, kind) == result


@pytest.mark.parametrize("allow", ["image/tiff", ("text/html",), ("image/tiff", "*/*"), (None,), {"video/mp4"}])
def test_only_known_types_can_be_allowed(allow: object) -> None:
    with pytest.raises(ArgumentError, match="allow must be a collection"):
        check_allowed(allow)  # type: ignore[arg-type]


def test_all_known_types_can_be_allowed_and_have_an_extension() -> None:
    check_allowed([])
    check_allowed(set(OTHERS))
    assert all(extension.startswith(".") for names in (IMAGES | OTHERS).values() for extension in names)
