"""LLFF's `poses_bounds.npy` with its folder of images."""

import os

import numpy as np

from vcore.errors import InputError, SourceError
from vcore.io.formats import stem_of
from vcore.io.outside import check_inside
from vcore.io.posed_images import IMAGES, MAX_CAMERAS, Depths, check_aspect, image_of, size_of
from vcore.io.request import reading
from vcore.scenes.cameras import Camera
from vcore.scenes.posed import PosedImages


def read_llff(path: str, depths: Depths, allow_outside: bool, plane: float | None) -> PosedImages:
    """Return the images of LLFF's `poses_bounds.npy`: for each 3 x 5 numbers and two depths.

    Columns are down, right, back, position, and height, width, focal length.
    """
    with reading(path, "file of poses"):
        rows = np.load(path, allow_pickle=False)
        if rows.ndim != 2 or rows.shape[1] != 17 or not 0 < len(rows) <= MAX_CAMERAS:
            raise InputError(f"Expected poses of shape (n, 17) in {path}. Got {rows.shape}.")
        if rows.dtype.kind != "f" or not np.isfinite(rows).all():
            raise InputError(f"Expected finite poses in {path}. Got NaN, infinities or others.")
    folder = os.path.dirname(os.path.abspath(path))
    chosen = next(
        (n for n in ("images_8", "images_4", "images") if os.path.isdir(os.path.join(folder, n))),
        None,
    )
    if chosen is None:
        raise SourceError(f"Expected a folder of images beside {path}. Got none.")
    inside = os.path.join(folder, chosen)
    paths = [
        os.path.join(inside, name)
        for name in sorted(os.listdir(inside))
        if name.lower().endswith(IMAGES) and not name.startswith(".")
    ]
    if not allow_outside:
        for each in paths:
            check_inside(path, each)
    if len(paths) != len(rows):
        raise InputError(
            f"Expected as many images as poses, {len(rows)}. Got {len(paths)} in {inside}."
        )
    cameras = []
    for row, image in zip(rows.astype(np.float64), paths, strict=True):
        matrix = row[:15].reshape(3, 5)
        pose = np.stack([matrix[:, 1], -matrix[:, 0], matrix[:, 2], matrix[:, 3]], 1)
        height, width = size_of(image)
        check_aspect((height, width), (float(matrix[0, 4]), float(matrix[1, 4])), path)
        nearest = row[15] * 0.9 if plane is None else rows[:, 15].min() * plane
        first, last = depths.among({"near": nearest, "far": row[16] * 1.1})
        focal = float(matrix[2, 4]) * height / float(matrix[0, 4])
        name = os.path.basename(image)
        cameras.append(Camera(pose, (height, width), focal, first, last, name))
    return PosedImages(tuple(cameras), lambda n: image_of(paths[n]), stem_of(folder))
