"""Turns operations into functions and methods that show their arguments to people, tools and type checkers."""

import inspect
import re
from collections.abc import Callable, Coroutine, Sequence
from functools import cache
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, cast, get_args, get_origin, overload

from .client import AsyncClient, SyncClient, as_async_paging_client, as_paging_client
from .errors import TrustooError
from .types import AsyncPaginator, OperationRequest, PaginationRequest, Paginator, Response, ResponseDecoder

F = TypeVar("F", bound=Callable[..., Any])
P = ParamSpec("P")
T = TypeVar("T")


def with_arguments_of(build: Callable[..., Any]) -> Callable[[F], F]:
    """Make a function show the arguments and the docstring of `build` in place of its `**arguments`."""

    def decorate(function: F) -> F:
        parameters = inspect.signature(function).parameters.values()
        own = [parameter for parameter in parameters if parameter.kind is not parameter.VAR_KEYWORD]
        _describe(function, build, own, function.__annotations__["return"])
        return function

    return decorate


_signature = cache(inspect.signature)


def _describe(function: Any, build: Any, first: Sequence[inspect.Parameter], result: object) -> None:
    parameters = [*first, *_signature(build).parameters.values()]
    function.__signature__ = inspect.Signature(parameters, return_annotation=result)
    annotated = {each.name: each.annotation for each in parameters if each.annotation is not each.empty}
    function.__annotations__ = {**annotated, "return": result}
    function.__doc__ = _docstring(build.__doc__, function, result)


_CALL = re.compile(r"^( *)>>> (\w+ = )?(shop\.\w+)(\..*(?:\n *\.\.\. .*)*)", re.MULTILINE)
"""The call in an example: the indentation, the name of the result, the resource, the method with its arguments."""


def _docstring(text: str | None, function: Any, result: object) -> str | None:
    """The docstring of `build`, with what `function` returns, and an example that calls `function`."""
    if text is None:  # python -OO
        return None
    wait = "await " if inspect.iscoroutinefunction(function) else ""
    if get_origin(result) is AsyncPaginator:
        return text.replace(">>> for ", ">>> async for ")
    if get_origin(result) is not Response:
        return _CALL.sub(rf"\1>>> \2{wait}\3\4", text)
    text = re.sub(r"Returns:\n( *)", r"Returns:\n\1A `Response`, whose `parsed` is what follows.\n\1", text)
    if call := _CALL.search(text):
        pad, _, resource, method = call.groups()
        lines = f"response = {wait}{resource}.with_raw_response{method}", "response.status_code"
        text = text[: call.start()] + "".join(f"{pad}>>> {line}\n" for line in lines) + f"{pad}200\n"
    return text


class Resource:
    """Base of the four kinds of resources."""


class SyncResource(Resource):
    """Methods that return the result."""

    def __init__(self, client: SyncClient) -> None:
        self._client = client


class AsyncResource(Resource):
    """Coroutine methods that return the result."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client


class RawResource(Resource):
    """Methods that return the whole response."""

    def __init__(self, client: SyncClient) -> None:
        self._client = client


class AsyncRawResource(Resource):
    """Coroutine methods that return the whole response."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client


class _Descriptor:
    """Declares a method of a resource. At its first use it puts a plain function into the class.

    Calls cost one Python function, and `inspect`, `help`, `super()` and mocks see an ordinary method.
    """

    _declared_in: type
    _name: str

    def __set_name__(self, owner: type, name: str) -> None:
        self._declared_in, self._name = owner, name

    def _install(self, owner: type, function: Any, build: Any, result: object) -> Any:
        # The most basic class of this kind and not `owner`, because a subclass may have a method of the same name.
        bases = (base for base in reversed(owner.__mro__) if issubclass(base, Resource))
        home = next(base for base in bases if issubclass(base, self._declared_in))
        _describe(function, build, [inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)], result)
        function.__name__, function.__qualname__ = self._name, f"{home.__qualname__}.{self._name}"
        function.__module__ = home.__module__
        build.__qualname__ = self._name  # Python's TypeError for a missing argument begins with this name
        setattr(home, self._name, function)
        return function


class Method(_Descriptor, Generic[P, T]):
    """The method of an operation, which takes the arguments of `build`. Its result depends on the kind of resource."""

    def __init__(self, build: Callable[P, OperationRequest], decoder: ResponseDecoder[T]) -> None:
        self._build, self._decoder = build, decoder

    @overload
    def __get__(self, resource: None, owner: type[object]) -> Callable[Concatenate[Any, P], Any]: ...
    @overload
    def __get__(self, resource: SyncResource, owner: type[object]) -> Callable[P, T]: ...
    @overload
    def __get__(self, resource: AsyncResource, owner: type[object]) -> Callable[P, Coroutine[Any, Any, T]]: ...
    @overload
    def __get__(self, resource: RawResource, owner: type[object]) -> Callable[P, Response[T]]: ...
    @overload
    def __get__(
        self, resource: AsyncRawResource, owner: type[object]
    ) -> Callable[P, Coroutine[Any, Any, Response[T]]]: ...
    def __get__(self, resource: Any, owner: type[Any]) -> Any:
        build, decoder = self._build, self._decoder
        result, response = decoder.result_type, cast(Any, Response)

        # Arguments can be secrets. They are removed from the frames of an error, because programs that report errors
        # send the local variables of frames.
        def sync(self: SyncResource, *args: P.args, **arguments: P.kwargs) -> T:
            try:
                request = build(*args, **arguments)
            except TrustooError as error:
                raise error.with_traceback(None)
            finally:
                arguments.clear()
            return self._client.send(request, decoder).parsed

        def sync_detailed(self: RawResource, *args: P.args, **arguments: P.kwargs) -> Response[T]:
            try:
                request = build(*args, **arguments)
            except TrustooError as error:
                raise error.with_traceback(None)
            finally:
                arguments.clear()
            return self._client.send(request, decoder)

        async def asyncio(self: AsyncResource, *args: P.args, **arguments: P.kwargs) -> T:
            try:
                request = build(*args, **arguments)
            except TrustooError as error:
                raise error.with_traceback(None)
            finally:
                arguments.clear()
            return (await self._client.send_async(request, decoder)).parsed

        async def asyncio_detailed(self: AsyncRawResource, *args: P.args, **arguments: P.kwargs) -> Response[T]:
            try:
                request = build(*args, **arguments)
            except TrustooError as error:
                raise error.with_traceback(None)
            finally:
                arguments.clear()
            return await self._client.send_async(request, decoder)

        if issubclass(owner, SyncResource):
            function = self._install(owner, sync, build, result)
        elif issubclass(owner, AsyncResource):
            function = self._install(owner, asyncio, build, result)
        elif issubclass(owner, RawResource):
            function = self._install(owner, sync_detailed, build, response[result])
        elif issubclass(owner, AsyncRawResource):
            function = self._install(owner, asyncio_detailed, build, response[result])
        else:
            return self
        return function.__get__(resource, owner)


class PaginatedMethod(_Descriptor, Generic[P, T]):
    """The method that iterates over the items of a paged operation, which takes the arguments of `iterate`."""

    def __init__(self, iterate: Callable[P, PaginationRequest[T]]) -> None:
        self._iterate = iterate

    @overload
    def __get__(self, resource: None, owner: type[object]) -> Callable[Concatenate[Any, P], Any]: ...
    @overload
    def __get__(self, resource: SyncResource, owner: type[object]) -> Callable[P, Paginator[T]]: ...
    @overload
    def __get__(self, resource: AsyncResource, owner: type[object]) -> Callable[P, AsyncPaginator[T]]: ...
    def __get__(self, resource: Any, owner: type[Any]) -> Any:
        iterate = self._iterate
        (item,) = get_args(_signature(iterate).return_annotation)

        def sync(self: SyncResource, *args: P.args, **arguments: P.kwargs) -> Paginator[T]:
            wanted = iterate(*args, **arguments)
            return as_paging_client(self._client).paginate(wanted.build, wanted.decoder, **wanted.options)

        def asyncio(self: AsyncResource, *args: P.args, **arguments: P.kwargs) -> AsyncPaginator[T]:
            wanted = iterate(*args, **arguments)
            return as_async_paging_client(self._client).paginate(wanted.build, wanted.decoder, **wanted.options)

        if issubclass(owner, AsyncResource):
            function = self._install(owner, asyncio, iterate, cast(Any, AsyncPaginator)[item])
        elif issubclass(owner, SyncResource):
            function = self._install(owner, sync, iterate, cast(Any, Paginator)[item])
        else:
            return self
        return function.__get__(resource, owner)
