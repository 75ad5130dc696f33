"""trustoo.cli: the command `trustoo`. It needs `pip install 'trustoo[cli]'`; docs/cli.md is its guide."""

from __future__ import annotations

import sys

__all__ = ["main"]

MISSING = "The command trustoo needs more packages. Install them: pip install 'trustoo[cli]'"


def main() -> None:
    """Run the command with this process's arguments. It ends the process with one of the exit codes in docs/cli.md."""
    try:
        import filelock  # noqa: F401
        import rich  # noqa: F401
        import typer  # noqa: F401
    except ImportError:
        print(MISSING, file=sys.stderr)
        sys.exit(2)
    from .app import run

    run()
