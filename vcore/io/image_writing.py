"""``write_images``: a collection as a Cinema database, a folder of images, or a movie."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from vcore.collections import paths
from vcore.collections.images import Images
from vcore.collections.paths import Point
from vcore.errors import InputError, OutputExistsError
from vcore.io.cinema_write import write_cinema
from vcore.io.collection_json import colour_given
from vcore.io.image_reading import SUFFIX, TABLE
from vcore.io.mp4_write import write_mp4
from vcore.runtime.atomic import replacing

MOVIE = ".mp4"
Progress = Callable[[int, int], None]
"""Callback with the number of image files or frames written and the total."""


def write_images(
    images: Images | Any,
    path: str | os.PathLike[str],
    *,
    along: Sequence[str] | None = None,
    through: Sequence[Point] | None = None,
    at: Point | None = None,
    frames: int | None = None,
    fps: float = 25,
    blend: bool | str = False,
    background: Sequence[int] | None = None,
    floats: str | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> int:
    """Write a collection of images, completely or not at all; return the number of image files, or
    of frames.

    Parameters
    ----------
    images
        Images, or an open `.vcore` file of images.
    path
        `out.cdb` or a folder: a Cinema database, with a table `data.csv`; `out.mp4`: a movie.
    along, at
        For a movie: parameters to run through, the last one fastest, and values of the others;
        by default through time, or the parameter of most values, at the first of the others.
    through, frames
        For a movie: points to pass on straight lines, each with values of some parameters, and the
        number of frames; by default one for each step of the grid.
    fps, blend, background
        Of a movie: frames per second; how images between those of the grid are made, as in
        ``Collection.image``; colour under transparent pixels.
    floats
        "npz" or "exr": format of channels other than the colour. By default as they came.
    force
        Whether to replace an existing file or Cinema database.
    progress
        Callback; if it raises, writing stops and nothing is left.

    Raises
    ------
    InputError
        Options that do not fit the output, or no such parameter.
    OutputExistsError
        The output exists and ``force`` is not set, or it is a folder without `data.csv`.
    OutputError
        The output cannot be written; nothing is left of it.
    """
    if not isinstance(images, Images) and not hasattr(images, "images"):
        raise InputError(
            f"Expected Images, or an open file of images. Got {type(images).__name__} instead."
        )
    found: Images = images if isinstance(images, Images) else images.images()
    target = os.path.abspath(os.fspath(path))
    suffix = os.path.splitext(target)[1].lower()
    movie = {"along": along, "through": through, "at": at, "frames": frames, "blend": blend or None}
    if suffix not in ("", SUFFIX, MOVIE):
        raise InputError(
            f"Expected an output that ends with {SUFFIX} or {MOVIE}, or a folder. Got {path} "
            f"instead."
        )
    if suffix != MOVIE and (given := [f"`{n}`" for n, v in movie.items() if v is not None]):
        raise InputError(f"Expected {' and '.join(given)} for a movie only. Got {path} instead.")
    if suffix == MOVIE and floats is not None:
        raise InputError(f"Expected `floats` for a Cinema database only. Got {path} instead.")
    under = colour_given(background)
    _check_free(target, force)
    points: list[Point] = []
    if suffix == MOVIE:
        if through is not None and along is not None:
            raise InputError("Expected either `along` or `through`. Got both: leave one out.")
        if through is None and frames is not None:
            raise InputError("Expected `frames` beside `through`, whose points they lie between.")
        points = (
            paths.along(found, along or (), at)
            if through is None
            else paths.through(found, through, frames, at)
        )
    done, total = 0, len(points) or len(found) * len(found.channels)

    def tick(count: int) -> None:
        nonlocal done
        done = min(done + count, total)
        if progress is not None:
            progress(done, total)

    written = 0
    with replacing(target, force=force or os.path.isdir(target)) as part:
        if suffix == MOVIE:
            written = write_mp4(found, str(part), points, tick, fps=fps, blend=blend, under=under)
        else:
            written = write_cinema(found, str(part), tick, floats=floats)
    return written


def _check_free(path: str, force: bool) -> None:
    """Refuse an existing output, but for empty folders and what ``force`` may replace."""
    if not os.path.lexists(path) or (os.path.isdir(path) and not os.listdir(path)):
        return
    if os.path.isdir(path) and not Path(path, TABLE).is_file():
        raise OutputExistsError(
            f"Expected a new name. Got the folder {path} instead, which is no Cinema database and "
            f"is therefore not replaced: choose another name."
        )
    if not force:
        raise OutputExistsError(
            f"Expected a new name. Got {path} instead, which exists: choose another name, or "
            f"replace it with `force=True`."
        )
