"""Results computed once, however many threads ask at the same time."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from functools import update_wrapper
from typing import Any, Generic, TypeVar

from vcore.runtime.lanes import own_lane

R = TypeVar("R")


class OnceCache(Generic[R]):
    """The last results of a function of hashable arguments: ``maxsize`` of them, or as many as
    weigh so much together.

    Unlike ``functools.lru_cache`` a result that is being computed is waited for, not computed
    again.
    """

    def __init__(
        self, function: Callable[..., R], maxsize: int, weigh: Callable[[Any], int]
    ) -> None:
        self._function, self._maxsize, self._weigh = function, maxsize, weigh
        self._kept: OrderedDict[Any, Future[R]] = OrderedDict()
        self._weights: dict[Any, int] = {}
        self._lock = threading.Lock()
        update_wrapper(self, function)

    def __call__(self, *key: Any) -> R:
        with self._lock:
            future = self._kept.get(key)
            mine = future is None
            if future is None:
                future = self._kept[key] = Future()
            else:
                self._kept.move_to_end(key)
        if mine:
            try:
                with own_lane():  # those that wait for this result may hold every thread
                    result = self._function(*key)
            except BaseException as error:
                with self._lock:
                    self._kept.pop(key, None)
                future.set_exception(error)
                raise
            with self._lock:
                if self._kept.get(key) is future:
                    self._weights[key] = self._weigh(result)
                while sum(self._weights.values()) > self._maxsize and len(self._kept) > 1:
                    self._weights.pop(self._kept.popitem(last=False)[0], None)
            future.set_result(result)
        return future.result()

    def kept(self, *key: Any) -> R | None:
        """Return a result that is there already, None where there is none."""
        with self._lock:
            future = self._kept.get(key)
        done = future is not None and future.done() and future.exception() is None
        return future.result() if done and future is not None else None

    def is_under_way(self, *key: Any) -> bool:
        """Return whether some thread is computing this result."""
        with self._lock:
            future = self._kept.get(key)
        return future is not None and not future.done()


def once_cache(
    maxsize: int, weigh: Callable[[Any], int] = lambda _: 1
) -> Callable[[Callable[..., R]], OnceCache[R]]:
    """Decorate a function: see ``OnceCache``."""
    return lambda function: OnceCache(function, maxsize, weigh)
