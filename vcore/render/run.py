"""Rendering of every image of a collection, resumed where it was interrupted."""

import multiprocessing
import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vcore.collections.compress import compress_images
from vcore.collections.images import Images
from vcore.errors import InputError, OutputExistsError
from vcore.hierarchy.pool import pool
from vcore.model.context import Context
from vcore.model.report import Report
from vcore.render.database import Database
from vcore.render.subject import Renderer

STAGE = "render"
PER_JOB = 2
"""Images of a job: few, so that Ctrl-C stops soon."""


@dataclass(frozen=True)
class Job:
    """Some images of a collection."""

    database: Database
    numbers: tuple[int, ...]


def render(
    database: Database,
    *,
    workers: int = 1,
    force: bool = False,
    context: Context | None = None,
) -> Images:
    """Render all images of a collection into a Cinema database.

    Images that are there already are kept if they were rendered from the same source with the same
    options.

    Parameters
    ----------
    workers
        Number of processes.
    force
        Whether to replace another database at the path.
    context
        Progress and cancellation.

    Returns
    -------
    Images
        The rendered images.

    Raises
    ------
    OutputExistsError
        Something else is at the path, and ``force`` is not set.
    OutputError
        An image cannot be written.
    InputError
        Not a single image shows anything.
    MissingExtraError
        VTK, or a library that renders without a display, is missing.
    """
    context = context or Context()
    database.begin(force=force)
    left, total = database.missing(), len(database)
    done = shown = total - len(left)
    try:
        with pool(workers) as found:
            for job, count in found.map(run, _jobs(database, left, workers)):
                done, shown = done + len(job.numbers), shown + count
                context.report(STAGE, done / total)
    finally:
        _renderers.clear()
    if not shown:
        shutil.rmtree(database.folder)
        raise InputError(
            "Expected images that show something. Got only empty ones instead: choose isovalues "
            "or a transfer function within the range of the values, or look from elsewhere (a "
            "`slice` across z is seen from `theta` 0, and is a line from 90)."
        )
    database.finish()
    return database.images()


def render_compressed(
    database: Database,
    path: Path,
    *,
    workers: int = 1,
    force: bool = False,
    context: Context | None = None,
    **compression: Any,
) -> Report:
    """Render all images, compress them into the `.vcore` file ``path`` and remove the database.

    Parameters
    ----------
    compression
        Arguments of ``compress_images``.

    Raises
    ------
    OutputExistsError
        ``path`` exists, and ``force`` is not set.
    VcoreError
        As ``render`` and ``compress_images``; rendered images are kept for the next attempt.
    """
    if os.path.lexists(path) and not force:
        raise OutputExistsError(f"{path} exists. Use `force=True` to replace it.")
    images = render(database, workers=workers, force=force, context=context)
    report = compress_images(images, path, force=force, context=context, **compression)
    shutil.rmtree(database.folder)
    return report


def _jobs(database: Database, left: list[int], workers: int) -> Iterator[Job]:
    size = PER_JOB if workers > 1 else 1
    for start in range(0, len(left), size):
        yield Job(database, tuple(left[start : start + size]))


_renderers: dict[Path, Renderer] = {}
"""Renderer of the database at a path, in this process."""


def run(job: Job) -> int:
    """Render and store the images of a job; return how many show anything."""
    if multiprocessing.parent_process() is not None:
        # Ctrl-C goes to all processes of a terminal; the parent stops this one
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    database = job.database
    if database.folder not in _renderers:
        _renderers.clear()
        _renderers[database.folder] = database.subject.renderer(database.view)
    renderer, shown = _renderers[database.folder], 0
    own = len(database.subject.parameters)
    for number in job.numbers:
        index = tuple(int(i) for i in np.unravel_index(number, database.shape))
        angles: dict[str, Any] = {
            p.name: p.values[i] for p, i in zip(database.angles, index[own:], strict=True)
        }
        pixels = renderer.render(index[:own], database.view.camera.pose(angles))
        database.store(number, pixels)
        shown += bool(pixels["rgba"][..., 3].any())
    return shown
