"""Serves openapi.yaml with Prism until interrupted.

python -m tools.mock [--port 4010] [--dynamic] [--engine auto|docker|npm]
"""

import argparse
import signal
import sys
import time
from collections.abc import Sequence

from tools.mock import server
from tools.mock.engines import MockUnavailableError

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve openapi.yaml in the foreground until interrupted. Returns the exit code."""
    parser = argparse.ArgumentParser(description="Serve openapi.yaml with Prism until interrupted.")
    parser.add_argument("--port", type=int, default=4010)
    parser.add_argument(
        "--dynamic", action="store_true", help="generate random responses instead of returning examples"
    )
    parser.add_argument("--engine", choices=("auto", "docker", "npm"), default="auto")
    options = parser.parse_args(arguments)

    for name in SIGNALS:
        signal.signal(name, _interrupt)
    try:
        with server.PrismMock(server.SPEC, dynamic=options.dynamic, engine=options.engine, port=options.port) as mock:
            if mock.notice is not None:
                print(mock.notice, file=sys.stderr, flush=True)
            print(mock.url, flush=True)
            while True:
                time.sleep(1.0)
                if mock.ensure_alive():
                    print("Prism had stopped and was started again.", file=sys.stderr, flush=True)
    except (MockUnavailableError, server.MockStartError, server.SpecMismatchError) as problem:
        print(problem, file=sys.stderr)
        return 1


def _interrupt(*_: object) -> None:
    """End what runs now, also fetching an image or starting."""
    for name in SIGNALS:
        signal.signal(name, signal.SIG_IGN)  # a second signal must not keep us from ending Prism
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
