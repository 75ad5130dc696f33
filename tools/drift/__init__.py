"""Compares the vendor's published pages with openapi.yaml, and lists what is new, removed, changed or now documented.

    python -m tools.drift FROM [--json] [--complete] [--spec openapi.yaml]

`reading` and `page` convert any form of input to an OpenAPI document. `shapes` and `calls` bring documents of any
version into one comparable form. `matching` finds the operations that belong together. `comparing` lists the
differences as `findings`, and `report` shows them.
"""
