"""Views of a scene as files: PNGs in a folder, a movie, or a collection of images."""

import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from vcore.collections.images import Images
from vcore.errors import InputError, OutputExistsError
from vcore.model.budgets import Asked
from vcore.runtime.atomic import replacing

MAX_VIEWS = 100_000
MOVIE, DATABASE, COMPRESSED = ".mp4", ".cdb", ".vcore"
NAME = "view_{:04d}"


def write_views(
    images: Images,
    path: str,
    *,
    fps: float | None = None,
    budget: Asked | None = None,
    method: str | None = None,
    settings: Mapping[str, Any] | None = None,
    force: bool = False,
    progress: Callable[[float], None] = lambda _: None,
) -> dict[str, Any]:
    """Render all images and write them, completely or not at all; return figures.

    Parameters
    ----------
    images
        Views of ``vcore.scenes.collecting``.
    path
        `.mp4`, a Cinema database `.cdb`, a compressed collection `.vcore`, or a folder of PNGs.
    fps
        Frames a second of a movie, 25 by default.
    budget, method, settings
        Of a compressed collection.

    Raises
    ------
    InputError
        Options that do not fit the output.
    OutputExistsError, OutputError
        ``path`` exists and ``force`` is not set, or it cannot be written.
    """
    suffix = os.path.splitext(path.rstrip("/"))[1].lower()
    if suffix not in ("", MOVIE, DATABASE, COMPRESSED):
        raise InputError(
            f"Expected an output that ends with {MOVIE}, {DATABASE} or {COMPRESSED}, or a folder. "
            f"Got {path} instead."
        )
    if fps is not None and suffix != MOVIE:
        raise InputError(f"Expected `fps` for a movie only. Got {path} instead.")
    if suffix != COMPRESSED and (budget is not None or method or settings):
        raise InputError(f"Expected a .vcore output for budgets and methods. Got {path} instead.")
    if suffix == COMPRESSED:
        from vcore.collections.compress import compress_images
        from vcore.model.context import Context

        report = compress_images(
            _kept(images),
            path,
            budget=budget,
            method=method,
            settings=settings,
            context=Context(progress=lambda _, share: progress(share)),
            force=force,
            progress=False,
        )
        return {"bytes": report.bytes, "ratio": report.ratio}
    if suffix in (MOVIE, DATABASE):
        from vcore.io.image_writing import write_images

        movie: dict[str, Any] = {}
        if suffix == MOVIE:
            movie = {
                "along": [p.name for p in images.parameters],
                "fps": 25 if fps is None else fps,
            }
        write_images(
            images,
            path,
            **movie,
            force=force,
            progress=lambda done, total: progress(done / total),
        )
        return {}
    return _write_pngs(images, path, force, progress)


def _kept(images: Images) -> Images:
    """Return images that are rendered once each, as encoders read them several times."""
    from dataclasses import replace

    kept: dict[tuple[Any, ...], Any] = {}

    def read(index: tuple[int, ...], channel: str) -> Any:
        if (index, channel) not in kept:
            kept[index, channel] = images.read(index, channel)
        return kept[index, channel]

    return replace(images, read=read)


def _write_pngs(
    images: Images, path: str, force: bool, progress: Callable[[float], None]
) -> dict[str, Any]:
    """Write a PNG for each image and, with depths, an `.npz` beside it."""
    from vcore.io import npz_write
    from vcore.io.request import need

    encode = need("imagecodecs").png_encode
    target = path.rstrip("/")
    if os.path.isdir(target) and os.listdir(target) and not _ours(target):
        raise OutputExistsError(
            f"Expected a new name. Got the folder {target} instead, which holds other files and is "
            f"therefore not replaced: choose another name."
        )
    empty = os.path.isdir(target) and not os.listdir(target)
    with replacing(target, force=force or empty) as part:
        part.mkdir()
        for number, index in enumerate(images.indices()):
            progress(number / len(images))
            pixels = np.ascontiguousarray(images.read(index, "rgb"))
            (part / f"{NAME.format(number)}.png").write_bytes(encode(pixels))
            if len(images.channels) > 1:
                depth = images.read(index, "depth")
                npz_write.write(str(part / f"{NAME.format(number)}_depth.npz"), {"depth": depth})
    return {}


def _ours(folder: str) -> bool:
    """Return whether a folder holds nothing but views."""
    return all(n.startswith("view_") and n.endswith((".png", ".npz")) for n in os.listdir(folder))
