"""Pictures of a scene within a time limit: small ones first, larger ones while they fit."""

import base64
import logging
from threading import Event, Thread
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol

from vcore.evaluate.summary import ratio
from vcore.evaluate.thumbnail import encode_png
from vcore.model.html import table
from vcore.runtime.memory import human_bytes
from vcore.scenes.orbit import Orbit, first_orbit

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from vcore.scenes.cameras import Camera
    from vcore.scenes.field import Bounds

logger = logging.getLogger(__name__)

SMALLEST = 20
"""Shorter side of the first picture, in pixels."""
SHOWN_SIDE = 168
"""Longest side of a picture in a notebook, in pixels."""
SHOWN_SECONDS = 2.0
"""Time limit of a picture in a notebook."""
WAIT = 0.5
"""Time in seconds for which a notebook waits for the picture."""
SHAPES = (0.5, 2.0)
"""Smallest and largest ratio of height to width of a picture."""


class Drawable(Protocol):
    """Open scene; members as in ``Scene``."""

    bounds: "Bounds"
    cameras: "tuple[Camera, ...]"

    @property
    def truncated(self) -> bool:
        """Whether data is missing at the end."""
        ...

    @property
    def info(self) -> "Mapping[str, Any]":
        """Metadata and figures."""
        ...

    def render(self, pose: "Camera") -> "tuple[NDArray[np.uint8], NDArray[np.float32]]":
        """Return colours and depth."""
        ...


def quick_picture(
    scene: Drawable, side: int, seconds: float, orbit: Orbit | None = None
) -> "NDArray[np.uint8]":
    """Return a picture of a scene, of a longest side of up to ``side`` pixels.

    Each size is the double of the one before, and is rendered if it is expected to be done within
    ``seconds`` in all; the first one always is, however long it takes, twice as the scene is
    decoded for it.

    Returns
    -------
    ndarray
        (height, width, 3) uint8.
    """
    orbit = orbit or first_orbit(scene.bounds, scene.cameras)
    height, width = scene.cameras[0].size if scene.cameras else (3, 4)
    tall = min(max(height / width, SHAPES[0]), SHAPES[1])
    whole = (side, max(round(side / tall), 1)) if tall > 1 else (max(round(side * tall), 1), side)
    size = tuple(max(1, round(n * min(1.0, SMALLEST / min(whole)))) for n in whole)
    scene.render(orbit.camera((size[0], size[1]), scene.bounds))  # decodes, and compiles
    began = perf_counter()
    while True:
        started = perf_counter()
        found = scene.render(orbit.camera((size[0], size[1]), scene.bounds))[0]
        now = perf_counter()
        larger = tuple(min(2 * n, limit) for n, limit in zip(size, whole, strict=True))
        growth = larger[0] * larger[1] / (size[0] * size[1])
        if larger == size or now - began + (now - started) * growth > seconds:
            return found
        size = larger


class Shown:
    """A scene in a notebook: figures, and a picture that is rendered on a thread.

    A picture that takes longer than ``WAIT`` appears the next time the scene is shown.

    Parameters
    ----------
    scene
        Open scene.
    """

    def __init__(self, scene: Drawable) -> None:
        self._scene = scene
        self._picture: NDArray[np.uint8] | None = None
        self._done = Event()
        if not scene.truncated:
            Thread(target=self._render, name="vcore-thumbnail", daemon=True).start()
        else:
            self._done.set()

    def _render(self) -> None:
        try:
            self._picture = quick_picture(self._scene, SHOWN_SIDE, SHOWN_SECONDS)
        except Exception:  # whatever is damaged: the table does without a picture
            logger.debug("no picture of %s", self._scene.info["file"], exc_info=True)
        self._done.set()

    def html(self) -> str:
        """Return the table as HTML, with the picture if there is one yet."""
        scene, info = self._scene, self._scene.info
        there = self._done.wait(WAIT)
        notes = [] if there else ["The picture is being rendered: show the table again."]
        notes += ["The file is incomplete."] if info["truncated"] else []
        facts = ["Scene", human_bytes(info["bytes"]), ratio(info["ratio"])]
        extent = " x ".join(f"{n:.4g}" for n in scene.bounds.extent)
        psnr = info["achieved"].get("psnr")
        told = f"{psnr:.1f} dB" if isinstance(psnr, int | float) else "unknown"
        row = (info["method"], extent, str(len(scene.cameras)), told)
        name = info["file"].replace("\\", "/").rstrip("/").rpartition("/")[2]
        return table(
            name,
            facts,
            ("method", "extent", "cameras", "PSNR"),
            [row],
            numbers=("cameras", "PSNR"),
            notes=notes,
            picture=self._image(),
        )

    def _image(self) -> str:
        if self._picture is None:
            return ""
        height, width = self._picture.shape[:2]
        factor = SHOWN_SIDE / max(height, width)
        data = base64.b64encode(encode_png(self._picture)).decode()
        return (
            f'<img alt="view" width="{round(width * factor)}" height="{round(height * factor)}" '
            'style="border-radius:4px;flex:none;max-width:none;margin:0" '
            f'src="data:image/png;base64,{data}">'
        )
