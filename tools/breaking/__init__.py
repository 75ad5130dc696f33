"""What changed for callers since a git ref, in `openapi.yaml` and in the public Python API, and the version it needs.

    python -m tools.breaking v0.1.0 [--format text|markdown|json]

`docs/changing.md` says what counts as breaking.
"""
