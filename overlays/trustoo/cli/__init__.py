"""trustoo.cli: the command `trustoo`. Install it with `pip install 'trustoo[cli]'`. Its guide is docs/cli.md."""

from __future__ import annotations

import sys
from importlib.util import find_spec

__all__ = ["main"]

MISSING = "The command trustoo needs additional packages. Install them: pip install 'trustoo[cli]'"


def main() -> None:
    """Run the command with this process's arguments, and end the process with an exit code from docs/cli.md."""
    if not all(map(find_spec, ("filelock", "rich", "typer"))):
        print(MISSING, file=sys.stderr)
        sys.exit(2)
    try:
        from .app import run

        run()
    except KeyboardInterrupt:  # during the imports; later, the command handles it
        print("Interrupted.", file=sys.stderr)
        sys.exit(130)
