"""Two calls at once in every order that has one change of threads. Such a test of locks needs no luck.

The first call stops before each of its bytecode instructions in turn, while the second call runs to its end. If the
first call holds a lock that the second call needs, the first call goes on after a short wait.
"""

import dis
import itertools
import sys
import threading
from collections.abc import Callable, Iterator
from functools import cache
from types import CodeType, FrameType, ModuleType
from typing import Any, Generic, TypeAlias, TypeVar

__all__ = ["Calls", "interleavings", "not_serial", "twice"]

T = TypeVar("T")
Calls: TypeAlias = tuple[Callable[[], Any], Callable[[], Any]]
LOCKED = 0.005
"""The seconds after which a call that has not ended is believed to wait for a lock."""
LONGEST = 30.0
"""The seconds after which two calls that wait for each other are a failure."""

LOCAL = (
    "LOAD_FAST",
    "STORE_FAST",
    "LOAD_CONST",
    "LOAD_GLOBAL",
    "RESUME",
    "PUSH_NULL",
    "COPY",
    "SWAP",
    "NOP",
    "POP_JUMP",
)
"""Beginnings of instructions that touch nothing but the thread's own values. No other thread sees a stop at them."""


@cache
def _shared(code: CodeType, only: str) -> frozenset[int]:
    """The offsets of the instructions before which a call stops."""
    instructions = [one for one in dis.get_instructions(code) if not one.opname.startswith(LOCAL)]
    return frozenset(one.offset for one in instructions if one.opname.startswith(only))


def twice(call: Callable[[], Any]) -> Calls:
    """The same call, made by both threads."""
    return call, call


class _Call(Generic[T]):
    """A call in a thread of its own, which stops before an instruction of some files. Counts them from 1."""

    def __init__(
        self, function: Callable[[], T], files: frozenset[str] = frozenset(), stop_before: int = 0, only: str = ""
    ) -> None:
        self._function, self._files, self._left, self._only = function, files, stop_before, only
        self.stopped, self.ended, self._go_on = threading.Event(), threading.Event(), threading.Event()
        self.outcome: T | Exception
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        if self._files:
            sys.settrace(self._trace)
        try:
            self.outcome = self._function()
        except Exception as error:
            self.outcome = error
        finally:
            sys.settrace(None)
            self.ended.set()
            self.stopped.set()

    def _trace(self, frame: FrameType, event: str, argument: object) -> Any:
        if frame.f_code.co_filename not in self._files:
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        if event == "opcode" and frame.f_lasti in _shared(frame.f_code, self._only):
            self._left -= 1
            if self._left == 0:
                self.stopped.set()
                self._go_on.wait(LONGEST)
        return self._trace

    def result(self) -> T | Exception:
        self._go_on.set()
        assert self.ended.wait(LONGEST), "the two calls wait for each other"
        self._thread.join(LONGEST)
        return self.outcome


def interleavings(
    prepare: Callable[[], tuple[Callable[[], T], Callable[[], T]]], *modules: ModuleType, only: str = ""
) -> Iterator[tuple[T | Exception, T | Exception]]:
    """The outcomes of two calls, once for each instruction of `modules` before which the first call can stop.

    Args:
        prepare: returns two new calls on a new object. An exception that a call raises is its outcome.
        modules: the modules in which the first call stops.
        only: the beginning of the names of the instructions before which it stops, such as CALL for an object that
            keeps everything in files. Default: all that touch more than the thread's own values.
    """
    files = frozenset(str(module.__file__) for module in modules)
    for number in itertools.count(1):
        one, other = prepare()
        first = _Call(one, files, number, only)
        assert first.stopped.wait(LONGEST), "the first call does not end"
        if first.ended.is_set():
            return
        second = _Call(other)
        second.ended.wait(LOCKED)
        yield first.result(), second.result()


def not_serial(
    prepare: Callable[[], tuple[Callable[[], Any], Callable[[], Any], Callable[[], Any]]],
    *modules: ModuleType,
    only: str = "",
) -> list[tuple[Any, Any, Any]]:
    """What two calls at once lead to, but neither order of one call after the other.

    Args:
        prepare: returns two new calls on a new object, and a function that returns what they have left behind.
        modules: the modules in which the first call stops.
        only: as of `interleavings`.

    Returns:
        The outcomes of both calls, and what is left. Of an exception, its type. Empty if all is well.
    """
    seen = list[Callable[[], Any]]()

    def prepare_both() -> tuple[Callable[[], Any], Callable[[], Any]]:
        one, other, state = prepare()
        seen[:] = [state]
        return one, other

    one, other, state = prepare()
    expected = [(_outcome(one), _outcome(other), state())]
    one, other, state = prepare()
    second, first = _outcome(other), _outcome(one)
    expected.append((first, second, state()))
    outcomes = [(*map(_shown, pair), seen[0]()) for pair in interleavings(prepare_both, *modules, only=only)]
    assert outcomes, "the first call runs nothing of these modules"
    return [one for one in outcomes if one not in expected]


def _outcome(call: Callable[[], T]) -> Any:
    try:
        return call()
    except Exception as error:
        return type(error)


def _shown(outcome: Any) -> Any:
    return type(outcome) if isinstance(outcome, Exception) else outcome
