"""The operations of the API as the command line calls them: by name, with arguments as text.

Everything here comes from the generated package: names and types from the `build` function of an operation, texts from
its docstring. `trustoo api`, the command of each operation and the tools of `trustoo mcp` are made from it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from inspect import cleandoc, signature
from itertools import takewhile
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

from trustoo_api.decoding import Listing, Model, ResponseDecoder
from trustoo_api.operations import OPERATIONS, SECRETS
from trustoo_api.types import Operation, OperationRequest

from .. import Trustoo
from ..errors import ArgumentError

__all__ = [
    "EXTRA_ARGUMENTS",
    "OperationSpec",
    "Parameter",
    "flag",
    "known_values",
    "nearest",
    "operation_named",
    "operation_spec",
    "parameters",
    "read_arguments",
]

GRADES = re.compile(r" \((documented|example|field|inferred)[a-z; ]*\)$")
"""The words at the end of an argument's text that grade the evidence."""
NOT_ARGUMENTS = frozenset(["self", "unverified", "limit", "known_ids", "since", "checkpoint", "prefetch"])
"""Arguments of generated functions that are not sent."""
EXTRA_ARGUMENTS = frozenset(["extra_query", "extra_body"])
"""Arguments for what the OpenAPI spec does not have."""
FOR_PROGRAMS = ("The words in parentheses", "None leaves", "docs/evidence.md", "Args:")
"""The beginnings of lines in a docstring after which nothing is said about the operation."""
FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
HIDDEN = "(hidden)"


@dataclass(frozen=True, slots=True)
class Parameter:
    """An argument of an operation.

    Attributes:
        type_: the type in the generated package.
        text: what the argument means, without the words that grade the evidence.
        known: the values that are known; empty if any value is allowed.
        kind: the form of a value: text, a whole number, yes or no, or JSON.
        takes_several: whether the argument is a list of texts.
    """

    name: str
    type_: Any = field(repr=False)
    text: str
    required: bool
    known: tuple[Any, ...]
    kind: Literal["text", "number", "flag", "json"]
    takes_several: bool

    @property
    def is_secret(self) -> bool:
        """Whether the value must not be shown."""
        return self.name in SECRETS

    def read(self, texts: Sequence[str]) -> Any:
        """The value that these texts stand for. Raises ArgumentError."""
        if self.takes_several:
            return [item for text in texts for item in (_json(self.name, text) if text.startswith("[") else [text])]
        if len(texts) > 1:
            raise ArgumentError(f"{self.name} is given {len(texts)} times; it takes one value.")
        (text,) = texts
        if self.kind == "json":
            return _json(self.name, text)
        if self.kind == "flag":
            if text.lower() not in FLAGS:
                raise ArgumentError(f"{self.name} is {text!r}; give 1 or 0.")
            return FLAGS[text.lower()]
        if self.kind == "number":
            try:
                return int(text)
            except ValueError:
                raise ArgumentError(f"{self.name} is {text!r}; give a whole number.") from None
        return text

    def unknown_values(self, value: Any) -> list[str]:
        """The values that are not known, as text."""
        if not self.known:
            return []
        texts = [*map(str, self.known)]
        given = value if isinstance(value, list) else [int(value) if isinstance(value, bool) else value]
        return [text for text in map(str, given) if text not in texts]


@dataclass(frozen=True, slots=True)
class OperationSpec:
    """An operation, and how it is called.

    Attributes:
        build: returns the request for the arguments, or raises ArgumentError.
        result: the type of the result; None for an operation without a result.
        summary: one sentence on what the operation does.
        notes: what else is known about it, as paragraphs.
    """

    operation: Operation
    build: Callable[..., OperationRequest] = field(repr=False)
    result: Any = field(repr=False)
    summary: str
    notes: str = field(repr=False)
    parameters: Mapping[str, Parameter] = field(repr=False)

    @property
    def id(self) -> str:
        """The operation's name, such as "reviews.list"."""
        return self.operation.id

    @property
    def item(self) -> type[Model] | None:
        """The model of the items if the result is a list or a page of a list, else None."""
        if get_origin(self.result) is list:
            (found,) = get_args(self.result)
            return found if issubclass(found, Model) else None
        if self.is_paged:
            page: Any = self.result
            (found,) = get_args(page.__orig_bases__[0])  # such as Listing[Review]
            return cast(type[Model], found)
        return None

    @property
    def is_paged(self) -> bool:
        """Whether the result is a page of a list."""
        return isinstance(self.result, type) and issubclass(self.result, Listing)

    @property
    def is_unverified(self) -> bool:
        """Whether a call needs the caller's consent, because the path of a write is inferred."""
        return self.operation.is_write and self.operation.evidence == "inferred"

    @property
    def secret_results(self) -> frozenset[str]:
        """The members of the result that must not be shown."""
        return self.result.secret_ if isinstance(self.result, type) and issubclass(self.result, Model) else frozenset()

    @property
    def noun(self) -> str:
        """What the operation lists, such as "customer events"."""
        tag, _, method = self.id.partition(".")
        return (tag if method == "list" else method).replace("_", " ")

    def check_names(self, names: Iterable[str]) -> None:
        """Raise ArgumentError if the operation has no argument of one of these names. The message has the nearest."""
        allowed = [known for known, parameter in self.parameters.items() if not parameter.is_secret]
        for name in names:
            if name not in self.parameters:
                near = nearest(name, allowed)
                said = f"the nearest are {near}" if near else f"its arguments are {', '.join(allowed) or 'none'}"
                raise ArgumentError(f"{self.id} has no argument {name!r}; {said}.")

    def request(self, arguments: Mapping[str, Any]) -> OperationRequest:
        """The request of a call, which is not sent. Raises ArgumentError if an argument is missing or invalid."""
        missing = [name for name, known in self.parameters.items() if known.required and arguments.get(name) is None]
        if missing:
            raise ArgumentError(f"{self.id} needs {' and '.join(missing)}.")
        return self.build(**arguments)

    def call(self, client: Trustoo, arguments: Mapping[str, Any], *, unverified: bool = False) -> Any:
        """Call the operation. Raises TrustooError."""
        tag, _, method = self.id.partition(".")
        return getattr(getattr(client, tag), method)(**arguments, **({"unverified": True} if unverified else {}))

    def iterate(self, client: Trustoo, arguments: Mapping[str, Any], **options: Any) -> Iterator[Model]:
        """The items of a list, fetched page by page. `options` are those of the generated `iterate`."""
        if not self.is_paged:
            return iter(self.call(client, arguments))
        tag, _, method = self.id.partition(".")
        name = "iterate" if method == "list" else f"iterate_{method}"
        found: Iterator[Model] = getattr(getattr(client, tag), name)(**arguments, **options)
        return found

    def shown(self, value: Any) -> Any:
        """A result as JSON, without secrets."""
        if isinstance(value, list):
            return [self.shown(item) for item in value]
        if not isinstance(value, Model):
            return value
        return {name: HIDDEN if name in self.secret_results else item for name, item in value.to_dict().items()}

    def said(self, arguments: Mapping[str, Any]) -> str:
        """What a call would do, as text without secrets. Raises ArgumentError if an argument is invalid."""
        request = self.request(arguments)
        values = {**_collected(request.query), **(request.body or {})}
        values = {name: HIDDEN if name in SECRETS else value for name, value in values.items()}
        text = json.dumps(values, ensure_ascii=False, default=str) if values else "no arguments"
        return f"{self.summary} {self.operation.method} {request.path} with {text}."


def operation_spec(name: str) -> OperationSpec:
    """The operation of a name that `operation_named` knows.

    Raises:
        ArgumentError: if there is no such operation. The message has the nearest names.
    """
    found = operation_named(name)
    if found is None:
        near = dict.fromkeys(map(_names().__getitem__, get_close_matches(_plain(name), _names(), cutoff=0.5)))
        names = f"the nearest are {', '.join(near)}" if near else f"the operations are {', '.join(OPERATIONS)}"
        raise ArgumentError(f"There is no operation {name!r}; {names}.")
    return _spec(found)


def operation_named(name: str) -> str | None:
    """The id of the operation of this name; None if there is none.

    Args:
        name: "reviews.list", the path or its last part, "get_reviews", or the title of the vendor's page, "Get Review
            List". Upper and lower case are the same, and so are spaces, hyphens and underscores.
    """
    names = _names()
    return names.get(_plain(name)) or names.get(_plain(name.rpartition("/")[2]))


def flag(name: str, several: bool) -> str:
    """Return the option of an argument, such as --product-id of `product_ids`. It is given once for each item."""
    return f"--{name.removesuffix('s') if several else name}".replace("_", "-")


def nearest(name: str, names: Iterable[str]) -> str:
    """The names that are spelt like `name`, as text; empty if there are none."""
    return ", ".join(get_close_matches(name, [*names], n=3, cutoff=0.5))


def read_arguments(spec: OperationSpec, texts: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The arguments of an operation from texts by name.

    Raises:
        ArgumentError: if an argument does not exist or a text is not a value of its type. The message has the nearest
            names.
    """
    spec.check_names(texts)
    return {name: spec.parameters[name].read(values) for name, values in texts.items()}


def parameters(method: Callable[..., Any]) -> dict[str, Any]:
    """The arguments of a generated function or method that are sent, with their types."""
    hints = get_type_hints(method)
    return {name: hints[name] for name in signature(method).parameters if name not in NOT_ARGUMENTS}


def known_values(type_: Any) -> tuple[Any, ...]:
    """The values that an argument's type allows; empty if the type allows any value."""
    if get_origin(type_) is Literal:
        return get_args(type_)
    return tuple(value for part in get_args(type_) for value in known_values(part))


@cache
def _spec(name: str) -> OperationSpec:
    tag = name.partition(".")[0]
    module = _module(name)
    decoder: ResponseDecoder[Any] = module.DECODER
    said = cleandoc(module.build.__doc__ or "")
    texts, required = _texts(said), _required(module.build)
    found = {
        each: _parameter(each, type_, texts.get(each, ""), each in required, tag)
        for each, type_ in parameters(module.build).items()
    }
    summary, _, rest = said.partition("\n\n")
    notes = "\n".join(takewhile(lambda line: not line.startswith(FOR_PROGRAMS), rest.splitlines()))
    return OperationSpec(OPERATIONS[name], module.build, decoder.result_type, summary, notes.strip(), found)


def _parameter(name: str, type_: Any, text: str, required: bool, tag: str) -> Parameter:
    known = known_values(type_)
    kinds, several = _kinds(type_), any(get_origin(part) is Iterable for part in get_args(type_))
    if "text" in kinds:
        kind: Literal["text", "number", "flag", "json"] = "text"
    else:
        kind = "json" if "json" in kinds else "flag" if "flag" in kinds else "number"
    if several and not known:  # `ratings` of a list has the values of `rating` of another operation
        known = _values_in_tag(tag).get(name.removesuffix("s"), ())
    return Parameter(name, type_, text, required, known, kind, several and kind != "json")


@cache
def _values_in_tag(tag: str) -> dict[str, tuple[Any, ...]]:
    """The known values of arguments, by name, in all operations of a tag."""
    builds = [_module(name).build for name in OPERATIONS if name.startswith(f"{tag}.")]
    types = {name: type_ for build in builds for name, type_ in parameters(build).items()}
    return {name: known for name, type_ in types.items() if (known := known_values(type_))}


def _kinds(type_: Any) -> set[str]:
    """The kinds of values that a type has. A list of texts has the kind of its items."""
    if get_origin(type_) is Literal:
        return {kind for value in get_args(type_) for kind in _kinds(type(value))}
    if type_ in (str, int, bool):
        return {{str: "text", int: "number", bool: "flag"}[type_]}
    if type_ is type(None):
        return set()
    if get_origin(type_) in (None, Mapping):
        return {"json"}
    return {kind for part in get_args(type_) for kind in _kinds(part)}


def _required(build: Callable[..., Any]) -> set[str]:
    return {name for name, parameter in signature(build).parameters.items() if parameter.default is parameter.empty}


def _texts(said: str) -> dict[str, str]:
    """The text of each argument in a docstring."""
    section = said.partition("Args:\n")[2].partition("\n\n")[0]
    found = re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", section, re.MULTILINE)
    return {name: GRADES.sub("", re.sub(r"\s+", " ", text)) for name, text in found}


def _module(operation: str) -> Any:
    """The generated module of an operation."""
    return import_module(f"trustoo_api.api.{operation.partition('.')[0]}.{operation.replace('.', '_')}")


@cache
def _names() -> dict[str, str]:
    """The id of an operation by each of its names."""
    known = OPERATIONS.values()
    titles = {_plain(operation.title): operation.id for operation in known if operation.title}
    paths = {_plain(operation.path.rpartition("/")[2]): operation.id for operation in known}
    return titles | paths | {_plain(name): name for name in OPERATIONS}


def _plain(name: str) -> str:
    return "_".join(re.findall(r"[a-z0-9]+", name.lower()))


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ArgumentError(f"{name} is not JSON: {error}") from None


def _collected(query: Sequence[tuple[str, str]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in query:
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}
