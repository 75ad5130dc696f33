"""Cases that schemathesis generates from `openapi.yaml`, and the parts of the requests that are expected for them."""

import json
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis.core import NotSet

from contract_tests.support import options
from contract_tests.support.spec import OPERATIONS, ROOT, parameters, parts

FORMATS = {
    "instant": st.datetimes().map(lambda when: f"{when:%Y-%m-%d} {when:%H:%M:%S}".zfill(19))
    | st.sampled_from(["2026-05-14T08:30:00Z", "2026-05-14T08:30:00.250Z"]),
    "shopify-product-id": st.integers(0, 10**14).map(str),
    "shopify-order-id": st.integers(0, 10**14).map(str),
    "email": st.emails(),
    "uri": st.builds(
        "{}://{}/{}".format,
        st.sampled_from(["http", "https"]),
        st.sampled_from(["a.example", "b.example:8"]),
        st.text("abc/?&=", max_size=8),
    ),
}
"""Texts of the formats that the client checks."""
for name, strategy in FORMATS.items():
    schemathesis.openapi.format(name, strategy)


def schema(mode: str) -> Any:
    """Return the spec, whose operations can be parametrised. `mode` is "positive" or "negative".

    Generated credentials are off, because other tests check credentials with known values. Operations without any
    input have nothing that fuzzing could make invalid. These operations only get the cases that cover boundaries.
    """
    without_input = [
        {"include-operation-id": operation, "phases": {"fuzzing": {"enabled": False}}}
        for operation in OPERATIONS
        if mode == "negative" and not parameters(operation) and "requestBody" not in parts(operation)[2]
    ]
    settings = {
        "seed": options.seed,
        "generation": {
            "mode": mode,
            "max-examples": options.cases,
            "database": "none",
            "with-security-parameters": False,
        },
        "operations": without_input,
    }
    loaded = schemathesis.openapi.from_path(ROOT / "openapi.yaml", config=schemathesis.Config.from_dict(settings))
    loaded.config.update(base_url="http://127.0.0.1")
    if options.only is None:
        return loaded
    # Not include(), because an `operations` entry of the settings also counts as an include, and includes add up.
    return loaded.exclude(operation_id=[operation for operation in OPERATIONS if operation != options.only])


def operation_of(case: Any) -> str:
    """Return the operationId of a case."""
    identifier: str = case.operation.definition.raw["operationId"]
    return identifier


def body_of(case: Any) -> Any:
    """Return the JSON body of the case; None if the case has no body."""
    return None if isinstance(case.body, NotSet) else case.body


def path_values(case: Any) -> dict[str, str]:
    """Return the path parameters as plain text. schemathesis keeps the parameters percent-encoded."""
    return {name: unquote(str(value)) for name, value in (case.path_parameters or {}).items()}


def wire_query(case: Any) -> list[tuple[str, str]]:
    """Return the names and plain values of the query parameters that the case sends, in order."""
    prepared = requests.Request(case.method, "http://127.0.0.1/", params=case.as_transport_kwargs().get("params"))
    return parse_qsl(urlsplit(str(prepared.prepare().url)).query, keep_blank_values=True)


def describe(case: Any) -> str:
    """Return a description of the case for a failure message."""
    return f"{case.method} {case.path} query={json.dumps(case.query, default=str)} body={body_of(case)!r}"[:3000]
