"""``compress``: a volume into a `.vcore` file."""

import os
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from vcore import methods
from vcore.container import Writer
from vcore.engine.choose import AUTO, choose, default_method
from vcore.engine.encoder import Encoder
from vcore.errors import BudgetError, InputError
from vcore.io import read
from vcore.model.attributes import with_storable_attributes
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.model.report import Report
from vcore.model.volume import Volume, thresholded
from vcore.runtime.progress import shown


def compress(
    source: Volume | Any,
    path: Any,
    *,
    method: str | None = None,
    budget: Budget | Mapping[str, float] | None = None,
    settings: Mapping[str, Any] | None = None,
    context: Context | None = None,
    zero_below: float | None = None,
    force: bool = False,
    progress: bool | None = None,
    **asked: float,
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
        Size, quality or error bound, also as a mapping (``{"psnr": 45}``); by default the method's
        own (most: a twentieth of the size).
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
        The budget's fields in place of ``budget``: ``psnr=45``, ``max_error=0.1``.

    Raises
    ------
    InputError, BudgetError, MemoryLimitError, OutputError, OutputExistsError, MissingExtraError,
    Cancelled
        Nothing is written then.

    Examples
    --------
    >>> vcore.compress("tooth_103x94x161_uint8.raw", "tooth.vcore", psnr=38)
    """
    budget = _budget(budget, asked)
    began = time.monotonic()
    volume = with_storable_attributes(read(source))
    _refuse_source(volume, path)
    if zero_below is not None:
        volume = thresholded(volume, zero_below)
    with shown(context, progress) as context, Writer(path, force=force) as writer:
        name, reason = named_or_chosen(volume, method, budget, settings, context)
        chosen = methods.get(name)
        parsed = chosen.Settings.from_json(settings or {})
        promised = budget if budget is not None and not budget.is_empty else None
        named = method not in (None, "", AUTO)
        encoder = Encoder(volume, chosen, parsed, promised, context, writer, zero_below, named)
        report = encoder.run()
    notes = (f"Chosen: {reason}", *report.notes) if reason else report.notes
    return replace(report, seconds=time.monotonic() - began, reason=reason, notes=notes)


def _budget(given: Budget | Mapping[str, float] | None, asked: dict[str, float]) -> Budget | None:
    """Return the budget that was given in one of three ways."""
    if asked and given is not None:
        raise BudgetError(
            f"Expected a budget or its fields. Got both, budget and {', '.join(asked)}: leave one "
            f"out."
        )
    if isinstance(given, Mapping):
        return Budget.from_json(dict(given))
    return Budget.from_json(asked) if asked else given


def named_or_chosen(
    volume: Volume,
    method: str | None,
    budget: Budget | None,
    settings: Mapping[str, Any] | None,
    context: Context,
) -> tuple[str, str]:
    """Return the method's name, and why it is that one where it was to be chosen.

    Raises
    ------
    InputError
        Settings are given of a method that is still to be chosen.
    """
    if method != AUTO:
        return method or default_method(budget), ""
    if settings:
        raise InputError(
            f"Expected a method by name beside its settings. Got auto and {', '.join(settings)}: "
            f"name the method, or leave the settings out."
        )
    choice = choose(volume, budget, context, compress)
    return choice.method, choice.reason


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
