"""The command line: vectors and examples of a HAR file. See the package."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .exchanges import HOSTS, RecordingError, read_har
from .vectors import Recording

VECTORS = Path("contract_tests/vectors/recorded.json")
EXAMPLES = Path("report/examples.yaml")


def main(arguments: Sequence[str] | None = None) -> int:
    """0: there are vectors; 1: no entry of the file gave a vector; 2: a file cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m contract_tests.recording", description=main.__doc__)
    parser.add_argument("har", type=Path, help="a HAR file, as browsers and proxies export it")
    parser.add_argument("--host", action="append", help="another host of the API, such as example.com:8443")
    parser.add_argument("--vectors", type=Path, default=VECTORS, help=f"default: {VECTORS}")
    parser.add_argument("--examples", type=Path, default=EXAMPLES, help=f"default: {EXAMPLES}")
    options = parser.parse_args(arguments)
    try:
        recording = Recording.read(options.vectors)
        recording.add_all(read_har(options.har, HOSTS | set(options.host or ()), recording.skipped))
    except RecordingError as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0 if write(recording, options.vectors, options.examples) else 1


def write(recording: Recording, vectors: Path, examples: Path) -> bool:
    """Write the files, and print what they hold. Returns whether there are vectors."""
    for reason, times in recording.skipped.most_common():
        print(f"skipped {times}: {reason}")
    if not recording.requests and not recording.responses:
        print("Nothing was written: there is no request of a known operation with a JSON response.")
        return False
    recording.write(vectors, examples)
    print(f"{len(recording.requests)} requests and {len(recording.responses)} responses: {vectors}")
    print(f"The responses as examples for openapi.yaml: {examples}")
    print("All values are invented. Read the files before you commit them: a member's unknown name is kept as it is.")
    return True


if __name__ == "__main__":
    sys.exit(main())
