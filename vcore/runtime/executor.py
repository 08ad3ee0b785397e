"""Process-wide thread pool for decoding, with BLAS limited to one thread."""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

from vcore.runtime.lanes import own_lane

T = TypeVar("T")
R = TypeVar("R")


def threads() -> int:
    """Return the number of decode threads: ``VCORE_THREADS``, else the CPUs available to this
    process."""
    asked = os.environ.get("VCORE_THREADS", "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def _executor_of(process: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(threads() - 1, 1), "vcore")


def executor() -> ThreadPoolExecutor:
    """Return the pool of helper threads (a new one after a fork)."""
    return _executor_of(os.getpid())


def run_all(function: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Return ``[function(item) for item in items]``, computed by this thread and idle threads of
    the pool.

    Helpers that have not started are cancelled, not awaited: they could be queued behind threads
    that wait for this one's results.
    """
    work = list(items)
    with single_threaded_blas():
        if len(work) < 2 or threads() < 2:
            return [function(item) for item in work]
        results: list[Any] = [None] * len(work)
        left = deque(range(len(work)))

        def compute() -> None:
            try:
                while left:
                    try:
                        number = left.popleft()
                    except IndexError:  # another thread was faster
                        return
                    results[number] = function(work[number])
            except BaseException:
                left.clear()  # start no further items
                raise

        def help_out() -> None:
            with own_lane():
                compute()

        helpers = [executor().submit(help_out) for _ in range(min(threads(), len(work)) - 1)]
        compute()
        for helper in helpers:
            if not helper.cancel():
                helper.result()
        return results


class _BlasLimit:
    """Reference-counted limit of BLAS to one thread while any thread decodes.

    Overlapping ``threadpool_limits`` of several threads restore each other's limit and can leave
    OpenBLAS at one thread permanently.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._controller: Any = None
        self._limit: Any = None

    def enter(self) -> None:
        with self._lock:
            self._users += 1
            if self._users == 1:
                if self._controller is None:
                    from threadpoolctl import ThreadpoolController

                    self._controller = ThreadpoolController()
                self._limit = self._controller.limit(limits=1, user_api="blas")

    def leave(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0:
                self._limit.restore_original_limits()


_blas = _BlasLimit()


@contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Limit BLAS to one thread inside the block; blocks of several threads may overlap."""
    _blas.enter()
    try:
        yield
    finally:
        _blas.leave()
