"""Off-screen window of VTK: from a machine's GPU, or in software without a display."""

import ctypes
import os
import sys
import weakref
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.collections.camera import Turntable
from vcore.errors import MissingExtraError, VcoreError
from vcore.io.request import need
from vcore.render.contexts import EGL, alone, is_current, release, set_aside

LIGHTS = (((-0.5, 0.7, 1.0), 0.85), ((0.4, -0.2, 1.0), 0.25))
"""Position relative to the camera (right, up, towards it) and intensity of each light."""
PAD = 1e-3
"""Room in front of and behind the scene, as a fraction of its depth."""
NEAREST = 1e-4
"""Distance of the near clipping plane at least, as a fraction of the far one's."""

LIBRARIES = (
    EGL,
    ("vtkOSOpenGLRenderWindow", "libOSMesa.so.8"),
    ("vtkOSOpenGLRenderWindow", "libOSMesa.so"),
    ("vtkXOpenGLRenderWindow", ""),
)
"""Windows on Linux in order of preference, and the library that each loads; "" needs a display.
VTK itself takes a missing OSMesa for a working one."""


class RenderError(VcoreError, RuntimeError):
    """A failure of the graphics library."""


def off_screen() -> Any:
    """Return a window that needs no display.

    On Linux, EGL is tried first (GPU or software), then OSMesa, then the X server, if any.

    Raises
    ------
    MissingExtraError
        vtk, or every one of these libraries, is missing.
    """
    opengl = need("vtkmodules.vtkRenderingOpenGL2")
    import_module("vtkmodules.vtkRenderingVolumeOpenGL2")  # registers the volume mapper
    core = import_module("vtkmodules.vtkRenderingCore")
    if not sys.platform.startswith("linux"):
        found = core.vtkRenderWindow()
        found.SetOffScreenRendering(1)
        return found
    displayed = bool(os.environ.get("DISPLAY"))
    logger = import_module("vtkmodules.vtkCommonCore").vtkLogger
    before = logger.GetCurrentVerbosityCutoff()
    logger.SetStderrVerbosity(logger.VERBOSITY_OFF)  # an attempt that fails is none of a user's
    try:
        for name, library in LIBRARIES:
            kind = getattr(opengl, name, None)  # VTK 9.3 has one of them, depending on the wheel
            if kind is None or not (_loads(library) if library else displayed):
                continue
            with set_aside():
                found = kind()
                found.SetOffScreenRendering(1)
                if found.SupportsOpenGL():
                    release(found)
                    return found
    finally:
        logger.SetStderrVerbosity(before)
    raise MissingExtraError(
        "Expected a library that renders without a display. Got none instead: install EGL of Mesa "
        "(apt-get install libegl1 libgl1-mesa-dri; dnf install mesa-libEGL mesa-dri-drivers) or "
        "OSMesa (apt-get install libosmesa6) with vtk 9.4 or later, or run the command under "
        "xvfb-run."
    )


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


class Window:
    """Window with one scene, seen from a turntable.

    Parameters
    ----------
    size
        Height and width in pixels.
    supersample
        Side of the square of samples of which each pixel's colour is the mean.
    corners
        World coordinates of the corners of all that is shown, shape (n, 3).
    """

    def __init__(
        self, size: tuple[int, int], supersample: int, corners: NDArray[np.float64]
    ) -> None:
        self.size, self._factor, self._corners = size, supersample, corners
        self._window = off_screen()
        core = import_module("vtkmodules.vtkRenderingCore")
        self._scene = core.vtkRenderer()
        self._window.SetMultiSamples(0)
        self._window.SetAlphaBitPlanes(1)
        self._window.SetSize(size[1] * supersample, size[0] * supersample)
        self._window.AddRenderer(self._scene)
        self._scene.SetBackground(0, 0, 0)
        self._scene.SetBackgroundAlpha(0)
        self._scene.AutomaticLightCreationOff()
        for position, intensity in LIGHTS:
            light = core.vtkLight()
            light.SetLightTypeToCameraLight()
            light.SetPosition(*position)
            light.SetFocalPoint(0, 0, 0)
            light.SetIntensity(intensity)
            self._scene.AddLight(light)
        self._errors: list[str] = []
        self._window.AddObserver("ErrorEvent", _noting(self._errors))
        # VTK's own destructor would delete from whichever context is current by then
        weakref.finalize(self, _close, self._window).atexit = False
        self._near, self._far, self._parallel = 0.0, 1.0, False

    @property
    def depth_range(self) -> tuple[float, float]:
        """Depths between which the scene lies, in world units."""
        return self._near, self._far

    def clear(self) -> None:
        """Remove all props."""
        with alone(self._window):
            self._scene.RemoveAllViewProps()

    def add(self, prop: Any) -> None:
        """Show a prop; an error of its mapper is raised after rendering."""
        prop.GetMapper().AddObserver("ErrorEvent", _noting(self._errors))
        self._scene.AddViewProp(prop)

    def look(self, camera: Turntable, pose: NDArray[np.float64]) -> None:
        """Place the camera; ``pose`` is the 4x4 matrix from the world to the eye."""
        rotation, shift = pose[:3, :3], pose[:3, 3]
        eye = -rotation.T @ shift
        found = self._scene.GetActiveCamera()
        found.SetPosition(*eye)
        found.SetFocalPoint(*(eye - camera.distance * rotation[2]))
        found.SetViewUp(*rotation[1])
        self._parallel = not camera.view_angle
        found.SetParallelProjection(self._parallel)
        if self._parallel:
            found.SetParallelScale(camera.parallel_scale)
        else:
            found.SetViewAngle(camera.view_angle)
        depths = -(self._corners @ rotation[2] + shift[2])
        room = max(float(np.ptp(depths)), 1e-6 * camera.distance) * PAD
        self._far = float(depths.max()) + room
        self._near = float(depths.min()) - room
        if not self._parallel:
            self._near = max(self._near, self._far * NEAREST)
        found.SetClippingRange(self._near, self._far)

    def colours(self) -> NDArray[np.uint8]:
        """Render and return RGBA, shape (y, x, 4), with straight alpha; empty pixels are 0."""
        (height, width), n = self.size, self._factor
        array = need("vtkmodules.vtkCommonCore").vtkUnsignedCharArray()
        with alone(self._window):
            self._render(1.0)
            self._window.GetRGBACharPixelData(0, 0, width * n - 1, height * n - 1, 0, array)
        samples = _numpy(array).reshape(height, n, width, n, 4)[::-1]
        # VTK blends onto transparent black, which leaves colours multiplied by alpha
        mean = samples.mean((1, 3), dtype=np.float32)
        alpha = np.rint(mean[..., 3:])
        straight = np.rint(mean[..., :3] * (255 / np.maximum(mean[..., 3:], 1e-6)))
        pixels = np.concatenate([straight.clip(0, 255), alpha], -1)
        return np.asarray(pixels * (alpha > 0)).astype(np.uint8)

    def depths(self) -> NDArray[np.float32]:
        """Render and return the distance along the view direction of the opaque surface at each
        pixel's centre, in world units, shape (y, x); NaN where there is none."""
        height, width = self.size
        array = need("vtkmodules.vtkCommonCore").vtkFloatArray()
        with alone(self._window):
            # one sample a pixel, in a corner of the window
            self._render(1.0 / self._factor)
            self._window.GetZbufferData(0, 0, width - 1, height - 1, array)
        z = _numpy(array).reshape(height, width)[::-1].astype(np.float64)
        near, far = self._near, self._far
        ahead, behind = near + z * (far - near), far - z * (far - near)
        depth = ahead if self._parallel else near * far / behind
        return np.where(z < 1, depth, np.nan).astype(np.float32)

    def _render(self, share: float) -> None:
        """Render into the lower left ``share`` of the window."""
        self._scene.SetViewport(0, 0, share, share)
        self._window.Render()
        if not is_current(self._window):
            raise RenderError(
                "Expected VTK to render into its own OpenGL context. Got another library's on this "
                "thread instead: render in a process of its own, such as `vcore render`."
            )
        if self._errors:
            text = "; ".join(dict.fromkeys(self._errors))
            self._errors.clear()
            raise RenderError(
                f"Expected VTK to render. Got an error of {text} instead: use a smaller size, or a "
                f"coarser level of the volume."
            )


def _noting(errors: list[str]) -> Callable[[Any, str], None]:
    """Return an observer that appends to ``errors``; one that held the Window would keep it alive
    until garbage is collected."""
    return lambda caller, event: errors.append(f"{caller.GetClassName()}: {event}")


def _close(window: Any) -> None:
    with alone(window):
        window.Finalize()


def _numpy(array: Any) -> NDArray[np.generic]:
    found: NDArray[np.generic] = import_module("vtkmodules.util.numpy_support").vtk_to_numpy(array)
    return found
