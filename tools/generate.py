"""Generates `generated/` from `openapi.yaml`, or checks that what is committed there is up to date.

    python -m tools.generate            write the package, and the document that the mock server serves
    python -m tools.generate --check    generate into a temporary directory and compare

`constructs` first looks for parts of the spec that cannot be generated. This module then reads from the spec what the
templates and `operations.py` need, and `generator` renders the templates with openapi-python-client.
"""

import argparse
import filecmp
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Container
from importlib.metadata import version
from keyword import kwlist
from pathlib import Path
from typing import Any

from tools.constructs import check
from tools.examples import examples
from tools.forms import Forms, argument_names, attribute_name, known_values
from tools.generator import GenerationError as GenerationError
from tools.generator import class_name, python_name, render
from tools.mock import document as mock
from tools.patterns import python_pattern
from tools.spec import Node, Spec, load

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path("generated") / "trustoo_api"
TOOLS = ("openapi-python-client", "ruff")
CHECKED_FORMATS = ("instant", "date-time", "date", "email", "uri")
"""The formats of arguments that the client checks. The keys of `FORMATS` in runtime/values.py."""
HMAC = {"publicToken", "sign", "timestamp"}
RUFF_RULES = ("--isolated", "--no-cache", "--quiet", "--target-version", "py311", "--line-length", "110")
"""Options of ruff. Its version decides the bytes, so the lock pins it. --isolated ignores any pyproject.toml around."""


def facts(spec: Spec) -> dict[str, Any]:
    """The facts that the templates and `operations.py` need."""
    operations = {
        operation["operationId"].replace(".", "_"): _operation(spec, path, method, operation)
        for path, method, operation in spec.operations()
    }
    schemas = _schemas(spec)
    models = {one["name"]: one for one in schemas.values()}
    for _, _, operation in spec.operations():
        one = operations[operation["operationId"].replace(".", "_")]
        one["examples"] = examples(spec, operation, one, models)
    for one in operations.values():
        types = [argument["type"] for argument in one["arguments"]]
        one["models"] = _models_in(schemas, *types, one["result"], one.get("bare", ""), one.get("item", ""))
    for one in schemas.values():
        found = _models_in(schemas, *(member["type"] for member in one["members"]), one["others"] or "")
        one["models"] = [model for model in found if model["name"] != one["name"]]
    return {
        "tags": {tag["name"]: tag["description"].strip() for tag in spec.document["tags"]},
        "operations": operations,
        "schemas": schemas,
    }


def _operation(spec: Spec, path: str, method: str, operation: Node) -> Node:
    identifier = operation["operationId"]
    success, forms = spec.success(operation), Forms(spec)
    media_type, body = spec.body(operation)
    item = spec.item_of_pages(operation)
    arguments = _arguments(spec, path, operation, paged=item is not None)
    data = _data(spec, forms, operation)
    fact = {
        "name": identifier.replace(".", "_"),
        "id": identifier,
        "constant": identifier.replace(".", "_").upper(),
        "attribute": method_name(identifier),
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"].rstrip("."),
        "title": operation.get("x-title"),
        "description": operation.get("description", "").strip(),
        "credentials": [_kind(set(requirement)) for requirement in operation["security"] if requirement],
        "anonymous": ({} in operation["security"] and len(operation["security"]) > 1) or None,
        "scopes": sorted({scope for requirement in operation["security"] for scope in requirement.get("oauth2", ())}),
        "evidence": operation["x-evidence"],
        "sources": operation["x-source"],
        "deprecated": operation.get("deprecated") or None,
        "deprecated_arguments": [one["wire"] for one in arguments if one["deprecated"]] or None,
        "arguments": arguments,
        "has_body": bool(media_type) or None,
        "media_type": None if media_type == "application/json" else media_type or None,
        "constraints": {
            place: found
            for place in ("query", "header", "cookie")
            if (found := _constraints_of_parameters(spec, spec.parameters(operation, place)))
        },
        "path_constraints": {
            one["name"]: found
            for one in spec.parameters(operation, "path")
            if (found := _constraint(spec, one["schema"])) != "Constraint(types=('string',))"
        },
        "body_constraints": _constraints(spec, spec.body_members(operation), spec.required_members(operation)),
        "body_others": _others(spec, body),
        "body_one_of": spec.body_one_of(operation) or None,
        "unverified_write": method != "get" and operation["x-evidence"] == "inferred",
        "data": data,
        "result": data.replace("ListOrNull[", "builtins.list[") if data else "None",
        "expected": success.data_required or (method == "get" and success.has_data),
        "empty": (not spec.success_schema(operation)) or None,
        "bare": class_name(success.bare) if success.bare else None,
        "redirect_to": spec.redirect_to(operation),
        "item": class_name(item) if item else None,
        "iteration": _iteration_name(identifier) if item else None,
    }
    return {name: value for name, value in fact.items() if value is not None}


def method_name(identifier: str) -> str:
    """The method of an operation. A name that Python or the resources use themselves gets an underscore."""
    name = identifier.partition(".")[2]
    return f"{name}_" if name in (*kwlist, "with_raw_response") else name


def _iteration_name(identifier: str) -> str:
    """The method that iterates over the items of a paged operation."""
    name = method_name(identifier)
    return "iterate" if name == "list" else f"iterate_{name}"


def _arguments(spec: Spec, path: str, operation: Node, *, paged: bool) -> list[Node]:
    """The arguments by place, in the order of the spec. Required members of a body come before the others."""
    forms, found = Forms(spec), list[Node]()
    for place in ("path", "body", "query", "header", "cookie"):
        if place == "body":
            members, required = spec.body_members(operation), spec.required_members(operation)
            needed = sorted(members, key=lambda name: name not in required)
            given = [(name, name in required, members[name], members[name]) for name in needed]
            outer = spec.body(operation)[1]
        else:
            parameters = spec.parameters(operation, place)
            if place == "path":
                parameters.sort(key=lambda one: path.index("{" + one["name"] + "}"))
            given = [(one["name"], bool(one.get("required")), one["schema"], one) for one in parameters]
            outer = {}
        for name, is_required, schema, described in given:
            about = _about(spec, schema, described, outer)
            found.append(
                {
                    "place": place,
                    "wire": name,
                    "required": is_required,
                    "type": forms.request(schema, about),
                    "description": about.get("description", "Not described."),
                    "evidence": about["evidence"] or operation["x-evidence"],
                    "deprecated": about.get("deprecated", False),
                }
            )
    places = {one["place"]: [other["wire"] for other in found if other["place"] == one["place"]] for one in found}
    names = argument_names(places, paged=paged)
    return [{**one, "name": names[one["place"], one["wire"]]} for one in found]


def _data(spec: Spec, forms: Forms, operation: Node) -> str | None:
    """The type of the envelope's `data`. None if there is none."""
    schema = spec.resolve(spec.success_schema(operation))
    for variant in schema.get("anyOf", (schema,)):
        members = spec.properties(spec.resolve(variant))
        if "data" in members and "code" in members:
            return forms.response(members["data"])
    return None


def _kind(schemes: set[str]) -> str:
    kinds = {"oauth2": "bearer", "merchantSession": "merchant_session"}
    return "hmac" if schemes == HMAC else kinds[schemes.pop()]


def _schemas(spec: Spec) -> Node:
    requests = spec.request_schemas()
    return {
        name: {
            "name": class_name(name),
            "module": python_name(name),
            "title": " ".join(schema.get("description", name).split()),
            "role": role,
            "closed": schema.get("additionalProperties") is False,
            "others": Forms(spec).response(schema["additionalProperties"])
            if isinstance(schema.get("additionalProperties"), dict) and schema["additionalProperties"]
            else None,
            "evidence": schema["x-evidence"],
            "sources": schema["x-source"],
            "members": [] if role == "envelope" else _members(spec, name, schema, role == "request"),
        }
        for name, schema in spec.document["components"]["schemas"].items()
        if Forms(spec).is_object(schema)
        for role in [_role(spec, name, schema, requests)]
    }


def _members(spec: Spec, name: str, schema: Node, is_request: bool) -> list[Node]:
    """The members of a model. Required ones come first."""
    forms, required, found = Forms(spec), spec.required(schema), list[Node]()
    properties = spec.properties(schema)
    for wire in sorted(properties, key=lambda one: one not in required):
        member = properties[wire]
        about = _about(spec, member, member, schema)
        form = forms.request(member, about) if is_request else forms.response(member)
        found.append(
            {
                "wire": wire,
                "attribute": attribute_name(wire),
                "required": wire in required,
                "type": form,
                "format": about.get("format"),
                "description": about.get("description"),
                "is_list": not is_request and forms.is_list(member),
                "item": forms.item(member) if forms.is_list(member) else None,
                "is_id": not is_request and forms.is_id(member),
                "is_page": not is_request and forms.is_page(member),
                # The class is not there yet when its own body is read, so the annotation is text.
                "recursive": class_name(name) in re.findall(r"\w+", form),
            }
        )
    return found


def _constraints_of_parameters(spec: Spec, parameters: list[Node]) -> str | None:
    found = [f"{json.dumps(one['name'])}: {_constraint(spec, one['schema'], one)}" for one in parameters]
    return f"{{{', '.join(found)}}}" if found else None


def _constraints(spec: Spec, members: dict[str, Node], required: Container[str] = ()) -> str | None:
    """The source of a mapping of `Constraint`s. None if there are no members."""
    found = [
        f"{json.dumps(name)}: {_constraint(spec, schema, {'required': name in required})}"
        for name, schema in members.items()
    ]
    return f"{{{', '.join(found)}}}" if found else None


def _constraint(spec: Spec, schema: Node, parameter: Node | None = None) -> str:
    parameter, schema = parameter or {}, spec.resolve(schema)
    forms = Forms(spec)
    variants = [spec.resolve(one) for one in forms.variants(schema)]
    types = [kind for one in variants if (kind := one.get("type"))]
    stated = [schema, *variants]
    objects = [one for one in variants if forms.is_object(one)]
    items = [_constraint(spec, one["items"]) for one in variants if "items" in one]
    allowed = _allowed(variants)
    said = {
        "types": tuple(dict.fromkeys(types)),
        "required": parameter.get("required") or None,
        "min_length": _of(stated, "minLength"),
        "max_length": _of(stated, "maxLength"),
        "min_items": _of(stated, "minItems"),
        "max_items": _of(stated, "maxItems"),
        "minimum": _of(stated, "minimum"),
        "maximum": _of(stated, "maximum"),
        "above": _of(stated, "exclusiveMinimum"),
        "below": _of(stated, "exclusiveMaximum"),
        "pattern": python_pattern(pattern) if (pattern := _of(stated, "pattern")) is not None else None,
        "one_of": allowed,
        "gid": None if items else spec.gid(schema),
        "format": next((one["format"] for one in stated if one.get("format") in CHECKED_FORMATS), None),
        "is_file": any(one.get("format") == "binary" for one in variants) or None,
        "separator": _separator(schema, parameter),
        "closed": (len(objects) == 1 and objects[0].get("additionalProperties") is False) or None,
    }
    parts = [f"{name}={value!r}" for name, value in said.items() if value is not None]
    parts += [f"items={text}" for text in items]
    if len(objects) == 1:  # which of several objects is given cannot be told, so their members are not checked
        members = _constraints(spec, spec.properties(objects[0]))
        parts += [f"members={members}"] if members else []
        others = _others(spec, objects[0])
        parts += [f"others={others}"] if others else []
    return f"Constraint({', '.join(parts)})"


def _of(schemas: list[Node], keyword: str) -> Any:
    return next((one[keyword] for one in schemas if keyword in one), None)


def _allowed(variants: list[Node]) -> tuple[Any, ...] | None:
    """The values of which a value must be one. None if other values fit too."""
    found: list[Any] = []
    for one in variants:
        if "enum" not in one and "const" not in one:
            return None
        found += one["enum"] if "enum" in one else [one["const"]]
    return tuple(found)


SEPARATORS = {"form": ",", "simple": ",", "spaceDelimited": " ", "pipeDelimited": "|"}


def _separator(schema: Node, parameter: Node) -> str | None:
    """What separates the items of a list. None if the name is repeated."""
    style = parameter.get("style", "simple" if parameter.get("in") == "header" else "form")
    is_list = parameter.get("in") in ("query", "header") and schema.get("type") == "array"
    exploded = parameter.get("in") == "query" and parameter.get("explode", style == "form")
    return SEPARATORS[style] if is_list and not exploded else None


def _others(spec: Spec, schema: Node) -> str | None:
    """The constraint of members that have no name in the spec. None if there is none."""
    others = schema.get("additionalProperties")
    return _constraint(spec, others) if isinstance(others, dict) and others else None


def _role(spec: Spec, name: str, schema: Node, requests: set[str]) -> str:
    if {"code", "message"} <= set(spec.properties(schema)):
        return "envelope"
    return "request" if name in requests else "response"


def _about(spec: Spec, schema: Node, described: Node, outer: Node) -> Node:
    """What the spec says about a member or a parameter, and its type does not show.

    The marks of the schema `outer` apply unless it has its own.
    """
    resolved, said = spec.resolve(schema), spec.resolve(described)
    items = spec.resolve(resolved["items"]) if "items" in resolved else {}
    description = described.get("description") or said.get("description") or ""
    about = {
        "format": "binary" if items.get("format") == "binary" else resolved.get("format"),
        "known": known_values(spec, schema),
        "gid": Spec.gid(resolved),
        "description": " ".join(description.split()) or None,
        "evidence": _grade(described, outer),
        "deprecated": said.get("deprecated") or resolved.get("deprecated") or None,
    }
    return {name: value for name, value in about.items() if value is not None}


def _grade(described: Node, outer: Node) -> str:
    """The grade of a parameter or member, and what is known less well than its name and type."""
    grade = str(described.get("x-evidence") or outer.get("x-evidence", ""))
    meaning = described.get("x-description-evidence") or outer.get("x-description-evidence", grade)
    form = described.get("x-style-evidence", grade)
    less = [f"{what} {known}" for what, known in (("meaning", meaning), ("form", form)) if known != grade]
    return "; ".join([grade, *less])


def _models_in(schemas: Node, *types: str) -> list[Node]:
    """The models that type expressions name, with name and module."""
    words = set(re.findall(r"\w+", " ".join(types)))
    found = [one for one in schemas.values() if one["name"] in words and one["role"] != "envelope"]
    return [{"name": one["name"], "module": one["module"]} for one in found]


FURTHER = ("title", "anonymous", "deprecated", "deprecated_arguments")
"""The facts that `operations.py` holds for the operations that have them."""


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def operations_module(spec: Spec, found: dict[str, Any]) -> str:
    """The source of `operations.py`."""
    schemes = spec.document["components"]["securitySchemes"]
    lines = [
        '"""What `openapi.yaml` states about each operation, and what this package was generated with."""',
        "",
        "from .operation import Operation",
        "",
        f"SPEC_SHA256 = {json.dumps(spec.sha256)}",
        f"SPEC_VERSION = {json.dumps(spec.document['info']['version'])}",
        f"GENERATED_WITH = {json.dumps({tool: version(tool) for tool in TOOLS})}",
        "",
        f"BASE_URL = {json.dumps(spec.document['servers'][0]['url'])}",
        f"HEADERS = {json.dumps({name: schemes[name]['name'] for name in sorted(HMAC)})}",
        '"""Header names of the HMAC credentials by security scheme."""',
        f"CODES = {{{', '.join(f'{code}: {json.dumps(meaning)}' for code, meaning in spec.codes().items())}}}",
        '"""Known values of the envelope\'s `code` and what they mean."""',
        f"SECRETS = frozenset({json.dumps(sorted(spec.secrets()))})",
        '"""Wire names whose values are secret, in any place."""',
        "",
    ]
    for fact in found["operations"].values():
        lines.append(
            f"{fact['constant']} = Operation(id={fact['id']!r}, method={fact['method']!r}, path={fact['path']!r}, "
            f"credentials={tuple(fact['credentials'])!r}, scopes={tuple(fact['scopes'])!r}, "
            f"evidence={fact['evidence']!r}, sources={tuple(fact['sources'])!r}, "
            f"redirect_to={fact.get('redirect_to')!r},"
            + "".join(f"{name}={_frozen(fact[name])!r}," for name in FURTHER if name in fact)
            + ")"
        )
    names = ", ".join(fact["constant"] for fact in found["operations"].values())
    lines += ["", f"OPERATIONS = {{operation.id: operation for operation in ({names},)}}", ""]
    return "\n".join(lines)


def samples(spec: Spec) -> str:
    """The text of `samples.json`: what a fake server must know about each operation, in addition to `operations.py`."""
    found = {}
    for _, _, operation in spec.operations():
        answer = spec.success_media(operation)
        body = spec.body(operation)[1]
        query = spec.parameters(operation, "query")
        found[operation["operationId"]] = {
            "answer": next((spec.resolve(one)["value"] for one in answer.get("examples", {}).values()), None),
            "required_parameters": [one["name"] for one in query if one.get("required")],
            "required_members": sorted(spec.required(body)) if body else None,
            "scopes_by_topic": operation.get("x-scopes-by-topic") or operation.get("x-scopes-by-topic-inferred", {}),
            "examples": {one["name"]: one["example"] for one in query if "example" in one},
            "parameters": {one["name"]: _bare(spec, one["schema"]) for one in query},
            "body": _bare(spec, body) if body else None,
        }
    return json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


KEYWORDS = ("type", "format", "enum", "minLength", "maxLength", "maxItems", "required")
"""The schema keywords with plain values that a fake server checks."""
SUBSCHEMAS = ("items", "not", "if", "then", "else")


def _bare(spec: Spec, schema: Any) -> dict[str, Any]:
    """The rules of a schema for values, without references and without texts for readers."""
    schema = spec.resolve(schema)
    bare = {name: schema[name] for name in KEYWORDS if name in schema}
    bare |= {name: _bare(spec, schema[name]) for name in SUBSCHEMAS if name in schema}
    if "anyOf" in schema:
        bare["anyOf"] = [_bare(spec, variant) for variant in schema["anyOf"]]
    if members := spec.properties(schema):
        bare["properties"] = {name: _bare(spec, member) for name, member in members.items()}
    return bare


def generate(root: Path, output: Path) -> None:
    """Write the package for the spec in `root` to the directory `output`, which must not exist.

    Raises GenerationError with a line for each part of the spec that cannot be generated.
    """
    if problems := check((root / "openapi.yaml").read_text(encoding="utf-8")):
        raise GenerationError("\n".join(problems))
    spec = load(root / "openapi.yaml")
    found = facts(spec)
    schemas = found["schemas"].values()
    render(
        _document(spec),
        settings=root / "generator-config.yaml",
        templates=root / "generator-templates",
        output=output,
        operations=found["operations"],
        models={one["name"]: one for one in schemas},
        facts=found,
        filters={"docstring": _docstring},
    )
    (output / "operations.py").write_text(operations_module(spec, found), encoding="utf-8", newline="\n")
    for one in schemas:
        if one["role"] == "envelope":  # types.Envelope reads them all, so their classes would be dead code
            (output / "models" / f"{one['module']}.py").unlink()
    _ruff("check", "--fix-only", "--select", "F,I,UP", output)
    _ruff("format", output)
    for runtime in sorted((root / "generator-templates" / "runtime").glob("*.py")):
        shutil.copyfile(runtime, output / runtime.name)
    (output / "samples.json").write_text(samples(spec), encoding="utf-8", newline="\n")
    (output / "py.typed").write_text("", encoding="utf-8")


def _document(spec: Spec) -> Node:
    """The spec for the generator, without what the templates take from the facts and it knows too little of."""
    without = {**spec.document, "paths": _plain(spec.document["paths"])}
    schemas = spec.document["components"]["schemas"]
    without["components"] = {
        **_plain(spec.document["components"]),
        "schemas": {name: _plain(schema, is_component=True) for name, schema in schemas.items()},
    }
    for _, _, operation in Spec.operations_of(without):
        operation["parameters"] = [
            {"name": one["name"], "in": "path", "required": True, "schema": {"type": "string"}}
            for one in spec.parameters(operation, "path")
        ]
    return without


def _plain(node: Any, *, is_component: bool = False) -> Any:
    """A part of the spec without formats, without titles, which would name classes, and without classes for `{}`."""
    if isinstance(node, list):
        return [_plain(one) for one in node]
    if not isinstance(node, dict):
        return node
    if node.get("type") == "object" and not is_component and not node.get("properties"):
        return {}
    return {key: _plain(one) for key, one in node.items() if key not in ("format", "title") or not isinstance(one, str)}


def _docstring(text: str) -> str:
    """`text` for a place between the quotes of a docstring."""
    return text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')


def _ruff(command: str, *arguments: object) -> None:
    """Raises GenerationError with what ruff says, such as that a generated file is not Python."""
    line = [sys.executable, "-m", "ruff", command, *RUFF_RULES, *map(str, arguments)]
    done = subprocess.run(line, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        raise GenerationError(f"ruff {command} failed:\n{done.stdout}{done.stderr}")


def differences(expected: Path, actual: Path) -> list[str]:
    """Names of files that differ, do not exist or do not belong to the package, relative to the package."""
    listing = {
        folder: {
            path.relative_to(folder).as_posix()
            for path in folder.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        for folder in (expected, actual)
    }
    both = listing[expected] & listing[actual]
    _, different, unreadable = filecmp.cmpfiles(expected, actual, sorted(both), shallow=False)
    return sorted(
        [f"{name}: differs from the output of openapi.yaml and the templates" for name in (*different, *unreadable)]
        + [f"{name}: missing" for name in listing[expected] - listing[actual]]
        + [f"{name}: not generated; only generated files belong here" for name in listing[actual] - both]
    )


def main() -> int:
    """Run as a program. See the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare and do not write")
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout to work on")
    options = parser.parse_args()
    target, document = options.root / PACKAGE, options.root / mock.PLACE
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "trustoo_api"
        try:
            generate(options.root, fresh)
            text = mock.document_text(load(options.root / "openapi.yaml"))
        except GenerationError as error:
            print(error, file=sys.stderr)
            return 1
        if options.check:
            found = [f"{PACKAGE.as_posix()}/{line}" for line in differences(fresh, target)]
            if not document.is_file() or document.read_text(encoding="utf-8") != text:
                found.append(f"{mock.PLACE}: differs from the output of openapi.yaml")
            if found:
                print("What is generated does not match openapi.yaml. Run `make generate`, or undo the edit:")
                print(*(f"  {line}" for line in found), sep="\n")
                return 1
            print("The generated client matches openapi.yaml.")
            return 0
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(fresh, target)
        document.write_text(text, encoding="utf-8", newline="\n")
    print(f"Wrote {PACKAGE.as_posix()} and {mock.PLACE}.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
