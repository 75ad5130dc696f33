"""Photos of the command line arrive without their position, unless somebody asks for it."""

from __future__ import annotations

import io

from PIL import Image

from contract_tests.support.pictures import HEIC, PNG
from tests.cli.conftest import Machine

SECRET = b"EXAMPLE-secret"


def phone() -> bytes:
    """A JPEG with a position."""
    exif, content = Image.Exif(), io.BytesIO()
    exif[0x010F], exif[0x8825] = SECRET.decode(), {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)}
    Image.new("RGB", (8, 8)).save(content, "JPEG", exif=exif)
    return content.getvalue()


def test_uploaded_photos_arrive_without_their_position(machine: Machine) -> None:
    machine.write("photo.jpg", phone())
    machine.write("photo.heic", HEIC)
    done = machine.run("media", "upload", "photo.jpg", "photo.heic", "--concurrency", "1")
    assert done.code == 0, done
    first, second = machine.service.storage.uploads
    assert (first.content_type, second.content_type) == ("image/jpeg", "image/jpeg")
    assert SECRET not in first.content
    assert b"EXAMPLE-phone" not in second.content


def test_metadata_is_kept_only_on_request(machine: Machine) -> None:
    machine.write("photo.jpg", phone())
    assert machine.run("media", "upload", "photo.jpg", "--keep-metadata").code == 0
    assert [upload.content for upload in machine.service.storage.uploads] == [phone()]


def test_options_of_an_upload(machine: Machine) -> None:
    machine.write("drawing.svg", "<svg/>")
    assert machine.run("media", "upload", "drawing.svg").code == 1
    assert machine.run("media", "upload", "drawing.svg", "--allow", "image/svg+xml", "--keep-metadata").code == 0
    assert machine.run("media", "upload", "drawing.svg", "--allow", "text/html").code == 2
    machine.write("photo.jpg", phone())
    assert machine.run("media", "upload", "photo.jpg", "--max-pixels", "16", "--quality", "50").code == 0
    drawing, photo = machine.service.storage.uploads
    assert drawing.content_type == "image/svg+xml"
    with Image.open(io.BytesIO(photo.content)) as image:
        assert image.size == (4, 4)


def test_each_option_of_an_upload_counts_beside_all_others(machine: Machine) -> None:
    content = io.BytesIO()
    Image.effect_noise((200, 200), 99).save(content, "JPEG", quality=95)
    machine.write("photo.jpg", content.getvalue())
    for quality in ("5", "95"):
        options = ["--allow", "image/tiff", "--max-pixels", "10000", "--quality", quality]
        for _ in range(2):
            done = machine.run("media", "upload", "photo.jpg", *options, "--results", f"{quality}.jsonl")
            assert done.code == 0, done
            assert f"{quality}.jsonl" in done.err
    small, large = machine.service.storage.uploads  # and none a second time
    assert len(small.content) * 2 < len(large.content)
    with Image.open(io.BytesIO(large.content)) as image:
        assert image.size == (100, 100)


def test_an_image_is_smaller_with_a_lower_quality(machine: Machine) -> None:
    with io.BytesIO() as photo:
        Image.effect_noise((64, 64), 80).save(photo, "JPEG", quality=95)
        machine.write("photo.jpg", photo.getvalue())
    for quality in (10, 50, 90):
        assert machine.run("media", "upload", "photo.jpg", "--quality", quality, "--max-pixels", 4000).code == 0
    low, middle, high = (len(upload.content) for upload in machine.service.storage.uploads)
    assert low < middle < high


def test_imported_photos_arrive_without_their_position(machine: Machine) -> None:
    machine.write("photo.jpg", phone())
    machine.write("in.csv", "rating,author,photos\n5,A,photo.jpg\n")
    assert machine.run("reviews", "import", "in.csv").code == 0
    (upload,) = machine.service.storage.uploads
    assert SECRET not in upload.content


def test_an_import_refuses_photos_that_are_no_images_before_it_sends_anything(machine: Machine) -> None:
    machine.write("page.jpg", "<html>")
    machine.write("broken.png", PNG[:-1])
    machine.write("in.csv", "rating,author,photos\n5,A,page.jpg\n5,B,broken.png\n5,C,\n")
    done = machine.run("reviews", "import", "in.csv")
    assert done.code == 2
    assert "not an image" in done.out
    assert "ends too early" in done.out
    assert machine.service.received == []


def test_an_error_names_the_file_once(machine: Machine) -> None:
    machine.write("notes.jpg", "notes")
    done = machine.run("media", "upload", "notes.jpg")
    assert done.code == 1
    assert done.err.count("notes.jpg") == 1
