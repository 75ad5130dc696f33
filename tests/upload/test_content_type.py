"""The type of an image is known by its first bytes, else by its name, and alike on every machine."""

import mimetypes

import pytest
from trustoo.upload.content_type import content_type_of, suffix_of


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe1", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"BM\x00", "image/bmp"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"XXXX\x00\x00\x00\x00WEBPVP8 ", "application/octet-stream"),
        (b"RIFF\x00\x00\x00\x00WAVE", "application/octet-stream"),
        (b"\x00\x00\x00\x20ftypavif", "image/avif"),
        (b"\x00\x00\x00\x20ftypheic", "image/heic"),
        (b"\x00\x00\x00\x20ftypheix", "image/heic"),
        (b"\x00\x00\x00\x20ftypmif1", "image/heif"),
        (b"\x00\x00\x00\x20ftypisom", "application/octet-stream"),
        (b"x", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_the_content_type_comes_from_the_first_bytes(head: bytes, kind: str) -> None:
    assert content_type_of(head, "") == kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.png", "image/png"),
        ("a.JPG", "image/jpeg"),
        ("a.jpeg", "image/jpeg"),
        ("a.webp", "image/webp"),
        ("a.avif", "image/avif"),
        ("a.heic", "image/heic"),
        ("a.svg", "image/svg+xml"),
        ("照片.gif", "image/gif"),
        ("a", "application/octet-stream"),
        ("a.none-such", "application/octet-stream"),
    ],
)
def test_the_content_type_comes_from_the_name_otherwise(name: str, kind: str) -> None:
    assert content_type_of(b"?", name) == kind


def test_the_first_bytes_take_precedence_over_the_name() -> None:
    assert content_type_of(b"GIF89a", "a.png") == "image/gif"


def test_the_machines_table_of_types_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(mimetypes.types_map, ".png", "EXAMPLE/wrong")
    assert content_type_of(b"?", "a.png") == "image/png"


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("a.JPG", ".jpg"),
        ("a.tar.gz", ".gz"),
        ("a", ".jpeg"),
        ("a.jp g", ".jpeg"),
        ("照片.é", ".jpeg"),
        ("照片.webp", ".webp"),
        ("a.", ".jpeg"),
        ("", ".jpeg"),
        ("a.b/c", ".jpeg"),
    ],
)
def test_a_plain_extension_of_the_name_is_kept(name: str, suffix: str) -> None:
    assert suffix_of(name, "image/jpeg") == suffix


def test_a_type_without_a_known_extension_has_none() -> None:
    assert suffix_of("a", "text/plain") == ""
