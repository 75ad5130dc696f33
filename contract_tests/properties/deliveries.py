"""Fuzzes verification and receiving: `python -m contract_tests.properties.deliveries --pairs 200000 --seed 1`.

Every (headers, body) pair begins as a delivery that is signed rightly and is then damaged, or not. What comes out is
compared with a second reading of the rule, written here. The same seed gives the same pairs.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import logging
import random
import time
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any

from trustoo import UnexpectedShapeWarning
from trustoo.webhooks import HEADERS, Receiver, WebhookError, WebhookVerifier

NOW = 1_700_465_771.5
SECRETS = ("EXAMPLE-private-token", "EXAMPLE-older-token")
PUBLIC, STAMP, SIGN, REQUEST = HEADERS
TEXTS = [
    "",
    " ",
    "0",
    "-1",
    "1e3",
    "١٢٣",
    "1700465771 ",
    "+1700465771",
    "9" * 40,
    "é",
    "\ud800",
    "\x00",
    "a\r\nb",
    "z" * 9999,
]
ODD: list[Any] = [
    None,
    0,
    1.5,
    b"",
    b"\xff\xfe",
    b"1700465771",
    [],
    ["x"],
    {},
    object(),
    True,
    ("a", "b"),
    bytearray(b"x"),
]
RAW = [
    b"", b"null", b"[]", b"{}", b"0", b'"x"', b"{", b"\xff", b"\xef\xbb\xbf{}", b'{"list":1e999}', b'{"x":1e999}',
    b'{"list":[{"id":1e999}]}', b'{"list":[null]}', b'{"list":null}', b'{"list":[{}],"list":[{"id":1},{}]}',
    b'{"x":"\\ud800"}', b'{"x":"\xff"}', b'{"\xff":1}', b'{"list":[{"id":' + b"9" * 5000 + b"}]}", b"[" * 5000,
    b'{"x":' * 3000 + b"1" + b"}" * 3000, b'{"x":' * 900 + b"1e999" + b"}" * 900, b'{"list":[' * 2000,
    b'{"x":' + b"[" * 990 + b"1e999" + b"]" * 990 + b"}", b'{"x":NaN}', b'{"list":[]}\x00',
]  # fmt: skip


def value(draw: random.Random, depth: int = 0) -> Any:
    """Some JSON, often with the members of a delivery."""
    kind = draw.randrange(9 if depth < 4 else 6)
    if kind < 6:
        return [None, True, draw.randrange(-(2**70), 2**70), draw.random(), draw.choice(TEXTS), str(draw.random())][
            kind
        ]
    if kind == 6:
        return [value(draw, depth + 1) for _ in range(draw.randrange(4))]
    names = ["list", "id", "my_shopify_domain", "myshopify_domain", "\uffffo", "\uffffi", "origin_", "new"]
    return {draw.choice(names): value(draw, depth + 1) for _ in range(draw.randrange(5))}


def body(draw: random.Random) -> bytes:
    kind = draw.randrange(6)
    if kind == 0:
        return draw.randbytes(draw.randrange(60))
    if kind == 1:
        return draw.choice(RAW)
    made = value(draw)
    if kind > 3:
        item = {
            "id": draw.choice([123, "123", None, 2**80]),
            draw.choice(["my_", "my"]) + "shopify_domain": "a.example",
        }
        made = {"list": [item] * draw.randrange(4), "new": made}
    text = json.dumps(made).encode()
    if kind == 2 and text:
        at = draw.randrange(len(text))
        text = text[:at] + draw.randbytes(draw.randrange(3)) + text[at + draw.randrange(3) :]
    return text


def signature(secret: str, stamp: str, content: bytes) -> str:
    message = b"timestamp=" + stamp.encode("utf-8", "surrogatepass") + (b"|" + content if content else b"")
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def pair(draw: random.Random) -> tuple[Any, Any]:
    """(headers, body): mostly what could come over a socket, sometimes what could not."""
    content = body(draw)
    stamp = str(int(NOW) + draw.choice([0, 0, -899, 901, -900, 900, -901, 10**9, draw.randrange(-5000, 5000)]))
    stamp = draw.choice([stamp] * 8 + ["0" * 4 + stamp, draw.choice(TEXTS)])
    given: list[tuple[Any, Any]] = [
        ("Content-Type", "application/json"),
        (PUBLIC, "EXAMPLE-public-token"),
        (STAMP, stamp),
        (SIGN, signature(draw.choice(SECRETS), stamp, content)),
        (REQUEST, f"EXAMPLE-{draw.random()}"),
    ]
    for _ in range(draw.choice([0, 0, 0, 1, 2])):
        at = draw.randrange(len(given) or 1)
        name, text = given[at] if given else ("", "")
        damage = draw.randrange(8)
        if damage == 0:
            given = given[:at] + given[at + 1 :]
        elif damage == 1:
            given.append((draw.choice([str.lower, str.upper, str.title])(str(name)), text))
        elif damage == 2:
            given[at : at + 1] = [(draw.choice([str.lower, str.upper])(str(name)), text)]
        elif damage == 3:
            given[at : at + 1] = [(name, draw.choice([*TEXTS, *ODD]))]
        elif damage == 4:
            given[at : at + 1] = [(draw.choice([*TEXTS, *ODD]), text)]
        elif damage == 5 and isinstance(text, str) and text:
            cut = draw.randrange(len(text))
            given[at : at + 1] = [(name, text[:cut] + draw.choice(["", "0", "é"]) + text[cut + 1 :])]
        elif damage == 6:
            content += draw.choice([b" ", b"\n", b"\x00"])
        else:
            given.insert(draw.randrange(len(given) + 1), draw.choice([("Host", "x"), ("", ""), (b"\xff", b"\xff")]))
    form = draw.randrange(30)
    if form == 0:
        return draw.choice([None, 1, "text", b"bytes", [1], [("a",)], {"a"}, object()]), content
    if form == 1:
        return given, draw.choice([None, "text", 1, [], object(), memoryview(content)])
    if form < 10:
        return [(_bytes(name), _bytes(text)) for name, text in given], content
    if form < 20:
        return given, content
    return {name: text for name, text in given if name.__hash__ is not None and not isinstance(name, tuple)}, content


def _bytes(text: Any) -> Any:
    return text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text


def expected(headers: Any, content: Any) -> bool | None:
    """Whether the signature is right and fresh, by a second reading of the rule; None where no delivery can be."""
    try:
        pairs = [
            (_bytes(name), _bytes(text)) for name, text in (headers.items() if isinstance(headers, dict) else headers)
        ]
    except (TypeError, ValueError):
        return None
    if not isinstance(content, bytes):
        return None
    values = []
    for wanted in HEADERS:
        found = [text for name, text in pairs if isinstance(name, bytes) and name.lower() == wanted.lower().encode()]
        if (
            len(found) != 1
            or not isinstance(found[0], bytes)
            or not all(32 <= byte < 127 for byte in found[0])
            or not found[0]
        ):
            return None
        values.append(found[0].decode())
    stamp = values[1]
    if not stamp.isdigit() or len(stamp) > 15:
        return None
    return values[2] in [signature(secret, stamp, content) for secret in SECRETS] and abs(NOW - int(stamp)) <= 900


def outcome_of(verifier: WebhookVerifier, headers: Any, content: Any) -> str:
    try:
        verifier.verify(content, headers)
    except WebhookError as error:
        return error.reason
    return "accepted"


def run(pairs: int, seed: int, report: Callable[[str], object] = print) -> tuple[Counter[str], int]:
    """(outcomes, faults) of that many pairs."""
    draw = random.Random(seed)
    verifier = WebhookVerifier(SECRETS, clock=lambda: NOW)
    by_shop = WebhookVerifier(secrets_for=lambda public_token: SECRETS, clock=lambda: NOW)
    receiver = Receiver(verifier, {"review/created": lambda delivery: None})
    outcomes: Counter[str] = Counter()
    faults = 0
    for number in range(pairs):
        headers, content = pair(draw)
        outcome, status, right = "accepted", 200, expected(headers, content)
        try:
            delivery = verifier.verify(content, headers)
            delivery.payload.to_dict(), delivery.payload.extra, delivery.items, delivery.shop_domain, repr(delivery)
            [(item.to_dict(), item.extra, item.id) for item in delivery.items]
        except WebhookError as error:
            outcome, status = error.reason, 400 if error.reason == "unreadable" else 401
        except Exception as error:
            outcome, right = f"UNDOCUMENTED {type(error).__name__}", None
        wrong = outcome.startswith("UNDOCUMENTED") or (outcome in ("accepted", "unreadable")) is not bool(right)
        wrong = wrong and not (outcome == "unreadable" and not isinstance(content, bytes))
        wrong = wrong or outcome != outcome_of(by_shop, headers, content)
        if not wrong and isinstance(content, bytes):
            try:
                response = receiver.receive("POST", "/webhooks/review-created", headers, content)
                wrong = response.status != status
            except Exception as error:
                outcome, wrong = f"UNDOCUMENTED {type(error).__name__}", True
        if wrong:
            faults += 1
            report(f"pair {number} of seed {seed}: {outcome}, expected {right}: {headers!r:.300} {content!r:.300}")
        outcomes[outcome] += 1
    return outcomes, faults


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    logging.getLogger("trustoo.webhooks").setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore", UnexpectedShapeWarning)
    before = time.perf_counter()
    outcomes, faults = run(chosen.pairs, chosen.seed)
    for outcome, count in outcomes.most_common():
        print(f"{count:9} {outcome}")
    print(f"{chosen.pairs} pairs, {faults} faults, {time.perf_counter() - before:.0f} s")
    raise SystemExit(1 if faults else 0)


if __name__ == "__main__":
    main()
