"""Writes the pages of the Python reference, which list the public names. Sphinx adds the docstrings."""

import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from types import ModuleType

from tools.spec import Spec

PARTS = ("transport", "upload", "oauth", "webhooks", "webhooks.adapters", "stores", "testing", "otel", "dlt")
ENDS = "BaseException, Exception, Warning, Model, Struct, dict, object, BaseTransport, AsyncBaseTransport"
"""Base classes whose members are not shown."""


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
        about = inspect.getdoc(module) or ""
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
