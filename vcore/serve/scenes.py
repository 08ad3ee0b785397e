"""A served scene: its description, its views as PNG, and its volume as Zarr arrays."""

import re
from collections.abc import Mapping
from dataclasses import fields
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from vcore._version import __version__
from vcore.errors import InputError
from vcore.evaluate.thumbnail import encode_png
from vcore.scenes.orbit import UPS, Orbit, first_orbit, up_of
from vcore.scenes.picture import quick_picture
from vcore.scenes.volume import SceneStore
from vcore.serve.collections import Codes, CollectionTree, packed_codes
from vcore.serve.image import ServedImage

if TYPE_CHECKING:
    from vcore.container import Container
    from vcore.model.context import Context
    from vcore.scenes.scene import Scene

SIDE, SECONDS = 320, 3.0
"""Longest side of a cover in pixels, and time limit of its rendering."""
LEVEL = 1
"""Level of zlib for views, which are looked at once."""
RESOLUTION = 128
"""Voxels along the longest side of the Zarr arrays."""
MAX_SIDE, MAX_PIXELS = 2048, 1 << 20
"""Limits of a rendered view."""
MAX_CAMERAS = 200
"""Cameras that the page offers; of more, so many are spread over all."""
COLOUR, DEPTH = SHOWN = ("colour", "depth")
"""What a view shows, as the page asks for it."""
SIZE = re.compile(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})")
"""Width and height in a request."""


class ServedScene:
    """A scene as rendered views and as Zarr arrays.

    Parameters
    ----------
    scene
        The open file.
    codec
        Codec of the chunks of the Zarr arrays: "none" or "zstd".
    """

    def __init__(self, scene: "Scene", codec: str) -> None:
        self._scene = scene
        self._lock = Lock()
        self.tag = f"{scene.identity[1]:08x}-{codec}-{__version__}"
        tree = CollectionTree(SceneStore.keys_of(scene.volume(RESOLUTION)))
        self.zarr = ServedImage(tree, self.tag, codec)
        """Density and colour on a grid."""

    @property
    def serial(self) -> int:
        """Unique number of the scene."""
        return self.zarr.serial

    @property
    def first(self) -> Orbit:
        """The first view."""
        return first_orbit(self._scene.bounds, self._scene.cameras)

    @cached_property
    def about(self) -> dict[str, Any]:
        """Description for the page, as JSON values; nothing is decoded for it."""
        found = self._scene
        psnr = found.header.get("achieved", {}).get("psnr")
        return {
            "tag": self.tag,
            "method": found.method,
            "bounds": [list(found.bounds.low), list(found.bounds.high)],
            "background": list(found.background),
            "first": self.first.to_json(),
            "ups": list(UPS),
            "cameras": self._cameras(),
            "count": len(found.cameras),
            "limits": {"side": MAX_SIDE, "pixels": MAX_PIXELS},
            "psnr": float(psnr) if isinstance(psnr, int | float) and np.isfinite(psnr) else None,
            "bytes": found.stored_bytes,
            "ratio": found.nbytes / max(found.stored_bytes, 1),
            "truncated": found.truncated,
        }

    def _cameras(self) -> list[dict[str, Any]]:
        scene = self._scene
        up, count = up_of(scene.cameras), len(scene.cameras)
        chosen = np.unique(np.linspace(0, max(count - 1, 0), min(count, MAX_CAMERAS)).astype(int))
        return [
            {
                "name": scene.cameras[k].name or f"camera {k}",
                "orbit": Orbit.of(scene.cameras[k], scene.bounds, up).to_json(),
            }
            for k in chosen
        ]

    def view(self, asked: Mapping[str, str]) -> tuple[Orbit, tuple[int, int]]:
        """Return the view and the size y x that a request asks for.

        Parameters
        ----------
        asked
            ``size`` as "WIDTHxHEIGHT", and members of ``Orbit``, ``target`` as "x,y,z"; those that
            are missing are those of the first view.

        Raises
        ------
        ValueError
            A number is missing or impossible.
        """
        match = SIZE.fullmatch(asked.get("size", "320x240"))
        width, height = (int(n) for n in match.groups()) if match else (0, 0)
        if not 0 < width * height <= MAX_PIXELS or max(width, height) > MAX_SIDE:
            raise ValueError(
                f"Expected size as WIDTHxHEIGHT, of up to {MAX_SIDE} pixels a side and "
                f"{MAX_PIXELS} in all."
            )
        found: dict[str, Any] = {}
        for name in (f.name for f in fields(Orbit)):
            if name not in asked:
                continue
            text = asked[name][:200]
            try:
                numbers = tuple(float(v) for v in text.split(",")) if name != "up" else ()
            except ValueError:
                numbers = ()
            if name != "up" and len(numbers) != (3 if name == "target" else 1):
                wanted = "three numbers with commas" if name == "target" else "a number"
                raise ValueError(f"Expected {wanted} as {name}. Got {text[:40]!r} instead.")
            found[name] = text if name == "up" else numbers if name == "target" else numbers[0]
        try:
            orbit = self.first.changed(**found)
            orbit.camera((height, width), self._scene.bounds)
        except InputError as error:
            raise ValueError(str(error)) from error
        return orbit, (height, width)

    def shown(self, asked: Mapping[str, str]) -> str:
        """Return what a request asks for, one of ``SHOWN``; ValueError if it is none."""
        if (found := asked.get("shown", COLOUR)) not in SHOWN:
            raise ValueError(f"Expected shown as {' or '.join(SHOWN)}. Got {found[:40]!r} instead.")
        return found

    def picture(
        self, orbit: Orbit, size: tuple[int, int], context: "Context", shown: str = COLOUR
    ) -> tuple[bytes, tuple[float, float]]:
        """Return a view as PNG, and the smallest and largest depth in it, in world units.

        Depths are 16-bit codes, red and green the higher and the lower byte: 0 where nothing is
        seen, 1 for the smallest and 65,535 for the largest depth.

        Raises
        ------
        VcoreError
            The scene cannot be decoded.
        Cancelled
            The context was cancelled.
        """
        self._decoded()
        camera = orbit.camera(size, self._scene.bounds)
        rgb, depth = self._scene.render(camera, context=context)
        seen = depth[np.isfinite(depth)]
        ends = (float(seen.min()), float(seen.max())) if seen.size else (0.0, 0.0)
        if shown == DEPTH:
            rgb = packed_codes(Codes.of(depth.dtype, *ends).encode(depth))
        return encode_png(rgb, LEVEL), ends

    def cover(self) -> bytes:
        """Return a small PNG of the first view.

        Raises
        ------
        VcoreError
            The scene cannot be decoded.
        """
        self._decoded()
        return encode_png(quick_picture(self._scene, SIDE, SECONDS), LEVEL)

    def _decoded(self) -> None:
        """Decode the field, once however many requests need it."""
        with self._lock:
            _ = self._scene.field


def is_scene(container: "Container") -> bool:
    """Return whether an open file is a scene."""
    return container.header.get("kind") == "scene"
