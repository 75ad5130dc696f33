"""Runs schemathesis' own command line against the mock, past our client: `make fuzz-mock`.

The mock knows no state, takes any credentials and reads query text leniently, so some of schemathesis' checks can
only raise false alarms here. They are switched off below, each with its reason; everything else must pass.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from tools.mock.server import SPEC, PrismMock

ROOT = Path(__file__).resolve().parents[2]

FALSE_ALARMS = {
    "ignored_auth": "Prism checks that credentials are there and takes any value",
    "use_after_free": "Prism keeps no state: a deleted resource can still be read",
    "ensure_resource_availability": "Prism keeps no state: what was created is not found",
    "unsupported_method": "Prism rejects another method with 405, but without an Allow header",
    "negative_data_rejection": "most parameters are open text, in which any value is valid once it is on the wire",
    "positive_data_acceptance": "Prism takes a required query parameter with an empty value for a missing one",
}
CREDENTIALS = {
    "Public-Token": "EXAMPLE-public-token",
    "Sign": "0" * 64,
    "Timestamp": "1700000000",
    "Authorization": "Bearer EXAMPLE-access-token",
}


def main() -> int:
    """Start the mock, run the command line, stop the mock; the command line's exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--cases", type=int, default=20)
    parser.add_argument("--engine", choices=["auto", "docker", "npm"], default="auto")
    options = parser.parse_args()
    print("Checks that are off, since they can only raise false alarms against this mock:")
    print(*(f"  {name}: {reason}" for name, reason in FALSE_ALARMS.items()), sep="\n", flush=True)
    with PrismMock(SPEC, engine=options.engine) as mock:
        headers = [part for name, value in CREDENTIALS.items() for part in ("--header", f"{name}: {value}")]
        seed = [] if options.seed == "random" else ["--seed", options.seed]
        command = [sys.executable, "-m", "schemathesis.cli", "run", str(ROOT / "openapi.yaml"), "--url", mock.url]
        command += ["--phases", "examples,coverage,fuzzing", "--max-examples", str(options.cases), *seed]
        command += ["--exclude-checks", ",".join(FALSE_ALARMS), "--generation-database", "none", *headers]
        environment = {**os.environ, "SCHEMATHESIS_HOOKS": "contract_tests.prism.fuzz_hooks", "PYTHONPATH": str(ROOT)}
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
