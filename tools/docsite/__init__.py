"""The documentation site. `python -m tools.docsite` writes it to site/, from docs/, openapi.yaml and docstrings."""
