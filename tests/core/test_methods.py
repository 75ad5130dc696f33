"""Methods and functions of operations are declared once, and look and behave like ordinary ones."""

from __future__ import annotations

import asyncio
import inspect
import pydoc
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from types import FrameType, FunctionType
from typing import Any, get_args, get_origin, get_type_hints
from unittest import mock

import pytest
from trustoo import AsyncTrustoo, Trustoo, WrongClientError
from trustoo_api import Client
from trustoo_api.api.reviews import AsyncReviewsResource, ReviewsResource, _Iterations, _Operations, reviews_list
from trustoo_api.operations import OPERATIONS
from trustoo_api.types import AsyncPaginator, OperationRequest, PaginationRequest, Paginator, Response

from tests.support import ACCESS, Recorder, arguments_of, async_shop, envelope, module_of, shop

EVERY = pytest.mark.parametrize("operation", OPERATIONS)
FUNCTIONS = ("sync", "sync_detailed", "asyncio", "asyncio_detailed")
PAGE = envelope({"page": {"page": 1}, "list": [{"id": 1}]})
WAYS = ("method", "raw", "async method", "async raw", *FUNCTIONS)
CLIENTS: tuple[Any, Any] = (Trustoo(access_token=ACCESS), AsyncTrustoo(access_token=ACCESS))


def way_to(operation: str, way: str) -> Callable[..., Any]:
    """A method or function of an operation."""
    if way in FUNCTIONS:
        function: Callable[..., Any] = getattr(module_of(operation), way)
        return function
    tag, name = operation.split(".")
    resource = getattr(CLIENTS[way.startswith("async")], tag)
    method: Callable[..., Any] = getattr(resource.with_raw_response if way.endswith("raw") else resource, name)
    return method


def help_of(thing: Any) -> str:
    """The text of `help(thing)`."""
    return pydoc.plain(pydoc.render_doc(thing))


def about(function: object) -> str:
    """The docstring up to the result, which is not the same for all. tests/docs/test_docstrings.py has the rest."""
    said, found, _ = (inspect.getdoc(function) or "").partition("\n\nReturns:\n")
    assert found
    return said


@EVERY
@pytest.mark.parametrize("way", WAYS[:4])
def test_a_wrong_argument_is_reported_under_the_name_of_the_method(operation: str, way: str) -> None:
    method, name = way_to(operation, way), operation.partition(".")[2]

    async def call() -> None:
        if inspect.isawaitable(result := method(nope=1)):
            await result

    with pytest.raises(TypeError, match=rf"^{name}\(\) got an unexpected keyword argument 'nope'"):
        asyncio.run(call())


def iterations() -> Iterator[tuple[str, str, Callable[..., Any]]]:
    """Tag, name and function of each iteration."""
    for operation in OPERATIONS:
        if hasattr(module_of(operation), "iterate"):
            tag, name = operation.split(".")
            yield tag, "iterate" if name == "list" else f"iterate_{name}", module_of(operation).iterate


@EVERY
@pytest.mark.parametrize("way", WAYS)
def test_each_way_shows_the_arguments_and_the_docstring_of_build(operation: str, way: str) -> None:
    build, function = module_of(operation).build, way_to(operation, way)
    shown, wanted = inspect.signature(function), inspect.signature(build)
    own = ["client"] if way in FUNCTIONS else []
    assert list(shown.parameters) == [*own, *wanted.parameters]
    assert [shown.parameters[name] for name in wanted.parameters] == list(wanted.parameters.values())
    assert all(one.kind is one.KEYWORD_ONLY for one in shown.parameters.values())
    annotated = {name: function.__annotations__[name] for name in wanted.parameters}
    assert annotated == {name: one.annotation for name, one in wanted.parameters.items()}
    assert about(function) == about(build)
    assert inspect.iscoroutinefunction(function) is ("async" in way)
    assert inspect.getfullargspec(function).kwonlyargs == list(shown.parameters)


@EVERY
@pytest.mark.parametrize("way", WAYS)
def test_each_way_says_what_it_returns(operation: str, way: str) -> None:
    result = get_type_hints(module_of(operation).sync)["return"]
    function = way_to(operation, way)
    shown = inspect.signature(function).return_annotation
    assert shown == function.__annotations__["return"]
    if "raw" in way or "detailed" in way:
        assert get_origin(shown) is Response
        (shown,) = get_args(shown)
    assert shown == (None if result is type(None) and "raw" not in way and "detailed" not in way else result)


@EVERY
@pytest.mark.parametrize("way", WAYS)
def test_help_shows_each_argument_with_its_type_and_meaning(operation: str, way: str) -> None:
    shown = help_of(way_to(operation, way))
    for name, parameter in inspect.signature(module_of(operation).build).parameters.items():
        assert f"{name}: {inspect.formatannotation(parameter.annotation)}" in shown
    assert f"Evidence: {OPERATIONS[operation].evidence} " in shown
    assert " -> " in shown
    if way not in FUNCTIONS:
        assert f"{operation.split('.')[1]}(" in shown


def test_help_of_a_class_lists_its_methods() -> None:
    for kind in (ReviewsResource, AsyncReviewsResource):
        shown = help_of(kind)
        for name in ("get", "list", "create", "delete", "rating", "iterate"):
            assert f"{name}(self, *, " in shown


@pytest.mark.parametrize("client", CLIENTS, ids=["sync", "async"])
def test_iterations_show_arguments_docstring_and_items(client: Any) -> None:
    found = list(iterations())
    assert len(found) == 4
    for tag, name, function in found:
        method = getattr(getattr(client, tag), name)
        shown, wanted = inspect.signature(method), inspect.signature(function)
        assert list(shown.parameters.values()) == list(wanted.parameters.values())
        assert "page" not in shown.parameters
        assert {"page_size", "limit", "known_ids", "since", "checkpoint", "prefetch"} <= set(shown.parameters)
        assert get_origin(wanted.return_annotation) is PaginationRequest
        assert get_origin(shown.return_annotation) is (AsyncPaginator if client is CLIENTS[1] else Paginator)
        assert get_args(shown.return_annotation) == get_args(wanted.return_annotation)
        assert about(method) == about(function)
        assert f"{name}(*, " in help_of(method)
        assert not hasattr(getattr(client, tag).with_raw_response, name)


@EVERY
def test_the_typed_dictionary_has_the_arguments_of_build(operation: str) -> None:
    module = module_of(operation)
    (arguments,) = (value for name, value in vars(module).items() if name.endswith("Arguments"))
    parameters = inspect.signature(module.build).parameters
    assert list(arguments.__annotations__) == list(parameters)
    required = {name for name, parameter in parameters.items() if parameter.default is parameter.empty}
    assert arguments.__required_keys__ == required
    hints = get_type_hints(arguments)
    assert hints == {name: parameter.annotation for name, parameter in parameters.items()}


def call(client: Any, operation: str, way: str, arguments: dict[str, Any]) -> Any:
    if way in FUNCTIONS:
        return getattr(module_of(operation), way)(client=client, **arguments)
    tag, name = operation.split(".")
    resource = getattr(client, tag)
    return getattr(resource.with_raw_response if "raw" in way else resource, name)(**arguments)


@EVERY
@pytest.mark.parametrize("way", WAYS)
def test_an_unknown_argument_is_a_type_error_and_nothing_is_sent(operation: str, way: str) -> None:
    recorder = Recorder(PAGE)
    arguments = arguments_of(module_of(operation).build) | {"colour": "blue"}

    async def later() -> None:
        async with async_shop(recorder) as client:
            await call(client, operation, way, arguments)

    def now() -> None:
        with shop(recorder) as client:
            call(client, operation, way, arguments)

    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        asyncio.run(later()) if "async" in way else now()
    assert recorder.requests == []


def test_missing_and_positional_arguments_are_type_errors() -> None:
    client: Any = CLIENTS[0]
    with pytest.raises(TypeError, match="missing 1 required keyword-only argument: 'author'"):
        client.reviews.create(rating=5)
    with pytest.raises(TypeError, match="positional argument"):
        client.reviews.list("kettle")
    with pytest.raises(TypeError, match="unexpected keyword argument 'page'"):
        client.reviews.iterate(page=2)
    listing: Any = reviews_list
    with pytest.raises(TypeError, match="missing 1 required keyword-only argument: 'client'"):
        listing.sync(keyword="kettle")


@pytest.mark.parametrize("way", FUNCTIONS)
def test_each_function_refuses_the_wrong_client(way: str) -> None:
    function = way_to("reviews.list", way)
    wrong = CLIENTS[0] if "async" in way else CLIENTS[1]
    with pytest.raises(WrongClientError, match=f"{type(wrong).__name__} has no send"):
        asyncio.run(function(client=wrong)) if "async" in way else function(client=wrong)


def test_a_client_that_cannot_iterate_is_refused() -> None:
    with pytest.raises(WrongClientError, match="Client cannot iterate over pages"):
        ReviewsResource(Client()).iterate()
    with pytest.raises(WrongClientError, match="Client cannot iterate over pages"):
        AsyncReviewsResource(Client()).iterate()


def test_a_method_is_an_ordinary_one() -> None:
    method: Any = CLIENTS[0].reviews.list
    assert inspect.ismethod(method)
    assert isinstance(ReviewsResource.list, FunctionType)
    assert method.__func__ is ReviewsResource.list
    assert (method.__name__, method.__qualname__) == ("list", "ReviewsResource.list")
    assert method.__module__ == "trustoo_api.api.reviews"
    assert ReviewsResource.list is not AsyncReviewsResource.list
    recorder = Recorder(PAGE)
    with shop(recorder) as client:
        assert ReviewsResource.list(client.reviews).list[0].id == "1"


def test_a_declaration_without_a_kind_is_itself() -> None:
    declared: Any = _Operations
    assert type(declared.list).__name__ == "Method"
    declared = _Iterations
    assert type(declared.iterate).__name__ == "PaginatedMethod"


def test_a_subclass_may_override_a_method_and_call_the_first() -> None:
    class Louder(ReviewsResource):
        def list(self, **arguments: Any) -> Any:
            return super().list(**arguments | {"keyword": "LOUD"})

        def iterate(self, **arguments: Any) -> Any:
            return super().iterate(**arguments | {"keyword": "LOUD"})

    recorder = Recorder(envelope({"page": {"page": 1, "total_page": 1}, "list": [{"id": 1}]}))
    with shop(recorder) as client:
        reviews = Louder(client)
        reviews.list()
        reviews.list()
        assert len([*reviews.iterate(), *reviews.iterate()]) == 2
        client.reviews.list()
    sent = [dict(request.url.params) for request in recorder.requests]
    assert [one.get("keyword") for one in sent] == ["LOUD"] * 4 + [None]


def test_mocks_take_the_place_of_methods_and_know_their_arguments() -> None:
    client: Any = Trustoo(access_token=ACCESS)
    with mock.patch.object(client.reviews, "list", autospec=True) as fake:
        client.reviews.list(keyword="kettle")
        with pytest.raises(TypeError, match="colour"):
            client.reviews.list(colour="blue")
    fake.assert_called_once_with(keyword="kettle")
    with mock.patch.object(ReviewsResource, "list", return_value="page"):
        assert client.reviews.list() == "page"
    assert client.reviews.list.__func__ is ReviewsResource.list
    assert "keyword" in inspect.signature(client.reviews.list).parameters
    double = mock.create_autospec(ReviewsResource, instance=True)
    with pytest.raises(TypeError, match="colour"):
        double.list(colour="blue")


def test_build_and_the_client_are_called_by_the_method_itself() -> None:
    """One Python function stands between a warm call and both of them."""
    callers: list[tuple[str, str]] = []

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call" and frame.f_back is not None:
            callers.append((frame.f_code.co_qualname, frame.f_back.f_code.co_qualname))

    recorder = Recorder(PAGE)
    with shop(recorder) as client:
        for call in (client.reviews.list, client.reviews.with_raw_response.list):
            call()
            callers.clear()
            sys.setprofile(profile)
            try:
                call(keyword="kettle")
            finally:
                sys.setprofile(None)
            own = callers[0][0]
            assert ("build", own) in callers
            assert ("Trustoo.send", own) in callers
            here = "test_build_and_the_client_are_called_by_the_method_itself"
            assert [each for each in callers if each[1] == here and "setprofile" not in each[0]] == [(own, here)]


def test_a_response_is_decoded_by_two_functions() -> None:
    calls: list[str] = []

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call" and frame.f_code.co_filename == import_module("trustoo_api.decoding").__file__:
            calls.append(frame.f_code.co_name)

    decoder = reviews_list.DECODER
    decoder.value(decoder.envelope(PAGE))
    sys.setprofile(profile)
    try:
        decoder.value(decoder.envelope(PAGE))
    finally:
        sys.setprofile(None)
    assert calls == ["envelope", "value"]


def test_building_a_request_makes_no_call_for_arguments_that_are_left_out() -> None:
    calls: list[str] = []

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            calls.append(frame.f_code.co_name)

    sys.setprofile(profile)
    try:
        request = reviews_list.build(keyword="kettle", page=2)
    finally:
        sys.setprofile(None)
    assert isinstance(request, OperationRequest)
    assert calls == ["build", "query_pairs"]
