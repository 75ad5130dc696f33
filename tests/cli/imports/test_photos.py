"""Photos are downloaded from their addresses: only from public hosts, only photos, once, and with patience."""

from __future__ import annotations

import errno
import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from trustoo.cli.imports import photos as module
from trustoo.cli.imports.photos import PhotoError, Photos, is_public
from trustoo.errors import ConfigurationError, TransportError
from trustoo.transport import Headers, HTTPRequest, HTTPResponse

from contract_tests.support.certificates import certificates
from contract_tests.support.clock import set_clock_at_each_reading
from contract_tests.support.pictures import GIF, HEIC, JPEG, PNG, WEBP, png
from contract_tests.support.servers import Conversation, Script, always, response_bytes, served
from tests.support import CheckClock, local_server

PUBLIC = "93.184.216.34"


@pytest.fixture(autouse=True)
def _no_proxies_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def make(tmp_path: Path, clock: CheckClock) -> Iterator[Callable[..., Photos]]:
    """Makes photos of a folder, whose pauses take no time. Photos may be on this machine unless a test says not."""
    made = list[Photos]()

    def one(**options: Any) -> Photos:
        settings: dict[str, Any] = {"allow_loopback": True, "clock": clock, "sleep": clock.sleep, **options}
        made.append(Photos(tmp_path / "in.csv.photos", **settings))
        return made[-1]

    yield one
    for photos in made:
        photos.close()


@pytest.fixture
def clock() -> CheckClock:
    return CheckClock()


def names(**addresses: str | Sequence[str]) -> Callable[[str, int], list[str]]:
    """A resolver that knows these hosts, with `_` for `.`, and addresses of hosts that are addresses."""
    known = {
        name.replace("_", "."): [found] if isinstance(found, str) else [*found] for name, found in addresses.items()
    }

    def resolve(host: str, port: int) -> list[str]:
        if host[-1].isdigit() or ":" in host:
            return [host]
        if host not in known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return known[host]

    return resolve


def in_turn(*responses: bytes) -> Script:
    """Each request gets the next response, in whatever connection it comes."""
    left, lock = [*responses], threading.Lock()

    def script(talk: Conversation) -> None:
        while talk.hear():
            with lock:
                response = left.pop(0) if len(left) > 1 else left[0]
            talk.say(response)
            if b"Connection: close" in response:
                return

    return script


def redirect(location: str, status: str = "302 Found") -> bytes:
    return response_bytes(b"", status, f"Location: {location}")


def kept(photos: Photos) -> list[bytes]:
    return [path.read_bytes() for path in sorted(photos.folder.iterdir())] if photos.folder.exists() else []


def test_a_photo_is_downloaded_once_and_in_no_later_run(make: Callable[..., Photos]) -> None:
    with local_server(PNG, headers={"Content-Type": "image/png"}) as (address, heard):
        photos = make()
        path = photos.fetch(f"{address}/kettle.png?v=1")
        assert path.read_bytes() == PNG
        assert path.parent == photos.folder
        assert photos.fetch(f"{address}/kettle.png?v=1") == path
        assert make().fetch(f" {address}/kettle.png?v=1 ") == path
        assert photos.fetch(f"{address}/kettle.png?v=2") != path
    assert [request.path for request in heard] == ["/kettle.png?v=1", "/kettle.png?v=2"]


def test_rows_that_share_a_photo_download_it_once_at_the_same_time(make: Callable[..., Photos]) -> None:
    photos = make()
    with local_server(PNG) as (address, heard), ThreadPoolExecutor(8) as pool:
        paths = [*pool.map(photos.fetch, [f"{address}/a.png"] * 8)]
    assert len({*paths}) == 1
    assert len(heard) == 1


def test_the_request_tells_nothing_about_the_shop(make: Callable[..., Photos], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTOO_PRIVATE_TOKEN", "EXAMPLE-private-token")
    photos = make()
    with local_server(PNG, headers={"Set-Cookie": "visitor=EXAMPLE"}) as (address, heard):
        photos.fetch(f"{address}/a.png")
        photos.fetch(f"{address}/b.png")
    for request in heard:
        assert {*request.headers} == {"host", "accept", "accept-encoding", "user-agent"}
        assert request.headers["user-agent"].startswith("trustoo-cli/")


def test_each_limit_of_a_download_is_that_of_its_request(
    make: Callable[..., Photos], monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(self: object, request: HTTPRequest) -> HTTPResponse:
        assert (request.timeout, request.deadline, request.max_response_bytes) == (3.0, 50.0, 1000)
        assert request.headers["Accept"].startswith("image/*")
        return HTTPResponse(200, Headers([]), PNG)

    monkeypatch.setattr("trustoo.transport.NamedTransport.send", send)
    assert make(timeout=3.0, deadline=50.0, largest=1000).fetch("https://93.184.216.34/a.png").read_bytes() == PNG


@pytest.mark.parametrize("content", [JPEG, PNG, GIF, WEBP, HEIC], ids=["jpeg", "png", "gif", "webp", "heic"])
@pytest.mark.parametrize("kind", ["text/html", "application/octet-stream", "image/svg+xml"])
def test_the_content_decides_what_is_a_photo(make: Callable[..., Photos], content: bytes, kind: str) -> None:
    with local_server(content, headers={"Content-Type": kind}) as (address, _):
        assert make().fetch(f"{address}/photo.exe").read_bytes() == content


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<!DOCTYPE html><html><body>Please log in. <svg/></body></html>", "It is a web page, not a photo."),
        (b"\xef\xbb\xbf\n<html lang=en>", "It is a web page, not a photo."),
        (b'{"error": "gone"}', "The download is not an image of an accepted type"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "The download is image/svg+xml"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "The download is not an image of an accepted type"),
        (b"", "The download is empty."),
        (JPEG[:-20], "The download ends too early"),
    ],
    ids=["page", "page with a mark", "json", "drawing", "video", "nothing", "cut"],
)
def test_what_is_not_a_photo_is_named_as_what_it_is(make: Callable[..., Photos], content: bytes, reason: str) -> None:
    photos = make()
    with local_server(content, headers={"Content-Type": "image/jpeg"}) as (address, _):
        with pytest.raises(PhotoError) as caught:
            photos.fetch(f"{address}/kettle.jpg")
        assert f"The photo {address}/kettle.jpg cannot be imported: {reason}" in str(caught.value)
        assert "take the address out of the row" in str(caught.value)
        assert str(photos.folder) not in str(caught.value)
        assert "strip_metadata" not in str(caught.value)
    assert kept(photos) == []


def test_a_photo_that_was_spoilt_on_the_disk_is_downloaded_again(make: Callable[..., Photos]) -> None:
    photos = make()
    with local_server(PNG) as (address, _):
        path = photos.fetch(f"{address}/a.png")
        path.write_bytes(PNG[:-4])
        with pytest.raises(PhotoError):
            photos.fetch(f"{address}/a.png")
        assert photos.fetch(f"{address}/a.png").read_bytes() == PNG


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.0.0.8",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",  # shared by the customers of a provider
        "169.254.169.254",  # the metadata of cloud machines
        "224.0.0.251",
        "239.1.1.1",
        "255.255.255.255",
        "240.0.0.1",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::10.0.0.8",
        "64:ff9b:1::1",
        "2002:a00:8::1",  # 10.0.0.8 behind 6to4
        "2001:0:53aa::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
    ],
)
def test_addresses_of_this_machine_of_private_networks_and_of_groups_are_refused(
    make: Callable[..., Photos], address: str
) -> None:
    assert not is_public(address)
    with pytest.raises(PhotoError, match="not a public address") as caught:
        make(allow_loopback=False, resolver=names(photos_example=address)).fetch("http://photos.example/a.png")
    assert "http://photos.example/a.png" in str(caught.value)
    assert address in str(caught.value)


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "127.1", "0x7f000001", "[::ffff:127.0.0.1]"])
def test_no_spelling_of_this_machine_is_asked(make: Callable[..., Photos], host: str) -> None:
    with served(always(response_bytes(PNG))) as server:
        port = server.address.rpartition(":")[2]
        with pytest.raises(PhotoError):
            make(allow_loopback=False).fetch(f"http://{host}:{port}/a.png")
        assert server.connections == 0


def test_one_private_address_among_the_addresses_of_a_host_is_enough(make: Callable[..., Photos]) -> None:
    with pytest.raises(PhotoError, match=r"photos\.example \(10\.0\.0\.8\) is not a public address"):
        make(resolver=names(photos_example=[PUBLIC, "10.0.0.8"])).fetch("https://photos.example/a.png")


def test_a_host_whose_address_changes_after_the_check_is_not_asked(make: Callable[..., Photos]) -> None:
    """DNS rebinding: the first answer is public, and every later answer is this machine."""
    answers = [[PUBLIC]]

    def resolve(host: str, port: int) -> list[str]:
        return answers.pop() if answers else ["127.0.0.1"]

    with served(always(response_bytes(PNG))) as server:
        port = server.address.rpartition(":")[2]
        with pytest.raises(PhotoError, match=r"photos\.example \(127\.0\.0\.1\) is not a public address"):
            make(allow_loopback=False, resolver=resolve).fetch(f"http://photos.example:{port}/a.png")
        assert server.connections == 0
    assert not answers


def test_the_checked_address_is_the_one_that_is_asked_and_the_server_hears_the_name(
    make: Callable[..., Photos],
) -> None:
    with local_server(PNG) as (address, heard):
        port = address.rpartition(":")[2]
        make(resolver=names(photos_example="127.0.0.1")).fetch(f"http://photos.example:{port}/a.png")
    assert [request.headers["host"] for request in heard] == [f"photos.example:{port}"]


def test_a_certificate_must_be_that_of_the_name(make: Callable[..., Photos], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates().authority))
    photos = make(resolver=names(localhost="127.0.0.1", photos_example="127.0.0.1"))
    with served(always(response_bytes(PNG)), tls=True) as server:
        port = server.address.rpartition(":")[2]
        assert photos.fetch(f"https://localhost:{port}/a.png").read_bytes() == PNG
        with pytest.raises(PhotoError, match=r"photos\.example"):
            photos.fetch(f"https://photos.example:{port}/a.png")
        assert len(server.heard) == 1


def test_an_address_that_does_not_connect_is_followed_by_the_next(make: Callable[..., Photos]) -> None:
    with local_server(PNG) as (address, _):
        port = address.rpartition(":")[2]
        resolver = names(photos_example=["::1", "127.0.0.1"])  # nobody listens at the first
        assert make(resolver=resolver).fetch(f"http://photos.example:{port}/a.png").read_bytes() == PNG


@pytest.mark.parametrize(
    "target",
    ["http://10.0.0.8/a.png", "http://169.254.169.254/latest/meta-data/", "http://[fd00::1]/a.png", "//192.168.1.1/a"],
)
def test_a_redirect_to_a_private_address_is_refused(make: Callable[..., Photos], target: str) -> None:
    with served(always(redirect(target))) as server:
        with pytest.raises(PhotoError, match="not a public address"):
            make().fetch(f"{server.address}/a.png")
        assert len(server.heard) == 1


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://photos.example/a.png", "http://a:b@photos.example/"])
def test_a_redirect_away_from_the_web_is_refused(make: Callable[..., Photos], target: str) -> None:
    with (
        served(always(redirect(target))) as server,
        pytest.raises(PhotoError, match="is not an http or https address"),
    ):
        make().fetch(f"{server.address}/a.png")


def test_redirects_are_followed_five_times(make: Callable[..., Photos]) -> None:
    hops = [
        redirect(f"/{number}", status)
        for number, status in enumerate(
            ("301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect")
        )
    ]
    with served(in_turn(*hops, response_bytes(PNG))) as server:
        assert make().fetch(f"{server.address}/a.png").read_bytes() == PNG
        assert [request.split()[1] for request in server.heard] == [b"/a.png", b"/0", b"/1", b"/2", b"/3", b"/4"]
    with served(always(redirect("/again"))) as server:
        with pytest.raises(PhotoError, match="more than 5 redirects"):
            make().fetch(f"{server.address}/a.png")
        assert len(server.heard) == 6


@pytest.mark.parametrize(
    "address",
    [
        "ftp://photos.example/a.png",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "photos/kettle.png",
        "https://",
        "https:///a.png",
        "https://photos.example:99999/a.png",
        "https://[photos.example/a.png",
        "https://user:EXAMPLE@photos.example/a.png",
        "",
    ],
)
def test_only_addresses_of_the_web_are_asked(make: Callable[..., Photos], address: str) -> None:
    asked = list[str]()

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return [PUBLIC]

    with pytest.raises(PhotoError, match="cannot be imported") as caught:
        make(resolver=resolve).fetch(address)
    assert not asked
    assert "EXAMPLE" not in str(caught.value)


def test_an_address_without_a_scheme_is_https(make: Callable[..., Photos]) -> None:
    asked = list[int]()

    def resolve(host: str, port: int) -> list[str]:
        asked.append(port)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(PhotoError, match=r"https://cdn\.photos\.example/a\.png"):
        make(resolver=resolve).fetch("//cdn.photos.example/a.png")
    assert 443 in asked


def test_spaces_and_letters_in_addresses_are_encoded(make: Callable[..., Photos]) -> None:
    with local_server(PNG) as (address, heard):
        make().fetch(f"{address}/red kettle/größe%20x.png?size=a b#part")
    assert [request.path for request in heard] == ["/red%20kettle/gr%C3%B6%C3%9Fe%20x.png?size=a%20b"]


@pytest.mark.parametrize("sized", [True, False])
def test_a_photo_that_is_too_large_is_not_kept(make: Callable[..., Photos], sized: bool) -> None:
    photos = make(largest=1000)
    whole = png(1001)
    head = () if sized else ("Connection: close", "Transfer-Encoding: chunked")
    body = whole if sized else b"3e9\r\n%b\r\n0\r\n\r\n" % whole
    with served(in_turn(response_bytes(body, "200 OK", *head))) as server:
        with pytest.raises(PhotoError, match="It has more than 1000 bytes"):
            photos.fetch(f"{server.address}/a.png")
        assert len(server.heard) == 1
    with local_server(png(1000)) as (address, _):
        assert photos.fetch(f"{address}/a.png").read_bytes() == png(1000)
    assert len(kept(photos)) == 1


def test_a_compressed_photo_cannot_fill_the_memory(make: Callable[..., Photos]) -> None:
    bomb = gzip.compress(bytes(10_000_000))
    with (
        local_server(bomb, headers={"Content-Encoding": "gzip"}) as (address, _),
        pytest.raises(PhotoError, match="It has more than 100000 bytes"),
    ):
        make(largest=100_000).fetch(f"{address}/a.png")


@pytest.mark.parametrize(
    "begin", [b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Slow: "]
)
def test_a_server_that_sends_a_byte_at_a_time_is_not_waited_for(make: Callable[..., Photos], begin: bytes) -> None:
    def script(talk: Conversation) -> None:
        talk.hear()
        talk.say(begin)
        for _ in range(1000):  # until the other side closes the connection
            talk.say(b"a")
            time.sleep(0.02)

    with served(script) as server, pytest.raises(PhotoError, match=r"deadline of 0\.2 s"):
        make(deadline=0.2).fetch(f"{server.address}/a.png")


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("404 Not Found", "Apps remove their photos when they are uninstalled"),
        ("410 Gone", "Apps remove their photos when they are uninstalled"),
        ("403 Forbidden", "It is not public"),
        ("401 Unauthorized", "It is not public"),
        ("418 I'm a teapot", "There is no photo"),
        ("204 No Content", "There is no photo"),
    ],
)
def test_a_refusal_is_told_and_not_repeated(make: Callable[..., Photos], status: str, reason: str) -> None:
    with served(always(response_bytes(b"", status))) as server:
        with pytest.raises(PhotoError, match=f"HTTP {status[:3]}") as caught:
            make().fetch(f"{server.address}/a.png")
        assert reason in str(caught.value)
        assert len(server.heard) == 1


REASONS = {
    "It is not public.": (401,),
    "It is not public, or its address has expired.": (403,),
    "The photo does not exist there any more. Apps remove their photos when they are uninstalled.": (404, 410),
    "The server limits the number of downloads.": (429,),
    "There is no photo.": (201, 204, 206, 300, 304, 400, 402, 406, 418, 451),
    "The server failed.": (500, 502, 503, 504, 520),
}


@pytest.mark.parametrize("reason", REASONS)
def test_each_status_but_200_has_its_reason_even_if_it_comes_with_a_photo(
    make: Callable[..., Photos], monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    for status in REASONS[reason]:
        found = HTTPResponse(status, {}, PNG)
        monkeypatch.setattr("trustoo.cli.web.Web.get", lambda self, address, found=found: (address, found))
        with pytest.raises(PhotoError) as caught:
            make().fetch(f"https://photos.example/{status}.png")
        assert f"HTTP {status}. {reason}" in str(caught.value)


def test_a_redirect_to_another_host_is_part_of_the_reason(make: Callable[..., Photos]) -> None:
    with (
        local_server(b"<html>") as (login, _),
        served(always(redirect(f"{login}/login"))) as server,
        pytest.raises(PhotoError, match=f"It is a web page after a redirect to {login}/login, not a photo"),
    ):
        make().fetch(f"{server.address}/a.png")


def test_a_server_that_asks_for_patience_gets_it(make: Callable[..., Photos], clock: CheckClock) -> None:
    busy = response_bytes(b"", "429 Too Many Requests", "Retry-After: 7")
    with served(in_turn(busy, response_bytes(b"", "503 Service Unavailable"), response_bytes(PNG))) as server:
        assert make().fetch(f"{server.address}/a.png").read_bytes() == PNG
        assert len(server.heard) == 3
    assert clock.now >= 7


@pytest.mark.parametrize(
    "response",
    [
        response_bytes(b"", "500 Internal Server Error"),
        response_bytes(PNG[:20], "200 OK", f"Content-Length: {len(PNG)}", "Connection: close"),
    ],
    ids=["failure", "cut"],
)
def test_a_failure_of_the_server_is_retried_a_few_times(make: Callable[..., Photos], response: bytes) -> None:
    with served(in_turn(response, response, response_bytes(PNG))) as server:
        assert make().fetch(f"{server.address}/a.png").read_bytes() == PNG
    with served(in_turn(response)) as server:
        with pytest.raises(PhotoError):
            make().fetch(f"{server.address}/a.png")
        assert len(server.heard) == 4


def test_a_connection_that_breaks_is_retried(make: Callable[..., Photos]) -> None:
    def script(talk: Conversation) -> None:
        talk.hear()
        if talk.number < 3:
            talk.reset()
        else:
            talk.say(response_bytes(PNG))

    with served(script) as server:
        assert make().fetch(f"{server.address}/a.png").read_bytes() == PNG


def test_a_wait_of_an_hour_is_not_taken(make: Callable[..., Photos], clock: CheckClock) -> None:
    with served(always(response_bytes(b"", "429 Too Many Requests", "Retry-After: 3600"))) as server:
        with pytest.raises(PhotoError, match="The server limits the number of downloads"):
            make().fetch(f"{server.address}/a.png")
        assert len(server.heard) == 1
    assert clock.now < 60


def test_a_host_is_asked_at_most_ten_times_a_second(make: Callable[..., Photos], clock: CheckClock) -> None:
    photos = make()
    with local_server(PNG) as (address, _):
        for number in range(21):
            photos.fetch(f"{address}/{number}.png")
    assert 1.9 < clock.now < 2.1


def test_a_host_that_is_gone_does_not_hold_up_thousands_of_photos(make: Callable[..., Photos]) -> None:
    asked = list[str]()

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return names(photos_example="127.0.0.1")(host, port)

    photos = make(resolver=resolve)
    for number in range(5):
        with pytest.raises(PhotoError, match="Name or service not known"):
            photos.fetch(f"https://old-app.example/{number}.png")
    before = len(asked)
    with pytest.raises(PhotoError, match=r"old-app\.example did not respond for the last 5 photos"):
        photos.fetch("https://old-app.example/6.png")
    assert len(asked) == before
    with local_server(PNG) as (address, _):
        photos.fetch(f"http://photos.example:{address.rpartition(':')[2]}/a.png")


def test_a_host_that_responds_now_and_then_is_asked_for_every_photo(make: Callable[..., Photos]) -> None:
    def script(talk: Conversation) -> None:
        if b"/gone" in talk.hear():
            talk.reset()
        else:
            talk.say(response_bytes(PNG, "200 OK", "Connection: close"))

    photos = make()
    with served(script) as server:
        for number in range(3):
            for gone in range(3):
                with pytest.raises(PhotoError):
                    photos.fetch(f"{server.address}/gone/{number}-{gone}.png")
            assert photos.fetch(f"{server.address}/{number}.png").read_bytes() == PNG


def test_an_error_concerns_its_photo_and_not_the_whole_import(make: Callable[..., Photos]) -> None:
    """An import stops at errors of the connection to the API, and of the settings."""
    for address in ("http://127.0.0.1:9/a.png", "http://\x7f.example/a.png", f"http://{'a' * 70}.example/a.png"):
        with pytest.raises(PhotoError) as caught:
            make().fetch(address)
        assert not isinstance(caught.value, TransportError | ConfigurationError)


def test_a_full_disk_is_an_error_of_the_disk(make: Callable[..., Photos], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(module, "write_atomic", full)
    with local_server(PNG) as (address, _), pytest.raises(OSError, match="No space left"):
        make().fetch(f"{address}/a.png")


def test_a_proxy_is_used_and_is_not_asked_for_private_addresses(
    make: Callable[..., Photos], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The resolver here knows no public host, as behind many proxies."""
    with local_server(PNG) as (proxy, heard):
        monkeypatch.setenv("http_proxy", proxy)
        photos = make(allow_loopback=False, resolver=names(inner_example="10.0.0.8"))
        for address in ("http://10.0.0.8/a.png", "http://127.0.0.1/a.png", "http://inner.example/a.png"):
            with pytest.raises(PhotoError, match="not a public address"):
                photos.fetch(address)
        assert heard == []
        assert photos.fetch("http://photos.example/a.png").read_bytes() == PNG
    assert [request.path for request in heard] == ["http://photos.example/a.png"]


def test_the_pause_between_photos_is_kept_although_the_clock_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock_at_each_reading(monkeypatch)
    monkeypatch.setattr(module, "PAUSE", 60.0)
    waited = list[float]()
    with local_server(PNG) as (address, _), Photos(tmp_path, allow_loopback=True, sleep=waited.append) as photos:
        photos.fetch(f"{address}/a.png")
        photos.fetch(f"{address}/b.png")
    assert 0 < sum(waited) <= 60


def test_a_photo_that_arrives_ends_the_series_of_those_that_did_not(
    make: Callable[..., Photos], monkeypatch: pytest.MonkeyPatch
) -> None:
    photos, script = make(), [*[False] * 4, True] * 3
    outcomes = iter(script)

    def get(address: str) -> tuple[str, HTTPResponse]:
        if not next(outcomes):
            raise TransportError("no response", maybe_sent=True)
        return address, HTTPResponse(200, {}, PNG)

    monkeypatch.setattr(photos._web, "get", get)
    arrived = list[bool]()
    for number in range(len(script)):
        try:
            arrived.append(photos.fetch(f"https://old-app.example/{number}.png").exists())
        except PhotoError:
            arrived.append(False)
    assert arrived == script
