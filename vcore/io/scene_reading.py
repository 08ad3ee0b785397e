"""``read_scene``: trained radiance fields, as their programs keep them."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from vcore.collections.collection import Collection
from vcore.collections.header import KIND as IMAGES_KIND
from vcore.collections.images import Images
from vcore.container import Container
from vcore.errors import InputError, SourceError
from vcore.io.formats import stem_of
from vcore.io.image_reading import is_images, read_images
from vcore.io.nerf_weights import is_weights
from vcore.io.nerf_weights import read as read_weights
from vcore.io.posed_reading import UNTOLD, is_posed, read_posed, seeing
from vcore.io.splat_reading import is_splats, read_splats
from vcore.model.context import Context
from vcore.scenes.field import Bounds, RadianceField, Triple

NEAR_PLANE = 0.75
"""Depth of the near plane by LLFF's smallest depth: the factor of the NeRF paper's code."""
SPLATS = "splats"
"""Method that is fitted to collections of images."""
WHITE: Triple = (1.0, 1.0, 1.0)


def is_scene(path: str) -> bool:
    """Return whether ``path`` is a scene rather than a volume or images: weights of a NeRF,
    splats, or posed images to fit one to."""
    return is_posed(path) or is_weights(path) or (is_splats(path) and os.path.isfile(path))


def read_scene(
    path: str | os.PathLike[str] | Images,
    *,
    method: str | None = None,
    settings: Mapping[str, Any] | None = None,
    poses: str | os.PathLike[str] | None = None,
    bounds: Sequence[float] | None = None,
    near: float | None = None,
    far: float | None = None,
    background: Sequence[float] | None = None,
    pixel_shift: float = 0.0,
    minutes: float = 20.0,
    ndc: bool = False,
    allow_outside: bool = False,
    context: Context | None = None,
) -> RadianceField:
    """Return a scene.

    Parameters
    ----------
    path
        Weights of a NeRF (`.npz`, `.safetensors`, a PyTorch checkpoint of nothing but weights);
        Gaussian splats (`.ply`, `.spz`, `.sog`, `.splat`); or posed images (see
        ``vcore.io.posed_reading.read_posed``), to which a network or splats are fitted. To a
        collection of images with a turntable's camera, splats are fitted, too.
    method
        Method for scenes whose field is fitted to images: `nerf` (default) or `splats`.
    settings
        Settings of the method by name, as far as they are those of a fit.
    poses
        Posed images of a trained network, or of splats.
    bounds
        Box that holds the scene, x0 y0 z0 x1 y1 z1 in world units; by default what the cameras see.
    near, far
        Depths of the cameras, instead of those of the poses; where neither tells them, 2 and 6 for
        a NeRF, and those of all splats for splats.
    background
        Red, green and blue of 0 to 1 behind the scene; white by default, black behind splats.
    pixel_shift
        See ``read_posed``.
    minutes
        Time limit for fitting to images.
    ndc
        Whether a network was trained, or is to be fitted, in normalised device coordinates, as the
        NeRF paper does for forward-facing scenes (weights do not tell). Those are the coordinates
        of the mean of all cameras, with a near plane at ``near``: where the poses are LLFF's, by
        default at three quarters of their smallest depth, as in the paper's code.
    allow_outside
        Also read images outside the folder of the poses.

    Raises
    ------
    InputError
        Nothing of that kind, weights of other shapes or that are not finite, no poses.
    """
    context = context or Context()
    behind = _colour(background)
    box = None if bounds is None else _box(bounds)
    if ndc and (method == SPLATS or isinstance(path, Images) or box or is_splats(os.fspath(path))):
        raise InputError(
            "Expected `ndc` for networks alone, and without `bounds`, which follow from the "
            "cameras then. Got splats or bounds."
        )
    if isinstance(path, Images) or (method == SPLATS and is_collection(os.fspath(path))):
        images = path if isinstance(path, Images) else _collection(os.fspath(path), allow_outside)
        from vcore.scenes.methods.splats import fitting

        if background is None:
            behind = fitting.background_of(images) or behind
        chosen = fitting.settings_of(settings)
        return fitting.fitted(fitting.posed_of(images), box, behind, minutes, chosen, context)
    source = os.fspath(path)
    told: dict[str, Any] = {
        "near": near,
        "far": far,
        "pixel_shift": pixel_shift,
        "allow_outside": allow_outside,
    }
    if ndc:
        told |= {"untold": UNTOLD, "plane": NEAR_PLANE}
    if not os.path.exists(source):
        raise SourceError(f"Expected a scene at {source}. Got nothing by that name: check it.")
    if is_posed(source):
        if poses is not None:
            raise InputError(
                f"Expected the weights of a network beside `poses`. Got the posed images {source}."
            )
        posed = read_posed(source, **told)
        if method == SPLATS:
            from vcore.scenes.methods.splats import fitting

            chosen = fitting.settings_of(settings)
            return fitting.fitted(posed, box, behind, minutes, chosen, context)
        from vcore.scenes.methods.nerf.fitting import fitted
        from vcore.scenes.methods.nerf.ndc import Ndc

        known = Ndc.of(posed.cameras) if ndc else None
        return fitted(posed, box, behind, minutes, context, ndc=known)
    if is_splats(source):
        return _splats(source, None if poses is None else os.fspath(poses), told, box, background)
    if source.lower().endswith(".vcore"):
        raise InputError(
            f"Expected a scene that is not compressed. Got {source} instead: open it with "
            f"vcore.open, or take what `vcore decompress` writes of it."
        )
    if not is_weights(source):
        raise InputError(
            f"Expected a scene: weights of a NeRF, splats, or posed images. Got {source} instead."
        )
    beside = None if poses is None else os.fspath(poses)
    return _nerf(source, beside, told, box, behind, context, ndc)


def is_collection(path: str) -> bool:
    """Return whether ``path`` is a collection of images: a database, a table, or a `.vcore` file of
    kind ``images``."""
    if path.lower().endswith(".vcore") and os.path.isfile(path):
        return Container(path).header.get("kind") == IMAGES_KIND
    return is_images(path)


def _collection(path: str, allow_outside: bool) -> Images:
    if path.lower().endswith(".vcore"):
        return Collection(path).images()
    return read_images(path, allow_outside=allow_outside)


def _nerf(
    source: str,
    poses: str | None,
    told: dict[str, Any],
    box: Bounds | None,
    background: Triple,
    context: Context,
    ndc: bool,
) -> RadianceField:
    from vcore.scenes.methods.nerf.field import NerfField
    from vcore.scenes.methods.nerf.ndc import Ndc
    from vcore.scenes.methods.nerf.occupancy import found_bounds

    if poses is None and box is None:
        raise InputError(
            f"Expected the poses of the images that {source} was trained on. Got none: name them "
            f"with `poses`, or the box of the scene with `bounds`."
        )
    fine, coarse, layout, nbytes = read_weights(source)
    posed = None if poses is None else read_posed(poses, **told)
    cameras = () if posed is None else posed.cameras
    known = Ndc.of(cameras) if ndc else None
    if box is None:
        box = found_bounds(fine, coarse or fine, cameras, context, known)
    if known is not None:
        known = replace(known, box=box)
        box = known.world()
    return NerfField(
        fine,
        coarse,
        box,
        background,
        cameras,
        layout=layout,
        ndc=known,
        posed=posed,
        nbytes=nbytes,
        name=stem_of(source),
    )


def _splats(
    source: str,
    poses: str | None,
    told: dict[str, Any],
    box: Bounds | None,
    background: Sequence[float] | None,
) -> RadianceField:
    from vcore.scenes.methods.splats.field import SplatField
    from vcore.scenes.methods.splats.rendering import BLACK

    splats = read_splats(source)
    ends = splats.positions.min(0), splats.positions.max(0)
    known = () if poses is None else read_posed(poses, **told, untold=UNTOLD).cameras
    return SplatField(
        splats,
        background=BLACK if background is None else _colour(background),
        cameras=seeing(known, *ends) if known else (),
        bounds=box,
        name=stem_of(source),
    )


def _colour(values: Sequence[float] | None) -> Triple:
    if values is None:
        return WHITE
    found = _floats(values)
    if len(found) != 3 or not all(0 <= v <= 1 for v in found):
        raise InputError(
            f"Expected red, green and blue of 0 to 1 for `background`. Got {values!r:.80} instead."
        )
    return found[0], found[1], found[2]


def _floats(values: Any) -> list[float]:
    """Return numbers, or none of them if ``values`` are others."""
    try:
        return [float(v) for v in values]
    except (TypeError, ValueError):
        return []


def _box(values: Sequence[float]) -> Bounds:
    found = _floats(values)
    good = len(found) == 6 and all(abs(v) < 1e30 for v in found)
    if not good or not all(a < b for a, b in zip(found[:3], found[3:], strict=True)):
        raise InputError(
            f"Expected `bounds` as x0, y0, z0, x1, y1, z1 of a box. Got {values!r:.120} instead."
        )
    return Bounds((found[0], found[1], found[2]), (found[3], found[4], found[5]))
