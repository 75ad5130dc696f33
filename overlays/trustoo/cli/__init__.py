"""trustoo.cli: the command `trustoo`. Install it with `pip install 'trustoo[cli]'`. Its guide is docs/cli.md."""

from __future__ import annotations

import sys

__all__ = ["main"]

MISSING = "The command trustoo needs additional packages. Install them: pip install 'trustoo[cli]'"


def main() -> None:
    """Run the command with this process's arguments, and end the process with an exit code from docs/cli.md."""
    try:
        import filelock  # noqa: F401
        import rich  # noqa: F401
        import typer  # noqa: F401
    except ImportError:
        print(MISSING, file=sys.stderr)
        sys.exit(2)
    from .app import run

    run()
