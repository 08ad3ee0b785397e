"""Who is told that code is being compiled: it takes seconds, the first time on a machine.

Imports no compiler: those who wish to be told need none.
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
    """Call ``tell`` once if code is compiled inside the block, before that begins, on the thread
    that does."""
    with _lock:
        _listeners.append(tell)
    try:
        yield
    finally:
        with _lock:
            if tell in _listeners:
                _listeners.remove(tell)


def compiling() -> None:
    """Tell all who wait for it that code is about to be compiled."""
    with _lock:
        waiting = _listeners[:]
        _listeners.clear()
    if waiting:
        log.info("compiling: the first use on this machine takes some seconds")
    for tell in waiting:
        tell()
