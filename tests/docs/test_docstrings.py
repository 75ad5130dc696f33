"""`help()` of all that is public says what it is for, takes, returns and raises, and its examples run.

Examples use objects that a program has already, such as `shop`. `_objects` makes them, with a fake service.
"""

from __future__ import annotations

import ast
import asyncio
import doctest
import inspect
import re
import textwrap
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, get_origin

import pytest
import trustoo
from trustoo import AsyncTrustoo, Trustoo, UnverifiedOperationWarning
from trustoo.oauth import AsyncMemoryStore, MemoryStore, Token
from trustoo.testing import FakeTrustoo, without_waiting
from trustoo.upload import UploadedImage
from trustoo.webhooks import Claim, MemoryReplayStore, Receiver, WebhookVerifier
from trustoo_api.errors import TrustooError
from trustoo_api.operations import OPERATIONS
from trustoo_api.types import AsyncPaginator, Paginator

from contract_tests.support.pictures import JPEG

MODULES = tuple(
    f"trustoo{part}"
    for part in (
        *("", ".transport", ".upload", ".oauth", ".webhooks", ".webhooks.adapters", ".stores", ".testing"),
        *(".otel", ".dlt", ".rate", ".signing"),
    )
)
SECRET = "EXAMPLE-private-token"
ACCESS = "EXAMPLE-access-token"
SHOP = "kettles.myshopify.com"
CLIENTS: tuple[Any, ...] = (Trustoo(access_token=ACCESS), AsyncTrustoo(access_token=ACCESS))


@cache
def public() -> dict[str, Any]:
    """All public functions, classes and methods of `trustoo`, by name."""
    found: dict[str, Any] = {}
    for path in MODULES:
        module = import_module(path)
        for name in module.__all__:
            thing = getattr(module, name)
            if inspect.isclass(thing):
                found[f"{thing.__module__}.{name}"] = thing
                found |= {f"{thing.__module__}.{name}.{each}": method for each, method in _methods(thing)}
            elif inspect.isfunction(thing):
                found[f"{thing.__module__}.{name}"] = thing
    return {name: thing for name, thing in found.items() if name.startswith("trustoo.")}


def _methods(kind: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name in dir(kind):
        declared = inspect.getattr_static(kind, name)
        function = getattr(declared, "__func__", declared)
        if not name.startswith("_") and inspect.isfunction(function) and function.__module__.startswith("trustoo."):
            yield name, getattr(kind, name)


@cache
def resources() -> dict[str, Any]:
    """The methods of all resources, by name."""
    found: dict[str, Any] = {}
    for client in CLIENTS:
        for operation in OPERATIONS:
            tag, name = operation.split(".")
            resource = getattr(client, tag)
            methods = {"": getattr(resource, name), ".with_raw_response": getattr(resource.with_raw_response, name)}
            for each in ("iterate", f"iterate_{name}"):
                if hasattr(resource, each):
                    found[f"{type(client).__name__}.{tag}.{each}"] = getattr(resource, each)
            found |= {f"{type(client).__name__}.{tag}{part}.{name}": method for part, method in methods.items()}
    return found


def text_of(thing: Any) -> str:
    return inspect.getdoc(thing) or ""


def lacking(thing: Any) -> list[str]:
    """What `help()` of a function or class does not say."""
    missing = [] if text_of(thing) else ["purpose"]
    missing += lacking_of_class(thing) if inspect.isclass(thing) else lacking_of_function(thing)
    return missing + [f"error {error}" for error in sorted(_raised(thing)) if not _says(thing, error)]


def lacking_of_class(kind: type) -> list[str]:
    if issubclass(kind, BaseException):  # callers do not create these
        return []
    methods = [text_of(method) for _, method in _methods(kind)]
    is_shown = not methods or any(">>> " in text for text in (text_of(kind), *methods))
    return lacking_arguments(kind) + ([] if is_shown else ["example"])


def lacking_of_function(function: Any) -> list[str]:
    missing = lacking_arguments(function)
    result = str(inspect.signature(function).return_annotation)
    if result not in ("None", str(type(None))) and not re.search(
        r"\b(return|yield)s?\b", text_of(function), re.IGNORECASE
    ):
        missing.append("result")
    if result.endswith("| None") and not _says(function, "None"):
        missing.append("meaning of None")
    is_called = re.search(rf"^ *(?:>>>|\.\.\.) .*\b{function.__name__}\(", text_of(function), re.MULTILINE)
    return missing + ([] if is_called else ["example"])


def lacking_arguments(thing: Any) -> list[str]:
    try:
        parameters = inspect.signature(thing).parameters
    except ValueError:  # a TypedDict
        return []
    unnamed = ("self", "args", "kwargs")  # of a protocol, too
    return [f"argument {name}" for name in parameters if name not in unnamed and not _says(thing, name)]


def _says(thing: Any, name: str) -> bool:
    return re.search(rf"\b{name}\b", text_of(thing)) is not None


def _raised(thing: Any) -> set[str]:
    """The errors that the function itself raises, or that the class raises when it is created."""
    if inspect.isclass(thing):
        own = [vars(thing).get(name) for name in ("__init__", "__post_init__")]
        functions = [function for function in own if function is not None and function.__module__.startswith("trustoo")]
    else:
        functions = [thing]
    found = set[str]()
    for function in functions:
        function = inspect.unwrap(function)
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
        except (OSError, TypeError):  # dataclasses write __init__ without a file
            continue
        for node in ast.walk(tree):
            called = node.exc.func if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) else None
            if isinstance(called, ast.Name) and issubclass(getattr(trustoo, called.id, object), TrustooError):
                found.add(called.id)
    return found


def test_help_of_everything_public_is_complete() -> None:
    missing = {name: found for name, thing in public().items() if (found := lacking(thing))}
    assert not missing, "\n".join(f"{name}: {', '.join(found)}" for name, found in missing.items())


def test_help_of_every_operation_is_complete() -> None:
    assert len(resources()) == len(OPERATIONS) * 4 + 4 * 2
    missing: dict[str, list[str]] = {}
    for name, method in resources().items():
        text, found = text_of(method), lacking(method)
        found += [section for section in ("Args:", "Returns:", "Raises:", "Example:") if section not in text]
        found += [
            error
            for error in ("ArgumentError", "TrustooError" if "iterate" in name else "APIError")
            if error not in text
        ]
        if found:
            missing[name] = found
    assert not missing, "\n".join(f"{name}: {', '.join(found)}" for name, found in missing.items())


def test_examples_of_operations_await_and_ask_for_the_response_as_their_methods_do() -> None:
    for name, method in resources().items():
        (call,) = re.findall(r">>> (.*?shop\..*?\()", text_of(method))
        *_, method_name = name.split(".")
        assert call.endswith(f".{method_name}("), name
        assert ("await " in call) is inspect.iscoroutinefunction(method), name
        assert (".with_raw_response." in call) is ("with_raw_response" in name), name
        result = get_origin(inspect.signature(method).return_annotation)
        assert call.startswith("async for ") is (result is AsyncPaginator), name
        assert call.startswith("for ") is (result is Paginator), name


class _Parser(doctest.DocTestParser):
    """Reads examples that await, as `python -m asyncio` does."""

    def get_examples(self, string: str, name: str = "<string>") -> list[doctest.Example]:
        return [
            doctest.Example(
                f"awaited({each.source!r})", each.want, each.exc_msg, each.lineno, each.indent, each.options
            )
            if re.search(r"\b(await|async)\b", each.source)
            else each
            for each in super().get_examples(string, name)
        ]


def run(name: str, text: str, names: dict[str, Any], runner: asyncio.Runner) -> str:
    """Run the examples of a docstring. Returns what is wrong."""

    def awaited(source: str) -> None:
        code = compile(source, name, "single", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        result = eval(code, test.globs)
        if inspect.iscoroutine(result):
            runner.run(result)

    test = _Parser().get_doctest(text, {**names, "awaited": awaited}, name, None, None)
    said: list[str] = []
    doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS).run(test, out=said.append)
    return "".join(said)


EXAMPLES = {text: name for name, thing in reversed([*public().items()]) if ">>> " in (text := text_of(thing))}
"""The names by docstrings. Methods that inherit a docstring have one example together."""


@pytest.fixture(autouse=True)
def _in_a_folder_with_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("kettle.jpg").write_bytes(JPEG)
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "dlt"))
    monkeypatch.setenv("DLT_PROJECT_DIR", str(tmp_path))


class _AsyncReplayStore:
    def __init__(self) -> None:
        self._store = MemoryReplayStore()

    async def claim(self, *keys: str, owner: str, seconds: float) -> Claim:
        return self._store.claim(*keys, owner=owner, seconds=seconds)

    async def settle(self, *keys: str, owner: str, seconds: float) -> bool:
        return self._store.settle(*keys, owner=owner, seconds=seconds)

    async def forget(self, *keys: str, owner: str) -> None:
        self._store.forget(*keys, owner=owner)


def _objects(is_async: bool) -> dict[str, Any]:
    """What examples use."""
    fake = FakeTrustoo()
    fake_platform = fake.add_platform()
    token = Token(**{name: fake_platform.issue()[name] for name in ("access_token", "refresh_token")})
    stores = [MemoryStore(), MemoryStore()]
    stores[0].save(SHOP, token.to_json(), replaces=None)
    store, target = map(AsyncMemoryStore, stores) if is_async else stores
    verifier = WebhookVerifier(SECRET)
    deliveries = fake.deliveries()
    return {
        "fake": fake,
        "fake_platform": fake_platform,
        "shop": fake.async_client() if is_async else fake.client(),
        "platform": (fake.async_platform_client if is_async else fake.platform_client)(store=store),
        "token": token,
        "store": store,
        "target": target,
        "replay_store": _AsyncReplayStore() if is_async else MemoryReplayStore(),
        "verifier": verifier,
        "receiver": Receiver(verifier, {"review/created": lambda delivery: None}),
        "deliveries": deliveries,
        "delivery": deliveries.make(),
        "image": UploadedImage("https://img.example.com/EXAMPLE.jpg", "EXAMPLE.jpg", len(JPEG), "image/jpeg"),
    }


@pytest.mark.parametrize("name", sorted(EXAMPLES.values()))
def test_a_public_example_runs(name: str) -> None:
    is_async = "Async" in name or name.endswith("_async")
    with asyncio.Runner() as runner, without_waiting():
        assert not run(name, text_of(public()[name]), _objects(is_async), runner)


@pytest.mark.parametrize("name", resources())
def test_the_example_of_an_operation_runs(name: str) -> None:
    """The service keeps nothing, so that each operation returns the spec's sample."""
    client, *_ = name.split(".")
    tag, operation = name.split(".")[1], name.rpartition(".")[2]
    credentials = getattr(OPERATIONS.get(f"{tag}.{operation}"), "credentials", ())
    fake = FakeTrustoo(state="off")
    made = fake.async_client if client == "AsyncTrustoo" else fake.client
    shop = made(access_token=ACCESS) if credentials == ("bearer",) else made()
    with asyncio.Runner() as runner, warnings.catch_warnings():
        warnings.simplefilter("ignore", UnverifiedOperationWarning)
        assert not run(name, text_of(resources()[name]), {"shop": shop}, runner)
    assert fake.processed.total() == 1
