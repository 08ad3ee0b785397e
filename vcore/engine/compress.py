"""``compress``: write a volume to a `.vcore` file."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from vcore import methods
from vcore.collections.compress import compress_images
from vcore.collections.images import Images
from vcore.container import Writer
from vcore.engine.choose import AUTO
from vcore.engine.encoder import Encoder
from vcore.engine.plans import Plan, plans_of
from vcore.errors import InputError
from vcore.io import read
from vcore.io.image_reading import is_images, read_images
from vcore.io.scene_reading import is_scene, read_scene
from vcore.model import lossy
from vcore.model.attributes import with_storable_attributes
from vcore.model.budget import Budget
from vcore.model.budgets import Asked, Budgets, Given, parse_budget
from vcore.model.context import Context
from vcore.model.report import Report
from vcore.model.threshold import thresholded
from vcore.model.volume import Volume
from vcore.runtime.progress import shown
from vcore.scenes.compress import compress_scene
from vcore.scenes.field import RadianceField


def compress(
    source: Volume | Images | RadianceField | Any,
    path: Any,
    *,
    method: str | None = None,
    budget: Given | None = None,
    settings: Mapping[str, Any] | None = None,
    context: Context | None = None,
    zero_below: float | None = None,
    exclude: Sequence[str] | None = None,
    time_as_z: bool | None = None,
    force: bool = False,
    progress: bool | None = None,
    **asked: float | str | Mapping[str, Any],
) -> Report:
    """Compress ``source`` into the `.vcore` file ``path``.

    Parameters
    ----------
    source
        Any source of ``vcore.read``: a path, an array with axes (z, y, x) or (t, z, y, x), an
        object of xarray, Zarr, h5py, dask or VTK, an open file, a Volume; or ``Images`` or the path
        of a Cinema database, a collection of images
        (``vcore.collections.compress.compress_images`` tells its budgets); or a scene of
        ``vcore.read_scene`` (``vcore.scenes.compress.compress_scene`` tells its budgets)
    path
        Output path; with None, the file is returned in ``Report.data``.
    method
        Name of the method (``vcore.methods.names()``), or "auto" to try the suitable ones on
        samples (``vcore.engine.choose``). Default: ``wavelet``, or ``bounded`` for an error bound
        alone.
    budget
        Size, quality or error bound, also as a mapping of values (``{"psnr": 45}``). Default:
        quality "good"; of a research method or ``gaussian``, its default size. Per variable:
        ``Budgets``, or a mapping of budgets by name (``{"T": {"max_error": 0.01}, "p": {"psnr":
        60}}``); variables without a budget are then stored losslessly.
    settings
        The method's settings, by name.
    context
        Seed, device, time limit, progress callback and cancellation.
    zero_below
        Threshold below which values are set to 0 first; all figures then refer to the thresholded
        volume.
    exclude
        Names of variables and of arrays beside them, or of channels of images, to leave out;
        ``Report.notes`` names the variables.
    time_as_z
        Whether the frames of movies (variables with t and without z) are coded as the slices of a
        volume, by ``wavelet`` and ``bounded``. Outside they stay frames. Default: where samples
        take clearly fewer bytes; ``Report.notes`` says so.
    force
        Replace an existing file.
    progress
        Whether to show progress bars with the remaining time, by tqdm or rich. Default: only in
        notebooks, and only if ``context`` has no progress callback. An interrupt leaves no file.
    **asked
        Fields of the budget instead of ``budget``: ``quality="good"``, ``psnr=45``,
        ``lossless=True``, or per variable ``max_error={"T": 0.01, "p": 5}``. A number next to such
        mappings applies to all variables without a budget of their own.

    Raises
    ------
    InputError, BudgetError, MemoryLimitError, OutputError, OutputExistsError, MissingExtraError,
    Cancelled
        In each case, no file is written.

    Examples
    --------
    >>> vcore.compress("tooth_103x94x161_uint8.raw", "tooth.vcore", psnr=38)
    >>> vcore.compress("era5.nc", "era5.vcore", max_error={"T": 0.01}, psnr={"p": 60})
    """
    wanted = parse_budget(budget, asked)
    if isinstance(source, str | os.PathLike) and is_images(os.fspath(source)):
        source = read_images(source)
    if isinstance(source, str | os.PathLike) and is_scene(os.fspath(source)):
        source = read_scene(source, context=context)
    if isinstance(source, RadianceField):
        _refuse_given("scenes", zero_below=zero_below, time_as_z=time_as_z, exclude=exclude)
        return compress_scene(
            source,
            path,
            budget=_one_budget(wanted),
            method=method,
            settings=settings,
            context=context,
            force=force,
            progress=progress,
        )
    if isinstance(source, Images):
        _refuse_given("images", zero_below=zero_below, time_as_z=time_as_z)
        return compress_images(
            source.without(exclude or ()),
            path,
            budget=wanted,
            method=method,
            settings=settings,
            context=context,
            force=force,
            progress=progress,
        )
    began = time.monotonic()
    volume = with_storable_attributes(read(source, exclude=exclude))
    _refuse_source(volume, path)
    if zero_below is not None:
        volume = thresholded(volume, zero_below)
    with shown(context, progress) as context, Writer(path, force=force) as writer:
        plans, reason = plans_of(volume, method, wanted, settings, context, compress)
        told = _told(volume, plans, method, reason)
        if text := lossy.sentence(volume.attributes):
            told.append(text)
        report = Encoder(volume, plans, context, writer, zero_below, time_as_z).run()
    notes = (*told, *report.notes)
    return replace(report, seconds=time.monotonic() - began, reason=reason, notes=notes)


def _refuse_given(what: str, **given: Any) -> None:
    strange = [name for name, value in given.items() if value is not None]
    if strange:
        raise InputError(f"Expected no {', '.join(strange)} for {what}: leave it out.")


def _one_budget(asked: Asked | None) -> Budget | None:
    if isinstance(asked, Budgets):
        raise InputError("Expected one budget for a scene. Got budgets by name.")
    return asked


def _told(volume: Volume, plans: Sequence[Plan], method: str | None, reason: str) -> list[str]:
    """Return the notes on the methods and default budgets used."""
    if reason:
        return [f"Chosen: {reason}"]
    if method in (None, "", AUTO):
        return []
    name = methods.get(method).name
    sized = [plan for plan in plans if not plan.promised and not plan.budget.is_empty]
    return [
        f"{', '.join(plan.names)}: no budget given, so coded at the default of {plan.method.name}, "
        f"{plan.budget.text()}, of whatever quality that is."
        for plan in sized
    ] + [
        f"{', '.join(plan.names)}: {_why(volume, plan)}, so stored losslessly by "
        f"{plan.method.name}, not by {name}."
        for plan in plans
        if plan.method.name != name
    ]


def _why(volume: Volume, plan: Plan) -> str:
    is_label = all(volume[name].is_label for name in plan.names)
    return "labels of objects" if is_label else "no budget given"


def _refuse_source(volume: Volume, path: Any) -> None:
    """Refuse to overwrite the source file.

    Raises
    ------
    InputError
        ``path`` is the source.
    """
    source = Path(volume.source)
    both = path is not None and volume.source and source.exists() and os.path.exists(path)
    if both and source.samefile(path):
        raise InputError(
            f"Expected an output path other than the source. Got the source itself, {path}: choose "
            f"another name."
        )
