"""Recorded traffic becomes vectors that hold, and in which nothing of the traffic's values is left."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from trustoo import Trustoo, TrustooError
from trustoo.testing import FakeTrustoo
from trustoo.testing.spec import SAMPLES
from trustoo_api.operations import OPERATIONS

from contract_tests.live import semantics
from contract_tests.live.shapes import shape_of
from contract_tests.recording.__main__ import main
from contract_tests.recording.exchanges import Exchange, SkippedError, exchange_of, of_httpx
from contract_tests.recording.inventing import Inventor
from contract_tests.recording.vectors import Recording
from contract_tests.support.samples import sample
from contract_tests.support.shop import TOKENS, kinds
from contract_tests.support.spec import SPEC, parameters, parts
from contract_tests.vectors import test_requests, test_responses
from contract_tests.vectors.forms import Recorded, read_recorded

ROOT = Path(__file__).resolve().parents[2]
HOST = "rapi.trustoo.io"
API = f"https://{HOST}/api/v1/openapi"
PERSONAL = re.compile("[qxzjkvw]{5,}", re.IGNORECASE)
"""Runs of letters that no word of the spec has. In the properties below, every personal value has one."""

# ---------------------------------------------------------------- nothing is left

words = st.text("qxzjkvw", min_size=6, max_size=12)
numbers = st.integers(2 * 10**6, 10**13 - 1).filter(lambda number: str(number)[0] not in "01")
digits = numbers.map(str)


def forms(word: str, number: str) -> list[str]:
    """Values that say something about somebody, in all forms that occur in traffic."""
    coded = base64.b64encode(f"{word}{number}".encode()).decode()
    return [
        word,
        number,
        f"{word.title()} {word}",
        f"{word} Zoë\n{word}",
        f"{word}@{word}.example",
        f"+49 {number} {word}",
        f"https://{word}.example/{word}.jpg?token={word}",
        f"http://user:{word}@{HOST}/{number}",
        f"gid://shopify/Product/{number}",
        f"gid://shopify/{word}/{number}",
        f"{word}.myshopify.com",
        f"Bearer {word}",
        f"2026-01-02T03:04:05Z{word}",
        f"2026-01-02 03:04:05.{number[:6]}+{number[:2]}:{number[2:4]}",
        f'{{"email":"{word}@{word}.example"}}',
        coded,
        f"{coded}.{coded}.{coded}",
        f"{number}.{number[:4]}",
        f"{number[:4]}{'a1' * 8}{number}",
        f"<b>{word}</b>",
    ]


personal = st.builds(forms, words, digits).flatmap(st.sampled_from)
names = st.sampled_from(sorted({name for _, _, node in SPEC.operations() for name in SPEC.body_members(node)})) | (
    st.sampled_from(["id", "author", "data", "list", "page", "count", "shop_info", "customerName", "api_key", "media"])
    | st.builds("{}@{}.example".format, words, words)
    | digits
    | words.map(str.title)
    | words.map(str.upper)
    | words.map("Zoë {}".format)
)
leaves = personal | numbers | numbers.map(lambda number: -number) | st.booleans() | st.none()
values = st.recursive(
    leaves | numbers.map(lambda number: number + 0.25),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)


@st.composite
def like_the_sample(draw: st.DrawFn, value: Any) -> Any:
    """A value of the same types, of personal values."""
    if isinstance(value, dict):
        return {name: draw(like_the_sample(member)) for name, member in value.items()}
    if isinstance(value, list):
        return [draw(like_the_sample(item)) for item in value for _ in range(draw(st.integers(1, 3)))]
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d", value):
        return draw(st.integers(2031, 2098).map(lambda year: f"{year}{value[4:]}"))
    if isinstance(value, str):
        number = value.replace(".", "", 1)
        return draw(digits) if number.isdecimal() else draw(personal)
    return draw(numbers) if type(value) is int else value


@st.composite
def exchanges(draw: st.DrawFn, operation: str) -> Exchange:
    """A recorded call of the operation, full of personal values."""
    node = parts(operation)[2]
    whole = {name for name, about in parameters(operation).items() if about["schema"].get("type") == "integer"}
    query = draw(st.lists(st.tuples(st.sampled_from([*parameters(operation), "token"]) | names, personal), max_size=4))
    numeric = [(name, draw(digits) if name in whole else text) for name, text in query]
    secret = {name: draw(personal) for name in ("authorization", "cookie", "public-token", "sign", "x-forwarded-for")}
    body = draw(st.dictionaries(st.sampled_from([*SPEC.body_members(node)] or ["x"]) | names, values, max_size=5))
    data = draw(st.one_of(values, *[like_the_sample(SAMPLES[operation].response.get("data"))] * 3))
    envelope = {"code": draw(st.sampled_from([0, 0, 0, 0, 5, 16]) | numbers), "message": draw(personal)}
    answer = {**envelope, "time": draw(numbers), "request_id": draw(personal), "data": data}
    media_types = ["application/json", "application/json; charset=UTF-8", "application/qxzjkv", "text/html;a=qxzjkv"]
    media_type = draw(st.sampled_from(media_types) | personal)
    return Exchange(
        operation,
        tuple(dict(numeric).items()),
        {name: value.replace("\n", "") for name, value in secret.items()},
        body if "requestBody" in node else None,
        draw(st.sampled_from([200, 201, 400, 401])),
        {"content-type": media_type, "set-cookie": draw(personal), "x-request-id": draw(personal)},
        draw(st.sampled_from([answer, {**answer, "data": data}, data if isinstance(data, dict) else answer])),
    )


def texts(value: Any) -> Iterator[str]:
    """All texts and numbers in a value, as text."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from (name, *texts(member))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def check_nothing_is_left(exchange: Exchange) -> Recording:
    recording = Recording()
    recording.add_all([exchange])
    written = json.dumps([recording.requests, recording.responses, recording.examples, recording.skipped], default=str)
    assert not PERSONAL.search(written)
    for text in texts((exchange.query, exchange.headers, exchange.body, exchange.answer_headers, exchange.answer)):
        for number in re.findall(r"[2-9]\d{6,}", text):
            assert number not in written
    for text in re.findall(r"[A-Za-z0-9+/]{12,}={0,2}", written):
        if len(text) % 4 == 0:
            assert not PERSONAL.search(base64.b64decode(text).decode("latin-1"))
    return recording


def test_no_value_of_an_exchange_is_left() -> None:
    met = Counter[str]()
    # A failed example is not shrunk, because that takes minutes.
    bounded = settings(
        max_examples=6,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    def check(exchange: Exchange) -> None:
        recording = check_nothing_is_left(exchange)
        met["request"] += len(recording.requests)
        met.update("error" if "error" in case else "value" for case in recording.responses)

    for operation in OPERATIONS:
        bounded(given(exchange=exchanges(operation))(check))()
    # Otherwise the property would say something about skipped exchanges only.
    assert met["request"] > 50, met
    assert min(met["value"], met["error"]) > 5, met


@pytest.mark.parametrize(
    "value",
    [
        "",
        "10000000001",
        "1042",
        "4.53",
        "-17.5",
        "2031-05-14",
        "2031-05-14T08:30:00Z",
        "2031-05-14 08:30:00",
        "2031-05-14T08:30:00.250+02:00",
        "123e4567-e89b-42d3-a456-426614174000",
        "0123456789abcdef0123456789abcdef",
        "https://shop.example/a/photo.JPEG",
        "gid://shopify/Product/10000000001",
        "ada@shop.example",
        "a text of words",
        1042,
        -77,
        4.5,
        True,
        None,
        [{"id": "77"}, {"id": 77}, {"id": "78"}, {"id": "79", "more": None}],
    ],
)
def test_an_invented_value_has_the_shape_of_the_recorded_value(value: Any) -> None:
    invented = Inventor().value(value)
    assert shape_of(invented).to_json()["types"] == shape_of(value).to_json()["types"]
    if isinstance(value, list):
        assert shape_of(invented).to_json()["items"] == shape_of(value).to_json()["items"]
    elif value not in ("", True, None):
        assert invented != value


def test_what_a_decoder_may_stumble_over_is_kept() -> None:
    invented = [Inventor().value(one) for one in ("Zoë", "two\nlines", "https://a.example/x.png", "a b")]
    assert invented == ["EXAMPLE-Zoë-1", "EXAMPLE text 1\n", "https://example.com/EXAMPLE-1.png", "EXAMPLE text 1"]
    assert [Inventor().value(one) for one in (4.0, 12.0, "007", "7", 7, 0)] == [4.0, 11.5, "101", "7", 7, 0]


def test_equal_ids_stay_equal_as_text_and_as_number() -> None:
    invented = Inventor().value({"id": 8100000000019, "product_id": "8100000000019", "other": "8100000000020"})
    assert str(invented["id"]) == invented["product_id"] != invented["other"]


def test_values_that_the_spec_lists_are_kept() -> None:
    review = {
        "code": 0,
        "message": "OK",
        "request_id": "1",
        "data": {"id": "4711", "source": "QR Code", "title": "QR Code"},
    }
    answer = recorded("GET", "/get_review?id=4711", review).responses[0]["answer"]["body"]
    assert json.loads(answer)["data"] == {"id": "1001", "source": "QR Code", "title": "EXAMPLE text 1"}


# ---------------------------------------------------------------- the vectors hold


def recorded(method: str, target: str, answer: Any, recording: Recording | None = None, **headers: str) -> Recording:
    """A recording of one call."""
    recording = recording or Recording()
    content = json.dumps(answer).encode()
    recording.add(exchange_of(method, API + target, headers.items(), b"", 200, [], content))
    return recording


def of_the_fake() -> Recording:
    """One call of each operation, with each kind of credentials."""
    fake, recording = FakeTrustoo(), Recording()
    fake.add_platform()
    for number in range(25):
        fake.reviews.add(rating=1 + number % 5, product_id=str(11 * (1 + number % 3)), author="Ada", later=number)
    received: list[httpx.Response] = []
    http = httpx.Client(transport=fake.transport, event_hooks={"response": [received.append]})
    for operation in OPERATIONS:
        make, decoder = sample(operation)
        for kind in kinds(operation):
            tokens: dict[str, Any] = dict(TOKENS.get(kind, {}))
            client = Trustoo(http_client=http, base_url=f"https://{HOST}", **tokens)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                with suppress(TrustooError):  # a refusal is recorded too
                    client.send(make(), decoder)
    recording.add_all(of_httpx(response, HOST) for response in received)
    return recording


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    folder = tmp_path_factory.mktemp("recorded")
    recording = of_the_fake()
    assert not recording.skipped
    recording.write(folder / "recorded.json", folder / "examples.yaml")
    return read_recorded(folder)


@pytest.mark.parametrize("style", ["sync", "async"])
def test_the_client_sends_each_recorded_request(vectors: Recorded, style: str) -> None:
    assert {case.operation for case in vectors.requests} == set(OPERATIONS)
    for case in vectors.requests:
        test_requests.test_a_call_sends_exactly_the_request(case, style, raw=False)


@pytest.mark.parametrize("style", ["sync", "async"])
def test_the_client_reads_each_recorded_response(vectors: Recorded, style: str) -> None:
    assert {case.operation for case in vectors.responses} == set(OPERATIONS)
    assert any(case.error is not None for case in vectors.responses)
    for case in vectors.responses:
        for strict in (True, False):
            if case.error is None:
                test_responses.test_a_response_returns_the_value_in_the_vector(case, style, strict)
            else:
                test_responses.test_a_response_raises_the_error_in_the_vector(case, style, False, strict)


def test_recorded_vectors_run_with_the_suite() -> None:
    module = Path(test_requests.__file__).read_text(encoding="utf-8")
    assert "RECORDED = read_recorded().requests" in module
    assert read_recorded(Path("no such directory")).requests == []


def test_invented_figures_add_up(vectors: Recorded) -> None:
    for case in vectors.responses:
        body = json.loads(case.answer.body)
        arguments = {"page": 1, "page_size": 20} if case.operation.endswith(".list") else {}
        found = semantics.semantic_differences(
            semantics.Exchange(arguments, body, {"Content-Type": "application/json"})
        )
        assert [one for one in found if one.kind == "sum"] == [], case


def test_an_example_is_ready_for_the_spec(tmp_path: Path) -> None:
    recording = recorded("GET", "/get_review?id=4711", {"code": 5, "message": "no", "time": 1, "request_id": "x"})
    recording.write(tmp_path / "recorded.json", tmp_path / "examples.yaml")
    value = {"code": 5, "message": "EXAMPLE-1", "time": 1700465772, "request_id": "EXAMPLE-2"}
    assert yaml.safe_load((tmp_path / "examples.yaml").read_text(encoding="utf-8")) == {
        "reviews.get": {"recorded-1": {"summary": "Recorded, all values invented", "value": value}}
    }


def test_a_response_that_differs_from_the_spec_gives_an_example_and_no_vector_of_a_response() -> None:
    recording, answer = Recording(), {"code": 0, "message": "", "request_id": "", "data": {"rating": "five"}}
    with pytest.raises(SkippedError, match=r"reviews.get: the response differs from the spec at data.rating; correct"):
        recorded("GET", "/get_review?id=4711", answer, recording=recording)
    assert (len(recording.requests), recording.responses) == (1, [])
    assert recording.examples["reviews.get"][0]["value"]["data"] == {"rating": "EXAMPLE-1"}


def test_a_request_of_another_client_keeps_its_form() -> None:
    page = {"code": 0, "message": "OK", "request_id": "1", "data": {"list": []}}
    target = (
        "/get_reviews?page_size=5&product_ids%5B0%5D=8111111111111&timestamp=1700000000&page=2&keyword=caf%C3%A9+noir"
    )
    (case,) = recorded("GET", target, page, authorization="Bearer abc").requests
    assert case["credentials"] == "bearer"
    assert case["arguments"] == {
        "keyword": "EXAMPLE text Zoë 1",
        "page": 2,
        "page_size": 5,
        "extra_query": {"product_ids[0]": "1000000000001"},
    }


# ---------------------------------------------------------------- HAR


def entry(method: str, url: str, answer: str, *, status: int = 200, body: str | None = None, **content: str) -> Any:
    request: dict[str, Any] = {"method": method, "url": url, "headers": [{"name": ":authority", "value": HOST}]}
    if body is not None:
        request["postData"] = {"mimeType": "application/json", "text": body}
    headers = [{"name": "content-type", "value": "application/json"}, {"name": "set-cookie", "value": "sid=KETTLE"}]
    return {
        "request": request,
        "response": {"status": status, "headers": headers, "content": {"text": answer, **content}},
    }


REVIEW = json.dumps({"code": 0, "message": "OK", "request_id": "1", "data": {"id": "4711", "author": "Grace Kettle"}})
CREATED = json.dumps({"code": 0, "message": "OK", "request_id": "1", "data": {"id": "4712"}})
TRAFFIC = [
    entry("GET", f"{API}/get_review?id=4711", REVIEW),
    entry("GET", f"{API}/get_review?id=4799", REVIEW),
    entry("GET", f"{API}/get_review?id=4711", base64.b64encode(REVIEW.encode()).decode(), encoding="base64"),
    entry(
        "POST",
        f"{API}/create_review",
        CREATED,
        body='{"author":"Grace Kettle","rating":5,"author_email":"g@k.example"}',
    ),
    entry("GET", f"https://{HOST.upper()}:443/api/v1/openapi/get_review?id=4799", REVIEW),
    entry("OPTIONS", f"{API}/get_review", ""),
    entry("GET", "https://shop.example/api/v1/openapi/get_review?id=4711", REVIEW),
    entry("GET", f"https://{HOST}.evil.example/api/v1/openapi/get_review?id=4711", REVIEW),
    entry("GET", f"https://{HOST}/api/v1/open_api/get_review", REVIEW),
    entry("GET", f"{API}/get_review?id=4711", "<html>Kettle</html>", status=502),
    entry("GET", f"{API}/get_review?id=4711", "", status=0),
    {"request": {"method": "GET"}},
    "Kettle",
]


def har(folder: Path, entries: list[Any], start: bytes = b"") -> Path:
    path = folder / "traffic.har"
    path.write_bytes(start + json.dumps({"log": {"version": "1.2", "entries": entries}}).encode())
    return path


def imported(folder: Path, har: Path, *options: str) -> int:
    return main(
        [str(har), f"--vectors={folder / 'recorded.json'}", f"--examples={folder / 'x' / 'examples.yaml'}", *options]
    )


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"], ids=["plain", "with a byte order mark"])
def test_a_har_file_becomes_vectors(tmp_path: Path, capsys: pytest.CaptureFixture[str], start: bytes) -> None:
    assert imported(tmp_path, har(tmp_path, TRAFFIC, start)) == 0
    document = read_recorded(tmp_path)
    assert [case.name for case in document.requests] == ["reviews.get, recorded 1", "reviews.create, recorded 1"]
    assert [case.name for case in document.responses] == ["reviews.get, recorded 1", "reviews.create, recorded 1"]
    assert document.requests[1].arguments == {
        "rating": 5,
        "author": "EXAMPLE text 1",
        "author_email": "ada1@example.com",
    }
    assert (tmp_path / "x" / "examples.yaml").exists()
    printed = capsys.readouterr().out
    for line in (
        "skipped 2: another host",
        "skipped 2: no known operation",
        "skipped 1: the response has no JSON",
        "skipped 1: no response",
        "skipped 2: not an entry of HAR 1.2",
    ):
        assert line in printed
    for kept in (printed, *(path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.[jy]*"))):
        assert not re.search("kettle|4711|4712|k.example", kept, re.IGNORECASE)


def test_a_second_import_adds_only_what_is_new(tmp_path: Path) -> None:
    imported(tmp_path, har(tmp_path, TRAFFIC))
    first = (tmp_path / "recorded.json").read_text(encoding="utf-8")
    imported(tmp_path, har(tmp_path, TRAFFIC))
    assert (tmp_path / "recorded.json").read_text(encoding="utf-8") == first
    signed_differently = entry("GET", f"{API}/get_review?id=4711&more=1", REVIEW)
    imported(tmp_path, har(tmp_path, [signed_differently]))
    other = REVIEW.replace('"author"', '"nickname"')
    imported(tmp_path, har(tmp_path, [entry("GET", f"{API}/get_review?id=4711", other)]))
    examples = yaml.safe_load((tmp_path / "x" / "examples.yaml").read_text(encoding="utf-8"))
    assert {name: list(kept) for name, kept in examples.items()} == {
        "reviews.get": ["recorded-1", "recorded-2"],
        "reviews.create": ["recorded-1"],
    }
    names = [case.name for case in read_recorded(tmp_path).requests]
    assert names == ["reviews.get, recorded 1", "reviews.create, recorded 1", "reviews.get, recorded 2"]


def test_another_host_must_be_named(tmp_path: Path) -> None:
    other = har(tmp_path, [TRAFFIC[6]])
    assert imported(tmp_path, other) == 1
    assert not (tmp_path / "recorded.json").exists()
    assert imported(tmp_path, other, "--host=shop.example") == 0


@pytest.mark.parametrize("content", ["", "[]", '{"requests": [5]}'])
def test_vectors_that_cannot_be_read_are_not_overwritten(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "recorded.json").write_text(content, encoding="utf-8")
    assert imported(tmp_path, har(tmp_path, TRAFFIC)) == 2
    assert "recorded.json is not a file of recorded vectors. Correct it" in capsys.readouterr().err
    assert (tmp_path / "recorded.json").read_text(encoding="utf-8") == content


def test_make_passes_the_file() -> None:
    def shown(*arguments: str) -> str:
        command = ["make", "--dry-run", *arguments]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert '-m contract_tests.recording "my traffic.har"' in shown("vectors", "FROM=my traffic.har")
    assert "contract_tests.live --rate=1 --record" in shown("contract", "LIVE=1", "RECORD=1")
    assert "--record" not in shown("contract", "LIVE=1")


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"log": {"entries": 5}}', b"\xff\xfe", b"[" * 100_000])
def test_a_file_that_is_not_har_is_said_to_be_none(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "traffic.har"
    path.write_bytes(content)
    assert imported(tmp_path, path) == 2
    assert "traffic.har is not a HAR file. Export one from" in capsys.readouterr().err
    assert imported(tmp_path, tmp_path / "missing.har") == 2
    assert "missing.har cannot be read: " in capsys.readouterr().err
