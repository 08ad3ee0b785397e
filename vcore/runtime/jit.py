"""Decorators of compiled functions, with machine code cached on disk next to the source or in
``NUMBA_CACHE_DIR``, if writable.

Imports numba: import this module only where compiled functions are defined.
"""

import gc
from collections.abc import Callable
from typing import Any

import numba as nb
import numpy as np
from numba.core import event

from vcore.runtime import compile_events as first_use

Decorator = Callable[[Callable[..., Any]], Any]
unkept: set[str] = set()
"""Modules whose machine code cannot be cached, for lack of a writable folder."""


def compiled(**options: Any) -> Decorator:
    """Return a decorator that compiles with numba's ``options`` and releases the GIL."""

    def decorate(function: Callable[..., Any]) -> Any:
        known = {"nogil": True, "error_model": "numpy", **options}
        try:
            return nb.njit(cache=True, **known)(function)
        except RuntimeError:  # no writable folder: compiled again in every process
            unkept.add(function.__module__)
            return nb.njit(**known)(function)

    return decorate


jit = compiled()
kernel = compiled(no_cfunc_wrapper=True, _nrt=False)
"""Decorator for functions that allocate no arrays, which need no reference counts."""
inner = compiled(no_cpython_wrapper=True, no_cfunc_wrapper=True, _nrt=False, forceinline=True)
"""Decorator for helpers called only from compiled code; force-inlined, which cuts compile time by a
third. They must not allocate arrays, as reference counting is off: it takes an atomic operation per
array argument, together a third of the time of coding a bit."""
inline = nb.njit(inline="always", error_model="numpy")
"""Decorator for small helpers in the hottest loops, inlined before type inference; slow to
compile."""


@inner
def sign(v: Any) -> Any:
    """Return -1, 0 or 1; numpy's function takes numba many times longer to compile."""
    return np.int64(v > 0) - np.int64(v < 0)


class _Announcer(event.Listener):
    """Listener that reports compilations of vcore's functions; cache hits raise no event.

    The garbage collector pauses meanwhile, which saves 7 % of the time; numba's lock lets one
    thread compile at a time.
    """

    def __init__(self) -> None:
        self._depth, self._paused = 0, False

    def on_start(self, started: Any) -> None:
        if started.data["dispatcher"].py_func.__module__.startswith("vcore."):
            first_use.compiling()
        if self._depth == 0 and gc.isenabled():
            self._paused = True
            gc.disable()
        self._depth += 1

    def on_end(self, ended: Any) -> None:
        self._depth -= 1
        if self._depth == 0 and self._paused:
            self._paused = False
            gc.enable()


event.register("numba:compile", _Announcer())  # type: ignore[no-untyped-call]
