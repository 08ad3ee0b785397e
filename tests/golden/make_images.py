"""Create the collections in the folder ``images``: ``python tests/golden/make_images.py``.

Existing files are never overwritten: files written by any version must decode permanently. To add
one, add it to FILES and run this. Each ``NAME.vcore`` comes with ``NAME.npz``: the decoded images
of every channel, those that are there in C order over the parameters.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from made_images import ball, only
from numpy.typing import NDArray

import vcore
from vcore.collections.collection import Collection
from vcore.collections.images import Images

FOLDER = Path(__file__).parent / "images"
Case = tuple[Images, dict[str, Any]]


def nervi() -> Case:
    """Binary alpha; a hole; a size that is no power of two."""
    settings = {"epochs": 60, "batch": 1}
    images = only(ball(size=(26, 32), times=2, colour="rgba"), "rgba")
    return images, {"method": "nervi", "bytes": 6000, "settings": settings}


def nervi_by_pixel() -> Case:
    settings = {"epochs": 20, "batch": 2000, "preset": "nerf"}
    return only(ball(size=(20, 24), times=1), "rgb"), {
        "method": "nervi",
        "bytes": 6000,
        "settings": settings,
    }


def nervi_insitunet() -> Case:
    settings = {"epochs": 30, "preset": "insitunet"}
    return only(ball(size=(17, 24), times=1), "rgb"), {
        "method": "nervi",
        "bytes": 7000,
        "settings": settings,
    }


def view_grids() -> Case:
    """Binary alpha; a hole; two scales; several units a level."""
    settings = {"epochs": 150, "group": 4}
    images = only(ball(size=(50, 61), times=3, colour="rgba"), "rgba")
    return images, {"method": "view-grids", "bytes": 7000, "settings": settings}


def views() -> Case:
    """Varying alpha; a hole; sides that are no multiples of 4; groups."""
    images = only(ball(size=(46, 61), colour="rgba"), "rgba")
    return images, {"method": "views", "psnr": 40, "settings": {"group": 3}}


def views_exact() -> Case:
    return only(ball(size=(30, 33), times=2), "rgb"), {"method": "views", "max_error": 0}


FILES: tuple[Callable[[], Case], ...] = (
    *(nervi, nervi_by_pixel, nervi_insitunet, view_grids),
    *(views, views_exact),
)


def expected(collection: Collection) -> dict[str, NDArray[Any]]:
    """Return the images of every channel, (image, y, x[, component])."""
    return {
        c.name: np.stack([collection.read(i, c.name) for i in collection.indices()])
        for c in collection.channels
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for make in FILES:
        path = FOLDER / f"{make.__name__}.vcore"
        if path.exists():
            continue
        images, options = make()
        report = vcore.compress(images, path, **options)
        np.savez_compressed(path.with_suffix(".npz"), **expected(vcore.open(path)))  # type: ignore[arg-type]
        print(path.name, report)
