"""What the client uploads, a server that is not ours stores; what that server refuses, the client says.

Each test runs twice: sync and with asyncio. Where the client itself would refuse, the server's judgement is heard with
the client's taken out.
"""

from pathlib import Path

import pytest
from trustoo import UploadError, UploadRejectedError
from trustoo.upload.policy import Policy

from contract_tests.oss.picture import Picture
from contract_tests.oss.uploads import Uploads
from contract_tests.support.pictures import AVIF, JPEG, WEBP, jpeg, png

PNG = png(10_248)


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client sends what it knows to break the policy."""
    monkeypatch.setattr(Policy, "check", lambda self, fields, size: None)


def refused_by_us(uploads: Uploads) -> UploadError:
    """The error of an upload of PNG that the client must refuse before it sends anything."""
    with pytest.raises(UploadError, match="Nothing was sent") as raised:
        uploads.one(PNG)
    assert not isinstance(raised.value, UploadRejectedError)
    assert (uploads.sent, uploads.server.keys(uploads.directory)) == (0, [])
    return raised.value


def refused_by_the_server(uploads: Uploads, file: bytes = PNG) -> UploadRejectedError:
    """The error of an upload that the server must refuse, at the first attempt and for good."""
    with pytest.raises(UploadRejectedError) as raised:
        uploads.one(file)
    assert (uploads.sent, uploads.fetched) == (1, 1)
    assert uploads.server.keys(uploads.directory) == []
    return raised.value


# --- what is good


def test_an_image_is_stored_as_it_was(uploads: Uploads) -> None:
    image = uploads.one(PNG)
    assert (uploads.statuses, uploads.fetched) == ([204], 1)
    assert uploads.server.keys(uploads.directory) == [image.key]
    assert uploads.server.read(image.object_url) == (PNG, "image/png")
    assert (image.size, image.content_type, image.callback) == (len(PNG), "image/png", None)


@pytest.mark.parametrize(("file", "kind"), [(WEBP, "image/webp"), (AVIF, "image/avif")], ids=["webp", "avif"])
def test_the_content_type_is_kept(uploads: Uploads, file: bytes, kind: str) -> None:
    assert uploads.server.read(uploads.one(file).object_url) == (file, kind)


NAMES = {
    "not ASCII": "照片 é.png",
    "for addresses": "a+b&c=d %20#?;.png",
    "for forms": "\"'; filename=x.png",  # no backslash: this server makes a slash of it
    "of folders": "deeper/down.png",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_an_object_has_the_name_that_was_asked_for(uploads: Uploads, name: str) -> None:
    image = uploads.one(PNG, name=name)
    assert image.key == uploads.directory + name
    assert uploads.server.keys(uploads.directory) == [image.key]
    assert uploads.server.read(image.object_url)[0] == PNG


def test_a_name_used_again_overwrites(uploads: Uploads) -> None:
    uploads.one(png(100), name="same.png")
    image = uploads.one(PNG, name="same.png")
    assert uploads.server.keys(uploads.directory) == [image.key]
    assert uploads.server.read(image.object_url)[0] == PNG


CONTENTS = {
    "a byte": b"x",
    "a line end": b"\r\n",
    "half a boundary": b"\r\n--trustoo-",
    "an end of a form": b"--trustoo-\r\n\r\n--\r\n",
    "zeros": bytes(700_000),
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS.keys())
def test_content_that_looks_like_a_form_comes_back_whole(uploads: Uploads, content: bytes) -> None:
    image = jpeg(len(JPEG) + len(content), content)
    assert content in image
    assert uploads.server.read(uploads.one(image).object_url)[0] == image


def test_a_file_is_stored_from_where_it_stands(uploads: Uploads, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"before" + PNG)
    with (tmp_path / "x").open("rb") as file:
        file.seek(6)
        assert uploads.server.read(uploads.one(file).object_url) == (PNG, "image/png")


@pytest.mark.parametrize("status", [200, 201])
def test_a_status_that_the_policy_asks_for_is_sent_and_understood(uploads: Uploads, status: int) -> None:
    uploads.hand_out(
        uploads.credentials(["starts-with", "$key", uploads.directory], ["eq", "$success_action_status", str(status)])
    )
    image = uploads.one(PNG)
    assert uploads.statuses == [status]
    assert uploads.server.read(image.object_url)[0] == PNG


def test_a_content_type_that_the_policy_asks_for_is_sent(uploads: Uploads) -> None:
    uploads.hand_out(
        uploads.credentials(["starts-with", "$key", uploads.directory], ["starts-with", "$Content-Type", "image/"])
    )
    assert uploads.server.read(uploads.one(PNG).object_url) == (PNG, "image/png")


def test_a_redirect_that_the_caller_asks_for_means_stored_and_is_not_followed(uploads: Uploads) -> None:
    field = {"success_action_redirect": "http://127.0.0.1:9/thanks"}  # nothing listens there
    uploads.hand_out(uploads.credentials(["starts-with", "$key", ""], field))
    image = uploads.one(PNG, fields=field)
    assert (uploads.statuses, uploads.sent) == ([303], 1)
    assert uploads.server.read(image.object_url)[0] == PNG


# --- the key


def test_a_key_outside_of_the_policy_is_not_sent(uploads: Uploads) -> None:
    uploads.hand_out(uploads.credentials(["starts-with", "$key", "elsewhere/"]))
    assert '["starts-with","$key","elsewhere/"]' in str(refused_by_us(uploads))


@pytest.mark.usefixtures("unchecked")
def test_a_key_outside_of_the_policy_is_refused(uploads: Uploads) -> None:
    uploads.hand_out(uploads.credentials(["starts-with", "$key", "elsewhere/"]))
    error = refused_by_the_server(uploads)
    assert (error.status, error.code) == (403, "AccessDenied")
    assert error.remedy == "The form does not meet the credentials' policy."


# --- the end of credentials


def test_expired_credentials_are_replaced_once_with_a_new_key(uploads: Uploads) -> None:
    tomorrow = f"{uploads.directory}tomorrow/"
    uploads.hand_out(uploads.credentials(expires_in=-60), uploads.credentials(directory=tomorrow))
    image = uploads.one(PNG)
    assert (uploads.statuses, uploads.fetched) == ([403, 204], 2)
    assert image.key.startswith(tomorrow)
    assert uploads.server.keys(uploads.directory) == [image.key]
    assert uploads.server.read(image.object_url)[0] == PNG


def test_credentials_that_expired_again_are_an_error(uploads: Uploads) -> None:
    uploads.hand_out(uploads.credentials(expires_in=-60))
    with pytest.raises(UploadRejectedError, match="expired") as raised:
        uploads.one(PNG)
    assert (raised.value.status, raised.value.code) == (403, "AccessDenied")
    assert "Fetch new credentials" in raised.value.remedy
    assert (uploads.statuses, uploads.fetched) == ([403, 403], 2)
    assert uploads.server.keys(uploads.directory) == []


def test_what_can_be_read_once_is_not_sent_again_and_the_error_says_so(uploads: Uploads) -> None:
    uploads.hand_out(uploads.credentials(expires_in=-60), uploads.credentials())
    with pytest.raises(UploadRejectedError, match="expired") as raised:
        uploads.one(iter([PNG]), size=len(PNG), strip_metadata=False)
    assert raised.value.__notes__ == ["The iterator can be read only once, so it was not sent again."]
    assert (uploads.statuses, uploads.fetched) == ([403], 1)


def test_kept_credentials_that_expired_are_replaced_before_anything_is_sent(uploads: Uploads) -> None:
    uploads.one(PNG, credentials=uploads.kept(expires_in=-60))
    assert (uploads.statuses, uploads.fetched) == ([204], 1)


def test_kept_credentials_that_are_good_are_used(uploads: Uploads) -> None:
    image = uploads.one(PNG, credentials=uploads.kept())
    assert (uploads.statuses, uploads.fetched) == ([204], 0)
    assert uploads.server.read(image.object_url)[0] == PNG


# --- the signature


@pytest.mark.parametrize("size", [len(PNG), 20_000_000], ids=["small", "large"])
def test_a_wrong_signature_is_refused_and_not_shown(uploads: Uploads, size: int) -> None:
    given = uploads.credentials()
    wrong = given["signature"].swapcase()
    uploads.hand_out(given | {"signature": wrong})
    error = refused_by_the_server(uploads, b"".join(Picture(size)))
    assert (error.status, error.code) == (403, "SignatureDoesNotMatch")
    shown = f"{error}{error!r}{error.message}{error.remedy}"
    assert wrong not in shown
    assert given["policy"] not in shown


def test_a_policy_that_was_changed_is_refused(uploads: Uploads) -> None:
    longer = uploads.credentials(expires_in=86400)
    uploads.hand_out(uploads.credentials() | {"policy": longer["policy"]})
    assert refused_by_the_server(uploads).code == "SignatureDoesNotMatch"


# --- the size

SIZES = [(len(PNG) + 1, len(PNG) + 9, "EntityTooSmall"), (1, len(PNG) - 1, "EntityTooLarge")]


@pytest.mark.parametrize(("smallest", "largest", "code"), SIZES, ids=["too small", "too large"])
def test_a_size_outside_of_the_policy_is_not_sent(uploads: Uploads, smallest: int, largest: int, code: str) -> None:
    uploads.hand_out(uploads.credentials(["content-length-range", smallest, largest]))
    assert f"allows {smallest} to {largest}" in str(refused_by_us(uploads))


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(("smallest", "largest", "code"), SIZES, ids=["too small", "too large"])
def test_a_size_outside_of_the_policy_is_refused(uploads: Uploads, smallest: int, largest: int, code: str) -> None:
    uploads.hand_out(uploads.credentials(["starts-with", "$key", ""], ["content-length-range", smallest, largest]))
    error = refused_by_the_server(uploads)
    assert (error.status, error.code) == (400, code)
    assert error.remedy == f"The image is {'smaller' if 'Small' in code else 'larger'} than the storage allows."


@pytest.mark.parametrize(("smallest", "largest"), [(len(PNG), len(PNG) + 9), (1, len(PNG))], ids=["least", "most"])
def test_the_bounds_of_the_policy_are_allowed_by_both(uploads: Uploads, smallest: int, largest: int) -> None:
    uploads.hand_out(uploads.credentials(["starts-with", "$key", ""], ["content-length-range", smallest, largest]))
    assert uploads.server.read(uploads.one(PNG).object_url)[0] == PNG


# --- several


def test_twenty_files_are_stored_with_one_set_of_credentials(uploads: Uploads, tmp_path: Path) -> None:
    contents = [b"".join(Picture(300 + number * 61_803)) for number in range(20)]
    files = [tmp_path / f"{number} é.jpg" for number in range(20)]
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(content)
    outcomes = uploads.several(files, concurrency=4)
    assert [outcome.error for outcome in outcomes] == [None] * 20
    stored = [uploads.server.read(outcome.image.object_url) for outcome in outcomes if outcome.image]
    assert [content for content, _ in stored] == contents
    assert len(uploads.server.keys(uploads.directory)) == 20
    assert (uploads.fetched, uploads.statuses) == (1, [204] * 20)


def test_credentials_that_expire_under_several_uploads_are_replaced_once_for_all(uploads: Uploads) -> None:
    uploads.hand_out(uploads.credentials(expires_in=-60), uploads.credentials())
    outcomes = uploads.several([PNG] * 20, concurrency=4)
    assert [outcome.error for outcome in outcomes] == [None] * 20
    assert uploads.fetched == 2
    assert len(uploads.server.keys(uploads.directory)) == 20


def test_one_of_several_that_is_refused_leaves_the_others_stored(uploads: Uploads) -> None:
    uploads.hand_out(uploads.credentials(["starts-with", "$key", ""], ["content-length-range", 105, 109]))
    outcomes = uploads.several([png(107), png(101), png(109)], concurrency=2)
    assert [type(outcome.error) for outcome in outcomes] == [type(None), UploadError, type(None)]
    assert len(uploads.server.keys(uploads.directory)) == 2
