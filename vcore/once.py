"""Results computed once, however many threads ask at the same time."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from functools import wraps
from typing import Any, TypeVar

R = TypeVar("R")


def once_cache(maxsize: int) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Keep the last ``maxsize`` results of a function of hashable arguments.

    Unlike ``functools.lru_cache`` a result that is being computed is waited for, not computed
    again.
    """

    def decorate(function: Callable[..., R]) -> Callable[..., R]:
        kept: OrderedDict[Any, Future[R]] = OrderedDict()
        lock = threading.Lock()

        @wraps(function)
        def cached(*key: Any) -> R:
            with lock:
                future = kept.get(key)
                mine = future is None
                if future is None:
                    future = kept[key] = Future()
                    if len(kept) > maxsize:
                        kept.popitem(last=False)
                else:
                    kept.move_to_end(key)
            if mine:
                try:
                    future.set_result(function(*key))
                except BaseException as error:
                    with lock:
                        kept.pop(key, None)
                    future.set_exception(error)
                    raise
            return future.result()

        return cached

    return decorate
