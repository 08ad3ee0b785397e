"""Scene: an open file of kind ``scene``, rendered from any view."""

from functools import cached_property
from importlib import import_module
from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcore.container import Container
from vcore.container.open_file import OpenFile
from vcore.errors import FormatError, InputError
from vcore.model.context import Context
from vcore.runtime.memory import human_bytes
from vcore.scenes import methods
from vcore.scenes.cameras import Camera, turntable
from vcore.scenes.header import SceneHeader
from vcore.scenes.methods.base import CodedScene

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vcore.scenes.field import Bounds, RadianceField, Triple, View
    from vcore.scenes.mesh import Mesh
    from vcore.scenes.picture import Shown
    from vcore.scenes.volume import SceneVolume

CACHE_BYTES = 1 << 28
"""Default size of the caches of computed chunks, in bytes."""


class Scene(OpenFile):
    """An open radiance field, as returned by ``vcore.open``.

    Opening reads metadata only; the field is decoded when it is first rendered or sampled.

    Parameters
    ----------
    source
        Path, http(s) URL, bytes, binary stream, a container that is open, or anything with
        ``size``, ``name`` and ``read(offset, length)``.
    cache_bytes
        Maximum size of the cache of computed chunks of a volume, in bytes.

    Raises
    ------
    FormatError
        Not a file of a scene, damaged, or of an unknown version.

    Examples
    --------
    >>> s = vcore.open("lego.vcore")
    >>> rgb, depth = s.render(s.cameras[0], size=(200, 200))
    >>> s.volume(128).density[...]                # (z, y, x) float32
    """

    def __init__(self, source: Any, *, cache_bytes: int = CACHE_BYTES) -> None:
        self._container = source if isinstance(source, Container) else Container(source)
        self.cache_bytes = cache_bytes
        described = SceneHeader.from_json(self._container.header)
        if any(s.variable for s in self._container.sections):
            raise FormatError("The section table is damaged: a section of no scene.")
        self._described = described
        self.method: str = described.method
        self.bounds: Bounds = described.bounds
        self.background: Triple = described.background
        self.cameras: tuple[Camera, ...] = described.cameras
        self.attributes: Mapping[str, Any] = described.attributes
        self._readers = [self._container.sections_of(0)]

    @cached_property
    def field(self) -> "RadianceField":
        """The decoded field."""
        described = self._described
        method = methods.get_for_file(described.method)
        coded = CodedScene(
            described.bounds,
            described.background,
            described.cameras,
            described.nbytes,
            self.name,
            described.attributes,
        )
        settings = method.Settings.from_header(described.settings)
        return method.open(coded, settings, described.state, self._readers[0])

    # rendering

    def camera(self, name: str) -> Camera:
        """Return the camera of a name.

        Raises
        ------
        InputError
            There is none.
        """
        found = next((c for c in self.cameras if c.name == name), None)
        if found is None:
            known = ", ".join(c.name for c in self.cameras[:6] if c.name) or "no names"
            raise InputError(f"Expected one of the cameras {known} … Got {name!r:.80} instead.")
        return found

    def view(self, camera: Camera, *, context: Context | None = None) -> "View":
        """Return colour, depth and alpha of what ``camera`` sees."""
        return self.field.render(camera, context=context)

    def render(
        self,
        pose: Camera | ArrayLike,
        size: tuple[int, int] | None = None,
        *,
        context: Context | None = None,
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Return an image.

        Parameters
        ----------
        pose
            Camera, or (4, 4) matrix from eye to world coordinates (OpenGL axes), seen with the
            angle of view of the scene's first camera, or of 40 degrees.
        size
            Height and width in pixels; default that of the camera, or 256 x 256.

        Returns
        -------
        rgb, depth
            (height, width, 3) uint8, in front of the background; (height, width) float32, depth
            along the direction of view in world units, NaN where nothing is seen.

        Raises
        ------
        InputError
            The pose or the size is impossible.
        """
        size = None if size is None else _sides(size)
        camera = pose if isinstance(pose, Camera) else self._camera_at(np.asarray(pose), size)
        if size is not None and size != camera.size:
            camera = camera.resized(size)
        found = self.view(camera, context=context)
        return found.pixels(), found.depth

    def _camera_at(self, pose: NDArray[Any], size: tuple[int, int] | None) -> Camera:
        if self.cameras:
            like = self.cameras[0]
        else:
            (like,) = turntable(self.bounds, [(90.0, 0.0)], size=(256, 256), view_angle=40.0)
        like = like.resized(size) if size is not None else like
        return Camera(pose, like.size, like.focal, like.near, like.far, centre=like.centre)

    # other forms

    def volume(self, resolution: int = 128) -> "SceneVolume":
        """Return density and colour on a grid, computed chunk by chunk on access.

        Parameters
        ----------
        resolution
            Voxels along the longest side of the bounds.
        """
        from vcore.scenes.volume import SceneVolume

        return SceneVolume(self, resolution)

    def mesh(
        self, density: float | None = None, *, resolution: int = 128, context: Context | None = None
    ) -> "Mesh":
        """Return the surface of a density as triangles; see ``vcore.scenes.mesh``.

        Parameters
        ----------
        density
            Density per world unit; by default the one that is opaque by half over a voxel.
        """
        from vcore.scenes.mesh import mesh_of

        if density is None:
            density = float(np.log(2) * resolution / self.bounds.extent.max())
        return mesh_of(self.field, density, resolution, context)

    # the file

    @property
    def name(self) -> str:
        """Name of the source, or of the file."""
        source = self.header.get("source")
        told = source.get("name") if isinstance(source, dict) else None
        return str(told or self.identity[0])

    @property
    def nbytes(self) -> int:
        """Uncompressed size of the parameters as float32, in bytes."""
        return self._described.nbytes

    @property
    def info(self) -> dict[str, Any]:
        """Metadata and figures available without decoding, as JSON values."""
        described = self._described
        return {
            "file": self.identity[0],
            "kind": "scene",
            "bytes": self.stored_bytes,
            "ratio": self.nbytes / max(self.stored_bytes, 1),
            "truncated": self.truncated,
            "encoder": self.header.get("encoder"),
            "source": self.header.get("source"),
            "method": described.method,
            "settings": dict(described.settings),
            "state": dict(described.state),
            "bounds": [list(self.bounds.low), list(self.bounds.high)],
            "background": list(self.background),
            "cameras": [c.to_json() for c in self.cameras],
            "attributes": dict(self.attributes),
            "achieved": dict(described.achieved),
            "sections": self._readers[0].section_bytes(),
        }

    def to_napari(self, viewer: Any = None) -> Any:
        """Show density, colour, cameras and splats as napari layers; return the viewer.

        Parameters
        ----------
        viewer
            The viewer to add the layers to; by default a new one, which shows them in 3D.

        Raises
        ------
        MissingExtraError
            napari or the vcore plugin is not installed.
        """
        from vcore.display import add_layers

        shown = add_layers("napari_vcore.scenes", "scene_layers", self, viewer)
        if viewer is None:
            import_module("napari_vcore.scenes").show_in_space(shown)
        return shown

    @cached_property
    def _shown(self) -> "Shown":
        from vcore.scenes.picture import Shown

        return Shown(self)

    def _repr_html_(self) -> str:
        """Return a table of figures with a rendered view."""
        return self._shown.html()

    def __repr__(self) -> str:
        size, ratio = human_bytes(self.stored_bytes), self.nbytes / max(self.stored_bytes, 1)
        low, high = (", ".join(f"{v:.4g}" for v in corner) for corner in self.bounds)
        lines = [f"<vcore.Scene {self.identity[0]!r}: {size}, {ratio:.1f} : 1>"]
        lines.append(f"  {self.method}, within ({low}) and ({high})")
        if self.cameras:
            height, width = self.cameras[0].size
            lines.append(f"  {len(self.cameras)} cameras, of {width} x {height} pixels")
        return "\n".join(lines)

    def close(self) -> None:
        """Drop the decoded field; files are open only during reads."""
        for kept in ("field", "_shown"):
            vars(self).pop(kept, None)


def _sides(size: Any) -> tuple[int, int]:
    try:
        height, width = (index(n) for n in size)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"Expected `size` as height and width in whole pixels. Got {size!r:.80} instead."
        ) from error
    return height, width
