"""Rendering by VTK in a process, and on a thread, whose current OpenGL context is Qt's."""

import ctypes
import gc
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cells import blobs
from qtpy.QtGui import QOffscreenSurface, QOpenGLContext

import vcore
from vcore.errors import MissingExtraError
from vcore.render import contexts, plan, window
from vcore.render.frames import Source

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="no GLX")
pytest.importorskip("vtkmodules")
LOOKS: dict[str, dict[str, Any]] = {
    "slices": {"slices": ("x=50%", "y=50%")},
    "isosurface": {"isosurface": "100"},
    "volume": {},
}
TEXTURE_2D, TEXTURE3, COUNT = 0x0DE1, 0x84C3, 64


class Drawing:
    """Another library that draws on this thread: textures in a context of Qt."""

    def __init__(self) -> None:
        self.surface, self.context = QOffscreenSurface(), QOpenGLContext()
        self.surface.create()
        assert self.context.create()
        self._gl = ctypes.CDLL("libGL.so.1")
        self._textures = (ctypes.c_uint * COUNT)()

    def start(self) -> None:
        assert self.context.makeCurrent(self.surface)
        self._gl.glGenTextures(COUNT, self._textures)
        for name in self._textures:
            self._gl.glBindTexture(TEXTURE_2D, name)
        self._gl.glActiveTexture(TEXTURE3)  # as napari leaves it

    def textures(self) -> int:
        """Return the number of textures that are left in the current context."""
        return sum(self._gl.glIsTexture(name) for name in self._textures)


@pytest.fixture
def drawing(qapp: Any) -> Iterator[Drawing]:
    if (other := QOpenGLContext.currentContext()) is not None:  # of an earlier test
        other.doneCurrent()
    found = Drawing()
    yield found
    found.context.doneCurrent()


def renderer(folder: Path, look: str) -> tuple[Any, np.ndarray]:
    """Return a renderer of a small volume, and its pose."""
    choices = plan.Choices(size=(40, 50), supersample=1, **LOOKS[look])
    volume = vcore.Volume.from_array(blobs(12, 14, 16))
    made = plan.database(Source(volume), folder, choices, "made")
    try:
        return made.subject.renderer(made.view), made.view.camera.pose({})
    except MissingExtraError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("look", LOOKS)
def test_colours_are_those_without_qt(drawing: Drawing, tmp_path: Path, look: str) -> None:
    first, pose = renderer(tmp_path, look)
    expected = first.render((), pose)["rgba"]
    assert len(np.unique(expected[..., :3])) > 20
    drawing.start()
    for _ in range(2):
        found, _ = renderer(tmp_path, look)
        np.testing.assert_array_equal(found.render((), pose)["rgba"], expected)
    np.testing.assert_array_equal(first.render((), pose)["rgba"], expected)
    del first, found
    gc.collect()
    assert drawing.textures() == COUNT


def test_a_context_that_is_not_its_own_is_refused(
    drawing: Drawing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, pose = renderer(tmp_path, "slices")
    if made._window._window.GetClassName() != contexts.EGL[0]:
        pytest.skip("VTK renders without EGL")
    drawing.start()
    if not contexts._loaded(contexts.GLX[0]):
        pytest.skip("Qt renders without GLX")
    monkeypatch.setattr(contexts, "GLX", ())
    with pytest.raises(window.RenderError, match="its own OpenGL context"):
        made.render((), pose)
