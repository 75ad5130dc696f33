"""Generates `generated/` from `openapi.yaml`, or checks that what is committed there is up to date.

    python tools/generate.py            write the package, and the document that the mock server serves
    python tools/generate.py --check    generate into a temporary directory and compare

openapi-python-client renders our templates. It does not pass security, scopes, evidence, formats and known values to
templates. This module reads them from the spec and writes them to `facts.jinja` next to the templates. The same facts
become `operations.py`.
"""

import argparse
import filecmp
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Container
from importlib.metadata import version
from keyword import kwlist
from pathlib import Path
from typing import Any

import yaml
from openapi_python_client.strings import PythonIdentifier

from tools.mock import document as mock
from tools.spec import Spec, load

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path("generated") / "trustoo_api"
TOOLS = ("openapi-python-client", "ruff")
CHECKED_FORMATS = ("instant", "email", "uri")
"""The formats of arguments that the client checks. The keys of `FORMATS` in runtime/values.py."""
HMAC = {"publicToken", "sign", "timestamp"}


class GenerationError(Exception):
    """The generator rejected the spec or warned about it."""


def facts(spec: Spec) -> dict[str, Any]:
    """The facts that templates and `operations.py` need, and that the generator does not pass on."""
    operations = {
        operation["operationId"].replace(".", "_"): _operation(spec, path, method, operation)
        for path, method, operation in spec.operations()
    }
    return {
        "keywords": kwlist,
        "tags": {tag["name"]: tag["description"].strip() for tag in spec.document["tags"]},
        "operations": operations,
        "paginated": [name for name, operation in operations.items() if "item" in operation],
        "schemas": _schemas(spec),
    }


def _operation(spec: Spec, path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    identifier = operation["operationId"]
    attribute = identifier.split(".", 1)[1]
    success = spec.success(operation)
    credentials = [_kind(set(requirement)) for requirement in operation["security"] if requirement]
    query = [one for one in map(spec.resolve, operation.get("parameters", ())) if one["in"] == "query"]
    fact = {
        "id": identifier,
        "constant": identifier.replace(".", "_").upper(),
        "attribute": f"{attribute}_" if attribute in kwlist else attribute,
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"].rstrip("."),
        "description": operation.get("description", "").strip(),
        "credentials": credentials,
        "scopes": sorted({scope for requirement in operation["security"] for scope in requirement.get("oauth2", ())}),
        "evidence": operation["x-evidence"],
        "sources": operation["x-source"],
        "parameters": {
            parameter["name"]: _about(parameter.get("schema", {}), parameter, {})
            for parameter in map(spec.resolve, operation.get("parameters", ()))
        },
        "query_constraints": _constraints(
            spec,
            {one["name"]: one.get("schema", {}) for one in query},
            {one["name"] for one in query if one.get("required")},
        ),
        "body_constraints": _constraints(spec, spec.body_members(operation), spec.required_members(operation)),
        "body_one_of": spec.body_one_of(operation) or None,
        "unverified_write": method != "get" and operation["x-evidence"] == "inferred",
        "expected": success.data_required or (method == "get" and success.has_data),
        "bare": success.bare,
        "redirect_to": spec.redirect_to(operation),
        "item": spec.item_of_pages(operation),
    }
    return {name: value for name, value in fact.items() if value is not None}


def _kind(schemes: set[str]) -> str:
    if schemes == HMAC:
        return "hmac"
    kinds = {"oauth2": "bearer", "merchantSession": "merchant_session"}
    if len(schemes) != 1 or not schemes <= set(kinds):
        raise GenerationError(f"The security requirement {sorted(schemes)} is none that the client knows.")
    return kinds[schemes.pop()]


def _schemas(spec: Spec) -> dict[str, Any]:
    requests = spec.request_schemas()
    return {
        name: {
            "title": " ".join(schema.get("description", name).split()),
            "role": _role(spec, name, schema, requests),
            "closed": schema.get("additionalProperties") is False,
            "evidence": schema["x-evidence"],
            "sources": schema["x-source"],
            "properties": {
                member: _about(about, {**_described(spec, about), **about}, schema)
                for member, about in spec.properties(schema).items()
            },
        }
        for name, schema in spec.document["components"]["schemas"].items()
    }


def _constraints(spec: Spec, members: dict[str, dict[str, Any]], required: Container[str] = ()) -> str | None:
    """The source of a mapping of `Constraint`s. None if there are no members."""
    found = [f"{json.dumps(name)}: {_constraint(spec, schema, name in required)}" for name, schema in members.items()]
    return f"{{{', '.join(found)}}}" if found else None


def _constraint(spec: Spec, schema: dict[str, Any], required: bool = False) -> str:
    schema = spec.resolve(schema)
    variants = [schema, *map(spec.resolve, schema.get("anyOf", ()))]
    types = [variant["type"] for variant in variants if "type" in variant]
    items = [_constraint(spec, variant["items"]) for variant in variants if "items" in variant]
    members = [_constraints(spec, spec.properties(one)) for one in variants if spec.properties(one)]
    said = {
        "types": tuple(types),
        "required": required or None,
        "min_length": schema.get("minLength"),
        "max_length": schema.get("maxLength"),
        "max_items": schema.get("maxItems"),
        "one_of": tuple(schema["enum"]) if "enum" in schema else None,
        "gid": None if items else spec.gid(schema),
        "format": schema["format"] if schema.get("format") in CHECKED_FORMATS else None,
    }
    parts = [f"{name}={value!r}" for name, value in said.items() if value is not None]
    parts += [f"items={text}" for text in items] + [f"members={text}" for text in members]
    return f"Constraint({', '.join(parts)})"


def _role(spec: Spec, name: str, schema: dict[str, Any], requests: set[str]) -> str:
    if {"code", "message"} <= set(spec.properties(schema)):
        return "envelope"
    return "request" if name in requests else "response"


def _described(spec: Spec, about: dict[str, Any]) -> dict[str, Any]:
    """What a member that is a reference takes from the object that it refers to."""
    resolved = spec.resolve(about)
    return {"description": resolved.get("description")} if resolved is not about else {}


def _about(schema: dict[str, Any], described: dict[str, Any], outer: dict[str, Any]) -> dict[str, Any]:
    """The facts about a parameter or member. The marks of the schema `outer` apply unless it has its own."""
    about = {
        "format": schema.get("format"),
        "known": schema.get("x-known-values"),
        "gid": Spec.gid(schema),
        "description": " ".join((described.get("description") or "").split()) or None,
        "evidence": _grade(described, outer),
    }
    return {name: value for name, value in about.items() if value is not None}


def _grade(described: dict[str, Any], outer: dict[str, Any]) -> str:
    """The grade of a parameter or member, and what is known less well than its name and type."""
    grade = str(described.get("x-evidence") or outer["x-evidence"])
    meaning = described.get("x-description-evidence") or outer.get("x-description-evidence", grade)
    form = described.get("x-style-evidence", grade)
    less = [f"{what} {known}" for what, known in (("meaning", meaning), ("form", form)) if known != grade]
    return "; ".join([grade, *less])


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
            f"redirect_to={fact.get('redirect_to')!r},)"
        )
    names = ", ".join(fact["constant"] for fact in found["operations"].values())
    lines += ["", f"OPERATIONS = {{operation.id: operation for operation in ({names},)}}", ""]
    return "\n".join(lines)


def samples(spec: Spec) -> str:
    """The text of `samples.json`: what a fake server must know about each operation, in addition to `operations.py`."""
    found = {}
    for _, _, operation in spec.operations():
        answer = operation["responses"]["200"]["content"]["application/json"]
        body = spec.resolve(operation.get("requestBody", {})).get("content", {}).get("application/json", {})
        query = [one for one in map(spec.resolve, operation.get("parameters", ())) if one["in"] == "query"]
        found[operation["operationId"]] = {
            "answer": next((spec.resolve(one)["value"] for one in answer.get("examples", {}).values()), None),
            "required_parameters": [one["name"] for one in query if one.get("required")],
            "required_members": sorted(spec.required(spec.resolve(body["schema"]))) if body else None,
            "scopes_by_topic": operation.get("x-scopes-by-topic") or operation.get("x-scopes-by-topic-inferred", {}),
            "examples": {one["name"]: one["example"] for one in query if "example" in one},
            "parameters": {one["name"]: _bare(spec, one["schema"]) for one in query},
            "body": _bare(spec, body["schema"]) if body else None,
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

    Raises GenerationError with the generator's output.
    """
    spec = load(root / "openapi.yaml")
    found = facts(spec)
    environment = {**os.environ, "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))}
    with tempfile.TemporaryDirectory() as folder:
        templates = Path(folder) / "templates"
        shutil.copytree(root / "generator-templates", templates)
        # JSON is also a literal of the template language, except for `null`.
        literal = f"{{% set null = none %}}\n{{% set FACTS = {json.dumps(found)} %}}\n"
        (templates / "facts.jinja").write_text(literal, encoding="utf-8")
        source = Path(folder) / "openapi.yaml"
        source.write_text(yaml.safe_dump(spec.document, sort_keys=False, allow_unicode=True), encoding="utf-8")
        arguments = ["generate", "--meta", "none", "--fail-on-warning", "--path", str(source)]
        arguments += ["--config", str(root / "generator-config.yaml"), "--custom-template-path", str(templates)]
        _run([sys.executable, "-m", "openapi_python_client", *arguments, "--output-path", str(output)], environment)
    for runtime in sorted((root / "generator-templates" / "runtime").glob("*.py")):
        shutil.copyfile(runtime, output / runtime.name)
    for name, schema in found["schemas"].items():
        if schema["role"] == "envelope":  # types.Envelope reads them all, so their classes would be dead code
            (output / "models" / f"{PythonIdentifier(name, prefix='field_')}.py").unlink()
    (output / "operations.py").write_text(operations_module(spec, found), encoding="utf-8", newline="\n")
    (output / "samples.json").write_text(samples(spec), encoding="utf-8", newline="\n")
    (output / "py.typed").write_text("", encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff", "format", "--isolated", "--no-cache", "--quiet", "--line-length", "110"]
    _run([*ruff, str(output / "operations.py")], environment)


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        raise GenerationError(f"{' '.join(command[1:4])} failed:\n{done.stdout}{done.stderr}")


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
