"""The document that Prism serves: openapi.yaml with an example of every code in every operation.

Prism chooses a response by the name of its example (`Prefer: example=code-5`), so each operation needs them all. In
openapi.yaml, a code is one entry of `x-codes`.
"""

import copy
from typing import Any

import yaml

from tools.spec import Node, Spec

PLACE = "generated/openapi.mock.yaml"
HEADER = "# Written by `make generate` from openapi.yaml, for the mock server. Do not edit.\n"
DIGEST = "x-openapi-sha256"
"""The member with the digest of the openapi.yaml that the document was written from."""


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True

    def represent_str(self, data: str) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:str", data, style="|" if "\n" in data else None)


_Dumper.add_representer(str, _Dumper.represent_str)


def document_text(spec: Spec) -> str:
    """The text of the document."""
    expanded = {DIGEST: spec.sha256, **with_error_examples(spec)}
    return HEADER + yaml.dump(expanded, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def with_error_examples(spec: Spec) -> Node:
    """The spec's document with the examples."""
    document = copy.deepcopy(spec.document)
    examples = error_examples(spec)
    document["components"]["examples"] = examples
    names = {name: {"$ref": f"#/components/examples/{name}"} for name in examples}
    for item in document["paths"].values():
        for operation in item.values():
            _json(operation["responses"]["200"]).setdefault("examples", {}).update(copy.deepcopy(names))
    # Prism responds with the first to a request that asks for none. The usual reason is missing credentials.
    first = sorted(names, key=lambda name: name != "code-16")
    _json(document["components"]["responses"]["Error"])["examples"] = {name: names[name] for name in first}
    return document


def error_examples(spec: Spec) -> Node:
    """An invented error response for each code, by the name of the example."""
    return {
        f"code-{code}": {
            "summary": about["meaning"],
            "value": {
                "code": int(code),
                "message": f"EXAMPLE {about['name'].replace('_', ' ')}",
                "time": 1781682923,
                "request_id": f"{'ee' + code.zfill(2):0>32}",
            },
        }
        for code, about in spec.document["x-codes"].items()
        if code != "0"
    }


def _json(response: Node) -> dict[str, Any]:
    content: dict[str, Any] = response["content"]["application/json"]
    return content
