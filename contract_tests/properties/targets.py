"""What a fuzzer calls with bytes. Each target reads them, and raises an error that is not documented or an
AssertionError for a problem.

`corpus/` has inputs of each target, with invented values. They are the seeds of a fuzzer, and `test_corpus.py` replays
them. The inputs are text where possible, so that a reader sees what they are about:

- decode: a line with operation, status and client, such as `reviews.list 200 strict`; lines with headers; an empty
  line; the body of the response.
- verify: lines with headers; an empty line; the body of the delivery. `{sign}` in a value is the right signature, and
  `{now}` the time.
- redact: a line with the secret; a line with the encodings, such as `json url`; a text with `{secret}` for the secret.
- policy: a line with form fields, in which `size` is the size of the file; the JSON of the policy.
- rows: a file of reviews.
"""

import json
import tempfile
import warnings
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, unquote_plus

import msgspec
from trustoo import ArgumentError, ConfigurationError, UnexpectedShapeWarning, UploadError
from trustoo._redaction import excerpt, redact
from trustoo.cli.imports.mapping import known_names, normalised, recognised
from trustoo.cli.imports.problems import Problem, Problems
from trustoo.cli.imports.rows import Settings, read
from trustoo.cli.imports.survey import Survey
from trustoo.cli.imports.tables import Table, open_table
from trustoo.upload.policy import Policy
from trustoo.webhooks import HEADERS, WebhookError, WebhookVerifier
from trustoo_api.api.reviews import reviews_create

from contract_tests.properties import decoding
from contract_tests.properties.deliveries import NOW, SECRETS, expected, signature
from contract_tests.properties.inputs import Input
from contract_tests.support.spec import OPERATIONS

CORPUS = Path(__file__).with_name("corpus")

# --- decode


def decode(content: bytes) -> None:
    """A response of any operation becomes a complete value or a documented error."""
    head, _, body = content.partition(b"\n\n")
    first, *lines = head.split(b"\n")
    name, status, client, *_ = [*first.decode("latin-1").split(" "), "", ""]
    operation = name if name in OPERATIONS else OPERATIONS[sum(first) % len(OPERATIONS)]
    number = int(status) if status in map(str, range(200, 600)) else 200
    decoding.check(operation, Input("bytes", number, tuple(_headers(lines)), body), client == "strict")


def _headers(lines: list[bytes]) -> list[tuple[str, str]]:
    pairs = (line.decode("latin-1").partition(": ") for line in lines)
    return [(name, value) for name, colon, value in pairs if colon and name.isascii() and name.isidentifier()]


# --- verify


def verify(content: bytes) -> None:
    """A delivery is accepted only if its signature is right and fresh, by a second reading of the rule."""
    head, _, body = content.partition(b"\n\n")
    given = [(name, value) for name, colon, value in (line.partition(b": ") for line in head.split(b"\n")) if colon]
    given = [(name, value.replace(b"{now}", b"%d" % NOW)) for name, value in given]
    stamp = next((value for name, value in given if name.lower() == HEADERS[1].lower().encode()), b"")
    right = signature(SECRETS[0], stamp.decode("latin-1"), body).encode()
    given = [(name, value.replace(b"{sign}", right)) for name, value in given]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnexpectedShapeWarning)
        try:
            delivery = _VERIFIER.verify(body, given)
            reason = "accepted"
            delivery.payload.to_dict(), delivery.payload.extra, delivery.shop_domain, repr(delivery)
            [(item.to_dict(), item.extra, item.id) for item in delivery.items]
        except WebhookError as error:
            reason = error.reason
    accepted, right_one = reason in ("accepted", "unreadable"), bool(expected(given, body))
    assert accepted is right_one, f"{reason}, but the signature is {'' if right_one else 'not '}right"


_VERIFIER = WebhookVerifier(SECRETS, clock=lambda: NOW)

# --- redact

ENCODINGS: dict[str, Callable[[str], str]] = {
    "json": lambda text: json.dumps({"text": text}, ensure_ascii=False),
    "ascii": lambda text: json.dumps([text]),
    "url": lambda text: quote(text.encode("utf-8", "surrogatepass")),
    "form": lambda text: quote(text.encode("utf-8", "surrogatepass"), safe="").replace("%20", "+"),
}


def redact_text(content: bytes) -> None:
    """A secret is not in a redacted text, in whatever way the text was encoded."""
    first, _, rest = content.decode("utf-8", "surrogateescape").partition("\n")
    names, _, text = rest.partition("\n")
    secret = first.encode("utf-8", "replace").decode()
    text = text.encode("utf-8", "replace").decode().replace("{secret}", secret)
    for name in names.split(" ")[:4]:
        text = ENCODINGS[name](text) if name in ENCODINGS else text
    for redacted in (redact(text, [secret]), excerpt(text, [secret]), excerpt(text.encode(), [secret], 40)):
        if len(secret) >= 8:  # shorter ones may be in a text by chance
            readable = any(secret in read for read in _decoded(redacted))
            assert not readable, f"the secret {secret!r} can be read from {redacted!r}"


def _decoded(text: str) -> list[str]:
    """The text, and what the usual decoders read in it, several times."""
    found = [text]
    for one in found:
        read = [unquote(one), unquote_plus(one)]
        with suppress(ValueError, RecursionError):
            read += _texts(json.loads(one))
        found += [text for text in dict.fromkeys(read) if text not in found and len(found) < 30]
    return found


def _texts(value: Any) -> list[str]:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value] if isinstance(value, str) else [text for part in parts for text in _texts(part)]


# --- policy


def policy(content: bytes) -> None:
    """A form that the check accepts meets every condition of the policy, by a second reading of the vendor's rules."""
    first, _, document = content.partition(b"\n")
    fields = dict(parse_qsl(first.decode("latin-1"), keep_blank_values=True))
    size = int(text) if (text := fields.pop("size", "")).isdecimal() and len(text) < 12 else 1000
    read_policy = Policy.read(b64encode(document).decode())
    Policy.read(document.decode("latin-1"))
    added = read_policy.missing(fields, "image/jpeg")
    assert not {name.lower() for name in added} & {name.lower() for name in fields}, "a field is added twice"
    form = {**fields, **added}
    try:
        read_policy.check(form, size)
    except UploadError:
        return
    try:
        conditions = msgspec.json.decode(document).get("conditions")
    except (ValueError, RecursionError, AttributeError):  # an unreadable policy is left to the storage
        return
    given = {name.lower(): value for name, value in form.items()}
    for condition in conditions if isinstance(conditions, list) else ():
        assert _meets(condition, given, size), f"the form does not meet {condition}"


def _meets(condition: Any, given: dict[str, str], size: int) -> bool:
    if isinstance(condition, dict):
        pairs = ((name.removeprefix("$"), value) for name, value in condition.items())
        return all(_meets(["eq", f"${name}", value], given, size) for name, value in pairs)
    match condition:
        case ["content-length-range", int(least), int(most)] if bool not in (type(least), type(most)):
            return least <= size <= most or least > most
        case [str(operator), str(name), value] if (field := name.removeprefix("$").lower()) not in _NOT_FIELDS:
            held = given.get(field)
            match operator.lower(), value:
                case "eq", str():
                    return held == value or (held is None and value == "")
                case "starts-with", str():
                    return (held or "").startswith(value)
                case "in", list() if all(isinstance(one, str) for one in value):
                    return held in value or (held is None and value == [""])
                case "not-in", list() if all(isinstance(one, str) for one in value):
                    return held not in value
    return True


_NOT_FIELDS = ("bucket", "file", "policy", "signature", "ossaccesskeyid", "success_action_redirect")
"""Names that are not fields of the form when it is checked."""

# --- rows


def rows(content: bytes) -> None:
    """Each row of a file is created, is a problem, or is counted as left out. What is created can be sent."""
    file = Path(_folder().name) / "reviews"
    file.write_bytes(content)
    problems = _Taken()
    try:
        table = _opened(file)
        lines = [*table.lines]
        survey = Survey.of(lines, table.names)
        found = read(survey, _opened(file).lines, recognised(survey.columns), Settings(folder=file.parent), problems)
    except (ConfigurationError, ArgumentError):
        return
    assert [line for line, _ in lines] == sorted(line for line, _ in lines), "the lines are not in order"
    left_out = found.counts["rejected"] + found.counts["missing products"]
    assert survey.rows == len(found.rows) + problems.lists - 2 + left_out, "a row is lost"
    for row in found.rows:
        body = reviews_create.build(**row.arguments).body or {}
        assert body == row.arguments, f"line {row.line} is sent as {body}"
        json.dumps(body).encode()


class _Taken(Problems):
    """Counts the lists: one for the columns, one for each row with problems, one for the file."""

    lists = 0

    def take(self, problems: list[Problem]) -> None:
        self.lists += 1
        super().take(problems)


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory()


def _opened(file: Path) -> Table:
    known = _known()
    return open_table(file, is_known=lambda name: normalised(name) in known)


@cache
def _known() -> frozenset[str]:
    return known_names(None, [])


TARGETS: dict[str, Callable[[bytes], None]] = {
    "decode": decode,
    "policy": policy,
    "redact": redact_text,
    "rows": rows,
    "verify": verify,
}
"""Name -> target."""
