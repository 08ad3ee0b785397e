"""Callbacks fired before numba first compiles, which takes seconds on first use on a machine.

Does not import numba, so listeners need not either.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

log = logging.getLogger(__name__)
_listeners: list[Callable[[], None]] = []
_lock = Lock()


@contextmanager
def on_compiling(tell: Callable[[], None]) -> Iterator[None]:
    """Call ``tell`` once before the first compilation inside the block, on the compiling thread."""
    with _lock:
        _listeners.append(tell)
    try:
        yield
    finally:
        with _lock:
            if tell in _listeners:
                _listeners.remove(tell)


def compiling() -> None:
    """Notify all registered callbacks that compilation is about to start."""
    with _lock:
        waiting = _listeners[:]
        _listeners.clear()
    if waiting:
        log.info("compiling: the first use on this machine takes some seconds")
    for tell in waiting:
        tell()
