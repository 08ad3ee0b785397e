"""OpenGL contexts current on this thread: VTK's, and those of others, such as napari's.

On Linux a thread has one current context of either GLX (Qt on X11) or EGL. While it is one of GLX,
EGL makes none current; VTK does not notice, and draws into the other library's context, with wrong
colours and with objects of the other's deleted.
"""

import ctypes
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

EGL = ("vtkEGLRenderWindow", "libEGL.so.1")
"""VTK's window that renders by EGL, and its library."""
GLX = ("libGLX.so.0", "libGL.so.1")
"""Libraries that may hold the current context of GLX, first the one of systems that have both."""
DRAW, READ = 0x3059, 0x305A
"""EGL_DRAW and EGL_READ."""


@contextmanager
def alone(window: Any) -> Iterator[None]:
    """Leave ``window`` the only one with a context in the block, and other libraries theirs after
    it: they would take VTK's for their own."""
    with set_aside():
        try:
            yield
        finally:
            release(window)


@contextmanager
def set_aside() -> Iterator[None]:
    """Have no context current at the start of the block, and the previous one, if any, after it.

    VTK's must be released in the block.
    """
    restores = [_left("glX", *GLX), _left("egl", EGL[1])]
    try:
        yield
    finally:
        for restore in restores:
            if restore is not None:
                restore()


def release(window: Any) -> None:
    """Leave no context of ``window`` current on this thread."""
    window.ReleaseCurrent()
    if window.GetClassName() == EGL[0]:  # VTK's ReleaseCurrent does nothing there
        _left("egl", EGL[1])


def is_current(window: Any) -> bool:
    """Return whether a context of ``window`` is current; VTK's IsCurrent says so always of EGL."""
    egl = _loaded(EGL[1]) if window.GetClassName() == EGL[0] else None
    return egl is None or bool(_function(egl, "eglGetCurrentContext")())


def _left(api: str, *libraries: str) -> Callable[[], int] | None:
    """Leave no context of ``api`` current; return a function that restores the one that was."""
    library = next(filter(None, map(_loaded, libraries)), None)
    if library is None or not (context := _function(library, f"{api}GetCurrentContext")()):
        return None
    if api == "egl":
        surface, make = _function(library, "eglGetCurrentSurface"), "eglMakeCurrent"
        draw, read = surface(DRAW), surface(READ)
    else:
        make = "glXMakeContextCurrent"
        draw = _function(library, "glXGetCurrentDrawable")()
        read = _function(library, "glXGetCurrentReadDrawable")()
    display = _function(library, f"{api}GetCurrentDisplay")()
    change = getattr(library, make)
    change.argtypes = [ctypes.c_void_p] * 4
    change(display, None, None, None)
    return partial(change, display, draw, read, context)


def _function(library: ctypes.CDLL, name: str) -> Any:
    """Return a function that gives a handle: a pointer, or a number of the X server."""
    found = getattr(library, name)
    found.restype = ctypes.c_void_p
    return found


def _loaded(library: str) -> ctypes.CDLL | None:
    """Return a library that this process uses already."""
    if not sys.platform.startswith("linux"):
        return None  # there, a context that is made current replaces any other
    try:
        return ctypes.CDLL(library, mode=os.RTLD_LAZY | os.RTLD_NOLOAD)
    except OSError:
        return None
