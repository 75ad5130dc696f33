"""Writes the pages of the Python reference, which list the public names. Sphinx adds the docstrings."""

import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from types import ModuleType, NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from tools.evidence import GRADES
from tools.spec import Spec

PARTS = ("transport", "upload", "oauth", "webhooks", "webhooks.adapters", "stores", "testing", "otel", "dlt")
ENDS = "BaseException, Exception, Warning, Model, Struct, dict, object, BaseTransport, AsyncBaseTransport"
"""Base classes whose members are not shown."""
GRADE = "|".join(GRADES)
GRADED = re.compile(rf"\((?:{GRADE})(?:;\s+\w+\s+(?:{GRADE}))*\)")
"""The grades after an argument, such as `(documented; meaning inferred)`."""


def pages(spec: Spec) -> Iterator[tuple[str, str]]:
    """(name, reStructuredText) of each page."""
    module = import_module("trustoo")
    errors = [name for name in module.__all__ if is_error(module, name)]
    others = [name for name in module.__all__ if name not in errors and not name.startswith("__")]
    clients = ["Trustoo", "AsyncTrustoo"]
    yield "trustoo.rst", page("trustoo", objects(module, [*clients, *(name for name in others if name not in clients)]))
    by_family = sorted(errors, key=lambda name: [kind.__name__ for kind in reversed(getattr(module, name).__mro__)])
    yield "errors.rst", page("Errors", ["All are importable from ``trustoo``.", *objects(module, by_family)])
    tags = [tag["name"] for tag in spec.document["tags"]]
    yield "resources.rst", page("Resources", list(resources(tags)))
    for part in PARTS:
        module = import_module(f"trustoo.{part}")
        about = linked(inspect.getdoc(module) or "")
        own = [name for name in module.__all__ if name not in errors]
        yield f"{part}.rst", page(f"trustoo.{part}", [about.removeprefix(f"trustoo.{part}: "), *objects(module, own)])
    models = import_module("trustoo_api.models")
    base = objects(import_module("trustoo_api.types"), ["Model", "Response"])
    about = (
        "Objects that calls return and take. All are a ``Model``. See :doc:`the form of the models <../docs/models>`."
    )
    yield "models.rst", page("Models", [about, *base, *objects(models, models.__all__)])


def is_error(module: ModuleType, name: str) -> bool:
    """Whether a public name is an exception or a warning."""
    value = getattr(module, name)
    return isinstance(value, type) and issubclass(value, BaseException)


def class_of(tag: str) -> str:
    """The documented class of a resource. The class of media also has the uploads."""
    name = tag.title().replace("_", "")
    return f"trustoo.upload.{name}" if tag == "media" else f"trustoo_api.api.{tag}.{name}Resource"


def method_of(operation: str) -> Any:
    """The function of an operation, such as `reviews.list`."""
    tag, name = operation.split(".")
    module, resource = class_of(tag).rsplit(".", 1)
    return getattr(getattr(import_module(module), resource), name)


def resources(tags: Iterable[str]) -> Iterator[str]:
    """The methods of each resource. Asynchronous methods have the same names."""
    yield (
        "``shop.reviews`` is a ``ReviewsResource``. ``AsyncTrustoo`` has an ``AsyncReviewsResource`` with the same "
        "methods, and so on."
    )
    for tag in tags:
        if tag == "media":
            continue
        module = import_module(f"trustoo_api.api.{tag}")
        yield f"shop.{tag}\n{'-' * len(f'shop.{tag}')}"
        yield from objects(module, [class_of(tag).rsplit(".", 1)[1]], bases=False)
    yield "``shop.media`` is a :class:`~trustoo.upload.Media`."


def objects(module: ModuleType, names: Iterable[str], bases: bool = True) -> Iterator[str]:
    """The directives that document public names."""
    for name in names:
        value = getattr(module, name)
        path = f"{module.__name__}.{name}"
        if isinstance(value, type):
            shown = "\n   :show-inheritance:" if bases and value.__bases__ != (object,) else ""
            yield f".. autoclass:: {path}\n   :members:\n   :inherited-members: {ENDS}{shown}"
        elif inspect.isfunction(value):
            yield f".. autofunction:: {path}"
        else:
            yield f".. autodata:: {home(module, name)}.{name}"


def home(module: ModuleType, name: str) -> str:
    """The module that assigns a public value. Only there does Sphinx find the docstring below the assignment."""
    assignment = re.compile(rf"^{name}\b.* = ", re.MULTILINE)
    inner = [loaded for path, loaded in sorted(sys.modules.items()) if path.startswith(f"{module.__name__}.")]
    found = (one.__name__ for one in inner if name in vars(one) and assignment.search(inspect.getsource(one)))
    return next(found, module.__name__)


def page(title: str, parts: Iterable[str]) -> str:
    """A page with a title."""
    return "\n\n".join([f"{title}\n{'=' * len(title)}", *parts]) + "\n"


def described(value: Any, lines: list[str]) -> list[str]:
    """A docstring with marks for its grades. The arguments of a call get types, defaults and known values."""
    before, title, section = "\n".join(lines).partition("\nArgs:\n")
    if is_call(value):
        parameters = inspect.signature(value).parameters
        entries, gap, after = section.partition("\n\n")
        typed = [argument(entry, parameters) for entry in re.split(r"\n(?=    \w)", entries)]
        section = "\n".join(typed) + gap + after
    text = GRADED.sub(lambda found: re.sub(rf"\b({GRADE})\b", r":\1:`\1`", found[0]), before + title + section)
    return linked(text).split("\n")


def linked(text: str) -> str:
    """A docstring in which the names of guides, such as docs/errors.md, are links."""
    return re.sub(r"\bdocs/([a-z-]+)\.md\b", r":doc:`/docs/\1`", text)


def argument(entry: str, parameters: Mapping[str, inspect.Parameter]) -> str:
    """An entry of `Args` with the type of the argument. Only a required argument, or one with a default, says so."""
    name, colon, about = entry.rstrip().partition(": ")
    parameter = parameters.get(name.strip())
    if not parameter:
        return entry
    needs = ", required" if parameter.default is parameter.empty else f", default {parameter.default!r}"
    needs = "" if parameter.default is None else needs
    known = [value for form in forms(parameter.annotation) if get_origin(form) is Literal for value in get_args(form)]
    values = f" Known values: {', '.join(f'`{value!r}`' for value in known)}." if is_open(parameter.annotation) else ""
    return f"{name} ({short(parameter.annotation)}{needs}){colon}{about}{values}"


def is_open(annotation: Any) -> bool:
    """Whether a type lists known values and accepts others."""
    listed = [get_args(form)[0] for form in forms(annotation) if get_origin(form) is Literal]
    return any(type(value) in forms(annotation) for value in listed)


def short(annotation: Any) -> str:
    """A type in a few words, without None, and without known values if others are accepted."""
    said = []
    for form in forms(annotation):
        origin, inner = get_origin(form), get_args(form)
        if origin is Literal:
            said += [] if is_open(annotation) else [repr(value) for value in inner]
        elif origin is Mapping:
            said.append("dict")
        else:
            said.append(f"{origin.__name__.lower()} of ({short(inner[0])})" if origin else form.__name__)
    return re.sub(r"\((\w+)\)", r"\1", " or ".join(dict.fromkeys(said)))


def forms(annotation: Any) -> list[Any]:
    """The alternatives of a type. The protocols of objects that are sent as dicts are left out."""
    every = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else [annotation]
    return [form for form in every if form is not NoneType and form.__module__ != "trustoo_api.values"]


def is_call(value: object) -> bool:
    """Whether a function is a method of a resource that was generated from the spec."""
    return inspect.isfunction(value) and value.__module__.startswith("trustoo_api.api.")


def plain_signature(value: Any) -> str | None:
    """The signature of a call without types. None for anything else."""
    if not is_call(value):
        return None
    parameters = [each.replace(annotation=each.empty) for each in inspect.signature(value).parameters.values()]
    return str(inspect.Signature(parameters[1:]))
