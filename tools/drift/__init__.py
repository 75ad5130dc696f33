"""Compares what the vendor publishes with openapi.yaml: what is new, gone, changed or documented by now.

    python -m tools.drift FROM [--json] [--complete] [--spec openapi.yaml]

`reading` and `page` make an OpenAPI document of whatever form the input has, `shapes` and `calls` bring documents of
any version into one comparable form, `matching` finds the operations that belong together, `comparing` lists the
differences as `findings`, and `report` shows them.
"""
