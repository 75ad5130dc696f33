"""`upload_image` posts one form to the storage, as the storage needs it and with nothing that is the API's."""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from collections.abc import Iterator
from email.utils import formatdate
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from trustoo import (
    AsyncTrustoo,
    ConnectError,
    HTTPStatusError,
    ResponseDecodeError,
    ResponseTooLargeError,
    Trustoo,
    UploadError,
    UploadInterruptedError,
    UploadRejectedError,
)
from trustoo._sansio import without_waiting
from trustoo.retry import NO_RETRIES
from trustoo.transport import HTTPRequest, HTTPResponse
from trustoo.upload import StorageRules
from trustoo.upload.source import CHUNK

from contract_tests.support.pictures import png
from contract_tests.support.servers import Conversation, Served, response_bytes, served
from tests.support import ACCESS, MERCHANT, NOW, PRIVATE, PUBLIC, Recorder, async_shop, envelope, local_server, shop
from tests.upload.conftest import BOTH, GIVEN, PNG, Storage, api, credentials, form_of, parts_of, policy, run_async

OPEN = StorageRules(http=True, ip_address=True, port=True, path=True, user_info=True)
END = 1893456000
"""When the credentials of these tests end: 2030-01-01."""
ENDED = httpx.Response(
    403, content=b"<Error><Code>AccessDenied</Code><Message>Invalid: Policy expired.</Message></Error>"
)


TOKENS: dict[str, Any] = {"public_token": PUBLIC, "private_token": PRIVATE}


def over_port(host: str, transport: Any = "httpcore", **settings: Any) -> Any:
    """An upload by our own connections, to a real port."""
    given = {"storage_rules": OPEN, "retry": NO_RETRIES, **TOKENS, **settings}
    with Trustoo(transport=transport, **given) as client:
        return client.media.upload_image(PNG, credentials=credentials(host=host))


def over_port_async(host: str, transport: Any = "httpcore", **settings: Any) -> Any:
    async def run() -> Any:
        given = {"storage_rules": OPEN, "retry": NO_RETRIES, **TOKENS, **settings}
        async with AsyncTrustoo(transport=transport, **given) as client:
            return await client.media.upload_image(PNG, credentials=credentials(host=host))

    return asyncio.run(run())


WAYS = {
    **{name: partial(over_port, transport=name) for name in ("httpcore", "httpx", "pyreqwest")},
    **{
        f"async {name}": partial(over_port_async, transport=name)
        for name in ("httpcore", "httpx", "aiohttp", "pyreqwest")
    },
}
PORT = pytest.mark.parametrize("upload", WAYS.values(), ids=WAYS)


# --- the whole way


@BOTH
def test_an_upload_fetches_credentials_and_posts_the_form(run: Any) -> None:
    service, storage = api(), Storage()
    image = run("upload_image", service, storage, PNG)
    assert [request.url.path for request in service.requests] == ["/api/v1/openapi/get_image_upload_policy_token"]
    (form,) = storage.requests
    assert (form.method, form.url.host, form.url.raw_path) == ("POST", "img.example.com", b"/")
    fields, kind, file = form_of(form.headers["content-type"], form.content)
    assert (kind, file, fields[0]) == ("image/png", PNG, ("key", image.key.encode()))
    assert (image.callback, image.object_url) == ({"Status": "OK"}, f"https://img.example.com/{image.key}")
    assert (image.size, image.content_type) == (len(PNG), "image/png")


@BOTH
def test_a_large_file_arrives_whole_without_its_name(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "照片 é.PNG"
    path.write_bytes(png(1_500_000))
    storage = Storage()
    image = run("upload_image", api(), storage, path)
    assert parts_of(storage.requests[0])["file"] == path.read_bytes()
    assert image.key.endswith(".png")
    assert "照片".encode() not in storage.requests[0].content


@BOTH
def test_the_options_of_an_image_are_used(run: Any) -> None:
    storage = Storage()
    noted: list[tuple[int, int]] = []
    image = run(
        "upload_image",
        api(),
        storage,
        iter([PNG[:40], PNG[40:]]),
        name="own.name",
        filename="a.jpg",
        size=len(PNG),
        fields={"x-oss-meta-a": "b"},
        on_progress=lambda done, total: noted.append((done, total)),
    )
    fields, kind, file = form_of(storage.requests[0].headers["content-type"], storage.requests[0].content)
    assert (kind, file, fields[-1]) == ("image/png", PNG, ("x-oss-meta-a", b"b"))
    assert image.key == f"{GIVEN['dir']}own.name.png"
    assert noted[-1] == (len(PNG), len(PNG))


@BOTH
def test_each_option_of_an_image_counts_beside_all_others(run: Any) -> None:
    content, service, storage, noted = BytesIO(), api(), Storage(), list[tuple[int, int]]()
    Image.effect_noise((40, 40), 99).save(content, "TIFF")
    given: dict[str, Any] = {
        "name": "own",
        "allow": ("image/tiff",),
        "max_pixels": 100,
        "filename": "kettle.jpg",
        "size": len(content.getvalue()),
        "fields": {"x-oss-meta-a": "b"},
        "credentials": credentials(signature="EXAMPLE-kept"),
        "on_progress": lambda *seen: noted.append(seen),
    }
    image = run("upload_image", service, storage, content.getvalue(), quality=90, **given)
    sent = parts_of(storage.requests[0])
    assert (image.key, sent["x-oss-meta-a"], sent["Signature"]) == (f"{GIVEN['dir']}own.tiff", b"b", b"EXAMPLE-kept")
    with Image.open(BytesIO(sent["file"])) as picture:
        assert picture.width * picture.height <= 100
    assert noted[-1] == (len(sent["file"]),) * 2
    assert service.requests == []
    with pytest.raises(UploadError, match=rf"^'kettle.jpg' has {given['size']} bytes, but size=7"):
        run("upload_image", service, storage, content.getvalue(), quality=90, **given | {"size": 7})

    content = BytesIO()
    Image.effect_noise((200, 200), 99).save(content, "JPEG", quality=95)
    sizes = []
    for quality in (5, 95):
        more = {"size": len(content.getvalue()), "max_pixels": 40_000, "quality": quality}
        sizes.append(run("upload_image", service, storage, content.getvalue(), **given | more).size)
    assert sizes[0] * 2 < sizes[1]


def test_an_async_iterator_is_streamed() -> None:
    class Pieces:
        async def __aiter__(self) -> Any:
            yield PNG[:2]
            await asyncio.sleep(0)
            yield PNG[2:]

    for file in (Pieces(), Pieces().__aiter__()):
        for options in ({}, {"size": len(PNG)}, {"size": len(PNG), "strip_metadata": False}):
            storage = Storage()
            run_async("upload_image", api(), storage, file, **options)
            assert parts_of(storage.requests[0])["file"] == PNG
            file = Pieces()


@BOTH
@pytest.mark.parametrize("file", [b"", "missing.png", ".", 5, iter([b"x"]), b"<html>", PNG[:-1]])
def test_a_file_that_cannot_be_sent_fails_before_any_request(run: Any, file: Any, tmp_path: Path) -> None:
    service, storage = api(), Storage()
    with pytest.raises(UploadError):
        run("upload_image", service, storage, tmp_path / file if isinstance(file, str) else file)
    assert (service.requests, storage.requests) == ([], [])


@BOTH
def test_a_file_that_shrinks_before_it_is_sent_is_an_upload_error(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(900))
    service = api()
    respond = service._answer
    assert callable(respond)

    def shrink(request: httpx.Request) -> httpx.Response:
        path.write_bytes(png(900)[:500])
        return respond(request)

    service._answer = shrink
    with pytest.raises(UploadError, match=r"has changed since it was read first\. Nothing is stored") as caught:
        run("upload_image", service, Storage(), path)
    assert type(caught.value) is UploadError


@BOTH
def test_a_file_that_vanishes_is_an_upload_error_with_the_oserror_as_cause(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(PNG)
    service = api()
    respond = service._answer
    assert callable(respond)

    def vanish(request: httpx.Request) -> httpx.Response:
        path.unlink()
        return respond(request)

    service._answer = vanish
    with pytest.raises(UploadError, match=r"a\.png.* cannot be read.*cancelled") as caught:
        run("upload_image", service, Storage(), path)
    assert isinstance(caught.value.__cause__, FileNotFoundError)


@BOTH
def test_an_error_of_fetching_credentials_is_raised_unchanged(run: Any) -> None:
    storage = Storage()
    with pytest.raises(HTTPStatusError):
        run("upload_image", Recorder(lambda request: httpx.Response(502)), storage, PNG)
    assert storage.requests == []


@BOTH
@pytest.mark.parametrize("name", ["signature", "host", "policy"])
def test_unusable_credentials_post_nothing(run: Any, name: str) -> None:
    storage = Storage()
    with pytest.raises(ResponseDecodeError, match=f"have no {name}"):
        run("upload_image", api({name: ""}), storage, PNG)
    assert storage.requests == []


@BOTH
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (httpx.ReadTimeout("late"), UploadInterruptedError),
        (httpx.ReadError(""), UploadInterruptedError),
        (httpx.RemoteProtocolError("odd"), UploadInterruptedError),
        (httpx.ConnectError("refused"), UploadError),
        (httpx.PoolTimeout("busy"), UploadError),
    ],
)
def test_a_storage_that_does_not_respond_is_an_upload_error(run: Any, fault: Exception, kind: type) -> None:
    storage = Storage().responds(fault)
    with pytest.raises(UploadError) as caught:
        run("upload_image", api(), storage, PNG)
    assert type(caught.value) is kind
    assert isinstance(caught.value.__cause__, Exception)
    assert caught.value.__cause__.__cause__ is fault
    assert len({parts_of(request)["key"] for request in storage.requests}) == 1
    assert len(storage.requests) == 3


@BOTH
def test_the_image_is_stored_after_pauses(run: Any) -> None:
    busy = httpx.Response(503, headers={"Retry-After": "30"}, content=b"<Error><Code>QpsLimitExceeded</Code></Error>")
    storage = Storage().responds(busy, httpx.ReadError("x"), httpx.Response(204))
    with without_waiting():
        image = run("upload_image", api(), storage, PNG)
    assert [parts_of(request)["key"].decode() for request in storage.requests] == [image.key] * 3


@BOTH
def test_the_clients_retry_policy_applies_to_uploads(run: Any) -> None:
    storage = Storage().responds(httpx.Response(503))
    with pytest.raises(UploadRejectedError):
        run("upload_image", api(), storage, PNG, settings={"retry": NO_RETRIES})
    assert len(storage.requests) == 1


def test_with_options_applies_to_uploads() -> None:
    storage = Storage().responds(httpx.Response(503))
    with httpx.Client(transport=httpx.MockTransport(storage)) as posting, shop(api(), storage_client=posting) as client:
        client.media  # noqa: B018  # made before, with the options of before
        with pytest.raises(UploadRejectedError):
            client.with_options(retry=NO_RETRIES).media.upload_image(PNG)
    assert len(storage.requests) == 1


@BOTH
def test_an_iterator_is_copied_so_that_it_can_be_sent_again(run: Any) -> None:
    storage = Storage().responds(httpx.Response(503), httpx.Response(204))
    run("upload_image", api(), storage, iter([PNG]))
    assert [parts_of(request)["file"] for request in storage.requests] == [PNG, PNG]


@BOTH
def test_an_iterator_without_a_copy_is_sent_once(run: Any) -> None:
    storage = Storage().responds(httpx.Response(503))
    with pytest.raises(UploadRejectedError) as caught:
        run("upload_image", api(), storage, iter([PNG]), size=len(PNG), strip_metadata=False)
    assert (len(storage.requests), caught.value.__notes__) == (
        1,
        ["The iterator can be read only once, so it was not sent again."],
    )


@BOTH
def test_progress_starts_again_when_the_form_is_sent_again(run: Any) -> None:
    noted: list[int] = []
    storage = Storage().responds(httpx.Response(503), httpx.Response(204))
    file = png(CHUNK + 1)
    run("upload_image", api(), storage, file, on_progress=lambda done, total: noted.append(done))
    assert noted == [noted[0], CHUNK + 1] * 2


# --- credentials


@BOTH
def test_refused_credentials_are_replaced_with_a_new_key(run: Any) -> None:
    service, storage = api({}, {"signature": "EXAMPLE-new"}), Storage().responds(ENDED, httpx.Response(204))
    image = run("upload_image", service, storage, PNG)
    forms = [parts_of(request) for request in storage.requests]
    assert [form["Signature"] for form in forms] == [GIVEN["signature"].encode(), b"EXAMPLE-new"]
    assert forms[0]["key"] != forms[1]["key"] == image.key.encode()
    assert len(service.requests) == 2


@BOTH
def test_given_credentials_are_used_without_a_call(run: Any) -> None:
    service, storage = api(), Storage()
    run("upload_image", service, storage, PNG, credentials=credentials(signature="EXAMPLE-kept"))
    assert parts_of(storage.requests[0])["Signature"] == b"EXAMPLE-kept"
    assert service.requests == []


@BOTH
@pytest.mark.parametrize(("clock", "is_replaced"), [(END - 60, False), (END + 60, True)])
def test_given_credentials_that_have_expired_are_replaced_before_anything_is_posted(
    run: Any, clock: float, is_replaced: bool
) -> None:
    service, storage = api({"signature": "EXAMPLE-new"}), Storage()
    kept = credentials(signature="EXAMPLE-kept")
    run("upload_image", service, storage, PNG, credentials=kept, settings={"clock": lambda: clock})
    used = b"EXAMPLE-new" if is_replaced else b"EXAMPLE-kept"
    assert [parts_of(request)["Signature"] for request in storage.requests] == [used]
    assert len(service.requests) == is_replaced


@BOTH
@pytest.mark.parametrize("by", ["time", "date"])
@pytest.mark.parametrize(("ours", "theirs", "calls"), [(600, -600, 1), (-600, 600, 3), (600, 600, 3), (-600, -600, 1)])
def test_the_expiry_is_compared_with_the_services_clock(
    run: Any, by: str, ours: float, theirs: float, calls: int
) -> None:
    """Three images: the second and the third use what was kept for as long as the service's clock says it is good."""
    server = END + theirs
    service = api(time=int(server)) if by == "time" else api(time=None, date=formatdate(server, usegmt=True))
    settings = {"clock": lambda: END + ours}
    outcomes = run("upload_images", service, Storage(), [PNG] * 3, concurrency=1, settings=settings)
    assert [outcome.error for outcome in outcomes] == [None] * 3
    assert len(service.requests) == calls


@BOTH
def test_credentials_that_expire_at_once_are_used_for_their_own_upload(run: Any) -> None:
    """As the documented example: it ends in the second in which it is handed out."""
    ends = policy(["starts-with", "$key", GIVEN["dir"]], expiration="2023-11-20T00:00:00Z")
    service, storage = api({"policy": ends, "expire": str(int(NOW))}), Storage()
    run("upload_image", service, storage, PNG)
    assert (len(service.requests), len(storage.requests)) == (1, 1)


# --- what the storage sees


@PORT
def test_the_storage_never_sees_the_apis_credentials(upload: Any) -> None:
    with local_server(b"", 204, {"x-oss-request-id": "oss-2"}) as (address, heard):
        image = upload(address, merchant_session=MERCHANT)
        upload(address, public_token=None, private_token=None, access_token=ACCESS)
    for form in heard:
        assert set(form.headers) - {"accept", "connection"} == {
            *("host", "accept-encoding", "user-agent", "content-type", "content-length")
        }
        shown = str(form.headers).encode() + form.content
        assert not [secret for secret in (PRIVATE, PUBLIC, ACCESS, MERCHANT) if secret.encode() in shown]
        assert (form.method, form.path) == ("POST", "/")
        assert form_of(form.headers["content-type"], form.content)[2] == PNG
    assert (image.request_id, image.callback) == ("oss-2", None)


@PORT
def test_a_path_and_a_user_name_are_used_when_the_rules_allow_them(upload: Any) -> None:
    with local_server(b"", 204) as (address, heard):
        upload(address.replace("//", "//EXAMPLE:EXAMPLE@") + "/bucket")
    assert heard[0].path == "/bucket"
    assert heard[0].headers["authorization"].startswith("Basic ")


@BOTH
def test_the_length_is_announced_and_the_timeouts_allow_for_the_callback(run: Any) -> None:
    storage = Storage()
    for timeout in (60, 7):
        run(
            "upload_image", api(), storage, PNG, settings={"storage_rules": StorageRules(timeout=timeout), "timeout": 1}
        )
    form, impatient = storage.requests
    assert form.headers["content-length"] == str(len(form.content))
    assert "transfer-encoding" not in form.headers
    for request, timeout in ((form, 60), (impatient, 7)):
        assert {request.extensions["timeout"][step] for step in ("connect", "write", "read")} == {timeout}


def test_settings_of_the_callers_client_do_not_apply_to_forms() -> None:
    """Its authentication stays here, it follows no redirect, and it is not closed."""
    moved = httpx.Response(307, headers={"Location": "https://elsewhere.test"})
    storage, later = Storage().responds(moved), Storage().responds(moved)
    secret = ("EXAMPLE-user", "EXAMPLE-password")
    with httpx.Client(transport=httpx.MockTransport(storage), auth=secret, follow_redirects=True) as posting:
        with shop(api(), storage_client=posting) as client:
            for _ in range(2):
                with pytest.raises(UploadRejectedError, match="HTTP 307"):
                    client.media.upload_image(PNG)
        assert not posting.is_closed

    async def run() -> None:
        transport = httpx.MockTransport(later.later)
        async with httpx.AsyncClient(transport=transport, auth=secret, follow_redirects=True) as posting:
            async with async_shop(api(), storage_client=posting) as client:
                for _ in range(2):
                    with pytest.raises(UploadRejectedError, match="HTTP 307"):
                        await client.media.upload_image(PNG)
            assert not posting.is_closed

    asyncio.run(run())
    for request in (*storage.requests, *later.requests):
        assert "authorization" not in request.headers
        assert request.url.host == "img.example.com"
    assert (len(storage.requests), len(later.requests)) == (2, 2)


def test_cookies_of_the_api_are_not_sent_to_the_storage_even_by_a_shared_client() -> None:
    service, storage = api(), Storage()

    def route(request: httpx.Request) -> httpx.Response:
        if request.url.host == "img.example.com":
            return storage(request)
        response = service(request)
        response.headers["Set-Cookie"] = "EXAMPLE=session; Path=/"
        return response

    with httpx.Client(transport=httpx.MockTransport(route)) as shared:
        tokens = {"public_token": PUBLIC, "private_token": PRIVATE}
        with Trustoo(http_client=shared, storage_client=shared, **tokens) as client:  # type: ignore[arg-type]
            client.media.upload_image(PNG)
            client.media.upload_image(PNG)
    assert "cookie" in service.requests[1].headers
    assert not [request for request in storage.requests if "cookie" in request.headers]


# --- our own connections


@PORT
def test_uploads_go_through_the_proxy(upload: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with local_server(b"", 204) as (proxy, heard):
        upload("http://img.example.com", proxy=proxy.replace("//", "//EXAMPLE:EXAMPLE@"))
        monkeypatch.setenv("HTTP_PROXY", proxy)
        upload("http://img.example.com")
    assert [form.path for form in heard] == ["http://img.example.com/"] * 2
    assert heard[0].headers["proxy-authorization"].startswith("Basic ")


def test_a_transport_of_the_caller_gets_no_upload() -> None:
    """It may add what is meant for the API."""
    calls = []

    class Mine:
        def send(self, request: HTTPRequest) -> HTTPResponse:
            calls.append(request)
            return HTTPResponse(200, {}, envelope(GIVEN))

        def close(self) -> None: ...

    with local_server(b"", 204) as (address, heard), Trustoo(transport=Mine(), storage_rules=OPEN, **TOKENS) as client:
        given = client.media.image_upload_credentials()
        client.media.upload_image(PNG, credentials=credentials(host=address))
    assert given.dir == GIVEN["dir"]
    assert (len(calls), len(heard)) == (1, 1)


@pytest.mark.parametrize("name", ["httpcore", "httpx", "aiohttp", "pyreqwest"])
def test_several_uploads_and_clients_with_other_options_share_connections_and_close_ends_them(name: Any) -> None:
    def script(talk: Conversation) -> None:
        while talk.hear():
            talk.say(response_bytes(b"", "204 No Content"))

    async def run(address: str) -> None:
        given = credentials(host=address)
        async with AsyncTrustoo(transport=name, storage_rules=OPEN, **TOKENS) as client:
            await client.media.upload_images([PNG] * 3, concurrency=1, credentials=given)
            async with client.with_options(retry=NO_RETRIES) as other:
                await other.media.upload_image(PNG, credentials=given)
            await client.media.upload_image(PNG, credentials=given)
            assert (server.connections, server.open) == (1, 1)

    with served(script) as server:
        if name != "aiohttp":
            given = credentials(host=server.address)
            with Trustoo(transport=name, storage_rules=OPEN, **TOKENS) as client:
                client.media.upload_images([PNG] * 3, concurrency=1, credentials=given)
                with client.with_options(retry=NO_RETRIES) as other:
                    other.media.upload_image(PNG, credentials=given)
                client.media.upload_image(PNG, credentials=given)
                assert (server.connections, server.open) == (1, 1)
            closed_within_seconds(server)
            server.connections = 0
        asyncio.run(run(server.address))
        closed_within_seconds(server)


def closed_within_seconds(server: Served) -> None:
    """Wait until the server has noticed that its connections were closed."""
    end = time.monotonic() + 5
    while server.open and time.monotonic() < end:
        time.sleep(0.01)
    assert server.open == 0


@PORT
def test_redirects_of_the_storage_are_not_followed(upload: Any) -> None:
    moved = local_server(b"", 307, {"Location": "/elsewhere"})
    with moved as (address, heard), pytest.raises(UploadRejectedError, match="HTTP 307"):
        upload(address)
    assert len(heard) == 1


@PORT
def test_a_storage_that_refuses_connections_is_an_upload_error(upload: Any) -> None:
    with local_server() as (address, _):
        pass
    with pytest.raises(UploadError, match="cannot be reached") as caught:
        upload(address)
    assert type(caught.value) is UploadError
    assert isinstance(caught.value.__cause__, ConnectError)


# --- responses


LIMIT = 1_000_000


@BOTH
@pytest.mark.parametrize("status", [200, 400])
def test_no_more_than_the_limit_of_a_response_is_read(run: Any, status: int) -> None:
    read: list[int] = []

    def endless() -> Iterator[bytes]:
        for _ in range(1000):
            read.append(65536)
            yield bytes(65536)

    class Later(httpx.AsyncByteStream):
        async def __aiter__(self) -> Any:
            for piece in endless():
                yield piece

    class Endless(Storage):
        def __call__(self, request: httpx.Request) -> httpx.Response:
            super().__call__(request)
            return httpx.Response(status, content=endless())

        async def later(self, request: httpx.Request) -> httpx.Response:
            await super().later(request)
            return httpx.Response(status, stream=Later())

    with pytest.raises(UploadInterruptedError, match=f"larger than {LIMIT} bytes") as caught:
        run("upload_image", api(), Endless(), PNG, settings={"max_response_bytes": LIMIT, "retry": NO_RETRIES})
    assert isinstance(caught.value.__cause__, ResponseTooLargeError)
    assert sum(read) <= LIMIT + 65536


@BOTH
def test_a_response_up_to_the_limit_is_read_whole(run: Any) -> None:
    said = "x" * (LIMIT - 2)
    storage = Storage().responds(httpx.Response(200, content=f'"{said}"'.encode()))
    assert run("upload_image", api(), storage, PNG, settings={"max_response_bytes": LIMIT}).callback == said


# --- secrets


@BOTH
@pytest.mark.parametrize(
    "outcome",
    [
        httpx.Response(204),
        httpx.Response(403, content="<Error><Code>{secret}</Code><Message>{secret}</Message></Error>"),
        httpx.Response(203, content="<Error><Message>{secret}</Message><RequestId>{secret}</RequestId></Error>"),
        httpx.Response(503, content="<p>{secret}</p>"),
        httpx.ReadError("x"),
    ],
    ids=["stored", "refused", "not told", "busy", "fault"],
)
def test_no_secret_is_in_a_log_line_or_anywhere_in_an_error(
    run: Any, outcome: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = "EXAMPLE-security-token"
    known = (GIVEN["policy"], GIVEN["signature"], GIVEN["callback"], token)
    secrets = (*known, PRIVATE)
    if isinstance(outcome, httpx.Response):
        text = outcome.text.replace("{secret}", " ".join(known))
        outcome = httpx.Response(outcome.status_code, content=text)
    storage = Storage().responds(outcome)
    shown = []
    try:
        shown.append(repr(run("upload_image", api({"x_oss_security_token": token}), storage, PNG)))
    except UploadError as error:
        link: BaseException | None = error
        shown += traceback.format_exception(error)
        while link is not None:
            shown += [str(link), repr(link), *(str(value) for name, value in vars(link).items() if name[0] != "_")]
            link = link.__cause__ or link.__context__
    shown += [f"{record.getMessage()} {record.args}" for record in caplog.records]
    assert caplog.records
    assert not [(secret, text) for secret in secrets for text in shown if secret in text]


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
def test_http_libraries_log_no_secret(asynchronous: bool, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    refusal = f"<Error><Code>No</Code><Message>{GIVEN['policy']}</Message></Error>".encode()
    server = local_server(refusal, 403, {"x-oss-request-id": GIVEN["signature"]})
    with server as (address, _), pytest.raises(UploadRejectedError) as caught:
        (over_port_async if asynchronous else over_port)(address)
    assert "httpcore.http11" in {record.name for record in caplog.records}
    shown = [*(record.getMessage() for record in caplog.records), str(caught.value), str(vars(caught.value))]
    assert not [text for text in shown for name in ("policy", "callback") if GIVEN[name] in text]
    assert GIVEN["signature"] not in str(vars(caught.value))
