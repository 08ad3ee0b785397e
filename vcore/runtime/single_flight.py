"""Results computed once, however many threads ask at the same time, the last ones kept."""

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
    """Results by key: those under way, shared by all who ask, and those used last.

    Parameters
    ----------
    max_weight
        What the kept results may weigh together.
    weigh
        Weight of a result; 1 each by default.
    at_least
        How many of the last results are kept whatever they weigh.

    Attributes
    ----------
    computed
        How many results have been computed.
    weight
        What the kept results weigh.
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
        """Return the future result of ``key``, and whether the caller is to compute it: it then
        calls ``finish`` or ``fail``."""
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
        """Return whether to compute a result that several were told to: the first one, unless those
        who wait gave up."""
        with self._lock:
            started = future.running() or future.done()
            return not started and future.set_running_or_notify_cancel()

    def finish(self, key: Any, future: Future[R], result: R) -> None:
        """Keep a result and give it to those who wait."""
        weight = self._weigh(result)
        with self._lock:
            self.computed += 1
            self._under_way.pop(key, None)
            self._kept[key] = future, weight
            self.weight += weight
            self._trim()
        future.set_result(result)

    def fail(self, key: Any, future: Future[R], error: BaseException) -> None:
        """Raise an error where the result is waited for; the next who asks computes anew."""
        self.forget(key)
        future.set_exception(error)

    def forget(self, key: Any) -> None:
        """Take a result as not under way."""
        with self._lock:
            self._under_way.pop(key, None)

    def kept(self, key: Any) -> R | None:
        """Return a result that is there already, None where there is none."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            future = self._kept[key][0]
        return future.result()

    def is_under_way(self, key: Any) -> bool:
        """Return whether some thread is computing this result."""
        return key in self._under_way

    def keys(self) -> list[Any]:
        """Return the keys of the kept results, the one used last at the end."""
        with self._lock:
            return list(self._kept)

    def resize(self, max_weight: int) -> None:
        """Keep at most so much from now on."""
        with self._lock:
            self.max_weight = max_weight
            self._trim()

    def _trim(self) -> None:
        while self.weight > self.max_weight and len(self._kept) > self._at_least:
            self.weight -= self._kept.popitem(last=False)[1][1]


class OnceCache(Generic[R]):
    """The last results of a function of hashable arguments: ``maxsize`` of them, or as many as
    weigh so much together.

    Unlike ``functools.lru_cache`` a result that is being computed is waited for, not computed
    again.
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
                with own_lane():  # those that wait for this result may hold every thread
                    result = self._function(*key)
            except BaseException as error:
                self._results.fail(key, future, error)
                raise
            self._results.finish(key, future, result)
        return future.result()

    def kept(self, *key: Any) -> R | None:
        """Return a result that is there already, None where there is none."""
        return self._results.kept(key)

    def is_under_way(self, *key: Any) -> bool:
        """Return whether some thread is computing this result."""
        return self._results.is_under_way(key)


def once_cache(
    maxsize: int, weigh: Callable[[Any], int] = _one
) -> Callable[[Callable[..., R]], OnceCache[R]]:
    """Decorate a function: see ``OnceCache``."""
    return lambda function: OnceCache(function, maxsize, weigh)
