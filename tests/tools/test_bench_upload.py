"""The upload benchmark measures what it says, shown on tiny sizes; its kept figures are those of the page."""

import http.client
from urllib.parse import urlsplit

import msgspec
import pytest

from benchmarks.upload import RESULTS, measure
from benchmarks.upload_report import PAGE, Results, Sizes, tables
from benchmarks.upload_sink import sink

TINY = Sizes(
    rounds=1,
    image=8_000_000,
    slow_image=70_000,
    slow_read=0.05,
    images=3,
    small_image=1000,
    answer_delay=0.0,
    photo=30_000,
)


def test_a_run_sees_memory_that_is_held_and_an_event_loop_that_stalls() -> None:
    stalling, holding = "httpx async files=", "requests files="
    results = measure(TINY, (stalling, holding))
    assert {part: list(outcomes) for part, outcomes in results.parts.items()} == {
        "large": [stalling, holding],
        "slow": [stalling],
        "small": [],
        "small, late answers": [],
        "photo": [],
    }
    (held,) = results.parts["large"][holding]
    assert held.growth is None or held.growth > TINY.image, "it holds the whole file, and no growth was seen"
    (slow,) = results.parts["slow"][stalling]
    assert slow.seconds >= 2 * TINY.slow_read
    assert slow.stall is not None
    assert slow.stall >= TINY.slow_read * 0.9, "it reads on the event loop, and the watching task did not notice"
    assert f"| `{holding}`" in tables(results)


@pytest.mark.parametrize(("end", "status"), [(b"--edge--\r\n", 204), (b"--other--\r\n", 400)])
def test_the_sink_takes_only_forms_that_end(end: bytes, status: int) -> None:
    with sink() as url:
        address = urlsplit(url)
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=5)
        body = b"--edge\r\n\r\n" + bytes(300_000) + b"\r\n" + end
        connection.request("POST", "/", body, {"Content-Type": "multipart/form-data; boundary=edge"})
        assert connection.getresponse().status == status
        connection.close()


def test_the_page_shows_the_kept_results() -> None:
    assert tables(msgspec.json.decode(RESULTS.read_bytes(), type=Results)) in PAGE.read_text("utf-8")
