"""Mutants of `openapi.yaml`: mistakes of who describes the API. The text is changed at exact places; all else stays."""

import re
from collections.abc import Iterator
from itertools import pairwise

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from contract_tests.mutation.mutant import Edit, Mutant, make
from tools.spec import LOADER

OTHER_TYPES = {"string": "integer", "integer": "string", "number": "integer", "boolean": "string"}
OTHER_METHODS = {"get": "post", "post": "put"}
LOST_FORMATS = {"instant": "lose-date", "password": "lose-secret", "email": "lose-format", "uri": "lose-format"}
REFERENCE = re.compile(r"#/components/(\w+/\w+)")
Found = Iterator[tuple[str, Node, list[Edit]]]


def candidates(file: str, source: str) -> Iterator[Mutant]:
    """Every mutant of these kinds that the spec can have."""
    for operation, operator, node, edits in SpecText(source).mutants():
        yield make("spec", file, source, operator, edits, operation, node.start_mark.line + 1)


def pairs(node: Node | None) -> list[tuple[str, ScalarNode, Node]]:
    """(key, its node, value) of a mapping, nothing for what is none."""
    return [(key.value, key, value) for key, value in node.value] if isinstance(node, MappingNode) else []


def member(node: Node | None, *path: str) -> Node | None:
    """What stands at the end of a path of keys, None where there is no such place."""
    for step in path:
        node = next((value for key, _, value in pairs(node) if key == step), None)
    return node


class SpecText:
    """The text of the spec and the places of everything in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root = yaml.compose(text, LOADER)
        self._owners: dict[str, str] = {}
        for _, _, _, operation in self._operations():
            self._own(operation, str(getattr(member(operation, "operationId"), "value", "")))

    def operation_of(self, component: str) -> str | None:
        """The first operationId that comes to a component ("schemas/Review") through whatever refers to it."""
        return self._owners.get(component)

    def mutants(self) -> Iterator[tuple[str | None, str, Node, list[Edit]]]:
        """(operationId, operator, place, edits) of every mutant."""
        for path, path_key, method_key, operation in self._operations():
            name = str(getattr(member(operation, "operationId"), "value", ""))
            for found in self._operation(path, path_key, method_key, operation):
                yield name, *found
        for group, mutants in (("parameters", self._parameter), ("schemas", self._object)):
            for name, _, component in pairs(member(self.root, "components", group)):
                if (owner := self.operation_of(f"{group}/{name}")) is not None:
                    for found in mutants(component):
                        yield owner, *found
        for _, _, scheme in pairs(member(self.root, "components", "securitySchemes")):
            if isinstance(header := member(scheme, "name"), ScalarNode):
                yield None, "wrong-header", header, [self._put(header, f"X-{header.value}")]
        for _, key, _ in pairs(member(self.root, "x-codes")):
            yield None, "wrong-code", key, [self._put(key, f"'{int(key.value) + 20}'")]

    def _operations(self) -> Iterator[tuple[str, ScalarNode, ScalarNode, Node]]:
        for path, path_key, item in pairs(member(self.root, "paths")):
            for _, method_key, operation in pairs(item):
                yield path, path_key, method_key, operation

    def _own(self, node: Node, operation: str) -> None:
        begin, end = self._span(node)
        for component in REFERENCE.findall(self.text[begin:end]):
            if component not in self._owners:
                self._owners[component] = operation
                if (target := member(self.root, "components", *component.split("/"))) is not None:
                    self._own(target, operation)

    # ---------------------------------------------------------------- what can be wrong
    def _operation(self, path: str, path_key: ScalarNode, method_key: ScalarNode, operation: Node) -> Found:
        other = path[:-1] if path.endswith("s") else f"{path}s"
        yield "wrong-path", path_key, [self._put(path_key, other)]
        yield "wrong-method", method_key, [self._put(method_key, OTHER_METHODS[method_key.value])]
        yield from self._security(member(operation, "security"))
        evidence = member(operation, "x-evidence")
        if isinstance(evidence, ScalarNode) and evidence.value == "inferred":
            yield "wrong-evidence", evidence, [self._put(evidence, "documented")]
        listed = member(operation, "parameters")
        if isinstance(listed, SequenceNode):
            for index, parameter in enumerate(listed.value):
                if len(listed.value) > 1:
                    yield "drop-parameter", parameter, [self._cut([(one, one) for one in listed.value], index)]
                yield from self._parameter(parameter)
        for _, _, response in pairs(member(operation, "responses")):
            if isinstance(fills := member(response, "headers", "Location", "x-fills"), ScalarNode):
                yield "wrong-redirect", fills, [self._put(fills, "state")]
        variants = member(operation, "responses", "200", "content", "application/json", "schema", "anyOf")
        if isinstance(variants, SequenceNode) and len(variants.value) > 2:
            yield "drop-bare-answer", variants, [self._cut([(one, one) for one in variants.value], 1)]

    def _security(self, security: Node | None) -> Found:
        if not isinstance(security, SequenceNode):
            return
        if not security.value:
            yield "wrong-security", security, [self._put(security, "[{oauth2: []}]")]
            return
        yield "no-security", security, [self._put(security, "[]")]
        for index, requirement in enumerate(security.value):
            if len(security.value) > 1:
                yield "drop-security", requirement, [self._cut([(one, one) for one in security.value], index)]
            scopes = member(requirement, "oauth2")
            if not isinstance(scopes, SequenceNode):
                continue
            for scope in scopes.value:
                read = scope.value.startswith("read")
                wrong = scope.value.replace("read", "write") if read else scope.value.replace("write", "read")
                yield "wrong-scope", scope, [self._put(scope, wrong)]
                yield "drop-scope", scope, [self._put(scopes, "[]")]

    def _parameter(self, parameter: Node) -> Found:
        name, required, schema = (member(parameter, key) for key in ("name", "required", "schema"))
        if not isinstance(name, ScalarNode):
            return  # a reference; what it refers to has its own mutants
        yield "rename-parameter", name, [self._put(name, _renamed(name.value))]
        entries = pairs(parameter)
        if required is None:
            place, indentation = entries[1][1].start_mark.index, entries[1][1].start_mark.column
            yield "require-parameter", name, [Edit(place, place, f"required: true\n{' ' * indentation}")]
        else:
            place = [key for key, _, _ in entries].index("required")
            yield "not-required", required, [self._cut([(key, value) for _, key, value in entries], place)]
        if schema is not None:
            yield from self._schema(schema)

    def _object(self, schema: Node) -> Found:
        """A component schema: its members, and which of them are required."""
        parts = member(schema, "allOf")
        for part in parts.value if isinstance(parts, SequenceNode) else ():
            yield from self._object(part)
        members = pairs(member(schema, "properties"))
        required = member(schema, "required")
        names = [one.value for one in required.value] if isinstance(required, SequenceNode) else []
        for index, name in enumerate(names):
            if isinstance(required, SequenceNode):
                kept = [one for one in names if one != name]
                yield "not-required", required.value[index], [self._put(required, f"[{', '.join(kept)}]")]
        for index, (name, key, about) in enumerate(members):
            if name not in names:
                renamed_required: list[Edit] = []
                if isinstance(required, SequenceNode):
                    yield "require-member", key, [self._put(required, f"[{', '.join([*names, name])}]")]
            else:
                renamed_required = [self._put(one, _renamed(name)) for one in required.value if one.value == name]  # type: ignore[union-attr]
            yield "rename-member", key, [self._put(key, _renamed(name)), *renamed_required]
            if len(members) > 1 and name not in names:
                yield "drop-member", key, [self._cut([(k, v) for _, k, v in members], index)]
            yield from self._schema(about)
        for (_, left, left_about), (_, right, right_about) in pairwise(members):
            if _form(left_about) != _form(right_about):
                yield "swap-members", right, [self._put(left, right.value), self._put(right, left.value)]

    def _schema(self, schema: Node) -> Found:
        """The schema of one value."""
        entries = pairs(schema)
        for index, (name, key, value) in enumerate(entries):
            cut = [self._cut([(k, v) for _, k, v in entries], index)] if len(entries) > 1 else []
            if name == "type" and isinstance(value, SequenceNode):
                yield "null-refused", value, [self._put(value, value.value[0].value)]
            elif name == "type" and isinstance(value, ScalarNode) and value.value in OTHER_TYPES:
                yield "wrong-type", value, [self._put(value, OTHER_TYPES[value.value])]
            elif name == "format" and isinstance(value, ScalarNode):
                yield LOST_FORMATS.get(value.value, "lose-gid"), key, cut
            elif name in ("minLength", "maxLength", "maxItems") and isinstance(value, ScalarNode):
                yield "shift-limit", value, [self._put(value, str(int(value.value) + 1))]
                yield "lose-limit", key, cut
            elif name == "enum" and isinstance(value, SequenceNode) and len(value.value) > 1:
                yield "drop-value", value, [self._cut([(one, one) for one in value.value], len(value.value) - 1)]
            elif name == "anyOf" and isinstance(value, SequenceNode):
                for place, variant in enumerate(value.value):
                    yield "drop-variant", variant, [self._cut([(one, one) for one in value.value], place)]
            elif name == "items":
                if isinstance(schema, MappingNode) and schema.flow_style:
                    begin, end = self._span(value)
                    yield "not-a-list", key, [self._put(schema, self.text[begin:end])]
                yield from self._schema(value)

    # ---------------------------------------------------------------- edits
    def _put(self, node: Node, text: str) -> Edit:
        return Edit(*self._span(node), text)

    def _cut(self, elements: list[tuple[Node, Node]], index: int) -> Edit:
        """The edit that removes one of the (first node, last node) of a collection, in block or in flow style."""
        if index + 1 < len(elements):
            return Edit(elements[index][0].start_mark.index, elements[index + 1][0].start_mark.index, "")
        return Edit(self._span(elements[index - 1][1])[1], self._span(elements[index][1])[1], "")

    def _span(self, node: Node) -> tuple[int, int]:
        """Where the node's text begins and ends; the end mark of a block is where the next thing begins."""
        end = node.end_mark.index
        if isinstance(node, MappingNode | SequenceNode) and not node.flow_style:
            end = len(self.text[:end].rstrip())
        return node.start_mark.index, end


def _renamed(name: str) -> str:
    """A name as a misreading has it: the plural or the singular."""
    return name[:-1] if name.endswith("s") else f"{name}s"


def _form(schema: Node) -> tuple[object, object, object]:
    """What tells two members apart for a caller; members of the same form may change places."""
    kind, form, reference = (member(schema, key) for key in ("type", "format", "$ref"))
    return tuple(getattr(one, "value", None) for one in (kind, form, reference))  # type: ignore[return-value]
