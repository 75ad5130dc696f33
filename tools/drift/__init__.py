"""Compares the vendor's published pages with openapi.yaml, and lists what is new, removed, changed or now documented.

    python -m tools.drift FROM [--apply] [--json] [--complete] [--spec openapi.yaml]

`fetching` gets pages from the documentation site. `reading` and `page` convert any form of input to an OpenAPI
document. `shapes` and `calls` bring documents of any version into one comparable form. `matching` finds the operations
that belong together. `comparing` lists the differences as `findings`, and `report` shows them. `applying` writes what
is unambiguous into openapi.yaml.
"""
