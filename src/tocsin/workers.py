"""Run a function over tasks in several processes, in order, in bounded memory, surviving the death of a process.

Enters: tasks (picklable) and a function. Leaves: results in the order of the tasks. This file knows nothing of
what the tasks are.
"""

from __future__ import annotations

import gc
import itertools
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Generic, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


class Workers(Generic[Task, Result]):
    """A pool of `count` processes that share what this process had loaded; 0 or 1 works in this process.

    A task whose process dies (a native library that an attacker's bytes crash) is tried once more alone; if that
    process dies too, `given_up(task)` gives its result, and the others go on.
    """

    def __init__(self, count: int, work: Callable[[Task], Result], given_up: Callable[[Task], Result]) -> None:
        self._count = count
        self._work = work
        self._key = next(_KEYS)
        self._given_up = given_up
        self._pool: ProcessPoolExecutor | None = None

    def run(self, tasks: Iterable[Task]) -> Iterator[Result]:
        """Give the result of every task, in order."""
        if self._count < 2:
            yield from map(self._work, tasks)
            return
        _WORK[self._key] = self._work
        try:
            yield from self._run(tasks)
        finally:
            self._close()
            del _WORK[self._key]

    def _run(self, tasks: Iterable[Task]) -> Iterator[Result]:
        waiting: deque[tuple[Task, Future[Result]]] = deque()
        for task in tasks:
            waiting.append((task, self._submit(task)))
            if len(waiting) > 2 * self._count + 1:
                yield self._result(*waiting.popleft())
        while waiting:
            yield self._result(*waiting.popleft())

    def _submit(self, task: Task) -> Future[Result]:
        if self._pool is None:
            self._pool = _pool(self._count)
        try:
            return self._pool.submit(_call, self._key, task)
        except BrokenProcessPool:
            self._close()
            return self._submit(task)

    def _result(self, task: Task, future: Future[Result]) -> Result:
        try:
            return future.result()
        except BrokenProcessPool:
            return self._alone(task)

    def _alone(self, task: Task) -> Result:
        with _pool(1) as pool:
            future: Future[Result] = pool.submit(_call, self._key, task)
            try:
                return future.result()
            except BrokenProcessPool:
                return self._given_up(task)

    def _close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


_KEYS = itertools.count()
_WORK: dict[int, Callable[[Any], Any]] = {}
"""What forked processes find already in place: the work itself is never pickled."""


def _call(key: int, task: Any) -> Any:
    return _WORK[key](task)


def _pool(count: int) -> ProcessPoolExecutor:
    """Fork, so that compiled rules are shared, not loaded again."""
    gc.freeze()
    return ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("fork"))
