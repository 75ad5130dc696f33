"""A stored image can be attached to a review, and says where it lies in each style."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from trustoo import ArgumentError, UploadError
from trustoo.upload import ImageFile, UploadedImage, UploadOutcome, check_image
from trustoo_api.api.reviews import reviews_create
from trustoo_api.decoding import members
from trustoo_api.models import CreateReviewMedia

from contract_tests.support.pictures import JPEG

ADDRESS = "https://img.example.com/EXAMPLE-shop/2026/6/17/a.png"
PHOTO = UploadedImage(ADDRESS, "EXAMPLE-shop/2026/6/17/a.png", 7, "image/png", {"EXAMPLE": "callback"}, "oss-1")


def test_an_uploaded_image_can_be_the_media_of_a_review() -> None:
    item = {
        "url": f"{ADDRESS}?x-oss-process=style/trustoo_big",
        "thumbnail_url": f"{ADDRESS}?x-oss-process=style/trustoo_small",
        "type": 1,
        "is_published": 1,
    }
    assert PHOTO.to_dict() == item
    body = reviews_create.build(rating=5, author="a", media=[PHOTO]).body
    assert body == {"rating": 5, "author": "a", "media": [item]}


def test_the_two_styles_are_those_of_the_example() -> None:
    assert (PHOTO.url, PHOTO.thumbnail_url) == (PHOTO.styled("trustoo_big"), PHOTO.styled("trustoo_small"))


@pytest.mark.parametrize("name", ["a", "A.b-c_9", "x" * 63])
def test_every_valid_style_name_is_accepted(name: str) -> None:
    assert PHOTO.styled(name) == f"{ADDRESS}?x-oss-process=style/{name}"


@pytest.mark.parametrize("name", ["", "a b", "a&b=c", "a/b", "é", "a\n", "x" * 64, "a?b", "a#b"])
def test_invalid_style_names_are_refused(name: str) -> None:
    with pytest.raises(ArgumentError, match="cannot be the name of an image style"):
        PHOTO.styled(name)


def test_repr_shows_neither_the_image_nor_the_callback() -> None:
    file: Any = b"EXAMPLE-content"
    for shown in (repr(PHOTO), repr(ImageFile(file)), repr(UploadOutcome(file, PHOTO))):
        assert "callback" not in shown
        assert "EXAMPLE-content" not in shown
    assert "oss-1" in repr(PHOTO)


def test_the_source_options_of_an_image_file_are_those_of_read_source() -> None:
    about = {"allow": ("image/bmp",), "filename": "a.x", "size": 5, "str_paths": False}
    assert ImageFile(b"", "name", fields={"a": "b"}, **about).source_options == about  # type: ignore[arg-type]


def test_the_media_item_has_every_member_of_the_spec() -> None:
    image = UploadedImage("https://img.example.com/a.png", "a.png", 1, "image/png")
    assert set(image.to_dict()) == {wire for _, wire in members(CreateReviewMedia)}


def test_an_image_is_checked_without_sending_it(tmp_path: Path) -> None:
    image, empty = tmp_path / "kettle.jpg", tmp_path / "empty.jpg"
    image.write_bytes(JPEG)
    empty.touch()
    page, broken = tmp_path / "page.jpg", tmp_path / "broken.jpg"
    page.write_bytes(b"<html>")
    broken.write_bytes(JPEG[:200])
    check_image(image)
    for path, problem in (
        (empty, "is empty"),
        (page, "not an image"),
        (broken, "ends too early"),
        (tmp_path, "(?i)directory|regular file|permission denied"),
        (tmp_path / "missing.jpg", "cannot be read"),
        ("a\0b", "cannot be read"),
        ("\ud800", "cannot be read"),
    ):
        with pytest.raises(UploadError, match=problem):
            check_image(path)


@pytest.mark.parametrize(
    "wrong", [{"max_pixels": 0}, {"max_pixels": 1.5}, {"max_pixels": True}, {"quality": 0}, {"quality": 101}]
)
def test_invalid_options_of_an_image_are_refused(wrong: Any) -> None:
    with pytest.raises(ArgumentError, match=f"{next(iter(wrong))} must be a whole number from 1"):
        ImageFile(JPEG, **wrong)
