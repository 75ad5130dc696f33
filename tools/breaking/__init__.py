"""Lists the changes for callers since a git ref, in the spec and the public Python API, and the version they need.

    python -m tools.breaking v0.1.0 [--format text|markdown|json]

`docs/changing.md` defines which changes are breaking.
"""
