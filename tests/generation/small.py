"""A small spec to add constructs to, the package that is generated from it, and what the package sends."""

from __future__ import annotations

import copy
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import yaml
from trustoo.transport import HTTPRequest

from tests.support import EVERYTHING, call, envelope, http_response, session
from tools.generate import generate

ROOT = Path(__file__).resolve().parents[2]
MARKS = {"x-evidence": "inferred", "x-source": ["invented"]}
HMAC: dict[str, list[str]] = {"publicToken": [], "sign": [], "timestamp": []}
Node = dict[str, Any]
SHARED = ("client", "decoding", "encoding", "errors", "operation", "repair", "resources", "types", "values")
_numbers = count()


def schema(**members: Any) -> Node:
    """An object of components.schemas. Keywords of JSON Schema end with an underscore."""
    keywords = {name.removesuffix("_"): value for name, value in members.items() if name.endswith("_")}
    properties = {name: value for name, value in members.items() if not name.endswith("_")}
    return {"type": "object", **({"properties": properties} if properties else {}), **keywords, **MARKS}


def success(name: str | None = "ThingResponse") -> Node:
    """A response with an envelope, or without content."""
    if name is None:
        return {"description": "Invented.", **MARKS}
    refs = [{"$ref": f"#/components/schemas/{one}"} for one in (name, "ErrorResponse")]
    return {"description": "Invented.", **MARKS, "content": {"application/json": {"schema": {"anyOf": refs}}}}


def parameter(name: str, where: str, about: Node | None = None, **more: Any) -> Node:
    required = {"required": True} if where == "path" else {}
    return {"name": name, "in": where, "schema": about or {"type": "string"}, **MARKS, **required, **more}


def body(name: str = "ThingRequest", media_type: str = "application/json") -> Node:
    return {"required": True, "content": {media_type: {"schema": {"$ref": f"#/components/schemas/{name}"}}}}


def document(method: str = "get", path: str = "/things", responses: Node | None = None, **operation: Any) -> Node:
    """The small spec. Its one operation is `things.get`; `operation` has more of its parts."""
    data = {"properties": {"data": {"$ref": "#/components/schemas/Thing"}}}
    return copy.deepcopy(
        {
            "openapi": "3.1.0",
            "info": {"title": "Invented", "version": "1"},
            "servers": [{"url": "https://api.example"}],
            "tags": [{"name": "things", "description": "Invented."}],
            "paths": {
                path: {
                    method: {
                        "operationId": "things.get",
                        "tags": ["things"],
                        "summary": "Invented",
                        **MARKS,
                        "x-evidence": "documented",
                        "security": [HMAC],
                        "responses": responses or {"200": success()},
                        **operation,
                    }
                }
            },
            "components": {
                "securitySchemes": {
                    name: {"type": "apiKey", "in": "header", "name": name.title()}
                    for name in ("publicToken", "sign", "timestamp", "merchantSession")
                },
                "schemas": {
                    "SuccessResponse": schema(code={"type": "integer"}, message={"type": "string"}),
                    "ErrorResponse": schema(code={"type": "integer"}, message={"type": "string"}),
                    "ThingResponse": {"allOf": [{"$ref": "#/components/schemas/SuccessResponse"}, data], **MARKS},
                    "Thing": schema(name={"type": "string"}),
                },
            },
            "x-codes": {0: {"meaning": "Done."}},
        }
    )


def with_schemas(spec: Node, **schemas: Node) -> Node:
    spec["components"]["schemas"].update(schemas)
    return spec


def text_of(spec: Node) -> str:
    return yaml.dump(spec, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=1000)


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


def write(spec: Node | str, root: Path) -> None:
    """A checkout with this spec."""
    (root / "openapi.yaml").write_text(spec if isinstance(spec, str) else text_of(spec), encoding="utf-8")
    for name in ("generator-config.yaml", "generator-templates"):
        (root / name).symlink_to(ROOT / name)


class Package:
    """A generated package under a name of its own, and the clients that call it."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self._name = folder, name

    def module(self, name: str = "api.things.things_get") -> ModuleType:
        return importlib.import_module(f"{self._name}.{name}")

    def build(self, operation: str = "things_get", /, **arguments: Any) -> Any:
        return self.module(f"api.things.{operation}").build(**arguments)

    def sent(self, operation: str = "things_get", /, **arguments: Any) -> HTTPRequest:
        """The HTTP request of a call by the real client."""
        module = self.module(f"api.things.{operation}")
        request, decoder = module.build(**arguments), module.DECODER
        return call(request, decoder, http_response(envelope({})), session(EVERYTHING[0]))[0]

    def read(self, content: bytes, *, strict: bool = False, status: int = 200) -> Any:
        """What the real client returns for a response."""
        module = self.module()
        response = http_response(content, status)
        return call(module.build(), module.DECODER, response, session(EVERYTHING[0], strict=strict))[1]


@contextmanager
def generated(spec: Node | str) -> Iterator[Package]:
    """The package that is generated from `spec`. Raises GenerationError."""
    with TemporaryDirectory() as folder:
        root, name = Path(folder), f"generated_{next(_numbers)}"
        write(spec, root)
        generate(root, root / name)
        sys.path.insert(0, folder)
        importlib.invalidate_caches()
        # The parts that no spec changes are those of the real package, so that the real client knows their classes.
        sys.modules |= {f"{name}.{part}": importlib.import_module(f"trustoo_api.{part}") for part in SHARED}
        try:
            yield Package(root / name, name)
        finally:
            sys.path.remove(folder)
            for module in [one for one in sys.modules if one.split(".")[0] == name]:
                del sys.modules[module]
