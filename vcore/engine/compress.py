"""``compress``: a volume into a `.vcore` file."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from vcore import methods
from vcore.container import Writer
from vcore.engine.choose import AUTO
from vcore.engine.encoder import Encoder
from vcore.engine.plans import Plan, plans_of
from vcore.errors import InputError
from vcore.io import read
from vcore.model.attributes import with_storable_attributes
from vcore.model.budgets import Given, parse_budget
from vcore.model.context import Context
from vcore.model.report import Report
from vcore.model.volume import Volume, thresholded
from vcore.runtime.progress import shown


def compress(
    source: Volume | Any,
    path: Any,
    *,
    method: str | None = None,
    budget: Given | None = None,
    settings: Mapping[str, Any] | None = None,
    context: Context | None = None,
    zero_below: float | None = None,
    force: bool = False,
    progress: bool | None = None,
    **asked: float | Mapping[str, float],
) -> Report:
    """Compress ``source`` into the `.vcore` file ``path``.

    Parameters
    ----------
    source
        What ``vcore.read`` reads: a path, an array of axes (z, y, x) or (t, z, y, x), an object of
        xarray, Zarr, h5py, dask or VTK, an open file, a Volume.
    path
        The file to write; None returns it in ``Report.data``.
    method
        Name of the method (``vcore.methods.names()``), or "auto" to try those that suit on samples
        (``vcore.engine.choose``); by default ``wavelet``, ``bounded`` for an error bound alone.
    budget
        Size, quality or error bound, also as a mapping of numbers (``{"psnr": 45}``); by default
        the method's own (most: a twentieth of the size). For single variables ``Budgets``, or a
        mapping of budgets by name (``{"T": {"max_error": 0.01}, "p": {"psnr": 60}}``): variables
        without one are then stored without loss.
    settings
        The method's settings, by name.
    context
        Seed, device, time limit, progress and cancel.
    zero_below
        Values below it become 0 first; all figures are then against the thresholded volume.
    force
        Replace an existing file.
    progress
        Show bars with the time left, by tqdm or rich; by default in notebooks alone, where
        ``context`` tells its progress to nobody. An interrupt leaves no file.
    **asked
        The budget's fields in place of ``budget``: ``psnr=45``, or for single variables
        ``max_error={"T": 0.01, "p": 5}``. A number beside such mappings is for the variables that
        have no budget by name.

    Raises
    ------
    InputError, BudgetError, MemoryLimitError, OutputError, OutputExistsError, MissingExtraError,
    Cancelled
        Nothing is written then.

    Examples
    --------
    >>> vcore.compress("tooth_103x94x161_uint8.raw", "tooth.vcore", psnr=38)
    >>> vcore.compress("era5.nc", "era5.vcore", max_error={"T": 0.01}, psnr={"p": 60})
    """
    wanted = parse_budget(budget, asked)
    began = time.monotonic()
    volume = with_storable_attributes(read(source))
    _refuse_source(volume, path)
    if zero_below is not None:
        volume = thresholded(volume, zero_below)
    with shown(context, progress) as context, Writer(path, force=force) as writer:
        plans, reason = plans_of(volume, method, wanted, settings, context, compress)
        told = _told(plans, method, reason)
        report = Encoder(volume, plans, context, writer, zero_below).run()
    notes = (*told, *report.notes)
    return replace(report, seconds=time.monotonic() - began, reason=reason, notes=notes)


def _told(plans: Sequence[Plan], method: str | None, reason: str) -> list[str]:
    """Return what to tell of the methods."""
    if reason:
        return [f"Chosen: {reason}"]
    if method in (None, "", AUTO):
        return []
    name = methods.get(method).name
    return [
        f"{', '.join(plan.names)}: without a budget, and so stored without loss by "
        f"{plan.method.name}, not by {name}."
        for plan in plans
        if plan.method.name != name
    ]


def _refuse_source(volume: Volume, path: Any) -> None:
    """Refuse to write over the file that is read.

    Raises
    ------
    InputError
        ``path`` is the source.
    """
    source = Path(volume.source)
    both = path is not None and volume.source and source.exists() and os.path.exists(path)
    if both and source.samefile(path):
        raise InputError(
            f"Expected an output beside the source. Got the source itself, {path}: choose another "
            f"name."
        )
