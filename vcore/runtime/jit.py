"""Decorators of compiled functions: machine code is kept on disk, beside the source or in
``NUMBA_CACHE_DIR``, where that can be written.

Imports numba: import it only in modules of compiled functions.
"""

from collections.abc import Callable
from typing import Any

import numba as nb
import numpy as np
from numba.core import event

from vcore.runtime import compile_events as first_use

Decorator = Callable[[Callable[..., Any]], Any]
unkept: set[str] = set()
"""Modules whose machine code no folder can take."""


def compiled(**options: Any) -> Decorator:
    """Return a decorator that compiles with numba's ``options``, without the lock of Python."""

    def decorate(function: Callable[..., Any]) -> Any:
        known = {"nogil": True, "error_model": "numpy", **options}
        try:
            return nb.njit(cache=True, **known)(function)
        except RuntimeError:  # no folder can be written: compiled anew in every process
            unkept.add(function.__module__)
            return nb.njit(**known)(function)

    return decorate


jit = compiled()
inner = compiled(no_cpython_wrapper=True, no_cfunc_wrapper=True, _nrt=False, forceinline=True)
"""Of functions that only compiled ones call, which become part of these: a third less to compile.
They allocate no arrays, so that none has to be counted: counting takes an atomic operation for each
array that is passed, together a third of the time of coding a bit."""
inline = nb.njit(inline="always", error_model="numpy")
"""Of small ones in the hottest loops: copied before types are inferred, which takes numba long."""


@inner
def sign(v: Any) -> Any:
    """Return -1, 0 or 1; numpy's function takes numba many times as long to compile."""
    return np.int64(v > 0) - np.int64(v < 0)


class _Announcer(event.Listener):
    """Says that a function of vcore is compiled; those from the cache raise no such event."""

    def on_start(self, started: Any) -> None:
        if started.data["dispatcher"].py_func.__module__.startswith("vcore."):
            first_use.compiling()

    def on_end(self, ended: Any) -> None:
        """Take no notice."""


event.register("numba:compile", _Announcer())  # type: ignore[no-untyped-call]
