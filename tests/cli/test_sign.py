"""The stages of a signature, and which mistake another program made."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import sys
from collections.abc import Callable
from urllib.parse import quote

import pytest

from tests.cli.conftest import Machine

KEY = "EXAMPLE-private-token"
QUERY = [("page", "1"), ("keyword", "a b/ö"), ("page", "0")]
STAMP = "1700000000"
TARGET = f"https://rapi.example/x?page=1&keyword={quote('a b/ö')}&page=0"
BODY = b'{"rating": 5}\n'


def made(message: bytes, key: str = KEY) -> str:
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()


JOINED = f"keyword=a b/ö&page=1&page=0&timestamp={STAMP}".encode()
RIGHT = made(JOINED + b"|" + BODY)


@pytest.mark.parametrize("target", [TARGET, TARGET.partition("?")[2], TARGET.partition("example")[2]])
def test_each_stage_is_shown(machine: Machine, target: str) -> None:
    machine.write("body.json", BODY)
    done = machine.run("sign", target, "--body", "body.json", "--timestamp", STAMP, "--method", "post", "--json")
    assert done.code == 0
    assert done.json == {
        "method": "POST (not signed)",
        "timestamp": STAMP,
        "query pairs": ["page=1", "keyword=a b/ö", "page=0"],
        "sorted with timestamp": ["keyword=a b/ö", "page=1", "page=0", f"timestamp={STAMP}"],
        "joined": JOINED.decode(),
        "body": f"{len(BODY)} bytes, SHA-256 {hashlib.sha256(BODY).hexdigest()}",
        "message": (JOINED + b"|" + BODY).decode(),
        "message SHA-256": hashlib.sha256(JOINED + b"|" + BODY).hexdigest(),
        "signature": RIGHT,
    }


def test_the_body_may_come_from_a_pipe_and_be_no_text(machine: Machine) -> None:
    done = machine.run_apart("sign", TARGET, "--body", "-", "--timestamp", STAMP, "--json", input=b"\xff\x00")
    assert done.json["signature"] == made(JOINED + b"|\xff\x00")
    assert done.json["message"].endswith("|\\xff\x00")


def test_a_signature_of_the_service_s_own_checker_is_accepted(machine: Machine) -> None:
    """What is printed is what the fake service, and so the signature's other implementation, takes."""
    stamp = str(int(machine.service.now()))
    sign = machine.run("sign", "page=2", "--timestamp", stamp, "--json").json["signature"]
    headers = {"Public-Token": "EXAMPLE-public-token", "Sign": sign, "Timestamp": stamp}
    reply = machine.service.handle("GET", "/api/v1/openapi/get_reviews?page=2", headers, b"")
    assert b'"code":0' in reply.body


WITHOUT_STAMP = "keyword=a b/ö&page=1&page=0".encode()
ENCODED = f"keyword={quote('a b/ö', safe='')}&page=1&page=0&timestamp={STAMP}".encode()
MISTAKES: dict[str, Callable[[], str]] = {
    "capitals": lambda: RIGHT.upper(),
    "Base64": lambda: base64.b64encode(bytes.fromhex(RIGHT)).decode(),
    "does not sort": lambda: made(f"page=1&keyword=a b/ö&page=0&timestamp={STAMP}|".encode() + BODY),
    "leaves the timestamp out": lambda: made(WITHOUT_STAMP + b"|" + BODY),
    "signs percent-encoded values": lambda: made(ENCODED + b"|" + BODY),
    "+ for spaces": lambda: made(ENCODED.replace(b"%20", b"+") + b"|" + BODY),
    "leaves the body out": lambda: made(JOINED),
    "without |": lambda: made(JOINED + BODY),
    "milliseconds": lambda: made(JOINED + b"000|" + BODY),
    "without the line break": lambda: made(JOINED + b"|" + BODY.strip()),
    "with a line break after it": lambda: made(JOINED + b"|" + BODY + b"\n"),
    "end of the private token": lambda: made(JOINED + b"|" + BODY, KEY + "\n"),
    "plain SHA-256": lambda: hashlib.sha256(KEY.encode() + JOINED + b"|" + BODY).hexdigest(),
    "by no usual mistake": lambda: "0" * 64,
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_usual_mistake_is_named(machine: Machine, mistake: str) -> None:
    machine.write("body.json", BODY)
    options = ["--body", "body.json", "--timestamp", STAMP, "--json"]
    done = machine.run("sign", TARGET, *options, "--expect", MISTAKES[mistake]())
    assert done.code == 1
    assert mistake in done.json["compared"]


def test_the_same_signature_is_the_same(machine: Machine) -> None:
    machine.write("body.json", BODY)
    done = machine.run("sign", TARGET, "--body", "body.json", "--timestamp", STAMP, "--expect", f" {RIGHT}\n", "--json")
    assert (done.code, done.json["compared"]) == (0, "the same")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["timestamp=1"], "--timestamp"),
        (["page=1", "--body", "no such file"], "no such file: No such file or directory."),
    ],
)
def test_what_cannot_be_signed_is_told(machine: Machine, arguments: list[str], said: str) -> None:
    done = machine.run("sign", *arguments)
    assert (done.code, said in done.err) == (2, True)


def test_without_a_terminal_the_token_must_be_in_the_environment(machine: Machine) -> None:
    del machine.environment["TRUSTOO_PRIVATE_TOKEN"]
    done = machine.run_apart("sign", "page=1", input=b"typed\n")
    assert (done.code, "set TRUSTOO_PRIVATE_TOKEN" in done.err) == (2, True)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_at_a_terminal_it_is_asked_for_and_not_echoed(machine: Machine) -> None:
    import pty

    del machine.environment["TRUSTOO_PRIVATE_TOKEN"]
    ours, theirs = pty.openpty()
    process = machine.start("sign", "page=1", "--timestamp", STAMP, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    while b"(not shown): " not in shown:  # the space comes when the echo is off
        shown += os.read(ours, 1000)
    os.write(ours, f"{KEY}\n".encode())
    try:
        while piece := os.read(ours, 1000):
            shown += piece
    except OSError:  # Linux says so when the other side has gone
        pass
    os.close(ours)
    assert process.wait(30) == 0
    for stream in (process.stdin, process.stdout, process.stderr):
        assert stream is None
    assert made(f"page=1&timestamp={STAMP}".encode()).encode() in shown
    assert KEY.encode() not in shown


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_the_private_token_is_never_printed(machine: Machine, form: tuple[str, ...]) -> None:
    for arguments in (["sign", "page=1"], ["sign", "page=1", "--expect", "x"], ["sign", "timestamp=1"]):
        done = machine.run("--verbose", *arguments, *form)
        assert KEY not in done.out + done.err
