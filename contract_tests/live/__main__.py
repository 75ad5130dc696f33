"""The command line, see the package. It starts only when LIVE=1 and tokens are both in the environment."""

import argparse
import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from trustoo import ConfigurationError
from trustoo._config import check_base_url
from trustoo.credentials import Credentials
from trustoo_api.operations import BASE_URL

from contract_tests.recording.__main__ import VECTORS, write
from contract_tests.recording.exchanges import RecordingError, SkippedError, of_httpx
from contract_tests.recording.vectors import Recording

from . import report
from .guard import Guard
from .plan import plan
from .run import Run

_CONSENT = """\
Nothing was sent. This would call the real service with real tokens, so it wants both:
  LIVE=1, and TRUSTOO_PUBLIC_TOKEN with TRUSTOO_PRIVATE_TOKEN, or TRUSTOO_ACCESS_TOKEN
in the environment: make contract LIVE=1. docs/live.md says what is sent and what is kept."""


def main(
    arguments: Sequence[str] | None = None,
    environment: Mapping[str, str] = os.environ,
    inner: httpx.BaseTransport | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """0: every response is as described; 1: some are not, or the run was stopped; 2: nothing was sent."""
    parser = argparse.ArgumentParser(prog="python -m contract_tests.live", description=main.__doc__)
    parser.add_argument("--rate", type=_rate, default=1.0, help="requests a second, at most 5 (default: 1)")
    parser.add_argument("--report", type=Path, default=Path("report/live.json"), help="default: report/live.json")
    parser.add_argument(
        "--record",
        type=Path,
        nargs="?",
        const=VECTORS,
        help=f"also add vectors with invented values to this file (default: {VECTORS}), and examples beside the report",
    )
    options = parser.parse_args(arguments)
    try:
        credentials = Credentials.find({}, environment)
        base_url = check_base_url(environment.get("TRUSTOO_BASE_URL") or BASE_URL)
        recording = Recording.read(options.record) if options.record else None
    except (ConfigurationError, RecordingError) as problem:
        print(f"Nothing was sent. {problem}", file=sys.stderr)
        return 2
    kind = "bearer" if credentials.access_token else "hmac" if credentials.public_token else ""
    if environment.get("LIVE") != "1" or not kind:
        print(_CONSENT, file=sys.stderr)
        return 2
    steps, left_out = plan(kind)
    prefix = f"public token {str(credentials.public_token)[:4]}..." if kind == "hmac" else "an access token"
    print(
        f"At most {len(steps)} reads from {urlsplit(base_url).netloc} with {prefix}, {options.rate:g} a second at most."
    )
    try:
        guard = Guard([step.operation for step in steps], base_url, 1 / options.rate, inner, clock, sleep)
        run = Run(credentials, base_url, guard)
        result = run.through(steps, left_out)
        options.report.parent.mkdir(parents=True, exist_ok=True)
        options.report.write_text(report.to_json(result, kind), encoding="utf-8")
        if recording is not None:
            _record(run.received, urlsplit(base_url).netloc, recording)
    except Exception as problem:  # its text, which the interpreter would print, may quote a response
        places = [
            f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(problem.__traceback__)
        ]
        print(f"A fault of this tool: {type(problem).__name__} at {' < '.join(reversed(places))}.", file=sys.stderr)
        return 1
    print(report.table(result))
    print(f"\nShapes without values: {options.report}")
    if recording is not None:
        write(recording, options.record, options.report.with_name("examples.yaml"))
    return 0 if result.is_as_described else 1


def _record(received: Sequence[httpx.Response], host: str, recording: Recording) -> None:
    for response in received:
        try:
            recording.add(of_httpx(response, host))
        except SkippedError as reason:
            recording.skipped[str(reason)] += 1


def _rate(text: str) -> float:
    rate = float(text)
    if not 0 < rate <= 5:
        raise argparse.ArgumentTypeError(f"{text} requests a second: give a number above 0, at most 5")
    return rate


if __name__ == "__main__":
    sys.exit(main())
