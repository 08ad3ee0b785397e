"""LRU caches with single flight: concurrent requests of a key share one computation."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from functools import update_wrapper
from typing import Any, Generic, TypeVar

from vcore.runtime.lanes import own_lane

R = TypeVar("R")


def _one(_: Any) -> int:
    return 1


class SingleFlight(Generic[R]):
    """LRU cache of results by key, with shared results in progress.

    Parameters
    ----------
    max_weight
        Maximum total weight of the cached results.
    weigh
        Weight of a result; 1 each by default.
    at_least
        Minimum number of results cached regardless of weight.

    Attributes
    ----------
    computed
        Number of results computed so far.
    weight
        Total weight of the cached results.
    """

    def __init__(
        self, max_weight: int, weigh: Callable[[Any], int] = _one, at_least: int = 0
    ) -> None:
        self.max_weight, self._weigh, self._at_least = max_weight, weigh, at_least
        self.computed = self.weight = 0
        self._kept: OrderedDict[Any, tuple[Future[R], int]] = OrderedDict()
        self._under_way: dict[Any, Future[R]] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def claim(self, key: Any) -> tuple[Future[R], bool]:
        """Return the future result of ``key``, and whether the caller must compute it and then call
        ``finish`` or ``fail``."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][0], False
            future = self._under_way.get(key)
            if future is not None and not future.cancelled():
                return future, False
            future = self._under_way[key] = Future()
            return future, True

    def begin(self, future: Future[R]) -> bool:
        """Return whether the caller is the first of several to compute a result, and it has not
        been cancelled."""
        with self._lock:
            started = future.running() or future.done()
            return not started and future.set_running_or_notify_cancel()

    def finish(self, key: Any, future: Future[R], result: R) -> None:
        """Cache a result and deliver it to all waiting threads."""
        weight = self._weigh(result)
        with self._lock:
            self.computed += 1
            self._under_way.pop(key, None)
            self._kept[key] = future, weight
            self.weight += weight
            self._trim()
        future.set_result(result)

    def fail(self, key: Any, future: Future[R], error: BaseException) -> None:
        """Deliver an error to all waiting threads; the next request computes again."""
        self.forget(key)
        future.set_exception(error)

    def forget(self, key: Any) -> None:
        """Drop a result in progress."""
        with self._lock:
            self._under_way.pop(key, None)

    def kept(self, key: Any) -> R | None:
        """Return a cached result, None if there is none."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            future = self._kept[key][0]
        return future.result()

    def is_under_way(self, key: Any) -> bool:
        """Return whether this result is being computed."""
        return key in self._under_way

    def keys(self) -> list[Any]:
        """Return the keys of the cached results, most recently used last."""
        with self._lock:
            return list(self._kept)

    def resize(self, max_weight: int) -> None:
        """Set the maximum total weight, and evict results beyond it."""
        with self._lock:
            self.max_weight = max_weight
            self._trim()

    def _trim(self) -> None:
        while self.weight > self.max_weight and len(self._kept) > self._at_least:
            self.weight -= self._kept.popitem(last=False)[1][1]


class OnceCache(Generic[R]):
    """LRU cache of a function with hashable arguments that computes each key once, bounded by count
    or total weight.

    Unlike with ``functools.lru_cache``, concurrent calls wait for a result in progress.
    """

    def __init__(
        self, function: Callable[..., R], maxsize: int, weigh: Callable[[Any], int]
    ) -> None:
        self._function = function
        self._results: SingleFlight[R] = SingleFlight(maxsize, weigh, at_least=1)
        update_wrapper(self, function)

    def __call__(self, *key: Any) -> R:
        future, mine = self._results.claim(key)
        if mine:
            try:
                with own_lane():  # threads waiting for this result may occupy the whole pool
                    result = self._function(*key)
            except BaseException as error:
                self._results.fail(key, future, error)
                raise
            self._results.finish(key, future, result)
        return future.result()

    def kept(self, *key: Any) -> R | None:
        """Return a cached result, None if there is none."""
        return self._results.kept(key)

    def is_under_way(self, *key: Any) -> bool:
        """Return whether this result is being computed."""
        return self._results.is_under_way(key)


def once_cache(
    maxsize: int, weigh: Callable[[Any], int] = _one
) -> Callable[[Callable[..., R]], OnceCache[R]]:
    """Return a decorator that caches a function; see ``OnceCache``."""
    return lambda function: OnceCache(function, maxsize, weigh)
