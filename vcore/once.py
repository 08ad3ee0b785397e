"""Results computed once, however many threads ask at the same time."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from functools import wraps
from typing import Any, TypeVar

R = TypeVar("R")


def once_cache(
    maxsize: int, weigh: Callable[[Any], int] = lambda _: 1
) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Keep the last results of a function of hashable arguments: ``maxsize`` of them, or as many as
    weigh so much together.

    Unlike ``functools.lru_cache`` a result that is being computed is waited for, not computed
    again.
    """

    def decorate(function: Callable[..., R]) -> Callable[..., R]:
        kept: OrderedDict[Any, Future[R]] = OrderedDict()
        weights: dict[Any, int] = {}
        lock = threading.Lock()

        @wraps(function)
        def cached(*key: Any) -> R:
            with lock:
                future = kept.get(key)
                mine = future is None
                if future is None:
                    future = kept[key] = Future()
                else:
                    kept.move_to_end(key)
            if mine:
                try:
                    result = function(*key)
                except BaseException as error:
                    with lock:
                        kept.pop(key, None)
                    future.set_exception(error)
                    raise
                with lock:
                    if kept.get(key) is future:
                        weights[key] = weigh(result)
                    while sum(weights.values()) > maxsize and len(kept) > 1:
                        weights.pop(kept.popitem(last=False)[0], None)
                future.set_result(result)
            return future.result()

        return cached

    return decorate
