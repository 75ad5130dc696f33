"""The documentation site: `python -m tools.docsite` writes it into site/, from docs/, openapi.yaml and docstrings."""
