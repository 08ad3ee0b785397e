"""``read_posed``: images with poses, as NeRF's programs keep them.

`transforms.json` (Blender, instant-ngp, nerfstudio), LLFF's `poses_bounds.npy`, or an `.npz` with
images and poses.
"""

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.collections.camera import MAX_LENGTH
from vcore.errors import InputError, SourceError
from vcore.io.formats import stem_of
from vcore.io.nerf_weights import npz_names, read_npz
from vcore.io.outside import check_inside
from vcore.io.posed_images import IMAGES, MAX_CAMERAS, Depths, image_of, size_of
from vcore.io.posed_lens import check_lens
from vcore.io.posed_llff import read_llff
from vcore.io.request import check_file, reading
from vcore.scenes.cameras import Camera
from vcore.scenes.field import Bounds
from vcore.scenes.posed import PosedImages

TRANSFORMS = ("transforms.json", "transforms_train.json")
LLFF = "poses_bounds.npy"
NEAR, FAR = 2.0, 6.0
"""Depths of the NeRF paper's synthetic scenes, where a file tells none."""
UNTOLD = (0.0, MAX_LENGTH)
"""Depths that nothing tells, for ``seeing``."""
NEAREST = 1e-3
"""Smallest depth of a camera of ``seeing``, relative to the largest."""
TOLERANCE = 1e-3
"""Of colours beyond 0 and 1, which averaging leaves."""
FOCAL = {"fl_x", "fl_y", "camera_angle_x", "camera_angle_y"}
MAX_JSON = 1 << 26


def is_posed(path: str) -> bool:
    """Return whether ``path`` is a file or a folder of posed images."""
    name = os.path.basename(path).lower()
    if os.path.isdir(path):
        return any(os.path.isfile(os.path.join(path, n)) for n in (*TRANSFORMS, LLFF))
    if not os.path.isfile(path):
        return False
    if name.endswith(".npz"):
        there = {n.removesuffix("_train") for n in npz_names(path)}
        return {"images", "poses"} <= there
    return (name.startswith("transforms") and name.endswith(".json")) or name == LLFF


def read_posed(
    path: str,
    *,
    near: float | None = None,
    far: float | None = None,
    pixel_shift: float = 0.0,
    allow_outside: bool = False,
    untold: tuple[float, float] = (NEAR, FAR),
    plane: float | None = None,
) -> PosedImages:
    """Return posed images, read when they are asked for.

    Parameters
    ----------
    path
        `transforms.json`, `poses_bounds.npy`, a folder with one of them, or an `.npz` with
        ``images`` (n, y, x, 3 or 4) uint8, ``poses`` (n, 4, 4), and ``focal`` or
        ``camera_angle_x``; names may end in ``_train``.
    near, far
        Depths, instead of those of the file.
    pixel_shift
        Shift of all principal points right and down, in pixels: 0.5 at the size of training for
        networks whose rays went through the corners of pixels, as in NeRF's own code.
    allow_outside
        Also read images outside the folder.
    untold
        Depths where neither the file nor ``near`` and ``far`` tell them.
    plane
        Near depth of all cameras by the smallest one that LLFF tells; by default, each camera has
        nine tenths of its own.

    Raises
    ------
    InputError
        Missing or damaged poses or images, images of different sizes, or paths that leave the
        folder.
    """
    found = next((os.path.join(path, n) for n in (*TRANSFORMS, LLFF) if _has(path, n)), path)
    if not os.path.exists(found):
        raise SourceError(f"Expected poses at {path}. Got nothing by that name: check the name.")
    if os.path.isdir(found):
        raise InputError(
            f"Expected a folder with {TRANSFORMS[0]} or {LLFF}. Got {path} without them."
        )
    check_file(found)
    depths = Depths(near, far, untold)
    if found.endswith(".json"):
        posed = _transforms(found, depths, allow_outside)
    elif found.endswith(".npy"):
        posed = read_llff(found, depths, allow_outside, plane)
    else:
        posed = _npz(found, depths)
    if pixel_shift:
        posed = replace(posed, cameras=tuple(c.shifted(pixel_shift) for c in posed.cameras))
    return posed


def seeing(cameras: Sequence[Camera], low: Any, high: Any) -> tuple[Camera, ...]:
    """Return cameras that see all of a box where their depths are UNTOLD."""
    eyes = np.stack([c.eye for c in cameras])
    low, high = np.asarray(low, np.float64), np.asarray(high, np.float64)
    far = 1.01 * float(np.linalg.norm(np.maximum(high - eyes, eyes - low), axis=1).max())
    return tuple(
        replace(
            camera,
            near=NEAREST * far if camera.near == UNTOLD[0] else camera.near,
            far=far if camera.far == UNTOLD[1] else camera.far,
        )
        for camera in cameras
    )


def _has(path: str, name: str) -> bool:
    return os.path.isdir(path) and os.path.isfile(os.path.join(path, name))


def _transforms(path: str, depths: Depths, allow_outside: bool) -> PosedImages:
    """Return the frames of a `transforms.json`."""
    if os.path.getsize(path) > MAX_JSON:
        raise InputError(f"Expected poses of up to {MAX_JSON} bytes of JSON. Got more in {path}.")
    with reading(path, "file of poses"):
        with open(path, encoding="utf-8") as file:
            told = json.load(file)
        frames = told["frames"]
        if not frames or len(frames) > MAX_CAMERAS:
            raise InputError(f"Expected 1 to {MAX_CAMERAS} frames in {path}. Got {len(frames)}.")
        if any("mask_path" in frame for frame in frames):
            raise InputError(
                f"Expected images without masks in {path}. Got mask_path: write the masks into the "
                f"images' alpha, and take mask_path out."
            )
        paths = [_image_path(path, str(f["file_path"]), allow_outside) for f in frames]
        sizes = [size_of(p) for p in paths]
        poses = [np.array(f["transform_matrix"], np.float64) for f in frames]
        cameras = [
            _camera(_with_frame(told, frame), pose, size, depths, str(frame["file_path"]))
            for frame, pose, size in zip(frames, poses, sizes, strict=True)
        ]
        for frame, camera in zip(frames, cameras, strict=True):
            check_lens(_with_frame(told, frame), camera, path)
    name = stem_of(os.path.dirname(os.path.abspath(path))) or stem_of(path)
    return PosedImages(tuple(cameras), lambda number: image_of(paths[number]), name)


def _camera(
    told: Mapping[str, Any],
    pose: NDArray[np.float64],
    size: tuple[int, int],
    depths: Depths,
    name: str,
) -> Camera:
    height, width = size
    scale = width / float(told.get("w", width))  # images may have been scaled since
    if "fl_x" in told:
        focal = float(told["fl_x"]) * scale
        other = float(told.get("fl_y", told["fl_x"])) * scale
    elif "camera_angle_x" in told:
        focal = other = _focal(width, told["camera_angle_x"])
        if "camera_angle_y" in told:
            other = _focal(height, told["camera_angle_y"])
    else:
        raise InputError("Expected a focal length, fl_x or camera_angle_x. Got none.")
    if not abs(other - focal) <= 0.01 * focal:
        raise InputError(
            f"Expected square pixels. Got focal lengths of {focal:g} and {other:g} pixels: "
            f"undistort the images first."
        )
    centre = None
    if "cx" in told or "cy" in told:
        x, y = told.get("cx"), told.get("cy")
        centre = (
            width / 2 if x is None else float(x) * scale,
            height / 2 if y is None else float(y) * scale,
        )
    return Camera(pose, size, focal, *depths.among(told), name, centre)


def _focal(side: int, angle: Any) -> float:
    """Return the focal length in pixels of an angle of view, in radians, over a side."""
    if not 0 < float(angle) < math.pi:
        raise InputError(
            f"Expected an angle of view of 0 to pi (camera_angle_x, camera_angle_y). Got "
            f"{angle!r:.40}: angles are in radians."
        )
    return side / 2 / math.tan(float(angle) / 2)


def _with_frame(told: Mapping[str, Any], frame: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a file tells of all cameras and of one, whose own focal length is taken."""
    own = FOCAL & {*frame}
    return {**{k: v for k, v in told.items() if not own or k not in FOCAL}, **frame}


def _image_path(beside: str, told: str, allow_outside: bool) -> str:
    folder = os.path.dirname(os.path.abspath(beside))
    path = os.path.join(folder, told)
    if not allow_outside:
        check_inside(beside, path)
    for suffix in ("", *IMAGES):
        if os.path.isfile(path + suffix):
            return path + suffix
    raise SourceError(
        f"Expected the image {told} beside {os.path.basename(beside)}. Got nothing by that name."
    )


def _npz(path: str, depths: Depths) -> PosedImages:
    """Return the images of an archive of arrays."""
    arrays = read_npz(path)
    names = ("images", "poses", "names")
    images, poses, labels = (_first(arrays, (f"{n}_train", n)) for n in names)
    if images is None or poses is None:
        raise InputError(
            f"Expected arrays images and poses in {path}. Got {', '.join(list(arrays)[:6])}."
        )
    shaped = images.ndim == 4 and images.shape[3] in (3, 4) and len(images)
    if not shaped or poses.shape not in ((len(images), 4, 4), (len(images), 3, 4)):
        raise InputError(
            f"Expected images (n, y, x, 3 or 4) and poses (n, 4, 4) in {path}. Got {images.shape} "
            f"and {poses.shape}."
        )
    if images.dtype.kind == "f":
        if not (np.abs(images - 0.5) <= 0.5 + TOLERANCE).all():
            raise InputError(
                f"Expected images of floats from 0 to 1 in {path}. Got others: scale them, or "
                f"store them as uint8."
            )
        images = np.rint(np.clip(images, 0, 1) * 255).astype(np.uint8)
    size = images.shape[1], images.shape[2]
    if "focal" in arrays:
        focals = arrays["focal"].reshape(-1).astype(np.float64)
    elif "camera_angle_x" in arrays:
        focals = np.array([_focal(size[1], a) for a in arrays["camera_angle_x"].reshape(-1)])
    else:
        raise InputError(f"Expected an array focal or camera_angle_x in {path}. Got none.")
    if len(focals) not in (1, len(images)):
        raise InputError(
            f"Expected one focal length, or one for each of {len(images)} images, in {path}. Got "
            f"{len(focals)}."
        )
    told = _labels(labels, len(images))
    first, last = depths.among(
        {k: arrays[k] for k in ("near", "far") if k in arrays and arrays[k].size == 1}
    )
    cameras = tuple(
        Camera(pose.astype(np.float64), size, float(focal), first, last, name)
        for pose, focal, name in zip(poses, np.resize(focals, len(images)), told, strict=True)
    )
    return PosedImages(cameras, lambda number: images[number], stem_of(path))


def _labels(labels: NDArray[Any] | None, count: int) -> Sequence[str]:
    if labels is None or labels.shape != (count,):
        return [""] * count
    return [str(label) for label in labels]


def _first(arrays: Mapping[str, NDArray[Any]], names: Sequence[str]) -> NDArray[Any] | None:
    return next((arrays[n] for n in names if n in arrays), None)


def read_cameras(
    path: str,
    like: Camera | None,
    *,
    bounds: Bounds | None = None,
    allow_outside: bool = False,
) -> list[Camera]:
    """Return the cameras of a file of poses, without their images.

    Parameters
    ----------
    path
        A `transforms.json`, whose images need not exist; or a JSON list of poses (4 x 4 numbers).
    like
        Camera whose size, focal length and depths those have that tell none; and, at its size,
        its principal point.
    bounds
        Box that is seen where neither the file nor ``like`` tells depths.

    Raises
    ------
    InputError
        The file has no poses, or neither it nor ``like`` tells the camera.
    """
    check_file(path)
    if os.path.getsize(path) > MAX_JSON:
        raise InputError(f"Expected poses of up to {MAX_JSON} bytes of JSON. Got more in {path}.")
    with reading(path, "file of poses"):
        with open(path, encoding="utf-8") as file:
            told = json.load(file)
        if isinstance(told, list):
            told = {"frames": [{"transform_matrix": pose} for pose in told]}
        frames = told["frames"]
        if not frames or len(frames) > MAX_CAMERAS:
            raise InputError(f"Expected 1 to {MAX_CAMERAS} poses in {path}. Got {len(frames)}.")
        untold = (NEAR, FAR) if bounds is None else UNTOLD
        depths = Depths(None, None, untold if like is None else (like.near, like.far))
        found = [_told_camera(_with_frame(told, f), like, depths, path) for f in frames]
    return found if bounds is None or like is not None else list(seeing(found, *bounds))


def _told_camera(told: Mapping[str, Any], like: Camera | None, depths: Depths, path: str) -> Camera:
    name = str(told.get("file_path", ""))
    pose = np.array(told["transform_matrix"], np.float64)
    size = (int(told["h"]), int(told["w"])) if "w" in told and "h" in told else None
    if like is None and size is None:
        raise InputError(
            f"Expected w, h and a focal length beside the poses in {path}. Got none, and the scene "
            f"has no cameras."
        )
    if like is not None and size is None and not {"camera_angle_x", "fl_x"} & {*told}:
        return Camera(pose, like.size, like.focal, *depths.among(told), name, like.centre)
    found = _camera(told, pose, size or like.size, depths, name)  # type: ignore[union-attr]
    if like is None or found.centre is not None or found.size != like.size:
        return found
    # a shift of the pixels, as a network was trained with, is no part of such files
    return replace(found, centre=like.centre)
